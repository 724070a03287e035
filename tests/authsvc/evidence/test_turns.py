"""One sequencing loop in a process while somebody waits."""

import asyncio
from collections.abc import Collection, Sequence

import pytest

from authsvc.evidence.turns import ROUNDS, Turns

pytestmark = pytest.mark.anyio


async def test_who_arrives_during_a_round_is_asked_for_in_the_next() -> None:
    rounds: list[list[str]] = []
    going = asyncio.Event()

    async def run_round(waiting: Sequence[str]) -> Collection[str]:
        rounds.append(list(waiting))
        await going.wait()
        return waiting

    turns = Turns(run_round)
    first = asyncio.create_task(turns.wait("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = [asyncio.create_task(turns.wait(name)) for name in "bcb"]
    await asyncio.sleep(0)
    going.set()
    assert await asyncio.gather(first, *others) == [True] * 4
    assert rounds == [["a"], ["b", "c"]]


async def test_what_ends_a_round_is_told_to_those_who_waited_for_it_and_to_nobody_later() -> None:
    faults = [ConnectionError("gone"), None]

    async def run_round(waiting: Sequence[str]) -> Collection[str]:
        fault = faults.pop(0)
        if fault:
            raise fault
        return waiting

    turns = Turns(run_round)
    both = await asyncio.gather(turns.wait("a"), turns.wait("b"), return_exceptions=True)
    assert [type(each) for each in both] == [ConnectionError, ConnectionError]
    assert await turns.wait("c")


async def test_a_record_that_no_round_places_is_given_up_after_many() -> None:
    rounds = 0

    async def run_round(waiting: Sequence[str]) -> Collection[str]:
        nonlocal rounds
        rounds += 1
        await asyncio.sleep(0)
        return ()

    assert not await Turns(run_round).wait("a")
    assert rounds == ROUNDS


async def test_a_waiter_that_is_cut_off_leaves_the_others_waiting() -> None:
    going = asyncio.Event()

    async def run_round(waiting: Sequence[str]) -> Collection[str]:
        await going.wait()
        return waiting

    turns = Turns(run_round)
    cut, kept = asyncio.create_task(turns.wait("a")), asyncio.create_task(turns.wait("a"))
    await asyncio.sleep(0)
    cut.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cut
    going.set()
    assert await kept
