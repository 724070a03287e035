"""What the store keeps of trusted time, for a package or a receipt: tokens with the material of their time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from authsvc.evidence.package_time import AnchoredCheckpoint, AnchorEntry, lay_out_time
from authsvc.evidence.proof import parse_proof
from authsvc.evidence.receipt_time import write_time_part
from authsvc.evidence.states import ANCHORED, Standing
from authsvc.evidence.stored import read_consistency, read_path
from authsvc.store import Reads, anchors
from authsvc.store import evidence as rows
from authsvc.store.anchors import AnchorRow


@dataclass(frozen=True, slots=True)
class TimeOf:
    """The anchors of some entries: those below them, and all tokens of the first anchored sizes above them."""

    below: Sequence[AnchorRow]
    above: Sequence[AnchorRow]
    complete: bool
    failure: str = ""

    @property
    def record_ids(self) -> tuple[str, ...]:
        """Their records, each once: by these the same is found again."""
        return tuple(dict.fromkeys(one.record_id for one in (*self.below, *self.above)))

    @property
    def size(self) -> int:
        """The smallest tree in which all of this stands."""
        return max((*(one.size for one in self.above), *((one.index or 0) + 1 for one in self.below)), default=0)


async def find_time(reads: Reads, indices: Sequence[int]) -> TimeOf:
    """The anchors around the entries of these indices, shared ones once."""
    below: dict[str, AnchorRow] = {}
    above: dict[str, AnchorRow] = {}
    covered, complete = 0, True
    for index in sorted(set(indices)):
        if (under := await anchors.below(reads, index)) is not None:
            below[under.record_id] = under
        if index < covered:
            continue
        found = await anchors.above(reads, index)
        complete = complete and bool(found)
        covered = found[0].size if found else covered
        above |= {one.record_id: one for one in found}
    return TimeOf(tuple(below.values()), tuple(above.values()), complete)


async def time_named(reads: Reads, record_ids: Sequence[str], indices: Sequence[int], failure: str) -> TimeOf:
    """The same again from what was found once, whatever has been anchored since."""
    known = await anchors.of_records(reads, record_ids)
    below = {index: [one for one in known if one.index is not None and one.index < index] for index in indices}
    above = {index: [one for one in known if one.size > index] for index in indices}
    under = {max(each, key=lambda one: (one.size, one.index or 0)).record_id for each in below.values() if each}
    over = {min(one.size for one in each) for each in above.values() if each}
    return TimeOf(
        tuple(one for one in known if one.record_id in under),
        tuple(one for one in known if one.size in over),
        all(above.values()),
        failure,
    )


async def time_files(reads: Reads, found: TimeOf, size: int, note: bytes) -> dict[str, bytes]:
    """`time/` of a package over the checkpoint `note` of this size."""
    by_size: dict[int, dict[str, AnchorRow]] = {}
    for row in (*found.above, *found.below):
        by_size.setdefault(row.size, {})[row.tsa] = row
    checkpoints = [
        AnchoredCheckpoint(
            next(iter(tokens.values())).stamped,
            at,
            [row.token for row in tokens.values()],
            await read_consistency(reads, at, size),
        )
        for at, tokens in by_size.items()
    ]
    records = []
    for row in found.below:
        if row.index is not None:
            (entry,) = await rows.entries_between(reads, row.index, row.index + 1)
            records.append(AnchorEntry(row.index, entry.body, await read_path(reads, row.index, size)))
    prints = sorted({each for tokens in by_size.values() for row in tokens.values() for each in row.revocation})
    material = [(kind, data) for _, kind, data in await anchors.material(reads, prints)]
    return lay_out_time(note, checkpoints, records, material, found.failure)


async def time_around(reads: Reads, standing: Standing) -> dict[str, bytes]:
    """`time/` of a package of this record alone, over the checkpoint of its proof; empty while it is not anchored.

    A later turn may have stamped the same checkpoint once more: only the tokens of the first one are in it, so that it
    stays the same.
    """
    if standing.state != ANCHORED:
        return {}
    settled = standing.settled
    found = await find_time(reads, [settled.index])
    first = min(one.received_at for one in found.above)
    found = replace(found, above=tuple(one for one in found.above if one.received_at == first))
    return await time_files(reads, found, settled.size, parse_proof(settled.proof).checkpoint)


async def time_part(reads: Reads, standing: Standing) -> dict[str, list[dict[str, str]]] | None:
    """The time part of the receipt of an anchored record; None while it is not anchored."""
    return write_time_part(await time_around(reads, standing)) if standing.state == ANCHORED else None
