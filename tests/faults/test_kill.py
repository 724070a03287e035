"""kill -9 in the middle of acts: nothing acknowledged is lost, and the log that is left verifies."""

import asyncio
import contextlib
import os
from pathlib import Path

import pytest

from authsvc.clock import SystemClock
from authsvc.evidence.fence import FileFence
from authsvc.evidence.fsck import check_log
from authsvc.evidence.keystore import FileKeyStore
from authsvc.evidence.log import Log
from authsvc.evidence.signers import Signers
from authsvc.keys import load_keys
from authsvc.sandbox.seed import LOG_ORIGIN
from authsvc.store import Store
from authsvc.store.postgres import open_postgres
from authsvc.store.sqlite import open_sqlite
from bench import acts
from bench.wire import Wire

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CLIENTS = 8
ACTS_BEFORE = 40


async def _kill_in_the_middle(database: str, folder: Path) -> list[str]:
    """Run acts against a server, SIGKILL it under load; the ids of the requests whose answer was acknowledged."""
    acknowledged: list[str] = []
    async with acts.serving(database, folder, CLIENTS) as server:

        async def client(number: int) -> None:
            wire = Wire("127.0.0.1", server.port, server.host)
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while True:
                    acknowledged.append(await acts.act(server, wire, server.persons[number]))
            await wire.close()

        clients = [asyncio.create_task(client(number)) for number in range(CLIENTS)]
        while len(acknowledged) < ACTS_BEFORE:
            await asyncio.wait(clients, timeout=0.01, return_when=asyncio.FIRST_COMPLETED)
        server.process.kill()
        await server.process.wait()
        for waiting in server.codes.values():
            waiting.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
    return acknowledged


async def _check_what_is_left(store: Store, folder: Path, acknowledged: list[str]) -> None:
    keys = load_keys(folder / "data" / "keys", os.urandom)
    fence = FileFence(folder / "data.fence.json")
    log_key = Signers.of(LOG_ORIGIN, keys).log.verifier
    for request_id in acknowledged:
        row = await store.one("select state, record_id from confirmation_request where id = $1", request_id)
        assert row is not None
        assert row["state"] == "confirmed"
        assert await store.one("select 1 as there from entry where record_id = $1", row["record_id"]) is not None
    assert (await check_log(store, LOG_ORIGIN, log_key, fence.read())).faults == []
    key_store = FileKeyStore(folder / "data" / "keys" / "epochs")
    log = Log(LOG_ORIGIN, store, keys, fence=fence, key_store=key_store, clock=SystemClock(), entropy=os.urandom)
    await log.open()
    assert await store.all("select seq from staged") == []
    assert (await check_log(store, LOG_ORIGIN, log_key, fence.read())).faults == []
    await log.close()


async def test_72_a_killed_service_on_sqlite_loses_nothing_acknowledged(tmp_path: Path) -> None:
    acknowledged = await _kill_in_the_middle(str(tmp_path / "acts.sqlite"), tmp_path)
    store = open_sqlite(tmp_path / "acts.sqlite")
    await _check_what_is_left(store, tmp_path, acknowledged)
    await store.close()


async def test_72_a_killed_service_on_postgres_loses_nothing_acknowledged(
    empty_postgres_url: str, tmp_path: Path
) -> None:
    acknowledged = await _kill_in_the_middle(empty_postgres_url, tmp_path)
    store = await open_postgres(empty_postgres_url)
    await _check_what_is_left(store, tmp_path, acknowledged)
    await store.close()


@pytest.mark.deep
@pytest.mark.parametrize("turn", range(25))
async def test_72_many_kills_in_a_row_lose_nothing_acknowledged(tmp_path: Path, turn: int) -> None:
    acknowledged = await _kill_in_the_middle(str(tmp_path / "acts.sqlite"), tmp_path)
    store = open_sqlite(tmp_path / "acts.sqlite")
    await _check_what_is_left(store, tmp_path, acknowledged)
    await store.close()
