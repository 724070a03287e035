"""The tests' own PostgreSQL: what it promises to those that use it."""

import os
import stat
from pathlib import Path

import asyncpg
import pytest

from tests import postgres

pytestmark = pytest.mark.anyio


async def test_the_server_flushes_each_commit_and_listens_on_no_network(postgres_server: postgres.Cluster) -> None:
    connection = await asyncpg.connect(postgres_server.admin_url)
    try:
        shown = {name: await connection.fetchval(f"show {name}") for name in ("fsync", "synchronous_commit")}
        listens = await connection.fetchval("show listen_addresses")
    finally:
        await connection.close()
    assert shown == {"fsync": "on", "synchronous_commit": "on"}
    assert os.environ.get(postgres.URL_VARIABLE) or listens == ""


async def test_two_databases_share_nothing_and_can_be_dropped_while_in_use(postgres_server: postgres.Cluster) -> None:
    async def with_a_table(url: str) -> None:
        connection = await asyncpg.connect(url)
        await connection.execute("create table seen (n bigint)")
        await connection.close()

    server = postgres.Cluster(postgres_server.admin_url, "authsvc_apart" + str(os.getpid()))
    first, second = await server.make_database(with_a_table), await server.make_database(with_a_table)
    writer, reader = await asyncpg.connect(first), await asyncpg.connect(second)
    await writer.execute("insert into seen values (1)")
    assert await reader.fetchval("select count(*) from seen") == 0
    await reader.close()
    for url in (first, second, server.url_of(f"{server.prefix}_template")):
        await server.drop_database(url)
    assert writer.is_closed() or await _is_cut(writer)


async def _is_cut(connection: asyncpg.Connection) -> bool:
    try:
        await connection.fetchval("select 1")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError):
        return True
    return False


def test_no_stranger_on_this_machine_reaches_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(postgres.URL_VARIABLE, raising=False)
    if postgres.programs() is None:
        pytest.skip(postgres.NOT_FOUND)
    with postgres.running() as own:
        folder = Path(own.admin_url.partition("host=")[2])
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()
