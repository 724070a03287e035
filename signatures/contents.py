"""ITU-T X.690 clause 8: the contents of the simple types, from their bytes alone."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Final

from signatures.errors import Malformed

UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18

_LONGEST_OID: Final = 64  # bytes; the longest in use has about 20
_LONGEST_INTEGER: Final = 4096  # bytes; a modulus of 32,768 bits

# The restricted strings of X.680 clause 41, and how their bytes are read; T61 in certificates is Latin-1 in practice.
_ENCODINGS: Final = {
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}


@lru_cache(maxsize=1024)
def dotted(value: bytes) -> str:
    """The contents of an OBJECT IDENTIFIER in dotted form (X.690 clause 8.19)."""
    if not value or len(value) > _LONGEST_OID or value[-1] & 0x80:
        raise Malformed("An object identifier can't be read.")
    arcs: list[int] = []
    arc, fresh = 0, True
    for octet in value:
        if fresh and octet == 0x80:
            raise Malformed("An object identifier is not in its shortest form.")
        arc = arc << 7 | octet & 0x7F
        fresh = not octet & 0x80
        if fresh:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(number) for number in (first, arcs[0] - 40 * first, *arcs[1:]))


def integer(value: bytes, *, ber: bool = False) -> int:
    """The contents of an INTEGER, signed; in DER in their shortest form."""
    if not value or len(value) > _LONGEST_INTEGER:
        raise Malformed("An integer can't be read.")
    if value[0] in (0, 0xFF) and len(value) > 1 and (value[0] == 0) is (value[1] < 0x80) and not ber:
        raise Malformed("An integer is not in its shortest form.")
    return int.from_bytes(value, "big", signed=True)


def boolean(value: bytes, *, ber: bool = False) -> bool:
    """The contents of a BOOLEAN; in DER only one value is true."""
    if len(value) != 1 or (not ber and value not in (b"\x00", b"\xff")):
        raise Malformed("A truth value can't be read.")
    return value != b"\x00"


def text(tag: int, value: bytes) -> str:
    """The contents of any of them."""
    encoding = _ENCODINGS.get(tag)
    if encoding is None:
        raise Malformed("A text has a type that is no string.")
    try:
        return value.decode(encoding)
    except UnicodeDecodeError as error:
        raise Malformed("A text is not in the encoding that it claims.") from error


def moment(tag: int, value: bytes) -> datetime:
    """The contents of a UTCTime or GeneralizedTime in that form."""
    if tag == UTC_TIME and len(value) == 13:
        value = (b"20" if value < b"5" else b"19") + value
    elif tag != GENERALIZED_TIME:
        raise Malformed("A time is not in the form that certificates have.")
    if len(value) != 15 or value[14:] != b"Z" or not value[:14].isdigit():
        raise Malformed("A time is not in the form that certificates have.")
    try:
        return datetime.fromisoformat(f"{value[:8].decode()}T{value[8:].decode()}")
    except ValueError as error:
        raise Malformed("A time names a moment that does not exist.") from error
