"""A recovery that begins: at the counter by two members of staff, or by the person themselves with a recovery code.

Either way it is held for a day while all the person's channels are told, and each of these notices can stop it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from authsvc import accounts, approvals, warning
from authsvc.accounts import Person
from authsvc.addresses import read_address
from authsvc.approvals import Matter, Standing
from authsvc.clock import rfc3339, uuid7
from authsvc.counter import words
from authsvc.counter.registering import ROLE, Clerk, demand_clerk, read_line
from authsvc.errors import Conflict, Forbidden, InvalidRequest, NotFound
from authsvc.factors import RECOVERING, By, is_fresh
from authsvc.in_session import person_of
from authsvc.keys import b64url
from authsvc.service import Service
from authsvc.store import Tx, people, recovering
from authsvc.store.recovering import CaseRow
from authsvc.warning import words as notices

HOUR_MS = 3600 * 1000
HOLD_MS = 24 * HOUR_MS
OPEN_MS = 8 * 24 * HOUR_MS
"""From the asking on: a day of hold, and a week to come back."""
PURPOSE = "recovery-case"
LISTED = 50
ALONE = "alone"


@dataclass(frozen=True, slots=True)
class Matters:
    """What a recovery is about, sealed in its row: the document shown, another address, who began it, signed in how."""

    shown: str
    address: str
    clerk: str
    authentication: str


async def ask(svc: Service, clerk: Clerk, iin: str, shown: str, address: str = "") -> tuple[str, str]:
    """(id, link) of a recovery for a person who stands at the counter: it waits for two members of staff to approve.

    `address`: another number in the place of the one that is lost. Raises NotFound, Forbidden, InvalidRequest,
    Conflict.
    """
    svc.log.demand_writable()
    await demand_clerk(svc, clerk)
    matters = Matters(
        read_line(shown, "shown"), read_address(address) if address.strip() else "", clerk.account, clerk.authentication
    )
    handle = await svc.log.vault.find(svc.store, f"iin:{iin.strip()}")
    found = await people.account_by_handle(svc.store, handle) if handle else None
    if found is None:
        raise NotFound("no person of this number has an account here")
    if found.id == clerk.account:
        raise Conflict("nobody begins their own recovery at the counter")
    return await _begin(svc, found.id, matters, recovering.WAITING, 0)


async def ask_alone(svc: Service, by: By) -> tuple[str, str]:
    """(id, link) of a recovery that the person begins in a fresh session opened by password and recovery code.

    Raises Forbidden, Conflict (one is under way), ReadOnly.
    """
    svc.log.demand_writable()
    if not is_fresh(svc, by) or RECOVERING not in by.methods:
        raise Forbidden("this needs a sign-in with a recovery code, not longer ago than ten minutes")
    person = await person_of(svc, by)
    if await recovering.open_of(svc.store, by.account, svc.clock.now()) is not None:
        raise Conflict("a recovery is under way already")
    hold_until = svc.clock.now() + HOLD_MS
    matters = Matters("", "", ALONE, by.authentication)
    return await _begin(svc, by.account, matters, recovering.HELD, hold_until, person)


async def _begin(
    svc: Service, account: str, matters: Matters, state: str, hold_until: int, told: Person | None = None
) -> tuple[str, str]:
    now = svc.clock.now()
    name, token = uuid7(now, svc.entropy), b64url(svc.entropy(warning.TOKEN_BYTES))
    plain = _pack(matters, name, account)
    sealed, digest = svc.keys.seal(PURPOSE, plain, name.encode()), b64url(hashlib.sha256(plain).digest())
    row = CaseRow(
        name, account, warning.hash_token(token), sealed, digest, matters.clerk, state, hold_until, now + OPEN_MS
    )
    notice = await warning.prepare(svc, told, notices.HELD, time=_say(hold_until)) if told else warning.Notice()

    async def act(tx: Tx) -> None:
        await recovering.insert_case(tx, row)
        if notice.changes:
            await tx.together(*notice.changes)

    await svc.store.transact(act)
    notice.send(svc)
    return name, f"{svc.settings.issuer}/recover/{token}"


def _pack(matters: Matters, name: str, account: str) -> bytes:
    """What is approved and sealed: the digest is over these bytes, which name case and account."""
    told = [name, account, matters.shown, matters.address, matters.clerk, matters.authentication]
    return orjson.dumps(told)


def open_matters(svc: Service, row: CaseRow) -> Matters:
    """What a recovery is about."""
    _, _, shown, address, clerk, authentication = orjson.loads(svc.keys.unseal(PURPOSE, row.sealed, row.id.encode()))
    return Matters(shown, address, clerk, authentication)


async def shown(svc: Service, clerk: Clerk, case: str) -> tuple[CaseRow, Matters, Person, Standing]:
    """A recovery as the desk shows it. NotFound, Forbidden."""
    await demand_clerk(svc, clerk)
    row = await recovering.case_of(svc.store, case)
    person = await accounts.person_by_id(svc, row.account) if row else None
    if row is None or person is None or row.asked_by == ALONE:
        raise NotFound("there is nothing here")
    return row, open_matters(svc, row), person, await approvals.standing(svc, row.id, row.digest, ROLE)


async def listed(svc: Service, clerk: Clerk) -> Sequence[CaseRow]:
    """Recoveries at the counter that are under way, newest first. NotFound, Forbidden."""
    await demand_clerk(svc, clerk)
    found = await recovering.open_cases(svc.store, svc.clock.now(), LISTED)
    return [row for row in found if row.asked_by != ALONE]


async def approve(svc: Service, clerk: Clerk, case: str) -> str:
    """The id of the confirmation by which this member of staff may approve. NotFound, Forbidden, Conflict."""
    row, matters, person, _ = await shown(svc, clerk, case)
    if row.state != recovering.WAITING:
        raise Conflict("this recovery does not wait any more")
    if row.account == clerk.account:
        raise Conflict("whom the recovery concerns may not approve it")
    member = await accounts.person_by_id(svc, clerk.account)
    if member is None:
        raise NotFound("there is nothing here")
    return await approvals.ask(svc, _matter(row, matters, person), member)


async def settle(svc: Service, row: CaseRow) -> bool:
    """Let the hold begin when two have approved, or end it when one has declined; True when the state changed."""
    if row.state != recovering.WAITING:
        return False
    standing = await approvals.standing(svc, row.id, row.digest, ROLE)
    person = await accounts.person_by_id(svc, row.account)
    if person is None or not (standing.declined or standing.enough):
        return False
    now = svc.clock.now()
    if standing.declined:
        return await svc.store.transact(lambda tx: recovering.move_case(tx, row.id, "waiting", "refused", now))
    hold_until = now + HOLD_MS
    notice = await warning.prepare(svc, person, notices.HELD, time=_say(hold_until))

    async def act(tx: Tx) -> bool:
        if not await recovering.move_case(tx, row.id, "waiting", "held", now, hold_until=hold_until):
            return False
        await tx.together(*notice.changes)
        return True

    if not await svc.store.transact(act):
        return False
    notice.send(svc)
    return True


async def settle_waiting(svc: Service) -> int:
    """The worker's round over all that waits; how many moved on."""
    waiting = await recovering.open_cases(svc.store, svc.clock.now(), LISTED)
    return sum([await settle(svc, row) for row in waiting])


async def own_open(svc: Service, account: str) -> CaseRow | None:
    """The recovery of this account that is under way."""
    return await recovering.open_of(svc.store, account, svc.clock.now())


async def cancel_own(svc: Service, account: str) -> None:
    """The person stops what is under way for them. Raises InvalidRequest when nothing is."""
    if not await svc.store.transact(lambda tx: recovering.cancel_cases(tx, account)):
        raise InvalidRequest("no recovery is under way")


def _matter(row: CaseRow, matters: Matters, person: Person) -> Matter:
    """What an approver is shown besides the digest; number and address are masked: the record is the approver's."""
    lines = [(words.NUMBER, f"…{person.subject[-4:]}"), (words.SHOWN, matters.shown)]
    if matters.address:
        lines.append((words.ADDRESS, f"…{matters.address[-4:]}"))
    labelled = [({"kk": label.kk, "ru": label.ru, "en": label.en}, value) for label, value in lines]
    text = {"kk": words.TEXT.kk, "ru": words.TEXT.ru, "en": words.TEXT.en}
    return Matter(row.id, row.digest, f"recovery {row.id}", labelled, text)


def _say(ms: int) -> str:
    """A time in a message, as Kazakhstan's clocks show it."""
    return rfc3339(ms + 5 * HOUR_MS)[:16].replace("T", " ")
