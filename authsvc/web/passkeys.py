"""The account's pages about passkeys: `/account/passkeys` (Web Authentication Level 3; OWASP ASVS 5.0 6.4 and 7.5).

To add or remove one the person signs in anew, unless they did so within the last ten minutes. The list and its forms
work without a script; the authenticator alone needs one.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import passkeys
from authsvc.errors import InvalidRequest, Unauthenticated
from authsvc.login.decide import Demand
from authsvc.login.sessions import Session
from authsvc.passkeys import By
from authsvc.web.callers import device_of
from authsvc.web.dates import write_day
from authsvc.web.flows import session_of, start_login
from authsvc.web.login import OWN
from authsvc.web.pages import language_of, read_form, redirect, render, service_of
from confirmations.assurance import MULTI, meets
from confirmations.errors import PasskeyRefused

LIST = "/account/passkeys"
NEW = "/account/passkeys/new"


async def show(request: Request) -> Response:
    """GET /account/passkeys: what there is."""
    session = await session_of(request)
    if session is None:
        return redirect(f"/login?return_to={LIST}")
    locale = language_of(request)
    found = await passkeys.listed(service_of(request), session.account)
    shown = [
        {
            "id": each.row.id,
            "name": each.name,
            "added": write_day(each.row.enrolled_at, locale),
            "synced": each.backup_eligible,
            "suspended": each.row.state == "suspended",
        }
        for each in found
    ]
    return render(request, "passkeys.html", passkeys=shown)


async def new(request: Request) -> Response:
    """GET /account/passkeys/new: the page that asks the authenticator, in a session that is fresh."""
    session = await session_of(request)
    if session is None or not _is_fresh(request, session):
        return await _sign_in_anew(request, NEW)
    return await _offer(request, session)


async def enrol(request: Request) -> Response:
    """POST /account/passkeys: the authenticator's answer; then the list."""
    fields = await read_form(request)
    session = await _demand_session(request)
    if not _is_fresh(request, session):
        return await _sign_in_anew(request, NEW)
    named = (fields.get(name, "") for name in ("ticket", "passkey", "name"))
    try:
        await passkeys.enrol(service_of(request), _by(request, session), *named)
    except PasskeyRefused:
        return await _offer(request, session, refused=True)
    return redirect(LIST)


async def change(request: Request) -> Response:
    """POST /account/passkeys/{id}: another name, or its end; then the list."""
    svc = service_of(request)
    fields = await read_form(request)
    session = await _demand_session(request)
    by, factor = _by(request, session), request.path_params["id"]
    action = fields.get("action", "rename")
    if action == "rename":
        await passkeys.rename(svc, by, factor, fields.get("name", ""))
    elif action == "revoke":
        if not _is_fresh(request, session):
            return await _sign_in_anew(request, LIST)
        await passkeys.revoke(svc, by, factor)
    else:
        raise InvalidRequest("action: rename or revoke")
    return redirect(LIST)


async def _offer(request: Request, session: Session, *, refused: bool = False) -> Response:
    offer = await passkeys.begin(service_of(request), _by(request, session))
    return render(
        request,
        "passkey_new.html",
        status=422 if refused else 200,
        script=True,
        ticket=offer.ticket,
        options=offer.options.decode(),
        refused=refused,
    )


async def _sign_in_anew(request: Request, return_to: str) -> Response:
    since = service_of(request).clock.now() - passkeys.FRESH_MS
    demand = Demand(acr_values=(MULTI,), essential=True, fresh_since=since)
    return await start_login(request, demand, {"kind": OWN, "return_to": return_to})


async def _demand_session(request: Request) -> Session:
    session = await session_of(request)
    if session is None:
        raise Unauthenticated("nobody is signed in here")
    return session


def _is_fresh(request: Request, session: Session) -> bool:
    oldest = service_of(request).clock.now() - passkeys.FRESH_MS
    return meets(session.acr, MULTI) and session.authenticated_at >= oldest


def _by(request: Request, session: Session) -> By:
    return By(session.account, session.sid, session.record, session.acr, session.authenticated_at, device_of(request))


ROUTES = (
    Route(LIST, show, methods=["GET"]),
    Route(NEW, new, methods=["GET"]),
    Route(LIST, enrol, methods=["POST"]),
    Route(LIST + "/{id}", change, methods=["POST"]),
)
