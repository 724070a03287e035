"""The state of a record: sequenced, witnessed (the quorum of the tlog-policy cosigned above it), anchored.

The one place where a state is derived. It comes from rows that never change, so the same state gives the same proof:
sequenced leads to the checkpoint of the record's own batch, witnessed to the first one above it that met the quorum,
and anchored to that one too, or, where no witness is asked, to the first one above it with a time stamp.
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
    """A record's state, and the record with the proof that goes with it.

    `untimed`, of an anchored record alone, is how it stands apart from its time stamps: for those who carry none.
    """

    state: str
    settled: Settled
    untimed: "Standing | None" = None


async def standing(reads: Reads, settled: Settled) -> Standing:
    """How far the record has come. `settled` is its place with the proof of its own batch."""
    above = await publication.witnessed_above(reads, settled.index)
    tokens = await anchors.above(reads, settled.index)
    if above is None and not tokens:
        return Standing(SEQUENCED, settled)
    size, note = above or (tokens[0].size, read_stamped(tokens[0].stamped).note)
    path = await read_path(reads, settled.index, size)
    proof = print_proof(settled.index, path, note)
    placed = replace(settled, size=size, proof=proof)
    if not tokens:
        return Standing(WITNESSED, placed)
    untimed = Standing(WITNESSED, placed) if above else Standing(SEQUENCED, settled)
    return Standing(ANCHORED, placed, untimed)
