"""NIST's PKITS, the whole suite: 247 of 247."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from signatures import Evidence, Policy, TrustAnchors, validate_path
from signatures.certificates import Certificate
from signatures.keys import lacks_parameters
from tests.signatures.pkits import AT, SETTINGS, Case, holds, read_cases

FOLDER = Path(str(files("cryptography_vectors"))) / "x509" / "PKITS_data"
ANCHOR = (FOLDER / "certs" / "TrustAnchorRootCertificate.crt").read_bytes()


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return list(read_cases(FOLDER))


def test_the_whole_suite_has_224_tests_and_with_their_settings_247(cases: list[Case]) -> None:
    assert len({case.name for case in cases}) == 224
    assert {name for name in SETTINGS if name not in {case.name for case in cases}} == set()
    assert Counter(case.valid for case in cases) == {True: 113, False: 134}


def test_all_247_come_out_as_the_suite_says(cases: list[Case]) -> None:
    assert [(case.name, case.inputs) for case in cases if holds(case, ANCHOR) is not case.valid] == []


def inheriting(cases: list[Case]) -> Case:
    return next(case for case in cases if case.name == "ValidDSAParameterInheritanceTest5")


def test_a_dsa_key_without_parameters_is_judged_by_those_of_its_issuer(cases: list[Case]) -> None:
    case = inheriting(cases)
    result = validate_path(
        case.leaf, anchors=TrustAnchors.of(ANCHOR), evidence=Evidence.of(case.certificates, case.crls), at=AT
    )
    assert result.valid
    assert [one.inherited is not None for one in result.path] == [False, True, False, False]
    assert [one.key_name for one in result.path[1:3]] == ["DSA", "DSA"]


def test_a_dsa_key_without_parameters_is_of_no_use_where_nobody_hands_any_down(cases: list[Case]) -> None:
    case = inheriting(cases)
    kept = [der for der in case.certificates if b"DSA CA" not in Certificate.of(der).subject.der]
    assert len(kept) < len(case.certificates)
    assert any(lacks_parameters(Certificate.of(der).spki) for der in kept)
    result = validate_path(case.leaf, anchors=TrustAnchors.of(ANCHOR), evidence=Evidence.of(kept, case.crls), at=AT)
    assert not result.valid


def test_nobody_has_signed_by_dsa_since_the_standard_forbade_it(cases: list[Case]) -> None:
    case = next(case for case in cases if case.name == "ValidDSASignaturesTest4")
    evidence = Evidence.of(case.certificates, case.crls)
    late = AT.replace(year=2025)
    result = validate_path(
        case.leaf, anchors=TrustAnchors.of(ANCHOR), evidence=evidence, at=late, policy=Policy.default()
    )
    assert not result.valid
    assert result.reason.startswith("path.algorithm")
