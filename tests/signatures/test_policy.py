"""Policies are values: algorithms by date and size, limits that are numbers, a digest that tells two apart."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from signatures import (
    AlgorithmRule,
    BadArgument,
    Evidence,
    Indication,
    Limits,
    Policy,
    Purpose,
    RevocationRule,
    SignaturesError,
    SubIndication,
    TrustAnchors,
    verify,
)
from signatures.policy import Use
from tests.signatures.conftest import World
from tests.signatures.making import AT, Ca, cms, make_key

CONTENT = b"content"
DEFAULT = Policy.default()
UNSURE, NO_POE = Indication.INDETERMINATE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE


@pytest.mark.parametrize(
    ("name", "bits", "at", "why"),
    [
        ("sha256", None, AT, None),
        ("sha1", None, datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC), None),
        ("sha1", None, datetime(2017, 1, 1, tzinfo=UTC), "too_late"),
        ("sha224", None, AT, "too_late"),
        ("rsa-pkcs1", 2048, AT, None),
        ("rsa-pkcs1", 2047, AT, "short"),
        ("rsa-pss", 1024, AT, "short"),
        ("ecdsa", 256, AT, None),
        ("gost-34.10-2015", 512, AT, None),
        ("gost-34.11-2015-512", None, AT, None),
        ("md5", None, AT, "unknown"),
        ("", None, AT, "unknown"),
    ],
)
def test_an_algorithm_is_allowed_by_name_size_and_date(name: str, bits: int | None, at: datetime, why: str) -> None:
    assert DEFAULT.refuses(name, bits, at) == why


def without(*names: str) -> Policy:
    return replace(DEFAULT, algorithms=tuple(rule for rule in DEFAULT.algorithms if rule.name not in names))


def test_an_algorithm_taken_off_the_list_is_refused_in_the_signature_and_in_every_link(world: World) -> None:
    signer = world.issuing.issue("Signer", key=make_key("rsa", 4))  # RSA under authorities of ECDSA
    signed = cms(signer, CONTENT)
    assert world.verify(signed).indication is Indication.TOTAL_PASSED
    for name, code in (("rsa-pkcs1", "algorithm.allowed"), ("ecdsa", "path.algorithm")):
        report = world.verify(signed, policy=without(name))
        assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)
        (check,) = report.signatures[0].failures
        assert (check.code, check.param("why")) == (code, "unknown")


def test_a_rule_may_end_on_a_day(world: World) -> None:
    rules = tuple(
        AlgorithmRule("ecdsa", 256, AT + timedelta(days=1)) if rule.name == "ecdsa" else rule
        for rule in DEFAULT.algorithms
    )
    assert world.verify(cms(world.signer, CONTENT), policy=replace(DEFAULT, algorithms=rules)).indication is (
        Indication.TOTAL_PASSED
    )
    late = tuple(AlgorithmRule(rule.name, rule.bits, AT) for rule in DEFAULT.algorithms)
    report = world.verify(cms(world.signer, CONTENT), policy=replace(DEFAULT, algorithms=late))
    assert (report.indication, report.sub_indication) == (UNSURE, NO_POE)


def test_a_weak_key_above_the_signer_is_refused_too() -> None:
    weak = Ca.root("Weak", key=make_key("rsa1024", 5))
    signer = weak.issue("Signer", key=make_key("ec", 6))
    report = verify(
        cms(signer, CONTENT), anchors=TrustAnchors.of(weak.der), at=AT, evidence=Evidence.of(crls=[weak.crl()])
    )
    assert (report.indication, report.sub_indication) == (UNSURE, NO_POE)
    (check,) = report.signatures[0].failures
    assert (check.code, check.param("why")) == ("path.algorithm", "short")


@pytest.mark.parametrize("item", [item.name for item in fields(Limits)])
def test_every_limit_is_a_number_from_nought(item: str) -> None:
    assert getattr(DEFAULT.with_limits(**{item: 0}).limits, item) == 0
    for wrong in (-1, 1.5, "9", None):
        with pytest.raises(BadArgument):
            DEFAULT.with_limits(**{item: wrong})  # type: ignore[arg-type]


@pytest.mark.parametrize("item", [item.name for item in fields(Limits)])
def test_every_limit_set_to_nought_ends_in_a_verdict_or_a_refusal_and_never_passes(world: World, item: str) -> None:
    """Nought of anything: nothing is skipped for it. What this document does not need is the exception."""
    not_needed = {"name_checks", "slow_hash_bytes", "wants", "policies"}
    try:
        report = world.verify(cms(world.signer, CONTENT), policy=DEFAULT.with_limits(**{item: 0}))
    except SignaturesError:
        return
    assert (report.indication is Indication.TOTAL_PASSED) is (item in not_needed)


def test_methods_change_one_thing_and_leave_the_default_alone() -> None:
    assert DEFAULT.without_revocation() == replace(DEFAULT, revocation=RevocationRule.AT_HAND)
    assert DEFAULT.for_login() == replace(DEFAULT, purpose=Purpose.LOGIN)
    assert Policy.default() is DEFAULT
    assert DEFAULT.revocation is RevocationRule.REQUIRED


def test_every_member_counts_in_the_digest() -> None:
    others = [
        DEFAULT.without_revocation(),
        DEFAULT.for_login(),
        DEFAULT.with_limits(paths=1),
        replace(DEFAULT, name="other"),
        replace(DEFAULT, freshness=timedelta(days=1)),
        replace(DEFAULT, skew=timedelta(0)),
        replace(DEFAULT, bare_content=False),
        replace(DEFAULT, order_as_found=False),
        replace(DEFAULT, algorithms=DEFAULT.algorithms[1:]),
    ]
    assert len({policy.digest for policy in (DEFAULT, *others)}) == len(others) + 1
    assert replace(DEFAULT).digest == DEFAULT.digest


def test_an_answer_that_hangs_on_time_is_found_anew_each_time() -> None:
    policy, early, late = Policy(), datetime(2013, 6, 1, tzinfo=UTC), datetime(2020, 6, 1, tzinfo=UTC)
    for _ in range(2):
        assert policy.judges("sha1", None, early, Use.SIGNER) == (None, True)
        assert policy.judges("sha1", None, late, Use.SIGNER) == ("too_late", False)
        assert policy.judges("rsa-pkcs1", 1024, early, Use.CA) == (None, True)
        assert policy.judges("rsa-pkcs1", 1024, late, Use.CA) == ("short", False)
        assert policy.judges("rsa-pkcs1", 2048, early, Use.CA) == (None, False)
        assert policy.judges("rsa-pkcs1", 2048, late, Use.CA) == (None, False)
        assert policy.judges("md5", None, late, Use.CA) == ("unknown", False)
