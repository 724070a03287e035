"""The freeze, in one step: by the person in a session, by the link of a notice, by a recovery code, or by support.

Sessions end, requests that wait are cancelled, nothing is accepted any more: the mark is read in the transaction of
each answer and login, so every process sees it with its next act. A stranger who knows a number can freeze nobody; who
froze can't thaw (confirmations reference, 3.8). Thawing is `authsvc.counter`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc import accounts, recovery_codes, staff, warning
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.confirm.ending import Answered, Subject, end, load
from authsvc.credentials import Ground
from authsvc.errors import NotFound
from authsvc.evidence import kinds
from authsvc.evidence.log import Ticket
from authsvc.factor_records import record_of
from authsvc.factors import NOBODY
from authsvc.in_session import whose_of
from authsvc.keys import b64url
from authsvc.limits import Budget
from authsvc.oidc import logout
from authsvc.service import Service
from authsvc.store import Tx, people, proofs, recovering
from authsvc.store import sessions as session_rows
from authsvc.warning import words
from confirmations.state import Cancelled

QUARTER_MS = 15 * 60 * 1000
BY_CODE = Budget("freeze_code", 10, QUARTER_MS)
"""Tries to freeze by a recovery code from one address."""
LONGEST_TOKEN = 64
ROUNDS = 5
"""Times that a freeze begins anew because a request was opened meanwhile."""
SUPPORT = "support"


class _Anew(Exception):
    """A request was opened between the look and the lock."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a freeze came: its ground, and what of it is used up in the same transaction."""

    ground: Ground
    link: bytes = b""
    code: tuple[str, int] | None = None


async def by_session(svc: Service, account: str, authentication: str, acr: str, device: str) -> None:
    """From any session, however weak or old. Raises NotFound, ReadOnly."""
    ground = Ground("frozen by the person, in their own session", authentication=authentication, acr=acr, device=device)
    await _freeze(svc, account, Way(ground))


async def is_link(svc: Service, token: str) -> bool:
    """Whether this link still freezes somebody; looking uses nothing up."""
    return await _account_of(svc, token) is not None


async def by_link(svc: Service, token: str) -> None:
    """By the link of a notice, once, without a sign-in. NotFound for one that is used, over, or none. ReadOnly."""
    account = await _account_of(svc, token)
    if account is None:
        raise NotFound("this link was used, or its time is over")
    ground = Ground("frozen by the link of a notice that went to the person's address")
    await _freeze(svc, account, Way(ground, link=warning.hash_token(token)))


async def by_code(svc: Service, login: str, code: str, ip: str) -> bool:
    """By login name and a recovery code, which is used up; False when they don't fit, after the same work.

    Raises TooManyAttempts, Overloaded, ReadOnly.
    """
    svc.log.demand_writable()
    await svc.limits.spend(BY_CODE, b64url(svc.keys.mac("limits", ip.encode())))
    row = await people.account_by_login(svc.store, accounts.read_login(login))
    account = row.id if row else NOBODY
    judged = await recovery_codes.judge(svc, account, code, uuid7(svc.clock.now(), svc.entropy))
    if judged.accepted is None or judged.number is None:
        return False
    ground = Ground("frozen with a recovery code", about=(judged.record,))
    await _freeze(svc, account, Way(ground, code=(judged.factor, judged.number)))
    return True


async def by_support(svc: Service, account: str, acr: str, authentication: str, iin: str, checked: str) -> None:
    """By a member of staff on a call, who says how the caller was checked: never by a number alone.

    NotFound without the role, or when nobody has this number; InvalidRequest, ReadOnly.
    """
    await staff.demand(svc, account, acr, SUPPORT)
    handle = await svc.log.vault.find(svc.store, f"iin:{iin}")
    found = await people.account_by_handle(svc.store, handle) if handle else None
    if found is None:
        raise NotFound("no person of this number has an account here")
    ground = Ground(f"frozen by support on the person's call; checked by: {checked}; sign-in of staff {authentication}")
    await _freeze(svc, found.id, Way(ground))


async def _account_of(svc: Service, token: str) -> str | None:
    if not 0 < len(token) <= LONGEST_TOKEN:
        return None
    return await recovering.link_of(svc.store, warning.hash_token(token), svc.clock.now())


async def _freeze(svc: Service, account: str, way: Way) -> None:
    """Freeze; a second freeze does no harm, and ends a recovery that was begun meanwhile."""
    svc.log.demand_writable()
    for _ in range(ROUNDS):
        try:
            return await _once(svc, account, way)
        except _Anew:
            continue
    # Requests are opened faster than they are ended: those left run into their deadline, since nobody can answer them.
    return await _once(svc, account, way, leave=True)


async def _once(svc: Service, account: str, way: Way, *, leave: bool = False) -> None:
    person = await accounts.person_by_id(svc, account)
    if person is None:
        raise NotFound("no such person")
    now = svc.clock.now()
    waiting = [await load(svc, row) for row in await proofs.open_requests(svc.store, account, 0)]
    told = await logout.announce(svc, await session_rows.sessions_of(svc.store, account, now))
    notice = await warning.prepare(svc, person, words.FROZEN, freezes=False)
    drafts = await _suspensions(svc, person, way.ground, now)

    async def act(tx: Tx) -> list[Ticket]:
        if way.link and not await recovering.use_link(tx, way.link, now):
            raise NotFound("this link was used meanwhile")
        if way.code and not await recovering.use_code(tx, *way.code, now):
            raise NotFound("this code was used meanwhile")
        first = await recovering.freeze(tx, account, now)
        await recovering.cancel_cases(tx, account)
        if not first:
            return []
        tickets = await _end_waiting(tx, svc, waiting, now)
        if not leave and await proofs.open_requests(tx, account, 0):
            raise _Anew
        await tx.together(*notice.changes, *(posting for (_, posting), _ in told))
        return [*tickets, *[await svc.log.stage(tx, draft) for draft in drafts]]

    tickets = await svc.store.transact(act)
    if tickets:
        notice.send(svc)
        svc.courier.carry_soon([(delivery, message) for (delivery, _), message in told])
    for ticket in tickets:
        await svc.log.settled(ticket)


async def _end_waiting(tx: Tx, svc: Service, waiting: Sequence[Subject], now: int) -> list[Ticket]:
    """Each request that waits gets its one record; its relying party sees by whom, and not why."""
    tickets = []
    for subject in waiting:
        here = await proofs.hold(tx, subject.row.id)
        outcome = Cancelled("subject", "withdrawn", now, here.tries, here.first_try, here.last_try)
        ticket = await end(tx, svc, subject, here, outcome, Answered(), uuid7(now, svc.entropy))
        if ticket is not None:
            tickets.append(ticket)
    return tickets


async def _suspensions(svc: Service, person: Person, ground: Ground, now: int) -> list[kinds.Credential]:
    """A `credential` record for every factor that opens nothing from now on."""
    return [
        record_of(svc, factor, "suspended", uuid7(now, svc.entropy), whose_of(person), ground, now)
        for factor in await people.factors_of(svc.store, person.id)
    ]
