"""The append path on both databases: no act without evidence, proofs that hold, and never a signature on a fork."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from authsvc.clock import HandClock
from authsvc.errors import ConfigurationError, ReadOnly
from authsvc.evidence.fence import FileFence, Mark
from authsvc.evidence.note import open_checkpoint
from authsvc.evidence.proof import parse_proof
from authsvc.evidence.record import parse
from authsvc.store import Store, Tx
from authsvc.store.sqlite import SqliteStore, open_sqlite
from tests.authsvc.evidence.logs import AIGUL, BOLAT, ORIGIN, Bench, open_bench

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bench(db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]) -> Bench:
    return await open_bench(db, tmp_path, clock, entropy)


async def test_genesis_stands_at_index_0_and_a_second_one_is_refused(bench: Bench) -> None:
    (first,) = await bench.store.all("select type, idx from entry where type = 'genesis'")
    assert (first["type"], first["idx"]) == ("genesis", 0)
    with pytest.raises(ConfigurationError):
        await bench.another().start(bench.confirmation(AIGUL))


async def test_an_acknowledged_record_has_a_proof_to_the_checkpoint_of_its_own_batch(bench: Bench) -> None:
    settled = await bench.write(AIGUL)
    checkpoint = parse_proof(settled.proof).verify(settled.entry, [bench.log.signers.log.verifier], ORIGIN)
    assert checkpoint.size == settled.size > settled.index


async def test_asking_again_gives_the_same_bytes_also_from_another_process(bench: Bench) -> None:
    settled = [await bench.write(AIGUL) for _ in range(5)]
    for _ in range(300):
        await bench.stage(BOLAT)
    await bench.log.sweep()
    other = bench.another()
    for one in settled:
        assert await other.find(parse(one.entry).id) == one


async def test_parallel_acts_each_get_a_place_of_their_own(bench: Bench) -> None:
    settled = await asyncio.gather(*(bench.write(f"iin:{900101300000 + n}") for n in range(120)))
    assert len({one.index for one in settled}) == 120
    verifiers = [bench.log.signers.log.verifier]
    for one in settled:
        assert parse_proof(one.proof).verify(one.entry, verifiers, ORIGIN).size == one.size
    assert (await bench.findings()).faults == []


async def test_two_processes_on_one_database_share_one_history(bench: Bench) -> None:
    store = open_sqlite(bench.store._path) if isinstance(bench.store, SqliteStore) else bench.store
    second = Bench(store, bench.keys, bench.fence, bench.clock, bench.entropy, bench.log, bench.key_store)
    second.log = second.another()
    await second.log.open()
    both = [(bench, second)[n % 2].write(f"iin:{900101300000 + n}") for n in range(60)]
    settled = await asyncio.gather(*both)
    assert len({one.index for one in settled}) == 60
    assert (await bench.findings()).faults == []
    await second.log.close()
    if store is not bench.store:
        await store.close()


async def test_a_rolled_back_act_leaves_neither_record_nor_gap_in_the_chain(bench: Bench) -> None:
    await bench.write(AIGUL)

    async def fails(tx: Tx) -> None:
        await bench.log.stage(tx, bench.confirmation(AIGUL))
        raise RuntimeError("the act failed after staging")

    size = (await bench.findings()).size
    with pytest.raises(RuntimeError):
        await bench.store.transact(fails)
    second = await bench.write(AIGUL)
    assert (await bench.findings()).size == size + 1
    numbers = await _chain(bench, parse(second.entry).id)
    assert numbers["person_number"] == 2


async def test_the_chain_of_a_person_links_each_record_to_the_leaf_before_it(bench: Bench) -> None:
    first = await bench.write(AIGUL)
    second = await bench.write(AIGUL, "bin:123456789021")
    chain = await _chain(bench, parse(first.entry).id)
    assert (chain["person_number"], chain["person_previous"]) == (1, "none")
    chain = await _chain(bench, parse(second.entry).id)
    from authsvc.keys import b64url

    assert (chain["person_number"], chain["person_previous"]) == (2, b64url(first.leaf))
    assert (chain["entity_number"], chain["entity_previous"]) == (1, "none")


async def test_one_person_in_two_roles_takes_one_number(bench: Bench) -> None:
    settled = await bench.write("iin:900101300017", "iin:900101300017")
    chain = await _chain(bench, parse(settled.entry).id)
    assert chain["person_number"] == chain["entity_number"] == 1


async def test_no_value_of_a_person_lies_in_the_database_in_plain(bench: Bench) -> None:
    await bench.write(AIGUL)
    for table in ("entry", "staged", "disclosure", "blob", "chain", "subject_key", "tile", "checkpoint"):
        for row in await bench.store.all(f"select * from {table}"):
            for value in dict(row).values():
                raw = value if isinstance(value, bytes) else str(value).encode()
                assert b"900101300017" not in raw, table


async def test_a_published_checkpoint_carries_both_log_keys(bench: Bench) -> None:
    await bench.write(AIGUL)
    size, note = await bench.publishing().publish()
    signers = bench.log.signers
    checkpoint, opened = open_checkpoint(note, [signers.log.verifier, signers.tree.verifier], ORIGIN)
    assert checkpoint.size == size
    assert {one.verifier.algorithm for one in opened.verified} == {0x01, 0x06}


async def test_what_a_crash_left_staged_is_sequenced_at_the_next_start(bench: Bench) -> None:
    if bench.store.groups_commits:
        bench.store.before_commit = None
        await bench.stage(AIGUL)
    else:
        await bench.stage(AIGUL)
    again = bench.another()
    await again.open()
    assert await bench.store.one("select 1 as there from staged") is None
    assert (await bench.findings()).faults == []


# --- never sign a fork ---


async def test_a_fence_that_did_not_move_is_moved_later_though_nothing_is_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("authsvc.evidence.log.FENCE_LAG", 0.01)
    move, tries = bench.fence.move, 0

    def fail_twice(mark: Mark) -> Mark:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise ReadOnly("the fence can't be written")
        return move(mark)

    monkeypatch.setattr(bench.fence, "move", fail_twice)
    settled = await bench.write(AIGUL)
    async with asyncio.timeout(60):
        while (mark := bench.fence.read()) is None or mark.size < settled.size:  # noqa: ASYNC110  # a file tells nobody
            await asyncio.sleep(0.01)
    assert caplog.text.count("the fence does not move") == 2
    assert bench.log.read_only_reason is None


async def test_a_head_behind_the_fence_turns_the_log_read_only(bench: Bench) -> None:
    await bench.write(AIGUL)
    found = await bench.findings()
    bench.fence.move(Mark(found.size + 3, bytes(32)))
    late = bench.another()
    if bench.store.groups_commits:
        await late.open()
    await late.vault.open(bench.store)
    with pytest.raises(ReadOnly):
        await bench.write(AIGUL, log=late)
    assert late.read_only_reason is not None
    with pytest.raises(ReadOnly):
        await bench.stage(AIGUL, log=late)


async def test_a_restored_backup_is_never_signed_on(
    tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]
) -> None:
    store = open_sqlite(tmp_path / "log.sqlite")
    await store.migrate()
    bench = await open_bench(store, tmp_path, clock, entropy)
    await bench.write(AIGUL)
    source, backup = sqlite3.connect(tmp_path / "log.sqlite"), sqlite3.connect(tmp_path / "backup.sqlite")
    source.backup(backup)
    source.close()
    backup.close()
    await bench.write(AIGUL)
    await bench.log.close()
    await store.close()

    restored = open_sqlite(tmp_path / "backup.sqlite")
    log = Bench(restored, bench.keys, bench.fence, clock, entropy, bench.log, bench.key_store).another()
    await log.open()
    bench.store = restored
    before = await restored.all("select size from checkpoint")
    with pytest.raises(ReadOnly):
        await bench.write(BOLAT, log=log)
    assert [row["size"] for row in await restored.all("select size from checkpoint")] == [r["size"] for r in before]
    await restored.close()


async def test_a_forked_history_of_the_same_size_is_refused_by_the_running_process(bench: Bench) -> None:
    await bench.write(AIGUL)
    size = (await bench.findings()).size
    bench.log._last = Mark(size, bytes(32))
    with pytest.raises(ReadOnly):
        await bench.write(AIGUL)


async def test_a_fence_that_another_process_moved_on_stops_a_process_whose_own_head_still_stands(bench: Bench) -> None:
    await bench.write(AIGUL)
    bench.fence.move(Mark((await bench.findings()).size + 1, bytes(32)))
    with pytest.raises(ReadOnly):
        await bench.write(AIGUL)


async def test_the_fence_never_moves_back(tmp_path: Path) -> None:
    fence = FileFence(tmp_path / "fence")
    fence.move(Mark(9, b"r" * 32))
    fence.move(Mark(3, b"s" * 32))
    assert fence.read() == Mark(9, b"r" * 32)


# --- attacks on the store (evidence reference, section 14): fsck must object ---


async def _tampered(bench: Bench, statement: str, *args: object) -> list[str]:
    """Run a statement as an administrator would, triggers dropped; what fsck says then."""
    for _ in range(3):
        await bench.write(AIGUL)
    if isinstance(bench.store, SqliteStore):
        raw = bench.store._writer.raw
        for (name,) in raw.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            raw.execute(f"drop trigger {name}")
        raw.execute(statement.replace("$1", "?1"), args)
    else:
        async with bench.store._pool.acquire() as connection:  # type: ignore[attr-defined]
            for table in ("entry", "checkpoint", "cosignature"):
                await connection.execute(f"alter table {table} disable trigger all")
            await connection.execute(statement, *args)
    return (await bench.findings()).faults


async def test_an_edited_body_is_found(bench: Bench) -> None:
    row = await bench.store.one("select body from entry where idx = 1")
    assert row is not None
    body = row["body"].replace(b"administration_event", b"administration_evenT")
    faults = await _tampered(bench, "update entry set body = $1 where idx = 1", body)
    assert any("entry 1" in fault for fault in faults)


async def test_an_edited_leaf_is_found(bench: Bench) -> None:
    faults = await _tampered(bench, "update entry set leaf = $1 where idx = 2", bytes(32))
    assert any("entry 2: the leaf hash" in fault for fault in faults)


async def test_a_deleted_row_is_found(bench: Bench) -> None:
    assert await _tampered(bench, "delete from entry where idx = 2")


async def test_a_cut_tail_is_found(bench: Bench) -> None:
    faults = await _tampered(bench, "delete from entry where idx = (select max(idx) from entry)")
    assert any("was signed, but the entries end" in fault for fault in faults)


async def test_a_changed_type_column_is_found(bench: Bench) -> None:
    faults = await _tampered(bench, "update entry set type = 'consent' where idx = 1")
    assert any("columns name another type" in fault for fault in faults)


async def test_a_stale_tile_is_found(bench: Bench) -> None:
    faults = await _tampered(bench, "update tile set data = $1, width = 1 where level = 0 and n = 0", bytes(32))
    assert any("tile 0/0" in fault for fault in faults)


async def test_a_head_ahead_of_the_entries_is_found(bench: Bench) -> None:
    faults = await _tampered(bench, "update head set size = size + 1")
    assert any("head: says size" in fault for fault in faults)


async def test_a_checkpoint_signed_by_another_key_is_found(bench: Bench) -> None:
    faults = await _tampered(bench, "update checkpoint set note = $1 where size = 2", b"x\n2\ny\n\n")
    assert any("checkpoint 2" in fault for fault in faults)


async def test_the_log_tables_refuse_changes_while_their_triggers_stand(bench: Bench) -> None:
    await bench.write(AIGUL)

    async def edit(tx: Tx) -> None:
        await tx.run("update entry set logged_at = 0 where idx = 0")

    with pytest.raises((sqlite3.Error, asyncpg.PostgresError), match="append-only"):
        await bench.store.transact(edit)


async def test_a_copied_database_verifies_like_the_original(
    tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]
) -> None:
    store = open_sqlite(tmp_path / "log.sqlite")
    await store.migrate()
    bench = await open_bench(store, tmp_path, clock, entropy)
    await asyncio.gather(*(bench.write(f"iin:{900101300000 + n}") for n in range(300)))
    await store.close()
    shutil.copy(tmp_path / "log.sqlite", tmp_path / "copy.sqlite")
    copy = open_sqlite(tmp_path / "copy.sqlite")
    bench.store = copy
    assert (await bench.findings()).faults == []
    await copy.close()


async def _chain(bench: Bench, record_id: str) -> dict[str, object]:
    opened = await bench.log.vault.disclosures(bench.store, record_id)
    return {one.name: one.value for one in opened}
