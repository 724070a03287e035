"""The life of a request, explored: terminal states absorb, tries never run past their number, time only ends things."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from confirmations.policy import TRIES
from confirmations.state import (
    CANCEL_REASONS,
    CANCELLERS,
    DECLINE_REASONS,
    FAIL_REASONS,
    Break,
    Confirmed,
    Delivered,
    Event,
    Expired,
    Failed,
    Open,
    Refusal,
    Right,
    Seen,
    State,
    Tick,
    Withdrawal,
    Wrong,
    advance,
)

DEADLINE = 1_000


class Life(RuleBasedStateMachine):
    """One request and everything that can happen to it; the model counts for itself."""

    def __init__(self) -> None:
        super().__init__()
        self.state: State = Open(DEADLINE, TRIES)
        self.now = 1
        self.ended: State | None = None
        self.judged = 0
        self.reached = False

    def happen(self, event: Event) -> None:
        before = self.state
        self.state = advance(before, event, self.now)
        if self.ended is not None:
            assert self.state is self.ended, "a terminal state absorbs"
        elif self.now >= DEADLINE:
            assert isinstance(self.state, Expired), "the deadline comes before every event"
        elif isinstance(event, Right | Wrong) and self.reached:
            self.judged += 1
            assert isinstance(self.state, Confirmed) == isinstance(event, Right)
        if isinstance(event, Delivered | Seen) and self.ended is None:
            self.reached = True
        if not isinstance(self.state, Open):
            self.ended = self.state

    @rule(event=st.sampled_from([Delivered(), Seen(), Tick(), Wrong()]))
    def go_on(self, event: Event) -> None:
        self.happen(event)

    @rule()
    def answer_right(self) -> None:
        self.happen(Right())

    @rule(reason=st.sampled_from(DECLINE_REASONS))
    def refuse(self, reason: str) -> None:
        self.happen(Refusal(reason))

    @rule(by=st.sampled_from(CANCELLERS), why=st.sampled_from(CANCEL_REASONS))
    def withdraw(self, by: str, why: str) -> None:
        self.happen(Withdrawal(by, why))

    @rule(reason=st.sampled_from(FAIL_REASONS))
    def break_down(self, reason: str) -> None:
        self.happen(Break(reason))

    @rule(ms=st.integers(1, 400))
    def let_time_pass(self, ms: int) -> None:
        self.now += ms

    @invariant()
    def tries_are_counted_and_bounded(self) -> None:
        assert self.state.tries == self.judged <= TRIES
        assert (self.state.tries == 0) == (self.state.first_try == 0)
        assert self.state.first_try <= self.state.last_try <= self.now

    @invariant()
    def only_spent_tries_fail_by_attempts(self) -> None:
        if isinstance(self.state, Open):
            assert self.state.tries_left > 0
        if isinstance(self.state, Failed) and self.state.reason == "attempts":
            assert self.state.tries <= TRIES


TestLife = Life.TestCase
