"""FAPI 2.0, as a property of a client: the Security Profile (5.3.2), and Message Signing on top of it (5.3, 5.4, 5.5).

One member of the client's metadata, `fapi_profile`, switches all of it on. The Security Profile: no secrets, every
token bound to a key or a certificate, only pushed requests, no RS256, and refresh tokens that don't rotate: they are of
use only to a client that authenticates. Message Signing: requests are signed, and so are the answers and introspection.
"""

from authsvc.errors import InvalidRequest
from authsvc.oidc.errors import InvalidAuthorizationRequest, InvalidBindingMessage
from authsvc.oidc.jose import algorithm_of
from authsvc.oidc.relying_party import CERTIFICATE_METHODS, FAPI_PROFILES, RelyingParty

WEAK = "RS256"


def check_profile(party: RelyingParty) -> None:
    """InvalidRequest with the rule of its profile that the client's metadata break."""
    _demand(party.extra.get("fapi_profile", "") in FAPI_PROFILES, f"fapi_profile: {' or '.join(FAPI_PROFILES[1:])}")
    if not party.fapi:
        return
    methods = ("private_key_jwt", *CERTIFICATE_METHODS)
    _demand(party.auth_method in methods, f"fapi_profile: token_endpoint_auth_method is {', '.join(methods)}")
    _demand(
        party.dpop_bound or party.certificate_bound,
        "fapi_profile: dpop_bound_access_tokens or tls_client_certificate_bound_access_tokens is true",
    )
    told = (party.id_token_alg, party.introspection_alg, party.response_alg, party.userinfo_alg)
    _demand(
        WEAK not in told, "fapi_profile: no RS256 for ID tokens, userinfo, introspection and authorization responses"
    )
    _demand(all(algorithm_of(jwk) != WEAK for jwk in party.jwks), "fapi_profile: no RS256 among the client's keys")


def check_front(party: RelyingParty, *, pushed: bool, response_mode: str) -> None:
    """InvalidAuthorizationRequest for a request that came to the authorization endpoint as its client's may not."""
    if party.needs_pushed and not pushed:
        raise InvalidAuthorizationRequest("request_uri: this client pushes its requests (RFC 9126)")
    if party.signs_messages and not response_mode.endswith("jwt"):
        raise InvalidAuthorizationRequest("response_mode: this client gets signed answers alone (JARM)")


def check_pushed(party: RelyingParty, *, signed: bool) -> None:
    """InvalidAuthorizationRequest for an unsigned request of a client that signs its messages."""
    if party.signs_messages and not signed:
        raise InvalidAuthorizationRequest("request: this client signs its requests (RFC 9101)")


def check_context(party: RelyingParty, binding_message: str, details: str) -> None:
    """FAPI-CIBA 5.2.2: a request has something by which the person tells it from every other."""
    if party.fapi and not binding_message and not details:
        raise InvalidBindingMessage("binding_message: needed where no authorization_details say what this is about")


def _demand(holds: bool, rule: str) -> None:
    if not holds:
        raise InvalidRequest(rule)
