"""The one mint: a grant becomes tokens here and nowhere else (OIDC Core 2 and 3.1.3.3; RFC 9068 2; RFC 8176).

An access token says which grant it stands on, so it ends when the grant does. Neither token carries a name, a number or
an address of a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from authsvc.keys import b64url
from authsvc.login.sessions import Session
from authsvc.oidc.access import write_access_token
from authsvc.oidc.jose import ID_TOKEN, half_hash, signing_keys
from authsvc.oidc.relying_party import RelyingParty
from authsvc.oidc.request import AuthorizationRequest
from authsvc.pairwise import tell_session, tell_subject
from authsvc.service import Service

ACCESS_TOKEN_S = 600
"""Seconds: what a resource server checks by itself runs that long after a freeze, so it is short."""
ID_TOKEN_S = 600
JTI_BYTES = 16
X5T = "x5t "
"""How a row tells the thumbprint of a certificate from that of a key."""
ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a name of a type, no secret


@dataclass(frozen=True, slots=True)
class Grant:
    """What was granted. `subject` is the person's own `sub`; where it is empty there is no ID token and no userinfo."""

    party: RelyingParty
    scopes: tuple[str, ...]
    id: str = ""
    subject: str = ""
    id_token_claims: str = ""
    """JSON of `describe_login`, as kept with the code."""
    jkt: str = ""
    """Thumbprint of the key that the tokens are bound to (RFC 9449), empty for bearer tokens."""
    refresh_token: str = ""
    audience: str = ""
    """The resource that the access token is for (RFC 8707); empty for this service itself."""
    actor: Mapping[str, object] = field(default_factory=dict)
    """Who acts for the person (RFC 8693 4.1), empty where it is the person's own token."""
    details: str = ""
    """JSON of the authorization details (RFC 9396), empty for none."""
    x5t: str = ""
    """Thumbprint of the certificate that they are bound to (RFC 8705), empty for none."""
    signed_in: Mapping[str, object] = field(default_factory=dict)
    """`acr` and `auth_time` where no ID token says them."""
    until: int = 0
    """Seconds since 1970 that the token must not outlive; 0 for no such bound."""


@dataclass(frozen=True, slots=True)
class TokenResponse:
    """What the token endpoint answers (RFC 6749 5.1)."""

    access_token: str
    expires_in: int
    scope: str
    id_token: str = ""
    refresh_token: str = ""
    bound: bool = False
    issued_token_type: str = ""
    details: str = ""

    def to_json(self) -> bytes:
        """The body."""
        members: dict[str, object] = {
            "access_token": self.access_token,
            "token_type": "DPoP" if self.bound else "Bearer",
            "expires_in": self.expires_in,
            "scope": self.scope,
        }
        if self.id_token:
            members["id_token"] = self.id_token
        if self.refresh_token:
            members["refresh_token"] = self.refresh_token
        if self.issued_token_type:
            members["issued_token_type"] = self.issued_token_type
        if self.details:
            members["authorization_details"] = orjson.Fragment(self.details)
        return orjson.dumps(members)


async def describe_login(svc: Service, request: AuthorizationRequest, session: Session, acr: str) -> str:
    """What an ID token says of the login that really happened, fixed when the code is issued.

    `acr` is what the session satisfies of the demand; `authentication_record` is the id of its record in the log. A
    client with pairwise subjects hears nothing that another client hears too: of a login that was made for another one
    no record, and a name of the session that is its own.
    """
    claims: dict[str, object] = {
        "acr": acr,
        "amr": session.amr,
        "auth_time": session.authenticated_at // 1000,
        "sid": tell_session(svc.keys, request.sector, session.sid),
    }
    if not request.sector or await _was_for(svc, session.record, request.client_id):
        claims["authentication_record"] = session.record
    if request.nonce is not None:
        claims["nonce"] = request.nonce
    return orjson.dumps(claims).decode()


async def _was_for(svc: Service, record: str, client_id: str) -> bool:
    disclosed = await svc.log.vault.disclosures(svc.store, record)
    return any(one.name == "rp" and one.value == client_id for one in disclosed)


def _how_signed_in(id_token_claims: str) -> dict[str, object]:
    """RFC 9470 6.1, RFC 9068 2.2.1: by these a resource tells whether the person must sign in anew, or by more."""
    login: Mapping[str, object] = orjson.loads(id_token_claims or "{}")
    return {name: login[name] for name in ("acr", "auth_time") if name in login}


def confirm_key(jkt: str, x5t: str) -> dict[str, str]:
    """The value of `cnf` (RFC 7800): RFC 9449 6.1 for a key, RFC 8705 3.1 for a certificate."""
    return {name: value for name, value in (("jkt", jkt), ("x5t#S256", x5t)) if value}


def mint(svc: Service, grant: Grant) -> TokenResponse:
    """The tokens of a grant."""
    now = svc.clock.now() // 1000
    told = grant.subject and tell_subject(svc.keys, grant.party.sector, grant.subject)
    until = min(now + ACCESS_TOKEN_S, grant.until or now + ACCESS_TOKEN_S)
    claims: dict[str, object] = {
        "iss": svc.settings.issuer,
        "aud": grant.audience or svc.settings.issuer,
        "client_id": grant.party.id,
        "sub": told or grant.party.id,
        "iat": now,
        "exp": until,
        "jti": b64url(svc.entropy(JTI_BYTES)),
        "scope": " ".join(grant.scopes),
    }
    if grant.id:
        claims["grant"] = grant.id
    if grant.jkt or grant.x5t:
        claims["cnf"] = confirm_key(grant.jkt, grant.x5t)
    if grant.actor:
        claims["act"] = grant.actor
    if grant.details:
        claims["authorization_details"] = orjson.loads(grant.details)
    claims |= grant.signed_in or _how_signed_in(grant.id_token_claims)
    access_token = write_access_token(svc, claims, opaque=grant.party.opaque_tokens)
    id_token = _id_token(svc, grant, access_token, now) if grant.id_token_claims else ""
    return TokenResponse(
        access_token,
        until - now,
        " ".join(grant.scopes),
        id_token,
        grant.refresh_token,
        bool(grant.jkt),
        ACCESS_TOKEN_TYPE if grant.actor else "",
        grant.details,
    )


def _id_token(svc: Service, grant: Grant, access_token: str, now: int) -> str:
    login: Mapping[str, object] = orjson.loads(grant.id_token_claims)
    claims = {
        "iss": svc.settings.issuer,
        "sub": tell_subject(svc.keys, grant.party.sector, grant.subject),
        "aud": grant.party.id,
        "iat": now,
        "exp": now + ID_TOKEN_S,
        "at_hash": half_hash(access_token),
        **login,
    }
    return signing_keys(svc.keys).sign(claims, ID_TOKEN, grant.party.id_token_alg)
