"""Dynamic client registration and its management: RFC 7591, RFC 7592, OIDC Dynamic Client Registration 1.0.

An initial access token opens it; each client gets a token of its own for its registration. Every registration, change
and end is an `administration` record. Metadata that nothing here knows is passed over (RFC 7591 2); what is known and
breaks a rule is refused.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from authsvc.clock import uuid7
from authsvc.errors import InvalidRequest
from authsvc.evidence import kinds
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url
from authsvc.oidc import clients
from authsvc.oidc.errors import InvalidClientMetadata, InvalidRedirectUri, InvalidToken
from authsvc.oidc.relying_party import CERTIFICATE_METHODS, CERTIFICATE_NAMES, LOCALES, RelyingParty, check_redirect_uri
from authsvc.oidc.scopes import API_SCOPES, CLAIMS_BY_SCOPE, OPERATOR_SCOPES, RESTRICTED_SCOPES
from authsvc.oidc.software import apply_statement
from authsvc.service import Service
from authsvc.store import Tx, registrations
from authsvc.store.grants import RelyingPartyRow

DAY_MS = 86_400_000
TOKEN_BYTES = 32
MAX_NAME = 128
DEFAULT_SCOPES = ("openid", "profile", "phone", "offline_access")
_PLAIN = (
    "client_uri", "contacts", "logo_uri", "policy_uri", "tos_uri", "software_id", "software_version",
    "application_type", "post_logout_redirect_uris", "backchannel_logout_uri", "backchannel_logout_session_required",
    "ciba_number_display", "backchannel_token_delivery_mode", "backchannel_client_notification_endpoint",
    "subject_type", "sector_identifier_uri", "dpop_bound_access_tokens", "require_pushed_authorization_requests",
    "authorization_details_types", "tls_client_certificate_bound_access_tokens", "fapi_profile",
    "access_token_format", "allowed_cors_origins", "software_statement", "userinfo_signed_response_alg",
    *CERTIFICATE_NAMES,
)  # fmt: skip
"""Metadata that is kept and told back as it came; other modules judge what they use of it."""
_URIS = ("client_uri", "logo_uri", "policy_uri", "tos_uri", "backchannel_logout_uri")


@dataclass(frozen=True, slots=True)
class Registration:
    """A client as its registration is told: secret and token once, at their making."""

    party: RelyingParty
    client_secret: str
    token: str
    issued_at: int


async def open_registration(svc: Service, *, days: int) -> str:
    """A new initial access token, good for so many days; it is said once and kept as its hash."""
    token, now = b64url(svc.entropy(TOKEN_BYTES)), svc.clock.now()

    async def act(tx: Tx) -> None:
        await registrations.add_initial_token(tx, _hash(token), now, now + days * DAY_MS)

    await svc.store.transact(act)
    return token


async def register(svc: Service, initial_token: str, metadata: object) -> Registration:
    """Register a client. Raises InvalidToken, InvalidRedirectUri, InvalidClientMetadata."""
    if not await registrations.opens_registration(svc.store, _hash(initial_token), svc.clock.now()):
        raise InvalidToken("an initial access token is needed to register a client")
    party = read_metadata(apply_statement(svc, metadata))
    _demand_offered(svc, party)
    try:
        done = await clients.register(svc, party, ground="dynamic registration (RFC 7591)")
    except InvalidRequest as error:
        raise InvalidClientMetadata(error.message) from error
    token = b64url(svc.entropy(TOKEN_BYTES))

    async def act(tx: Tx) -> None:
        await registrations.set_registration_token(tx, done.party.id, _hash(token))

    await svc.store.transact(act)
    return Registration(done.party, done.client_secret, token, svc.clock.now() // 1000)


async def read(svc: Service, client_id: str, token: str) -> RelyingParty:
    """The client that this token manages. Raises InvalidToken, also for a client that is gone."""
    row = await registrations.managed_by(svc.store, client_id, _hash(token))
    if row is None:
        raise InvalidToken("no client is managed here by this token")
    return clients.party_of(row)


async def change(svc: Service, client_id: str, token: str, metadata: object) -> Registration:
    """Write the client's whole metadata anew (RFC 7592 2.2); its token is another one from now on."""
    old = await read(svc, client_id, token)
    if not isinstance(metadata, dict) or metadata.get("client_id", client_id) != client_id:
        raise InvalidClientMetadata("client_id: it can't change")
    said = read_metadata(apply_statement(svc, metadata), held=old.scopes)
    party = replace(said, id=old.id, secret_hash=old.secret_hash, resources=old.resources)
    _demand_offered(svc, party)
    if party.auth_method.startswith("client_secret") and not old.secret_hash:
        raise InvalidClientMetadata("token_endpoint_auth_method: a client without a secret gets none by a change")
    try:
        clients.check(party)
    except InvalidRequest as error:
        raise InvalidClientMetadata(error.message) from error
    successor = b64url(svc.entropy(TOKEN_BYTES))
    now = svc.clock.now()
    record = uuid7(now, svc.entropy)
    party = replace(party, record=record)
    written = clients.write_metadata(party)
    row = RelyingPartyRow(party.id, party.auth_method, party.secret_hash, written, record, now, disabled=False)

    async def act(tx: Tx) -> Ticket | None:
        if not await registrations.change_party(tx, row, _hash(token), _hash(successor)):
            return None
        before = clients.write_metadata(old).encode()
        blobs = {"before": before, "after": written.encode()}
        return await svc.log.stage(tx, _administration(record, now, "changed", party.id, blobs), blobs)

    await _settle(svc, await svc.store.transact(act))
    return Registration(party, "", successor, now // 1000)


async def remove(svc: Service, client_id: str, token: str) -> None:
    """End the registration (RFC 7592 2.3): the client is closed for good, and with it every token of its."""
    old = await read(svc, client_id, token)
    now = svc.clock.now()
    record = uuid7(now, svc.entropy)

    async def act(tx: Tx) -> Ticket | None:
        if not await registrations.close_party(tx, client_id, _hash(token), now):
            return None
        blobs = {"before": clients.write_metadata(old).encode()}
        return await svc.log.stage(tx, _administration(record, now, "removed", client_id, blobs), blobs)

    await _settle(svc, await svc.store.transact(act))


async def _settle(svc: Service, ticket: Ticket | None) -> None:
    if ticket is None:
        raise InvalidToken("no client is managed here by this token")
    await svc.log.settled(ticket)


def _demand_offered(svc: Service, party: RelyingParty) -> None:
    wants_certificate = party.auth_method in CERTIFICATE_METHODS or party.certificate_bound
    if wants_certificate and not svc.settings.certificate_proxies:
        raise InvalidClientMetadata("token_endpoint_auth_method: no certificate of a client is seen here")


def _administration(
    record: str, now: int, event: str, client_id: str, blobs: Mapping[str, bytes]
) -> kinds.Administration:
    digests = {name: b64url(hashlib.sha256(blob).digest()) for name, blob in blobs.items()}
    return kinds.Administration(
        id=record,
        time=now,
        administration_kind="relying_party",
        administration_event=event,
        rp=client_id,
        object=client_id,
        administration_ground="dynamic registration (RFC 7592)",
        before=digests.get("before", ""),
        after=digests.get("after", ""),
    )


def describe(party: RelyingParty) -> dict[str, object]:
    """The registered metadata as a client reads them (RFC 7591 3.2.1)."""
    told: dict[str, object] = {
        "client_id": party.id,
        "client_name": party.name["en"],
        **{f"client_name#{locale}": party.name[locale] for locale in LOCALES},
        "redirect_uris": list(party.redirect_uris),
        "response_types": ["code"] if "authorization_code" in party.grant_types else [],
        "grant_types": list(party.grant_types),
        "token_endpoint_auth_method": party.auth_method,
        "scope": " ".join(party.scopes),
        "id_token_signed_response_alg": party.id_token_alg,
        "introspection_signed_response_alg": party.introspection_alg,
        "authorization_signed_response_alg": party.response_alg,
        **party.extra,
    }
    if party.jwks:
        told["jwks"] = {"keys": [dict(jwk) for jwk in party.jwks]}
    if party.resources:
        told["resources"] = list(party.resources)
    if party.default_acr_values:
        told["default_acr_values"] = list(party.default_acr_values)
    return told


def read_metadata(metadata: object, *, by_operator: bool = False, held: tuple[str, ...] = ()) -> RelyingParty:
    """The relying party of a registration request, its id and secret still to be made.

    The operator alone gives restricted scopes and `resources` (RFC 8707); `held` are the scopes that a client has and
    may keep. Raises InvalidClientMetadata, InvalidRedirectUri.
    """
    restricted = frozenset[str]() if by_operator else (RESTRICTED_SCOPES | OPERATOR_SCOPES) - frozenset(held)
    if not isinstance(metadata, dict):
        raise InvalidClientMetadata("a JSON object is expected")
    if by_operator and "software_statement" in metadata:
        raise InvalidClientMetadata("software_statement: the operator's own registration needs none")
    if "jwks_uri" in metadata:
        raise InvalidClientMetadata("jwks_uri: register the keys themselves as jwks; no URL is fetched for them")
    redirects = _texts(metadata, "redirect_uris")
    for uri in (*redirects, *_texts(metadata, "post_logout_redirect_uris")):
        try:
            check_redirect_uri(uri)
        except InvalidRequest as error:
            raise InvalidRedirectUri(error.message) from error
    grants_ = _texts(metadata, "grant_types") or ("authorization_code",)
    if set(_texts(metadata, "response_types")) - {"code"}:
        raise InvalidClientMetadata("response_types: only code")
    return RelyingParty(
        id="",
        name=_names(metadata),
        auth_method=_text(metadata, "token_endpoint_auth_method", "client_secret_basic"),
        redirect_uris=redirects,
        grant_types=grants_,
        scopes=_scopes(metadata, restricted),
        jwks=_jwks(metadata),
        id_token_alg=_text(metadata, "id_token_signed_response_alg", "RS256"),
        introspection_alg=_text(metadata, "introspection_signed_response_alg", "RS256"),
        response_alg=_text(metadata, "authorization_signed_response_alg", "RS256"),
        default_acr_values=_texts(metadata, "default_acr_values"),
        resources=_texts(metadata, "resources") if by_operator else (),
        extra=_extra(metadata),
    )


def _names(metadata: Mapping[str, object]) -> dict[str, str]:
    """What people are shown, by locale; a client that says no name is called what it is."""
    plain = _text(metadata, "client_name", "Client")
    names = {locale: _text(metadata, f"client_name#{locale}", plain) for locale in LOCALES}
    if any(not 0 < len(name) <= MAX_NAME for name in names.values()):
        raise InvalidClientMetadata(f"client_name: at most {MAX_NAME} characters")
    return names


def _scopes(metadata: Mapping[str, object], restricted: frozenset[str]) -> tuple[str, ...]:
    asked = tuple(dict.fromkeys(_text(metadata, "scope", " ".join(DEFAULT_SCOPES)).split()))
    known = {*CLAIMS_BY_SCOPE, *API_SCOPES} - restricted
    if odd := sorted(set(asked) - known):
        raise InvalidClientMetadata(f"scope: {odd[0][:64]} can't be registered for here")
    return asked


def _jwks(metadata: Mapping[str, object]) -> tuple[Mapping[str, object], ...]:
    given = metadata.get("jwks")
    if given is None:
        return ()
    keys = given.get("keys") if isinstance(given, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise InvalidClientMetadata("jwks: a JWK set")
    return tuple(keys)


def _extra(metadata: Mapping[str, object]) -> dict[str, object]:
    kept = {name: metadata[name] for name in _PLAIN if name in metadata}
    _texts(metadata, "authorization_details_types")
    _texts(metadata, "allowed_cors_origins")
    for name in _URIS:
        if name in kept:
            try:
                check_redirect_uri(_text(kept, name, ""))
            except InvalidRequest as error:
                raise InvalidClientMetadata(f"{name}: https, or http loopback") from error
    return kept


def _text(metadata: Mapping[str, object], name: str, default: str) -> str:
    value = metadata.get(name, default)
    if not isinstance(value, str):
        raise InvalidClientMetadata(f"{name}: a text is expected")
    return value


def _texts(metadata: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = metadata.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InvalidClientMetadata(f"{name}: an array of texts is expected")
    return tuple(dict.fromkeys(value))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
