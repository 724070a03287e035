"""Asking a witness over HTTP (C2SP tlog-witness): cosignatures for a checkpoint, and what it remembers of our log.

A witness may be down, slow, wrong or hostile; whatever it does ends in one of three answers, in time. Its bare word
never stops the log: only a checkpoint that our own key signed, and that our tree does not extend, proves a fork.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.fence import Mark
from authsvc.evidence.note import Verifier, open_checkpoint
from authsvc.evidence.stored import read_consistency
from authsvc.evidence.witness import Cosigned, Elsewhere, Refused, Reply, Request, read_answer, state_path
from authsvc.store import Reads

SECONDS = 3.0
"""For one exchange with a witness. They answer in milliseconds; the public ones within a second."""
LARGEST = 65_536
"""Bytes of an answer: a few signature lines, or a checkpoint with them."""
TRIES = 3
"""Requests for one cosignature: a 409 names another size, and another process may move it meanwhile."""


class Call(Protocol):
    """One exchange: GET, or POST where there is a body. Raises OSError where no answer came, in time and in size."""

    async def __call__(self, url: str, body: bytes | None = None, /, *, seconds: float, largest: int) -> Reply: ...


@dataclass(frozen=True, slots=True)
class Place:
    """A witness with its submission prefix."""

    name: str
    verifier: Verifier
    url: str


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint as witnesses get it. `text` is what is cosigned."""

    size: int
    text: bytes
    note: bytes


async def ask(
    call: Call, place: Place, published: Published, reads: Reads, believed: int, now: int
) -> Cosigned | Elsewhere | Refused:
    """One cosignature. `believed` is the size that this witness is believed to hold, `now` in ms.

    A 409 with a smaller size is answered with the proof from there. Elsewhere comes back where the witness holds a
    larger tree, or one of the same size with another root: an alarm, not a retry.
    """
    old = min(believed, published.size)
    for _ in range(TRIES):
        proof = await read_consistency(reads, old, published.size)
        body = Request(old, tuple(proof), published.note).to_bytes()
        try:
            reply = await call(f"{place.url}/add-checkpoint", body, seconds=SECONDS, largest=LARGEST)
        except OSError:
            return Refused("unreachable")
        answer = read_answer(reply, published.text, place.verifier, now)
        if not isinstance(answer, Elsewhere) or answer.size > published.size:
            return answer
        if answer.size == old:
            return answer if old == published.size else Refused("garbage")
        old = answer.size
    return Refused("restless")


async def remembered(call: Call, place: Place, origin: str, log_keys: Sequence[Verifier]) -> Mark | None:
    """The newest head of our log that this witness holds, signed by one of our own keys; None where there is none.

    The witness's own line adds nothing here: our signature under another history is proof whoever shows it.
    """
    try:
        reply = await call(f"{place.url}/{state_path(origin)}", None, seconds=SECONDS, largest=LARGEST)
        if reply.status != 200:
            return None
        checkpoint, _ = open_checkpoint(reply.body, log_keys, origin)
    except (OSError, EvidenceError):
        return None
    return Mark(checkpoint.size, checkpoint.root)


async def witnessed_marks(
    call: Call, places: Iterable[Place], origin: str, log_keys: Sequence[Verifier]
) -> frozenset[Mark]:
    """The heads that the witnesses hold of our log, for the guard at start: all asked at once, in bounded time."""
    found = await asyncio.gather(*(remembered(call, each, origin, log_keys) for each in places))
    return frozenset(mark for mark in found if mark is not None)
