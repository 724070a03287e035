"""The primary is lost and its standby promoted, under processes that live on: a synchronous standby loses nothing that
was acknowledged; one that lagged turns the log read-only, and nothing is signed on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from authsvc.clock import HandClock
from authsvc.errors import OutcomeUnknown, ReadOnly, StoreLost
from authsvc.evidence.log import Settled
from authsvc.store import roles
from authsvc.store.postgres import open_postgres
from tests import postgres
from tests.authsvc.evidence.logs import AIGUL, BOLAT, Bench, open_bench
from tests.processes import until
from tests.replication import Pair, paired

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
PATIENCE = 120
WRITERS = 4


@pytest.fixture
async def pair(anyio_backend: object) -> AsyncIterator[Pair]:
    if postgres.programs() is None:
        pytest.skip(postgres.NOT_FOUND)
    with paired() as made:
        yield made


async def opened(pair: Pair, folder: Path, clock: HandClock, entropy: Callable[[int], bytes]) -> Bench:
    store = await open_postgres(pair.url)
    await store.migrate()
    return await open_bench(store, folder, clock, entropy)


async def write(bench: Bench, acknowledged: list[Settled], unknown: list[str], done: asyncio.Event) -> None:
    """One client, again and again; what was not acknowledged may be there or not."""
    while not done.is_set():
        try:
            acknowledged.append(await bench.write(AIGUL))
        except (OutcomeUnknown, StoreLost, ReadOnly) as error:
            unknown.append(type(error).__name__)


async def test_a_synchronous_standby_that_is_promoted_holds_all_that_was_acknowledged(
    pair: Pair, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]
) -> None:
    """Under four writers at load; the process goes on by itself over the URL that names both servers."""
    await pair.make_synchronous()
    await until("a synchronous standby", lambda: _has(pair, "sync"))
    bench = await opened(pair, tmp_path, clock, entropy)
    acknowledged, unknown, done = list[Settled](), list[str](), asyncio.Event()
    writing = [asyncio.create_task(write(bench, acknowledged, unknown, done)) for _ in range(WRITERS)]
    await until("acts", lambda: len(acknowledged) > 20)
    pair.kill_primary()
    before = list(acknowledged)
    await pair.promote()
    await pair.run(pair.standby, "alter system set synchronous_standby_names = ''", "select pg_reload_conf()")
    await until("acts on the new primary", lambda: len(acknowledged) > len(before) + 20)
    done.set()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*writing)
    rows = {row["idx"]: row["leaf"] for row in await bench.store.all("select idx, leaf from entry")}
    assert {each.index: each.leaf for each in acknowledged}.items() <= rows.items()
    assert len({each.index for each in acknowledged}) == len(acknowledged)
    assert bench.log.read_only_reason is None
    assert await bench.store.all("select seq from staged") == []
    assert (await bench.findings()).faults == []
    await bench.log.close()
    await bench.store.close()


async def test_a_standby_that_lagged_is_never_signed_on_by_a_process_that_saw_more(
    pair: Pair, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]
) -> None:
    """Nothing forks: the live process, and one that starts anew beside its fence, are read-only on the shorter log."""
    bench = await opened(pair, tmp_path, clock, entropy)
    await bench.write(AIGUL)
    await until("an asynchronous standby", lambda: _has(pair, "async"))
    assert any("asynchronous" in fault for fault in await roles.faults(pair.url)), "production refuses this pair"
    await until("the standby is level", lambda: _is_level(pair))
    await pair.run(pair.standby, "alter system set primary_conninfo = ''", "select pg_reload_conf()")
    await until("the standby follows no more", lambda: _has_none(pair))
    lost = [await bench.write(BOLAT) for _ in range(3)]
    assert len(lost) == 3
    await bench.log.close()  # the fence stands where the primary stood
    pair.kill_primary()
    await pair.promote()
    new = bench.another()
    await new.open()
    for log in (bench.log, new):
        with pytest.raises(ReadOnly):
            await bench.write(AIGUL, log=log)
        assert "does not extend" in str(log.read_only_reason)
    (head,) = await bench.store.all("select size from head")
    assert head["size"] < lost[-1].size
    assert await bench.store.all("select size from checkpoint where size > $1", head["size"]) == []
    await bench.store.close()


async def _has(pair: Pair, state: str) -> bool:
    return await pair.replicas(state) == 1


async def _has_none(pair: Pair) -> bool:
    return await pair.run(pair.primary, "select count(*) from pg_stat_replication") == 0


async def _is_level(pair: Pair) -> bool:
    asked = "select bool_and(replay_lsn >= pg_current_wal_lsn()) from pg_stat_replication"
    return await pair.run(pair.primary, asked) is True
