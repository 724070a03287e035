"""Requests that don't come bare: pushed beforehand (RFC 9126), or signed by the client (RFC 9101).

Only what was pushed or signed counts; parameters beside it change nothing. A request_uri is one that this service gave
out, good for one answer; no URL is ever fetched.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from authsvc.keys import b64url
from authsvc.oidc import clients, fapi
from authsvc.oidc.clients import Sender
from authsvc.oidc.errors import (
    InvalidAuthorizationRequest,
    InvalidRequestObject,
    InvalidRequestUri,
    UnregisteredRedirect,
)
from authsvc.oidc.jose import TOLERANCE_S, Claims, NotVerified, verify_request_object
from authsvc.oidc.proof import Proved, check_proof
from authsvc.oidc.relying_party import RelyingParty
from authsvc.oidc.request import Pairs, check_request, find_target
from authsvc.service import Service
from authsvc.store import Tx, grants

URI_PREFIX = "urn:ietf:params:oauth:request_uri:"
PUSHED_S = 90
"""Seconds until a pushed request must have reached the authorization endpoint and been answered with a code."""
OBJECT_MAX_S = 3_600
"""A request object lives for an hour at most (FAPI 2.0 Message Signing 5.3.1)."""
URI_BYTES = 32
_OF_THE_JWT = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti", "sub"})
_OF_THE_CLIENT = frozenset({"client_secret", "client_assertion", "client_assertion_type"})


@dataclass(frozen=True, slots=True)
class Pushed:
    """What the client of a pushed request is told."""

    request_uri: str
    expires_in: int


async def push(svc: Service, sender: Sender, pairs: Pairs, proved: Proved) -> Pushed:
    """Keep an authenticated client's request, checked as the authorization endpoint would. Raises OAuthError."""
    party, form = await clients.authenticate_form(svc, sender, pairs)
    if "request_uri" in form:
        raise InvalidAuthorizationRequest("a pushed request carries no request_uri")
    fapi.check_pushed(party, signed="request" in form)
    kept = [(name, value) for name, value in form.items() if name not in _OF_THE_CLIENT]
    if "request" in form:
        kept = list(_signed(svc, party, form["request"], strict=party.signs_messages))
        await _remember(svc, party, form["request"])
    jkt = await check_proof(svc, proved)
    if jkt:
        named = dict(kept).get("dpop_jkt", jkt)
        if named != jkt:
            raise InvalidAuthorizationRequest("dpop_jkt is not the key of the proof")
        kept = [*(pair for pair in kept if pair[0] != "dpop_jkt"), ("dpop_jkt", jkt)]
    try:
        find_target(kept, party)
    except UnregisteredRedirect as error:
        raise InvalidAuthorizationRequest(error.message) from error
    asked = check_request(kept, party, svc.settings.issuer)
    fapi.check_front(party, pushed=True, response_mode=asked.response_mode)
    secret = b64url(svc.entropy(URI_BYTES))
    now = svc.clock.now()
    sealed = svc.keys.seal("pushed", orjson.dumps(kept), party.id.encode())

    async def act(tx: Tx) -> None:
        await grants.push_request(tx, _hash(secret), party.id, sealed, now + PUSHED_S * 1000)

    await svc.store.transact(act)
    return Pushed(URI_PREFIX + secret, PUSHED_S)


async def resolve(svc: Service, party: RelyingParty, pairs: Pairs) -> tuple[Pairs, str]:
    """The parameters that count, and the mark of the pushed request that they came from, empty for none.

    Raises InvalidRequestUri, InvalidRequestObject, InvalidAuthorizationRequest.
    """
    given = dict(pairs)
    if "request_uri" in given:
        if "request" in given:
            raise InvalidAuthorizationRequest("request or request_uri, not both")
        hashed = _hash(given["request_uri"].removeprefix(URI_PREFIX))
        sealed = None
        if given["request_uri"].startswith(URI_PREFIX):
            sealed = await grants.pushed_request(svc.store, hashed, party.id, svc.clock.now())
        if sealed is None:
            raise InvalidRequestUri("request_uri: not one that this client pushed here, or used, or over")
        kept = orjson.loads(svc.keys.unseal("pushed", sealed, party.id.encode()))
        return [(str(name), str(value)) for name, value in kept], b64url(hashed)
    if "request" in given:
        return _signed(svc, party, given["request"], strict=False), ""
    return pairs, ""


async def take_signed(svc: Service, party: RelyingParty, token: str) -> Pairs:
    """The parameters of a signed backchannel request (CIBA Core 7.1.1), once. Raises InvalidRequestObject."""
    claims = _verify(party, token)
    if claims.get("client_id", party.id) != party.id:
        raise InvalidRequestObject("request: client_id is the client")
    _check_object(svc, party, claims)
    _check_times(claims)
    jti = claims.get("jti")
    if not _is_number(claims.get("iat")) or not isinstance(jti, str) or not jti:
        raise InvalidRequestObject("request: iat and jti are needed")
    await _remember(svc, party, token)
    return [(name, _as_text(value)) for name, value in claims.items() if name not in _OF_THE_JWT]


def _signed(svc: Service, party: RelyingParty, token: str, *, strict: bool) -> Pairs:
    """The parameters of a request object, each as text. Raises InvalidRequestObject.

    `strict`: with every time that FAPI 2.0 Message Signing (5.3.1) asks for.
    """
    claims = _verify(party, token)
    if claims.get("client_id") != party.id:
        raise InvalidRequestObject("request: iss and client_id are the client")
    _check_object(svc, party, claims)
    if strict:
        _check_times(claims)
    return [(name, _as_text(value)) for name, value in claims.items() if name not in _OF_THE_JWT]


def _verify(party: RelyingParty, token: str) -> Claims:
    try:
        return verify_request_object(token, party.jwks)
    except NotVerified as error:
        raise InvalidRequestObject("request: not signed by a registered key of the client") from error


def _check_object(svc: Service, party: RelyingParty, claims: Claims) -> None:
    audience, now = claims.get("aud"), svc.clock.now() // 1000
    if claims.get("iss") != party.id:
        raise InvalidRequestObject("request: iss and client_id are the client")
    if audience != svc.settings.issuer and not (isinstance(audience, list) and svc.settings.issuer in audience):
        raise InvalidRequestObject("request: aud is this issuer")
    if "request" in claims or "request_uri" in claims:
        raise InvalidRequestObject("request: a request object holds no other")
    expires, begins = claims.get("exp"), claims.get("nbf", now)
    if not _is_number(expires) or not now < _number(expires) <= now + OBJECT_MAX_S + TOLERANCE_S:
        raise InvalidRequestObject("request: exp is needed, within an hour")
    if not _is_number(begins) or not now - OBJECT_MAX_S <= _number(begins) <= now + TOLERANCE_S:
        raise InvalidRequestObject("request: nbf lies in the last hour")


def _check_times(claims: Claims) -> None:
    begins, expires = claims.get("nbf"), claims.get("exp")
    if not _is_number(begins) or _number(expires) > _number(begins) + OBJECT_MAX_S:
        raise InvalidRequestObject("request: nbf is needed, and exp within an hour of it")


async def _remember(svc: Service, party: RelyingParty, token: str) -> None:
    """One request object is pushed once, whatever its jti: the signature is over all of it."""
    seen = b64url(svc.keys.mac("jti", f"request\n{party.id}\n{token}".encode()))
    if not await svc.ephemeral.add(f"request:{seen}", (OBJECT_MAX_S + 2 * TOLERANCE_S) * 1000):
        raise InvalidRequestObject("request: it was pushed before")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: object) -> float:
    return float(str(value))


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping | list):
        return orjson.dumps(value).decode()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
