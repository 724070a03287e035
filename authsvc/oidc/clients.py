"""Relying parties on the wire: registration, and client authentication (RFC 6749 2.3, RFC 7521 4.2, RFC 7523 3).

A client is authenticated before its grant is looked at. Unknown client, wrong secret and bad assertion are told alike.
"""

import hashlib
import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

import orjson

from authsvc.clock import uuid7
from authsvc.errors import Conflict, InvalidRequest
from authsvc.evidence import kinds
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url
from authsvc.oidc.certificates import check_registered, is_clients_own
from authsvc.oidc.errors import InvalidAuthorizationRequest, InvalidClient
from authsvc.oidc.fapi import check_profile
from authsvc.oidc.jose import TOLERANCE_S, Claims, NotVerified, verify_assertion
from authsvc.oidc.relying_party import CERTIFICATE_METHODS, CLIENT_ID, RelyingParty, check_metadata
from authsvc.service import Service
from authsvc.store import Tx, grants
from authsvc.store.grants import RelyingPartyRow
from confirmations.errors import StatementRefused
from confirmations.fields import LONGEST_NAME
from confirmations.texts import check_name

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_MAX_S = 3_600
"""An assertion may be good for an hour, as clients of wide use make them; so long its jti is remembered."""
SECRET_BYTES = 32
ID_BYTES = 16
MAX_JTI = 256


@dataclass(frozen=True, slots=True)
class Registered:
    """A relying party as just registered. The secret is said once and kept as its hash; empty where there is none."""

    party: RelyingParty
    client_secret: str


@dataclass(frozen=True, slots=True)
class Sender:
    """How a request shows who sent it, beside its form: the Authorization header, and the certificate of TLS (DER)."""

    authorization: str | None = None
    certificate: bytes = b""


@dataclass(frozen=True, slots=True)
class Credentials:
    """How a client says who it is, as read from header and body; nothing of it is checked yet."""

    method: str
    client_id: str
    secret: str = ""
    assertion: str = ""
    certificate: bytes = b""


async def register(svc: Service, party: RelyingParty, *, ground: str) -> Registered:
    """Register a relying party, with its `administration` record, which later records name.

    `party` without secret and record: both are made here. An empty id gets a random one. Raises InvalidRequest for
    metadata that breaks a rule, Conflict for a taken id.
    """
    check(party)
    now = svc.clock.now()
    secret = b64url(svc.entropy(SECRET_BYTES)) if party.auth_method.startswith("client_secret") else ""
    record = uuid7(now, svc.entropy)
    party = replace(
        party,
        id=party.id or b64url(svc.entropy(ID_BYTES)),
        secret_hash=_hash(secret) if secret else b"",
        record=record,
        disabled=False,
    )
    metadata = write_metadata(party)
    row = RelyingPartyRow(party.id, party.auth_method, party.secret_hash, metadata, record, now, disabled=False)

    async def act(tx: Tx) -> Ticket | None:
        if not await grants.insert_relying_party(tx, row):
            return None
        draft = kinds.Administration(
            id=record,
            time=now,
            administration_kind="relying_party",
            administration_event="added",
            rp=party.id,
            object=party.id,
            after=b64url(hashlib.sha256(metadata.encode()).digest()),
            administration_ground=ground,
        )
        return await svc.log.stage(tx, draft, {"after": metadata.encode()})

    ticket = await svc.store.transact(act)
    if ticket is None:
        raise Conflict("a relying party of this id is registered already")
    await svc.log.settled(ticket)
    return Registered(party, secret)


def check(party: RelyingParty) -> None:
    """InvalidRequest for metadata, an id or a name that breaks a rule; a name is shown, so it is read as statements
    are."""
    check_metadata(party)
    check_profile(party)
    for jwk in party.jwks:
        if "x5c" in jwk:
            check_registered(jwk)
    if party.id and not CLIENT_ID.fullmatch(party.id):
        raise InvalidRequest("client_id: 1 to 128 printable characters of ASCII")
    for locale, name in party.name.items():
        try:
            check_name(name, f"name.{locale}", LONGEST_NAME)
        except StatementRefused as error:
            raise InvalidRequest(error.message) from error


async def find(svc: Service, client_id: str) -> RelyingParty | None:
    """The relying party of this id, unless it is disabled or the operator stopped it."""
    if not CLIENT_ID.fullmatch(client_id) or svc.switches.is_stopped("relying_party", client_id):
        return None
    row = await grants.relying_party(svc.store, client_id)
    party = party_of(row) if row else None
    return None if party is None or party.disabled else party


def write_metadata(party: RelyingParty) -> str:
    """The metadata as stored, and as its record's digest covers it: no secret in it."""
    return orjson.dumps(
        {
            "authorization_signed_response_alg": party.response_alg,
            "default_acr_values": party.default_acr_values,
            "extra": dict(party.extra),
            "grant_types": party.grant_types,
            "id_token_signed_response_alg": party.id_token_alg,
            "introspection_signed_response_alg": party.introspection_alg,
            "jwks": [dict(jwk) for jwk in party.jwks],
            "name": dict(party.name),
            "redirect_uris": party.redirect_uris,
            "resources": party.resources,
            "scopes": party.scopes,
            "token_endpoint_auth_method": party.auth_method,
        },
        option=orjson.OPT_SORT_KEYS,
    ).decode()


@lru_cache(maxsize=1_000)
def party_of(row: RelyingPartyRow) -> RelyingParty:
    """A pure function of the row, so it is remembered: parsing costs more than reading."""
    stored: Mapping[str, Any] = orjson.loads(row.metadata)
    return RelyingParty(
        id=row.id,
        name=stored["name"],
        auth_method=row.auth_method,
        redirect_uris=tuple(stored["redirect_uris"]),
        grant_types=tuple(stored["grant_types"]),
        scopes=tuple(stored["scopes"]),
        jwks=tuple(stored["jwks"]),
        id_token_alg=stored["id_token_signed_response_alg"],
        introspection_alg=stored.get("introspection_signed_response_alg", "RS256"),
        response_alg=stored.get("authorization_signed_response_alg", "RS256"),
        default_acr_values=tuple(stored["default_acr_values"]),
        resources=tuple(stored.get("resources", ())),
        secret_hash=row.secret_hash,
        record=row.record_id,
        disabled=row.disabled,
        extra=stored["extra"],
    )


@lru_cache(maxsize=1_000)
def userinfo_alg(metadata: str) -> str:
    """How a client with these stored metadata gets userinfo signed; empty where it gets plain JSON."""
    return str(orjson.loads(metadata)["extra"].get("userinfo_signed_response_alg", ""))


def read_credentials(authorization: str | None, form: Mapping[str, str]) -> Credentials:
    """Who the client says it is. Raises InvalidAuthorizationRequest for two methods at once, InvalidClient."""
    given = [
        name
        for name, there in (
            ("client_secret_basic", authorization is not None),
            ("client_secret_post", "client_secret" in form),
            ("private_key_jwt", "client_assertion" in form or "client_assertion_type" in form),
        )
        if there
    ]
    if len(given) > 1:
        raise InvalidAuthorizationRequest("one way to authenticate the client, not several (RFC 6749 2.3)")
    method = given[0] if given else "none"
    client_id = form.get("client_id", "")
    if method == "client_secret_basic":
        name, secret = _read_basic(authorization or "")
        if client_id and client_id != name:
            raise InvalidAuthorizationRequest("client_id in the body is not that of the Authorization header")
        return Credentials(method, name, secret)
    if method == "private_key_jwt":
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise InvalidClient
        assertion = form.get("client_assertion", "")
        return Credentials(method, client_id or _claimed_client(assertion), assertion=assertion)
    return Credentials(method, client_id, form.get("client_secret", ""))


async def authenticate_form(
    svc: Service, sender: Sender, pairs: Sequence[tuple[str, str]]
) -> tuple[RelyingParty, Mapping[str, str]]:
    """The client behind a request by header and form, and the form, each parameter once. Raises OAuthError."""
    form = dict(pairs)
    if len(form) != len(pairs):
        raise InvalidAuthorizationRequest("a parameter is given more than once")
    given = read_credentials(sender.authorization, form)
    return await authenticate(svc, replace(given, certificate=sender.certificate)), form


async def authenticate(svc: Service, credentials: Credentials) -> RelyingParty:
    """The client, authenticated by the one method that it is registered for. Raises InvalidClient."""
    party = await find(svc, credentials.client_id)
    method = credentials.method
    if method == "none" and party is not None and party.auth_method in CERTIFICATE_METHODS:
        method = party.auth_method
    known = party is not None and party.auth_method == method
    if credentials.method.startswith("client_secret"):
        expected = party.secret_hash if party is not None and known else _NO_SECRET
        right = hmac.compare_digest(_hash(credentials.secret), expected)
    elif credentials.method == "private_key_jwt":
        right = party is not None and known and await _check_assertion(svc, party, credentials.assertion)
    elif method in CERTIFICATE_METHODS:
        right = party is not None and is_clients_own(svc, party, credentials.certificate)
    else:
        right = known
    if party is None or not known or not right:
        raise InvalidClient
    return party


_NO_SECRET = bytes(32)


async def _check_assertion(svc: Service, party: RelyingParty, assertion: str) -> bool:
    """RFC 7523 3: signed by a registered key, by and about the client, for us, in its time, once."""
    try:
        claims = verify_assertion(assertion, party.jwks)
    except NotVerified:
        return False
    now = svc.clock.now() // 1000
    expires, jti = claims.get("exp"), claims.get("jti")
    if (
        claims.get("iss") != party.id
        or claims.get("sub") != party.id
        or claims.get("aud") != svc.settings.issuer  # a string and ours: what is meant for others is no use here
        or not _is_time(expires)
        or not now < float(str(expires)) <= now + ASSERTION_MAX_S + TOLERANCE_S
        or not all(_not_ahead(claims, name, now) for name in ("nbf", "iat"))
        or not isinstance(jti, str)
        or not 0 < len(jti) <= MAX_JTI
        or not jti.isprintable()  # nor is a lone surrogate
    ):
        return False
    seen = b64url(svc.keys.mac("jti", f"{party.id}\n{jti}".encode()))
    return await svc.ephemeral.add(f"jti:{seen}", (int(float(str(expires))) - now + 2 * TOLERANCE_S) * 1000)


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _not_ahead(claims: Claims, name: str, now: int) -> bool:
    value = claims.get(name, now)
    return _is_time(value) and float(str(value)) <= now + TOLERANCE_S


def _read_basic(header: str) -> tuple[str, str]:
    """RFC 6749 2.3.1: both parts are form-encoded before base64."""
    scheme, _, coded = header.partition(" ")
    try:
        name, colon, secret = b64decode(coded.strip(), validate=True).decode().partition(":")
    except (Base64Error, ValueError) as error:
        raise InvalidClient from error
    if scheme.lower() != "basic" or not colon:
        raise InvalidClient
    return unquote_plus(name), unquote_plus(secret)


def _claimed_client(assertion: str) -> str:
    """Whom an assertion is about, unchecked: it only says whose keys it must verify under."""
    try:
        payload = assertion.split(".")[1]
        subject = orjson.loads(b64decode(payload + "=" * (-len(payload) % 4), altchars=b"-_")).get("sub")
    except (IndexError, ValueError, AttributeError) as error:
        raise InvalidClient from error
    return subject if isinstance(subject, str) else ""


def _hash(secret: str) -> bytes:
    """A secret of 256 random bits needs no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
