"""The account's pages about passkeys: `/account/passkeys` (Web Authentication Level 3; OWASP ASVS 5.0 6.4 and 7.5).

To add or remove one the person signs in anew, unless they did so within the last ten minutes. The list and its forms
work without a script; the authenticator alone needs one.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import passkeys
from authsvc.login.sessions import Session
from authsvc.web.dates import write_day
from authsvc.web.flows import session_of
from authsvc.web.own import by_of, change_factor, demand_session, fresh_session, sign_in_anew
from authsvc.web.pages import language_of, read_form, redirect, render, service_of
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
    session = await fresh_session(request)
    if session is None:
        return await sign_in_anew(request, NEW)
    return await _offer(request, session)


async def enrol(request: Request) -> Response:
    """POST /account/passkeys: the authenticator's answer; then the list."""
    fields = await read_form(request)
    await demand_session(request)
    session = await fresh_session(request)
    if session is None:
        return await sign_in_anew(request, NEW)
    named = (fields.get(name, "") for name in ("ticket", "passkey", "name"))
    try:
        await passkeys.enrol(service_of(request), by_of(request, session), *named)
    except PasskeyRefused:
        return await _offer(request, session, refused=True)
    return redirect(LIST)


async def change(request: Request) -> Response:
    """POST /account/passkeys/{id}: another name, or its end; then the list."""
    return await change_factor(request, LIST, passkeys.rename, passkeys.revoke)


async def _offer(request: Request, session: Session, *, refused: bool = False) -> Response:
    offer = await passkeys.begin(service_of(request), by_of(request, session))
    return render(
        request,
        "passkey_new.html",
        status=422 if refused else 200,
        script=True,
        ticket=offer.ticket,
        options=offer.options.decode(),
        refused=refused,
    )


ROUTES = (
    Route(LIST, show, methods=["GET"]),
    Route(NEW, new, methods=["GET"]),
    Route(LIST, enrol, methods=["POST"]),
    Route(LIST + "/{id}", change, methods=["POST"]),
)
