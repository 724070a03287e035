"""RFC 3161: what a token must be and say, and what became of its certificate before and after its time."""

from __future__ import annotations

import hashlib
import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from signatures import Digests, Evidence, Indication, Policy, Status, SubIndication, TrustAnchors, asn1
from signatures.asn1 import BOOLEAN, SEQUENCE
from signatures.der import encode
from signatures.errors import LimitExceeded, Malformed
from signatures.model import read_signed_data, read_signer_info
from signatures.report import TimeStampReport
from signatures.timestamp import TST_INFO, Expected, read_stamp, verify_stamp
from signatures.words import LOCALES, sentence
from tests.signatures.making import AT, Ca, cms, envelope, ess, essential, make_key, oid, signer_info, usage
from tests.signatures.stamping import (
    NOTE,
    POLICY,
    STAMPING,
    Stamping,
    accuracy,
    make_authority,
    write_info,
    write_token,
)

PASSED, FAILED, UNSURE = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


@pytest.fixture
def stamping() -> Stamping:
    return Stamping.make()


def failures(report: TimeStampReport) -> list[str]:
    return [check.code for check in report.checks if check.outcome.value == "failed"]


def test_a_good_token_proves_that_its_data_existed_at_its_time(stamping: Stamping) -> None:
    report = stamping.verify(stamping.stamp(accuracy=accuracy(1, 500), nonce=0xABCDEF))
    assert (report.indication, report.sub_indication, report.valid) == (PASSED, None, True)
    assert (report.time, report.accuracy) == (AT, 1_500_000)
    assert (report.earliest, report.latest) == (AT - timedelta(seconds=2.5), AT + timedelta(seconds=2.5))
    assert (report.policy, report.serial, report.nonce) == (POLICY, "-7", "abcdef")
    assert (report.imprint_algorithm, report.imprint) == ("sha512", hashlib.sha512(NOTE).digest())
    assert report.authority is not None
    assert report.authority.der == stamping.authority.der
    assert [status.status for status in report.revocation] == [Status.GOOD, Status.GOOD]
    assert len(report.path) == 3
    assert failures(report) == []
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301 -- our own bytes


@pytest.mark.parametrize("kind", ["rsa2048", "ec", "ec384", "ed25519"])
def test_authorities_with_keys_of_each_family_are_read(kind: str) -> None:
    stamping = Stamping.make(key=make_key(kind, 9))
    digest = "sha512" if kind == "ed25519" else "sha256"
    info = write_info()
    token = write_token(
        stamping.authority,
        info,
        digest=digest,
        attributes=[*essential(info, digest, TST_INFO), ess(stamping.authority.der)],
    )
    assert stamping.verify(token).valid


def test_digests_do_where_the_data_are_not_at_hand(stamping: Stamping) -> None:
    token, anchors = stamping.stamp(), TrustAnchors.of(stamping.root.der)
    given = Digests(sha512=hashlib.sha512(NOTE).digest())
    assert verify_stamp(token, given, anchors=anchors, evidence=stamping.evidence).valid
    other = Digests(sha256=hashlib.sha256(NOTE).digest())
    report = verify_stamp(token, other, anchors=anchors, evidence=stamping.evidence)
    assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)


def test_a_token_of_other_data_fails(stamping: Stamping) -> None:
    report = stamping.verify(stamping.stamp(), NOTE + b"!")
    assert (report.indication, report.sub_indication) == (FAILED, SubIndication.HASH_FAILURE)
    assert failures(report) == ["stamp.imprint"]


def test_every_flipped_byte_of_a_token_is_noticed(stamping: Stamping) -> None:
    """What no signature covers (versions, the list of digests, letters of a name) may stay as good as it was."""
    token = stamping.stamp(accuracy=accuracy(1))
    root = asn1.parse(token)
    inner = root.children()[1].only()
    version, digests, *_, signers = inner.children()
    loose = [version, digests, *signers.only().children()[:2]]
    for place in range(len(token)):
        if any(element.content <= place < element.stop for element in loose):
            continue
        changed = token[:place] + bytes((token[place] ^ 0x20,)) + token[place + 1 :]
        assert not stamping.verify(changed).valid, place


def test_a_token_needs_the_reference_to_its_certificate(stamping: Stamping) -> None:
    info = write_info()
    without = stamping.verify(write_token(stamping.authority, info, reference=b""))
    assert (without.indication, without.sub_indication) == (UNSURE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
    assert "stamp.reference" in failures(without)
    other = stamping.verify(write_token(stamping.authority, info, reference=ess(stamping.issuing.der)))
    assert failures(other) == ["signer.reference"]
    assert stamping.verify(
        write_token(stamping.authority, info, reference=ess(stamping.authority.der, version=1))
    ).valid


def test_signed_attributes_are_demanded_and_agree_with_the_content(stamping: Stamping) -> None:
    info = write_info()
    bare = stamping.verify(write_token(stamping.authority, info, attributes=[]))
    assert (bare.indication, bare.sub_indication) == (FAILED, SubIndication.FORMAT_FAILURE)
    wrong_type = [*essential(info, "sha256"), ess(stamping.authority.der)]
    assert failures(stamping.verify(write_token(stamping.authority, info, attributes=wrong_type))) == [
        "attributes.rules"
    ]
    wrong_digest = [*essential(info + b"!", "sha256", TST_INFO), ess(stamping.authority.der)]
    report = stamping.verify(write_token(stamping.authority, info, attributes=wrong_digest))
    assert (report.indication, report.sub_indication) == (FAILED, SubIndication.HASH_FAILURE)


@pytest.mark.parametrize(
    ("extensions", "why"),
    [
        ((), "usage"),
        (((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), True),), "usage"),
        (
            ((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CLIENT_AUTH]), True),),
            "usage",
        ),
        (((STAMPING, False),), "not_critical"),
    ],
)
def test_a_certificate_that_is_not_for_time_stamps_alone_proves_no_time(
    extensions: tuple[tuple[x509.ExtensionType, bool], ...], why: str
) -> None:
    stamping = Stamping.make(extensions=extensions)
    report = stamping.verify(stamping.stamp())
    assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.CHAIN_CONSTRAINTS_FAILURE)
    (check,) = [check for check in report.checks if check.code == "stamp.authority"]
    assert check.param("why") == why


def test_a_key_that_does_not_sign_stamps_nothing() -> None:
    stamping = Stamping.make(key_usage=usage("key_encipherment"))
    assert "stamp.authority" in failures(stamping.verify(stamping.stamp()))


def test_a_certificate_that_is_expired_at_the_token_s_time_proves_nothing(stamping: Stamping) -> None:
    late = stamping.stamp(at=AT + timedelta(days=366))
    report = stamping.verify(late)
    assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.OUT_OF_BOUNDS_NO_POE)


def test_a_certificate_that_expired_since_then_harms_no_token() -> None:
    """A court looks years later: everything is judged at the token's own time."""
    past = AT - timedelta(days=300)
    stamping = Stamping.make(end=past + timedelta(days=30))
    stamping.crls = [one.crl(past - timedelta(hours=1)) for one in (stamping.root, stamping.issuing)]
    assert stamping.verify(stamping.stamp(at=past), expected=Expected(not_after=AT)).valid


def test_a_certificate_revoked_before_the_token_proves_nothing(stamping: Stamping) -> None:
    stamping.issuing.revoke(stamping.authority, AT - timedelta(hours=3), x509.ReasonFlags.superseded)
    report = stamping.verify(stamping.stamp())
    assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.REVOKED_NO_POE)
    assert report.revocation[0].status is Status.REVOKED


@pytest.mark.parametrize(
    ("reason", "valid"),
    [
        (x509.ReasonFlags.superseded, True),
        (x509.ReasonFlags.cessation_of_operation, True),
        (x509.ReasonFlags.affiliation_changed, True),
        (x509.ReasonFlags.key_compromise, False),
        (None, False),
    ],
)
def test_a_later_revocation_harms_by_its_reason(
    stamping: Stamping, reason: x509.ReasonFlags | None, valid: bool
) -> None:
    revoked_at = AT + timedelta(days=3)
    old = [stamping.root.crl(), stamping.issuing.crl()]
    stamping.issuing.revoke(stamping.authority, revoked_at, reason)
    stamping.crls = [*old, stamping.issuing.crl(revoked_at)]
    token = stamping.stamp()
    report = stamping.verify(token)
    assert report.valid is valid
    if not valid:
        assert (report.sub_indication, failures(report)) == (SubIndication.REVOKED_NO_POE, ["stamp.revoked_later"])
        assert stamping.verify(token, expected=Expected(known_by=revoked_at - timedelta(seconds=1))).valid
        assert not stamping.verify(token, expected=Expected(known_by=revoked_at)).valid


def test_without_revocation_data_of_its_time_the_status_is_unknown(stamping: Stamping) -> None:
    for evidence in (
        Evidence.of([stamping.issuing.der]),
        Evidence.of([stamping.issuing.der], [stamping.root.crl(), stamping.issuing.crl(AT + timedelta(days=1))]),
    ):
        report = stamping.verify(stamping.stamp(), evidence=evidence)
        assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.TRY_LATER)


def test_a_token_of_a_stranger_proves_nothing(stamping: Stamping) -> None:
    rogue = Ca.root("Rogue", key=make_key("ec384", 8))
    report = stamping.verify(write_token(make_authority(rogue), write_info()))
    assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)


def test_the_certificate_may_come_from_the_evidence(stamping: Stamping) -> None:
    token = write_token(stamping.authority, write_info(), certificates=[])
    report = stamping.verify(token)
    assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
    crls = [stamping.root.crl(), stamping.issuing.crl()]
    assert stamping.verify(token, evidence=Evidence.of([stamping.issuing.der, stamping.authority.der], crls)).valid


def test_nonce_policy_and_future_are_held_to_what_is_expected(stamping: Stamping) -> None:
    token = stamping.stamp(nonce=5)
    assert stamping.verify(token, expected=Expected(nonce=5, policies=frozenset({POLICY}), not_after=AT)).valid
    assert failures(stamping.verify(token, expected=Expected(nonce=6))) == ["stamp.nonce"]
    assert failures(stamping.verify(stamping.stamp(), expected=Expected(nonce=6))) == ["stamp.nonce"]
    assert failures(stamping.verify(token, expected=Expected(policies=frozenset({"1.2.3"})))) == ["stamp.policy"]
    early = stamping.verify(token, expected=Expected(not_after=AT - timedelta(minutes=6)))
    assert (failures(early), early.sub_indication) == (["stamp.future"], SubIndication.TIMESTAMP_ORDER_FAILURE)


def test_weak_and_unknown_imprints_prove_nothing(stamping: Stamping) -> None:
    weak = stamping.verify(stamping.stamp(digest="sha1"))
    assert (weak.indication, weak.sub_indication) == (UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)
    unknown = stamping.verify(stamping.stamp(imprint_oid="1.2.840.113549.2.5"))
    assert (unknown.indication, unknown.sub_indication) == (UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)
    assert "MD5" in " ".join(sentence(check, "en") for check in unknown.checks)


@pytest.mark.parametrize(
    ("text", "micros", "resolution"),
    [
        (b"20261124100000Z", 0, 1_000_000),
        (b"20261124100000.5Z", 500_000, 100_000),
        (b"20261124100000.123456789Z", 123_456, 1),
    ],
)
def test_a_time_is_as_fine_as_it_is_written(stamping: Stamping, text: bytes, micros: int, resolution: int) -> None:
    report = stamping.verify(stamping.stamp(time=text))
    assert (report.time, report.resolution) == (AT.replace(microsecond=micros), resolution)
    assert report.latest == AT.replace(microsecond=micros) + timedelta(microseconds=resolution)


@pytest.mark.parametrize(
    "text",
    [
        b"20261124100000",
        b"20261124100000+0500",
        b"20261324100000Z",
        b"202611241000Z",
        b"20261124100000.Z",
        b"2026112410000xZ",
    ],
)
def test_times_in_other_forms_are_refused(stamping: Stamping, text: bytes) -> None:
    report = stamping.verify(stamping.stamp(time=text))
    assert (report.indication, report.sub_indication) == (FAILED, SubIndication.FORMAT_FAILURE)
    assert (report.time, report.earliest, report.latest) == (None, None, None)


def test_accuracy_is_read_in_its_three_units(stamping: Stamping) -> None:
    assert read_stamp(stamping.stamp(accuracy=accuracy(2, 3, 4))).accuracy == 2_003_004
    assert read_stamp(stamping.stamp(accuracy=accuracy(micros=999))).accuracy == 999
    assert read_stamp(stamping.stamp()).accuracy is None
    for wrong in (accuracy(millis=1000), accuracy(seconds=-1), accuracy(seconds=1 << 40)):
        with pytest.raises(Malformed):
            read_stamp(stamping.stamp(accuracy=wrong))


def test_optional_members_are_read_and_critical_extensions_refused(stamping: Stamping) -> None:
    true = encode(BOOLEAN, b"\xff")
    name = encode(0xA0, encode(0xA4, stamping.authority.certificate.subject.public_bytes()))
    harmless = encode(0xA1, encode(SEQUENCE, oid("1.2.3"), encode(0x04, b"")))
    stamp = read_stamp(stamping.stamp(ordering=true, nonce=9, tail=name + harmless))
    assert (stamp.ordering, stamp.nonce) == (True, 9)
    critical = encode(0xA1, encode(SEQUENCE, oid("1.2.3"), true, encode(0x04, b"")))
    with pytest.raises(Malformed, match="critical"):
        read_stamp(stamping.stamp(tail=critical))


def test_what_is_no_token_is_said_to_be_none(stamping: Stamping) -> None:
    token, info = stamping.stamp(), write_info()
    (signer,) = [element.raw for element in read_signed_data(asn1.parse(token)).signers]
    cases = [
        b"",
        b"<html>502 Bad Gateway</html>",
        b"\x30\x00",
        token[:-1],
        token + b"\0",
        cms(stamping.authority, NOTE),
        envelope(info, [], content_type=TST_INFO),
        envelope(info, [signer, signer], content_type=TST_INFO),
        envelope(None, [signer], content_type=TST_INFO),
        envelope(b"\x30\x00", [signer], content_type=TST_INFO),
        write_token(stamping.authority, write_info(version=2)),
        write_token(stamping.authority, write_info(tail=b"\x05\x00")),
    ]
    for case in cases:
        report = stamping.verify(case)
        assert (report.indication, report.sub_indication) == (FAILED, SubIndication.FORMAT_FAILURE)
        assert failures(report) == ["stamp.format"]
        assert all(sentence(check, locale) for check in report.checks for locale in LOCALES)


def test_what_is_beyond_the_limits_is_refused_before_it_is_read(stamping: Stamping) -> None:
    report = stamping.verify(b"\x30" * ((1 << 20) + 1))
    assert (report.indication, failures(report)) == (UNSURE, ["limit.exceeded"])
    many = envelope(write_info(), [b"\x30\x00"], [b"\x30\x00"] * 257, content_type=TST_INFO)
    with pytest.raises(LimitExceeded):
        read_stamp(many)


def test_a_document_s_signature_is_no_token_and_a_token_s_key_signs_no_document(stamping: Stamping) -> None:
    signer = stamping.issuing.issue("Signer", key=make_key("ec", 11))
    report = stamping.verify(write_token(signer, write_info()))
    assert "stamp.authority" in failures(report)


def test_ber_as_some_authorities_write_it_is_read(stamping: Stamping) -> None:
    info = write_info()
    attributes = [*essential(info, "sha256", TST_INFO), ess(stamping.authority.der)]
    signer = signer_info(stamping.authority, info, attributes=attributes, content_type=TST_INFO)
    assert stamping.verify(envelope(info, [signer], [stamping.authority.der], content_type=TST_INFO, ber=True)).valid


def tokens_in(signed: bytes) -> list[tuple[bytes, bytes]]:
    """The signature time stamps of a CMS, each with the signature value that it is over."""
    found = []
    for element in read_signed_data(asn1.parse(signed, ber=True)).signers:
        info = read_signer_info(element)
        for one in info.unsigned_attributes:
            if one.oid == "1.2.840.113549.1.9.16.2.14":
                found += [(value.raw, info.signature) for value in one.values]
    return found


def test_the_nca_s_token_holds_and_its_old_algorithm_is_said(shared_vectors: Path) -> None:
    folder = shared_vectors / "kz"
    token = (folder / "tst" / "tst_ac4bc962df.der").read_bytes()
    (pair,) = tokens_in((folder / "cms" / "cms_f9c0a6249f.der").read_bytes())
    stamp = read_stamp(token)
    assert pair[0] == token
    assert stamp.time == datetime(2025, 2, 24, 19, 23, 14, tzinfo=UTC)
    assert (stamp.policy, stamp.imprint_name) == ("1.2.398.3.3.2.6.1", "gost-34.311-95")
    anchors = TrustAnchors.of((folder / "ca" / "nca_gost_test_2004.cer").read_bytes())
    report = verify_stamp(token, pair[1], anchors=anchors, policy=Policy.default().without_revocation())
    assert report.valid
    assert "gost-34.311-95" in " ".join(
        sentence(check, "en") for check in report.checks if check.code == "algorithm.weak"
    )
    changed = verify_stamp(token, pair[1][::-1], anchors=anchors, policy=Policy.default().without_revocation())
    assert (changed.indication, changed.sub_indication) == (FAILED, SubIndication.HASH_FAILURE)


@pytest.mark.parametrize(
    "name", ["cades-t-duplicated-sigtst.p7m", "Signature-15-CBp-LT-2.p7m", "cades-extended-bes.pkcs7"]
)
def test_published_tokens_are_over_the_signatures_beside_which_they_stand(shared_vectors: Path, name: str) -> None:
    """Integrity alone: the authorities of that test data are no anchors of ours."""
    pairs = tokens_in((shared_vectors / "eds" / "dss" / "cades" / name).read_bytes())
    for token, signature in pairs:
        report = verify_stamp(token, signature, anchors=TrustAnchors.of())
        held = {check.code for check in report.checks if check.outcome.value == "passed"}
        assert {"stamp.imprint", "content.digest", "signature.value", "signer.reference"} <= held
        assert report.indication is UNSURE
        changed = verify_stamp(token, signature[:-1] + bytes((signature[-1] ^ 1,)), anchors=TrustAnchors.of())
        assert changed.indication is FAILED
    if name != "cades-extended-bes.pkcs7":
        assert pairs
