"""CBOR as authenticators write it: the subset of RFC 8949 that CTAP 2.2, section 8, allows, and nothing else.

Definite lengths, integers, byte and text strings, arrays, maps, booleans and null. A length that announces more than
there is, a member twice, or a nesting that no structure of WebAuthn has is refused before anything is made of it.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from confirmations.authenticator.errors import Malformed

Cbor: TypeAlias = "int | bytes | str | bool | list[Cbor] | dict[int | str, Cbor] | None"

MAX_DEPTH: Final = 6  # CTAP allows 4; an attestation statement with a certificate path stays below that
MAX_ITEMS: Final = 256
_SIMPLE: Final = {20: False, 21: True, 22: None}


def decode_all(data: bytes) -> Cbor:
    """The one value that these bytes are; Malformed when anything follows it."""
    value, end = decode(data, 0)
    if end != len(data):
        raise Malformed("bytes after the CBOR value")
    return value


def decode(data: bytes, at: int) -> tuple[Cbor, int]:
    """The value that begins here, and where it ends."""
    return _Reader(data).read(at, MAX_DEPTH)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._items = 0

    def read(self, at: int, depth: int) -> tuple[Cbor, int]:
        self._items += 1
        if depth == 0 or self._items > MAX_ITEMS:
            raise Malformed("CBOR that is too deep or has too many members")
        kind, argument, at = self._head(at)
        if kind == 0:
            return argument, at
        if kind == 1:
            return -1 - argument, at
        if kind in (2, 3):
            return self._string(kind, argument, at)
        if kind == 4:
            return self._array(argument, at, depth)
        if kind == 5:
            return self._map(argument, at, depth)
        if kind == 7 and argument in _SIMPLE:
            return _SIMPLE[argument], at
        raise Malformed("a kind of CBOR value that no authenticator writes")

    def _head(self, at: int) -> tuple[int, int, int]:
        """Major type, argument, where the content begins; the argument in its shortest form alone."""
        if at >= len(self._data):
            raise Malformed("CBOR that ends too early")
        kind, short = divmod(self._data[at], 32)
        if short < 24:
            return kind, short, at + 1
        width = {24: 1, 25: 2, 26: 4, 27: 8}.get(short, 0)
        content = self._data[at + 1 : at + 1 + width]
        if not width or len(content) < width or kind == 7:
            raise Malformed("CBOR of indefinite length, a float, or cut off")
        argument = int.from_bytes(content, "big")
        if argument < (24 if width == 1 else 1 << 4 * width):
            raise Malformed("CBOR that is not in its shortest form")
        return kind, argument, at + 1 + width

    def _string(self, kind: int, length: int, at: int) -> tuple[Cbor, int]:
        content = self._data[at : at + length]
        if len(content) < length:
            raise Malformed("CBOR that ends too early")
        if kind == 2:
            return content, at + length
        try:
            return content.decode(), at + length
        except UnicodeDecodeError as error:
            raise Malformed("a text in CBOR that is not UTF-8") from error

    def _array(self, length: int, at: int, depth: int) -> tuple[Cbor, int]:
        elements: list[Cbor] = []
        for _ in range(min(length, MAX_ITEMS + 1)):
            element, at = self.read(at, depth - 1)
            elements.append(element)
        return elements, at

    def _map(self, length: int, at: int, depth: int) -> tuple[Cbor, int]:
        members: dict[int | str, Cbor] = {}
        for _ in range(min(length, MAX_ITEMS + 1)):
            name, at = self.read(at, depth - 1)
            if not isinstance(name, int | str) or isinstance(name, bool) or name in members:
                raise Malformed("a member of a CBOR map twice, or with an odd name")
            members[name], at = self.read(at, depth - 1)
        return members, at
