"""Which staged entries may take their places: each signed by a key good at its index (evidence format, 8 and 9).

The sequencer asks before it gives an index. A `key` record changes who is good from the next index on.
"""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field

from authsvc.errors import Conflict
from authsvc.evidence.keyring import KeyRing
from authsvc.evidence.merkle import leaf_hash
from authsvc.evidence.record import parse
from authsvc.evidence.schema import SCHEMAS
from authsvc.store import evidence as rows

SIGNATURE_START = len("\n\n— ".encode())


@dataclass(slots=True)
class Placed:
    """Entries at their places, the keys as they are behind them, and what waits on: rows under a key not in force."""

    ring: KeyRing | None
    entries: list[rows.Entry] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)
    key_records: int = 0
    refused: list[str] = field(default_factory=list)


def place(start: int, staged: Sequence[tuple[int, str, bytes]], ring: KeyRing | None) -> Placed:
    """Give the rows (seq, record id, entry) their indices from `start` on. `ring` is None before genesis.

    Conflict for a `key` record that does not fit the keys in force.
    """
    placed = Placed(ring)
    good = _good(ring, start)
    for seq, record_id, body in staged:
        index = start + len(placed.entries)
        type_ = type_of(body)
        if good is not None and (SCHEMAS[type_].family, *signer_of(body)) not in good:
            placed.refused.append(record_id)
            continue
        placed.entries.append(rows.Entry(index, record_id, type_, body, leaf_hash(body)))
        placed.seqs.append(seq)
        if type_ == "key" and ring is not None:
            ring = placed.ring = ring.copy()
            placed.key_records += 1
            if not ring.apply(parse(body), index):
                raise Conflict("the keys changed meanwhile: the record does not fit those in force")
            good = _good(ring, index + 1)
    return placed


def _good(ring: KeyRing | None, index: int) -> frozenset[tuple[str, bytes, bytes]] | None:
    if ring is None:
        return None
    return frozenset(
        (each.family, each.verifier.name.encode(), each.verifier.key_id)
        for each in ring.intervals
        if each.is_good(index)
    )


def type_of(entry: bytes) -> str:
    """The type that line 2 names."""
    return entry.split(b"\n", 2)[1].decode()


def signer_of(entry: bytes) -> tuple[bytes, bytes]:
    """(name, key id) of the one signature line, read without checking it."""
    name, _, encoded = entry[entry.rindex(b"\n\n") + SIGNATURE_START :].partition(b" ")
    return name, b64decode(encoded[:8])[:4]
