"""Rows of recovery codes, of links that freeze, and of recoveries under way; no text carried.

A code, a link and a recovery are each used by one conditional statement: of two at once, one alone gets it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.store import Change, Reads, Row, Tx

WAITING, HELD, DONE, REFUSED, CANCELLED = "waiting", "held", "done", "refused", "cancelled"


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list of recovery codes; `record_id` is its `credential` record."""

    id: str
    account: str
    salt: bytes
    record_id: str
    state: str
    made_at: int

    @classmethod
    def of(cls, row: Row) -> "ListRow":
        """From its row."""
        return cls(row["id"], row["account"], bytes(row["salt"]), row["record_id"], row["state"], row["made_at"])


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A recovery under way. `sealed`: on which ground, and what changes; times are milliseconds."""

    id: str
    account: str
    hash: bytes
    sealed: bytes
    digest: str
    asked_by: str
    state: str
    hold_until: int
    expires_at: int

    @classmethod
    def of(cls, row: Row) -> "CaseRow":
        """From its row."""
        return cls(
            row["id"],
            row["account"],
            bytes(row["hash"]),
            bytes(row["sealed"]),
            row["digest"],
            row["asked_by"],
            row["state"],
            row["hold_until"],
            row["expires_at"],
        )


# --- recovery codes ---


async def insert_list(tx: Tx, row: ListRow, hashes: Sequence[bytes]) -> None:
    """A new list with its codes, number 1 first."""
    await tx.run(
        "insert into recovery_list (id, account, salt, record_id, state, made_at)"
        " values ($1, $2, $3, $4, 'active', $5)",
        row.id,
        row.account,
        row.salt,
        row.record_id,
        row.made_at,
    )
    await tx.many(
        "insert into recovery_code (list, number, hash) values ($1, $2, $3)",
        [(row.id, number, each) for number, each in enumerate(hashes, 1)],
    )


async def list_of(reads: Reads, account: str) -> ListRow | None:
    """The list that stands."""
    row = await reads.one("select * from recovery_list where account = $1 and state = 'active'", account)
    return ListRow.of(row) if row else None


async def revoke_list(tx: Tx, account: str) -> ListRow | None:
    """End the list that stands; what it was, or None."""
    row = await tx.one(
        "update recovery_list set state = 'revoked' where account = $1 and state = 'active' returning *", account
    )
    return ListRow.of(row) if row else None


async def number_of(reads: Reads, list_id: str, code_hash: bytes) -> int | None:
    """The number of the unused code of this hash."""
    row = await reads.one(
        "select number from recovery_code where list = $1 and hash = $2 and used_at is null", list_id, code_hash
    )
    return int(row["number"]) if row else None


async def use_code(tx: Tx, list_id: str, number: int, now: int) -> bool:
    """Use a code up; False when it was used before, or its list no longer stands."""
    changed = await tx.run(
        "update recovery_code set used_at = $3 where list = $1 and number = $2 and used_at is null"
        " and exists (select 1 from recovery_list where id = $1 and state = 'active')",
        list_id,
        number,
        now,
    )
    return changed == 1


async def codes_left(reads: Reads, list_id: str) -> int:
    """How many codes of the list are unused."""
    row = await reads.one("select count(*) as number from recovery_code where list = $1 and used_at is null", list_id)
    return int(row["number"]) if row else 0


# --- freezing ---


def to_insert_link(token_hash: bytes, account: str, expires_at: int) -> Change:
    """What makes a link that freezes."""
    return (
        "insert into freeze_link (hash, account, expires_at) values ($1, $2, $3)",
        (token_hash, account, expires_at),
    )


async def link_of(reads: Reads, token_hash: bytes, now: int) -> str | None:
    """The account that an unused link freezes."""
    row = await reads.one(
        "select account from freeze_link where hash = $1 and used_at is null and expires_at > $2", token_hash, now
    )
    return str(row["account"]) if row else None


async def use_link(tx: Tx, token_hash: bytes, now: int) -> bool:
    """Use a link up; False when it was used, or its time is over."""
    changed = await tx.run(
        "update freeze_link set used_at = $2 where hash = $1 and used_at is null and expires_at > $2", token_hash, now
    )
    return changed == 1


async def freeze(tx: Tx, account: str, now: int) -> bool:
    """Nobody signs in any more, and what is signed in ends; False when the person had frozen it before."""
    changed = await tx.run(
        "update account set state = 'frozen', frozen_at = $2 where id = $1 and frozen_at is null", account, now
    )
    await tx.run("update session set ended_at = $2 where account = $1 and ended_at is null", account, now)
    await tx.run("update code_grant set ended_at = $2 where account = $1 and ended_at is null", account, now)
    return changed == 1


async def thaw(tx: Tx, account: str) -> None:
    """The person may sign in again, and their failures are forgotten."""
    await tx.run("update account set state = 'active', frozen_at = null, failures = 0 where id = $1", account)


async def frozen_at(reads: Reads, account: str) -> int | None:
    """When the person froze their account."""
    row = await reads.one("select frozen_at from account where id = $1", account)
    return int(row["frozen_at"]) if row and row["frozen_at"] is not None else None


# --- recoveries ---


async def insert_case(tx: Tx, row: CaseRow) -> None:
    """A new recovery, in the state of its row."""
    await tx.run(
        "insert into recovery_case (id, account, hash, sealed, digest, asked_by, state, hold_until, expires_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        row.id,
        row.account,
        row.hash,
        row.sealed,
        row.digest,
        row.asked_by,
        row.state,
        row.hold_until,
        row.expires_at,
    )


async def case_of(reads: Reads, case: str) -> CaseRow | None:
    """The recovery of this id."""
    row = await reads.one("select * from recovery_case where id = $1", case)
    return CaseRow.of(row) if row else None


async def case_by_hash(reads: Reads, token_hash: bytes) -> CaseRow | None:
    """The recovery of this link, in whatever state."""
    row = await reads.one("select * from recovery_case where hash = $1", token_hash)
    return CaseRow.of(row) if row else None


async def open_cases(reads: Reads, now: int, limit: int) -> list[CaseRow]:
    """Recoveries that wait for approval or are held, newest first."""
    rows = await reads.all(
        "select * from recovery_case where state in ('waiting','held') and expires_at > $1 order by id desc limit $2",
        now,
        limit,
    )
    return [CaseRow.of(row) for row in rows]


async def open_of(reads: Reads, account: str, now: int) -> CaseRow | None:
    """What is under way for this account, the newest."""
    row = await reads.one(
        "select * from recovery_case where account = $1 and state in ('waiting','held') and expires_at > $2"
        " order by id desc limit 1",
        account,
        now,
    )
    return CaseRow.of(row) if row else None


async def move_case(tx: Tx, case: str, before: str, after: str, now: int, *, hold_until: int | None = None) -> bool:
    """From one state to another, once, while it is not over; `hold_until` in place of what stood."""
    changed = await tx.run(
        "update recovery_case set state = $3, hold_until = coalesce($5, hold_until)"
        " where id = $1 and state = $2 and expires_at > $4",
        case,
        before,
        after,
        now,
        hold_until,
    )
    return changed == 1


async def finish_case(tx: Tx, case: str, now: int) -> bool:
    """Use a recovery up whose hold is over; False when it was used, cancelled, is held still or over."""
    changed = await tx.run(
        "update recovery_case set state = 'done' where id = $1 and state = 'held' and hold_until <= $2"
        " and expires_at > $2",
        case,
        now,
    )
    return changed == 1


async def cancel_cases(tx: Tx, account: str) -> int:
    """End what is under way for this account; how many there were."""
    return await tx.run(
        "update recovery_case set state = 'cancelled' where account = $1 and state in ('waiting','held')", account
    )
