"""Sequencing where acts don't share a commit: while somebody in this process waits, one round follows another.

A round drains what is staged, whoever staged it, under the head row's lock; what arrives meanwhile is the next round's.
So a process has one sequencer at most, and a lone caller waits for no timer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

ROUNDS = 64
"""Rounds in which a waiter expects its record to be placed; each drains up to a full batch."""


@dataclass(slots=True)
class _Waiter:
    placed: asyncio.Future[bool]
    rounds: int = 0


class Turns:
    """`run_round` sequences once; of the record ids that it is given it names those that have their place now."""

    def __init__(self, run_round: Callable[[Sequence[str]], Awaitable[Collection[str]]]) -> None:
        self._run_round = run_round
        self._waiting: dict[str, _Waiter] = {}
        self._running: asyncio.Task[None] | None = None

    async def wait(self, record_id: str) -> bool:
        """Wait for the place of a record whose act has committed; False when it has none after many rounds.

        Raises what its round raised.
        """
        waiter = self._waiting.get(record_id)
        if waiter is None:
            waiter = self._waiting[record_id] = _Waiter(asyncio.get_running_loop().create_future())
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await asyncio.shield(waiter.placed)

    async def _run(self) -> None:
        try:
            while self._waiting:
                asked = list(self._waiting)
                try:
                    placed = await self._run_round(asked)
                except Exception as error:  # whatever ended the round is told to everyone who waited for it
                    self._end(asked, error)
                    continue
                self._end_placed(asked, placed)
        finally:
            self._running = None
            self._end(list(self._waiting), RuntimeError("the service is stopping"))

    def _end_placed(self, asked: Sequence[str], placed: Collection[str]) -> None:
        for record_id in asked:
            waiter = self._waiting[record_id]
            waiter.rounds += 1
            if record_id in placed or waiter.rounds >= ROUNDS:
                del self._waiting[record_id]
                waiter.placed.set_result(record_id in placed)

    def _end(self, asked: Sequence[str], error: Exception) -> None:
        for record_id in asked:
            waiter = self._waiting.pop(record_id)
            waiter.placed.set_exception(error)
            waiter.placed.exception()  # a waiter that was cut off meanwhile leaves nobody to retrieve it
