"""The table test: section 2 of the format, all eighteen types, member by member and slot by slot."""

from dataclasses import MISSING, fields

import pytest

from authsvc.evidence import kinds
from authsvc.evidence.canonical import Value
from authsvc.evidence.claims import claim_hash
from authsvc.evidence.errors import NewerFormat, RecordError
from authsvc.evidence.record import check_disclosure, parse, seal
from authsvc.evidence.schema import SCHEMAS
from tests.authsvc.evidence import section2
from tests.authsvc.evidence.reseal import resign, with_value
from tests.authsvc.evidence.samples import SAMPLES, digest, issuer, links_for, record_id, salts_for, seal_sample

TYPES = list(section2.TYPES)
PLAIN = [(t, member) for t in TYPES for member in section2.TYPES[t][1].split()]
SLOTS = [(t, slot) for t in TYPES for slot in section2.slots_of(t)]

D, ID, TIME = digest("good"), record_id(7), "2026-11-24T10:00:00.000Z"
GOOD: dict[str, list[Value]] = {
    "subject": ["iin:900101300123", "bin:990140001234", ""],
    "number": [1, 2**53 - 1, ""],
    "previous": [D, "none", ""],
    "ids": [[], [ID], [ID, ID], ""],
    "id or none": [ID, "none"],
    "enrolments": [[ID], ["none"]],
    "acr or none": ["urn:authsvc:acr:single", "urn:authsvc:acr:multi", "urn:authsvc:acr:vouched", "none"],
    "client": ["bank", ""],
    "client or none": ["bank", "none"],
    "digest": [D, ""],
    "code": [""],
    "time": [TIME, ""],
    "text": ["х", "Әйгерім", ""],
    "text or none": ["GPT", "none"],
    "factor key": [{"credential_id": "a", "public_key": "b", "registration": D}, "none"],
    "group": [{"group": "g", "k": 1, "n": 2, "outcome": ""}, {"group": "g", "k": 1, "n": 2, "outcome": "met"}, ""],
    "place": [{"n": 1, "of": 1}, {"n": 2, "of": 3}, ""],
    "approvals": [[], [{"person": "iin:900101300123", "record": ID, "signature": "none"}], ""],
    "material": [[], [{"digest": D, "kind": "ocsp"}], ""],
    "codes": [[], ["device"], ""],
    "list": [[], [[ID, ["rp", "about"]]], ""],
    "left out": [[], [[ID, "other_case"], [3, "other_case"]], ""],
    "heads": [[], [[4, D]], ""],
    "count": [0, 5, ""],
}
BAD: dict[str, list[Value]] = {
    "subject": ["900101300123", "iin:90010130012", "iin:9001013001234", "IIN:900101300123", 1, "none"],
    "number": [0, -1, True, "1", 2**53, "none"],
    "previous": [D[:-1], D + "A", D[:-1] + "B", "NONE", 1],
    "ids": [ID, ["none"], [ID.upper()], [1], {"a": ID}, "none"],
    "id or none": ["", ID.upper(), "0198c0de-0000-4000-8000-000000000001", "0198c0de-0000-7000-c000-000000000001", 1],
    "enrolments": ["", "none", ID, [""], [1]],
    "acr or none": ["", 1, "a b"],
    "client": ["none", "x" * 256, 5, ["bank"]],
    "client or none": ["", "x" * 256],
    "digest": ["none", D[:-1], D + "=", D[:-1] + "+", 1, [D]],
    "code": ["a b", 1, ["kk"], "none "],
    "time": ["2026-11-24T10:00:00Z", "2026-11-24T10:00:00.000+00:00", "2026-02-30T10:00:00.000Z", 5, "none"],
    "text": [1, True, ["x"], "x" * 4097],
    "text or none": ["", 1],
    "factor key": ["", {}, {"credential_id": "a", "public_key": "b", "registration": "none"}, "key"],
    "group": ["none", {"group": "g", "k": 0, "n": 2, "outcome": ""}, {"group": "g", "k": 1, "n": 2}],
    "place": ["none", {"n": 0, "of": 1}, {"n": 2, "of": 1}, {"n": 1}, {"n": True, "of": 1}],
    "approvals": ["none", [{"person": "x", "record": ID, "signature": D}], [{"person": "iin:900101300123"}], [ID]],
    "material": ["none", [{"digest": "none", "kind": "crl"}], [D]],
    "codes": ["device", [1], ["a b"]],
    "list": [ID, [ID], [[ID]], [[ID, "rp"]], [["none", ["rp"]]], [[ID, ["rp"], 1]]],
    "left out": [[ID], [[0, "x"]], [[ID, "a b"]], [[True, "x"]]],
    "heads": [[[0, D]], [["1", D]], [[1, "none"]], [[1]]],
    "count": [-1, "0", True, "none"],
}


def test_there_are_exactly_the_eighteen_types_in_the_order_of_the_table() -> None:
    assert list(SCHEMAS) == TYPES
    assert len(TYPES) == 18
    assert [kind.type for kind in kinds.KINDS] == TYPES


@pytest.mark.parametrize("type_", TYPES)
def test_type_has_the_family_members_and_slots_of_the_table(type_: str) -> None:
    family, plain, _, count = section2.TYPES[type_]
    schema = SCHEMAS[type_]
    assert schema.family == family
    assert list(schema.plain) == plain.split()
    assert [slot.name for slot in schema.slots] == section2.slots_of(type_)
    assert [slot.index for slot in schema.slots] == list(range(count))


@pytest.mark.parametrize("type_", TYPES)
def test_plain_members_of_two_types_are_disjoint(type_: str) -> None:
    for other in TYPES:
        if other != type_:
            assert not SCHEMAS[type_].plain.keys() & SCHEMAS[other].plain.keys()


@pytest.mark.parametrize("type_", TYPES)
def test_dataclass_has_a_field_for_each_member_party_and_slot(type_: str) -> None:
    schema = SCHEMAS[type_]
    kind = next(each for each in kinds.KINDS if each.type == type_)
    slots = [slot.name for slot in schema.slots[3 * len(schema.roles) :]]
    assert [each.name for each in fields(kind)] == ["id", "time", *schema.plain, *schema.roles, *slots]
    assert kind.family == schema.family
    assert kind.__mro__[1:] == (object,)


@pytest.mark.parametrize("type_", TYPES)
def test_slots_that_know_none_must_be_given_and_all_others_need_not(type_: str) -> None:
    kind = next(each for each in kinds.KINDS if each.type == type_)
    for each in fields(kind):
        if each.name in section2.FORM_OF:
            knows_none = section2.FORM_OF[each.name] in (
                "id or none",
                "acr or none",
                "client or none",
                "text or none",
                "factor key",
                "enrolments",
            )
            assert (each.default is MISSING) is knows_none, each.name


@pytest.mark.parametrize("type_", TYPES)
def test_sample_is_sealed_read_and_opened_again(type_: str) -> None:
    sealed = seal_sample(SAMPLES[type_])
    entry = parse(sealed.entry)
    assert entry.type == type_
    assert entry.leaf == sealed.leaf
    assert len(sealed.disclosures) == section2.TYPES[type_][3]
    for disclosure in sealed.disclosures:
        assert check_disclosure(entry, disclosure).name == disclosure.name


@pytest.mark.parametrize(("type_", "member"), PLAIN)
def test_plain_member_is_required_and_takes_its_codes_alone(type_: str, member: str) -> None:
    draft = SAMPLES[type_].draft()
    without = {name: value for name, value in draft.plain.items() if name != member}
    with pytest.raises(RecordError) as refused:
        _seal_plain(type_, without)
    assert refused.value.member == member
    for code in section2.CODES.get(member, "").split():
        if type_ not in ("genesis", "key"):
            _seal_plain(type_, {**draft.plain, member: code})
    with pytest.raises(RecordError) as refused:
        _seal_plain(type_, {**draft.plain, member: False})
    assert refused.value.member == member
    if member not in section2.MAY_BE_EMPTY:
        with pytest.raises(RecordError):
            _seal_plain(type_, {**draft.plain, member: ""})


@pytest.mark.parametrize("member", [each for _, each in PLAIN if each in section2.CODES])
def test_unknown_code_of_a_plain_member_needs_a_newer_verifier(member: str) -> None:
    type_ = next(t for t, each in PLAIN if each == member)
    body = {**_body(type_), member: "quantum_nod"}
    with pytest.raises(NewerFormat) as refused:
        parse(resign(type_, body))
    assert refused.value.member == member


def test_unknown_method_needs_a_newer_verifier() -> None:
    with pytest.raises(NewerFormat):
        parse(resign("confirmation", {**_body("confirmation"), "method": ["quantum_nod"]}))


@pytest.mark.parametrize("method", ["eds", "hotp"])
def test_a_confirmation_never_knows_the_methods_of_a_login(method: str) -> None:
    with pytest.raises(NewerFormat):
        parse(resign("confirmation", {**_body("confirmation"), "method": [method]}))


@pytest.mark.parametrize(("type_", "slot"), SLOTS)
def test_slot_takes_the_values_of_its_form_and_no_others(type_: str, slot: str) -> None:
    form = section2.FORM_OF[slot]
    codes = section2.CODES.get(slot, "wrong_number" if form == "code" else "").split()
    good = [*GOOD[form], *codes]
    for value in good:
        if slot == "credential" and type_ == "authentication":  # this sample has two methods
            value = [*value, *value] if isinstance(value, list) else value
        entry, opening = with_value(type_, slot, value)
        assert check_disclosure(entry, opening).name == slot
    for value in BAD[form]:
        entry, opening = with_value(type_, slot, value)
        with pytest.raises(RecordError) as refused:
            check_disclosure(entry, opening)
        assert refused.value.member == slot
        assert not isinstance(refused.value, NewerFormat)
    if slot in section2.CODES or slot == "acr":
        entry, opening = with_value(type_, slot, "quantum_nod")
        with pytest.raises(NewerFormat):
            check_disclosure(entry, opening)


@pytest.mark.parametrize(("type_", "slot"), [(t, s) for t, s in SLOTS if "none" in section2.FORM_OF[s]])
def test_sealing_refuses_none_left_empty(type_: str, slot: str) -> None:
    """37."""
    draft = SAMPLES[type_].draft()
    slots = {**draft.slots, slot: ""}
    with pytest.raises(RecordError) as refused:
        _seal(type_, slots=slots)
    assert refused.value.member == slot


def test_an_absent_party_is_three_empty_slots() -> None:
    kind = kinds.Erasure(id=record_id(1), time=0, erasure_kind="restricted")
    opened = {each.name: each.value for each in seal_sample(kind).disclosures}
    assert [opened[f"person_{part}"] for part in ("subject", "number", "previous")] == ["", "", ""]


def test_the_claim_hash_is_the_one_of_the_format() -> None:
    """SHA-256(`authsvc/claim/v1` ‖ 0x00 ‖ JCS([salt, name, value])), computed here with other code."""
    import hashlib
    import json
    from base64 import urlsafe_b64encode

    value = {"group": "ғ\n\u2028", "k": 1, "n": 2, "outcome": ""}
    text = json.dumps([D, "group", value], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    hashed = hashlib.sha256(b"authsvc/claim/v1\x00" + text.encode()).digest()
    assert claim_hash(D, "group", value) == urlsafe_b64encode(hashed).rstrip(b"=").decode()


def _body(type_: str) -> dict[str, Value]:
    return dict(parse(seal_sample(SAMPLES[type_]).entry).body)


def _seal_plain(type_: str, plain: dict[str, Value]) -> None:
    _seal(type_, plain=plain)


def _seal(type_: str, plain: dict[str, Value] | None = None, slots: dict[str, Value] | None = None) -> None:
    from dataclasses import replace

    draft = SAMPLES[type_].draft()
    draft = replace(draft, plain=draft.plain if plain is None else plain, slots=draft.slots if slots is None else slots)
    seal(draft, links=links_for(draft), salts=salts_for(draft), signer=issuer(draft.family))
