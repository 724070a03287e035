"""What is wrong with an answer of an authenticator; `methods.passkey` makes its public refusal of it."""

from __future__ import annotations


class AuthenticatorFault(Exception):
    """Root of what is raised in here. `rule` names the check that failed, `message` says it in words."""

    rule = "authenticator"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Malformed(AuthenticatorFault):
    """Bytes that have not exactly one reading."""

    rule = "malformed"


class BadKey(AuthenticatorFault):
    """A public key that is none, or of an algorithm that is not allowed."""

    rule = "public_key"


class BadSignature(AuthenticatorFault):
    """A signature that does not hold."""

    rule = "signature"


class BadAttestation(AuthenticatorFault):
    """An attestation statement that does not hold, or that leads to no root."""

    rule = "attestation"
