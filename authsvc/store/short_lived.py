"""Short-lived keys and rate budgets as rows: several processes on PostgreSQL are correct with no Redis.

Each call is one conditional statement in a transaction of its own. What has expired is never answered, whether the
sweep (`sweeping.py`) came by or not.
"""

from collections.abc import Callable

from authsvc.store import Store
from authsvc.store.budgets import Budget


class SqlEphemeral:
    """`Ephemeral` in the database that all processes share. What it promises outlives a crash, as the acts do."""

    def __init__(self, store: Store, now: Callable[[], int]) -> None:
        self._store = store
        self._now = now

    async def put(self, key: str, value: bytes, ttl_ms: int) -> None:
        """See `Ephemeral.put`."""
        await self._store.once(
            "insert into ephemeral (key, value, expires_at) values ($1, $2, $3)"
            " on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at",
            key,
            value,
            self._now() + ttl_ms,
        )

    async def get(self, key: str) -> bytes | None:
        """See `Ephemeral.get`."""
        row = await self._store.one("select value from ephemeral where key = $1 and expires_at > $2", key, self._now())
        return bytes(row["value"]) if row else None

    async def take(self, key: str) -> bytes | None:
        """See `Ephemeral.take`."""
        row = await self._store.once("delete from ephemeral where key = $1 returning value, expires_at", key)
        return bytes(row["value"]) if row and row["expires_at"] > self._now() else None

    async def add(self, key: str, ttl_ms: int) -> bool:
        """See `Ephemeral.add`."""
        now = self._now()
        row = await self._store.once(
            "insert into ephemeral (key, value, expires_at) values ($1, $2, $3)"
            " on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at"
            " where ephemeral.expires_at <= $4 returning 1 as first",
            key,
            b"1",
            now + ttl_ms,
            now,
        )
        return row is not None

    async def close(self) -> None:
        """Nothing of its own to let go of."""


class SqlBudgets:
    """`Budgets` in the database that all processes share."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take(self, budget: Budget, key: str, now: int) -> int:
        """See `Budgets.take`: the statement that asks whether one is left is the one that takes it."""
        name = f"{budget.name}:{key}"
        taken = await self._store.once(
            "insert into budget (key, arrival) values ($1, $3)"
            " on conflict (key) do update set arrival ="
            " case when budget.arrival between $2 and $4 then budget.arrival + $6 else $3 end"
            " where budget.arrival <= $5 or budget.arrival > $4 returning arrival",
            name,
            now,
            now + budget.step,
            now + budget.period_ms,
            now + budget.period_ms - budget.step,
            budget.step,
        )
        if taken is not None:
            return 0
        row = await self._store.one("select arrival from budget where key = $1", name)
        room_at = int(row["arrival"]) + budget.step - budget.period_ms if row else 0
        return max(room_at, now + 1)
