"""C2SP tlog-checkpoint and tlog-tiles over RFC 6962 trees: checkpoint, every tile, every bundle, one root."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from tests.stranger.note import Key, Note, Objection, demand, unbase64

WIDTH = 256
Fetch = Callable[[str], bytes]
"""Gives the bytes behind `checkpoint`, `tile/0/000` and so on; raises LookupError or OSError for what is not there."""


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def split(size: int) -> int:
    """RFC 6962 section 2.1: the largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes
    note: bytes
    signers: tuple[Key, ...]

    @classmethod
    def open(cls, raw: bytes, keys: list[Key]) -> Checkpoint:
        note = Note.parse(raw)
        signers = note.verified_by(keys)
        origin, size, root = parse_text(note.text)
        demand(all(key.name == origin for key in signers), f"origin: {origin!r} is not the name of the key that signed")
        return cls(origin, size, root, raw, tuple(signers))


def parse_text(text: bytes) -> tuple[str, int, bytes]:
    lines = text.decode().split("\n")
    demand(lines.pop() == "" and len(lines) >= 3 and all(lines), "checkpoint: three non-empty lines at least")
    demand(re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1], re.ASCII), f"checkpoint: size {lines[1][:30]!r}")
    root = unbase64(lines[2])
    demand(len(root) == 32, "checkpoint: root of another length")
    return lines[0], int(lines[1]), root


@dataclass(frozen=True)
class Tree:
    """What was served, recomputed: `entries[i]` hashes to `leaves[i]`, and all leaves to the checkpoint's root."""

    checkpoint: Checkpoint
    leaves: tuple[bytes, ...]
    entries: tuple[bytes, ...]

    @cached_property
    def _subtrees(self) -> dict[tuple[int, int], bytes]:
        return {}

    def hash_of(self, start: int, end: int) -> bytes:
        """RFC 6962 MTH(D[start:end])."""
        if start == end:
            return hashlib.sha256(b"").digest()
        if end - start == 1:
            return self.leaves[start]
        if (start, end) not in self._subtrees:
            middle = start + split(end - start)
            self._subtrees[start, end] = node_hash(self.hash_of(start, middle), self.hash_of(middle, end))
        return self._subtrees[start, end]

    def inclusion(self, index: int, start: int = 0, end: int | None = None) -> list[bytes]:
        """RFC 6962 PATH(m, D[n]), leaf's sibling first."""
        end = self.checkpoint.size if end is None else end
        if end - start <= 1:
            return []
        middle = start + split(end - start)
        if index < middle:
            return [*self.inclusion(index, start, middle), self.hash_of(middle, end)]
        return [*self.inclusion(index, middle, end), self.hash_of(start, middle)]


def included(index: int, size: int, leaf: bytes, proof: list[bytes], root: bytes) -> bool:
    """RFC 9162 section 2.1.3.2, step by step."""
    if not 0 <= index < size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def read_tree(fetch: Fetch, vkeys: list[str]) -> Tree:
    """Read everything that the served checkpoint demands and compare it; `Objection` for whatever does not agree."""
    checkpoint = Checkpoint.open(fetch("checkpoint"), [Key.parse(vkey) for vkey in vkeys])
    levels = read_levels(fetch, checkpoint.size)
    leaves = tuple(levels[0]) if levels else ()
    entries: list[bytes] = []
    for n, width in tiles_of(checkpoint.size):
        entries += read_bundle(fetch, n, width)
    tree = Tree(checkpoint, leaves, tuple(entries))
    for index, entry in enumerate(tree.entries):
        demand(leaf_hash(entry) == leaves[index], f"entry: {index} is not the one that was hashed")
    demand(tree.hash_of(0, checkpoint.size) == checkpoint.root, "root: the leaves do not hash to the signed root")
    for level, hashes in enumerate(levels):
        span = WIDTH**level
        for i, value in enumerate(hashes):
            demand(tree.hash_of(i * span, (i + 1) * span) == value, f"tile: hash {i} of level {level} is another")
    for index, leaf in enumerate(leaves):
        proof = tree.inclusion(index)
        demand(included(index, checkpoint.size, leaf, proof, checkpoint.root), f"proof: entry {index} is not included")
    return tree


def read_levels(fetch: Fetch, size: int) -> list[list[bytes]]:
    """All hashes of all levels that a tree of this size has, from its tiles."""
    levels, count = [], size
    while count:
        hashes: list[bytes] = []
        for n, width in tiles_of(count):
            raw = fetch_cut(fetch, f"tile/{len(levels)}/{number(n)}", width, lambda full, w: full[: 32 * w])
            demand(len(raw) == 32 * width, f"tile: {len(levels)}/{n} has {len(raw)} bytes instead of {32 * width}")
            hashes += [raw[i : i + 32] for i in range(0, len(raw), 32)]
        levels.append(hashes)
        count //= WIDTH
    return levels


def tiles_of(count: int) -> list[tuple[int, int]]:
    """(tile index, width) of the tiles that hold `count` hashes."""
    full, rest = divmod(count, WIDTH)
    return [(n, WIDTH) for n in range(full)] + ([(full, rest)] if rest else [])


def number(n: int) -> str:
    digits = f"{n:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    return "/".join(["x" + part for part in parts[:-1]] + parts[-1:])


def fetch_cut(fetch: Fetch, path: str, width: int, cut: Callable[[bytes, int], bytes]) -> bytes:
    """A tile of this width; where the log grew since, the full tile may have taken the partial one's place."""
    if width == WIDTH:
        return fetch(path)
    try:
        return fetch(f"{path}.p/{width}")
    except (LookupError, OSError) as missing:
        try:
            return cut(fetch(path), width)
        except (LookupError, OSError):
            raise Objection(f"tile: {path}.p/{width} is not served") from missing


def read_bundle(fetch: Fetch, n: int, width: int) -> list[bytes]:
    raw = fetch_cut(
        fetch, f"tile/entries/{number(n)}", width, lambda full, w: b"".join(map(prefixed, unbundle(full)[:w]))
    )
    entries = unbundle(raw)
    demand(len(entries) == width, f"bundle: {n} has {len(entries)} entries instead of {width}")
    return entries


def unbundle(raw: bytes) -> list[bytes]:
    entries, at = [], 0
    while at < len(raw):
        length = int.from_bytes(raw[at : at + 2])
        demand(at + 2 + length <= len(raw), "bundle: cut short")
        entries.append(raw[at + 2 : at + 2 + length])
        at += 2 + length
    return entries


def prefixed(entry: bytes) -> bytes:
    return len(entry).to_bytes(2) + entry
