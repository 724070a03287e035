"""What happens to requests, live: one look at the database in each process, however many listen (the inbox, SSE).

An event is a hint that a request was opened or has its outcome, and saying it twice does no harm; so a listener that
comes back with the moment of the last event it heard misses nothing (HTML Living Standard, 9.2: Last-Event-ID).
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from authsvc.errors import TooManyAttempts
from authsvc.service import Service
from authsvc.store import proofs
from authsvc.store.proofs import Moved

logger = logging.getLogger("authsvc.feed")

PERIOD = 0.5
"""Seconds between two looks."""
OVERLAP_MS = 10_000
"""A commit may come so much later than the time that its act took."""
HEARTBEAT = 15.0
"""Seconds after which a silent listener is woken: to see whether it is still there, and may still listen."""
AT_ONCE = 1_000
WAITING = 64
"""Events that wait for one slow listener; beyond, its stream ends and it comes back with its last one."""
OF_ONE = 8
"""Streams of one person or relying party in a process."""


@dataclass(eq=False, slots=True)
class Listener:
    """One open stream. `over`: it missed something, or the process is told to stop."""

    waiting: deque[Moved] = field(default_factory=deque)
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False


class Feed:
    """The listeners of this process, by account (`a:ID`), relying party (`c:ID`) and request (`r:ID`)."""

    def __init__(self, svc: Service) -> None:
        self._svc = svc
        self._listeners: dict[str, set[Listener]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def listen(
        self, *, account: str = "", client_id: str = "", since: int | None = None
    ) -> AsyncGenerator[Moved | None, None]:
        """Events of this person or relying party, from the moment `since` (ms) where one is given; None is a heartbeat.

        Raises TooManyAttempts for one stream too many, before the first event.
        """
        with self._listening(f"a:{account}" if account else f"c:{client_id}") as listener:
            if since is not None:
                start = since - OVERLAP_MS
                for each in await proofs.moved_since(
                    self._svc.store, start, AT_ONCE, account=account, client_id=client_id
                ):
                    yield each
            async for heard in self._hear(listener):
                yield heard

    async def ended(self, request_id: str, seconds: float) -> None:
        """Wait until a request has its outcome, so long at most. Raises TooManyAttempts."""
        with self._listening(f"r:{request_id}") as listener, suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for _ in self._hear(listener):
                    row = await proofs.request_of(self._svc.store, request_id)
                    if row is None or not row.open or row.expires_at <= self._svc.clock.now():
                        return

    @contextmanager
    def _listening(self, key: str) -> Iterator[Listener]:
        listener, known = Listener(), self._listeners.setdefault(key, set())
        if len(known) >= OF_ONE:
            raise TooManyAttempts("too many streams are open", self._svc.clock.now() + 60_000)
        known.add(listener)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield listener
        finally:
            known.discard(listener)
            if not known and self._listeners.get(key) is known:
                del self._listeners[key]

    async def _hear(self, listener: Listener) -> AsyncIterator[Moved | None]:
        yield None
        while not listener.over:
            try:
                await asyncio.wait_for(listener.bell.wait(), HEARTBEAT)
            except TimeoutError:
                yield None
                continue
            listener.bell.clear()
            while listener.waiting:
                yield listener.waiting.popleft()

    async def _look(self) -> None:
        """While anybody listens."""
        since = self._svc.clock.now()
        told: dict[str, str] = {}
        while self._listeners:
            if self._svc.process.draining:
                self._end()
                return
            try:
                moved = await proofs.moved_since(self._svc.store, since - OVERLAP_MS, AT_ONCE)
            except Exception as error:  # a database that does not answer now must not end the streams
                logger.error("requests can't be watched: %s", type(error).__name__)
                moved = []
            for each in moved:
                if told.get(each.id) != each.state:
                    self._tell(each)
            told = {each.id: each.state for each in moved}
            since = self._svc.clock.now() if len(moved) < AT_ONCE else moved[-1].at + OVERLAP_MS
            await asyncio.sleep(PERIOD)

    def _tell(self, moved: Moved) -> None:
        for key in (f"a:{moved.account}", f"c:{moved.client_id}", f"r:{moved.id}"):
            for listener in self._listeners.get(key, ()):
                if len(listener.waiting) >= WAITING:
                    listener.over = True
                else:
                    listener.waiting.append(moved)
                listener.bell.set()

    def _end(self) -> None:
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.over = True
                listener.bell.set()
