"""Redis gone and back: the database keeps budgets and short-lived keys meanwhile, and nobody is first twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from authsvc.clock import HandClock
from authsvc.errors import EphemeralLost, StoreLost, TooManyAttempts
from authsvc.limits import Limits
from authsvc.store import Store
from authsvc.store.budgets import Budget
from authsvc.store.ephemeral import Ephemeral
from authsvc.store.fallback import DOUBT_MS, PAUSE_MS, FallbackBudgets, FallbackEphemeral, Losses
from authsvc.store.redis import RedisBudgets, RedisEphemeral, open_redis
from authsvc.store.short_lived import SqlBudgets, SqlEphemeral
from tests import valkey

pytestmark = pytest.mark.anyio

MINUTE = 60_000
ONE = Budget("one", 1, MINUTE)


@dataclass
class Pair:
    """A process that has a server of its own to lose; `moment` is the clock of its patience."""

    server: valkey.Server
    ephemeral: Ephemeral
    limits: Limits
    moment: HandClock


@pytest.fixture
async def pair(valkey_server: valkey.Server, db: Store, clock: HandClock) -> AsyncIterator[Pair]:
    way = open_redis(valkey_server.url, "test.pair")
    moment = HandClock(1)
    losses = Losses(moment.now)
    ephemeral = FallbackEphemeral(RedisEphemeral(way), SqlEphemeral(db, clock.now), losses)
    budgets = FallbackBudgets(RedisBudgets(way), SqlBudgets(db), losses)
    yield Pair(valkey_server, ephemeral, Limits(budgets, clock), moment)
    await ephemeral.close()


async def test_while_the_server_answers_no_row_is_written(pair: Pair, db: Store) -> None:
    await pair.limits.spend(ONE, "a")
    assert await pair.ephemeral.add("a", MINUTE)
    assert await db.all("select 1 from budget union all select 1 from ephemeral") == []


async def test_with_the_server_gone_tries_are_counted_in_the_database(pair: Pair, db: Store) -> None:
    pair.server.stop()
    await pair.limits.spend(ONE, "a")
    with pytest.raises(TooManyAttempts):
        await pair.limits.spend(ONE, "a")
    assert len(await db.all("select 1 from budget")) == 1


async def test_a_lost_server_is_left_alone_for_a_moment_and_then_asked_again(pair: Pair, db: Store) -> None:
    pair.server.stop()
    await pair.limits.spend(ONE, "a")
    pair.server.start()
    await pair.limits.spend(ONE, "b")
    assert len(await db.all("select 1 from budget")) == 2
    pair.moment.move(PAUSE_MS)
    await pair.limits.spend(ONE, "c")
    assert len(await db.all("select 1 from budget")) == 2


async def test_what_was_used_while_the_server_was_gone_is_used_when_it_is_back(pair: Pair) -> None:
    pair.server.stop()
    assert await pair.ephemeral.add("jti", MINUTE)
    assert not await pair.ephemeral.add("jti", MINUTE)
    await pair.ephemeral.put("kept", b"1", MINUTE)
    pair.server.start()
    pair.moment.move(PAUSE_MS)
    assert not await pair.ephemeral.add("jti", MINUTE)
    assert await pair.ephemeral.get("kept") == b"1"
    assert [await pair.ephemeral.take("kept") for _ in range(2)] == [b"1", None]


async def test_a_value_that_was_replaced_hides_the_one_from_the_time_without_server(pair: Pair) -> None:
    pair.server.stop()
    await pair.ephemeral.put("a", b"old", MINUTE)
    pair.server.start()
    pair.moment.move(PAUSE_MS)
    await pair.ephemeral.put("a", b"new", MINUTE)
    assert [await pair.ephemeral.take("a") for _ in range(2)] == [b"new", None]


async def test_after_the_doubt_the_server_alone_is_asked(pair: Pair, db: Store) -> None:
    pair.server.stop()
    assert await pair.ephemeral.add("a", MINUTE)
    pair.server.start()
    pair.moment.move(DOUBT_MS)
    rows = len(await db.all("select 1 from ephemeral"))
    assert await pair.ephemeral.add("b", MINUTE)
    assert len(await db.all("select 1 from ephemeral")) == rows


async def test_tries_are_refused_only_where_neither_can_be_read(clock: HandClock) -> None:
    class Lost:
        def __init__(self, error: Exception) -> None:
            self.error = error

        async def take(self, budget: Budget, key: str, now: int) -> int:
            raise self.error

    budgets = FallbackBudgets(Lost(EphemeralLost("gone")), Lost(StoreLost("gone too")), Losses(HandClock(1).now))
    with pytest.raises(StoreLost):
        await Limits(budgets, clock).spend(ONE, "a")
