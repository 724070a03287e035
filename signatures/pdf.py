"""ISO 32000-1 section 7.5: a PDF file as its cross-references tell it, revision by revision.

Nothing is repaired: what a lenient viewer would rebuild from a broken file may differ from what was signed, so a file
whose cross-references can't be followed is Malformed. Sizes, counts and what streams unpack to are bounded.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from signatures.errors import LimitExceeded, Malformed
from signatures.pdf_objects import Object, Reader, Reference, Stream
from signatures.policy import Limits

_MOST_REVISIONS: Final = 256
_MOST_OBJECTS: Final = 2_000_000  # entries of all cross-references together
_MOST_UNPACKED: Final = 64 << 20  # bytes of all streams that are unpacked for one verification
_TAIL: Final = 2048  # bytes at the end in which the last cross-reference is named
_VERSION: Final = re.compile(rb"%PDF-([12]\.[0-9])")
_START: Final = re.compile(rb"startxref[\x00\t\n\x0c\r ]+([0-9]{1,12})")
_SECTION: Final = re.compile(rb"[\x00\t\n\x0c\r ]*([0-9]{1,10})[ \t]+([0-9]{1,10})[ \t]*(?:\r\n|\n|\r)")
_ENTRY: Final = re.compile(rb"([0-9]{10}) ([0-9]{5}) ([nf])[ \r\n]{1,2}")
_FREE: Final = 0
_PLAIN: Final = 1
_PACKED: Final = 2


class Entry(NamedTuple):
    """Where an object stands: kind 1 at an offset, with a generation; kind 2 in an object stream, at an index."""

    kind: int
    place: int
    extra: int


@dataclass(slots=True)
class Revision:
    """One state of the file: what its cross-reference section changes, and its trailer. `offset`: of the section."""

    offset: int
    entries: dict[int, Entry]
    trailer: Mapping[str, Object]


@dataclass(slots=True)
class File:
    """A PDF file, its revisions from the oldest to the newest. Objects are read when they are asked for."""

    data: bytes
    version: str
    revisions: Sequence[Revision]
    reader: Reader
    _left: int = _MOST_UNPACKED
    _packed: dict[int, Mapping[int, Object]] = field(default_factory=dict)
    _views: dict[int, Mapping[int, Entry]] = field(default_factory=dict)

    @classmethod
    def of(cls, data: bytes, limits: Limits) -> File:
        """Read the structure. Malformed where it can't be followed; LimitExceeded."""
        head = _VERSION.match(data)
        if head is None:
            raise Malformed("The file does not begin as a PDF does.")
        reader = Reader(data, limits.elements)
        file = cls(data, head[1].decode(), (), reader)
        file.revisions = file._read_revisions()
        return file

    @property
    def encrypted(self) -> bool:
        """Whether strings and streams are encrypted; the signature's own string never is."""
        return "Encrypt" in self.revisions[-1].trailer

    @property
    def catalog(self) -> Mapping[str, Object]:
        """The root of the newest revision."""
        return self.catalog_of(len(self.revisions))

    def catalog_of(self, revision: int) -> Mapping[str, Object]:
        """The root as of this revision, counted from 1."""
        found = self.get(self.revisions[revision - 1].trailer.get("Root"), revision)
        if not isinstance(found, Mapping):
            raise Malformed("The PDF has no catalog.")
        return found

    def get(self, value: Object, revision: int = 0) -> Object:
        """The object behind a reference as of a revision (the newest unless named); anything else as it is."""
        if not isinstance(value, Reference):
            return value
        entry = self.entries(revision).get(value.number)
        if entry is None or entry.kind == _FREE:
            return None
        return self.load(value.number, entry, revision)

    def load(self, number: int, entry: Entry, revision: int = 0) -> Object:
        """The object that an entry leads to. Malformed when another one stands there."""
        if entry.kind == _PACKED:
            return self._unpack(entry.place, revision).get(number)
        if not 0 < entry.place < len(self.data):
            raise Malformed("A cross-reference of the PDF leads out of the file.")
        named, found = self.reader.indirect(entry.place)
        if named.number != number or named.generation != entry.extra:
            raise Malformed("A cross-reference of the PDF leads to another object.")
        return found

    def entries(self, revision: int = 0) -> Mapping[int, Entry]:
        """Where each object stands as of a revision."""
        count = revision or len(self.revisions)
        known = self._views.get(count)
        if known is None:
            whole: dict[int, Entry] = {}
            for one in self.revisions[:count]:
                whole.update(one.entries)
            self._views[count] = known = whole
        return known

    def unpacked(self, stream: Stream, revision: int = 0) -> bytes:
        """The bytes of a stream; FlateDecode with its predictors is read, and no filter. Malformed for others."""
        length = self.get(stream.entries.get("Length"), revision)
        if not isinstance(length, int) or not 0 <= length <= len(self.data) - stream.start:
            raise Malformed("A stream of the PDF has no length.")
        raw = self.data[stream.start : stream.start + length]
        filters = _listed(self.get(stream.entries.get("Filter"), revision))
        settings = _listed(self.get(stream.entries.get("DecodeParms"), revision))
        for at, name in enumerate(filters):
            if name != "FlateDecode":
                raise Malformed("A stream of the PDF is packed in a way that is not read here.")
            raw = self._inflate(raw)
            setting = settings[at] if at < len(settings) else None
            raw = _unpredict(raw, setting if isinstance(setting, Mapping) else {})
        return raw

    def _inflate(self, packed: bytes) -> bytes:
        engine = zlib.decompressobj()
        try:
            plain = engine.decompress(packed, self._left + 1)
        except zlib.error as error:
            raise Malformed("A stream of the PDF can't be unpacked.") from error
        self._left -= len(plain)
        if self._left < 0:
            raise LimitExceeded("signed_bytes")
        return plain

    def _unpack(self, number: int, revision: int) -> Mapping[int, Object]:
        """The objects of an object stream (section 7.5.7), by number."""
        entry = self.entries(revision).get(number)
        if entry is None or entry.kind != _PLAIN:
            raise Malformed("An object of the PDF stands in a stream that is not there.")
        known = self._packed.get(entry.place)
        if known is None:
            self._packed[entry.place] = known = self._read_packed(number, entry, revision)
        return known

    def _read_packed(self, number: int, entry: Entry, revision: int) -> Mapping[int, Object]:
        stream = self.load(number, entry, revision)
        if not isinstance(stream, Stream) or stream.entries.get("Type") != "ObjStm":
            raise Malformed("An object of the PDF stands in what is no object stream.")
        if self.encrypted:
            raise Malformed("The PDF is encrypted, and its objects can't be read.")
        count, first = stream.entries.get("N"), stream.entries.get("First")
        if not isinstance(count, int) or not isinstance(first, int) or count < 0 or first < 0:
            raise Malformed("An object stream of the PDF can't be read.")
        plain = self.unpacked(stream, revision)
        reader = Reader(plain, self.reader.left)
        places: list[tuple[int, int]] = []
        at = 0
        for _ in range(count):
            pair = []
            for _ in range(2):
                value, at = reader.read(at)
                pair.append(value)
            if not all(isinstance(one, int) for one in pair):
                raise Malformed("An object stream of the PDF can't be read.")
            places.append((int(str(pair[0])), first + int(str(pair[1]))))
        found = {one: reader.read(place)[0] for one, place in places}
        self.reader.left = reader.left
        return found

    # --- cross-references ---

    def _read_revisions(self) -> list[Revision]:
        """From the newest to the oldest along `Prev`, given in the order of their making."""
        tail = max(0, len(self.data) - _TAIL)
        named = list(_START.finditer(self.data, tail))
        if not named:
            raise Malformed("The PDF does not say where its cross-references are.")
        offset: int | None = int(named[-1][1])
        found: list[Revision] = []
        seen: set[int] = set()
        total = 0
        while offset is not None:
            if offset in seen or len(found) >= _MOST_REVISIONS:
                raise Malformed("The cross-references of the PDF go in a circle.")
            seen.add(offset)
            one = self._read_section(offset)
            total += len(one.entries)
            if total > _MOST_OBJECTS:
                raise LimitExceeded("elements")
            found.append(one)
            before = one.trailer.get("Prev")
            offset = int(before) if isinstance(before, int | float) else None
        return _in_order(found)

    def _read_section(self, offset: int) -> Revision:
        at = self.reader.skip(offset)
        if not 0 <= offset < len(self.data):
            raise Malformed("A cross-reference of the PDF leads out of the file.")
        if self.data[at : at + 4] != b"xref":
            return self._read_stream_section(offset)
        entries, at = self._read_table(at + 4)
        trailer, _ = self.reader.read(at)
        if not isinstance(trailer, Mapping):
            raise Malformed("The PDF has no trailer.")
        hybrid = trailer.get("XRefStm")
        if isinstance(hybrid, int):
            hidden = self._read_stream_section(hybrid).entries
            entries = {**hidden, **{number: one for number, one in entries.items() if one.kind != _FREE}}
        return Revision(offset, entries, trailer)

    def _read_table(self, at: int) -> tuple[dict[int, Entry], int]:
        data, entries = self.data, dict[int, Entry]()
        while (section := _SECTION.match(data, at)) is not None:
            number, count, at = int(section[1]), int(section[2]), section.end()
            if count > _MOST_OBJECTS or at + 18 * count > len(data):
                raise Malformed("A cross-reference of the PDF is longer than the file.")
            for _ in range(count):
                entry = _ENTRY.match(data, at)
                if entry is None:
                    raise Malformed("A cross-reference of the PDF can't be read.")
                used = entry[3] == b"n" and int(entry[1]) > 0
                entries[number] = Entry(_PLAIN if used else _FREE, int(entry[1]), int(entry[2]))
                number, at = number + 1, entry.end()
        at = self.reader.skip(at)
        if data[at : at + 7] != b"trailer":
            raise Malformed("A cross-reference of the PDF has no trailer.")
        return entries, at + 7

    def _read_stream_section(self, offset: int) -> Revision:
        """A cross-reference stream (section 7.5.8)."""
        _, stream = self.reader.indirect(offset)
        if not isinstance(stream, Stream) or stream.entries.get("Type") != "XRef":
            raise Malformed("A cross-reference of the PDF can't be read.")
        widths, size = stream.entries.get("W"), stream.entries.get("Size")
        if not (isinstance(widths, list) and len(widths) == 3 and isinstance(size, int)):
            raise Malformed("A cross-reference of the PDF can't be read.")
        sizes = [one for one in widths if isinstance(one, int) and 0 <= one <= 8]
        index = stream.entries.get("Index", [0, size])
        if len(sizes) != 3 or not isinstance(index, list) or len(index) % 2 or not all(_is_count(one) for one in index):
            raise Malformed("A cross-reference of the PDF can't be read.")
        plain = self.unpacked(stream)
        spans = [(int(str(index[at])), int(str(index[at + 1]))) for at in range(0, len(index), 2)]
        return Revision(offset, dict(_packed_entries(plain, sizes, spans)), stream.entries)


def _packed_entries(
    plain: bytes, sizes: Sequence[int], spans: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, Entry]]:
    step = sum(sizes)
    if step == 0 or sum(count for _, count in spans) * step > len(plain):
        raise Malformed("A cross-reference of the PDF is longer than its stream.")
    at = 0
    for first, count in spans:
        for number in range(first, first + count):
            fields = []
            for size in sizes:
                fields.append(int.from_bytes(plain[at : at + size], "big"))
                at += size
            kind = fields[0] if sizes[0] else _PLAIN
            yield number, Entry(kind if kind in (_PLAIN, _PACKED) else _FREE, fields[1], fields[2])


def _in_order(newest_first: Sequence[Revision]) -> list[Revision]:
    """Oldest first. The two sections of a linearised file are one revision: there `Prev` leads towards the end."""
    ordered: list[Revision] = []
    for one in reversed(newest_first):
        if ordered and one.offset < ordered[-1].offset:
            older = ordered.pop()
            one = Revision(older.offset, {**older.entries, **one.entries}, one.trailer)
        ordered.append(one)
    return ordered


def _is_count(value: Object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_OBJECTS


def _listed(value: Object) -> list[Object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _unpredict(data: bytes, settings: Mapping[str, Object]) -> bytes:
    """The PNG predictors (section 7.4.4.4); TIFF's is not read. Columns of one byte each, as cross-references have."""
    predictor = settings.get("Predictor", 1)
    if predictor == 1:
        return data
    columns, colors, bits = settings.get("Columns", 1), settings.get("Colors", 1), settings.get("BitsPerComponent", 8)
    if not (isinstance(predictor, int) and 10 <= predictor <= 15 and isinstance(columns, int) and columns > 0):
        raise Malformed("A stream of the PDF is packed in a way that is not read here.")
    if colors != 1 or bits != 8 or columns > 1 << 16:
        raise Malformed("A stream of the PDF is packed in a way that is not read here.")
    rows = bytearray()
    before = bytes(columns)
    for at in range(0, len(data), columns + 1):
        before = _unfilter(data[at], data[at + 1 : at + 1 + columns], before)
        rows += before
    return bytes(rows)


def _unfilter(kind: int, row: bytes, above: bytes) -> bytes:
    """One row of PNG (RFC 2083 section 6), a byte to a pixel."""
    if kind == 0:
        return row
    if kind == 2:
        return bytes((one + up) & 0xFF for one, up in zip(row, above, strict=False))
    if kind not in (1, 3, 4):
        raise Malformed("A stream of the PDF can't be unpacked.")
    done = bytearray()
    left = corner = 0
    for one, up in zip(row, above, strict=False):
        if kind == 1:
            guess = left
        elif kind == 3:
            guess = (left + up) // 2
        else:
            estimate = left + up - corner
            guess = min((left, up, corner), key=lambda each: abs(estimate - each))
        left, corner = (one + guess) & 0xFF, up
        done.append(left)
    return bytes(done)
