"""Short-lived keys and budgets on Redis or Valkey (RESP), one server or a cluster: one connection to each, and what is
asked while it is busy goes out together.

Redis forgets (a restart, a failover, its memory), so nothing lies here that evidence or money rests on. What can not be
asked is refused: `add` and `take` never say yes without the server's word.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from authsvc.errors import ConfigurationError, EphemeralLost
from authsvc.store.budgets import Budget

if TYPE_CHECKING:
    from redis.asyncio import Redis, RedisCluster

logger = logging.getLogger("authsvc.store")

SCHEMES = ("redis://", "rediss://", "unix://")
CONNECT_S = 1.0
ANSWER_S = 1.0
"""Seconds until a silent server counts as lost."""
CLUSTER_TRIES = 2
"""Times that a cluster is asked again for its map, when a node is gone or a slot has moved."""
TOGETHER = 512
"""Commands that go out at once, at most."""

Command = tuple[str | bytes | int, ...]
_Asked = tuple[Command, "asyncio.Future[Any]"]


class RedisServer:
    """The way to a server (or cluster) that all processes share; EphemeralLost where it does not answer."""

    def __init__(self, client: "Redis | RedisCluster", prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._asked: deque[_Asked] = deque()
        self._sending: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Wait for what is under way, then let go of the connection."""
        if self._sending is not None:
            await self._sending
        await self._client.aclose()

    def name(self, key: str) -> str:
        """The key in braces is its hash tag: what is told of one key lies in one slot of a cluster."""
        return f"{self._prefix}{{{key}}}"

    async def ask(self, *command: str | bytes | int) -> Any:
        """The answer to one command."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked.append((command, answer))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())
        return await answer

    async def _send(self) -> None:
        try:
            while self._asked:
                batch = [self._asked.popleft() for _ in range(min(TOGETHER, len(self._asked)))]
                await self._send_batch(batch)
        finally:
            self._sending = None

    async def _send_batch(self, batch: Sequence[_Asked]) -> None:
        from redis.exceptions import RedisError

        lost = EphemeralLost(_GONE)
        pipeline = self._client.pipeline(transaction=False)
        for command, _ in batch:
            pipeline.execute_command(*command)
        try:
            found: list[Any] = await pipeline.execute(raise_on_error=False)
        except Exception as error:  # whatever it is, nobody waits for ever
            logger.error("redis: %s", type(error).__name__)
            found = [lost] * len(batch)
        for (_, answer), value in zip(batch, found, strict=True):
            _settle(answer, lost if isinstance(value, RedisError | OSError) else value)


_GONE = "the store of short-lived keys does not answer; try again in a moment"


def _settle(answer: "asyncio.Future[Any]", value: object) -> None:
    if answer.done():  # whoever asked went away
        return
    if isinstance(value, Exception):
        answer.set_exception(value)
    else:
        answer.set_result(value)


class RedisEphemeral:
    """`Ephemeral` on a server that all processes share; every method raises EphemeralLost where it does not answer."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def put(self, key: str, value: bytes, ttl_ms: int) -> None:
        """See `Ephemeral.put`."""
        await self._server.ask("SET", self._server.name(key), value, "PX", ttl_ms)

    async def get(self, key: str) -> bytes | None:
        """See `Ephemeral.get`."""
        value: bytes | None = await self._server.ask("GET", self._server.name(key))
        return value

    async def take(self, key: str) -> bytes | None:
        """See `Ephemeral.take`. One answer lost with the connection loses the value, and never gives it twice."""
        value: bytes | None = await self._server.ask("GETDEL", self._server.name(key))
        return value

    async def add(self, key: str, ttl_ms: int) -> bool:
        """See `Ephemeral.add`. Asked again after a lost answer it may say False to the first, never True to two."""
        return await self._server.ask("SET", self._server.name(key), b"1", "NX", "PX", ttl_ms) is not None

    async def close(self) -> None:
        """Let go of the server."""
        await self._server.close()


CHARGE = b"""
local now, step, period = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local arrival = tonumber(redis.call('GET', KEYS[1]) or now)
if arrival < now or arrival > now + period then arrival = now end
local room_at = arrival + step - period
if room_at > now then return room_at end
arrival = arrival + step
if arrival > now then
  redis.call('SET', KEYS[1], string.format('%.0f', arrival), 'PX', string.format('%.0f', arrival - now))
end
return 0
"""
"""`budgets.charge` on the server: read, decided and written in one step. A budget that is whole again is no key."""


class RedisBudgets:
    """`Budgets` on a server that all processes share."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def take(self, budget: Budget, key: str, now: int) -> int:
        """See `Budgets.take`."""
        name = self._server.name(f"{budget.name}:{key}")
        return int(await self._server.ask("EVAL", CHARGE, 1, name, now, budget.step, budget.period_ms))


def open_redis(url: str, origin: str, *, cluster: bool = False) -> RedisServer:
    """The server at `url`, or the cluster that it is a part of; keys begin with the log's origin, since several
    services may share a server.

    It connects at the first question, and again by itself. Raises ConfigurationError for a URL that is none.
    """
    from redis.asyncio import Redis, RedisCluster
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import ConnectionError as Lost
    from redis.exceptions import RedisClusterException

    limits: dict[str, Any] = {"socket_connect_timeout": CONNECT_S, "socket_timeout": ANSWER_S}
    try:
        if cluster:
            client: Redis | RedisCluster = RedisCluster.from_url(url, retry=Retry(NoBackoff(), CLUSTER_TRIES), **limits)
        else:
            once = Retry(NoBackoff(), 1, supported_errors=(Lost,))
            client = Redis.from_url(url, max_connections=1, retry=once, **limits)
    except (ValueError, RedisClusterException) as error:
        raise ConfigurationError(f"redis_url: {', '.join(SCHEMES)} with host or path is needed") from error
    return RedisServer(client, f"authsvc:{origin}:")
