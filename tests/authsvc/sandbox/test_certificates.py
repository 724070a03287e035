"""Certificates of the test PKI: the national profile, three families, read by `cryptography` and checked by OpenSSL."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from authsvc.web.sandbox.pki import Credential, Family, Role, TestPki
from authsvc.web.sandbox.pki.profile import INFORMATION_SYSTEM, LEGAL_ENTITY, NATURAL_PERSON
from signatures.gost import GostError, PublicKey
from tests.authsvc.sandbox.made import BIN, HOUR, NOW, ORGANIZATION, iin, moment, openssl, signed_by, write_pem

UNIT, PATRONYMIC, UID = NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.GIVEN_NAME, NameOID.USER_ID


def parsed(credential: Credential) -> x509.Certificate:
    return x509.load_der_x509_certificate(credential.certificate_der)


def subject(credential: Credential) -> dict[x509.ObjectIdentifier, str]:
    return {attribute.oid: str(attribute.value) for attribute in parsed(credential).subject}


def usages(credential: Credential) -> set[str]:
    return {
        usage.dotted_string
        for usage in parsed(credential).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    }


def key_usage(credential: Credential) -> set[str]:
    extension = parsed(credential).extensions.get_extension_for_class(x509.KeyUsage)
    assert extension.critical
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
    )
    return {name for name in names if getattr(extension.value, name)}


def test_a_person_is_named_as_in_the_national_certificates(person: Credential) -> None:
    assert subject(person) == {
        NameOID.COMMON_NAME: "СЫНАҚОВА ТЕСТ",
        NameOID.SURNAME: "СЫНАҚОВА",
        NameOID.SERIAL_NUMBER: f"IIN{iin(1)}",
        NameOID.COUNTRY_NAME: "KZ",
        PATRONYMIC: "ТЕСТҚЫЗЫ",
    }


def test_a_person_of_a_legal_entity_has_the_bin_as_unit(head: Credential) -> None:
    names = subject(head)
    assert (names[NameOID.ORGANIZATION_NAME], names[UNIT]) == (ORGANIZATION, f"BIN{BIN}")
    assert names[NameOID.SERIAL_NUMBER] == f"IIN{iin(2)}"
    assert PATRONYMIC not in names


def test_an_information_system_has_a_uid_and_no_iin(pki: TestPki) -> None:
    system = pki.authority("gost").issue_system(name='АЖ "TEST"', bin=BIN, organization=ORGANIZATION)
    names = subject(system)
    assert names[UID] == "1.2.398.6.10.1.1"
    assert NameOID.SERIAL_NUMBER not in names
    assert usages(system) == {LEGAL_ENTITY, INFORMATION_SYSTEM}


def test_roles_stand_in_the_extended_key_usage(pki: TestPki, person: Credential) -> None:
    signing = ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string
    assert usages(person) == {signing, NATURAL_PERSON}
    for serial, role in enumerate(Role, start=20):
        credential = pki.authority("ecdsa").issue_representative(
            name="ТЕСТОВ ТЕСТ", iin=iin(serial), bin=BIN, organization=ORGANIZATION, role=role
        )
        assert usages(credential) == {signing, LEGAL_ENTITY, role.value}


def test_a_signing_key_may_commit_and_an_authentication_key_may_not(
    pki: TestPki, family: Family, person: Credential
) -> None:
    extra = {"key_agreement"} if family == "gost" else set()
    assert key_usage(person) == {"digital_signature", "content_commitment"} | extra
    if family == "rsa":
        other = pki.authority(family).issue_person(name="ТЕСТОВ ТЕСТ", iin=iin(3), purpose="authentication")
        assert key_usage(other) == {"digital_signature", "key_encipherment"}
        assert usages(other) == {ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string, NATURAL_PERSON}


def test_policies_follow_family_and_kind(pki: TestPki, person: Credential, head: Credential, family: Family) -> None:
    def policies(credential: Credential) -> set[str]:
        value = parsed(credential).extensions.get_extension_for_class(x509.CertificatePolicies).value
        return {each.policy_identifier.dotted_string for each in value}

    assert policies(person) == ({"1.2.398.3.3.2"} if family == "gost" else {"1.2.398.3.3.2.3"})
    assert policies(head) == ({"1.2.398.3.3.2"} if family == "gost" else {"1.2.398.3.3.2.1"})
    assert policies(person) <= policies(pki.authority(family).issuing.credential)


def test_pointers_lead_to_the_sandbox_and_nowhere_else(person: Credential, family: Family) -> None:
    extensions = parsed(person).extensions
    access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    base = f"http://localhost:8000/sandbox/pki/{family}"
    assert {each.access_location.value for each in access} == {f"{base}/ocsp", f"{base}/issuing.cer"}
    for kind, name in ((x509.CRLDistributionPoints, "issuing"), (x509.FreshestCRL, "delta")):
        (point,) = extensions.get_extension_for_class(kind).value
        assert [each.value for each in point.full_name] == [f"{base}/{name}.crl"]


def test_key_identifiers_link_leaf_issuer_and_root(pki: TestPki, person: Credential, family: Family) -> None:
    authority = pki.authority(family)
    above = {
        "leaf": authority.issuing.credential,
        "issuing": authority.root.credential,
        "root": authority.root.credential,
    }
    for below, issuer in zip(
        (person, authority.issuing.credential, authority.root.credential), above.values(), strict=True
    ):
        extensions = parsed(below).extensions
        assert extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == issuer.key_id
        assert extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest == below.key_id
        assert parsed(below).serial_number == int.from_bytes(below.key_id) & (1 << 159) - 1
        assert below.issuer_name == issuer.name
        assert signed_by(below.certificate_der, issuer.certificate_der)


def test_an_altered_certificate_does_not_hold(pki: TestPki, person: Credential, family: Family) -> None:
    issuer = pki.authority(family).issuing.credential.certificate_der
    altered = person.certificate_der.replace(b"IIN99", b"IIN98", 1)
    assert altered != person.certificate_der
    assert not signed_by(altered, issuer)
    assert not signed_by(person.certificate_der, pki.authority(family).root.credential.certificate_der)


def test_authorities_are_authorities_and_say_test(pki: TestPki, family: Family) -> None:
    for issuer, length in ((pki.authority(family).root, None), (pki.authority(family).issuing, 0)):
        constraints = parsed(issuer.credential).extensions.get_extension_for_class(x509.BasicConstraints)
        assert constraints.critical
        assert (constraints.value.ca, constraints.value.path_length) == (True, length)
        assert key_usage(issuer.credential) == {"key_cert_sign", "crl_sign"}
        assert "TEST" in subject(issuer.credential)[NameOID.COMMON_NAME]


def test_a_leaf_lives_a_year_from_the_moment_it_was_issued_for(pki: TestPki) -> None:
    leaf = parsed(pki.authority("ecdsa").issue_person(name="ТЕСТОВ ТЕСТ", iin=iin(9), at=NOW))
    assert leaf.not_valid_before_utc == moment(NOW)
    assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days == 365


def test_a_gost_key_is_written_as_the_test_kit_writes_it(pki: TestPki, shared_vectors: Path) -> None:
    real = (shared_vectors / "kz/ca/root_test_gost_2022.cer").read_bytes()
    head_of_key = bytes.fromhex(
        "302306092a830e030a010102023016060a2a830e030a010102020106082a830e030a010303038184000481 80".replace(" ", "")
    )
    assert head_of_key in real
    assert head_of_key in pki.authority("gost").root.credential.certificate_der


def test_the_test_pki_never_has_a_key_of_the_test_kit(pki: TestPki, shared_vectors: Path) -> None:
    ours = {hashlib.sha256(each).digest() for each in (*pki.anchors(), *pki.issuers())}
    theirs = {hashlib.sha256(path.read_bytes()).digest() for path in (shared_vectors / "kz/ca").iterdir()}
    assert not ours & theirs


def test_a_successor_has_the_same_name_and_another_key(pki: TestPki) -> None:
    old = pki.authority("gost")
    new = old.succeed(at=NOW)
    leaf = new.issue_person(name="ТЕСТОВ ТЕСТ", iin=iin(4))
    assert new.issuing.credential.name == old.issuing.credential.name
    assert signed_by(leaf.certificate_der, new.issuing.credential.certificate_der)
    assert not signed_by(leaf.certificate_der, old.issuing.credential.certificate_der)
    assert signed_by(new.issuing.credential.certificate_der, old.root.credential.certificate_der)


@pytest.mark.parametrize("family", ["rsa", "ecdsa"])
def test_openssl_accepts_the_path_until_the_leaf_is_revoked(
    pki: TestPki, person: Credential, family: Family, tmp_path: Path
) -> None:
    authority = pki.authority(family)
    root = write_pem(tmp_path / "root.pem", "CERTIFICATE", authority.root.credential.certificate_der)
    issuing = write_pem(tmp_path / "issuing.pem", "CERTIFICATE", authority.issuing.credential.certificate_der)
    leaf = write_pem(tmp_path / "leaf.pem", "CERTIFICATE", person.certificate_der)

    def verify() -> str:
        crls = write_pem(tmp_path / "crls.pem", "X509 CRL", authority.crl(NOW), authority.root_crl(NOW))
        result = openssl(
            "verify", "-x509_strict", "-crl_check_all", "-attime", str(NOW // 1000), "-CRLfile", crls,
            "-CAfile", root, "-untrusted", issuing, leaf,
        )  # fmt: skip
        return (result.stdout + result.stderr).decode()

    assert "OK" in verify()
    authority.revoke(person, NOW - HOUR)
    assert "certificate revoked" in verify()


def test_the_same_bytes_make_the_same_pki() -> None:
    twice = [
        TestPki.create(at=NOW, entropy=random.Random(5).randbytes, families=("ecdsa", "gost"))  # noqa: S311 - repeatable
        for _ in range(2)
    ]
    assert twice[0].to_json() == twice[1].to_json()
    other = TestPki.create(at=NOW, entropy=random.Random(6).randbytes, families=("ecdsa", "gost"))  # noqa: S311
    assert other.to_json() != twice[0].to_json()


def test_a_kept_pki_goes_on_where_it_stopped(
    pki: TestPki, made_pki: TestPki, person: Credential, family: Family
) -> None:
    assert pki.to_json() == made_pki.to_json()
    assert person in pki.authority(family).issued
    assert pki.authority(family).issuing.credential.sign(b"x") == made_pki.authority(family).issuing.credential.sign(
        b"x"
    )


def test_a_file_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="format"):
        TestPki.from_json('{"format": "something else"}', entropy=bytes)


def test_a_point_off_the_curve_is_no_gost_key(pki: TestPki) -> None:
    info = pki.authority("gost").root.credential.key.public_info()
    with pytest.raises(GostError):
        PublicKey.of("1.2.398.3.10.1.1.2.2.1", bytes([info[-128] ^ 1]) + info[-127:])
