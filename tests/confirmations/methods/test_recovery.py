"""Recovery codes: enough of them, unlike, read as people write them, each right once."""

from __future__ import annotations

import os

import pytest

from confirmations.errors import WrongAnswer
from confirmations.methods import recovery


def test_a_list_has_ten_different_codes_of_fifty_bits() -> None:
    codes = recovery.make_codes(os.urandom)
    assert len(set(codes)) == recovery.CODES == 10
    assert all(len(code) == 10 and set(code) <= set(recovery.ALPHABET) for code in codes)
    assert len(recovery.ALPHABET) ** recovery.LETTERS == 2**50


def test_two_codes_that_come_out_alike_are_one_and_another_is_made() -> None:
    drawn = iter([bytes(10), bytes(10), *(bytes([n]) * 10 for n in range(1, 10))])
    assert len(set(recovery.make_codes(lambda _size: next(drawn)))) == 10


@pytest.mark.parametrize("typed", ["0123456789", "01234-56789", "o1234 56789", "OI234-56789", " ol234\u00a056789 "])
def test_a_code_is_read_as_people_write_it(typed: str) -> None:
    assert recovery.read_code(typed) == "0123456789"


@pytest.mark.parametrize(
    "typed", ["", "012345678", "01234567890", "U123456789", "ж123456789", "0" * 70, "0123 456789" * 9]
)
def test_what_is_no_code_is_read_as_none(typed: str) -> None:
    assert recovery.read_code(typed) == ""


def test_grouping_is_undone_by_reading() -> None:
    for code in recovery.make_codes(os.urandom):
        assert recovery.read_code(recovery.group_code(code)) == code


def test_what_is_accepted_names_list_and_number_and_never_the_code() -> None:
    challenge = recovery.issue("request", os.urandom)
    accepted = recovery.judge(challenge, list_id="list", number=3, now=0)
    assert accepted.method == "code"
    assert {name: accepted.evidence[name] for name in ("list", "number", "recovery")} == {
        "list": "list",
        "number": 3,
        "recovery": True,
    }
    with pytest.raises(WrongAnswer):
        recovery.judge(challenge, list_id="list", number=None, now=0)
