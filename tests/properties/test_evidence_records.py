"""Canonical bytes against `rfc8785` as the oracle; random members and slots; any changed byte of an entry."""

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from authsvc.evidence import canonical
from authsvc.evidence.errors import EvidenceError, NotCanonical, RecordError
from authsvc.evidence.record import Disclosure, check_disclosure, parse, verify_entry
from authsvc.evidence.schema import SCHEMAS
from tests.authsvc.evidence.reseal import resign
from tests.authsvc.evidence.samples import SAMPLES, digest, issuers, seal_sample

KEYS = st.text("abcxyz019_", min_size=1, max_size=6)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
SCALARS = TEXTS | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
SEALED = {type_: seal_sample(kind) for type_, kind in SAMPLES.items()}
TYPES = st.sampled_from(list(SCHEMAS))


@given(VALUES)
def test_canonical_bytes_are_those_of_rfc_8785_and_read_back(value: Any) -> None:
    try:
        written = canonical.dumps(value)
    except NotCanonical:
        assert _depth(value) > canonical.MAX_DEPTH
        return
    assert written == rfc8785.dumps(value)
    assert canonical.loads_strict(written) == value


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
def test_whatever_is_read_is_canonical(data: bytes) -> None:
    try:
        value = canonical.loads_strict(data)
    except NotCanonical:
        return
    assert canonical.dumps(value) == data


@given(TYPES, KEYS, VALUES)
def test_a_random_member_injected_into_a_record_is_refused(type_: str, name: str, value: Any) -> None:
    body = dict(parse(SEALED[type_].entry).body)
    if name in body:
        return
    try:
        data = resign(type_, {**body, name: value})
    except NotCanonical:
        return
    with pytest.raises(RecordError):
        verify_entry(data, issuers())


@given(TYPES, st.data())
def test_a_random_claim_injected_into_a_record_is_refused(type_: str, data: st.DataObject) -> None:
    body = dict(parse(SEALED[type_].entry).body)
    claims = list(body["claims"])  # type: ignore[arg-type]
    at = data.draw(st.integers(0, len(claims)))
    claims.insert(at, digest("injected"))
    with pytest.raises(RecordError):
        verify_entry(resign(type_, {**body, "claims": claims}), issuers())


@given(TYPES, st.integers(-2, 40), KEYS, SCALARS)
def test_a_random_disclosure_opens_nothing(type_: str, slot: int, name: str, value: Any) -> None:
    entry = parse(SEALED[type_].entry)
    for salt in ("", digest("salt"), *[each.salt for each in SEALED[type_].disclosures[:1]]):
        with pytest.raises(RecordError):
            check_disclosure(entry, Disclosure(slot, name, salt, value))


@given(TYPES, st.data())
def test_any_changed_byte_of_an_entry_is_noticed(type_: str, data: st.DataObject) -> None:
    entry = SEALED[type_].entry
    at = data.draw(st.integers(0, len(entry) - 1))
    changed = bytes([entry[at] ^ data.draw(st.integers(1, 255))])
    with pytest.raises(EvidenceError):
        verify_entry(entry[:at] + changed + entry[at + 1 :], issuers())


@given(st.binary(max_size=200))
def test_random_bytes_are_no_entry(data: bytes) -> None:
    for start in (b"", b"authsvc/evidence/v1\n", b"authsvc/evidence/v1\nconfirmation\n"):
        with pytest.raises(RecordError):
            parse(start + data)
