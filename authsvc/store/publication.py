"""Rows of publishing: which checkpoint was published last, which of them met the quorum of witnesses.

Times are ms. A claim is one conditional statement on one row, so of several processes one publishes.
"""

from dataclasses import dataclass

from authsvc.store import Reads, Tx


@dataclass(frozen=True, slots=True)
class Publication:
    """The newest published size; `done` once all witnesses were asked; the newest size that met the quorum."""

    size: int
    published_at: int
    done: bool
    witnessed: int


async def read(reads: Reads) -> Publication:
    """The row."""
    row = await reads.one("select size, published_at, done, witnessed from publication")
    if row is None:
        raise RuntimeError("the publication row is made by the migration")
    return Publication(row["size"], row["published_at"], bool(row["done"]), row["witnessed"])


async def claim(tx: Tx, size: int, now: int, *, pace: int, patience: int) -> bool:
    """Publish this larger size: at most one in `pace` ms, and none while witnesses are asked.

    Who has asked for `patience` ms is taken for dead. A clock that stepped back blocks nothing.
    """
    claimed = await tx.run(
        "update publication set size = $1, published_at = $2, done = 0 where size < $1"
        " and (published_at > $2 or (published_at <= $3 and (done = 1 or published_at <= $4)))",
        size,
        now,
        now - pace,
        now - patience,
    )
    return claimed == 1


async def claim_again(tx: Tx, size: int, now: int, *, pause: int) -> bool:
    """Ask the witnesses again for the published size that has no quorum yet: at most once in `pause` ms."""
    claimed = await tx.run(
        "update publication set published_at = $2, done = 0 where size = $1 and witnessed < $1"
        " and (published_at > $2 or published_at <= $3)",
        size,
        now,
        now - pause,
    )
    return claimed == 1


async def end_round(tx: Tx, size: int) -> None:
    """All witnesses were asked, or the quorum is met: a larger checkpoint may be published."""
    await tx.run("update publication set done = 1 where size = $1", size)


async def mark_witnessed(tx: Tx, size: int, note: bytes, now: int) -> bool:
    """Keep the note with which the quorum was met. False where it, or a larger one, met it before: what a record's
    witnessed proof leads to never changes."""
    moved = await tx.run("update publication set witnessed = $1 where witnessed < $1", size)
    if moved == 1:
        await tx.run("insert into witnessed (size, note, met_at) values ($1, $2, $3)", size, note, now)
    return moved == 1


async def witnessed_above(reads: Reads, index: int) -> tuple[int, bytes] | None:
    """(size, note) of the first witnessed checkpoint that holds the entry of this index."""
    row = await reads.one("select size, note from witnessed where size > $1 order by size limit 1", index)
    return (row["size"], row["note"]) if row else None


async def note_of(reads: Reads, size: int) -> bytes:
    """The checkpoint of this size with all further lines that it has."""
    row = await reads.one("select note from checkpoint where size = $1", size)
    if row is None:
        raise RuntimeError("no checkpoint of this size")
    lines = await reads.all("select line from cosignature where size = $1 order by witness", size)
    return bytes(row["note"]) + "".join(each["line"] for each in lines).encode()


async def last_cosigned(reads: Reads, witness: str) -> int:
    """The largest size that this witness cosigned, 0 where there is none."""
    row = await reads.one("select coalesce(max(size), 0) as size from cosignature where witness = $1", witness)
    return int(row["size"]) if row else 0


async def witnesses_of(reads: Reads, size: int) -> list[str]:
    """Who has cosigned this size already."""
    return [row["witness"] for row in await reads.all("select witness from cosignature where size = $1", size)]
