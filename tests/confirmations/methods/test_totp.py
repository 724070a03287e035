"""TOTP: RFC 6238 vectors, two steps, each step once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confirmations.errors import ConfirmationError, Replayed, WrongAnswer
from confirmations.methods import totp
from confirmations.methods.totp import NO_STEP, STEP, TotpChallenge
from tests.confirmations.samples import ID, NOW

SEED = b"12345678901234567890"
CHALLENGE = TotpChallenge(ID, "AAECAwQFBgcICQoLDA0ODw")


def judge(answer: str, now: int = NOW, last_step: int = NO_STEP, *, strict: bool = False) -> int:
    accepted, step = totp.judge(
        CHALLENGE, answer, seed=SEED, last_step=last_step, now=now, factor_id="factor-1", strict=strict
    )
    assert accepted.evidence["step"] == step
    assert answer.replace(" ", "") not in str(accepted.evidence)
    return step


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_the_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert totp.code_at(SEED, seconds * 1000) == code
    assert judge(code, seconds * 1000) == seconds // 30


def test_the_current_and_the_previous_step_are_right_and_no_other() -> None:
    codes = {offset: totp.code_at(SEED, NOW + offset * STEP) for offset in (-2, -1, 0, 1)}
    assert judge(codes[0]) == NOW // STEP
    assert judge(codes[-1]) == NOW // STEP - 1
    for offset in (-2, 1):
        with pytest.raises(WrongAnswer):
            judge(codes[offset])


def test_strict_takes_the_current_step_alone() -> None:
    assert judge(totp.code_at(SEED, NOW), strict=True) == NOW // STEP
    with pytest.raises(WrongAnswer):
        judge(totp.code_at(SEED, NOW - STEP), strict=True)


def test_a_step_is_accepted_once_and_none_before_it() -> None:
    code = totp.code_at(SEED, NOW)
    step = judge(code)
    with pytest.raises(Replayed):
        judge(code, last_step=step)
    with pytest.raises(Replayed):
        judge(totp.code_at(SEED, NOW - STEP), last_step=step)
    assert judge(totp.code_at(SEED, NOW + STEP), NOW + STEP, last_step=step) == step + 1


def test_a_clock_that_stepped_back_opens_no_used_step() -> None:
    step = judge(totp.code_at(SEED, NOW))
    with pytest.raises(WrongAnswer):
        judge(totp.code_at(SEED, NOW - 10 * STEP), NOW - 10 * STEP, last_step=step)


def test_spaces_in_an_answer_are_accepted() -> None:
    code = totp.code_at(SEED, NOW)
    assert judge(f"{code[:3]} {code[3:]}") == NOW // STEP


def test_a_seed_has_160_bits_and_a_uri_for_an_app(entropy: Callable[[int], bytes]) -> None:
    seed = totp.make_seed(entropy)
    assert len(seed) == 20
    uri = totp.write_uri(seed, account="aigerim", issuer="Test Issuer")
    assert uri.startswith("otpauth://totp/")
    assert totp.write_seed(seed) in uri


def test_a_challenge_is_a_nonce_for_one_request(entropy: Callable[[int], bytes]) -> None:
    one, other = totp.issue(ID, entropy), totp.issue(ID, entropy)
    assert one.issued().keys() == {"method", "nonce", "request"}
    assert one != other


@given(answer=st.text(max_size=100), now=st.integers(min_value=0, max_value=4 * 10**12))
def test_whatever_is_typed_ends_in_a_refusal_of_ours(answer: str, now: int) -> None:
    try:
        judge(answer, now)
    except ConfirmationError:
        return
    assert "".join(c for c in answer if c.isdecimal()) in {totp.code_at(SEED, max(0, now - d)) for d in (0, STEP)}
