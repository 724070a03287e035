"""Orders about personal data (L13, L31; evidence format, section 6): what is to be done, on which ground, to whom.

An order waits until enough persons have approved its request. The request names the person by a salted commitment: it
outlives the person's data, and tells nothing of them once the salt is destroyed with the order.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from authsvc.clock import uuid7
from authsvc.errors import Conflict, InvalidRequest, NotFound
from authsvc.evidence import approvals
from authsvc.evidence.canonical import Value
from authsvc.evidence.codes import ERASURE_KINDS
from authsvc.evidence.forms import CODE, ID, MAX_TEXT, SUBJECT
from authsvc.keys import b64url, unb64url
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import erasures as rows
from authsvc.store.erasures import OrderRow

ACTS: Final = ("erasure", "hold", "lift")
NEEDED: Final[Mapping[str, int]] = {"erasure": approvals.NEEDED, "hold": 1, "lift": approvals.NEEDED}
"""A hold protects, and one person may place it; lifting one opens the way to destroying, as an erasure does."""
DESTROYING: Final = ("deleted", "anonymised", "taken_down")
"""Kinds that a legal hold blocks."""
RESTRICTION: Final = "restriction"
"""What `lift` ends besides a hold."""
LIFETIME_MS: Final = 7 * 24 * 3600 * 1000
MOST_RECORDS: Final = 200
SALT_BYTES: Final = 32
SEAL: Final = "data-order"
_COMMITMENT: Final = b"authsvc/order-person/v1\0"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody orders. `subject`: `iin:…` or `bin:…`; empty for `lift` of a hold, which names its person.

    `kind` of an erasure; `records` for `taken_down` alone; `hold`: the hold to be lifted, or `RESTRICTION`.
    """

    act: str
    ground: str
    subject: str = ""
    kind: str = ""
    scope: str = ""
    records: tuple[str, ...] = ()
    hold: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stands, opened."""

    id: str
    wish: Wish
    request: bytes
    digest: str
    made_at: int
    expires_at: int


async def propose(svc: Service, wish: Wish) -> Order:
    """Let an order wait for its approvals. Raises InvalidRequest, NotFound for a person or hold that is not here."""
    wish = await _complete(svc, wish)
    now = svc.clock.now()
    order_id, salt = uuid7(now, svc.entropy), svc.entropy(SALT_BYTES)
    request = approvals.write_request(
        wish.act, order_id, svc.entropy(approvals.NONCE_BYTES), _members(wish, _commit(salt, wish.subject))
    )
    plain = orjson.dumps([wish.subject, b64url(salt)])
    row = OrderRow(
        order_id, wish.act, request, svc.keys.seal(SEAL, plain, order_id.encode()), "open", now, now + LIFETIME_MS
    )

    async def act(tx: Tx) -> None:
        await rows.add_order(tx, row)

    await svc.store.transact(act)
    return open_order(svc, row)


async def read_order(svc: Service, order_id: str) -> Order:
    """An order that waits. NotFound, or Conflict when it has ended or its time is over."""
    row = await rows.order_of(svc.store, order_id)
    if row is None:
        raise NotFound("no such order")
    if row.sealed is None or row.state != "open" or row.expires_at <= svc.clock.now():
        raise Conflict("this order has ended")
    return open_order(svc, row)


def open_order(svc: Service, row: OrderRow) -> Order:
    """The order of a row that is open. RuntimeError when what is sealed is not what the request commits to."""
    subject, salt = orjson.loads(svc.keys.unseal(SEAL, row.sealed or b"", row.id.encode()))
    members = approvals.read_request(row.request, row.act)
    if members["person"] != _commit(unb64url(salt), subject):
        raise RuntimeError("an order names another person than its request")
    records = members["records"]
    wish = Wish(
        act=row.act,
        ground=str(members["ground"]),
        subject=subject,
        kind=str(members["kind"]),
        scope=str(members["scope"]),
        records=tuple(map(str, records)) if isinstance(records, list) else (),
        hold=str(members["hold"]),
    )
    return Order(row.id, wish, row.request, approvals.request_digest(row.request), row.made_at, row.expires_at)


async def waiting(svc: Service, limit: int = 100) -> list[Order]:
    """Orders that wait for their approvals, oldest first."""
    return [open_order(svc, row) for row in await rows.open_orders(svc.store, svc.clock.now(), limit)]


async def withdraw(svc: Service, order_id: str) -> None:
    """Take an order back. Conflict when it has ended."""

    async def act(tx: Tx) -> bool:
        return await rows.end_order(tx, order_id, "withdrawn")

    if not await svc.store.transact(act):
        raise Conflict("this order has ended")


async def end_old(svc: Service) -> int:
    """End orders that nobody approved in time; how many. The worker calls it."""
    now = svc.clock.now()

    async def act(tx: Tx) -> int:
        return await rows.end_old_orders(tx, now)

    return await svc.store.transact(act)


def _members(wish: Wish, person: str) -> dict[str, Value]:
    return {
        "ground": wish.ground,
        "hold": wish.hold,
        "kind": wish.kind,
        "person": person,
        "records": list(wish.records),
        "scope": wish.scope,
    }


def _commit(salt: bytes, subject: str) -> str:
    return b64url(hashlib.sha256(_COMMITMENT + salt + subject.encode()).digest())


async def _complete(svc: Service, wish: Wish) -> Wish:
    """The wish with its person, each member in its form."""
    if wish.act not in ACTS:
        raise InvalidRequest(f"what: one of {', '.join(ACTS)}")
    if not 1 <= len(wish.ground) <= MAX_TEXT:
        raise InvalidRequest(f"ground: an order names its legal ground, in at most {MAX_TEXT} letters")
    if wish.act == "lift" and wish.hold != RESTRICTION:
        return await _of_hold(svc, wish)
    _check(wish)
    if await svc.log.vault.find(svc.store, wish.subject) is None:
        raise NotFound("this person is not known here, or no longer")
    return wish


async def _of_hold(svc: Service, wish: Wish) -> Wish:
    hold = await rows.hold_of(svc.store, wish.hold)
    subject = await svc.log.vault.subject_of(svc.store, hold.handle) if hold else None
    if subject is None:
        raise NotFound("no such hold stands")
    return Wish(act="lift", ground=wish.ground, subject=subject, hold=wish.hold)


def _check(wish: Wish) -> None:
    erasing = wish.act == "erasure"
    if erasing != (wish.kind in ERASURE_KINDS) or (not erasing and wish.kind):
        raise InvalidRequest(f"kind: one of {', '.join(ERASURE_KINDS)} for an erasure, and for nothing else")
    if (wish.kind == "taken_down") != bool(wish.records) or len(wish.records) > MOST_RECORDS:
        raise InvalidRequest(f"records: 1 to {MOST_RECORDS} for taken_down, and for nothing else")
    formed = [("subject", SUBJECT, wish.subject or "none"), ("scope", CODE, wish.scope)]
    for member, form, value in (*formed, *(("records", ID, record) for record in wish.records)):
        try:
            form.judge(value)
        except ValueError as error:
            raise InvalidRequest(f"{member}: {error}") from error
