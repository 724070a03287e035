"""Which methods may carry which act, within which bounds (OWASP ASVS 5.0 chapter V6; NIST 800-63B; PSD2 RTS article 4).

Every limit is a constant with its reason. The thresholds above which an act calls for an electronic digital signature
are configuration: there is no default number, since no text that could be cited sets one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from confirmations.assurance import MULTI
from confirmations.errors import EdsRequired, PolicyRefused
from confirmations.statement import Statement

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

TRIES: Final = 5  # consecutive failures allowed (PSD2 RTS article 4(3)(b)); also per 30 s step of a TOTP
LOGIN_DIGITS: Final = 6  # ASVS 6.5.4: "6 random digits is sufficient"; 5 tries guess one in 200,000 times
ACT_DIGITS: Final = 8  # a legally significant act: 5 tries guess one in 20,000,000 times
CODE_LIFETIME: Final = 5 * MINUTE  # ASVS 6.5.5 and NIST allow 10 minutes; half of it, extended by a new code
RESENDS: Final = 3  # new codes after the first; each kills the one before it
RESEND_GAPS: Final = (
    30 * SECOND,
    60 * SECOND,
    120 * SECOND,
)  # longer each time: a carrier's delay is no reason to flood
SENDS_AN_HOUR: Final = 5  # per address, whoever asks: an address is no target for noise
SENDS_A_DAY: Final = 10  # per address
FAILURES_OF_SUBJECT: Final = 100  # consecutive, over all requests (NIST 800-63B); then proofing anew
NUMBER_DIGITS: Final = 4  # of a push: transferred, one try, so one in 10,000
PUSH_UNANSWERED_AN_HOUR: Final = 3  # pushes that the person did not answer (ASVS 6.6.4); more is bombing
PUSH_UNANSWERED_A_DAY: Final = 10
PUSH_PENDING_OF_PAIR: Final = 1  # open pushes of one relying party at one person
PUSH_QUIET: Final = 24 * HOUR  # after "not me" its requester pushes nothing for so long
TOTP_STEP: Final = 30 * SECOND  # RFC 6238; ASVS 6.5.5 asks for 30 s
PENDING_OF_SUBJECT: Final = 5  # open requests at one person; more can't be told apart
PENDING_OF_PAIR: Final = 3  # open requests of one relying party at one person: it can't crowd out the others

REQUEST_SHORTEST: Final = 2 * MINUTE  # no time limit under two minutes (WCAG 2.2.1 in spirit)
REQUEST_LIFETIME: Final = 15 * MINUTE  # default: outlives three codes
REQUEST_LONGEST: Final = 7 * DAY  # a group of busy people; beyond it the session and the mandate are stale anyway


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of one method. Times in ms; `lifetime` of one challenge; sends count per address."""

    tries: int = TRIES
    digits: int = 0
    lifetime: int = REQUEST_LIFETIME
    resends: int = 0
    gaps: tuple[int, ...] = ()
    sends_an_hour: int = 0
    sends_a_day: int = 0

    def next_send(self, sends: int, last: int) -> int | None:
        """Give the earliest time (ms) of one more send after `sends` sends, the last at `last`; None when spent."""
        if sends == 0:
            return last
        if sends > self.resends:
            return None
        return last + self.gaps[min(sends, len(self.gaps)) - 1]


_CODE = Bounds(
    digits=ACT_DIGITS,
    lifetime=CODE_LIFETIME,
    resends=RESENDS,
    gaps=RESEND_GAPS,
    sends_an_hour=SENDS_AN_HOUR,
    sends_a_day=SENDS_A_DAY,
)

BOUNDS: Final[Mapping[str, Bounds]] = {
    "code": _CODE,
    "totp": Bounds(digits=LOGIN_DIGITS, lifetime=2 * TOTP_STEP),
    "password": Bounds(),
    "push": Bounds(tries=1, digits=NUMBER_DIGITS),
}
"""The bounds of each method that is offered, for a legally significant act."""

LOGIN_BOUNDS: Final[Mapping[str, Bounds]] = {**BOUNDS, "code": replace(_CODE, digits=LOGIN_DIGITS)}
"""The same for a login, and for an act that is not legally significant."""

_ONE_CODE: Final = (("code",), ("password", "code"), ("password", "totp"), ("push",))
_TWO: Final = (("password", "code"), ("password", "totp"))


@dataclass(frozen=True, slots=True)
class Rule:
    """What the policy says of one act.

    `combinations`: the ordered lists that may carry it. `session`: the acr that the session in which it is answered
    needs. `largest`: currency to the greatest amount (minor units) that a confirmation may carry; beyond it an EDS is
    asked for.
    """

    combinations: tuple[tuple[str, ...], ...] = _ONE_CODE
    legally_significant: bool = True
    session: str = MULTI
    largest: Mapping[str, int] = field(default_factory=dict)

    def bounds(self, method: str) -> Bounds:
        """Give the bounds of a method for this act."""
        return (BOUNDS if self.legally_significant else LOGIN_BOUNDS)[method]


ACTS: Final[Mapping[str, Rule]] = {
    "payment": Rule(),
    "document": Rule(),
    "consent": Rule(),
    "application": Rule(),
    "change": Rule(),
    "approval": Rule(combinations=_TWO),
    "access": Rule(legally_significant=False),
    "other": Rule(),
}
"""The closed list of acts, each with a title in kk, ru and en. A password alone carries none: it binds nothing."""

_REQUIRED_FIELD: Final[Mapping[str, str]] = {"payment": "payment", "document": "document", "consent": "consent"}


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules in force: an administration may narrow or widen them, within the closed lists."""

    acts: Mapping[str, Rule] = field(default_factory=lambda: ACTS)

    @classmethod
    def default(cls) -> Policy:
        """The rules of this file."""
        return cls()

    def with_largest(self, largest: Mapping[str, int]) -> Policy:
        """The same rules with thresholds per currency (minor units) above which an EDS is asked for."""
        return Policy({act: replace(rule, largest=dict(largest)) for act, rule in self.acts.items()})

    def rule(self, act: str) -> Rule:
        """Give the rule of an act; refuse one that is not in the list."""
        rule = self.acts.get(act)
        if rule is None:
            raise PolicyRefused("act", f"not an act that is known here: {', '.join(self.acts)}")
        return rule

    def choose(self, act: str, wanted: Sequence[Sequence[str]] | None = None) -> tuple[tuple[str, ...], ...]:
        """Give the lists of methods for a statement: those wanted, each allowed, or all that the act allows.

        A push is never chosen unasked: its number has to be shown by whoever asks, so they have to know of it.
        """
        allowed = self.rule(act).combinations
        if wanted is None:
            return tuple(one for one in allowed if "push" not in one)
        lists = tuple(tuple(one) for one in wanted)
        for one in lists:
            if one not in allowed:
                raise PolicyRefused("methods", "these methods may not carry this act")
        return lists

    def admit(self, statement: Statement) -> Rule:
        """Refuse a statement that this policy does not let be confirmed; give its act's rule.

        A confirmation is never upgraded: where the act is too large the refusal says that an EDS is needed.
        """
        rule = self.rule(statement.act)
        self.choose(statement.act, statement.methods)
        if not REQUEST_SHORTEST <= statement.expires - statement.created <= REQUEST_LONGEST:
            raise PolicyRefused("lifetime", "a request lives between two minutes and seven days")
        needed = _REQUIRED_FIELD.get(statement.act)
        if needed is not None and all(one.kind != needed for one in statement.fields):
            raise PolicyRefused("fields", f"the act {statement.act} needs a field of the kind {needed}")
        payment = statement.payment
        if payment is not None and payment.amount > rule.largest.get(payment.currency, payment.amount):
            raise EdsRequired("amount", "this amount is confirmed by an electronic digital signature")
        return rule
