"""The acts of a login: take the password, take the one-time code, judge the whole, record it once.

A password is judged on its page and told to nobody; the combination is settled in one transaction: factors claimed,
failures cleared, session written, `authentication` record staged. Two factors are one authentication and one record.
Whatever fails, known and unknown login names get the same answer after the same work.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from authsvc import accounts, factors, passkeys, recovery_codes, warning
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.evidence import kinds
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.factors import NOBODY, Judged
from authsvc.keys import b64url
from authsvc.login import budgets, sessions
from authsvc.login.decide import COMBINATIONS, EDS, PASSKEY, RECOVERY, Ask, Judge, assure, counts, next_step
from authsvc.login.errors import FlowGone, LoginRefused
from authsvc.login.flow import FLOW_MS, Attempt, Flow
from authsvc.login.refusals import note_refused
from authsvc.login.sessions import Opening, Session
from authsvc.pairwise import tell_subject
from authsvc.service import Service
from authsvc.store import Tx, people
from authsvc.store import sessions as rows
from authsvc.store.sessions import Refusals
from authsvc.warning import Notice, words
from confirmations.assurance import MULTI
from confirmations.challenge import Accepted, write_answers
from confirmations.login_statement import LoginStatement
from confirmations.statement import RelyingParty

_LISTS = (*COMBINATIONS.values(), RECOVERY, PASSKEY, *EDS.values())
"""Every list of methods that may end a login."""
MAX_DEVICE = 256
"""Characters of a browser's name in a record."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Where an answer came from: the network address, and the browser's own name for itself."""

    ip: str
    device: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The end of a login: the token for the browser's cookie, and the session that it opens."""

    token: str
    session: Session


async def answer_password(
    svc: Service, flow: Flow, login: str, password: str, seen: Seen, session: Session | None
) -> Flow | SignedIn:
    """Take login name and password. The flow goes on, or, where they are all that is asked, the login ends.

    Raises LoginRefused, TooManyAttempts, Overloaded, ReadOnly, FlowGone (this login is at another step).
    """
    _demand_step(flow, session, "password")
    svc.switches.demand("method", "password")
    await budgets.spend_address(svc, seen.ip)
    row = await people.account_by_login(svc.store, accounts.read_login(login))
    account = row.id if row else NOBODY
    factor = (await factors.factors_by_method(svc.store, account)).get("password")
    judged, right = await factors.judge_password(svc, factor, flow.challenge, password)
    flow = replace(
        flow,
        login=login,
        attempt=Attempt(account, judged, right, svc.clock.now()),
        answered=(*flow.answered, "password"),
        refused=False,
    )
    step = next_step(flow.demand, session.standing if session else None, flow.answered)
    if not isinstance(step, Judge):
        return flow
    return await _settle(svc, flow, (), seen, session)


async def answer_totp(svc: Service, flow: Flow, code: str, seen: Seen, session: Session | None) -> SignedIn:
    """Take the one-time code and judge the whole combination.

    Raises LoginRefused, TooManyAttempts, ReadOnly, FlowGone (this login is at another step).
    """
    svc.switches.demand("method", "totp")
    stepped_up, account = _demand_last(flow, session)
    factor = (await factors.factors_by_method(svc.store, account)).get("totp")
    judged = factors.judge_totp(svc, factor, code, flow.id)
    flow = replace(flow, answered=(*flow.answered, "totp"))
    return await _settle(svc, flow, (judged,), seen, session, stepped_up=stepped_up)


async def answer_recovery(svc: Service, flow: Flow, code: str, seen: Seen, session: Session | None) -> SignedIn:
    """Take a recovery code in the place of the one-time code, and judge the whole; all channels hear of its use.

    Raises LoginRefused, TooManyAttempts, Overloaded, ReadOnly, FlowGone (this login is at another step).
    """
    svc.switches.demand("method", "code")
    stepped_up, account = _demand_last(flow, session)
    judged = await recovery_codes.judge(svc, account, code, flow.id)
    flow = replace(flow, answered=(*flow.answered, "code"))
    return await _settle(svc, flow, (judged,), seen, session, stepped_up=stepped_up)


async def answer_passkey(
    svc: Service, flow: Flow, answer: str, salt: str, seen: Seen, session: Session | None
) -> SignedIn:
    """Take a passkey's answer, which names its own person and stands alone, or beside the session that is stepped up.

    Nobody's failures are counted: without the key no answer can be guessed, and a stranger must not lock a person out.
    Raises LoginRefused, TooManyAttempts, ReadOnly, FlowGone (no page of this login is open).
    """
    standing = session.standing if session else None
    if not isinstance(next_step(flow.demand, standing, flow.answered), Ask):
        raise FlowGone
    await budgets.spend_address(svc, seen.ip)
    svc.switches.demand("method", "passkey")
    try:
        shown = await passkeys.judge(svc, flow.id, flow.nonce, salt, answer, FLOW_MS)
    except passkeys.Refused as refused:
        if refused.clone is not None:
            await passkeys.suspend(svc, refused.clone)
        await note_refused(svc, None, flow.id)
        raise LoginRefused from refused
    person = await accounts.person_by_id(svc, shown.account)
    if person is None or flow.demand.sub not in (None, person.sub):
        await note_refused(svc, None, flow.id)
        raise LoginRefused
    steps_up = session is not None and session.account == person.id and counts(flow.demand, session.standing)
    flow = replace(flow, answered=PASSKEY)
    return await accept(svc, Proven(flow, person, (shown.judged,), seen, session, session if steps_up else None))


def _demand_last(flow: Flow, session: Session | None) -> tuple[Session | None, str]:
    """(session that is stepped up, account) where one factor is missing, beside password page or session."""
    _demand_step(flow, session, "totp")
    step = next_step(flow.demand, session.standing if session else None, (*flow.answered, "totp"))
    if not isinstance(step, Judge):
        raise FlowGone
    stepped_up = session if "password" not in step.methods else None
    return stepped_up, stepped_up.account if stepped_up else flow.attempt.account


def _demand_step(flow: Flow, session: Session | None, method: str) -> None:
    if next_step(flow.demand, session.standing if session else None, flow.answered) != Ask(method):
        raise FlowGone


async def _settle(
    svc: Service,
    flow: Flow,
    later: Sequence[Judged],
    seen: Seen,
    session: Session | None,
    *,
    stepped_up: Session | None = None,
) -> SignedIn:
    """Judge the whole: all right, and it is accepted; anything wrong, and nobody hears what."""
    account = stepped_up.account if stepped_up else flow.attempt.account
    throttled = stepped_up.account if stepped_up else accounts.read_login(flow.login)
    await budgets.spend_pair(svc, throttled, seen.ip)
    judged = list(later)
    right = all(one.accepted is not None for one in later)
    if stepped_up is None:
        right = right and flow.attempt.right
        if flow.attempt.right:
            judged.insert(0, factors.recall_password(flow.attempt.judged, flow.challenge, flow.attempt.answered))
    person = await accounts.person_by_id(svc, account)
    if not right or person is None:
        await note_refused(svc, account if person else None, flow.id)
        raise LoginRefused
    signed_in = await accept(svc, Proven(flow, person, judged, seen, session, stepped_up))
    await budgets.forgive_pair(svc, throttled, seen.ip)
    return signed_in


@dataclass(frozen=True, slots=True)
class Proven:
    """A login that was judged right, about to be written."""

    flow: Flow
    person: Person
    judged: Sequence[Judged]
    seen: Seen
    old: Session | None
    stepped_up: Session | None

    @property
    def accepted(self) -> list[Accepted]:
        return [one.accepted for one in self.judged if one.accepted is not None]

    @property
    def methods(self) -> tuple[str, ...]:
        """All that the session will stand on, in the order of the combination."""
        have = self.stepped_up.methods if self.stepped_up else ()
        return (*have, *(one.method for one in self.accepted))


async def accept(svc: Service, login: Proven) -> SignedIn:
    """Write what was judged right: factors claimed, session and record in one transaction. Raises LoginRefused."""
    record = uuid7(svc.clock.now(), svc.entropy)
    opening = sessions.prepare(svc, login.person.id, login.person.sub, login.methods, record, login.stepped_up)
    have = login.stepped_up.methods if login.stepped_up else ()
    statement = state_login(svc, login.flow, login.person.sub, have)
    answers = write_answers(login.accepted)
    notice = await _notice(svc, login)
    blobs = {"login_statement": statement.canonical(), "login_answer": answers}

    async def act(tx: Tx) -> tuple[Ticket, str] | None:
        if not await factors.use(tx, login.judged, svc.clock.now()) or not await people.pass_login(
            tx, login.person.id, budgets.FAILURES
        ):
            await rows.note_refusal(tx, login.person.id, login.flow.id, _quarter(svc), svc.clock.now())
            await people.count_failure(tx, login.person.id)
            return None
        refused = await rows.take_refusals_of_login(tx, login.person.id, login.flow.id)
        sid = await sessions.write(tx, opening, login.old)
        draft = _record(svc, login, record, sid, statement.digest(), answers, refused)
        if notice.changes:
            await tx.together(*notice.changes)
        return await svc.log.stage(tx, draft, blobs), sid

    done = await svc.store.transact(act)
    if done is None:
        raise LoginRefused
    ticket, sid = done
    notice.send(svc)
    await svc.log.settled(ticket)
    return _signed_in(opening, sid)


async def _notice(svc: Service, login: Proven) -> Notice:
    """What all channels are told: that a recovery code was used."""
    if all(one.number is None for one in login.judged):
        return Notice()
    left = await recovery_codes.left(svc, login.person.id) or 0
    return await warning.prepare(svc, login.person, words.CODE_USED, left=str(max(left - 1, 0)))


def _signed_in(opening: Opening, sid: str) -> SignedIn:
    return SignedIn(opening.token, sessions.session_of_row(replace(opening.row, sid=sid)))


def _quarter(svc: Service) -> int:
    return svc.clock.now() // budgets.QUARTER_MS


def state_login(svc: Service, flow: Flow, sub: str, have: tuple[str, ...] = ()) -> LoginStatement:
    """What the person did by this login: sign in to the relying party, or to ourselves.

    `have`: the methods that the session stood on before; a step-up asks for the rest of a combination.
    """
    return LoginStatement(
        id=flow.id,
        nonce=flow.nonce,
        rp=RelyingParty(flow.party.client_id or svc.settings.issuer, flow.party.name or svc.settings.organisation),
        subject=tell_subject(svc.keys, flow.party.sector, sub),
        acr=flow.demand.acr_values[0] if flow.demand.acr_values else MULTI,
        methods=tuple(dict.fromkeys(filter(None, (_rest(each, have) for each in _LISTS)))),
        created=flow.began,
        expires=flow.began + FLOW_MS,
    )


def _rest(combination: tuple[str, ...], have: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(method for method in combination if method not in have)


def _record(
    svc: Service, login: Proven, record: str, sid: str, statement: str, answers: bytes, refused: Refusals | None
) -> kinds.Authentication:
    now = svc.clock.now()
    party = login.flow.party
    return kinds.Authentication(
        id=record,
        time=now,
        login="accepted",
        login_method=tuple(one.method for one in login.accepted),
        login_acr=assure(login.methods).acr,
        login_statement=statement,
        person=login.person.subject,
        about=(login.stepped_up.record,) if login.stepped_up else (),
        rp=party.client_id,
        mandate=NONE,
        person_name=login.person.name,
        credential=tuple(one.record for one in login.judged),
        login_answer=b64url(hashlib.sha256(answers).digest()),
        tries=(refused.tries if refused else 0) + 1,
        first_try=refused.first_try if refused else now,
        last_try=now,
        person_ip=login.seen.ip,
        person_device=login.seen.device[:MAX_DEVICE],
        login_session=sid,
        vouched_by=NONE,
        relying_party_record=party.record,
        policy_record=svc.in_force.get("login_policy", NONE),
    )
