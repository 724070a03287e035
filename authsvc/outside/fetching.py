"""Fetching what a verdict lacks: CRLs and OCSP responses (RFC 5280, RFC 6960), from hosts that the operator allows.

The addresses stand in certificates and CRLs, so a stranger may have written them. Only a host on the list of the trust
store is asked; its name is resolved once, every address must be public, and the exchange goes to the address looked
at. No redirect is followed. What comes is a hint that is checked like any other, which is why plain HTTP will do. An
OCSP request has no nonce (RFC 5019): its response is judged by its own times, and may be kept for the next who asks.

An address that fails three times in a row is left alone for a minute. No certificate is fetched: an issuer that nobody
has is no path to an anchor.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

import httpx2

from authsvc.clock import Clock
from authsvc.outside.guard import Guard
from authsvc.outside.http import Http, Unreachable
from signatures import Want, WantKind

NAME_SECONDS = 5.0
OCSP_SECONDS = 5.0
CRL_SECONDS = 15.0
"""For a whole exchange; the largest lists have tens of MiB."""
OCSP_BYTES = 64 << 10
CRL_BYTES = 32 << 20
FAILURES = 3
REST_MS = 60_000
"""An address that failed so often in a row is not asked for so long."""
REMEMBERED = 1_000
"""Addresses whose failures are counted at once; strangers name them."""
AT_ONCE = 8
"""Exchanges under way at the same time; the others wait."""
KEPT_MS = 3_600_000
"""A list is kept to its nextUpdate, but no longer than this: a revocation may be published before that."""
KEPT_BYTES = 128 << 20
SHORTEST = 8
"""Bytes of the smallest thing that may be a CRL or a response; authorities have been seen to serve empty files."""

Place = tuple[str, str]
"""An address, and the OCSPRequest in hexadecimal that goes there; none for a CRL."""


@dataclass(slots=True)
class Tried:
    """What one case asked for: each place, and whether the answer came fresh; what came, by its SHA-256."""

    fresh: dict[Place, bool] = field(default_factory=dict)
    came: dict[str, tuple[Place, bytes]] = field(default_factory=dict)


@dataclass(slots=True)
class _Line:
    failures: int = 0
    rests_until: int = 0


class Fetcher:
    """Fetches what a report wants; keeps what proved right. `told` hears how each request to a responder ended."""

    def __init__(
        self,
        http: Http,
        guard: Guard,
        hosts: Iterable[str],
        clock: Clock,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._http = http
        self._guard = guard
        self._allowed = frozenset(hosts)
        self._clock = clock
        self._told = told
        self._lines: dict[str, _Line] = {}
        self._kept: OrderedDict[Place, tuple[bytes, int]] = OrderedDict()
        self._size = 0
        self._under_way: dict[Place, asyncio.Task[bytes]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    @property
    def is_online(self) -> bool:
        """Whether there is any host that may be asked."""
        return bool(self._allowed)

    async def find(self, wants: Sequence[Want], tried: Tried) -> list[bytes]:
        """What could be had for these wants and did not come before: for each certificate its OCSP response, or else
        its CRL. Raises nothing, whatever the other side does."""
        groups: dict[tuple[str, str], list[Want]] = {}
        for want in wants:
            if want.kind in (WantKind.OCSP, WantKind.CRL):
                groups.setdefault((want.issuer, want.serial), []).append(want)
        before = set(tried.came)
        await asyncio.gather(*(self._find_one(group, tried) for group in groups.values()))
        return [data for digest, (_, data) in tried.came.items() if digest not in before]

    def keep(self, tried: Tried, until: Mapping[str, int]) -> None:
        """Keep what a verdict rests on now. `until`: SHA-256 in hexadecimal to the end of its time in ms."""
        now = self._clock.now()
        for digest, (place, data) in tried.came.items():
            if tried.fresh[place] and until.get(digest, 0) > now:
                self._put(place, data, min(until[digest], now + KEPT_MS))

    async def close(self) -> None:
        """Give up what is under way."""
        for task in tuple(self._under_way.values()):
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def _find_one(self, group: Sequence[Want], tried: Tried) -> None:
        """The first of the places for one certificate that has something; one that was kept is asked anew next time."""
        for place in _places(group):
            if tried.fresh.get(place):
                continue
            kept = None if place in tried.fresh else self._look_up(place)
            tried.fresh[place] = kept is None
            try:
                data = kept or await self._fetch_once(place)
            except Unreachable:
                continue
            tried.came.setdefault(sha256(data).hexdigest(), (place, data))
            return

    async def _fetch_once(self, place: Place) -> bytes:
        """Several that need the same at the same time share one exchange."""
        task = self._under_way.get(place)
        if task is None:
            task = asyncio.create_task(self._fetch(place))
            self._under_way[place] = task
            task.add_done_callback(lambda done: self._end(place, done))
        return await asyncio.shield(task)

    def _end(self, place: Place, done: asyncio.Task[bytes]) -> None:
        self._under_way.pop(place, None)
        if not done.cancelled():
            done.exception()  # looked at, also when nobody waits for it any more

    async def _fetch(self, place: Place) -> bytes:
        url, request = place
        self._demand_allowed(url)
        if len(self._lines) >= REMEMBERED:
            self._lines.clear()
        known = self._lines.setdefault(url, _Line())
        async with self._turns:
            if known.rests_until > self._clock.now():
                raise Unreachable("an address that failed again and again")
            try:
                data = await self._exchange(url, bytes.fromhex(request))
            except Unreachable:
                self._count(request, "failed")
                known.failures += 1
                if known.failures >= FAILURES:
                    known.rests_until = self._clock.now() + REST_MS
                raise
        known.failures = 0
        self._count(request, "answered")
        return data

    def _count(self, request: str, outcome: str) -> None:
        """Tell of an OCSP responder that was asked."""
        if request:
            self._told(outcome)

    async def _exchange(self, url: str, request: bytes) -> bytes:
        try:
            async with asyncio.timeout(NAME_SECONDS):
                pinned = await self._guard.resolve(url, plain=True)
        except TimeoutError as error:
            raise Unreachable("no answer of a name server in time") from error
        reply = await self._http.call(
            url,
            request or None,
            media_type="application/ocsp-request",
            seconds=OCSP_SECONDS if request else CRL_SECONDS,
            largest=OCSP_BYTES if request else CRL_BYTES,
            pinned=pinned,
        )
        if reply.status != httpx2.codes.OK or len(reply.body) < SHORTEST:
            raise Unreachable("an answer with nothing in it")
        return reply.body

    def _demand_allowed(self, url: str) -> None:
        """Unreachable unless host and port of the address are on the list."""
        try:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise Unreachable("no address") from error
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise Unreachable("no address")
        if f"{parts.hostname}:{port}" not in self._allowed:
            raise Unreachable("a host that is not on the list")

    def _look_up(self, place: Place) -> bytes | None:
        kept = self._kept.get(place)
        if kept is None:
            return None
        if kept[1] <= self._clock.now():
            self._drop(place)
            return None
        self._kept.move_to_end(place)
        return kept[0]

    def _put(self, place: Place, data: bytes, until: int) -> None:
        self._drop(place)
        self._kept[place] = (data, until)
        self._size += len(data)
        while self._size > KEPT_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, place: Place) -> None:
        data, _ = self._kept.pop(place, (b"", 0))
        self._size -= len(data)


def _places(group: Sequence[Want]) -> Iterator[Place]:
    """OCSP first: a response is about one certificate, and short."""
    for kind in (WantKind.OCSP, WantKind.CRL):
        for want in group:
            if want.kind is kind:
                yield from ((url, want.request) for url in want.urls)
