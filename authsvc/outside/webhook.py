"""Webhooks as Standard Webhooks 1.0.0 has them: a POST of JSON, signed with HMAC-SHA256 over id, time and body.

An address is a stranger's: it is resolved and looked at before each POST, and no redirect is followed.
"""

import asyncio
import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass

from authsvc.outside.guard import Guard
from authsvc.outside.http import Http, Unreachable
from authsvc.store.webhooks import EndpointRow

SECONDS = 15.0
"""For one POST (the specification's own recommendation: 15 to 30)."""
LARGEST = 4_096
"""Bytes of an answer: nothing in it is read."""
PREFIX = "whsec_"
KNOWN_MS = 1_000
"""How long a client's endpoints are remembered: an event within a second of a registration may miss it."""
KNOWN_CLIENTS = 1_000
CLOSING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of a POST: delivered, gone for good (410), or to be tried again; `reason` is a code."""

    delivered: bool
    gone: bool
    reason: str


class Hooks:
    """Posts events, and knows which of them are under way."""

    def __init__(self, http: Http, guard: Guard) -> None:
        self._http = http
        self._guard = guard
        self._tasks: set[asyncio.Task[None]] = set()
        self._to: Counter[str] = Counter()
        self.known: dict[str, tuple[int, Sequence[EndpointRow]]] = {}

    async def demand_reachable(self, url: str) -> None:
        """Raises Unreachable for an address that is not https to a public host."""
        await self._guard.resolve(url)

    async def post(self, url: str, secrets: Sequence[bytes], name: str, body: str, now: int) -> Heard:
        """POST one event; `now` in milliseconds, `name` the event's own, the same at each try."""
        stamp = str(now // 1000)
        headers = {
            "webhook-id": name,
            "webhook-timestamp": stamp,
            "webhook-signature": " ".join(sign(secret, name, stamp, body) for secret in secrets),
        }
        try:
            pinned = await self._guard.resolve(url)
            reply = await self._http.call(
                url,
                body.encode(),
                media_type="application/json",
                seconds=SECONDS,
                largest=LARGEST,
                pinned=pinned,
                headers=headers,
            )
        except Unreachable:
            return Heard(False, False, "unreachable")
        return Heard(200 <= reply.status < 300, reply.status == 410, f"http_{reply.status}")

    def start(self, endpoint: str, work: Coroutine[None, None, None]) -> None:
        """Carry a POST to this endpoint without waiting for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        self._to[endpoint] += 1
        task.add_done_callback(lambda done: self._ended(done, endpoint))

    def busy(self, most: int) -> list[str]:
        """Endpoints that so many POSTs are under way to."""
        return [endpoint for endpoint, count in self._to.items() if count >= most]

    @property
    def under_way(self) -> int:
        """POSTs under way."""
        return len(self._tasks)

    async def one_ended(self, seconds: float) -> None:
        """Wait until a POST has ended, at most so long."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Finish what is under way, for so long; the rest falls due again."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=CLOSING_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None], endpoint: str) -> None:
        self._tasks.discard(task)
        self._to[endpoint] -= 1
        if not self._to[endpoint]:
            del self._to[endpoint]


def sign(secret: bytes, name: str, stamp: str, body: str) -> str:
    """`v1,` and base64 of the HMAC over `id.timestamp.body`."""
    signed = hmac.new(secret, f"{name}.{stamp}.{body}".encode(), hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()


def write_secret(secret: bytes) -> str:
    """A secret as its receiver configures it."""
    return PREFIX + base64.b64encode(secret).decode()
