"""The person's own account: factors, recovery codes, addresses, sessions, language, data (OWASP ASVS 5.0 6.4 and 7.5).

What changes a factor asks for a fresh sign-in first. Codes are shown once, on the page that follows their making, which
no store keeps (`Cache-Control: no-store` stands on every page).
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import accounts, addresses, changing, counter, own_data, recovery_codes
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.factors import RECOVERING, factors_by_method
from authsvc.login.sessions import Session
from authsvc.oidc.logout import end_sessions
from authsvc.web.dates import write_day, write_moment
from authsvc.web.flows import session_of
from authsvc.web.own import by_of, demand_session, fresh_session, sign_in_anew
from authsvc.web.pages import language_of, read_form, redirect, render, service_of
from authsvc.web.setting_up import drawn
from authsvc.web.user_agents import name_browser
from confirmations.errors import PasswordRefused, WrongAnswer

HOME, PASSWORD, APP, CODES = "/account", "/account/password", "/account/app", "/account/codes"
MAILBOX, SESSIONS, RECOVERY = "/account/mailbox", "/account/sessions", "/account/recovery"


async def show(request: Request) -> Response:
    """GET /account: what there is."""
    session = await session_of(request)
    if session is None:
        return redirect(f"/login?return_to={HOME}")
    svc, locale = service_of(request), language_of(request)
    person = await accounts.person_by_id(svc, session.account)
    if person is None:
        raise NotFound("there is nothing here")
    case = await counter.own_open(svc, session.account)
    return render(
        request,
        "account.html",
        called=person.name,
        login=person.login,
        iin=f"•••• {person.subject[-4:]}",
        of_person=person.locale,
        factors=[
            (method, write_day(row.enrolled_at, locale))
            for method, row in (await factors_by_method(svc.store, session.account)).items()
            if method in ("password", "totp")
        ],
        addresses=[(each.address, each.codes) for each in await addresses.addresses_of(svc, person)],
        left=await recovery_codes.left(svc, session.account),
        recovering=RECOVERING in session.methods,
        held=write_moment(case.hold_until, locale) if case and case.hold_until else "",
    )


async def set_language(request: Request) -> Response:
    """POST /account: the language of messages."""
    fields = await read_form(request)
    session = await demand_session(request)
    await changing.set_language(service_of(request), session.account, fields.get("locale", ""))
    return redirect(HOME)


async def new_password(request: Request) -> Response:
    """GET /account/password."""
    session = await fresh_session(request)
    return await sign_in_anew(request, PASSWORD) if session is None else _password(request, session)


async def change_password(request: Request) -> Response:
    """POST /account/password: changed, and the other sessions end."""
    fields = await read_form(request)
    session = await fresh_session(request)
    if session is None:
        return await sign_in_anew(request, PASSWORD)
    old, new = fields.get("old", ""), fields.get("new", "")
    try:
        await changing.change_password(service_of(request), by_of(request, session), old, new)
    except WrongAnswer:
        return _password(request, session, "password.wrong")
    except PasswordRefused:
        return _password(request, session, "invitation.bad_password")
    return redirect(HOME)


def _password(request: Request, session: Session, refused: str = "") -> Response:
    by_passkey = "passkey" in session.methods
    status = 422 if refused else 200
    return render(request, "account_password.html", status=status, refused=refused, by_passkey=by_passkey)


async def new_app(request: Request) -> Response:
    """GET /account/app: a new seed."""
    session = await fresh_session(request)
    return await sign_in_anew(request, APP) if session is None else _app(request, session)


async def change_app(request: Request) -> Response:
    """POST /account/app: the first code of the new app."""
    fields = await read_form(request)
    session = await fresh_session(request)
    if session is None:
        return await sign_in_anew(request, APP)
    ticket = fields.get("ticket", "")
    try:
        await changing.change_app(service_of(request), by_of(request, session), ticket, fields.get("code", ""))
    except WrongAnswer:
        return _app(request, session, ticket)
    return redirect(HOME)


def _app(request: Request, session: Session, ticket: str = "") -> Response:
    shown = drawn(service_of(request), session.sid, ticket)
    return render(request, "account_app.html", status=422 if ticket else 200, refused=bool(ticket), setup=shown)


async def codes(request: Request) -> Response:
    """GET /account/codes: how many are left, and the way to new ones."""
    session = await fresh_session(request)
    if session is None:
        return await sign_in_anew(request, CODES)
    left = await recovery_codes.left(service_of(request), session.account)
    return render(request, "account_codes.html", left=left, codes=())


async def make_codes(request: Request) -> Response:
    """POST /account/codes: new ones, shown once."""
    await read_form(request)
    session = await fresh_session(request)
    if session is None:
        return await sign_in_anew(request, CODES)
    svc = service_of(request)
    made = await recovery_codes.issue(svc, by_of(request, session))
    return render(request, "account_codes.html", left=len(made), codes=made, freeze=f"{svc.settings.issuer}/freeze")


async def new_mailbox(request: Request) -> Response:
    """GET /account/mailbox."""
    session = await fresh_session(request)
    return (
        await sign_in_anew(request, MAILBOX)
        if session is None
        else render(request, "account_mailbox.html", sent="", refused="")
    )


async def add_mailbox(request: Request) -> Response:
    """POST /account/mailbox: first the address, to which a code goes, then the code."""
    fields = await read_form(request)
    session = await fresh_session(request)
    if session is None:
        return await sign_in_anew(request, MAILBOX)
    svc, by = service_of(request), by_of(request, session)
    if "ticket" not in fields:
        try:
            sent = await changing.send_code(svc, by, fields.get("mailbox", ""))
        except (InvalidRequest, Conflict):
            return render(request, "account_mailbox.html", status=422, sent="", refused="account.mailbox_bad")
        return render(request, "account_mailbox.html", sent=sent.mailbox, ticket=sent.ticket, refused="")
    try:
        await changing.add_mailbox(svc, by, fields["ticket"], fields.get("code", ""))
    except WrongAnswer:
        sent_to = fields.get("sent", "")[:256]
        refused = "account.mailbox_wrong"
        return render(
            request, "account_mailbox.html", status=422, sent=sent_to, ticket=fields["ticket"], refused=refused
        )
    return redirect(HOME)


async def list_sessions(request: Request) -> Response:
    """GET /account/sessions: where the person is signed in."""
    session = await session_of(request)
    if session is None:
        return redirect(f"/login?return_to={SESSIONS}")
    locale = language_of(request)
    shown = [
        {
            "sid": each.sid,
            "device": name_browser(each.device),
            "ip": each.ip,
            "began": write_moment(each.began, locale),
            "seen": write_moment(each.seen, locale),
            "this": each.sid == session.sid,
        }
        for each in await own_data.sessions_of(service_of(request), session.account)
    ]
    return render(request, "account_sessions.html", sessions=sorted(shown, key=lambda each: not each["this"]))


async def end_some(request: Request) -> Response:
    """POST /account/sessions: one ends, or all others."""
    fields = await read_form(request)
    session = await demand_session(request)
    svc = service_of(request)
    if "sid" in fields:
        await end_sessions(svc, session.account, [fields["sid"]])
    else:
        known = await own_data.sessions_of(svc, session.account)
        await end_sessions(svc, session.account, [each.sid for each in known if each.sid != session.sid])
    return redirect(SESSIONS)


async def data(request: Request) -> Response:
    """GET /account/data: everything that is kept about the person, as JSON."""
    session = await fresh_session(request)
    if session is None:
        return await sign_in_anew(request, "/account/data")
    headers = {"content-disposition": 'attachment; filename="my-data.json"', "cache-control": "no-store"}
    return Response(await own_data.export(service_of(request), session.account), 200, headers, "application/json")


async def recovery(request: Request) -> Response:
    """POST /account/recovery: new factors after a hold of a day, or an end of what is under way."""
    fields = await read_form(request)
    session = await demand_session(request)
    svc = service_of(request)
    if fields.get("action") == "cancel":
        await counter.cancel_own(svc, session.account)
        return redirect(HOME)
    fresh = await fresh_session(request)
    if fresh is None:
        return await sign_in_anew(request, HOME)
    _, link = await counter.ask_alone(svc, by_of(request, fresh))
    case = await counter.own_open(svc, session.account)
    until = write_moment(case.hold_until, language_of(request)) if case else ""
    return render(request, "recovery_held.html", link=link, until=until)


async def to_password(_request: Request) -> Response:
    """GET /.well-known/change-password (W3C): where a password is changed."""
    return Response(status_code=302, headers={"location": PASSWORD})


ROUTES = (
    Route(HOME, show, methods=["GET"]),
    Route(HOME, set_language, methods=["POST"]),
    Route(PASSWORD, new_password, methods=["GET"]),
    Route(PASSWORD, change_password, methods=["POST"]),
    Route(APP, new_app, methods=["GET"]),
    Route(APP, change_app, methods=["POST"]),
    Route(CODES, codes, methods=["GET"]),
    Route(CODES, make_codes, methods=["POST"]),
    Route(MAILBOX, new_mailbox, methods=["GET"]),
    Route(MAILBOX, add_mailbox, methods=["POST"]),
    Route(SESSIONS, list_sessions, methods=["GET"]),
    Route(SESSIONS, end_some, methods=["POST"]),
    Route("/account/data", data, methods=["GET"]),
    Route(RECOVERY, recovery, methods=["POST"]),
    Route("/.well-known/change-password", to_password, methods=["GET"]),
)
