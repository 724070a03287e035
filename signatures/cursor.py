"""ITU-T X.690: DER read member by member where the structure is known, without an `Element` for each.

It reads what certificates, CRLs and names are made of: definite lengths in their shortest form, tags of one octet. Its
work is bounded by the bytes that it is given: a step reads at least two, and none is read twice.
"""

from __future__ import annotations

from typing import Final

from signatures.asn1 import CUT, LONG_FORM, NO_TAGS, SEQUENCE, Element, read_length
from signatures.errors import Malformed

_TWO_OCTETS: Final = 0x82  # the first octet of a length of two more


class Cursor:
    """A place among the members of a structure. Each call that names a tag steps over the member that has it."""

    __slots__ = ("data", "end", "position")

    def __init__(self, data: bytes, position: int = 0, end: int | None = None) -> None:
        self.data = data
        self.position = position
        self.end = len(data) if end is None else end

    @classmethod
    def inside(cls, data: bytes, tag: int = SEQUENCE) -> Cursor:
        """Before the first member of the one structure that the bytes are."""
        cursor = cls(data)
        if cursor.descend(tag) != cursor.end:
            raise Malformed("There are bytes behind the end of the structure.")
        return cursor

    @classmethod
    def over(cls, element: Element) -> Cursor:
        """Before an element that was read already, as the only member."""
        return cls(element.source.data, element.start, element.stop)

    @property
    def tag(self) -> int:
        """The tag of the next member, -1 behind the last."""
        return self.data[self.position] if self.position < self.end else -1

    def step(self, tag: int) -> int:
        """Steps over the next member, which must have the tag; where its contents begin. They end at `position`."""
        data, start = self.data, self.position
        content = start + 2
        if content > self.end:
            raise Malformed(CUT)
        if data[start] != tag:
            raise Malformed(f"Tag {data[start]:#04x} stands where {tag:#04x} is expected.")
        length = data[start + 1]
        if length == _TWO_OCTETS and content + 2 < self.end and data[content]:
            length = data[content] << 8 | data[content + 1]  # nearly every long one
            content += 2
        elif length >= LONG_FORM:
            content, length = read_length(data, content, self.end)
        self.position = stop = content + length
        if stop > self.end:
            raise Malformed(CUT)
        return content

    def take(self, tag: int) -> bytes:
        """The contents of the next member, which must have the tag."""
        data, start = self.data, self.position
        content = start + 2
        if content <= self.end and data[start] == tag and data[start + 1] < LONG_FORM:
            stop = content + data[start + 1]  # nearly every one; a call of `step` would cost more than this
            if stop <= self.end:
                self.position = stop
                return data[content:stop]
        content = self.step(tag)
        return data[content : self.position]

    def whole(self, tag: int) -> bytes:
        """The next member with its header."""
        data, start = self.data, self.position
        if start + 2 <= self.end and data[start] == tag and data[start + 1] < LONG_FORM:
            stop = start + 2 + data[start + 1]  # as above
            if stop <= self.end:
                self.position = stop
                return data[start:stop]
        self.step(tag)
        return data[start : self.position]

    def enter(self, tag: int) -> Cursor:
        """The members of the next member."""
        content = self.step(tag)
        return Cursor(self.data, content, self.position)

    def descend(self, tag: int) -> int:
        """Goes inside the next member; gives where it ends, which must be `position` when all of it was taken."""
        content = self.step(tag)
        stop, self.position = self.position, content
        return stop

    def maybe(self, tag: int) -> bytes | None:
        """The contents of the next member if it has the tag."""
        return self.take(tag) if self.position < self.end and self.data[self.position] == tag else None

    def skip(self) -> None:
        """Steps over the next member, whatever it is."""
        if self.tag in NO_TAGS:
            raise Malformed("A tag that no structure here has.")
        self.step(self.tag)

    def close(self, stop: int | None = None) -> None:
        """Refuses members that the structure does not know."""
        if self.position != (self.end if stop is None else stop):
            raise Malformed("A structure has more members than it knows.")
