"""OAuth and OpenID Connect over HTTP: the endpoints that discovery names (OIDC Core 3.1, RFC 6749 3, RFC 9207).

What is wrong with an authorization request is told at the redirect URI only once that is known to be the relying
party's; before that, on a page of ours. Answers go by 303 or by a form that works with a button.
"""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc.errors import AuthsvcError
from authsvc.login.sessions import Session
from authsvc.oidc import authorize, bearer, clients, discovery, fapi, grants, introspect, pushed
from authsvc.oidc.errors import InvalidToken, OAuthError, UnknownClient
from authsvc.oidc.jose import INTROSPECTION
from authsvc.oidc.proof import offer_nonce
from authsvc.oidc.relying_party import RelyingParty, origin_of
from authsvc.oidc.request import AuthorizationRequest, Pairs, Target, check_request, client_of, find_target
from authsvc.token_rotation import JWKS_MAX_AGE_S
from authsvc.web import consents, cors, device
from authsvc.web.callers import presented_token, proved_by, sender_of
from authsvc.web.flows import start_login
from authsvc.web.pages import language_of, parse_pairs, read_pairs, redirect, render, service_of
from authsvc.web.problems import oauth_description, oauth_failure

KIND = "oauth"
OF_BROWSERS = ("token_endpoint", "pushed_authorization_request_endpoint", "revocation_endpoint", "userinfo_endpoint")
"""Where clients that live in a browser call across origins."""
JSON = "application/json"
NO_STORE = {"cache-control": "no-store"}
PUBLIC_CACHE = {"cache-control": f"public, max-age={JWKS_MAX_AGE_S}", **cors.ANYBODY}


async def show(request: Request) -> Response:
    """GET /oauth/authorize: check the request, then sign in, ask for consent or answer at once."""
    svc = service_of(request)
    pairs = parse_pairs(request.scope["query_string"])
    party = await clients.find(svc, client_of(pairs))
    if party is None:
        raise UnknownClient("no relying party is registered under this client_id")
    try:
        asked, mark = await pushed.resolve(svc, party, pairs)
    except OAuthError as refusal:
        # What was asked can't be read; what stands beside it may still say where that may be told.
        return _refuse(request, find_target(pairs, party), refusal, party)
    target = find_target(asked, party)
    try:
        return await _go_on(request, asked, mark, party)
    except OAuthError as refusal:
        return _refuse(request, target, refusal, party)


async def post(request: Request) -> Response:
    """POST /oauth/authorize (OIDC Core 3.1.2.1): the same by GET.

    A cross-site POST carries no cookie of ours (SameSite=Lax), so a session is seen only after this redirect.
    """
    pairs = await read_pairs(request)
    return redirect(f"{discovery.PATHS['authorization_endpoint']}?{urlencode(pairs)}")


async def _go_on(request: Request, pairs: Pairs, mark: str, party: RelyingParty) -> Response:
    svc = service_of(request)
    asked = replace(check_request(pairs, party, svc.settings.issuer), pushed=mark)
    fapi.check_front(party, pushed=bool(mark), response_mode=asked.response_mode)
    began = svc.clock.now()
    demand = authorize.demand_of(svc, asked, began)
    flow = {
        "kind": KIND,
        "client_id": party.id,
        "party": party.name[asked.locale or language_of(request)],
        "relying_party_record": party.record,
        "sector": party.sector,
        "origin": origin_of(asked.redirect_uri),
        "login_hint": asked.login_hint,
        "locale": asked.locale or "",
        "request": asked.to_json().decode(),
        "began": began,
    }
    return await start_login(request, demand, flow)


async def resume(request: Request, flow: Mapping[str, object], session: Session) -> Response:
    """The person is signed in as demanded: ask for consent if it is missing, else answer with a code."""
    svc = service_of(request)
    asked, began = _asked(flow)
    target = _target(asked)
    try:
        if await authorize.needs_consent(svc, asked, session):
            return redirect(consents.page_of(svc, asked, began, session, str(flow.get("locale", ""))))
        return await _grant(request, asked, began, session)
    except OAuthError as refusal:
        return _refuse(request, target, refusal, await clients.find(svc, asked.client_id))


async def cancel(request: Request, flow: Mapping[str, object]) -> Response:
    """The person went back: the relying party hears access_denied."""
    asked, _ = _asked(flow)
    party = await clients.find(service_of(request), asked.client_id)
    return _refuse(request, _target(asked), authorize.denied(), party)


async def show_consent(request: Request) -> Response:
    """GET /consent: who asks for what, until when."""
    return await consents.ask(request)


async def answer_consent(request: Request) -> Response:
    """POST /consent: the person's answer, recorded if it is yes."""
    svc = service_of(request)
    taken = await consents.take(request)
    if isinstance(taken, Response):
        return taken
    if taken.request.device:
        return await device.conclude(request, taken)
    party = await clients.find(svc, taken.request.client_id)
    if not taken.given:
        return _refuse(request, _target(taken.request), authorize.denied(), party)
    try:
        return await _grant(request, taken.request, taken.began, taken.session)
    except OAuthError as refusal:
        return _refuse(request, _target(taken.request), refusal, party)


async def _grant(request: Request, asked: AuthorizationRequest, began: int, session: Session) -> Response:
    svc = service_of(request)
    code = await authorize.issue_code(svc, asked, session, began)
    party = await clients.find(svc, asked.client_id)
    return _answer(request, _target(asked), {"code": code}, party)


def _refuse(request: Request, target: Target, refusal: OAuthError, party: RelyingParty | None) -> Response:
    said = {"error": refusal.code, "error_description": oauth_description(refusal)}
    return _answer(request, target, said, party)


def _answer(request: Request, target: Target, said: Mapping[str, str], party: RelyingParty | None) -> Response:
    """The answer at the verified redirect URI, in the mode that was asked for."""
    svc = service_of(request)
    parameters = authorize.answer_of(svc, target, said)
    if target.response_mode.endswith("jwt"):
        client_id, alg = (party.id, party.response_alg) if party else ("", "RS256")
        parameters = [("response", authorize.sign_answer(svc, client_id, alg, dict(parameters)))]
    if not target.response_mode.startswith("form_post"):
        return redirect(authorize.redirect_url(target, parameters))
    return render(
        request,
        "form_post.html",
        form_action=(origin_of(target.redirect_uri),),
        script=True,
        party=party.name[language_of(request)] if party else "",
        redirect_uri=target.redirect_uri,
        fields=parameters,
    )


def _asked(flow: Mapping[str, object]) -> tuple[AuthorizationRequest, int]:
    return AuthorizationRequest.of_json(str(flow["request"]).encode()), int(str(flow["began"]))


def _target(asked: AuthorizationRequest) -> Target:
    return Target(asked.redirect_uri, asked.state, asked.response_mode)


async def token(request: Request) -> Response:
    """POST /oauth/token (RFC 6749 3.2): the client first, then its grant."""
    svc = service_of(request)
    proved = proved_by(request)
    try:
        pairs = await read_pairs(request)
        minted = await grants.answer_token_request(svc, sender_of(request), pairs, proved)
    except AuthsvcError as error:
        return _with_nonce(request, oauth_failure(error).response())
    return _with_nonce(request, Response(minted.to_json(), media_type=JSON, headers=NO_STORE))


async def push(request: Request) -> Response:
    """POST /oauth/par (RFC 9126): 201 with the request_uri."""
    svc = service_of(request)
    proved = proved_by(request)
    try:
        kept = await pushed.push(svc, sender_of(request), await read_pairs(request), proved)
    except AuthsvcError as error:
        return _with_nonce(request, oauth_failure(error).response())
    said = {"request_uri": kept.request_uri, "expires_in": kept.expires_in}
    return _with_nonce(request, Response(discovery.write(said), 201, NO_STORE, JSON))


async def introspection(request: Request) -> Response:
    """POST /oauth/introspect (RFC 7662); as a JWT where the Accept header asks for one (RFC 9701)."""
    svc = service_of(request)
    try:
        party, said = await introspect.introspect(svc, sender_of(request), await read_pairs(request))
    except AuthsvcError as error:
        return oauth_failure(error).response()
    if party.signs_messages or f"application/{INTROSPECTION}" in request.headers.get("accept", ""):
        signed = introspect.sign_introspection(svc, party, said)
        return Response(signed, media_type=f"application/{INTROSPECTION}", headers=NO_STORE)
    return Response(discovery.write(said), media_type=JSON, headers=NO_STORE)


async def revocation(request: Request) -> Response:
    """POST /oauth/revoke (RFC 7009): 200 for every token, known or not."""
    try:
        await introspect.revoke(service_of(request), sender_of(request), await read_pairs(request))
    except AuthsvcError as error:
        return oauth_failure(error).response()
    return Response(status_code=200, headers=NO_STORE)


def _with_nonce(request: Request, response: Response) -> Response:
    """A nonce for the next proof (RFC 9449 8.2), told to those who send proofs."""
    if request.headers.get("dpop") is not None:
        response.headers["dpop-nonce"] = offer_nonce(service_of(request))
    return response


async def userinfo(request: Request) -> Response:
    """GET and POST /oauth/userinfo (OIDC Core 5.3): the token stands in the Authorization header alone."""
    if b"access_token=" in request.scope["query_string"]:
        raise InvalidToken("a token in the address is refused: it stays in logs and histories")
    told = await bearer.userinfo(service_of(request), presented_token(request))
    if isinstance(told, str):
        return _with_nonce(request, Response(told, media_type="application/jwt"))
    return _with_nonce(request, Response(discovery.write(told), media_type=JSON))


async def configuration(request: Request) -> Response:
    """GET /.well-known/openid-configuration and /.well-known/oauth-authorization-server."""
    return Response(discovery.metadata_bytes(service_of(request)), media_type=JSON, headers=PUBLIC_CACHE)


async def jwks(request: Request) -> Response:
    """GET /oauth/jwks."""
    return Response(discovery.jwks_bytes(service_of(request)), media_type=JSON, headers=PUBLIC_CACHE)


ROUTES = (
    *(Route(path, configuration, methods=["GET"]) for path in discovery.WELL_KNOWN),
    Route(discovery.PATHS["jwks_uri"], jwks, methods=["GET"]),
    Route(discovery.PATHS["authorization_endpoint"], show, methods=["GET"]),
    Route(discovery.PATHS["authorization_endpoint"], post, methods=["POST"]),
    Route(discovery.PATHS["token_endpoint"], cors.shared(token), methods=["POST"]),
    Route(discovery.PATHS["pushed_authorization_request_endpoint"], cors.shared(push), methods=["POST"]),
    Route(discovery.PATHS["introspection_endpoint"], introspection, methods=["POST"]),
    Route(discovery.PATHS["revocation_endpoint"], cors.shared(revocation), methods=["POST"]),
    Route(discovery.PATHS["userinfo_endpoint"], cors.shared(userinfo), methods=["GET", "POST"]),
    *(Route(discovery.PATHS[name], cors.preflight, methods=["OPTIONS"]) for name in OF_BROWSERS),
    Route("/consent", show_consent, methods=["GET"]),
    Route("/consent", answer_consent, methods=["POST"]),
    *consents.ROUTES,
)
