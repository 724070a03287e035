"""The only place where an error becomes HTTP: RFC 9457 under /v1, RFC 6749 5.2 and RFC 6750 3 for OAuth, else a page.

Each error class of the house and of the two law books has a row in `STATUS`; a test walks their trees. What has no row
is a fault: 500, no detail, and the request id under which it is logged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from authsvc import errors as house
from authsvc.eds import errors as eds
from authsvc.evidence import errors as evidence
from authsvc.login import errors as login
from authsvc.logs import note_refusal
from authsvc.oidc import errors as oauth
from authsvc.oidc.jose import PROOF_ALGORITHMS
from authsvc.oidc.proof import offer_nonce
from authsvc.web import errors as web
from authsvc.web.dates import write_time
from authsvc.web.pages import language_of, render, service_of
from authsvc.web.words import WORDS, say
from confirmations import errors as confirmations
from confirmations.words import ERRORS
from signatures import errors as signatures
from signatures.algorithms import UnknownAlgorithm
from signatures.gost.verify import GostError

PROBLEM = "application/problem+json"
JSON = "application/json"
REALM = "authsvc"
RETRY_S = 5
"""Seconds after which a full pool or a log that was read-only is worth another try."""
API = (
    "/v1/",
    "/ncanode",
    "/log/",
    "/health",
    "/metrics",
    "/.well-known/",
    "/oauth/token",
    "/oauth/userinfo",
    "/oauth/introspect",
    "/oauth/revoke",
    "/oauth/par",
    "/oauth/bc-authorize",
    "/oauth/device_authorization",
    "/oauth/register",
)
"""Paths where a program listens: it gets a problem document. Everywhere else a person gets a page."""

STATUS: Mapping[type[Exception], int] = {
    house.AuthsvcError: 500,
    house.Unauthenticated: 401,
    house.Forbidden: 403,
    house.NotFound: 404,
    house.InvalidRequest: 400,
    house.IdempotencyKeyReused: 422,
    house.Conflict: 409,
    house.LegalHold: 409,
    house.TooManyAttempts: 429,
    house.Overloaded: 503,
    house.EphemeralLost: 503,
    house.StoreLost: 503,
    house.OutcomeUnknown: 503,
    house.Suspended: 503,
    house.ReadOnly: 503,
    house.ConfigurationError: 500,
    web.FormRefused: 403,
    web.RequestTooLarge: 413,
    web.HostRefused: 421,
    web.MethodRefused: 405,
    eds.EdsRefused: 422,
    login.LoginRefused: 401,
    login.FlowGone: 400,
    oauth.OAuthError: 400,
    oauth.InvalidAuthorizationRequest: 400,
    oauth.InvalidClient: 401,
    oauth.InvalidGrant: 400,
    oauth.UnauthorizedClient: 400,
    oauth.UnsupportedGrantType: 400,
    oauth.UnsupportedResponseType: 400,
    oauth.InvalidScope: 400,
    oauth.InvalidTarget: 400,
    oauth.AccessDenied: 400,
    oauth.LoginRequired: 400,
    oauth.ConsentRequired: 400,
    oauth.UnmetRequirements: 400,
    oauth.RegistrationNotSupported: 400,
    oauth.InvalidRequestObject: 400,
    oauth.InvalidRequestUri: 400,
    oauth.AuthorizationPending: 400,
    oauth.SlowDown: 400,
    oauth.ExpiredToken: 400,
    oauth.InvalidBindingMessage: 400,
    oauth.UnknownUser: 400,
    oauth.InvalidAuthorizationDetails: 400,
    oauth.InvalidRedirectUri: 400,
    oauth.InvalidClientMetadata: 400,
    oauth.InvalidSoftwareStatement: 400,
    oauth.UnapprovedSoftwareStatement: 400,
    oauth.InvalidDpopProof: 400,
    oauth.UseDpopNonce: 400,
    oauth.BearerRefused: 401,
    oauth.TokenMissing: 401,
    oauth.InvalidToken: 401,
    oauth.InsufficientScope: 403,
    oauth.InsufficientAuthentication: 401,
    oauth.ProofRefused: 401,
    oauth.NotRedirectable: 400,
    oauth.UnknownClient: 400,
    oauth.UnregisteredRedirect: 400,
    confirmations.ConfirmationError: 422,
    confirmations.CanonicalRefused: 422,
    confirmations.StatementRefused: 422,
    confirmations.PolicyRefused: 422,
    confirmations.EdsRequired: 422,
    confirmations.AnswerRefused: 422,
    confirmations.WrongAnswer: 422,
    confirmations.PasskeyRefused: 422,
    confirmations.CloneSuspected: 422,
    confirmations.DeviceRefused: 422,
    confirmations.Replayed: 422,
    confirmations.TriesExhausted: 422,
    confirmations.DeadlinePassed: 410,
    confirmations.MandateRefused: 409,
    confirmations.AlreadyDecided: 409,
    confirmations.PasswordRefused: 422,
    confirmations.ReceiptRefused: 422,
    confirmations.ReceiptKindRefused: 422,
    confirmations.ReceiptOutcomeRefused: 422,
    signatures.SignaturesError: 422,
    signatures.NotASignedDocument: 422,
    signatures.ConfirmationIsNotASignature: 422,
    signatures.LoginChallengeIsNotADocument: 422,
    signatures.NotALoginChallenge: 422,
    signatures.FormatNotRead: 422,
    signatures.LimitExceeded: 413,
    signatures.Malformed: 422,
    signatures.BadCertificate: 422,
    signatures.BadArgument: 400,
    UnknownAlgorithm: 422,
    evidence.ApprovalRefused: 403,
    GostError: 422,
    **dict.fromkeys(
        (
            evidence.EvidenceError,  # bytes that the service itself made or keeps: its fault, told without detail
            evidence.NotCanonical,
            evidence.BadNote,
            evidence.NoKnownKey,
            evidence.BadKey,
            evidence.BadCheckpoint,
            evidence.BadTile,
            evidence.BadProof,
            evidence.BadPolicy,
            evidence.BadWitnessing,
            evidence.RecordError,
            evidence.WrongIssuer,
            evidence.NewerFormat,
            evidence.BadTrust,
            evidence.BadPackage,
            evidence.NotAPackage,
        ),
        500,
    ),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that says no."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """As Starlette sends it."""
        return Response(self.body, self.status, dict(self.headers))


def status_of(error: Exception) -> int:
    """The HTTP status of an error; 500 for what is no refusal."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem(error: Exception, request_id: str) -> Failure:
    """A problem document (RFC 9457): `code` is the stable wire code, `detail` a sentence fit for the public."""
    status = status_of(error)
    code = getattr(error, "code", "fault") if status < 500 or isinstance(error, _TELLING) else "fault"
    document: dict[str, object] = {
        "type": f"urn:authsvc:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "instance": f"urn:uuid:{request_id}",
    }
    if code != "fault":
        document["detail"] = str(getattr(error, "message", error))
        document |= {name: value for name in _EXTENSIONS if (value := getattr(error, name, None)) is not None}
    return Failure(status, orjson.dumps(document), {"content-type": PROBLEM, **_headers(error)})


_TELLING = (house.Overloaded, house.Suspended, house.ReadOnly, house.OutcomeUnknown)
_EXTENSIONS = ("member", "rule", "retry_at")


def oauth_failure(error: Exception) -> Failure:
    """The token endpoint's refusal (RFC 6749 5.2); a fault of the house is told as `server_error`."""
    note_refusal(error)
    status = status_of(error)
    code = error.code if isinstance(error, oauth.OAuthError) else _OAUTH_CODES.get(status, "server_error")
    said: dict[str, object] = {"error": code}
    if code != "server_error":
        said["error_description"] = oauth_description(error)
    return Failure(status, orjson.dumps(said), {"content-type": JSON, "cache-control": "no-store", **_headers(error)})


_OAUTH_CODES = {400: "invalid_request", 405: "invalid_request", 413: "invalid_request", 429: "temporarily_unavailable"}
_OAUTH_CODES |= {503: "temporarily_unavailable"}


def oauth_description(error: Exception) -> str:
    """The message in the alphabet of `error_description` (RFC 6749 5.2: no quotes, no backslash, ASCII)."""
    text = str(getattr(error, "message", ""))
    return "".join(letter if " " <= letter <= "~" and letter not in '"\\' else "'" for letter in text)


def _headers(error: Exception) -> Mapping[str, str]:
    match error:
        case oauth.InvalidClient():
            return {"www-authenticate": f'Basic realm="{REALM}", charset="UTF-8"'}
        case oauth.TokenMissing() | house.Unauthenticated():
            return {"www-authenticate": f'Bearer realm="{REALM}"'}
        case oauth.ProofRefused():
            algs = " ".join(PROOF_ALGORITHMS)
            rule = oauth_description(error)
            return {"www-authenticate": f'DPoP error="{error.rule}", error_description="{rule}", algs="{algs}"'}
        case oauth.InsufficientAuthentication():
            rule = oauth_description(error)
            told = f'error="{error.code}", error_description="{rule}", acr_values="{error.acr}"'
            return {"www-authenticate": f'Bearer realm="{REALM}", {told}'}
        case oauth.BearerRefused():
            rule = oauth_description(error)
            return {"www-authenticate": f'Bearer realm="{REALM}", error="{error.code}", error_description="{rule}"'}
        case house.TooManyAttempts():
            return {"retry-after": formatdate(error.retry_at / 1000, usegmt=True)}
        case house.Overloaded() | house.ReadOnly() | house.OutcomeUnknown():
            return {"retry-after": str(RETRY_S)}
        case web.MethodRefused():
            return {"allow": ", ".join(error.allowed)}
        case _:
            return {}


def request_id_of(request: Request) -> str:
    """The id that the edge gave this request."""
    return str(request.scope.get("authsvc.request_id", ""))


async def answer_error(request: Request, error: Exception) -> Response:
    """The answer to an error on any route: a problem document for programs, a page for people."""
    note_refusal(error)
    if request.url.path.startswith(API):
        response = problem(error, request_id_of(request)).response()
        if isinstance(error, oauth.ProofRefused):
            response.headers["dpop-nonce"] = offer_nonce(service_of(request))
        return response
    locale = language_of(request)
    text = words_for(error, locale)
    status = status_of(error)
    response = render(request, "error.html", status=status, text=text, number=request_id_of(request))
    response.headers.update(_headers(error) if status != 401 else {})
    return response


def words_for(error: Exception, locale: str) -> str:
    """What a person is told about an error, in their language: what happened and what to do next."""
    code = str(getattr(error, "code", ""))
    if isinstance(error, house.TooManyAttempts):
        return say("error.too_many_attempts", locale, time=write_time(error.retry_at))
    if isinstance(error, confirmations.ConfirmationError) and code in ERRORS:
        return ERRORS[code].say(locale)
    return say(f"error.{code}" if f"error.{code}" in WORDS else "error.unknown", locale)


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """Starlette's own refusals (no such path, no such method) in the words of this house."""
    if isinstance(error, HTTPException) and error.status_code == 405:
        allowed = tuple((error.headers or {}).get("allow", "").split(", "))
        return await answer_error(request, web.MethodRefused("this path does not know the method", allowed))
    if isinstance(error, HTTPException) and error.status_code == 404:
        return await answer_error(request, house.NotFound("there is nothing here"))
    return await answer_error(request, house.InvalidRequest("the request is not well formed"))


def install(app: Starlette) -> None:
    """Make this module the answer to every refusal and fault; a fault also goes through to the edge, which logs it."""
    for root in (
        house.AuthsvcError,
        evidence.EvidenceError,
        confirmations.ConfirmationError,
        signatures.SignaturesError,
        Exception,
    ):
        app.add_exception_handler(root, answer_error)
    app.add_exception_handler(HTTPException, answer_http_exception)
