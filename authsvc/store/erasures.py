"""Rows of orders about personal data and of legal holds, and the statements that destroy what a person's rows hold.

What must stay without the person (a relying party's ended request, whose record is in the log) hangs on one account
that is nobody's, so that no two of its rows are tied to each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.store import Reads, Row, Tx, subjects
from authsvc.store import exports as exports_rows

ERASED = "00000000-0000-7000-8000-00000000e5ed"
"""The account on which ended requests of erased persons hang."""
TABLES = (
    "subject_key", "blind_index", "chain", "disclosure", "blob", "account", "factor", "session", "consent",
    "code_grant", "code", "refresh_token", "confirmation_statement", "confirmation_request", "outbox", "data_order",
    "login_refusal", "ciba_request", "device_request", "dispute", "decision", "notice", "mandate_member",
    "address_index", "contract_party", "recovery_list", "recovery_code", "recovery_case", "freeze_link",
)  # fmt: skip
"""Where rows of an erased person lay."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order; `id` is the record's that it will write. `sealed` names the person, None once the order has ended."""

    id: str
    act: str
    request: bytes
    sealed: bytes | None
    state: str
    made_at: int
    expires_at: int

    @classmethod
    def of(cls, row: Row) -> "OrderRow":
        """From a row of `data_order`."""
        sealed = bytes(row["sealed"]) if row["sealed"] is not None else None
        return cls(
            row["id"], row["act"], bytes(row["request"]), sealed, row["state"], row["made_at"], row["expires_at"]
        )


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A legal hold; `sealed` is its ground."""

    id: str
    handle: str
    sealed: bytes
    placed_at: int


async def add_order(tx: Tx, order: OrderRow) -> None:
    """A new order."""
    await tx.run(
        "insert into data_order (id, act, request, sealed, state, made_at, expires_at)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        order.id,
        order.act,
        order.request,
        order.sealed,
        order.state,
        order.made_at,
        order.expires_at,
    )


async def order_of(reads: Reads, order: str) -> OrderRow | None:
    """The order of this id."""
    row = await reads.one("select * from data_order where id = $1", order)
    return OrderRow.of(row) if row else None


async def open_orders(reads: Reads, now: int, limit: int) -> list[OrderRow]:
    """Orders that wait, oldest first."""
    rows = await reads.all(
        "select * from data_order where state = 'open' and expires_at > $1 order by id limit $2", now, limit
    )
    return [OrderRow.of(row) for row in rows]


async def orders(reads: Reads, limit: int, offset: int) -> list[OrderRow]:
    """Orders whatever became of them, newest first."""
    rows = await reads.all("select * from data_order order by id desc limit $1 offset $2", limit, offset)
    return [OrderRow.of(row) for row in rows]


async def end_order(tx: Tx, order: str, state: str) -> bool:
    """End an open order, and forget whom it names; False when it was not open."""
    ended = await tx.run(
        "update data_order set state = $2, sealed = null where id = $1 and state = 'open'", order, state
    )
    return ended == 1


async def end_old_orders(tx: Tx, now: int) -> int:
    """End orders that nobody approved in time."""
    return await tx.run(
        "update data_order set state = 'withdrawn', sealed = null where state = 'open' and expires_at <= $1", now
    )


# --- legal holds and restrictions ---


async def add_hold(tx: Tx, hold: HoldRow) -> None:
    """A new hold."""
    await tx.run(
        "insert into legal_hold (id, subject, sealed, placed_at) values ($1, $2, $3, $4)",
        hold.id,
        hold.handle,
        hold.sealed,
        hold.placed_at,
    )


async def lift_hold(tx: Tx, hold: str, now: int) -> bool:
    """Lift a hold; False when it does not stand."""
    return await tx.run("update legal_hold set lifted_at = $2 where id = $1 and lifted_at is null", hold, now) == 1


async def holds(reads: Reads, limit: int) -> list[HoldRow]:
    """The holds that stand, oldest first."""
    rows = await reads.all("select * from legal_hold where lifted_at is null order by id limit $1", limit)
    return [HoldRow(row["id"], row["subject"], bytes(row["sealed"]), row["placed_at"]) for row in rows]


async def hold_of(reads: Reads, hold: str) -> HoldRow | None:
    """The hold of this id, if it stands."""
    row = await reads.one("select * from legal_hold where id = $1 and lifted_at is null", hold)
    return HoldRow(row["id"], row["subject"], bytes(row["sealed"]), row["placed_at"]) if row else None


async def holds_on(reads: Reads, handle: str) -> list[HoldRow]:
    """The holds that stand on this person."""
    rows = await reads.all("select * from legal_hold where subject = $1 and lifted_at is null order by id", handle)
    return [HoldRow(row["id"], row["subject"], bytes(row["sealed"]), row["placed_at"]) for row in rows]


async def restrict(tx: Tx, handle: str, record_id: str, now: int) -> bool:
    """Restrict the processing of a person's data; False when it is restricted already."""
    added = await tx.run(
        "insert into restriction (subject, record_id, since) values ($1, $2, $3) on conflict (subject) do nothing",
        handle,
        record_id,
        now,
    )
    return added == 1


async def unrestrict(tx: Tx, handle: str) -> bool:
    """End a restriction; False when there is none."""
    return await tx.run("delete from restriction where subject = $1", handle) == 1


async def is_restricted(reads: Reads, handle: str) -> bool:
    """Whether a person's data may be kept only."""
    return await reads.one("select 1 as there from restriction where subject = $1", handle) is not None


# --- accounts ---


async def account_of(reads: Reads, handle: bytes) -> str | None:
    """The account of the person of this handle (as bytes)."""
    row = await reads.one("select id from account where subject = $1", handle)
    return row["id"] if row else None


async def freeze_account(tx: Tx, account: str, now: int) -> None:
    """Nobody signs in any more, and what is signed in ends."""
    await tx.run("update account set state = 'frozen' where id = $1", account)
    await tx.run("update session set ended_at = $2 where account = $1 and ended_at is null", account, now)
    await tx.run("update code_grant set ended_at = $2 where account = $1 and ended_at is null", account, now)


async def thaw_account(tx: Tx, account: str) -> None:
    """The person may sign in again, unless they froze the account themselves."""
    await tx.run("update account set state = 'active' where id = $1 and frozen_at is null", account)


async def has_role(reads: Reads, account: str) -> bool:
    """Whether the person is a member of staff."""
    return await reads.one("select 1 as there from staff where account = $1 limit 1", account) is not None


async def erase_account(tx: Tx, account: str, now: int) -> None:
    """Destroy a person's account and all that hangs on it. Ended requests stay for their relying parties."""
    await tx.run(
        "insert into account (id, login, subject, sub, sealed, locale, state, failures, created_at)"
        " values ($1, 'erased ', $2, 'erased', $3, 'kk', 'frozen', 0, 0) on conflict do nothing",
        ERASED,
        bytes(32),
        b"",
    )
    requests = "(select id from confirmation_request where account = $1)"
    await tx.run(f"delete from outbox where request_id in {requests}", account)
    await tx.run(f"delete from confirmation_statement where request in {requests}", account)
    await tx.run("delete from approval where account = $1", account)
    await tx.run(
        "update confirmation_request set account = $2, challenge = '{}', code_mac = $3, address_id = '',"
        " state = case when state in ('requested','sent','seen') then 'cancelled' else state end,"
        " reason = case when state in ('requested','sent','seen') then 'system_ended' else reason end,"
        " ended_at = coalesce(ended_at, $4) where account = $1",
        account,
        ERASED,
        b"",
        now,
    )
    await tx.run("update evidence_export set asked_by = $2 where asker = 'person' and asked_by = $1", account, ERASED)
    await _untie(tx, account)
    grants = "(select id from code_grant where account = $1)"
    await tx.run(f"delete from code where grant_id in {grants}", account)
    await tx.run(f"delete from refresh_token where grant_id in {grants}", account)
    await tx.run(f"delete from device_request where grant_id in {grants}", account)
    await tx.run("delete from recovery_code where list in (select id from recovery_list where account = $1)", account)
    for table in (
        *("address_index", "ciba_request", "code_grant", "consent", "session", "login_refusal", "factor", "staff"),
        *("recovery_list", "recovery_case", "freeze_link"),
    ):
        await tx.run(f"delete from {table} where account = $1", account)
    await tx.run("delete from account where id = $1", account)


async def _untie(tx: Tx, account: str) -> None:
    """Mandates that the person granted stand without them."""
    await tx.run("update mandate set granted_by = $2 where granted_by = $1", account, ERASED)


# --- values ---


async def erase_subject(tx: Tx, handle: str, now: int) -> None:
    """Destroy a person's key, chain and index rows, the values sealed for them, and the texts of their records."""
    await subjects.destroy_key(tx, handle)
    await tx.run(
        "delete from blob where subject <> 'operator'"
        " and record_id in (select record_id from disclosure where subject = $1)",
        handle,
    )
    await tx.run("delete from blob where subject = $1", handle)
    for table in (
        "disclosure",
        "chain",
        "legal_hold",
        "restriction",
        "dispute",
        "decision",
        "notice",
        "mandate_member",
    ):
        await tx.run(f"delete from {table} where subject = $1", handle)
    # A contract keeps the place of a party who is gone: it must not be concluded as if there had been fewer.
    await tx.run("update contract_party set subject = '', account = '' where subject = $1", handle)
    await exports_rows.drop_about(tx, handle, now)


async def take_down(tx: Tx, handle: str, records: Sequence[str]) -> int:
    """Destroy what is sealed for this person of these records, and the records' texts; how many records had any."""
    taken = await tx.run(
        f"delete from disclosure where subject = $2 and record_id {tx.among(1)}", list(records), handle
    )
    await tx.run(f"delete from blob where subject <> 'operator' and record_id {tx.among(1)}", list(records))
    return taken


async def is_left(reads: Reads, handle: str, handle_bytes: bytes) -> bool:
    """Whether anything of this person is in the database."""
    for table in ("subject_key", "blind_index", "chain", "disclosure", "blob"):
        if await reads.one(f"select 1 as there from {table} where subject = $1 limit 1", handle) is not None:
            return True
    return await account_of(reads, handle_bytes) is not None
