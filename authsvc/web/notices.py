"""Notices: `/v1/notices` for senders, the person's pages (law duties L18, L22)."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import notices
from authsvc.clock import rfc3339
from authsvc.confirm import Answerer
from authsvc.notices import Sender
from authsvc.replay import ReplayKey
from authsvc.telling import Reader
from authsvc.web.callers import asker_of
from authsvc.web.dates import write_moment
from authsvc.web.evidence_pages import page_of, signed_in
from authsvc.web.pages import language_of, read_form, redirect, render, service_of
from authsvc.web.signatures import JSON, plain_record
from authsvc.web.waiting import wait_of

SCOPE = "notices"


async def send(request: Request) -> Response:
    """POST /v1/notices: 201; it stands in the person's notices, and a message says that it is there."""
    svc = service_of(request)
    asker = await asker_of(request, SCOPE)
    raw = await request.body()
    key = ReplayKey.of(asker.client_id, request.headers.get("idempotency-key", ""), "POST /v1/notices", raw)
    made = await notices.send(svc, Sender(asker.client_id, asker.name, asker.record), raw, key)
    return await _view(request, asker.client_id, made, 201)


async def read(request: Request) -> Response:
    """GET /v1/notices/{id}: the receipt: what happened, when, whose notice it is, each with its record and proof."""
    asker = await asker_of(request, SCOPE)
    return await _view(request, asker.client_id, request.path_params["id"])


async def _view(request: Request, client_id: str, notice_id: str, status: int = 200) -> Response:
    svc, wait = service_of(request), wait_of(request)
    row = await notices.read_as_party(svc, client_id, notice_id)
    receipts = []
    for fact, time, record in (("sent", row.sent_at, row.id), *row.steps):
        said: dict[str, object] = {"fact": fact, "time": rfc3339(time), "sender": client_id}
        settled = await svc.log.find(record)
        if settled is not None:
            said["record"] = plain_record(record, await svc.publishing.stand(settled, wait))
        receipts.append(said)
    told = {"kind": "notice", "id": row.id, "state": receipts[-1]["fact"], "receipts": receipts}
    headers = {"location": f"/v1/notices/{row.id}"} if status == 201 else {}
    return Response(orjson.dumps(told), status, headers, JSON)


# --- pages ---


async def list_own(request: Request, answerer: Answerer) -> Response:
    """GET /notices: the person's notices; what is shown here is received."""
    page, locale = page_of(request), language_of(request)
    found = await notices.receive_own(service_of(request), reader_of(request, answerer), page)
    lines = [
        {
            "id": each.row.id,
            "title": each.title,
            "sender": each.sender,
            "moment": write_moment(each.row.sent_at, locale),
            "fresh": "opened" not in each.row.taken,
        }
        for each in found[: notices.PAGE]
    ]
    return render(request, "notices.html", notices=lines, page=page, more=len(found) > notices.PAGE)


async def show(request: Request, answerer: Answerer) -> Response:
    """GET /notices/{id}: the notice; that it was read is recorded."""
    found = await notices.open_own(service_of(request), reader_of(request, answerer), request.path_params["id"])
    return render(
        request,
        "notice.html",
        notice=found,
        moment=write_moment(found.row.sent_at, language_of(request)),
        acknowledged=notices.ACKNOWLEDGED in found.row.taken,
    )


async def acknowledge(request: Request, answerer: Answerer) -> Response:
    """POST /notices/{id}: the person says that they have read it."""
    await read_form(request)
    notice_id = request.path_params["id"]
    await notices.acknowledge(service_of(request), reader_of(request, answerer), notice_id)
    return redirect(f"/notices/{notice_id}")


def reader_of(request: Request, answerer: Answerer) -> Reader:
    """The person who reads, in the page's language."""
    return Reader(
        answerer.account, answerer.authentication, answerer.acr, language_of(request), answerer.ip, answerer.device
    )


_ROUTES = (
    ("/notices", list_own, "GET", "/notices"),
    ("/notices/{id}", show, "GET", "/notices/{id}"),
    ("/notices/{id}", acknowledge, "POST", "/notices/{id}"),
)
ROUTES = tuple(Route(path, signed_in(endpoint, back), methods=[method]) for path, endpoint, method, back in _ROUTES)
