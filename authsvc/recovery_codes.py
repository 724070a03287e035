"""Recovery codes: made in the person's own session or at the counter, shown once, each used once at a login.

A try costs one slow hash, whoever is asked about: the list's salt is the same for all its codes, so one digest finds
the code, and for nobody a digest is made as well (constant work).
"""

from dataclasses import dataclass

from authsvc import warning
from authsvc.clock import uuid7
from authsvc.credentials import Ground, Whose, record_of
from authsvc.evidence import kinds
from authsvc.evidence.log import Ticket
from authsvc.factors import NOBODY, By, Judged, demand_fresh
from authsvc.in_session import person_of, whose_of
from authsvc.passwords import SALT_BYTES
from authsvc.service import Service
from authsvc.store import Tx, recovering
from authsvc.store.people import FactorRow
from authsvc.store.recovering import ListRow
from authsvc.warning import words
from confirmations.errors import WrongAnswer
from confirmations.methods import recovery

_NO_SALT = bytes(SALT_BYTES)
METHOD = "code"


@dataclass(frozen=True, slots=True)
class Made:
    """A list about to be written: the codes as shown once, their hashes in the same order."""

    codes: tuple[str, ...]
    salt: bytes
    hashes: tuple[bytes, ...]


async def make(svc: Service) -> Made:
    """Make a list of codes; hashed here, before any transaction. Raises Overloaded."""
    codes, salt = recovery.make_codes(svc.entropy), svc.entropy(SALT_BYTES)
    hashes = tuple([await svc.passwords.digest(salt, each) for each in codes])
    return Made(tuple(recovery.group_code(each) for each in codes), salt, hashes)


async def write(tx: Tx, svc: Service, account: str, whose: Whose, made: Made, ground: Ground) -> list[Ticket]:
    """Put a list in place of the one before, each with its `credential` record."""
    now = svc.clock.now()
    tickets = await revoke(tx, svc, account, whose, ground)
    row = ListRow(uuid7(now, svc.entropy), account, made.salt, uuid7(now, svc.entropy), "active", now)
    await recovering.insert_list(tx, row, made.hashes)
    return [*tickets, await svc.log.stage(tx, _record(svc, row, "enrolled", row.record_id, whose, ground))]


async def revoke(tx: Tx, svc: Service, account: str, whose: Whose, ground: Ground) -> list[Ticket]:
    """End the list that stands, if there is one, with its record."""
    before = await recovering.revoke_list(tx, account)
    if before is None:
        return []
    record_id = uuid7(svc.clock.now(), svc.entropy)
    return [await svc.log.stage(tx, _record(svc, before, "revoked", record_id, whose, ground))]


async def issue(svc: Service, by: By) -> tuple[str, ...]:
    """A new list for the person in their own fresh session; the codes, to be shown once. All channels hear of it.

    Raises Forbidden, NotFound, Overloaded, ReadOnly.
    """
    svc.log.demand_writable()
    demand_fresh(svc, by)
    person = await person_of(svc, by)
    made = await make(svc)
    notice = await warning.prepare(svc, person, words.NEW_CODES)
    ground = Ground(
        "by the person, in their own session", authentication=by.authentication, acr=by.acr, device=by.device
    )

    async def act(tx: Tx) -> list[Ticket]:
        await tx.together(*notice.changes)
        return await write(tx, svc, by.account, whose_of(person), made, ground)

    tickets = await svc.store.transact(act)
    notice.send(svc)
    for ticket in tickets:
        await svc.log.settled(ticket)
    return made.codes


async def left(svc: Service, account: str) -> int | None:
    """How many codes are unused; None where there is no list."""
    row = await recovering.list_of(svc.store, account)
    return None if row is None else await recovering.codes_left(svc.store, row.id)


async def judge(svc: Service, account: str, typed: str, request_id: str) -> Judged:
    """Judge a recovery code of this account (or of NOBODY, at the same price); `factors.use` uses it up."""
    row = await recovering.list_of(svc.store, account)
    code = recovery.read_code(typed)
    code_hash = await svc.passwords.digest(row.salt if row else _NO_SALT, code)
    number = await recovering.number_of(svc.store, row.id if row else NOBODY, code_hash)
    challenge = recovery.issue(request_id, svc.entropy)
    identity = (row.id, 1, row.record_id) if row else (NOBODY, 0, NOBODY)
    try:
        accepted = recovery.judge(challenge, list_id=identity[0], number=number if code else None, now=svc.clock.now())
    except WrongAnswer:
        return Judged(*identity, None)
    return Judged(*identity, accepted, number=number)


def _record(svc: Service, row: ListRow, event: str, record_id: str, whose: Whose, ground: Ground) -> kinds.Credential:
    """A list is a factor of the method `code` without an address."""
    factor = FactorRow(row.id, row.account, METHOD, 1, b"", -1, row.state, row.record_id, row.made_at)
    return record_of(svc, factor, event, record_id, whose, ground, svc.clock.now())
