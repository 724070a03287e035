"""Short-lived keys, in process and on a real Valkey: the same contract, and what holds when the server is gone."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from authsvc.clock import HandClock
from authsvc.errors import ConfigurationError, EphemeralLost
from authsvc.store import redis
from authsvc.store.ephemeral import SWEEP_EVERY, Ephemeral, InProcess
from authsvc.store.redis import RedisEphemeral, RedisServer, open_redis
from tests import valkey

pytestmark = pytest.mark.anyio

MINUTE = 60_000
RACERS = 16


@pytest.fixture
async def server(valkey_server: valkey.Server) -> AsyncIterator[RedisServer]:
    """The way to a server that the test may stop."""
    server = open_redis(valkey_server.url, "test.lonely")
    yield server
    await server.close()


@pytest.fixture
def lonely(server: RedisServer) -> RedisEphemeral:
    """On that server."""
    return RedisEphemeral(server)


async def until_expired(clock: HandClock, ask: Callable[[], Awaitable[bool]]) -> None:
    """The clock of an in-process store is moved; a server's own goes on, and is asked until it says so."""
    clock.move(50)
    for _ in range(1000):
        if await ask():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never expired")


# The contract, on each.


async def test_a_value_is_read_as_it_was_put_and_replaced_by_the_next(ephemeral: Ephemeral) -> None:
    await ephemeral.put("a", b"\x00\xff\r\n1", MINUTE)
    assert await ephemeral.get("a") == b"\x00\xff\r\n1"
    await ephemeral.put("a", b"2", MINUTE)
    assert (await ephemeral.get("a"), await ephemeral.get("b")) == (b"2", None)


async def test_a_value_is_taken_by_one_of_sixteen(ephemeral: Ephemeral) -> None:
    await ephemeral.put("a", b"1", MINUTE)
    taken = await asyncio.gather(*(ephemeral.take("a") for _ in range(RACERS)))
    assert (taken.count(b"1"), taken.count(None)) == (1, RACERS - 1)
    assert await ephemeral.get("a") is None


async def test_one_of_sixteen_is_first(ephemeral: Ephemeral) -> None:
    assert sum(await asyncio.gather(*(ephemeral.add("a", MINUTE) for _ in range(RACERS)))) == 1
    assert await ephemeral.add("b", MINUTE), "another key is another matter"


async def test_what_was_taken_can_be_added_again(ephemeral: Ephemeral) -> None:
    assert await ephemeral.add("a", MINUTE)
    assert await ephemeral.take("a") is not None
    assert await ephemeral.add("a", MINUTE)


async def test_a_value_is_gone_after_its_time(ephemeral: Ephemeral, clock: HandClock) -> None:
    await ephemeral.put("a", b"1", 50)
    await ephemeral.put("b", b"1", 50)

    async def gone() -> bool:
        return await ephemeral.get("a") is None

    await until_expired(clock, gone)
    await until_expired(clock, lambda: ephemeral.add("b", MINUTE))
    assert await ephemeral.take("a") is None


async def test_keys_may_hold_whatever_a_key_holds(ephemeral: Ephemeral) -> None:
    for key in ("a b", "{a}b", "a}", "қ", "a\r\nDEL a", ""):
        assert await ephemeral.add(key, MINUTE), key
        assert not await ephemeral.add(key, MINUTE), key


# In this process.


async def test_memory_is_bounded_by_what_lives(clock: HandClock) -> None:
    store = InProcess(clock.now)
    for number in range(5 * SWEEP_EVERY):
        await store.put(str(number), b"", 1)
        clock.move(1)
    assert len(store._kept) <= SWEEP_EVERY


# On a server.


async def test_two_processes_share_what_is_on_the_server(valkey_url: str) -> None:
    origin = f"test.{os.urandom(8).hex()}"
    stores = [RedisEphemeral(open_redis(valkey_url, origin)) for _ in range(4)]
    other = RedisEphemeral(open_redis(valkey_url, f"{origin}x"))
    try:
        firsts = await asyncio.gather(*(store.add("a", MINUTE) for store in stores for _ in range(RACERS)))
        assert sum(firsts) == 1
        assert await other.get("a") is None, "another service's keys are its own"
        await stores[0].put("b", b"1", MINUTE)
        taken = await asyncio.gather(*(store.take("b") for store in stores for _ in range(RACERS)))
        assert taken.count(b"1") == 1
    finally:
        for store in (*stores, other):
            await store.close()


async def test_what_is_asked_at_once_goes_over_one_connection_together(
    server: RedisServer, lonely: RedisEphemeral
) -> None:
    batches: list[int] = []
    send = server._send_batch

    async def counted(batch: list[redis._Asked]) -> None:
        batches.append(len(batch))
        await send(batch)

    server._send_batch = counted  # type: ignore[method-assign, assignment]
    await asyncio.gather(*(lonely.put(str(number), b"1", MINUTE) for number in range(1000)))
    assert batches == [redis.TOGETHER, 1000 - redis.TOGETHER]
    clients = await server.ask("CLIENT", "LIST")
    assert len(clients if isinstance(clients, list) else clients.splitlines()) == 1


async def test_with_the_server_gone_nobody_is_first_and_nothing_is_taken(
    lonely: RedisEphemeral, valkey_server: valkey.Server
) -> None:
    assert await lonely.add("a", MINUTE)
    valkey_server.stop()
    for ask in (lonely.add("b", MINUTE), lonely.take("a"), lonely.get("a"), lonely.put("a", b"", MINUTE)):
        with pytest.raises(EphemeralLost):
            await ask


async def test_when_the_server_is_back_the_first_question_is_answered(
    lonely: RedisEphemeral, valkey_server: valkey.Server
) -> None:
    assert await lonely.add("a", MINUTE)
    valkey_server.stop()
    valkey_server.start()
    assert await lonely.add("b", MINUTE)


async def test_a_server_that_hangs_is_lost_and_its_late_answer_is_nobody_elses(
    lonely: RedisEphemeral, valkey_server: valkey.Server
) -> None:
    await lonely.put("a", b"of a", MINUTE)
    await lonely.put("b", b"of b", MINUTE)
    valkey_server.signal(signal.SIGSTOP)
    try:
        with pytest.raises(EphemeralLost):
            await lonely.get("a")
    finally:
        valkey_server.signal(signal.SIGCONT)
    assert await lonely.get("b") == b"of b"


async def test_one_refused_command_refuses_no_other(lonely: RedisEphemeral) -> None:
    refused, added = await asyncio.gather(lonely.put("a", b"", 0), lonely.add("b", MINUTE), return_exceptions=True)
    assert isinstance(refused, EphemeralLost)
    assert added is True


async def test_who_goes_away_while_asking_disturbs_nobody(lonely: RedisEphemeral) -> None:
    impatient = asyncio.ensure_future(lonely.add("a", MINUTE))
    patient = asyncio.ensure_future(lonely.add("b", MINUTE))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient


async def test_a_url_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="redis_url"):
        open_redis("http://localhost", "test.x")
