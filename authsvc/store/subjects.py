"""Rows of persons as the evidence knows them: the blind index, data keys, chains, epochs, and what ends them.

A person stands here under a random id, the *handle*; what leads to it from an IIN or BIN is a keyed MAC in the blind
index alone. A person's chain row is the lock of everything about them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.store import Change, Reads, Tx


@dataclass(frozen=True, slots=True)
class ChainStep:
    """A person's next place: handle, number, leaf hash of the record before or `none`, wrapped data key."""

    handle: str
    number: int
    previous: str
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """A wrapped data key, and the person's name sealed under it."""

    handle: str
    wrapped: bytes
    name: bytes


async def step_chain(tx: Tx, mac: str, other: str) -> ChainStep | None:
    """The next place of the person whom one of the two MACs names; None when there is no such person.

    The row stays locked until the transaction ends, and `to_link_chain` takes the place.
    """
    row = await tx.one(
        "select subject, number + 1 as number, leaf,"
        " (select wrapped from subject_key where subject_key.subject = chain.subject) as wrapped"
        " from chain where subject = (select subject from blind_index where mac in ($1, $2) limit 1)"
        " for no key update",
        mac,
        other,
    )
    return ChainStep(row["subject"], row["number"], row["leaf"], row["wrapped"]) if row else None


def to_link_chain(handle: str, number: int, leaf: str) -> Change:
    """What writes the person's newest number and leaf hash."""
    return "update chain set number = $2, leaf = $3 where subject = $1", (handle, number, leaf)


async def claim_name(tx: Tx, mac: str, epoch: int, handle: str) -> str:
    """Let this MAC name the person of this handle; the handle of whoever had it first."""
    row = await tx.one(
        "insert into blind_index (mac, epoch, subject) values ($1, $2, $3)"
        " on conflict (mac) do update set epoch = blind_index.epoch returning subject",
        mac,
        epoch,
        handle,
    )
    if row is None:
        raise RuntimeError("an upsert gives a row")
    return str(row["subject"])


async def add_subject(tx: Tx, key: SubjectKey, epoch: int) -> None:
    """A new person's data key, and their chain with nothing in it."""
    await tx.run(
        "insert into subject_key (subject, epoch, wrapped, name) values ($1, $2, $3, $4)",
        key.handle,
        epoch,
        key.wrapped,
        key.name,
    )
    await tx.run("insert into chain (subject, number, leaf) values ($1, 0, 'none')", key.handle)


async def handle_of(reads: Reads, mac: str, other: str) -> str | None:
    """The handle of the person whom one of the two MACs names."""
    row = await reads.one("select subject from blind_index where mac in ($1, $2) limit 1", mac, other)
    return str(row["subject"]) if row else None


async def key_of(reads: Reads, handle: str) -> SubjectKey | None:
    """The person's key; None when it never was or was destroyed."""
    row = await reads.one("select subject, wrapped, name from subject_key where subject = $1", handle)
    return SubjectKey(row["subject"], row["wrapped"], row["name"]) if row else None


async def keys_of(reads: Reads, handles: Sequence[str]) -> dict[str, SubjectKey]:
    """Each of these persons' keys that is there, by handle."""
    rows = await reads.all(
        f"select subject, wrapped, name from subject_key where subject {reads.among(1)}", list(handles)
    )
    return {row["subject"]: SubjectKey(row["subject"], row["wrapped"], row["name"]) for row in rows}


async def chain_head(reads: Reads, handle: str) -> tuple[int, str] | None:
    """(number, leaf hash) of the person's last record; None when there is none."""
    row = await reads.one("select number, leaf from chain where subject = $1 and number > 0", handle)
    return (row["number"], row["leaf"]) if row else None


async def hold(tx: Tx, handles: Sequence[str]) -> list[str]:
    """Lock these persons until the transaction ends; the handles of those who are still there."""
    found = []
    for handle in sorted(handles):
        if await tx.run("update chain set number = number where subject = $1", handle):
            found.append(handle)
    return found


async def records_of(reads: Reads, handle: str) -> list[str]:
    """Ids of the records that hold values of this person, in the order of the log."""
    rows = await reads.all(
        "select d.record_id as record_id from disclosure d join entry e on e.record_id = d.record_id"
        " where d.subject = $1 order by e.idx",
        handle,
    )
    return [row["record_id"] for row in rows]


# --- epochs ---


async def epochs(reads: Reads) -> list[int]:
    """The epochs that rows may lean on, oldest first."""
    return [row["number"] for row in await reads.all("select number from wrap_epoch order by number")]


async def open_epoch(tx: Tx, number: int) -> None:
    """Rows may lean on this epoch from now on."""
    await tx.run("insert into wrap_epoch (number) values ($1) on conflict (number) do nothing", number)


async def close_epoch(tx: Tx, number: int) -> bool:
    """No row leans on this epoch any more, and none ever will; False while a wrapped key does.

    The foreign keys see to it that no key is wrapped under it meanwhile: then the transaction fails and is tried later.
    """
    if await tx.one("select 1 as there from subject_key where epoch = $1 limit 1", number) is not None:
        return False
    await tx.run("delete from blind_index where epoch = $1", number)
    await tx.run("delete from wrap_epoch where number = $1", number)
    return True


async def keys_below(tx: Tx, epoch: int, after: str, limit: int) -> list[SubjectKey]:
    """Keys that are still wrapped under an older epoch, by handle, from behind this one on."""
    rows = await tx.all(
        "select subject, wrapped, name from subject_key where epoch < $1 and subject > $2 order by subject limit $3",
        epoch,
        after,
        limit,
    )
    return [SubjectKey(row["subject"], row["wrapped"], row["name"]) for row in rows]


async def rewrap(tx: Tx, keys: Sequence[tuple[str, int, bytes]]) -> None:
    """(handle, epoch, wrapped) in place of what was there."""
    await tx.many(
        "update subject_key set epoch = $2, wrapped = $3 where subject = $1 and epoch < $2",
        keys,
    )


async def add_names(tx: Tx, names: Sequence[tuple[str, int, str]]) -> None:
    """(mac, epoch, handle) beside the names under older epochs, of persons who are still there."""
    await tx.many(
        "insert into blind_index (mac, epoch, subject)"
        " select $1, $2, $3 where exists (select 1 from subject_key where subject = $3) on conflict (mac) do nothing",
        names,
    )


async def destroy_key(tx: Tx, handle: str) -> None:
    """The person's data key and what leads to it: the key first, so that no name is added behind it."""
    await tx.run("delete from subject_key where subject = $1", handle)
    await tx.run("delete from blind_index where subject = $1", handle)


# --- from release 0.1 ---


async def before_epochs(reads: Reads) -> str | None:
    """Some person who still stands as in release 0.1."""
    row = await reads.one("select subject from subject_key_before limit 1")
    return str(row["subject"]) if row else None


async def take_before_epochs(tx: Tx, old: str) -> bytes | None:
    """The wrapped key of such a person, to one caller alone."""
    row = await tx.one("delete from subject_key_before where subject = $1 returning wrapped", old)
    return row["wrapped"] if row else None


async def move_chain(tx: Tx, old: str, handle: str) -> None:
    """The person's chain goes on under their handle."""
    await tx.run(
        "update chain set number = (select number from chain as c where c.subject = $1),"
        " leaf = (select leaf from chain as c where c.subject = $1) where subject = $2",
        old,
        handle,
    )
    await tx.run("delete from chain where subject = $1", old)


async def sealed_of_account(reads: Reads, handle: bytes) -> list[tuple[str, str, bytes]]:
    """(table, id, sealed) of a person's account and of their addresses."""
    rows = await reads.all(
        "select 'account' as place, id, sealed from account where subject = $1 union all"
        " select 'factor', f.id, f.sealed from factor f join account a on a.id = f.account"
        " where a.subject = $1 and f.method = 'code'",
        handle,
    )
    return [(row["place"], row["id"], row["sealed"]) for row in rows]


async def reseal_account(tx: Tx, place: str, row_id: str, sealed: bytes) -> None:
    """Put another sealing in place; `place` is one of the two tables."""
    await tx.run(
        f"update {'account' if place == 'account' else 'factor'} set sealed = $2 where id = $1", row_id, sealed
    )


async def move_account(tx: Tx, old: bytes, handle: bytes) -> None:
    """The person's account names their handle."""
    await tx.run("update account set subject = $2 where subject = $1", old, handle)
