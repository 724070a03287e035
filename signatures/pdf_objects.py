"""ISO 32000-1 sections 7.2 and 7.3: PDF objects read from bytes, within bounds, each string with its place.

The place of a string matters for one thing: the gap in a signature's byte range must be exactly the string that holds
the signature, so a reader must know where that string stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias, Union

from signatures.errors import LimitExceeded, Malformed

_DEEPEST: Final = 64  # arrays and dictionaries inside each other
_LONGEST_NUMBER: Final = 24  # characters; offsets have ten digits

_WHITE: Final = rb"\x00\t\n\x0c\r "
_ENDS: Final = _WHITE + rb"()<>\[\]{}/%"
_SKIP: Final = re.compile(rb"(?:[" + _WHITE + rb"]|%[^\r\n]*)*")
_NUMBER: Final = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?=[" + _ENDS + rb"]|\Z)")
_NAME: Final = re.compile(rb"/([^" + _ENDS + rb"]*)")
_HEX: Final = re.compile(rb"<([0-9A-Fa-f" + _WHITE + rb"]*)>")
_REFERENCE: Final = re.compile(
    rb"([0-9]{1,10})[" + _WHITE + rb"]+([0-9]{1,5})[" + _WHITE + rb"]+R(?=[" + _ENDS + rb"]|\Z)"
)
_WORD: Final = re.compile(rb"(true|false|null)(?=[" + _ENDS + rb"]|\Z)")
_STREAM: Final = re.compile(rb"stream(?:\r\n|\n)")
_HEAD: Final = re.compile(rb"([0-9]{1,10})[" + _WHITE + rb"]+([0-9]{1,5})[" + _WHITE + rb"]+obj(?![A-Za-z0-9])")
_IN_LITERAL: Final = re.compile(rb"[()\\]")
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_ESCAPE: Final = re.compile(rb"\\(?:([nrtbf()\\])|([0-7]{1,3})|(\r\n|\r|\n)|)|(\r\n|\r)")
_ESCAPES: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


class Reference(NamedTuple):
    """An indirect reference: number and generation."""

    number: int
    generation: int


class Name(str):
    """A name without its solidus, `#xx` resolved; it compares as the text that it is."""

    __slots__ = ()


class Text(NamedTuple):
    """A string with the place of its token, delimiters included, in the bytes that it was read from."""

    value: bytes
    start: int
    end: int


class Stream(NamedTuple):
    """A stream: its dictionary, and where its encoded bytes begin; their length stands in the dictionary."""

    entries: Mapping[str, Object]
    start: int


Object: TypeAlias = Union[bool, int, float, Name, Text, Reference, list["Object"], Mapping[str, "Object"], Stream, None]  # noqa: UP007 - names in quotes


class Reader:
    """Objects out of one run of bytes. `left` is how many more objects may be read; LimitExceeded beyond it."""

    def __init__(self, data: bytes, objects: int) -> None:
        self.data = data
        self.left = objects

    def read(self, position: int, depth: int = 0) -> tuple[Object, int]:
        """The object that begins at or after this place, and where it ends. Malformed if there is none."""
        self.left -= 1
        if self.left < 0:
            raise LimitExceeded("elements")
        if depth > _DEEPEST:
            raise LimitExceeded("depth")
        data, at = self.data, self.skip(position)
        first = data[at : at + 1]
        if first == b"/":
            return self._name(at)
        if first == b"(":
            return self._literal(at)
        if first == b"<":
            return self._dictionary(at, depth) if data[at + 1 : at + 2] == b"<" else self._hexadecimal(at)
        if first == b"[":
            return self._array(at, depth)
        return self._plain(at)

    def skip(self, position: int) -> int:
        """Where blanks and comments end."""
        found = _SKIP.match(self.data, position)
        return found.end() if found else position

    def indirect(self, position: int) -> tuple[Reference, Object]:
        """The indirect object at this place: what it says it is, and the object, which may be a stream."""
        head = _HEAD.match(self.data, self.skip(position))
        if head is None:
            raise Malformed("A cross-reference of the PDF leads to no object.")
        found, end = self.read(head.end())
        named = Reference(int(head[1]), int(head[2]))
        if isinstance(found, Mapping):
            stream = _STREAM.match(self.data, self.skip(end))
            if stream is not None:
                return named, Stream(found, stream.end())
        return named, found

    def _plain(self, at: int) -> tuple[Object, int]:
        reference = _REFERENCE.match(self.data, at)
        if reference is not None:
            return Reference(int(reference[1]), int(reference[2])), reference.end()
        number = _NUMBER.match(self.data, at)
        if number is not None and number.end() - at <= _LONGEST_NUMBER:
            return (float(number[0]) if b"." in number[0] else int(number[0])), number.end()
        word = _WORD.match(self.data, at)
        if word is not None:
            return {b"true": True, b"false": False, b"null": None}[word[1]], word.end()
        raise Malformed("An object of the PDF can't be read.")

    def _name(self, at: int) -> tuple[Name, int]:
        found = _NAME.match(self.data, at)
        if found is None:
            raise Malformed("A name of the PDF can't be read.")
        value = _ESCAPED.sub(lambda code: bytes.fromhex(code[1].decode()), found[1])
        return Name(value.decode("latin-1")), found.end()

    def _hexadecimal(self, at: int) -> tuple[Text, int]:
        found = _HEX.match(self.data, at)
        if found is None:
            raise Malformed("A string of the PDF can't be read.")
        digits = found[1].translate(None, b"\x00\t\n\x0c\r ")
        return Text(bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()), at, found.end()), found.end()

    def _literal(self, at: int) -> tuple[Text, int]:
        data, depth, position = self.data, 1, at + 1
        while depth:
            found = _IN_LITERAL.search(data, position)
            if found is None:
                raise Malformed("A string of the PDF has no end.")
            position = found.end()
            if found[0] == b"\\":
                position += 1
            else:
                depth += 1 if found[0] == b"(" else -1
        return Text(_ESCAPE.sub(_unescape, data[at + 1 : position - 1]), at, position), position

    def _array(self, at: int, depth: int) -> tuple[list[Object], int]:
        items: list[Object] = []
        position = self.skip(at + 1)
        while self.data[position : position + 1] != b"]":
            item, position = self.read(position, depth + 1)
            items.append(item)
            position = self.skip(position)
        return items, position + 1

    def _dictionary(self, at: int, depth: int) -> tuple[dict[str, Object], int]:
        entries: dict[str, Object] = {}
        position = self.skip(at + 2)
        while self.data[position : position + 2] != b">>":
            if self.data[position : position + 1] != b"/":
                raise Malformed("A dictionary of the PDF can't be read.")
            key, position = self._name(position)
            if key in entries:
                raise Malformed(f"A dictionary of the PDF has the key {key[:40]} twice.")
            entries[key], position = self.read(position, depth + 1)
            position = self.skip(position)
        return entries, position + 2


def _unescape(found: re.Match[bytes]) -> bytes:
    plain, octal, _, end_of_line = found.groups()  # a backslash before the end of a line joins the lines
    if plain is not None:
        return _ESCAPES.get(plain, plain)
    if octal is not None:
        return bytes((int(octal, 8) & 0xFF,))
    return b"\n" if end_of_line is not None else b""
