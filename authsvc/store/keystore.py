"""Rows of a key store in a second database: epoch secrets, who leans on them, and the erased keys.

One DDL text for both databases.
"""

from collections.abc import Sequence

from authsvc.store import Reads, Tx

DDL = (
    "create table if not exists keystore_epoch (number bigint primary key, secret text not null, made_at bigint)",
    "create table if not exists keystore_erased (key_id text primary key, record_id text not null)",
    (
        "create table if not exists keystore_leaning (holder text not null, number bigint not null, at bigint not null,"
        " primary key (holder, number))"
    ),
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


async def lean(tx: Tx, holder: str, numbers: Sequence[int], at: int, since: int) -> None:
    """What a holder leans on from now on. The epochs' rows are locked: none is destroyed until this is committed."""
    await tx.run("update keystore_epoch set made_at = made_at")
    await tx.run("delete from keystore_leaning where holder = $1 or at < $2", holder, since)
    await tx.many(
        "insert into keystore_leaning (holder, number, at) values ($1, $2, $3)",
        [(holder, number, at) for number in numbers],
    )


async def destroy_epoch(tx: Tx, number: int, holder: str, since: int) -> bool:
    """Remove a secret; its bytes are overwritten first, so that the row's last version holds none.

    False while another holder has said since `since` that it leans on it: the row is locked before that is asked.
    """
    await tx.run("update keystore_epoch set made_at = made_at where number = $1", number)
    leaning = await tx.one(
        "select 1 as there from keystore_leaning where number = $1 and holder <> $2 and at >= $3 limit 1",
        number,
        holder,
        since,
    )
    if leaning is not None:
        return False
    await tx.run("update keystore_epoch set secret = '' where number = $1", number)
    await tx.run("delete from keystore_epoch where number = $1", number)
    return True


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
