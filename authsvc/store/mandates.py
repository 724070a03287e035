"""Rows of mandates and of groups; no text carried. What is spent is counted by the statement that asks whether there is
room, so acts at the same time never spend more than the limit."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from authsvc.store import Reads, Row, Tx

DAY, MONTH, TERM = "day", "month", "term"


@dataclass(frozen=True, slots=True)
class MandateRow:
    """A mandate as its head signed it, and what was spent of it in the period `period_key`."""

    id: str
    bin: str
    grantor: str
    granted_by: str
    acts: str
    currency: str
    single_limit: int
    period: str
    total_limit: int
    period_key: int
    spent: int
    k: int
    starts_at: int
    ends_at: int
    state: str
    granted_at: int
    revoked_at: int | None = None

    @classmethod
    def of(cls, row: Row) -> "MandateRow":
        """From a row of `mandate`."""
        return cls(*[row[name] for name in COLUMNS])


COLUMNS = tuple(field.name for field in fields(MandateRow))


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A person of a mandate, by handle, and the `mandate` record that granted it to them."""

    mandate: str
    subject: str
    record_id: str


@dataclass(frozen=True, slots=True)
class GroupRow:
    """k of n; `records` are those of the confirmed answers so far, in their order."""

    id: str
    mandate: str
    amount: int
    period_key: int
    k: int
    n: int
    requests: str
    confirmed: int = 0
    lost: int = 0
    records: str = ""
    outcome: str = ""

    @classmethod
    def of(cls, row: Row) -> "GroupRow":
        """From a row of `confirmation_group`."""
        return cls(*[row[field.name] for field in fields(cls)])


async def add(tx: Tx, mandate: MandateRow, members: Sequence[MemberRow]) -> bool:
    """A mandate with its members; False when this document was granted before."""
    values = [getattr(mandate, name) for name in COLUMNS]
    marks = ", ".join(f"${n}" for n in range(1, len(COLUMNS) + 1))
    statement = f"insert into mandate ({', '.join(COLUMNS)}) values ({marks}) on conflict (id) do nothing"
    if await tx.run(statement, *values) != 1:
        return False
    await tx.many(
        "insert into mandate_member (mandate, subject, record_id) values ($1, $2, $3)",
        [(each.mandate, each.subject, each.record_id) for each in members],
    )
    return True


async def mandate_of(reads: Reads, mandate: str) -> MandateRow | None:
    """The mandate of this id."""
    row = await reads.one("select * from mandate where id = $1", mandate)
    return MandateRow.of(row) if row else None


async def mandate_by_record(reads: Reads, record: str) -> MandateRow | None:
    """The mandate that this `mandate` record granted to a member."""
    row = await reads.one(
        "select m.* from mandate m join mandate_member p on p.mandate = m.id where p.record_id = $1", record
    )
    return MandateRow.of(row) if row else None


async def members_of(reads: Reads, mandate: str) -> list[MemberRow]:
    """The persons of a mandate."""
    rows = await reads.all(
        "select mandate, subject, record_id from mandate_member where mandate = $1 order by record_id", mandate
    )
    return [MemberRow(row["mandate"], row["subject"], row["record_id"]) for row in rows]


async def held_by(reads: Reads, handle: str, now: int) -> list[tuple[MandateRow, str]]:
    """(mandate, this person's record of it) for those that stand now, oldest first."""
    rows = await reads.all(
        "select m.*, p.record_id as record_id from mandate m join mandate_member p on p.mandate = m.id"
        " where p.subject = $1 and m.state = 'granted' and m.starts_at <= $2 and m.ends_at > $2 order by m.id",
        handle,
        now,
    )
    return [(MandateRow.of(row), row["record_id"]) for row in rows]


async def concerning(reads: Reads, handle: str, account: str, limit: int) -> list[MandateRow]:
    """The mandates that this person granted or holds, newest first, whatever their state."""
    rows = await reads.all(
        "select * from mandate where granted_by = $2"
        " or id in (select mandate from mandate_member where subject = $1) order by id desc limit $3",
        handle,
        account,
        limit,
    )
    return [MandateRow.of(row) for row in rows]


async def revoke(tx: Tx, mandate: str, now: int) -> bool:
    """End it at once; False when it is over already. Answers in other transactions wait for this row."""
    changed = await tx.run(
        "update mandate set state = 'revoked', revoked_at = $2 where id = $1 and state = 'granted'", mandate, now
    )
    return changed == 1


async def charge(tx: Tx, mandate: str, amount: int, key: int, now: int) -> bool:
    """Count the amount in the period `key` if the mandate stands now and has room for it; else False."""
    changed = await tx.run(
        "update mandate set spent = (case when period_key = $3 then spent else 0 end) + $2, period_key = $3"
        " where id = $1 and state = 'granted' and starts_at <= $4 and ends_at > $4 and $2 <= single_limit"
        " and (case when period_key = $3 then spent else 0 end) + $2 <= total_limit",
        mandate,
        amount,
        key,
        now,
    )
    return changed == 1


async def stands(tx: Tx, mandate: str, now: int) -> bool:
    """Whether it stands now; its row is locked until the transaction ends, so a revocation is before or after."""
    changed = await tx.run(
        "update mandate set state = state where id = $1 and state = 'granted' and starts_at <= $2 and ends_at > $2",
        mandate,
        now,
    )
    return changed == 1


async def release(tx: Tx, mandate: str, amount: int, key: int) -> None:
    """Give back what was counted in this period; a later period never knew of it."""
    await tx.run(
        "update mandate set spent = spent - $2 where id = $1 and period_key = $3 and spent >= $2", mandate, amount, key
    )


# --- groups ---


async def add_group(tx: Tx, group: GroupRow) -> None:
    """A group whose members are asked."""
    await tx.run(
        "insert into confirmation_group (id, mandate, amount, k, n, requests) values ($1, $2, $3, $4, $5, $6)",
        group.id,
        group.mandate,
        group.amount,
        group.k,
        group.n,
        group.requests,
    )


async def group_of(reads: Reads, group: str) -> GroupRow | None:
    """The group of this id."""
    row = await reads.one("select * from confirmation_group where id = $1", group)
    return GroupRow.of(row) if row else None


async def hold_group(tx: Tx, group: str) -> GroupRow:
    """The group as it stands, locked until the transaction ends."""
    row = await tx.one("update confirmation_group set k = k where id = $1 returning *", group)
    if row is None:
        raise RuntimeError("a group is there as long as its requests")
    return GroupRow.of(row)


async def count_confirmed(tx: Tx, group: str, record: str, key: int) -> GroupRow | None:
    """One member more confirmed; the k-th meets the group. None when it has its outcome."""
    row = await tx.one(
        "update confirmation_group set confirmed = confirmed + 1,"
        " records = trim(records || ' ' || $2), period_key = $3,"
        " outcome = case when confirmed + 1 >= k then 'met' else '' end where id = $1 and outcome = '' returning *",
        group,
        record,
        key,
    )
    return GroupRow.of(row) if row else None


async def count_lost(tx: Tx, group: str, *, at_once: bool) -> GroupRow | None:
    """One member less; the group fails when k can't be reached any more, or at once. None when it has its outcome."""
    row = await tx.one(
        "update confirmation_group set lost = lost + 1,"
        " outcome = case when $2 = 1 or n - lost - 1 < k then 'failed' else '' end"
        " where id = $1 and outcome = '' returning *",
        group,
        int(at_once),
    )
    return GroupRow.of(row) if row else None
