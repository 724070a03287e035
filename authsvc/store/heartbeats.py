"""Rows of who does the periodic work, and when it last said so. One row a name, so the table never grows."""

from authsvc.store import Reads, Tx

WORKER = "worker"
"""The name under which the periodic work beats."""
SILENT_MS = 60_000
"""A worker beats every ten seconds; after a minute of silence nobody does its work."""


async def beat(tx: Tx, name: str, now: int) -> None:
    """This one is at work now (ms); of several, and of clocks that differ, the latest word stands."""
    await tx.run(
        "insert into heartbeat (name, at) values ($1, $2)"
        " on conflict (name) do update set at = excluded.at where heartbeat.at < excluded.at",
        name,
        now,
    )


async def last_beat(reads: Reads, name: str) -> int | None:
    """When this one last said that it is at work (ms); None if it never did."""
    row = await reads.one("select at from heartbeat where name = $1", name)
    return int(row["at"]) if row else None
