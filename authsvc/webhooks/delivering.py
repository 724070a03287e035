"""Events on their way: tried over two days with growing pauses, then a dead letter that its receiver may replay."""

import logging

from authsvc.outside.webhook import Heard
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import webhooks as rows
from authsvc.store.webhooks import DeliveryRow
from authsvc.webhooks.registering import open_endpoint

logger = logging.getLogger("authsvc.webhooks")

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
PAUSES_MS = (
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
)
"""After each failed try (Standard Webhooks' own example, cut at two days); after the last one the event is dead."""
CLAIM_MS = 60_000
AT_ONCE = 64
TO_ONE = 16
"""POSTs to one endpoint at once, about: a slow receiver holds up nobody else."""
ROUNDS = 20
ROUND_SECONDS = 0.1
"""One run of the worker's job waits so often for room, so that the service can stop."""
KEPT_MS = 30 * 24 * HOUR


async def deliver(svc: Service) -> int:
    """Start what is due, and go on while there is more and room for it; how many were started. The worker calls it."""
    started = 0
    for _ in range(ROUNDS):
        while claimed := await _start_due(svc):
            started += claimed
        if not svc.hooks.under_way or not await rows.is_due(svc.store, svc.clock.now()):
            break
        await svc.hooks.one_ended(ROUND_SECONDS)
    return started


async def _start_due(svc: Service) -> int:
    now = svc.clock.now()
    room = min(AT_ONCE - svc.hooks.under_way, TO_ONE)
    if room <= 0 or not await rows.is_due(svc.store, now):
        return 0
    busy = svc.hooks.busy(TO_ONE)

    async def claim(tx: Tx) -> list[DeliveryRow]:
        return await rows.claim(tx, now, now + CLAIM_MS, room, busy)

    claimed = await svc.store.transact(claim)
    for row in claimed:
        svc.hooks.start(row.endpoint, _carry(svc, row))
    return len(claimed)


async def prune(svc: Service) -> None:
    """Forget events of more than thirty days."""
    before = svc.clock.now() - KEPT_MS
    await svc.store.transact(lambda tx: rows.prune(tx, before))


async def _carry(svc: Service, row: DeliveryRow) -> None:
    try:
        await _carry_or_fail(svc, row)
    except Exception as error:  # the row falls due again when its claim ends
        logger.error("a webhook was not finished: %s", type(error).__name__)


async def _carry_or_fail(svc: Service, row: DeliveryRow) -> None:
    found = await rows.endpoint_of(svc.store, row.endpoint)
    if found is None:
        return
    endpoint, now = open_endpoint(svc, found), svc.clock.now()
    heard = await svc.hooks.post(endpoint.url, endpoint.secrets(now), row.event, row.body, now)
    after = svc.clock.now()
    await svc.store.transact(lambda tx: _write_down(tx, row, heard, after))
    if heard.gone:
        svc.hooks.known.pop(found.client_id, None)
    if not heard.delivered:
        logger.warning("webhook endpoint %s: %s", row.endpoint, heard.reason)


async def _write_down(tx: Tx, row: DeliveryRow, heard: Heard, now: int) -> None:
    if heard.delivered:
        await rows.end(tx, row.id, rows.DELIVERED, heard.reason)
    elif heard.gone:
        await rows.close_endpoint(tx, row.endpoint)
    elif row.attempts > len(PAUSES_MS):
        await rows.end(tx, row.id, rows.DEAD, heard.reason)
    else:
        await rows.defer(tx, row.id, now + PAUSES_MS[row.attempts - 1], heard.reason)
