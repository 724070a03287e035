"""`/health/live`, `/health/ready`, `/health/started`: JSON of checks, 200 or 503; `/metrics`. Nothing personal there,
nothing secret."""

import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import anchoring, scrubbing
from authsvc.service import Service
from authsvc.store import evidence as rows
from authsvc.store import heartbeats, outbox
from authsvc.web.pages import service_of

logger = logging.getLogger("authsvc.health")

READ_ONLY = "read-only: nothing is signed; the service's output says why and names the way out"

CLOCK = "no act is accepted: the clock went back or differs from the time stamps; the service's output says by how much"

DRAINED = "the operator wants no traffic here: `authsvc admin switch list`"
DRAINING = "the process was told to stop: it finishes what it has, and wants no new traffic"


async def live(_request: Request) -> Response:
    """The process answers."""
    return _answer({"process": True})


async def ready(request: Request) -> Response:
    """The process was not told to stop, the database answers, and the evidence log takes records: without it no act is
    accepted."""
    svc = service_of(request)
    if svc.process.draining:
        return _answer({"traffic": False}, {"traffic": DRAINING})
    if svc.switches.is_stopped("drain"):
        return _answer({"traffic": False}, {"traffic": DRAINED})
    database, writable = await _database(svc), svc.log.refusal is None
    alarms = await _alarms(svc) if database else []
    reason = CLOCK if svc.log.read_only_reason is None else READ_ONLY
    return _answer({"database": database, "log": writable}, {} if writable else {"log": reason}, alarms)


async def started(request: Request) -> Response:
    """The service is open: an app without a service does not exist."""
    return _answer({"service": service_of(request) is not None})


async def _alarms(svc: Service) -> list[str]:
    return [*(alarm.code for alarm in await anchoring.alarms(svc)), *await scrubbing.alarms(svc)]


async def _database(svc: Service) -> bool:
    try:
        return await rows.read_head(svc.store) is not None
    except Exception as error:  # whatever is wrong with the database, the answer is "not ready"
        logger.error("database: %s", type(error).__name__)
        return False


def _answer(
    checks: dict[str, bool], reasons: Mapping[str, str] = MappingProxyType({}), alarms: Sequence[str] = ()
) -> Response:
    """`reasons`: where to look when a check fails; nothing of what was found, since anybody may ask. `alarms` are for
    the operator and take no traffic away."""
    well = all(checks.values())
    body: dict[str, object] = {"status": "up" if well else "down", "checks": checks}
    body |= {name: told for name, told in (("reasons", dict(reasons)), ("alarms", list(alarms))) if told}
    return Response(orjson.dumps(body), 200 if well else 503, media_type="application/json")


async def _metrics(request: Request) -> Response:
    """What this process counted, and what is true of the deployment now (Prometheus or OpenMetrics text)."""
    svc = service_of(request)
    await _read_gauges(svc)
    body, content_type = svc.metrics.write(request.headers.get("accept", ""))
    return Response(body, headers={"content-type": content_type})


async def _read_gauges(svc: Service) -> None:
    """Gauges of a database that does not answer keep what they showed last; `authsvc_database_up` says so."""
    shown = svc.metrics
    up = await _database(svc)
    shown.database_up.set(up)
    shown.read_only.set(svc.log.refusal is not None or svc.log.held() is not None)
    if not up:
        return
    head, staged = await rows.read_head(svc.store), await rows.staged_count(svc.store)
    many, oldest = await outbox.waiting(svc.store)
    shown.tree_size.set(head.size if head else 0)
    shown.staged.set(staged)
    shown.outbox.set(many)
    shown.outbox_lag.set(max(0, svc.clock.now() - oldest) / 1000 if oldest is not None else 0)
    beat = await heartbeats.last_beat(svc.store, heartbeats.WORKER)
    shown.worker_age.set(max(0, svc.clock.now() - beat) / 1000 if beat is not None else -1)
    standing = await _alarms(svc)
    for code in (*anchoring.ALARMS, scrubbing.ALARM):
        shown.alarms.labels(code).set(code in standing)


ROUTES = (
    Route("/health/live", live, methods=["GET"]),
    Route("/health/ready", ready, methods=["GET"]),
    Route("/health/started", started, methods=["GET"]),
    Route("/metrics", _metrics, methods=["GET"]),
)
