"""Accounts: who a person is here, how they were enrolled (each factor with its `credential` record), their consents."""

import hashlib
import unicodedata
from base64 import b32decode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import orjson

from authsvc.clock import uuid7
from authsvc.credentials import Ground, Whose, enrolled, new_factor
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence import kinds
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url, unb64url
from authsvc.pairwise import find_subject, sector_of
from authsvc.service import Service
from authsvc.store import Body, Tx, grants, people
from authsvc.store.erasures import ERASED
from authsvc.store.people import AccountRow, ConsentRow
from confirmations.methods.blocked import contains_name, is_common
from confirmations.methods.password import check_new

SUB_BYTES = 16
OF_THE_PERSON = ("code",)
"""Methods whose secret is the person's address: it is sealed under their own key, as the account is."""
SHORTEST_SEED = 14
"""Bytes: 112 bits (NIST 800-63B-4 3.1.4)."""
CONSENT_MS = 365 * 24 * 3600 * 1000
"""A consent stands for a year: long enough not to be a habit of clicking, short enough not to be forgotten."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person with an account. `address` is the phone; `address_id` and `address_record` are its enrolment's."""

    id: str
    login: str
    sub: str
    subject: str
    """`iin:` and 12 digits, as records name them."""
    name: str
    locale: str
    address: str
    address_id: str
    address_record: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a person is enrolled with. `ground` says on whose word."""

    login: str
    password: str
    totp_secret: str
    iin: str
    name: str
    locale: str
    address: str
    ground: str
    totp_step: int = -1
    """The step of a code that was shown at the enrolment: it opens nothing again."""
    vouched_by: str = NONE
    """The relying party that identified the person, and its record."""
    relying_party_record: str = NONE


async def person_by_id(svc: Service, account: str) -> Person | None:
    """The person behind an account."""
    row = await people.account_by_id(svc.store, account)
    return await _person(svc, row) if row and row.id != ERASED else None


async def person_by_sub(svc: Service, sub: str) -> Person | None:
    """The person whom relying parties know by this `sub`."""
    row = await people.account_by_sub(svc.store, sub)
    return await _person(svc, row) if row else None


async def person_by_login(svc: Service, login: str) -> Person | None:
    """The person of a login name, as typed."""
    row = await people.account_by_login(svc.store, read_login(login))
    return await _person(svc, row) if row else None


async def person_known_to(svc: Service, client_id: str, sub: str) -> Person | None:
    """The person whom this relying party calls so, if they let it know them: a consent stands."""
    row, metadata = await people.account_known_to(svc.store, client_id, sub, svc.clock.now())
    sector = _sector(client_id, metadata)
    if sector:
        own = find_subject(svc.keys, sector, sub)
        row, _ = await people.account_known_to(svc.store, client_id, own, svc.clock.now())
    return await _person(svc, row) if row else None


@lru_cache(maxsize=1_000)
def _sector(client_id: str, metadata: str) -> str:
    stored = orjson.loads(metadata) if metadata else {}
    return sector_of(client_id, stored.get("redirect_uris", ()), stored.get("extra", {}))


@dataclass(frozen=True, slots=True)
class Assent:
    """A person's yes to a relying party: what they were shown, in which session. `text` is what the page said."""

    client_id: str
    scopes: tuple[str, ...]
    purpose: str
    text: str
    locale: str
    until: int
    authentication: str
    acr: str


async def consents_of(svc: Service, account: str) -> Mapping[str, ConsentRow]:
    """The consents that stand, by client id."""
    return await people.consents_of(svc.store, account, svc.clock.now())


async def consented_scopes(svc: Service, account: str, client_id: str) -> frozenset[str]:
    """What the person lets the relying party have."""
    row = await people.consent_of(svc.store, account, client_id, svc.clock.now())
    return frozenset(row.scopes.split()) if row else frozenset()


async def give_consent(svc: Service, person: Person, assent: Assent) -> str:
    """Put the consent in place of an earlier one of this pair, with its record; the record's id. Raises ReadOnly."""
    now = svc.clock.now()
    record = uuid7(now, svc.entropy)
    row = ConsentRow(" ".join(assent.scopes), record, now, assent.until)

    async def act(tx: Tx) -> Ticket:
        await people.put_consent(tx, person.id, assent.client_id, row)
        draft = _consent(svc, "given", record, now, person.subject, assent)
        return await svc.log.stage(tx, draft, {"consent_text": assent.text.encode()})

    await svc.log.settled(await svc.store.transact(act))
    return record


async def withdraw_consent(svc: Service, person: Person, client_id: str, authentication: str, acr: str) -> None:
    """End the consent, and every token that stands on it, with a record. NotFound when there is none."""
    now = svc.clock.now()
    record = uuid7(now, svc.entropy)

    async def act(tx: Tx) -> Ticket | None:
        row = await people.drop_consent(tx, person.id, client_id)
        if row is None:
            return None
        await grants.end_grants_of_consent(tx, person.id, client_id, now)
        assent = Assent(client_id, tuple(row.scopes.split()), "", "", "", row.until, authentication, acr)
        return await svc.log.stage(tx, _consent(svc, "withdrawn", record, now, person.subject, assent, row.record_id))

    ticket = await svc.store.transact(act)
    if ticket is None:
        raise NotFound("there is no such consent")
    await svc.log.settled(ticket)


def read_login(typed: str) -> str:
    """The one form of a login name: NFKC, small letters, no blanks around it."""
    return unicodedata.normalize("NFKC", typed).strip().casefold()


Also = Callable[[Tx, str], Awaitable[Sequence[Ticket]]]


async def enrol(svc: Service, enrolment: Enrolment, first: Body[None] | None = None, also: Also | None = None) -> str:
    """Make an account with password, TOTP and phone, each with its `credential` record; the account's id.

    `first` runs at the beginning of the transaction: what must hold, and is used up, together with the enrolment.
    `also` runs at its end with the account's id: what else the person is enrolled with; the tickets of its records.
    Raises Conflict, InvalidRequest for a short seed, PasswordRefused for a password that may not stand alone.
    """
    now = svc.clock.now()
    password = _check(svc, enrolment)
    account, subject = uuid7(now, svc.entropy), f"iin:{enrolment.iin}"
    secrets = {
        "password": (await svc.passwords.hash(password)).encode(),
        "totp": enrolment.totp_secret.encode(),
        "code": enrolment.address.encode(),
    }
    steps = {"totp": enrolment.totp_step}
    whose = Whose(subject, enrolment.name)
    ground = Ground(enrolment.ground, enrolment.vouched_by, enrolment.relying_party_record)
    factors = [
        new_factor(svc, account, method, secret, now + at, steps.get(method, -1))
        for at, (method, secret) in enumerate(secrets.items())
    ]
    phone = next(factor for factor in factors if factor.method == "code")
    plain = orjson.dumps([enrolment.iin, enrolment.name, enrolment.address, phone.id, phone.record_id])
    row = _account(svc, account, enrolment, now)

    async def act(tx: Tx) -> list[Ticket]:
        if first is not None:
            await first(tx)
        handle = await svc.log.vault.enter(tx, subject)
        sealed = await svc.log.vault.seal_for(tx, handle, f"account/{account}", plain)
        if not await people.insert_account(tx, replace(row, subject=unb64url(handle), sealed=sealed)):
            raise Conflict("this login name or this person has an account already")
        tickets = []
        for factor in factors:
            if factor.method in OF_THE_PERSON:
                address = await svc.log.vault.seal_for(tx, handle, f"factor/{factor.id}", secrets[factor.method])
                factor = replace(factor, sealed=address)
                await people.index_address(tx, address_mac(svc, enrolment.address), account)
            await people.insert_factor(tx, factor)
            draft = enrolled(svc, factor, whose, ground, now, enrolment.address)
            tickets.append(await svc.log.stage(tx, draft))
        return [*tickets, *(await also(tx, account) if also else ())]

    for ticket in await svc.store.transact(act):
        await svc.log.settled(ticket)
    return account


def address_mac(svc: Service, address: str) -> bytes:
    """By what an address is found: a digest under a key that is not in the database."""
    return svc.keys.mac("address-index", address.casefold().encode())


def _account(svc: Service, account: str, enrolment: Enrolment, now: int) -> AccountRow:
    """The row, still without the person's handle and what is sealed under their key."""
    return AccountRow(
        id=account,
        login=read_login(enrolment.login),
        subject=b"",
        sub=b64url(svc.entropy(SUB_BYTES)),
        sealed=b"",
        locale=enrolment.locale,
        state="active",
        failures=0,
        created_at=now,
    )


def _demand_seed(totp_secret: str) -> None:
    try:
        seed = b32decode(totp_secret, casefold=True)
    except ValueError as error:
        raise InvalidRequest("totp_secret: base32 is needed") from error
    if len(seed) < SHORTEST_SEED:
        raise InvalidRequest(f"totp_secret: {SHORTEST_SEED * 8} bits at least")


def _check(svc: Service, enrolment: Enrolment) -> str:
    """The password in its one form; refusals of a weak password or seed."""
    _demand_seed(enrolment.totp_secret)
    return check_password(svc, enrolment.password, enrolment.login, enrolment.name)


def check_password(svc: Service, password: str, *names: str) -> str:
    """A new password in its one form. Raises PasswordRefused: too short, or what others would guess first."""
    known = (*names, svc.settings.organisation)
    return check_new(password, alone=True, is_blocked=lambda typed: is_common(typed) or contains_name(typed, known))


def _consent(
    svc: Service, event: str, record: str, now: int, subject: str, assent: Assent, about: str = ""
) -> kinds.Consent:
    return kinds.Consent(
        id=record,
        time=now,
        consent_event=event,
        person=subject,
        about=(about,) if about else (),
        rp=assent.client_id,
        authentication=assent.authentication,
        acr=assent.acr,
        consent_scope=" ".join(assent.scopes),
        consent_purpose=assent.purpose,
        consent_text=b64url(hashlib.sha256(assent.text.encode()).digest()) if assent.text else "",
        locale=assent.locale,
        consent_until=assent.until,
        template_record=svc.in_force.get("templates", NONE),
        policy_record=svc.in_force.get("login_policy", NONE),
    )


async def _person(svc: Service, row: AccountRow) -> Person | None:
    """The person of a row; None when their key was destroyed since the row was read."""
    known = _OPENED.get(row.sealed)
    if known is None:
        plain = await svc.log.vault.open_for(svc.store, b64url(row.subject), f"account/{row.id}", row.sealed)
        if plain is None:
            return None
        known = tuple(orjson.loads(plain))
        _OPENED[row.sealed] = known
        if len(_OPENED) > OPENED_KEPT:
            _OPENED.pop(next(iter(_OPENED)), None)
    iin, name, address, address_id, address_record = known
    return Person(row.id, row.login, row.sub, f"iin:{iin}", name, row.locale, address, address_id, address_record)


def forget_all() -> None:
    """Nothing that was opened stays in this process's memory."""
    _OPENED.clear()


OPENED_KEPT = 2048
_OPENED: dict[bytes, tuple[str, ...]] = {}
"""What sealed bytes held: the row is read each time, and its bytes have one reading (their nonce is their own)."""
