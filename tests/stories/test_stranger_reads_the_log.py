"""C2SP tlog-checkpoint and tlog-tiles as a stranger meets them: what is served, what is not, and how it is labelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from authsvc.store import evidence as rows
from tests.stories.standing import CHANGE, signed_in
from tests.stranger import Entry, Objection
from tests.stranger.note import Key, Note
from tests.stranger.tree import Checkpoint, leaf_hash, unbundle
from tests.world import Seeded, World, both_databases

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

IMMUTABLE = "public, max-age=31536000, immutable"


async def get(world: World, target: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """One request with this very target on the wire: a client library would tidy it up first."""
    host = world.issuer.removeprefix("http://")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(host.rpartition(":")[2]))
    lines = [f"GET {target} HTTP/1.1", f"host: {host}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join((*lines, "", "")).encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *rest = head.decode("latin-1").split("\r\n")
    pairs = (line.split(": ", 1) for line in rest)
    return int(status.split(" ")[1]), {name.lower(): value for name, value in pairs}, body


async def checkpoint(world: World) -> Checkpoint:
    size, _ = await world.svc.publishing.publish()
    await world.svc.publishing.reached(size - 1, "witnessed")
    status, _, body = await get(world, "/log/checkpoint")
    assert status == 200
    return Checkpoint.open(body, [Key.parse(world.vkey)])


@both_databases
async def test_every_act_is_in_the_log_as_its_own_type_and_the_log_only_grows(world: World) -> None:
    before = await world.check_log()
    here = await signed_in(world)
    await here.confirm(await here.ask())
    await here.decline(await here.ask(CHANGE))
    after = await world.check_log()
    assert (before.origin, before.environment) == ("test.sandbox.authsvc/1", "test")
    new = [entry.type for entry in after.entries[before.size :]]
    assert new == ["authentication", "consent", "confirmation", "confirmation"]
    assert after.entries[: before.size] == before.entries
    assert [entry.body["outcome"] for entry in after.of_type("confirmation")] == ["confirmed", "declined"]


async def test_the_log_names_nobody_in_the_clear(world: World) -> None:
    here = await signed_in(world)
    await here.confirm(await here.ask())
    for entry in (await world.check_log()).entries:
        for private in (world.citizen["iin"], "Айгүл", "+77010000001", '"aigul', "kerege-bank", "Жібек", here.sub):
            assert private not in entry.raw.decode()


async def test_the_checkpoint_is_signed_by_the_served_key_and_is_not_kept_by_caches(shared_world: World) -> None:
    status, headers, body = await get(shared_world, "/log/checkpoint")
    assert (status, headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert headers["cache-control"] == "no-cache"
    assert headers["x-content-type-options"] == "nosniff"
    status, headers, vkey = await get(shared_world, "/log/vkey")
    assert (status, headers["cache-control"]) == (200, "no-cache")
    assert vkey.decode() == f"{shared_world.vkey}\n"
    assert Note.parse(body).verified_by([Key.parse(vkey.decode().strip())])
    with pytest.raises(Objection):
        Checkpoint.open(body.replace(b"sandbox", b"sandbux", 1), [Key.parse(shared_world.vkey)])


async def test_tiles_and_bundles_are_immutable_octets_that_hash_to_each_other(shared_world: World) -> None:
    size = (await checkpoint(shared_world)).size
    status, headers, tile = await get(shared_world, f"/log/tile/0/000.p/{size}")
    assert (status, headers["content-type"], headers["cache-control"]) == (200, "application/octet-stream", IMMUTABLE)
    assert headers["content-length"] == str(32 * size)
    status, headers, bundle = await get(shared_world, f"/log/tile/entries/000.p/{size}")
    assert (status, headers["content-type"], headers["cache-control"]) == (200, "application/octet-stream", IMMUTABLE)
    assert b"".join(leaf_hash(entry) for entry in unbundle(bundle)) == tile


async def test_a_partial_tile_is_there_exactly_for_the_sizes_that_were_published(shared_world: World) -> None:
    published = {size for size, _ in await rows.checkpoints(shared_world.svc.store)}
    head = (await checkpoint(shared_world)).size
    assert head in published
    assert published < set(range(head + 1))
    for kind in ("0", "entries"):
        for width in range(1, 256):
            status, headers, _ = await get(shared_world, f"/log/tile/{kind}/000.p/{width}")
            assert status == (200 if width in published else 404), (kind, width)
            assert status == 200 or headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000",  # full, and the tree is smaller
        "tile/1/000.p/1",
        "tile/63/000",
        "tile/entries/000",
        "tile/entries/001.p/1",
        "tile/0/x999/999.p/1",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
    ],
)
async def test_a_tile_that_no_signed_tree_had_is_not_there(shared_world: World, path: str) -> None:
    status, headers, _ = await get(shared_world, f"/log/{path}")
    assert (status, headers["cache-control"]) == (404, "no-cache")


@pytest.mark.parametrize(
    "path",
    [
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/000/",
        "tile/00/000",
        "tile/-1/000",
        "tile/+0/000",
        "tile/64/000",
        "tile/256/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/1/",
        "tile/0/000.p",
        "tile/0/001/000",
        "tile/0/x000/001",
        "tile/0/X001/000",
        "tile/0/x001",
        "tile/0//000",
        "tile//0/000.p/{size}",
        "tile/0/000%2ep/{size}",
        "tile/0%2f000.p/{size}",
        "tile%2f0/000.p/{size}",
        "tile/%30/000.p/{size}",
        "tile/0/000.p%2F{size}",
        "tile/0/000.p/{size}%00",
        "tile/0/000.p/{size}%20",
        "tile/0/%EF%BC%90%EF%BC%90%EF%BC%90",
        "tile/0/../0/000.p/{size}",
        "tile/0/./000.p/{size}",
        "tile/%2e%2e/checkpoint",
        "tile/../../log/checkpoint",
        "tile/..%2f..%2f..%2fetc%2fpasswd",
        "tile/0/..\\..\\checkpoint",
        "tile/data/000",
        "tile/Entries/000.p/{size}",
        "tile/0/" + "x999/" * 500 + "999",
        "checkpoint/",
        "checkpoint%00",
        "..",
        "",
    ],
)
async def test_a_malformed_path_is_refused_and_nothing_else_is_served_for_it(shared_world: World, path: str) -> None:
    size = (await checkpoint(shared_world)).size
    status, headers, body = await get(shared_world, "/log/" + path.format(size=size))
    assert status in (400, 404), (path, body[:100])
    assert "immutable" not in headers.get("cache-control", "")
    assert len(body) < 1_000


async def test_the_log_is_only_read(shared_world: World) -> None:
    http = shared_world.http()
    size = (await checkpoint(shared_world)).size
    for path in ("/log/checkpoint", "/log/vkey", "/log/genesis", "/log/receipt-keys", f"/log/tile/0/000.p/{size}"):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            answered = await http.request(method, path)
            assert (answered.status_code, answered.headers["allow"]) == (405, "GET, HEAD")


@asynccontextmanager
async def closed_log(seeded: Seeded, folder: Path) -> AsyncIterator[World]:
    async with seeded.served(folder, log_entries_public=False) as world:
        yield world


async def test_where_entries_are_closed_hashes_and_checkpoints_stay_public(
    seeded_sqlite: Seeded, tmp_path: Path
) -> None:
    async with closed_log(seeded_sqlite, tmp_path) as world:
        size = (await checkpoint(world)).size
        assert (await get(world, f"/log/tile/0/000.p/{size}"))[0] == 200
        for path in (f"tile/entries/000.p/{size}", "tile/entries/000"):
            status, headers, body = await get(world, f"/log/{path}")
            assert (status, headers["cache-control"]) == (404, "no-cache")
            assert b"authsvc/evidence" not in body
        status, headers, body = await get(world, "/log/genesis")
        assert (status, headers["cache-control"]) == (200, IMMUTABLE)
        first = Entry.parse(0, body, leaf_hash(body))
        assert first.type == "genesis"
        assert world.vkey in first.body["log_keys"]
        _, _, tile = await get(world, f"/log/tile/0/000.p/{size}")
        assert tile[:32] == leaf_hash(body)
