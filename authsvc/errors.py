"""The service's refusals. Each has a wire code and a sentence fit for the public; web/problems.py alone gives HTTP
statuses.

AuthsvcError
├── Unauthenticated          no session, or a token that is none of ours
├── Forbidden                known caller, act not permitted
├── NotFound                 no such thing, or not the caller's: the two are told alike
├── InvalidRequest           the request breaks a rule, which the message names
│   └── IdempotencyKeyReused the same Idempotency-Key came with another body
├── Conflict                 the thing is not in the state that the act needs
│   └── LegalHold            a legal hold stands on the data that the act would destroy
├── TooManyAttempts          a budget is spent; retry_at says when it has room again
├── Overloaded               a bounded pool is full
│   ├── EphemeralLost        the store of short-lived keys does not answer
│   └── StoreLost            the database does not answer; nothing was done
├── OutcomeUnknown           the database went away while it committed: ask again with the same key
├── Suspended                the operator stopped what this act needs
├── ReadOnly                 the evidence log accepts nothing now, so no act is accepted
└── ConfigurationError       the service can't start like this
"""

from typing import ClassVar


class AuthsvcError(Exception):
    """Root of the service's refusals; `message` may be shown to anybody."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unauthenticated(AuthsvcError):
    """No session, or a token that is expired, revoked or not ours."""

    code = "unauthenticated"


class Forbidden(AuthsvcError):
    """The caller is known and lacks the permission that the message names."""

    code = "forbidden"


class NotFound(AuthsvcError):
    """Nothing here for this caller: absence and another's ownership are told alike."""

    code = "not_found"


class InvalidRequest(AuthsvcError):
    """The request breaks the rule that the message names."""

    code = "invalid_request"


class IdempotencyKeyReused(InvalidRequest):
    """The same Idempotency-Key came from the same client with another body."""

    code = "idempotency_key_reused"


class Conflict(AuthsvcError):
    """The thing is not in a state in which this act is possible."""

    code = "conflict"


class LegalHold(Conflict):
    """A legal hold stands on this person's data, so nothing of them is destroyed."""

    code = "legal_hold"


class TooManyAttempts(AuthsvcError):
    """A budget is spent; `retry_at` (ms since the epoch) says when it has room again."""

    code = "too_many_attempts"

    def __init__(self, message: str, retry_at: int) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class Overloaded(AuthsvcError):
    """A bounded pool is full; nothing was done and the caller may try again."""

    code = "overloaded"


class Suspended(AuthsvcError):
    """The operator stopped the method, channel, relying party or authority that this act needs; nothing was done."""

    code = "suspended"


class EphemeralLost(Overloaded):
    """The store of short-lived keys does not answer, so what must happen once is refused; nothing was done."""


class StoreLost(Overloaded):
    """The database does not answer, within the time that was given to it to come back; nothing was done."""


class OutcomeUnknown(AuthsvcError):
    """The database's answer to a commit was lost, so nobody knows whether the act holds.

    Whoever asks again under the same Idempotency-Key, or reads the thing, is told what became of it.
    """

    code = "outcome_unknown"


class ReadOnly(AuthsvcError):
    """The evidence log is read-only, so no act that needs evidence is accepted."""

    code = "read_only"


class ConfigurationError(AuthsvcError):
    """A setting, a key file or a database that the service refuses to start with."""

    code = "configuration_error"
