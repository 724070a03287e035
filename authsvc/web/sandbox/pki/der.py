"""ITU-T X.690: a small DER writer, and just enough of a reader for what this writer wrote.

The sandbox writes certificates, CRLs, OCSP answers and CMS of three key families through it, because no library writes
the national GOST algorithms. It is no parser for foreign input; that is the `signatures` package's work.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

NULL = b"\x05\x00"
TRUE = b"\x01\x01\xff"


class Element(NamedTuple):
    """One element: tag byte, all its bytes, its content."""

    tag: int
    raw: bytes
    content: bytes


def tlv(tag: int, *parts: bytes) -> bytes:
    """Tag byte, definite length, content."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE, also SEQUENCE OF."""
    return tlv(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    """SET OF, in the order that DER demands (X.690 11.6)."""
    return tlv(0x31, *sorted(parts))


def explicit(number: int, *parts: bytes) -> bytes:
    """[number] around whole elements; also the implicit tag of a constructed type around its content."""
    return tlv(0xA0 | number, *parts)


def implicit(number: int, content: bytes) -> bytes:
    """[number] in place of a primitive type's own tag."""
    return tlv(0x80 | number, content)


def integer(value: int) -> bytes:
    """INTEGER in its shortest two's complement."""
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return tlv(0x02, value.to_bytes(size, signed=True))


def enumerated(value: int) -> bytes:
    """ENUMERATED of a small number."""
    return tlv(0x0A, bytes([value]))


def octets(content: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(0x04, content)


def bits(content: bytes) -> bytes:
    """BIT STRING of whole bytes."""
    return tlv(0x03, b"\x00", content)


def named_bits(*numbers: int) -> bytes:
    """BIT STRING of named bits: no trailing zeros (X.690 11.2.2)."""
    highest = max(numbers)
    field = bytearray(highest // 8 + 1)
    for number in numbers:
        field[number // 8] |= 0x80 >> number % 8
    return tlv(0x03, bytes([7 - highest % 8]), bytes(field))


def utf8(text: str) -> bytes:
    """UTF8String."""
    return tlv(0x0C, text.encode())


def printable(text: str) -> bytes:
    """PrintableString."""
    return tlv(0x13, text.encode("ascii"))


def ia5(text: str) -> bytes:
    """IA5String."""
    return tlv(0x16, text.encode("ascii"))


@cache
def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    content = b""
    for arc in (first * 40 + second, *rest):
        group = bytes([arc & 0x7F])
        while arc := arc >> 7:
            group = bytes([arc & 0x7F | 0x80]) + group
        content += group
    return tlv(0x06, content)


def time(ms: int) -> bytes:
    """X.509 Time of milliseconds since the epoch, whole seconds: UTCTime through 2049, else GeneralizedTime."""
    moment = _moment(ms)
    if 1950 <= moment.year < 2050:
        return tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return generalized_time(ms)


def generalized_time(ms: int) -> bytes:
    """GeneralizedTime of milliseconds since the epoch, whole seconds."""
    return tlv(0x18, _moment(ms).strftime("%Y%m%d%H%M%SZ").encode())


def algorithm(dotted: str, *parameters: bytes) -> bytes:
    """AlgorithmIdentifier."""
    return sequence(oid(dotted), *parameters)


def read(data: bytes) -> list[Element]:
    """The elements that stand one after another in `data`; a ValueError when they do not fill it exactly."""
    found, start = [], 0
    while start < len(data):
        if start + 2 > len(data):
            raise ValueError("truncated DER")
        length, body = data[start + 1], start + 2
        if length & 0x80:
            body += length & 0x7F
            length = int.from_bytes(data[start + 2 : body])
        end = body + length
        if end > len(data):
            raise ValueError("truncated DER")
        found.append(Element(data[start], data[start:end], data[body:end]))
        start = end
    return found


def inside(data: bytes) -> list[Element]:
    """The elements inside the one constructed element that `data` is."""
    (outer,) = read(data)
    return read(outer.content)


def _moment(ms: int) -> datetime:
    return _EPOCH + timedelta(seconds=ms // 1000)
