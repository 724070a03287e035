"""A relying party sends a notice: the record `sent`, the person's row and the wake-up in one transaction."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from authsvc import accounts, bodies, telling
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.errors import InvalidRequest, NotFound
from authsvc.evidence import kinds
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url
from authsvc.limits import Budget
from authsvc.notices import words
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import notices as rows
from authsvc.store.notices import NoticeRow

DAY_MS = 24 * 3600 * 1000
OF_PAIR = Budget("notices", 50, DAY_MS)
"""Notices of one sender to one person."""
LONGEST_TITLE = 120
LONGEST_TEXT = 8_000
NONCE_BYTES = 16
INBOX = "inbox"
"""The channel of a notice: the person's pages here. A message by telephone or e-mail only says that it is there."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The relying party that sends, as verified."""

    client_id: str
    name: Mapping[str, str]
    record: str


async def send(svc: Service, sender: Sender, raw: bytes, key: ReplayKey) -> str:
    """{subject, title, text}, both by locale; the notice's id, for a replayed key that of then.

    Raises InvalidRequest, StatementRefused, NotFound (nobody whom the sender knows), TooManyAttempts, ReadOnly.
    """
    svc.log.demand_writable()
    subject, title, text = _read(raw)
    if (replayed := await key.find(svc.store)) is not None:
        return replayed
    person = await accounts.person_known_to(svc, sender.client_id, subject)
    handle = await svc.log.vault.find(svc.store, person.subject) if person else None
    if person is None or handle is None:
        raise NotFound("no person of this subject has signed in to this relying party")
    await svc.limits.spend(OF_PAIR, f"{sender.client_id} {person.id}")
    now = svc.clock.now()
    notice_id = uuid7(now, svc.entropy)
    content = _content(svc, sender, notice_id, title, text)
    row = NoticeRow(notice_id, handle, person.id, sender.client_id, sender.record, now)
    record = _record(sender, person, notice_id, content, now)
    told = telling.prepare(svc, person, words.SUBJECT, words.TOLD, f"/notices/{notice_id}")

    async def act(tx: Tx) -> tuple[str, Ticket | None]:
        if (known := await key.claim(tx, notice_id, now)) != notice_id:
            return known, None
        await rows.add(tx, row)
        await tx.together(*told.changes)
        return notice_id, await svc.log.stage(tx, record, {"delivered": content})

    made, ticket = await svc.store.transact(act)
    if ticket is not None:
        telling.hand_over(svc, told)
        await svc.log.settled(ticket)
    return made


def _read(raw: bytes) -> tuple[str, Mapping[str, str], Mapping[str, str]]:
    """(subject, title, text) of the body."""
    members = bodies.read_object(bodies.parse(raw), ("subject", "title", "text"))
    title = bodies.read_texts(members["title"], "title", LONGEST_TITLE)
    text = bodies.read_texts(members["text"], "text", LONGEST_TEXT)
    if any("\n" in each for each in title.values()):
        raise InvalidRequest("title: one line is expected")
    if not isinstance(members["subject"], str):
        raise InvalidRequest("subject: a text is expected")
    return members["subject"], title, text


def _record(sender: Sender, person: Person, notice_id: str, content: bytes, now: int) -> kinds.Delivery:
    return kinds.Delivery(
        id=notice_id,
        time=now,
        delivery_event="sent",
        addressee=person.subject,
        rp=sender.client_id,
        sender=sender.name[person.locale],
        delivered=digest_of(content),
        addressee_address=person.address,
        delivery_channel=INBOX,
        delivery_time=now,
        relying_party_record=sender.record,
    )


def digest_of(content: bytes) -> str:
    """How records name a notice."""
    return b64url(hashlib.sha256(content).digest())


def _content(svc: Service, sender: Sender, notice_id: str, title: Mapping[str, str], text: Mapping[str, str]) -> bytes:
    """The notice's bytes: all languages under one digest, with a nonce, so that none is found from its digest."""
    told = {
        "id": notice_id,
        "kind": "authsvc/notice/v1",
        "nonce": b64url(svc.entropy(NONCE_BYTES)),
        "sender": sender.name,
        "text": text,
        "title": title,
    }
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
