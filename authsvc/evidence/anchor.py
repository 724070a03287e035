"""Trusted time (evidence format, section 11; RFC 3161): what is stamped, and what the tokens prove of a record.

A token over a checkpoint proves that every entry below its size was there before it. The record of that token, at its
own index, proves that every entry above it came after. Between the two lies the record's place in the log; when the act
itself happened is nothing that a token can tell.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from authsvc.evidence.checkpoint import Checkpoint, parse_checkpoint
from authsvc.evidence.errors import BadCheckpoint
from authsvc.evidence.merkle import SHA512
from authsvc.evidence.note import join_note, parse_note

ROOT_512 = b"sha512 "
"""Begins the last line of a stamped text, behind it the base64 of the parallel tree's root."""

_MS = timedelta(milliseconds=1)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")


@dataclass(frozen=True, slots=True)
class Stamped:
    """A stamped text taken apart: the note with the log's own lines alone, its checkpoint, the SHA-512 root."""

    note: bytes
    checkpoint: Checkpoint
    root_512: bytes

    @property
    def text(self) -> bytes:
        """The bytes that the token is over."""
        return self.note + ROOT_512 + b64encode(self.root_512) + b"\n"


def stamp_checkpoint(note: bytes, root_512: bytes) -> Stamped:
    """What is stamped of a published checkpoint: witnesses' lines are left out, so that they may come later."""
    parsed = parse_note(note)
    checkpoint = parse_checkpoint(parsed.text)
    lines = note[len(parsed.text) + 1 :].splitlines(keepends=True)
    own = [line for line, one in zip(lines, parsed.signatures, strict=True) if one.name == checkpoint.origin]
    return Stamped(join_note(parsed.text, own), checkpoint, root_512)


def read_stamped(data: bytes) -> Stamped:
    """The stamped text of these bytes; BadNote or BadCheckpoint for any that `text` would not have given."""
    start = data.rfind(b"\n", 0, len(data) - 1) + 1
    line = data[start:]
    if not line.startswith(ROOT_512) or not line.endswith(b"\n"):
        raise BadCheckpoint("no root of the SHA-512 tree in the last line")
    try:
        root_512 = b64decode(line[len(ROOT_512) : -1], validate=True)
    except ValueError as error:
        raise BadCheckpoint("the root of the SHA-512 tree is not base64") from error
    if len(root_512) != SHA512.size:
        raise BadCheckpoint("the root of the SHA-512 tree has another length")
    stamped = stamp_checkpoint(data[:start], root_512)
    if stamped.text != data:
        raise BadCheckpoint("a stamped text carries the log's own lines and nothing else")
    return stamped


@dataclass(frozen=True, slots=True)
class Anchor:
    """A token over the checkpoint of `size`; `index` is the place of its record, None while it has none.

    `earliest` and `latest` (ms) bound the token's time: its accuracy, and how fine it is written, are in them.
    """

    size: int
    earliest: int
    latest: int
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Bracket:
    """What is proven of an entry's place in the log, each bound with the anchor that gives it."""

    after: Anchor | None
    before: Anchor | None

    @property
    def width(self) -> int | None:
        """Milliseconds between the bounds, None where one is missing."""
        return None if self.after is None or self.before is None else self.before.latest - self.after.earliest


def bracket(index: int, anchors: Iterable[Anchor]) -> Bracket:
    """After the token of the last anchor record below the index; before the first token whose checkpoint holds it."""
    known = list(anchors)
    below = [one for one in known if one.index is not None and one.index < index]
    above = [one for one in known if one.size > index]
    return Bracket(
        after=max(below, key=lambda one: (one.index or 0, one.size), default=None),
        before=min(above, key=lambda one: (one.size, one.latest), default=None),
    )


def in_ms(earliest: datetime, latest: datetime) -> tuple[int, int]:
    """The bounds of a token's time in whole milliseconds, widened where they are finer."""
    return (earliest - _EPOCH) // _MS, -((_EPOCH - latest) // _MS)
