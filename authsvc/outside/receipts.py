"""Delivery receipts: what a gateway hears of a message after it took it. A hint: nothing waits for one.

A message that never reached its address leaves a request that nobody can answer, so it ends early, as undeliverable,
unless its statement was opened or another copy went out.
"""

from collections import deque

from authsvc.clock import Clock
from authsvc.outside import Receipt
from authsvc.store import Store, Tx, outbox, proofs

MOST = 10_000
"""Receipts that wait to be looked at; beyond, the oldest is forgotten."""
WAIT_MS = 60_000
"""A receipt may overtake the row of its message by so long."""
BATCH = 500


class Receipts:
    """Receipts that this process heard."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._heard: deque[tuple[int, Receipt]] = deque(maxlen=MOST)

    def heard(self, receipt: Receipt) -> None:
        """Remember what a gateway said."""
        self._heard.append((self._clock.now(), receipt))

    async def settle(self) -> int:
        """Look at what was heard; for how many the message was found. The worker calls it."""
        batch = [self._heard.popleft() for _ in range(min(BATCH, len(self._heard)))]
        if not batch:
            return 0
        now = self._clock.now()

        async def body(tx: Tx) -> list[str | None]:
            found = [await outbox.take_sent(tx, each.gateway, each.id) for _, each in batch]
            for (_, each), request in zip(batch, found, strict=True):
                if request is not None and not each.arrived:
                    await proofs.mark_lost(tx, request)
            return found

        found = await self._store.transact(body)
        for (since, each), request in zip(batch, found, strict=True):
            if request is None and since > now - WAIT_MS:
                self._heard.append((since, each))
        return sum(request is not None for request in found)
