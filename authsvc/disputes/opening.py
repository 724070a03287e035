"""The person's side: a record about them is contested, and a dispute is taken back while nobody has decided it."""

import hashlib

from authsvc import accounts, telling, webhooks
from authsvc.accounts import Person
from authsvc.clock import parse_rfc3339, uuid7
from authsvc.confirm import Answerer
from authsvc.disputes import words
from authsvc.errors import Conflict, InvalidRequest, NotFound, Unauthenticated
from authsvc.evidence import kinds
from authsvc.evidence.audience import Audience, concerns
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.evidence.record import Disclosure, Entry, parse
from authsvc.keys import b64url
from authsvc.limits import Budget
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import disputes as rows
from authsvc.store.disputes import DisputeRow
from confirmations.texts import check_words

DAY_MS = 24 * 3600 * 1000
A_DAY = Budget("disputes", 20, DAY_MS)
LONGEST = 4_000
FINAL = frozenset({"dispute", "resolution"})
"""What is no matter of a dispute here: a dispute is taken back, and the last word over a resolution is a court's."""
OF_DECISION = "review_of_decision"
KINDS = ("not_me", "contract", "other")
"""What a person may say of a record that is no decision."""


def contestable(entry: Entry) -> tuple[str, ...]:
    """The kinds of dispute that may be opened over this record; none for what ends disputes."""
    if entry.type in FINAL:
        return ()
    return (OF_DECISION,) if entry.type == "decision" else KINDS


async def open_dispute(svc: Service, answerer: Answerer, record_id: str, kind: str, text: str) -> str:
    """Contest a record; the id of the dispute and of its record.

    NotFound unless the record is about this person; InvalidRequest, StatementRefused (text), Conflict (contested
    already), TooManyAttempts, ReadOnly.
    """
    svc.log.demand_writable()
    person = await person_of(svc, answerer)
    entry, disclosed = await _own_record(svc, person, record_id)
    if kind not in contestable(entry):
        raise InvalidRequest("kind: this record can't be contested so")
    text = text.strip().replace("\r\n", "\n")
    check_words(text, "text", LONGEST)
    handle = await svc.log.vault.find(svc.store, person.subject)
    if handle is None:
        raise NotFound("there is nothing here")
    _demand_in_time(svc, disclosed)
    await svc.limits.spend(A_DAY, person.id)
    now = svc.clock.now()
    dispute_id = uuid7(now, svc.entropy)
    rp = next((str(each.value) for each in disclosed if each.name == "rp"), "")
    due = now + svc.settings.dispute_days * DAY_MS if svc.settings.dispute_days else None
    row = DisputeRow(dispute_id, handle, person.id, rp, record_id, kind, rows.OPEN, now, due)
    record = _record(row, person, answerer, "opened", text, now)
    announcement = await webhooks.prepare(svc, rp)

    async def act(tx: Tx) -> Ticket:
        if not await rows.open_dispute(tx, row):
            raise Conflict("this record is contested already")
        told = {"id": dispute_id, "record": record_id, "kind": kind}
        if changes := announcement.changes(webhooks.DISPUTE_OPENED, told, now):
            await tx.together(*changes)
        return await svc.log.stage(tx, record, {"dispute_text": text.encode()})

    await svc.log.settled(await svc.store.transact(act))
    return dispute_id


async def withdraw(svc: Service, answerer: Answerer, dispute_id: str) -> None:
    """The person takes their dispute back. NotFound for others, Conflict when it has ended; ReadOnly."""
    svc.log.demand_writable()
    person = await person_of(svc, answerer)
    row = await own_row(svc, person, dispute_id)
    now = svc.clock.now()
    record = _record(row, person, answerer, "withdrawn", "", now, uuid7(now, svc.entropy))
    announcement = await webhooks.prepare(svc, row.client_id)

    async def act(tx: Tx) -> Ticket:
        if not await rows.withdraw(tx, row.id, now):
            raise Conflict("this dispute has ended")
        told = {"id": row.id, "record": row.contested, "kind": row.kind}
        if changes := announcement.changes(webhooks.DISPUTE_WITHDRAWN, told, now):
            await tx.together(*changes)
        return await svc.log.stage(tx, record)

    await svc.log.settled(await svc.store.transact(act))


async def person_of(svc: Service, answerer: Answerer) -> Person:
    """Who is signed in."""
    person = await accounts.person_by_id(svc, answerer.account)
    if person is None:
        raise Unauthenticated("nobody is signed in here")
    return person


async def own_row(svc: Service, person: Person, dispute_id: str) -> DisputeRow:
    """This person's dispute; NotFound for every other."""
    row = await rows.dispute_of(svc.store, dispute_id)
    handle = await svc.log.vault.find(svc.store, person.subject)
    if row is None or handle is None or row.subject != handle:
        raise NotFound("there is nothing here")
    return row


def tell(svc: Service, person: Person, row: DisputeRow) -> telling.Told:
    """The message that a dispute was decided."""
    return telling.prepare(svc, person, words.SUBJECT, words.DECIDED, f"/disputes/{row.id}")


async def _own_record(svc: Service, person: Person, record_id: str) -> tuple[Entry, list[Disclosure]]:
    settled = await svc.log.find(record_id)
    disclosed = await svc.log.vault.disclosures(svc.store, record_id) if settled else []
    if settled is None or not concerns(entry := parse(settled.entry), disclosed, Audience(subject=person.subject)):
        raise NotFound("there is nothing here")
    return entry, disclosed


def _demand_in_time(svc: Service, disclosed: list[Disclosure]) -> None:
    """Conflict when the record itself says until when a review may be asked for, and that is over."""
    due = next((str(each.value) for each in disclosed if each.name == "review_due"), "")
    if due and parse_rfc3339(due) <= svc.clock.now():
        raise Conflict("the time to ask for a review is over")


def _record(
    row: DisputeRow, person: Person, answerer: Answerer, event: str, text: str, now: int, record_id: str = ""
) -> kinds.Dispute:
    return kinds.Dispute(
        id=record_id or row.id,
        time=now,
        dispute_event=event,
        person=person.subject,
        about=(row.contested,) if event == "opened" else (row.id, row.contested),
        rp=row.client_id,
        mandate=NONE,
        authentication=answerer.authentication,
        acr=answerer.acr,
        dispute_kind=row.kind,
        dispute_text=b64url(hashlib.sha256(text.encode()).digest()) if text else "",
        dispute_due=row.due_at,
    )
