"""The published test data of the NCA: every verdict of its index that is within scope, each a test of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signatures import (
    Evidence,
    Indication,
    InformationSystem,
    KeyPurpose,
    Outcome,
    PathResult,
    Person,
    Policy,
    Report,
    Representative,
    SubIndication,
    TrustAnchors,
    WantKind,
    validate_path,
    verify,
)
from signatures.certificates import Certificate
from signatures.kazakhstan import identify, purpose_of

Read = Callable[[str], bytes]
T26 = datetime(2026, 11, 22, 12, tzinfo=UTC)
T25 = datetime(2025, 6, 1, tzinfo=UTC)
T24 = datetime(2024, 1, 15, tzinfo=UTC)
T22 = datetime(2022, 6, 1, tzinfo=UTC)
SEPTEMBER = datetime(2026, 9, 1, tzinfo=UTC)
AUTUMN22 = datetime(2022, 10, 1, tzinfo=UTC)
CRLS = {
    T26: ["nca_gost2022_test_b9be6a"],
    SEPTEMBER: ["nca_gost2022_test_b9be6a"],
    T25: ["nca_gost2022_test_daace8"],
    T24: ["nca_gost_test_49dfe9", "nca_gost_test_2022_f9733d", "nca_rsa_test_47e066"],
    T22: ["nca_gost_test_db0ca1", "nca_rsa_test_c2af38"],
    AUTUMN22: ["nca_gost2022_test_5cb041"],
}
GOST, RSA, OLD_RSA = "nca_gost2022_test.cer", "nca_rsa_test.cer", "nca_rsa_test_old.crt"
GOST_2004, OLD_GOST = "nca_gost_test_2004.cer", "nca_gost_test_old.crt"

VALID, REVOKED, HELD = "", "revocation.revoked", "revocation.on_hold"
EXPIRED, UNKNOWN = "path.validity", "revocation.unknown"

CASES: list[tuple[str, str, datetime, str]] = [
    *(
        (f"kit2023-11_gost2015_{name}", GOST, T24, verdict)
        for name, verdict in (
            ("employee_revoked_2c439a", REVOKED),
            ("head_valid_b93f31", VALID),
            ("infosystem_revoked_eb3c41", VALID),  # by the CRL, whatever its name says
            ("person_revoked_930b0a", REVOKED),
            ("signright_revoked_5db3f7", REVOKED),
            ("signright_valid_f02362", VALID),
            ("treasury_valid_ada6b9", VALID),
        )
    ),
    *(
        (f"kit2023-11_{name}", RSA, T24, verdict)
        for name, verdict in (
            ("rsa-auth_employee_valid_0edbd0", VALID),
            ("rsa-auth_head_revoked_dcab5d", REVOKED),
            ("rsa-auth_hr_valid_bc9de4", VALID),
            ("rsa-auth_person_revoked_39c038", REVOKED),
            ("rsa-auth_person_valid_a56cdb", VALID),
            ("rsa-auth_signright_fin_revoked_76d872", REVOKED),
            ("rsa-auth_signright_revoked_362179", REVOKED),
            ("rsa-auth_signright_valid_74e1b1", VALID),
            ("rsa-auth_treasury_valid_272b51", VALID),
            ("rsa-sign_person_valid_642d5e", VALID),
        )
    ),
    ("kit2023-gokalkan_gost2015_person_valid_22a3c8", GOST, T24, VALID),
    *(
        (f"kit2025-10_gost2015_{name}", GOST, SEPTEMBER, verdict)
        for name, verdict in (
            ("employee_valid_e6984f", REVOKED),
            ("head_revoked_8996f3", HELD),
            ("infosystem_valid_237ea0", REVOKED),
            ("person_revoked_98a04f", HELD),
            ("person_valid_b01b45", REVOKED),
            ("signright_revoked_d13e6b", HELD),
            ("treasury_revoked_571e2b", HELD),
            ("treasury_valid_ee4bc3", REVOKED),
        )
    ),
    *(
        (f"kit2026-05_gost2015_{name}", GOST, T26, verdict)
        for name, verdict in (
            ("employee_valid_6ddfaa", REVOKED),
            ("head_revoked_4afacc", HELD),
            ("head_valid_8e7b8a", VALID),
            ("infosystem_valid_1e7ac7", VALID),
            ("person_revoked_3fe960", HELD),
            ("person_valid_f30e6e", VALID),
            ("signright_revoked_d72e4e", HELD),
            ("signright_valid_26d194", VALID),
            ("treasury_valid_37f904", REVOKED),
        )
    ),
    *(
        (f"kitold_gost2015_{name}", GOST, T24, verdict)
        for name, verdict in (
            ("employee_revoked_de1dfd", REVOKED),
            ("employee_valid_65b6ed", VALID),
            ("head_valid_2ffa7a", VALID),
            ("person_revoked_4e47ce", REVOKED),
            ("signright_revoked_126360", REVOKED),
            ("signright_valid_7fdaf6", VALID),
            ("treasury_valid_01ab2d", VALID),
        )
    ),
    ("misc_10575eacfa", GOST, T25, VALID),
    ("misc_45ef2d2ac4", OLD_RSA, T22, VALID),
    ("misc_cc5d9dd824", GOST, AUTUMN22, VALID),
    ("misc_dfab4726c5", OLD_GOST, T22, VALID),
    *(
        (f"kit2023-11_gost2004_{name}", GOST_2004, T24, verdict)
        for name, verdict in (
            ("employee_valid_ab4668", VALID),
            ("head_revoked_64767c", REVOKED),
            ("head_valid_0f006b", VALID),
            ("hr_revoked_14912f", REVOKED),
            ("infosystem_valid_10f439", VALID),
            ("signright_fin_valid_e9b2df", VALID),
            ("signright_valid_91b1cf", VALID),
            ("treasury_revoked_f4202a", REVOKED),
        )
    ),
    ("kit2023-11_gost2004_infosystem_revoked_ea59d3", OLD_GOST, T24, UNKNOWN),
]
KNOWN = [case for case in CASES if case[3] != UNKNOWN]


@pytest.fixture(scope="module")
def read(shared_vectors: Path) -> Read:
    return lambda name: (shared_vectors / "kz" / name).read_bytes()


def evidence_at(read: Read, at: datetime) -> Evidence:
    return Evidence.of(crls=[read(f"crl/{name}.crl") for name in CRLS[at]])


def judge(read: Read, name: str, anchor: str, at: datetime) -> PathResult:
    anchors = TrustAnchors.of(read(f"ca/{anchor}"))
    return validate_path(read(f"certs/{name}.cer"), anchors=anchors, evidence=evidence_at(read, at), at=at)


@pytest.mark.parametrize(("name", "anchor", "at", "verdict"), CASES, ids=[case[0] for case in CASES])
def test_each_certificate_has_the_verdict_of_the_index(
    read: Read, name: str, anchor: str, at: datetime, verdict: str
) -> None:
    result = judge(read, name, anchor, at)
    assert (result.failure.code if result.failure else VALID) == verdict, result.reason
    assert result.valid is (verdict == VALID)


@pytest.mark.parametrize("name", [case[0] for case in KNOWN if not case[0].startswith("kit2026")])
def test_every_certificate_of_the_older_kits_has_expired_in_november_2026(read: Read, name: str) -> None:
    anchor = next(case[1] for case in KNOWN if case[0] == name)
    result = judge(read, name, anchor, T26)
    codes = {check.code for check in result.checks if check.outcome is Outcome.FAILED}
    assert not result.valid
    assert codes & {"path.validity", "path.ca_validity"}


def test_the_look_alike_authority_is_not_the_issuer(read: Read) -> None:
    """Trap 2: two authorities with names that look alike; only the key tells."""
    leaf = read("certs/misc_45ef2d2ac4.cer")
    right, wrong = read("ca/nca_rsa_test_old.crt"), read("ca/nca_rsa_test.cer")
    evidence = evidence_at(read, T22)
    assert validate_path(leaf, anchors=TrustAnchors.of(right), evidence=evidence, at=T22).valid
    assert not validate_path(leaf, anchors=TrustAnchors.of(wrong), evidence=evidence, at=T22).valid
    assert validate_path(leaf, anchors=TrustAnchors.of(wrong, right), evidence=evidence, at=T22).valid


def test_with_a_root_as_anchor_the_status_of_the_issuing_authority_is_missing(read: Read) -> None:
    evidence = Evidence.of([read(f"ca/{GOST}")], [read("crl/nca_gost2022_test_b9be6a.crl")])
    anchors = TrustAnchors.of(read("ca/root_test_gost_2022.cer"))
    signed = read("cms/own_head_attached.der")
    report = verify(signed, anchors=anchors, evidence=evidence, at=T26)
    assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, SubIndication.TRY_LATER)
    assert [(want.kind, want.issuer) for want in report.wants] == [(WantKind.CRL, want_name(read))]


def want_name(read: Read) -> str:
    return Certificate.of(read("ca/root_test_gost_2022.cer")).subject.text


def verify_at(read: Read, name: str, content: bytes | None = None, at: datetime = T26) -> Report:
    anchors = TrustAnchors.of(read(f"ca/{GOST}"), read(f"ca/{OLD_RSA}"))
    return verify(read(name), content=content, anchors=anchors, evidence=evidence_at(read, at), at=at)


def verdicts(report: Report) -> list[tuple[str, str | None]]:
    return [(one.indication.value, one.sub_indication and one.sub_indication.value) for one in report.signatures]


def test_own_head_attached_passes_and_the_crl_that_differs_by_null_is_said(read: Read) -> None:
    report = verify_at(read, "cms/own_head_attached.der")
    assert verdicts(report) == [("TOTAL-PASSED", None)]
    (one,) = report.signatures
    assert one.check("crl.null_parameters") is not None
    assert one.signer is not None
    assert (one.signer.iin, one.signer.bin) == ("123456789011", "123456789021")
    assert one.signer.purpose is KeyPurpose.SIGNING
    identity = one.signer.identity
    assert isinstance(identity, Representative)
    assert identity.roles == ("head",)
    assert one.format == "CMS"


def test_own_head_detached_has_the_four_verdicts_of_the_index(read: Read) -> None:
    name = "cms/own_head_detached.der"
    assert verdicts(verify_at(read, name, b"authsvc sample")) == [("TOTAL-PASSED", None)]
    assert verdicts(verify_at(read, name)) == [("INDETERMINATE", "SIGNED_DATA_NOT_FOUND")]
    assert verdicts(verify_at(read, name, b"authsvc sampl")) == [("TOTAL-FAILED", "HASH_FAILURE")]


@pytest.mark.parametrize(("name", "count"), [("cms_15ca1a4ed8", 2), ("cms_89607f054c", 1), ("cms_f9c0a6249f", 1)])
def test_old_signatures_without_proven_time_are_intact_and_undecided(read: Read, name: str, count: int) -> None:
    report = verify_at(read, f"cms/{name}.der")
    assert verdicts(report) == [("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")] * count
    assert [one.intact for one in report.signatures] == [True] * count


def test_tampered_content_of_a_real_signature_is_a_hash_failure(read: Read) -> None:
    tampered = read("cms/cms_15ca1a4ed8.der").replace(b"test123", b"test124")
    report = verify(tampered, anchors=TrustAnchors.of(read(f"ca/{GOST}")), at=T26)
    assert verdicts(report) == [("TOTAL-FAILED", "HASH_FAILURE")] * 2


def test_a_signature_on_a_day_when_its_certificate_was_good_passes(read: Read) -> None:
    report = verify_at(read, "cms/cms_f9c0a6249f.der", at=T25)
    assert verdicts(report) == [("TOTAL-PASSED", None)]
    assert report.signatures[0].check("time.stamp") is not None


def test_every_crl_of_an_authority_of_2015_or_rsa_reads_and_verifies(read: Read, shared_vectors: Path) -> None:
    from signatures.algorithms import read_scheme
    from signatures.revocation import Crl

    issuers = [Certificate.of(read(f"ca/{GOST}")), Certificate.of(read(f"ca/{RSA}"))]
    issuers += TrustAnchors.of(read(f"ca/{OLD_RSA}")).certificates
    verified = []
    for path in sorted((shared_vectors / "kz" / "crl").iterdir()):
        crl = Crl.of(path.read_bytes())
        assert crl.entry(1) is None
        if "gost_test_" in path.name and "2022" not in path.name:
            continue  # GOST 34.310-2004
        scheme = read_scheme(crl.outer_algorithm)
        keys = [one.key for one in issuers if one.subject == crl.issuer and one.key.allows(scheme)]
        assert any(scheme.verifies(key.key, crl.signature, crl.tbs) for key in keys), path.name
        verified.append(path.name)
    assert len(verified) == 9


@pytest.mark.parametrize(
    ("name", "kind", "purpose"),
    [
        ("kit2026-05_gost2015_person_valid_f30e6e", Person, KeyPurpose.SIGNING),
        ("kit2026-05_gost2015_head_valid_8e7b8a", Representative, KeyPurpose.SIGNING),
        ("kit2026-05_gost2015_infosystem_valid_1e7ac7", InformationSystem, KeyPurpose.SIGNING),
        ("kit2026-05_gost2015_treasury_valid_37f904", Representative, KeyPurpose.SIGNING),
        ("kit2023-11_rsa-sign_person_valid_642d5e", Person, KeyPurpose.SIGNING),
        ("kit2023-11_rsa-auth_person_valid_a56cdb", Person, KeyPurpose.AUTHENTICATION),
        ("kit2023-11_rsa-auth_hr_valid_bc9de4", Representative, KeyPurpose.AUTHENTICATION),
        ("kit2025-10_gost2015_infosystem_valid_237ea0", InformationSystem, KeyPurpose.SIGNING),
    ],
)
def test_identity_and_purpose_of_each_kind_of_leaf(read: Read, name: str, kind: type, purpose: KeyPurpose) -> None:
    certificate = Certificate.of(read(f"certs/{name}.cer"))
    assert isinstance(identify(certificate), kind)
    assert purpose_of(certificate) is purpose


def test_the_patronymic_is_in_gn_and_the_template_pointers_are_no_trouble(read: Read) -> None:
    person = identify(Certificate.of(read("certs/kit2026-05_gost2015_person_valid_f30e6e.cer")))
    assert isinstance(person, Person)
    assert (person.name, person.surname, person.patronymic, person.iin) == (
        "ТЕСТОВ ТЕСТ",
        "ТЕСТОВ",
        "ТЕСТОВИЧ",
        "123456789011",
    )
    system = Certificate.of(read("certs/kit2025-10_gost2015_infosystem_valid_237ea0.cer"))
    assert any("*" in url for url in system.crl_urls)
    assert Certificate.of(read(f"ca/{GOST}")).policies is not None


def test_policy_without_revocation_passes_a_good_certificate_without_any_crl(read: Read) -> None:
    anchors = TrustAnchors.of(read(f"ca/{GOST}"))
    leaf = read("certs/kit2026-05_gost2015_person_valid_f30e6e.cer")
    policy = Policy.default().without_revocation()
    assert validate_path(leaf, anchors=anchors, evidence=Evidence(), at=T26, policy=policy).valid
    assert not validate_path(leaf, anchors=anchors, evidence=Evidence(), at=T26).valid


@pytest.mark.parametrize(("limit", "goes"), [(10, False), (100, False), (100_000, True)])
def test_a_slow_hash_has_a_budget_for_content_and_for_all_else(read: Read, limit: int, goes: bool) -> None:
    """14 bytes of content; about 200 bytes of attributes, and a certificate and a CRL of some kilobytes."""
    report = verify(
        read("cms/own_head_attached.der"),
        anchors=TrustAnchors.of(read(f"ca/{GOST}")),
        evidence=evidence_at(read, T26),
        at=T26,
        policy=Policy.default().with_limits(slow_hash_bytes=limit),
    )
    (one,) = report.signatures
    assert (one.indication is Indication.TOTAL_PASSED) is goes
    limits = {check.param("limit") for check in one.checks if check.code == "limit.exceeded"}
    assert limits == (set() if goes else {"slow_hash_bytes"})
