"""The counter's pages for clerks (role `enroller`) and support, and the page of a recovery's link for the person.

Whoever lacks the role finds nothing here. A clerk shows a passkey first; what is printed is shown once.
"""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import accounts, counter, freezing, staff
from authsvc.counter import Clerk
from authsvc.counter.asking import settle
from authsvc.counter.registering import ROLE, has_passkey, read_line
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.login.sessions import Session
from authsvc.web.dates import write_moment
from authsvc.web.flows import session_of
from authsvc.web.own import sign_in_anew
from authsvc.web.pages import language_of, read_form, redirect, render, service_of
from authsvc.web.setting_up import draw_link, drawn
from confirmations.errors import PasswordRefused, WrongAnswer

DESK, SUPPORT = "/staff/counter", "/staff/support"
MEMBERS = ("iin", "name", "locale", "address")
FIELDS = (*MEMBERS, "mailbox", "shown")
_REFUSED = {WrongAnswer: "wrong_code", PasswordRefused: "bad_password"}
Desk = Callable[[Request, Clerk], Awaitable[Response]]


def at_desk(endpoint: Desk, role: str = ROLE) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint for a member of staff who has shown a passkey; others are told, or find nothing."""

    async def answer(request: Request) -> Response:
        session = await session_of(request)
        if session is None:
            return redirect(f"/login?return_to={DESK if role == ROLE else SUPPORT}")
        svc, clerk = service_of(request), _clerk(session)
        await staff.demand(svc, clerk.account, clerk.acr, role)
        if not has_passkey(svc, clerk):
            return render(request, "counter_passkey.html", back=DESK if role == ROLE else SUPPORT)
        return await endpoint(request, clerk)

    return answer


def _clerk(session: Session) -> Clerk:
    return Clerk(session.account, session.record, session.acr, session.methods, session.authenticated_at)


async def sign_in(request: Request) -> Response:
    """GET /staff/counter/sign-in, /staff/support/sign-in: to a sign-in anew, by the passkey."""
    back = SUPPORT if request.url.path.startswith(SUPPORT) else DESK
    return await sign_in_anew(request, back, since=service_of(request).clock.now())


async def show(request: Request, clerk: Clerk) -> Response:
    """GET /staff/counter: a registration, a recovery, and what is under way."""
    return await _desk(request, clerk)


async def _desk(request: Request, clerk: Clerk, wrong: str = "", **given: str) -> Response:
    locale = language_of(request)
    rows = await counter.listed(service_of(request), clerk)
    return render(
        request,
        "counter.html",
        status=422 if wrong else 200,
        given={**dict.fromkeys(FIELDS, ""), "locale": locale, **given},
        wrong=wrong,
        cases=[(row.id, row.state, write_moment(row.hold_until, locale) if row.hold_until else "") for row in rows],
    )


async def register(request: Request, clerk: Clerk) -> Response:
    """POST /staff/counter: the paper for the person, shown once."""
    fields = await read_form(request)
    given = {name: fields.get(name, "") for name in FIELDS}
    svc = service_of(request)
    body = {name: given[name].strip() for name in MEMBERS}
    try:
        made = await counter.register(svc, clerk, body, given["shown"], given["mailbox"])
    except InvalidRequest as error:
        return await _desk(request, clerk, _word(error), **given)
    except Conflict:
        return await _desk(request, clerk, "counter.known", **given)
    until = write_moment(made.until, made.locale)
    return _paper(request, made.link, until, made.codes, made.name, made.locale)


def _paper(request: Request, link: str, until: str, codes: tuple[str, ...], name: str, locale: str) -> Response:
    """The paper is in the person's language, whatever the clerk's is."""
    return render(
        request,
        "counter_paper.html",
        link=link,
        qr=draw_link(link),
        until=until,
        codes=codes,
        called=name,
        locale=locale,
        freeze=f"{service_of(request).settings.issuer}/freeze",
    )


async def ask(request: Request, clerk: Clerk) -> Response:
    """POST /staff/counter/recoveries: the recovery waits for two approvals; its paper is shown once."""
    fields = await read_form(request)
    try:
        case, link = await counter.ask(
            service_of(request), clerk, fields.get("iin", ""), fields.get("shown", ""), fields.get("address", "")
        )
    except NotFound:
        return await _desk(request, clerk, "counter.unknown")
    except InvalidRequest as error:
        return await _desk(request, clerk, _word(error))
    return render(request, "counter_recovery.html", link=link, qr=draw_link(link), case=case)


async def show_case(request: Request, clerk: Clerk) -> Response:
    """GET /staff/counter/recoveries/{id}: whom it concerns, who approved, since when it is held."""
    svc, locale = service_of(request), language_of(request)
    row, *_ = await counter.shown(svc, clerk, request.path_params["id"])
    await settle(svc, row)
    row, matters, person, standing = await counter.shown(svc, clerk, row.id)
    said = []
    approved = {each.person for each in standing.approved}
    for account, (_, state) in standing.asked.items():
        member = await accounts.person_by_id(svc, account)
        code = "declined_by" if state == "declined" else "not_yet"
        if member is not None:
            said.append(("approved_by" if member.subject in approved else code, member.name))
    return render(
        request,
        "counter_case.html",
        row=row,
        matters=matters,
        called=person.name,
        number=f"•••• {person.subject[-4:]}",
        approvals=said,
        until=write_moment(row.hold_until, locale) if row.hold_until else "",
    )


async def approve(request: Request, clerk: Clerk) -> Response:
    """POST /staff/counter/recoveries/{id}: to the confirmation by which one approves or declines."""
    await read_form(request)
    return redirect(f"/confirm/{await counter.approve(service_of(request), clerk, request.path_params['id'])}")


async def support(request: Request, _clerk_: Clerk) -> Response:
    """GET /staff/support: a freeze on a caller's word, who was checked by the operator's procedure."""
    return _support(request)


async def freeze(request: Request, clerk: Clerk) -> Response:
    """POST /staff/support: frozen; the member of staff is named in the records."""
    fields = await read_form(request)
    svc = service_of(request)
    try:
        checked = read_line(fields.get("checked", ""), "shown")
        iin = "".join(fields.get("iin", "").split())
        await freezing.by_support(svc, clerk.account, clerk.acr, clerk.authentication, iin, checked)
    except InvalidRequest as error:
        return _support(request, _word(error), fields)
    except NotFound:
        return _support(request, "counter.unknown", fields)
    return _support(request, done=True)


def _support(
    request: Request, wrong: str = "", fields: Mapping[str, str] | None = None, *, done: bool = False
) -> Response:
    given = {"iin": "", "checked": "", **(fields or {})}
    return render(request, "support.html", status=422 if wrong else 200, wrong=wrong, done=done, given=given)


async def recover(request: Request) -> Response:
    """GET /recover/{token}: from when on it is good, or the form; nothing is used by looking."""
    token = request.path_params["token"]
    found = await counter.find(service_of(request), token)
    if found.state != "ready":
        until = write_moment(found.hold_until, language_of(request)) if found.hold_until else ""
        return render(request, "recovery_wait.html", until=until)
    return _form(request, token, found.login)


async def finish(request: Request) -> Response:
    """POST /recover/{token}: new factors; the new recovery codes, shown once."""
    svc, token = service_of(request), request.path_params["token"]
    fields = await read_form(request)
    found = await counter.find(svc, token)
    ticket = fields.get("ticket", "")
    try:
        made = await counter.finish(svc, token, ticket, fields.get("password", ""), fields.get("code", ""))
    except (WrongAnswer, PasswordRefused) as error:
        refused = next(code for kind, code in _REFUSED.items() if isinstance(error, kind))
        return _form(request, token, found.login, refused, ticket)
    return render(request, "recovery_done.html", codes=made, freeze=f"{svc.settings.issuer}/freeze")


def _form(request: Request, token: str, login: str, refused: str = "", ticket: str = "") -> Response:
    shown = drawn(service_of(request), token, ticket)
    status = 422 if refused else 200
    action = f"/recover/{token}"
    return render(request, "recovery.html", status=status, action=action, login=login, refused=refused, setup=shown)


def _word(error: InvalidRequest) -> str:
    """The code of the sentence about the field that is wrong."""
    field = error.message.partition(":")[0]
    return f"counter.bad_{field}" if field in FIELDS else "counter.bad_shown"


ROUTES = (
    Route(DESK, at_desk(show), methods=["GET"]),
    Route(DESK, at_desk(register), methods=["POST"]),
    Route(f"{DESK}/sign-in", sign_in, methods=["GET"]),
    Route(f"{DESK}/recoveries", at_desk(ask), methods=["POST"]),
    Route(f"{DESK}/recoveries/{{id}}", at_desk(show_case), methods=["GET"]),
    Route(f"{DESK}/recoveries/{{id}}", at_desk(approve), methods=["POST"]),
    Route(f"{SUPPORT}/sign-in", sign_in, methods=["GET"]),
    Route(SUPPORT, at_desk(support, freezing.SUPPORT), methods=["GET"]),
    Route(SUPPORT, at_desk(freeze, freezing.SUPPORT), methods=["POST"]),
    Route("/recover/{token}", recover, methods=["GET"]),
    Route("/recover/{token}", finish, methods=["POST"]),
)
