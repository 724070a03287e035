"""Grants at the token endpoint: authorization_code with PKCE S256 (RFC 6749 4.1.3, RFC 7636 4.6), refresh_token with
rotation (RFC 9700 4.14), client_credentials.

A code is consumed by one conditional statement that names everything it is bound to. A second use ends what the first
one brought (RFC 9700 2.1.1; OIDC Core 3.1.3.2): the refusal is returned by the transaction and raised after its commit.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

import orjson

from authsvc.errors import EphemeralLost
from authsvc.keys import b64url
from authsvc.oidc import ciba, clients, device
from authsvc.oidc.authorize import hash_code
from authsvc.oidc.certificates import thumbprint
from authsvc.oidc.clients import Sender
from authsvc.oidc.details import narrow
from authsvc.oidc.errors import (
    InvalidAuthorizationDetails,
    InvalidAuthorizationRequest,
    InvalidDpopProof,
    InvalidGrant,
    InvalidScope,
    InvalidTarget,
    OAuthError,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from authsvc.oidc.exchange import exchange
from authsvc.oidc.proof import Proved, check_proof
from authsvc.oidc.relying_party import CIBA_GRANT, DEVICE_GRANT, EXCHANGE_GRANT, RelyingParty
from authsvc.oidc.scopes import API_SCOPES
from authsvc.oidc.tokens import X5T, Grant, TokenResponse, mint
from authsvc.service import Service
from authsvc.store import Body, Tx, grants, people
from authsvc.store.grants import GrantRow, RefreshRow

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
"""RFC 7636 4.1."""
MAX_CODE = 128
TOKEN_BYTES = 32
REFRESH_MS = 30 * 86_400_000
"""A refresh token that nobody uses for thirty days is over."""
REFRESH_AT_ONCE_MS = 10_000
"""The longest that a refresh is under way; within it a second use of the same token is no theft."""


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request at the token endpoint from an authenticated client.

    `jkt` is the key that its DPoP proof shows, `x5t` the certificate that its tokens are bound to (RFC 8705); `alone`:
    no other request with its refresh token was under way when it came.
    """

    party: RelyingParty
    form: Mapping[str, str]
    jkt: str = ""
    alone: bool = True
    x5t: str = ""

    @property
    def bound_to(self) -> str:
        """What a public client's refresh token is bound to: a key's thumbprint, or a certificate's."""
        return self.jkt or (f"{X5T}{self.x5t}" if self.x5t else "")


async def answer_token_request(
    svc: Service, sender: Sender, pairs: Sequence[tuple[str, str]], proved: Proved
) -> TokenResponse:
    """One request at the token endpoint, by its headers and its form: the client first. Raises OAuthError."""
    async with _refreshing(svc, pairs) as alone:
        return await _answer(svc, sender, pairs, proved, alone)


async def _answer(
    svc: Service, sender: Sender, pairs: Sequence[tuple[str, str]], proved: Proved, alone: bool
) -> TokenResponse:
    party, form = await clients.authenticate_form(svc, sender, pairs)
    kind = form.get("grant_type", "")
    if not kind:
        raise InvalidAuthorizationRequest("grant_type is missing")
    if kind not in _GRANTS:
        raise UnsupportedGrantType(f"grant_type: {' or '.join(_GRANTS)}")
    if kind not in party.grant_types:
        raise UnauthorizedClient(f"the client is not registered for {kind}")
    jkt = await check_proof(svc, proved)
    if party.dpop_bound and not jkt:
        raise InvalidDpopProof("the client is registered for tokens that are bound to a key: a proof is needed")
    if party.certificate_bound and not proved.certificate:
        raise InvalidAuthorizationRequest("the client is registered for tokens that are bound to its certificate")
    x5t = thumbprint(proved.certificate) if party.certificate_bound else ""
    return mint(svc, await _GRANTS[kind](svc, TokenRequest(party, form, jkt, alone, x5t)))


@asynccontextmanager
async def _refreshing(svc: Service, pairs: Sequence[tuple[str, str]]) -> AsyncIterator[bool]:
    """From the moment that a request comes until it is answered: whether it is the one use of its refresh token.

    The span begins before the client is authenticated: that takes longer for some than for others, and requests that
    came together must not look like a reuse because the first was quick. Who doesn't know the token can't hold it.
    """
    given = next((value for name, value in pairs if name == "refresh_token"), "")
    if not 0 < len(given) <= MAX_CODE:
        yield True
        return
    in_use = f"refresh:{b64url(hash_code(given))}"
    if not await svc.ephemeral.add(in_use, REFRESH_AT_ONCE_MS):
        yield False
        return
    try:
        yield True
    finally:
        with suppress(EphemeralLost):  # it goes by itself; what is committed is answered
            await svc.ephemeral.take(in_use)


async def _own_grant(svc: Service, asked: TokenRequest) -> Grant:
    """The relying party for itself: no person, so no ID token and no refresh token (RFC 6749 4.4.3)."""
    party, form = asked.party, asked.form
    narrow("", form.get("authorization_details", ""))
    own = [scope for scope in party.scopes if scope in API_SCOPES]
    scopes = form.get("scope", "").split() or own
    if not set(scopes) <= set(own):
        raise InvalidScope(f"scope: the client is registered for {' '.join(own) or 'none of the API'}")
    return Grant(party, tuple(dict.fromkeys(scopes)), jkt=asked.jkt, x5t=asked.x5t, audience=_audience(svc, asked))


async def _redeem(svc: Service, asked: TokenRequest) -> Grant:
    party, form = asked.party, asked.form
    code, verifier = form.get("code", ""), form.get("code_verifier", "")
    if not 0 < len(code) <= MAX_CODE:
        raise InvalidGrant
    if not _VERIFIER.fullmatch(verifier):
        raise InvalidGrant("code_verifier: 43 to 128 characters of RFC 7636 are needed")
    challenge = b64url(hashlib.sha256(verifier.encode()).digest())
    hashed, redirect_uri, now = hash_code(code), form.get("redirect_uri", ""), svc.clock.now()
    if redirect_uri not in party.redirect_uris:  # so no code is bound to it
        raise InvalidGrant
    audience = _audience(svc, asked)
    token = new_token(svc)

    async def act(tx: Tx) -> tuple[GrantRow, str, str] | None:
        redeemed = await grants.redeem_code(tx, hashed, party.id, redirect_uri, challenge, asked.jkt, now)
        if redeemed is None:
            await grants.end_replayed(tx, hashed, party.id, now)
            return None
        row = await grants.grant_alive(tx, redeemed[0], now)
        account = await people.account_by_id(tx, row.account) if row else None
        if row is None or account is None:
            return None
        if row.offline:
            claims = _without_nonce(redeemed[1])
            await grants.insert_refresh_token(tx, _refresh_row(token, row, row.scopes, claims, asked, now))
        return row, account.sub, redeemed[1]

    done = await svc.store.transact(act)
    if done is None:
        raise InvalidGrant
    row, sub, claims = done
    return _grant_of(asked, row, sub, claims, token if row.offline else "", audience)


def _grant_of(asked: TokenRequest, row: GrantRow, sub: str, claims: str, refresh: str, audience: str) -> Grant:
    """What stands in the row, for a first token; of its details what is asked. InvalidAuthorizationDetails."""
    return Grant(
        asked.party,
        tuple(row.scopes.split()),
        row.id,
        sub,
        claims,
        asked.jkt,
        refresh,
        audience,
        x5t=asked.x5t,
        details=narrow(row.details, asked.form.get("authorization_details", "")),
    )


async def _refresh(svc: Service, asked: TokenRequest) -> Grant:
    """RFC 6749 6 with rotation: the old token is used up and its successor written by one transaction.

    A second use ends the family, and no other (RFC 9700 4.14.2). Two uses at the same moment are one client that asks
    twice: the later is refused, and the family lives.
    """
    form = asked.form
    given = form.get("refresh_token", "")
    if not 0 < len(given) <= MAX_CODE:
        raise InvalidGrant(_NO_REFRESH)
    hashed, now = hash_code(given), svc.clock.now()
    audience = _audience(svc, asked)
    if asked.party.fapi:
        return await _refresh_in_place(svc, asked, hashed, audience)
    successor = new_token(svc)
    if not asked.alone:
        raise InvalidGrant("the refresh token is being used at this moment")
    done = await svc.store.transact(_rotation(asked, hashed, successor, now))
    if isinstance(done, OAuthError):
        raise done
    if done is None:
        raise InvalidGrant(_NO_REFRESH)
    row, sub, scopes, claims = done
    return replace(_grant_of(asked, row, sub, claims, successor, audience), scopes=tuple(scopes.split()))


async def _refresh_in_place(svc: Service, asked: TokenRequest, hashed: bytes, audience: str) -> Grant:
    """FAPI 2.0 5.3.2.1: no rotation. The token stays good for its client, which authenticates, and lives on."""
    now = svc.clock.now()

    async def act(tx: Tx) -> tuple[GrantRow, str, RefreshRow] | OAuthError | None:
        known = await grants.prolong_refresh_token(tx, hashed, asked.party.id, asked.bound_to, now, now + REFRESH_MS)
        if known is None:
            return None
        row = await grants.grant_alive(tx, known.grant_id, now)
        account = await people.account_by_id(tx, row.account) if row else None
        if row is None or account is None:
            return None
        return await _too_much(tx, asked, known, now) or (row, account.sub, known)

    done = await svc.store.transact(act)
    if isinstance(done, OAuthError):
        raise done
    if done is None:
        raise InvalidGrant(_NO_REFRESH)
    row, sub, known = done
    scopes = " ".join(dict.fromkeys(asked.form.get("scope", "").split())) or known.scopes
    grant = _grant_of(asked, row, sub, known.id_token_claims, "", audience)
    return replace(grant, scopes=tuple(scopes.split()))


_NO_REFRESH = "the refresh token is unknown, used, expired or ended, or is another client's or key's"


def _rotation(
    asked: TokenRequest, hashed: bytes, successor: str, now: int
) -> Body[tuple[GrantRow, str, str, str] | OAuthError | None]:
    """The transaction: (grant, sub, scopes, ID token claims), or why not. Asking for too much uses nothing up."""
    party = asked.party
    wanted = asked.form.get("scope", "").split()

    async def act(tx: Tx) -> tuple[GrantRow, str, str, str] | OAuthError | None:
        known = await grants.refresh_token(tx, hashed)
        refusal = await _too_much(tx, asked, known, now) if known and known.client_id == party.id else None
        if refusal is not None:
            return refusal
        used = await grants.use_refresh_token(tx, hashed, party.id, asked.bound_to, now)
        if used is None:
            await grants.end_reused(tx, hashed, party.id, now)
            return None
        row = await grants.grant_alive(tx, used.grant_id, now)
        account = await people.account_by_id(tx, row.account) if row else None
        if row is None or account is None:
            return None
        # What was granted stands behind the successor, however little this use asks for (RFC 6749 6).
        await grants.insert_refresh_token(
            tx, _refresh_row(successor, row, used.scopes, used.id_token_claims, asked, now, used.jkt)
        )
        scopes = " ".join(dict.fromkeys(wanted)) or used.scopes
        return row, account.sub, scopes, used.id_token_claims

    return act


async def _too_much(tx: Tx, asked: TokenRequest, known: RefreshRow, now: int) -> OAuthError | None:
    """Why a refresh asks for more than was granted."""
    if not set(asked.form.get("scope", "").split()) <= set(known.scopes.split()):
        return InvalidScope("scope: no more than was granted")
    details = asked.form.get("authorization_details", "")
    row = await grants.grant_alive(tx, known.grant_id, now) if details else None
    try:
        narrow(row.details if row else "", details)
    except InvalidAuthorizationDetails as refusal:
        return refusal
    return None


def new_token(svc: Service) -> str:
    """A token of 256 random bits."""
    return b64url(svc.entropy(TOKEN_BYTES))


def _refresh_row(
    token: str, row: GrantRow, scopes: str, claims: str, asked: TokenRequest, now: int, jkt: str = ""
) -> RefreshRow:
    """A public client's token is bound to its key (RFC 9449 5); another client shows itself by its own credentials."""
    bound = jkt or (asked.bound_to if asked.party.auth_method == "none" else "")
    return RefreshRow(hash_code(token), row.id, asked.party.id, scopes, claims, bound, now + REFRESH_MS)


def _without_nonce(claims: str) -> str:
    """OIDC Core 12.2: the nonce was for the first ID token."""
    told = orjson.loads(claims)
    told.pop("nonce", None)
    return orjson.dumps(told).decode()


def _audience(svc: Service, asked: TokenRequest) -> str:
    """RFC 8707: this service, or one resource that the client is registered for. Raises InvalidTarget."""
    resource = asked.form.get("resource", "")
    if resource in ("", svc.settings.issuer):
        return ""
    if resource not in asked.party.resources:
        raise InvalidTarget("resource: this service, or one that the client is registered for")
    return resource


async def _redeem_device(svc: Service, asked: TokenRequest) -> Grant:
    audience = _audience(svc, asked)
    row, sub, claims = await device.redeem(svc, asked.party.id, asked.form.get("device_code", ""))
    return _grant_of(asked, row, sub, claims, await _first_refresh(svc, row, claims, asked), audience)


async def _redeem_ciba(svc: Service, asked: TokenRequest) -> Grant:
    audience = _audience(svc, asked)
    row, sub, claims = await ciba.redeem(svc, asked.party.id, asked.form.get("auth_req_id", ""))
    return _grant_of(asked, row, sub, claims, await _first_refresh(svc, row, claims, asked), audience)


async def _exchange(svc: Service, asked: TokenRequest) -> Grant:
    audience = _audience(svc, asked)
    given = await exchange(svc, asked.party, asked.form)
    return Grant(
        asked.party,
        given.scopes,
        given.grant,
        given.subject,
        jkt=asked.jkt,
        x5t=asked.x5t,
        audience=audience,
        actor=given.actor,
        details=given.details,
        signed_in=given.signed_in,
        until=given.until,
    )


async def _first_refresh(svc: Service, row: GrantRow, claims: str, asked: TokenRequest) -> str:
    """The first refresh token of a grant that was just redeemed, empty for one that has none."""
    if not row.offline:
        return ""
    token = new_token(svc)
    kept = _refresh_row(token, row, row.scopes, _without_nonce(claims), asked, svc.clock.now())
    await svc.store.transact(lambda tx: grants.insert_refresh_token(tx, kept))
    return token


_GRANTS: Mapping[str, Callable[[Service, TokenRequest], Awaitable[Grant]]] = {
    "authorization_code": _redeem,
    "refresh_token": _refresh,
    "client_credentials": _own_grant,
    DEVICE_GRANT: _redeem_device,
    EXCHANGE_GRANT: _exchange,
    CIBA_GRANT: _redeem_ciba,
}
