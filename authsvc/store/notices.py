"""Rows of notices; no text carried. Each step (received, opened, acknowledged) happens once, by one statement."""

from dataclasses import dataclass

from authsvc.store import Reads, Row, Tx

RECEIVED, OPENED, ACKNOWLEDGED = "received", "opened", "acknowledged"
STEPS = (RECEIVED, OPENED, ACKNOWLEDGED)
"""In their order; each is a column with a record's id, and one with its time."""


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice; `id` is the record of its sending. `steps`: step to (time, record) for those that were taken."""

    id: str
    subject: str
    account: str
    client_id: str
    sender_record: str
    sent_at: int
    steps: tuple[tuple[str, int, str], ...] = ()

    @property
    def taken(self) -> frozenset[str]:
        """The steps that were taken."""
        return frozenset(step for step, _, _ in self.steps)

    @classmethod
    def of(cls, row: Row) -> "NoticeRow":
        """From its row."""
        steps = tuple((step, int(row[f"{step}_at"]), str(row[step])) for step in STEPS if row[step] is not None)
        return cls(
            row["id"], row["subject"], row["account"], row["client_id"], row["sender_record"], row["sent_at"], steps
        )


async def add(tx: Tx, notice: NoticeRow) -> None:
    """A notice that is sent."""
    await tx.run(
        "insert into notice (id, subject, account, client_id, sender_record, sent_at) values ($1, $2, $3, $4, $5, $6)",
        notice.id,
        notice.subject,
        notice.account,
        notice.client_id,
        notice.sender_record,
        notice.sent_at,
    )


async def notice_of(reads: Reads, notice: str) -> NoticeRow | None:
    """The notice of this id."""
    row = await reads.one("select * from notice where id = $1", notice)
    return NoticeRow.of(row) if row else None


async def of_subject(reads: Reads, handle: str, limit: int, skip: int) -> list[NoticeRow]:
    """The notices to this person, newest first."""
    rows = await reads.all(
        "select * from notice where subject = $1 order by id desc limit $2 offset $3", handle, limit, skip
    )
    return [NoticeRow.of(row) for row in rows]


async def take_step(tx: Tx, notice: str, step: str, record: str, now: int) -> bool:
    """Take the step; False when it was taken before."""
    if step not in STEPS:
        raise ValueError(f"no step is called {step}")
    changed = await tx.run(
        f"update notice set {step} = $2, {step}_at = $3 where id = $1 and {step} is null", notice, record, now
    )
    return changed == 1
