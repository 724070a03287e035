"""Rows of exports of evidence; no text carried.

A making is claimed by one conditional statement, and claimed again when the claim ran out: whoever dies leaves it to
the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.store import Reads, Row, Tx

OPEN = "('waiting','queued','making','ready')"


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One export from the asking to the package. `sealed` is what was asked; `record_id` its record's id, once it is in
    the log; `done` of `total` steps are made, `size` bytes of package lie here."""

    id: str
    asker: str
    asked_by: str
    sealed: bytes
    court_order: bytes
    digest: str
    silent: bool
    state: str
    reason: str
    done: int
    total: int
    size: int
    claim: str
    attempts: int
    record_id: str
    created_at: int
    expires_at: int

    @classmethod
    def of(cls, row: Row) -> "ExportRow":
        """From a row of `evidence_export`."""
        return cls(
            row["id"],
            row["asker"],
            row["asked_by"],
            bytes(row["sealed"]),
            bytes(row["court_order"]),
            row["digest"],
            bool(row["silent"]),
            row["state"],
            row["reason"],
            row["done"],
            row["total"],
            row["size"],
            row["claim"],
            row["attempts"],
            row["record_id"],
            row["created_at"],
            row["expires_at"],
        )


async def insert(tx: Tx, row: ExportRow) -> None:
    """What was asked, in its first state."""
    await tx.run(
        "insert into evidence_export (id, asker, asked_by, sealed, court_order, digest, silent, state, record_id,"
        " created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        row.id,
        row.asker,
        row.asked_by,
        row.sealed,
        row.court_order,
        row.digest,
        int(row.silent),
        row.state,
        row.record_id,
        row.created_at,
        row.expires_at,
    )


async def export_of(reads: Reads, export_id: str) -> ExportRow | None:
    """The export of this id."""
    row = await reads.one("select * from evidence_export where id = $1", export_id)
    return ExportRow.of(row) if row else None


async def exports_by(reads: Reads, asker: str, asked_by: str, limit: int, skip: int = 0) -> list[ExportRow]:
    """What this asker asked for, newest first."""
    rows = await reads.all(
        "select * from evidence_export where asker = $1 and asked_by = $2 order by created_at desc, id desc"
        " limit $3 offset $4",
        asker,
        asked_by,
        limit,
        skip,
    )
    return [ExportRow.of(row) for row in rows]


async def exports_of_staff(reads: Reads, limit: int, skip: int) -> list[ExportRow]:
    """What members of staff asked for, newest first."""
    rows = await reads.all(
        "select * from evidence_export where asker = 'staff' order by created_at desc, id desc limit $1 offset $2",
        limit,
        skip,
    )
    return [ExportRow.of(row) for row in rows]


async def exports_about(reads: Reads, subject: str, limit: int, skip: int) -> list[ExportRow]:
    """What was handed out about this subject and may be told to them, newest first."""
    rows = await reads.all(
        "select e.* from evidence_export e join export_subject s on s.export_id = e.id"
        " where s.subject = $1 and e.silent = 0 and e.asker <> 'person' and e.state in ('ready','gone')"
        " order by e.created_at desc, e.id desc limit $2 offset $3",
        subject,
        limit,
        skip,
    )
    return [ExportRow.of(row) for row in rows]


async def waiting(reads: Reads, limit: int) -> list[ExportRow]:
    """What waits for approvals, oldest first."""
    rows = await reads.all(
        "select * from evidence_export where state = 'waiting' order by created_at, id limit $1", limit
    )
    return [ExportRow.of(row) for row in rows]


async def count_open(reads: Reads, asker: str, asked_by: str) -> int:
    """How many exports of this asker are under way, or lie here as packages."""
    row = await reads.one(
        f"select count(*) as n from evidence_export where asker = $1 and asked_by = $2 and state in {OPEN}",
        asker,
        asked_by,
    )
    return int(row["n"]) if row else 0


async def hold_asker(tx: Tx, asker: str, asked_by: str) -> None:
    """Lock what decides how many exports this asker may have, until the commit."""
    table = "relying_party" if asker == "relying_party" else "account"
    await tx.run(f"update {table} set created_at = created_at where id = $1", asked_by)


async def move(tx: Tx, export_id: str, before: str, after: str, reason: str, now: int) -> bool:
    """From one state to another; False when another transition was first."""
    changed = await tx.run(
        "update evidence_export set state = $3, reason = $4, ended_at = $5 where id = $1 and state = $2",
        export_id,
        before,
        after,
        reason,
        now,
    )
    return changed == 1


async def is_due(reads: Reads, now: int) -> bool:
    """Whether an export waits to be made."""
    found = await reads.one(
        "select 1 as there from evidence_export where state in ('queued','making') and claimed_until <= $1 limit 1", now
    )
    return found is not None


async def claim(tx: Tx, now: int, until: int, name: str) -> ExportRow | None:
    """Take the oldest export that is due: nobody else takes it before `until`."""
    row = await tx.one(
        "update evidence_export set state = 'making', claim = $3, claimed_until = $2, attempts = attempts + 1"
        " where id = (select id from evidence_export where state in ('queued','making') and claimed_until <= $1"
        " order by created_at, id limit 1) and state in ('queued','making') and claimed_until <= $1 returning *",
        now,
        until,
        name,
    )
    return ExportRow.of(row) if row else None


async def keep_claim(tx: Tx, row: ExportRow, until: int, done: int, total: int) -> bool:
    """Say how far the making is, and hold it longer; False when it is no longer this claimant's."""
    changed = await tx.run(
        "update evidence_export set claimed_until = $3, done = $4, total = $5"
        " where id = $1 and claim = $2 and state = 'making'",
        row.id,
        row.claim,
        until,
        done,
        total,
    )
    return changed == 1


async def hold_claim(tx: Tx, row: ExportRow, until: int) -> bool:
    """Hold the making longer; False when it is no longer this claimant's."""
    changed = await tx.run(
        "update evidence_export set claimed_until = $3 where id = $1 and claim = $2 and state = 'making'",
        row.id,
        row.claim,
        until,
    )
    return changed == 1


async def release(tx: Tx, row: ExportRow, due_at: int) -> None:
    """Not now: again at this time, by whoever takes it then."""
    await tx.run(
        "update evidence_export set claimed_until = $3 where id = $1 and claim = $2 and state = 'making'",
        row.id,
        row.claim,
        due_at,
    )


async def end_claim(tx: Tx, row: ExportRow, state: str, reason: str, size: int, now: int, expires_at: int) -> bool:
    """The making's end; False when it is no longer this claimant's."""
    changed = await tx.run(
        "update evidence_export set state = $3, reason = $4, size = $5, ended_at = $6, expires_at = $7"
        " where id = $1 and claim = $2 and state = 'making'",
        row.id,
        row.claim,
        state,
        reason,
        size,
        now,
        expires_at,
    )
    return changed == 1


async def put_part(tx: Tx, export_id: str, n: int, sealed: bytes) -> None:
    """One piece of the sealed package."""
    await tx.run(
        "insert into export_part (export_id, n, sealed) values ($1, $2, $3)"
        " on conflict (export_id, n) do update set sealed = excluded.sealed",
        export_id,
        n,
        sealed,
    )


async def part(reads: Reads, export_id: str, n: int) -> bytes | None:
    """The piece of this number."""
    row = await reads.one("select sealed from export_part where export_id = $1 and n = $2", export_id, n)
    return bytes(row["sealed"]) if row else None


async def drop_parts(tx: Tx, export_id: str) -> None:
    """The package is no longer here."""
    await tx.run("delete from export_part where export_id = $1", export_id)


async def add_subjects(tx: Tx, export_id: str, subjects: Sequence[str]) -> None:
    """Whom the export is about."""
    for subject in subjects:
        await tx.run(
            "insert into export_subject (subject, export_id) values ($1, $2) on conflict do nothing", subject, export_id
        )


async def over(reads: Reads, now: int, limit: int) -> list[ExportRow]:
    """Packages and unanswered requests whose time is over."""
    rows = await reads.all(
        "select * from evidence_export where state in ('waiting','ready') and expires_at <= $1"
        " order by expires_at limit $2",
        now,
        limit,
    )
    return [ExportRow.of(row) for row in rows]


async def drop_about(tx: Tx, subject: str, now: int) -> list[str]:
    """Erasure: end every export about this subject and let go of its package; their ids.

    A making under way finds that it is no longer its claimant's, and hands nothing out.
    """
    found = await tx.all("select export_id from export_subject where subject = $1 order by export_id", subject)
    ids = [row["export_id"] for row in found]
    await tx.run("delete from export_subject where subject = $1", subject)
    for export_id in ids:
        await tx.run("delete from export_part where export_id = $1", export_id)
        await tx.run(
            "delete from package_choice where record_id = (select record_id from evidence_export where id = $1)",
            export_id,
        )
        await tx.run(
            "update evidence_export set state = 'erased', ended_at = $2, court_order = $3, sealed = $3"
            " where id = $1 and state in ('waiting','queued','making','ready','gone')",
            export_id,
            now,
            b"",
        )
    return ids


async def keep_choice(tx: Tx, record_id: str, sealed: bytes) -> bool:
    """Keep what was chosen for the package of this export record; False when something is kept already."""
    done = await tx.run(
        "insert into package_choice (record_id, sealed) values ($1, $2) on conflict do nothing", record_id, sealed
    )
    return done == 1


async def choice_of(reads: Reads, record_id: str) -> bytes | None:
    """What was chosen for the package of this export record."""
    row = await reads.one("select sealed from package_choice where record_id = $1", record_id)
    return row["sealed"] if row else None
