"""Rows of a key store in a second database: epoch secrets and the erased keys; one DDL text for both databases."""

from authsvc.store import Reads, Tx

DDL = (
    "create table if not exists keystore_epoch (number bigint primary key, secret text not null, made_at bigint)",
    "create table if not exists keystore_erased (key_id text primary key, record_id text not null)",
)


async def make(tx: Tx) -> None:
    """The tables, unless they are there."""
    for statement in DDL:
        await tx.run(statement)


async def epochs(reads: Reads) -> list[tuple[int, str, int]]:
    """(number, secret, made_at), oldest first."""
    rows = await reads.all("select number, secret, made_at from keystore_epoch order by number")
    return [(row["number"], row["secret"], row["made_at"]) for row in rows]


async def add_epoch(tx: Tx, number: int, secret: str, made_at: int) -> bool:
    """False when the number is taken."""
    added = await tx.run(
        "insert into keystore_epoch (number, secret, made_at) values ($1, $2, $3) on conflict (number) do nothing",
        number,
        secret,
        made_at,
    )
    return added == 1


async def destroy_epoch(tx: Tx, number: int) -> None:
    """Remove a secret; its bytes are overwritten first, so that the row's last version holds none."""
    await tx.run("update keystore_epoch set secret = '' where number = $1", number)
    await tx.run("delete from keystore_epoch where number = $1", number)


async def erased(reads: Reads) -> dict[str, str]:
    """Key id to record id."""
    rows = await reads.all("select key_id, record_id from keystore_erased")
    return {row["key_id"]: row["record_id"] for row in rows}


async def mark_erased(tx: Tx, key_id: str, record_id: str) -> None:
    """List a key; what stands there gives way to `-` alone."""
    await tx.run(
        "insert into keystore_erased (key_id, record_id) values ($1, $2)"
        " on conflict (key_id) do update set record_id = excluded.record_id where excluded.record_id = '-'",
        key_id,
        record_id,
    )


async def forget(tx: Tx, key_id: str, record_id: str) -> None:
    """Take a key off the list if it stands there with this."""
    await tx.run("delete from keystore_erased where key_id = $1 and record_id = $2", key_id, record_id)
