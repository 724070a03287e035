"""Which step next: the decision alone, with no clock, no store and no page."""

from dataclasses import replace

import pytest

from authsvc.login.decide import Ask, Demand, Enough, Judge, Standing, Step, Stop, Why, next_step
from authsvc.login.policy import policy_content
from authsvc.opening import policy_bytes
from confirmations.assurance import MULTI, SINGLE

NOBODY = None
ONE = Standing("anna", ("password",), 1_000)
TWO = Standing("anna", ("password", "totp"), 1_000)
ANY = Demand()


@pytest.mark.parametrize(
    ("demand", "standing", "answered", "expected"),
    [
        pytest.param(ANY, NOBODY, (), Ask("password"), id="a stranger is asked for the password first"),
        pytest.param(ANY, NOBODY, ("password",), Ask("totp"), id="then for the code, whatever the password was"),
        pytest.param(ANY, NOBODY, ("password", "totp"), Judge(("password", "totp")), id="then all is judged at once"),
        pytest.param(ANY, TWO, (), Enough(MULTI), id="a session of two factors is enough"),
        pytest.param(ANY, ONE, (), Ask("totp"), id="a session of one factor lacks one"),
        pytest.param(ANY, ONE, ("totp",), Judge(("totp",)), id="and only that one is judged"),
        pytest.param(Demand((SINGLE,)), NOBODY, ("password",), Judge(("password",)), id="one factor when one is asked"),
        pytest.param(Demand((SINGLE,)), TWO, (), Enough(SINGLE), id="two factors satisfy a demand for one"),
        pytest.param(Demand((MULTI, SINGLE)), ONE, (), Ask("totp"), id="the first preference is tried"),
        pytest.param(Demand((MULTI, SINGLE), silent=True), ONE, (), Enough(SINGLE), id="silently the second will do"),
        pytest.param(Demand(("urn:x",), essential=True), TWO, (), Stop(Why.UNMET), id="an essential unknown acr"),
        pytest.param(Demand(("urn:x",)), NOBODY, (), Ask("password"), id="a voluntary unknown acr changes nothing"),
        pytest.param(
            Demand(("urn:x", MULTI), essential=True), TWO, (), Enough(MULTI), id="one of the essential values"
        ),
        pytest.param(Demand(silent=True), NOBODY, (), Stop(Why.LOGIN_REQUIRED), id="silence without a session"),
        pytest.param(Demand(silent=True), TWO, (), Enough(MULTI), id="silence with a session"),
        pytest.param(Demand(silent=True), ONE, (), Stop(Why.LOGIN_REQUIRED), id="silence with too little"),
        pytest.param(Demand((MULTI,), silent=True), ONE, (), Enough(SINGLE), id="a voluntary wish in silence"),
        pytest.param(
            Demand((MULTI,), essential=True, silent=True), ONE, (), Stop(Why.LOGIN_REQUIRED), id="an essential one"
        ),
        pytest.param(Demand(fresh_since=1_001), TWO, (), Ask("password"), id="a session too old counts for nothing"),
        pytest.param(Demand(fresh_since=1_000), TWO, (), Enough(MULTI), id="a session just young enough counts"),
        pytest.param(Demand(sub="bota"), TWO, (), Ask("password"), id="another person's session counts for nothing"),
        pytest.param(Demand(sub="anna"), TWO, (), Enough(MULTI), id="the very person's session counts"),
        pytest.param(
            Demand(sub="bota", silent=True), TWO, (), Stop(Why.LOGIN_REQUIRED), id="another person's, in silence"
        ),
    ],
)
def test_the_next_step_follows_from_demand_session_and_answers(
    demand: Demand, standing: Standing | None, answered: tuple[str, ...], expected: Step
) -> None:
    assert next_step(demand, standing, answered) == expected


def test_answers_in_the_wrong_order_begin_anew() -> None:
    assert next_step(ANY, NOBODY, ("totp",)) == Ask("password")


def test_no_sequence_of_answers_loops_for_ever() -> None:
    for acrs in ((), (SINGLE,), (MULTI,), (SINGLE, MULTI)):
        for standing in (None, ONE, TWO, replace(ONE, authenticated_at=0)):
            answered: tuple[str, ...] = ()
            while isinstance(step := next_step(Demand(acrs, fresh_since=500), standing, answered), Ask):
                answered = (*answered, step.method)
                assert len(answered) <= 2


def test_the_policy_that_is_recorded_is_the_one_that_decides() -> None:
    content = policy_content()
    assert content["combinations"] == {SINGLE: ["password"], MULTI: ["password", "totp"]}
    assert policy_bytes(content) == policy_bytes(policy_content())
