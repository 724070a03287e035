"""A stranger reads the log as it is served: checkpoint, tiles, entries; recomputes the tree; believes nothing else."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from authsvc.evidence.keyring import issuers_of
from authsvc.evidence.merkle import leaf_hash, root_of
from authsvc.evidence.note import Verifier, open_checkpoint
from authsvc.evidence.proof import parse_proof
from authsvc.evidence.record import parse, verify_entry
from authsvc.evidence.tiles import ENTRIES, Tile, hashes_of, split_bundle, tile_at, tile_set

Fetch = Callable[[str], Awaitable[bytes]]
"""Path below the log's address to its bytes."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the stranger found to hold."""

    size: int
    types: Counter[str]


class Mismatch(Exception):
    """Something that is served does not hold."""


async def read_log(fetch: Fetch, vkey: str, origin: str) -> Seen:
    """Every entry checked against the tree, the tree against the signed checkpoint. Mismatch, or an evidence error."""
    checkpoint, _ = open_checkpoint(await fetch("checkpoint"), [Verifier.parse(vkey)], origin)
    entries = await _entries(fetch, checkpoint.size)
    leaves = [leaf_hash(entry) for entry in entries]
    if root_of(leaves) != checkpoint.root:
        raise Mismatch("the entries do not give the root that the log signed")
    if await _level_0(fetch, checkpoint.size) != leaves:
        raise Mismatch("the hash tiles are not those of the entries")
    issuers = issuers_of(parse(entries[0]))
    return Seen(checkpoint.size, Counter(verify_entry(entry, issuers).type for entry in entries))


def check_proof(proof: str, entry: str, vkey: str, origin: str) -> int:
    """The size of the tree in which the entry is proven to stand; an evidence error otherwise."""
    return parse_proof(proof.encode()).verify(entry.encode(), [Verifier.parse(vkey)], origin).size


async def _entries(fetch: Fetch, size: int) -> list[bytes]:
    count, _ = tile_set(size)[0]
    entries: list[bytes] = []
    for n in range(count):
        tile = tile_at(0, n, size)
        entries += split_bundle(await fetch(Tile(ENTRIES, n, tile.width).path), tile.width)
    return entries


async def _level_0(fetch: Fetch, size: int) -> list[bytes]:
    count, _ = tile_set(size)[0]
    hashes: list[bytes] = []
    for n in range(count):
        tile = tile_at(0, n, size)
        hashes += hashes_of(await fetch(tile.path), tile.width)
    return hashes
