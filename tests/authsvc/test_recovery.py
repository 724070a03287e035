"""The drill after a refused fork (case 85): entries come back and are proven, or nothing is written."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import orjson
import pytest

from authsvc import app
from authsvc.clock import SystemClock
from authsvc.errors import ConfigurationError, Conflict, InvalidRequest, ReadOnly
from authsvc.evidence.fence import FileFence, Mark
from authsvc.evidence.tiles import ENTRIES, bundle, tile_at
from authsvc.keys import b64url
from authsvc.service import Service
from authsvc.settings import Settings
from authsvc.store import Store
from tests import postgres
from tests.authsvc.evidence.logs import Bench

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
Entropy = Callable[[int], bytes]
AIGUL, BOLAT = "iin:900101300017", "iin:880202400028"


@pytest.fixture(params=["sqlite", "postgres"])
async def settings(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Settings]:
    database = str(tmp_path / "data" / "authsvc.sqlite")
    server: postgres.Cluster | None = None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        database = await server.make_database()
    made = Settings(
        issuer="http://localhost:8000",
        log_origin="test.recovery.example/1",
        database=database,
        keys_dir=tmp_path / "keys",
        fence_file=tmp_path / "outside" / "fence.json",
        trust_dir=tmp_path / "trust",
        environment="test",
    )
    await app.initialise(made, ground="tests", clock=SystemClock())
    yield made
    if server is not None:
        await server.drop_database(database)


@asynccontextmanager
async def opened(settings: Settings, entropy: Entropy) -> AsyncIterator[tuple[Service, Bench]]:
    async with app.opened(settings, channels={}, clock=SystemClock()) as svc:
        yield svc, Bench(svc.store, svc.keys, svc.log._fence, svc.clock, entropy, svc.log, svc.log.vault.epochs)  # type: ignore[arg-type]


async def backed_up(settings: Settings, request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The same deployment on a copy of the database as it stands now; nobody is connected to it."""
    if not settings.database.startswith("postgresql://"):
        source, target = sqlite3.connect(settings.database), sqlite3.connect(tmp_path / "backup.sqlite")
        source.backup(target)
        source.close()
        target.close()
        return replace(settings, database=str(tmp_path / "backup.sqlite"))
    server: postgres.Cluster = request.getfixturevalue("postgres_server")
    url = await server.copy_database(settings.database.partition("?")[0].rpartition("/")[2])
    return replace(settings, database=url)


async def lost_tail(settings: Settings, request: pytest.FixtureRequest, entropy: Entropy, tmp_path: Path) -> Settings:
    """Records, a backup, more records: the settings of the restored backup."""
    async with opened(settings, entropy) as (_, bench):
        for person in (AIGUL, BOLAT, AIGUL):
            await bench.write(person)
    restored = await backed_up(settings, request, tmp_path)
    async with opened(settings, entropy) as (_, bench):
        for person in (AIGUL, AIGUL, BOLAT, "iin:770303300011"):
            await bench.write(person)
    return restored


async def sizes(settings: Settings) -> list[int]:
    store: Store = await app.open_store(settings.database)
    found = [row["size"] for row in await store.all("select size from checkpoint order by size")]
    await store.close()
    return found


async def test_85_the_standby_brings_the_tail_back_with_its_values(
    settings: Settings, entropy: Entropy, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    restored = await lost_tail(settings, request, entropy, tmp_path)
    async with opened(restored, entropy) as (svc, bench):
        assert svc.log.read_only_reason is not None
        assert "authsvc evidence recover" in svc.log.read_only_reason
        with pytest.raises(ReadOnly):
            await bench.write(AIGUL)
    found = await app.recover(restored, [settings.database])
    assert (found.end - found.start, found.without_values) == (4, 0)
    assert (await app.check_log(restored)).faults == []
    assert await sizes(restored) == await sizes(settings)
    async with opened(restored, entropy) as (svc, bench):
        assert svc.log.read_only_reason is None
        settled = await bench.write(AIGUL)
        assert settled.index == found.end
    assert (await app.check_log(restored)).faults == []


async def test_85_receipts_given_out_before_are_the_same_after(
    settings: Settings, entropy: Entropy, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    restored = await lost_tail(settings, request, entropy, tmp_path)
    async with opened(settings, entropy) as (svc, _):
        ids = [row["record_id"] for row in await svc.store.all("select record_id from entry order by idx")]
        before = [await svc.log.find(record_id) for record_id in ids]
    await app.recover(restored, [settings.database])
    async with opened(restored, entropy) as (svc, _):
        assert [await svc.log.find(record_id) for record_id in ids] == before


async def test_85_a_mirror_of_tiles_brings_the_entries_back_and_says_that_values_are_lost(
    settings: Settings, entropy: Entropy, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    restored = await lost_tail(settings, request, entropy, tmp_path)
    size = await lay_mirror(settings, tmp_path / "mirror")
    found = await app.recover(restored, [str(tmp_path / "mirror")])
    assert (found.end, found.without_values) == (size, 4)
    async with opened(restored, entropy) as (svc, _):
        assert svc.log.read_only_reason is None
        assert len(await svc.store.all("select idx from entry")) == size
        lost = {row["record_id"] for row in await svc.store.all("select record_id from lost_value")}
        tail = await svc.store.all("select record_id from entry where idx >= $1", size - 4)
        assert lost == {row["record_id"] for row in tail}


async def lay_mirror(settings: Settings, folder: Path, size: int | None = None) -> int:
    """The entry bundle of the whole log, or of a smaller one, as a file; how many entries it has."""
    store = await app.open_store(settings.database)
    bodies = [row["body"] for row in await store.all("select body from entry order by idx")][:size]
    await store.close()
    path = folder / replace(tile_at(0, 0, len(bodies)), level=ENTRIES).path
    path.parent.mkdir(parents=True)
    path.write_bytes(bundle(bodies))
    return len(bodies)


async def receipts_of(settings: Settings, entropy: Entropy, start: int) -> list[bytes]:
    """The receipts of the confirmations from this index on, with what recovery reads of them."""
    async with opened(settings, entropy) as (svc, _):
        rows = await svc.store.all("select record_id from entry where idx >= $1 order by idx desc", start)
        found = [await svc.log.find(row["record_id"]) for row in rows]
    header, made = {"alg": "ES256", "typ": "confirmation-receipt+jwt"}, []
    for settled in found:
        assert settled is not None
        payload = {"disclosures": [], "entry": settled.entry.decode(), "proof": settled.proof.decode()}
        made.append(b".".join(b64url(orjson.dumps(part)).encode() for part in (header, payload, "")))
    return made


async def test_85_a_mirror_at_an_address_brings_the_entries_back(
    settings: Settings, entropy: Entropy, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    restored = await lost_tail(settings, request, entropy, tmp_path)
    size = await lay_mirror(settings, tmp_path / "mirror")
    files = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "mirror"))
    with ThreadingHTTPServer(("127.0.0.1", 0), files) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(InvalidRequest, match="are not in this source"):
            await app.recover(restored, [f"{address}/elsewhere"])
        found = await app.recover(restored, [f"{address}/"])
        server.shutdown()
    assert (found.end, found.without_values) == (size, 4)
    assert (await app.check_log(restored)).faults == []
    with pytest.raises(InvalidRequest, match="the mirror gives no answer"):
        await app.recover(await lost_again(settings, restored, entropy), [address])


async def lost_again(settings: Settings, restored: Settings, entropy: Entropy) -> Settings:
    """The newer database goes on, so that the restored one lacks an entry anew."""
    async with opened(settings, entropy) as (_, bench):
        await bench.write(AIGUL)
    return restored


async def test_85_receipts_kept_outside_bring_entries_back_and_complete_a_mirror(
    settings: Settings, entropy: Entropy, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    restored = await lost_tail(settings, request, entropy, tmp_path)
    size = (await sizes(settings))[-1]
    kept = await receipts_of(settings, entropy, size - 2)
    with pytest.raises(InvalidRequest, match="are not in this source"):
        await app.recover(restored, [], kept)
    with pytest.raises(InvalidRequest, match="receipt 1 can't be read"):
        await app.recover(restored, [], [b"x.y.z"])
    await lay_mirror(settings, tmp_path / "mirror", size - 2)
    found = await app.recover(restored, [str(tmp_path / "mirror")], kept)
    assert (found.start, found.end) == (size - 4, size)
    assert (await app.check_log(restored)).faults == []
    async with opened(restored, entropy) as (svc, bench):
        assert svc.log.read_only_reason is None
        assert (await bench.write(BOLAT)).index == size


async def test_85_a_record_that_waits_here_for_the_place_it_has_had_is_not_placed_twice(
    settings: Settings, entropy: Entropy, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A standby that stopped between the act's commit and its place."""
    if not settings.database.startswith("postgresql://"):
        return  # on SQLite acts and places share a commit
    async with opened(settings, entropy) as (_, bench):
        ticket = await bench.stage(AIGUL)
    restored = await backed_up(settings, request, tmp_path)
    async with opened(settings, entropy) as (svc, _):
        assert await svc.log.find(ticket.record_id) is not None
    await app.recover(restored, [settings.database])
    async with opened(restored, entropy) as (svc, _):
        assert await svc.store.all("select seq from staged") == []
    assert (await app.check_log(restored)).faults == []


async def test_85_a_source_of_another_history_is_refused_and_nothing_is_written(
    settings: Settings, entropy: Entropy, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    restored = await lost_tail(settings, request, entropy, tmp_path)
    before = await sizes(restored)
    store = await app.open_store(settings.database)
    bodies = [row["body"] for row in await store.all("select body from entry order by idx")]
    await store.close()
    path = tmp_path / "mirror" / replace(tile_at(0, 0, len(bodies)), level=ENTRIES).path
    path.parent.mkdir(parents=True)
    swapped = [*bodies[:-2], bodies[-1], bodies[-2]]
    altered = [*bodies[:-1], bodies[-1].replace(b'"outcome":"confirmed"', b'"outcome":"declined"')]
    for wrong in (swapped, altered):
        path.write_bytes(bundle(wrong))
        with pytest.raises(Conflict):
            await app.recover(restored, [str(tmp_path / "mirror")])
    path.unlink()
    with pytest.raises(InvalidRequest, match="are not in this source"):
        await app.recover(restored, [str(tmp_path / "mirror")])
    with pytest.raises(ConfigurationError):
        await app.recover(restored, [str(tmp_path / "nowhere")])
    assert await sizes(restored) == before


async def test_85_a_log_that_lacks_nothing_needs_no_recovery_and_a_fork_gets_none(
    settings: Settings, entropy: Entropy, tmp_path: Path
) -> None:
    async with opened(settings, entropy) as (_, bench):
        await bench.write(AIGUL)
    with pytest.raises(InvalidRequest, match="nothing is missing"):
        await app.recover(settings, [settings.database])
    size = (await sizes(settings))[-1]
    (tmp_path / "outside" / "fence.json").unlink()
    FileFence(settings.fence_file).move(Mark(size, bytes(32)))
    with pytest.raises(Conflict, match="another history"):
        await app.recover(settings, [settings.database])
