"""Never sign a fork (evidence format, section 8; attack cases 7, 13, 14, 17, 19, 79): read-only, and no signature."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from authsvc.clock import HandClock
from authsvc.errors import ReadOnly
from authsvc.evidence.fence import DatabaseFence, FileFence, Mark
from authsvc.evidence.log import Log
from authsvc.store import Store
from authsvc.store.postgres import open_postgres
from authsvc.store.sqlite import open_sqlite
from tests import postgres
from tests.authsvc.evidence.logs import AIGUL, BOLAT, ORIGIN, Bench, open_bench

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def bench(db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]) -> Bench:
    return await open_bench(db, tmp_path, clock, entropy)


@asynccontextmanager
async def copied(bench: Bench, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """The database as it stands now, as another one: a backup that was restored, a standby that stopped following."""
    if bench.store.groups_commits:
        source, target = sqlite3.connect(bench.store._path), sqlite3.connect(tmp_path / "copy.sqlite")  # type: ignore[attr-defined]
        source.backup(target)
        source.close()
        target.close()
        store: Store = open_sqlite(tmp_path / "copy.sqlite")
        yield store
        await store.close()
        return
    server: postgres.Cluster = request.getfixturevalue("postgres_server")
    origin = await bench.store.one("select current_database() as name")
    assert origin is not None
    await bench.store.close()
    url = await server.copy_database(str(origin["name"]))
    again = await open_postgres(server.url_of(str(origin["name"])))
    bench.store._pool = again._pool  # type: ignore[attr-defined]
    store = await open_postgres(url)
    yield store
    await store.close()
    await server.drop_database(url)


async def checkpoints(store: Store) -> list[bytes]:
    return [row["note"] for row in await store.all("select note from checkpoint order by size")]


async def demand_read_only(bench: Bench, log: Log, store: Store) -> str:
    """Nothing is signed, no act is taken, the words name the way out; reads go on."""
    before = await checkpoints(store)
    other = replace(bench, store=store, log=log)
    with pytest.raises(ReadOnly):
        await other.write(BOLAT, log=log)
    assert await checkpoints(store) == before
    assert log.read_only_reason is not None
    assert "authsvc evidence recover" in log.read_only_reason
    with pytest.raises(ReadOnly):
        await other.stage(AIGUL, log=log)
    genesis = await store.one("select record_id from entry where idx = 0")
    assert genesis is not None
    assert await log.find(genesis["record_id"]) is not None
    return log.read_only_reason


async def test_13_an_older_backup_is_not_signed_on(
    bench: Bench, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    await bench.write(AIGUL)
    async with copied(bench, request, tmp_path) as restored:
        await bench.write(AIGUL)
        await bench.log.close()
        log = replace(bench, store=restored).another()
        await log.open()
        reason = await demand_read_only(bench, log, restored)
    assert "a restored backup" in reason


async def test_17_a_live_process_that_fails_over_to_a_lagging_standby_signs_nothing(
    bench: Bench, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fence has not moved yet: what the process itself saw last is what stops it."""
    monkeypatch.setattr("authsvc.evidence.log.FENCE_LAG", 600.0)
    fence = FileFence(tmp_path / "slow" / "fence.json")
    live = replace(bench, fence=fence).another()
    await live.open()
    await bench.write(AIGUL, log=live)
    async with copied(bench, request, tmp_path) as standby:
        await bench.write(AIGUL, log=live)
        assert fence.read() is None
        live._store = standby
        if standby.groups_commits:
            standby.before_commit, standby.after_commit = live._sequence, live._committed
        await demand_read_only(bench, live, standby)
        live._store = bench.store
        live.read_only_reason = None  # the copy is gone at the end; the process would be started anew


async def test_17_an_idle_process_notices_the_failover_too_and_the_way_back(
    bench: Bench, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async with copied(bench, request, tmp_path) as standby:
        await bench.write(AIGUL)
        bench.log._store = standby
        await bench.log.watch()
        assert bench.log.read_only_reason is not None
        bench.log._store = bench.store
        await bench.log.watch()
        assert bench.log.read_only_reason is None
    await bench.write(AIGUL)
    assert (await bench.findings()).faults == []


async def test_a_reason_that_somebody_else_set_is_not_taken_back(bench: Bench) -> None:
    bench.log.read_only_reason = "closed by hand"
    await bench.log.watch()
    assert bench.log.read_only_reason == "closed by hand"


async def test_7_a_cut_tail_signed_anew_does_not_extend_the_fence(bench: Bench) -> None:
    for _ in range(3):
        await bench.write(AIGUL)
    head = await bench.store.one("select size from head")
    assert head is not None
    bench.fence.move(Mark(head["size"], bytes(32)))
    other = bench.another()
    await other.open()
    if bench.store.groups_commits:
        bench.store.before_commit, bench.store.after_commit = other._sequence, other._committed
    await demand_read_only(bench, other, bench.store)


@pytest.mark.parametrize("by", [1, -1])
async def test_14_a_head_that_is_not_that_of_the_entries_is_not_signed_on(bench: Bench, by: int) -> None:
    await bench.write(AIGUL)
    await _administer(bench.store, f"update head set size = size + {by}")
    other = bench.another()
    await other.open()
    if bench.store.groups_commits:
        bench.store.before_commit, bench.store.after_commit = other._sequence, other._committed
    await demand_read_only(bench, other, bench.store)


async def test_14_the_running_process_does_not_sign_above_a_gap_either(bench: Bench) -> None:
    await bench.write(AIGUL)
    head = await bench.store.one("select size, root from head")
    assert head is not None
    async with _without_triggers(bench.store):
        await _administer(bench.store, f"delete from entry where idx = {head['size'] - 1}")
    other = bench.another()
    await other.vault.open(bench.store)
    if bench.store.groups_commits:
        bench.store.before_commit, bench.store.after_commit = other._sequence, other._committed
    await demand_read_only(bench, other, bench.store)


async def test_19_the_fence_of_one_log_refuses_the_database_of_another(
    bench: Bench, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]
) -> None:
    for _ in range(3):
        await bench.write(AIGUL)
    await bench.log.close()
    store = open_sqlite(tmp_path / "other.sqlite")
    await store.migrate()
    other = await open_bench(store, tmp_path / "other", clock, entropy)
    log = replace(other, fence=bench.fence).another()
    await log.open()
    await demand_read_only(bench, log, store)
    await store.close()


async def test_a_head_that_another_key_signed_is_not_signed_on(bench: Bench) -> None:
    await bench.write(AIGUL)
    stranger = replace(bench, keys=replace(bench.keys, log=bench.keys.issuers["case"]))
    log = Log(
        ORIGIN,
        bench.store,
        stranger.keys,
        fence=bench.fence,
        key_store=bench.key_store,
        clock=bench.clock,
        entropy=bench.entropy,
    )
    await log.open()
    assert log.read_only_reason is not None


async def test_what_a_witness_showed_at_the_start_counts_like_the_fence(bench: Bench) -> None:
    await bench.write(AIGUL)
    head = await bench.store.one("select size, root from head")
    assert head is not None
    good = bench.another()
    await good.open([Mark(head["size"], head["root"])])
    assert good.read_only_reason is None
    ahead = bench.another()
    await ahead.open([Mark(head["size"] + 1, bytes(32))])
    assert ahead.read_only_reason is not None


async def test_79_two_services_on_one_database_and_one_fence_share_one_history(
    bench: Bench, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]
) -> None:
    fence = DatabaseFence(f"sqlite://{tmp_path / 'fence.sqlite'}", ORIGIN)
    store = open_sqlite(bench.store._path) if bench.store.groups_commits else bench.store  # type: ignore[attr-defined]
    logs = [
        Log(ORIGIN, each, bench.keys, fence=fence, key_store=bench.key_store, clock=clock, entropy=entropy)
        for each in (bench.store, store)
    ]
    for log in logs:
        await log.open()
    benches = [replace(bench, store=each, log=log) for each, log in zip((bench.store, store), logs, strict=True)]
    settled = await asyncio.gather(*(benches[n % 2].write(f"iin:{900101300000 + n}") for n in range(80)))
    for log in logs:
        await log.close()
        assert log.read_only_reason is None
    assert len({one.index for one in settled}) == 80
    head = await bench.store.one("select size, root from head")
    assert head is not None
    assert fence.read() == Mark(head["size"], head["root"])
    assert (await bench.findings()).faults == []
    if store is not bench.store:
        await store.close()
    fence.close()


async def test_a_fence_that_cant_be_read_stops_signing_until_it_can(bench: Bench, tmp_path: Path) -> None:
    await bench.write(AIGUL)
    await bench.log.close()
    path = tmp_path / "outside" / "fence.json"
    shutil.move(path, tmp_path / "aside")
    path.write_bytes(b"torn")
    before = await checkpoints(bench.store)
    with pytest.raises(ReadOnly, match="the fence can't be read"):
        await bench.write(AIGUL)
    assert await checkpoints(bench.store) == before
    shutil.move(tmp_path / "aside", path)
    await bench.write(AIGUL)
    assert (await bench.findings()).faults == []


async def _administer(store: Store, statement: str) -> None:
    """A statement as an administrator would run it, past the service."""
    if store.groups_commits:
        connection = sqlite3.connect(store._path)  # type: ignore[attr-defined]
        connection.execute(statement)
        connection.commit()
        connection.close()
    else:
        async with store._pool.acquire() as connection:  # type: ignore[attr-defined]
            await connection.execute(statement)


@asynccontextmanager
async def _without_triggers(store: Store) -> AsyncIterator[None]:
    if store.groups_commits:
        found = await store.all("select name from sqlite_master where type = 'trigger'")
        for row in found:
            await _administer(store, f"drop trigger {row['name']}")
    else:
        await _administer(store, "alter table entry disable trigger all")
    yield
