"""The refusals of this package (no text carried).

    ConfirmationError
    ├── CanonicalRefused        not_canonical        bytes or values outside the canonical form
    ├── StatementRefused        statement_refused    the statement breaks a rule; `member` and `rule` say which
    ├── PolicyRefused           policy_refused       the policy does not let this act be confirmed so
    │   └── EdsRequired         eds_required         the act is too large for a confirmation
    ├── AnswerRefused           answer_refused       the answer does not count
    │   ├── WrongAnswer         wrong_answer         not the right answer; never says which element was wrong
    │   │   └── Replayed        wrong_answer         right once, used before; looks like any wrong answer outside
    │   ├── PasskeyRefused      passkey_refused      an authenticator's answer fails a check; `rule` says which
    │   │   └── CloneSuspected  passkey_refused      its counter did not move on: another copy of the key may exist
    │   ├── DeviceRefused       device_refused       a device's signed message fails a check; `rule` says which
    │   ├── TriesExhausted      tries_exhausted      the last try is spent
    │   ├── DeadlinePassed      expired              the time to answer is over
    │   ├── MandateRefused      mandate_refused      right, but the mandate for the entity does not allow it now
    │   └── AlreadyDecided      already_decided      another answer was first
    ├── PasswordRefused         password_refused     a new password breaks a rule
    └── ReceiptRefused          receipt_refused      the receipt does not prove what was asked
        ├── ReceiptKindRefused      receipt_kind     another kind of thing was given
        └── ReceiptOutcomeRefused   receipt_outcome  a good receipt, of another outcome

`code` is the wire code; the same code gives the sentence in kk, ru and en in `words.ERRORS`.
"""

from __future__ import annotations

from typing import ClassVar


class ConfirmationError(Exception):
    """Root of all refusals here. `message` is fit for the public and names no secret and no person."""

    code: ClassVar[str] = "confirmation_error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self.args, dict(self.__dict__))


class CanonicalRefused(ConfirmationError):
    """Bytes or values that have no single canonical reading."""

    code = "not_canonical"


class StatementRefused(ConfirmationError):
    """A statement that must not be shown to a person; `member` is its place, `rule` the rule it breaks."""

    code = "statement_refused"

    def __init__(self, member: str, rule: str, message: str) -> None:
        super().__init__(f"{member}: {message}")
        self.member = member
        self.rule = rule


class PolicyRefused(ConfirmationError):
    """The policy does not let this act be confirmed in this way; `rule` is the rule."""

    code = "policy_refused"

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class EdsRequired(PolicyRefused):
    """The act is larger than a confirmation may carry: an electronic digital signature is asked for instead."""

    code = "eds_required"


class AnswerRefused(ConfirmationError):
    """An answer that does not count."""

    code = "answer_refused"


class WrongAnswer(AnswerRefused):
    """Not the right answer. One message for every method, so that it does not say which element failed."""

    code = "wrong_answer"

    def __init__(self, message: str = "The answer is not right.") -> None:
        super().__init__(message)


class Replayed(WrongAnswer):
    """A one-time answer that was used before. A class of its own for the counters; outside it is a wrong answer."""


class PasskeyRefused(AnswerRefused):
    """An authenticator's answer that fails a check; `rule` is the check."""

    code = "passkey_refused"

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class CloneSuspected(PasskeyRefused):
    """A counter that did not move on. `stored` and `received` let the caller decide what becomes of the factor."""

    def __init__(self, stored: int, received: int) -> None:
        super().__init__("sign_count", "the authenticator's counter did not move on")
        self.stored = stored
        self.received = received


class DeviceRefused(AnswerRefused):
    """A device's signed message that fails a check; `rule` is the check."""

    code = "device_refused"

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class TriesExhausted(AnswerRefused):
    """The last allowed try is spent; the request has failed."""

    code = "tries_exhausted"

    def __init__(self, message: str = "There are no tries left.") -> None:
        super().__init__(message)


class DeadlinePassed(AnswerRefused):
    """The code or the request is past its deadline."""

    code = "expired"

    def __init__(self, message: str = "The time to answer is over.") -> None:
        super().__init__(message)


class MandateRefused(AnswerRefused):
    """The answer was right, and the mandate does not allow the act now: revoked, over, or its sums are spent."""

    code = "mandate_refused"

    def __init__(self, message: str = "The mandate does not allow this act now.") -> None:
        super().__init__(message)


class AlreadyDecided(AnswerRefused):
    """The request already has its outcome; terminal states absorb."""

    code = "already_decided"

    def __init__(self, message: str = "This request already has its outcome.") -> None:
        super().__init__(message)


class PasswordRefused(ConfirmationError):
    """A new password that may not be taken; `rule` is the rule."""

    code = "password_refused"

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class ReceiptRefused(ConfirmationError):
    """A receipt that does not prove what the caller asked for; `rule` is the check that failed."""

    code = "receipt_refused"

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class ReceiptKindRefused(ReceiptRefused):
    """Not a receipt of the kind asked for: another kind of receipt, a token, a signed document, or nothing known."""

    code = "receipt_kind"


class ReceiptOutcomeRefused(ReceiptRefused):
    """A receipt of another outcome. A receipt of "declined" proves a refusal and never a consent."""

    code = "receipt_outcome"


def _again(kind: type[ConfirmationError], args: tuple[object, ...], members: dict[str, object]) -> ConfirmationError:
    """Rebuild an error whose constructor takes more than its message, so that errors cross processes."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(members)
    return error
