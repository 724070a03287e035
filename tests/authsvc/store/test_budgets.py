"""Rate budgets: one contract in process, on Valkey, on a cluster of three, and as rows of both databases."""

from __future__ import annotations

import asyncio
import os

import pytest

from authsvc.clock import HandClock
from authsvc.errors import EphemeralLost
from authsvc.store import Store
from authsvc.store.budgets import SWEEP_EVERY, Budget, Budgets, InProcessBudgets
from authsvc.store.redis import RedisBudgets, open_redis
from authsvc.store.short_lived import SqlBudgets
from authsvc.store.sweeping import sweep
from tests import valkey

pytestmark = pytest.mark.anyio

THREE = Budget("three", 3, 60_000)
STEP = 20_000
RACERS = 16


async def take(budgets: Budgets, clock: HandClock, key: str = "a", budget: Budget = THREE) -> int:
    return await budgets.take(budget, key, clock.now())


async def test_a_burst_is_taken_at_once_and_the_next_hears_when_there_is_room(
    budgets: Budgets, clock: HandClock
) -> None:
    assert [await take(budgets, clock) for _ in range(3)] == [0, 0, 0]
    assert await take(budgets, clock) == clock.now() + STEP
    clock.move(STEP - 1)
    assert await take(budgets, clock) == clock.now() + 1
    clock.move(1)
    assert await take(budgets, clock) == 0
    assert await take(budgets, clock) == clock.now() + STEP


async def test_a_refusal_takes_nothing(budgets: Budgets, clock: HandClock) -> None:
    for _ in range(3):
        await take(budgets, clock)
    refused = {await take(budgets, clock) for _ in range(50)}
    assert refused == {clock.now() + STEP}
    clock.move(STEP)
    assert await take(budgets, clock) == 0


async def test_a_whole_period_brings_the_whole_burst_back_and_no_more(budgets: Budgets, clock: HandClock) -> None:
    for _ in range(3):
        await take(budgets, clock)
    clock.move(100 * THREE.period_ms)
    assert [await take(budgets, clock) for _ in range(3)] == [0, 0, 0]
    assert await take(budgets, clock) > 0


async def test_keys_and_names_have_budgets_of_their_own(budgets: Budgets, clock: HandClock) -> None:
    for _ in range(3):
        await take(budgets, clock)
    other = Budget("other", 1, 60_000)
    assert await take(budgets, clock, "b") == 0
    assert await take(budgets, clock, "a", other) == 0
    assert await take(budgets, clock, "a", other) > 0


async def test_sixteen_at_once_take_exactly_the_burst(budgets: Budgets, clock: HandClock) -> None:
    taken = await asyncio.gather(*(take(budgets, clock) for _ in range(RACERS)))
    assert taken.count(0) == 3
    assert all(room_at == clock.now() + STEP for room_at in taken if room_at)


async def test_a_clock_that_is_set_back_an_hour_does_not_lock_anybody_out(budgets: Budgets, clock: HandClock) -> None:
    for _ in range(3):
        await take(budgets, clock)
    clock.move(-3_600_000)
    assert [await take(budgets, clock) for _ in range(3)] == [0, 0, 0]
    assert await take(budgets, clock) == clock.now() + STEP, "and the budget counts from there"


async def test_a_budget_without_bound_never_refuses(budgets: Budgets, clock: HandClock) -> None:
    boundless = Budget("boundless", 10**9, 60_000)
    assert {await take(budgets, clock, "a", boundless) for _ in range(20)} == {0}


async def test_keys_may_hold_whatever_a_key_holds(budgets: Budgets, clock: HandClock) -> None:
    one = Budget("one", 1, 60_000)
    for key in ("a b", "{a}b", "a}", "қ", "a\r\nDEL a", "'; drop table budget; --", ""):
        assert await take(budgets, clock, key, one) == 0, key
        assert await take(budgets, clock, key, one) > 0, key


async def test_memory_is_bounded_by_budgets_that_are_not_whole(clock: HandClock) -> None:
    budgets = InProcessBudgets()
    for number in range(5 * SWEEP_EVERY):
        await budgets.take(Budget("short", 1, 1), str(number), clock.now())
        clock.move(1)
    assert len(budgets._arrivals) <= SWEEP_EVERY


async def test_rows_of_budgets_that_are_whole_again_are_swept(db: Store, clock: HandClock) -> None:
    budgets = SqlBudgets(db)
    for number in range(20):
        await take(budgets, clock, str(number))
    clock.move(STEP)
    await take(budgets, clock, "living")
    gone = await sweep(db, clock.now() + 1)
    assert gone["budget"] == 20
    assert [row["key"] for row in await db.all("select key from budget")] == ["three:living"]


async def test_processes_share_a_budget_on_one_database(db: Store, clock: HandClock) -> None:
    several = [SqlBudgets(db) for _ in range(4)]
    taken = await asyncio.gather(*(take(each, clock) for each in several for _ in range(RACERS)))
    assert taken.count(0) == 3


async def test_a_budget_leaves_the_server_when_it_is_whole_again(valkey_url: str, clock: HandClock) -> None:
    server = open_redis(valkey_url, f"test.{os.urandom(8).hex()}")
    await take(RedisBudgets(server), clock)
    left = int(await server.ask("PTTL", server.name("three:a")))
    assert 0 < left <= STEP
    await server.close()


async def test_with_the_server_gone_nobody_is_let_through(valkey_server: valkey.Server, clock: HandClock) -> None:
    server = open_redis(valkey_server.url, "test.gone")
    budgets = RedisBudgets(server)
    assert await take(budgets, clock) == 0
    valkey_server.stop()
    with pytest.raises(EphemeralLost):
        await take(budgets, clock)
    await server.close()
