"""The account's pages about EDS certificates: `/account/certificates` (OWASP ASVS 5.0 6.4 and 7.5).

To add or remove one the person signs in anew with two factors, unless they did so within the last ten minutes.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import eds
from authsvc.errors import InvalidRequest, Unauthenticated
from authsvc.factors import FRESH_MS, By
from authsvc.login.decide import Demand
from authsvc.login.sessions import Session
from authsvc.web.callers import device_of
from authsvc.web.dates import write_day
from authsvc.web.flows import session_of, start_login
from authsvc.web.login import OWN
from authsvc.web.pages import language_of, read_form, redirect, render, service_of
from confirmations.assurance import MULTI, meets

LIST = "/account/certificates"


async def show(request: Request) -> Response:
    """GET /account/certificates: what there is."""
    svc, session = service_of(request), await session_of(request)
    if session is None:
        return redirect(f"/login?return_to={LIST}")
    locale = language_of(request)
    found = [
        {
            "id": each.row.id,
            "name": each.name,
            "added": write_day(each.row.enrolled_at, locale),
            "until": write_day(each.not_after, locale),
            "over": each.not_after <= svc.clock.now(),
            "issuer": each.issuer,
        }
        for each in await eds.listed(svc, session.account)
    ]
    return render(request, "certificates.html", certificates=found)


async def change(request: Request) -> Response:
    """POST /account/certificates/{id}: another name, or its end; then the list."""
    svc = service_of(request)
    fields = await read_form(request)
    session = await session_of(request)
    if session is None:
        raise Unauthenticated("nobody is signed in here")
    by, factor = by_of(request, session), request.path_params["id"]
    action = fields.get("action", "rename")
    if action == "rename":
        await eds.rename(svc, by, factor, fields.get("name", ""))
    elif action == "revoke":
        if not is_fresh(request, session):
            return await sign_in_anew(request, LIST)
        await eds.revoke(svc, by, factor)
    else:
        raise InvalidRequest("action: rename or revoke")
    return redirect(LIST)


async def sign_in_anew(request: Request, return_to: str) -> Response:
    """With two factors, now; then back."""
    since = service_of(request).clock.now() - FRESH_MS
    demand = Demand(acr_values=(MULTI,), essential=True, fresh_since=since)
    return await start_login(request, demand, {"kind": OWN, "return_to": return_to})


def is_fresh(request: Request, session: Session) -> bool:
    """Whether the session began with two factors a moment ago."""
    oldest = service_of(request).clock.now() - FRESH_MS
    return meets(session.acr, MULTI) and session.authenticated_at >= oldest


def by_of(request: Request, session: Session) -> By:
    """The session as acts on factors take it."""
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
    Route(LIST + "/{id}", change, methods=["POST"]),
)
