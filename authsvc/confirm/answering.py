"""The person's side: the request as shown, and the answer, in the person's own session alone."""

from dataclasses import dataclass
from datetime import timedelta, timezone

from authsvc.clock import uuid7
from authsvc.confirm.ending import Answered, Subject, end, end_group_of, end_if_over, load
from authsvc.confirm.keeping import challenge_of, code_key, digest_of
from authsvc.confirm.policy import offered
from authsvc.errors import Conflict, Forbidden, NotFound
from authsvc.evidence.log import Ticket
from authsvc.service import Service
from authsvc.store import Tx, proofs
from authsvc.store.proofs import RequestRow
from confirmations import Rendered, render, write_answers
from confirmations.assurance import meets
from confirmations.errors import AlreadyDecided, AnswerRefused, DeadlinePassed, MandateRefused, TriesExhausted
from confirmations.methods import code
from confirmations.state import Confirmed, Declined, Failed

ZONE = timezone(timedelta(hours=5), "Asia/Almaty")
"""All of Kazakhstan since 2024-03-01; a fixed offset, since a machine's zone data may be older than that."""
Refusal = AnswerRefused | Conflict


@dataclass(frozen=True, slots=True)
class Answerer:
    """The person in their own session: the account, the session's `authentication` record, its acr; where from."""

    account: str
    authentication: str
    acr: str
    ip: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A request as the person sees it."""

    row: RequestRow
    rendered: Rendered
    party: str
    """The relying party, by the name that the statement gives it."""

    @property
    def tries_left(self) -> int:
        """How many more answers are judged."""
        return self.row.tries_allowed - self.row.tries


async def open_for(svc: Service, answerer: Answerer, request_id: str, locale: str) -> Shown:
    """The statement exactly as asked, for its own person alone (NotFound for all others); it counts as seen."""
    row = await own_request(svc, answerer.account, request_id)
    subject = await load(svc, row)
    if row.open and row.expires_at > svc.clock.now():
        now = svc.clock.now()

        async def act(tx: Tx) -> None:
            await proofs.mark_seen(tx, row.id, row.account, now)

        await svc.store.transact(act)
    elif await end_if_over(svc, row):
        row = await own_request(svc, answerer.account, request_id)
    return Shown(row, render(subject.statement, locale, ZONE), subject.statement.rp.name)


async def answer(svc: Service, answerer: Answerer, request_id: str, typed: str, locale: str) -> None:
    """Judge a typed code over the statement shown in this locale; the confirmation is in the log when this returns.

    Each call counts one try, in the statement that also judges whether one is left. Raises WrongAnswer, TriesExhausted,
    DeadlinePassed, AlreadyDecided (`confirmations.errors`), NotFound, Forbidden, ReadOnly.
    """
    subject, shown = await _prepare(svc, answerer, request_id, locale, by_code=True)
    now = svc.clock.now()
    record_id = uuid7(now, svc.entropy)

    async def act(tx: Tx) -> tuple[Ticket | None, Refusal | None]:
        row = await proofs.attempt(tx, request_id, answerer.account, now)
        if row is None:
            return None, await why_not(tx, request_id, now)
        try:
            accepted = code.judge(
                challenge_of(row), typed, statement_digest=subject.statement.digest(), now=now, key=code_key(svc)
            )
        except AnswerRefused as refusal:
            if row.tries < row.tries_allowed:
                return None, refusal
            outcome = Failed("attempts", now, row.tries, row.first_try, row.last_try)
            ticket = await end(tx, svc, subject, row, outcome, _how(answerer, shown, b""), record_id)
            return ticket, TriesExhausted()
        confirmed = Confirmed(now, row.tries, row.first_try, row.last_try)
        how = _how(answerer, shown, write_answers([accepted]))
        ticket = await end(tx, svc, subject, row, confirmed, how, record_id)
        return ticket, None if ticket else AlreadyDecided()

    await settle_answer(svc, subject, *await svc.store.transact(act))


async def decline(svc: Service, answerer: Answerer, request_id: str, reason: str, locale: str) -> None:
    """The person says no ("declined"), or that this is not theirs ("not_me"). Raises AlreadyDecided, NotFound,
    ReadOnly."""
    subject, shown = await _prepare(svc, answerer, request_id, locale)
    now = svc.clock.now()
    record_id = uuid7(now, svc.entropy)

    async def act(tx: Tx) -> tuple[Ticket | None, Refusal | None]:
        row = await proofs.hold(tx, request_id)
        if not row.open or row.expires_at <= now:
            return None, await why_not(tx, request_id, now)
        outcome = Declined(reason, now, row.tries, row.first_try, row.last_try)
        ticket = await end(tx, svc, subject, row, outcome, _how(answerer, shown, b""), record_id)
        return ticket, None if ticket else AlreadyDecided()

    await settle_answer(svc, subject, *await svc.store.transact(act))


async def settle_answer(svc: Service, subject: Subject, ticket: Ticket | None, refusal: Refusal | None) -> None:
    """After the commit: a record has its place before anybody hears of it, that of a failed request too."""
    if ticket is not None:
        await svc.log.placed(ticket)
        await end_group_of(svc, subject)
    if refusal is not None:
        raise refusal
    if subject.use is not None:
        row = await proofs.request_of(svc.store, subject.row.id)
        if row is not None and row.reason == "mandate":
            raise MandateRefused


async def own_request(svc: Service, account: str, request_id: str) -> RequestRow:
    """The request, for its own person alone. Raises NotFound."""
    row = await proofs.request_of(svc.store, request_id)
    if row is None or row.account != account:
        raise NotFound("no such request")
    return row


async def _prepare(
    svc: Service, answerer: Answerer, request_id: str, locale: str, *, by_code: bool = False
) -> tuple[Subject, Rendered]:
    """Everything that needs no lock: whose it is, what was shown, whether this session is strong enough."""
    svc.log.demand_writable()
    row = await own_request(svc, answerer.account, request_id)
    if not meets(answerer.acr, offered().rule(row.act).session):
        raise Forbidden("this act needs a sign-in with two factors")
    if by_code and row.method != "code":
        raise Conflict("this request is answered on the person's device")
    if row.state == "requested":
        await svc.courier.carried(row.id)
    subject = await load(svc, row)
    svc.switches.demand("method", row.method)
    return subject, render(subject.statement, locale, ZONE)


async def why_not(tx: Tx, request_id: str, now: int) -> Refusal:
    """Why no try was counted; the outcome of an overdue request is written by whoever reads it, or the worker."""
    row = await proofs.request_of(tx, request_id)
    if row is None or not row.open:
        return AlreadyDecided()
    if row.expires_at <= now:
        return DeadlinePassed()
    if row.state == "requested":
        return Conflict("nothing was sent or shown yet, so there is nothing to answer")
    return TriesExhausted()


def _how(answerer: Answerer, shown: Rendered, answer_: bytes) -> Answered:
    return Answered(
        authentication=answerer.authentication,
        acr=answerer.acr,
        shown=shown.text.encode(),
        shown_digest=shown.digest,
        locale=shown.locale,
        answer=answer_,
        answer_digest=digest_of(answer_) if answer_ else "",
        ip=answerer.ip,
        device=answerer.device,
    )
