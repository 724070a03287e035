"""The fence in a second database: for each origin the last signed (size, root). One table of its own, no migration."""

from authsvc.store import Reads, Tx

DDL = "create table if not exists fence (origin text primary key, size bigint not null, root text not null)"


async def make_fence(tx: Tx) -> None:
    """The table, unless it is there."""
    await tx.run(DDL)


async def read_mark(reads: Reads, origin: str) -> tuple[int, str] | None:
    """(size, base64 of the root) as last remembered for this origin."""
    row = await reads.one("select size, root from fence where origin = $1", origin)
    return (row["size"], row["root"]) if row else None


async def move_mark(tx: Tx, origin: str, size: int, root: str) -> None:
    """Compare-and-set in one statement: a smaller or equal size changes nothing."""
    await tx.run(
        "insert into fence (origin, size, root) values ($1, $2, $3)"
        " on conflict (origin) do update set size = excluded.size, root = excluded.root"
        " where fence.size < excluded.size",
        origin,
        size,
        root,
    )
