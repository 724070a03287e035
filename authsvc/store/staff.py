"""Rows of members of staff and of approvals; no text carried. An approval is a confirmation request of its approver."""

from dataclasses import dataclass

from authsvc.store import Reads, Row, Tx


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One person's approval of a matter: the confirmation asked of them, its state and, once ended, its record."""

    account: str
    request_id: str
    state: str
    record_id: str | None

    @classmethod
    def of(cls, row: Row) -> "ApprovalRow":
        """From a row of `approval` and its confirmation."""
        return cls(row["account"], row["request_id"], row["state"], row["record_id"])


async def roles_of(reads: Reads, account: str) -> frozenset[str]:
    """The roles that this account holds."""
    return frozenset(row["role"] for row in await reads.all("select role from staff where account = $1", account))


async def holders(reads: Reads) -> list[tuple[str, str]]:
    """(account, role) of all staff."""
    rows = await reads.all("select account, role from staff order by role, given_at, account")
    return [(row["account"], row["role"]) for row in rows]


async def give_role(tx: Tx, account: str, role: str, record_id: str, now: int) -> bool:
    """False when the account holds the role already."""
    changed = await tx.run(
        "insert into staff (account, role, record_id, given_at) values ($1, $2, $3, $4) on conflict do nothing",
        account,
        role,
        record_id,
        now,
    )
    return changed == 1


async def take_role(tx: Tx, account: str, role: str) -> str | None:
    """The record by which the role was given, now taken; None when it was not held."""
    row = await tx.one("delete from staff where account = $1 and role = $2 returning record_id", account, role)
    return str(row["record_id"]) if row else None


async def approvals_of(reads: Reads, matter: str) -> list[ApprovalRow]:
    """Who was asked to approve the matter, in the order in which they were asked."""
    rows = await reads.all(
        "select a.account as account, a.request_id as request_id, c.state as state, c.record_id as record_id"
        " from approval a join confirmation_request c on c.id = a.request_id where a.matter = $1"
        " order by a.request_id",
        matter,
    )
    return [ApprovalRow.of(row) for row in rows]


async def put_approval(tx: Tx, matter: str, account: str, request_id: str, before: str) -> bool:
    """Name the confirmation by which this person approves, in place of `before` (empty: the first); else False."""
    if not before:
        changed = await tx.run(
            "insert into approval (matter, account, request_id) values ($1, $2, $3) on conflict do nothing",
            matter,
            account,
            request_id,
        )
    else:
        changed = await tx.run(
            "update approval set request_id = $3 where matter = $1 and account = $2 and request_id = $4",
            matter,
            account,
            request_id,
            before,
        )
    return changed == 1
