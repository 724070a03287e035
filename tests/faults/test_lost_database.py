"""The database goes away: what was not committed runs again, a lost answer to a commit is told, nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import asyncpg
import pytest

from authsvc import confirm
from authsvc.clock import HandClock
from authsvc.errors import OutcomeUnknown, StoreLost
from authsvc.store import Tx, postgres
from authsvc.store.postgres import PostgresStore, open_postgres
from tests.authsvc.evidence.logs import AIGUL, open_bench
from tests.authsvc.services import MULTI, Party, add_person, add_relying_party, let_know, service_on

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@dataclass
class Cut:
    """Ends sessions of one database from outside, as a restart or a fail-over does."""

    url: str

    async def end_all(self) -> None:
        admin = await asyncpg.connect(self.url)
        await admin.execute(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        await admin.close()


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[PostgresStore]:
    store = await open_postgres(postgres_url)
    await store.transact(lambda tx: tx.run("create table mark (name text primary key)"))
    yield store
    await store.close()


async def marks(store: PostgresStore) -> list[str]:
    return [row["name"] for row in await store.all("select name from mark order by name")]


async def test_a_body_whose_connection_is_lost_runs_again_and_holds_once(
    store: PostgresStore, postgres_url: str
) -> None:
    runs = 0

    async def body(tx: Tx) -> None:
        nonlocal runs
        runs += 1
        await tx.run("insert into mark (name) values ('a')")
        if runs == 1:
            await Cut(postgres_url).end_all()
        await tx.run("insert into mark (name) values ('b')")

    await store.transact(body)
    assert (runs, await marks(store)) == (2, ["a", "b"])


async def test_reads_go_on_over_connections_that_were_ended(store: PostgresStore, postgres_url: str) -> None:
    await Cut(postgres_url).end_all()
    assert await marks(store) == []


@pytest.mark.parametrize("held", [True, False])
async def test_a_commit_whose_answer_is_lost_is_told_and_never_repeated(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    runs = 0

    async def body(tx: Tx) -> None:
        nonlocal runs
        runs += 1
        await tx.run("insert into mark (name) values ('a')")

    with pytest.raises(OutcomeUnknown):
        await lose_next_commit(monkeypatch, held, lambda: store.transact(body))
    assert (runs, await marks(store)) == (1, ["a"] if held else [])


async def test_a_database_that_stays_away_is_told_after_a_while(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nowhere(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(postgres, "PATIENCE_S", 0.1)
    monkeypatch.setattr(store, "_pool", SimpleNamespace(fetch=nowhere))
    with pytest.raises(StoreLost):
        await store.all("select 1")


async def lose_next_commit(monkeypatch: pytest.MonkeyPatch, held: bool, act: Callable[[], object]) -> object:
    """The next commit is made or not, and either way its answer does not come."""
    commit = asyncpg.transaction.Transaction.commit

    async def lost(self: asyncpg.transaction.Transaction) -> None:
        monkeypatch.setattr(asyncpg.transaction.Transaction, "commit", commit)
        await (commit(self) if held else self.rollback())
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    monkeypatch.setattr(asyncpg.transaction.Transaction, "commit", lost)
    return await act()  # type: ignore[misc]


@pytest.mark.parametrize("held", [True, False])
async def test_asked_again_after_a_lost_answer_it_is_the_same_act_with_the_same_receipt(
    postgres_url: str,
    tmp_path: Path,
    clock: HandClock,
    entropy: Callable[[int], bytes],
    monkeypatch: pytest.MonkeyPatch,
    held: bool,
) -> None:
    """Both when it is asked, and when it is answered: one request, one record, the same bytes."""
    store = await open_postgres(postgres_url)
    async with service_on(store, tmp_path, clock, entropy) as (svc, gateway):
        person = await add_person(svc)
        asker = await add_relying_party(svc)
        await let_know(svc, person, asker.client_id)
        party = Party(svc, gateway, clock, person, asker)
        with pytest.raises(OutcomeUnknown):
            await lose_next_commit(monkeypatch, held, lambda: party.ask("key"))
        request_id = await party.ask("key")
        if held:  # the process that wrote it thinks it is not there; the message falls due for the worker
            clock.move(60_000)
            await svc.courier.sweep()
        await party.delivered()
        answerer, code = replace(party.answerer, acr=MULTI), gateway.code_of(request_id)
        with pytest.raises(OutcomeUnknown):
            await lose_next_commit(monkeypatch, held, lambda: confirm.answer(svc, answerer, request_id, code, "ru"))
        if not held:
            await confirm.answer(svc, answerer, request_id, code, "ru")
        await svc.log.sweep()
        first, second = [await confirm.read(svc, asker.client_id, request_id) for _ in range(2)]
        assert first.receipt == second.receipt
        assert (first.outcome, await party.ask("key")) == ("confirmed", request_id)
        (counted,) = await store.all("select count(*) as n from entry where type = 'confirmation'")
        assert counted["n"] == 1
    await store.close()


async def test_a_sequencer_whose_commit_answer_is_lost_places_every_record_once(
    postgres_url: str,
    tmp_path: Path,
    clock: HandClock,
    entropy: Callable[[int], bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = await open_postgres(postgres_url)
    bench = await open_bench(store, tmp_path, clock, entropy)
    for held in (True, False):
        tickets = [await bench.stage(AIGUL) for _ in range(3)]
        placed = await lose_next_commit(
            monkeypatch, held, lambda tickets=tickets: asyncio.gather(*(bench.log.settled(each) for each in tickets))
        )
        assert len({each.index for each in placed}) == 3  # type: ignore[attr-defined]
    assert (await bench.findings()).faults == []
    await bench.log.close()
    await store.close()
