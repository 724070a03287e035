"""ITU-T X.690: a bounded reader of BER and DER that keeps the offsets of the original bytes.

What was hashed or signed is always the original slice (`Element.raw`), never a re-encoding. BER (indefinite lengths,
split strings) is accepted only where the caller asks for it: the CMS envelope. Each `Source` counts elements and depth
down, so the work on hostile input is bounded by its budget whatever its shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from signatures.errors import LimitExceeded, Malformed

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OID: Final = 0x06
ENUMERATED: Final = 0x0A
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
SEQUENCE: Final = 0x30
SET: Final = 0x31

CONSTRUCTED: Final = 0x20
_INDEFINITE: Final = 0x80
_LONGEST_LENGTH: Final = 8  # octets of a length: 2^64 bytes are more than any input
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


class Source:
    """The bytes that are read, whether BER is allowed in them, and what is left of the budget."""

    __slots__ = ("ber", "data", "depth", "left")

    def __init__(self, data: bytes, *, ber: bool = False, elements: int = 200_000, depth: int = 32) -> None:
        self.data = data
        self.ber = ber
        self.left = elements
        self.depth = depth

    def root(self) -> Element:
        """The one element that the bytes are; anything behind it is refused."""
        element = _read(self, 0, len(self.data), 0)
        if element.stop != len(self.data):
            raise Malformed("There are bytes behind the end of the structure.")
        return element


class Element:
    """One element: `start` and `stop` bound it with its header, `content` and `end` bound its contents."""

    __slots__ = ("content", "depth", "end", "source", "start", "stop", "tag")

    def __init__(self, source: Source, tag: int, start: int, content: int, end: int, stop: int, depth: int) -> None:
        self.source = source
        self.tag = tag
        self.start = start
        self.content = content
        self.end = end
        self.stop = stop
        self.depth = depth

    @property
    def raw(self) -> bytes:
        """The original bytes, header included."""
        return self.source.data[self.start : self.stop]

    @property
    def value(self) -> bytes:
        """The original bytes of the contents."""
        return self.source.data[self.content : self.end]

    def children(self) -> list[Element]:
        """The elements inside a constructed element, each with its own contents still unread."""
        if not self.tag & CONSTRUCTED:
            raise Malformed("A simple element stands where a structure is expected.")
        source, end, depth, position = self.source, self.end, self.depth + 1, self.content
        if depth > source.depth:
            raise LimitExceeded("depth")
        found: list[Element] = []
        while position < end:
            element = _read(source, position, end, depth)
            found.append(element)
            position = element.stop
        return found

    def members(self, tag: int = SEQUENCE) -> list[Element]:
        """The children, after a look at this element's own tag."""
        if self.tag != tag:
            raise Malformed(f"Tag {self.tag:#04x} stands where {tag:#04x} is expected.")
        return self.children()

    def only(self) -> Element:
        """The single child of an explicitly tagged element."""
        children = self.children()
        if len(children) != 1:
            raise Malformed("An explicit tag does not hold exactly one element.")
        return children[0]


def parse(data: bytes, *, ber: bool = False, elements: int = 200_000, depth: int = 32) -> Element:
    """The element that `data` is, with nothing behind it."""
    return Source(data, ber=ber, elements=elements, depth=depth).root()


def element_at(data: bytes, start: int, end: int) -> Element:
    """The element that starts at an offset known from an earlier pass."""
    return _read(Source(data, elements=1_000), start, end, 0)


def _read(source: Source, start: int, end: int, depth: int) -> Element:
    source.left -= 1
    if source.left < 0:
        raise LimitExceeded("elements")
    data = source.data
    content = start + 2
    if content > end:
        raise Malformed("The structure ends in the middle of an element.")
    tag, length = data[start], data[start + 1]
    if tag & 0x1F == 0x1F or tag == 0:
        raise Malformed("A tag that no structure here has.")
    if length >= _INDEFINITE:
        if length == _INDEFINITE:
            return _read_indefinite(source, tag, start, end, depth)
        octets = length & 0x7F
        content += octets
        if octets > _LONGEST_LENGTH or content > end:
            raise Malformed("A length that can't be read.")
        length = int.from_bytes(data[start + 2 : content], "big")
        if not source.ber and (length < _INDEFINITE or data[start + 2] == 0):
            raise Malformed("A length is not in its shortest form.")
    stop = content + length
    if stop > end:
        raise Malformed("The structure ends in the middle of an element.")
    return Element(source, tag, start, content, stop, stop, depth)


def _read_indefinite(source: Source, tag: int, start: int, end: int, depth: int) -> Element:
    if not source.ber or not tag & CONSTRUCTED:
        raise Malformed("An indefinite length where DER is required.")
    content = start + 2
    close = _find_close(source, content, end, depth)
    return Element(source, tag, start, content, close, close + 2, depth)


def _find_close(source: Source, position: int, end: int, depth: int) -> int:
    """Where the end-of-contents octets stand that close an indefinite length; no recursion, each step is counted."""
    data, level, allowed = source.data, 1, source.depth - depth
    while position + 2 <= end:
        source.left -= 1
        if source.left < 0:
            raise LimitExceeded("elements")
        tag, length = data[position], data[position + 1]
        if tag == 0:
            if length:
                raise Malformed("End-of-contents octets with a length.")
            level -= 1
            if level == 0:
                return position
            position += 2
        elif length == _INDEFINITE:
            level += 1
            if level > allowed:
                raise LimitExceeded("depth")
            position += 2
        else:
            position += 2
            if length > _INDEFINITE:
                octets = length & 0x7F
                if octets > _LONGEST_LENGTH:
                    raise Malformed("A length that can't be read.")
                length = int.from_bytes(data[position : position + octets], "big")
                position += octets
            position += length
    raise Malformed("An indefinite length is never closed.")


class Members:
    """The members of a structure, taken in their order; what is optional is asked for by its tag."""

    __slots__ = ("_children", "_next")

    def __init__(self, element: Element, tag: int = SEQUENCE) -> None:
        self._children = element.members(tag)
        self._next = 0

    @property
    def all(self) -> list[Element]:
        """Every member, taken or not."""
        return self._children

    def take(self, *tags: int) -> Element:
        """The next member, which must have one of the tags (any, if none is named)."""
        if self._next >= len(self._children):
            raise Malformed("A structure ends before its last member.")
        element = self._children[self._next]
        if tags and element.tag not in tags:
            raise Malformed(f"Tag {element.tag:#04x} stands where {tags[0]:#04x} is expected.")
        self._next += 1
        return element

    def maybe(self, *tags: int) -> Element | None:
        """The next member if it has one of the tags."""
        if self._next < len(self._children) and self._children[self._next].tag in tags:
            self._next += 1
            return self._children[self._next - 1]
        return None

    def close(self) -> None:
        """Refuses members that the structure does not know."""
        if self._next != len(self._children):
            raise Malformed("A structure has more members than it knows.")


def read_oid(element: Element) -> str:
    """The object identifier in dotted form."""
    if element.tag != OID:
        raise Malformed("An object identifier is missing.")
    return dotted(element.value)


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


def read_integer(element: Element, tag: int = INTEGER) -> int:
    """The integer, signed."""
    value = element.value
    if element.tag != tag or not value or len(value) > _LONGEST_INTEGER:
        raise Malformed("An integer can't be read.")
    if not element.source.ber and len(value) > 1 and (value[0] == 0) is (value[1] < 0x80) and value[0] in (0, 0xFF):
        raise Malformed("An integer is not in its shortest form.")
    return int.from_bytes(value, "big", signed=True)


def read_boolean(element: Element) -> bool:
    """The truth value."""
    value = element.value
    if element.tag != BOOLEAN or len(value) != 1 or (not element.source.ber and value not in (b"\x00", b"\xff")):
        raise Malformed("A truth value can't be read.")
    return value != b"\x00"


def read_bits(element: Element, tag: int = BIT_STRING) -> tuple[bytes, int]:
    """The bytes of a BIT STRING and how many of the last bits are unused."""
    value = element.value
    if element.tag != tag or not value or value[0] > 7 or (len(value) == 1 and value[0]):
        raise Malformed("A bit string can't be read.")
    return value[1:], value[0]


def read_whole_bits(element: Element) -> bytes:
    """The bytes of a BIT STRING of whole bytes: a signature or a key."""
    value, unused = read_bits(element)
    if unused:
        raise Malformed("A bit string does not end at a byte.")
    return value


def read_octets(element: Element) -> bytes:
    """The bytes of an OCTET STRING, joined if BER split them."""
    return b"".join(split_octets(element))


def split_octets(element: Element) -> Iterator[bytes]:
    """The pieces of an OCTET STRING as BER split them, also under an implicit tag."""
    if not element.tag & CONSTRUCTED:
        yield element.value
        return
    if not element.source.ber:
        raise Malformed("A split string where DER is required.")
    for piece in element.children():
        if piece.tag not in (OCTET_STRING, OCTET_STRING | CONSTRUCTED):
            raise Malformed("A split string has a piece of another kind.")
        yield from split_octets(piece)


def read_text(element: Element) -> str:
    """The text of any of the string types of X.520."""
    encoding = _ENCODINGS.get(element.tag)
    if encoding is None:
        raise Malformed("A text has a type that is no string.")
    try:
        return element.value.decode(encoding)
    except UnicodeDecodeError as error:
        raise Malformed("A text is not in the encoding that it claims.") from error


def read_time(element: Element) -> datetime:
    """UTCTime or GeneralizedTime in the form of RFC 5280 section 4.1.2.5: seconds, `Z`, no fraction."""
    text = element.value
    if element.tag == UTC_TIME and len(text) == 13:
        year, rest = int(text[:2]) if text[:2].isdigit() else -1, text[2:]
        year += 2000 if 0 <= year < 50 else 1900
    elif element.tag == GENERALIZED_TIME and len(text) == 15:
        year, rest = int(text[:4]) if text[:4].isdigit() else -1, text[4:]
    else:
        raise Malformed("A time is not in the form that certificates have.")
    if rest[-1:] != b"Z" or not rest[:-1].isdigit():
        raise Malformed("A time is not in the form that certificates have.")
    month, day, hour, minute, second = (int(rest[at : at + 2]) for at in (0, 2, 4, 6, 8))
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise Malformed("A time names a moment that does not exist.") from error
