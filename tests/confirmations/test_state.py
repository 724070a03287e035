"""The life of a request: five outcomes, terminal states absorb, the deadline comes first."""

from __future__ import annotations

import pytest

from confirmations.policy import TRIES, Policy
from confirmations.request import Request
from confirmations.state import (
    Break,
    Cancelled,
    Confirmation,
    Confirmed,
    Declined,
    Delivered,
    Event,
    Expired,
    Failed,
    Open,
    Outcome,
    Refusal,
    Right,
    Seen,
    State,
    Tick,
    Withdrawal,
    Wrong,
    advance,
)
from tests.confirmations.samples import MINUTE, NOW, statement

EVENTS: list[Event] = [
    Delivered(), Seen(), Right(), Wrong(), Refusal("declined"), Refusal("not_me"), Withdrawal("relying_party"),
    Withdrawal("subject", "frozen"), Break("undeliverable"), Tick(),
]  # fmt: skip
OUTCOMES: list[Outcome] = [
    Confirmed(NOW, 1, NOW, NOW),
    Declined("not_me", NOW, 0, 0, 0),
    Expired(NOW, 0, 0, 0),
    Cancelled("subject", "frozen", NOW, 0, 0, 0),
    Failed("attempts", NOW, 5, NOW, NOW),
]


def run(*events: Event, start: State | None = None) -> State:
    state: State = start or Open(NOW + 15 * MINUTE, TRIES)
    for place, event in enumerate(events):
        state = advance(state, event, NOW + place)
    return state


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.code)
@pytest.mark.parametrize("event", EVENTS, ids=repr)
@pytest.mark.parametrize("later", [0, 10**12])
def test_a_terminal_state_absorbs_everything(outcome: Outcome, event: Event, later: int) -> None:
    assert advance(outcome, event, NOW + later) is outcome


@pytest.mark.parametrize("event", EVENTS, ids=repr)
def test_after_the_deadline_every_event_finds_it_expired(event: Event) -> None:
    late = advance(Open(NOW, TRIES, phase="seen", tries=2, first_try=5, last_try=6), event, NOW)
    assert late == Expired(NOW, 2, 5, 6)


def test_a_wrong_answer_then_the_right_one_are_two_tries() -> None:
    assert run(Delivered(), Seen(), Wrong(), Right()) == Confirmed(NOW + 3, 2, NOW + 2, NOW + 3)


def test_the_last_wrong_answer_fails_the_request_and_a_right_one_after_it_changes_nothing() -> None:
    spent = run(Delivered(), *[Wrong()] * TRIES, Right())
    assert spent == Failed("attempts", NOW + TRIES, TRIES, NOW + 1, NOW + TRIES)


def test_before_anything_was_sent_or_shown_no_answer_counts() -> None:
    fresh = Open(NOW + MINUTE, TRIES)
    assert advance(fresh, Right(), NOW) == fresh
    assert advance(fresh, Wrong(), NOW) == fresh


def test_sends_are_counted_and_a_new_code_leaves_the_tries_alone() -> None:
    state = run(Delivered(), Wrong(), Delivered())
    assert isinstance(state, Open)
    assert (state.phase, state.sends, state.tries, state.tries_left) == ("sent", 2, 1, TRIES - 1)


@pytest.mark.parametrize("reason", ["declined", "not_me"])
def test_a_no_ends_the_request_from_every_phase(reason: str) -> None:
    for before in ((), (Delivered(),), (Seen(),)):
        ended = run(*before, Refusal(reason))
        assert isinstance(ended, Declined)
        assert ended.reason == reason


def test_a_cancellation_says_who_and_why_in_one_code() -> None:
    ended = run(Delivered(), Withdrawal("subject", "frozen"))
    assert isinstance(ended, Cancelled)
    assert (ended.code, ended.reason) == ("cancelled", "subject_frozen")


@pytest.mark.parametrize("make", [lambda: Refusal("yes"), lambda: Withdrawal("stranger"), lambda: Break("bored")])
def test_a_reason_outside_the_lists_is_a_mistake_of_the_caller(make: object) -> None:
    with pytest.raises(ValueError, match="not a"):
        make()  # type: ignore[operator]  # each is callable


def test_a_request_ends_in_one_confirmation_with_the_digests_of_what_was_asked() -> None:
    request = Request.of(statement(), Policy.default())
    state = advance(advance(request.open(), Delivered(), NOW), Right(), NOW + 1)
    assert isinstance(state, Confirmed)
    ended = request.conclude(state, ("code",), "digest")
    assert ended == Confirmation(request.statement.id, request.statement.digest(), "digest", ("code",), state)


def test_a_request_that_nobody_answered_names_the_first_list_offered() -> None:
    request = Request.of(statement(), Policy.default())
    ended = request.conclude(Expired(NOW, 0, 0, 0))
    assert (ended.method, ended.challenge) == (("code",), "")
