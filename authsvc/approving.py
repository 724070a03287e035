"""What stands behind approvals: a confirmation record of this log, or an EDS over the request's bytes (article 49).

`authsvc.evidence.approvals` judges; here its material is read, and signed files are verified at the time of the act.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.errors import InvalidRequest
from authsvc.evidence.approvals import NEEDED, Approved, agree, by_confirmation, by_signature
from authsvc.evidence.errors import ApprovalRefused
from authsvc.evidence.kinds import Approval
from authsvc.evidence.record import parse
from authsvc.service import Service
from authsvc.trust import Job
from signatures.errors import SignaturesError


@dataclass(frozen=True, slots=True)
class Given:
    """How persons approved: files signed over the request's bytes (attached or detached), ids of confirmations."""

    signed: Sequence[bytes] = ()
    records: Sequence[str] = ()


async def approvals_of(svc: Service, request: bytes, given: Given, *, needed: int = NEEDED) -> tuple[Approval, ...]:
    """The slot `approvals` for this request; InvalidRequest unless enough distinct persons approved exactly it."""
    try:
        found = [await confirmed(svc, record_id) for record_id in given.records]
        for file in given.signed:
            found += await signed(svc, request, file)
        return agree(found, request, needed=needed)
    except ApprovalRefused as error:
        raise InvalidRequest(f"the approvals don't hold: {error.message}") from error


async def confirmed(svc: Service, record_id: str) -> Approved:
    """The approval behind a confirmation of this log. Raises ApprovalRefused."""
    settled = await svc.log.find(record_id)
    if settled is None:
        raise ApprovalRefused("no_record", f"there is no record {record_id} in this log")
    disclosures = await svc.log.vault.disclosures(svc.store, record_id)
    blobs = await svc.log.vault.blobs(svc.store, record_id)
    return by_confirmation(parse(settled.entry), disclosures, blobs.get("statement", b""))


async def signed(svc: Service, request: bytes, file: bytes) -> list[Approved]:
    """Everyone who signed this file; a detached signature is over the request's bytes. Raises ApprovalRefused."""
    for content in (None, request):
        try:
            judged = await svc.trust.verify(Job(file, content, (), svc.clock.now()))
        except SignaturesError as error:
            raise ApprovalRefused("unreadable", "an approval's file is no signed document") from error
        svc.switches.demand_path(judged.report)
        seen = [one for one in judged.report.signatures if one.coverage is not None and one.coverage.seen]
        if seen:
            return [by_signature(one, request) for one in judged.report.signatures]
    raise ApprovalRefused("content", "an approval's signature does not show what it covers")
