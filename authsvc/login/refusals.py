"""Refused logins: summed per known subject and quarter of an hour, one record each; strangers are only counted.

So nobody can fill a log that can't be pruned. Tries of a login that was accepted in the end are in its own record and
leave the sum.
"""

from authsvc import accounts, decisions, factors, telling
from authsvc.clock import uuid7
from authsvc.evidence import kinds
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.factors import NOBODY
from authsvc.login.budgets import FAILURES, QUARTER_MS
from authsvc.login.decide import COMBINATIONS
from authsvc.service import Service
from authsvc.store import Tx, people
from authsvc.store import sessions as rows
from authsvc.store.sessions import Refusals
from confirmations.assurance import MULTI
from confirmations.challenge import make_nonce
from confirmations.login_statement import LoginStatement
from confirmations.statement import RelyingParty

AT_ONCE = 100
"""Records of refused logins written by one run: the rest waits for the next."""


async def note_refused(svc: Service, account: str | None, login_id: str) -> None:
    """Count a refused login of an account; None for a login name that nobody has, at the price of one commit too.

    The failure that closes the account is a decision by rule: recorded with it, once, and told to the person (L9).
    """
    now = svc.clock.now()
    near = await people.failures_of(svc.store, account or NOBODY) >= FAILURES // 2
    closing = await decisions.prepare_lock_out(svc, account) if near and account is not None else None

    async def act(tx: Tx) -> Ticket | None:
        if account is None:
            await rows.note_stranger(tx, now // QUARTER_MS)
            await people.count_failure(tx, NOBODY)
            return None
        await rows.note_refusal(tx, account, login_id, now // QUARTER_MS, now)
        failures = await people.count_failure(tx, account)
        return await closing.write(tx, svc) if closing is not None and failures == FAILURES else None

    ticket = await svc.store.transact(act)
    if ticket is not None and closing is not None:
        telling.hand_over(svc, closing.told)
        await svc.log.settled(ticket)


async def record_refused(svc: Service) -> int:
    """Write the records of quarters that are over; their number. Several processes may run it at once."""
    quarter = svc.clock.now() // QUARTER_MS
    written = 0
    for account, over in await rows.quarters_before(svc.store, quarter, AT_ONCE):
        written += await _record_quarter(svc, account, over)
    return written


async def _record_quarter(svc: Service, account: str, quarter: int) -> bool:
    person = await accounts.person_by_id(svc, account)
    if person is None:
        return False
    now = svc.clock.now()
    record = uuid7(now, svc.entropy)
    enrolled = await factors.factors_by_method(svc.store, account)
    methods = COMBINATIONS[MULTI]
    statement = _state_quarter(svc, record, person.sub, quarter)
    credential = tuple(enrolled[method].record_id if method in enrolled else NONE for method in methods)

    def draft(refused: Refusals) -> kinds.Authentication:
        return kinds.Authentication(
            id=record,
            time=now,
            login="refused",
            login_method=methods,
            login_statement=statement.digest(),
            person=person.subject,
            mandate=NONE,
            person_name=person.name,
            credential=credential,
            tries=refused.tries,
            first_try=refused.first_try,
            last_try=refused.last_try,
            vouched_by=NONE,
            relying_party_record=NONE,
            policy_record=svc.in_force.get("login_policy", NONE),
        )

    async def act(tx: Tx) -> Ticket | None:
        refused = await rows.take_refusals_of_quarter(tx, account, quarter)
        if refused is None:
            return None
        return await svc.log.stage(tx, draft(refused), {"login_statement": statement.canonical()})

    ticket = await svc.store.transact(act)
    if ticket is not None:
        await svc.log.settled(ticket)
    return ticket is not None


def _state_quarter(svc: Service, record: str, sub: str, quarter: int) -> LoginStatement:
    """What was tried in vain in this quarter of an hour: to sign in here, to whichever relying party."""
    return LoginStatement(
        id=record,
        nonce=make_nonce(svc.entropy),
        rp=RelyingParty(svc.settings.issuer, svc.settings.organisation),
        subject=sub,
        acr=MULTI,
        methods=(COMBINATIONS[MULTI],),
        created=quarter * QUARTER_MS,
        expires=(quarter + 1) * QUARTER_MS,
    )
