"""Attacks on one entry (evidence format, section 14: 33 to 35, 37, 39, 59, 66 to 68): refused, never a crash."""

from base64 import b64decode, b64encode
from dataclasses import replace

import pytest

from authsvc.evidence import ed25519
from authsvc.evidence.canonical import Value, dumps
from authsvc.evidence.errors import BadKey, NewerFormat, RecordError, WrongIssuer
from authsvc.evidence.note import ED25519, Verifier, join_note
from authsvc.evidence.record import Disclosure, Link, check_disclosure, parse, seal, verify_entry
from authsvc.evidence.schema import SCHEMAS
from tests.authsvc.evidence.reseal import resign, resign_text
from tests.authsvc.evidence.samples import (
    AIGERIM,
    BOLAT,
    SAMPLES,
    confirmation,
    digest,
    genesis,
    issuer,
    issuers,
    links_for,
    record_id,
    salts_for,
    seal_sample,
)

PAIRS = [(a, b) for a in SCHEMAS for b in SCHEMAS if a != b]
CONFIRMATION = seal_sample(SAMPLES["confirmation"])
ENTRY = parse(CONFIRMATION.entry)


def test_there_are_306_ordered_pairs_of_types() -> None:
    assert len(PAIRS) == 306


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_an_entry_under_the_header_of_another_type_is_refused(a: str, b: str) -> None:
    """66: as it is, and even signed anew by the key of either family."""
    data = seal_sample(SAMPLES[a]).entry
    swapped = data.replace(f"\n{a}\n".encode(), f"\n{b}\n".encode(), 1)
    assert swapped != data
    with pytest.raises(RecordError):
        verify_entry(swapped, issuers())
    body = dict(parse(data).body)
    for family in {SCHEMAS[a].family, SCHEMAS[b].family}:
        with pytest.raises(RecordError):
            verify_entry(resign(b, body, issuer(family)), issuers())


@pytest.mark.parametrize("type_", SCHEMAS)
def test_an_entry_is_accepted_from_its_own_family_alone(type_: str) -> None:
    """68, both directions and all families: wall 3."""
    data = seal_sample(SAMPLES[type_]).entry
    assert verify_entry(data, issuers()).type == type_
    body = dict(parse(data).body)
    for family in issuers():
        if family != SCHEMAS[type_].family:
            with pytest.raises(WrongIssuer):
                verify_entry(resign(type_, body, issuer(family)), issuers())


def test_the_sealer_refuses_the_key_of_another_family() -> None:
    draft = SAMPLES["confirmation"].draft()
    with pytest.raises(WrongIssuer):
        seal(draft, links=links_for(draft), salts=salts_for(draft), signer=issuer("verification"))


@pytest.mark.parametrize("extra", ["certificate", "signature", "indication", "text"])
def test_a_confirmation_has_no_room_for_a_certificate_or_signature(extra: str) -> None:
    """67: as a member, as a slot, as a draft."""
    with pytest.raises(RecordError):
        parse(resign("confirmation", {**ENTRY.body, extra: digest("x")}))
    with pytest.raises(RecordError):
        check_disclosure(ENTRY, replace_name(CONFIRMATION.disclosures[0], extra))
    draft = SAMPLES["confirmation"].draft()
    with pytest.raises(RecordError):
        _seal_with_slots({**draft.slots, extra: digest("x")})
    swapped = {name: value for name, value in draft.slots.items() if name != "shown"}
    with pytest.raises(RecordError):
        _seal_with_slots({**swapped, extra: digest("x")})


def replace_name(disclosure: Disclosure, name: str) -> Disclosure:
    return disclosure._replace(name=name)


def _seal_with_slots(slots: dict[str, Value]) -> None:
    draft = replace(SAMPLES["confirmation"].draft(), slots=slots)
    seal(draft, links=links_for(draft), salts=salts_for(draft), signer=issuer("confirmation"))


@pytest.mark.parametrize("change", [-1, 1])
def test_one_claim_too_many_or_too_few_is_refused(change: int) -> None:
    """33."""
    claims = [*ENTRY.claims, digest("more")] if change > 0 else list(ENTRY.claims[:-1])
    with pytest.raises(RecordError) as refused:
        parse(resign("confirmation", {**ENTRY.body, "claims": list(claims)}))
    assert refused.value.member == "claims"


def test_two_equal_claims_are_refused() -> None:
    """33: one commitment in two places would mean one salt twice."""
    claims: list[Value] = [ENTRY.claims[0], *ENTRY.claims[:-1]]
    with pytest.raises(RecordError):
        parse(resign("confirmation", {**ENTRY.body, "claims": claims}))


def test_a_disclosure_whose_slot_and_name_disagree_is_refused() -> None:
    """33: two persons can't be shown from one body."""
    person, entity = CONFIRMATION.disclosures[0], CONFIRMATION.disclosures[3]
    for forged in (
        person._replace(slot=3),
        person._replace(name="entity_subject"),
        entity._replace(slot=0),
        person._replace(slot=31),
        person._replace(slot=-31),
        person._replace(slot=True),
        Disclosure(0, "person_subject", person.salt, BOLAT),
        person._replace(salt=entity.salt),
        person._replace(salt=""),
    ):
        with pytest.raises(RecordError):
            check_disclosure(ENTRY, forged)


def test_a_draft_with_another_persons_chain_or_none_is_refused() -> None:
    draft = confirmation(5).draft()
    for links in ({}, {AIGERIM: Link(1, "none")}, {**links_for(draft), BOLAT: Link(1, "none")}):
        with pytest.raises(RecordError):
            seal(draft, links=links, salts=salts_for(draft), signer=issuer("confirmation"))


def test_salts_must_be_fresh_for_each_slot() -> None:
    """10."""
    draft = confirmation(5).draft()
    for salts in (bytes(32 * 31), salts_for(draft)[:-32], salts_for(draft) + bytes(32)):
        with pytest.raises(RecordError) as refused:
            seal(draft, links=links_for(draft), salts=salts, signer=issuer("confirmation"))
        assert refused.value.member == "salts"


def test_a_second_signature_line_is_refused_whatever_its_key() -> None:
    """34."""
    same = issuer("confirmation").sign(ENTRY.text)
    other = issuer("confirmation", "test.other").sign(ENTRY.text)
    for lines in ([same, same], [same, other], [other, same]):
        with pytest.raises(RecordError):
            verify_entry(join_note(ENTRY.text, lines), issuers())


def test_data_hidden_in_the_signature_line_is_refused() -> None:
    """34: longer bytes, loose base64, a space at the end, another name with our key."""
    line = issuer("confirmation").sign(ENTRY.text)
    name, encoded = line[:-1].rsplit(b" ", 1)
    raw = b64decode(encoded)
    padded = b64encode(raw + b"hidden")
    loose = encoded[:-2] + bytes([encoded[-2] + 1]) + encoded[-1:]
    for forged in (
        name + b" " + padded + b"\n",
        name + b" " + loose + b"\n",
        name + b" " + encoded + b" \n",
        name + b" " + encoded + b" hidden\n",
        name + b"2 " + encoded + b"\n",
        name + b" " + encoded + b"\n\n",
        b"-" + line[3:],
    ):
        with pytest.raises(RecordError):
            verify_entry(join_note(ENTRY.text, [forged]), issuers())


def test_more_than_three_lines_or_data_after_the_note_is_refused() -> None:
    for text in (
        ENTRY.text + b"hidden\n",
        b"\n" + ENTRY.text,
        ENTRY.text.replace(b"\nconfirmation\n", b"\nconfirmation\nhidden\n"),
        ENTRY.text[:-1] + b" \n",
        ENTRY.text.replace(b"\nconfirmation\n", b"\n confirmation\n"),
        ENTRY.text[:-1] + b"\r\n",
    ):
        with pytest.raises(RecordError):
            parse(resign_text(text, "confirmation"))
    with pytest.raises(RecordError):
        parse(CONFIRMATION.entry + b"\n")


SMALL_ORDER = [
    bytes.fromhex(each)
    for each in (
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    )
]
NOT_CANONICAL = [
    bytes.fromhex(each)
    for each in (
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
]
OFF_THE_CURVE = [(2).to_bytes(32, "little")]


@pytest.mark.parametrize("key", [*SMALL_ORDER, *NOT_CANONICAL, *OFF_THE_CURVE], ids=bytes.hex)
def test_a_weak_key_is_refused_before_it_can_be_in_force(key: bytes) -> None:
    """35: in a vkey, and so in genesis and in `key` records."""
    with pytest.raises(BadKey):
        Verifier.of("test.log", ED25519, key)
    from authsvc.evidence.note import key_id

    weak = "test.log.example.kz/2026h2/issuer/case"
    vkey = f"{weak}+{key_id(weak, ED25519, key).hex()}+{b64encode(bytes([ED25519]) + key).decode()}"
    first = parse(seal_sample(genesis()).entry).body
    issuers_ = first["issuers"]
    assert isinstance(issuers_, list)
    with pytest.raises(RecordError) as refused:
        parse(resign("genesis", {**first, "issuers": [*issuers_[:-1], {"family": "case", "vkey": vkey}]}))
    assert refused.value.member == "issuers"
    body = {**parse(seal_sample(SAMPLES["key"]).entry).body, "key_value": vkey}
    with pytest.raises(RecordError) as refused:
        parse(resign("key", body))
    assert refused.value.member == "key_value"


@pytest.mark.parametrize("point", [*SMALL_ORDER, *NOT_CANONICAL], ids=bytes.hex)
def test_a_signature_of_a_weak_key_never_verifies(point: bytes) -> None:
    """35: R = identity and S = 0 satisfy the equation for a key of small order in some libraries."""
    for r in (*SMALL_ORDER, *NOT_CANONICAL):
        assert not ed25519.verify(point, b"text\n", r + bytes(32))


def test_s_not_below_the_group_order_is_refused() -> None:
    """35: S + L is the same number modulo L."""
    raw = ENTRY.signature.raw
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(raw[32:], "little")
    assert ed25519.verify(issuer("confirmation").verifier.key, ENTRY.text, raw)
    for shifted in (s + order, s + 2 * order, order, 2**256 - 1):
        forged = raw[:32] + shifted.to_bytes(32, "little")
        assert not ed25519.verify(issuer("confirmation").verifier.key, ENTRY.text, forged)


@pytest.mark.parametrize("r", NOT_CANONICAL, ids=bytes.hex)
def test_r_that_is_not_canonical_is_refused(r: bytes) -> None:
    """35."""
    assert not ed25519.is_canonical(r)
    assert not ed25519.verify(issuer("confirmation").verifier.key, ENTRY.text, r + ENTRY.signature.raw[32:])


def test_an_entry_of_one_origin_is_refused_in_another() -> None:
    """39: the key's name holds the origin."""
    replayed = seal_sample(SAMPLES["confirmation"], origin="test.other.kz/2026h2")
    with pytest.raises(WrongIssuer):
        verify_entry(replayed.entry, issuers())


def test_a_newer_version_is_named_as_such_and_an_older_is_no_entry() -> None:
    """62: never INVALID."""
    for version in (b"v2", b"v10"):
        with pytest.raises(NewerFormat):
            parse(CONFIRMATION.entry.replace(b"evidence/v1", b"evidence/" + version, 1))
    for version in (b"v0", b"v01", b"v", b"vx", b"v1 "):
        with pytest.raises(RecordError) as refused:
            parse(CONFIRMATION.entry.replace(b"evidence/v1", b"evidence/" + version, 1))
        assert not isinstance(refused.value, NewerFormat)


def _text(body: bytes) -> bytes:
    return b"authsvc/evidence/v1\nconfirmation\n" + body + b"\n"


BODY = dumps(dict(ENTRY.body))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(BODY.replace(b'"id":', b'"id": ', 1), id="a space"),
        pytest.param(BODY.replace(b'{"challenge":', b'{"outcome":"declined","challenge":', 1), id="a member twice"),
        pytest.param(BODY.replace(b"confirmed", b"\\u0063onfirmed", 1), id="an escape that is not needed"),
        pytest.param(BODY.replace(b'"confirmed"', b"1e2", 1), id="1e2"),
        pytest.param(BODY.replace(b'"confirmed"', b"100.0", 1), id="a float"),
        pytest.param(BODY.replace(b'"confirmed"', b"null", 1), id="null"),
        pytest.param(BODY.replace(b'"confirmed"', b"NaN", 1), id="NaN"),
        pytest.param(BODY.replace(b'"confirmed"', b"-0", 1), id="minus zero"),
        pytest.param(BODY.replace(b'"confirmed"', b"9007199254740992", 1), id="2^53"),
        pytest.param(BODY.replace(b'"confirmed"', b"1" * 60_000, 1), id="a long integer"),
        pytest.param(BODY.replace(b'"confirmed"', b'"\\ud800"', 1), id="a lone surrogate"),
        pytest.param(BODY.replace(b'"confirmed"', b"[" * 9 + b"]" * 9, 1), id="depth 9"),
        pytest.param(BODY.replace(b'"confirmed"', b"[" * 30_000 + b"]" * 30_000, 1), id="depth 30,000"),
        pytest.param(BODY.replace(b'"confirmed"', b"[" + b"1," * 20_000 + b"1]", 1), id="20,001 members"),
        pytest.param(BODY.replace(b'"confirmed"', b'"' * 30_000, 1), id="30,000 quotes"),
        pytest.param(BODY.replace(b'"outcome"', b'"Outcome"', 1), id="a capital key"),
        pytest.param(BODY.replace(b'"outcome"', '"оutcome"'.encode(), 1), id="a Cyrillic letter in a key"),
        pytest.param(BODY[:-1] + b',"zz":1}', id="one more member"),
        pytest.param(b"[]", id="an array"),
        pytest.param(b"", id="nothing"),
        pytest.param(BODY + b"x", id="something after it"),
        pytest.param(b"\xef\xbb\xbf" + BODY, id="a byte order mark"),
        pytest.param(BODY.replace(b'"confirmed"', b'"\xff"', 1), id="not UTF-8"),
    ],
)
def test_a_body_with_a_second_reading_is_refused(body: bytes) -> None:
    """59."""
    with pytest.raises(RecordError):
        verify_entry(resign_text(_text(body), "confirmation"), issuers())


def test_an_entry_longer_than_a_bundle_can_hold_is_refused() -> None:
    with pytest.raises(RecordError):
        parse(CONFIRMATION.entry + b"x" * 65_536)
    with pytest.raises(RecordError):
        parse(b"")


def test_genesis_binds_names_and_environment() -> None:
    body = dict(parse(seal_sample(genesis()).entry).body)
    other = str(issuer("case", "test.other").verifier)
    listed = body["issuers"]
    assert isinstance(listed, list)
    for change in (
        {"environment": "production"},
        {"origin": "test.other"},
        {"issuers": listed[::-1]},
        {"issuers": listed[:-1]},
        {"issuers": [*listed[:-1], {"family": "case", "vkey": other}]},
        {"issuers": [*listed[:-1], {"family": "case", "vkey": listed[0]["vkey"]}]},  # type: ignore[call-overload, index]
        {"log_keys": []},
        {"log_keys": [other]},
        {"receipt_keys": ["x"]},
        {"predecessor": [{}]},
    ):
        with pytest.raises(RecordError):
            parse(resign("genesis", {**body, **change}))  # type: ignore[arg-type]


def test_a_leak_is_dated_exactly_when_it_is_one() -> None:
    body = dict(parse(seal_sample(SAMPLES["key"]).entry).body)
    for change in ({"key_leaked_at": ""}, {"key_reason": "rotation"}, {"key_use": "receipt"}):
        with pytest.raises(RecordError):
            parse(resign("key", {**body, **change}))


def test_an_error_names_the_member() -> None:
    draft = replace(confirmation(5).draft(), id="nobody")
    with pytest.raises(RecordError) as refused:
        seal(draft, links=links_for(draft), salts=salts_for(draft), signer=issuer("confirmation"))
    assert refused.value.member == "id"
    assert record_id(5) not in refused.value.message
