"""ITU-T X.690: a bounded reader of BER and DER that keeps the offsets of the original bytes.

What was hashed or signed is always the original slice (`Element.raw`), never a re-encoding. BER (indefinite lengths,
split strings) is accepted only where the caller asks for it: the CMS envelope. Each `Source` counts elements and depth
down, so the work on hostile input is bounded by its budget whatever its shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from signatures import contents
from signatures.errors import LimitExceeded, Malformed

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OID: Final = 0x06
ENUMERATED: Final = 0x0A
UTC_TIME: Final = contents.UTC_TIME
GENERALIZED_TIME: Final = contents.GENERALIZED_TIME
SEQUENCE: Final = 0x30
SET: Final = 0x31

CONSTRUCTED: Final = 0x20
LONG_FORM: Final = 0x80  # set in the first octet of a length of several; alone, it says that the end is marked
_TWO_OCTETS: Final = 0x82  # the first octet of a length of two more
_LONGEST_LENGTH: Final = 8  # octets of a length: 2^64 bytes are more than any input
NO_TAGS: Final = frozenset((0, *(0x1F | high << 5 for high in range(8))))  # end of contents; tags of several octets
_blank: Final = object.__new__  # an element without the call of its __init__, for the one place that makes most of them
CUT: Final = "The structure ends in the middle of an element."


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
        data, left = source.data, source.left
        found: list[Element] = []
        while position < end:
            content = position + 2
            length = data[position + 1] if content <= end else LONG_FORM
            if length == _TWO_OCTETS and content + 2 < end and data[content]:
                length = data[content] << 8 | data[content + 1]
                content += 2
            tag = data[position]
            if (length < LONG_FORM or content > position + 2) and tag not in NO_TAGS:
                stop = content + length  # nearly every one; a call would cost more than the reading does
                left -= 1
                if stop > end or left < 0:
                    raise Malformed(CUT) if stop > end else LimitExceeded("elements")
                element = _blank(Element)
                element.source, element.tag, element.start, element.content = source, tag, position, content
                element.end = element.stop = stop
                element.depth = depth
                position = stop
            else:
                source.left = left
                element = _read(source, position, end, depth)
                position, left = element.stop, source.left
            found.append(element)
        source.left = left
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

    def pair(self) -> tuple[Element, Element]:
        """The two members of a SEQUENCE that is a type with its value."""
        children = self.members()
        if len(children) != 2:
            raise Malformed("A pair of type and value has another number of members.")
        return children[0], children[1]


def parse(data: bytes, *, ber: bool = False, elements: int = 200_000, depth: int = 32) -> Element:
    """The element that `data` is, with nothing behind it."""
    return Source(data, ber=ber, elements=elements, depth=depth).root()


def first_of(data: bytes, *, ber: bool = False, elements: int = 200_000, depth: int = 32) -> Element:
    """The element with which the bytes begin, whatever stands behind it."""
    return _read(Source(data, ber=ber, elements=elements, depth=depth), 0, len(data), 0)


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
        raise Malformed(CUT)
    tag, length = data[start], data[start + 1]
    if tag in NO_TAGS:
        raise Malformed("A tag that no structure here has.")
    if length == LONG_FORM and source.ber:
        return _read_indefinite(source, tag, start, end, depth)
    if length >= LONG_FORM:
        content, length = read_length(data, content, end, ber=source.ber)
    stop = content + length
    if stop > end:
        raise Malformed(CUT)
    return Element(source, tag, start, content, stop, stop, depth)


def read_length(data: bytes, position: int, end: int, *, ber: bool = False) -> tuple[int, int]:
    """A length of several octets, the first of which stands before `position`: where the contents begin, and it."""
    octets = data[position - 1] & 0x7F
    content = position + octets
    if octets == 0 or octets > _LONGEST_LENGTH or content > end:
        raise Malformed("A length that can't be read.")
    length = int.from_bytes(data[position:content], "big")
    if not ber and (length < LONG_FORM or data[position] == 0):
        raise Malformed("A length is not in its shortest form.")
    return content, length


def _read_indefinite(source: Source, tag: int, start: int, end: int, depth: int) -> Element:
    if not tag & CONSTRUCTED:
        raise Malformed("An indefinite length of a simple element.")
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
        elif length == LONG_FORM:
            level += 1
            if level > allowed:
                raise LimitExceeded("depth")
            position += 2
        else:
            position += 2
            if length > LONG_FORM:
                position, length = read_length(data, position, end, ber=True)
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
    return contents.dotted(element.source.data[element.content : element.end])


def read_integer(element: Element, tag: int = INTEGER) -> int:
    """The integer, signed."""
    if element.tag != tag:
        raise Malformed("An integer can't be read.")
    data, start, end = element.source.data, element.content, element.end
    if end == start + 1 and data[start] < LONG_FORM:
        return data[start]  # a version, nearly always
    return contents.integer(data[start:end], ber=element.source.ber)


def read_boolean(element: Element) -> bool:
    """The truth value."""
    if element.tag != BOOLEAN:
        raise Malformed("A truth value can't be read.")
    return contents.boolean(element.value, ber=element.source.ber)


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
    return b"".join(split_octets(element)) if element.tag & CONSTRUCTED else element.value


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
    return contents.text(element.tag, element.value)


def read_time(element: Element) -> datetime:
    """UTCTime or GeneralizedTime in the form of RFC 5280 section 4.1.2.5: seconds, `Z`, no fraction."""
    return contents.moment(element.tag, element.value)
