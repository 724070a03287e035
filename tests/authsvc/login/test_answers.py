"""The acts of a login on both databases: judged as a whole, claimed once, recorded once."""

import asyncio

import pytest

from authsvc.errors import TooManyAttempts
from authsvc.login import answers, budgets, sessions
from authsvc.login.answers import Seen, SignedIn
from authsvc.login.decide import Demand
from authsvc.login.errors import FlowGone, LoginRefused
from authsvc.login.flow import Flow, Party
from authsvc.login.refusals import record_refused
from confirmations.assurance import MULTI, SINGLE
from tests.authsvc.login.conftest import PASSWORD, SEEN, Door

pytestmark = pytest.mark.anyio


async def test_two_factors_are_one_authentication_with_one_record(door: Door) -> None:
    signed_in = await door.sign_in(door.begin(party=Party("shop", "Магазин", "none")))
    [(entry, slots)] = await door.records("authentication")
    assert '"login":"accepted"' in entry
    assert '"login_method":["password","totp"]' in entry
    assert f'"login_acr":"{MULTI}"' in entry
    assert slots["person_subject"] == door.person.subject
    assert slots["rp"] == "shop"
    assert slots["tries"] == 1
    assert slots["login_session"] == signed_in.session.sid
    assert len(slots["credential"]) == 2  # type: ignore[arg-type] # a JSON array
    assert signed_in.session.amr == ("pwd", "otp", "mfa")
    assert door.person.subject not in entry
    assert "Айгүл" not in entry


async def test_the_blobs_behind_the_record_are_the_statement_and_what_was_accepted(door: Door) -> None:
    signed_in = await door.sign_in()
    blobs = await door.svc.log.vault.blobs(door.svc.store, signed_in.session.record)
    assert b'"kind":"login"' in blobs["login_statement"]
    assert b'"method":"password"' in blobs["login_answer"]
    assert b'"step":' in blobs["login_answer"]
    assert PASSWORD.encode() not in blobs["login_answer"]


@pytest.mark.parametrize(
    ("login", "password", "code_is_right"),
    [
        pytest.param("aigul1", "wrong", True, id="wrong password"),
        pytest.param("aigul1", PASSWORD, False, id="wrong code"),
        pytest.param("aigul1", "wrong", False, id="both wrong"),
        pytest.param("nobody", PASSWORD, True, id="unknown login name"),
        pytest.param("aigul1", "x" * 5_000, True, id="password longer than any"),
        pytest.param("aigul1", "\ud800", True, id="what can't be typed"),
    ],
)
async def test_attack_which_factor_was_wrong_is_never_told(
    door: Door, login: str, password: str, code_is_right: bool
) -> None:
    flow = await door.password(login=login, password=password)
    with pytest.raises(LoginRefused) as refusal:
        await answers.answer_totp(door.svc, flow, door.code if code_is_right else "000000", SEEN, None)
    assert refusal.value.message == "signing in did not work"
    assert await door.records("authentication") == []


async def test_a_wrong_try_before_the_right_one_is_in_the_same_record(door: Door) -> None:
    flow = await door.password(password="wrong")
    first = door.clock.now()
    with pytest.raises(LoginRefused):
        await answers.answer_totp(door.svc, flow, door.code, SEEN, None)
    door.clock.move(45_000)
    await door.sign_in(flow.again())
    [(_, slots)] = await door.records("authentication")
    assert slots["tries"] == 2
    assert slots["first_try"] != slots["last_try"]
    door.clock.move(budgets.QUARTER_MS)
    assert await record_refused(door.svc) == 0
    assert first < door.clock.now()


async def test_attack_an_otp_replayed_in_its_window_is_refused(door: Door) -> None:
    await door.sign_in()
    with pytest.raises(LoginRefused):
        await door.sign_in()
    door.clock.move(30_000)
    await door.sign_in()


async def test_attack_parallel_verification_lets_one_code_in_once(door: Door) -> None:
    flow = await door.password()
    code = door.code
    outcomes = await asyncio.gather(
        *(answers.answer_totp(door.svc, flow, code, Seen(f"198.51.100.{n}", ""), None) for n in range(16)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, SignedIn) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, LoginRefused) for outcome in outcomes) == 15
    assert len(await door.records("authentication")) == 1


async def test_attack_parallel_guessing_ends_at_the_budget_and_the_right_answer_is_then_no_use(door: Door) -> None:
    flow = await door.password()
    outcomes = await asyncio.gather(
        *(answers.answer_totp(door.svc, flow, "000000", SEEN, None) for _ in range(16)), return_exceptions=True
    )
    assert sum(isinstance(outcome, LoginRefused) for outcome in outcomes) == budgets.PAIR.burst
    with pytest.raises(TooManyAttempts):
        await answers.answer_totp(door.svc, flow, door.code, SEEN, None)


async def test_a_strangers_wrong_tries_leave_the_citizens_own_tries_alone(door: Door) -> None:
    for _ in range(budgets.PAIR.burst):
        flow = await door.password(password="wrong", seen=Seen("198.51.100.9", ""))
        with pytest.raises(LoginRefused):
            await answers.answer_totp(door.svc, flow, "000000", Seen("198.51.100.9", ""), None)
    await door.sign_in()


async def test_unknown_login_names_are_throttled_like_known_ones(door: Door) -> None:
    for _ in range(budgets.PAIR.burst):
        with pytest.raises(LoginRefused):
            await door.sign_in(login="nobody")
    with pytest.raises(TooManyAttempts):
        await door.sign_in(login="nobody")


async def test_after_a_hundred_failures_in_a_row_nothing_but_proofing_helps(door: Door) -> None:
    for number in range(budgets.FAILURES):
        seen = Seen(f"198.51.100.{number}", "")
        flow = await door.password(seen=seen) if number == 0 else flow  # noqa: F821 - set in the first round
        with pytest.raises(LoginRefused):
            await answers.answer_totp(door.svc, flow, "000000", seen, None)
    with pytest.raises(LoginRefused):
        await door.sign_in()


async def test_refused_logins_are_summed_per_subject_and_quarter_of_an_hour(door: Door) -> None:
    for _ in range(3):
        with pytest.raises(LoginRefused):
            await door.sign_in(password="wrong")
        with pytest.raises(LoginRefused):
            await door.sign_in(login="nobody")
        door.clock.move(1_000)
    assert await record_refused(door.svc) == 0, "the quarter is not over"
    door.clock.move(budgets.QUARTER_MS)
    done = await asyncio.gather(record_refused(door.svc), record_refused(door.svc))
    assert sum(done) == 1, "one record, whoever writes it"
    [(entry, slots)] = await door.records("authentication")
    assert '"login":"refused"' in entry
    assert '"login_acr":""' in entry
    assert slots["tries"] == 3
    counted = await door.svc.store.one("select sum(tries) as tries from stranger_refusal")
    assert counted is not None
    assert counted["tries"] == 3, "an unknown account enters no record, only a counter"


async def test_one_factor_when_one_is_asked_and_a_step_up_asks_only_for_the_other(door: Door) -> None:
    single = Demand((SINGLE,), essential=True)
    ended = await answers.answer_password(door.svc, door.begin(single), "aigul1", PASSWORD, SEEN, None)
    assert isinstance(ended, SignedIn)
    assert (ended.session.acr, ended.session.amr) == (SINGLE, ("pwd",))
    door.clock.move(60_000)
    flow = door.begin(Demand((MULTI,), essential=True))
    stepped = await answers.answer_totp(door.svc, flow, door.code, SEEN, ended.session)
    assert stepped.session.acr == MULTI
    assert stepped.session.sid == ended.session.sid
    assert stepped.session.authenticated_at == ended.session.authenticated_at
    assert await sessions.find(door.svc, ended.token) is None, "the old token opens nothing"
    [_, (entry, slots)] = await door.records("authentication")
    assert '"login_method":["totp"]' in entry
    assert f'"login_acr":"{MULTI}"' in entry
    assert slots["about"] == [ended.session.record]


async def test_steps_are_taken_in_order_and_none_is_skipped(door: Door) -> None:
    with pytest.raises(FlowGone):
        await answers.answer_totp(door.svc, door.begin(), door.code, SEEN, None)
    flow = await door.password()
    with pytest.raises(FlowGone):
        await answers.answer_password(door.svc, flow, "aigul1", PASSWORD, SEEN, None)


async def test_a_changed_password_ends_a_login_that_is_half_way(door: Door) -> None:
    flow = await door.password()

    async def change(tx) -> None:  # type: ignore[no-untyped-def] # a test's own statement
        await tx.run("update factor set version = version + 1 where method = 'password'")

    await door.svc.store.transact(change)
    with pytest.raises(LoginRefused):
        await answers.answer_totp(door.svc, flow, door.code, SEEN, None)


async def test_a_frozen_account_can_not_sign_in_and_its_sessions_open_nothing(door: Door) -> None:
    signed_in = await door.sign_in()
    door.clock.move(30_000)

    async def freeze(tx) -> None:  # type: ignore[no-untyped-def] # a test's own statement
        await tx.run("update account set state = 'frozen'")

    await door.svc.store.transact(freeze)
    assert await sessions.find(door.svc, signed_in.token) is None
    with pytest.raises(LoginRefused):
        await door.sign_in()


async def test_a_login_leads_back_to_its_first_page_after_a_refusal(door: Door) -> None:
    flow = await door.password(password="wrong")
    again = flow.again()
    assert isinstance(again, Flow)
    assert (again.id, again.answered, again.refused, again.attempt.right) == (flow.id, (), True, False)
