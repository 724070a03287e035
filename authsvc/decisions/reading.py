"""What a person, a relying party and everybody sees: the decision in plain words, its state, the register of rules."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from authsvc import accounts
from authsvc.clock import uuid7
from authsvc.decisions.deciding import write_text
from authsvc.decisions.rules import OWN, Rule, find_rule, rule_of
from authsvc.errors import NotFound
from authsvc.evidence import kinds
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import decisions as rows
from authsvc.store.decisions import DecisionRow
from authsvc.telling import Reader

PAGE = 20
REGISTER_PAGE = 200


@dataclass(frozen=True, slots=True)
class Read:
    """A decision in words of one language."""

    row: DecisionRow
    rule: Rule
    text: str


async def list_own(svc: Service, account: str, locale: str, page: int = 0) -> list[Read]:
    """The decisions about a person, newest first; one more than a page says that there is more."""
    person = await accounts.person_by_id(svc, account)
    handle = await svc.log.vault.find(svc.store, person.subject) if person else None
    found = await rows.of_subject(svc.store, handle, PAGE + 1, page * PAGE) if handle else []
    return [await _read(svc, row, locale) for row in found]


async def open_own(svc: Service, reader: Reader, decision_id: str) -> Read:
    """A decision about this person; that they opened it is recorded once, with what they were shown."""
    person = await accounts.person_by_id(svc, reader.account)
    handle = await svc.log.vault.find(svc.store, person.subject) if person else None
    row = await rows.decision_of(svc.store, decision_id)
    if person is None or row is None or handle is None or row.subject != handle:
        raise NotFound("there is nothing here")
    read = await _read(svc, row, reader.locale)
    if row.read_at is None and svc.log.read_only_reason is None:
        await _note_read(svc, read, person.subject, reader)
    return read


async def read_as_party(svc: Service, client_id: str, decision_id: str) -> DecisionRow:
    """A relying party's own decision; NotFound for every other."""
    row = await rows.decision_of(svc.store, decision_id)
    if row is None or not client_id or row.client_id != client_id:
        raise NotFound("no such decision")
    return row


async def register(svc: Service, page: int = 0) -> Sequence[Rule]:
    """The public register: the service's own rules first, then those of relying parties."""
    own = list(OWN.values()) if page == 0 else []
    return own + [rule_of(row) for row in await rows.rules(svc.store, REGISTER_PAGE + 1, page * REGISTER_PAGE)]


async def _read(svc: Service, row: DecisionRow, locale: str) -> Read:
    rule = await find_rule(svc, row.client_id, row.rule, row.version)
    raw = await svc.log.vault.open_for(svc.store, row.subject, f"decision/{row.id}", row.sealed)
    if rule is None or raw is None:
        raise NotFound("there is nothing here")
    factors = tuple(row.factors.split())
    return Read(row, rule, write_text(rule, row.result, row.automation, factors, orjson.loads(raw)["effect"], locale))


async def _note_read(svc: Service, read: Read, subject: str, reader: Reader) -> None:
    now = svc.clock.now()
    shown = read.text.encode()
    record = kinds.NoticeRead(
        id=uuid7(now, svc.entropy),
        time=now,
        read_event="opened",
        person=subject,
        about=(read.row.id,),
        rp=read.row.client_id,
        mandate=NONE,
        notice=await _notice_digest(svc, read.row.id),
        shown=b64url(hashlib.sha256(shown).digest()),
        shown_by="service",
        locale=reader.locale,
        authentication=reader.authentication,
        acr=reader.acr,
        person_ip=reader.ip,
        person_device=reader.device,
        template_record=svc.in_force.get("templates", NONE),
    )

    async def act(tx: Tx) -> Ticket | None:
        if not await rows.mark_read(tx, read.row.id, now):
            return None
        return await svc.log.stage(tx, record, {"shown": shown})

    ticket = await svc.store.transact(act)
    if ticket is not None:
        await svc.log.settled(ticket)


async def _notice_digest(svc: Service, decision_id: str) -> str:
    """The digest that the decision's own record has for its text."""
    disclosed = await svc.log.vault.disclosures(svc.store, decision_id)
    return next((str(each.value) for each in disclosed if each.name == "decision_text"), "")
