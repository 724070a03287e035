"""Rows of disputes; no text carried. What must happen once (opening, drafting, ending) is one conditional statement."""

from dataclasses import dataclass

from authsvc.store import Reads, Row, Tx

OPEN, PROPOSED, WITHDRAWN = "open", "proposed", "withdrawn"


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A dispute; `id` is its record's. `draft` names the resolution that waits for a second person, in `sealed`."""

    id: str
    subject: str
    account: str
    client_id: str
    contested: str
    kind: str
    state: str
    opened_at: int
    due_at: int | None
    ended_at: int | None = None
    resolution: str | None = None
    draft: str | None = None
    drafted_by: str | None = None
    sealed: bytes | None = None

    @property
    def waits(self) -> bool:
        """Whether nobody has decided it yet."""
        return self.state in (OPEN, PROPOSED)

    @classmethod
    def of(cls, row: Row) -> "DisputeRow":
        """From its row."""
        return cls(
            row["id"],
            row["subject"],
            row["account"],
            row["client_id"],
            row["contested"],
            row["kind"],
            row["state"],
            row["opened_at"],
            row["due_at"],
            row["ended_at"],
            row["resolution"],
            row["draft"],
            row["drafted_by"],
            bytes(row["sealed"]) if row["sealed"] is not None else None,
        )


async def open_dispute(tx: Tx, dispute: DisputeRow) -> bool:
    """A new dispute; False when this person contests this record already."""
    added = await tx.run(
        "insert into dispute (id, subject, account, client_id, contested, kind, state, opened_at, due_at)"
        " values ($1, $2, $3, $4, $5, $6, 'open', $7, $8)"
        " on conflict (subject, contested) where state in ('open','proposed') do nothing",
        dispute.id,
        dispute.subject,
        dispute.account,
        dispute.client_id,
        dispute.contested,
        dispute.kind,
        dispute.opened_at,
        dispute.due_at,
    )
    return added == 1


async def dispute_of(reads: Reads, dispute: str) -> DisputeRow | None:
    """The dispute of this id."""
    row = await reads.one("select * from dispute where id = $1", dispute)
    return DisputeRow.of(row) if row else None


async def about(reads: Reads, contested: str) -> list[DisputeRow]:
    """The disputes over this record, in the order of their opening."""
    rows = await reads.all("select * from dispute where contested = $1 order by id", contested)
    return [DisputeRow.of(row) for row in rows]


async def of_subject(reads: Reads, handle: str, limit: int, skip: int) -> list[DisputeRow]:
    """This person's disputes, newest first."""
    rows = await reads.all(
        "select * from dispute where subject = $1 order by id desc limit $2 offset $3", handle, limit, skip
    )
    return [DisputeRow.of(row) for row in rows]


async def queue(reads: Reads, limit: int, skip: int) -> list[DisputeRow]:
    """What nobody has decided yet: by due date, then by age."""
    rows = await reads.all(
        "select * from dispute where state in ('open','proposed')"
        " order by coalesce(due_at, 9007199254740991), id limit $1 offset $2",
        limit,
        skip,
    )
    return [DisputeRow.of(row) for row in rows]


async def proposed(reads: Reads, limit: int) -> list[DisputeRow]:
    """Those whose resolution waits for approvals, oldest first."""
    rows = await reads.all("select * from dispute where state = 'proposed' order by id limit $1", limit)
    return [DisputeRow.of(row) for row in rows]


async def propose(tx: Tx, dispute: str, draft: str, account: str, sealed: bytes) -> bool:
    """Keep the draft of a resolution; False when the dispute is not open for one."""
    changed = await tx.run(
        "update dispute set state = 'proposed', draft = $2, drafted_by = $3, sealed = $4"
        " where id = $1 and state = 'open'",
        dispute,
        draft,
        account,
        sealed,
    )
    return changed == 1


async def drop_draft(tx: Tx, dispute: str, draft: str) -> bool:
    """Somebody said no to the draft: the dispute is open again. False when the draft is another one by now."""
    changed = await tx.run(
        "update dispute set state = 'open', draft = null, drafted_by = null, sealed = null"
        " where id = $1 and state = 'proposed' and draft = $2",
        dispute,
        draft,
    )
    return changed == 1


async def end(tx: Tx, dispute: str, state: str, resolution: str | None, draft: str | None, now: int) -> bool:
    """End a dispute: decided under this draft (none: an open one), or withdrawn. False when it is not so any more."""
    changed = await tx.run(
        "update dispute set state = $2, resolution = $3, ended_at = $4, draft = null, drafted_by = null, sealed = null"
        " where id = $1 and ((state = 'open' and $5 = '') or (state = 'proposed' and draft = $5))",
        dispute,
        state,
        resolution,
        now,
        draft or "",
    )
    return changed == 1


async def withdraw(tx: Tx, dispute: str, now: int) -> bool:
    """The person takes it back; False when it has ended."""
    changed = await tx.run(
        "update dispute set state = 'withdrawn', ended_at = $2, draft = null, drafted_by = null, sealed = null"
        " where id = $1 and state in ('open','proposed')",
        dispute,
        now,
    )
    return changed == 1
