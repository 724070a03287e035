"""Short-lived keys in this process: what may be lost with it, but is never answered after its time."""

from collections.abc import Callable
from typing import Protocol

SWEEP_EVERY = 1024
"""Writes between two sweeps of what has expired, so that memory is bounded by what lives."""


class Ephemeral(Protocol):
    """Values that expire, consumed atomically. Times are milliseconds."""

    async def put(self, key: str, value: bytes, ttl_ms: int) -> None:
        """Keep the value for so long, in place of an earlier one."""

    async def get(self, key: str) -> bytes | None:
        """The value, or None when absent or expired."""

    async def take(self, key: str) -> bytes | None:
        """The value, to one caller alone: it is gone afterwards."""

    async def add(self, key: str, ttl_ms: int) -> bool:
        """True for the first caller within the time, False for all others."""

    async def close(self) -> None:
        """Finish what is under way and let go of the server, if there is one."""


class InProcess:
    """The embedded default: a dictionary on the event loop, so each call is one atomic step."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._kept: dict[str, tuple[int, bytes]] = {}
        self._writes = 0

    async def put(self, key: str, value: bytes, ttl_ms: int) -> None:
        """See `Ephemeral.put`."""
        self._sweep()
        self._kept[key] = (self._now() + ttl_ms, value)

    async def get(self, key: str) -> bytes | None:
        """See `Ephemeral.get`."""
        until, value = self._kept.get(key, (0, b""))
        return value if until > self._now() else None

    async def take(self, key: str) -> bytes | None:
        """See `Ephemeral.take`."""
        until, value = self._kept.pop(key, (0, b""))
        return value if until > self._now() else None

    async def add(self, key: str, ttl_ms: int) -> bool:
        """See `Ephemeral.add`."""
        if await self.get(key) is not None:
            return False
        await self.put(key, b"1", ttl_ms)
        return True

    async def close(self) -> None:
        """Nothing to let go of."""

    def _sweep(self) -> None:
        self._writes += 1
        if self._writes % SWEEP_EVERY == 0:
            now = self._now()
            self._kept = {key: kept for key, kept in self._kept.items() if kept[0] > now}
