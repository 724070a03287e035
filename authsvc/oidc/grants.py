"""Grants at the token endpoint: authorization_code with PKCE S256 (RFC 6749 4.1.3, RFC 7636 4.6), client_credentials.

A code is consumed by one conditional statement that names everything it is bound to. A second use ends what the first
one brought (RFC 9700 2.1.1; OIDC Core 3.1.3.2): the refusal is returned by the transaction and raised after its commit.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

from authsvc.keys import b64url
from authsvc.oidc import clients
from authsvc.oidc.authorize import hash_code
from authsvc.oidc.errors import (
    InvalidAuthorizationRequest,
    InvalidGrant,
    InvalidScope,
    InvalidTarget,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from authsvc.oidc.relying_party import GRANT_TYPES, RelyingParty
from authsvc.oidc.scopes import API_SCOPES
from authsvc.oidc.tokens import Grant, TokenResponse, mint
from authsvc.service import Service
from authsvc.store import Tx, grants, people
from authsvc.store.grants import GrantRow

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
"""RFC 7636 4.1."""
MAX_CODE = 128


async def answer_token_request(
    svc: Service, authorization: str | None, pairs: Sequence[tuple[str, str]]
) -> TokenResponse:
    """One request at the token endpoint, by its Authorization header and its form. Raises OAuthError."""
    form = dict(pairs)
    if len(form) != len(pairs):
        raise InvalidAuthorizationRequest("a parameter is given more than once")
    party = await clients.authenticate(svc, clients.read_credentials(authorization, form))
    kind = form.get("grant_type", "")
    if not kind:
        raise InvalidAuthorizationRequest("grant_type is missing")
    if kind not in GRANT_TYPES:
        raise UnsupportedGrantType(f"grant_type: {' or '.join(GRANT_TYPES)}")
    if kind not in party.grant_types:
        raise UnauthorizedClient(f"the client is not registered for {kind}")
    if form.get("resource", svc.settings.issuer) != svc.settings.issuer:
        raise InvalidTarget("resource: tokens are for this service alone")
    if kind == "client_credentials":
        return mint(svc, _own_grant(party, form))
    return mint(svc, await _redeem(svc, party, form))


def _own_grant(party: RelyingParty, form: Mapping[str, str]) -> Grant:
    """The relying party for itself: no person, so no ID token and no refresh token (RFC 6749 4.4.3)."""
    own = [scope for scope in party.scopes if scope in API_SCOPES]
    asked = form.get("scope", "").split() or own
    if not set(asked) <= set(own):
        raise InvalidScope(f"scope: the client is registered for {' '.join(own) or 'none of the API'}")
    return Grant(party, tuple(dict.fromkeys(asked)))


async def _redeem(svc: Service, party: RelyingParty, form: Mapping[str, str]) -> Grant:
    code, verifier = form.get("code", ""), form.get("code_verifier", "")
    if not 0 < len(code) <= MAX_CODE:
        raise InvalidGrant
    if not _VERIFIER.fullmatch(verifier):
        raise InvalidGrant("code_verifier: 43 to 128 characters of RFC 7636 are needed")
    challenge = b64url(hashlib.sha256(verifier.encode()).digest())
    hashed, redirect_uri, now = hash_code(code), form.get("redirect_uri", ""), svc.clock.now()
    if redirect_uri not in party.redirect_uris:  # so no code is bound to it
        raise InvalidGrant

    async def act(tx: Tx) -> tuple[GrantRow, str, str] | None:
        redeemed = await grants.redeem_code(tx, hashed, party.id, redirect_uri, challenge, now)
        if redeemed is None:
            await grants.end_replayed(tx, hashed, party.id, now)
            return None
        row = await grants.grant_alive(tx, redeemed[0], now)
        account = await people.account_by_id(tx, row.account) if row else None
        return (row, account.sub, redeemed[1]) if row and account else None

    done = await svc.store.transact(act)
    if done is None:
        raise InvalidGrant
    row, sub, claims = done
    return Grant(party, tuple(row.scopes.split()), row.id, sub, claims)


async def prune(svc: Service) -> int:
    """Drop the grants whose tokens have all expired (periodic work); their number."""
    now = svc.clock.now()

    async def act(tx: Tx) -> int:
        return await grants.prune_grants(tx, now)

    return await svc.store.transact(act)
