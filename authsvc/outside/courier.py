"""The courier: messages leave by the outbox, written in the act's own transaction (transactional outbox).

The process that wrote a message carries it at once; when it dies before, the row falls due again and any worker takes
it. So a message
goes out at least once, and a code may come twice but never not at all. A row goes with the delivery: no code stays in
the database.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import orjson

from authsvc.clock import Clock, Entropy, uuid7
from authsvc.keys import Keys
from authsvc.outside import Accepted, Channel, Message, Permanent, Temporary, Verdict
from authsvc.store import Change, Store, Tx, outbox, proofs

logger = logging.getLogger("authsvc.outbox")

CLAIM_MS = 30_000
"""A claimant that has not finished by then is taken for dead."""
CLOSING_SECONDS = 5.0
BATCH = 100
TRIES = 6
"""Deliveries of one message before it is given up: with the back-off below after five minutes, or past its end."""
BACK_OFF_MS = 5_000


class Courier:
    """Carries messages over the channels, by name. Each goes by itself: a slow gateway holds up nobody else's."""

    def __init__(
        self, store: Store, channels: Mapping[str, Channel], keys: Keys, *, clock: Clock, entropy: Entropy
    ) -> None:
        self._store = store
        self._channels = channels
        self.is_stopped: Callable[[str], bool] = lambda _channel: False
        """Whether the operator stopped this channel: its messages wait, as long as those that it could not take."""
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._under_way: dict[str, tuple[str, asyncio.Task[None]]] = {}
        self._heard: list[tuple[outbox.Delivery, Verdict]] = []
        self._marking: asyncio.Task[None] | None = None

    def carries(self, channel: str) -> bool:
        """Whether anything carries this channel."""
        return channel in self._channels

    def prepare(self, message: Message) -> tuple[outbox.Delivery, Change]:
        """The delivery, and what writes it in the act's transaction; after the commit give it to `hand_over`."""
        now = self._clock.now()
        name = uuid7(now, self._entropy)
        plain = orjson.dumps(
            [message.address, message.text, message.code, message.link, message.subject, message.until]
        )
        sealed = self._keys.seal("outbox", plain, name.encode())
        delivery = outbox.Delivery(name, message.channel, message.request_id, sealed, 1)
        return delivery, outbox.to_post(delivery, now, now + CLAIM_MS)

    def hand_over(self, delivery: outbox.Delivery, message: Message) -> None:
        """Carry a message that was committed, without waiting for it."""
        task = asyncio.create_task(self._carry(delivery, replace(message, id=delivery.id)))
        self._under_way[delivery.id] = message.request_id, task
        task.add_done_callback(lambda _: self._under_way.pop(delivery.id, None))

    def carry_soon(self, deliveries: Sequence[tuple[outbox.Delivery, Message]]) -> None:
        """The same for several."""
        for delivery, message in deliveries:
            self.hand_over(delivery, message)

    async def sweep(self) -> int:
        """Carry what is due; how many there were. The worker calls it."""
        now = self._clock.now()

        async def body(tx: Tx) -> list[outbox.Delivery]:
            return await outbox.claim(tx, now, now + CLAIM_MS, BATCH)

        claimed = [each for each in await self._store.transact(body) if each.id not in self._under_way]
        for delivery in claimed:
            self.hand_over(delivery, self._open(delivery))
        await self._wait(each.id for each in claimed)
        return len(claimed)

    async def carried(self, request_id: str = "") -> None:
        """Wait until what was handed over (for this request) is carried and marked: a person may answer faster than we
        write it down."""
        await self._wait([name for name, (about, _) in self._under_way.items() if request_id in ("", about)])

    async def close(self) -> None:
        """Finish what is under way, for so long; what is not done by then falls due in the outbox."""
        tasks = [task for _, task in self._under_way.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=CLOSING_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._marking is not None:
            await self._marking

    async def _wait(self, names: Iterable[str]) -> None:
        if waited := [self._under_way[name][1] for name in names if name in self._under_way]:
            await asyncio.wait(waited)

    def _open(self, delivery: outbox.Delivery) -> Message:
        plain = orjson.loads(self._keys.unseal("outbox", delivery.sealed, delivery.id.encode()))
        address, text, code, link, *more = plain
        subject, until = more or ("", 0)
        return Message(delivery.channel, address, text, delivery.request_id, code, link, subject, until)

    async def _carry(self, delivery: outbox.Delivery, message: Message) -> None:
        self._heard.append((delivery, await self._send(message)))
        if self._marking is None:
            self._marking = asyncio.create_task(self._mark())
        await asyncio.shield(self._marking)

    async def _mark(self) -> None:
        """Write down what the channels said, all that came meanwhile in one transaction."""
        try:
            while self._heard:
                batch, self._heard = self._heard, []
                await self._write_down(batch)
        except Exception as error:
            # The rows are still in the outbox and fall due again.
            logger.error("a delivery was not finished: %s", type(error).__name__)
        finally:
            self._marking = None

    async def _write_down(self, batch: list[tuple[outbox.Delivery, Verdict]]) -> None:
        now = self._clock.now()

        async def body(tx: Tx) -> None:
            done, sent, known = [], [], []
            for delivery, verdict in batch:
                if isinstance(verdict, Temporary) and delivery.attempts < TRIES:
                    pause = max(verdict.after_ms, BACK_OFF_MS * 2**delivery.attempts)
                    await outbox.defer(tx, delivery.id, now + pause)
                    continue
                done.append(delivery.id)
                if isinstance(verdict, Accepted):
                    sent.append(delivery.request_id)
                    if verdict.gateway and delivery.request_id:
                        known.append((verdict.gateway, verdict.id, delivery.request_id))
                else:
                    await proofs.mark_undeliverable(tx, delivery.request_id)
            await proofs.mark_sent(tx, sent)
            if known:
                await outbox.note_sent(tx, known, now)
            await outbox.drop(tx, done)

        await self._store.transact(body)

    async def _send(self, message: Message) -> Verdict:
        channel = self._channels.get(message.channel)
        if channel is None:
            return Permanent("no_such_channel")
        if message.until and self._clock.now() >= message.until:
            return Permanent("too_late")
        if self.is_stopped(message.channel):
            return Temporary(BACK_OFF_MS)
        try:
            return await channel.send(message)
        except Exception as error:  # its words may quote the address or the code, so they are not written down
            logger.error("channel %s failed: %s", message.channel, type(error).__name__)
            return Temporary(BACK_OFF_MS)
