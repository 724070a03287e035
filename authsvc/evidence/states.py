"""The state of a record: sequenced, witnessed (the quorum of the tlog-policy cosigned above it), anchored.

The one place where a state is derived. It comes from rows that never change, so the same state gives the same proof:
sequenced leads to the checkpoint of the record's own batch, witnessed to the first one above it that met the quorum,
and anchored to the first such one from the time stamp above it on, or, where no witness is asked, to the stamped one.
Each state holds what the one before it does: where witnesses are asked, a time stamp without a quorum is no step.
"""

from dataclasses import dataclass, replace

from authsvc.evidence.anchor import read_stamped
from authsvc.evidence.log import Settled
from authsvc.evidence.proof import print_proof
from authsvc.evidence.stored import read_path
from authsvc.store import Reads, anchors, publication

SEQUENCED = "sequenced"
WITNESSED = "witnessed"
ANCHORED = "anchored"
STATES = (SEQUENCED, WITNESSED, ANCHORED)


@dataclass(frozen=True, slots=True)
class Standing:
    """A record's state, and the record with the proof that goes with it."""

    state: str
    settled: Settled


async def standing(reads: Reads, settled: Settled, *, witnesses: bool) -> Standing:
    """How far the record has come. `settled` is its place with the proof of its own batch; `witnesses`, whether the
    policy asks for any."""
    above = await publication.witnessed_above(reads, settled.index)
    tokens = await anchors.above(reads, settled.index)
    if tokens:
        stamped = read_stamped(tokens[0].stamped)
        over = await publication.witnessed_above(reads, stamped.checkpoint.size - 1)
        if over or not witnesses:
            led = await _lead(reads, settled, *(over or (stamped.checkpoint.size, stamped.note)))
            return Standing(ANCHORED, led)
    if above is None:
        return Standing(SEQUENCED, settled)
    return Standing(WITNESSED, await _lead(reads, settled, *above))


async def _lead(reads: Reads, settled: Settled, size: int, note: bytes) -> Settled:
    """The record with the proof that leads to this checkpoint."""
    path = await read_path(reads, settled.index, size)
    return replace(settled, size=size, proof=print_proof(settled.index, path, note))
