"""Push with number transfer: who signed, over which request, statement and text, which number; each fault alone."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confirmations.canonical import read_base64url
from confirmations.device import App, key_id, read_answer, read_enrolment, read_opening
from confirmations.errors import ConfirmationError, DeadlinePassed, DeviceRefused, Replayed, WrongAnswer
from confirmations.methods import push
from confirmations.methods.push import Enrolled, PushChallenge
from tests.confirmations.samples import ID, MINUTE, NOW, OTHER_ID, statement
from tests.peers.device import ANSWER, ENROLMENT, SESSION, Device, jcs

KEY = bytes(range(32))
STATEMENT = statement(methods=[["push"]])
OTHER = statement(methods=[["push"]], text={"en": "Another one."})
SHOWN = {"id": ID, "statement": STATEMENT.canonical().decode(), "texts": [{"locale": "ru", "text": "Оплата\n"}]}
DIGEST = STATEMENT.digest()
SHOWN_DIGEST = "RyUCCNnVZBLVZYNvZuFmh1pPu1b7-tp8Eio0cLX2-Wk"


def device_of(device: Device, counter: int = 0) -> Enrolled:
    point = b"\x04" + read_base64url(device.jwk["x"]) + read_base64url(device.jwk["y"])
    return Enrolled(device.id, point, App("Bank for phones", "bank", "1.4.0"), counter)


@pytest.fixture
def device() -> Device:
    return Device(id="01981000-0000-7000-8000-0000000000d1")


@pytest.fixture
def issued() -> tuple[PushChallenge, str]:
    entropy = random.Random(7).randbytes  # noqa: S311  # a test's own chance
    return push.issue(
        request_id=ID,
        statement_digest=DIGEST,
        digits=4,
        lifetime=15 * MINUTE,
        now=NOW,
        entropy=entropy,
        key=KEY,
    )


def shown_digest_of(message: bytes) -> str:
    return read_answer(message).shown


def judge(device: Device, issued: tuple[PushChallenge, str], signed: tuple[bytes, str], **changes: Any) -> Any:
    """The whole way: open, then judge the number."""
    message, signature = signed
    wanted: dict[str, Any] = {"request_id": ID, "statement_digest": DIGEST, "counter": 0, "now": NOW, **changes}
    enrolled = wanted.get("enrolled") or device_of(device, wanted["counter"])
    honest = device.answer(SHOWN, "no")[0]
    answer = push.open_answer(
        message,
        signature,
        device=enrolled,
        request_id=wanted["request_id"],
        statement_digest=wanted["statement_digest"],
        shown_digest=wanted.get("shown_digest") or shown_digest_of(honest),
    )
    return push.judge(
        issued[0],
        answer,
        message,
        signature,
        device=enrolled,
        statement_digest=wanted["statement_digest"],
        now=wanted["now"],
        key=KEY,
    )


def test_the_right_number_signed_by_the_device_is_accepted_and_its_evidence_can_be_checked_again(
    device: Device, issued: tuple[PushChallenge, str]
) -> None:
    accepted = judge(device, issued, device.answer(SHOWN, "yes", issued[1]))
    assert accepted.method == "push"
    evidence = accepted.evidence
    assert evidence["key"] == device.thumbprint
    assert evidence["app"] == {"name": "Bank for phones", "publisher": "bank", "version": "1.4.0"}
    again = push.open_answer(
        str(evidence["signed"]).encode(),
        str(evidence["signature"]),
        device=device_of(device),
        request_id=ID,
        statement_digest=DIGEST,
        shown_digest=read_answer(str(evidence["signed"]).encode()).shown,
    )
    assert again.number == issued[1]


def test_the_number_is_told_again_to_who_asked_and_stands_nowhere_in_the_challenge(
    issued: tuple[PushChallenge, str],
) -> None:
    challenge, number = issued
    assert push.number_of(challenge, statement_digest=DIGEST, key=KEY) == number
    assert len(number) == 4
    assert number not in jcs({**challenge.issued(), "created": "", "expires": "", "request": ""})
    assert push.number_of(challenge, statement_digest=OTHER.digest(), key=KEY) != number
    assert push.number_of(challenge, statement_digest=DIGEST, key=bytes(32)) != number


def test_numbers_are_even(issued: tuple[PushChallenge, str]) -> None:
    drawn = {
        push.number_of(PushChallenge(ID, str(nonce), 1, NOW, NOW), statement_digest=DIGEST, key=KEY)
        for nonce in range(400)
    }
    assert drawn == set("0123456789")


def test_a_wrong_number_is_a_wrong_answer(device: Device, issued: tuple[PushChallenge, str]) -> None:
    wrong = f"{(int(issued[1]) + 1) % 10_000:04d}"
    with pytest.raises(WrongAnswer):
        judge(device, issued, device.answer(SHOWN, "yes", wrong))


def test_after_the_end_the_right_number_is_too_late(device: Device, issued: tuple[PushChallenge, str]) -> None:
    with pytest.raises(DeadlinePassed):
        judge(device, issued, device.answer(SHOWN, "yes", issued[1]), now=NOW + 15 * MINUTE)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"device": "01981000-0000-7000-8000-0000000000d2"}, "device"),
        ({"request": OTHER_ID}, "request"),
        ({"statement": OTHER.digest()}, "statement"),
        ({"shown": SHOWN_DIGEST}, "shown"),
        ({"answer": "maybe"}, "form"),
        ({"number": ""}, "form"),
        ({"number": "12a4"}, "form"),
        ({"number": "1234567890123"}, "form"),
        ({"counter": 0}, "form"),
        ({"counter": -1}, "form"),
        ({"counter": True}, "form"),
        ({"counter": 2**53}, "form"),
        ({"time": "yesterday"}, "form"),
        ({"locale": ""}, "form"),
        ({"more": "1"}, "form"),
    ],
)
def test_an_answer_with_one_fault_is_refused_by_its_rule(
    device: Device, issued: tuple[PushChallenge, str], changes: dict[str, Any], rule: str
) -> None:
    with pytest.raises(DeviceRefused) as refused:
        judge(device, issued, device.answer(SHOWN, "yes", issued[1], **changes))
    assert refused.value.rule == rule


def test_a_refusal_carries_no_number(device: Device, issued: tuple[PushChallenge, str]) -> None:
    with pytest.raises(DeviceRefused):
        judge(device, issued, device.answer(SHOWN, "no", issued[1]))


def test_another_key_or_a_changed_byte_is_refused(device: Device, issued: tuple[PushChallenge, str]) -> None:
    message, signature = device.answer(SHOWN, "yes", issued[1])
    other = Device(id=device.id)
    for forged in (
        (message, other.sign(ANSWER, message.decode())),
        (message, device.sign(SESSION, message.decode())),
        (message.replace(b"yes", b"no!"), signature),
        (message, signature[:-2]),
        (message, ""),
        (message, "A" * 86),
        (message, "!" * 86),
    ):
        with pytest.raises(DeviceRefused):
            judge(device, issued, forged)


def test_the_same_answer_a_second_time_is_a_replay_in_its_twin_too(
    device: Device, issued: tuple[PushChallenge, str]
) -> None:
    message, signature = device.answer(SHOWN, "yes", issued[1])
    counter = read_answer(message).counter
    judge(device, issued, (message, signature))
    with pytest.raises(Replayed):
        judge(device, issued, (message, signature), counter=counter)
    with pytest.raises(Replayed):
        judge(device, issued, (message, device.sign(ANSWER, message.decode(), twin=True)), counter=counter)


@pytest.mark.parametrize(
    "key",
    [
        "no object",
        {},
        {"crv": "P-384", "kty": "EC", "x": "AA", "y": "AA"},
        {"crv": "P-256", "kty": "EC", "x": "AA", "y": "AA"},
        {"crv": "P-256", "kty": "EC", "x": "A" * 43, "y": "A" * 43},
        {"crv": "P-256", "d": "A" * 43, "kty": "EC", "x": "A" * 43, "y": "A" * 43},
    ],
)
def test_a_key_that_is_no_point_of_the_curve_is_refused(device: Device, key: object) -> None:
    message, _ = device.enrolment("ABCDE-FGHJK", "nonce", key=key)
    with pytest.raises(DeviceRefused) as refused:
        read_enrolment(message)
    assert refused.value.rule == "key"


def test_a_message_has_one_spelling_and_a_size(device: Device) -> None:
    message, _ = device.opening("nonce", "https://id.example.kz")
    assert read_opening(message).service == "https://id.example.kz"
    for bad in (message + b" ", message.replace(b":", b": "), b"[]", b"\xff", b"{}", b'{"a":' + b"1" * 5_000 + b"}"):
        with pytest.raises(DeviceRefused):
            read_opening(bad)


def test_the_key_id_is_the_thumbprint_of_rfc_7638(device: Device) -> None:
    enrolment = read_enrolment(device.enrolment("ABCDE-FGHJK", "nonce")[0])
    assert key_id(enrolment.key) == device.thumbprint
    assert enrolment.app.publisher == "service"
    assert ENROLMENT != SESSION != ANSWER


@given(st.binary(max_size=300), st.text(max_size=120))
def test_whatever_comes_ends_in_a_refusal_of_this_package(message: bytes, signature: str) -> None:
    device = Device(id="d")
    with pytest.raises(ConfirmationError):
        push.open_answer(
            message,
            signature,
            device=device_of(device),
            request_id=ID,
            statement_digest=DIGEST,
            shown_digest=SHOWN_DIGEST,
        )
