"""CRLs and OCSP answers of the test PKI: one set of facts, as a function of the moment."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp as reader

from authsvc.web.sandbox.pki import Credential, Family, Reason, TestPki, ocsp
from authsvc.web.sandbox.pki.der import inside
from tests.authsvc.sandbox.made import HOUR, NOW, iin, moment, signed_by, verifies

ReasonFlags = x509.ReasonFlags


def entries(crl: bytes) -> dict[int, x509.ReasonFlags | None]:
    found: dict[int, x509.ReasonFlags | None] = {}
    for entry in x509.load_der_x509_crl(crl):
        reasons = [each.value.reason for each in entry.extensions if isinstance(each.value, x509.CRLReason)]
        found[entry.serial_number] = reasons[0] if reasons else None
    return found


def test_a_crl_is_signed_by_its_issuer_and_in_force_for_a_week(pki: TestPki, family: Family) -> None:
    authority = pki.authority(family)
    for issuer in (authority.root, authority.issuing):
        crl = issuer.crl(NOW)
        assert signed_by(crl, issuer.credential.certificate_der)
        parsed = x509.load_der_x509_crl(crl)
        assert parsed.last_update_utc == moment(NOW)
        assert parsed.next_update_utc == moment(NOW + 7 * 24 * HOUR)
        identifier = parsed.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        assert identifier.key_identifier == issuer.credential.key_id


def test_a_crl_knows_what_was_revoked_by_its_moment(
    pki: TestPki, person: Credential, head: Credential, family: Family
) -> None:
    authority = pki.authority(family)
    authority.revoke(person, NOW, Reason.KEY_COMPROMISE)
    authority.revoke(head, NOW + HOUR)
    assert entries(authority.crl(NOW - 1000)) == {}
    assert entries(authority.crl(NOW)) == {person.serial: ReasonFlags.key_compromise}
    assert entries(authority.crl(NOW + HOUR)) == {person.serial: ReasonFlags.key_compromise, head.serial: None}


def test_numbers_of_crls_grow_with_time(pki: TestPki) -> None:
    numbers = [
        x509.load_der_x509_crl(pki.authority("ecdsa").crl(at))
        .extensions.get_extension_for_class(x509.CRLNumber)
        .value.crl_number
        for at in (NOW, NOW + 1000, NOW + HOUR)
    ]
    assert numbers == sorted(set(numbers))


def test_a_hold_can_be_released_and_a_delta_says_so(
    pki: TestPki, person: Credential, head: Credential, family: Family
) -> None:
    authority = pki.authority(family)
    authority.revoke(person, NOW, Reason.CERTIFICATE_HOLD)
    authority.issuing.release(person, NOW + 2 * HOUR)
    authority.revoke(head, NOW + 2 * HOUR, Reason.SUPERSEDED)
    assert entries(authority.crl(NOW + HOUR)) == {person.serial: ReasonFlags.certificate_hold}
    assert entries(authority.crl(NOW + 2 * HOUR)) == {head.serial: ReasonFlags.superseded}
    delta = authority.issuing.delta_crl(NOW + HOUR, NOW + 3 * HOUR)
    assert entries(delta) == {person.serial: ReasonFlags.remove_from_crl, head.serial: ReasonFlags.superseded}
    indicator = x509.load_der_x509_crl(delta).extensions.get_extension_for_class(x509.DeltaCRLIndicator)
    assert indicator.critical
    assert indicator.value.crl_number == (NOW + HOUR) // 1000


def test_a_hold_that_becomes_final_stays_revoked(pki: TestPki, person: Credential) -> None:
    authority = pki.authority(person.family)
    authority.revoke(person, NOW, Reason.CERTIFICATE_HOLD)
    authority.revoke(person, NOW + HOUR, Reason.KEY_COMPROMISE)
    assert entries(authority.crl(NOW)) == {person.serial: ReasonFlags.certificate_hold}
    assert entries(authority.crl(NOW + HOUR)) == {person.serial: ReasonFlags.key_compromise}
    delta = authority.issuing.delta_crl(NOW, NOW + HOUR)
    assert entries(delta) == {person.serial: ReasonFlags.key_compromise}


def test_only_a_hold_can_be_released(pki: TestPki, person: Credential) -> None:
    authority = pki.authority(person.family)
    authority.revoke(person, NOW, Reason.KEY_COMPROMISE)
    with pytest.raises(ValueError, match="hold"):
        authority.issuing.release(person, NOW + HOUR)


def test_the_root_can_revoke_its_issuing_authority(pki: TestPki, family: Family) -> None:
    authority = pki.authority(family)
    authority.root.revoke(authority.issuing.credential, NOW, Reason.CA_COMPROMISE)
    assert entries(authority.root_crl(NOW)) == {authority.issuing.credential.serial: ReasonFlags.ca_compromise}


def test_revocations_survive_keeping(pki: TestPki, person: Credential, family: Family) -> None:
    pki.authority(family).revoke(person, NOW, Reason.AFFILIATION_CHANGED)
    again = TestPki.from_json(pki.to_json(), entropy=bytes)
    assert again.crls(NOW) == pki.crls(NOW)


def test_ocsp_says_good_then_revoked(pki: TestPki, person: Credential, family: Family) -> None:
    authority = pki.authority(family)
    responder = ocsp.issue_responder(authority)
    authority.revoke(person, NOW, Reason.KEY_COMPROMISE)
    ids = [ocsp.certificate_id(authority.issuing, person.serial)]
    before = reader.load_der_ocsp_response(ocsp.write_response(authority.issuing, responder, ids, at=NOW - 1000))
    assert before.certificate_status is reader.OCSPCertStatus.GOOD
    after = reader.load_der_ocsp_response(ocsp.write_response(authority.issuing, responder, ids, at=NOW))
    assert after.certificate_status is reader.OCSPCertStatus.REVOKED
    assert after.revocation_time_utc == moment(NOW)
    assert after.revocation_reason is ReasonFlags.key_compromise
    assert after.this_update_utc == moment(NOW)
    assert after.next_update_utc == moment(NOW + ocsp.LIFE)
    assert after.serial_number == person.serial
    assert after.responder_key_hash == responder.key_id


def test_an_ocsp_answer_is_signed_by_a_delegate_of_the_issuer(pki: TestPki, person: Credential, family: Family) -> None:
    authority = pki.authority(family)
    responder = ocsp.issue_responder(authority)
    ids = [ocsp.certificate_id(authority.issuing, person.serial)]
    for signer in (responder, authority.issuing.credential):
        answer = ocsp.write_response(authority.issuing, signer, ids, at=NOW)
        basic = inside(inside(inside(answer)[1].content)[1].content)
        assert verifies(signer.certificate_der, basic[2].content[1:], basic[0].raw)
        assert (len(basic) == 4) == (signer is responder), "the issuer's own certificate needs no copy"
    delegate = x509.load_der_x509_certificate(responder.certificate_der)
    assert signed_by(responder.certificate_der, authority.issuing.credential.certificate_der)
    assert [
        each.dotted_string for each in delegate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    ] == ["1.3.6.1.5.5.7.3.9"]
    assert delegate.extensions.get_extension_for_class(x509.OCSPNoCheck)


# SHA-1 names the issuer in what most callers ask; it protects nothing there.
@pytest.mark.parametrize("hash_", [hashes.SHA1(), hashes.SHA256()], ids=lambda each: each.name)  # noqa: S303 - as callers ask
@pytest.mark.parametrize("family", ["ecdsa"])
def test_a_foreign_request_is_answered_with_its_nonce(
    pki: TestPki, person: Credential, family: Family, hash_: hashes.HashAlgorithm
) -> None:
    authority = pki.authority(family)
    responder = ocsp.issue_responder(authority)
    leaf, issuer = (
        x509.load_der_x509_certificate(each.certificate_der) for each in (person, authority.issuing.credential)
    )
    builder = reader.OCSPRequestBuilder().add_certificate(leaf, issuer, hash_)
    request = builder.add_extension(x509.OCSPNonce(b"0123456789abcdef"), critical=False).build()
    encoded = request.public_bytes(serialization.Encoding.DER)
    answer = reader.load_der_ocsp_response(ocsp.answer(authority.issuing, responder, encoded, at=NOW))
    assert answer.certificate_status is reader.OCSPCertStatus.GOOD
    assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"0123456789abcdef"
    stranger = pki.authority("gost").issuing
    unknown = reader.load_der_ocsp_response(ocsp.answer(stranger, responder, encoded, at=NOW))
    assert unknown.certificate_status is reader.OCSPCertStatus.UNKNOWN


@pytest.mark.parametrize("request_", [b"", b"\x00", b"\x30\x00", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"<html>"])
def test_what_is_no_request_gets_malformed_request(pki: TestPki, request_: bytes) -> None:
    issuing = pki.authority("ecdsa").issuing
    answer = ocsp.answer(issuing, issuing.credential, request_, at=NOW)
    assert reader.load_der_ocsp_response(answer).response_status is reader.OCSPResponseStatus.MALFORMED_REQUEST


def test_a_responder_can_be_issued_later_than_the_founding(pki: TestPki) -> None:
    authority = pki.authority("ecdsa")
    responder = x509.load_der_x509_certificate(ocsp.issue_responder(authority, at=NOW).certificate_der)
    assert responder.not_valid_before_utc == moment(NOW)
    assert authority.issue_person(name="ТЕСТОВ ТЕСТ", iin=iin(8)) in authority.issued
