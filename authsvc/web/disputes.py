"""Pages of disputes: a person contests a record about them, and reviewers decide (law duties L11, L20b)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import accounts, disputes
from authsvc.confirm import Answerer
from authsvc.disputes import DisputeRow
from authsvc.errors import InvalidRequest, NotFound
from authsvc.evidence.codes import RESOLUTION_RESULTS
from authsvc.web.dates import write_day, write_moment
from authsvc.web.evidence_pages import named, own_record, page_of, signed_in
from authsvc.web.pages import language_of, read_form, redirect, render, service_of
from confirmations.errors import StatementRefused


async def new(request: Request, answerer: Answerer) -> Response:
    """GET /evidence/{id}/dispute: the form."""
    return await _form(request, answerer)


async def ask(request: Request, answerer: Answerer) -> Response:
    """POST /evidence/{id}/dispute: the record is contested; or the form again, with what was typed."""
    fields = await read_form(request)
    text = fields.get("text", "")
    try:
        dispute_id = await disputes.open_dispute(
            service_of(request), answerer, request.path_params["id"], fields.get("kind", ""), text
        )
    except StatementRefused:
        return await _form(request, answerer, text, wrong=True)
    return redirect(f"/disputes/{dispute_id}")


async def list_own(request: Request, answerer: Answerer) -> Response:
    """GET /disputes: the person's own, newest first."""
    page = page_of(request)
    rows = await disputes.list_own(service_of(request), answerer, page)
    return render(
        request,
        "disputes.html",
        disputes=[_line(request, row) for row in rows[: disputes.PAGE]],
        page=page,
        more=len(rows) > disputes.PAGE,
    )


async def show(request: Request, answerer: Answerer) -> Response:
    """GET /disputes/{id}: how far it is; once decided, by whom and why."""
    seen = await disputes.read_own(service_of(request), answerer, request.path_params["id"])
    return render(request, "dispute.html", seen=seen, line=_line(request, seen.row))


async def withdraw(request: Request, answerer: Answerer) -> Response:
    """POST /disputes/{id}: the person takes it back."""
    await read_form(request)
    dispute_id = request.path_params["id"]
    await disputes.withdraw(service_of(request), answerer, dispute_id)
    return redirect(f"/disputes/{dispute_id}")


# --- the reviewers' desk ---


async def queue(request: Request, answerer: Answerer) -> Response:
    """GET /staff/disputes: what waits, the nearest due date first."""
    page = page_of(request)
    rows = await disputes.queue(service_of(request), answerer, page)
    return render(
        request,
        "desk_disputes.html",
        disputes=[_line(request, row) for row in rows[: disputes.PAGE]],
        page=page,
        more=len(rows) > disputes.PAGE,
    )


async def show_case(request: Request, answerer: Answerer) -> Response:
    """GET /staff/disputes/{id}: what is contested and why, and how far the decision is."""
    svc = service_of(request)
    seen = await disputes.read_as_reviewer(svc, answerer, request.path_params["id"], language_of(request))
    if await disputes.settle(svc, seen.row):
        seen = await disputes.read_as_reviewer(svc, answerer, seen.row.id, language_of(request))
    return await _case(request, seen)


async def decide(request: Request, answerer: Answerer) -> Response:
    """POST /staff/disputes/{id}: a decision, or the way to the confirmation by which one approves a proposal."""
    svc, dispute_id = service_of(request), request.path_params["id"]
    fields = await read_form(request)
    if fields.get("action") == "approve":
        return redirect(f"/confirm/{await disputes.approve(svc, answerer, dispute_id)}")
    if fields.get("action") != "decide":
        raise InvalidRequest("action: decide or approve")
    try:
        await disputes.decide(svc, answerer, dispute_id, fields.get("result", ""), fields.get("reasons", ""))
    except StatementRefused:
        seen = await disputes.read_as_reviewer(svc, answerer, dispute_id, language_of(request))
        return await _case(request, seen, fields.get("reasons", ""), wrong=True)
    return redirect(f"/staff/disputes/{dispute_id}")


async def _case(request: Request, seen: disputes.Seen, typed: str = "", *, wrong: bool = False) -> Response:
    standing = await disputes.standing_of(service_of(request), seen.row)
    approvals = []
    for account, (_, state) in standing.asked.items() if standing else ():
        person = await accounts.person_by_id(service_of(request), account)
        if person is not None:
            said = {"confirmed": "approved_by", "declined": "declined_by"}.get(state, "not_yet")
            approvals.append((said, person.name))
    return render(
        request,
        "desk_dispute.html",
        status=422 if wrong else 200,
        seen=seen,
        line=_line(request, seen.row),
        contested=named(seen.contested),
        results=RESOLUTION_RESULTS,
        approvals=approvals,
        typed=typed,
        wrong=wrong,
    )


async def _form(request: Request, answerer: Answerer, typed: str = "", *, wrong: bool = False) -> Response:
    found = await own_record(request, answerer)
    kinds = disputes.contestable(found.entry)
    if not kinds:
        raise NotFound("there is nothing here")
    return render(
        request,
        "dispute_new.html",
        status=422 if wrong else 200,
        id=found.entry.id,
        kinds=kinds,
        typed=typed,
        wrong=wrong,
    )


def _line(request: Request, row: DisputeRow) -> dict[str, str]:
    locale = language_of(request)
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "opened": write_moment(row.opened_at, locale),
        "due": write_day(row.due_at, locale) if row.due_at else "",
    }


_ROUTES = (
    ("/evidence/{id}/dispute", new, "GET", "/evidence/{id}/dispute"),
    ("/evidence/{id}/dispute", ask, "POST", "/evidence/{id}/dispute"),
    ("/disputes", list_own, "GET", "/disputes"),
    ("/disputes/{id}", show, "GET", "/disputes/{id}"),
    ("/disputes/{id}", withdraw, "POST", "/disputes/{id}"),
    ("/staff/disputes", queue, "GET", "/staff/disputes"),
    ("/staff/disputes/{id}", show_case, "GET", "/staff/disputes/{id}"),
    ("/staff/disputes/{id}", decide, "POST", "/staff/disputes/{id}"),
)
ROUTES = tuple(Route(path, signed_in(endpoint, back), methods=[method]) for path, endpoint, method, back in _ROUTES)
