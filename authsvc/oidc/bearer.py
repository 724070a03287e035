"""Protected resources: who calls with an access token (RFC 6750, RFC 9068 4), and userinfo (OIDC Core 5.3).

A signature is verified once and remembered; whether the grant behind a person's token still stands is looked at every
time, so an end counts at once. A token without a person stands on no grant: it lives out its ten minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from authsvc import accounts
from authsvc.oidc.errors import InsufficientScope, InvalidToken
from authsvc.oidc.jose import ACCESS_TOKEN, NotVerified, signing_keys
from authsvc.oidc.scopes import CLAIMS_BY_SCOPE
from authsvc.service import Service
from authsvc.store import grants
from authsvc.store.grants import GrantRow


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the relying party, what it may do, and for which person (`sub`), or for itself (None)."""

    client_id: str
    scopes: frozenset[str]
    subject: str | None = None
    grant: str = ""


async def authenticate_bearer(svc: Service, token: str) -> Caller:
    """The caller behind an access token. Raises InvalidToken."""
    caller, _ = await _look_up(svc, token)
    return caller


async def userinfo(svc: Service, token: str) -> Mapping[str, object]:
    """The claims of the token's person that its scopes open. Raises InvalidToken, InsufficientScope."""
    caller, row = await _look_up(svc, token)
    if caller.subject is None or row is None:
        raise InvalidToken("no person stands behind this token")
    if "openid" not in caller.scopes:
        raise InsufficientScope("the scope openid is needed")
    person = await accounts.person_by_id(svc, row.account)
    if person is None:
        raise InvalidToken("the access token has ended")
    known = {
        "sub": person.sub,
        "name": person.name,
        "locale": person.locale,
        "phone_number": person.address,
        "iin": person.subject.removeprefix("iin:"),
    }
    open_claims = {claim for scope in caller.scopes for claim in CLAIMS_BY_SCOPE.get(scope, ())}
    return {name: known[name] for name in sorted(open_claims.union(row.claims.split())) if known[name]}


async def _look_up(svc: Service, token: str) -> tuple[Caller, GrantRow | None]:
    try:
        claims = signing_keys(svc.keys).verify(token, ACCESS_TOKEN)
    except NotVerified as error:
        raise InvalidToken("the access token is not one of this service") from error
    now = svc.clock.now()
    expires = claims["exp"]
    if not isinstance(expires, int) or now >= expires * 1000 or claims["aud"] != svc.settings.issuer:
        raise InvalidToken("the access token has ended")
    client_id, scopes = str(claims["client_id"]), frozenset(str(claims["scope"]).split())
    grant = claims.get("grant")
    if grant is None:
        return Caller(client_id, scopes), None
    row = await grants.grant_alive(svc.store, str(grant), now)
    if row is None:
        raise InvalidToken("the access token has ended")
    return Caller(client_id, scopes, str(claims["sub"]), str(grant)), row
