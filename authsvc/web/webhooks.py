"""Webhooks over HTTP: `/v1/webhooks`, a relying party's endpoints, what went to them, and sending it again."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from authsvc import webhooks
from authsvc.clock import parse_rfc3339, rfc3339
from authsvc.confirm import Asker
from authsvc.errors import InvalidRequest
from authsvc.replay import ReplayKey
from authsvc.store.webhooks import DeliveryRow
from authsvc.web.callers import asker_of
from authsvc.web.pages import service_of
from authsvc.webhooks import Endpoint

SCOPE = "confirmations"
SCOPE_OF = {"confirmation": "confirmations", "signature": "signatures"}
JSON = "application/json"


async def register(request: Request) -> Response:
    """POST /v1/webhooks {url, events}: 201 with the secret; each family of events needs its own scope."""
    svc = service_of(request)
    await asker_of(request, SCOPE)
    raw = await request.body()
    body = _read(raw, {"url", "events"})
    events = webhooks.read_events(body.get("events"))
    for family in {each.split(".", 1)[0] for each in events}:
        asker = await asker_of(request, SCOPE_OF[family])
    key = ReplayKey.of(asker.client_id, request.headers.get("idempotency-key", ""), "POST /v1/webhooks", raw)
    made = await webhooks.register(svc, asker.client_id, body.get("url"), events, key)
    said = {**_plain(made), "secret": made.told}
    return _answer(said, 201, {"location": f"/v1/webhooks/{made.row.id}"})


async def show_all(request: Request) -> Response:
    """GET /v1/webhooks: one's own endpoints, without their secrets."""
    asker = await asker_of(request, SCOPE)
    found = await webhooks.endpoints(service_of(request), asker.client_id)
    return _answer({"endpoints": [_plain(each) for each in found]})


async def remove(request: Request) -> Response:
    """DELETE /v1/webhooks/{id}: 204."""
    asker, endpoint = await _asked(request)
    await webhooks.remove(service_of(request), asker.client_id, endpoint)
    return Response(status_code=204)


async def rotate(request: Request) -> Response:
    """POST /v1/webhooks/{id}/rotate: a new secret; for a day events are signed with both."""
    asker, endpoint = await _asked(request)
    made = await webhooks.rotate(service_of(request), asker.client_id, endpoint)
    return _answer({**_plain(made), "secret": made.told})


async def deliveries(request: Request) -> Response:
    """GET /v1/webhooks/{id}/deliveries: a page of what went there; `state=dead` are the dead letters."""
    asker, endpoint = await _asked(request)
    asked = request.query_params
    found = await webhooks.deliveries(
        service_of(request), asker.client_id, endpoint, asked.get("state", ""), asked.get("after", "")
    )
    return _answer({"deliveries": [_went(each) for each in found]})


async def replay(request: Request) -> Response:
    """POST /v1/webhooks/{id}/replay {deliveries: [id]} or {since: time}: 202 with how many go out again."""
    svc = service_of(request)
    asker, endpoint = await _asked(request)
    body = _read(await request.body(), {"deliveries", "since"})
    ids, since = body.get("deliveries"), body.get("since")
    if (ids is None) == (since is None):
        raise InvalidRequest("either deliveries or since is expected")
    if since is not None:
        try:
            count = await webhooks.replay_since(svc, asker.client_id, endpoint, parse_rfc3339(str(since)))
        except ValueError as error:
            raise InvalidRequest("since: as in 2026-11-24T10:00:00.000Z") from error
    else:
        if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
            raise InvalidRequest("deliveries: a list of ids is expected")
        count = await webhooks.replay(svc, asker.client_id, endpoint, ids)
    return _answer({"replayed": count}, 202)


async def _asked(request: Request) -> tuple[Asker, str]:
    return await asker_of(request, SCOPE), str(request.path_params["id"])


def _read(raw: bytes, known: set[str]) -> dict[str, object]:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("the body is not JSON") from error
    if not isinstance(body, dict):
        raise InvalidRequest("a JSON object is expected")
    if unknown := sorted(body.keys() - known):
        raise InvalidRequest(f"unknown member: {unknown[0]}")
    return body


def _plain(endpoint: Endpoint) -> dict[str, object]:
    row = endpoint.row
    return {
        "id": row.id,
        "url": endpoint.url,
        "events": row.events.split(" "),
        "state": row.state,
        "created_at": rfc3339(row.created_at),
    }


def _went(row: DeliveryRow) -> dict[str, object]:
    said: dict[str, object] = {
        "id": row.id,
        "event": row.event,
        "type": row.type,
        "state": row.state,
        "attempts": row.attempts,
        "reason": row.reason,
        "created_at": rfc3339(row.created_at),
        "body": orjson.Fragment(row.body),
    }
    return said | ({"due_at": rfc3339(row.due_at)} if row.state == "waiting" else {})


def _answer(said: dict[str, object], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(said), status, headers, JSON)
