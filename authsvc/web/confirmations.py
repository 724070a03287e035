"""Confirmations over HTTP: `/v1/confirmations` for relying parties, `/confirm/{id}` for the person in their session."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from authsvc import confirm, staff
from authsvc.confirm import Answerer, Asker, View
from authsvc.errors import InvalidRequest
from authsvc.evidence.approvals import DESK
from authsvc.evidence.states import SEQUENCED
from authsvc.oidc import clients
from authsvc.service import Service
from authsvc.store.proofs import RequestRow
from authsvc.web.callers import answerer_of, asker_of
from authsvc.web.pages import language_of, read_form, redirect, render, service_of
from authsvc.web.streams import feed_of, since_of, stream
from authsvc.web.waiting import patience_of, wait_of
from confirmations import words
from confirmations.errors import AlreadyDecided, AnswerRefused, DeadlinePassed, WrongAnswer

SCOPE = "confirmations"
STREAM_MS = 10 * 60 * 1000
"""A stream lives no longer than an access token; its listener comes back with a fresh one and its last event."""
JSON = "application/json"


async def ask(request: Request) -> Response:
    """POST /v1/confirmations: 201 with the request's view; a replayed Idempotency-Key gives the same request again."""
    svc = service_of(request)
    asker = await asker_of(request, SCOPE)
    wait = wait_of(request)
    raw = await request.body()
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("the body is not JSON") from error
    view = await confirm.ask(svc, asker, body, request.headers.get("idempotency-key", ""), raw)
    if view.record:  # a replay of a request that has ended
        view = await confirm.read(svc, asker.client_id, view.id, wait)
    headers = {"location": f"/v1/confirmations/{view.id}"}
    return Response(orjson.dumps(plain(svc, view)), 201, headers, JSON)


async def read(request: Request) -> Response:
    """GET /v1/confirmations/{id}: state, and once it has ended the outcome with its receipt.

    With `Prefer: wait=SECONDS` (RFC 7240) it waits for the outcome, so long at most.
    """
    asker = await asker_of(request, SCOPE)
    seconds = patience_of(request)
    if not seconds:
        return await _view(request, asker)
    await confirm.read(service_of(request), asker.client_id, request.path_params["id"], SEQUENCED)
    await feed_of(request).ended(request.path_params["id"], seconds)
    response = await _view(request, asker)
    response.headers["preference-applied"] = f"wait={seconds}"
    return response


async def show_all(request: Request) -> Response:
    """GET /v1/confirmations: one's own requests, newest first, without statements and receipts."""
    svc = service_of(request)
    asker = await asker_of(request, SCOPE)
    after, state = request.query_params.get("after", ""), request.query_params.get("state", "")
    if state not in ("", "open", "ended"):
        raise InvalidRequest("state: open or ended")
    rows, more = await confirm.list_requests(svc, asker.client_id, state, after)
    said = [_brief(each) for each in rows]
    return Response(orjson.dumps({"confirmations": said, "more": more}), media_type=JSON)


async def listen(request: Request) -> Response:
    """GET /v1/confirmations/events: server-sent events about one's own requests: opened, or ended."""
    svc = service_of(request)
    asker = await asker_of(request, SCOPE)
    until = svc.clock.now() + STREAM_MS

    async def may() -> bool:
        party = await clients.find(svc, asker.client_id)
        return svc.clock.now() < until and party is not None and not party.disabled

    events = feed_of(request).listen(client_id=asker.client_id, since=since_of(request))
    return await stream(events, lambda moved: {"id": moved.id, "state": moved.state}, may)


async def cancel(request: Request) -> Response:
    """POST /v1/confirmations/{id}/cancel: the relying party takes its request back."""
    svc = service_of(request)
    asker = await asker_of(request, SCOPE)
    key = request.headers.get("idempotency-key", "")
    await confirm.cancel(svc, asker.client_id, request.path_params["id"], key)
    return await _view(request, asker)


async def _view(request: Request, asker: Asker) -> Response:
    svc = service_of(request)
    view = await confirm.read(svc, asker.client_id, request.path_params["id"], wait_of(request))
    return Response(orjson.dumps(plain(svc, view)), media_type=JSON)


def plain(svc: Service, view: View) -> dict[str, object]:
    """A request's view as JSON; a record appears with its receipt, which carries the inclusion proof."""
    said: dict[str, object] = {
        "kind": "confirmation",
        "id": view.id,
        "state": view.state,
        "expires_at": view.expires_at,
        "tries": view.tries,
        "statement": orjson.Fragment(view.statement),
        "page": f"{svc.settings.issuer}/confirm/{view.id}",
        "method": view.method,
    }
    if view.number:
        said["confirmation_number"] = view.number
    if view.group is not None:
        said["group"] = view.group
    if view.outcome:
        said |= {"outcome": view.outcome, "reason": view.reason, "record": view.record, "receipt": view.receipt}
    if view.erased:
        said["erased"] = True
        if view.standing is not None:
            settled = view.standing.settled
            said |= {"entry": settled.entry.decode(), "proof": settled.proof.decode()}
    return said


def _brief(row: RequestRow) -> dict[str, object]:
    said: dict[str, object] = {
        "kind": "confirmation",
        "id": row.id,
        "act": row.act,
        "method": row.method,
        "statement_digest": row.digest,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "tries": row.tries,
    }
    if row.open:
        return {**said, "state": row.state}
    return {**said, "outcome": row.state, "reason": row.reason, "record": row.record_id}


# --- the person's pages ---


async def show(request: Request) -> Response:
    """GET /confirm/{id}: the statement exactly as asked, in the person's own session."""
    answerer = await answerer_of(request)
    if answerer is None:
        return redirect(f"/login?return_to=/confirm/{request.path_params['id']}")
    return await _page(request, answerer)


async def answer(request: Request) -> Response:
    """POST /confirm/{id}: the answer, a refusal, or "this is not me"; then the page again by GET."""
    svc = service_of(request)
    fields = await read_form(request)
    answerer = await answerer_of(request)
    request_id = request.path_params["id"]
    if answerer is None:
        return redirect(f"/login?return_to=/confirm/{request_id}")
    locale = fields.get("locale", "")
    locale = locale if locale in words.LOCALES else language_of(request)
    action = fields.get("action", "confirm")
    try:
        if action == "confirm":
            await confirm.answer(svc, answerer, request_id, fields.get("code", ""), locale)
        elif action in ("decline", "not_me"):
            reason = "declined" if action == "decline" else "not_me"
            await confirm.decline(svc, answerer, request_id, reason, locale)
        else:
            raise InvalidRequest("action: confirm, decline or not_me")
    except AnswerRefused as refusal:
        return await _page(request, answerer, refusal)
    return redirect(f"/confirm/{request_id}")


async def _page(request: Request, answerer: Answerer, refusal: AnswerRefused | None = None) -> Response:
    svc = service_of(request)
    locale = language_of(request)
    shown = await confirm.open_for(svc, answerer, request.path_params["id"], locale)
    done = not shown.row.open
    wrong = refusal is not None and not done and not isinstance(refusal, AlreadyDecided)
    return render(
        request,
        "confirmation.html",
        status=_status(refusal),
        id=shown.row.id,
        rendered=shown.rendered,
        done=done,
        outcome=words.OUTCOMES[shown.row.state].say(locale) if done else "",
        wrong=wrong,
        tries_left=shown.tries_left,
        record=shown.row.record_id,
        roles=await staff.roles_of(svc, answerer.account) if shown.row.client_id == DESK else (),
        method=shown.row.method,
        party=shown.party,
        script=shown.row.method == "push" and not done,
    )


def _status(refusal: AnswerRefused | None) -> int:
    if refusal is None:
        return 200
    return 422 if isinstance(refusal, WrongAnswer | DeadlinePassed) else 409
