"""Who calls: a relying party by its bearer token (RFC 6750), a person by their session's cookie."""

from starlette.requests import Request

from authsvc.confirm import Answerer, Asker
from authsvc.oidc import clients
from authsvc.oidc.bearer import Presented, authenticate_bearer
from authsvc.oidc.clients import Sender
from authsvc.oidc.errors import InsufficientScope, InvalidToken, TokenMissing
from authsvc.oidc.proof import Proved
from authsvc.service import Service
from authsvc.web.client_certificate import certificate_of
from authsvc.web.flows import session_of
from authsvc.web.pages import service_of

MAX_DEVICE = 200
"""Characters of a browser's own name that a record keeps."""
MAX_TOKEN = 8_192
CACHE_MS = 1_000
"""How long a relying party is answered for without looking again: the promise of revocation is one second."""
CACHED = 1_000
"""Relying parties remembered at once."""


async def asker_of(request: Request, scope: str) -> Asker:
    """The relying party behind the request's token, if the token opens this scope. Raises BearerRefused."""
    svc = service_of(request)
    caller = await authenticate_bearer(svc, presented_token(request))
    if scope not in caller.scopes or caller.subject:
        raise InsufficientScope(f"a token of the relying party's own with the scope {scope} is needed")
    return await _asker(request, svc, caller.client_id)


async def answerer_of(request: Request) -> Answerer | None:
    """The person in this browser's session, and where they are; None when nobody is signed in."""
    session = await session_of(request)
    if session is None:
        return None
    return Answerer(session.account, session.record, session.acr, ip_of(request), device_of(request))


def presented_token(request: Request) -> Presented:
    """The token of the one Authorization header (RFC 6750 2.1, RFC 9449 7.1). Raises TokenMissing, InvalidToken."""
    given = request.headers.getlist("authorization")
    if not given:
        raise TokenMissing("an access token is needed: Authorization: Bearer")
    scheme, _, token = given[0].partition(" ")
    scheme = scheme.lower()
    if scheme not in ("bearer", "dpop"):
        raise TokenMissing("an access token is needed: Authorization: Bearer")
    token = token.strip(" ")
    if len(given) > 1 or not 0 < len(token) <= MAX_TOKEN:
        raise InvalidToken("exactly one access token is expected")
    return Presented(token, scheme, proved_by(request))


def proved_by(request: Request) -> Proved:
    """The request as a DPoP proof must speak of it."""
    return Proved(request.method, str(request.scope["path"]), request.headers.getlist("dpop"), certificate_of(request))


def sender_of(request: Request) -> Sender:
    """How the request shows which client sent it."""
    given = request.headers.getlist("authorization")
    return Sender(", ".join(given) if given else None, certificate_of(request))


def ip_of(request: Request) -> str:
    """The peer's address, as the socket tells it: no header is believed."""
    return request.client.host if request.client else ""


def device_of(request: Request) -> str:
    """What the browser calls itself, shortened and without control characters."""
    told = request.headers.get("user-agent", "")[:MAX_DEVICE]
    return "".join(letter for letter in told if letter.isprintable())


async def _asker(request: Request, svc: Service, client_id: str) -> Asker:
    known: dict[str, tuple[int, Asker]] = request.app.state.askers
    now = svc.clock.now()
    until, asker = known.get(client_id, (0, None))
    if asker is not None and now < until and not svc.switches.is_stopped("relying_party", client_id):
        return asker
    party = await clients.find(svc, client_id)
    if party is None or party.disabled:
        raise InvalidToken("the relying party of this token is not known, or is closed")
    asker = Asker(client_id, party.name, party.record)
    if len(known) >= CACHED:
        known.clear()
    known[client_id] = (now + CACHE_MS, asker)
    return asker
