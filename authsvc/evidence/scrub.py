"""Reading the log back, slice by slice: entries and tiles against the tree, values against their seals.

What a disk or a hand did to a row is found here: a flipped bit, a row that is gone. Whoever rewrites the tree too is
found by the fence and the witnesses, and what hangs together across the whole log is fsck's matter. Each part gives
where it stands afterwards, and a fault or none; a fault ends its part. Findings name entries and records, never
persons.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from authsvc.evidence.audience import OPERATOR_PREFIX, OPERATOR_SLOTS
from authsvc.evidence.errors import BadTile
from authsvc.evidence.growth import Growth
from authsvc.evidence.merkle import SHA256, Frontier, leaf_hash
from authsvc.evidence.schema import SCHEMAS
from authsvc.evidence.stored import read_right_edge
from authsvc.evidence.tiles import HEIGHT, WIDTH, changed_tiles
from authsvc.evidence.vault import BLOBS, OPERATOR, Vault
from authsvc.store import Reads, scrub
from authsvc.store import evidence as rows
from authsvc.store.scrub import Scrub

SLICE: Final = 8 * WIDTH
"""Entries of one step: ten million in an hour and a half. A multiple of a tile's width, so that tiles end with it."""
VALUES: Final = 1000
"""Sealed values of one step."""
PAGE: Final = 100
"""Values, or persons, between two moments at which other work goes on."""
_OPERATOR_TYPES: Final = frozenset(
    type_
    for type_, schema in SCHEMAS.items()
    if any(slot.name in OPERATOR_SLOTS or slot.name.startswith(OPERATOR_PREFIX) for slot in schema.slots)
)
"""Types of which the operator always keeps values."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where a round stands after a slice, and what was wrong in it."""

    state: Scrub
    fault: str = ""


Part: TypeAlias = Callable[[Reads, Vault, Scrub], Awaitable[Step]]
Edge: TypeAlias = dict[tuple[int, int], bytes]


async def read_entries(reads: Reads, _vault: Vault, state: Scrub) -> Step:
    """Entries against their leaves, tiles against the leaves, and at the end the root."""
    frontier, end = Frontier.of(state.frontier), min(state.place + SLICE, state.target)
    edge = {
        (level, n): data[: (state.place >> HEIGHT * level) % WIDTH * SHA256.size]
        for (level, n), data in (await read_right_edge(reads, state.place)).items()
    }
    while frontier.size < end:
        batch = await rows.entries_between(reads, frontier.size, min(frontier.size + WIDTH, end))
        fault = _check_rows(batch, frontier.size, min(frontier.size + WIDTH, end))
        fault = fault or await _check_operator(reads, batch)
        if fault:
            return Step(_behind(state), fault)
        growth = Growth(frontier, [row.leaf for row in batch])
        if fault := await _check_tiles(reads, growth, edge):
            return Step(_behind(state), fault)
        frontier = growth.frontier()
        await asyncio.sleep(0)
    if end < state.target:
        return Step(replace(state, place=end, frontier=frontier.to_bytes()))
    differs = frontier.root() != state.root
    return Step(_behind(state), f"the {end} entries have another root than the one that was signed" if differs else "")


def _check_rows(batch: Sequence[rows.Entry], start: int, end: int) -> str:
    by_index = {row.index: row for row in batch}
    for index in range(start, end):
        row = by_index.get(index)
        if row is None:
            return f"entry {index} is missing"
        if leaf_hash(row.body) != row.leaf:
            return f"entry {index} has other bytes, or another leaf hash, than were logged"
        type_, record_id = row.body.split(b"\n", 2)[1:2], b'"id":"%s"' % row.record_id.encode()
        if type_ != [row.type.encode()] or record_id not in row.body:
            return f"entry {index}: the columns name another type or record than the bytes"
    return ""


async def _check_operator(reads: Reads, batch: Sequence[rows.Entry]) -> str:
    wanted = {row.record_id: row.index for row in batch if row.type in _OPERATOR_TYPES}
    gone = await scrub.without_operator(reads, OPERATOR, list(wanted)) if wanted else set()
    return f"entry {min(wanted[each] for each in gone)}: its sealed values are missing" if gone else ""


async def _check_tiles(reads: Reads, growth: Growth, edge: Edge) -> str:
    """The tiles that these entries make or widen; a stored one may be wider by now. Keeps `edge` up."""
    try:
        changed = changed_tiles(growth, lambda level, n: edge[level, n])
    except (KeyError, BadTile):
        return f"a tile over the entries before {growth.old_size} is missing or too short"
    for level, n, width, data in changed:
        tile = await rows.read_tile(reads, level, n)
        if tile is None:
            return f"tile {level}/{n} is missing"
        if tile.data[: len(data)] != data or len(tile.data) != tile.width * SHA256.size:
            return f"tile {level}/{n} has other hashes than its entries"
        edge.pop((level, n), None)
        if width < WIDTH:
            edge[level, n] = data
    return ""


async def read_values(reads: Reads, vault: Vault, state: Scrub) -> Step:
    """Slot values: each opens in its place under its holder's key."""
    return await _read_sealed(reads, vault, state, scrub.values_after, lambda row: (row.record_id, row.subject))


async def read_texts(reads: Reads, vault: Vault, state: Scrub) -> Step:
    """Texts behind digests, the same."""
    return await _read_sealed(reads, vault, state, scrub.texts_after, lambda row: (row.record_id, row.name))


async def _read_sealed(
    reads: Reads,
    vault: Vault,
    state: Scrub,
    pages: Callable[[Reads, str, str, int], Awaitable[list[rows.SealedRow]]],
    key_of: Callable[[rows.SealedRow], tuple[str, str]],
) -> Step:
    first, _, second = state.after.partition("\n")
    for _ in range(VALUES // PAGE):
        page = await pages(reads, first, second, PAGE)
        if not page:
            return Step(_behind(state))
        if broken := await vault.find_broken(reads, page):
            index = await rows.entry_of(reads, broken.record_id)
            where = f"entry {index.index}" if index else f"record {broken.record_id}"
            return Step(_behind(state), f"{where}: a sealed value does not open in its place")
        if lacking := await _find_lacking(reads, vault, page):
            return Step(_behind(state), f"{lacking}: the texts behind its digests are missing")
        first, second = key_of(page[-1])
        await asyncio.sleep(0)
    return Step(replace(state, after=f"{first}\n{second}"))


async def _find_lacking(reads: Reads, vault: Vault, page: Sequence[rows.SealedRow]) -> str:
    """The first record of these slot values whose texts were removed; empty when none, or when these are texts."""
    named = dict.fromkeys(row.record_id for row in page if not row.name)
    for record_id in await scrub.without_texts(reads, BLOBS, list(named)) if named else ():
        if await vault.lacks_texts(reads, record_id):
            index = await rows.entry_of(reads, record_id)
            return f"entry {index.index}" if index else f"record {record_id}"
    return ""


async def read_persons(reads: Reads, vault: Vault, state: Scrub) -> Step:
    """As many records' values lie here of each person as their chain says, but for those that were taken down."""
    page = await scrub.counts_after(reads, state.after, PAGE)
    if not page:
        return Step(_behind(state))
    short = [(handle, number, kept) for handle, number, kept in page if kept < number]
    taken = await _taken_down(vault) if short else {}
    for handle, number, kept in short:
        if kept + taken.get(handle, 0) < number:
            return Step(
                _behind(state),
                f"of a person's {number} records {number - kept} have lost their sealed values; fsck names the entries",
            )
    return Step(replace(state, after=page[-1][0]))


async def _taken_down(vault: Vault) -> Mapping[str, int]:
    """Handle to how many of that person's records were taken down, as the key store lists them (RECORD/HANDLE)."""
    counts: dict[str, int] = {}
    for key_id in await vault.epochs.key_store.erased():
        record, _, handle = key_id.rpartition("/")
        if record:
            counts[handle] = counts.get(handle, 0) + 1
    return counts


PARTS: Final[Mapping[str, Part]] = MappingProxyType(
    {"entries": read_entries, "values": read_values, "texts": read_texts, "persons": read_persons}
)
"""What a round reads, in this order."""


def _behind(state: Scrub) -> Scrub:
    """At the beginning of the next part; with no part left the round is over."""
    names = [*PARTS, ""]
    return replace(state, part=names[names.index(state.part) + 1], place=0, after="", frontier=b"")
