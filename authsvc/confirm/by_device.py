"""A device's side: the requests that it shows, and the answer that its key signed (docs/devices.md).

An answer counts in the device's own session alone. The number that the relying party shows is typed into the device;
one wrong number ends the request.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.clock import uuid7
from authsvc.confirm.answering import ZONE, Refusal, own_request, settle_answer, why_not
from authsvc.confirm.ending import Answered, Subject, end, end_if_over, load
from authsvc.confirm.keeping import digest_of, number_key, push_of
from authsvc.confirm.policy import offered
from authsvc.devices import SERVICE, Caller
from authsvc.errors import Forbidden, NotFound
from authsvc.evidence.log import Ticket
from authsvc.service import Service
from authsvc.store import Tx, people, proofs
from authsvc.store.proofs import RequestRow
from confirmations import Rendered, render, write_answers
from confirmations.assurance import meets
from confirmations.challenge import Accepted
from confirmations.device import DeviceAnswer, read_answer
from confirmations.errors import AlreadyDecided, DeviceRefused, Replayed, TriesExhausted, WrongAnswer
from confirmations.methods import push
from confirmations.state import Confirmed, Declined, Failed
from confirmations.words import LOCALES


@dataclass(frozen=True, slots=True)
class OnDevice:
    """A request as a device shows it: the statement's bytes, and the text in each language."""

    row: RequestRow
    statement: bytes
    digits: int
    rendered: Sequence[Rendered]


async def waiting_on_device(svc: Service, caller: Caller) -> Sequence[RequestRow]:
    """The pushed requests that wait for this device's person and that its app shows, oldest first."""
    found = await proofs.open_requests(svc.store, caller.account, svc.clock.now())
    return [row for row in found if row.method == "push" and caller.device.shows(row.client_id)]


async def open_on_device(svc: Service, caller: Caller, request_id: str) -> OnDevice:
    """The statement exactly as asked; it counts as seen. NotFound for a request of another person or another app."""
    row = await _shown_request(svc, caller, request_id)
    now = svc.clock.now()
    if row.open and row.expires_at > now:

        async def act(tx: Tx) -> None:
            await proofs.mark_seen(tx, row.id, row.account, now)

        await svc.store.transact(act)
    else:
        await end_if_over(svc, row)
    row = await _shown_request(svc, caller, request_id)
    subject = await load(svc, row)
    texts = [render(subject.statement, locale, ZONE) for locale in LOCALES]
    digits = push_of(row).digits if row.open else 0
    return OnDevice(row, subject.statement.canonical(), digits, texts)


async def answer_by_device(svc: Service, caller: Caller, request_id: str, message: bytes, signature: str) -> None:
    """Judge an answer that the device's key signed; its record is in the log when this returns.

    Raises DeviceRefused, Replayed, TriesExhausted (a wrong number), DeadlinePassed, AlreadyDecided, NotFound,
    Forbidden, ReadOnly.
    """
    svc.log.demand_writable()
    row = await _shown_request(svc, caller, request_id)
    svc.switches.demand("method", row.method)
    if not meets(caller.device.acr, offered().rule(row.act).session):
        raise Forbidden("this act needs a device that was enrolled after a sign-in with two factors")
    subject = await load(svc, row)
    judging = _Judging(svc, caller, subject, message, signature)
    now = svc.clock.now()
    record_id = uuid7(now, svc.entropy)

    async def act(tx: Tx) -> tuple[Ticket | None, Refusal | None]:
        if not await people.claim_step(tx, caller.device.row.id, judging.answer.counter):
            return None, Replayed()
        if judging.answer.answer == "yes":
            return await judging.accept(tx, now, record_id)
        return await judging.decline(tx, now, record_id)

    await settle_answer(svc, subject, *await svc.store.transact(act))


class _Judging:
    """One answer whose signature and binding hold; the number is judged in the transaction that counts the try."""

    def __init__(self, svc: Service, caller: Caller, subject: Subject, message: bytes, signature: str) -> None:
        self._svc, self._caller, self._subject = svc, caller, subject
        self._message, self._signature = message, signature
        locale = read_answer(message).locale
        if locale not in LOCALES:
            raise DeviceRefused("form", f"locale: one of {', '.join(LOCALES)}")
        self._rendered = render(subject.statement, locale, ZONE)
        self.answer: DeviceAnswer = push.open_answer(
            message,
            signature,
            device=caller.device.enrolled,
            request_id=subject.row.id,
            statement_digest=subject.statement.digest(),
            shown_digest=self._rendered.digest,
        )

    async def accept(self, tx: Tx, now: int, record_id: str) -> tuple[Ticket | None, Refusal | None]:
        row = await proofs.attempt(tx, self._subject.row.id, self._caller.account, now)
        if row is None:
            return None, await why_not(tx, self._subject.row.id, now)
        try:
            accepted = push.judge(
                push_of(row),
                self.answer,
                self._message,
                self._signature,
                device=self._caller.device.enrolled,
                statement_digest=row.digest,
                now=now,
                key=number_key(self._svc),
            )
        except WrongAnswer:
            outcome = Failed("wrong_number", now, row.tries, row.first_try, row.last_try)
            ticket = await end(tx, self._svc, self._subject, row, outcome, self._how(now), record_id)
            return ticket, TriesExhausted()
        confirmed = Confirmed(now, row.tries, row.first_try, row.last_try)
        how = self._how(now, write_answers([accepted]))
        ticket = await end(tx, self._svc, self._subject, row, confirmed, how, record_id)
        return ticket, None if ticket else AlreadyDecided()

    async def decline(self, tx: Tx, now: int, record_id: str) -> tuple[Ticket | None, Refusal | None]:
        row = await proofs.hold(tx, self._subject.row.id)
        if not row.open or row.expires_at <= now:
            return None, await why_not(tx, row.id, now)
        reason = "declined" if self.answer.answer == "no" else "not_me"
        outcome = Declined(reason, now, row.tries, row.first_try, row.last_try)
        ticket = await end(tx, self._svc, self._subject, row, outcome, self._how(now), record_id)
        return ticket, None if ticket else AlreadyDecided()

    def _how(self, now: int, answer: bytes = b"") -> Answered:
        """The signed bytes are evidence of a refusal and of a wrong number too."""
        device = self._caller.device
        signed = push.write_evidence(self._message, self._signature, device.enrolled, now)
        answer = answer or write_answers([Accepted("push", signed)])
        return Answered(
            authentication=self._caller.authentication,
            acr=self._caller.acr,
            shown=self._rendered.text.encode(),
            shown_digest=self._rendered.digest,
            locale=self._rendered.locale,
            answer=answer,
            answer_digest=digest_of(answer),
            ip=self._caller.ip,
            device=f"{device.app.name} {device.app.version} ({device.app.publisher})",
            shown_by="service" if device.app.publisher == SERVICE else "device_app",
            credential=device.row.record_id,
        )


async def _shown_request(svc: Service, caller: Caller, request_id: str) -> RequestRow:
    row = await own_request(svc, caller.account, request_id)
    if row.method != "push" or not caller.device.shows(row.client_id):
        raise NotFound("no such request")
    return row
