"""What the store keeps of trusted time, for a package or a receipt: tokens with their material, renewals."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from authsvc.evidence.merkle import SHA512
from authsvc.evidence.package_time import AnchoredCheckpoint, AnchorEntry, Renewal, lay_out_time
from authsvc.evidence.proof import parse_proof
from authsvc.evidence.receipt_time import write_time_part
from authsvc.evidence.renewal import Covered, RenewalText, digests_of, renewal_path, renewal_root
from authsvc.evidence.states import ANCHORED, Standing
from authsvc.evidence.stored import read_consistency, read_path
from authsvc.store import Reads, anchors, renewals
from authsvc.store import evidence as rows
from authsvc.store.anchors import AnchorRow
from authsvc.store.renewals import RenewalRow


@dataclass(frozen=True, slots=True)
class Renewed:
    """A renewal, and which of the tokens at hand stand at which places of its tree, by their bytes."""

    row: RenewalRow
    places: Mapping[bytes, int]
    material: Mapping[bytes, tuple[str, ...]]
    """The SHA-256 of the material that stands in the leaf with each token."""


@dataclass(frozen=True, slots=True)
class TimeOf:
    """The anchors of some entries: those below them, all tokens of the first anchored sizes above them; and whatever
    renews these tokens, and renews that."""

    below: Sequence[AnchorRow]
    above: Sequence[AnchorRow]
    complete: bool
    failure: str = ""
    renewals: Sequence[Renewed] = ()

    @property
    def record_ids(self) -> tuple[str, ...]:
        """Their records, each once: by these the same is found again."""
        renewing = (one.row.record_id for one in self.renewals)
        return tuple(dict.fromkeys((*(one.record_id for one in (*self.below, *self.above)), *renewing)))

    @property
    def size(self) -> int:
        """The smallest tree in which all of this stands."""
        below = [*(one.index or 0 for one in self.below), *(one.row.index or 0 for one in self.renewals)]
        return max((*(one.size for one in self.above), *(index + 1 for index in below)), default=0)


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
    renewing = await _find_renewals(reads, (*below.values(), *above.values()))
    return TimeOf(tuple(below.values()), tuple(above.values()), complete, renewals=renewing)


async def _find_renewals(
    reads: Reads, known: Sequence[AnchorRow], record_ids: Sequence[str] | None = None
) -> tuple[Renewed, ...]:
    """What renews these tokens, and what renews that; of these records only, where they are given. One whose record has
    no place yet is left out: it came just now, and nothing depends on it."""
    found: dict[int, Renewed] = {}
    waiting: list[tuple[AnchorRow | RenewalRow, Sequence[tuple[RenewalRow, int]]]] = [
        (one, await renewals.over(reads, one.size, one.tsa)) for one in known
    ]
    while waiting:
        older, later = waiting.pop()
        for row, place in later:
            if row.index is None or (record_ids is not None and row.record_id not in record_ids):
                continue
            if row.number not in found:
                found[row.number] = Renewed(row, {}, {})
                waiting.append((row, await renewals.over_renewal(reads, row.number)))
            one = found[row.number]
            places, material = {**one.places, older.token: place}, {**one.material, older.token: older.revocation}
            found[row.number] = replace(one, places=places, material=material)
    return tuple(found[number] for number in sorted(found))


async def time_named(reads: Reads, record_ids: Sequence[str], indices: Sequence[int], failure: str) -> TimeOf:
    """The same again from what was found once, whatever has been anchored since."""
    known = await anchors.of_records(reads, record_ids)
    below = {index: [one for one in known if one.index is not None and one.index < index] for index in indices}
    above = {index: [one for one in known if one.size > index] for index in indices}
    under = {max(each, key=lambda one: (one.size, one.index or 0)).record_id for each in below.values() if each}
    over = {min(one.size for one in each) for each in above.values() if each}
    chosen = tuple(one for one in known if one.record_id in under), tuple(one for one in known if one.size in over)
    renewing = await _find_renewals(reads, (*chosen[0], *chosen[1]), record_ids)
    return TimeOf(*chosen, all(above.values()), failure, renewing)


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
    renewing = [one.row for one in found.renewals]
    for index in [*(one.index for one in found.below), *(one.index for one in renewing)]:
        if index is not None:
            (entry,) = await rows.entries_between(reads, index, index + 1)
            records.append(AnchorEntry(index, entry.body, await read_path(reads, index, size)))
    tokens = [row for each in by_size.values() for row in each.values()]
    named = [*(row.revocation for row in tokens), *(row.revocation for row in renewing)]
    prints = sorted({each for revocation in named for each in revocation})
    kept = {sha256: (kind, data) for sha256, kind, data in await anchors.material(reads, prints)}
    laid = [_lay_out(one, {sha256: data for sha256, (_, data) in kept.items()}) for one in found.renewals]
    return lay_out_time(note, checkpoints, records, list(kept.values()), found.failure, laid)


def _lay_out(renewed: Renewed, material: Mapping[str, bytes]) -> Renewal:
    """A renewal as a package has it: the proofs of the tokens at hand alone."""
    row, size = renewed.row, SHA512.size
    leaves = [row.leaves[at : at + size] for at in range(0, len(row.leaves), size)]
    covers = [
        Covered(
            hashlib.sha256(token).hexdigest(),
            place,
            digests_of(material[each] for each in renewed.material[token]),
            renewal_path(place, leaves),
        )
        for token, place in renewed.places.items()
    ]
    return Renewal(row.number, RenewalText(len(leaves), renewal_root(leaves)).to_bytes(), row.token, covers)


async def time_around(reads: Reads, standing: Standing) -> dict[str, bytes]:
    """`time/` of a package of this record alone, over the checkpoint of its proof; empty while it is not anchored.

    A later turn may have stamped the same checkpoint once more: only the tokens of the first one are in it, and no
    renewals, so that it stays the same.
    """
    if standing.state != ANCHORED:
        return {}
    settled = standing.settled
    found = await find_time(reads, [settled.index])
    first = min(one.received_at for one in found.above)
    found = replace(found, above=tuple(one for one in found.above if one.received_at == first), renewals=())
    return await time_files(reads, found, settled.size, parse_proof(settled.proof).checkpoint)


async def time_part(reads: Reads, standing: Standing) -> dict[str, list[dict[str, str | int]]] | None:
    """The time part of the receipt of an anchored record; None while it is not anchored."""
    return write_time_part(await time_around(reads, standing)) if standing.state == ANCHORED else None
