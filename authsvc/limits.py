"""Throttling: one budget for all methods, counted per key. A budget that can not be read anywhere refuses."""

from authsvc.clock import Clock
from authsvc.errors import TooManyAttempts
from authsvc.store.budgets import Budget, Budgets

__all__ = ["Budget", "Limits"]


class Limits:
    """Spends budgets."""

    def __init__(self, budgets: Budgets, clock: Clock) -> None:
        self._budgets = budgets
        self._clock = clock

    async def spend(self, budget: Budget, key: str) -> None:
        """Take one from the budget of this key, or raise TooManyAttempts with the time at which there is room.

        EphemeralLost or StoreLost where no budget can be read: nobody tries uncounted.
        """
        room_at = await self._budgets.take(budget, key, self._clock.now())
        if room_at:
            raise TooManyAttempts("too many attempts; try again later", room_at)
