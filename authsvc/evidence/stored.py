"""The tree as it is stored: roots, inclusion paths and the right edge read from tile rows (C2SP tlog-tiles).

Each function first finds out which tiles it needs, by running on a stand-in, and reads them in one go.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from authsvc.evidence.fence import Mark
from authsvc.evidence.merkle import SHA256, Read, consistency_proof, inclusion_proof, root_at
from authsvc.evidence.tiles import HEIGHT, WIDTH, TileReader
from authsvc.store import Reads
from authsvc.store import evidence as rows

T = TypeVar("T")


async def read_path(reads: Reads, index: int, size: int) -> list[bytes]:
    """The inclusion path of an entry in the tree of this size."""
    return await _with_tiles(reads, size, lambda read: inclusion_proof(index, size, read))


async def read_paths(reads: Reads, places: Sequence[tuple[int, int]]) -> list[list[bytes]]:
    """The inclusion paths of several (index, size), from one reading of the tiles that they need."""
    wanted: set[tuple[int, int]] = set()
    for index, size in places:
        wanted |= _needed(lambda read, index=index, size=size: inclusion_proof(index, size, read))  # type: ignore[misc]  # the defaults bind the loop variable
    data = await rows.tiles_at(reads, sorted(wanted))
    return [inclusion_proof(index, size, _reader(size, data)) for index, size in places]


async def read_consistency(reads: Reads, old: int, size: int) -> list[bytes]:
    """The proof that the tree of `size` extends that of `old`; empty from size 0, where there is nothing to prove."""
    if old == 0:
        return []
    return await _with_tiles(reads, size, lambda read: consistency_proof(old, size, read))


async def extends(reads: Reads, head: rows.Head, mark: Mark) -> bool:
    """Consistent, not equal: the root at the remembered size, computed from stored tiles, is the remembered one."""
    if head.size <= mark.size:
        return (head.size, head.root) == (mark.size, mark.root)
    return await _with_tiles(reads, head.size, lambda read: root_at(mark.size, read)) == mark.root


async def read_right_edge(reads: Reads, size: int) -> Mapping[tuple[int, int], bytes]:
    """The partial tiles of the tree of this size, by (level, n)."""
    places = []
    level = 0
    while size:
        if size % WIDTH:
            places.append((level, size // WIDTH))
        level, size = level + 1, size // WIDTH
    return await rows.tiles_at(reads, places)


async def _with_tiles(reads: Reads, size: int, compute: Callable[[Read], T]) -> T:
    data = await rows.tiles_at(reads, sorted(_needed(compute)))
    return compute(_reader(size, data))


def _needed(compute: Callable[[Read], object]) -> set[tuple[int, int]]:
    """(level, n) of the tiles that a computation reads."""
    wanted: set[tuple[int, int]] = set()

    def note(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, HEIGHT)
        wanted.add((tile_level, (index << height) // WIDTH))
        return bytes(SHA256.size)

    compute(note)
    return wanted


def _reader(size: int, data: Mapping[tuple[int, int], bytes]) -> Read:
    return TileReader(size, lambda tile: data[tile.level, tile.n][: tile.width * SHA256.size])
