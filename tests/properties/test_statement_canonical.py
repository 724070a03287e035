"""Canonical bytes and digests of statements: RFC 8785 by an independent library, no change without another digest."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from confirmations import Statement, digest_challenges
from confirmations.canonical import DEEPEST, parse, parse_canonical, write_canonical, write_time
from confirmations.errors import CanonicalRefused, ConfirmationError, StatementRefused
from confirmations.fields import CURRENCIES, LARGEST_AMOUNT

SAFE = st.integers(-(2**53) + 1, 2**53 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAME = st.text(st.characters(max_codepoint=127), max_size=8)
VALUE = st.recursive(
    st.one_of(TEXT, SAFE, st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAME, inner, max_size=4)),
    max_leaves=20,
).filter(lambda value: depth(value) <= DEEPEST)

WORD = st.text(st.sampled_from("АаБбҚқҢңӘәІіЁёЯя"), min_size=1, max_size=12)
LATIN = st.text(st.sampled_from("AaBbKkXxZz"), min_size=1, max_size=12)
NAMES = st.lists(WORD, min_size=1, max_size=4).map(" ".join) | st.lists(LATIN, min_size=1, max_size=4).map(" ".join)
LINES = st.lists(st.one_of(WORD, LATIN, st.just("№ 5")), min_size=1, max_size=4).map(" ".join)
DIGESTS = st.binary(min_size=32, max_size=32).map(lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode())
UUIDS = st.integers(0, 2**74 - 1).map(
    lambda n: f"01981000-0000-7{n & 0xFFF:03x}-8{n >> 12 & 0xFFF:03x}-{n >> 24 & 0xFFFFFFFFFFFF:012x}"
)
FIELD = st.one_of(
    st.fixed_dictionaries({"kind": st.just("document"), "name": LINES, "digest": DIGESTS}),
    st.fixed_dictionaries({"kind": st.just("consent"), "scope": LINES}),
    st.fixed_dictionaries(
        {
            "kind": st.just("labelled"),
            "label": st.fixed_dictionaries(dict.fromkeys(("kk", "ru", "en"), LINES)),
            "content": LINES,
        }
    ),
)
PAYMENT = st.fixed_dictionaries(
    {
        "kind": st.just("payment"),
        "payee": NAMES,
        "amount": st.integers(1, LARGEST_AMOUNT),
        "currency": st.sampled_from(sorted(CURRENCIES)),
    }
)
CREATED = st.integers(1, 2**41)
STATEMENT = st.builds(
    lambda created, lifetime, payment, fields, **rest: {
        **rest,
        "created": write_time(created),
        "expires": write_time(created + lifetime),
        "fields": [payment, *fields],
    },
    created=CREATED,
    lifetime=st.integers(1, 2**30),
    payment=PAYMENT,
    fields=st.lists(FIELD, max_size=4),
    act=st.sampled_from(["payment", "document", "other"]),
    id=UUIDS,
    nonce=st.binary(min_size=16, max_size=64).map(lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()),
    rp=st.fixed_dictionaries({"client_id": LATIN, "name": NAMES}),
    subject=LATIN,
    on_behalf_of=st.one_of(
        st.just("none"),
        st.fixed_dictionaries({"bin": st.just("010140000018"), "name": NAMES, "mandate": UUIDS | st.just("none")}),
    ),
    group=st.one_of(
        st.just("none"), st.fixed_dictionaries({"id": UUIDS, "k": st.integers(1, 3), "n": st.integers(3, 9)})
    ),
    methods=st.permutations([["code"], ["password", "totp"], ["passkey"]]).map(list),
    text=st.dictionaries(st.sampled_from(["kk", "ru", "en"]), LINES, max_size=3),
)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


@given(VALUE)
def test_canonical_bytes_are_those_of_the_independent_library_and_of_sorted_json(value: Any) -> None:
    written = write_canonical(value)
    assert written == rfc8785.dumps(value)
    assert written == json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@given(VALUE)
def test_canonical_bytes_read_back_as_the_same_value_by_both_readers(value: Any) -> None:
    written = write_canonical(value)
    assert parse_canonical(written) == value
    assert parse(written) == value
    assert parse(json.dumps(value, indent=2).encode()) == value


@given(st.binary(max_size=200))
def test_bytes_either_have_one_canonical_reading_or_are_refused(data: bytes) -> None:
    try:
        value = parse_canonical(data)
    except CanonicalRefused:
        return
    assert write_canonical(value) == data


@given(STATEMENT)
def test_every_statement_prints_as_it_was_read_and_hashes_as_the_format_says(value: dict[str, Any]) -> None:
    asked = Statement.of(value)
    assert asked.value() == value
    assert asked.canonical() == rfc8785.dumps(value)
    assert Statement.of(parse_canonical(asked.canonical())) == asked
    assert asked.hash() == hashlib.sha256(b"authsvc/confirmation/v1\x00" + rfc8785.dumps(value)).digest()


@given(first=STATEMENT, second=STATEMENT)
def test_two_statements_have_one_digest_exactly_when_they_are_one(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    one, other = Statement.of(first), Statement.of(second)
    assert (one.digest() == other.digest()) == (first == second)


@given(value=STATEMENT, place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_no_tampered_byte_keeps_the_digest(value: dict[str, Any], place: int, bit: int) -> None:
    asked = Statement.of(value)
    altered = bytearray(asked.canonical())
    altered[place % len(altered)] ^= 1 << bit
    try:
        other = Statement.of(parse_canonical(bytes(altered)))
    except ConfirmationError:
        return
    assert other.digest() != asked.digest()


@given(
    value=STATEMENT, name=st.sampled_from(["act", "fields", "group", "methods", "rp", "text", "subject"]), other=VALUE
)
def test_whatever_stands_in_a_member_is_read_or_refused_by_a_rule(value: dict[str, Any], name: str, other: Any) -> None:
    with contextlib.suppress(StatementRefused):
        asked = Statement.of({**value, name: other})
        assert Statement.of(parse_canonical(asked.canonical())) == asked


class Issued:
    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value

    def issued(self) -> dict[str, Any]:
        return self.value


@given(st.lists(st.dictionaries(NAME, TEXT, max_size=3), max_size=4))
def test_the_challenge_digest_is_over_the_array_in_its_order(values: list[dict[str, Any]]) -> None:
    wanted = hashlib.sha256(b"authsvc/challenge/v1\x00" + rfc8785.dumps(values)).digest()
    assert (
        digest_challenges([Issued(value) for value in values]) == base64.urlsafe_b64encode(wanted).rstrip(b"=").decode()
    )


@pytest.mark.deep
@given(st.lists(st.sampled_from('\x00\x1f\x20"\\\x7f\x80\u2028\uffff😀/<>'), max_size=50).map("".join))
def test_characters_that_escape_differently_elsewhere_are_written_alike(text: str) -> None:
    assert write_canonical(text) == rfc8785.dumps(text)
