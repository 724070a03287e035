"""C2SP tlog-tiles: paths both ways, the tiles of a tree, a reader of nodes over tiles, entry bundles, the right edge.

A tile of level L holds up to 256 stored nodes of tree level 8L. `width` is the number of hashes, 256 in a full tile.
Entry bundles have the same numbers and widths; their level is ENTRIES.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from authsvc.evidence.errors import BadTile
from authsvc.evidence.growth import Growth
from authsvc.evidence.merkle import SHA256, Hash, node_hash

HEIGHT = 8
WIDTH = 256
MAX_LEVEL = 63
MAX_ENTRY = 65_535
ENTRIES = -1

_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tile:
    """Which tile (or, with level ENTRIES, which entry bundle)."""

    level: int
    n: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """`tile/<L>/<N>[.p/<W>]`."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        groups = [f"{self.n % 1000:03d}"]
        rest = self.n // 1000
        while rest:
            groups.append(f"x{rest % 1000:03d}")
            rest //= 1000
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"


Fetch: TypeAlias = Callable[[Tile], bytes]
"""Gives the bytes of a tile; whatever it raises goes through."""


def parse_path(path: str) -> Tile:
    """The tile of a path; BadTile for every path that `Tile.path` would not have written."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise BadTile("not a tile path")
    level = ENTRIES if match[1] == "entries" else int(match[1])
    tile = Tile(level, int(match[2].replace("x", "").replace("/", "")), int(match[3] or WIDTH))
    if level > MAX_LEVEL or (match[3] and tile.width >= WIDTH) or tile.path != path:
        raise BadTile("not a tile path")
    return tile


def tile_set(size: int) -> dict[int, tuple[int, int]]:
    """Level to (number of tiles, width of the last) of a tree of this size."""
    levels = {}
    level = 0
    while hashes := size >> HEIGHT * level:
        count = -(-hashes // WIDTH)
        levels[level] = (count, hashes - (count - 1) * WIDTH)
        level += 1
    return levels


def tiles_of(size: int) -> Iterator[Tile]:
    """Each tile of a tree of this size, level by level from the left."""
    for level, (count, last) in tile_set(size).items():
        for n in range(count):
            yield Tile(level, n, last if n == count - 1 else WIDTH)


def tile_at(level: int, n: int, size: int) -> Tile:
    """Tile n of a level as it stands in a tree of this size; BadTile when it is not there."""
    hashes = (size >> HEIGHT * max(level, 0)) - n * WIDTH
    if hashes <= 0:
        raise BadTile("no such tile in a tree of this size")
    return Tile(level, n, min(hashes, WIDTH))


class TileReader:
    """Reads stored nodes of a tree of `size` from its tiles; call it as `read(level, index)`.

    Within a tile the levels between are hashed once and kept, so many proofs from one tile cost little more than one.
    Tiles are not checked against a root here: whoever builds a proof from them checks the proof.
    """

    def __init__(self, size: int, fetch: Fetch, kind: Hash = SHA256) -> None:
        self.size = size
        self._fetch = fetch
        self._kind = kind
        self._tiles: dict[tuple[int, int], list[list[bytes]]] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """The stored node; BadTile when the tree has no such node or the tile has another length."""
        tile_level, height = divmod(level, HEIGHT)
        n, inside = divmod(index << height, WIDTH)
        rows = self._tiles.get((tile_level, n))
        if rows is None:
            rows = self._tiles[tile_level, n] = self._load(tile_level, n)
        row = rows[height] if height < len(rows) else []
        inside >>= height
        if inside >= len(row):
            raise BadTile("no such node in a tree of this size")
        return row[inside]

    def _load(self, level: int, n: int) -> list[list[bytes]]:
        tile = tile_at(level, n, self.size)
        row = hashes_of(self._fetch(tile), tile.width, self._kind)
        rows = [row]
        while len(row) > 1 and len(rows) < HEIGHT:
            pairs = iter(row)
            row = [node_hash(left, right, self._kind) for left, right in zip(pairs, pairs, strict=False)]
            rows.append(row)
        return rows


def hashes_of(data: bytes, width: int, kind: Hash = SHA256) -> list[bytes]:
    """The hashes of a tile; BadTile unless there are exactly `width`."""
    if len(data) != width * kind.size:
        raise BadTile("a tile of another length")
    return [data[i : i + kind.size] for i in range(0, len(data), kind.size)]


def changed_tiles(growth: Growth, right_edge: Callable[[int, int], bytes]) -> list[tuple[int, int, int, bytes]]:
    """The tiles that a batch makes or widens, as (level, n, width, data).

    `right_edge(level, n)` gives the data of the partial tile of the old tree that the batch widens; it is asked once
    for each such tile. BadTile when it has another length than the old size demands.
    """
    size = growth.kind.size
    changed = []
    for level in range(len(tile_set(growth.size))):
        fresh = growth.completed(HEIGHT * level)
        if not fresh:
            break
        n, held = divmod(growth.old_size >> HEIGHT * level, WIDTH)
        data = b""
        if held:
            data = right_edge(level, n)
            if len(data) != held * size:
                raise BadTile("the right edge has another length than the tree")
        data += b"".join(fresh)
        for start in range(0, len(data), WIDTH * size):
            part = data[start : start + WIDTH * size]
            changed.append((level, n, len(part) // size, part))
            n += 1
    return changed


def bundle(entries: Sequence[bytes]) -> bytes:
    """An entry bundle: each entry behind its length in two bytes; BadTile for an entry that does not fit."""
    if any(len(entry) > MAX_ENTRY for entry in entries):
        raise BadTile("an entry of more than 65,535 bytes")
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def split_bundle(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle; BadTile unless there are exactly `width` and nothing else."""
    entries = []
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2])
        if at + 2 > len(data) or end > len(data):
            raise BadTile("a bundle that is cut short")
        entries.append(data[at + 2 : end])
        at = end
    if len(entries) != width:
        raise BadTile("a bundle of another width")
    return entries
