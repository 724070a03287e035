"""Token exchange with delegation (RFC 8693): a relying party that was handed a person's token gets one of its own.

The new token says for whom it is (`sub`) and who acts (`act`), stands on the same grant, and is never wider nor longer
than the old one. Only a client that the old token was for may exchange it: the one that it was issued to, or one that
is registered for the resource which is its audience.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from authsvc.oidc.details import narrow
from authsvc.oidc.errors import InvalidAuthorizationRequest, InvalidScope
from authsvc.oidc.introspect import access_claims, is_revoked
from authsvc.oidc.jose import Claims
from authsvc.oidc.relying_party import RelyingParty
from authsvc.oidc.tokens import ACCESS_TOKEN_TYPE
from authsvc.service import Service
from authsvc.store import grants, people

JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt"
MAX_ACTORS = 4
"""Delegations of delegations: `act` says who acted before, and stays short."""


@dataclass(frozen=True, slots=True)
class Delegated:
    """What was exchanged; `subject` is the person's own `sub`, `actor` the value of `act`, `until` in seconds since
    1970."""

    grant: str
    subject: str
    scopes: tuple[str, ...]
    actor: Mapping[str, object]
    until: int
    details: str
    signed_in: Mapping[str, object]


async def exchange(svc: Service, party: RelyingParty, form: Mapping[str, str]) -> Delegated:
    """Judge a subject token. Raises InvalidAuthorizationRequest for one that does not count, InvalidScope."""
    if form.get("subject_token_type") not in (ACCESS_TOKEN_TYPE, JWT_TYPE):
        raise InvalidAuthorizationRequest("subject_token_type: an access token is taken")
    if form.get("requested_token_type", ACCESS_TOKEN_TYPE) != ACCESS_TOKEN_TYPE:
        raise InvalidAuthorizationRequest("requested_token_type: an access token is given")
    if "actor_token" in form:
        raise InvalidAuthorizationRequest("actor_token: the client itself acts, as it authenticated")
    claims, subject = await _living(svc, form.get("subject_token", ""))
    if claims is None or not _was_for(party, claims):
        raise InvalidAuthorizationRequest("subject_token: no living access token that was for this client")
    if "cnf" in claims:
        raise InvalidAuthorizationRequest("subject_token: it is bound to another's key")
    held = str(claims["scope"]).split()
    asked = form.get("scope", "").split() or held
    if not set(asked) <= set(held):
        raise InvalidScope("scope: no more than the subject token has")
    return Delegated(
        grant=str(claims["grant"]),
        subject=subject,
        scopes=tuple(dict.fromkeys(asked)),
        actor=_acting(party, claims.get("act")),
        until=int(str(claims["exp"])),
        details=_details(claims, form.get("authorization_details", "")),
        signed_in={name: claims[name] for name in ("acr", "auth_time") if name in claims},
    )


def _details(claims: Claims, asked: str) -> str:
    """An act or a document is not handed on unasked. Raises InvalidAuthorizationDetails for what was not granted."""
    held = claims.get("authorization_details")
    return narrow(orjson.dumps(held).decode() if held else "", asked) if asked else ""


async def _living(svc: Service, token: str) -> tuple[Claims | None, str]:
    """The claims of an access token of a person that counts now, and the person's own `sub`."""
    claims, now = access_claims(svc, token), svc.clock.now()
    if claims is None or "grant" not in claims or now >= int(str(claims["exp"])) * 1000:
        return None, ""
    row = await grants.grant_alive(svc.store, str(claims["grant"]), now)
    account = await people.account_by_id(svc.store, row.account) if row else None
    if account is None or await is_revoked(svc, claims["jti"]):
        return None, ""
    return claims, account.sub


def _was_for(party: RelyingParty, claims: Claims) -> bool:
    return claims["client_id"] == party.id or claims["aud"] in party.resources


def _acting(party: RelyingParty, before: object) -> Mapping[str, object]:
    """RFC 8693 4.1: who acts now, and inside it who acted before."""
    actor: dict[str, object] = {"sub": party.id}
    depth, inner = 1, before
    while isinstance(inner, dict):
        depth, inner = depth + 1, inner.get("act")
    if depth > MAX_ACTORS:
        raise InvalidAuthorizationRequest("subject_token: handed on too often")
    return {**actor, "act": before} if isinstance(before, dict) else actor
