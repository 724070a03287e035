"""The authorization endpoint's acts: what a request demands, what the person must agree to, the code at the end.

OIDC Core 3.1.2, RFC 6749 4.1.2, RFC 9207 (`iss` in every answer, refusals too), RFC 9700 2.1.
"""

import hashlib
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from authsvc import accounts
from authsvc.clock import uuid7
from authsvc.keys import b64url, unb64url
from authsvc.login.decide import Demand, Enough, next_step
from authsvc.login.sessions import Session
from authsvc.oidc.errors import (
    AccessDenied,
    ConsentRequired,
    InvalidAuthorizationRequest,
    InvalidRequestUri,
    LoginRequired,
    OAuthError,
)
from authsvc.oidc.jose import AUTHORIZATION_RESPONSE, ID_TOKEN, NotVerified, signing_keys
from authsvc.oidc.request import AuthorizationRequest, Target
from authsvc.oidc.tokens import ACCESS_TOKEN_S, describe_login
from authsvc.pairwise import find_subject
from authsvc.service import Service
from authsvc.store import Tx, grants
from authsvc.store.grants import CodeRow, GrantRow

CODE_BYTES = 32
CODE_MS = 60_000
"""A code lives a minute (OWASP ASVS 10.4.3, FAPI 2.0)."""


def demand_of(svc: Service, request: AuthorizationRequest, began: int) -> Demand:
    """What the request demands of the login; `began` (ms) is when it first came here.

    Raises InvalidAuthorizationRequest for an id_token_hint that is no ID token of ours, or not of this client.
    """
    hinted = _hinted_subject(svc, request)
    subject = request.subject if request.subject is None else find_subject(svc.keys, request.sector, request.subject)
    if subject is not None and hinted is not None and subject != hinted:
        raise InvalidAuthorizationRequest("id_token_hint and claims name two persons")
    fresh_since = 0 if request.max_age is None else began - request.max_age * 1000
    if {"login", "select_account"} & set(request.prompt):
        fresh_since = began
    return Demand(
        acr_values=request.acr_values,
        essential=request.acr_essential,
        fresh_since=fresh_since,
        sub=subject if subject is not None else hinted,
        silent="none" in request.prompt,
    )


async def needs_consent(svc: Service, request: AuthorizationRequest, session: Session) -> bool:
    """Whether the person must be asked. Raises ConsentRequired when they must be and no page may be shown."""
    if request.details and "none" in request.prompt:
        raise ConsentRequired("authorization_details are agreed to anew each time, and no page may be shown")
    standing = await accounts.consented_scopes(svc, session.account, request.client_id)
    needed = bool(request.details) or "consent" in request.prompt or not set(request.to_consent) <= standing
    if needed and "none" in request.prompt:
        raise ConsentRequired("the person has not consented to these scopes yet, and no page may be shown")
    return needed


async def issue_code(svc: Service, request: AuthorizationRequest, session: Session, began: int) -> str:
    """A code for the request, in this session. Raises LoginRequired when the session does not do."""
    step = next_step(demand_of(svc, request, began), session.standing, ())
    if not isinstance(step, Enough):
        raise LoginRequired("the session is not what the request demands")
    now = svc.clock.now()
    code = b64url(svc.entropy(CODE_BYTES))
    grant = GrantRow(
        id=uuid7(now, svc.entropy),
        client_id=request.client_id,
        account=session.account,
        sid=session.sid,
        scopes=" ".join(request.scopes),
        claims=" ".join(request.userinfo_claims),
        created_at=now,
        expires_at=now + CODE_MS + ACCESS_TOKEN_S * 1000,
        offline="offline_access" in request.scopes,
        details=request.details,
    )
    row = CodeRow(
        hash=hash_code(code),
        grant_id=grant.id,
        client_id=request.client_id,
        redirect_uri=request.redirect_uri,
        challenge=request.challenge,
        id_token_claims=await describe_login(svc, request, session, step.acr),
        expires_at=now + CODE_MS,
        jkt=request.dpop_jkt,
    )

    async def act(tx: Tx) -> bool:
        if request.pushed and not await grants.use_pushed_request(tx, unb64url(request.pushed), now):
            return False
        await grants.insert_grant(tx, grant, row)
        return True

    if not await svc.store.transact(act):
        raise InvalidRequestUri("request_uri: it was used before")
    return code


def denied() -> OAuthError:
    """What the relying party hears when the person says no, or goes back."""
    return AccessDenied("the person did not agree")


def answer_of(svc: Service, target: Target, answer: Mapping[str, str]) -> list[tuple[str, str]]:
    """The parameters of an answer: what is said, the state as it came, and always who says it (RFC 9207)."""
    state = [("state", target.state)] if target.state is not None else []
    return [*answer.items(), *state, ("iss", svc.settings.issuer)]


def sign_answer(svc: Service, client_id: str, alg: str, parameters: Mapping[str, str]) -> str:
    """The answer as one signed parameter (JARM 2.1), good as long as a code."""
    expires = (svc.clock.now() + CODE_MS) // 1000
    claims = {**parameters, "iss": svc.settings.issuer, "aud": client_id, "exp": expires}
    return signing_keys(svc.keys).sign(claims, AUTHORIZATION_RESPONSE, alg)


def redirect_url(target: Target, parameters: list[tuple[str, str]]) -> str:
    """The redirect URI with the answer in its query; what the URI's own query says stays."""
    joint = "&" if urlsplit(target.redirect_uri).query else ("" if target.redirect_uri.endswith("?") else "?")
    return f"{target.redirect_uri}{joint}{urlencode(parameters)}"


def hash_code(code: str) -> bytes:
    """How a code is stored: 256 random bits need no salt."""
    return hashlib.sha256(code.encode()).digest()


def _hinted_subject(svc: Service, request: AuthorizationRequest) -> str | None:
    """The person behind an ID token that we signed for this client, by their own `sub`; an expired one is still a hint
    (OIDC Core 3.1.2.1)."""
    if not request.id_token_hint:
        return None
    try:
        claims = signing_keys(svc.keys).verify(request.id_token_hint, ID_TOKEN)
    except NotVerified as error:
        raise InvalidAuthorizationRequest("id_token_hint is no ID token of this issuer") from error
    if claims.get("aud") != request.client_id:
        raise InvalidAuthorizationRequest("id_token_hint was issued to another client")
    return find_subject(svc.keys, request.sector, str(claims["sub"]))
