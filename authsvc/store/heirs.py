"""Rows that move from a sealed log's database into that of its successor, and the predecessors' trust (trust.json).

Persons, with the values of their old records, move: an erasure reaches them there. Sessions, grants, codes and open
requests don't: a database that went back in time may hold some that were used since.
"""

from collections.abc import AsyncIterator, Mapping, Sequence

from authsvc.store import Arg, Reads, Tx
from authsvc.store.missing import Rows

MOVED: Mapping[str, Sequence[str]] = {
    "wrap_epoch": ("number",),
    "subject_key": ("subject",),
    "blind_index": ("mac",),
    "disclosure": ("record_id", "subject"),
    "blob": ("record_id", "name"),
    "legal_hold": ("id",),
    "restriction": ("subject",),
    "relying_party": ("id",),
    "initial_access_token": ("hash",),
    "account": ("id",),
    "factor": ("id",),
    "staff": ("account", "role"),
    "consent": ("account", "client_id"),
    "revoked_token": ("jti",),
}
"""Table to its primary key, in an order in which they can be written."""
PAGE = 500


async def pages(reads: Reads, table: str) -> AsyncIterator[Rows]:
    """All rows of a table that moves, in pages, by its key."""
    key = MOVED[table]
    order, limit = ", ".join(key), f"limit {PAGE}"
    after: list[Arg] = []
    while True:
        places = ", ".join(f"${number}" for number in range(1, len(after) + 1))
        behind = f"where ({order}) > ({places})" if after else ""
        page: Rows = [
            dict(row) for row in await reads.all(f"select * from {table} {behind} order by {order} {limit}", *after)
        ]
        if not page:
            return
        yield page
        after = [page[-1][column] for column in key]


async def begin_chains(tx: Tx, chains: Sequence[tuple[str, str]]) -> None:
    """Each person (handle, leaf hash) begins anew with number 1; their first record names this leaf before it."""
    await tx.many(
        "insert into chain (subject, number, leaf) values ($1, 0, $2) on conflict (subject) do nothing", chains
    )


async def add_predecessors(tx: Tx, trusts: Sequence[tuple[str, bytes]]) -> None:
    """(origin, trust.json of that log alone), the nearest first."""
    await tx.many(
        "insert into predecessor (place, origin, trust) values ($1, $2, $3) on conflict (origin) do nothing",
        [(place, origin, trust) for place, (origin, trust) in enumerate(trusts)],
    )


async def predecessors(reads: Reads) -> list[bytes]:
    """The trust.json of each log before this one, the nearest first."""
    return [row["trust"] for row in await reads.all("select trust from predecessor order by place")]
