"""The verdicts of a relying party's day in every key family, on the sandbox's test PKI in the national profile.

RSA, ECDSA and GOST 34.10-2015; what signs here is another hand than what verifies.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from authsvc.web.sandbox.pki import (
    FAMILIES,
    Authority,
    Credential,
    Family,
    Reason,
    Role,
    TestPki,
    invent_bin,
    invent_iin,
    sign_cms,
    timestamp,
)
from signatures import (
    LOGIN_CHALLENGE_KIND,
    Digests,
    Evidence,
    Indication,
    InformationSystem,
    LoginChallengeIsNotADocument,
    NotALoginChallenge,
    Person,
    Policy,
    Report,
    Representative,
    Status,
    SubIndication,
    TrustAnchors,
    WantKind,
    verify,
)
from signatures.gost import Streebog

NOW = 1_795_514_400_000  # 2026-11-24T10:00:00Z
HOUR = 3_600_000
DAY = 24 * HOUR
AT = datetime.fromtimestamp(NOW / 1000, UTC)
CONTENT = "Төлем: 1000 теңге".encode()
CHALLENGE = f'{{"kind":"{LOGIN_CHALLENGE_KIND}","nonce":"n"}}'.encode()
IIN = invent_iin(date(1899, 5, 17), 1)
BIN = invent_bin(date(1999, 1, 1), 1)
PASSED, FAILED, UNSURE = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


@dataclass(frozen=True)
class Family3:
    """One family's authority with a person, a head, a system and an authentication key, made once and never revoked."""

    authority: Authority
    person: Credential
    head: Credential
    system: Credential
    login: Credential


@pytest.fixture(scope="module")
def founded() -> TestPki:
    return TestPki.create(at=NOW - 30 * DAY, entropy=random.Random(34).randbytes)  # noqa: S311 -- repeatable


@pytest.fixture(scope="module", params=FAMILIES)
def made(founded: TestPki, request: pytest.FixtureRequest) -> Family3:
    family: Family = request.param
    authority = founded.authority(family)
    return Family3(
        authority,
        authority.issue_person(name="СЫНАҚОВА ТЕСТ ТЕСТҚЫЗЫ", iin=IIN),
        authority.issue_representative(
            name="СЫНАҚОВ ТЕСТ", iin=IIN, bin=BIN, organization='ЖШС "СЫНАҚ"', role=Role.HEAD
        ),
        authority.issue_system(name="СЫНАҚ ЖҮЙЕСІ", bin=BIN, organization='ЖШС "СЫНАҚ"'),
        authority.issue_person(name="СЫНАҚОВА ТЕСТ", iin=IIN, purpose="authentication"),
    )


def evidence(authority: Authority, at: int = NOW) -> Evidence:
    return Evidence.of([authority.issuing.credential.certificate_der], [authority.crl(at), authority.root_crl(at)])


def sign(*signers: Credential, content: bytes = CONTENT, detached: bool = False) -> bytes:
    return sign_cms(content, signers, signing_time=NOW - HOUR, detached=detached)


def judge(
    made: Family3,
    signed: bytes,
    content: bytes | Digests | None = None,
    *,
    known: Evidence | None = None,
    policy: Policy | None = None,
) -> Report:
    return verify(
        signed,
        content=content,
        anchors=TrustAnchors.of(made.authority.root.credential.certificate_der),
        at=AT,
        evidence=evidence(made.authority) if known is None else known,
        policy=policy or Policy.default(),
    )


def verdict(report: Report) -> tuple[Indication, SubIndication | None]:
    return report.indication, report.sub_indication


def test_a_person_is_named_with_iin_path_and_time(made: Family3) -> None:
    report = judge(made, sign(made.person))
    assert verdict(report) == (PASSED, None)
    (one,) = report.signatures
    assert one.signer is not None
    assert (one.signer.iin, one.signer.bin) == (IIN, None)
    assert isinstance(one.signer.identity, Person)
    assert one.signer.identity.patronymic == "ТЕСТҚЫЗЫ"
    assert [certificate.der for certificate in one.path] == [
        made.person.certificate_der,
        made.authority.issuing.credential.certificate_der,
        made.authority.root.credential.certificate_der,
    ]
    assert [status.status for status in one.revocation] == [Status.GOOD] * 2
    assert one.claimed_time == datetime.fromtimestamp((NOW - HOUR) / 1000, UTC)
    assert one.best_signature_time == AT
    assert one.check("signer.iin") is None


def test_a_head_is_named_with_iin_bin_and_role(made: Family3) -> None:
    (one,) = judge(made, sign(made.head)).signatures
    assert one.indication is PASSED
    assert one.signer is not None
    assert (one.signer.iin, one.signer.bin) == (IIN, BIN)
    assert isinstance(one.signer.identity, Representative)
    assert one.signer.identity.roles == ("head",)


def test_an_information_system_has_a_bin_and_no_iin(made: Family3) -> None:
    (one,) = judge(made, sign(made.system)).signatures
    assert one.indication is PASSED
    assert one.signer is not None
    assert isinstance(one.signer.identity, InformationSystem)
    assert (one.signer.iin, one.signer.bin) == (None, BIN)


def test_detached_with_and_without_content_and_by_digest(made: Family3) -> None:
    signed = sign(made.person, detached=True)
    assert verdict(judge(made, signed, CONTENT)) == (PASSED, None)
    assert verdict(judge(made, signed)) == (UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
    assert verdict(judge(made, signed, CONTENT + b".")) == (FAILED, SubIndication.HASH_FAILURE)
    streebog = Streebog(64)
    streebog.update(CONTENT)
    digests = Digests({"gost-34.11-2015-512": streebog.digest(), "sha256": hashlib.sha256(CONTENT).digest()})
    report = judge(made, signed, digests)
    assert verdict(report) == (PASSED, None)
    assert report.signatures[0].coverage is not None
    assert not report.signatures[0].coverage.seen


def test_one_changed_byte_of_the_content_is_a_hash_failure(made: Family3) -> None:
    tampered = sign(made.person).replace(b": 1000", b": 9000")
    assert verdict(judge(made, tampered)) == (FAILED, SubIndication.HASH_FAILURE)


def test_one_changed_bit_of_the_value_is_a_crypto_failure(made: Family3) -> None:
    tampered = bytearray(sign(made.person))
    tampered[-5] ^= 4
    assert verdict(judge(made, bytes(tampered))) == (FAILED, SubIndication.SIG_CRYPTO_FAILURE)


@pytest.mark.parametrize(
    ("reason", "sub_indication", "status"),
    [
        (Reason.KEY_COMPROMISE, SubIndication.REVOKED_NO_POE, Status.REVOKED),
        (Reason.CERTIFICATE_HOLD, SubIndication.TRY_LATER, Status.ON_HOLD),
    ],
)
def test_revoked_or_on_hold_by_the_crl(
    founded: TestPki, made: Family3, reason: Reason, sub_indication: SubIndication, status: Status
) -> None:
    copy = TestPki.from_json(founded.to_json(), entropy=random.Random(1).randbytes)  # noqa: S311 -- repeatable
    authority = copy.authority(made.authority.family)
    authority.revoke(made.person, NOW - HOUR, reason)
    report = judge(made, sign(made.person), known=evidence(authority))
    assert verdict(report) == (UNSURE, sub_indication)
    assert report.signatures[0].revocation[0].status is status
    assert report.signatures[0].intact is True
    earlier = judge(made, sign(made.person), known=evidence(authority, NOW - 2 * HOUR))
    assert verdict(earlier) == (PASSED, None)  # the CRL of two hours ago could not know


def test_without_the_authoritys_crl_it_is_try_later_with_the_crl_named(made: Family3) -> None:
    known = Evidence.of([made.authority.issuing.credential.certificate_der], [made.authority.root_crl(NOW)])
    report = judge(made, sign(made.person), known=known)
    assert verdict(report) == (UNSURE, SubIndication.TRY_LATER)
    answer, want = report.wants
    assert answer.kind is WantKind.OCSP
    assert answer.request
    assert want.kind is WantKind.CRL
    assert f"({made.authority.family.upper()})" in want.issuer
    assert any(url.endswith("issuing.crl") for url in want.urls)


def test_a_delta_crl_alone_clears_nobody(made: Family3) -> None:
    issuing = made.authority.issuing
    delta = issuing.delta_crl(NOW - 2 * HOUR, NOW)
    known = Evidence.of([issuing.credential.certificate_der], [made.authority.root_crl(NOW), delta])
    report = judge(made, sign(made.person), known=known)
    assert verdict(report) == (UNSURE, SubIndication.TRY_LATER)
    assert report.signatures[0].check("crl.delta") is not None


def test_an_unknown_root_is_no_path(founded: TestPki, made: Family3) -> None:
    others = [founded.authority(family) for family in FAMILIES if family != made.authority.family]
    anchors = TrustAnchors.of(*(other.root.credential.certificate_der for other in others))
    report = verify(sign(made.person), anchors=anchors, at=AT, evidence=evidence(made.authority))
    assert verdict(report) == (UNSURE, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)


def test_two_generations_of_an_authority_with_one_name_are_told_apart_by_key(made: Family3) -> None:
    following = made.authority.succeed(at=NOW - DAY)
    young = following.issue_person(name="ЖАҢА ТЕСТ", iin=IIN)
    both = Evidence.of(
        [following.issuing.credential.certificate_der, made.authority.issuing.credential.certificate_der],
        [following.crl(NOW), made.authority.crl(NOW), made.authority.root_crl(NOW)],
    )
    for person, authority in ((made.person, made.authority), (young, following)):
        (one,) = judge(made, sign(person), known=both).signatures
        assert one.indication is PASSED
        assert one.path[1].der == authority.issuing.credential.certificate_der
    only_old = evidence(made.authority)
    assert verdict(judge(made, sign(young), known=only_old)) == (UNSURE, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)


def test_a_login_challenge_is_no_document_and_a_document_no_login(made: Family3) -> None:
    login = Policy.default().for_login()
    for signer in (made.person, made.login):
        with pytest.raises(LoginChallengeIsNotADocument):
            judge(made, sign(signer, content=CHALLENGE))
        with pytest.raises(NotALoginChallenge):
            judge(made, sign(signer), policy=login)
        assert verdict(judge(made, sign(signer, content=CHALLENGE), policy=login)) == (PASSED, None)


def test_an_authentication_key_signs_no_document(made: Family3) -> None:
    report = judge(made, sign(made.login))
    assert verdict(report) == (UNSURE, SubIndication.CHAIN_CONSTRAINTS_FAILURE)


def test_a_time_stamp_token_is_no_signed_document(made: Family3) -> None:
    stamper = timestamp.issue_stamper(made.authority)
    token = timestamp.stamp(stamper, CONTENT, at=NOW - HOUR, entropy=bytes)
    report = judge(made, token)
    assert report.signatures[0].intact is True
    assert verdict(report) == (UNSURE, SubIndication.CHAIN_CONSTRAINTS_FAILURE)


def test_signers_of_all_families_have_a_verdict_each(founded: TestPki) -> None:
    authorities = [founded.authority(family) for family in FAMILIES]
    signers = [authority.issue_person(name="СЫНАҚОВ ТЕСТ", iin=IIN) for authority in authorities]
    known = Evidence.of(founded.issuers(), founded.crls(NOW))
    for missing in (None, *authorities):
        trusted = [one.root.credential.certificate_der for one in authorities if one is not missing]
        report = verify(sign(*signers), anchors=TrustAnchors.of(*trusted), at=AT, evidence=known)
        expected = {
            one.family: SubIndication.NO_CERTIFICATE_CHAIN_FOUND if one is missing else None for one in authorities
        }
        found = {}
        for one in report.signatures:
            assert one.signer is not None
            issuer = one.signer.certificate.issuer.text
            found[next(family for family in FAMILIES if f"({family.upper()})" in issuer)] = one.sub_indication
        assert found == expected
        assert report.indication is (PASSED if missing is None else UNSURE)
