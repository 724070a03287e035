"""The errors of `signatures`: one root, each with its wire code and a message fit for the public.

SignaturesError
├── NotASignedDocument                  the bytes are of a kind that can't carry a document's signature
│   ├── ConfirmationIsNotASignature     a confirmation receipt was handed in as a signed document
│   ├── LoginChallengeIsNotADocument    an electronic signature over a login challenge
│   ├── NotALoginChallenge              a signed document was handed in as the answer to a login challenge
│   └── FormatNotRead                   XML, PDF, ZIP, JWS: signed perhaps, but in a format that is not read here
├── LimitExceeded                       more bytes, depth, elements, checks than the policy's limits allow
├── Malformed                           ASN.1 that breaks its own rules
├── BadCertificate                      a trust anchor or certificate handed in by the caller can't be read
├── BadArgument                         the caller's own mistake: a time without a zone, a limit that is no number
└── GostError (signatures.gost)         a GOST public key that can't be used
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "BadArgument",
    "BadCertificate",
    "ConfirmationIsNotASignature",
    "FormatNotRead",
    "LimitExceeded",
    "LoginChallengeIsNotADocument",
    "Malformed",
    "NotALoginChallenge",
    "NotASignedDocument",
    "SignaturesError",
]


class SignaturesError(Exception):
    """Root of all errors of this package."""

    code: ClassVar[str] = "signatures_error"

    @property
    def message(self) -> str:
        """What went wrong, in words fit for the public."""
        return str(self)


class NotASignedDocument(SignaturesError):
    """The bytes are no signed document of any kind."""

    code: ClassVar[str] = "not_a_signed_document"

    def __init__(self, message: str = "This is not a signed document.") -> None:
        super().__init__(message)


class ConfirmationIsNotASignature(NotASignedDocument):
    """A digital confirmation (Article 47) is an act of will of its own kind; its receipt is no signed document."""

    code: ClassVar[str] = "confirmation_is_not_a_signature"

    def __init__(self, message: str = "This is a confirmation receipt. A confirmation is not a signature.") -> None:
        super().__init__(message)


class LoginChallengeIsNotADocument(NotASignedDocument):
    """Who signs a login challenge shows who they are; they do not sign a document."""

    code: ClassVar[str] = "login_challenge_is_not_a_document"

    def __init__(self, message: str = "This is a signed login challenge. It is not a signed document.") -> None:
        super().__init__(message)


class NotALoginChallenge(NotASignedDocument):
    """For the purpose `login` only a signed login challenge will do."""

    code: ClassVar[str] = "not_a_login_challenge"

    def __init__(self, message: str = "The signed content is not a login challenge.") -> None:
        super().__init__(message)


class FormatNotRead(NotASignedDocument):
    """A format that may carry a signature, but not one that this package reads."""

    code: ClassVar[str] = "format_not_read"

    def __init__(self, kind: str) -> None:
        super().__init__(f"This file is of the kind {kind}. Signatures in this format are not read here.")
        self.kind = kind

    def __reduce__(self) -> tuple[type[FormatNotRead], tuple[str]]:
        return type(self), (self.kind,)


class LimitExceeded(SignaturesError):
    """The input is larger or deeper than the policy's limits allow."""

    code: ClassVar[str] = "limit_exceeded"

    def __init__(self, limit: str) -> None:
        super().__init__(f"The input goes beyond the limit: {limit}.")
        self.limit = limit

    def __reduce__(self) -> tuple[type[LimitExceeded], tuple[str]]:
        return type(self), (self.limit,)


class Malformed(SignaturesError):
    """ASN.1 that breaks the rules of its encoding or of its structure."""

    code: ClassVar[str] = "malformed"


class BadCertificate(SignaturesError):
    """A certificate that the caller handed in as an anchor or for path validation can't be read."""

    code: ClassVar[str] = "bad_certificate"


class BadArgument(SignaturesError):
    """An argument that no caller should pass."""

    code: ClassVar[str] = "bad_argument"
