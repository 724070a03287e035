"""The seven faults read in NCANode, the de-facto standard server of the country: each is judged right here.

What waits for time stamps and OCSP says so: such material is named as not judged and never helps a verdict.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from signatures import Evidence, Indication, Outcome, Policy, Status, SubIndication, TrustAnchors, WantKind, verify
from signatures.asn1 import ENUMERATED, SEQUENCE
from signatures.der import encode
from tests.signatures.conftest import World
from tests.signatures.making import AT, Ca, attribute, cms, envelope, make_key, signer_info, usage

CONTENT = b"content"
DAY = timedelta(days=1)
PASSED, UNSURE = Indication.TOTAL_PASSED, Indication.INDETERMINATE
SUCCESSFUL_OCSP = encode(SEQUENCE, encode(ENUMERATED, b"\x00"))
NATIONAL = ObjectIdentifier("1.2.398.3.3.4.1.1")


def test_1_validity_is_judged_at_the_moment_that_is_asked_for(world: World) -> None:
    """There: at the present moment only. Here `at` decides, and what has expired since is undecided, not broken."""
    signer = world.issuing.issue("Short", key=make_key("ec", 4), end=AT + DAY)
    signed = cms(signer, CONTENT)
    lists = [one.crl(AT, 100 * DAY) for one in (world.root, world.issuing)]
    known = Evidence.of([world.issuing.der], lists)
    for at, indication in ((AT, PASSED), (AT + DAY, PASSED), (AT + 2 * DAY, UNSURE)):
        report = verify(signed, anchors=world.anchors, at=at, evidence=known)
        assert report.indication is indication
    assert report.sub_indication is SubIndication.OUT_OF_BOUNDS_NO_POE
    assert report.signatures[0].intact is True


def test_2_the_whole_path_is_built_to_an_anchor_and_every_link_counts() -> None:
    """There: one step, in a list of "roots". Here a revoked authority two steps above is found."""
    root = Ca.root()
    middle = root.issue("Middle", key=make_key("ec", 20), ca=True)
    issuing = middle.issue("Issuing", key=make_key("ec", 21), ca=True)
    signed = cms(issuing.issue("Signer", key=make_key("ec", 22)), CONTENT)

    def judge(**anchors: Ca) -> SubIndication | None:
        known = Evidence.of([middle.der, issuing.der], [root.crl(), middle.crl(), issuing.crl()])
        trusted = TrustAnchors.of(*(one.der for one in anchors.values()))
        report = verify(signed, anchors=trusted, at=AT, evidence=known)
        assert report.indication is (UNSURE if report.sub_indication else PASSED)
        return report.sub_indication

    assert judge(root=root) is None
    root.revoke(middle, AT - DAY)
    assert judge(root=root) is SubIndication.REVOKED_CA_NO_POE
    assert judge(stranger=Ca.root("Stranger", key=make_key("ec", 23))) is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_3_an_ocsp_answer_that_nobody_checked_clears_nobody(world: World) -> None:
    """There: signature, certID, thisUpdate and nextUpdate are not looked at. Here such an answer does not count."""
    known = Evidence.of([world.issuing.der], [world.root.crl()], [SUCCESSFUL_OCSP])
    report = world.verify(cms(world.signer, CONTENT), evidence=known)
    assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.TRY_LATER)
    assert [check.outcome for check in report.checks if check.code == "evidence.unreadable"] == [Outcome.WARNING]
    assert {given.kind for given in report.inputs} >= {"ocsp"}


def test_4_a_time_stamp_that_nobody_checked_proves_no_time(world: World) -> None:
    """There: the token is checked with its own certificate and its imprint not compared. Here it proves nothing."""
    expired = world.issuing.issue("Expired", key=make_key("ec", 4), end=AT - DAY)
    token = attribute("1.2.840.113549.1.9.16.2.14", encode(SEQUENCE))
    report = world.verify(cms(expired, CONTENT, unsigned=[token]))
    (one,) = report.signatures
    assert (one.indication, one.sub_indication) == (UNSURE, SubIndication.OUT_OF_BOUNDS_NO_POE)
    assert (one.best_signature_time, one.best_signature_time_source) == (AT, "validation_time")
    check = one.check("time.stamp")
    assert check is not None
    assert check.outcome is Outcome.NOT_DONE


@pytest.mark.parametrize(
    ("bits", "purposes", "indication"),
    [
        (("digital_signature", "content_commitment"), (NATIONAL, ObjectIdentifier("1.3.6.1.5.5.7.3.4")), PASSED),
        (("digital_signature",), (NATIONAL, ObjectIdentifier("1.3.6.1.5.5.7.3.4")), UNSURE),
        (("digital_signature", "content_commitment"), (NATIONAL,), UNSURE),
        (("digital_signature", "key_encipherment"), (NATIONAL, ObjectIdentifier("1.3.6.1.5.5.7.3.2")), UNSURE),
        (("content_commitment",), (ObjectIdentifier("1.3.6.1.5.5.7.3.8"),), UNSURE),
    ],
    ids=["signing", "no non-repudiation", "no emailProtection", "authentication", "time stamps"],
)
def test_5_key_usage_and_purpose_are_enforced(
    world: World, bits: tuple[str, ...], purposes: tuple[ObjectIdentifier, ...], indication: Indication
) -> None:
    extension = (x509.ExtendedKeyUsage(list(purposes)), False)
    signer = world.issuing.issue("Signer", key=make_key("ec", 4), key_usage=usage(*bits), extensions=[extension])
    report = world.verify(cms(signer, CONTENT))
    assert report.indication is indication
    assert report.sub_indication is (None if indication is PASSED else SubIndication.CHAIN_CONSTRAINTS_FAILURE)


def test_6_no_signers_and_an_absent_signer_are_never_valid_and_each_has_its_reason(world: World) -> None:
    """There: `valid: true`, as the loops do not run."""
    nobody = world.verify(envelope(CONTENT, [], [world.signer.der]))
    assert nobody.indication is UNSURE
    assert [check.code for check in nobody.checks if check.outcome is Outcome.FAILED] == ["signatures.present"]
    absent = world.verify(envelope(CONTENT, [signer_info(world.signer, CONTENT)]))
    assert absent.indication is UNSURE
    assert [check.code for check in absent.signatures[0].failures] == ["signer.certificate"]
    assert [want.kind for want in absent.wants] == [WantKind.SIGNER]


def test_6_an_empty_list_of_certificates_or_of_crls_changes_nothing(world: World) -> None:
    for certificates in ([], [world.issuing.der], [world.root.der, world.issuing.der]):
        for policy in (Policy.default(), Policy.default().without_revocation()):
            report = world.verify(envelope(CONTENT, [], certificates, crls=[world.issuing.crl()]), policy=policy)
            assert report.indication is UNSURE
            assert report.signatures == ()


def test_7_what_could_not_be_had_is_undecided_and_named_and_mends_itself(world: World) -> None:
    """There: a network failure turns a valid signature into an invalid one, at random."""
    signed, partial = cms(world.signer, CONTENT), Evidence.of([world.issuing.der], [world.root.crl()])
    report = world.verify(signed, evidence=partial)
    assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.TRY_LATER)
    (one,) = report.signatures
    assert one.intact is True
    assert one.revocation[0].status is Status.UNKNOWN
    assert [(want.kind, want.issuer) for want in report.wants] == [(WantKind.CRL, "CN=Test Issuing,C=KZ")]
    assert world.verify(signed).indication is PASSED
