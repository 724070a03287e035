"""Re-verifying the whole log from its rows: every entry, tile, checkpoint and the head, computed anew.

Nothing derived is believed: leaves come from the entries' bytes, trees from leaves, tiles and roots from trees, issuer
keys from genesis. Memory is bounded by one batch and the right edge.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from authsvc.evidence.errors import EvidenceError, RecordError
from authsvc.evidence.fence import Mark
from authsvc.evidence.growth import Growth
from authsvc.evidence.merkle import SHA256, SHA512, Frontier, leaf_hash
from authsvc.evidence.note import Verifier, open_checkpoint
from authsvc.evidence.record import Entry, parse, verify_entry
from authsvc.evidence.tiles import WIDTH, changed_tiles
from authsvc.store import Reads
from authsvc.store import evidence as rows

BATCH = 1000
MOST_FINDINGS = 100
"""A log that differs everywhere is described by its first differences."""


@dataclass(slots=True)
class Findings:
    """What was wrong, in the order of the log; `size` and `root` are those computed from the entries."""

    size: int = 0
    root: bytes = b""
    faults: list[str] = field(default_factory=list)

    def add(self, fault: str) -> None:
        """Note a fault, up to the limit."""
        if len(self.faults) < MOST_FINDINGS:
            self.faults.append(fault)

    @property
    def clean(self) -> bool:
        """Nothing was found."""
        return not self.faults


async def check_log(reads: Reads, origin: str, log_key: Verifier, fence: Mark | None) -> Findings:
    """Every finding about the log in this database; it must be what `log_key` signed, and extend the fence."""
    found = Findings()
    issuers = await _issuers(reads, found)
    notes = await rows.checkpoints(reads)
    tree = _Tree()
    marks = dict(_roots(notes, origin, log_key, found))
    if fence is not None:
        marks.setdefault(fence.size, fence.root)
    async for batch in _batches(reads, found):
        leaves = [_check_entry(entry, issuers, found) for entry in batch]
        tree.grow_512([entry.body for entry in batch])
        await tree.grow(reads, leaves, marks, found)
    await tree.finish(reads, found)
    _check_ends(tree, await rows.read_head(reads), marks, found)
    for _, record_id, body in await rows.all_staged(reads):
        _check_staged(record_id, body, issuers, found)
    found.size, found.root = tree.frontier.size, tree.frontier.root()
    return found


async def _issuers(reads: Reads, found: Findings) -> Mapping[str, Sequence[Verifier]]:
    first = await rows.entries_between(reads, 0, 1)
    try:
        return issuers_of(parse(first[0].body))
    except (IndexError, EvidenceError) as error:
        found.add(f"entry 0: not a genesis ({type(error).__name__})")
        return {}


def issuers_of(genesis: Entry) -> Mapping[str, Sequence[Verifier]]:
    """Family to its issuer's key, as genesis binds them. RecordError when the entry is no genesis."""
    listed = genesis.body.get("issuers")
    if genesis.type != "genesis" or not isinstance(listed, list):
        raise RecordError("type", "not a genesis")
    pairs = [(each["family"], each["vkey"]) for each in listed if isinstance(each, dict)]
    return {str(family): (Verifier.parse(str(vkey)),) for family, vkey in pairs}


async def _batches(reads: Reads, found: Findings) -> AsyncIterator[list[rows.Entry]]:
    at = 0
    while batch := await rows.entries_between(reads, at, at + BATCH):
        for place, entry in enumerate(batch):
            if entry.index != at + place:
                found.add(f"entry {at + place}: missing")
                break
        yield batch
        at += BATCH
    behind = await rows.entry_count(reads)
    if behind != at and behind > at:
        found.add(f"entry {at}: missing, though later ones are there")


def _check_entry(entry: rows.Entry, issuers: Mapping[str, Sequence[Verifier]], found: Findings) -> bytes:
    leaf = leaf_hash(entry.body)
    if leaf != entry.leaf:
        found.add(f"entry {entry.index}: the leaf hash is not that of the bytes")
    try:
        read = verify_entry(entry.body, issuers)
    except EvidenceError as error:
        found.add(f"entry {entry.index}: {error.message}")
        return leaf
    if (read.type, read.id) != (entry.type, entry.record_id):
        found.add(f"entry {entry.index}: the columns name another type or record than the bytes")
    if (read.type == "genesis") != (entry.index == 0):
        found.add(f"entry {entry.index}: genesis stands at index 0 and nowhere else")
    return leaf


def _check_staged(record_id: str, body: bytes, issuers: Mapping[str, Sequence[Verifier]], found: Findings) -> None:
    try:
        read = verify_entry(body, issuers)
    except EvidenceError as error:
        found.add(f"staged {record_id}: {error.message}")
        return
    if read.id != record_id:
        found.add(f"staged {record_id}: the bytes are another record")


def _roots(
    notes: Sequence[tuple[int, bytes]], origin: str, log_key: Verifier, found: Findings
) -> list[tuple[int, bytes]]:
    roots = []
    for size, note in notes:
        try:
            checkpoint, _ = open_checkpoint(note, [log_key], origin)
        except EvidenceError as error:
            found.add(f"checkpoint {size}: {error.message}")
            continue
        if checkpoint.size != size:
            found.add(f"checkpoint {size}: the note says {checkpoint.size}")
        roots.append((checkpoint.size, checkpoint.root))
    return roots


class _Tree:
    """Both trees as they grow, and the right edge of the tiles."""

    def __init__(self) -> None:
        self.frontier = Frontier(SHA256)
        self.frontier_512 = Frontier(SHA512)
        self._edge: dict[tuple[int, int], bytes] = {}

    def grow_512(self, bodies: Sequence[bytes]) -> None:
        """Add a batch to the parallel tree."""
        for body in bodies:
            self.frontier_512.append(leaf_hash(body, SHA512))

    async def grow(self, reads: Reads, leaves: Sequence[bytes], marks: dict[int, bytes], found: Findings) -> None:
        """Add a batch: compare the roots at remembered sizes, and the tiles that it fills."""
        step = self.frontier.copy()
        for leaf in leaves:
            step.append(leaf)
            root = marks.pop(step.size, None)
            if root is not None and root != step.root():
                found.add(f"size {step.size}: the signed root is not that of the entries")
        growth = Growth(self.frontier, leaves)
        for level, n, width, data in changed_tiles(growth, lambda level, n: self._edge[level, n]):
            if width == WIDTH:
                self._edge.pop((level, n), None)
                await _compare_tile(reads, level, n, data, found)
            else:
                self._edge[level, n] = data
        self.frontier = growth.frontier()

    async def finish(self, reads: Reads, found: Findings) -> None:
        """Compare the right edge."""
        for (level, n), data in self._edge.items():
            await _compare_tile(reads, level, n, data, found)


async def _compare_tile(reads: Reads, level: int, n: int, data: bytes, found: Findings) -> None:
    tile = await rows.read_tile(reads, level, n)
    if tile is None or tile.data != data or tile.width * SHA256.size != len(data):
        found.add(f"tile {level}/{n}: not that of the entries")


def _check_ends(tree: _Tree, head: rows.Head | None, marks: Mapping[int, bytes], found: Findings) -> None:
    if head is None:
        found.add("there is no head")
        return
    if (head.size, head.root) != (tree.frontier.size, tree.frontier.root()):
        found.add(f"head: says size {head.size}, the entries give {tree.frontier.size} or another root")
    if head.frontier != tree.frontier.to_bytes():
        found.add("head: the frontier is not that of the entries")
    if (head.root_512, head.frontier_512) != (tree.frontier_512.root(), tree.frontier_512.to_bytes()):
        found.add("head: the parallel SHA-512 tree is not that of the entries")
    for size in sorted(size for size in marks if size > 0):
        found.add(f"size {size}: was signed, but the entries end at {tree.frontier.size}")
