"""The whole face: edge, then the way of hot requests, then the app with all routes."""

from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from authsvc.confirm.feed import Feed
from authsvc.service import Service
from authsvc.web import (
    account,
    api,
    certificates,
    ciba,
    confirmations,
    contracts,
    counter,
    decisions,
    desk_people,
    desk_switches,
    device,
    disputes,
    eds,
    evidence_pages,
    freeze,
    health,
    inbox,
    invitations,
    log,
    login,
    logout,
    mandates,
    my_devices,
    ncanode,
    notices,
    oauth,
    orders,
    passkeys,
    problems,
    register,
    registration,
    security_txt,
    staff,
    verdicts,
    verifiers,
)
from authsvc.web.dispatch import Dispatcher, join
from authsvc.web.edge import Edge
from authsvc.web.flows import Continuation
from authsvc.web.pages import service_of

Routes = Sequence[BaseRoute]
STATIC = Path(__file__).parent / "static"
STATIC_CACHE = "public, max-age=3600"


async def _checkpoint(request: Request) -> Response:
    """GET /log/checkpoint."""
    return await log.checkpoint(service_of(request))


async def _vkey(request: Request) -> Response:
    """GET /log/vkey."""
    return await log.vkey(service_of(request))


async def _genesis(request: Request) -> Response:
    """GET /log/genesis."""
    return await log.genesis(service_of(request))


async def _receipt_keys(request: Request) -> Response:
    """GET /log/receipt-keys."""
    return await log.receipt_keys(service_of(request))


async def _tile(request: Request) -> Response:
    """GET /log/tile/<L>/<N>[.p/<W>]."""
    # The path as it came: a tile has one spelling, so one percent-encoded is none.
    return await log.tile(service_of(request), request.scope["raw_path"].decode("latin-1").removeprefix("/log/"))


LOG = (
    Route("/log/checkpoint", _checkpoint, methods=["GET"]),
    Route("/log/vkey", _vkey, methods=["GET"]),
    Route("/log/genesis", _genesis, methods=["GET"]),
    Route("/log/receipt-keys", _receipt_keys, methods=["GET"]),
    Route("/log/tile/{path:path}", _tile, methods=["GET"]),
)
CONFIRM = (
    Route("/confirm/{id}", confirmations.show, methods=["GET"]),
    Route("/confirm/{id}", confirmations.answer, methods=["POST"]),
)
HOT_API = (
    Route("/v1/confirmations", confirmations.ask, methods=["POST"]),
    Route("/v1/confirmations", confirmations.show_all, methods=["GET"]),
    Route("/v1/confirmations/events", confirmations.listen, methods=["GET"]),
    Route("/v1/confirmations/{id}", confirmations.read, methods=["GET"]),
)
"""The two requests of each act beside `CONFIRM`; the app describes them too."""
HOT_OAUTH = frozenset(
    {
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/oauth/jwks",
        "/oauth/token",
        "/oauth/userinfo",
    }
)


class _Static(StaticFiles):
    """Our style sheet and scripts; a browser asks again after an hour."""

    async def get_response(self, path: str, scope: object) -> Response:
        """See `StaticFiles.get_response`."""
        response = await super().get_response(path, scope)  # type: ignore[arg-type]  # a Scope is a mapping
        response.headers["cache-control"] = STATIC_CACHE
        return response


def build_site(svc: Service, routes: Routes = ()) -> ASGIApp:
    """The service as an ASGI app; `routes` (the sandbox's) stand after our own."""
    app = api.describe()
    app.state.svc = svc
    app.state.askers = {}
    app.state.feed = Feed(svc)
    app.state.continuations = {**login.CONTINUATIONS, "oauth": Continuation(oauth.resume, oauth.cancel)}
    pages = (
        *login.ROUTES,
        *passkeys.ROUTES,
        *my_devices.ROUTES,
        *eds.ROUTES,
        *certificates.ROUTES,
        *register.ROUTES,
        *inbox.ROUTES,
        *account.ROUTES,
        *freeze.ROUTES,
        *counter.ROUTES,
        *invitations.ROUTES,
        *evidence_pages.ROUTES,
        *staff.ROUTES,
        *disputes.ROUTES,
        *orders.ROUTES,
        *decisions.ROUTES,
        *notices.ROUTES,
        *mandates.ROUTES,
        *contracts.ROUTES,
        *desk_people.ROUTES,
        *desk_switches.ROUTES,
        *verdicts.ROUTES,
        *ncanode.ROUTES,
    )
    wire = (
        *oauth.ROUTES,
        *logout.ROUTES,
        *device.ROUTES,
        *ciba.ROUTES,
        *registration.ROUTES,
        *security_txt.ROUTES,
        *(() if svc.settings.management_apart else health.ROUTES),
    )
    app.router.routes.extend(join((*pages, *CONFIRM, *wire, *LOG, *api.ROUTES, *verifiers.ROUTES)))
    app.mount("/static", _Static(directory=STATIC))
    app.router.routes.extend(routes)
    problems.install(app)
    hot = [route for route in oauth.ROUTES if route.path in HOT_OAUTH]
    dispatcher = Dispatcher(app, (*hot, *LOG, *HOT_API, *CONFIRM))
    return Edge(dispatcher, svc)
