"""What goes out with a request: a code to the person's phone, or nothing but a wake-up where their device answers."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from authsvc import devices
from authsvc.accounts import Person
from authsvc.confirm import words
from authsvc.confirm.keeping import challenge_text, code_key, number_key
from authsvc.errors import TooManyAttempts
from authsvc.limits import Budget
from authsvc.outside import Message, channel_of
from authsvc.service import Service
from authsvc.store import Tx, proofs
from confirmations import Request, Statement
from confirmations.errors import PolicyRefused
from confirmations.methods import code, push
from confirmations.policy import (
    DAY,
    HOUR,
    PUSH_PENDING_OF_PAIR,
    PUSH_QUIET,
    PUSH_UNANSWERED_A_DAY,
    PUSH_UNANSWERED_AN_HOUR,
)
from confirmations.rendering import write_message

KEY_ID = "code/1"


@dataclass(frozen=True, slots=True)
class Issued:
    """By which method the request is answered, what its row keeps of it, and the messages that leave."""

    method: str
    challenge: str
    mac: bytes
    address_id: str
    messages: tuple[Message, ...]


async def issue(svc: Service, client_id: str, person: Person, request: Request) -> Issued:
    """Issue the first of the statement's lists that is not stopped and that this person has the means for.

    Raises PolicyRefused where they have the means for none, Suspended, TooManyAttempts.
    """
    for methods in request.statement.methods:
        if any(svc.switches.is_stopped("method", method) for method in methods):
            continue
        if methods == ("push",) and await devices.find_active(svc, person.id, client_id):
            return _push(svc, request)
        if methods == ("code",):
            return await _code(svc, person, request)
    raise PolicyRefused("methods", "the person has no device that shows your requests; allow another method too")


async def demand_quiet(tx: Tx, row: proofs.RequestRow) -> None:
    """No push bombing: one at a time from each relying party, few without an answer, none after "not me".

    Raises TooManyAttempts, the same for each of these: it tells nobody what the person said to others.
    """
    now = row.created_at
    found = await proofs.pushes(tx, row.account, row.client_id, now, now - HOUR, now - PUSH_QUIET)
    if (
        found.open_of_pair >= PUSH_PENDING_OF_PAIR
        or found.unanswered_hour >= PUSH_UNANSWERED_AN_HOUR
        or found.unanswered_day >= PUSH_UNANSWERED_A_DAY
        or found.told_not_me
    ):
        raise TooManyAttempts("this person's devices rest; ask by another method, or later", now + HOUR)


async def _code(svc: Service, person: Person, request: Request) -> Issued:
    svc.switches.demand("channel", channel_of(person.address))
    await _spend(svc, person)
    challenge, secret = code.issue(
        request_id=request.statement.id,
        statement_digest=request.digest,
        address_id=person.address_id,
        send=1,
        digits=request.rule.bounds("code").digits,
        lifetime=request.rule.bounds("code").lifetime,
        now=request.statement.created,
        entropy=svc.entropy,
        key=code_key(svc),
        key_id=KEY_ID,
    )
    message = _message(svc, request.statement, person, secret)
    return Issued("code", challenge_text(challenge), challenge.mac, person.address_id, (message,))


def _push(svc: Service, request: Request) -> Issued:
    statement = request.statement
    challenge, _ = push.issue(
        request_id=statement.id,
        statement_digest=request.digest,
        digits=request.rule.bounds("push").digits,
        lifetime=statement.expires - statement.created,
        now=statement.created,
        entropy=svc.entropy,
        key=number_key(svc),
    )
    return Issued("push", challenge_text(challenge), b"", "", ())


async def _spend(svc: Service, person: Person) -> None:
    """An address is no target for noise, whoever asks."""
    await svc.limits.spend(Budget("sends-hour", svc.settings.sends_an_hour, HOUR), person.address_id)
    await svc.limits.spend(Budget("sends-day", svc.settings.sends_a_day, DAY), person.address_id)


def _message(svc: Service, statement: Statement, person: Person, secret: str) -> Message:
    host = urlsplit(svc.settings.issuer).hostname or ""
    text = write_message(statement, person.locale, secret, host).text
    return Message(
        channel_of(person.address),
        person.address,
        text,
        statement.id,
        code=secret,
        subject=words.CODE_SUBJECT.say(person.locale),
        until=statement.expires,
    )
