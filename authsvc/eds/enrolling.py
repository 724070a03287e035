"""A certificate added to one's account, named and removed, in one's own fresh session of two factors.

A signature alone never gets here: it is one factor (NIST 800-63B-4 4.1.2: a new authenticator is bound at the level of
the account). The certificate must name the person of the account.
"""

from collections.abc import Sequence
from dataclasses import replace

from authsvc import warning
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.eds import words
from authsvc.eds.challenge import CERTIFICATE, LIFE_MS, Challenge, begin, open_ticket
from authsvc.eds.errors import EdsRefused
from authsvc.eds.judging import METHOD, judge_signed, state_ground
from authsvc.eds.keeping import Certificate, make, open_certificate, record_of, seal_certificate
from authsvc.errors import Conflict, NotFound
from authsvc.evidence import kinds
from authsvc.evidence.log import Ticket
from authsvc.factors import By, demand_fresh, read_name
from authsvc.in_session import own_ground, person_of, whose_of
from authsvc.service import Service
from authsvc.store import Tx, people

MOST = 10
"""Certificates of one person: one key each year, on a file and on a card."""


async def listed(svc: Service, account: str) -> Sequence[Certificate]:
    """The person's certificates that are not removed, oldest first."""
    return [open_certificate(svc, row) for row in await people.kept_factors(svc.store, account, METHOD)]


def begin_enrolment(svc: Service, by: By) -> tuple[str, Challenge]:
    """(ticket, challenge). Raises Forbidden for a session that is too weak or too old."""
    demand_fresh(svc, by)
    return begin(svc, CERTIFICATE, by.sid)


async def enrol(svc: Service, by: By, ticket: str, signed: bytes, name: str) -> str:
    """Take the signed challenge; the factor's id. The person hears of it, on all their addresses.

    Raises EdsRefused, InvalidRequest, Forbidden, Conflict, Overloaded, Suspended, ReadOnly.
    """
    svc.log.demand_writable()
    demand_fresh(svc, by)
    svc.switches.demand("method", METHOD)
    called, person = read_name(name), await person_of(svc, by)
    challenge = open_ticket(svc, CERTIFICATE, ticket, by.sid)
    holder = await judge_signed(svc, challenge.canonical(), signed)
    if f"iin:{holder.iin}" != person.subject:
        raise EdsRefused("another_person")
    if not await svc.ephemeral.add(f"eds:{challenge.id}", LIFE_MS):
        raise EdsRefused("used")
    made = make(svc, by.account, holder, called)
    ground = f"by the person, in their own session: {state_ground(holder)}"
    draft = _record(svc, made, by, person, made.row.record_id, made.row.enrolled_at, "enrolled", ground)
    notice = await warning.prepare(svc, person, words.ADDED, subject=words.SUBJECT)

    async def act(tx: Tx) -> Ticket:
        if not await people.add_factor(tx, made.row, MOST):
            raise Conflict(f"this certificate is added already, or there are {MOST} of them")
        await tx.together(*notice.changes)
        return await svc.log.stage(tx, draft, {"attestation": holder.signed})

    settling = await svc.store.transact(act)
    notice.send(svc)
    await svc.log.settled(settling)
    return made.row.id


async def rename(svc: Service, by: By, factor: str, name: str) -> None:
    """Call it otherwise: a name is the person's own mark and no evidence. Raises InvalidRequest, NotFound, Conflict."""
    known = await _own(svc, by.account, factor)
    sealed = seal_certificate(svc, replace(known, name=read_name(name)))

    async def act(tx: Tx) -> bool:
        return await people.reseal_factor(tx, factor, by.account, known.row.sealed, sealed)

    if not await svc.store.transact(act):
        raise Conflict("the certificate was changed meanwhile")


async def revoke(svc: Service, by: By, factor: str) -> None:
    """It signs nobody in any more. Raises Forbidden for a session that is too old, NotFound, ReadOnly."""
    svc.log.demand_writable()
    demand_fresh(svc, by)
    known, person = await _own(svc, by.account, factor), await person_of(svc, by)
    now = svc.clock.now()
    ground = "revoked by the person, in their own session"
    draft = _record(svc, known, by, person, uuid7(now, svc.entropy), now, "revoked", ground)
    notice = await warning.prepare(svc, person, words.REMOVED, subject=words.SUBJECT)

    async def act(tx: Tx) -> Ticket:
        if not await people.retire_factor(tx, factor, by.account, known.row.state):
            raise NotFound("there is no such certificate")
        await tx.together(*notice.changes)
        return await svc.log.stage(tx, draft)

    settling = await svc.store.transact(act)
    notice.send(svc)
    await svc.log.settled(settling)


async def _own(svc: Service, account: str, factor: str) -> Certificate:
    found = next((each for each in await listed(svc, account) if each.row.id == factor), None)
    if found is None:
        raise NotFound("there is no such certificate")
    return found


def _record(
    svc: Service, one: Certificate, by: By, person: Person, record: str, now: int, event: str, ground: str
) -> kinds.Credential:
    return record_of(svc, one, event, record, whose_of(person), own_ground(by, ground), now)
