"""Which methods may carry which act; a confirmation is never upgraded."""

from __future__ import annotations

from typing import Any

import pytest

from confirmations import words
from confirmations.canonical import write_time
from confirmations.errors import EdsRequired, PolicyRefused
from confirmations.policy import ACTS, BOUNDS, CODE_LIFETIME, LOGIN_BOUNDS, RESENDS, Policy, Rule
from tests.confirmations.samples import DOCUMENT, NOW, PAYMENT, statement

POLICY = Policy.default()


def test_an_act_gets_the_rule_of_its_name() -> None:
    assert POLICY.admit(statement()) is ACTS["payment"]


def test_every_act_has_a_title() -> None:
    assert set(ACTS) == set(words.ACTS)


@pytest.mark.parametrize("act", sorted(ACTS))
def test_a_password_alone_carries_no_act(act: str) -> None:
    assert ("password",) not in ACTS[act].combinations
    with pytest.raises(PolicyRefused):
        POLICY.choose(act, [["password"]])


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"act": "marriage"}, "act"),
        ({"methods": [["code"], ["identifier"]]}, "methods"),
        ({"methods": [["password"]]}, "methods"),
        ({"methods": [["totp", "password"]]}, "methods"),
        ({"expires": write_time(NOW + 60_000)}, "lifetime"),
        ({"expires": write_time(NOW + 8 * 86_400_000)}, "lifetime"),
        ({"fields": [DOCUMENT]}, "fields"),
        ({"act": "document", "fields": [PAYMENT]}, "fields"),
        ({"act": "consent", "fields": [DOCUMENT]}, "fields"),
    ],
)
def test_what_the_policy_does_not_name_is_refused(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(PolicyRefused) as refused:
        POLICY.admit(statement(**changes))
    assert refused.value.rule == rule


def test_an_amount_above_the_threshold_needs_an_eds_and_one_at_it_does_not() -> None:
    with pytest.raises(EdsRequired) as refused:
        POLICY.with_largest({"KZT": 1_249_999}).admit(statement())
    assert refused.value.code == "eds_required"
    assert POLICY.with_largest({"KZT": 1_250_000}).admit(statement()).legally_significant
    assert POLICY.with_largest({"USD": 1}).admit(statement()).legally_significant


def test_without_a_wish_a_statement_allows_all_that_its_act_allows_but_a_push_whose_number_must_be_shown() -> None:
    assert set(POLICY.choose("payment")) == set(ACTS["payment"].combinations) - {("push",)}
    assert POLICY.choose("payment", [["password", "totp"]]) == (("password", "totp"),)


def test_a_legally_significant_act_has_eight_digits_and_a_login_six() -> None:
    assert Rule().bounds("code").digits == 8
    assert Rule(legally_significant=False).bounds("code").digits == 6
    assert LOGIN_BOUNDS["code"].digits == 6
    assert BOUNDS["code"].lifetime == CODE_LIFETIME == 300_000


def test_new_codes_have_growing_gaps_and_an_end() -> None:
    code = BOUNDS["code"]
    assert [code.next_send(sends, 1_000) for sends in range(RESENDS + 2)] == [1_000, 31_000, 61_000, 121_000, None]
