"""Passwords: rules for a new one, the one form that is hashed, and the verdict."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from confirmations.errors import PasswordRefused, WrongAnswer
from confirmations.methods import password
from confirmations.methods.password import LONGEST, PasswordChallenge, check_new, normalise
from tests.confirmations.samples import ID, NOW, OTHER_ID


def never(_: str) -> bool:
    return False


def test_eight_characters_suffice_beside_another_factor_and_fifteen_alone() -> None:
    assert check_new("қ" * 8, alone=False, is_blocked=never) == "қ" * 8
    assert check_new("p" * 15, alone=True, is_blocked=never) == "p" * 15
    for text, alone in (("p" * 7, False), ("p" * 14, True)):
        with pytest.raises(PasswordRefused) as refused:
            check_new(text, alone=alone, is_blocked=never)
        assert refused.value.rule == "length"


def test_sixty_four_characters_and_spaces_are_permitted_and_nothing_is_cut_off() -> None:
    long = "дом и сад " * 20
    assert normalise(long) == long
    with pytest.raises(PasswordRefused):
        check_new("x" * (LONGEST + 1), alone=False, is_blocked=never)


def test_a_password_that_others_know_is_refused_whatever_its_letters() -> None:
    with pytest.raises(PasswordRefused) as refused:
        check_new("PassWord1", alone=False, is_blocked={"password1"}.__contains__)
    assert refused.value.rule == "blocked"


def test_the_same_keys_on_two_keyboards_are_one_password() -> None:
    assert normalise("И\u0306од-пароль") == normalise("Йод-пароль")


@pytest.mark.parametrize("text", ["x" * (LONGEST + 1), "\ufdfa" * LONGEST, "\ud800"])
def test_what_cannot_be_a_password_is_a_wrong_answer_without_being_hashed(text: str) -> None:
    with pytest.raises(WrongAnswer):
        normalise(text)


def test_the_verdict_is_what_the_hash_said(entropy: Callable[[int], bytes]) -> None:
    challenge: PasswordChallenge = password.issue(ID, entropy)
    accepted = password.judge(challenge, verified=True, now=NOW, credential_id=OTHER_ID, version=3)
    assert (accepted.method, accepted.evidence["version"]) == ("password", 3)
    with pytest.raises(WrongAnswer):
        password.judge(challenge, verified=False, now=NOW, credential_id=OTHER_ID, version=3)
