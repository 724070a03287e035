"""What the person and the reviewers see of a dispute: its text, what is contested, the decision with its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc import exports, staff
from authsvc.confirm import Answerer
from authsvc.disputes.drafting import ROLE, draft_of
from authsvc.disputes.opening import own_row, person_of
from authsvc.disputes.resolving import Draft
from authsvc.errors import NotFound
from authsvc.evidence.report_blocks import Block
from authsvc.service import Service
from authsvc.store import disputes as rows
from authsvc.store.disputes import DisputeRow

PAGE = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """A dispute as it is shown. `reasons` and `resolver` once it is decided; `draft` is for reviewers alone."""

    row: DisputeRow
    text: str
    reasons: str = ""
    resolver: str = ""
    draft: Draft | None = None
    contested: Sequence[Block] = ()


async def list_own(svc: Service, answerer: Answerer, page: int = 0) -> list[DisputeRow]:
    """A person's own disputes, newest first; one more than a page says that there is more."""
    person = await person_of(svc, answerer)
    handle = await svc.log.vault.find(svc.store, person.subject)
    return await rows.of_subject(svc.store, handle, PAGE + 1, page * PAGE) if handle else []


async def read_own(svc: Service, answerer: Answerer, dispute_id: str) -> Seen:
    """A person's own dispute; NotFound for every other."""
    row = await own_row(svc, await person_of(svc, answerer), dispute_id)
    return await _seen(svc, row)


async def queue(svc: Service, answerer: Answerer, page: int = 0) -> list[DisputeRow]:
    """What waits for a reviewer, the nearest due date first; NotFound without the role."""
    await staff.demand(svc, answerer.account, answerer.acr, ROLE)
    return await rows.queue(svc.store, PAGE + 1, page * PAGE)


async def read_as_reviewer(svc: Service, answerer: Answerer, dispute_id: str, locale: str) -> Seen:
    """A dispute with the record that is contested, as its person sees it; NotFound without the role."""
    await staff.demand(svc, answerer.account, answerer.acr, ROLE)
    row = await rows.dispute_of(svc.store, dispute_id)
    subject = await svc.log.vault.subject_of(svc.store, row.subject) if row else None
    if row is None or subject is None:
        raise NotFound("there is nothing here")
    record = await exports.own_record(svc, subject, row.contested, locale)
    return await _seen(svc, row, await draft_of(svc, row), record.blocks)


async def _seen(svc: Service, row: DisputeRow, draft: Draft | None = None, contested: Sequence[Block] = ()) -> Seen:
    text = (await svc.log.vault.blobs(svc.store, row.id)).get("dispute_text", b"").decode()
    reasons = resolver = ""
    if row.resolution is not None:
        blobs = await svc.log.vault.blobs(svc.store, row.resolution)
        values = {each.name: each.value for each in await svc.log.vault.disclosures(svc.store, row.resolution)}
        reasons = blobs.get("resolution_reasons", b"").decode()
        resolver = str(values.get("resolver_name", ""))
    return Seen(row, text, reasons, resolver, draft, contested)
