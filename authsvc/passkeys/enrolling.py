"""Enrolment, naming and revocation, by the person in their own session; each a `credential` record and a message.

The session must be fresh (`authsvc.factors`): the page asks for it, and the act demands it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson

from authsvc import warning
from authsvc.accounts import Person
from authsvc.clock import uuid7
from authsvc.credentials import new_row
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence import kinds
from authsvc.evidence.log import Ticket
from authsvc.factors import By, demand_fresh, read_name
from authsvc.in_session import own_ground, person_of, whose_of
from authsvc.keys import SealBroken, b64url, unb64url
from authsvc.passkeys import words
from authsvc.passkeys.keeping import (
    METHOD,
    NO_COUNTER,
    Passkey,
    handle_of,
    lookup_of,
    open_passkey,
    record_of,
    rp_id_of,
    seal_passkey,
)
from authsvc.service import Service
from authsvc.store import Tx, people
from confirmations.methods import passkey as method

MOST = 20
"""Passkeys of one person."""
OFFER_MS = 10 * 60 * 1000
CHALLENGE_BYTES = 32
_PURPOSE = "passkey-offer"
_OWN_GROUND = "by the person, in their own session"


@dataclass(frozen=True, slots=True)
class Offer:
    """An enrolment begun: the sealed ticket that comes back with the answer, and the options for the authenticator."""

    ticket: str
    options: bytes


async def listed(svc: Service, account: str) -> Sequence[Passkey]:
    """The person's passkeys, suspended ones too, oldest first."""
    return [open_passkey(svc, row) for row in await people.kept_factors(svc.store, account, METHOD)]


async def begin(svc: Service, by: By) -> Offer:
    """Offer an enrolment. Raises Forbidden for a session that is too weak or too old, NotFound."""
    demand_fresh(svc, by)
    person = await person_of(svc, by)
    challenge = svc.entropy(CHALLENGE_BYTES)
    plain = orjson.dumps([b64url(challenge), by.account, svc.clock.now() + OFFER_MS])
    ticket = b64url(svc.keys.seal(_PURPOSE, plain, by.sid.encode()))
    known = await listed(svc, by.account)
    options = {
        "rp": {"id": rp_id_of(svc), "name": svc.settings.organisation},
        "user": {"id": b64url(handle_of(svc, by.account)), "name": person.login, "displayName": person.name},
        "challenge": b64url(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in method.Policy().algorithms],
        "timeout": OFFER_MS // 2,
        "excludeCredentials": [{"type": "public-key", "id": b64url(each.credential_id)} for each in known],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }
    return Offer(ticket, orjson.dumps(options))


async def enrol(svc: Service, by: By, ticket: str, answer: str, name: str) -> str:
    """Take the authenticator's answer; the factor's id. The person's phone hears of it.

    Raises InvalidRequest, Forbidden, Conflict, PasskeyRefused, ReadOnly.
    """
    svc.log.demand_writable()
    demand_fresh(svc, by)
    called = read_name(name)
    person = await person_of(svc, by)
    challenge = await _open_ticket(svc, by, ticket)
    registered = method.judge_registration(
        answer, challenge=challenge, rp_id=rp_id_of(svc), origins=(svc.settings.issuer,), policy=method.Policy()
    )
    passkey = _made(svc, by.account, registered, called)
    row, now = passkey.row, passkey.row.enrolled_at
    draft = _record(svc, passkey, by, person, row.record_id, now, "enrolled")
    notice = await warning.prepare(svc, person, words.ADDED)

    async def act(tx: Tx) -> Ticket:
        if not await people.add_factor(tx, row, MOST):
            raise Conflict(f"this passkey is known already, or there are {MOST} of them")
        await tx.together(*notice.changes)
        return await svc.log.stage(tx, draft)

    ticket_of_log = await svc.store.transact(act)
    notice.send(svc)
    await svc.log.settled(ticket_of_log)
    return row.id


def _made(svc: Service, account: str, registered: method.Registered, name: str) -> Passkey:
    """The passkey with its row, about to be written."""
    step = registered.sign_count or NO_COUNTER
    row = new_row(svc, account, METHOD, svc.clock.now(), step, lookup_of(registered.credential_id))
    known = registered.credential_id, registered.public_key, registered.backup_eligible, registered.registration
    passkey = Passkey(row, name, *known)
    return replace(passkey, row=replace(row, sealed=seal_passkey(svc, row.id, passkey)))


async def rename(svc: Service, by: By, factor: str, name: str) -> None:
    """Call it otherwise: a name is the person's own mark and no evidence. Raises InvalidRequest, NotFound, Conflict."""
    known = await _own(svc, by.account, factor)
    sealed = seal_passkey(svc, factor, replace(known, name=read_name(name)))

    async def act(tx: Tx) -> bool:
        return await people.reseal_factor(tx, factor, by.account, known.row.sealed, sealed)

    if not await svc.store.transact(act):
        raise Conflict("the passkey was changed meanwhile")


async def revoke(svc: Service, by: By, factor: str) -> None:
    """It opens nothing any more. Raises Forbidden for a session that is too old, NotFound, ReadOnly."""
    svc.log.demand_writable()
    demand_fresh(svc, by)
    known, person = await _own(svc, by.account, factor), await person_of(svc, by)
    now = svc.clock.now()
    draft = _record(svc, known, by, person, uuid7(now, svc.entropy), now, "revoked")
    notice = await warning.prepare(svc, person, words.REMOVED)

    async def act(tx: Tx) -> Ticket:
        if not await people.change_factor_state(tx, factor, by.account, known.row.state, "revoked"):
            raise NotFound("there is no such passkey")
        await tx.together(*notice.changes)
        return await svc.log.stage(tx, draft)

    ticket = await svc.store.transact(act)
    notice.send(svc)
    await svc.log.settled(ticket)


async def _own(svc: Service, account: str, factor: str) -> Passkey:
    found = next((each for each in await listed(svc, account) if each.row.id == factor), None)
    if found is None:
        raise NotFound("there is no such passkey")
    return found


async def _open_ticket(svc: Service, by: By, ticket: str) -> bytes:
    """The challenge of an offer made in this session, once."""
    try:
        challenge, account, until = orjson.loads(svc.keys.unseal(_PURPOSE, unb64url(ticket), by.sid.encode()))
    except (SealBroken, ValueError) as error:
        raise InvalidRequest("this enrolment was not begun in this session") from error
    if account != by.account or until <= svc.clock.now():
        raise InvalidRequest("the time of this enrolment is over; begin again")
    if not await svc.ephemeral.add(f"passkey-offer:{challenge}", OFFER_MS):
        raise InvalidRequest("this enrolment was used; begin again")
    return unb64url(challenge)


def _record(
    svc: Service, passkey: Passkey, by: By, person: Person, record: str, now: int, event: str
) -> kinds.Credential:
    return record_of(svc, passkey, event, record, whose_of(person), own_ground(by, f"{event} {_OWN_GROUND}"), now)
