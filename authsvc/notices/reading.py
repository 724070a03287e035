"""The person's side: a notice is received when their session shows it, read when they open it; each once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from authsvc import accounts, webhooks
from authsvc.clock import uuid7
from authsvc.errors import NotFound
from authsvc.evidence import kinds
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url
from authsvc.notices.sending import INBOX, digest_of
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import notices as rows
from authsvc.store.notices import ACKNOWLEDGED, OPENED, RECEIVED, NoticeRow
from authsvc.telling import Reader

PAGE = 20
EVENTS = {
    RECEIVED: webhooks.NOTICE_RECEIVED,
    OPENED: webhooks.NOTICE_OPENED,
    ACKNOWLEDGED: webhooks.NOTICE_ACKNOWLEDGED,
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A notice in words of one language, as it is shown."""

    row: NoticeRow
    sender: str
    title: str
    text: str
    content: bytes


async def receive_own(svc: Service, reader: Reader, page: int = 0) -> list[Opened]:
    """A page of the person's notices, newest first, each received by being shown here; one more says that there is
    more, and is not received yet."""
    subject, handle = await _who(svc, reader)
    found = await rows.of_subject(svc.store, handle, PAGE + 1, page * PAGE)
    shown = [await _opened(svc, row, reader.locale) for row in found]
    for each in shown[:PAGE]:
        await _receive(svc, each, subject)
    return shown


async def open_own(svc: Service, reader: Reader, notice_id: str) -> Opened:
    """The notice, received and read by this; NotFound for everybody whom it is not to."""
    subject, handle = await _who(svc, reader)
    found = await _own(svc, handle, notice_id, reader.locale)
    await _receive(svc, found, subject)
    await _read(svc, found, subject, reader, OPENED)
    return await _own(svc, handle, notice_id, reader.locale)


async def acknowledge(svc: Service, reader: Reader, notice_id: str) -> None:
    """The person says that they have read it. NotFound for everybody whom it is not to."""
    svc.log.demand_writable()
    subject, handle = await _who(svc, reader)
    found = await _own(svc, handle, notice_id, reader.locale)
    await _receive(svc, found, subject)
    await _read(svc, found, subject, reader, OPENED)
    await _read(svc, found, subject, reader, ACKNOWLEDGED)


async def read_as_party(svc: Service, client_id: str, notice_id: str) -> NoticeRow:
    """A sender's own notice; NotFound for every other."""
    row = await rows.notice_of(svc.store, notice_id)
    if row is None or row.client_id != client_id:
        raise NotFound("no such notice")
    return row


async def _who(svc: Service, reader: Reader) -> tuple[str, str]:
    person = await accounts.person_by_id(svc, reader.account)
    handle = await svc.log.vault.find(svc.store, person.subject) if person else None
    if person is None or handle is None:
        raise NotFound("there is nothing here")
    return person.subject, handle


async def _own(svc: Service, handle: str, notice_id: str, locale: str) -> Opened:
    row = await rows.notice_of(svc.store, notice_id)
    if row is None or row.subject != handle:
        raise NotFound("there is nothing here")
    return await _opened(svc, row, locale)


async def _opened(svc: Service, row: NoticeRow, locale: str) -> Opened:
    content = (await svc.log.vault.blobs(svc.store, row.id)).get("delivered", b"")
    told = orjson.loads(content) if content else {}
    texts: list[Mapping[str, str]] = [told.get(name, {}) for name in ("sender", "title", "text")]
    sender, title, text = (each.get(locale, "") for each in texts)
    return Opened(row, sender, title, text, content)


async def _receive(svc: Service, found: Opened, subject: str) -> None:
    """The record `received`: fact, time and sender (L22)."""
    if RECEIVED in found.row.taken or svc.log.read_only_reason is not None:
        return
    now = svc.clock.now()
    record = kinds.Delivery(
        id=uuid7(now, svc.entropy),
        time=now,
        delivery_event="received",
        addressee=subject,
        about=(found.row.id,),
        rp=found.row.client_id,
        sender=found.sender,
        delivered=digest_of(found.content),
        delivery_channel=INBOX,
        delivery_time=now,
        relying_party_record=found.row.sender_record,
    )
    await _take(svc, found.row, RECEIVED, record, {}, now)


async def _read(svc: Service, found: Opened, subject: str, reader: Reader, step: str) -> None:
    if step in found.row.taken or svc.log.read_only_reason is not None:
        return
    now = svc.clock.now()
    shown = f"{found.sender}\n{found.title}\n{found.text}".encode()
    record = kinds.NoticeRead(
        id=uuid7(now, svc.entropy),
        time=now,
        read_event=step,
        person=subject,
        about=(found.row.id,),
        rp=found.row.client_id,
        mandate=NONE,
        notice=digest_of(found.content),
        shown=b64url(hashlib.sha256(shown).digest()),
        shown_by="service",
        locale=reader.locale,
        authentication=reader.authentication,
        acr=reader.acr,
        person_ip=reader.ip,
        person_device=reader.device,
        template_record=svc.in_force.get("templates", NONE),
    )
    await _take(svc, found.row, step, record, {"shown": shown}, now)


async def _take(
    svc: Service,
    row: NoticeRow,
    step: str,
    record: kinds.Delivery | kinds.NoticeRead,
    blobs: Mapping[str, bytes],
    now: int,
) -> None:
    """The step by compare-and-set, with its record and the word to the sender."""
    announcement = await webhooks.prepare(svc, row.client_id)

    async def act(tx: Tx) -> Ticket | None:
        if not await rows.take_step(tx, row.id, step, record.id, now):
            return None
        if changes := announcement.changes(EVENTS[step], {"id": row.id, "record": record.id}, now):
            await tx.together(*changes)
        return await svc.log.stage(tx, record, blobs)

    ticket = await svc.store.transact(act)
    if ticket is not None:
        await svc.log.settled(ticket)
