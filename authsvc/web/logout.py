"""`/oauth/logout`: a relying party sends a browser here to end its session (OpenID Connect RP-Initiated Logout 1.0)."""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc.oidc import discovery, logout
from authsvc.oidc.errors import InvalidAuthorizationRequest
from authsvc.oidc.relying_party import origin_of
from authsvc.web.cookies import SESSION, set_cookie
from authsvc.web.flows import session_of
from authsvc.web.pages import parse_pairs, read_form, read_pairs, redirect, render, service_of, session_token_of

PATH = discovery.PATHS["end_session_endpoint"]
CONFIRMED = "/oauth/logout/confirmed"
_ASKED = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


async def post(request: Request) -> Response:
    """POST by the relying party: the same by GET, since a cross-site POST carries no cookie of ours."""
    return redirect(f"{PATH}?{urlencode(await read_pairs(request))}")


async def ask(request: Request) -> Response:
    """GET: end the session that the relying party's ID token names, or ask the person first."""
    pairs = parse_pairs(request.scope["query_string"])
    given = dict(pairs)
    if len(given) != len(pairs):
        raise InvalidAuthorizationRequest("a parameter is given more than once")
    asked = await logout.read_request(service_of(request), given)
    session = await session_of(request)
    if session is not None and not asked.is_about(service_of(request), session):
        leads = (origin_of(asked.redirect_uri),) if asked.redirect_uri else ()
        fields = {name: given[name] for name in _ASKED if name in given}
        return render(request, "logout.html", form_action=leads, done=False, action=CONFIRMED, fields=fields)
    return await _end(request, asked)


async def confirm(request: Request) -> Response:
    """POST: the person said yes on our own page."""
    fields: Mapping[str, str] = await read_form(request)
    asked = await logout.read_request(service_of(request), fields)
    return await _end(request, asked)


async def _end(request: Request, asked: logout.LogoutRequest) -> Response:
    svc = service_of(request)
    await logout.end_session(svc, session_token_of(request))
    if asked.target:
        response: Response = redirect(asked.target)
    else:
        response = render(request, "logout.html", done=True, action=CONFIRMED, fields={})
    set_cookie(response.headers, svc.settings, SESSION, "", max_age=0)
    return response


ROUTES = (
    Route(PATH, ask, methods=["GET"]),
    Route(PATH, post, methods=["POST"]),
    Route(CONFIRMED, confirm, methods=["POST"]),
)
