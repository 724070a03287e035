"""Reads on SQLite: one moment for each turn of the loop, never older than what was told before it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from authsvc.store import Tx
from authsvc.store.sqlite import SqliteStore, open_sqlite

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[tuple[SqliteStore, SqliteStore]]:
    """Two processes' stores on one file."""
    mine, theirs = (open_sqlite(tmp_path / "authsvc.sqlite") for _ in range(2))
    await mine.transact(_make)
    yield mine, theirs
    await mine.close()
    await theirs.close()


async def _make(tx: Tx) -> None:
    await tx.run("create table note (text text not null)")


async def _write(tx: Tx) -> None:
    await tx.run("insert into note values ($1)", "x")


async def count(store: SqliteStore) -> int:
    row = await store.one("select count(*) as notes from note")
    assert row is not None
    return int(row["notes"])


async def test_a_read_after_an_own_commit_sees_it(stores: tuple[SqliteStore, SqliteStore]) -> None:
    mine, _ = stores
    for written in range(20):
        assert await count(mine) == written
        await mine.transact(_write)
        assert await count(mine) == written + 1


async def test_a_read_after_another_process_has_said_that_it_committed_sees_it(
    stores: tuple[SqliteStore, SqliteStore],
) -> None:
    mine, theirs = stores
    for written in range(20):
        assert await count(mine) == written
        await theirs.transact(_write)
        assert await count(mine) == written + 1


async def test_the_reads_of_one_turn_see_one_moment_and_those_of_the_next_the_new_one(
    stores: tuple[SqliteStore, SqliteStore],
) -> None:
    mine, theirs = stores
    before = await count(mine)
    theirs._writer.raw.execute("insert into note values ('x')")
    assert await count(mine) == before
    async with mine.snapshot() as reads:  # what must be newer than something read in this turn
        row = await reads.one("select count(*) as notes from note")
        assert row is not None
        assert row["notes"] == before + 1
    await asyncio.sleep(0)
    assert await count(mine) == before + 1


def test_a_store_that_outlives_its_loop_reads_anew_in_the_next_one(tmp_path: Path) -> None:
    mine, theirs = (open_sqlite(tmp_path / "authsvc.sqlite") for _ in range(2))
    asyncio.run(mine.transact(_make))
    assert asyncio.run(count(mine)) == 0
    theirs._writer.raw.execute("insert into note values ('x')")
    assert asyncio.run(count(mine)) == 1
    asyncio.run(mine.close())
    asyncio.run(theirs.close())
