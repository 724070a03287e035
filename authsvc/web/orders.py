"""Operators' pages: what is done to a person's data, on a legal ground, approved by two of staff (L13, L31).

Whoever lacks the role finds nothing here, signed in or not. The person's number travels in form bodies alone, never in
an address; what the person is to be told is on the page that answers the carrying out, once.
"""

from base64 import b64encode, urlsafe_b64decode
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import erasure
from authsvc.confirm import Answerer
from authsvc.erasure import Done, View, Wish, write_notice
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence.codes import ERASURE_KINDS
from authsvc.evidence.errors import ApprovalRefused
from authsvc.web.dates import write_day, write_moment
from authsvc.web.evidence_pages import attachment, page_of, signed_in
from authsvc.web.pages import language_of, read_form, read_upload, redirect, render, service_of
from authsvc.web.problems import status_of, words_for
from authsvc.web.staff import names_of
from authsvc.web.words import say

WHAT = (*ERASURE_KINDS, "hold", "lift_restriction")
FIELDS = (
    ("what", "deleted"), ("subject_kind", "iin"), ("subject", ""), ("ground", ""), ("records", ""), ("hold", ""),
)  # fmt: skip
"""Fields of the form, with what stands in them at first."""
JSON = "application/json"


async def list_orders(request: Request, answerer: Answerer) -> Response:
    """GET /staff/orders: orders, newest first, and the holds that stand."""
    svc, locale, page = service_of(request), language_of(request), page_of(request)
    views = await erasure.by_staff(svc, answerer, page)
    return render(
        request,
        "orders.html",
        orders=[(view, what_of(view), write_moment(view.made_at, locale)) for view in views[: erasure.PAGE]],
        holds=[
            (hold, write_moment(since, locale), ground)
            for hold, since, ground in await erasure.holds_for_staff(svc, answerer)
        ],
        page=page,
        more=len(views) > erasure.PAGE,
    )


async def new(request: Request, answerer: Answerer) -> Response:
    """GET /staff/orders/new: the form; `hold` names one that is to be lifted."""
    await erasure.demand_operator(service_of(request), answerer)
    return _form(request, {**dict(FIELDS), "hold": request.query_params.get("hold", "")})


async def ask(request: Request, answerer: Answerer) -> Response:
    """POST /staff/orders: the order waits for its approvals; or the form again, with what is wrong."""
    svc = service_of(request)
    await erasure.demand_operator(svc, answerer)
    fields = await read_form(request)
    given = {field: fields.get(field, first) for field, first in FIELDS}
    try:
        order_id = await erasure.ask_as_staff(svc, answerer, _wish(given))
    except (InvalidRequest, NotFound) as error:
        return _form(request, given, error)
    return redirect(f"/staff/orders/{order_id}")


async def show(request: Request, answerer: Answerer) -> Response:
    """GET /staff/orders/{id}: what is ordered, on which ground, who approved."""
    return await _page(request, answerer)


async def act(request: Request, answerer: Answerer) -> Response:
    """POST /staff/orders/{id}: to the confirmation by which one approves or declines; or the order is carried out, or
    taken back. A refusal is told on the order's own page, which goes on waiting."""
    svc, order_id = service_of(request), request.path_params["id"]
    await erasure.demand_operator(svc, answerer)
    fields, _, signature = await read_upload(request, "signature")
    action = fields.get("action", "")
    try:
        if action == "approve":
            return redirect(f"/confirm/{await erasure.ask(svc, answerer, order_id)}")
        if action == "carry_out":
            signatures = [signature] if signature else []
            return _done(request, await erasure.carry_out_as_staff(svc, answerer, order_id, signatures))
        if action != "withdraw":
            raise InvalidRequest("action: approve, carry_out or withdraw")
        await erasure.withdraw_as_staff(svc, answerer, order_id)
    except (Conflict, ApprovalRefused) as refusal:
        return await _page(request, answerer, refusal)
    return redirect(f"/staff/orders/{order_id}")


async def signable(request: Request, answerer: Answerer) -> Response:
    """GET /staff/orders/{id}/request: the bytes that an approver signs by EDS. They name nobody."""
    view = await erasure.of_staff(service_of(request), answerer, request.path_params["id"])
    return attachment(view.request, JSON, f"order-{view.id}.json")


def what_of(view: View) -> str:
    """The word for what an order does."""
    if view.act == "lift":
        return "orders.lift_restriction" if view.hold == erasure.RESTRICTION else "orders.lift_hold"
    return f"orders.{view.kind or view.act}"


async def _page(request: Request, answerer: Answerer, refusal: Conflict | ApprovalRefused | None = None) -> Response:
    svc, locale = service_of(request), language_of(request)
    view = await erasure.of_staff(svc, answerer, request.path_params["id"])
    standing = await erasure.standing_of(svc, view)
    is_open = view.state == "open" and not standing.declined
    return render(
        request,
        "order.html",
        status=status_of(refusal) if refusal else 200,
        refused=words_for(refusal, locale) if refusal else "",
        view=view,
        is_open=is_open,
        may_withdraw=view.state == "open",
        state="declined" if view.state == "open" and standing.declined else view.state,
        what=what_of(view),
        moment=write_moment(view.made_at, locale),
        until=write_day(view.expires_at, locale),
        digest=urlsafe_b64decode(view.digest + "=").hex(),
        approvals=await names_of(svc, standing),
    )


def _done(request: Request, done: Done) -> Response:
    notice = write_notice(done)
    return render(
        request,
        "order_done.html",
        record=done.record,
        index=done.settled.index,
        notice=notice.decode(),
        notice_url=f"data:{JSON};base64,{b64encode(notice).decode()}",
        notice_name=f"notice-{done.record}.json",
        scrubbed=done.scrubbed,
    )


def _wish(given: Mapping[str, str]) -> Wish:
    what, ground = given["what"], given["ground"].strip()
    if given["hold"]:
        return Wish("lift", ground, hold=given["hold"])
    number = "".join(given["subject"].split())
    subject = f"{given['subject_kind']}:{number}"
    records = tuple(given["records"].split())
    if what in ERASURE_KINDS:
        return Wish("erasure", ground, subject, what, records=records)
    if what == "lift_restriction":
        return Wish("lift", ground, subject, hold=erasure.RESTRICTION, records=records)
    return Wish(what, ground, subject, records=records)


def _form(request: Request, given: Mapping[str, str], error: InvalidRequest | NotFound | None = None) -> Response:
    locale, wrong = language_of(request), ""
    if isinstance(error, NotFound):
        wrong = say("orders.unknown", locale)
    elif error is not None:
        field = error.message.partition(":")[0]
        code = f"orders.{field}" if field in ("ground", "subject", "records") else "orders.what"
        wrong = say("exports.wrong", locale, field=say(code, locale))
    return render(request, "order_new.html", status=422 if error else 200, given=given, wrong=wrong, choices=WHAT)


_ROUTES = (
    ("/staff/orders", list_orders, "GET", "/staff/orders"),
    ("/staff/orders", ask, "POST", "/staff/orders/new"),
    ("/staff/orders/new", new, "GET", "/staff/orders/new"),
    ("/staff/orders/{id}", show, "GET", "/staff/orders/{id}"),
    ("/staff/orders/{id}", act, "POST", "/staff/orders/{id}"),
    ("/staff/orders/{id}/request", signable, "GET", "/staff/orders/{id}"),
)
ROUTES = tuple(Route(path, signed_in(endpoint, back), methods=[method]) for path, endpoint, method, back in _ROUTES)
