"""The gateways of one channel in the order of the settings: the next one takes what the one before can't.

A refusal of the address or of the text ends it: another gateway would only say it again, or say yes to a wrong number.
A gateway that failed several times in a row rests, so that not every message waits for its time-out.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.clock import Clock
from authsvc.gateways import Gateway
from authsvc.outside import Accepted, Carrier, Message, Permanent, Temporary, Unusable, Verdict

logger = logging.getLogger("authsvc.outbox")

SECONDS = 25.0
"""For all gateways together: less than an outbox row stays claimed."""
FAILURES = 3
REST_MS = 30_000
AGAIN_MS = 10_000
MINUTE_MS = 60_000
DAY_MS = 24 * 3600 * 1000


@dataclass(slots=True)
class Quota:
    """At most `most` in each `period_ms`, counted in windows that begin with the first message; 0 is no bound."""

    most: int
    period_ms: int
    began: int = 0
    used: int = 0

    def room_at(self, now: int) -> int:
        """When the next message may go: now, or at the end of the window."""
        if now >= self.began + self.period_ms:
            self.began, self.used = now, 0
        return now if not self.most or self.used < self.most else self.began + self.period_ms


@dataclass(slots=True)
class Standing:
    """A gateway with what is known of it."""

    gateway: Gateway
    carrier: Carrier
    minute: Quota
    day: Quota
    failures: int = 0
    rests_until: int = 0

    @classmethod
    def of(cls, gateway: Gateway, carrier: Carrier) -> "Standing":
        """Nothing known yet."""
        return cls(gateway, carrier, Quota(gateway.a_minute, MINUTE_MS), Quota(gateway.a_day, DAY_MS))

    def free_at(self, now: int) -> int:
        """When it may be asked."""
        return max(self.minute.room_at(now), self.day.room_at(now), self.rests_until)

    def heard(self, verdict: Verdict | Unusable, now: int) -> None:
        """Count what it said."""
        if isinstance(verdict, Accepted | Permanent):
            self.failures, self.rests_until = 0, 0
            return
        self.failures += 1
        if self.failures >= FAILURES:
            self.failures, self.rests_until = 0, now + REST_MS


class Fallback:
    """A channel of several gateways."""

    def __init__(self, carriers: Sequence[tuple[Gateway, Carrier]], clock: Clock) -> None:
        self._standings = [Standing.of(gateway, carrier) for gateway, carrier in carriers]
        self._clock = clock

    async def send(self, message: Message) -> Verdict:
        """The first verdict that is final; Temporary, for the shortest time, when nobody could take it."""
        pauses: list[int] = []
        try:
            async with asyncio.timeout(SECONDS):
                for standing in self._standings:
                    verdict = await self._ask(standing, message)
                    if isinstance(verdict, Accepted | Permanent):
                        return verdict
                    pauses.append(verdict.after_ms)
        except TimeoutError:
            pauses.append(AGAIN_MS)
        return Temporary(min(pauses, default=AGAIN_MS), "no_gateway")

    async def close(self) -> None:
        """Close every gateway."""
        for standing in self._standings:
            await standing.carrier.close()

    async def _ask(self, standing: Standing, message: Message) -> Verdict:
        now = self._clock.now()
        if (free_at := standing.free_at(now)) > now:
            return Temporary(free_at - now)
        standing.minute.used += 1
        standing.day.used += 1
        verdict = await standing.carrier.send(message)
        standing.heard(verdict, self._clock.now())
        if not isinstance(verdict, Accepted):
            logger.warning("gateway %s: %s", standing.gateway.name, verdict.reason)
        return Temporary(AGAIN_MS, verdict.reason) if isinstance(verdict, Unusable) else verdict
