"""Canonical bytes: one value, one text; one text, one reading."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from confirmations.canonical import (
    DEEPEST,
    LARGEST_INTEGER,
    LARGEST_TEXT,
    parse,
    parse_canonical,
    read_base64url,
    read_time,
    write_base64url,
    write_canonical,
    write_time,
)
from confirmations.errors import CanonicalRefused


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [1.0, None, {"a": None}, [0.5], {"ä": 1}, {1: "x"}, b"b", {"x": {1, 2}}, LARGEST_INTEGER + 1, -(2**53), "\ud800"],
    ids=repr,
)  # fmt: skip
def test_a_value_outside_the_restricted_form_is_refused(value: Any) -> None:
    with pytest.raises(CanonicalRefused):
        write_canonical(value)


def test_depth_is_allowed_to_the_limit_and_not_beyond() -> None:
    assert write_canonical(nested(DEEPEST)) == b"[" * DEEPEST + b"]" * DEEPEST
    with pytest.raises(CanonicalRefused):
        write_canonical(nested(DEEPEST + 1))


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b'{"a":1e2}',
        b'{"a":100.0}',
        b'{"a":-0}',
        b'{"a":null}',
        b'{"a":"\\u0061"}',
        b'{"a":"\\ud800"}',
        b'{"a":1}\n',
        b"\xef\xbb\xbf{}",
        b'{"a":NaN}',
        b'{"a":' + b"9" * 400 + b"}",
        b'"\xff"',
        b"",
        b"[" * 100_000,
    ],
    ids=lambda data: repr(data[:20]),
)
def test_bytes_with_a_second_reading_are_refused(data: bytes) -> None:
    with pytest.raises(CanonicalRefused):
        parse_canonical(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"a":1e2}',
        b'{"a":100.0}',
        b'{"a":-0}',
        b'{"a":null}',
        b'{"a":"\\ud800"}',
        b'{"a":Infinity}',
        b'{"a":' + b"9" * 400 + b"}",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":"' + b"x" * LARGEST_TEXT + b'"}',
        b'{"a":"',
        b'"\xff"',
    ],
    ids=lambda data: repr(data[:20]),
)
def test_the_strict_reader_refuses_what_two_readers_could_read_apart(data: bytes) -> None:
    with pytest.raises(CanonicalRefused):
        parse(data)


def test_the_strict_reader_takes_any_layout() -> None:
    assert parse(b' { "b" : [ 1 , true ] , "a" : "[[[[[[[[[[[\\"" } ') == {"a": '[[[[[[[[[[["', "b": [1, True]}


def test_the_public_vectors_come_out_byte_for_byte_or_are_outside_the_restricted_form(shared_vectors: Path) -> None:
    cases = json.loads((shared_vectors / "evidence" / "jcs.json").read_text())["cases"]
    written = 0
    for case in cases:
        value = json.loads(base64.b64decode(case["input_b64"]))
        if "null" in base64.b64decode(case["output_b64"]).decode():
            with pytest.raises(CanonicalRefused):
                write_canonical(value)
            continue
        assert write_canonical(value) == base64.b64decode(case["output_b64"])
        written += 1
    assert written


@pytest.mark.parametrize("text", ["AA==", "A", "AB", "A A", "++", "Ā", "AAAA\n"])
def test_base64url_with_a_second_spelling_is_refused(text: str) -> None:
    with pytest.raises(CanonicalRefused):
        read_base64url(text)


def test_base64url_comes_back() -> None:
    for size in range(70):
        data = bytes(range(size))
        assert read_base64url(write_base64url(data)) == data


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T10:00:00Z",
        "2026-11-24T10:00:00.0000Z",
        "2026-11-24T10:00:00.000+00:00",
        "2026-11-24 10:00:00.000Z",
        "2026-02-30T10:00:00.000Z",
        "2026-11-24T24:00:00.000Z",
        "2026-11-24T10:00:60.000Z",
        "1969-12-31T23:59:59.999Z",
        "٢٠٢٦-11-24T10:00:00.000Z",
    ],
)
def test_a_time_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(CanonicalRefused):
        read_time(text)


@pytest.mark.parametrize("ms", [0, 1, 999, 1_795_514_400_000, 253_402_300_799_999])
def test_a_time_comes_back(ms: int) -> None:
    assert read_time(write_time(ms)) == ms


@pytest.mark.parametrize("ms", [-1, 253_402_300_800_000])
def test_a_time_that_has_no_four_digit_year_is_refused(ms: int) -> None:
    with pytest.raises(CanonicalRefused):
        write_time(ms)
