"""The scrubber (evidence format, section 8; attack cases 5, 12, 15, 16): one flipped bit, or one row that is gone, in
entries, tiles or values is found in the background and said with its place."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx2
import pytest

from authsvc import scrubbing, worker
from authsvc.clock import HandClock
from authsvc.evidence import scrub as parts
from authsvc.evidence.fsck import check_log
from authsvc.evidence.keystore import DONE
from authsvc.service import Service
from authsvc.store import Store, erasures, scrub
from authsvc.web.site import build_site
from tests.authsvc.evidence.logs import AIGUL, BOLAT, Bench
from tests.authsvc.evidence.test_store_attacks import administer
from tests.authsvc.services import service_on

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
Damage = Callable[["House"], Awaitable[str]]
PAGE = 256
TABLES = ("entry", "tile", "disclosure", "blob", "subject_key")


class House:
    """A service whose log has records of two persons."""

    def __init__(self, svc: Service, bench: Bench) -> None:
        self.svc = svc
        self.bench = bench

    @property
    def store(self) -> Store:
        return self.svc.store

    async def round(self) -> None:
        """A whole round from now on, as the worker goes through it."""
        await scrubbing.demand(self.svc)
        while await scrubbing.step(self.svc):
            pass

    async def grow(self, count: int) -> None:
        """So many records, in few batches."""
        tickets = await asyncio.gather(*(self.bench.stage(AIGUL, log=self.svc.log) for _ in range(count)))
        await self.svc.log.settled(tickets[-1])
        await self.svc.log.sweep()

    async def alarms(self) -> list[str]:
        """As `/health/ready` names them."""
        transport = httpx2.ASGITransport(app=build_site(self.svc))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
            answer = await client.get("/health/ready")
        assert answer.status_code == 200
        found: list[str] = answer.json().get("alarms", [])
        return found


@pytest.fixture
async def house(db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes]) -> AsyncIterator[House]:
    async with service_on(db, tmp_path, clock, entropy) as (svc, _):
        key_store = svc.log.vault.epochs.key_store
        bench = Bench(db, svc.keys, svc.log._fence, clock, entropy, svc.log, key_store)  # type: ignore[arg-type]
        for persons in ((AIGUL,), (BOLAT,), (AIGUL, BOLAT)):
            await bench.write(*persons)
        yield House(svc, bench)


def flipped(data: bytes, at: int) -> bytes:
    changed = bytearray(data)
    changed[at // 8] ^= 1 << at % 8
    return bytes(changed)


def bit(house: House, data: bytes) -> int:
    return int.from_bytes(house.svc.entropy(4)) % (8 * len(data))


async def an_entry(house: House) -> str:
    row = await house.store.one("select idx, body from entry order by idx desc limit 1")
    assert row is not None
    body = flipped(row["body"], bit(house, row["body"]))
    await administer(house.store, "update entry set body = $1 where idx = $2", body, row["idx"])
    return f"entry {row['idx']} has other bytes"


async def a_leaf(house: House) -> str:
    row = await house.store.one("select idx, leaf from entry order by idx limit 1")
    assert row is not None
    leaf = flipped(row["leaf"], bit(house, row["leaf"]))
    await administer(house.store, "update entry set leaf = $1 where idx = $2", leaf, row["idx"])
    return "entry 0 has other bytes, or another leaf hash"


async def a_column(house: House) -> str:
    await administer(house.store, "update entry set record_id = 'x' || record_id where idx = 1")
    return "entry 1: the columns name another type or record"


async def a_tile(house: House) -> str:
    row = await house.store.one("select data from tile where level = 0 and n = 0")
    assert row is not None
    data = flipped(row["data"], bit(house, row["data"]))
    await administer(house.store, "update tile set data = $1 where level = 0 and n = 0", data)
    return "tile 0/0 has other hashes"


async def a_value(house: House) -> str:
    row = await house.store.one("select record_id, subject, ciphertext from disclosure where subject <> 'operator'")
    assert row is not None
    sealed = flipped(row["ciphertext"], bit(house, row["ciphertext"]))
    change = "update disclosure set ciphertext = $1 where record_id = $2 and subject = $3"
    await administer(house.store, change, sealed, row["record_id"], row["subject"])
    return "a sealed value does not open in its place"


async def an_operators_value(house: House) -> str:
    row = await house.store.one("select record_id, ciphertext from disclosure where subject = 'operator'")
    assert row is not None
    sealed = flipped(row["ciphertext"], bit(house, row["ciphertext"]))
    change = "update disclosure set ciphertext = $1 where record_id = $2 and subject = 'operator'"
    await administer(house.store, change, sealed, row["record_id"])
    return "a sealed value does not open in its place"


async def a_text(house: House) -> str:
    row = await house.store.one("select record_id, name, ciphertext from blob")
    assert row is not None
    sealed = flipped(row["ciphertext"], bit(house, row["ciphertext"]))
    change = "update blob set ciphertext = $1 where record_id = $2 and name = $3"
    await administer(house.store, change, sealed, row["record_id"], row["name"])
    return "a sealed value does not open in its place"


async def a_wrapped_key(house: House) -> str:
    row = await house.store.one("select subject, wrapped from subject_key limit 1")
    assert row is not None
    wrapped = flipped(row["wrapped"], 8 * len(row["wrapped"]) - 1)
    await administer(
        house.store, "update subject_key set wrapped = $1 where subject = $2", wrapped, str(row["subject"])
    )
    return "a sealed value does not open in its place"


async def a_removed_entry(house: House) -> str:
    await administer(house.store, "delete from entry where idx = 2")
    return "entry 2 is missing"


async def the_last_entry_removed(house: House) -> str:
    row = await house.store.one("select max(idx) as idx from entry")
    assert row is not None
    await administer(house.store, "delete from entry where idx = $1", row["idx"])
    return f"entry {row['idx']} is missing"


async def a_removed_tile(house: House) -> str:
    await administer(house.store, "delete from tile where level = 0 and n = 0")
    return "tile 0/0 is missing"


async def a_removed_value(house: House) -> str:
    row = await house.store.one("select record_id, subject from disclosure where subject <> 'operator'")
    assert row is not None
    gone = "delete from disclosure where record_id = $1 and subject = $2"
    await administer(house.store, gone, row["record_id"], str(row["subject"]))
    return "of a person's 2 records 1 have lost their sealed values"


async def a_removed_value_of_the_operator(house: House) -> str:
    await administer(
        house.store,
        "delete from disclosure where subject = 'operator' and record_id = (select record_id from entry where idx = 0)",
    )
    return "entry 0: its sealed values are missing"


async def a_removed_text(house: House) -> str:
    row = await house.store.one("select record_id from blob where subject <> 'operator' order by record_id limit 1")
    assert row is not None
    place = await house.store.one("select idx from entry where record_id = $1", row["record_id"])
    assert place is not None
    await administer(house.store, "delete from blob where record_id = $1", row["record_id"])
    return f"entry {place['idx']}: the texts behind its digests are missing"


async def a_removed_text_of_the_operator(house: House) -> str:
    row = await house.store.one("select record_id from blob where subject = 'operator' order by record_id limit 1")
    assert row is not None
    place = await house.store.one("select idx from entry where record_id = $1", row["record_id"])
    assert place is not None
    await administer(house.store, "delete from blob where record_id = $1", row["record_id"])
    return f"entry {place['idx']}: the texts behind its digests are missing"


async def a_removed_key(house: House) -> str:
    await administer(house.store, "delete from subject_key")
    return "a sealed value does not open in its place"


DAMAGE = (
    an_entry,
    a_leaf,
    a_column,
    a_tile,
    a_value,
    an_operators_value,
    a_text,
    a_wrapped_key,
    a_removed_entry,
    the_last_entry_removed,
    a_removed_tile,
    a_removed_value,
    a_removed_value_of_the_operator,
    a_removed_text,
    a_removed_text_of_the_operator,
    a_removed_key,
)


async def stored(house: House) -> dict[str, list[tuple[object, ...]]]:
    return {table: [tuple(row) for row in await house.store.all(f"select * from {table}")] for table in TABLES}


async def repair(house: House, before: dict[str, list[tuple[object, ...]]]) -> None:
    """The rows back from a backup."""
    for table, now in (await stored(house)).items():
        if sorted(now, key=repr) == sorted(before[table], key=repr):
            continue
        await administer(house.store, f"delete from {table}")
        for row in before[table]:
            places = ", ".join(f"${at}" for at in range(1, len(row) + 1))
            await administer(house.store, f"insert into {table} values ({places})", *row)


async def test_what_is_damaged_is_found_and_said_with_its_place(house: House, caplog: pytest.LogCaptureFixture) -> None:
    before = await stored(house)
    await house.round()
    assert await house.alarms() == []
    for damage in DAMAGE:
        words = await damage(house)
        caplog.clear()
        await house.round()
        line = next(record for record in caplog.records if record.levelname == "CRITICAL")
        assert line.getMessage().startswith("the evidence log is damaged: ")
        assert words in line.getMessage(), damage.__name__
        assert AIGUL.partition(":")[2] not in caplog.text
        assert await house.alarms() == [scrubbing.ALARM]
        await repair(house, before)
        await house.round()
        assert await house.alarms() == []


async def test_the_alarm_stands_until_a_whole_round_finds_nothing(
    house: House, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    row = await house.store.one("select body from entry where idx = 1")
    assert row is not None
    await administer(house.store, "update entry set body = $1 where idx = 1", flipped(row["body"], 77))
    await house.round()
    assert await house.alarms() == [scrubbing.ALARM]
    await administer(house.store, "update entry set body = $1 where idx = 1", row["body"])
    clock.move(scrubbing.PERIOD_MS - 1)
    assert not await scrubbing.step(house.svc)
    assert await house.alarms() == [scrubbing.ALARM]
    clock.move(1)
    assert await scrubbing.step(house.svc), "a round a day"
    assert await house.alarms() == [scrubbing.ALARM], "it has only begun"
    while await scrubbing.step(house.svc):
        pass
    assert await house.alarms() == []
    assert len([record for record in caplog.records if record.levelname == "CRITICAL"]) == 1


async def test_the_alarm_rises_before_the_round_is_over(house: House) -> None:
    await administer(house.store, "delete from entry where idx = 1")
    await scrubbing.demand(house.svc)
    while not await house.alarms():
        assert await scrubbing.step(house.svc)
    state = await scrub.read_scrub(house.store)
    assert state.part == "values"


async def test_a_round_that_a_restart_cut_off_goes_on_where_it_was(
    house: House, monkeypatch: pytest.MonkeyPatch, clock: HandClock, entropy: Callable[[int], bytes]
) -> None:
    """Over tiles that are full and some that are not; behind them a bit is flipped while nobody runs."""
    monkeypatch.setattr(parts, "SLICE", PAGE)
    await house.grow(2 * PAGE)
    await scrubbing.demand(house.svc)
    assert await scrubbing.step(house.svc), "it begins"
    assert await scrubbing.step(house.svc)
    before = await scrub.read_scrub(house.store)
    assert (before.part, before.place) == ("entries", PAGE)
    await house.bench.write(BOLAT, log=house.svc.log)
    seen: list[int] = []
    read = parts.rows.entries_between

    async def watched(reads: object, start: int, end: int) -> object:
        seen.append(start)
        return await read(reads, start, end)  # type: ignore[arg-type]

    monkeypatch.setattr(parts.rows, "entries_between", watched)
    stop = asyncio.Event()
    run = asyncio.create_task(worker.run(house.svc, stop, (worker.Job("scrub", 0.001, _step_until(stop)),)))
    await run
    assert seen[:2] == [PAGE, 2 * PAGE], "from where it was; then the start of the process has its own round"
    assert seen[2] == 0
    state = await scrub.read_scrub(house.store)
    assert (state.part, state.fault, state.due) == ("", "", False)


def _step_until(stop: asyncio.Event) -> Callable[[Service], Awaitable[object]]:
    async def step(svc: Service) -> None:
        if not await scrubbing.step(svc):
            stop.set()

    return step


async def test_tiles_of_every_level_are_read_back_beside_a_log_that_grows(house: House) -> None:
    await house.grow(2 * PAGE)
    await scrubbing.demand(house.svc)
    await scrubbing.step(house.svc)
    await house.grow(3)  # the right edge is wider than the round's head
    while await scrubbing.step(house.svc):
        pass
    assert await house.alarms() == []
    for level, n in ((0, 1), (1, 0)):
        row = await house.store.one("select data from tile where level = $1 and n = $2", level, n)
        assert row is not None
        change = "update tile set data = $1 where level = $2 and n = $3"
        await administer(house.store, change, flipped(row["data"], 9), level, n)
        await house.round()
        fault = (await scrub.read_scrub(house.store)).fault
        assert fault == f"tile {level}/{n} has other hashes than its entries"
        await administer(house.store, change, row["data"], level, n)


async def test_values_that_a_recovery_did_not_find_are_known_to_be_lost(house: House) -> None:
    await a_removed_value_of_the_operator(house)
    await administer(house.store, "insert into lost_value select record_id from entry where idx = 0")
    await house.round()
    assert await house.alarms() == []


async def test_two_processes_share_a_round(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each slice counts once; who came second goes on from there."""
    monkeypatch.setattr(parts, "PAGE", 1)
    monkeypatch.setattr(parts, "VALUES", 1)
    await scrubbing.demand(house.svc)

    async def go() -> int:
        steps = 0
        while await scrubbing.step(house.svc) or (await scrub.read_scrub(house.store)).part:
            steps += 1
        return steps

    await asyncio.gather(go(), go())
    state = await scrub.read_scrub(house.store)
    assert (state.part, state.fault, state.due) == ("", "", False)


async def test_every_part_of_the_log_is_read_back_in_a_round(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PAGE", 1)
    read: list[str] = []
    opened = house.svc.log.vault.open_under

    def watched(key: bytes, row: object) -> bytes:
        read.append(f"{row.record_id}/{row.name}/{row.subject}")  # type: ignore[attr-defined]
        return opened(key, row)  # type: ignore[arg-type]

    monkeypatch.setattr(house.svc.log.vault, "open_under", watched)
    await house.round()
    rows = [
        *await house.store.all("select record_id, '' as name, subject from disclosure"),
        *await house.store.all("select record_id, name, subject from blob"),
    ]
    assert set(read) == {f"{row['record_id']}/{row['name']}/{row['subject']}" for row in rows}


async def test_texts_that_went_with_one_person_of_two_are_no_damage_and_fsck_names_those_that_were_removed(
    house: House,
) -> None:
    handle = await house.svc.log.vault.find(house.store, BOLAT)
    assert handle is not None
    both = await house.store.one(
        "select d.record_id as id, e.idx as idx from disclosure d join entry e on e.record_id = d.record_id"
        " where d.subject = $1 order by e.idx desc limit 1",
        handle,
    )
    assert both is not None
    await house.svc.log.vault.epochs.key_store.mark_erased(f"{both['id']}/{handle}", DONE)
    await house.store.transact(lambda tx: erasures.take_down(tx, handle, [both["id"]]))
    await house.round()
    assert await house.alarms() == []

    log = house.svc.log
    checked = await check_log(house.store, log.origin, log.signers.log.verifier, None, vault=log.vault)
    assert checked.faults == []
    words = await a_removed_text(house)
    checked = await check_log(house.store, log.origin, log.signers.log.verifier, None, vault=log.vault)
    assert checked.faults == [words]
