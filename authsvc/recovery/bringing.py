"""The way out of a refused fork: bring the missing entries back, and prove them (evidence format, section 8).

What comes from a standby, a backup, a mirror of tiles or receipts is believed only where the grown tree has exactly the
size and root that the fence or a witness remembers. Then the head is signed again: the same tree, the same signature.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from authsvc.errors import Conflict, InvalidRequest
from authsvc.evidence.checkpoint import Checkpoint
from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.fence import Mark
from authsvc.evidence.growth import Growth
from authsvc.evidence.inforce import Placed, place
from authsvc.evidence.merkle import SHA512, Frontier, leaf_hash
from authsvc.evidence.note import join_note, open_checkpoint
from authsvc.evidence.record import parse, verify_entry
from authsvc.evidence.signers import Signers
from authsvc.evidence.stored import extends, read_right_edge
from authsvc.evidence.tiles import changed_tiles
from authsvc.recovery.sources import Source, Values
from authsvc.service import Service
from authsvc.store import Tx, missing, scrub
from authsvc.store import evidence as rows


@dataclass(frozen=True, slots=True)
class Recovered:
    """What came back: entries from `start` to below `end`, and how many of them without their sealed values."""

    start: int
    end: int
    without_values: int


async def bring_back(svc: Service, source: Source) -> Recovered:
    """Complete the log up to what was signed, from this source. Afterwards the log takes records again.

    InvalidRequest when nothing is missing, or the source lacks entries; Conflict when the source, or this database, is
    not of the history that was signed: then nothing is written.
    """
    marks = await svc.log.signed_before()
    head = await rows.read_head(svc.store)
    if head is None or svc.log.ring is None:
        raise InvalidRequest("this database's own first entry can't be read; restore a backup first")
    target = max(marks, key=lambda mark: mark.size, default=Mark(0, b""))
    if target.size <= head.size:
        if all([await extends(svc.store, head, mark) for mark in marks]):
            raise InvalidRequest("nothing is missing: the log extends all that the fence and the witnesses remember")
        raise Conflict("this database holds another history than the one that was signed, not a shorter one")
    bodies = await source.entries(head.size, target.size)
    if len(bodies) < target.size - head.size:
        raise InvalidRequest(
            f"entries {head.size + len(bodies)} to {target.size - 1} are not in this source; {target.size} were signed"
        )
    placed = _place(svc, head, bodies)
    growth = Growth(Frontier.of(head.frontier), [entry.leaf for entry in placed.entries])
    if growth.root != target.root:
        raise Conflict("with these entries the log has another root than the one that was signed; nothing is written")
    step = Frontier.of(head.frontier)
    roots = {}
    for entry in placed.entries:
        step.append(entry.leaf)
        roots[step.size] = step.root()
    for mark in marks:
        if mark.size > head.size and roots.get(mark.size) != mark.root:
            raise Conflict(f"the root at size {mark.size} is another than the one that was signed; nothing is written")
    values = await source.values([entry.record_id for entry in placed.entries], head.size, target.size)
    await _write(svc, head, growth, placed, values, roots)
    await svc.log.watch()
    return Recovered(head.size, target.size, len(_without_values(placed, values)))


def _without_values(placed: Placed, values: Values) -> list[rows.Entry]:
    kept = {str(row["record_id"]) for row in values.tables.get("disclosure", [])}
    return [entry for entry in placed.entries if entry.record_id not in kept and parse(entry.body).claims]


def _place(svc: Service, head: rows.Head, bodies: Sequence[bytes]) -> Placed:
    """The entries at their places, each read strictly and signed by a key good there."""
    try:
        named = [(0, parse(body).id, body) for body in bodies]
        placed = place(head.size, named, svc.log.ring)
        for entry in placed.entries:
            read = parse(entry.body)
            verify_entry(entry.body, {read.family: placed.ring.issuers(read.family) if placed.ring else []})
    except EvidenceError as error:
        raise Conflict(f"an entry of this source does not hold: {error.message}") from error
    if placed.refused:
        raise Conflict("an entry of this source is signed by a key that is not good at its place")
    return placed


async def _write(
    svc: Service, head: rows.Head, growth: Growth, placed: Placed, values: Values, roots: Mapping[int, bytes]
) -> None:
    growth_512 = Growth(
        Frontier.of(head.frontier_512, SHA512), [leaf_hash(entry.body, SHA512) for entry in placed.entries]
    )
    ring = placed.ring
    if ring is None:
        raise InvalidRequest("the log's keys can't be read")
    signers = Signers.at(ring, svc.keys, growth.size)
    text = Checkpoint(svc.log.origin, growth.size, growth.root).text
    new = rows.Head(
        growth.size,
        growth.root,
        growth.frontier().to_bytes(),
        growth_512.root,
        growth_512.frontier().to_bytes(),
        join_note(text, [each.sign(text) for each in signers.log_keys]),
        head.key_epoch + placed.key_records,
    )
    checkpoints = []
    for each in values.checkpoints:
        with suppress(EvidenceError):
            checkpoint, _ = open_checkpoint(each.note, ring.log_keys(each.size), svc.log.origin)
            if (checkpoint.size, checkpoint.root) == (each.size, roots.get(each.size)):
                checkpoints.append(each)
    ids = [entry.record_id for entry in placed.entries]

    async def body(tx: Tx) -> None:
        locked = await rows.lock_head(tx)
        if locked is None or (locked.size, locked.root) != (head.size, head.root):
            raise Conflict("the log moved meanwhile; nothing is written")
        edge = await read_right_edge(tx, head.size)
        await rows.add_entries(tx, placed.entries, svc.clock.now())
        await rows.put_tiles(tx, changed_tiles(growth, lambda level, n: edge[level, n]))
        if not await rows.move_head(tx, locked, new, await missing.staged_among(tx, ids)):
            raise Conflict("the log moved meanwhile; nothing is written")
        for each in checkpoints:
            await rows.add_checkpoint(tx, each)
        for table, found in values.tables.items():
            await missing.add(tx, table, found)
        await missing.lengthen_chains(tx, values.chains)
        await scrub.add_lost(tx, [each.record_id for each in _without_values(placed, values)])
        await scrub.demand(tx)

    await svc.store.transact(body)
