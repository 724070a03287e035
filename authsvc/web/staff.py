"""The auditor's pages: a court's request for evidence, approved by two persons of staff (confirmations reference, 3.7).

Whoever lacks the role finds nothing here, signed in or not. What is asked is shown to the approver in full; what they
confirm is its digest.
"""

from base64 import urlsafe_b64decode
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import accounts, exports, staff
from authsvc.approvals import Standing
from authsvc.confirm import Answerer
from authsvc.errors import InvalidRequest, NotFound
from authsvc.evidence.report_pdf import can_write
from authsvc.exports import Application
from authsvc.service import Service
from authsvc.web.dates import write_day, write_moment
from authsvc.web.evidence_pages import DAY_MS, attachment, page_of, period_of, send_package, send_pdf, signed_in
from authsvc.web.pages import language_of, read_form, read_upload, redirect, render, service_of
from authsvc.web.words import say

ROLE = "auditor"
FIELDS = (
    ("kind", "court"), ("recipient", ""), ("case_number", ""), ("ground", ""), ("subject_kind", "iin"),
    ("subject", ""), ("since", ""), ("until", ""), ("acts", ""), ("silent_ground", ""),
)  # fmt: skip
"""Fields of the form, with what stands in them at first."""
BINARY = "application/octet-stream"


async def list_exports(request: Request, answerer: Answerer) -> Response:
    """GET /staff/exports: what was asked for, newest first."""
    svc, locale, page = service_of(request), language_of(request), page_of(request)
    views = await exports.by_staff(svc, answerer, page)
    requests = [
        {
            "id": view.row.id,
            "state": view.row.state,
            "case_number": view.application.case_number if view.application else "",
            "moment": write_moment(view.row.created_at, locale),
        }
        for view in views[: exports.PAGE]
    ]
    return render(request, "desk.html", requests=requests, page=page, more=len(views) > exports.PAGE)


async def new(request: Request, answerer: Answerer) -> Response:
    """GET /staff/exports/new: the form."""
    await staff.demand(service_of(request), answerer.account, answerer.acr, ROLE)
    return _form(request, dict(FIELDS))


async def ask(request: Request, answerer: Answerer) -> Response:
    """POST /staff/exports: the request waits for two approvals; or the form again, with the field that is wrong."""
    svc = service_of(request)
    await staff.demand(svc, answerer.account, answerer.acr, ROLE)
    fields, name, order = await read_upload(request, "order")
    given = {field: fields.get(field, first) for field, first in FIELDS}
    try:
        export_id = await exports.ask_as_staff(svc, answerer, _application(given, name, order))
    except InvalidRequest as error:
        return _form(request, given, error)
    return redirect(f"/staff/exports/{export_id}")


async def show(request: Request, answerer: Answerer) -> Response:
    """GET /staff/exports/{id}: what is asked, who approved, how far the making is, the package."""
    svc, locale = service_of(request), language_of(request)
    view = await exports.of_staff(svc, answerer, request.path_params["id"])
    if await exports.settle(svc, view.row):
        view = await exports.of_staff(svc, answerer, view.row.id)
    row, asked = view.row, view.application
    period = ""
    if asked and asked.until:
        period = f"{write_day(asked.since, locale)} – {write_day(asked.until - DAY_MS, locale)}"
    return render(
        request,
        "desk_export.html",
        row=row,
        asked=asked,
        period=period,
        moment=write_moment(row.created_at, locale),
        kept=write_day(row.expires_at, locale),
        digest=urlsafe_b64decode(row.digest + "=").hex(),
        approvals=await names_of(svc, await exports.standing_of(svc, view.row)),
        own=row.asked_by == answerer.account,
        pdf=can_write(row.total),
    )


async def act(request: Request, answerer: Answerer) -> Response:
    """POST /staff/exports/{id}: to the confirmation by which one approves or declines; or the request is withdrawn."""
    svc = service_of(request)
    fields = await read_form(request)
    export_id = request.path_params["id"]
    if fields.get("action") == "approve":
        return redirect(f"/confirm/{await exports.approve(svc, answerer, export_id)}")
    if fields.get("action") != "withdraw":
        raise InvalidRequest("action: approve or withdraw")
    await exports.withdraw(svc, answerer, export_id)
    return redirect(f"/staff/exports/{export_id}")


async def package(request: Request, answerer: Answerer) -> Response:
    """GET /staff/exports/{id}/package."""
    svc = service_of(request)
    return await send_package(svc, (await exports.of_staff(svc, answerer, request.path_params["id"])).row)


async def pdf(request: Request, answerer: Answerer) -> Response:
    """GET /staff/exports/{id}/pdf."""
    svc = service_of(request)
    return await send_pdf(svc, (await exports.of_staff(svc, answerer, request.path_params["id"])).row)


async def order(request: Request, answerer: Answerer) -> Response:
    """GET /staff/exports/{id}/order: the court's file, as it was handed in."""
    view = await exports.of_staff(service_of(request), answerer, request.path_params["id"])
    if view.application is None or not view.application.order:
        raise NotFound("there is nothing here")
    return attachment(view.application.order, BINARY, f"order-{view.row.id}")


def _form(request: Request, given: Mapping[str, str], error: InvalidRequest | None = None) -> Response:
    locale = language_of(request)
    field = error.message.partition(":")[0] if error else ""
    labels = {"period": "exports.until", "acts": "desk.acts"}
    known = {name for name, _ in FIELDS} | {"order"}
    code = labels.get(field) or (f"desk.{field}" if field in known else "desk.what")
    return render(
        request, "desk_new.html", status=422 if error else 200, given=given, wrong=say(code, locale) if error else ""
    )


def _application(given: Mapping[str, str], name: str, order: bytes) -> Application:
    since, until = period_of(given["since"], given["until"])
    number = "".join(given["subject"].split())
    return Application(
        kind=given["kind"],
        acts=tuple(given["acts"].split()),
        subject=f"{given['subject_kind']}:{number}" if number else "",
        since=since,
        until=until,
        recipient=given["recipient"].strip(),
        case_number=given["case_number"].strip(),
        ground=given["ground"].strip(),
        silent_ground=given["silent_ground"].strip(),
        order_name=name if order else "",
        order=order,
    )


async def names_of(svc: Service, standing: Standing) -> list[tuple[str, str]]:
    """(word, name) of everybody who was asked to approve."""
    approved = {each.person for each in standing.approved}
    said = []
    for account, (_, state) in standing.asked.items():
        person = await accounts.person_by_id(svc, account)
        if person is None:
            continue
        code = "approved_by" if person.subject in approved else "declined_by" if state == "declined" else "not_yet"
        said.append((code, person.name))
    return said


_ROUTES = (
    ("/staff/exports", list_exports, "GET", "/staff/exports"),
    ("/staff/exports", ask, "POST", "/staff/exports/new"),
    ("/staff/exports/new", new, "GET", "/staff/exports/new"),
    ("/staff/exports/{id}", show, "GET", "/staff/exports/{id}"),
    ("/staff/exports/{id}", act, "POST", "/staff/exports/{id}"),
    ("/staff/exports/{id}/package", package, "GET", "/staff/exports/{id}"),
    ("/staff/exports/{id}/pdf", pdf, "GET", "/staff/exports/{id}"),
    ("/staff/exports/{id}/order", order, "GET", "/staff/exports/{id}"),
)
ROUTES = tuple(Route(path, signed_in(endpoint, back), methods=[method]) for path, endpoint, method, back in _ROUTES)
