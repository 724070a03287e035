"""The key store outside the database (evidence format, section 6): a directory, or a second database."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from authsvc.errors import ConfigurationError
from authsvc.evidence.keystore import DONE, Epoch, FileKeyStore, KeyStore
from authsvc.evidence.keystore_sql import SqlKeyStore
from authsvc.store import Store

pytestmark = pytest.mark.anyio
FIRST = Epoch(1, b"\x01" * 32, 1_000)
SECOND = Epoch(2, bytes(range(32)), 2_000)


@pytest.fixture(params=["directory", "database"])
async def key_store(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: object) -> AsyncIterator[KeyStore]:
    if request.param == "directory":
        yield FileKeyStore(tmp_path / "epochs")
        return
    from authsvc.store.sqlite import open_sqlite

    store = await SqlKeyStore(open_sqlite(tmp_path / "keystore.sqlite")).open()
    yield store
    await store.close()


async def test_epochs_come_back_as_they_went_and_oldest_first(key_store: KeyStore) -> None:
    assert await key_store.epochs() == ()
    assert await key_store.add_epoch(SECOND)
    assert await key_store.add_epoch(FIRST)
    assert await key_store.epochs() == (FIRST, SECOND)


async def test_of_several_processes_one_alone_makes_an_epoch(key_store: KeyStore) -> None:
    offered = [Epoch(1, bytes([at]) * 32, at) for at in range(8)]
    won = await asyncio.gather(*(key_store.add_epoch(epoch) for epoch in offered))
    assert won.count(True) == 1
    assert await key_store.epochs() == (offered[won.index(True)],)


async def test_a_destroyed_epoch_is_gone_and_destroying_it_again_is_nothing(key_store: KeyStore) -> None:
    await key_store.add_epoch(FIRST)
    await key_store.add_epoch(SECOND)
    for _ in range(2):
        assert await key_store.destroy_epoch(1, "a", 0)
        assert await key_store.epochs() == (SECOND,)


async def test_an_epoch_on_which_somebody_else_leans_is_not_destroyed(key_store: KeyStore) -> None:
    await key_store.add_epoch(FIRST)
    await key_store.add_epoch(SECOND)
    await key_store.lean("a", [1, 2], 5_000, 0)
    await key_store.lean("b", [1], 6_000, 0)
    assert not await key_store.destroy_epoch(1, "a", 6_000)
    assert not await key_store.destroy_epoch(2, "b", 5_000)
    assert await key_store.epochs() == (FIRST, SECOND)
    await key_store.lean("a", [2], 7_000, 0)  # in place of what it said before
    assert not await key_store.destroy_epoch(1, "a", 6_000)
    assert await key_store.destroy_epoch(1, "b", 0)
    assert await key_store.destroy_epoch(2, "a", 7_000), "its own word does not bind it"
    assert await key_store.epochs() == ()


async def test_who_has_said_nothing_for_long_leans_on_nothing_and_is_forgotten(key_store: KeyStore) -> None:
    await key_store.add_epoch(FIRST)
    await key_store.lean("a", [1], 5_000, 0)
    assert await key_store.destroy_epoch(1, "b", 5_001)
    await key_store.add_epoch(FIRST)
    await key_store.lean("b", [], 9_000, 5_001)
    assert await key_store.destroy_epoch(1, "b", 0)


async def test_the_list_tells_what_was_begun_what_was_done_and_nothing_of_what_never_was(key_store: KeyStore) -> None:
    await key_store.mark_erased("a", "record")
    await key_store.mark_erased("b", "record")
    await key_store.mark_erased("c", "record")
    await key_store.mark_erased("a", DONE)
    await key_store.forget("b", "another")
    await key_store.forget("a", "record")
    await key_store.mark_erased("a", "late")
    await key_store.forget("b", "record")
    assert dict(await key_store.erased()) == {"a": DONE, "c": "record"}


async def test_the_sql_key_store_holds_on_both_databases(db: Store) -> None:
    key_store = await (await SqlKeyStore(db).open()).open()
    assert await key_store.add_epoch(SECOND)
    assert not await key_store.add_epoch(SECOND)
    await key_store.mark_erased("a", "record")
    await key_store.mark_erased("a", DONE)
    assert await key_store.epochs() == (SECOND,)
    assert dict(await key_store.erased()) == {"a": DONE}
    await key_store.lean("a", [2], 1_000, 0)
    assert not await key_store.destroy_epoch(2, "b", 1_000)
    assert await key_store.destroy_epoch(2, "a", 1_000)
    assert await key_store.epochs() == ()


async def test_who_starts_while_an_epoch_is_destroyed_finds_it_or_finds_it_gone(db: Store) -> None:
    """Never: it says that it leans on the epoch, reads the secret, and the secret goes."""
    key_store = await SqlKeyStore(db).open()
    for turn in range(20):
        await key_store.add_epoch(FIRST)

        async def start(holder: str) -> bool:
            await key_store.lean(holder, [1], 1_000, 0)
            return await key_store.epochs() == (FIRST,)

        found, destroyed = await asyncio.gather(start(f"new {turn}"), key_store.destroy_epoch(1, "old", 1_000))
        assert found != destroyed
        await key_store.lean("old", [], 2_000, 1_001)
        await key_store.destroy_epoch(1, "old", 0)


async def test_a_destroyed_secret_is_overwritten_before_its_file_goes(tmp_path: Path) -> None:
    """A second name of the file shows what its blocks hold now."""
    key_store = FileKeyStore(tmp_path / "epochs")
    await key_store.add_epoch(FIRST)
    (path,) = (tmp_path / "epochs").glob("epoch-*")
    os.link(path, tmp_path / "seen")
    await key_store.destroy_epoch(1, "a", 0)
    assert set((tmp_path / "seen").read_bytes()) == {0}


async def test_files_are_their_owners_alone_and_others_are_refused(tmp_path: Path) -> None:
    key_store = FileKeyStore(tmp_path / "epochs")
    await key_store.add_epoch(FIRST)
    await key_store.mark_erased("a", DONE)
    await key_store.lean("a", [1], 1_000, 0)
    for path in (tmp_path / "epochs").iterdir():
        assert path.stat().st_mode & 0o077 == 0
    (path,) = (tmp_path / "epochs").glob("epoch-*")
    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        await key_store.epochs()


@pytest.mark.parametrize("text", ["", "{}", '{"epoch": 1, "secret": "AAAA", "made_at": 1}', "\x00" * 40])
async def test_a_damaged_epoch_is_an_error_and_not_an_empty_key_store(tmp_path: Path, text: str) -> None:
    key_store = FileKeyStore(tmp_path / "epochs")
    await key_store.add_epoch(FIRST)
    (path,) = (tmp_path / "epochs").glob("epoch-*")
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="damaged"):
        await key_store.epochs()


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": []}', '{"a": ["x"]}'])
async def test_a_damaged_list_of_who_leans_on_what_lets_nothing_be_destroyed(tmp_path: Path, text: str) -> None:
    key_store = FileKeyStore(tmp_path / "epochs")
    await key_store.add_epoch(FIRST)
    (tmp_path / "epochs" / "leaning.json").write_text(text)
    with pytest.raises(ConfigurationError, match="damaged"):
        await key_store.destroy_epoch(1, "a", 0)
    assert await key_store.epochs() == (FIRST,)


@pytest.mark.parametrize("torn", ["\nb rec", "\nb", "\n"])
async def test_a_line_that_a_crash_cut_off_never_was_and_spoils_no_other(tmp_path: Path, torn: str) -> None:
    key_store = FileKeyStore(tmp_path / "epochs")
    await key_store.mark_erased("a", DONE)
    with (tmp_path / "epochs" / "erased").open("a") as file:
        file.write(torn)
    assert dict(await key_store.erased()) == {"a": DONE}
    await key_store.mark_erased("c", DONE)
    found = dict(await key_store.erased())
    assert (found["a"], found["c"]) == (DONE, DONE)
