"""Re-computing both trees from the entries' bytes, and comparing every tile, root and signed checkpoint with them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.growth import Growth
from authsvc.evidence.keyring import KeyRing
from authsvc.evidence.merkle import SHA256, SHA512, Frontier, leaf_hash
from authsvc.evidence.note import ED25519, Note, Verifier, open_checkpoint, open_note
from authsvc.evidence.tiles import WIDTH, changed_tiles, tile_set
from authsvc.store import Reads
from authsvc.store import evidence as rows

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


class Trees:
    """Both trees as they grow, and the right edge of the tiles. `marks`: size to a root remembered elsewhere."""

    def __init__(self, found: Findings, marks: dict[int, bytes]) -> None:
        self.frontier = Frontier(SHA256)
        self.frontier_512 = Frontier(SHA512)
        self._found = found
        self._marks = marks
        self._edge: dict[tuple[int, int], bytes] = {}
        self.checkpoints = 0
        self.last: rows.Checkpoint | None = None

    async def grow(self, reads: Reads, bodies: Sequence[bytes], ring: KeyRing | None, origin: str) -> None:
        """Add a batch: compare signed checkpoints and remembered roots on the way, and the tiles that it fills."""
        leaves = [leaf_hash(body) for body in bodies]
        low = self.frontier.size
        signed = {each.size: each for each in await rows.checkpoints_between(reads, low, low + len(bodies))}
        lines = await rows.cosignatures_between(reads, low, low + len(bodies))
        self.checkpoints += len(signed)
        step = self.frontier.copy()
        for leaf, body in zip(leaves, bodies, strict=True):
            step.append(leaf)
            self.frontier_512.append(leaf_hash(body, SHA512))
            root = self._marks.pop(step.size, None)
            if root is not None and root != step.root():
                self._found.add(f"size {step.size}: the root that was remembered is not that of the entries")
            if step.size in signed:
                self.last = signed[step.size]
                self._check(self.last, step.root(), ring, origin, lines.get(step.size, []))
        for size in sorted(lines.keys() - signed.keys()):
            self._found.add(f"size {size}: cosigned, but there is no checkpoint")
        growth = Growth(self.frontier, leaves)
        for level, n, width, data in changed_tiles(growth, lambda level, n: self._edge[level, n]):
            if width == WIDTH:
                self._edge.pop((level, n), None)
                await self._compare(reads, level, n, data)
            else:
                self._edge[level, n] = data
        self.frontier = growth.frontier()

    async def finish(self, reads: Reads) -> None:
        """Compare the right edge, and see that nothing lies beyond the tree."""
        for (level, n), data in self._edge.items():
            await self._compare(reads, level, n, data)
        size = self.frontier.size
        if await rows.tile_count(reads) > sum(count for count, _ in tile_set(size).values()):
            self._found.add("tiles: there are more than a tree of this size has")
        for each in await rows.checkpoints_between(reads, size, 2**63 - 1):
            self._found.add(f"size {each.size}: was signed, but the entries end at {size}")
        for mark in sorted(self._marks):
            self._found.add(f"size {mark}: was signed, but the entries end at {size}")

    async def _compare(self, reads: Reads, level: int, n: int, data: bytes) -> None:
        tile = await rows.read_tile(reads, level, n)
        if tile is None or tile.data != data or tile.width * SHA256.size != len(data):
            self._found.add(f"tile {level}/{n}: not that of the entries")

    def _check(
        self, row: rows.Checkpoint, root: bytes, ring: KeyRing | None, origin: str, lines: Sequence[tuple[str, str]]
    ) -> None:
        size, keys = row.size, ring.log_keys(row.size) if ring else []
        try:
            checkpoint, note = open_checkpoint(row.note, keys, origin)
        except EvidenceError as error:
            self._found.add(f"checkpoint {size}: {error.message}")
            return
        if (checkpoint.size, checkpoint.root) != (size, root):
            self._found.add(f"size {size}: the signed root is not that of the entries")
        if row.root_512 != self.frontier_512.root():
            self._found.add(f"checkpoint {size}: the SHA-512 root is not that of the entries")
        signed = {each.verifier for each in note.verified}
        for key in keys:
            if key.algorithm == ED25519 and key not in signed:
                self._found.add(f"checkpoint {size}: log key {key.key_id.hex()} has not signed")
        for name, line in lines:
            self._check_line(note, size, line, [key for key in keys if key.short == name])

    def _check_line(self, note: Note, size: int, line: str, keys: Sequence[Verifier]) -> None:
        """A line of one of the log's own keys; those of witnesses are judged by who trusts the witness."""
        try:
            if keys:
                open_note(note.text + b"\n" + line.encode(), keys)
        except EvidenceError as error:
            self._found.add(f"checkpoint {size}: a log key's further line does not hold: {error.message}")
