"""Budgets by the generic cell rate algorithm (GCRA; ITU-T I.371): one throttle for all methods, counted per key.

The theoretical arrival time of a key lies in the short-lived store. A budget that can not be read refuses.
"""

from dataclasses import dataclass

from authsvc.clock import Clock
from authsvc.errors import TooManyAttempts
from authsvc.store.ephemeral import Ephemeral


@dataclass(frozen=True, slots=True)
class Budget:
    """`burst` at once, `burst` in each `period_ms` over time; `name` keeps the keys of two budgets apart."""

    name: str
    burst: int
    period_ms: int


class Limits:
    """Spends budgets; see the module's text."""

    def __init__(self, ephemeral: Ephemeral, clock: Clock) -> None:
        self._ephemeral = ephemeral
        self._clock = clock

    async def spend(self, budget: Budget, key: str) -> None:
        """Take one from the budget of this key, or raise TooManyAttempts with the time at which there is room."""
        now = self._clock.now()
        step = budget.period_ms // budget.burst
        name = f"limit:{budget.name}:{key}"
        stored = await self._ephemeral.get(name)
        arrival = max(int(stored) if stored else now, now)
        room_at = arrival + step - budget.period_ms
        if room_at > now:
            raise TooManyAttempts("too many attempts; try again later", room_at)
        await self._ephemeral.put(name, str(arrival + step).encode(), budget.period_ms)
