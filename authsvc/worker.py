"""Periodic work, each job by name: deliveries that fell due, requests out of time, records without a place, expiry.

Every job may run in several processes at once: each claims what it works on by a conditional statement of its own. A
job that only
reads when there is nothing to do costs an idle service next to nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from authsvc import (
    anchoring,
    confirm,
    contracts,
    counter,
    disputes,
    erasure,
    exports,
    invitations,
    renewing,
    scrubbing,
    settling,
    webhooks,
)
from authsvc.errors import ReadOnly
from authsvc.evidence import rewrap
from authsvc.login import refusals
from authsvc.service import Service
from authsvc.store import heartbeats, outbox
from authsvc.store.sweeping import sweep

logger = logging.getLogger("authsvc.worker")

SECOND = 1.0
MINUTE = 60.0
HOUR = 60 * MINUTE
SENT_KEPT_MS = 3 * 24 * 3600 * 1000
"""Message centres give up within two days; a receipt after that finds nothing."""


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of periodic work; `every` in seconds."""

    name: str
    every: float
    run: Callable[[Service], Awaitable[object]]


async def _deliver(svc: Service) -> None:
    """Messages whose writer died, or whose channel asked for another try."""
    if await outbox.is_due(svc.store, svc.clock.now()):
        await svc.courier.sweep()


async def _settle_receipts(svc: Service) -> None:
    """What gateways heard of messages that they took."""
    await svc.receipts.settle()


async def _sequence(svc: Service) -> None:
    """Records that a crash left without a place; a read-only log takes none."""
    if svc.log.read_only_reason is None:
        await svc.log.sweep()


async def _beat(svc: Service) -> None:
    """Somebody does the periodic work: without the row, or with an old one, doctor and metrics say that nobody does."""
    now = svc.clock.now()
    await svc.store.transact(lambda tx: heartbeats.beat(tx, heartbeats.WORKER, now))


async def _miss_worker(svc: Service) -> None:
    """Each process on PostgreSQL says so where nobody does the work that one does for all."""
    beat = None if svc.store.groups_commits else await heartbeats.last_beat(svc.store, heartbeats.WORKER)
    if svc.store.groups_commits or (beat is not None and svc.clock.now() - beat <= heartbeats.SILENT_MS):
        return
    logger.warning("no `authsvc worker` runs: nothing is delivered again, expires, or is anchored until one does")


async def _watch(svc: Service) -> None:
    """Head and fence, between batches too: an idle service hears of a fork, and of the way back."""
    await svc.log.watch()


async def _export(svc: Service) -> None:
    """Exports of evidence: those that were approved, and those that wait to be made."""
    await exports.settle_waiting(svc)
    while await exports.make_due(svc):
        pass


async def _scrub(svc: Service) -> None:
    """The log's entries hashed again, a slice at a time."""
    await scrubbing.step(svc)


async def _publish(svc: Service) -> None:
    """Checkpoints whose process died before it published them, and witnesses to be asked again."""
    svc.publishing.wake()


async def _prune(svc: Service) -> None:
    """What is kept for a time only."""
    await sweep(svc.store, svc.clock.now())
    await exports.drop_old(svc)
    await webhooks.prune(svc)
    await invitations.prune(svc)


async def _refresh_epochs(svc: Service) -> None:
    """The epochs that another process made or ended; and the key store hears on which the database here leans."""
    await svc.log.vault.keep_up(svc.store, leaning=svc.log.read_only_reason is None)


async def _change_epoch(svc: Service) -> None:
    """Data keys go under the next epoch, and the old one is destroyed; beside a sealed log its successor does it."""
    await rewrap.change_epoch(svc.store, svc.log)


async def _end_orders(svc: Service) -> None:
    """Orders about personal data that nobody approved in time."""
    await erasure.end_old(svc)


JOBS = (
    Job("heartbeat", 10 * SECOND, _beat),
    Job("deliver", SECOND, _deliver),
    Job("receipts", SECOND, _settle_receipts),
    Job("webhooks", SECOND, webhooks.deliver),
    Job("overdue", SECOND, confirm.end_overdue),
    Job("sequence", SECOND, _sequence),
    Job("watch", SECOND, _watch),
    Job("miss_worker", MINUTE, _miss_worker),
    Job("anchor", MINUTE, anchoring.anchor),
    Job("renew", HOUR, renewing.renew),
    Job("exports", SECOND, _export),
    Job("disputes", SECOND, disputes.settle_waiting),
    Job("contracts", SECOND, contracts.settle_open),
    Job("publish", SECOND, _publish),
    Job("scrub", SECOND, _scrub),
    Job("settle", 10 * SECOND, settling.settle_due),
    Job("recoveries", 10 * SECOND, counter.settle_waiting),
    Job("refused_logins", MINUTE, refusals.record_refused),
    Job("refresh_epochs", MINUTE, _refresh_epochs),
    Job("change_epoch", HOUR, _change_epoch),
    Job("orders", HOUR, _end_orders),
    Job("prune", 10 * MINUTE, _prune),
)

OWN = tuple(job for job in JOBS if job.name in ("watch", "miss_worker", "refresh_epochs"))
"""What each process does for itself: it looks at head and fence, says when no worker runs, and learns of epochs that
another made or ended."""
WORKER = 100
"""The number of `authsvc worker` among the processes of its machine: its management port is the hundredth."""


async def run(svc: Service, stop: asyncio.Event, jobs: tuple[Job, ...] = JOBS) -> None:
    """Run every job at its period until `stop`; a job that fails is logged and tried again."""
    try:
        await scrubbing.demand(svc)
    except Exception as error:  # a database that does not answer now must not end the work
        logger.error("the scrubber was not asked for: %s", type(error).__name__)
    await asyncio.gather(*(_repeat(svc, stop, job) for job in jobs))


async def _repeat(svc: Service, stop: asyncio.Event, job: Job) -> None:
    while not stop.is_set():
        try:
            await job.run(svc)
            svc.metrics.job_runs.labels(job.name, "done").inc()
        except ReadOnly:  # told where it began; what waits is done when acts are accepted again
            svc.metrics.job_runs.labels(job.name, "held").inc()
        except Exception as error:  # one job's fault must not end the others
            svc.metrics.job_runs.labels(job.name, "failed").inc()
            logger.error("job %s failed: %s", job.name, type(error).__name__)
        try:
            await asyncio.wait_for(stop.wait(), job.every)
        except TimeoutError:
            continue
