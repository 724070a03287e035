"""Redis first, the database where Redis does not answer: fast while it is there, correct when it is gone.

A loss is remembered for a moment, so that not each call waits for a silent server. What was written to the database
meanwhile is asked for as long as it may live: the two together say what one would have said. What Redis itself forgot
(a restart without persistence) nobody knows any more.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from authsvc.errors import EphemeralLost
from authsvc.store.budgets import Budget, Budgets
from authsvc.store.ephemeral import Ephemeral

logger = logging.getLogger("authsvc.store")

T = TypeVar("T")

PAUSE_MS = 1_000
"""After a loss the server is left alone for so long."""
DOUBT_MS = 30 * 60_000
"""So long after a loss the database is asked too: no short-lived key lives longer."""


class Losses:
    """When the fast store was lost last, for all that stand on it. `now` gives milliseconds that only go on."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._lost_at: int | None = None

    async def first(self, fast: Callable[[], Awaitable[T]], sure: Callable[[], Awaitable[T]]) -> T:
        """What the fast store says, or, where it does not answer, the sure one."""
        if self.since() >= PAUSE_MS:
            try:
                return await fast()
            except EphemeralLost:
                if not self.in_doubt:
                    logger.error("redis does not answer; the database keeps budgets and short-lived keys meanwhile")
                self._lost_at = self._now()
        return await sure()

    def since(self) -> int:
        """Milliseconds since the last loss."""
        return DOUBT_MS if self._lost_at is None else self._now() - self._lost_at

    @property
    def in_doubt(self) -> bool:
        """Whether the sure store may hold what the fast one does not know."""
        return self.since() < DOUBT_MS


class FallbackEphemeral:
    """`Ephemeral` on two stores."""

    def __init__(self, fast: Ephemeral, sure: Ephemeral, losses: Losses) -> None:
        self._fast = fast
        self._sure = sure
        self._losses = losses

    async def put(self, key: str, value: bytes, ttl_ms: int) -> None:
        """See `Ephemeral.put`."""
        if self._losses.in_doubt:
            await self._sure.take(key)
        await self._losses.first(lambda: self._fast.put(key, value, ttl_ms), lambda: self._sure.put(key, value, ttl_ms))

    async def get(self, key: str) -> bytes | None:
        """See `Ephemeral.get`."""
        found = await self._losses.first(lambda: self._fast.get(key), _nothing)
        if found is None and self._losses.in_doubt:
            return await self._sure.get(key)
        return found

    async def take(self, key: str) -> bytes | None:
        """See `Ephemeral.take`."""
        found = await self._losses.first(lambda: self._fast.take(key), _nothing)
        kept = await self._sure.take(key) if self._losses.in_doubt else None
        return found if found is not None else kept

    async def add(self, key: str, ttl_ms: int) -> bool:
        """See `Ephemeral.add`: after a loss the first is who was first in both."""
        first = await self._losses.first(lambda: self._fast.add(key, ttl_ms), _yes)
        if self._losses.in_doubt:
            return await self._sure.add(key, ttl_ms) and first
        return first

    async def close(self) -> None:
        """Let go of both."""
        await self._fast.close()
        await self._sure.close()


class FallbackBudgets:
    """`Budgets` on two stores: a loss begins the budgets anew, in the database."""

    def __init__(self, fast: Budgets, sure: Budgets, losses: Losses) -> None:
        self._fast = fast
        self._sure = sure
        self._losses = losses

    async def take(self, budget: Budget, key: str, now: int) -> int:
        """See `Budgets.take`."""
        return await self._losses.first(
            lambda: self._fast.take(budget, key, now), lambda: self._sure.take(budget, key, now)
        )


async def _nothing() -> None:
    """The fast store is left alone; the sure one is asked anyway."""
    return


async def _yes() -> bool:
    """Nobody was first in the fast store; the sure one decides."""
    return True
