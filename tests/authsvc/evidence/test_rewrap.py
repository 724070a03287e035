"""Epochs of the keys outside the database (evidence format, section 6): they change, and old copies open nothing."""

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from authsvc.clock import HandClock
from authsvc.errors import ConfigurationError
from authsvc.evidence.epochs import GRACE_MS, LIFETIME_MS, SILENCE_MS
from authsvc.evidence.keystore import FileKeyStore
from authsvc.evidence.rewrap import change_epoch, leave_master
from authsvc.keys import SealBroken, b64url
from authsvc.store import Store, Tx, subjects
from authsvc.store import evidence as rows
from authsvc.store.sqlite import SqliteStore, open_sqlite
from tests.authsvc.evidence.logs import AIGUL, BOLAT, Bench, open_bench

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def bench(db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]) -> AsyncIterator[Bench]:
    made = await open_bench(db, tmp_path, clock, entropy)
    yield made
    await made.log.close()


async def numbers(bench: Bench) -> list[int]:
    return [epoch.number for epoch in await bench.key_store.epochs()]


async def end_epoch(bench: Bench) -> None:
    """As the worker does: the next epoch is made, and once everybody knows it the old one ends."""
    bench.clock.move(LIFETIME_MS)
    assert await change_epoch(bench.store, bench.log) == 0
    bench.clock.move(GRACE_MS)
    await change_epoch(bench.store, bench.log)


async def opened(bench: Bench, record_id: str) -> dict[str, object]:
    found = await bench.log.vault.disclosures(bench.store, record_id)
    return {one.name: one.value for one in found}


async def test_a_person_stands_under_a_random_handle_and_is_found_by_name(bench: Bench) -> None:
    first = await bench.stage(AIGUL)
    second = await bench.stage(AIGUL, BOLAT)
    await bench.log.settled(second)
    handle = await bench.log.vault.find(bench.store, AIGUL)
    assert handle is not None
    assert await bench.log.vault.subject_of(bench.store, handle) == AIGUL
    assert await subjects.records_of(bench.store, handle) == [first.record_id, second.record_id]
    assert await bench.log.vault.find(bench.store, "iin:770707300777") is None
    for row in await bench.store.all("select subject from disclosure"):
        assert row["subject"] not in (AIGUL, b64url(bench.keys.mac("subject", AIGUL.encode())))


async def test_an_epoch_changes_in_time_and_the_old_secret_is_destroyed(bench: Bench) -> None:
    ticket = await bench.stage(AIGUL)
    await bench.log.settled(ticket)
    assert await change_epoch(bench.store, bench.log) == 0
    assert await numbers(bench) == [1]
    bench.clock.move(LIFETIME_MS)
    await change_epoch(bench.store, bench.log)
    assert await numbers(bench) == [1, 2]
    bench.clock.move(GRACE_MS)
    assert await change_epoch(bench.store, bench.log) == 1
    assert await numbers(bench) == [2]
    assert await subjects.epochs(bench.store) == [2]
    assert (await opened(bench, ticket.record_id))["person_subject"] == AIGUL


async def test_no_epoch_lives_for_thirty_days(bench: Bench) -> None:
    """Also when a process that leant on it died at the last moment."""
    assert LIFETIME_MS + GRACE_MS + SILENCE_MS + 2 * 3_600_000 < 30 * 24 * 3_600_000


async def test_look_ups_and_chains_go_on_through_every_step_of_a_change(bench: Bench) -> None:
    """Also for a person who is entered while there are two epochs, and for one entered by a process that knows one."""
    late = bench.another()
    await late.open()
    await bench.write(AIGUL)
    handle = await bench.log.vault.find(bench.store, AIGUL)
    bench.clock.move(LIFETIME_MS)
    await change_epoch(bench.store, bench.log)
    await bench.write(AIGUL)
    await bench.stage(BOLAT, log=late)
    await bench.log.sweep()
    assert await bench.log.vault.find(bench.store, BOLAT) is not None
    await bench.write(BOLAT)
    await late.vault.epochs.refresh()
    bench.clock.move(GRACE_MS)
    await change_epoch(bench.store, bench.log)
    await late.vault.epochs.refresh()
    await bench.write(AIGUL, log=late)
    await bench.write(BOLAT)
    assert await bench.log.vault.find(bench.store, AIGUL) == handle
    assert (await subjects.chain_head(bench.store, handle or ""))[0] == 3  # type: ignore[index]
    bolat = await late.vault.find(bench.store, BOLAT)
    assert (await subjects.chain_head(bench.store, bolat or ""))[0] == 3  # type: ignore[index]
    assert (await bench.findings()).faults == []


async def test_a_new_epoch_leads_only_when_every_process_can_know_it(bench: Bench) -> None:
    late = bench.another()
    await late.open()
    bench.clock.move(LIFETIME_MS)
    await change_epoch(bench.store, bench.log)
    ticket = await bench.stage(AIGUL)
    await bench.log.settled(ticket)
    found = await late.vault.disclosures(bench.store, ticket.record_id)
    assert any(one.value == AIGUL for one in found)


async def test_a_process_that_missed_a_change_writes_nothing_under_the_destroyed_epoch(bench: Bench) -> None:
    late = bench.another()
    await late.open()
    await end_epoch(bench)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await bench.stage(BOLAT, log=late)
    assert await bench.store.one("select 1 as there from staged") is None
    await late.vault.epochs.refresh()
    await bench.write(BOLAT, log=late)


async def test_a_copy_of_the_wrapped_keys_from_before_the_epoch_opens_nothing(bench: Bench) -> None:
    await bench.write(AIGUL)
    handle = await bench.log.vault.find(bench.store, AIGUL) or ""
    copied = await subjects.key_of(bench.store, handle)
    assert copied is not None
    assert bench.log.vault.name_of(copied) == AIGUL
    await end_epoch(bench)
    with pytest.raises(SealBroken):
        bench.log.vault.name_of(copied)
    fresh = bench.another()
    await fresh.open()
    with pytest.raises(SealBroken):
        fresh.vault.name_of(copied)


async def test_a_change_that_was_cut_off_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        await bench.write(f"iin:90010130{number:04d}")
    bench.clock.move(LIFETIME_MS)
    await change_epoch(bench.store, bench.log)
    bench.clock.move(GRACE_MS)
    monkeypatch.setattr("authsvc.evidence.rewrap.BATCH", 2)
    rounds = 0

    async def cut_off(tx: Tx, keys: object) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            raise RuntimeError("cut off")

    monkeypatch.setattr(subjects, "rewrap", _and_then(subjects.rewrap, cut_off))
    with pytest.raises(RuntimeError):
        await change_epoch(bench.store, bench.log)
    assert await numbers(bench) == [1, 2]
    monkeypatch.undo()
    again = bench.another()
    await again.open()
    assert await change_epoch(bench.store, again) == 3
    assert await numbers(bench) == [1, 2], "who was cut off might come back"
    bench.clock.move(SILENCE_MS + 1)
    assert await change_epoch(bench.store, again) == 0
    assert await numbers(bench) == [2]


def _and_then(first: Callable[..., object], second: Callable[..., object]) -> Callable[..., object]:
    async def both(*args: object) -> None:
        await first(*args)  # type: ignore[misc]
        await second(*args)  # type: ignore[misc]

    return both


async def test_a_crash_between_the_database_and_the_key_store_is_made_good_by_the_next_process(bench: Bench) -> None:
    await bench.write(AIGUL)
    bench.clock.move(LIFETIME_MS)
    await change_epoch(bench.store, bench.log)
    bench.clock.move(GRACE_MS)
    bench.log.vault.epochs.destroy = _crash  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        await change_epoch(bench.store, bench.log)
    assert (await numbers(bench), await subjects.epochs(bench.store)) == ([1, 2], [2])
    again = bench.another()
    await again.open()
    assert again.vault.epochs.numbers() == (2,), "it takes up nothing that the database has let go of"
    await bench.write(BOLAT, log=again)
    await change_epoch(bench.store, again)
    assert await numbers(bench) == [2]


async def _crash(number: int) -> bool:
    raise RuntimeError("crash")


async def test_an_erased_key_is_not_wrapped_anew(bench: Bench) -> None:
    await bench.write(AIGUL)
    await bench.write(BOLAT)
    handle = await bench.log.vault.find(bench.store, AIGUL) or ""
    await bench.key_store.mark_erased(handle, "-")
    await end_epoch(bench)
    assert await subjects.key_of(bench.store, handle) is None
    assert await bench.log.vault.find(bench.store, AIGUL) is None
    assert await numbers(bench) == [2]


async def test_a_key_that_does_not_open_holds_its_epoch_back(bench: Bench) -> None:
    """12: a flipped bit must not take a secret with it that a restore may still need."""
    await bench.write(AIGUL)

    async def flip(tx: Tx) -> None:
        row = await tx.one("select subject, wrapped from subject_key limit 1")
        assert row is not None
        broken = bytes(row["wrapped"])[:-1] + bytes([row["wrapped"][-1] ^ 1])
        await tx.run("update subject_key set wrapped = $2 where subject = $1", row["subject"], broken)

    await bench.store.transact(flip)
    await end_epoch(bench)
    assert await numbers(bench) == [1, 2]


async def test_another_key_store_is_refused_at_the_start(bench: Bench, tmp_path: Path) -> None:
    await bench.write(AIGUL)
    bench.key_store = FileKeyStore(tmp_path / "another")
    with pytest.raises(ConfigurationError, match="epoch 1, which the key store does not hold"):
        await bench.another().open()
    assert await bench.key_store.epochs() == ()


async def test_a_backup_from_before_the_epoch_ended_is_refused_with_the_way_out(
    tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]
) -> None:
    store = open_sqlite(tmp_path / "log.sqlite")
    await store.migrate()
    bench = await open_bench(store, tmp_path, clock, entropy)
    await bench.write(AIGUL)
    await store.scrub(())
    shutil.copy(tmp_path / "log.sqlite", tmp_path / "backup.sqlite")
    await end_epoch(bench)
    await bench.log.close()
    await store.close()
    restored = open_sqlite(tmp_path / "backup.sqlite")
    bench.store = restored
    with pytest.raises(ConfigurationError, match="After a restore"):
        await bench.another().open()
    await restored.close()


async def test_older_data_open_again_with_the_newest_copy_of_the_wrapped_keys(
    tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]
) -> None:
    """docs/erasure.md, "After a restore"."""
    store = open_sqlite(tmp_path / "log.sqlite")
    await store.migrate()
    bench = await open_bench(store, tmp_path, clock, entropy)
    ticket = await bench.stage(AIGUL)
    await bench.log.settled(ticket)
    await store.scrub(())
    shutil.copy(tmp_path / "log.sqlite", tmp_path / "backup.sqlite")
    await end_epoch(bench)
    tables = ("wrap_epoch", "subject_key", "blind_index")
    copied = {table: [tuple(row) for row in await store.all(f"select * from {table}")] for table in tables}
    await bench.log.close()
    await store.close()
    restored = open_sqlite(tmp_path / "backup.sqlite")

    async def put(tx: Tx) -> None:
        for table in reversed(tables):
            await tx.run(f"delete from {table}")
        for table in tables:
            for row in copied[table]:
                await tx.run(f"insert into {table} values ({', '.join(f'${n + 1}' for n in range(len(row)))})", *row)

    await restored.transact(put)
    bench.store = restored
    bench.log = bench.another()
    await bench.log.open()
    assert (await opened(bench, ticket.record_id))["person_subject"] == AIGUL
    assert await bench.log.vault.find(restored, AIGUL) is not None
    await bench.log.close()
    await restored.close()


# --- from release 0.1 ---


async def test_persons_of_release_0_1_are_moved_once_with_all_their_values(bench: Bench) -> None:
    tickets = [await bench.stage(AIGUL), await bench.stage(AIGUL, BOLAT)]
    await bench.log.settled(tickets[-1])
    before = [await opened(bench, ticket.record_id) for ticket in tickets]
    heads = {
        p: await subjects.chain_head(bench.store, await bench.log.vault.find(bench.store, p) or "")
        for p in (AIGUL, BOLAT)
    }
    for person in (AIGUL, BOLAT):
        await as_release_0_1(bench, person)
    assert await opened(bench, tickets[0].record_id) == {}
    assert await leave_master(bench.store, bench.log.vault, bench.keys) == 2
    assert await leave_master(bench.store, bench.log.vault, bench.keys) == 0
    assert [await opened(bench, ticket.record_id) for ticket in tickets] == before
    assert (await bench.log.vault.blobs(bench.store, tickets[0].record_id))["statement"] == b'{"act":"payment"}'
    for person, head in heads.items():
        handle = await bench.log.vault.find(bench.store, person) or ""
        assert await subjects.chain_head(bench.store, handle) == head
        assert handle != b64url(bench.keys.mac("subject", person.encode()))
    settled = await bench.write(AIGUL)
    assert settled.index == (await bench.findings()).size - 1


async def as_release_0_1(bench: Bench, person: str) -> None:
    """Put a person back to where release 0.1 had them: a name and a wrapping that hang on the master secret."""
    vault, keys = bench.log.vault, bench.keys
    old = b64url(keys.mac("subject", person.encode()))

    async def body(tx: Tx) -> None:
        handle = await vault.find(tx, person) or ""
        key = await subjects.key_of(tx, handle)
        assert key is not None
        plain = vault.epochs.unwrap(key.wrapped, handle)
        for row in await rows.sealed_for(tx, handle):
            data = vault.open_under(plain, row)
            place = f"{row.record_id}\n{old}\n{row.name}".encode()
            sealed = rows.SealedRow(row.record_id, row.name, old, _seal(plain, data, place, bench))
            await rows.reseal(tx, row, sealed)
        await tx.run("update chain set subject = $2 where subject = $1", handle, old)
        await subjects.destroy_key(tx, handle)
        wrapped = keys.seal("subject-key", plain, old.encode())
        await tx.run("insert into subject_key_before (subject, wrapped) values ($1, $2)", old, wrapped)

    await bench.store.transact(body)


def _seal(key: bytes, data: bytes, place: bytes, bench: Bench) -> bytes:
    from authsvc.keys import seal_under

    return seal_under(key, data, place, bench.entropy)


async def test_scrubbing_lets_waiting_acts_through(
    tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]
) -> None:
    import asyncio

    store = open_sqlite(tmp_path / "log.sqlite")
    assert isinstance(store, SqliteStore)
    await store.migrate()
    bench = await open_bench(store, tmp_path, clock, entropy)
    scrubbed, *_ = await asyncio.gather(store.scrub(()), *(bench.write(AIGUL) for _ in range(5)))
    assert scrubbed
    assert (await bench.findings()).faults == []
    await bench.log.close()
    await store.close()
