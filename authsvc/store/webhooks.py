"""Rows of webhooks: the relying parties' endpoints, and each event on its way to one of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.store import Change, Reads, Row, Tx

WAITING, DELIVERED, DEAD = "waiting", "delivered", "dead"
ACTIVE, GONE = "active", "gone"


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """Where a relying party hears of events; `sealed` holds address and secrets, `events` the types apart by blanks."""

    id: str
    client_id: str
    sealed: bytes
    events: str
    state: str
    created_at: int

    @classmethod
    def of(cls, row: Row) -> "EndpointRow":
        """From its row."""
        return cls(
            row["id"], row["client_id"], bytes(row["sealed"]), row["events"], row["state"], int(row["created_at"])
        )


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One event on its way to one endpoint; `event` is its name on the wire, the same at each try."""

    id: str
    endpoint: str
    event: str
    type: str
    body: str
    state: str
    attempts: int
    reason: str
    due_at: int
    created_at: int

    @classmethod
    def of(cls, row: Row) -> "DeliveryRow":
        """From its row."""
        return cls(
            row["id"],
            row["endpoint"],
            row["event"],
            row["type"],
            row["body"],
            row["state"],
            int(row["attempts"]),
            row["reason"],
            int(row["due_at"]),
            int(row["created_at"]),
        )


async def insert_endpoint(tx: Tx, row: EndpointRow) -> int:
    """A new endpoint; how many its client has with it."""
    await tx.run(
        "insert into webhook_endpoint (id, client_id, sealed, events, state, created_at)"
        " values ($1, $2, $3, $4, $5, $6)",
        row.id,
        row.client_id,
        row.sealed,
        row.events,
        row.state,
        row.created_at,
    )
    found = await tx.one("select count(*) as number from webhook_endpoint where client_id = $1", row.client_id)
    return int(found["number"]) if found else 0


async def endpoints_of(reads: Reads, client_id: str) -> list[EndpointRow]:
    """All endpoints of a client, oldest first."""
    rows = await reads.all("select * from webhook_endpoint where client_id = $1 order by id", client_id)
    return [EndpointRow.of(row) for row in rows]


async def endpoint_of(reads: Reads, endpoint: str) -> EndpointRow | None:
    """The endpoint of this id."""
    row = await reads.one("select * from webhook_endpoint where id = $1", endpoint)
    return EndpointRow.of(row) if row else None


async def change_endpoint(tx: Tx, before: EndpointRow, sealed: bytes, state: str) -> bool:
    """Compare-and-set of address, secrets and state; False when it changed meanwhile."""
    changed = await tx.run(
        "update webhook_endpoint set sealed = $2, state = $3 where id = $1 and sealed = $4",
        before.id,
        sealed,
        state,
        before.sealed,
    )
    return changed == 1


async def close_endpoint(tx: Tx, endpoint: str) -> None:
    """Nothing is sent there any more; what waits is dead."""
    await tx.run("update webhook_endpoint set state = 'gone' where id = $1", endpoint)
    await tx.run(
        "update webhook_delivery set state = 'dead', reason = 'gone' where endpoint = $1 and state = 'waiting'",
        endpoint,
    )


async def drop_endpoint(tx: Tx, endpoint: str) -> bool:
    """Remove it with everything that was on its way."""
    await tx.run("delete from webhook_delivery where endpoint = $1", endpoint)
    return await tx.run("delete from webhook_endpoint where id = $1", endpoint) == 1


def to_post(row: DeliveryRow) -> Change:
    """What lets an event wait, unless its endpoint was removed meanwhile."""
    post = (
        "insert into webhook_delivery (id, endpoint, event, type, body, state, due_at, created_at)"
        " select $1, id, $3, $4, $5, 'waiting', cast($6 as bigint), cast($7 as bigint)"
        " from webhook_endpoint where id = $2"
    )
    return post, (row.id, row.endpoint, row.event, row.type, row.body, row.due_at, row.created_at)


async def is_due(reads: Reads, now: int) -> bool:
    """Whether any event waits to be carried."""
    sql = "select 1 as there from webhook_delivery where state = 'waiting' and due_at <= $1 limit 1"
    return await reads.one(sql, now) is not None


async def claim(tx: Tx, now: int, until: int, limit: int, busy: Sequence[str]) -> list[DeliveryRow]:
    """Take what is due, but nothing of the endpoints that are `busy`; nobody else takes it before `until`."""
    rows = await tx.all(
        "update webhook_delivery set due_at = $2, attempts = attempts + 1"
        " where state = 'waiting' and due_at <= $1 and id in (select id from webhook_delivery"
        f" where state = 'waiting' and due_at <= $1 and not (endpoint {tx.among(4)}) order by due_at limit $3)"
        " returning *",
        now,
        until,
        limit,
        list(busy),
    )
    return [DeliveryRow.of(row) for row in rows]


async def end(tx: Tx, delivery: str, state: str, reason: str) -> None:
    """Delivered, or given up."""
    await tx.run(
        "update webhook_delivery set state = $2, reason = $3 where id = $1 and state = 'waiting'",
        delivery,
        state,
        reason,
    )


async def defer(tx: Tx, delivery: str, due_at: int, reason: str) -> None:
    """Not now: again at this time."""
    await tx.run(
        "update webhook_delivery set due_at = $2, reason = $3 where id = $1 and state = 'waiting'",
        delivery,
        due_at,
        reason,
    )


async def deliveries_of(reads: Reads, endpoint: str, state: str, after: str, limit: int) -> list[DeliveryRow]:
    """A page of an endpoint's events in their order, of one state or (empty) of all, after this id."""
    rows = await reads.all(
        "select * from webhook_delivery where endpoint = $1 and id > $2 and ($3 = '' or state = $3)"
        " order by id limit $4",
        endpoint,
        after,
        state,
        limit,
    )
    return [DeliveryRow.of(row) for row in rows]


async def replay(tx: Tx, endpoint: str, ids: Sequence[str], now: int) -> int:
    """Send these events of the endpoint again, from the first try; how many there were."""
    return await tx.run(
        "update webhook_delivery set state = 'waiting', attempts = 0, reason = '', due_at = $2"
        f" where endpoint = $1 and id {tx.among(3)} and state <> 'waiting'",
        endpoint,
        now,
        list(ids),
    )


async def replay_since(tx: Tx, endpoint: str, since: int, now: int) -> int:
    """Send again what died since this time."""
    return await tx.run(
        "update webhook_delivery set state = 'waiting', attempts = 0, reason = '', due_at = $2"
        " where endpoint = $1 and created_at >= $3 and state = 'dead'",
        endpoint,
        now,
        since,
    )


async def prune(tx: Tx, before: int) -> int:
    """Forget events that are older, delivered or not."""
    return await tx.run("delete from webhook_delivery where created_at < $1", before)
