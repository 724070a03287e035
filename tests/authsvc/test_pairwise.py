"""Pairwise subjects: the same for a sector, found again, and nothing that leads from one sector to another."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.keys import Keys, b64url, generate
from authsvc.pairwise import find_subject, sector_of, tell_session, tell_subject


@pytest.fixture(scope="module")
def keys() -> Keys:
    return generate(os.urandom)


PAIRWISE = {"subject_type": "pairwise"}


@given(st.binary(min_size=16, max_size=16))
def test_what_is_told_is_found_again_and_differs_by_sector(keys: Keys, own: bytes) -> None:
    sub = b64url(own)
    told = {sector: tell_subject(keys, sector, sub) for sector in ("", "host a.kz", "host b.kz")}
    assert told[""] == sub
    assert len(set(told.values())) == 3
    assert {find_subject(keys, sector, each) for sector, each in told.items()} == {sub}


def test_what_was_told_to_another_sector_finds_nobody_here(keys: Keys) -> None:
    sub = b64url(bytes(range(16)))
    assert find_subject(keys, "host b.kz", tell_subject(keys, "host a.kz", sub)) != sub
    assert find_subject(keys, "host a.kz", sub) != sub


@pytest.mark.parametrize("told", ["", "x", "ы" * 22, "=" * 22, "A" * 21 + "B", "A" * 400, "a b"])
def test_what_is_no_subject_is_nobody(keys: Keys, told: str) -> None:
    assert find_subject(keys, "host a.kz", told) == ""


def test_a_session_has_another_name_in_each_sector(keys: Keys) -> None:
    names = {tell_session(keys, sector, "sid-1") for sector in ("", "host a.kz", "host b.kz")}
    assert len(names) == 3
    assert tell_session(keys, "host a.kz", "sid-1") in names


def test_the_sector_is_the_common_host_or_the_client_itself() -> None:
    assert sector_of("one", ["https://a.kz/cb", "https://a.kz/other"], PAIRWISE) == "host a.kz"
    assert sector_of("one", ["https://a.kz/cb"], {**PAIRWISE, "sector_identifier_uri": "https://b.kz/x"}) == "host b.kz"
    assert sector_of("one", ["http://127.0.0.1:48931/cb"], PAIRWISE) == "client one"
    assert sector_of("one", [], PAIRWISE) == "client one"
    assert sector_of("one", ["https://a.kz/cb"], {}) == ""
    assert sector_of("host a.kz", [], PAIRWISE) != "host a.kz"
