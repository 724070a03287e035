"""A monitor of somebody else's log (C2SP tlog-tiles): each checkpoint must extend the last one that it saw.

What it finds out needs no trust in the log: two checkpoints under the log's own keys that no single tree has are the
proof of a fork, and both notes are kept as they were served.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from authsvc.evidence.checkpoint import Checkpoint
from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.merkle import root_at
from authsvc.evidence.note import Verifier, open_checkpoint
from authsvc.evidence.tiles import Tile, TileReader

Fetch = Callable[[Tile], bytes]
"""The bytes of a tile as the log serves it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest checkpoint that a monitor has seen; `note` is its bytes."""

    size: int
    root: bytes
    note: bytes


class Fork(Exception):
    """The log showed two histories. `before` and `now` are the two notes, both signed by it."""

    def __init__(self, before: bytes, now: bytes, reason: str) -> None:
        super().__init__(reason)
        self.before = before
        self.now = now


def look(served: bytes, keys: Iterable[Verifier], origin: str, seen: Seen | None, fetch: Fetch) -> Seen:
    """Judge a checkpoint as served; what is to be remembered, which is never less than before.

    Raises Fork, and EvidenceError for a checkpoint that is not the log's. `fetch` may raise what it likes.
    """
    checkpoint, _ = open_checkpoint(served, keys, origin)
    now = Seen(checkpoint.size, checkpoint.root, served)
    if seen is None:
        _demand(checkpoint.size, checkpoint, checkpoint.root, served, served, fetch)
        return now
    smaller, larger = sorted((seen, now), key=lambda each: each.size)
    if smaller.size == larger.size:
        if smaller.root != larger.root:
            raise Fork(seen.note, served, f"two roots were signed for the size {now.size}")
        return seen
    of_larger = Checkpoint(origin, larger.size, larger.root)
    _demand(larger.size, of_larger, larger.root, seen.note, served, fetch)
    _demand(smaller.size, of_larger, smaller.root, seen.note, served, fetch)
    return larger


def _demand(size: int, tree: Checkpoint, root: bytes, before: bytes, now: bytes, fetch: Fetch) -> None:
    """The first `size` leaves of the tree that the log serves have this root."""
    try:
        found = root_at(size, TileReader(tree.size, fetch))
    except (EvidenceError, ValueError, IndexError) as error:
        raise Fork(before, now, f"the tiles of the size {tree.size} are no tree") from error
    if found != root:
        raise Fork(before, now, f"the tree of size {tree.size} does not hold what was signed at the size {size}")
