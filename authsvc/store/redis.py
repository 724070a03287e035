"""Short-lived keys on Redis or Valkey (RESP): one connection, and what is asked while it is busy goes out together.

Redis forgets (a restart, a failover, its memory), so nothing lies here that evidence or money rests on. What can not be
asked is refused: `add` and `take` never say yes without the server's word.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from authsvc.errors import ConfigurationError, EphemeralLost

if TYPE_CHECKING:
    from redis.asyncio import Redis

SCHEMES = ("redis://", "rediss://", "unix://")
CONNECT_S = 1.0
ANSWER_S = 1.0
"""Seconds until a silent server counts as lost."""
TOGETHER = 512
"""Commands that go out at once, at most."""

Command = tuple[str | bytes | int, ...]
_Asked = tuple[Command, "asyncio.Future[Any]"]


class RedisEphemeral:
    """`Ephemeral` on a server that all processes share; every method raises EphemeralLost where it does not answer."""

    def __init__(self, client: "Redis", prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._asked: deque[_Asked] = deque()
        self._sending: asyncio.Task[None] | None = None

    async def put(self, key: str, value: bytes, ttl_ms: int) -> None:
        """See `Ephemeral.put`."""
        await self._ask("SET", self._name(key), value, "PX", ttl_ms)

    async def get(self, key: str) -> bytes | None:
        """See `Ephemeral.get`."""
        value: bytes | None = await self._ask("GET", self._name(key))
        return value

    async def take(self, key: str) -> bytes | None:
        """See `Ephemeral.take`. One answer lost with the connection loses the value, and never gives it twice."""
        value: bytes | None = await self._ask("GETDEL", self._name(key))
        return value

    async def add(self, key: str, ttl_ms: int) -> bool:
        """See `Ephemeral.add`. Asked again after a lost answer it may say False to the first, never True to two."""
        return await self._ask("SET", self._name(key), b"1", "NX", "PX", ttl_ms) is not None

    async def close(self) -> None:
        """Wait for what is under way, then let go of the connection."""
        if self._sending is not None:
            await self._sending
        await self._client.aclose()

    def _name(self, key: str) -> str:
        """The key in braces is its hash tag: what is told of one key lies in one slot of a cluster."""
        return f"{self._prefix}{{{key}}}"

    async def _ask(self, *command: str | bytes | int) -> Any:
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

        pipeline = self._client.pipeline(transaction=False)
        for command, _ in batch:
            pipeline.execute_command(*command)
        try:
            found: list[Any] = await pipeline.execute(raise_on_error=False)
        except Exception as error:
            found = [error] * len(batch)  # whatever it is, nobody waits for ever
        for (_, answer), value in zip(batch, found, strict=True):
            lost = isinstance(value, RedisError | OSError)
            _settle(answer, EphemeralLost(_GONE) if lost else value)


_GONE = "the store of short-lived keys does not answer; try again in a moment"


def _settle(answer: "asyncio.Future[Any]", value: object) -> None:
    if answer.done():  # whoever asked went away
        return
    if isinstance(value, Exception):
        answer.set_exception(value)
    else:
        answer.set_result(value)


def open_redis(url: str, origin: str) -> RedisEphemeral:
    """The store at `url`, whose keys begin with the log's origin: several services may share a server.

    It connects at the first question, and again by itself. Raises ConfigurationError for a URL that is none.
    """
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import ConnectionError as Lost

    try:
        client = Redis.from_url(
            url,
            max_connections=1,
            socket_connect_timeout=CONNECT_S,
            socket_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 1, supported_errors=(Lost,)),
        )
    except ValueError as error:
        raise ConfigurationError(f"redis_url: {', '.join(SCHEMES)} with host or path is needed") from error
    return RedisEphemeral(client, f"authsvc:{origin}:")
