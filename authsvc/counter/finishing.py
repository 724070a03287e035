"""The end of a recovery: the person comes back with the link, sets up new factors, and the account thaws.

One transaction uses the recovery up, ends every factor that could sign in, enrols the new ones, and lets the person in
again; each step is a `credential` record that says by whose approvals.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from authsvc import accounts, addresses, app_codes, approvals, recovery_codes, warning
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.counter.asking import ALONE, Matters, open_matters
from authsvc.counter.registering import ROLE
from authsvc.credentials import Ground, Whose, enrolled, new_factor
from authsvc.errors import Conflict, NotFound
from authsvc.evidence import kinds
from authsvc.evidence.log import Ticket
from authsvc.factor_records import record_of
from authsvc.in_session import whose_of
from authsvc.recovery_codes import Made
from authsvc.service import Service
from authsvc.store import Tx, erasures, people, recovering
from authsvc.store.people import FactorRow
from authsvc.store.recovering import CaseRow
from authsvc.warning import words

LONGEST_TOKEN = 64
READY = "ready"


@dataclass(frozen=True, slots=True)
class Found:
    """A recovery behind a link: `state` is waiting, held (until `hold_until`, ms) or ready; `login` when it is."""

    row: CaseRow
    state: str
    hold_until: int
    login: str = ""


@dataclass(frozen=True, slots=True)
class _New:
    """Everything that is written, made before the transaction."""

    person: Person
    ground: Ground
    ending: Sequence[tuple[FactorRow, kinds.Credential]]
    factors: Sequence[FactorRow]
    phone: FactorRow | None
    address: str
    made: Made

    @property
    def whose(self) -> Whose:
        return Whose(self.person.subject, self.person.name)


async def find(svc: Service, token: str) -> Found:
    """What a link leads to. NotFound for one that is used, stopped, over, or none: these are told alike."""
    row = None
    if 0 < len(token) <= LONGEST_TOKEN:
        row = await recovering.case_by_hash(svc.store, warning.hash_token(token))
    now = svc.clock.now()
    if row is None or row.state not in (recovering.WAITING, recovering.HELD) or row.expires_at <= now:
        raise NotFound("this link was used or stopped, or its time is over")
    if row.state == recovering.WAITING or row.hold_until > now:
        return Found(row, row.state, row.hold_until)
    person = await accounts.person_by_id(svc, row.account)
    return Found(row, READY, row.hold_until, person.login if person else "")


async def finish(svc: Service, token: str, ticket: str, password: str, code: str) -> tuple[str, ...]:
    """Enrol the new factors; the new recovery codes, to be shown once.

    Raises NotFound, Conflict (held still, used meanwhile, data restricted), WrongAnswer, PasswordRefused,
    InvalidRequest, Overloaded, ReadOnly.
    """
    svc.log.demand_writable()
    found = await find(svc, token)
    if found.state != READY:
        raise Conflict("this recovery is held still")
    person = await accounts.person_by_id(svc, found.row.account)
    if person is None:
        raise NotFound("this link was used or stopped, or its time is over")
    seed, step = app_codes.judge(svc, token, ticket, code, found.row.id)
    checked = accounts.check_password(svc, password, person.login, person.name)
    secret = (await svc.passwords.hash(checked)).encode()
    new = await _prepare(svc, found.row, person, secret, seed, step)
    notice = await warning.prepare(svc, person, words.RECOVERED, also=[new.address] if new.address else [])
    now = svc.clock.now()

    async def act(tx: Tx) -> list[Ticket]:
        if not await recovering.finish_case(tx, found.row.id, now):
            raise Conflict("this recovery was used or stopped meanwhile")
        tickets = await _write(tx, svc, new, now)
        await tx.together(*notice.changes)
        return tickets

    tickets = await svc.store.transact(act)
    notice.send(svc)
    for each in tickets:
        await svc.log.settled(each)
    return new.made.codes


async def _prepare(svc: Service, row: CaseRow, person: Person, secret: bytes, seed: str, step: int) -> _New:
    matters = open_matters(svc, row)
    ground = await _ground(svc, row, matters)
    now, account = svc.clock.now(), person.id
    whose = whose_of(person)
    ending = []
    for factor in await people.every_factor(svc.store, account):
        if factor.method != addresses.METHOD or (matters.address and factor.id == person.address_id):
            ending.append((factor, record_of(svc, factor, "revoked", uuid7(now, svc.entropy), whose, ground, now)))
    fresh = [
        new_factor(svc, account, "password", secret, now),
        new_factor(svc, account, "totp", seed.encode(), now + 1, step),
    ]
    phone = new_factor(svc, account, addresses.METHOD, b"", now + 2) if matters.address else None
    return _New(person, ground, ending, fresh, phone, matters.address, await recovery_codes.make(svc))


async def _ground(svc: Service, row: CaseRow, matters: Matters) -> Ground:
    if row.asked_by == ALONE:
        text = "recovered by the person with a recovery code, after a hold of a day and notices to all addresses"
        return Ground(text, about=(matters.authentication,))
    standing = await approvals.standing(svc, row.id, row.digest, ROLE)
    approved = tuple(each.record for each in standing.approved)
    text = (
        f"recovered at the counter; shown: {matters.shown}; approved by {len(approved)} members of staff, after a hold"
        f" of a day and notices to all addresses; sign-in of the clerk {matters.authentication}"
    )
    return Ground(text, about=approved)


async def _write(tx: Tx, svc: Service, new: _New, now: int) -> list[Ticket]:
    account, person = new.person.id, new.person
    handle = await svc.log.vault.enter(tx, person.subject)
    if await erasures.is_restricted(tx, handle):
        raise Conflict("the processing of this person's data is restricted")
    known = {factor.id for factor in await people.every_factor(tx, account) if factor.method != addresses.METHOD}
    if known - {factor.id for factor, _ in new.ending}:
        raise Conflict("a factor was enrolled meanwhile")
    drafts = []
    for factor, draft in new.ending:
        if await people.change_factor_state(tx, factor.id, account, factor.state, "revoked"):
            drafts.append(draft)
    for factor in new.factors:
        await people.insert_factor(tx, factor)
        drafts.append(enrolled(svc, factor, new.whose, new.ground, now))
    tickets = [await svc.log.stage(tx, draft) for draft in drafts]
    if new.phone is not None:
        tickets.append(await addresses.write(tx, svc, account, new.whose, new.address, new.ground, new.phone))
        plain = [person.subject[4:], person.name, new.address, new.phone.id, new.phone.record_id]
        sealed = await svc.log.vault.seal_for(tx, handle, f"account/{account}", orjson.dumps(plain))
        await people.reseal_account(tx, account, sealed)
    tickets += await recovery_codes.write(tx, svc, account, new.whose, new.made, new.ground)
    await people.end_other_sessions(tx, account, "", now)
    await people.end_grants(tx, account, now)
    await recovering.thaw(tx, account)
    return tickets
