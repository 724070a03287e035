"""A relying party's endpoints: registered, with a secret of their own that can be changed without a gap, and removed.

Each registration and removal is an `administration` record of the relying party.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson

from authsvc.clock import uuid7
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence import kinds
from authsvc.evidence.log import Ticket
from authsvc.keys import b64url, unb64url
from authsvc.outside.http import Unreachable
from authsvc.outside.webhook import write_secret
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import webhooks as rows
from authsvc.store.webhooks import DeliveryRow, EndpointRow
from authsvc.webhooks.announcing import EVENTS

MOST = 10
"""Endpoints of one client."""
LONGEST_URL = 2_048
SECRET_BYTES = 32
OVERLAP_MS = 24 * 3600 * 1000
"""So long an event also carries the signature by the secret before."""
PAGE = 100
AT_ONCE = 1_000
"""Events that one call replays by id."""
_PURPOSE = "webhook"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events go: the address, the secrets that sign now (newest first), and until when the older one does."""

    row: EndpointRow
    url: str
    secret: bytes
    before: bytes = b""
    before_until: int = 0

    def secrets(self, now: int) -> Sequence[bytes]:
        """What an event is signed with."""
        return (self.secret, self.before) if self.before and now < self.before_until else (self.secret,)

    @property
    def told(self) -> str:
        """The secret as the receiver configures it."""
        return write_secret(self.secret)


def open_endpoint(svc: Service, row: EndpointRow) -> Endpoint:
    """Address and secrets of a row."""
    url, secret, before, until = orjson.loads(svc.keys.unseal(_PURPOSE, row.sealed, row.id.encode()))
    return Endpoint(row, url, unb64url(secret), unb64url(before), until)


def _seal(svc: Service, name: str, url: str, secret: bytes, before: bytes = b"", until: int = 0) -> bytes:
    plain = orjson.dumps([url, b64url(secret), b64url(before), until])
    return svc.keys.seal(_PURPOSE, plain, name.encode())


def read_events(wanted: object) -> tuple[str, ...]:
    """The events asked for, each once and in our order; `confirmation.*` stands for all of a family."""
    if not isinstance(wanted, list) or not wanted or not all(isinstance(each, str) for each in wanted):
        raise InvalidRequest("events: a list of texts is expected")
    found = set()
    for pattern in wanted:
        family = re.fullmatch(r"([a-z]+)\.\*", pattern)
        named = {each for each in EVENTS if each == pattern or (family and each.startswith(family[1] + "."))}
        if not named:
            raise InvalidRequest(f"events: known are {', '.join(EVENTS)}, and `confirmation.*`")
        found |= named
    return tuple(each for each in EVENTS if each in found)


async def register(svc: Service, client_id: str, url: object, events: Sequence[str], key: ReplayKey) -> Endpoint:
    """A new endpoint with a secret of its own; for a replayed key the one that was made then.

    Raises InvalidRequest for an address that is not https to a public host, Conflict when the client has MOST already,
    ReadOnly.
    """
    svc.log.demand_writable()
    address = await _demand_address(svc, url)
    now = svc.clock.now()
    name, record = uuid7(now, svc.entropy), uuid7(now, svc.entropy)
    sealed = _seal(svc, name, address, svc.entropy(SECRET_BYTES))
    row = EndpointRow(name, client_id, sealed, " ".join(events), rows.ACTIVE, now)
    told = orjson.dumps({"endpoint": name, "events": list(events)})

    async def act(tx: Tx) -> tuple[str, Ticket | None]:
        if (known := await key.claim(tx, name, now)) != name:
            return known, None
        if await rows.insert_endpoint(tx, row) > MOST:
            raise Conflict(f"a relying party has {MOST} endpoints at most")
        return name, await svc.log.stage(tx, _record(record, now, client_id, "added", told), {"after": told})

    made, ticket = await svc.store.transact(act)
    svc.hooks.known.pop(client_id, None)
    if ticket is None:
        return open_endpoint(svc, await _own(svc, client_id, made))
    await svc.log.settled(ticket)
    return open_endpoint(svc, row)


async def endpoints(svc: Service, client_id: str) -> Sequence[Endpoint]:
    """All endpoints of a client."""
    return [open_endpoint(svc, row) for row in await rows.endpoints_of(svc.store, client_id)]


async def rotate(svc: Service, client_id: str, endpoint: str) -> Endpoint:
    """A new secret, and an endpoint that was gone is active again; the secret before signs too for a day.

    Raises NotFound; Conflict when another call changed it meanwhile.
    """
    row = await _own(svc, client_id, endpoint)
    known, now = open_endpoint(svc, row), svc.clock.now()
    sealed = _seal(svc, row.id, known.url, svc.entropy(SECRET_BYTES), known.secret, now + OVERLAP_MS)

    async def act(tx: Tx) -> bool:
        return await rows.change_endpoint(tx, row, sealed, rows.ACTIVE)

    if not await svc.store.transact(act):
        raise Conflict("the endpoint was changed meanwhile")
    svc.hooks.known.pop(client_id, None)
    return open_endpoint(svc, await _own(svc, client_id, endpoint))


async def remove(svc: Service, client_id: str, endpoint: str) -> None:
    """No event goes there any more, and those on their way are forgotten. Raises NotFound, ReadOnly."""
    svc.log.demand_writable()
    row = await _own(svc, client_id, endpoint)
    now = svc.clock.now()
    record = uuid7(now, svc.entropy)
    told = orjson.dumps({"endpoint": row.id, "events": row.events.split(" ")})

    async def act(tx: Tx) -> Ticket:
        if not await rows.drop_endpoint(tx, row.id):
            raise NotFound("no such endpoint")
        return await svc.log.stage(tx, _record(record, now, client_id, "removed", b"", told), {"before": told})

    ticket = await svc.store.transact(act)
    svc.hooks.known.pop(client_id, None)
    await svc.log.settled(ticket)


async def deliveries(
    svc: Service, client_id: str, endpoint: str, state: str = "", after: str = ""
) -> Sequence[DeliveryRow]:
    """A page of an endpoint's events, oldest first: those of a state (`dead` are the dead letters), after an id."""
    row = await _own(svc, client_id, endpoint)
    if state not in ("", rows.WAITING, rows.DELIVERED, rows.DEAD):
        raise InvalidRequest("state: waiting, delivered or dead")
    return await rows.deliveries_of(svc.store, row.id, state, after, PAGE)


async def replay(svc: Service, client_id: str, endpoint: str, ids: Sequence[str]) -> int:
    """Send these deliveries again, under the same names; how many there were."""
    row = await _own(svc, client_id, endpoint)
    if len(ids) > AT_ONCE:
        raise InvalidRequest(f"deliveries: at most {AT_ONCE}")
    now = svc.clock.now()
    return await svc.store.transact(lambda tx: rows.replay(tx, row.id, ids, now))


async def replay_since(svc: Service, client_id: str, endpoint: str, since: int) -> int:
    """Send again what died since this time (ms); how many there were."""
    row = await _own(svc, client_id, endpoint)
    now = svc.clock.now()
    return await svc.store.transact(lambda tx: rows.replay_since(tx, row.id, since, now))


async def _own(svc: Service, client_id: str, endpoint: str) -> EndpointRow:
    row = await rows.endpoint_of(svc.store, endpoint)
    if row is None or row.client_id != client_id:
        raise NotFound("no such endpoint")
    return row


async def _demand_address(svc: Service, url: object) -> str:
    if not isinstance(url, str) or len(url) > LONGEST_URL or not url.isascii() or not url.isprintable():
        raise InvalidRequest(f"url: an https address of at most {LONGEST_URL} printable ASCII characters")
    try:
        if urlsplit(url).fragment or " " in url:
            raise InvalidRequest("url: no fragment, and no blanks")
        await svc.hooks.demand_reachable(url)
    except (Unreachable, ValueError) as error:
        raise InvalidRequest(f"url: {error}") from error
    return url


def _record(
    record: str, now: int, client_id: str, event: str, after: bytes, before: bytes = b""
) -> kinds.Administration:
    def digest(blob: bytes) -> str:
        return b64url(hashlib.sha256(blob).digest()) if blob else ""

    return kinds.Administration(
        id=record,
        time=now,
        administration_kind="relying_party",
        administration_event="changed",
        rp=client_id,
        object=client_id,
        before=digest(before),
        after=digest(after),
        administration_ground=f"webhook endpoint {event} by the relying party",
    )
