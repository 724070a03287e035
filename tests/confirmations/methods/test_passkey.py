"""The judges of passkeys: every fault alone decides, and nothing but a refusal comes out."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from confirmations.errors import CloneSuspected, ConfirmationError, PasskeyRefused
from confirmations.methods import passkey
from tests.confirmations.methods.softkey import (
    AT,
    BE,
    BS,
    CHALLENGE,
    ECDSA,
    ED,
    ID,
    ORIGIN,
    RP,
    UP,
    UV,
    SoftKey,
    b64,
    cbor,
    head,
)

KEY = SoftKey()
STORED = passkey.Stored(KEY.cose, 6, False, ID)
POLICY = passkey.Policy()


def register(answer: Any, policy: passkey.Policy = POLICY) -> passkey.Registered:
    return passkey.judge_registration(answer, challenge=CHALLENGE, rp_id=RP, origins=[ORIGIN], policy=policy)


def asserted(
    answer: Any, policy: passkey.Policy = POLICY, stored: passkey.Stored = STORED, challenge: bytes = CHALLENGE
) -> passkey.Asserted:
    return passkey.judge_assertion(
        answer, challenge=challenge, rp_id=RP, origins=[ORIGIN], stored=stored, policy=policy
    )


def rule_of(judge: Callable[..., object], *args: Any, **named: Any) -> str:
    with pytest.raises(PasskeyRefused) as caught:
        judge(*args, **named)
    return caught.value.rule


# --- what is taken ---


def test_an_honest_registration_tells_what_is_to_be_kept() -> None:
    answer = KEY.register()
    taken = register(json.dumps(answer))
    assert (taken.credential_id, taken.public_key, taken.algorithm, taken.sign_count) == (ID, KEY.cose, -7, 0)
    assert (taken.format, taken.attestation, taken.trusted, taken.device_bound) == ("none", "none", False, False)
    assert (taken.user_present, taken.user_verified, taken.backup_eligible, taken.backed_up) == (
        True,
        True,
        False,
        False,
    )


def test_an_honest_assertion_tells_the_counter_to_keep() -> None:
    taken = asserted(KEY.sign())
    assert (taken.credential_id, taken.sign_count, taken.user_verified, taken.user_handle) == (ID, 7, True, None)


def test_the_user_handle_comes_back_as_it_was_given() -> None:
    answer = KEY.sign()
    answer["response"]["userHandle"] = b64(b"handle")
    assert asserted(answer).user_handle == b"handle"


def test_a_key_without_a_counter_may_stay_at_zero() -> None:
    assert asserted(KEY.sign(count=0), stored=passkey.Stored(KEY.cose, 0, False)).sign_count == 0


def test_a_self_attestation_holds_by_the_credential_s_own_key() -> None:
    told = KEY.client_data("webauthn.create")
    said = KEY.data(UP | UV | AT, 0, KEY.attested())
    good = KEY.private.sign(said + hashlib.sha256(told).digest(), ECDSA)
    statement: dict[str, object] = {"alg": -7, "sig": good}
    assert register(KEY.register(client_data=told, data=said, form="packed", statement=statement)).attestation == "self"
    for wrong in ({"alg": -7, "sig": good[:-1] + b"\0"}, {"alg": -257, "sig": good}, {"sig": good}, {"alg": -7}):
        answer = KEY.register(client_data=told, data=said, form="packed", statement=wrong)
        assert rule_of(register, answer) == "attestation"


# --- the page that asked ---

FRAMED = passkey.Policy(allow_cross_origin=True, top_origins=["https://bank.example.kz"])
PAGES: list[tuple[str, dict[str, Any], passkey.Policy]] = [
    ("origin", {"origin": "https://login.example.kz.evil.kz"}, POLICY),
    ("origin", {"origin": "https://login.example.kz:444"}, POLICY),
    ("origin", {"origin": "http://login.example.kz"}, POLICY),
    ("origin", {"origin": None}, POLICY),
    ("challenge", {"challenge": b64(b"x" * 32)}, POLICY),
    ("challenge", {"challenge": ""}, POLICY),
    ("malformed", {"challenge": None}, POLICY),
    ("malformed", {"challenge": b64(CHALLENGE) + "="}, POLICY),
    ("cross_origin", {"crossOrigin": True}, POLICY),
    ("cross_origin", {"crossOrigin": True, "topOrigin": "https://bank.example.kz"}, POLICY),
    ("cross_origin", {"crossOrigin": True, "topOrigin": "https://evil.kz"}, FRAMED),
    ("cross_origin", {"crossOrigin": False, "topOrigin": "https://bank.example.kz"}, FRAMED),
    ("malformed", {"crossOrigin": "false"}, POLICY),
]


@pytest.mark.parametrize(("rule", "members", "policy"), PAGES)
def test_another_page_or_frame_is_refused_at_both_ceremonies(
    rule: str, members: dict[str, Any], policy: passkey.Policy
) -> None:
    made = KEY.register(client_data=KEY.client_data("webauthn.create", **members))
    assert rule_of(register, made, policy) == rule
    signed = KEY.sign(client_data=KEY.client_data("webauthn.get", **members))
    assert rule_of(asserted, signed, policy) == rule


def test_a_frame_that_the_policy_names_is_taken() -> None:
    told = KEY.client_data("webauthn.get", crossOrigin=True, topOrigin="https://bank.example.kz")
    assert asserted(KEY.sign(client_data=told), FRAMED).user_verified
    assert asserted(KEY.sign(client_data=KEY.client_data("webauthn.get", crossOrigin=True)), FRAMED).user_verified


def test_neither_ceremony_passes_for_the_other_nor_for_a_payment() -> None:
    assert rule_of(register, KEY.register(client_data=KEY.client_data("webauthn.get"))) == "type"
    for kind in ("webauthn.create", "payment.get"):
        assert rule_of(asserted, KEY.sign(client_data=KEY.client_data(kind))) == "type"


def test_a_member_twice_is_two_readings_of_one_text() -> None:
    told = KEY.client_data("webauthn.get")
    twice = told.replace(b'"origin"', b'"origin": "https://evil.kz", "origin"', 1)
    assert rule_of(asserted, KEY.sign(client_data=twice)) == "malformed"


def test_an_assertion_over_one_statement_is_none_over_another() -> None:
    other = hashlib.sha256(b"a statement with another digit").digest()
    assert rule_of(asserted, KEY.sign(), challenge=other) == "challenge"


# --- what the authenticator says ---

DATA = [
    ("rp_id", SoftKey(rp_id="evil.kz").data(UP | UV, 7)),
    ("user_presence", KEY.data(UV, 7)),
    ("user_verification", KEY.data(UP, 7)),
    ("backup_eligibility", KEY.data(UP | UV | BE, 7)),
    ("malformed", KEY.data(UP | UV | BS, 7)),
    ("malformed", KEY.data(UP | UV, 7, b"\0")),
    ("malformed", KEY.data(UP | UV | ED, 7)),
    ("malformed", KEY.data(UP | UV | ED, 7, cbor([]))),
    ("malformed", KEY.data(UP | UV, 7)[:36]),
    ("malformed", KEY.data(UP | UV | AT, 7)),
]


@pytest.mark.parametrize(("rule", "data"), DATA)
def test_one_wrong_bit_of_the_authenticator_data_is_refused_though_it_is_signed(rule: str, data: bytes) -> None:
    assert rule_of(asserted, KEY.sign(data=data)) == rule


def test_a_counter_that_went_back_tells_both_values() -> None:
    for count in (6, 5, 0):
        with pytest.raises(CloneSuspected) as caught:
            asserted(KEY.sign(count=count))
        assert (caught.value.rule, caught.value.stored, caught.value.received) == ("sign_count", 6, count)


def test_a_forged_answer_does_not_even_show_what_the_counter_should_be() -> None:
    answer = KEY.sign(count=1)
    answer["response"]["signature"] = b64(b"\x30\x06\x02\x01\x01\x02\x01\x01")
    assert rule_of(asserted, answer) == "signature"


def test_another_key_or_credential_is_refused() -> None:
    other = SoftKey(credential_id=b"other")
    assert rule_of(asserted, other.sign()) == "credential"
    stored = passkey.Stored(b"\xa1\x01\x02", 6, False)
    assert rule_of(asserted, KEY.sign(), stored=stored) == "public_key"
    assert rule_of(asserted, KEY.sign(), stored=passkey.Stored(b"", 6, False)) == "malformed"
    assert rule_of(asserted, KEY.sign(), stored=passkey.Stored(KEY.cose + b"\0", 6, False)) == "malformed"


# --- what is registered ---


def _with_key(members: dict[int, object]) -> Any:
    return KEY.register(data=KEY.data(UP | UV | AT, 0, KEY.attested(cbor(members))))


def test_a_public_key_that_is_no_point_of_its_curve_is_refused() -> None:
    assert rule_of(register, _with_key({1: 2, 3: -7, -1: 1, -2: b"\1" * 32, -3: b"\2" * 32})) == "public_key"
    assert rule_of(register, _with_key({1: 2, 3: -7, -1: 1, -2: b"\1" * 31, -3: b"\2" * 32})) == "public_key"
    assert rule_of(register, _with_key({1: 2, 3: -7, -1: 2, -2: b"\1" * 32, -3: b"\2" * 32})) == "public_key"


def test_algorithms_that_were_not_offered_or_are_too_weak_are_refused() -> None:
    assert rule_of(register, KEY.register(), passkey.Policy(algorithms=[-8])) == "public_key"
    assert rule_of(register, _with_key({1: 3, 3: -65535, -1: b"\xff" * 256, -2: b"\1\0\1"})) == "public_key"
    assert rule_of(register, _with_key({1: 3, 3: -257, -1: b"\xff" * 128, -2: b"\1\0\1"})) == "public_key"


def test_ids_of_an_odd_length_or_other_than_the_attested_one_are_refused() -> None:
    assert rule_of(register, SoftKey(credential_id=b"x" * 1024).register()) == "malformed"
    assert rule_of(register, SoftKey(credential_id=b"").register()) == "malformed"
    answer = KEY.register()
    answer["id"] = answer["rawId"] = b64(b"another")
    assert rule_of(register, answer) == "malformed"
    answer["id"] = b64(ID)
    assert rule_of(register, answer) == "malformed"


def test_bytes_behind_a_value_are_refused() -> None:
    assert rule_of(register, KEY.register(more=b"\0")) == "malformed"
    assert rule_of(register, KEY.register(data=KEY.data(UP | UV | AT, 0, KEY.attested() + b"\0"))) == "malformed"


def test_a_registration_without_a_credential_is_refused() -> None:
    assert rule_of(register, KEY.register(data=KEY.data(UP | UV, 0))) == "malformed"


def test_a_statement_where_none_was_announced_or_of_an_unknown_format_is_refused() -> None:
    assert rule_of(register, KEY.register(statement={"sig": b"x"})) == "attestation"
    assert rule_of(register, KEY.register(form="android-safetynet", statement={"ver": "1"})) == "attestation"


@pytest.mark.parametrize("form", ["packed", "fido-u2f", "android-key", "apple", "tpm"])
@pytest.mark.parametrize("path", [[], [b""], [b"\x30\x00"], [1], "x", [b"x" * 20_000], [b""] * 9])
def test_a_statement_with_a_path_that_is_none_is_refused(form: str, path: object) -> None:
    statement = {"alg": -7, "sig": b"x", "x5c": path, "ver": "2.0", "pubArea": b"", "certInfo": b""}
    assert rule_of(register, KEY.register(form=form, statement=statement)) == "attestation"


def test_an_attestation_that_is_required_must_be_a_certified_one() -> None:
    root = _root()
    strict = passkey.Policy(attestation="required", roots=[root], at=datetime(2026, 11, 24, tzinfo=UTC))
    assert rule_of(register, KEY.register(), strict) == "attestation"


def _root() -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "root")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.private.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
    )
    return built.sign(KEY.private, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    "members",
    [
        {"attestation": "indirect"},
        {"attestation": "required"},
        {"roots": [b"no certificate"], "at": 0},
        {"algorithms": [-65535]},
        {"top_origins": "https://bank.example.kz"},
    ],
)
def test_a_policy_that_makes_no_sense_is_none(members: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        passkey.Policy(**members)


def test_roots_need_a_time() -> None:
    with pytest.raises(ValueError, match="time"):
        passkey.Policy(roots=[_root()])


# --- hostile input ---

ODD: list[Any] = ["", "[]", "{", "null", "[" * 100_000, "x" * 200_000, {}, None, 7, [], {"type": "public-key"}]


@pytest.mark.parametrize("answer", ODD)
def test_what_is_no_answer_at_all_is_a_refusal(answer: Any) -> None:
    assert rule_of(register, answer) == "malformed"
    assert rule_of(asserted, answer) == "malformed"


@pytest.mark.parametrize(
    "data",
    [
        b"\x5b" + b"\xff" * 8,
        b"\xbb" + b"\xff" * 8,
        b"\x81" * 200 + b"\x00",
        b"\x9f\xff",
        b"\xf9\x3c\x00",
        b"\x18\x07",
        head(4, 300) + b"\x00" * 300,
        b"\xa2\x01\x02\x01\x02",
        b"\xa1\x40\x00",
        b"\x61\xff",
        b"\xd8\x20\x00",
        b"",
    ],
)
def test_cbor_that_no_authenticator_writes_is_refused_before_anything_is_made_of_it(data: bytes) -> None:
    answer = KEY.answer({"clientDataJSON": b64(KEY.client_data("webauthn.create")), "attestationObject": b64(data)})
    assert rule_of(register, answer) == "malformed"


@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=100))
def test_random_bytes_are_a_refusal_and_nothing_else(first: bytes, second: bytes, third: bytes) -> None:
    for response in (
        {"clientDataJSON": b64(first), "attestationObject": b64(second)},
        {"clientDataJSON": b64(KEY.client_data("webauthn.create")), "attestationObject": b64(second)},
    ):
        with pytest.raises(ConfirmationError):
            register(KEY.answer(response))
    with pytest.raises(ConfirmationError):
        asserted(KEY.answer({"clientDataJSON": b64(first), "authenticatorData": b64(second), "signature": b64(third)}))


@given(st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]), st.data())
def test_any_changed_byte_of_an_honest_assertion_is_refused(name: str, data: st.DataObject) -> None:
    """But for the signature's own freedom: a DER that can't be read is a refusal too."""
    answer = KEY.sign()
    text = answer["response"][name]
    content = bytearray(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    answer["response"][name] = b64(bytes(content))
    with pytest.raises(PasskeyRefused):
        asserted(answer)
