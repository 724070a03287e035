"""Rows of what is stopped: one while it is stopped, none while it runs."""

from dataclasses import dataclass

from authsvc.store import Reads, Row, Tx


@dataclass(frozen=True, slots=True)
class SwitchRow:
    """Something that is stopped: since when (ms), and by which record."""

    kind: str
    object: str
    record_id: str
    since: int

    @classmethod
    def of(cls, row: Row) -> "SwitchRow":
        """From its row."""
        return cls(row["kind"], row["object"], row["record_id"], row["since"])


async def stopped(reads: Reads) -> list[SwitchRow]:
    """Everything that is stopped now."""
    return [SwitchRow.of(row) for row in await reads.all("select * from switch order by kind, object")]


async def stop(tx: Tx, row: SwitchRow) -> bool:
    """False when it is stopped already."""
    changed = await tx.run(
        "insert into switch (kind, object, record_id, since) values ($1, $2, $3, $4) on conflict do nothing",
        row.kind,
        row.object,
        row.record_id,
        row.since,
    )
    return changed == 1


async def start(tx: Tx, kind: str, object_: str, record_id: str) -> bool:
    """False unless it is stopped, and by this record: what was stopped anew meanwhile stays so."""
    changed = await tx.run(
        "delete from switch where kind = $1 and object = $2 and record_id = $3", kind, object_, record_id
    )
    return changed == 1
