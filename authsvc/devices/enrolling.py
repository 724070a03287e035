"""Enrolment of a device (docs/devices.md): an activation given in a fresh session, then a message that its key signs.

Each change is a `credential` record and a message over the person's other channel (NIST 800-63B-4 4.1.2: a new
authenticator is bound at the level of the session that binds it).
"""

import hashlib
from dataclasses import dataclass, replace

import orjson

from authsvc import accounts, warning
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.credentials import Ground, new_row
from authsvc.devices import words
from authsvc.devices.keeping import METHOD, SERVICE, Device, listed, lookup_of, record_of, seal_device
from authsvc.devices.nonces import use_nonce
from authsvc.errors import Conflict, NotFound
from authsvc.evidence.log import Ticket
from authsvc.factors import By, demand_fresh, read_name
from authsvc.in_session import whose_of
from authsvc.keys import b64url
from authsvc.limits import Budget
from authsvc.service import Service
from authsvc.store import Tx, grants, people
from confirmations.device import ENROLMENT, Enrolment, key_id, read_enrolment, verify
from confirmations.errors import DeviceRefused

__all__ = ["Activation", "begin", "end_device", "enrol", "listed", "rename", "revoke"]

MOST = 10
"""Devices of one person."""
ACTIVATION_MS = 10 * 60 * 1000
TRIES = Budget("device-enrol", 30, 60 * 60 * 1000)
"""Enrolments from one address: an activation of 50 bits is not guessed in so many."""
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = 10


@dataclass(frozen=True, slots=True)
class Activation:
    """A code of one use that an app turns into an enrolment; until when (ms)."""

    code: str
    until: int


async def begin(svc: Service, by: By, *, own: bool) -> Activation:
    """Offer an enrolment: to our own page (`own`), or to the app of a relying party. Raises Forbidden."""
    demand_fresh(svc, by)
    drawn = int.from_bytes(svc.entropy(16), "big")
    code = "".join(_ALPHABET[drawn >> (5 * at) & 31] for at in range(_LETTERS))
    until = svc.clock.now() + ACTIVATION_MS
    kept = orjson.dumps([by.account, by.authentication, by.acr, own])
    await svc.ephemeral.put(_key(svc, code), kept, ACTIVATION_MS)
    return Activation(f"{code[:5]}-{code[5:]}", until)


async def enrol(svc: Service, message: bytes, signature: str, ip: str) -> Device:
    """Take the message of a new device; the person hears of it, on all their addresses.

    Raises DeviceRefused, Conflict, TooManyAttempts, InvalidRequest, ReadOnly.
    """
    svc.log.demand_writable()
    await svc.limits.spend(TRIES, b64url(svc.keys.mac("limits", ip.encode())))
    enrolment = read_enrolment(message)
    verify(ENROLMENT, message, signature, enrolment.key)
    name = read_name(enrolment.name)
    await use_nonce(svc, enrolment.nonce)
    given = await svc.ephemeral.take(_key(svc, read_code(enrolment.activation)))
    if given is None:
        raise DeviceRefused("activation", "the activation is not known, was used, or its time is over")
    account, authentication, acr, own = orjson.loads(given)
    await _check_publisher(svc, enrolment, own)
    person = await _person(svc, account)
    device = _made(svc, account, acr, enrolment, name, hashlib.sha256(message + signature.encode()).digest())
    text = "enrolled by the person, with an activation given in their own session"
    ground, row = Ground(text, authentication=authentication, acr=acr), device.row
    draft = record_of(svc, device, "enrolled", row.record_id, whose_of(person), ground, row.enrolled_at)
    notice = await warning.prepare(svc, person, words.ADDED, subject=words.SUBJECT)

    async def act(tx: Tx) -> Ticket:
        if not await people.add_factor(tx, device.row, MOST):
            raise Conflict(f"this key is enrolled already, or there are {MOST} devices")
        await tx.together(*notice.changes)
        return await svc.log.stage(tx, draft)

    ticket = await svc.store.transact(act)
    notice.send(svc)
    await svc.log.settled(ticket)
    return device


async def rename(svc: Service, by: By, factor: str, name: str) -> None:
    """Call it otherwise: a name is the person's own mark and no evidence. Raises InvalidRequest, NotFound, Conflict."""
    known = await _own(svc, by.account, factor)
    sealed = seal_device(svc, replace(known, name=read_name(name)))

    async def act(tx: Tx) -> bool:
        return await people.reseal_factor(tx, factor, by.account, known.row.sealed, sealed)

    if not await svc.store.transact(act):
        raise Conflict("the device was changed meanwhile")


async def revoke(svc: Service, by: By, factor: str) -> None:
    """It answers nothing any more. Raises Forbidden for a session that is too old, NotFound, ReadOnly."""
    demand_fresh(svc, by)
    known = await _own(svc, by.account, factor)
    await end_device(svc, known, by.authentication, by.acr, "revoked by the person, in their own session")


async def end_device(svc: Service, known: Device, authentication: str, acr: str, ground: str) -> None:
    """End an enrolment, with its record; the person hears of it, on all their addresses. Raises NotFound, ReadOnly."""
    svc.log.demand_writable()
    person = await _person(svc, known.row.account)
    now = svc.clock.now()
    why = Ground(ground, authentication=authentication, acr=acr)
    draft = record_of(svc, known, "revoked", uuid7(now, svc.entropy), whose_of(person), why, now)
    notice = await warning.prepare(svc, person, words.REMOVED, subject=words.SUBJECT)

    async def act(tx: Tx) -> Ticket:
        if not await people.change_factor_state(tx, known.row.id, known.row.account, known.row.state, "revoked"):
            raise NotFound("there is no such device")
        await tx.together(*notice.changes)
        return await svc.log.stage(tx, draft)

    ticket = await svc.store.transact(act)
    notice.send(svc)
    await svc.log.settled(ticket)


def read_code(typed: str) -> str:
    """An activation in its one form: capital letters, no grouping, Crockford's look-alikes read as meant."""
    plain = "".join(letter for letter in typed.upper() if letter.isalnum())
    return plain.translate(str.maketrans("ILO", "110"))


async def _check_publisher(svc: Service, enrolment: Enrolment, own: bool) -> None:
    """Our own page alone is the service's; another app belongs to a relying party that is known here."""
    publisher = enrolment.app.publisher
    if own != (publisher == SERVICE):
        raise DeviceRefused("publisher", "the activation was given to another kind of app")
    if not own and await grants.relying_party(svc.store, publisher) is None:
        raise DeviceRefused("publisher", "the publisher of an app is a relying party that is known here")


def _made(svc: Service, account: str, acr: str, enrolment: Enrolment, name: str, registration: bytes) -> Device:
    """The device with its row, about to be written."""
    row = new_row(svc, account, METHOD, svc.clock.now(), 0, lookup_of(key_id(enrolment.key)))
    device = Device(row, name, enrolment.key, enrolment.app, acr, registration)
    return replace(device, row=replace(row, sealed=seal_device(svc, device)))


def _key(svc: Service, code: str) -> str:
    return "device-activation:" + b64url(svc.keys.mac("device-activation", code.encode()))


async def _person(svc: Service, account: str) -> Person:
    person = await accounts.person_by_id(svc, account)
    if person is None:
        raise NotFound("no such person")
    return person


async def _own(svc: Service, account: str, factor: str) -> Device:
    found = next((each for each in await listed(svc, account) if each.row.id == factor), None)
    if found is None:
        raise NotFound("there is no such device")
    return found
