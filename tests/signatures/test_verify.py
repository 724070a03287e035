"""The verdicts of a whole verification (ETSI EN 319 102-1 clause 5.3), on material made here."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from signatures import (
    LOGIN_CHALLENGE_KIND,
    BadArgument,
    Cache,
    Digests,
    Evidence,
    Found,
    Indication,
    LimitExceeded,
    LoginChallengeIsNotADocument,
    NotALoginChallenge,
    Outcome,
    Policy,
    Report,
    Status,
    SubIndication,
    TrustAnchors,
    WantKind,
    verification,
    verify,
)
from tests.signatures.conftest import World
from tests.signatures.making import (
    AT,
    Ca,
    attribute,
    cms,
    envelope,
    ess,
    essential,
    make_key,
    name_of,
    signer_info,
    usage,
)

CONTENT = "Төлем: 1000 теңге.\n".encode()
PASSED, FAILED, UNSURE = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


def verdict(report: Report) -> tuple[Indication, SubIndication | None]:
    assert report.indication is report.signatures[0].indication
    return report.indication, report.signatures[0].sub_indication


@pytest.mark.parametrize("kind", ["rsa", "ec", "ec384", "ec521"])
def test_a_good_signature_with_path_and_crls_passes_with_signer_path_and_time(world: World, kind: str) -> None:
    signer = world.issuing.issue("Good Signer", key=make_key(kind, 9))
    report = world.verify(cms(signer, CONTENT))
    assert verdict(report) == (PASSED, None)
    (one,) = report.signatures
    assert one.intact is True
    assert one.signer is not None
    assert one.signer.name == "Good Signer"
    assert [certificate.subject.first("2.5.4.3") for certificate in one.path] == [
        "Good Signer",
        "Test Issuing",
        "Test Root",
    ]
    assert [status.status for status in one.revocation] == [Status.GOOD, Status.GOOD]
    assert (one.best_signature_time, one.best_signature_time_source) == (AT, "validation_time")
    assert one.claimed_time == AT
    assert report.wants == ()


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_ecdsa_takes_the_hash_of_its_oid(world: World, digest: str) -> None:
    assert verdict(world.verify(cms(world.signer, CONTENT, digest=digest))) == (PASSED, None)


def test_ed25519_signs_attributes_with_sha512(world: World) -> None:
    signer = world.issuing.issue(key=make_key("ed25519", 9))
    assert verdict(world.verify(cms(signer, CONTENT, digest="sha512"))) == (PASSED, None)


def test_ed25519_with_another_digest_algorithm_is_not_accepted(world: World) -> None:
    signer = world.issuing.issue(key=make_key("ed25519", 9))
    assert verdict(world.verify(cms(signer, CONTENT, digest="sha256"))) == (FAILED, SubIndication.FORMAT_FAILURE)


def test_ed25519_over_the_content_itself_needs_the_whole_content(world: World) -> None:
    signer = world.issuing.issue(key=make_key("ed25519", 9))
    signed = cms(signer, CONTENT, digest="sha512", attributes=[], detached=True)
    assert verdict(world.verify(signed, CONTENT)) == (PASSED, None)
    assert world.verify(signed, Digests(sha512=hashlib.sha512(CONTENT).digest())).indication is not PASSED


def test_a_tampered_content_is_a_hash_failure(world: World) -> None:
    signed = cms(world.signer, CONTENT).replace(b": 1000", b": 9000")
    report = world.verify(signed)
    assert verdict(report) == (FAILED, SubIndication.HASH_FAILURE)
    assert report.signatures[0].intact is False


def test_a_wrong_signature_value_is_a_crypto_failure(world: World) -> None:
    signed = bytearray(cms(world.signer, CONTENT))
    signed[-1] ^= 1
    assert verdict(world.verify(bytes(signed))) == (FAILED, SubIndication.SIG_CRYPTO_FAILURE)


def test_a_signature_by_another_key_than_the_certificates_is_a_crypto_failure(world: World) -> None:
    stranger = Ca(make_key("ec", 99), world.signer.certificate)
    assert verdict(world.verify(cms(stranger, CONTENT))) == (FAILED, SubIndication.SIG_CRYPTO_FAILURE)


def test_detached_passes_with_the_content_as_bytes_stream_digest_or_by_name(world: World) -> None:
    signed = cms(world.signer, CONTENT, detached=True)
    digests = Digests({"sha256": hashlib.sha256(CONTENT).digest()})
    for content in (CONTENT, io.BytesIO(CONTENT), digests):
        assert verdict(world.verify(signed, content)) == (PASSED, None)
    named = {"other.txt": b"other", "letter.txt": CONTENT}
    report = verify(signed, content=named, anchors=world.anchors, at=AT, evidence=world.evidence)
    assert verdict(report) == (PASSED, None)
    coverage = report.signatures[0].coverage
    assert coverage is not None
    assert (coverage.name, coverage.attached, coverage.size) == ("letter.txt", False, len(CONTENT))


def test_a_report_made_from_a_digest_says_that_the_content_was_not_seen(world: World) -> None:
    report = world.verify(cms(world.signer, CONTENT, detached=True), Digests(sha256=hashlib.sha256(CONTENT).digest()))
    (one,) = report.signatures
    assert one.coverage is not None
    assert not one.coverage.seen
    check = one.check("content.not_seen")
    assert check is not None
    assert check.outcome is Outcome.WARNING


def test_detached_without_content_is_signed_data_not_found_and_not_a_hash_failure(world: World) -> None:
    report = world.verify(cms(world.signer, CONTENT, detached=True))
    assert verdict(report) == (UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
    assert report.signatures[0].intact is None


def test_a_digest_by_another_hash_than_the_signatures_is_signed_data_not_found(world: World) -> None:
    report = world.verify(cms(world.signer, CONTENT, detached=True), Digests(sha512=hashlib.sha512(CONTENT).digest()))
    assert verdict(report) == (UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)


def test_detached_with_another_content_is_a_hash_failure(world: World) -> None:
    report = world.verify(cms(world.signer, CONTENT, detached=True), b"another")
    assert verdict(report) == (FAILED, SubIndication.HASH_FAILURE)


def test_an_attached_content_other_than_the_one_given_is_not_passed(world: World) -> None:
    signed = cms(world.signer, CONTENT)
    assert verdict(world.verify(signed, CONTENT)) == (PASSED, None)
    assert verdict(world.verify(signed, b"another")) == (FAILED, SubIndication.HASH_FAILURE)


def test_a_revoked_signer_is_told_with_date_and_reason(world: World) -> None:
    when = AT - timedelta(days=3)
    world.issuing.revoke(world.signer, when, x509.ReasonFlags.key_compromise)
    report = world.verify(cms(world.signer, CONTENT))
    assert verdict(report) == (UNSURE, SubIndication.REVOKED_NO_POE)
    status = report.signatures[0].revocation[0]
    assert (status.status, status.revoked_at, status.reason) == (Status.REVOKED, when, "keyCompromise")
    check = report.signatures[0].check("revocation.revoked")
    assert check is not None
    assert check.param("reason") == "keyCompromise"


def test_a_revoked_authority_is_told_apart_from_a_revoked_signer(world: World) -> None:
    world.root.revoke(world.issuing, AT - timedelta(days=3))
    assert verdict(world.verify(cms(world.signer, CONTENT))) == (UNSURE, SubIndication.REVOKED_CA_NO_POE)


def test_a_signer_on_hold_is_try_later(world: World) -> None:
    world.issuing.revoke(world.signer, AT - timedelta(days=3), x509.ReasonFlags.certificate_hold)
    report = world.verify(cms(world.signer, CONTENT))
    assert verdict(report) == (UNSURE, SubIndication.TRY_LATER)
    assert report.signatures[0].revocation[0].status is Status.ON_HOLD


def test_a_missing_crl_is_try_later_and_named_in_wants(world: World) -> None:
    report = world.verify(cms(world.signer, CONTENT), evidence=Evidence.of([world.issuing.der], [world.root.crl()]))
    assert verdict(report) == (UNSURE, SubIndication.TRY_LATER)
    (want,) = report.wants
    assert (want.kind, want.issuer) == (WantKind.CRL, "CN=Test Issuing,C=KZ")


def test_a_stale_crl_is_as_good_as_none(world: World) -> None:
    stale = world.issuing.crl(AT - timedelta(days=30))
    report = world.verify(
        cms(world.signer, CONTENT), evidence=Evidence.of([world.issuing.der], [world.root.crl(), stale])
    )
    assert verdict(report) == (UNSURE, SubIndication.TRY_LATER)
    assert report.signatures[0].check("crl.stale") is not None


def test_without_revocation_nothing_is_demanded_but_a_proven_revocation_still_counts(world: World) -> None:
    signed, policy = cms(world.signer, CONTENT), Policy.default().without_revocation()
    bare = Evidence.of([world.issuing.der])
    assert verdict(world.verify(signed, evidence=bare, policy=policy)) == (PASSED, None)
    world.issuing.revoke(world.signer, AT - timedelta(days=3))
    assert verdict(world.verify(signed, policy=policy)) == (UNSURE, SubIndication.REVOKED_NO_POE)


def test_an_expired_signer_without_proof_of_time_is_out_of_bounds(world: World) -> None:
    signer = world.issuing.issue("Old", end=AT - timedelta(days=1))
    assert verdict(world.verify(cms(signer, CONTENT))) == (UNSURE, SubIndication.OUT_OF_BOUNDS_NO_POE)


def test_validity_is_never_judged_at_the_claimed_time(world: World) -> None:
    """The signer's clock is the signer's word: an expired certificate stays expired whatever signing-time says."""
    signer = world.issuing.issue("Old", end=AT - timedelta(days=1))
    report = world.verify(cms(signer, CONTENT))
    assert report.signatures[0].claimed_time is not None
    assert report.signatures[0].best_signature_time == AT
    assert report.indication is UNSURE


def test_an_unknown_root_is_no_path(world: World) -> None:
    stranger = Ca.root("Stranger", key=make_key("ec", 50)).issue("Signer", key=make_key("ec", 51))
    report = world.verify(cms(stranger, CONTENT))
    assert verdict(report) == (UNSURE, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
    assert [want.kind for want in report.wants] == [WantKind.ISSUER]


def test_a_root_that_the_document_brings_along_is_not_trusted(world: World) -> None:
    root = Ca.root("Test Root", key=make_key("ec", 50))  # the trusted root's very name
    signer = root.issue("Signer", key=make_key("ec", 51))
    signed = envelope(CONTENT, [signer_info(signer, CONTENT)], [signer.der, root.der], crls=[root.crl()])
    assert world.verify(signed).indication is UNSURE


def test_a_signer_certificate_that_is_absent_is_wanted_and_the_report_never_passes(world: World) -> None:
    signed = envelope(CONTENT, [signer_info(world.signer, CONTENT)])
    report = world.verify(signed)
    assert verdict(report) == (UNSURE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
    assert [want.kind for want in report.wants] == [WantKind.SIGNER]
    found = Evidence.of([world.issuing.der, world.signer.der], [world.root.crl(), world.issuing.crl()])
    assert verdict(world.verify(signed, evidence=found)) == (PASSED, None)


def test_a_document_without_any_signature_is_indeterminate_with_its_reason(world: World) -> None:
    report = world.verify(envelope(CONTENT, [], [world.signer.der]))
    assert (report.indication, report.signatures) == (UNSURE, ())
    assert [check.code for check in report.checks if check.outcome is Outcome.FAILED] == ["signatures.present"]


def test_several_signers_have_a_report_each_and_the_worst_is_the_documents(world: World) -> None:
    second = world.issuing.issue("Second", key=make_key("rsa", 9))
    world.issuing.revoke(second, AT - timedelta(days=1))
    infos = [signer_info(world.signer, CONTENT), signer_info(second, CONTENT)]
    report = world.verify(envelope(CONTENT, infos, [world.signer.der, second.der]))
    assert [one.indication for one in report.signatures] == [PASSED, UNSURE]
    assert report.indication is UNSURE
    broken = [signer_info(world.signer, CONTENT), signer_info(second, b"else")]
    report = world.verify(envelope(CONTENT, broken, [world.signer.der, second.der]))
    assert [one.indication for one in report.signatures] == [PASSED, FAILED]
    assert (report.indication, report.sub_indication) == (FAILED, SubIndication.HASH_FAILURE)


@pytest.mark.parametrize("turned", [False, True])
def test_what_is_unknown_of_one_signer_is_not_said_of_the_other(world: World, turned: bool) -> None:
    """One signer's authority has a key that can't be used, the other's authority is not here: whatever their order."""
    odd = Ca.root("Odd", key=ec.generate_private_key(ec.SECP256K1()))
    one = odd.issue("One", key=make_key("ec", 61))
    other = Ca.root("Stranger", key=make_key("ec", 50)).issue("Other", key=make_key("ec", 51))
    signers = [other, one] if turned else [one, other]
    signed = envelope(CONTENT, [signer_info(each, CONTENT) for each in signers], [one.der, other.der, odd.der])
    report = world.verify(signed)
    found = {each.signer.name: each.sub_indication for each in report.signatures if each.signer}
    assert found == {
        "One": SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
        "Other": SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
    }
    assert [(want.kind, want.issuer) for want in report.wants] == [(WantKind.ISSUER, "CN=Stranger,C=KZ")]


def test_the_generator_asks_for_what_is_missing_and_goes_on_with_it(world: World) -> None:
    steps = verification(cms(world.signer, CONTENT), anchors=world.anchors, at=AT)
    have = {
        WantKind.ISSUER: [Found(certificates=(world.issuing.der,))],
        WantKind.CRL: [Found(crls=(world.issuing.crl(),)), Found(crls=(world.root.crl(),))],
    }
    asked = []
    want = next(steps)
    try:
        while True:
            asked.append(want.kind)
            want = steps.send(have[want.kind].pop(0))
    except StopIteration as stop:
        report = stop.value
    assert asked == [WantKind.ISSUER, WantKind.CRL, WantKind.CRL]
    assert verdict(report) == (PASSED, None)
    assert report.wants == ()
    assert [given.kind for given in report.inputs].count("crl") == 2


def test_the_generator_asks_nothing_twice_and_nothing_for_a_signature_that_has_failed(world: World) -> None:
    steps = verification(cms(world.signer, CONTENT).replace(b": 1000", b": 9000"), anchors=world.anchors, at=AT)
    with pytest.raises(StopIteration) as stop:
        next(steps)
    assert stop.value.value.indication is FAILED
    useless = Found(crls=(world.root.crl(),))
    steps = verification(
        cms(world.signer, CONTENT), anchors=world.anchors, at=AT, evidence=Evidence.of([world.issuing.der])
    )
    asked = [next(steps)]
    report = None
    while report is None:
        try:
            asked.append(steps.send(useless))
        except StopIteration as end:
            report = end.value
    assert len(set(asked)) == len(asked) <= 2
    assert report.signatures[0].sub_indication is SubIndication.TRY_LATER


def test_what_came_from_outside_is_checked_like_all_evidence(world: World) -> None:
    forged = Ca.root("Test Issuing", key=make_key("ec", 60))
    steps = verification(
        cms(world.signer, CONTENT),
        anchors=world.anchors,
        at=AT,
        evidence=Evidence.of([world.issuing.der], [world.root.crl()]),
    )
    next(steps)
    with pytest.raises(StopIteration) as stop:
        steps.send(Found(crls=(forged.crl(),)))
    report = stop.value.value
    assert report.signatures[0].sub_indication is SubIndication.TRY_LATER
    assert report.signatures[0].check("crl.signature") is not None


def challenge(kind: str = LOGIN_CHALLENGE_KIND) -> bytes:
    return json.dumps({"kind": kind, "nonce": "n", "origin": "https://id.example.kz"}).encode()


def test_a_signed_login_challenge_is_refused_by_its_kind_attached_and_detached(world: World) -> None:
    with pytest.raises(LoginChallengeIsNotADocument):
        world.verify(cms(world.signer, challenge()))
    with pytest.raises(LoginChallengeIsNotADocument):
        world.verify(cms(world.signer, challenge(), detached=True), io.BytesIO(b"\xef\xbb\xbf  " + challenge()))


def test_for_a_login_only_a_login_challenge_will_do(world: World) -> None:
    policy = Policy.default().for_login()
    assert verdict(world.verify(cms(world.signer, challenge()), challenge(), policy=policy)) == (PASSED, None)
    for content in (CONTENT, challenge("authsvc/other/v1"), b"[" * 60_000):
        with pytest.raises(NotALoginChallenge):
            world.verify(cms(world.signer, content), policy=policy)
    digests = Digests(sha256=hashlib.sha256(challenge()).digest())
    with pytest.raises(NotALoginChallenge):
        world.verify(cms(world.signer, challenge(), detached=True), digests, policy=policy)


def test_another_challenge_than_the_expected_one_does_not_log_in(world: World) -> None:
    signed = cms(world.signer, challenge())
    report = world.verify(signed, challenge() + b" ", policy=Policy.default().for_login())
    assert verdict(report) == (FAILED, SubIndication.HASH_FAILURE)


def test_a_signature_by_ess_is_cades_b_b_and_plain_cms_has_no_level(world: World) -> None:
    plain = world.verify(cms(world.signer, CONTENT)).signatures[0]
    assert (plain.format, plain.level) == ("CMS", None)
    attributes = [*essential(CONTENT), ess(world.signer.der)]
    report = world.verify(cms(world.signer, CONTENT, attributes=attributes))
    assert verdict(report) == (PASSED, None)
    assert (report.signatures[0].format, report.signatures[0].level) == ("CAdES", "B-B")


def test_the_level_is_reached_not_claimed(world: World) -> None:
    attributes = [*essential(CONTENT), ess(world.signer.der)]
    signed = cms(world.signer, CONTENT, attributes=attributes).replace(b": 1000", b": 9000")
    assert world.verify(signed).signatures[0].level is None


def test_a_broken_time_stamp_and_a_broken_counter_signature_are_said_and_break_nothing(world: World) -> None:
    unsigned = [attribute("1.2.840.113549.1.9.16.2.14", b"\x30\x00"), attribute("1.2.840.113549.1.9.6", b"\x30\x00")]
    (one,) = world.verify(cms(world.signer, CONTENT, unsigned=unsigned)).signatures
    assert one.indication is PASSED
    said = {check.code: check.outcome for check in one.checks}
    assert (said["time.stamp"], said["counter_signature"]) == (Outcome.NOT_DONE, Outcome.WARNING)
    assert [stamp.valid for stamp in one.time_stamps] == [False]
    assert [counter.indication for counter in one.counter_signatures] == [FAILED]


def test_a_key_not_meant_for_signing_is_a_chain_constraint(world: World) -> None:
    signer = world.issuing.issue(key_usage=usage("key_encipherment"))
    assert verdict(world.verify(cms(signer, CONTENT))) == (UNSURE, SubIndication.CHAIN_CONSTRAINTS_FAILURE)


def test_short_and_old_algorithms_are_refused_by_the_policy_at_the_validation_time(world: World) -> None:
    weak = world.issuing.issue(key=make_key("rsa1024", 9))
    report = world.verify(cms(weak, CONTENT))
    assert verdict(report) == (UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)
    assert report.signatures[0].intact is True
    signer = world.issuing.issue(key=make_key("rsa", 9))
    report = world.verify(cms(signer, CONTENT, digest="sha1"))
    assert verdict(report) == (UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)
    check = report.signatures[0].check("algorithm.allowed")
    assert check is not None
    assert check.param("why") == "too_late"


def test_reports_are_frozen_pickle_and_have_stable_json(world: World) -> None:
    report = world.verify(cms(world.signer, CONTENT))
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301 -- our own bytes
    with pytest.raises(AttributeError):
        report.indication = FAILED  # type: ignore[misc]
    again = world.verify(cms(world.signer, CONTENT)).to_json()
    text = report.to_json()
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert json.loads(text)["indication"] == "TOTAL-PASSED"
    signature = json.loads(text)["signatures"][0]["signature"]
    assert [len(text), text.replace(signature, "")] != [0, again]  # ECDSA is random; all else is the same
    fixed = cms(world.signer, CONTENT)
    evidence = world.evidence
    assert world.verify(fixed, evidence=evidence).to_json() == world.verify(fixed, evidence=evidence).to_json()


def test_the_report_carries_digests_of_all_inputs(world: World) -> None:
    signed = cms(world.signer, CONTENT, detached=True)
    evidence = world.evidence
    report = world.verify(signed, CONTENT, evidence=evidence)
    by_kind = {(given.kind, given.digest) for given in report.inputs}
    assert ("document", hashlib.sha256(signed).hexdigest()) in by_kind
    assert ("content", hashlib.sha256(CONTENT).hexdigest()) in by_kind
    assert ("policy", Policy.default().digest) in by_kind
    assert ("anchors", world.anchors.digest) in by_kind
    assert {("crl", crl.sha256) for crl in evidence.crls} <= by_kind
    assert {("certificate", certificate.sha256) for certificate in evidence.certificates} <= by_kind


def test_a_cache_changes_nothing_but_the_time(world: World) -> None:
    cache, signed, evidence = Cache(), cms(world.signer, CONTENT), world.evidence
    cold = verify(signed, anchors=world.anchors, at=AT, evidence=evidence)
    for _ in range(2):
        warm = verify(signed, anchors=world.anchors, at=AT, evidence=evidence, cache=cache)
        assert warm == cold
    assert len(cache) > 0
    late = verify(signed, anchors=world.anchors, at=AT + timedelta(days=4000), evidence=evidence, cache=cache)
    assert late.indication is UNSURE


def test_a_cache_keeps_no_more_than_its_size() -> None:
    cache = Cache(2)
    for number in range(5):
        cache.remember(("kind", number), lambda number=number: number)
    assert len(cache) == 2
    assert cache.remember(("kind", 4), lambda: 7) == 4


def test_a_validation_time_without_zone_is_the_callers_mistake(world: World) -> None:
    with pytest.raises(BadArgument):
        verify(cms(world.signer, CONTENT), anchors=world.anchors, at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_streams_and_bytes_are_the_same_signed_file(world: World) -> None:
    signed, evidence = cms(world.signer, CONTENT), world.evidence
    stream = verify(io.BytesIO(signed), anchors=world.anchors, at=AT, evidence=evidence)
    assert stream == world.verify(signed, evidence=evidence)


def test_limits_end_in_a_refusal_or_a_verdict(world: World) -> None:
    signed = cms(world.signer, CONTENT)
    with pytest.raises(LimitExceeded) as refusal:
        world.verify(signed, policy=Policy.default().with_limits(signed_bytes=100))
    assert refusal.value.limit == "signed_bytes"
    for limits in ({"elements": 20}, {"depth": 3}, {"signatures": 0}, {"certificates": 0}):
        report = world.verify(signed, policy=Policy.default().with_limits(**limits))
        assert report.indication is UNSURE
        assert [check.code for check in report.checks] == ["limit.exceeded"]
    report = world.verify(signed, policy=Policy.default().with_limits(key_checks=1))
    assert verdict(report)[0] is UNSURE
    with pytest.raises(BadArgument):
        Policy.default().with_limits(unheard_of=1)


def test_anchors_are_trusted_and_nothing_else(world: World) -> None:
    signed = cms(world.signer, CONTENT)
    report = verify(signed, anchors=TrustAnchors.of(), at=AT, evidence=world.evidence)
    assert report.indication is UNSURE
    direct = verify(signed, anchors=TrustAnchors.of(world.signer.der), at=AT)
    assert direct.indication is PASSED  # the signer itself is an anchor
    assert len(direct.signatures[0].path) == 1


def test_a_content_type_other_than_data_needs_signed_attributes(world: World) -> None:
    kind = "1.2.840.113549.1.9.16.1.4"
    info = signer_info(world.signer, CONTENT, attributes=[])
    report = world.verify(envelope(CONTENT, [info], [world.signer.der], content_type=kind))
    assert verdict(report) == (FAILED, SubIndication.FORMAT_FAILURE)


def test_two_certificates_with_one_issuer_and_serial_are_both_tried(world: World) -> None:
    """The first one found has another key: the signature value decides which is the signer's."""
    twin = Ca.root("x", key=make_key("ec", 70))
    decoy_issuer = Ca(make_key("ec", 70), world.issuing.certificate, serial=world.signer.certificate.serial_number - 1)
    decoy = decoy_issuer.issue("Decoy", subject=name_of("Decoy"), key=twin.key)
    assert decoy.certificate.serial_number == world.signer.certificate.serial_number
    signed = envelope(CONTENT, [signer_info(world.signer, CONTENT)], [decoy.der, world.signer.der])
    report = world.verify(signed)
    assert verdict(report) == (PASSED, None)
    assert report.signatures[0].signer is not None
    assert report.signatures[0].signer.name == "Test Signer"
