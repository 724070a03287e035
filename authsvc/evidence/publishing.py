"""Publishing: at most one checkpoint a second gets the ML-DSA line and goes to the witnesses, after the commit only.

The append path waits for none of this. Each record is covered by the next published checkpoint. Publishing goes by
rounds: one checkpoint to all witnesses at once, until the quorum is met or all have answered; so they cosign the same
sizes. A witness that is still busy is left out of the next round and holds nobody up.

What is served as *the* checkpoint is the newest published one that met the quorum: who reads the log never sees a
history that no witness has seen. Before the first quorum (and where the policy asks for none) it is the newest
published one, whose lines say plainly that nobody has cosigned it.
"""

import asyncio
import logging
from contextlib import suppress

from authsvc.clock import Clock
from authsvc.errors import Overloaded, ReadOnly
from authsvc.evidence.log import Log, Settled
from authsvc.evidence.note import join_note, parse_note
from authsvc.evidence.quorum import Quorum
from authsvc.evidence.states import ANCHORED, SEQUENCED, WITNESSED, Standing, standing
from authsvc.evidence.witness import Cosigned, Refused
from authsvc.evidence.witnesses import Call, Place, Published, ask, remembered
from authsvc.store import Store, Tx, publication
from authsvc.store import evidence as rows

logger = logging.getLogger("authsvc.witnesses")

PACE_MS = 1_000
PATIENCE_MS = 10_000
"""A round that has not ended by then was that of a process that died."""
RETRY_MS = 5_000
"""Between two rounds over one checkpoint that has no quorum."""
QUORUM_SECONDS = 5.0
"""An answer waits so long for the quorum at most; then it says `sequenced`."""
ANCHOR_SECONDS = 90.0
"""Anchors are made each minute."""
PUBLISH_SECONDS = 15.0
ALARMING = frozenset({"ahead", "other_root", "bad_proof"})
"""Reasons for which a witness may hold another history than ours."""
CLOSE_SECONDS = 1.0
LOOK_SECONDS = 0.2
"""How often a waiter looks for what another process did; its own process wakes it."""


class Publishing:
    """Publishes the log of one deployment. `wake` after each batch, `close` at the end."""

    def __init__(
        self, log: Log, store: Store, quorum: Quorum, call: Call, *, clock: Clock, pace_ms: int = PACE_MS
    ) -> None:
        self.quorum = quorum
        self.places = tuple(
            Place(name, key, quorum.policy.urls[name])
            for name, key in quorum.policy.witnesses.items()
            if name in quorum.policy.urls
        )
        self.refusals: dict[str, str] = {}
        """Why a witness gave no cosignature last, by its name; one that gave it is not here."""
        self._log = log
        self._store = store
        self._call = call
        self._clock = clock
        self._pace = pace_ms
        self._believed: dict[str, int] = {}
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._moved = asyncio.Event()
        self._woken = False
        self._closing = False
        self._in_round: int | None = None
        self._work: asyncio.Task[None] | None = None

    # --- who waits ---

    def wake(self) -> None:
        """Something may be there to publish; returns at once."""
        if self._closing:
            return
        self._woken = True
        if self._work is None:
            self._work = asyncio.create_task(self._publish_all())

    async def publish(self) -> tuple[int, bytes]:
        """(size, note) of a published checkpoint over all that is sequenced now, signed by every log key.

        Waits for its turn. Raises ReadOnly; Overloaded where the turn does not come.
        """
        head = await self._head()
        with suppress(TimeoutError):
            async with asyncio.timeout(PUBLISH_SECONDS):
                while (row := await publication.read(self._store)).size < head.size:
                    if self._log.read_only_reason is not None:
                        raise ReadOnly("the evidence log is read-only, so nothing is published")
                    self.wake()
                    await self._look()
                return row.size, await publication.note_of(self._store, row.size)
        raise Overloaded("the checkpoint could not be published in time; try again in a moment")

    async def reached(self, index: int, wanted: str) -> None:
        """Wait until the entry of this index has come as far as `wanted`, or until it is late: the bound is passed,
        or all witnesses were asked without a quorum. Where no witness is asked for there is nothing to wait for."""
        if wanted == SEQUENCED or (wanted != ANCHORED and not self.quorum.is_asked):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(ANCHOR_SECONDS if wanted == ANCHORED else QUORUM_SECONDS):
                while not await self._has_come(index, wanted):
                    self.wake()
                    await self._look()

    async def stand(self, settled: Settled, wanted: str = SEQUENCED) -> Standing:
        """The record with its state and the proof that goes with it, after waiting for `wanted` as `reached` does."""
        await self.reached(settled.index, wanted)
        return await standing(self._store, settled)

    async def close_over(self, index: int) -> tuple[int, bytes, bool]:
        """(size, note, whether the quorum is met) of the checkpoint that closes a package over this entry."""
        size, note = await self.publish()
        await self.reached(index, WITNESSED)
        above = await publication.witnessed_above(self._store, index)
        if above is not None:
            return (*above, True)
        return size, note, not self.quorum.is_asked

    async def served(self) -> bytes | None:
        """The checkpoint for everybody, with every further line that it has; None before genesis."""
        row = await publication.read(self._store)
        size = row.witnessed or row.size if self.quorum.is_asked else row.size
        if size:
            return await publication.note_of(self._store, size)
        head = await rows.read_head(self._store)
        return head.note if head else None

    async def close(self) -> None:
        """Let the round under way end, then let go; whoever opens the log next need not wait for it."""
        self._closing = True
        if self._work is not None:
            await asyncio.wait([self._work], timeout=CLOSE_SECONDS)
        tasks = [*self._busy.values(), *([self._work] if self._work else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if (size := self._in_round) is not None:
            await self._store.transact(lambda tx: publication.end_round(tx, size))

    async def _has_come(self, index: int, wanted: str) -> bool:
        if wanted == ANCHORED:
            (entry,) = await rows.entries_between(self._store, index, index + 1)
            settled = await self._log.find(entry.record_id)
            return settled is None or (await self.stand(settled)).state == ANCHORED
        row = await publication.read(self._store)
        return row.witnessed > index or (row.done and row.size > index)

    async def _look(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._moved.wait(), LOOK_SECONDS)

    def _tell(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    async def _head(self) -> rows.Head:
        head = await rows.read_head(self._store)
        if head is None:
            raise ReadOnly("there is no log yet")
        return head

    # --- publishing ---

    async def _publish_all(self) -> None:
        try:
            while self._woken:
                self._woken = False
                await self._publish_newest()
        except Exception as error:  # the next batch, or the worker, wakes it again
            logger.error("publishing failed: %s", type(error).__name__)
        finally:
            self._work = None
            self._tell()

    async def _publish_newest(self) -> None:
        while self._log.read_only_reason is None and not self._closing:
            head, row = await self._head(), await publication.read(self._store)
            if head.size <= row.size:
                await self._ask_again(row)
                return
            if await self._claim(head):
                await self._round(head.size)
            else:
                wait = row.published_at + self._pace - self._clock.now()
                await asyncio.sleep(max(20, min(wait, self._pace)) / 1000)

    async def _claim(self, head: rows.Head) -> bool:
        """The ML-DSA line and the claim in one commit: who loses the claim has signed nothing that anybody sees."""
        now = self._clock.now()
        text = parse_note(head.note).text
        signers = (await self._log.signers_at(head)).tree_keys
        lines = await asyncio.to_thread(lambda: [each.sign(text, now // 1000).decode() for each in signers])

        async def body(tx: Tx) -> bool:
            if not await publication.claim(tx, head.size, now, pace=self._pace, patience=PATIENCE_MS):
                return False
            for signer, line in zip(signers, lines, strict=True):
                await rows.add_cosignature(tx, head.size, signer.verifier.short, line, now)
            return True

        claimed = await self._store.transact(body)
        if claimed:
            self._tell()
        return claimed

    async def _ask_again(self, row: publication.Publication) -> None:
        """A published checkpoint without a quorum: the witnesses are asked again after a pause."""
        now = self._clock.now()
        waits = self.quorum.is_asked and row.witnessed < row.size and row.done
        if not waits or (row.published_at > now - RETRY_MS and row.published_at <= now):
            return

        async def body(tx: Tx) -> bool:
            return await publication.claim_again(tx, row.size, now, pause=RETRY_MS)

        if await self._store.transact(body):
            await self._round(row.size)

    # --- a round ---

    async def _round(self, size: int) -> None:
        """Ask all witnesses that are free, in parallel, until the quorum is met or all have answered."""
        self._in_round = size
        published = await self._published(size)
        answered = set(await publication.witnesses_of(self._store, size))
        asked = {
            asyncio.create_task(self._ask(place, published))
            for place in self.places
            if place.name not in self._busy and place.verifier.short not in answered
        }
        waiting = asked
        met = await self._settle(published)
        while waiting and not met:
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            met = await self._settle(published)
        if not met:
            await self._store.transact(lambda tx: publication.end_round(tx, size))
        self._in_round = None
        self._tell()

    async def _published(self, size: int) -> Published:
        """The checkpoint with the log's own lines: witnesses don't need each other's."""
        note = await publication.note_of(self._store, size)
        parsed = parse_note(note)
        lines = note[len(parsed.text) + 1 :].splitlines(keepends=True)
        own = [line for line, each in zip(lines, parsed.signatures, strict=True) if each.name == self._log.origin]
        return Published(size, parsed.text, join_note(parsed.text, own))

    async def _settle(self, published: Published) -> bool:
        """Whether the quorum is met over this checkpoint; the first time the note that met it is kept for ever."""
        note = await publication.note_of(self._store, published.size)
        lines = note[len(published.text) + 1 :].splitlines(keepends=True)
        now = self._clock.now()
        if not self.quorum.is_met(published.text, lines, now):
            return False

        async def body(tx: Tx) -> None:
            await publication.mark_witnessed(tx, published.size, note, now)
            await publication.end_round(tx, published.size)

        await self._store.transact(body)
        return True

    async def _ask(self, place: Place, published: Published) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a witness is asked in a task of its own")
        self._busy[place.name] = task
        try:
            await self._ask_one(place, published)
        finally:
            del self._busy[place.name]

    async def _ask_one(self, place: Place, published: Published) -> None:
        key = place.verifier.short
        believed = self._believed.get(key)
        if believed is None:
            believed = await publication.last_cosigned(self._store, key)
        answer = await ask(self._call, place, published, self._store, believed, self._clock.now())
        if isinstance(answer, Cosigned):
            self._believed[key] = published.size
            self.refusals.pop(place.name, None)
            now, line = self._clock.now(), answer.line.decode()

            async def body(tx: Tx) -> None:
                await rows.add_cosignature(tx, published.size, key, line, now)

            await self._store.transact(body)
            return
        self._believed.pop(key, None)
        reason = answer.reason if isinstance(answer, Refused) else await self._conflict(published, answer.size)
        if reason:
            self._refuse(place, reason)
        if reason in ALARMING:
            await self._demand_extended(place)

    async def _conflict(self, published: Published, size: int) -> str:
        """Why a witness holds this size. Empty where another process has published more meanwhile: all is well."""
        head = await self._head()
        if size > head.size:
            return "ahead"
        return "" if size > published.size else "other_root"

    async def _demand_extended(self, place: Place) -> None:
        """What the witness holds under our own signature must be part of our tree; else the log turns read-only."""
        keys = [each.verifier for each in self._log.signers.log_keys]
        mark = await remembered(self._call, place, self._log.origin, keys)
        if mark is not None:
            with suppress(ReadOnly):
                await self._log.recall([mark])

    def _refuse(self, place: Place, reason: str) -> None:
        if self.refusals.get(place.name) != reason:
            level = logging.CRITICAL if reason in ALARMING else logging.WARNING
            logger.log(level, "witness %s gave no cosignature: %s", place.name, reason)
        self.refusals[place.name] = reason
