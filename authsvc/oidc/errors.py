"""OAuth's refusals by their wire codes: RFC 6749 4.1.2.1 and 5.2, RFC 6750 3.1, OIDC Core 3.1.2.6, RFC 8707 2.

AuthsvcError
├── OAuthError                         a refusal that OAuth has a wire code for; the message names the rule broken
│   ├── InvalidAuthorizationRequest    invalid_request
│   ├── InvalidClient                  invalid_client
│   ├── InvalidGrant                   invalid_grant
│   ├── UnauthorizedClient             unauthorized_client
│   ├── UnsupportedGrantType           unsupported_grant_type
│   ├── UnsupportedResponseType        unsupported_response_type
│   ├── InvalidScope                   invalid_scope
│   ├── InvalidTarget                  invalid_target
│   ├── AccessDenied                   access_denied
│   ├── LoginRequired                  login_required
│   ├── ConsentRequired                consent_required
│   ├── UnmetRequirements              unmet_authentication_requirements
│   ├── RegistrationNotSupported       registration_not_supported
│   ├── InvalidRequestObject           invalid_request_object
│   ├── InvalidRequestUri              invalid_request_uri
│   ├── AuthorizationPending           authorization_pending
│   ├── SlowDown                       slow_down
│   ├── ExpiredToken                   expired_token
│   ├── InvalidBindingMessage          invalid_binding_message
│   ├── UnknownUser                    unknown_user_id
│   ├── InvalidAuthorizationDetails    invalid_authorization_details
│   ├── InvalidRedirectUri             invalid_redirect_uri
│   ├── InvalidClientMetadata          invalid_client_metadata
│   ├── InvalidSoftwareStatement       invalid_software_statement
│   ├── UnapprovedSoftwareStatement    unapproved_software_statement
│   ├── InvalidDpopProof               invalid_dpop_proof
│   └── UseDpopNonce                   use_dpop_nonce
├── BearerRefused                      what a protected resource answers (RFC 6750)
│   ├── TokenMissing                   no token at all: a challenge without an error code
│   ├── InvalidToken                   invalid_token
│   ├── InsufficientScope              insufficient_scope
│   ├── InsufficientAuthentication     insufficient_user_authentication, with the acr that is needed
│   └── ProofRefused                   invalid_dpop_proof or use_dpop_nonce, at a resource
└── NotRedirectable                    told on a page of ours, never at the redirect URI
    ├── UnknownClient                  no relying party has this client_id
    └── UnregisteredRedirect           the redirect URI is not one that the relying party registered
"""

from typing import ClassVar

from authsvc.errors import AuthsvcError


class OAuthError(AuthsvcError):
    """A refusal with an OAuth wire code; `message` is the error_description and names the rule broken."""

    code: ClassVar[str] = "server_error"


class InvalidAuthorizationRequest(OAuthError):
    """A parameter is missing, given twice or malformed (RFC 6749 4.1.2.1)."""

    code = "invalid_request"


class InvalidClient(OAuthError):
    """The client is not authenticated; unknown, wrong and missing are told alike (RFC 6749 5.2)."""

    code = "invalid_client"

    def __init__(self, message: str = "client authentication failed") -> None:
        super().__init__(message)


class InvalidGrant(OAuthError):
    """The code is unknown, used, expired, or of another client, redirect URI or verifier; told alike."""

    code = "invalid_grant"

    def __init__(self, message: str = "the code is unknown, used or expired, or was issued to another request") -> None:
        super().__init__(message)


class UnauthorizedClient(OAuthError):
    """The client is not registered for this grant."""

    code = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    """The token endpoint knows no such grant."""

    code = "unsupported_grant_type"


class UnsupportedResponseType(OAuthError):
    """Only `code` is offered."""

    code = "unsupported_response_type"


class InvalidScope(OAuthError):
    """A malformed scope, or one that the client may not ask."""

    code = "invalid_scope"


class InvalidTarget(OAuthError):
    """A resource that this service issues no tokens for (RFC 8707)."""

    code = "invalid_target"


class AccessDenied(OAuthError):
    """The person said no."""

    code = "access_denied"


class LoginRequired(OAuthError):
    """prompt=none, and no session that would do."""

    code = "login_required"


class ConsentRequired(OAuthError):
    """prompt=none, and the person has not agreed to this yet."""

    code = "consent_required"


class UnmetRequirements(OAuthError):
    """An essential acr that nothing here can meet (OIDC unmet_authentication_requirements)."""

    code = "unmet_authentication_requirements"


class RegistrationNotSupported(OAuthError):
    """The `registration` parameter is not offered."""

    code = "registration_not_supported"


class InvalidRequestObject(OAuthError):
    """A request object that is not signed by the client, not for us, or out of its time (RFC 9101 6)."""

    code = "invalid_request_object"


class InvalidRequestUri(OAuthError):
    """A request_uri that this service did not give to the client, or that was used or is over (RFC 9126 4)."""

    code = "invalid_request_uri"


class AuthorizationPending(OAuthError):
    """The person has not answered yet (RFC 8628 3.5, CIBA 11)."""

    code = "authorization_pending"


class SlowDown(OAuthError):
    """Polled too fast (RFC 8628 3.5, CIBA 11)."""

    code = "slow_down"


class ExpiredToken(OAuthError):
    """The time to answer is over (RFC 8628 3.5, CIBA 11)."""

    code = "expired_token"


class InvalidBindingMessage(OAuthError):
    """A binding message that can't be shown (CIBA Core 13)."""

    code = "invalid_binding_message"


class UnknownUser(OAuthError):
    """The hint of a backchannel request names nobody here (CIBA Core 13)."""

    code = "unknown_user_id"


class InvalidAuthorizationDetails(OAuthError):
    """Authorization details of an unknown type, or that break a rule of their type (RFC 9396 5)."""

    code = "invalid_authorization_details"


class InvalidRedirectUri(OAuthError):
    """A redirect URI that may not be registered (RFC 7591 3.2.2)."""

    code = "invalid_redirect_uri"


class InvalidSoftwareStatement(OAuthError):
    """A software statement that is no JWT, is not signed by its issuer, or is out of its time (RFC 7591 3.2.2)."""

    code = "invalid_software_statement"


class UnapprovedSoftwareStatement(OAuthError):
    """A software statement of an issuer whom the operator does not trust (RFC 7591 3.2.2)."""

    code = "unapproved_software_statement"


class InvalidClientMetadata(OAuthError):
    """Metadata that break a rule; the message names it (RFC 7591 3.2.2)."""

    code = "invalid_client_metadata"


class InvalidDpopProof(OAuthError):
    """A DPoP proof that does not prove this request (RFC 9449 5)."""

    code = "invalid_dpop_proof"


class UseDpopNonce(OAuthError):
    """A proof with a nonce that is not ours or too old; a new one comes with the answer (RFC 9449 8)."""

    code = "use_dpop_nonce"


class BearerRefused(AuthsvcError):
    """A protected resource refuses the token, or its absence."""

    code = "invalid_token"


class TokenMissing(BearerRefused):
    """No token: the challenge carries no error code (RFC 6750 3)."""

    code = "token_missing"


class InvalidToken(BearerRefused):
    """Not ours, expired, ended, or not of a kind that opens this."""

    code = "invalid_token"


class InsufficientScope(BearerRefused):
    """A good token without the scope that the message names."""

    code = "insufficient_scope"


class InsufficientAuthentication(BearerRefused):
    """A good token of a person who signed in too weakly for this (RFC 9470 3); `acr` is what is needed."""

    code = "insufficient_user_authentication"

    def __init__(self, acr: str, message: str) -> None:
        super().__init__(message)
        self.acr = acr


class ProofRefused(BearerRefused):
    """A bound token whose proof is missing or wrong (RFC 9449 7.1); `rule` is the wire code for the challenge."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class NotRedirectable(AuthsvcError):
    """An authorization request whose redirect URI can't be trusted, so nothing is sent there (RFC 6749 4.1.2.1)."""

    code = "not_redirectable"


class UnknownClient(NotRedirectable):
    """No relying party is registered under this client_id."""

    code = "unknown_client"


class UnregisteredRedirect(NotRedirectable):
    """The redirect URI is missing, given twice, or not exactly one that is registered."""

    code = "unregistered_redirect"
