"""The account's pages about devices: `/account/devices` (OWASP ASVS 5.0 6.4 and 7.5).

To add or remove one the person signs in anew, unless they did so within the last ten minutes. All of it works without a
script, but for making this browser itself a device.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import __version__, devices
from authsvc.errors import InvalidRequest, Unauthenticated
from authsvc.factors import FRESH_MS, By
from authsvc.login.decide import Demand
from authsvc.login.sessions import Session
from authsvc.web.callers import device_of
from authsvc.web.dates import write_day, write_time
from authsvc.web.flows import session_of, start_login
from authsvc.web.login import OWN
from authsvc.web.pages import language_of, read_form, redirect, render, service_of
from confirmations.assurance import MULTI, meets

LIST = "/account/devices"
NEW = "/account/devices/new"


async def show(request: Request) -> Response:
    """GET /account/devices: what there is."""
    session = await session_of(request)
    if session is None:
        return redirect(f"/login?return_to={LIST}")
    locale = language_of(request)
    found = await devices.listed(service_of(request), session.account)
    shown = [
        {
            "id": each.row.id,
            "name": each.name,
            "app": f"{each.app.name} {each.app.version}",
            "added": write_day(each.row.enrolled_at, locale),
        }
        for each in found
    ]
    return render(request, "devices.html", devices=shown)


async def new(request: Request) -> Response:
    """GET /account/devices/new: activations for an app and for this browser, in a session that is fresh."""
    svc = service_of(request)
    session = await session_of(request)
    if session is None or not _is_fresh(request, session):
        return await _sign_in_anew(request, NEW)
    by = _by(request, session)
    activation, own = await devices.begin(svc, by, own=False), await devices.begin(svc, by, own=True)
    return render(
        request,
        "device_new.html",
        script=True,
        activation=activation.code,
        until=write_time(activation.until),
        own=own.code,
        service=svc.settings.issuer,
        version=__version__,
    )


async def change(request: Request) -> Response:
    """POST /account/devices/{id}: another name, or its end; then the list."""
    svc = service_of(request)
    fields = await read_form(request)
    session = await session_of(request)
    if session is None:
        raise Unauthenticated("nobody is signed in here")
    by, factor = _by(request, session), request.path_params["id"]
    action = fields.get("action", "rename")
    if action == "rename":
        await devices.rename(svc, by, factor, fields.get("name", ""))
    elif action == "revoke":
        if not _is_fresh(request, session):
            return await _sign_in_anew(request, LIST)
        await devices.revoke(svc, by, factor)
    else:
        raise InvalidRequest("action: rename or revoke")
    return redirect(LIST)


async def _sign_in_anew(request: Request, return_to: str) -> Response:
    since = service_of(request).clock.now() - FRESH_MS
    demand = Demand(acr_values=(MULTI,), essential=True, fresh_since=since)
    return await start_login(request, demand, {"kind": OWN, "return_to": return_to})


def _is_fresh(request: Request, session: Session) -> bool:
    oldest = service_of(request).clock.now() - FRESH_MS
    return meets(session.acr, MULTI) and session.authenticated_at >= oldest


def _by(request: Request, session: Session) -> By:
    return By(
        session.account,
        session.sid,
        session.record,
        session.acr,
        session.authenticated_at,
        device_of(request),
        session.methods,
    )


ROUTES = (
    Route(LIST, show, methods=["GET"]),
    Route(NEW, new, methods=["GET"]),
    Route(LIST + "/{id}", change, methods=["POST"]),
)
