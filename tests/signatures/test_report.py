"""The report as a value: frozen, picklable, stable JSON, one verdict for each signature and never a truth value."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum

import pytest

from signatures import (
    Check,
    Digests,
    Evidence,
    Indication,
    Outcome,
    Policy,
    Report,
    RevocationStatus,
    SignatureReport,
    Signer,
    SubIndication,
    TrustAnchors,
    verify,
)
from signatures.certificates import Certificate
from signatures.report import rfc3339, worst
from tests.signatures.conftest import World
from tests.signatures.making import AT, cms, envelope, signer_info

CONTENT = b"content"
PASSED, FAILED, UNSURE = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


@pytest.fixture
def reports(world: World) -> list[Report]:
    """One of each kind: passed, failed, undecided with wants, without signatures, unread, several signers."""
    good, other = cms(world.signer, CONTENT), world.issuing.issue("Other")
    infos = [signer_info(world.signer, CONTENT), signer_info(other, b"else")]
    return [
        world.verify(good),
        world.verify(good.replace(CONTENT, b"CONTENT")),
        world.verify(good, evidence=Evidence()),
        world.verify(envelope(CONTENT, [])),
        world.verify(good[:-1]),
        world.verify(cms(world.signer, CONTENT, detached=True), Digests(sha256=hashlib.sha256(CONTENT).digest())),
        world.verify(envelope(CONTENT, infos, [world.signer.der, other.der])),
    ]


def values_in(value: object) -> Iterator[object]:
    """The value and everything in it that is one of our own types, a tuple included."""
    yield value
    if isinstance(value, Certificate):
        return
    if dataclasses.is_dataclass(value):
        for item in dataclasses.fields(value):
            yield from values_in(getattr(value, item.name))
    elif isinstance(value, tuple):
        for inner in value:
            yield from values_in(inner)


def test_every_value_in_a_report_is_frozen(reports: list[Report]) -> None:
    plain = (str, bytes, int, bool, type(None), datetime, Enum, tuple)
    seen = set()
    for report in reports:
        for value in values_in(report):
            seen.add(type(value))
            if dataclasses.is_dataclass(value):
                for item in dataclasses.fields(value):
                    with pytest.raises(AttributeError):
                        setattr(value, item.name, None)
            else:
                assert isinstance(value, plain), type(value)
    assert {Report, SignatureReport, Check, Signer, Certificate, RevocationStatus} <= seen


def test_reports_of_every_kind_survive_pickling_and_say_the_same(reports: list[Report]) -> None:
    for report in reports:
        again = pickle.loads(pickle.dumps(report))  # noqa: S301 -- our own bytes
        assert again == report
        assert again.to_json() == report.to_json()


def test_json_is_canonical_in_keys_and_spaces_and_names_the_verdict(reports: list[Report]) -> None:
    for report in reports:
        text = report.to_json()
        parsed = json.loads(text)
        assert text == json.dumps(parsed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert parsed["indication"] == report.indication.value
        assert parsed["schema"] == "authsvc/signature-report/1"
        assert len(parsed["signatures"]) == len(report.signatures)


def test_json_says_signer_path_revocation_coverage_checks_and_time(reports: list[Report]) -> None:
    (one,) = json.loads(reports[0].to_json())["signatures"]
    assert one["signer"]["name"] == "Test Signer"
    assert [certificate["subject"] for certificate in one["path"]][-1] == "CN=Test Root,C=KZ"
    assert [status["status"] for status in one["revocation"]] == ["good", "good"]
    assert one["best_signature_time"] == "2026-11-24T10:00:00Z"
    assert one["coverage"]["digest"] == hashlib.sha256(CONTENT).hexdigest()
    assert {"code": "content.digest", "outcome": "passed", "params": {"algorithm": "sha256"}} in one["checks"]
    assert one["path"][0]["sha256"] == hashlib.sha256(reports[0].signatures[0].path[0].der).hexdigest()


def test_wants_are_in_the_json_as_they_are_in_the_report(reports: list[Report]) -> None:
    report = reports[2]
    wants = json.loads(report.to_json())["wants"]
    assert [(want["kind"], want["issuer"]) for want in wants] == [("issuer_certificate", "CN=Test Issuing,C=KZ")]
    assert len(report.wants) == 1


def test_every_refusal_has_a_failed_check_and_a_pass_has_none(reports: list[Report]) -> None:
    """ "Why?" is what users of other verifiers ask most."""
    for report in reports:
        for one in report.signatures:
            assert bool(one.failures) is (one.indication is not PASSED)
            assert (one.sub_indication is None) is (one.indication is PASSED)
        if not report.signatures:
            assert report.indication is not PASSED
            assert [check for check in report.checks if check.outcome is Outcome.FAILED]


def test_intact_is_never_true_of_a_failed_signature(reports: list[Report]) -> None:
    for one in (one for report in reports for one in report.signatures):
        assert not (one.intact is True and one.indication is FAILED)
        assert not (one.intact is not True and one.indication is PASSED)


def test_the_worst_signature_is_the_documents_verdict(reports: list[Report]) -> None:
    (good,), (bad,), (unsure,) = (reports[place].signatures for place in range(3))
    assert worst((good,)) == (PASSED, None)
    assert worst((good, unsure)) == (UNSURE, unsure.sub_indication)
    assert worst((good, unsure, bad, good)) == (FAILED, SubIndication.HASH_FAILURE)
    assert worst(()) == (UNSURE, None)
    assert [one.indication for one in reports[-1].signatures] == [PASSED, FAILED]


def test_the_same_inputs_give_the_same_digests_and_another_input_another(world: World) -> None:
    """An old verdict can be made again from its inputs, and two reports can be told apart by them."""
    signed, evidence = cms(world.signer, CONTENT), world.evidence

    def inputs(**changed: object) -> set[object]:
        options = {"anchors": world.anchors, "at": AT, "evidence": evidence} | changed
        return set(verify(signed, **options).inputs)  # type: ignore[arg-type]

    same = inputs()
    assert same == inputs()
    assert same != inputs(anchors=TrustAnchors.of(world.root.der, world.issuing.der))
    assert same != inputs(policy=Policy.default().without_revocation())
    assert same != inputs(policy=Policy.default().with_limits(paths=3))
    assert same < inputs(content={"letter.txt": CONTENT})
    assert same != inputs(evidence=Evidence.of([world.issuing.der], [world.root.crl()]))


def test_a_content_given_by_name_is_named_among_the_inputs(world: World) -> None:
    signed = cms(world.signer, CONTENT, detached=True)
    report = verify(signed, content={"letter.txt": CONTENT}, anchors=world.anchors, at=AT, evidence=world.evidence)
    named = [(given.name, given.algorithm, given.digest) for given in report.inputs if given.kind == "content"]
    assert named == [("letter.txt", "sha256", hashlib.sha256(CONTENT).hexdigest())]


def test_times_are_utc_with_a_fraction_only_where_there_is_one() -> None:
    almaty = timezone(timedelta(hours=5))
    assert rfc3339(datetime(2026, 11, 24, 15, tzinfo=almaty)) == "2026-11-24T10:00:00Z"
    assert rfc3339(datetime(2026, 11, 24, 10, 0, 0, 5000, tzinfo=UTC)) == "2026-11-24T10:00:00.005Z"


def test_the_zone_of_the_validation_time_changes_no_verdict_and_no_byte(world: World) -> None:
    signed, evidence = cms(world.signer, CONTENT), world.evidence
    texts = {
        verify(signed, anchors=world.anchors, at=at, evidence=evidence).to_json()
        for at in (AT, AT.astimezone(timezone(timedelta(hours=5))))
    }
    assert len(texts) == 1
