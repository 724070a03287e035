"""Rows of the outbox: messages that wait to leave the machine, written in the act's own transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.store import Change, Reads, Row, Tx


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that waits; `sealed` holds address and text until the channel took them."""

    id: str
    channel: str
    request_id: str
    sealed: bytes
    attempts: int

    @classmethod
    def of(cls, row: Row) -> "Delivery":
        """From its row."""
        return cls(row["id"], row["channel"], row["request_id"], row["sealed"], row["attempts"])


def to_post(delivery: Delivery, now: int, due_at: int) -> Change:
    """What lets a message wait, claimed by its writer until `due_at`."""
    post = (
        "insert into outbox (id, channel, request_id, sealed, attempts, due_at, created_at)"
        " values ($1, $2, $3, $4, 1, $6, $5)"
    )
    return post, (delivery.id, delivery.channel, delivery.request_id, delivery.sealed, now, due_at)


async def claim(tx: Tx, now: int, until: int, limit: int) -> list[Delivery]:
    """Take what is due: nobody else takes it before `until`, and a claimant that dies leaves it to the next."""
    rows = await tx.all(
        "update outbox set due_at = $2, attempts = attempts + 1"
        " where id in (select id from outbox where due_at <= $1 order by due_at limit $3) and due_at <= $1 returning *",
        now,
        until,
        limit,
    )
    return [Delivery.of(row) for row in rows]


async def drop(tx: Tx, ids: Sequence[str]) -> None:
    """Delivered, or given up."""
    await tx.run(f"delete from outbox where id {tx.among(1)}", list(ids))


async def defer(tx: Tx, delivery: str, due_at: int) -> None:
    """Not now: again at this time."""
    await tx.run("update outbox set due_at = $2 where id = $1", delivery, due_at)


async def waiting(reads: Reads) -> tuple[int, int | None]:
    """How many messages wait, and since when (ms) the oldest does; None when none does."""
    row = await reads.one("select count(*) as many, min(created_at) as oldest from outbox")
    return (row["many"], row["oldest"]) if row else (0, None)


async def is_due(reads: Reads, now: int) -> bool:
    """Whether any message waits to be carried."""
    return await reads.one("select 1 as there from outbox where due_at <= $1 limit 1", now) is not None


async def note_sent(tx: Tx, sent: Sequence[tuple[str, str, str]], now: int) -> None:
    """(gateway, its id of a message, request): so that a receipt finds its request."""
    await tx.many(
        "insert into sent_message (gateway, id, request_id, sent_at) values ($1, $2, $3, $4)"
        " on conflict (gateway, id) do update set request_id = excluded.request_id, sent_at = excluded.sent_at",
        [(*each, now) for each in sent],
    )


async def take_sent(tx: Tx, gateway: str, name: str) -> str | None:
    """The request of a message that a gateway speaks of; the second time there is none."""
    row = await tx.one("delete from sent_message where gateway = $1 and id = $2 returning request_id", gateway, name)
    return row["request_id"] if row else None


async def prune_sent(tx: Tx, before: int) -> int:
    """Forget messages of which nothing more was heard."""
    return await tx.run("delete from sent_message where sent_at < $1", before)
