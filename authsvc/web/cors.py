"""Cross-origin requests of clients that live in a browser (WHATWG Fetch 3.2), by each client's registered origins.

No cookie counts at these addresses and none is allowed to come along, so a preflight may say yes to everybody: it tells
nothing. Whether a page may read the answer is said with the answer, when it is known whose it is.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from authsvc.errors import AuthsvcError
from authsvc.oidc import clients
from authsvc.oidc.access import read_access_token
from authsvc.oidc.errors import OAuthError
from authsvc.oidc.jose import NotVerified
from authsvc.web.callers import sender_of
from authsvc.web.pages import read_pairs, service_of
from authsvc.web.problems import answer_error

Endpoint = Callable[[Request], Awaitable[Response]]
ANYBODY = {"access-control-allow-origin": "*"}
"""For public documents: discovery and keys."""
_PREFLIGHT = {
    **ANYBODY,
    "access-control-allow-headers": "authorization, content-type, dpop",
    "access-control-allow-methods": "GET, POST",
    "access-control-max-age": "600",
}


async def preflight(_request: Request) -> Response:
    """OPTIONS: what a page may send. It may read the answer only from an origin of the client's."""
    return Response(status_code=204, headers=_PREFLIGHT)


def shared(endpoint: Endpoint) -> Endpoint:
    """The endpoint, its answers readable by pages of the client that asked; refusals too."""

    async def answer(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin is None:
            return await endpoint(request)
        try:
            response = await endpoint(request)
        except AuthsvcError as error:
            response = await answer_error(request, error)
        response.headers["vary"] = "origin"
        party = await clients.find(service_of(request), await _client_of(request))
        if party is not None and origin in party.cors_origins:
            response.headers["access-control-allow-origin"] = origin
            response.headers["access-control-expose-headers"] = "dpop-nonce, www-authenticate"
        return response

    return answer


async def _client_of(request: Request) -> str:
    """Whose request it is, as it says itself; empty where it says nothing. Unproven: it opens only a reading."""
    svc, sender = service_of(request), sender_of(request)
    scheme, _, token = (sender.authorization or "").partition(" ")
    try:
        if scheme.lower() in ("bearer", "dpop"):
            return str(read_access_token(svc, token.strip(" "))["client_id"])
        return clients.read_credentials(sender.authorization, dict(await read_pairs(request))).client_id
    except (NotVerified, OAuthError, AuthsvcError):
        return ""
