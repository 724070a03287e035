"""Approvals by several persons (evidence format, sections 2, 5; case 39): distinct, of this request, backed."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from authsvc.evidence import kinds
from authsvc.evidence.approvals import (
    Approved,
    agree,
    by_confirmation,
    by_signature,
    distinct,
    read_request,
    request_digest,
    write_request,
)
from authsvc.evidence.errors import ApprovalRefused
from authsvc.evidence.record import Disclosure, Entry, parse
from authsvc.web.sandbox.pki import Credential, Family, TestPki, sign_cms
from confirmations import Document, Statement
from signatures import Evidence, SignatureReport, TrustAnchors, verify
from tests.authsvc.evidence.samples import AIGERIM, BOLAT, DANA, confirmation, record_id, seal_sample
from tests.authsvc.sandbox.conftest import made_persons, made_pki
from tests.authsvc.sandbox.made import NOW, iin
from tests.confirmations.samples import RP, statement

__all__ = ["made_persons", "made_pki"]

REQUEST = write_request("erasure", record_id(77), bytes(16), {"subject": AIGERIM, "kind": "deleted"})


def approval(request: bytes = REQUEST, **changes: Any) -> Statement:
    fields = (Document("Erasure request", request_digest(request)),)
    return replace(statement(), act="approval", fields=fields, **changes)


def confirmed(asked: Statement, person: str = BOLAT, **changes: Any) -> tuple[Entry, list[Disclosure]]:
    made = replace(confirmation(40), person=person, entity=None, statement=asked.digest(), **changes)
    sealed = seal_sample(made)
    return parse(sealed.entry), list(sealed.disclosures)


def rule_of(refused: pytest.ExceptionInfo[ApprovalRefused]) -> str:
    return refused.value.rule


def test_two_persons_approve_one_by_confirmation_and_one_by_eds(
    made_pki: TestPki, made_persons: dict[Family, Credential]
) -> None:
    entry, disclosures = confirmed(approval())
    first = by_confirmation(entry, disclosures, approval().canonical(), asked_by=RP)
    second = by_signature(signed(made_pki, made_persons["rsa"], REQUEST), REQUEST)
    assert (first.person, first.record, first.signature) == (BOLAT, entry.id, "none")
    assert (second.person, second.record) == (f"iin:{iin(1)}", "none")
    agreed = agree([second, first], REQUEST)
    assert [one.person for one in agreed] == sorted([first.person, second.person])
    kinds.Erasure(id=record_id(1), time=NOW, erasure_kind="deleted", approvals=agreed).draft()
    assert distinct([one.to_value() for one in agreed]) == 2


def signed(
    pki: TestPki, person: Credential, content: bytes, *, given: bytes | None = None, detached: bool = False
) -> SignatureReport:
    signature = sign_cms(content, [person], signing_time=NOW, detached=detached)
    authorities = pki.authorities.values()
    report = verify(
        signature,
        content=given,
        anchors=TrustAnchors.of(*(each.root.credential.certificate_der for each in authorities)),
        evidence=Evidence.sort(
            [
                made
                for each in authorities
                for made in (each.issuing.credential.certificate_der, each.root_crl(NOW), each.crl(NOW))
            ]
        ),
        at=datetime.fromtimestamp(NOW / 1000, UTC),
    )
    return report.signatures[0]


@pytest.mark.parametrize("detached", [True, False])
def test_an_eds_counts_in_both_families_attached_and_detached(
    made_pki: TestPki, made_persons: dict[Family, Credential], detached: bool
) -> None:
    for person in made_persons.values():
        report = signed(made_pki, person, REQUEST, given=REQUEST if detached else None, detached=detached)
        assert by_signature(report, REQUEST).request == request_digest(REQUEST)


def test_an_eds_over_something_else_is_no_approval(made_pki: TestPki, made_persons: dict[Family, Credential]) -> None:
    other = write_request("erasure", record_id(78), bytes(16), {"subject": AIGERIM, "kind": "deleted"})
    for person in made_persons.values():
        with pytest.raises(ApprovalRefused) as refused:
            by_signature(signed(made_pki, person, other), REQUEST)
        assert rule_of(refused) == "another_request"


def test_an_eds_that_is_not_proven_is_no_approval(made_pki: TestPki, made_persons: dict[Family, Credential]) -> None:
    signature = sign_cms(REQUEST, [made_persons["rsa"]], signing_time=NOW)
    report = verify(
        signature, anchors=TrustAnchors.of(), evidence=Evidence(), at=datetime.fromtimestamp(NOW / 1000, UTC)
    )
    with pytest.raises(ApprovalRefused) as refused:
        by_signature(report.signatures[0], REQUEST)
    assert rule_of(refused) == "signature"


@pytest.mark.parametrize("outcome", ["declined", "expired", "cancelled", "failed"])
def test_a_confirmation_of_another_outcome_approves_nothing(outcome: str) -> None:
    """71: a record of "declined" is no consent."""
    entry, disclosures = confirmed(approval(), outcome=outcome)
    with pytest.raises(ApprovalRefused) as refused:
        by_confirmation(entry, disclosures, approval().canonical(), asked_by=RP)
    assert rule_of(refused) == "not_confirmed"


def test_a_confirmation_of_another_act_or_of_no_document_approves_nothing() -> None:
    for asked in (
        replace(approval(), act="payment"),
        replace(approval(), fields=statement().fields[:1]),
        replace(approval(), fields=(*approval().fields, Document("Another", request_digest(b"another")))),
    ):
        entry, disclosures = confirmed(asked)
        with pytest.raises(ApprovalRefused) as refused:
            by_confirmation(entry, disclosures, asked.canonical(), asked_by=RP)
        assert rule_of(refused) == "not_an_approval"


def test_a_statement_other_than_the_one_confirmed_approves_nothing() -> None:
    entry, disclosures = confirmed(statement())
    with pytest.raises(ApprovalRefused) as refused:
        by_confirmation(entry, disclosures, approval().canonical(), asked_by=RP)
    assert rule_of(refused) == "not_an_approval"


def test_the_approver_is_whom_the_record_commits_to() -> None:
    """39, 50: a disclosure of another person does not open this record's slot."""
    entry, disclosures = confirmed(approval())
    forged = [one._replace(value=DANA) if one.name == "person_subject" else one for one in disclosures]
    with pytest.raises(ApprovalRefused) as refused:
        by_confirmation(entry, forged, approval().canonical(), asked_by=RP)
    assert rule_of(refused) == "unreadable"
    without = [one for one in disclosures if one.name != "person_subject"]
    with pytest.raises(ApprovalRefused) as refused:
        by_confirmation(entry, without, approval().canonical(), asked_by=RP)
    assert rule_of(refused) == "no_person"


def test_an_approval_that_another_relying_party_asked_for_does_not_count() -> None:
    entry, disclosures = confirmed(approval())
    with pytest.raises(ApprovalRefused) as refused:
        by_confirmation(entry, disclosures, approval().canonical(), asked_by="another")
    assert rule_of(refused) == "asked_by_another"


def test_an_entity_approves_nothing() -> None:
    entry, disclosures = confirmed(approval(), person="bin:990140001234")
    with pytest.raises(ApprovalRefused) as refused:
        by_confirmation(entry, disclosures, approval().canonical(), asked_by=RP)
    assert rule_of(refused) == "no_person"


def test_one_person_is_one_person_however_often_they_approve() -> None:
    """39."""
    digest = request_digest(REQUEST)
    twice = [Approved(BOLAT, digest, record=record_id(1)), Approved(BOLAT, digest, signature=digest)]
    with pytest.raises(ApprovalRefused) as refused:
        agree(twice, REQUEST)
    assert rule_of(refused) == "one_person_twice"


def test_fewer_than_needed_are_too_few() -> None:
    one = Approved(BOLAT, request_digest(REQUEST), record=record_id(1))
    for given, needed in (([], 2), ([one], 2), ([one], 3)):
        with pytest.raises(ApprovalRefused) as refused:
            agree(given, REQUEST, needed=needed)
        assert rule_of(refused) == "too_few"
    assert len(agree([one], REQUEST, needed=1)) == 1


def test_an_approval_of_another_request_or_with_nothing_behind_it_does_not_count() -> None:
    digest = request_digest(REQUEST)
    good = Approved(BOLAT, digest, record=record_id(1))
    for bad, rule in (
        (Approved(DANA, request_digest(b"another"), record=record_id(2)), "another_request"),
        (Approved(DANA, digest), "nothing_behind"),
    ):
        with pytest.raises(ApprovalRefused) as refused:
            agree([good, bad], REQUEST)
        assert rule_of(refused) == rule


def test_whom_the_matter_concerns_may_not_approve_it() -> None:
    digest = request_digest(REQUEST)
    given = [Approved(BOLAT, digest, record=record_id(1)), Approved(AIGERIM, digest, record=record_id(2))]
    with pytest.raises(ApprovalRefused) as refused:
        agree(given, REQUEST, barred={AIGERIM})
    assert rule_of(refused) == "barred"


def test_a_request_is_read_strictly_and_serves_one_act() -> None:
    members = read_request(REQUEST, "erasure")
    assert (members["id"], members["subject"], members["kind"]) == (record_id(77), AIGERIM, "deleted")
    for data, act in ((REQUEST, "export"), (REQUEST + b"\n", "erasure"), (b"[]", "erasure"), (b"\xff", "erasure")):
        with pytest.raises(ApprovalRefused):
            read_request(data, act)
    with pytest.raises(ValueError, match="id is a member"):
        write_request("erasure", record_id(1), bytes(16), {"id": "x"})
    with pytest.raises(ValueError, match="16 bytes"):
        write_request("erasure", record_id(1), b"", {})


def test_two_requests_for_the_same_act_are_different_requests() -> None:
    """The digest of a request is not guessed from what it asks: its nonce is part of it."""
    other = write_request("erasure", record_id(77), bytes(15) + b"\x01", {"subject": AIGERIM, "kind": "deleted"})
    assert request_digest(other) != request_digest(REQUEST)
