"""Expired rows go away: bounded sweeps, so that every table is as large as what lives, and no act waits for a sweep.

Each step is a transaction of its own and deletes a thousand rows at most. The condition stands twice in each statement:
a row that lives again since it was found is left alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from authsvc.store import Body, Store, Tx
from authsvc.store.proofs import KEPT_MS

AT_ONCE = 1_000
"""Rows that one step deletes at most."""
STEPS = 200
"""Steps of one sweep over one table; what is left is the next sweep's."""
MINUTE_MS = 60_000
MONTH_MS = 30 * 24 * 60 * MINUTE_MS
QUARTERS_A_YEAR = 4 * 24 * 366


@dataclass(frozen=True, slots=True)
class Expiry:
    """Rows of a table that go once `column` lies `after` (in the column's own unit) behind."""

    table: str
    key: str
    column: str
    after: int = 0
    unit_ms: int = 1


EXPIRIES = (
    Expiry("ephemeral", "key", "expires_at"),
    Expiry("budget", "key", "arrival"),
    Expiry("idempotency", "client_id, key", "created_at", KEPT_MS),
    Expiry("session", "token_hash", "expires_at"),
    Expiry("device_request", "id", "expires_at", 10 * MINUTE_MS),
    Expiry("ciba_request", "id", "expires_at", 10 * MINUTE_MS),
    Expiry("pushed_request", "hash", "expires_at"),
    Expiry("refresh_token", "hash", "expires_at"),
    Expiry("revoked_token", "jti", "expires_at"),
    Expiry("freeze_link", "hash", "expires_at"),
    Expiry("recovery_case", "id", "expires_at", MONTH_MS),
    Expiry("stranger_refusal", "quarter", "quarter", QUARTERS_A_YEAR, 15 * MINUTE_MS),
)
"""`device_request` and `ciba_request` are told as expired for a while, as long as a client may poll."""


async def sweep(store: Store, now: int) -> Mapping[str, int]:
    """Delete what has expired; rows gone by table. Several processes may sweep at once."""
    gone = {each.table: await _repeat(store, _step(each, now)) for each in EXPIRIES}
    return {**gone, "code_grant": await _repeat(store, _grants(now))}


async def _repeat(store: Store, step: Body[int]) -> int:
    total = 0
    for _ in range(STEPS):
        gone = await store.transact(step)
        total += gone
        if gone < AT_ONCE:
            break
    return total


def _step(expiry: Expiry, now: int) -> Body[int]:
    over = now // expiry.unit_ms - expiry.after
    sql = (
        f"delete from {expiry.table} where {expiry.column} < $1 and ({expiry.key}) in"
        f" (select {expiry.key} from {expiry.table} where {expiry.column} < $1 order by {expiry.column} limit $2)"
    )

    async def body(tx: Tx) -> int:
        return await tx.run(sql, over, AT_ONCE)

    return body


def _grants(now: int) -> Body[int]:
    """Grants whose tokens have all expired, with their codes: until then a replay must be seen."""

    async def body(tx: Tx) -> int:
        rows = await tx.all(
            "select id from code_grant where expires_at < $1 order by expires_at limit $2", now, AT_ONCE
        )
        over = [row["id"] for row in rows]
        if over:
            await tx.run(f"delete from code where grant_id {tx.among(1)}", over)
            await tx.run(f"delete from refresh_token where grant_id {tx.among(1)}", over)
            await tx.run(f"delete from code_grant where id {tx.among(1)}", over)
        return len(over)

    return body
