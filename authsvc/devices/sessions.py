"""The session of a device: opened with its key, told in an `authentication` record, its token bound to the key (DPoP).

The token holds all of it, sealed; whether device and account still stand is looked at every time, so a revocation or a
freeze counts at once.
"""

import hashlib
from dataclasses import dataclass

import orjson

from authsvc import accounts
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.devices.enrolling import end_device
from authsvc.devices.keeping import METHOD, Device, find_device
from authsvc.devices.nonces import use_nonce
from authsvc.errors import Forbidden, Unauthenticated
from authsvc.evidence import kinds
from authsvc.evidence.forms import NONE
from authsvc.evidence.log import Ticket
from authsvc.keys import SealBroken, b64url, unb64url
from authsvc.limits import Budget
from authsvc.service import Service
from authsvc.store import Tx, people
from confirmations.assurance import SINGLE
from confirmations.challenge import Accepted, make_nonce, write_answers
from confirmations.device import SESSION, read_opening, verify
from confirmations.errors import DeviceRefused
from confirmations.login_statement import LoginStatement
from confirmations.statement import RelyingParty

LIFETIME_MS = 12 * 60 * 60 * 1000
OPENINGS = Budget("device-sessions", 40, 24 * 60 * 60 * 1000)
"""Sessions of one device in a day: each is a record in a log that can't be pruned."""
STATEMENT_MS = 5 * 60 * 1000
SID_BYTES = 16
_PURPOSE = "device-session"


@dataclass(frozen=True, slots=True)
class Caller:
    """A device in its session: whose it is, its `authentication` record, where from. `acr`: what the key shows."""

    account: str
    device: Device
    authentication: str
    acr: str = SINGLE
    ip: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """The token of a session; until when (ms)."""

    token: str
    until: int


async def open_session(svc: Service, thumbprint: str, message: bytes, signature: str, ip: str) -> Opened:
    """Open a session for the device of this key. Raises DeviceRefused, TooManyAttempts, Forbidden, ReadOnly."""
    svc.log.demand_writable()
    svc.switches.demand("method", METHOD)
    device = await find_device(svc, thumbprint)
    if device is None:
        raise DeviceRefused("device", "no active device has this key")
    opening = read_opening(message)
    verify(SESSION, message, signature, device.key)
    if (opening.device, opening.service) != (device.row.id, svc.settings.issuer):
        raise DeviceRefused("device", "the message is of another device, or for another service")
    await use_nonce(svc, opening.nonce)
    await svc.limits.spend(OPENINGS, device.row.id)
    person = await accounts.person_by_id(svc, device.row.account)
    if person is None:
        raise DeviceRefused("device", "no active device has this key")
    record, sid = uuid7(svc.clock.now(), svc.entropy), b64url(svc.entropy(SID_BYTES))
    statement = _state(svc, person)
    evidence = {"device": device.row.id, "key": thumbprint, "signature": signature, "signed": message.decode()}
    answers = write_answers([Accepted(METHOD, evidence)])
    draft = _record(svc, device, person, record, sid, statement.digest(), answers, ip)

    async def act(tx: Tx) -> Ticket | None:
        if not await people.hold_factor(tx, device.row.id, device.row.version):
            return None
        if not await people.is_account_active(tx, device.row.account):
            return None
        return await svc.log.stage(tx, draft, {"login_statement": statement.canonical(), "login_answer": answers})

    ticket = await svc.store.transact(act)
    if ticket is None:
        raise Forbidden("this device opens no session now")
    await svc.log.settled(ticket)
    until = svc.clock.now() + LIFETIME_MS
    return Opened(b64url(svc.keys.seal(_PURPOSE, orjson.dumps([thumbprint, record, until]), b"")), until)


async def read_session(svc: Service, token: str, thumbprint: str, ip: str) -> Caller:
    """The device behind a token that came with a proof by this key. Raises Unauthenticated."""
    try:
        bound_to, record, until = orjson.loads(svc.keys.unseal(_PURPOSE, unb64url(token), b""))
    except (SealBroken, ValueError) as error:
        raise Unauthenticated("this is no session of a device") from error
    if bound_to != thumbprint or until <= svc.clock.now():
        raise Unauthenticated("the session of this device is over; open another one")
    device = await find_device(svc, thumbprint)
    account = await people.account_by_id(svc.store, device.row.account) if device else None
    if device is None or account is None or account.state != "active":
        raise Unauthenticated("the session of this device is over; open another one")
    return Caller(device.row.account, device, record, ip=ip)


async def leave(svc: Service, caller: Caller) -> None:
    """The device ends its own enrolment. Raises NotFound, ReadOnly."""
    await end_device(svc, caller.device, caller.authentication, caller.acr, "revoked by the device itself")


def _state(svc: Service, person: Person) -> LoginStatement:
    """What the device did: sign in to ourselves, by its key alone."""
    now = svc.clock.now()
    return LoginStatement(
        id=uuid7(now, svc.entropy),
        nonce=make_nonce(svc.entropy),
        rp=RelyingParty(svc.settings.issuer, svc.settings.organisation),
        subject=person.sub,
        acr=SINGLE,
        methods=((METHOD,),),
        created=now,
        expires=now + STATEMENT_MS,
    )


def _record(
    svc: Service, device: Device, person: Person, record: str, sid: str, statement: str, answers: bytes, ip: str
) -> kinds.Authentication:
    now = svc.clock.now()
    return kinds.Authentication(
        id=record,
        time=now,
        login="accepted",
        login_method=(METHOD,),
        login_acr=SINGLE,
        login_statement=statement,
        person=person.subject,
        mandate=NONE,
        person_name=person.name,
        credential=(device.row.record_id,),
        login_answer=b64url(hashlib.sha256(answers).digest()),
        tries=1,
        first_try=now,
        last_try=now,
        person_ip=ip,
        person_device=f"{device.app.name} {device.app.version} ({device.app.publisher})",
        login_session=sid,
        vouched_by=NONE,
        relying_party_record=NONE,
        policy_record=svc.in_force.get("login_policy", NONE),
    )
