"""The state of a record: sequenced, witnessed (the quorum of the tlog-policy cosigned above it), anchored.

The one place where a state is derived. It comes from rows that never change, so the same state gives the same proof:
sequenced leads to the checkpoint of the record's own batch, witnessed to the first one above it that met the quorum,
and anchored to the first such one from the time stamp above it on, or, where no witness was asked when that was made,
to the stamped one. Each state holds what the one before it does: where witnesses are asked, a time stamp without a
quorum is no step. Witnesses that join or leave the policy later change nothing of what a record has reached.
"""

from dataclasses import dataclass, replace

from authsvc.evidence.anchor import read_stamped
from authsvc.evidence.log import Settled
from authsvc.evidence.proof import print_proof
from authsvc.evidence.stored import read_path
from authsvc.store import Reads, anchors, publication
from authsvc.store.anchors import AnchorRow

SEQUENCED = "sequenced"
WITNESSED = "witnessed"
ANCHORED = "anchored"
STATES = (SEQUENCED, WITNESSED, ANCHORED)


@dataclass(frozen=True, slots=True)
class Standing:
    """A record's state, and the record with the proof that goes with it."""

    state: str
    settled: Settled


async def standing(reads: Reads, settled: Settled) -> Standing:
    """How far the record has come. `settled` is its place with the proof of its own batch."""
    above = await publication.witnessed_above(reads, settled.index)
    tokens = await anchors.above(reads, settled.index)
    if tokens and (closing := await _closing(reads, tokens[0])) is not None:
        return Standing(ANCHORED, await _lead(reads, settled, *closing))
    if above is None:
        return Standing(SEQUENCED, settled)
    return Standing(WITNESSED, await _lead(reads, settled, *above))


async def _closing(reads: Reads, stamp: AnchorRow) -> tuple[int, bytes] | None:
    """(size, note) of the checkpoint to which the proof of what this stamp covers leads: the first from its size on
    that met the quorum, or that was stamped when no witness was asked.

    Whatever the policy says later, both only come above what there is, so the first one stays the first.
    """
    over = await publication.witnessed_above(reads, stamp.size - 1)
    alone = stamp if not stamp.asked else await anchors.first_alone(reads, stamp.size)
    if alone is None or (over is not None and over[0] < alone.size):
        return over
    return alone.size, read_stamped(alone.stamped).note


async def _lead(reads: Reads, settled: Settled, size: int, note: bytes) -> Settled:
    """The record with the proof that leads to this checkpoint."""
    path = await read_path(reads, settled.index, size)
    return replace(settled, size=size, proof=print_proof(settled.index, path, note))
