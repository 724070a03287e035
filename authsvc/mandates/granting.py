"""The head's EDS over the document: judged, recorded, and the mandate with it, in one transaction; its revocation."""

from authsvc import accounts
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence import kinds
from authsvc.evidence.approvals import by_signature
from authsvc.evidence.errors import ApprovalRefused
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.mandates.document import DAY_MS, Document, read_document, write_text
from authsvc.mandates.using import document_of
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import mandates as rows
from authsvc.store.mandates import MandateRow, MemberRow
from authsvc.store.verifications import VerificationRow
from authsvc.telling import Reader
from authsvc.trust import Judged
from authsvc.verify import Signed, judge
from authsvc.verify.recording import count, is_open, prepare, write
from signatures import SignatureReport, SignaturesError
from signatures.kazakhstan import KeyPurpose, Representative

HEAD = "head"
"""The role in a certificate whose holder may grant for the entity."""
FRESH_MS = DAY_MS
"""A document that was drawn up longer ago is drawn up anew."""


async def accept_signed(svc: Service, reader: Reader, document: bytes, signed: bytes) -> str:
    """Grant the mandate of this document, which the signed-in head signed (attached or detached); its id.

    Raises InvalidRequest, with the rule that is broken, also for what is no good EDS of the head over exactly these
    bytes; Conflict when it was granted before; Overloaded, ReadOnly.
    """
    svc.log.demand_writable()
    found = read_document(document)
    person = await _person(svc, reader)
    now = svc.clock.now()
    if found.grantor != person.subject[4:]:
        raise InvalidRequest("document: another person is named as the one who gives it")
    if not found.created <= now < found.created + FRESH_MS or found.until <= now:
        raise InvalidRequest("document: it was drawn up too long ago")
    file, judged = await judge_over(svc, document, signed, now, "mandate")
    (one,) = judged.report.signatures
    demand_head(one, found, document)
    if is_open(judged):
        raise InvalidRequest("signature: the status of its certificate is not known yet; try again later")
    draft = prepare(svc, judged, file, VerificationRow("", "", NONE, (), file.policy), now)
    granted = [
        _record(found, reader, "granted", member, uuid7(now + n, svc.entropy), now, draft.row.records)
        for n, member in enumerate(found.members)
    ]

    async def act(tx: Tx) -> list[Ticket]:
        tickets = await write(tx, svc, draft)
        for record in granted:
            tickets.append(await svc.log.stage(tx, record, {"mandate_document": document}))
        entity = await svc.log.vault.find(tx, f"bin:{found.bin}")
        members = [
            MemberRow(found.id, await svc.log.vault.find(tx, f"iin:{iin}") or "", record.id)
            for iin, record in zip(found.members, granted, strict=True)
        ]
        grantor = await svc.log.vault.find(tx, person.subject)
        if not await rows.add(tx, _row(found, entity or "", grantor or "", person.id, now), members):
            raise Conflict("this mandate was granted already")
        return tickets

    for ticket in await svc.store.transact(act):
        await svc.log.settled(ticket)
    count(svc, draft)
    return found.id


def demand_head(one: SignatureReport, found: Document, document: bytes) -> None:
    """InvalidRequest unless this is a good signature over the document's bytes, by the head of this very entity."""
    try:
        approved = by_signature(one, document)
    except ApprovalRefused as error:
        raise InvalidRequest(f"signature: {error.message}") from error
    identity = one.signer.identity if one.signer else None
    if one.signer is not None and one.signer.purpose is KeyPurpose.AUTHENTICATION:
        raise InvalidRequest("signature: the key is one for signing in, not for signing")
    if not isinstance(identity, Representative) or identity.bin != found.bin or HEAD not in identity.roles:
        raise InvalidRequest("signature: the certificate is not that of this entity's head")
    if approved.person != f"iin:{found.grantor}":
        raise InvalidRequest("signature: it is another person's")


async def revoke(svc: Service, reader: Reader, mandate_id: str) -> None:
    """End it at once: the head who granted it, or the one person who holds it alone. NotFound, Conflict, ReadOnly."""
    svc.log.demand_writable()
    person = await _person(svc, reader)
    row = await rows.mandate_of(svc.store, mandate_id)
    members = await rows.members_of(svc.store, mandate_id) if row else []
    handle = await svc.log.vault.find(svc.store, person.subject)
    if row is None or (row.granted_by != person.id and [each.subject for each in members] != [handle]):
        raise NotFound("there is nothing here")
    now = svc.clock.now()
    found = await document_of(svc, members)
    about = tuple(each.record_id for each in members)
    records = [
        _record(found, reader, "revoked", iin, uuid7(now + n, svc.entropy), now, about)
        for n, iin in enumerate(found.members)
    ]

    async def act(tx: Tx) -> list[Ticket]:
        if not await rows.revoke(tx, mandate_id, now):
            raise Conflict("this mandate is revoked already")
        return [await svc.log.stage(tx, record) for record in records]

    for ticket in await svc.store.transact(act):
        await svc.log.settled(ticket)


async def _person(svc: Service, reader: Reader) -> Person:
    person = await accounts.person_by_id(svc, reader.account)
    if person is None:
        raise NotFound("there is nothing here")
    return person


async def judge_over(svc: Service, document: bytes, signed: bytes, now: int, name: str) -> tuple[Signed, Judged]:
    """The file as it covers the document: with the content inside, else apart."""
    try:
        for content in (None, document):
            file = Signed(signed, content, name=name, keep=content is not None)
            judged = await judge(svc, file, now)
            seen = [one for one in judged.report.signatures if one.coverage is not None and one.coverage.seen]
            if seen and len(judged.report.signatures) == 1:
                return file, judged
    except SignaturesError as error:
        raise InvalidRequest(f"signature: {error.message}") from error
    raise InvalidRequest("signature: one signature over the document is expected")


def _row(found: Document, entity: str, grantor: str, account: str, now: int) -> MandateRow:
    return MandateRow(
        found.id, entity, grantor, account, " ".join(found.acts), found.currency, found.single, found.period,
        found.total, -1, 0, found.k, found.since, found.until, "granted", now,
    )  # fmt: skip


def _record(
    found: Document, reader: Reader, event: str, iin: str, record_id: str, now: int, about: tuple[str, ...]
) -> kinds.Mandate:
    return kinds.Mandate(
        id=record_id,
        time=now,
        mandate_event=event,
        entity=f"bin:{found.bin}",
        person=f"iin:{iin}",
        grantor=f"iin:{found.grantor}",
        about=about,
        authentication=reader.authentication,
        acr=reader.acr,
        mandate_scope=write_text(found, "ru"),
        mandate_ground="EDS of the head over the document",
        mandate_document=found.digest,
        mandate_from=found.since,
        mandate_until=found.until,
        policy_record=NONE,
    )
