"""A relying party's registered metadata, checked: OIDC Dynamic Client Registration 2, RFC 7591 2, RFC 9700 2.1."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from cryptography.x509 import Name

from authsvc.errors import InvalidRequest
from authsvc.oidc.jose import ID_TOKEN_ALGORITHMS, algorithm_of
from authsvc.pairwise import sector_of

MTLS, SELF_SIGNED = "tls_client_auth", "self_signed_tls_client_auth"
CERTIFICATE_METHODS = (MTLS, SELF_SIGNED)
"""Client authentication by certificate (RFC 8705 2), where a proxy that ends TLS is configured."""
CERTIFICATE_NAMES = tuple(
    f"tls_client_auth_{kind}" for kind in ("subject_dn", "san_dns", "san_uri", "san_ip", "san_email")
)
PLAIN_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
AUTH_METHODS = (*PLAIN_METHODS, *CERTIFICATE_METHODS)
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
CIBA_GRANT = "urn:openid:params:grant-type:ciba"
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials", DEVICE_GRANT, EXCHANGE_GRANT, CIBA_GRANT)
OF_CONFIDENTIAL = frozenset({"client_credentials", EXCHANGE_GRANT, CIBA_GRANT})
"""Grants that need a client which can authenticate."""
CONFIRMATION_DETAILS, SIGNATURE_DETAILS = "urn:authsvc:confirmation", "urn:authsvc:signature"
DETAILS_TYPES = (CONFIRMATION_DETAILS, SIGNATURE_DETAILS)
"""Types of authorization details (RFC 9396 2): an act to confirm, documents to sign. Never one for the other."""
FAPI_PROFILES = ("", "fapi2_security", "fapi2_message_signing")
"""What a client may be bound to (oidc/fapi.py), the stricter one last."""
TOKEN_FORMATS = ("jwt", "opaque")
SUBJECT_TYPES = ("public", "pairwise")
LOCALES = ("kk", "ru", "en")
MAX_REDIRECT_URIS = 20
MAX_URI = 2_000
"""Characters of one URI: longer ones break browsers and proxies."""
CLIENT_ID = re.compile(r"[\x20-\x7e]{1,128}")
"""RFC 6749 A.1. What is of another alphabet is nobody's id, and no database is asked about it."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_URI = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+")
"""RFC 3986 characters without `#`: no fragment, no blank, no backslash, no control character."""
_WEB = re.compile(r"(https?)://([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?([/?].*)?")
"""Scheme, host and port without anything that would be markup in a Content-Security-Policy (`;`, `,`)."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """One relying party as registered (`client` on the OAuth wire); `record` is its administration record's id."""

    id: str
    name: Mapping[str, str]
    """What people are shown, by locale (kk, ru, en)."""
    auth_method: str
    redirect_uris: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ("authorization_code",)
    scopes: tuple[str, ...] = ("openid",)
    jwks: tuple[Mapping[str, object], ...] = ()
    id_token_alg: str = ID_TOKEN_ALGORITHMS[0]
    introspection_alg: str = "RS256"
    """How introspection answers are signed for it; RS256 is what RFC 9701 6 takes where nothing is said."""
    response_alg: str = "RS256"
    """How authorization responses are signed for it (JARM 3.4 takes RS256 where nothing is said)."""
    default_acr_values: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    """Resources beside this service that it may ask tokens for (RFC 8707)."""
    secret_hash: bytes = b""
    """SHA-256 of a secret of 256 random bits; empty where the method has none."""
    record: str = "none"
    disabled: bool = False
    extra: Mapping[str, object] = field(default_factory=dict)
    """Further metadata (permissions, ciba_number_display): kept as it came."""

    @property
    def post_logout_redirect_uris(self) -> tuple[str, ...]:
        """Where a browser may be sent after a logout."""
        listed = self.extra.get("post_logout_redirect_uris")
        return tuple(map(str, listed)) if isinstance(listed, list | tuple) else ()

    @property
    def certificate_name(self) -> tuple[str, str]:
        """(kind, value) of the one name of its certificate (RFC 8705 2.1.2); empty texts where it has none."""
        return next(((name, str(self.extra[name])) for name in CERTIFICATE_NAMES if name in self.extra), ("", ""))

    @property
    def fapi(self) -> bool:
        """Whether it is bound to FAPI 2.0."""
        return bool(self.extra.get("fapi_profile"))

    @property
    def signs_messages(self) -> bool:
        """Whether it is bound to FAPI 2.0 Message Signing."""
        return self.extra.get("fapi_profile") == FAPI_PROFILES[-1]

    @property
    def needs_pushed(self) -> bool:
        """Whether its authorization requests must be pushed (RFC 9126 6)."""
        return self.fapi or self.extra.get("require_pushed_authorization_requests") is True

    @property
    def userinfo_alg(self) -> str:
        """How its userinfo is signed (OIDC Core 5.3.2); empty where it gets plain JSON."""
        return str(self.extra.get("userinfo_signed_response_alg", ""))

    @property
    def opaque_tokens(self) -> bool:
        """Whether its access tokens say nothing to whoever holds them."""
        return self.extra.get("access_token_format") == TOKEN_FORMATS[1]

    @property
    def certificate_bound(self) -> bool:
        """Whether its access tokens are bound to its certificate (RFC 8705 3.4)."""
        return self.extra.get("tls_client_certificate_bound_access_tokens") is True

    @property
    def dpop_bound(self) -> bool:
        """Whether it gets no access token without a proof (RFC 9449 5.2)."""
        return self.extra.get("dpop_bound_access_tokens") is True

    @property
    def sector(self) -> str:
        """Its sector (OIDC Core 8.1), empty where it gets public subjects."""
        return sector_of(self.id, self.redirect_uris, self.extra)

    @property
    def cors_origins(self) -> tuple[str, ...]:
        """Origins whose pages may read the answers to its requests."""
        listed = self.extra.get("allowed_cors_origins")
        return tuple(map(str, listed)) if isinstance(listed, list | tuple) else ()

    @property
    def details_types(self) -> tuple[str, ...]:
        """The types of authorization details that it may ask for (RFC 9396 10): all, unless it named some."""
        listed = self.extra.get("authorization_details_types")
        return tuple(map(str, listed)) if isinstance(listed, list | tuple) else DETAILS_TYPES

    @property
    def backchannel_logout_uri(self) -> str:
        """Where logout tokens go; empty if it wants none."""
        return str(self.extra.get("backchannel_logout_uri") or "")


def check_metadata(party: RelyingParty) -> RelyingParty:
    """The same relying party, or InvalidRequest with the rule that its metadata breaks."""
    _demand(set(party.name) == set(LOCALES) and all(party.name.values()), "name: one text each in kk, ru and en")
    _demand(party.auth_method in AUTH_METHODS, f"token_endpoint_auth_method: one of {', '.join(AUTH_METHODS)}")
    _demand(set(party.grant_types) <= set(GRANT_TYPES), f"grant_types: of {', '.join(GRANT_TYPES)}")
    for grant in sorted(OF_CONFIDENTIAL.intersection(party.grant_types)):
        _demand(party.auth_method != "none", f"{grant} needs a client that can authenticate")
    _demand(party.id_token_alg in ID_TOKEN_ALGORITHMS, "id_token_signed_response_alg: ES256 or RS256")
    _demand(party.introspection_alg in ID_TOKEN_ALGORITHMS, "introspection_signed_response_alg: ES256 or RS256")
    _demand(party.response_alg in ID_TOKEN_ALGORITHMS, "authorization_signed_response_alg: ES256 or RS256")
    signed = party.extra.get("userinfo_signed_response_alg", "ES256")
    _demand(signed in ID_TOKEN_ALGORITHMS, "userinfo_signed_response_alg: ES256 or RS256")
    _demand(bool(party.jwks) or party.auth_method != "private_key_jwt", "jwks: at least one key for private_key_jwt")
    _check_certificate_name(party)
    needs_redirect = "authorization_code" in party.grant_types
    _demand(bool(party.redirect_uris) or not needs_redirect, "redirect_uris: at least one for authorization_code")
    _demand("openid" in party.scopes or not needs_redirect, "scope: openid for authorization_code")
    _demand(len(party.redirect_uris) <= MAX_REDIRECT_URIS, f"redirect_uris: at most {MAX_REDIRECT_URIS}")
    _demand(party.extra.get("access_token_format", "jwt") in TOKEN_FORMATS, "access_token_format: jwt or opaque")
    _demand(set(party.details_types) <= set(DETAILS_TYPES), f"authorization_details_types: {', '.join(DETAILS_TYPES)}")
    for uri in party.redirect_uris:
        check_redirect_uri(uri)
    _check_sector(party)
    for origin in party.cors_origins:
        check_redirect_uri(origin)
        _demand(origin_of(origin) == origin, "allowed_cors_origins: origins, no path and no slash at the end")
    for jwk in party.jwks:
        try:
            algorithm_of(jwk)
        except ValueError as error:
            raise InvalidRequest(f"jwks: {error}") from error
    return party


def _check_certificate_name(party: RelyingParty) -> None:
    """RFC 8705 2.1.2: exactly one name where a certificate of an authority is the client's."""
    given = [name for name in CERTIFICATE_NAMES if name in party.extra]
    _demand(len(given) == (party.auth_method == MTLS), f"{MTLS}: exactly one of {', '.join(CERTIFICATE_NAMES)}")
    kind, value = party.certificate_name
    _demand(not given or 0 < len(value) <= MAX_URI, f"{kind}: a text")
    try:
        if kind == "tls_client_auth_san_ip":
            ip_address(value)
        elif kind == "tls_client_auth_subject_dn":
            Name.from_rfc4514_string(value)
    except ValueError as error:
        raise InvalidRequest(f"{kind}: not of its form") from error
    has_certificate = any("x5c" in jwk for jwk in party.jwks)
    _demand(has_certificate or party.auth_method != SELF_SIGNED, "jwks: a key with x5c for self_signed_tls_client_auth")


def _check_sector(party: RelyingParty) -> None:
    """OIDC Dynamic Client Registration 5. No URL is fetched, so a sector is one that needs no list of its members."""
    _demand(party.extra.get("subject_type", "public") in SUBJECT_TYPES, f"subject_type: {' or '.join(SUBJECT_TYPES)}")
    named = party.extra.get("sector_identifier_uri")
    hosts = {urlsplit(uri).hostname for uri in party.redirect_uris}
    if named is not None:
        _demand(isinstance(named, str) and named.startswith("https://"), "sector_identifier_uri: an https URL")
        check_redirect_uri(str(named))
        rule = "sector_identifier_uri: its host is that of every redirect URI, since no URL is fetched here"
        _demand(hosts <= {urlsplit(str(named)).hostname}, rule)
    pairwise = party.extra.get("subject_type") == "pairwise"
    _demand(len(hosts) <= 1 or not pairwise, "subject_type: pairwise needs redirect URIs of one host")


def check_redirect_uri(uri: str) -> None:
    """InvalidRequest unless the URI is absolute https (http for loopback alone), without fragment or userinfo."""
    _demand(len(uri) <= MAX_URI and _URI.fullmatch(uri) is not None, "redirect_uri: RFC 3986 characters, no fragment")
    found = _WEB.fullmatch(uri)
    if found is None:
        raise InvalidRequest("redirect_uri: https, or http loopback, with a host and no user information")
    scheme, host = found.group(1), found.group(2)
    _demand(scheme == "https" or host in LOOPBACK, "redirect_uri: https, or http loopback")


def origin_of(uri: str) -> str:
    """Scheme, host and port of a registered redirect URI: what `form-action` names."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def _demand(holds: bool, rule: str) -> None:
    if not holds:
        raise InvalidRequest(rule)
