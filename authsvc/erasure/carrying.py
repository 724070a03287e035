"""Carrying an order out: values destroyed and the `erasure` record appended in one transaction (evidence format, 6).

The order of steps is that of a crash. The key store learns that an erasure begins, then the database commits, then the
key store learns that it is done: at any point a restart finds out which of the two it was. A person who stands under a
legal hold is refused inside the transaction, where the hold's own row is behind the same lock.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from authsvc import accounts
from authsvc.clock import uuid7
from authsvc.confirm.ending import Answered, Subject, end, load
from authsvc.confirm.keeping import forget
from authsvc.erasure.approving import gather
from authsvc.erasure.orders import DESTROYING, RESTRICTION, Order, read_order
from authsvc.errors import Conflict, LegalHold, NotFound
from authsvc.evidence import kinds
from authsvc.evidence.keystore import DONE
from authsvc.evidence.log import Settled, Ticket
from authsvc.evidence.record import Disclosure
from authsvc.keys import unb64url
from authsvc.service import Service
from authsvc.store import Tx, proofs
from authsvc.store import erasures as rows
from authsvc.store.erasures import HoldRow
from confirmations.state import Cancelled

HOLD = "legal-hold"
OBJECT = "legal hold"
ROUNDS = 5
"""Times that an erasure begins anew because a request was opened meanwhile."""
WHOLE = ("deleted", "anonymised")
RESTRICTED = "restricted/"
"""In front of a handle in the key store's list: not erased, but to be restricted again after a restore."""


@dataclass(frozen=True, slots=True)
class Done:
    """An order that was carried out: its record at its place, and what the person is told once (`notice`).

    `scrubbed`: what was deleted is gone from the database's files too, as far as the database can.
    """

    record: str
    settled: Settled
    notice: tuple[Disclosure, ...]
    scrubbed: bool


@dataclass(frozen=True, slots=True)
class _Person:
    """Whom an order concerns: subject, handle, account if there is one, and their open requests."""

    subject: str
    handle: str
    account: str | None
    waiting: Sequence[Subject]


class _Anew(Exception):
    """A request was opened between the look and the lock."""


async def carry_out(svc: Service, order_id: str, signatures: Sequence[bytes] = ()) -> Done:
    """Carry an approved order out. `signatures`: EDS of approvers, beside the confirmations that staff gave.

    Raises NotFound, Conflict (ended, legal hold, member of staff, nothing to lift), ApprovalRefused, ReadOnly.
    """
    svc.log.demand_writable()
    order = await read_order(svc, order_id)
    approved = await gather(svc, order, signatures)
    for _ in range(ROUNDS):
        try:
            return await _carry_out(svc, order, approved, signatures)
        except _Anew:
            continue
    raise Conflict("requests to this person are opened faster than they can be ended; try again")


async def _carry_out(
    svc: Service, order: Order, approved: tuple[kinds.Approval, ...], signatures: Sequence[bytes]
) -> Done:
    person = await _find(svc, order)
    key_store = svc.log.vault.epochs.key_store
    done = {key_id for key_id, record_id in (await key_store.erased()).items() if record_id == DONE}
    listed = [key_id for key_id in _listed(order, person) if key_id not in done]
    for key_id in listed:
        await key_store.mark_erased(key_id, order.id)
    evidence = {"request": order.request} | {f"eds/{n}": data for n, data in enumerate(signatures, 1)}

    async def act(tx: Tx) -> tuple[Ticket, tuple[Disclosure, ...]] | None:
        if not await rows.end_order(tx, order.id, "done"):
            return None
        return await _act(tx, svc, order, person, approved, evidence)

    try:
        acted = await svc.store.transact(act)
    except Exception:
        for key_id in listed:
            await key_store.forget(key_id, order.id)
        raise
    if acted is None:
        raise Conflict("this order has ended")
    ticket, notice = acted
    for key_id in listed:
        await key_store.mark_erased(key_id, DONE)
    if order.wish.hold == RESTRICTION:
        await key_store.forget(RESTRICTED + person.handle, DONE)
    settled = await svc.log.settled(ticket)
    destroying = order.wish.kind in DESTROYING
    accounts.forget_all()
    forget()
    return Done(order.id, settled, notice, not destroying or await svc.store.scrub(rows.TABLES))


async def _find(svc: Service, order: Order) -> _Person:
    handle = await svc.log.vault.find(svc.store, order.wish.subject)
    if handle is None:
        raise NotFound("this person is not known here, or no longer")
    account = await rows.account_of(svc.store, unb64url(handle))
    waiting: list[Subject] = []
    if account is not None and order.wish.act == "erasure" and order.wish.kind != "taken_down":
        if order.wish.kind in WHOLE and await rows.has_role(svc.store, account):
            raise Conflict("this person is a member of staff: take the role away first, so that it has its record")
        waiting = [await load(svc, row) for row in await proofs.open_requests(svc.store, account, 0)]
    return _Person(order.wish.subject, handle, account, waiting)


def _listed(order: Order, person: _Person) -> list[str]:
    """What the key store remembers of this order, so that a restored database is told again."""
    if order.wish.kind in WHOLE:
        return [person.handle]
    if order.wish.kind == "taken_down":
        return [f"{record}/{person.handle}" for record in order.wish.records]
    return [RESTRICTED + person.handle] if order.wish.kind == "restricted" else []


async def _act(
    tx: Tx,
    svc: Service,
    order: Order,
    person: _Person,
    approved: tuple[kinds.Approval, ...],
    evidence: dict[str, bytes],
) -> tuple[Ticket, tuple[Disclosure, ...]]:
    """Inside the transaction: the record first, since it takes the person's lock, then what the order says."""
    now = svc.clock.now()
    await _end_waiting(tx, svc, person, now)
    if order.wish.act == "erasure":
        ticket = await svc.log.stage(tx, _erasure(order, person, approved, now))
    else:
        ticket = await svc.log.stage(tx, _administration(order, person, approved, now))
    await svc.log.vault.keep_for_operator(tx, order.id, evidence)
    notice = await svc.log.vault.disclosures(tx, order.id)
    (role,) = _parties(person)
    told = tuple(one for one in notice if one.name.startswith(f"{role}_"))
    await _apply(tx, svc, order, person, now)
    return ticket, told


async def _end_waiting(tx: Tx, svc: Service, person: _Person, now: int) -> None:
    """Each open request gets its one record while the person is still there."""
    if person.account is None:
        return
    for subject in person.waiting:
        here = await proofs.hold(tx, subject.row.id)
        outcome = Cancelled("system", "ended", now, here.tries, here.first_try, here.last_try)
        await end(tx, svc, subject, here, outcome, Answered(), uuid7(now, svc.entropy))
    if await proofs.open_requests(tx, person.account, 0):
        raise _Anew


async def _apply(tx: Tx, svc: Service, order: Order, person: _Person, now: int) -> None:
    wish, handle = order.wish, person.handle
    if wish.kind in DESTROYING and (holds := await rows.holds_on(tx, handle)):
        raise LegalHold(f"a legal hold stands on this person's data ({holds[0].id}): nothing of them may be destroyed")
    if wish.kind == "anonymised":
        await svc.log.vault.keep_anonymous(tx, handle)
    if wish.kind in WHOLE:
        await rows.erase_subject(tx, handle, now)
        if person.account is not None:
            await rows.erase_account(tx, person.account, now)
    elif wish.kind == "taken_down":
        if await rows.take_down(tx, handle, wish.records) != len(set(wish.records)):
            raise NotFound("not all of these records hold values of this person")
    elif wish.kind == "restricted":
        if not await rows.restrict(tx, handle, order.id, now):
            raise Conflict("the processing of this person's data is restricted already")
        if person.account is not None:
            await rows.freeze_account(tx, person.account, now)
    elif wish.act == "hold":
        sealed = svc.keys.seal(HOLD, wish.ground.encode(), order.id.encode())
        await rows.add_hold(tx, HoldRow(order.id, handle, sealed, now))
    elif wish.hold == RESTRICTION:
        if not await rows.unrestrict(tx, handle):
            raise Conflict("the processing of this person's data is not restricted")
        if person.account is not None:
            await rows.thaw_account(tx, person.account)
    elif not await rows.lift_hold(tx, wish.hold, now):
        raise Conflict("this hold does not stand any more")


def _parties(person: _Person) -> dict[str, str]:
    return {"person" if person.subject.startswith("iin:") else "entity": person.subject}


def _erasure(order: Order, person: _Person, approved: tuple[kinds.Approval, ...], now: int) -> kinds.Erasure:
    return kinds.Erasure(
        id=order.id,
        time=now,
        erasure_kind=order.wish.kind,
        about=order.wish.records,
        erasure_scope=order.wish.scope or ("records" if order.wish.records else "all"),
        erasure_ground=order.wish.ground,
        approvals=approved,
        **_parties(person),
    )


def _administration(
    order: Order, person: _Person, approved: tuple[kinds.Approval, ...], now: int
) -> kinds.Administration:
    """A hold or its end: a switch, whose record names the hold by its own id."""
    placing = order.wish.act == "hold"
    return kinds.Administration(
        id=order.id,
        time=now,
        administration_kind="switch",
        administration_event="added" if placing else "removed",
        about=() if placing or order.wish.hold == RESTRICTION else (order.wish.hold,),
        object=RESTRICTION if order.wish.hold == RESTRICTION else OBJECT,
        administration_ground=order.wish.ground,
        approvals=approved,
        **_parties(person),
    )


def write_notice(done: Done) -> bytes:
    """What the person is given: entry, proof and their own slots, which show them later that this was done, and when
    their chain ended. JSON."""
    notice = {
        "disclosures": [one.to_value() for one in done.notice],
        "entry": done.settled.entry.decode(),
        "kind": "erasure_notice",
        "proof": done.settled.proof.decode(),
    }
    return json.dumps(notice, ensure_ascii=False, indent=1).encode()


async def standing_holds(svc: Service, limit: int = 100) -> list[tuple[str, int, str]]:
    """(id, since, ground) of the legal holds that stand, oldest first."""
    return [
        (hold.id, hold.placed_at, svc.keys.unseal(HOLD, hold.sealed, hold.id.encode()).decode())
        for hold in await rows.holds(svc.store, limit)
    ]
