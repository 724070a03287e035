"""Budgets by the generic cell rate algorithm (GCRA; ITU-T I.371): the face, and the budgets of one process alone.

Of each key one time is kept: its theoretical arrival, at which the whole budget is there again. Whoever comes earlier
than a period before it is refused; whoever is taken moves it on by one step. `redis.py` has the same as a script, and
`short_lived.py` as a single statement.
"""

from dataclasses import dataclass
from typing import Protocol

SWEEP_EVERY = 1024
"""Charges between two sweeps of budgets that are whole again, so that memory is bounded by those that are not."""


@dataclass(frozen=True, slots=True)
class Budget:
    """`burst` at once, `burst` in each `period_ms` over time; `name` keeps the keys of two budgets apart."""

    name: str
    burst: int
    period_ms: int

    @property
    def step(self) -> int:
        """Milliseconds in which one comes back."""
        return self.period_ms // self.burst


class Budgets(Protocol):
    """Where budgets are counted, one atomic step a charge."""

    async def take(self, budget: Budget, key: str, now: int) -> int:
        """Take one from the budget of this key at this time (ms): 0, or when there is room again.

        EphemeralLost or StoreLost where nobody can say.
        """


def charge(budget: Budget, arrival: int, now: int) -> tuple[int, int]:
    """(the arrival afterwards, 0) when one was there, else (the same arrival, when there is room).

    An arrival further ahead than a period is from before the clock was set back; such a budget begins anew, rather than
    refuse for as long as the clock went back.
    """
    if not now <= arrival <= now + budget.period_ms:
        arrival = now
    room_at = arrival + budget.step - budget.period_ms
    return (arrival, room_at) if room_at > now else (arrival + budget.step, 0)


class InProcessBudgets:
    """The embedded default: a dictionary on the event loop, so each charge is one atomic step."""

    def __init__(self) -> None:
        self._arrivals: dict[str, int] = {}
        self._charges = 0

    async def take(self, budget: Budget, key: str, now: int) -> int:
        """See `Budgets.take`."""
        self._charges += 1
        if self._charges % SWEEP_EVERY == 0:
            self._arrivals = {each: arrival for each, arrival in self._arrivals.items() if arrival > now}
        name = f"{budget.name}:{key}"
        arrival, room_at = charge(budget, self._arrivals.get(name, now), now)
        self._arrivals[name] = arrival
        return room_at
