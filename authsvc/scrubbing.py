"""The scrubber: the log is read back each day and after each start, slice by slice (evidence format, section 8).

A round takes the head as it is when it begins and goes through the parts of `evidence.scrub`; where it stands is a row
of the database, so it goes on after a restart. A fault is said at once, in the service's output and as an alarm, and
the alarm stands until a whole round finds nothing.
"""

import logging
from dataclasses import replace
from typing import Final

from authsvc.evidence.merkle import SHA256, Frontier
from authsvc.evidence.scrub import PARTS, Step
from authsvc.service import Service
from authsvc.store import Reads, Tx, scrub
from authsvc.store import evidence as rows
from authsvc.store.scrub import Scrub

logger = logging.getLogger("authsvc.scrubbing")

PERIOD_MS: Final = 24 * 3600 * 1000
ALARM: Final = "log_damaged"
"""The alarm's code, as `/health/ready` names it."""


async def demand(svc: Service) -> None:
    """Ask for a round: the process starts, perhaps on a database that was restored. One under way is not begun anew."""
    await svc.store.transact(scrub.demand)


async def step(svc: Service) -> bool:
    """One slice of the round under way, or the beginning of one that is due. False when nothing was to be done."""
    state, now = await scrub.read_scrub(svc.store), svc.clock.now()
    if not state.part:
        since = now - state.finished_at
        return (state.due or not 0 <= since < PERIOD_MS) and await _begin(svc)
    done = await _read(svc, svc.store, state)
    if done.fault:  # looked at again as of one moment: an erasure meanwhile is no damage
        async with svc.store.snapshot() as reads:
            done = await _read(svc, reads, state)
    new = replace(done.state, found=state.found or done.fault)
    if not new.part:
        new = replace(new, finished_at=now, fault=new.found, found="")

    async def body(tx: Tx) -> bool:
        return await scrub.move(tx, state, new)

    if await svc.store.transact(body) and done.fault:
        logger.critical("the evidence log is damaged: %s; run `authsvc evidence fsck`", done.fault)
    return True


async def _read(svc: Service, reads: Reads, state: Scrub) -> Step:
    return await PARTS[state.part](reads, svc.log.vault, state)


async def _begin(svc: Service) -> bool:
    head = await rows.read_head(svc.store)
    if head is None or not head.size:
        return False
    first, size, root = next(iter(PARTS)), head.size, head.root

    async def body(tx: Tx) -> bool:
        return await scrub.begin(tx, first, size, root, Frontier(SHA256).to_bytes())

    return await svc.store.transact(body)


async def alarms(svc: Service) -> list[str]:
    """The alarm while the last whole round, or the one under way, found a difference."""
    state = await scrub.read_scrub(svc.store)
    return [ALARM] if state.fault or state.found else []
