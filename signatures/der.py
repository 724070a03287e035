"""ITU-T X.690 clause 10: writing DER, for what a text asks to be hashed in DER whatever encoding it came in."""

from __future__ import annotations

from typing import Final

from signatures import asn1
from signatures.asn1 import Element

_LONG_FORM: Final = 0x80  # set in the first octet of a length of 128 or more


def encode(tag: int, *contents: bytes) -> bytes:
    """One element in DER from the bytes of its contents."""
    length = sum(len(content) for content in contents)
    if length < _LONG_FORM:
        return b"".join((bytes((tag, length)), *contents))
    octets = (length.bit_length() + 7) // 8
    return b"".join((bytes((tag, _LONG_FORM | octets)), length.to_bytes(octets, "big"), *contents))


def normalise(element: Element) -> bytes:
    """DER of an element read as BER: shortest lengths, joined octet strings, sets in order. For the envelope only."""
    if not element.tag & asn1.CONSTRUCTED:
        return encode(element.tag, element.value)
    if element.tag == asn1.OCTET_STRING | asn1.CONSTRUCTED:
        return encode(asn1.OCTET_STRING, asn1.read_octets(element))
    parts = [normalise(child) for child in element.children()]
    return encode(element.tag, *(sorted(parts) if element.tag == asn1.SET else parts))
