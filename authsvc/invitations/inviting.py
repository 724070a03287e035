"""Who invites: a relying party with the permission, or the operator on the first day."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields

import orjson

from authsvc import staff
from authsvc.addresses import read_address
from authsvc.clock import uuid7
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence.forms import NONE
from authsvc.invitations import words
from authsvc.keys import b64url
from authsvc.limits import Budget
from authsvc.outside import Message, channel_of
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import invitations as rows
from authsvc.store.invitations import InvitationRow

TOKEN_BYTES = 20
"""160 bits: nobody guesses a link, so its tries need no count."""
HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS
OPEN_MS = 7 * DAY_MS
FIRST_MS = DAY_MS
"""The link that the operator's command prints is good for a day."""
KEPT_MS = 30 * DAY_MS
ENOUGH_STAFF = 2
"""So many natural persons can approve for one another; from then on nobody is invited from the command line."""
OF_CLIENT = Budget("invitations", 2_000, DAY_MS)
PURPOSE = "invitation"
MEMBERS = ("iin", "name", "locale", "address")


@dataclass(frozen=True, slots=True)
class Inviter:
    """The relying party that has identified the person: its names by language, and its `administration` record."""

    client_id: str
    name: Mapping[str, str]
    record: str


@dataclass(frozen=True, slots=True)
class Invited:
    """Who may enrol, on whose word (`ground`, `vouched_by`), and with which role of staff, if any."""

    iin: str
    name: str
    locale: str
    address: str
    ground: str
    role: str = ""
    vouched_by: str = NONE
    relying_party_record: str = NONE
    mailbox: str = ""
    """A second address, for notices."""
    salt: str = ""
    """Of recovery codes that were handed over already; they stand with the enrolment."""
    hashes: tuple[str, ...] = ()


def read_invited(body: object, ground: str) -> Invited:
    """{iin, name, locale, address}, each checked. Raises InvalidRequest, which names the member and never the value."""
    if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
        raise InvalidRequest("a JSON object of texts is expected")
    if unknown := sorted(body.keys() - set(MEMBERS)):
        raise InvalidRequest(f"unknown member: {unknown[0]}")
    if missing := sorted(set(MEMBERS) - body.keys()):
        raise InvalidRequest(f"member missing: {missing[0]}")
    name = " ".join(unicodedata.normalize("NFC", body["name"]).split())
    if re.fullmatch(r"[0-9]{12}", body["iin"]) is None:
        raise InvalidRequest("iin: 12 digits")
    if not 0 < len(name) <= 200 or not name.isprintable():
        raise InvalidRequest("name: 1 to 200 letters")
    if body["locale"] not in ("kk", "ru", "en"):
        raise InvalidRequest("locale: kk, ru or en")
    address = read_address(body["address"])
    return Invited(body["iin"], name, body["locale"], address, ground)


async def invite(svc: Service, inviter: Inviter, body: object, key: ReplayKey) -> str:
    """A relying party invites; the link goes to the person's own address. The invitation's id, and nothing of whether
    the person has an account already. Raises InvalidRequest, TooManyAttempts, ReadOnly."""
    svc.log.demand_writable()
    ground = f"invited by the relying party {inviter.client_id}, which has identified the person"
    known = read_invited(body, ground)
    invited = Invited(known.iin, known.name, known.locale, known.address, ground, "", inviter.client_id, inviter.record)
    if (replayed := await key.find(svc.store)) is not None:
        return replayed
    address = b64url(svc.keys.mac("limits", invited.address.encode()))
    await svc.limits.spend(OF_CLIENT, inviter.client_id)
    await svc.limits.spend(Budget("sends-hour", svc.settings.sends_an_hour, HOUR_MS), address)
    await svc.limits.spend(Budget("sends-day", svc.settings.sends_a_day, DAY_MS), address)
    row, link = open_link(svc, invited, inviter.client_id, OPEN_MS)
    message = _message(svc, invited, inviter, link, row.expires_at)
    delivery, posting = svc.courier.prepare(message)

    async def act(tx: Tx) -> str:
        made = await key.claim(tx, row.id, svc.clock.now())
        if made == row.id:
            await tx.together(rows.to_insert(row), posting)
        return made

    made = await svc.store.transact(act)
    if made == row.id:
        svc.courier.hand_over(delivery, message)
    return made


async def bootstrap(svc: Service, body: object, role: str, ground: str) -> str:
    """The operator invites one of the first members of staff; the link, told to the operator alone.

    Raises InvalidRequest; Conflict once two natural persons hold roles: from then on nobody is enrolled by one alone.
    """
    svc.log.demand_writable()
    if role not in staff.ROLES or not ground:
        raise InvalidRequest(f"a role is one of {', '.join(staff.ROLES)}, and a ground is named")
    holders = {account for account, _ in await staff.holders(svc)}
    if len(holders) >= ENOUGH_STAFF:
        raise Conflict("two members of staff are there already: the first day of this deployment is over")
    known = read_invited(body, f"first day of the deployment, by its operator: {ground}")
    invited = Invited(known.iin, known.name, known.locale, known.address, known.ground, role)
    row, link = open_link(svc, invited, "", FIRST_MS)
    await svc.store.transact(lambda tx: tx.together(rows.to_insert(row)))
    return link


async def state_of(svc: Service, client_id: str, invitation: str) -> tuple[str, int]:
    """(open, used or over; until when) for the relying party that invited. NotFound for all others."""
    row = await rows.by_id(svc.store, invitation)
    if row is None or row.client_id != client_id:
        raise NotFound("no such invitation")
    over = row.state == rows.OPEN and row.expires_at <= svc.clock.now()
    return "over" if over else row.state, row.expires_at


async def prune(svc: Service) -> None:
    """Forget invitations that ended a month ago."""
    before = svc.clock.now() - KEPT_MS
    await svc.store.transact(lambda tx: rows.prune(tx, before))


def hash_token(token: str) -> bytes:
    """How a link is stored: 160 random bits need no salt."""
    return hashlib.sha256(token.encode()).digest()


def open_link(svc: Service, invited: Invited, client_id: str, lifetime: int) -> tuple[InvitationRow, str]:
    """An invitation about to be written, and its link."""
    now = svc.clock.now()
    name, token = uuid7(now, svc.entropy), b64url(svc.entropy(TOKEN_BYTES))
    plain = [getattr(invited, each.name) for each in fields(Invited)]
    sealed = svc.keys.seal(PURPOSE, orjson.dumps(plain), name.encode())
    row = InvitationRow(name, hash_token(token), client_id, sealed, rows.OPEN, now + lifetime)
    return row, f"{svc.settings.issuer}/invitations/{token}"


def _message(svc: Service, invited: Invited, inviter: Inviter, link: str, until: int) -> Message:
    organisation = svc.settings.organisation
    text = words.TEXT.say(invited.locale, party=inviter.name[invited.locale], organisation=organisation, link=link)
    return Message(
        channel_of(invited.address),
        invited.address,
        text,
        "",
        link=link,
        subject=words.SUBJECT.say(invited.locale),
        until=until,
    )
