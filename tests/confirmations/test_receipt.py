"""Receipts: what one proves, to whom, about which outcome; everything else is refused by its own rule."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from authsvc.evidence import schema
from confirmations import (
    AuthenticationReceipt,
    Disclosure,
    Members,
    Receipt,
    issue_receipt,
    read_authentication,
    read_receipt,
    thumbprint,
    words,
)
from confirmations.canonical import Json, hash_domain, parse_canonical, write_base64url, write_canonical
from confirmations.errors import ConfirmationError, ReceiptKindRefused, ReceiptOutcomeRefused, ReceiptRefused
from confirmations.receipt import AUTHENTICATION, CONFIRMATION
from confirmations.state import OUTCOMES
from confirmations.words import LOCALES
from tests.confirmations.samples import (
    DIGEST,
    RP,
    Key,
    disclosures_of,
    entry_of,
    login_members,
    members,
    statement,
)

KEY = Key()
KID = thumbprint(KEY.public)
KEYS = {KID: KEY.public}


def good_log(entry: bytes, proof: bytes, timing: Mapping[str, Json] | None) -> str:
    return ""


def read(token: str | bytes, **changes: Any) -> Receipt:
    return read_receipt(token, **{"keys": KEYS, "audience": RP, "check_log": good_log, **changes})


def read_login(token: str | bytes, **changes: Any) -> AuthenticationReceipt:
    return read_authentication(token, **{"keys": KEYS, "audience": RP, "check_log": good_log, **changes})


def issue(made: Members | None = None) -> str:
    return issue_receipt(made or members(), KEY.sign, KID)


def issue_login(made: Members | None = None) -> str:
    return issue_receipt(made or login_members(), KEY.sign, KID, AUTHENTICATION)


def forge(payload: Any, header: Any = None, key: Key = KEY) -> str:
    """A token with any payload and header, signed well: what a mistake of ours, or our leaked key, could make."""
    head = header or {"alg": "ES256", "kid": KID, "typ": "confirmation-receipt+jwt"}
    signed = ".".join(write_base64url(write_canonical(part)) for part in (head, payload))
    return f"{signed}.{write_base64url(key.sign(signed.encode()))}"


def payload_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return payload


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_receipt_of_each_outcome_is_read_by_who_expects_it(outcome: str) -> None:
    receipt = read(issue(members(outcome=outcome)), expected=outcome, statement_digest=statement().digest())
    assert receipt.outcome == outcome
    assert receipt.statement == statement()
    assert receipt.disclosed["rp"] == RP
    assert receipt.disclosed["person_number"] == 7


def test_the_same_members_and_key_give_the_same_bytes() -> None:
    assert issue() == issue()


def test_an_independent_jose_library_reads_the_same_payload() -> None:
    token = issue()
    decoded = jwt.decode_complete(token, KEY.public, algorithms=["ES256"], audience=RP)
    assert decoded["header"] == {"alg": "ES256", "kid": KID, "typ": "confirmation-receipt+jwt"}
    assert decoded["payload"] == payload_of(token)
    assert set(decoded["payload"]) == {"aud", "outcome", "state", "entry", "proof", "statement", "disclosures"}


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    jwk = jwt.algorithms.ECAlgorithm.to_jwk(KEY.public, as_dict=True)
    assert jwt.PyJWK({**jwk, "alg": "ES256"}).key.public_numbers() == KEY.public.public_numbers()
    canonical = write_canonical({name: jwk[name] for name in ("crv", "kty", "x", "y")})
    assert write_base64url(hashlib.sha256(canonical).digest()) == KID


@pytest.mark.parametrize("outcome", [outcome for outcome in OUTCOMES if outcome != "confirmed"])
def test_a_receipt_of_another_outcome_is_no_consent(outcome: str) -> None:
    with pytest.raises(ReceiptOutcomeRefused) as refused:
        read(issue(members(outcome=outcome)))
    assert refused.value.code == "receipt_outcome"
    assert outcome in refused.value.message


def test_a_receipt_of_a_consent_is_no_refusal() -> None:
    with pytest.raises(ReceiptOutcomeRefused):
        read(issue(), expected="declined")


def test_neither_kind_of_receipt_is_accepted_for_the_other() -> None:
    for refuse in (lambda: read(issue_login()), lambda: read_login(issue())):
        with pytest.raises(ReceiptKindRefused) as refused:
            refuse()
        assert refused.value.code == "receipt_kind"


def test_an_authentication_receipt_says_who_signed_in_and_that_it_is_no_consent() -> None:
    receipt = read_login(issue_login())
    assert (receipt.login, receipt.acr, receipt.methods) == ("accepted", "urn:authsvc:acr:multi", ("password", "totp"))
    assert receipt.words("en") == ("Login accepted", words.ONLY_A_LOGIN.en)
    with pytest.raises(ReceiptOutcomeRefused):
        read_login(issue_login(login_members("refused")))


@pytest.mark.parametrize(
    "typ", ["authentication-receipt+jwt", "JWT", "at+jwt", "logout+jwt", "", "Confirmation-Receipt+JWT"]
)
def test_a_token_of_another_type_is_refused_by_its_kind(typ: str) -> None:
    with pytest.raises(ReceiptKindRefused):
        read(forge(payload_of(issue()), {"alg": "ES256", "kid": KID, "typ": typ}))


@pytest.mark.parametrize(
    "token",
    [
        b"\x30\x82\x0b\xb8\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
        b"PK\x03\x04",
        b"<?xml version='1.0'?><ds:Signature/>",
        b"-----BEGIN CMS-----",
        b'{"payload":"","signatures":[]}',
        "",
        "..",
        "a.b.c",
        "a.b.c.d",
        "ә.ә.ә",
        "e30.e30.",
        "x" * 600_000,
    ],
    ids=lambda token: repr(token[:12]),
)
def test_a_signed_document_or_any_other_thing_is_refused_by_its_kind(token: str | bytes) -> None:
    with pytest.raises(ReceiptKindRefused):
        read(token)


def test_a_receipt_for_another_relying_party_is_refused() -> None:
    with pytest.raises(ReceiptRefused) as refused:
        read(issue(), audience="other.example")
    assert refused.value.rule == "aud"


def test_an_audience_that_the_record_does_not_name_is_refused() -> None:
    with pytest.raises(ReceiptRefused) as refused:
        read(issue(members(aud="other.example")), audience="other.example")
    assert refused.value.rule == "rp"


def test_a_record_that_discloses_another_relying_party_is_refused() -> None:
    with pytest.raises(ReceiptRefused) as refused:
        read(issue(members(slots={"rp": "other.example"})))
    assert refused.value.rule == "rp"


def test_a_statement_of_another_relying_party_is_refused() -> None:
    asked = statement(rp={"client_id": "other.example", "name": "Other"})
    with pytest.raises(ReceiptRefused) as refused:
        read(issue(members(asked)))
    assert refused.value.rule == "rp"


def test_a_receipt_about_another_statement_is_refused() -> None:
    """80: replayed for another record."""
    with pytest.raises(ReceiptRefused) as refused:
        read(issue(), statement_digest=statement(subject="else").digest())
    assert refused.value.rule == "statement"


def test_a_statement_swapped_for_another_is_refused() -> None:
    other = statement(fields=[{"kind": "payment", "payee": "ТОО «Ромашка»", "amount": 1, "currency": "KZT"}])
    with pytest.raises(ReceiptRefused) as refused:
        read(issue(members(statement=other.value())))
    assert refused.value.rule == "statement"


def test_a_statement_that_breaks_a_rule_is_refused_although_its_digest_fits() -> None:
    value = {**statement().value(), "certificate": "MIIB"}
    digest = write_base64url(hash_domain(b"authsvc/confirmation/v1", write_canonical(value)))
    disclosures = disclosures_of(CONFIRMATION)
    plain: dict[str, Json] = {"method": ("code",), "statement": digest, "challenge": DIGEST, "outcome": "confirmed"}
    with pytest.raises(ReceiptRefused) as refused:
        read(issue(members(statement=value, entry=entry_of(CONFIRMATION, plain, disclosures))))
    assert refused.value.rule == "statement"


def test_a_method_that_the_statement_does_not_allow_is_refused() -> None:
    with pytest.raises(ReceiptRefused) as refused:
        read(issue(members(method=("password",))))
    assert refused.value.rule == "method"


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ReceiptRefused) as refused:
        read(issue(members(method=("eds",))))
    assert refused.value.rule == "method"


def test_an_outcome_other_than_the_entrys_is_refused() -> None:
    made = members(outcome="declined")
    token = forge({**payload_of(issue(made)), "outcome": "confirmed"})
    with pytest.raises(ReceiptRefused) as refused:
        read(token)
    assert refused.value.rule == "entry"


def test_an_entry_of_another_type_is_refused_under_its_own_header_and_under_ours() -> None:
    login = login_members()
    with pytest.raises(ReceiptRefused) as refused:
        read(issue(members(entry=login.entry)))
    assert refused.value.rule == "entry"
    renamed = login.entry.replace(b"\nauthentication\n", b"\nconfirmation\n")
    with pytest.raises(ReceiptRefused) as refused:
        read(issue(members(entry=renamed)))
    assert refused.value.rule == "entry"


@pytest.mark.parametrize(
    "change",
    [
        lambda e: e.replace(b"evidence/v1", b"evidence/v2"),
        lambda e: e + b"\xe2\x80\x94 second line\n",
        lambda e: e[:-1],
        lambda e: e + b"x",
        lambda e: e.replace(b"\n\n", b"\nx\n"),
        lambda e: e.replace(b"\nconfirmation\n", b"\nauthentication\n"),
        lambda e: e.replace(b"\nconfirmation\n", b"\nconfirmation2\n"),
        lambda e: e.replace(b"\n\n", b"\n"),
        lambda e: e.replace(b'{"', b'{ "'),
        lambda e: e.replace(b'"outcome":"confirmed"', b'"outcome":"confirmed","signature":"x"'),
        lambda e: e.replace(b'"outcome":"confirmed",', b'"outcome":"confirmed","outcome":"confirmed",'),
        lambda e: e.replace(b'"time":"2026', b'"time":"26'),
        lambda e: b"",
    ],
)
def test_an_entry_in_another_form_is_refused(change: Any) -> None:
    made = members()
    with pytest.raises(ReceiptRefused):
        read(issue(replace(made, entry=change(made.entry))))


def changed(place: int, **changes: Any) -> Members:
    made = members()
    disclosures = list(made.disclosures)
    disclosures[place] = replace(disclosures[place], **changes)
    return replace(made, disclosures=disclosures)


@pytest.mark.parametrize(
    "made",
    [
        changed(0, value=8),
        changed(0, salt=DIGEST),
        changed(0, salt="AAAA"),
        changed(0, salt="no base64url!"),
        changed(0, slot=3),
        changed(0, slot=-1),
        changed(0, slot=31),
        changed(0, slot=True),
        replace(members(), disclosures=[*members().disclosures, members().disclosures[0]]),
        replace(members(), disclosures=[*members().disclosures, Disclosure(40, "certificate", DIGEST, "x")]),
    ],
    ids=["value", "salt", "short salt", "salt form", "slot", "negative", "beyond", "boolean", "twice", "unknown"],
)
def test_a_disclosure_that_its_slot_does_not_commit_to_is_refused(made: Members) -> None:
    with pytest.raises(ReceiptRefused):
        read(issue(made))


def test_a_right_value_under_another_name_is_refused() -> None:
    payload = payload_of(issue())
    payload["disclosures"][0]["name"] = "person_name"
    with pytest.raises(ReceiptRefused) as refused:
        read(forge(payload))
    assert refused.value.rule == "disclosures"


def test_a_slot_too_many_or_too_few_is_refused() -> None:
    plain: dict[str, Json] = {
        "method": ("code",), "statement": statement().digest(), "challenge": DIGEST, "outcome": "confirmed",
    }  # fmt: skip
    for slots in (disclosures_of(CONFIRMATION)[:-1], [*disclosures_of(CONFIRMATION), disclosures_of(CONFIRMATION)[0]]):
        with pytest.raises(ReceiptRefused) as refused:
            read(issue(members(entry=entry_of(CONFIRMATION, plain, slots))))
        assert refused.value.rule == "disclosures"


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_what_an_outcome_always_discloses_can_be_left_out_neither_in_making_nor_in_reading(outcome: str) -> None:
    made = members(outcome=outcome)
    for one in made.disclosures:
        less = [other for other in made.disclosures if other is not one]
        with pytest.raises(ValueError, match=one.name):
            issue(replace(made, disclosures=less))
        payload = payload_of(issue(made))
        payload["disclosures"] = [item for item in payload["disclosures"] if item["name"] != one.name]
        with pytest.raises(ReceiptRefused):
            read(forge(payload), expected=outcome)


@pytest.mark.parametrize("name", ["signature", "certificate", "iss", "time", "login"])
def test_an_additional_member_is_refused(name: str) -> None:
    with pytest.raises(ReceiptRefused) as refused:
        read(forge({**payload_of(issue()), name: {}}))
    assert refused.value.rule == "members"


@pytest.mark.parametrize("name", ["aud", "outcome", "state", "entry", "proof", "statement", "disclosures"])
@pytest.mark.parametrize("value", [None, 1, [], {}, "x", [[]], [{}], ["x"]])
def test_a_member_that_is_missing_or_of_another_kind_is_refused(name: str, value: Any) -> None:
    payload = payload_of(issue())
    if value is None:
        del payload[name]
    else:
        payload[name] = value
    try:
        read(forge(payload))
    except ReceiptRefused:
        return
    assert (name, value) == ("proof", "x"), "only the log can say that a proof is none"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "kid": KID, "typ": "confirmation-receipt+jwt"},
        {"alg": "HS256", "kid": KID, "typ": "confirmation-receipt+jwt"},
        {"alg": "ES256", "kid": KID, "typ": "confirmation-receipt+jwt", "jwk": {}},
        {"alg": "ES256", "kid": KID, "typ": "confirmation-receipt+jwt", "crit": []},
        {"alg": "ES256", "typ": "confirmation-receipt+jwt"},
        {"alg": "ES256", "kid": 1, "typ": "confirmation-receipt+jwt"},
        {"alg": "ES256", "kid": "unknown", "typ": "confirmation-receipt+jwt"},
    ],
)
def test_a_header_that_says_more_less_or_else_is_refused(header: Any) -> None:
    with pytest.raises(ReceiptRefused):
        read(forge(payload_of(issue()), header))


def test_another_key_under_the_right_name_is_refused() -> None:
    other = Key(0xBAD)
    with pytest.raises(ReceiptRefused) as refused:
        read(forge(payload_of(issue()), key=other))
    assert refused.value.rule == "jws"
    with pytest.raises(ReceiptRefused) as refused:
        read(forge(payload_of(issue()), key=other), keys={KID: other.public})
    assert refused.value.rule == "key"


def test_a_receipt_key_is_of_p_256() -> None:
    with pytest.raises(ValueError, match="P-256"):
        thumbprint(ec.derive_private_key(5, ec.SECP384R1()).public_key())


def test_what_the_log_does_not_prove_is_refused_with_its_reason() -> None:
    seen: list[tuple[bytes, bytes, Mapping[str, Json] | None]] = []

    def no_log(entry: bytes, proof: bytes, timing: Mapping[str, Json] | None) -> str:
        seen.append((entry, proof, timing))
        return "the leaf is not under the checkpoint"

    with pytest.raises(ReceiptRefused) as refused:
        read(issue(), check_log=no_log)
    assert refused.value.rule == "log"
    assert "the leaf is not under the checkpoint" in refused.value.message
    assert seen == [(members().entry, members().proof, None)]


def test_an_anchored_receipt_brings_its_time_part_to_the_log_check() -> None:
    seen: list[Mapping[str, Json] | None] = []

    def log(entry: bytes, proof: bytes, timing: Mapping[str, Json] | None) -> str:
        seen.append(timing)
        return ""

    made = members(state="anchored", time={"below": "token"})
    assert read(issue(made), check_log=log).state == "anchored"
    assert seen == [{"below": "token"}]
    with pytest.raises(ValueError, match="time part"):
        issue(members(state="anchored"))
    with pytest.raises(ValueError, match="time part"):
        issue(members(time={"below": "token"}))


def test_every_byte_of_a_receipt_counts() -> None:
    token = issue()
    for place in range(0, len(token), 7):
        altered = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(ReceiptRefused):
            read(altered)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_words_name_the_outcome_first_who_else_could_have_made_it_and_that_it_is_no_signature(locale: str) -> None:
    said = read(issue()).words(locale)
    assert said[0] == words.OUTCOMES["confirmed"].say(locale)
    assert said[1] == words.AUTHORSHIP["code"].say(locale)
    assert said[-1] == words.NOT_A_SIGNATURE.say(locale)
    both = read(issue(members(method=("password", "totp")))).words(locale)
    assert words.COMBINED.say(locale) in both
    assert words.BINDS_NO_CONTENT["totp"].say(locale) in both


def test_the_words_say_when_the_relying_party_showed_the_text_or_vouched_for_the_person() -> None:
    passed_on = read(issue(members(slots={"shown_by": "relying_party", "vouched_by": RP}))).words("en")
    assert words.SHOWN_BY_RELYING_PARTY.en in passed_on
    assert words.VOUCHED.say("en", client=RP) in passed_on
    assert words.SHOWN_BY_APP.en in read(issue(members(slots={"shown_by": "device_app"}))).words("en")


def test_an_expectation_that_no_receipt_can_meet_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="not an outcome"):
        read(issue(), expected="signed")


def test_a_signature_of_another_length_is_never_issued() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        issue_receipt(members(), lambda data: b"\x30" * 70, KID)


def test_the_slots_are_those_of_the_evidence_format() -> None:
    for kind in (CONFIRMATION, AUTHENTICATION):
        cast = schema.SCHEMAS[kind.record]
        assert kind.slots == tuple(slot.name for slot in cast.slots)
        assert kind.plain == cast.members | set(schema.ALWAYS)


def test_statement_and_disclosures_come_back_canonical() -> None:
    token = issue()
    part = token.split(".")[1]
    raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    assert write_canonical(parse_canonical(raw)) == raw


@given(data=st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_whatever_is_handed_in_ends_in_a_refusal_of_ours(data: bytes | str) -> None:
    with pytest.raises(ConfirmationError):
        read(data)


JSON = st.recursive(
    st.one_of(st.text(max_size=5), st.integers(-5, 5), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)),
    max_leaves=6,
)


@given(name=st.sampled_from(["aud", "outcome", "state", "entry", "statement", "disclosures"]), value=JSON)
def test_whatever_stands_in_a_member_ends_in_a_refusal_of_ours(name: str, value: Any) -> None:
    with pytest.raises(ConfirmationError):
        read(forge({**payload_of(issue()), name: value}))
