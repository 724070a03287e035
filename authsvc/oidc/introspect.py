"""Token introspection (RFC 7662, as JWT RFC 9701) and revocation (RFC 7009).

Both ask for the client first. What is no living token of ours is `{"active": false}` and nothing more; what is another
client's is not revoked, and that client is not told so.
"""

from collections.abc import Mapping, Sequence
from weakref import WeakKeyDictionary

import orjson

from authsvc.oidc import clients
from authsvc.oidc.access import read_access_token
from authsvc.oidc.authorize import hash_code
from authsvc.oidc.clients import Sender
from authsvc.oidc.errors import InvalidAuthorizationRequest, InvalidClient
from authsvc.oidc.jose import INTROSPECTION, Claims, NotVerified, signing_keys
from authsvc.oidc.relying_party import RelyingParty
from authsvc.oidc.tokens import X5T, confirm_key
from authsvc.service import Service
from authsvc.store import Store, Tx, grants
from authsvc.store.grants import RefreshRow

REVOKED_MS = 1_000
"""How long what was revoked by another process may be unknown here."""
MAX_REFRESH = 128
_KNOWN: WeakKeyDictionary[Store, tuple[int, frozenset[str]]] = WeakKeyDictionary()

Pairs = Sequence[tuple[str, str]]


async def introspect(svc: Service, sender: Sender, pairs: Pairs) -> tuple[RelyingParty, Mapping[str, object]]:
    """Who asks, and what the token is. Raises OAuthError; a public client may not ask (RFC 7662 2.1)."""
    party, form = await clients.authenticate_form(svc, sender, pairs)
    if party.auth_method == "none":
        raise InvalidClient("introspection needs a client that can authenticate")
    return party, await _describe(svc, _token_of(form)) or {"active": False}


def sign_introspection(svc: Service, party: RelyingParty, answer: Mapping[str, object]) -> str:
    """The answer as a JWT (RFC 9701 5), for this client alone."""
    now = svc.clock.now() // 1000
    claims = {"iss": svc.settings.issuer, "aud": party.id, "iat": now, "token_introspection": dict(answer)}
    return signing_keys(svc.keys).sign(claims, INTROSPECTION, party.introspection_alg)


async def revoke(svc: Service, sender: Sender, pairs: Pairs) -> None:
    """End a token of the client that asks: an access token alone, a refresh token with its whole grant."""
    party, form = await clients.authenticate_form(svc, sender, pairs)
    token = _token_of(form)
    now = svc.clock.now()
    claims = access_claims(svc, token)
    if claims is not None and claims["client_id"] == party.id:
        jti, expires = str(claims["jti"]), int(str(claims["exp"])) * 1000
        await svc.store.transact(lambda tx: grants.revoke_token(tx, jti, expires))
        _, known = _KNOWN.get(svc.store, (0, frozenset()))
        _KNOWN[svc.store] = (now, known | {jti})
        return
    row = await _refresh_row(svc, token)
    if row is not None and row.client_id == party.id:

        async def act(tx: Tx) -> bool:
            return await grants.end_grant(tx, row.grant_id, now)

        await svc.store.transact(act)


async def is_revoked(svc: Service, jti: object) -> bool:
    """Whether an access token was ended before its time."""
    now = svc.clock.now()
    read_at, known = _KNOWN.get(svc.store, (-REVOKED_MS, frozenset()))
    if not read_at <= now < read_at + REVOKED_MS:
        known = await grants.revoked_tokens(svc.store, now)
        _KNOWN[svc.store] = (now, known)
    return jti in known


def access_claims(svc: Service, token: str) -> Claims | None:
    """The claims of an access token of ours, whatever its time; None for anything else."""
    try:
        return read_access_token(svc, token)
    except NotVerified:
        return None


def _token_of(form: Mapping[str, str]) -> str:
    token = form.get("token", "")
    if not token:
        raise InvalidAuthorizationRequest("token is missing")
    return token


async def _describe(svc: Service, token: str) -> Mapping[str, object] | None:
    now = svc.clock.now()
    claims = access_claims(svc, token)
    if claims is not None:
        if now >= int(str(claims["exp"])) * 1000 or await is_revoked(svc, claims["jti"]):
            return None
        grant = claims.get("grant")
        if grant is not None and await grants.grant_alive(svc.store, str(grant), now) is None:
            return None
        told = {name: value for name, value in claims.items() if name != "grant"}
        return {"active": True, "token_type": "DPoP" if "jkt" in _bound(claims) else "Bearer", **told}
    row = await _refresh_row(svc, token)
    grant_row = await grants.grant_alive(svc.store, row.grant_id, now) if row is not None else None
    if row is None or grant_row is None or row.expires_at <= now:
        return None
    said: dict[str, object] = {
        "active": True,
        "iss": svc.settings.issuer,
        "client_id": row.client_id,
        "scope": row.scopes,
        "exp": row.expires_at // 1000,
    }
    if grant_row.details:
        said["authorization_details"] = orjson.loads(grant_row.details)
    if row.jkt:
        is_certificate = row.jkt.startswith(X5T)
        said["cnf"] = confirm_key("" if is_certificate else row.jkt, row.jkt[len(X5T) :] if is_certificate else "")
    return said


def _bound(claims: Claims) -> Mapping[str, object]:
    found = claims.get("cnf")
    return found if isinstance(found, dict) else {}


async def _refresh_row(svc: Service, token: str) -> RefreshRow | None:
    if not token.isascii() or len(token) > MAX_REFRESH:
        return None
    return await grants.refresh_token(svc.store, hash_code(token))
