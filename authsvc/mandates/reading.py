"""The mandates that a person granted or holds, each with its document and what was spent of it."""

from dataclasses import dataclass

from authsvc import accounts
from authsvc.errors import NotFound
from authsvc.mandates.document import Document
from authsvc.mandates.using import document_of, period_key
from authsvc.service import Service
from authsvc.store import mandates as rows
from authsvc.store.mandates import MandateRow
from authsvc.telling import Reader

MOST = 100
"""Mandates of one person that the page lists: the newest."""


@dataclass(frozen=True, slots=True)
class Line:
    """A mandate as one of its persons sees it. `state`: granted, revoked, over; `spent` in the period that runs."""

    row: MandateRow
    document: Document
    state: str
    spent: int
    own: bool
    """Whether the person granted it."""


async def list_own(svc: Service, reader: Reader) -> list[Line]:
    """What this person granted or holds, newest first."""
    person = await accounts.person_by_id(svc, reader.account)
    handle = await svc.log.vault.find(svc.store, person.subject) if person else None
    if handle is None:
        return []
    found = await rows.concerning(svc.store, handle, reader.account, MOST)
    return [await _line(svc, row, reader) for row in found if await rows.members_of(svc.store, row.id)]


async def read_own(svc: Service, reader: Reader, mandate_id: str) -> Line:
    """One of them; NotFound for every other."""
    for line in await list_own(svc, reader):
        if line.row.id == mandate_id:
            return line
    raise NotFound("there is nothing here")


async def _line(svc: Service, row: MandateRow, reader: Reader) -> Line:
    now = svc.clock.now()
    members = await rows.members_of(svc.store, row.id)
    state = "over" if row.state == "granted" and row.ends_at <= now else row.state
    spent = row.spent if row.period_key == period_key(row.period, now) else 0
    return Line(row, await document_of(svc, members), state, spent, row.granted_by == reader.account)
