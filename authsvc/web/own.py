"""The person's own session before a page that changes factors: who acts, and the way to a fresh sign-in."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from authsvc.errors import InvalidRequest, Unauthenticated
from authsvc.factors import FRESH_MS, By, is_fresh
from authsvc.login.decide import Demand
from authsvc.login.sessions import Session
from authsvc.service import Service
from authsvc.web.callers import device_of
from authsvc.web.flows import session_of, start_login
from authsvc.web.login import OWN
from authsvc.web.pages import read_form, redirect, service_of
from confirmations.assurance import MULTI


def by_of(request: Request, session: Session) -> By:
    """Who acts, in this session."""
    return By(
        session.account,
        session.sid,
        session.record,
        session.acr,
        session.authenticated_at,
        device_of(request),
        session.methods,
    )


async def demand_session(request: Request) -> Session:
    """The living session. Raises Unauthenticated."""
    session = await session_of(request)
    if session is None:
        raise Unauthenticated("nobody is signed in here")
    return session


async def fresh_session(request: Request) -> Session | None:
    """The session, if two factors were shown within the last ten minutes."""
    session = await session_of(request)
    return session if session and is_fresh(service_of(request), by_of(request, session)) else None


async def change_factor(
    request: Request,
    back: str,
    rename: Callable[[Service, By, str, str], Awaitable[None]],
    revoke: Callable[[Service, By, str], Awaitable[None]],
) -> Response:
    """What a list's form asks of the factor in the path: another name, or its end; then `back`, the list."""
    svc = service_of(request)
    fields = await read_form(request)
    by, factor = by_of(request, await demand_session(request)), request.path_params["id"]
    action = fields.get("action", "rename")
    if action == "rename":
        await rename(svc, by, factor, fields.get("name", ""))
    elif action == "revoke":
        if await fresh_session(request) is None:
            return await sign_in_anew(request, back)
        await revoke(svc, by, factor)
    else:
        raise InvalidRequest("action: rename or revoke")
    return redirect(back)


async def sign_in_anew(request: Request, return_to: str, *, since: int | None = None) -> Response:
    """To a sign-in with two factors that is younger than ten minutes, or than `since` (ms), and back."""
    oldest = service_of(request).clock.now() - FRESH_MS if since is None else since
    demand = Demand(acr_values=(MULTI,), essential=True, fresh_since=oldest)
    return await start_login(request, demand, {"kind": OWN, "return_to": return_to})
