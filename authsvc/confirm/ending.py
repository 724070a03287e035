"""How a request ends: the outcome by compare-and-set and its one record, in one transaction."""

from dataclasses import dataclass, replace

from authsvc import accounts, webhooks
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.confirm.capacity import Using, advance_group, use_for
from authsvc.confirm.keeping import issued_of, open_statement
from authsvc.errors import Conflict, NotFound
from authsvc.evidence import kinds
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.store import Tx, proofs
from authsvc.store import mandates as mandate_rows
from authsvc.store.proofs import RequestRow
from confirmations import Statement, write_challenges
from confirmations.challenge import digest_written_challenges
from confirmations.state import Cancelled, Confirmed, Expired, Failed, Outcome

SWEEP = 100
"""Overdue requests that one round of the worker ends."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How an answer came: in which authentication, over which text, from where. Empty where nobody answered."""

    authentication: str = NONE
    acr: str = NONE
    shown: bytes = b""
    shown_digest: str = ""
    locale: str = ""
    answer: bytes = b""
    answer_digest: str = ""
    ip: str = ""
    device: str = ""
    shown_by: str = "service"
    credential: str = NONE
    """The enrolment of the device that answered."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A request with what its record needs, opened before the transaction."""

    row: RequestRow
    statement: Statement
    person: Person
    announcement: webhooks.Announcement
    use: Using | None = None
    """What a yes takes of the mandate by which the person acts."""


async def load(svc: Service, row: RequestRow) -> Subject:
    """Open the statement and the person of a request."""
    person = await accounts.person_by_id(svc, row.account)
    if person is None:
        raise NotFound("no such request")
    statement = await open_statement(svc, row)
    use = await use_for(svc, statement)
    return Subject(row, statement, person, await webhooks.prepare(svc, row.client_id), use)


async def end(
    tx: Tx, svc: Service, subject: Subject, row: RequestRow, outcome: Outcome, how: Answered, record_id: str
) -> Ticket | None:
    """Settle and stage the record; None when another transition was first. `row`: as this transaction sees it.

    A yes on behalf of an entity counts only if the mandate allows it now: else the outcome is `failed`, `mandate`.
    """
    if subject.use is not None and isinstance(outcome, Confirmed):
        if await subject.use.is_over(tx):
            return None
        if not await subject.use.take(tx, outcome.at):
            outcome, how = (
                Failed("mandate", outcome.at, row.tries, row.first_try, row.last_try),
                replace(how, answer=b""),
            )
            how = replace(how, answer_digest="")
    if not await proofs.settle(tx, row.id, outcome.code, outcome.reason, record_id, outcome.at):
        return None
    told = {"id": row.id, "outcome": outcome.code, "reason": outcome.reason, "record": record_id}
    if changes := subject.announcement.changes(f"confirmation.{outcome.code}", told, outcome.at):
        await tx.together(*changes)
    issued = write_challenges([issued_of(row)])
    group = await advance_group(tx, subject.statement, outcome, record_id)
    record = _record(svc, subject, row, outcome, how, record_id, digest_written_challenges(issued))
    record = replace(record, group=group.slot, about=group.about) if group else record
    blobs = {"statement": subject.statement.canonical(), "challenge": issued}
    blobs |= {name: value for name, value in (("shown", how.shown), ("answer", how.answer)) if value}
    return await svc.log.stage(tx, record, blobs)


def _record(
    svc: Service, subject: Subject, row: RequestRow, outcome: Outcome, how: Answered, record_id: str, challenge: str
) -> kinds.Confirmation:
    """The one record of an ended request: each slot of the format has its line."""
    entity = subject.statement.on_behalf_of
    return kinds.Confirmation(
        id=record_id,
        time=outcome.at,
        method=(row.method,),
        statement=row.digest,
        challenge=challenge,
        outcome=outcome.code,
        person=subject.person.subject,
        entity=f"bin:{entity.bin}" if entity else None,
        rp=row.client_id,
        mandate=entity.mandate if entity else NONE,
        person_name=subject.person.name,
        authentication=how.authentication,
        acr=how.acr,
        credential=(subject.person.address_record if row.method == "code" else how.credential,),
        shown=how.shown_digest,
        shown_by=how.shown_by if how.shown else "",
        locale=how.locale,
        answer=how.answer_digest,
        tries=row.tries,
        first_try=row.first_try or None,
        last_try=row.last_try or None,
        reason=outcome.reason,
        expires=row.expires_at,
        person_address=subject.person.address,
        person_ip=how.ip,
        person_device=how.device,
        vouched_by=NONE,
        relying_party_record=row.rp_record,
        policy_record=svc.in_force.get("confirmation_policy", NONE),
        trust_store_record=NONE,
        template_record=svc.in_force.get("templates", NONE),
    )


async def cancel(svc: Service, client_id: str, request_id: str, idempotency_key: str = "") -> None:
    """The relying party takes its request back. NotFound for another's; Conflict when it has its outcome.

    With an Idempotency-Key that was used before nothing happens again. Raises IdempotencyKeyReused.
    """
    key = ReplayKey.of(client_id, idempotency_key, f"POST /v1/confirmations/{request_id}/cancel", b"")
    row = await proofs.request_of(svc.store, request_id)
    if row is None or row.client_id != client_id:
        raise NotFound("no such request")
    now = svc.clock.now()
    subject = await load(svc, row)
    record_id = uuid7(now, svc.entropy)

    async def act(tx: Tx) -> Ticket | None:
        if await key.claim(tx, record_id, now) != record_id:
            return None
        here = await proofs.hold(tx, row.id)
        outcome = Cancelled("relying_party", "withdrawn", now, here.tries, here.first_try, here.last_try)
        ticket = await end(tx, svc, subject, here, outcome, Answered(), record_id)
        if ticket is None:
            raise Conflict("the request already has its outcome")
        return ticket

    ticket = await svc.store.transact(act)
    if ticket is not None:
        await svc.log.placed(ticket)
        await end_group_of(svc, subject)


async def end_group_of(svc: Service, subject: Subject) -> None:
    """Cancel what is still open in a group that has its outcome: nobody needs those answers any more."""
    if subject.statement.group is None:
        return
    group = await mandate_rows.group_of(svc.store, subject.statement.group.id)
    for request_id in group.requests.split() if group is not None and group.outcome else ():
        row = await proofs.request_of(svc.store, request_id)
        if row is not None and row.open:
            await _cancel_open(svc, await load(svc, row))


async def _cancel_open(svc: Service, subject: Subject) -> None:
    now = svc.clock.now()
    record_id = uuid7(now, svc.entropy)

    async def act(tx: Tx) -> Ticket | None:
        here = await proofs.hold(tx, subject.row.id)
        outcome = Cancelled("system", "ended", now, here.tries, here.first_try, here.last_try)
        return await end(tx, svc, subject, here, outcome, Answered(), record_id)

    ticket = await svc.store.transact(act)
    if ticket is not None:
        await svc.log.placed(ticket)


async def end_overdue(svc: Service) -> int:
    """End the requests whose time is over, or that nothing could deliver; how many ended. The worker calls it."""
    ended = 0
    for request_id in await proofs.overdue(svc.store, svc.clock.now(), SWEEP):
        row = await proofs.request_of(svc.store, request_id)
        if row is not None and await end_if_over(svc, row):
            ended += 1
    return ended


async def end_if_over(svc: Service, row: RequestRow) -> bool:
    """Write the outcome of a request that can't be answered any more; False when it still can, or was ended before."""
    now = svc.clock.now()
    undeliverable = row.reason == "undeliverable"
    if not row.open or (row.expires_at > now and not undeliverable):
        return False
    subject = await load(svc, row)
    record_id = uuid7(now, svc.entropy)

    async def act(tx: Tx) -> Ticket | None:
        here = await proofs.hold(tx, row.id)
        outcome: Outcome = (
            Failed("undeliverable", now, here.tries, here.first_try, here.last_try)
            if undeliverable and here.expires_at > now
            else Expired(now, here.tries, here.first_try, here.last_try)
        )
        return await end(tx, svc, subject, here, outcome, Answered(), record_id)

    ticket = await svc.store.transact(act)
    if ticket is None:
        return False
    await svc.log.placed(ticket)
    await end_group_of(svc, subject)
    return True
