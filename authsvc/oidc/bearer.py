"""Protected resources: who calls with an access token (RFC 6750, RFC 9068 4), and userinfo (OIDC Core 5.3).

A signature is verified once and remembered; whether the grant behind a person's token still stands is looked at every
time, so an end counts at once. A token without a person stands on no grant: it lives out its ten minutes, unless it is
revoked.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from authsvc import accounts
from authsvc.oidc.access import read_access_token
from authsvc.oidc.certificates import thumbprint
from authsvc.oidc.clients import userinfo_alg
from authsvc.oidc.errors import (
    InsufficientAuthentication,
    InsufficientScope,
    InvalidDpopProof,
    InvalidToken,
    ProofRefused,
    UseDpopNonce,
)
from authsvc.oidc.introspect import is_revoked
from authsvc.oidc.jose import USERINFO, NotVerified, signing_keys
from authsvc.oidc.proof import Proved, check_proof
from authsvc.oidc.scopes import CLAIMS_BY_SCOPE, RESTRICTED_SCOPES
from authsvc.service import Service
from authsvc.store import grants
from authsvc.store.grants import GrantRow
from confirmations.assurance import MULTI, meets


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the relying party, what it may do, and for which person (`sub`), or for itself (None)."""

    client_id: str
    scopes: frozenset[str]
    subject: str | None = None
    grant: str = ""
    acr: str = ""
    """How strongly the person signed in, as the token says."""


@dataclass(frozen=True, slots=True)
class Presented:
    """A token as presented to a resource: the scheme (`bearer`, `dpop`), and the request that a proof must be about."""

    token: str
    scheme: str
    request: Proved


async def authenticate_bearer(svc: Service, presented: Presented) -> Caller:
    """The caller behind an access token. Raises BearerRefused."""
    caller = await _read(svc, presented)
    if caller.grant and await grants.grant_alive(svc.store, caller.grant, svc.clock.now()) is None:
        raise InvalidToken(_ENDED)
    return caller


async def userinfo(svc: Service, presented: Presented) -> Mapping[str, object] | str:
    """The claims of the token's person that its scopes open; as a JWT for a client that registered for one.

    Raises InvalidToken, InsufficientScope. Data of restricted access are for those alone who signed in by several
    factors: InsufficientAuthentication.
    """
    caller = await _read(svc, presented)
    if caller.subject is None:
        raise InvalidToken("no person stands behind this token")
    found = await grants.grant_with_metadata(svc.store, caller.grant, svc.clock.now())
    if found is None:
        raise InvalidToken(_ENDED)
    row, metadata = found
    claims = await _tell(svc, caller, row)
    alg = userinfo_alg(metadata)
    if not alg:
        return claims
    # OIDC Core 5.3.2: for this client alone; no `exp`, so nobody takes it for an ID token.
    return signing_keys(svc.keys).sign({**claims, "iss": svc.settings.issuer, "aud": caller.client_id}, USERINFO, alg)


async def _tell(svc: Service, caller: Caller, row: GrantRow) -> Mapping[str, object]:
    if "openid" not in caller.scopes:
        raise InsufficientScope("the scope openid is needed")
    if RESTRICTED_SCOPES & caller.scopes and not meets(caller.acr, MULTI):
        raise InsufficientAuthentication(MULTI, "a sign-in with several factors is needed for these data")
    person = await accounts.person_by_id(svc, row.account)
    if person is None:
        raise InvalidToken(_ENDED)
    known = {
        "sub": caller.subject,
        "name": person.name,
        "locale": person.locale,
        "phone_number": person.address,
        "iin": person.subject.removeprefix("iin:"),
    }
    open_claims = {claim for scope in caller.scopes for claim in CLAIMS_BY_SCOPE.get(scope, ())}
    return {name: known[name] for name in sorted(open_claims.union(row.claims.split())) if known[name]}


_ENDED = "the access token has ended"


async def _read(svc: Service, presented: Presented) -> Caller:
    """Whom the token names, by itself alone: its grant may have ended."""
    try:
        claims = read_access_token(svc, presented.token)
    except NotVerified as error:
        raise InvalidToken("the access token is not one of this service") from error
    now = svc.clock.now()
    expires = claims["exp"]
    if not isinstance(expires, int) or now >= expires * 1000 or claims["aud"] != svc.settings.issuer:
        raise InvalidToken("the access token has ended, or is for another resource")
    await _check_binding(svc, presented, claims.get("cnf"))
    if await is_revoked(svc, claims["jti"]):
        raise InvalidToken(_ENDED)
    client_id, scopes = str(claims["client_id"]), frozenset(str(claims["scope"]).split())
    grant = claims.get("grant")
    if grant is None:
        return Caller(client_id, scopes)
    return Caller(client_id, scopes, str(claims["sub"]), str(grant), str(claims.get("acr", "")))


async def _check_binding(svc: Service, presented: Presented, bound: object) -> None:
    """RFC 9449 7.1 and 7.2: a bound token under the scheme DPoP with a proof by its key, any other as Bearer.

    RFC 8705 3: one that is bound to a certificate, on a connection that shows it.
    """
    x5t = bound.get("x5t#S256") if isinstance(bound, dict) else None
    if x5t is not None and thumbprint(presented.request.certificate) != x5t:
        raise InvalidToken("the access token is bound to a certificate, and this connection shows another or none")
    if not isinstance(bound, dict) or "jkt" not in bound:
        if presented.scheme != "bearer":
            raise InvalidToken("the access token is not bound to a key; send it as Bearer")
        return
    if presented.scheme != "dpop":
        raise ProofRefused("invalid_token", "the access token is bound to a key; send it as DPoP with a proof")
    try:
        jkt = await check_proof(svc, presented.request, presented.token)
    except (InvalidDpopProof, UseDpopNonce) as error:
        raise ProofRefused(error.code, error.message) from error
    if jkt != bound.get("jkt"):
        raise ProofRefused("invalid_token", "a proof by the key that the access token is bound to is needed")
