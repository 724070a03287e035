"""Accounts: who a person is here, and how they were enrolled (each factor with its `credential` record)."""

from dataclasses import dataclass

import orjson

from authsvc.clock import uuid7
from authsvc.errors import Conflict
from authsvc.evidence import kinds
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url
from authsvc.service import Service
from authsvc.store import Tx, people
from authsvc.store.people import AccountRow, FactorRow

SUB_BYTES = 16


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


async def person_by_id(svc: Service, account: str) -> Person | None:
    """The person behind an account."""
    row = await people.account_by_id(svc.store, account)
    return await _person(svc, row) if row else None


async def person_by_sub(svc: Service, sub: str) -> Person | None:
    """The person whom relying parties know by this `sub`."""
    row = await people.account_by_sub(svc.store, sub)
    return await _person(svc, row) if row else None


async def person_by_login(svc: Service, login: str) -> Person | None:
    """The person of a login name."""
    row = await people.account_by_login(svc.store, login)
    return await _person(svc, row) if row else None


async def person_known_to(svc: Service, client_id: str, sub: str) -> Person | None:
    """The person of this `sub`, if they let this relying party know them: a consent stands."""
    row = await people.account_known_to(svc.store, client_id, sub, svc.clock.now())
    return await _person(svc, row) if row else None


async def enrol(svc: Service, enrolment: Enrolment) -> str:
    """Make an account with password, TOTP and phone, each with its `credential` record; the account's id. Conflict."""
    now = svc.clock.now()
    account = uuid7(now, svc.entropy)
    subject = f"iin:{enrolment.iin}"
    secrets = {
        "password": (await svc.passwords.hash(enrolment.password)).encode(),
        "totp": enrolment.totp_secret.encode(),
        "code": enrolment.address.encode(),
    }
    factors = [
        FactorRow(
            id=(factor := uuid7(now + place, svc.entropy)),
            account=account,
            method=method,
            version=1,
            sealed=svc.keys.seal("factor", secret, factor.encode()),
            last_step=-1,
            state="active",
            record_id=uuid7(now + place, svc.entropy),
            enrolled_at=now,
        )
        for place, (method, secret) in enumerate(secrets.items())
    ]
    phone = next(factor for factor in factors if factor.method == "code")
    plain = orjson.dumps([enrolment.iin, enrolment.name, enrolment.address, phone.id, phone.record_id])
    row = AccountRow(
        id=account,
        login=enrolment.login,
        iin_mac=svc.keys.mac("iin", enrolment.iin.encode()),
        sub=b64url(svc.entropy(SUB_BYTES)),
        sealed=svc.keys.seal("account", plain, account.encode()),
        locale=enrolment.locale,
        state="active",
        failures=0,
        created_at=now,
    )

    async def act(tx: Tx) -> list[Ticket]:
        if not await people.insert_account(tx, row):
            raise Conflict("this login name or this person has an account already")
        tickets = []
        for factor in factors:
            await people.insert_factor(tx, factor)
            tickets.append(await svc.log.stage(tx, _credential(svc, factor, subject, enrolment, now)))
        return tickets

    for ticket in await svc.store.transact(act):
        await svc.log.settled(ticket)
    return account


def _credential(svc: Service, factor: FactorRow, subject: str, enrolment: Enrolment, now: int) -> kinds.Credential:
    return kinds.Credential(
        id=factor.record_id,
        time=now,
        credential_event="enrolled",
        factor_method=factor.method,
        person=subject,
        authentication=NONE,
        acr=NONE,
        person_name=enrolment.name,
        factor=factor.id,
        factor_key="none",
        person_address=enrolment.address if factor.method == "code" else "",
        credential_ground=enrolment.ground,
        vouched_by=NONE,
        relying_party_record=NONE,
        policy_record=svc.in_force.get("confirmation_policy", NONE),
        trust_store_record=NONE,
    )


async def _person(svc: Service, row: AccountRow) -> Person:
    iin, name, address, address_id, address_record = orjson.loads(
        svc.keys.unseal("account", row.sealed, row.id.encode())
    )
    return Person(row.id, row.login, row.sub, f"iin:{iin}", name, row.locale, address, address_id, address_record)
