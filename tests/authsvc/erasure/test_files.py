"""Case 84: after an erasure no file, WAL, index or backup gives anything of the person; case 18: nor does a restore."""

import hashlib
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from authsvc import accounts, erasure
from authsvc.clock import HandClock
from authsvc.evidence.epochs import GRACE_MS, LIFETIME_MS
from authsvc.evidence.fence import FileFence
from authsvc.evidence.keystore import DONE, FileKeyStore
from authsvc.evidence.log import Log
from authsvc.evidence.rewrap import change_epoch, leave_master
from authsvc.keys import SealBroken, unb64url
from authsvc.store import Store, Tx, subjects
from authsvc.store import erasures as rows
from authsvc.store.sqlite import SqliteStore, open_sqlite
from authsvc.web.sandbox.pki import TestPki
from tests.authsvc.erasure.office import Office, hexes, make_office
from tests.authsvc.evidence.test_rewrap import as_release_0_1
from tests.authsvc.services import ORIGIN, Party, add_person, add_relying_party, let_know, service_on

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
PIECE = 24
REQUESTS = "select s.sealed as value from confirmation_statement s join confirmation_request r on r.id = s.request"


@pytest.fixture
async def house(
    tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes], made_pki: TestPki, anyio_backend: object
) -> AsyncIterator[Office]:
    """An office whose database is a file of its own."""
    store = open_sqlite(tmp_path / "data" / "authsvc.sqlite")
    await store.migrate()
    async with service_on(store, tmp_path, clock, entropy) as (svc, gateway):
        person = await add_person(svc)
        asker = await add_relying_party(svc)
        await let_know(svc, person, asker.client_id)
        made = await make_office(Party(svc, gateway, clock, person, asker), tmp_path, made_pki)
        yield made
        made.svc.trust.close()
    await store.close()


def files_under(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def found_in(folder: Path, *values: bytes) -> set[tuple[str, bytes]]:
    """(file, value) of every value of which any piece is there: a long value may be spread over pages."""
    return {
        (path.name, value)
        for path, data in files_under(folder).items()
        for value in values
        if any(piece in data for piece in pieces(value))
    }


def pieces(value: bytes) -> list[bytes]:
    return [value] if len(value) < 2 * PIECE else [value[at : at + PIECE] for at in range(0, len(value) - PIECE, PIECE)]


async def secrets_of(office: Office) -> list[bytes]:
    """Everything in the database that is of the citizen or leads to them, as it lies there."""
    store, handle = office.svc.store, await office.handle()
    found: list[bytes] = [office.citizen.login.encode(), office.citizen.sub.encode(), handle.encode(), unb64url(handle)]
    key = await subjects.key_of(store, handle)
    assert key is not None
    found += [key.wrapped, key.name]
    for sql in (
        "select mac as value from blind_index where subject = $1",
        "select ciphertext as value from disclosure where subject = $1",
        "select ciphertext as value from blob where subject = $1",
    ):
        found += [_bytes(row["value"]) for row in await store.all(sql, handle)]
    for sql in (
        "select sealed as value from account where id = $1",
        "select sealed as value from factor where account = $1",
        "select address_id as value from confirmation_request where account = $1",
        f"{REQUESTS} where r.account = $1",
    ):
        found += [_bytes(row["value"]) for row in await store.all(sql, office.citizen.id)]
    return found


def _bytes(value: object) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)  # type: ignore[call-overload, no-any-return]


def guesses(office: Office) -> list[bytes]:
    """What somebody who looks for this person would look for."""
    iin = office.citizen.subject[4:].encode()
    hashed = [hashlib.sha256(each).digest() for each in (iin, b"iin:" + iin)]
    plain = [iin, office.citizen.name.encode(), office.citizen.address.encode()]
    return [*plain, *hexes(*hashed)]


async def test_84_no_file_gives_anything_of_the_person_after_an_erasure(house: Office) -> None:
    for _ in range(3):
        await house.confirmed()
    secrets = await secrets_of(house)
    assert len(secrets) > 20
    data = house.folder / "data"
    assert {value for _, value in found_in(data, *secrets)} == set(secrets), "the search finds what is there"
    done = await house.carry_out(house.wish())
    assert done.scrubbed
    (key_id,) = await house.svc.log.vault.epochs.key_store.erased()
    assert found_in(house.folder, *secrets) == {("erased", key_id.encode())}, "the random id of the key alone"
    assert found_in(house.folder, *guesses(house)) == set()
    assert await house.faults() == []


async def test_84_an_erasure_in_a_file_too_large_to_be_written_anew_leaves_nothing_either(
    house: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("authsvc.store.sqlite.REWRITTEN_BYTES", 0)
    await house.confirmed()
    handle = await house.handle()
    key = await subjects.key_of(house.svc.store, handle)
    assert key is not None
    await house.carry_out(house.wish())
    assert found_in(house.folder / "data", key.wrapped, key.name, house.citizen.login.encode()) == set()
    wal = house.folder / "data" / "authsvc.sqlite-wal"
    assert wal.stat().st_size == 0


async def test_84_a_backup_from_before_opens_nothing_once_its_epoch_has_ended(house: Office) -> None:
    request_id = await house.confirmed()
    handle = await house.handle()
    store = house.svc.store
    await store.scrub(())
    shutil.copy(house.folder / "data" / "authsvc.sqlite", house.folder / "backup.sqlite")
    await house.carry_out(house.wish())
    house.party.clock.move(LIFETIME_MS)
    await change_epoch(store, house.svc.log)
    house.party.clock.move(GRACE_MS)
    await change_epoch(store, house.svc.log)
    assert [epoch.number for epoch in await house.svc.log.vault.epochs.key_store.epochs()] == [2]
    backup = open_sqlite(house.folder / "backup.sqlite")
    key = await subjects.key_of(backup, handle)
    assert key is not None
    with pytest.raises(SealBroken):
        house.svc.log.vault.name_of(key)
    account = await backup.one("select id, sealed from account where id = $1", house.citizen.id)
    assert account is not None
    with pytest.raises(SealBroken):
        await house.svc.log.vault.open_for(backup, handle, f"account/{account['id']}", account["sealed"])
    with pytest.raises(SealBroken):
        house.svc.keys.unseal("account", account["sealed"], account["id"].encode())
    assert await house.svc.log.vault.find(backup, house.citizen.subject) is None
    assert found_in(house.folder, *guesses(house)) == set()
    assert request_id
    await backup.close()


# --- restore ---


async def restored(house: Office, name: str = "backup.sqlite") -> tuple[SqliteStore, Log]:
    """The service's log on an older copy of its database, opened as a start does."""
    store = open_sqlite(house.folder / name)
    key_store = FileKeyStore(house.folder / "epochs")
    fence = FileFence(house.svc.settings.fence_file)
    log = Log(
        ORIGIN,
        store,
        house.svc.keys,
        fence=fence,
        key_store=key_store,
        clock=house.party.clock,
        entropy=house.svc.entropy,
    )
    await log.open()
    return store, log


async def backup(house: Office, name: str = "backup.sqlite") -> None:
    await house.svc.store.scrub(())
    shutil.copy(house.folder / "data" / "authsvc.sqlite", house.folder / name)


async def test_18_a_restored_database_loses_the_person_again_before_it_serves(house: Office) -> None:
    await house.confirmed()
    open_id = await house.party.asked_and_delivered()
    secrets, handle = await secrets_of(house), await house.handle()
    await backup(house)
    await house.carry_out(house.wish())
    store, log = await restored(house)
    assert await rows.is_left(store, handle, unb64url(handle))
    assert await erasure.replay(store, log, house.party.clock.now()) == 1
    assert await erasure.replay(store, log, house.party.clock.now()) == 0
    assert not await rows.is_left(store, handle, unb64url(handle))
    assert await log.vault.find(store, house.citizen.subject) is None
    row = await store.one("select state, account from confirmation_request where id = $1", open_id)
    assert row is not None
    assert (row["state"], row["account"]) == ("cancelled", rows.ERASED)
    await log.close()
    await store.close()
    assert {name for name, _ in found_in(house.folder, *secrets)} == {"erased"}


async def test_18_other_persons_stay_as_they_were(house: Office) -> None:
    other = await house.svc.log.vault.find(house.svc.store, house.first.subject)
    assert other is not None
    await backup(house)
    await house.carry_out(house.wish())
    store, log = await restored(house)
    await erasure.replay(store, log, house.party.clock.now())
    assert await log.vault.subject_of(store, other) == house.first.subject
    await log.close()
    await store.close()


async def test_18_a_record_taken_down_and_a_restriction_are_replayed_too(house: Office) -> None:
    await house.confirmed()
    handle = await house.handle()
    record = (await subjects.records_of(house.svc.store, handle))[-1]
    await backup(house)
    await house.carry_out(house.wish("taken_down", records=(record,)))
    await house.carry_out(house.wish("restricted"))
    store, log = await restored(house)
    assert await log.vault.disclosures(store, record) != []
    assert await erasure.replay(store, log, house.party.clock.now()) == 2
    assert await log.vault.disclosures(store, record) == []
    assert await rows.is_restricted(store, handle)
    state = await store.one("select state from account where id = $1", house.citizen.id)
    assert state is not None
    assert state["state"] == "frozen"
    await log.close()
    await store.close()


async def test_a_crash_before_the_commit_erases_nobody_at_the_next_start(
    house: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = await house.handle()
    key_store = house.svc.log.vault.epochs.key_store
    await key_store.mark_erased(handle, "0198c0de-0000-7000-8000-000000000001")
    assert await erasure.replay(house.svc.store, house.svc.log, house.party.clock.now()) == 0
    assert dict(await key_store.erased()) == {}
    assert await rows.is_left(house.svc.store, handle, unb64url(handle))


async def test_a_restored_copy_erases_itself_but_never_says_that_the_original_did(house: Office) -> None:
    """The copy starts while the original has begun an erasure that then does not commit: nobody is erased there."""
    await backup(house)
    await house.confirmed()
    await house.svc.log.close()  # the fence moves past the backup
    handle = await house.handle()
    key_store = house.svc.log.vault.epochs.key_store
    await key_store.mark_erased(handle, "0198c0de-0000-7000-8000-000000000001")
    store, log = await restored(house)
    assert log.read_only_reason is not None
    assert await erasure.replay(store, log, house.party.clock.now()) == 1
    assert not await rows.is_left(store, handle, unb64url(handle))
    await store.close()
    assert await erasure.replay(house.svc.store, house.svc.log, house.party.clock.now()) == 0
    assert await rows.is_left(house.svc.store, handle, unb64url(handle))
    assert dict(await key_store.erased()) == {}


async def test_a_crash_after_the_commit_is_made_good_at_the_next_start(
    house: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_store = house.svc.log.vault.epochs.key_store
    mark = key_store.mark_erased

    async def crash_at_the_end(key_id: str, record_id: str) -> None:
        if record_id == DONE:
            raise RuntimeError("crash")
        await mark(key_id, record_id)

    monkeypatch.setattr(key_store, "mark_erased", crash_at_the_end)
    with pytest.raises(RuntimeError, match="crash"):
        await house.carry_out(house.wish())
    monkeypatch.undo()
    assert set((await key_store.erased()).values()) != {DONE}
    assert await erasure.replay(house.svc.store, house.svc.log, house.party.clock.now()) == 0
    assert set((await key_store.erased()).values()) == {DONE}


async def test_an_erasure_that_fails_inside_its_transaction_leaves_everything_as_it_was(
    house: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.confirmed()
    handle = await house.handle()
    head = await subjects.chain_head(house.svc.store, handle)

    async def fail(tx: Tx, account: str, now: int) -> None:
        raise RuntimeError("full")

    monkeypatch.setattr(rows, "erase_account", fail)
    with pytest.raises(RuntimeError, match="full"):
        await house.carry_out(house.wish())
    monkeypatch.undo()
    assert await subjects.chain_head(house.svc.store, handle) == head
    assert dict(await house.svc.log.vault.epochs.key_store.erased()) == {}
    assert await house.faults() == []
    await house.carry_out(house.wish())


async def test_a_key_store_that_does_not_answer_stops_an_erasure_before_it_begins(
    house: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the list a restore would bring the person back."""
    handle = await house.handle()

    async def down(key_id: str, record_id: str) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(house.svc.log.vault.epochs.key_store, "mark_erased", down)
    with pytest.raises(OSError, match="no space"):
        await house.carry_out(house.wish())
    assert await rows.is_left(house.svc.store, handle, unb64url(handle))


async def test_the_service_replays_at_its_start(house: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from authsvc import app
    from authsvc.keys import store_keys

    await house.confirmed()
    handle = await house.handle()
    await backup(house)
    await house.carry_out(house.wish())
    await house.svc.log.close()
    store_keys(house.svc.keys, house.folder / "keys")
    settings = replace(
        house.svc.settings, database=str(house.folder / "backup.sqlite"), key_store=str(house.folder / "epochs")
    )
    async with app.opened(settings, channels={}, clock=house.party.clock) as svc:
        assert not await rows.is_left(svc.store, handle, unb64url(handle))


async def test_postgresql_lets_go_of_dead_rows(office: Office) -> None:
    """Both databases: nothing of the person is in any row, and the tables were cleaned."""
    await office.confirmed()
    handle = await office.handle()
    done = await office.carry_out(office.wish())
    assert done.scrubbed
    store: Store = office.svc.store
    for table in rows.TABLES:
        for row in await store.all(f"select * from {table}"):
            values = [_bytes(each) for each in row if isinstance(each, str | bytes | bytearray)]
            assert not any(handle.encode() in each or office.citizen.login.encode() == each for each in values), table


async def test_an_account_of_release_0_1_moves_under_the_persons_own_key(house: Office) -> None:
    """The first start after it: the account and its address are sealed anew, and the person is who they were."""
    svc, person = house.svc, house.citizen
    old = svc.keys.mac("iin", person.subject[4:].encode())
    handle = unb64url(await house.handle())
    sealed = await subjects.sealed_of_account(svc.store, handle)
    assert {place for place, _, _ in sealed} == {"account", "factor"}
    opened = {
        row_id: await svc.log.vault.open_for(svc.store, await house.handle(), f"{place}/{row_id}", data) or b""
        for place, row_id, data in sealed
    }

    async def back(tx: Tx) -> None:
        for place, row_id, _ in sealed:
            await subjects.reseal_account(tx, place, row_id, svc.keys.seal(place, opened[row_id], row_id.encode()))
        await subjects.move_account(tx, handle, old)

    await svc.store.transact(back)
    await as_release_0_1(svc, person.subject)  # type: ignore[arg-type]  # it has the members that are used
    accounts.forget_all()
    assert await leave_master(svc.store, svc.log.vault, svc.keys) == 1
    accounts.forget_all()
    assert await accounts.person_by_id(svc, person.id) == person
    for place, row_id, data in await subjects.sealed_of_account(svc.store, unb64url(await house.handle())):
        with pytest.raises(SealBroken):
            svc.keys.unseal(place, data, row_id.encode())
    await house.carry_out(house.wish())
