"""Automated decisions: `/v1/decisions` for relying parties, the person's pages, and the public register of rules."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import decisions, disputes
from authsvc.clock import rfc3339
from authsvc.confirm import Answerer
from authsvc.decisions import Decider, Rule
from authsvc.oidc import clients
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.web.callers import asker_of
from authsvc.web.dates import write_day, write_moment
from authsvc.web.evidence_pages import page_of, signed_in
from authsvc.web.notices import reader_of
from authsvc.web.pages import language_of, read_form, redirect, render, service_of
from authsvc.web.signatures import JSON, plain_record
from authsvc.web.waiting import wait_of
from confirmations.errors import StatementRefused

SCOPE = "decisions"


async def declare(request: Request) -> Response:
    """POST /v1/decisions/rules: 201 with the rule as it stands in the public register."""
    asker = await asker_of(request, SCOPE)
    rule = await decisions.declare(service_of(request), asker.client_id, await request.body())
    return Response(orjson.dumps(plain_rule(rule)), 201, media_type=JSON)


async def decide(request: Request) -> Response:
    """POST /v1/decisions: 201; the person is told, and the record is in the log."""
    svc = service_of(request)
    asker = await asker_of(request, SCOPE)
    raw = await request.body()
    key = ReplayKey.of(asker.client_id, request.headers.get("idempotency-key", ""), "POST /v1/decisions", raw)
    made = await decisions.decide(svc, Decider(asker.client_id, asker.name), raw, key)
    return await _view(request, asker.client_id, made, 201)


async def read(request: Request) -> Response:
    """GET /v1/decisions/{id}: the record with its proof, and whether a person was asked to review it."""
    asker = await asker_of(request, SCOPE)
    return await _view(request, asker.client_id, request.path_params["id"])


async def review(request: Request) -> Response:
    """POST /v1/decisions/{id}/review: the relying party's own reviewer, by name, answers the person who asked."""
    svc, decision_id = service_of(request), request.path_params["id"]
    asker = await asker_of(request, SCOPE)
    raw = await request.body()
    given = request.headers.get("idempotency-key", "")
    key = ReplayKey.of(asker.client_id, given, f"POST /v1/decisions/{decision_id}/review", raw)
    await disputes.review_as_party(svc, asker.client_id, decision_id, raw, key)
    return await _view(request, asker.client_id, decision_id)


async def _view(request: Request, client_id: str, decision_id: str, status: int = 200) -> Response:
    svc = service_of(request)
    row = await decisions.read_as_party(svc, client_id, decision_id)
    settled = await svc.log.find(row.id)
    said: dict[str, object] = {
        "kind": "decision",
        "id": row.id,
        "result": row.result,
        "rule": row.rule,
        "version": row.version,
        "factors": row.factors.split(),
        "fully_automated": row.automation == "full",
        "opened_at": rfc3339(row.read_at) if row.read_at else None,
        "review_due": rfc3339(row.review_due) if row.review_due else None,
        "reviews": [
            {"id": each.id, "state": each.state, "due": rfc3339(each.due_at) if each.due_at else None}
            for each in await disputes.about(svc.store, row.id)
        ],
    }
    if settled is not None:
        said["record"] = plain_record(row.id, await svc.publishing.stand(settled, wait_of(request)))
    headers = {"location": f"/v1/decisions/{row.id}"} if status == 201 else {}
    return Response(orjson.dumps(said), status, headers, JSON)


def plain_rule(rule: Rule) -> dict[str, object]:
    """A rule as the API tells it."""
    said: dict[str, object] = {
        "kind": "decision_rule",
        "rule": rule.rule,
        "version": rule.version,
        "name": rule.name,
        "factors": rule.factors,
        "inputs": list(rule.inputs),
        "record": rule.record,
    }
    if rule.model:
        return {**said, "ai": {"used": True, "model": rule.model, "purpose": rule.purpose, "category": rule.category}}
    return {**said, "ai": {"used": False, "why": rule.why}}


# --- pages ---


async def list_own(request: Request, answerer: Answerer) -> Response:
    """GET /decisions: what rules decided about the person, newest first."""
    locale, page = language_of(request), page_of(request)
    found = await decisions.list_own(service_of(request), answerer.account, locale, page)
    lines = [
        {
            "id": each.row.id,
            "name": each.rule.name[locale],
            "result": each.row.result,
            "moment": write_moment(each.row.made_at, locale),
            "party": await _party(service_of(request), each.row.client_id, locale),
        }
        for each in found[: decisions.PAGE]
    ]
    return render(request, "decisions.html", decisions=lines, page=page, more=len(found) > decisions.PAGE)


async def show(request: Request, answerer: Answerer) -> Response:
    """GET /decisions/{id}: the decision in plain words, and the way to a review by a person."""
    return await _page(request, answerer)


async def ask_review(request: Request, answerer: Answerer) -> Response:
    """POST /decisions/{id}: the person asks that a human reviews it."""
    fields = await read_form(request)
    text = fields.get("text", "")
    try:
        dispute_id = await disputes.open_dispute(
            service_of(request), answerer, request.path_params["id"], "review_of_decision", text
        )
    except StatementRefused:
        return await _page(request, answerer, text, wrong=True)
    return redirect(f"/disputes/{dispute_id}")


async def _page(request: Request, answerer: Answerer, typed: str = "", *, wrong: bool = False) -> Response:
    svc, locale = service_of(request), language_of(request)
    found = await decisions.open_own(svc, reader_of(request, answerer), request.path_params["id"])
    due = found.row.review_due
    return render(
        request,
        "decision.html",
        status=422 if wrong else 200,
        read=found,
        party=await _party(svc, found.row.client_id, locale),
        moment=write_moment(found.row.made_at, locale),
        due=write_day(due, locale) if due else "",
        late=due is not None and due <= svc.clock.now(),
        reviews=[
            {"id": row.id, "state": row.state, "moment": write_moment(row.opened_at, locale)}
            for row in await disputes.about(svc.store, found.row.id)
        ],
        waits=any(row.waits for row in await disputes.about(svc.store, found.row.id)),
        typed=typed,
        wrong=wrong,
    )


async def register(request: Request) -> Response:
    """GET /rules: every automated rule in force here, its factors, and whether an AI system stands behind it."""
    svc, locale, page = service_of(request), language_of(request), page_of(request)
    found = await decisions.register(svc, page)
    listed = [(rule, await _party(svc, rule.client_id, locale)) for rule in found[: decisions.REGISTER_PAGE]]
    return render(request, "rules.html", rules=listed, page=page, more=len(found) > decisions.REGISTER_PAGE)


async def _party(svc: Service, client_id: str, locale: str) -> str:
    """The relying party's name; the operator's own for a rule of the service itself."""
    if not client_id:
        return svc.settings.organisation
    party = await clients.find(svc, client_id)
    return party.name[locale] if party else client_id


_ROUTES = (
    ("/decisions", list_own, "GET", "/decisions"),
    ("/decisions/{id}", show, "GET", "/decisions/{id}"),
    ("/decisions/{id}", ask_review, "POST", "/decisions/{id}"),
)
ROUTES = (
    *(Route(path, signed_in(endpoint, back), methods=[method]) for path, endpoint, method, back in _ROUTES),
    Route("/rules", register, methods=["GET"]),
)
