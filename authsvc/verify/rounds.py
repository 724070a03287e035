"""The verdict in rounds: judged from what is at hand, then what the report lacks is fetched, and judged again."""

import asyncio
import logging
from dataclasses import replace

from authsvc.outside.fetching import Tried
from authsvc.service import Service
from authsvc.trust import Job, Judged
from authsvc.verify.documents import Signed

logger = logging.getLogger("authsvc.verify")

ROUNDS = 8
"""Three are usual at most: the statuses, those of a time stamp's path, one that was kept too long."""
SECONDS = 30.0
"""For all fetching of one document; then the verdict is made from what came."""


async def judge(svc: Service, document: Signed, at: int) -> Judged:
    """The report with what it rests on, at the validation time `at` (ms); nothing is recorded.

    Refusals of `signatures` as they are. Raises Overloaded, Suspended.
    """
    judged = await _judge(svc, document, at)
    checks = (check for one in judged.report.signatures for check in one.checks if check.code == "engine.differs")
    if (check := next(checks, None)) is not None:
        svc.metrics.engine_differences.inc()
        told = dict(check.params)
        logger.critical("two engines differ about a signature: %s, %s", told["algorithm"], told["engine"])
    return judged


async def _judge(svc: Service, document: Signed, at: int) -> Judged:
    job = Job(document.signed, document.content, document.files, at, document.policy)
    judged = await svc.trust.verify(job)
    if not svc.fetcher.is_online:
        svc.switches.demand_path(judged.report)
        return judged
    tried, ends = Tried(), asyncio.get_running_loop().time() + SECONDS
    for _ in range(ROUNDS - 1):
        try:
            async with asyncio.timeout_at(ends):
                found = await svc.fetcher.find(judged.report.wants, tried)
        except TimeoutError:
            break
        if not found:
            break
        job = replace(job, files=(*job.files, *found))
        judged = await svc.trust.verify(job)
    svc.fetcher.keep(tried, {piece.sha256: piece.until for pieces in judged.material for piece in pieces})
    svc.switches.demand_path(judged.report)
    return judged
