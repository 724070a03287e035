"""The courier: messages leave by the outbox, written in the act's own transaction (transactional outbox).

The process that wrote a message carries it at once; when it dies before, the row falls due again and any worker takes
it. So a message
goes out at least once, and a code may come twice but never not at all. A row goes with the delivery: no code stays in
the database.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence

import orjson

from authsvc.clock import Clock, Entropy, uuid7
from authsvc.keys import Keys
from authsvc.outside import Accepted, Channel, Message, Permanent, Temporary
from authsvc.store import Change, Store, Tx, outbox, proofs

logger = logging.getLogger("authsvc.outbox")

CLAIM_MS = 30_000
"""A claimant that has not finished by then is taken for dead."""
BATCH = 100
TRIES = 6
"""Deliveries of one message before it is given up: with the back-off below about an hour."""
BACK_OFF_MS = 5_000


class Courier:
    """Carries messages over the channels, by name."""

    def __init__(
        self, store: Store, channels: Mapping[str, Channel], keys: Keys, *, clock: Clock, entropy: Entropy
    ) -> None:
        self._store = store
        self._channels = channels
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._handed: list[tuple[outbox.Delivery, Message]] = []
        self._carrying: asyncio.Task[None] | None = None

    def prepare(self, message: Message) -> tuple[outbox.Delivery, Change]:
        """The delivery, and what writes it in the act's transaction; after the commit give it to `hand_over`."""
        now = self._clock.now()
        name = uuid7(now, self._entropy)
        plain = orjson.dumps([message.address, message.text, message.code, message.link])
        sealed = self._keys.seal("outbox", plain, name.encode())
        delivery = outbox.Delivery(name, message.channel, message.request_id, sealed, 1)
        return delivery, outbox.to_post(delivery, now, now + CLAIM_MS)

    def hand_over(self, delivery: outbox.Delivery, message: Message) -> None:
        """Carry a message that was committed, without waiting for it."""
        self._handed.append((delivery, message))
        if self._carrying is None:
            self._carrying = asyncio.create_task(self._carry_handed())

    def carry_soon(self, deliveries: Sequence[tuple[outbox.Delivery, Message]]) -> None:
        """The same for several."""
        for delivery, message in deliveries:
            self.hand_over(delivery, message)

    async def sweep(self) -> int:
        """Carry what is due; how many there were. The worker calls it."""
        now = self._clock.now()

        async def body(tx: Tx) -> list[outbox.Delivery]:
            return await outbox.claim(tx, now, now + CLAIM_MS, BATCH)

        claimed = await self._store.transact(body)
        if claimed:
            await self._carry([(each, self._open(each)) for each in claimed])
        return len(claimed)

    async def carried(self) -> None:
        """Wait until what was handed over is carried and marked: a person may answer faster than we write it down."""
        while self._carrying is not None:
            await asyncio.wait([self._carrying])

    async def close(self) -> None:
        """Finish what is under way."""
        await self.carried()

    def _open(self, delivery: outbox.Delivery) -> Message:
        plain = orjson.loads(self._keys.unseal("outbox", delivery.sealed, delivery.id.encode()))
        address, text, code, link = plain
        return Message(delivery.channel, address, text, delivery.request_id, code, link)

    async def _carry_handed(self) -> None:
        try:
            while self._handed:
                batch, self._handed = self._handed, []
                await self._carry(batch)
        except Exception as error:
            # The rows are still in the outbox and fall due again.
            logger.error("a delivery was not finished: %s", type(error).__name__)
        finally:
            self._carrying = None

    async def _carry(self, batch: list[tuple[outbox.Delivery, Message]]) -> None:
        results = await asyncio.gather(*(self._send(message) for _, message in batch))
        now = self._clock.now()

        async def body(tx: Tx) -> None:
            done, sent = [], []
            for (delivery, message), result in zip(batch, results, strict=True):
                if isinstance(result, Temporary) and delivery.attempts < TRIES:
                    pause = max(result.after_ms, BACK_OFF_MS * 2**delivery.attempts)
                    await outbox.defer(tx, delivery.id, now + pause)
                    continue
                done.append(delivery.id)
                if isinstance(result, Accepted):
                    sent.append(message.request_id)
                else:
                    await proofs.mark_undeliverable(tx, message.request_id)
            await proofs.mark_sent(tx, sent)
            await outbox.drop(tx, done)

        await self._store.transact(body)

    async def _send(self, message: Message) -> Accepted | Temporary | Permanent:
        channel = self._channels.get(message.channel)
        if channel is None:
            return Permanent("no_such_channel")
        try:
            return await channel.send(message)
        except Exception as error:  # its words may quote the address or the code, so they are not written down
            logger.error("channel %s failed: %s", message.channel, type(error).__name__)
            return Temporary(BACK_OFF_MS)
