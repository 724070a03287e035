"""PostgreSQL's roles and replicas (evidence format, section 8): the application adds to the log and changes nothing."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from authsvc import app
from authsvc.clock import SystemClock
from authsvc.settings import Settings
from authsvc.store import roles
from authsvc.store.postgres import POOL
from tests import postgres
from tests.authsvc.evidence.logs import Bench

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def settings(postgres_server: postgres.Cluster, tmp_path: Path) -> AsyncIterator[Settings]:
    """A deployment whose tables belong to one role and whose service connects as another."""
    url = await postgres_server.make_database()
    name = urlsplit(url).path[1:]
    owner, role = f"{name}_owner", f"{name}_app"
    admin = await asyncpg.connect(url)
    await admin.execute(
        f"create role {owner} login; create role {role} login; grant create on schema public to {owner}"
    )
    yield Settings(
        issuer="http://localhost:8000",
        log_origin="test.roles.example/1",
        database=_as(url, role),
        owner_database=_as(url, owner),
        keys_dir=tmp_path / "keys",
        fence_file=tmp_path / "outside" / "fence.json",
        trust_dir=tmp_path / "trust",
        environment="test",
    )
    await admin.execute(f"drop owned by {owner} cascade; drop owned by {role} cascade; drop role {owner}, {role}")
    await admin.close()
    await postgres_server.drop_database(url)


def _as(url: str, role: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{role}@{parts.netloc.partition('@')[2]}"))


async def test_the_applications_role_runs_the_log_and_can_change_none_of_it(settings: Settings) -> None:
    await app.initialise(settings, ground="tests")
    async with app.opened(settings, channels={}, clock=SystemClock()) as svc:
        bench = Bench(svc.store, svc.keys, svc.log._fence, svc.clock, os.urandom, svc.log, svc.log.vault.epochs)  # type: ignore[arg-type]
        await bench.write("iin:900101300017")
        await svc.publishing.publish()
    assert (await app.check_log(settings)).faults == []
    connection = await asyncpg.connect(settings.database)
    for table in roles.APPEND_ONLY:
        for statement in (f"delete from {table}", f"truncate {table}", f"drop table {table}"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    for statement in (
        "update entry set logged_at = 0",
        "alter table entry disable trigger all",
        "drop trigger entry_kept on entry",
        "insert into migration values (999)",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()


async def test_a_second_migration_as_the_owner_changes_nothing(settings: Settings) -> None:
    await app.initialise(settings, ground="tests")
    await app.migrate(settings)
    async with app.opened(settings, channels={}):
        pass


async def test_the_owner_and_a_superuser_are_named_the_applications_role_is_not(settings: Settings) -> None:
    await app.initialise(settings, ground="tests")
    assert await roles.faults(settings.database) == []
    assert any("owner" in fault for fault in await roles.faults(settings.owner_database))
    superuser = _as(settings.database, "postgres")
    assert any("superuser" in fault for fault in await roles.faults(superuser))
    assert await app.check_database(replace(settings, environment="production", database=superuser))


async def test_a_start_says_how_many_connections_are_wanted_and_warns_where_they_are_too_many(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    await app.initialise(settings, ground="tests")
    caplog.set_level("INFO", "authsvc.app")
    async with app.opened(settings, channels={}) as svc:
        room = await roles.room(svc.store)
        assert room > 0
        for count in (1, room // POOL, room // POOL + 1):
            await app.tell_connections(svc, count)
    said = [each for each in caplog.records if "has room for" in each.message]
    assert [each.levelname for each in said] == ["INFO", "WARNING", "WARNING"]
    assert said[0].message.endswith(f"open up to {2 * POOL} connections, the server has room for {room}")


async def test_a_replica_that_follows_asynchronously_is_refused(
    postgres_server: postgres.Cluster, settings: Settings, tmp_path: Path
) -> None:
    programs = postgres.programs()
    if programs is None or os.environ.get(postgres.URL_VARIABLE):
        pytest.skip(postgres.NOT_FOUND)
    await app.initialise(settings, ground="tests")
    folder = tmp_path / "wal"
    folder.mkdir()
    host = urlsplit(postgres_server.admin_url).query.partition("host=")[2]
    follower = await asyncio.create_subprocess_exec(
        str(programs / "pg_receivewal"), "-D", str(folder), "-h", host, "-U", "postgres", "--no-loop",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        connection = await asyncpg.connect(postgres_server.admin_url)
        async with asyncio.timeout(20):
            while not await connection.fetchval("select count(*) from pg_stat_replication"):
                await asyncio.wait([asyncio.create_task(follower.wait())], timeout=0.05)
                assert follower.returncode is None
        await connection.close()
        assert any("asynchronous replicas" in fault for fault in await roles.faults(settings.database))
    finally:
        follower.terminate()
        await follower.wait()
