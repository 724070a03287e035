"""Codes that are sent: bound to request, statement, address and send; never kept, never guessable from what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confirmations.challenge import digest_challenges
from confirmations.errors import ConfirmationError, DeadlinePassed, WrongAnswer
from confirmations.methods import code
from confirmations.methods.code import CodeChallenge
from tests.confirmations.samples import DIGEST, ID, NOW, OTHER_ID

Entropy = Callable[[int], bytes]
KEY = bytes(range(32))


def issue(entropy: Entropy, digits: int = 8, send: int = 1) -> tuple[CodeChallenge, str]:
    return code.issue(
        request_id=ID,
        statement_digest=DIGEST,
        address_id="address-1",
        send=send,
        digits=digits,
        lifetime=300_000,
        now=NOW,
        entropy=entropy,
        key=KEY,
        key_id="codes-1",
    )


def judge(challenge: CodeChallenge, answer: str, *, now: int = NOW, digest: str = DIGEST, key: bytes = KEY) -> None:
    code.judge(challenge, answer, statement_digest=digest, now=now, key=key)


@pytest.mark.parametrize("digits", [6, 8])
def test_a_code_has_all_its_digits_and_is_right(entropy: Entropy, digits: int) -> None:
    challenge, secret = issue(entropy, digits)
    assert len(secret) == digits
    assert secret.isdecimal()
    accepted = code.judge(challenge, secret, statement_digest=DIGEST, now=NOW + 1, key=KEY)
    assert accepted.method == "code"
    assert accepted.evidence["send"] == 1


def test_leading_zeros_are_kept() -> None:
    _, secret = issue(lambda n: bytes(n))
    assert secret == "00000000"


@pytest.mark.parametrize("write", ["{a} {b}", "{a}-{b}", " {a}{b} ", "{a}\u00a0{b}", "{a}\u202f{b}", "{a}\t{b}\n"])
def test_an_answer_may_be_grouped_as_people_type_it(entropy: Entropy, write: str) -> None:
    challenge, secret = issue(entropy)
    judge(challenge, write.format(a=secret[:4], b=secret[4:]))


def test_codes_are_grouped_for_reading() -> None:
    assert (code.group_code("12345678"), code.group_code("123456")) == ("1234 5678", "123 456")


@pytest.mark.parametrize("answer", ["", " ", "0", "1" * 65, "x" * 10**6, "１２３４５６７８", "\ud800", "12345678\x00"])
def test_anything_else_is_a_wrong_answer(answer: str) -> None:
    challenge, secret = issue(lambda n: b"\x01" * n)
    assert secret != answer
    with pytest.raises(WrongAnswer):
        judge(challenge, answer)


def test_a_right_code_behind_padding_is_wrong(entropy: Entropy) -> None:
    challenge, secret = issue(entropy)
    with pytest.raises(WrongAnswer):
        judge(challenge, secret + " " * 100)


def test_the_code_of_another_text_request_address_send_or_key_is_wrong(entropy: Entropy) -> None:
    challenge, secret = issue(entropy)
    others = [
        replace(challenge, request_id=OTHER_ID),
        replace(challenge, address_id="address-2"),
        replace(challenge, send=2),
    ]
    for other in others:
        with pytest.raises(WrongAnswer):
            judge(other, secret)
    with pytest.raises(WrongAnswer):
        judge(challenge, secret, digest="A" * 43)
    with pytest.raises(WrongAnswer):
        judge(challenge, secret, key=bytes(32))


def test_a_new_code_kills_the_old_one(entropy: Entropy) -> None:
    _, old = issue(entropy, send=1)
    challenge, new = issue(entropy, send=2)
    assert old != new
    with pytest.raises(WrongAnswer):
        judge(challenge, old)


@pytest.mark.parametrize("right", [True, False])
def test_past_its_time_a_code_is_late_whether_right_or_wrong(entropy: Entropy, right: bool) -> None:
    challenge, secret = issue(entropy)
    judge(challenge, secret, now=challenge.expires - 1)
    with pytest.raises(DeadlinePassed):
        judge(challenge, secret if right else "00000000", now=challenge.expires)


def test_an_answer_to_a_request_that_is_not_there_is_a_wrong_answer() -> None:
    with pytest.raises(WrongAnswer):
        code.judge_nothing("12345678", key=KEY)


def test_what_evidence_holds_leads_to_no_code(entropy: Entropy) -> None:
    challenge, secret = issue(entropy)
    accepted = code.judge(challenge, secret, statement_digest=DIGEST, now=NOW, key=KEY)
    for kept in (challenge.issued(), dict(accepted.evidence)):
        text = json.dumps(kept)
        assert secret not in text
        assert code.group_code(secret) not in text
        assert challenge.mac.hex() not in text


def test_two_challenges_with_the_same_code_differ_by_their_nonce(entropy: Entropy) -> None:
    one, _ = issue(entropy)
    assert digest_challenges([one]) != digest_challenges([replace(one, nonce="AAECAwQFBgcICQoLDA0ODw")])


def test_a_short_key_is_a_mistake_of_the_caller(entropy: Entropy) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        code.issue(
            request_id=ID,
            statement_digest=DIGEST,
            address_id="a",
            send=1,
            digits=8,
            lifetime=1,
            now=NOW,
            entropy=entropy,
            key=b"short",
            key_id="k",
        )


@given(answer=st.text(max_size=100))
def test_whatever_is_typed_ends_in_a_refusal_of_ours(answer: str) -> None:
    challenge, secret = issue(lambda n: b"\x07" * n)
    try:
        judge(challenge, answer)
    except ConfirmationError:
        return
    assert "".join(c for c in answer if c.isdecimal()) == secret
