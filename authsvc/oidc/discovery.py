"""Metadata (OIDC Discovery 3, RFC 8414 2), derived from what the other modules do: nothing is announced by hand."""

from collections.abc import Mapping
from weakref import WeakKeyDictionary

import orjson

from authsvc.oidc.jose import (
    ASSERTION_ALGORITHMS,
    ID_TOKEN_ALGORITHMS,
    METADATA,
    PROOF_ALGORITHMS,
    SigningKeys,
    signing_keys,
)
from authsvc.oidc.relying_party import AUTH_METHODS, DETAILS_TYPES, GRANT_TYPES, LOCALES, PLAIN_METHODS, SUBJECT_TYPES
from authsvc.oidc.request import PROMPTS, RESPONSE_MODES
from authsvc.oidc.scopes import API_SCOPES, CLAIMS_BY_SCOPE
from authsvc.service import Service
from authsvc.settings import Settings
from confirmations.assurance import ACRS

PATHS: Mapping[str, str] = {
    "authorization_endpoint": "/oauth/authorize",
    "token_endpoint": "/oauth/token",
    "userinfo_endpoint": "/oauth/userinfo",
    "registration_endpoint": "/oauth/register",
    "device_authorization_endpoint": "/oauth/device_authorization",
    "backchannel_authentication_endpoint": "/oauth/bc-authorize",
    "end_session_endpoint": "/oauth/logout",
    "pushed_authorization_request_endpoint": "/oauth/par",
    "introspection_endpoint": "/oauth/introspect",
    "revocation_endpoint": "/oauth/revoke",
    "jwks_uri": "/oauth/jwks",
}
WELL_KNOWN = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
LOGIN_CLAIMS = ("acr", "amr", "auth_time", "authentication_record", "iss", "nonce", "sid")
"""What an ID token says besides `sub`; see tokens.py."""


CALLED_BY_CLIENTS = (
    "token_endpoint",
    "userinfo_endpoint",
    "pushed_authorization_request_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "device_authorization_endpoint",
    "backchannel_authentication_endpoint",
)
_WRITTEN: WeakKeyDictionary[SigningKeys, tuple[Settings, bytes]] = WeakKeyDictionary()


def metadata(settings: Settings) -> Mapping[str, object]:
    """The provider's metadata. `issuer` is the setting, character for character."""
    issuer, mutual = settings.issuer, bool(settings.certificate_proxies)
    methods = AUTH_METHODS if mutual else PLAIN_METHODS
    claims = {claim for names in CLAIMS_BY_SCOPE.values() for claim in names}
    return {
        "issuer": issuer,
        **{name: issuer + path for name, path in PATHS.items()},
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": list(SUBJECT_TYPES),
        "id_token_signing_alg_values_supported": list(ID_TOKEN_ALGORITHMS),
        "userinfo_signing_alg_values_supported": list(ID_TOKEN_ALGORITHMS),
        "token_endpoint_auth_methods_supported": list(methods),
        "token_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": [name for name in methods if name != "none"],
        "introspection_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "introspection_signing_alg_values_supported": list(ID_TOKEN_ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": list(methods),
        "revocation_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "dpop_signing_alg_values_supported": list(PROOF_ALGORITHMS),
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": [*CLAIMS_BY_SCOPE, *API_SCOPES],
        "claims_supported": sorted(claims.union(LOGIN_CLAIMS)),
        "authorization_details_types_supported": list(DETAILS_TYPES),
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_object_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "authorization_signing_alg_values_supported": list(ID_TOKEN_ALGORITHMS),
        "require_pushed_authorization_requests": False,
        "request_uri_parameter_supported": False,
        "backchannel_token_delivery_modes_supported": ["poll", "ping"],
        "backchannel_authentication_request_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "backchannel_user_code_parameter_supported": False,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "authorization_response_iss_parameter_supported": True,
        "acr_values_supported": list(ACRS),
        "prompt_values_supported": sorted(PROMPTS),
        "ui_locales_supported": list(LOCALES),
        "tls_client_certificate_bound_access_tokens": mutual,
        **_aliases(settings),
    }


def _aliases(settings: Settings) -> Mapping[str, object]:
    """RFC 8705 5: where an origin of its own asks for certificates, so that browsers don't."""
    if not settings.certificate_proxies or not settings.mtls_origin:
        return {}
    return {"mtls_endpoint_aliases": {name: settings.mtls_origin + PATHS[name] for name in CALLED_BY_CLIENTS}}


def write(document: Mapping[str, object]) -> bytes:
    """A JSON document as served."""
    return orjson.dumps(document)


def metadata_bytes(svc: Service) -> bytes:
    """The document as served, with itself as a signed JWT (RFC 8414 2.1)."""
    keys = signing_keys(svc.keys)
    known = _WRITTEN.get(keys)
    if known is None or known[0] is not svc.settings:
        told = metadata(svc.settings)
        signed = keys.sign({**told, "iss": told["issuer"]}, METADATA)
        known = _WRITTEN[keys] = (svc.settings, write({**told, "signed_metadata": signed}))
    return known[1]


def jwks_bytes(svc: Service) -> bytes:
    """The public keys of our tokens, as served."""
    return write(signing_keys(svc.keys).jwks)
