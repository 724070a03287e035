"""The life of a request: five outcomes, terminal states absorb (Digital Code article 47: an act of will).

            deliver*        see*         right answer
 requested ---------> sent ------> seen ----------> confirmed
     |                 |            |  "no", "not me" -> declined
     |                 |            |  wrong, tries left -> the same state, tries + 1; none left -> failed
     +-----------------+------------+- deadline -> expired;  withdrawn -> cancelled;  broken -> failed

`advance` is total: every state takes every event. The caller writes the new state by compare-and-set; the first
committed transition wins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Final, TypeAlias, final

OUTCOMES: Final = ("confirmed", "declined", "expired", "cancelled", "failed")
PHASES: Final = ("requested", "sent", "seen")
DECLINE_REASONS: Final = ("declined", "not_me")
CANCELLERS: Final = ("relying_party", "subject", "system")
CANCEL_REASONS: Final = ("withdrawn", "frozen", "ended")
FAIL_REASONS: Final = (
    *("attempts", "undeliverable", "device_revoked", "binding_broken", "replay", "wrong_number", "mandate"),
)


@final
@dataclass(frozen=True, slots=True)
class Open:
    """A request that waits. Times are ms; `first_try` and `last_try` are 0 until there is a try."""

    expires: int
    tries_allowed: int
    phase: str = "requested"
    sends: int = 0
    tries: int = 0
    first_try: int = 0
    last_try: int = 0

    @property
    def tries_left(self) -> int:
        """How many more wrong answers the request survives."""
        return self.tries_allowed - self.tries


@final
@dataclass(frozen=True, slots=True)
class Confirmed:
    """The person said yes and proved it."""

    code: ClassVar[str] = "confirmed"
    reason: ClassVar[str] = ""
    at: int
    tries: int
    first_try: int
    last_try: int


@final
@dataclass(frozen=True, slots=True)
class Declined:
    """The person said no, or "this is not me"."""

    code: ClassVar[str] = "declined"
    reason: str
    at: int
    tries: int
    first_try: int
    last_try: int


@final
@dataclass(frozen=True, slots=True)
class Expired:
    """Nobody answered in time. `at` is when that was noticed, not the deadline."""

    code: ClassVar[str] = "expired"
    reason: ClassVar[str] = ""
    at: int
    tries: int
    first_try: int
    last_try: int


@final
@dataclass(frozen=True, slots=True)
class Cancelled:
    """Withdrawn before an answer. The reason names who: "subject_frozen"; a relying party is told who, not why."""

    code: ClassVar[str] = "cancelled"
    by: str
    why: str
    at: int
    tries: int
    first_try: int
    last_try: int

    @property
    def reason(self) -> str:
        """The code for the record: who and why."""
        return f"{self.by}_{self.why}"


@final
@dataclass(frozen=True, slots=True)
class Failed:
    """It can't be answered any more: tries spent, nothing could be delivered, the binding broke."""

    code: ClassVar[str] = "failed"
    reason: str
    at: int
    tries: int
    first_try: int
    last_try: int


Outcome: TypeAlias = Confirmed | Declined | Expired | Cancelled | Failed
State: TypeAlias = Open | Outcome


@final
@dataclass(frozen=True, slots=True)
class Delivered:
    """A channel took the message of one send. Evidence of its own, not a promise."""


@final
@dataclass(frozen=True, slots=True)
class Seen:
    """The statement was opened in the subject's session."""


@final
@dataclass(frozen=True, slots=True)
class Right:
    """Every element of one allowed list was accepted."""


@final
@dataclass(frozen=True, slots=True)
class Wrong:
    """An answer was judged wrong; which element is not said."""


@final
@dataclass(frozen=True, slots=True)
class Refusal:
    """The person answered "no" (declined) or "not me" (not_me)."""

    reason: str

    def __post_init__(self) -> None:
        if self.reason not in DECLINE_REASONS:
            raise ValueError(f"not a reason to decline: {self.reason}")


@final
@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The relying party, the subject or the system takes the request back."""

    by: str
    why: str = "withdrawn"

    def __post_init__(self) -> None:
        if self.by not in CANCELLERS or self.why not in CANCEL_REASONS:
            raise ValueError(f"not a cancellation: {self.by}, {self.why}")


@final
@dataclass(frozen=True, slots=True)
class Break:
    """Nothing can be answered any more, for one of the reasons of `FAIL_REASONS`."""

    reason: str

    def __post_init__(self) -> None:
        if self.reason not in FAIL_REASONS:
            raise ValueError(f"not a reason to fail: {self.reason}")


@final
@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed."""


Event: TypeAlias = Delivered | Seen | Right | Wrong | Refusal | Withdrawal | Break | Tick


def advance(state: State, event: Event, now: int) -> State:
    """Give the state after an event at `now` (ms). Terminal states absorb; the deadline comes before every event."""
    if not isinstance(state, Open):
        return state
    if now >= state.expires:
        return Expired(now, state.tries, state.first_try, state.last_try)
    if isinstance(event, Delivered):
        phase = "sent" if state.phase == "requested" else state.phase
        return replace(state, phase=phase, sends=state.sends + 1)
    if isinstance(event, Seen):
        return replace(state, phase="seen")
    if isinstance(event, Right | Wrong):
        return _judged(state, isinstance(event, Right), now)
    if isinstance(event, Refusal):
        return Declined(event.reason, now, state.tries, state.first_try, state.last_try)
    if isinstance(event, Withdrawal):
        return Cancelled(event.by, event.why, now, state.tries, state.first_try, state.last_try)
    if isinstance(event, Break):
        return Failed(event.reason, now, state.tries, state.first_try, state.last_try)
    return state


def _judged(state: Open, right: bool, now: int) -> State:
    if state.phase == "requested":
        return state  # nothing was sent or shown, so there is nothing that an answer could answer
    tries, first = state.tries + 1, state.first_try or now
    if right:
        return Confirmed(now, tries, first, now)
    if tries >= state.tries_allowed:
        return Failed("attempts", now, tries, first, now)
    return replace(state, tries=tries, first_try=first, last_try=now)


@final
@dataclass(frozen=True, slots=True)
class Confirmation:
    """A digital confirmation that has ended: what an evidence record and a receipt are made from.

    It shares no base with anything and nothing converts it into an electronic digital signature. `statement` and
    `challenge` are digests (base64url); `challenge` is empty when nothing was issued. `method` is the list that was
    answered, or the first one offered when none was.
    """

    id: str
    statement: str
    challenge: str
    method: tuple[str, ...]
    outcome: Outcome
