"""A recovery code in the place of the one-time code: once, at the price of any other answer, and all channels hear."""

from __future__ import annotations

import asyncio

import pytest

from authsvc import changing, recovery_codes
from authsvc.errors import Forbidden, TooManyAttempts
from authsvc.factors import NOBODY, By
from authsvc.login import answers, budgets
from authsvc.login.answers import Seen, SignedIn
from authsvc.login.decide import Demand
from authsvc.login.errors import FlowGone, LoginRefused
from authsvc.login.sessions import Session
from confirmations.assurance import MULTI, SINGLE
from tests.authsvc.login.conftest import PASSWORD, SEEN, Door

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


def by_of(session: Session) -> By:
    return By(
        session.account,
        session.sid,
        session.record,
        session.acr,
        session.authenticated_at,
        "",
        session.methods,
    )


async def codes_of(door: Door) -> tuple[str, ...]:
    signed_in = await door.sign_in()
    return await recovery_codes.issue(door.svc, by_of(signed_in.session))


async def recover(door: Door, code: str, **given: str) -> SignedIn:
    flow = await door.password(**given)
    return await answers.answer_recovery(door.svc, flow, code, SEEN, None)


async def test_a_code_signs_in_once_with_two_factors(door: Door) -> None:
    codes = await codes_of(door)
    signed_in = await recover(door, codes[4])
    assert (signed_in.session.methods, signed_in.session.acr) == (("password", "code"), MULTI)
    assert await recovery_codes.left(door.svc, door.person.id) == 9
    entry, slots = (await door.records("authentication"))[-1]
    assert '"login_method":["password","code"]' in entry
    [*_, (listed, enrolment)] = await door.records("credential")
    assert '"factor_method":"code"' in listed
    assert enrolment["credential_ground"] == "by the person, in their own session"
    blobs = await door.svc.log.vault.blobs(door.svc.store, signed_in.session.record)
    assert b'"number":5' in blobs["login_answer"]
    assert codes[4].replace("-", "").encode() not in blobs["login_answer"]
    assert slots["tries"] == 1
    with pytest.raises(LoginRefused):
        await recover(door, codes[4])


async def test_race_sixteen_logins_with_one_code_let_one_in(door: Door) -> None:
    codes = await codes_of(door)
    places = [Seen(f"203.0.113.{each}", "Browser/1") for each in range(16)]
    flows = [await door.password(seen=each) for each in places]
    tries = [answers.answer_recovery(door.svc, *both, None) for both in zip(flows, codes[:1] * 16, places, strict=True)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(each).__name__ for each in done].count("SignedIn") == 1
    assert all(isinstance(each, SignedIn | LoginRefused) for each in done)
    assert await recovery_codes.left(door.svc, door.person.id) == 9


async def test_a_new_list_ends_the_old_one(door: Door) -> None:
    old = await codes_of(door)
    door.clock.move(31_000)
    await codes_of(door)
    with pytest.raises(LoginRefused):
        await recover(door, old[1])


@pytest.mark.parametrize(
    ("login", "password", "code"),
    [
        ("aigul1", "wrong", ""),
        ("nobody", PASSWORD, ""),
        ("aigul1", PASSWORD, "00000-00000"),
        ("aigul1", PASSWORD, "x" * 500),
    ],
)
async def test_attack_what_was_wrong_is_never_told_and_no_code_is_lost(
    door: Door, login: str, password: str, code: str
) -> None:
    codes = await codes_of(door)
    with pytest.raises(LoginRefused) as refusal:
        await recover(door, code or codes[0], login=login, password=password)
    assert refusal.value.message == "signing in did not work"
    assert await recovery_codes.left(door.svc, door.person.id) == 10


async def test_guessing_is_bounded_like_every_other_answer(door: Door) -> None:
    for _ in range(budgets.PAIR.burst):
        with pytest.raises(LoginRefused):
            await recover(door, "00000-00000")
    with pytest.raises(TooManyAttempts):
        await recover(door, "00000-00000")


async def test_nobody_and_a_person_without_a_list_cost_one_hash_too(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []
    digest = door.svc.passwords.digest

    async def counted(salt: bytes, secret: str) -> bytes:
        hashed.append(len(salt))
        return await digest(salt, secret)

    monkeypatch.setattr(door.svc.passwords, "digest", counted)
    for account in (NOBODY, door.person.id):
        for typed in ("00000-00000", "", "x" * 5_000):
            assert (await recovery_codes.judge(door.svc, account, typed, "request")).accepted is None
    assert hashed == [16] * 6


async def test_a_session_by_a_recovery_code_binds_no_factor_at_once(door: Door) -> None:
    codes = await codes_of(door)
    signed_in = await recover(door, codes[0])
    for act in (
        recovery_codes.issue(door.svc, by_of(signed_in.session)),
        changing.change_password(door.svc, by_of(signed_in.session), PASSWORD, "ақ бота төрт түлік мал"),
    ):
        with pytest.raises(Forbidden, match="recovery code"):
            await act


async def test_a_code_steps_up_a_session_and_is_no_first_answer(door: Door) -> None:
    codes = await codes_of(door)
    with pytest.raises(FlowGone):
        await answers.answer_recovery(door.svc, door.begin(), codes[0], SEEN, None)
    weak = await answers.answer_password(door.svc, door.begin(Demand((SINGLE,))), "aigul1", PASSWORD, SEEN, None)
    assert isinstance(weak, SignedIn)
    strong = await answers.answer_recovery(door.svc, door.begin(), codes[0], SEEN, weak.session)
    assert strong.session.acr == MULTI
