"""What a person changes in their own account: password, authenticator app, mailbox for notices, language.

A change of a factor wants a fresh session (`authsvc.factors`), leaves a `credential` record, and all channels
hear of it. Other sessions end with the factor that they were opened by (OWASP ASVS 5.0 6.2.3 and 7.4.3).
"""

import hmac
from dataclasses import dataclass

import orjson

from authsvc import accounts, addresses, app_codes, warning
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.credentials import Ground, record_of
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence.log import Ticket
from authsvc.factors import By, demand_fresh, factors_by_method
from authsvc.in_session import own_ground, person_of, whose_of
from authsvc.keys import SealBroken, b64url, unb64url
from authsvc.limits import Budget
from authsvc.outside import Message
from authsvc.service import Service
from authsvc.store import Tx, people
from authsvc.store.people import FactorRow
from authsvc.warning import words
from confirmations.errors import WrongAnswer
from confirmations.methods import password as password_method
from confirmations.methods.code import group_code
from confirmations.words import Words

DAY_MS = 24 * 3600 * 1000
CODE_MS = 10 * 60 * 1000
CODE_DIGITS = 6
MAILS = Budget("mailbox", 5, DAY_MS)
"""Codes to new mailboxes that one person may ask for."""
TRIES = Budget("mailbox_code", 5, CODE_MS)
OLD = Budget("old_password", 5, 15 * 60 * 1000)
_MAILBOX = "mailbox"
LOCALES = ("kk", "ru", "en")


@dataclass(frozen=True, slots=True)
class Sent:
    """A code that went to a new mailbox: the sealed ticket for the form."""

    ticket: str
    mailbox: str


async def change_password(svc: Service, by: By, old: str, new: str) -> None:
    """Another password. `old` is asked for unless a passkey opened the session.

    Raises Forbidden, WrongAnswer, PasswordRefused, TooManyAttempts, Overloaded, Conflict, ReadOnly.
    """
    svc.log.demand_writable()
    demand_fresh(svc, by)
    person = await person_of(svc, by)
    factor = (await factors_by_method(svc.store, by.account)).get("password")
    if factor is None:
        raise NotFound("there is no password")
    if "passkey" not in by.methods:
        await svc.limits.spend(OLD, by.account)
        encoded = svc.keys.unseal("factor", factor.sealed, factor.id.encode()).decode()
        if not await svc.passwords.verify(encoded, password_method.normalise(old)):
            raise WrongAnswer
    checked = accounts.check_password(svc, new, person.login, person.name)
    secret = (await svc.passwords.hash(checked)).encode()
    await _change(svc, by, person, factor, secret, -1, words.PASSWORD_CHANGED)


async def change_app(svc: Service, by: By, ticket: str, code: str) -> None:
    """Another authenticator app, whose first code was typed. Raises Forbidden, WrongAnswer, InvalidRequest, Conflict,
    ReadOnly."""
    svc.log.demand_writable()
    demand_fresh(svc, by)
    person = await person_of(svc, by)
    factor = (await factors_by_method(svc.store, by.account)).get("totp")
    if factor is None:
        raise NotFound("there is no authenticator app")
    seed, step = app_codes.judge(svc, by.sid, ticket, code, factor.id)
    await _change(svc, by, person, factor, seed.encode(), step, words.APP_CHANGED)


async def _change(
    svc: Service, by: By, person: Person, factor: FactorRow, secret: bytes, step: int, told: Words
) -> None:
    """Put another secret in place, by compare-and-set, and end the other sessions."""
    now = svc.clock.now()
    sealed = svc.keys.seal("factor", secret, factor.id.encode())
    draft = record_of(svc, factor, "changed", uuid7(now, svc.entropy), whose_of(person), own(by), now)
    notice = await warning.prepare(svc, person, told)

    async def act(tx: Tx) -> Ticket:
        if not await people.change_secret(tx, factor.id, factor.version, sealed, step):
            raise Conflict("this factor was changed meanwhile")
        await people.end_other_sessions(tx, by.account, by.sid, now)
        await tx.together(*notice.changes)
        return await svc.log.stage(tx, draft)

    ticket = await svc.store.transact(act)
    notice.send(svc)
    await svc.log.settled(ticket)


async def send_code(svc: Service, by: By, mailbox: str) -> Sent:
    """Send a code to a new mailbox. Raises Forbidden, InvalidRequest, TooManyAttempts, Conflict."""
    demand_fresh(svc, by)
    person = await person_of(svc, by)
    address = addresses.read_mailbox(mailbox)
    known = await addresses.addresses_of(svc, person)
    if len(known) >= addresses.MOST or address in [each.address for each in known]:
        raise Conflict("this address is known already, or there are too many")
    await svc.limits.spend(MAILS, by.account)
    code = f"{int.from_bytes(svc.entropy(16), 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}d}"
    until = svc.clock.now() + CODE_MS
    plain = orjson.dumps([address, code, by.account, until, b64url(svc.entropy(12))])
    said = words.MAILBOX_CODE.say(person.locale, code=group_code(code))
    message = Message("email", address, said, "", code=code, subject=words.SUBJECT.say(person.locale), until=until)
    delivery, posting = svc.courier.prepare(message)
    await svc.store.transact(lambda tx: tx.together(posting))
    svc.courier.hand_over(delivery, message)
    return Sent(b64url(svc.keys.seal(_MAILBOX, plain, by.sid.encode())), address)


async def add_mailbox(svc: Service, by: By, ticket: str, code: str) -> None:
    """Take the code that came to the mailbox. Raises Forbidden, WrongAnswer, InvalidRequest, TooManyAttempts,
    ReadOnly."""
    svc.log.demand_writable()
    demand_fresh(svc, by)
    person = await person_of(svc, by)
    address, right, until, nonce = _open(svc, by, ticket)
    await svc.limits.spend(TRIES, nonce)
    typed = "".join(code.split())
    if until <= svc.clock.now() or not hmac.compare_digest(typed.encode(), right.encode()):
        raise WrongAnswer
    if not await svc.ephemeral.add(f"mailbox:{nonce}", CODE_MS):
        raise InvalidRequest("this code was used")
    notice = await warning.prepare(svc, person, words.ADDRESS_ADDED)

    async def act(tx: Tx) -> Ticket:
        await tx.together(*notice.changes)
        return await addresses.write(tx, svc, by.account, whose_of(person), address, own(by))

    ticket_of_log = await svc.store.transact(act)
    notice.send(svc)
    await svc.log.settled(ticket_of_log)


def _open(svc: Service, by: By, ticket: str) -> tuple[str, str, int, str]:
    """(address, code, until, nonce) of a code that was sent for this session."""
    try:
        address, code, account, until, nonce = orjson.loads(
            svc.keys.unseal(_MAILBOX, unb64url(ticket), by.sid.encode())
        )
    except (SealBroken, ValueError) as error:
        raise InvalidRequest("this code was not asked for in this session") from error
    if account != by.account:
        raise InvalidRequest("this code was not asked for in this session")
    return str(address), str(code), int(until), str(nonce)


async def set_language(svc: Service, account: str, locale: str) -> None:
    """The language of messages. Raises InvalidRequest."""
    if locale not in LOCALES:
        raise InvalidRequest(f"locale: one of {', '.join(LOCALES)}")
    await svc.store.transact(lambda tx: people.set_locale(tx, account, locale))


def own(by: By) -> Ground:
    """The person themselves, in their session."""
    return own_ground(by, "by the person, in their own session")
