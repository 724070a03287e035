"""The freeze: from a session, by the link of a notice (GET is inert), by login name and recovery code, or by support.

A page behind a link names nobody and tells nothing of what the notice was about; the POST leads to an address without
the token.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import freezing
from authsvc.web.callers import device_of, ip_of
from authsvc.web.cookies import SESSION, set_cookie
from authsvc.web.flows import session_of
from authsvc.web.own import demand_session
from authsvc.web.pages import read_form, redirect, render, service_of

OWN, DONE = "/account/freeze", "/frozen"


async def ask(request: Request) -> Response:
    """GET /account/freeze: what a freeze does, and its button."""
    if await session_of(request) is None:
        return redirect("/freeze")
    return render(request, "freeze.html", action=OWN, way="button", refused=False)


async def by_session(request: Request) -> Response:
    """POST /account/freeze: everything stops; this session too."""
    await read_form(request)
    session = await demand_session(request)
    svc = service_of(request)
    await freezing.by_session(svc, session.account, session.record, session.acr, device_of(request))
    response = redirect(DONE)
    set_cookie(response.headers, svc.settings, SESSION, "", max_age=0)
    return response


async def look(request: Request) -> Response:
    """GET /freeze/{token}: a button, whoever opens it; nothing is used by looking."""
    token = request.path_params["token"]
    if not await freezing.is_link(service_of(request), token):
        return render(request, "freeze.html", status=404, action="", way="gone", refused=False)
    return render(request, "freeze.html", action=f"/freeze/{token}", way="button", refused=False)


async def by_link(request: Request) -> Response:
    """POST /freeze/{token}: frozen, once."""
    await read_form(request)
    await freezing.by_link(service_of(request), request.path_params["token"])
    return redirect(DONE)


async def with_code(request: Request) -> Response:
    """GET /freeze: login name and a recovery code."""
    return render(request, "freeze.html", action="/freeze", way="code", refused=False)


async def by_code(request: Request) -> Response:
    """POST /freeze: frozen, and the code is used up."""
    fields = await read_form(request)
    svc = service_of(request)
    if not await freezing.by_code(svc, fields.get("login", ""), fields.get("recovery", ""), ip_of(request)):
        return render(request, "freeze.html", status=422, action="/freeze", way="code", refused=True)
    return redirect(DONE)


async def done(request: Request) -> Response:
    """GET /frozen: what happened, and what to do next; it says so to whoever asks."""
    return render(request, "frozen.html")


ROUTES = (
    Route(OWN, ask, methods=["GET"]),
    Route(OWN, by_session, methods=["POST"]),
    Route("/freeze", with_code, methods=["GET"]),
    Route("/freeze", by_code, methods=["POST"]),
    Route("/freeze/{token}", look, methods=["GET"]),
    Route("/freeze/{token}", by_link, methods=["POST"]),
    Route(DONE, done, methods=["GET"]),
)
