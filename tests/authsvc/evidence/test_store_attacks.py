"""Attacks on the store (evidence format, section 14, cases 1-3, 5-9, 11, 12, 15, 16): fsck objects, and so does a
monitor that remembers the size and root of its last visit wherever what is served was touched."""

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from authsvc.clock import HandClock
from authsvc.evidence.fence import FileFence
from authsvc.evidence.fsck import check_log
from authsvc.evidence.merkle import leaf_hash
from authsvc.store import Store
from authsvc.store.sqlite import open_sqlite
from tests import stranger
from tests.authsvc.evidence.logs import AIGUL, BOLAT, ORIGIN, Bench, open_bench
from tests.authsvc.evidence.test_stranger_agrees import visit
from tests.stranger.note import Objection

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
Run = Callable[..., Awaitable[None]]
TABLES = ("entry", "checkpoint", "cosignature")


@pytest.fixture
async def bench(db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]) -> Bench:
    made = await open_bench(db, tmp_path, clock, entropy)
    for person in (AIGUL, BOLAT, AIGUL, BOLAT):
        await made.write(person)
    return made


async def administer(store: Store, statement: str, *args: object) -> None:
    """11: a statement of somebody who may do everything; the triggers go first."""
    if store.groups_commits:
        connection = sqlite3.connect(store._path)  # type: ignore[attr-defined]
        for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f"drop trigger {name}")
        for number in range(9, 0, -1):
            statement = statement.replace(f"${number}", f"?{number}")
        connection.execute(statement, args)
        connection.commit()
        connection.close()
        return
    async with store._pool.acquire() as connection:  # type: ignore[attr-defined]
        for table in TABLES:
            await connection.execute(f"alter table {table} disable trigger all")
        await connection.execute(statement, *args)


async def faults(bench: Bench, *, values: bool = False) -> list[str]:
    async with bench.store.snapshot() as reads:
        vault = bench.log.vault if values else None
        mark = bench.fence.read()
        return (await check_log(reads, ORIGIN, bench.log.signers.log.verifier, mark, vault=vault)).faults


def vkey(bench: Bench) -> str:
    return str(bench.log.signers.log.verifier)


async def body_of(bench: Bench, index: int) -> bytes:
    row = await bench.store.one("select body from entry where idx = $1", index)
    assert row is not None
    return bytes(row["body"])


async def last(bench: Bench) -> int:
    row = await bench.store.one("select max(idx) as at from entry")
    assert row is not None
    return int(row["at"])


async def forge(bench: Bench, index: int, *, leaf: bool = False, tile: bool = False) -> None:
    """Another outcome in a record: the body alone, with its leaf hash, with the tile too."""
    body = (await body_of(bench, index)).replace(b'"outcome":"confirmed"', b'"outcome":"declined"')
    await administer(bench.store, "update entry set body = $1 where idx = $2", body, index)
    if leaf:
        await administer(bench.store, "update entry set leaf = $1 where idx = $2", leaf_hash(body), index)
    if tile:
        row = await bench.store.one("select data from tile where level = 0 and n = 0")
        assert row is not None
        data = bytes(row["data"])
        data = data[: 32 * index] + leaf_hash(body) + data[32 * index + 32 :]
        await administer(bench.store, "update tile set data = $1 where level = 0 and n = 0", data)


async def test_an_untouched_log_is_clean_with_its_values_and_chains(bench: Bench) -> None:
    assert await faults(bench, values=True) == []
    seen = await visit(bench, vkey(bench))
    assert seen.size == await last(bench) + 1


async def test_1_2_3_an_edited_record_is_found_however_much_is_edited_with_it(bench: Bench) -> None:
    before, index = await visit(bench, vkey(bench)), await last(bench) - 1
    await forge(bench, index)
    found = await faults(bench)
    assert f"entry {index}: the leaf hash is not that of the bytes" in found
    assert any(fault.startswith(f"entry {index}: signature") for fault in found)
    await forge(bench, index, leaf=True)
    found = await faults(bench)
    assert any("tile 0/0: not that of the entries" in fault for fault in found)
    assert any("the signed root is not that of the entries" in fault for fault in found)
    await forge(bench, index, leaf=True, tile=True)
    found = await faults(bench)
    assert not any("tile" in fault for fault in found)
    assert any("the signed root is not that of the entries" in fault for fault in found)
    with pytest.raises(Objection, match="root: the leaves do not hash to the signed root"):
        await visit(bench, vkey(bench), before=before)


async def test_5_16_a_deleted_row_is_a_gap(bench: Bench) -> None:
    index = await last(bench) - 1
    await administer(bench.store, "delete from entry where idx = $1", index)
    assert f"entry {index}: missing, though later ones are there" in await faults(bench)
    with pytest.raises((Objection, LookupError)):
        await visit(bench, vkey(bench))


async def test_6_two_rows_exchanged_are_found(bench: Bench) -> None:
    one, two = await last(bench) - 1, await last(bench)
    for index, other in ((one, 1_000), (two, one), (1_000, two)):
        await administer(bench.store, "update entry set idx = $1 where idx = $2", other, index)
    found = await faults(bench)
    assert any("the signed root is not that of the entries" in fault for fault in found)
    with pytest.raises(Objection, match="is not the one that was hashed"):
        await visit(bench, vkey(bench))


async def test_7_a_tail_cut_and_signed_again_with_the_real_keys_is_found(
    clock: HandClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> None:
    store = open_sqlite(tmp_path / "log.sqlite")
    await store.migrate()
    bench = await open_bench(store, tmp_path, clock, entropy)
    await bench.write(AIGUL)
    source, target = sqlite3.connect(tmp_path / "log.sqlite"), sqlite3.connect(tmp_path / "cut.sqlite")
    source.backup(target)
    source.close()
    target.close()
    await bench.write(AIGUL)
    before = await visit(bench, vkey(bench))
    await bench.log.close()
    cut = open_sqlite(tmp_path / "cut.sqlite")
    forger = replace(bench, store=cut, fence=FileFence(tmp_path / "none"))
    forger.log = forger.another()
    await forger.log.open()
    for _ in range(3):
        await forger.write(BOLAT)
    assert (await faults(forger)) == []  # alone it is a log like any other
    with_fence = await faults(replace(forger, fence=bench.fence))
    assert any("the root that was remembered is not that of the entries" in fault for fault in with_fence)
    with pytest.raises(Objection, match="history: the log was rewritten since the last visit"):
        await visit(forger, vkey(bench), before=before)
    await forger.log.close()
    await cut.close()
    await store.close()


async def test_8_a_changed_type_column_is_found(bench: Bench) -> None:
    index = await last(bench)
    await administer(bench.store, "update entry set type = 'consent' where idx = $1", index)
    assert f"entry {index}: the columns name another type or record than the bytes" in await faults(bench)


async def test_9_the_values_of_one_person_attached_to_another_record_do_not_open(bench: Bench) -> None:
    rows = await bench.store.all(
        "select d.record_id as record_id, d.subject as subject from disclosure d join entry e on e.record_id ="
        " d.record_id where e.type = 'confirmation' order by e.idx"
    )
    first = rows[0]
    other = next(row for row in rows if row["subject"] != first["subject"])
    await administer(
        bench.store,
        "update disclosure set ciphertext = (select ciphertext from disclosure where record_id = $1 and subject = $2)"
        " where record_id = $3 and subject = $4",
        first["record_id"],
        first["subject"],
        other["record_id"],
        other["subject"],
    )
    assert any("a sealed value was moved or altered" in fault for fault in await faults(bench, values=True))


async def test_a_chain_set_back_by_hand_is_found_before_a_number_is_given_twice(bench: Bench) -> None:
    await administer(bench.store, "update chain set number = number - 1")
    assert any("a person's next number would be" in fault for fault in await faults(bench, values=True))


async def test_12_every_flipped_bit_of_a_record_is_found(bench: Bench, entropy: Callable[[int], bytes]) -> None:
    index = await last(bench)
    body = await body_of(bench, index)
    for _ in range(12):
        at = int.from_bytes(entropy(4)) % (8 * len(body))
        flipped = bytearray(body)
        flipped[at // 8] ^= 1 << at % 8
        await administer(bench.store, "update entry set body = $1 where idx = $2", bytes(flipped), index)
        assert f"entry {index}: the leaf hash is not that of the bytes" in await faults(bench)
    await administer(bench.store, "update entry set body = $1 where idx = $2", body, index)
    assert await faults(bench) == []


async def test_15_a_stale_tile_and_one_too_many_are_found(bench: Bench) -> None:
    row = await bench.store.one("select data, width from tile where level = 0 and n = 0")
    assert row is not None
    stale, width = bytes(row["data"])[:-32], row["width"] - 1
    await administer(bench.store, "update tile set data = $1, width = $2 where level = 0 and n = 0", stale, width)
    assert "tile 0/0: not that of the entries" in await faults(bench)
    with pytest.raises((Objection, LookupError)):
        await visit(bench, vkey(bench))
    await administer(bench.store, "insert into tile (level, n, width, data) values (0, 7, 1, $1)", bytes(32))
    assert "tiles: there are more than a tree of this size has" in await faults(bench)


async def test_a_checkpoint_of_the_parallel_tree_and_a_cosignature_are_looked_at_too(bench: Bench) -> None:
    publishing = bench.publishing()
    await publishing.publish()
    await publishing.close()
    assert await faults(bench) == []
    size = await last(bench) + 1
    await administer(bench.store, "update checkpoint set root_512 = $1 where size = $2", bytes(64), size)
    assert f"checkpoint {size}: the SHA-512 root is not that of the entries" in await faults(bench)
    row = await bench.store.one("select line from cosignature where size = $1", size)
    assert row is not None
    line = row["line"][:200] + ("A" if row["line"][200] != "A" else "B") + row["line"][201:]
    await administer(bench.store, "update cosignature set line = $1 where size = $2", line, size)
    assert any("further line does not hold" in fault for fault in await faults(bench))


async def test_fsck_beside_a_writing_service_sees_one_moment(bench: Bench) -> None:
    async with bench.store.snapshot() as reads:
        before = await check_log(reads, ORIGIN, bench.log.signers.log.verifier, None)
        for _ in range(5):
            await bench.write(AIGUL)
        again = await check_log(reads, ORIGIN, bench.log.signers.log.verifier, None, vault=bench.log.vault)
    assert (again.faults, again.size, again.root) == ([], before.size, before.root)
    assert await last(bench) + 1 == before.size + 5


def test_the_monitor_of_these_tests_imports_nothing_of_what_it_checks() -> None:
    assert "authsvc" not in Path(stranger.__file__).read_text(encoding="utf-8").replace("tests.authsvc", "")
