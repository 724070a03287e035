"""A holder of the head's lock that stops, and a disk without room (evidence format, section 14, cases 73, 74)."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from authsvc.clock import HandClock
from authsvc.evidence import log as log_module
from authsvc.store.postgres import open_postgres
from authsvc.store.sqlite import open_sqlite
from tests.authsvc.evidence.logs import AIGUL, BOLAT, Bench, open_bench

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_73_a_holder_that_stopped_and_was_ended_signs_nothing_when_it_goes_on(
    postgres_url: str,
    tmp_path: Path,
    clock: HandClock,
    entropy: Callable[[int], bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server ends a paused session after its time limit; here that is done at once. Others sequence meanwhile."""
    store, other_store = await open_postgres(postgres_url), await open_postgres(postgres_url)
    bench = await open_bench(store, tmp_path, clock, entropy)
    ticket = await bench.stage(AIGUL)
    other = Bench(other_store, bench.keys, bench.fence, clock, entropy, bench.log, bench.key_store)
    other.log = other.another()
    await other.log.open()
    before = await store.all("select size from checkpoint")
    before_size = max(row["size"] for row in before)
    stopped, go_on = asyncio.Event(), asyncio.Event()
    write = log_module.rows.put_tiles

    async def stop(tx: Any, tiles: Any) -> None:
        monkeypatch.setattr(log_module.rows, "put_tiles", write)
        pid = await tx.one("select pg_backend_pid() as pid")
        admin = await asyncpg.connect(postgres_url)
        stopped.set()
        await go_on.wait()
        await admin.execute("select pg_terminate_backend($1, 10000)", pid["pid"])
        await admin.close()
        await write(tx, tiles)

    late = await other.stage(BOLAT)
    monkeypatch.setattr(log_module.rows, "put_tiles", stop)
    paused = asyncio.create_task(bench.log.settled(ticket))
    await stopped.wait()
    waiting = asyncio.create_task(other.log.settled(late))
    go_on.set()
    own, others = await paused, await waiting
    assert (own.index, others.index) == (before_size - 1, before_size), "each has its place, and none has two"
    assert len(await other_store.all("select size from checkpoint")) == len(before) + 1
    assert (await bench.log.find(ticket.record_id)) is not None
    await bench.write(AIGUL)
    assert bench.log.read_only_reason is None
    assert (await bench.findings()).faults == []
    for log, each in ((bench.log, store), (other.log, other_store)):
        await log.close()
        await each.close()


async def test_74_a_full_disk_loses_nothing_acknowledged_and_ends_with_room(
    tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]
) -> None:
    """SQLite's own limit of pages answers as a full disk does (SQLITE_FULL)."""
    store = open_sqlite(tmp_path / "log.sqlite")
    await store.migrate()
    bench = await open_bench(store, tmp_path, clock, entropy)
    acknowledged = [await bench.write(AIGUL)]
    (pages,) = store._writer.raw.execute("pragma page_count").fetchone()
    store._writer.raw.execute(f"pragma max_page_count={pages + 3}")

    async def fill() -> None:
        for _ in range(200):
            acknowledged.append(await bench.write(BOLAT))

    with pytest.raises(sqlite3.OperationalError, match="full"):
        await fill()
    assert (await bench.findings()).faults == []
    for one in acknowledged:
        row = await store.one("select leaf from entry where idx = $1", one.index)
        assert row is not None
        assert row["leaf"] == one.leaf
    store._writer.raw.execute("pragma max_page_count=1073741823")
    after = await bench.write(BOLAT)
    assert after.index == acknowledged[-1].index + 1
    assert bench.log.read_only_reason is None
    assert (await bench.findings()).faults == []
    await bench.log.close()
    await store.close()


async def limit_files(admin: asyncpg.Connection, pids: list[int], largest: str) -> None:
    """Bytes that a file of these server processes may have. They may lower it themselves, and so may their like."""
    for pid in pids:
        await admin.execute(f"copy (select 1) to program 'prlimit --pid {pid} --fsize={largest}:'")


async def test_74_a_postgres_file_that_may_not_grow_loses_nothing_acknowledged_and_ends_with_room(
    postgres_url: str, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]
) -> None:
    """The server's own processes are refused by the kernel (RLIMIT_FSIZE) when they lengthen a table's file.

    The limit is above the size of a file of the WAL, whose loss ends the server at once: that is case 72.
    """
    store = await open_postgres(postgres_url)
    bench = await open_bench(store, tmp_path, clock, entropy)
    acknowledged = [await bench.write(AIGUL)]
    admin = await asyncpg.connect(postgres_url)
    await admin.execute("alter table disclosure set (autovacuum_enabled = off)")
    junk = "select n::text, '', decode(repeat(md5(n::text), 50), 'hex') from generate_series(1, 24000) n"
    await admin.execute(f"insert into disclosure (record_id, subject, ciphertext) {junk}")
    await admin.execute("delete from disclosure where subject = ''")  # dead rows give no room before a vacuum
    size = await admin.fetchval("select pg_relation_size('disclosure')")
    assert size > 16 * 1024 * 1024
    backends = "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    pids = [row["pid"] for row in await admin.fetch(backends)]
    await limit_files(admin, pids, str(size))

    async def fill() -> None:
        for _ in range(200):
            acknowledged.append(await bench.write(BOLAT))

    with pytest.raises(asyncpg.PostgresError, match=r"could not (extend|write)"):
        await fill()
    assert (await bench.findings()).faults == []
    for one in acknowledged:
        row = await store.one("select leaf from entry where idx = $1", one.index)
        assert row is not None
        assert row["leaf"] == one.leaf
    await limit_files(admin, pids, "unlimited")
    after = await bench.write(BOLAT)
    assert after.index == acknowledged[-1].index + 1
    assert bench.log.read_only_reason is None
    assert (await bench.findings()).faults == []
    await admin.close()
    await bench.log.close()
    await store.close()
