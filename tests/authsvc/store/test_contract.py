"""What every act relies on, on both databases: transactions, races, arrays, round trips, append-only, migrations.

SQLite alone hides races, so each test that can runs on PostgreSQL too (the `db` fixture).
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from authsvc.errors import InvalidRequest
from authsvc.store import SCHEMA, Store, Tx, migrations
from authsvc.store.postgres import TRIES as POSTGRES_TRIES
from authsvc.store.postgres import open_postgres
from authsvc.store.sqlite import open_sqlite

pytestmark = pytest.mark.anyio

RACERS = 16
ALLOWED = 5
ANY_DATABASE_ERROR = (sqlite3.Error, asyncpg.PostgresError)


@dataclass(frozen=True)
class Refusal:
    """What an act returns, instead of raising it, when the try must leave a trace."""

    code: str


async def add(tx: Tx, subject: str, number: int = 0, leaf: str = "none") -> int:
    return await tx.run("insert into chain (subject, number, leaf) values ($1, $2, $3)", subject, number, leaf)


async def number_of(store: Store, subject: str) -> int | None:
    row = await store.one("select number from chain where subject = $1", subject)
    return None if row is None else int(row["number"])


# Transactions.


async def test_what_a_body_writes_is_there_when_transact_answers(db: Store) -> None:
    assert await db.transact(lambda tx: add(tx, "a", 7)) == 1
    assert await number_of(db, "a") == 7


async def test_a_body_reads_its_own_writes(db: Store) -> None:
    async def body(tx: Tx) -> int:
        await add(tx, "a", 1)
        await tx.run("update chain set number = number + 1 where subject = $1", "a")
        row = await tx.one("select number from chain where subject = $1", "a")
        assert row is not None
        return int(row["number"])

    assert await db.transact(body) == 2


async def test_an_exception_undoes_the_whole_body_and_reaches_the_caller(db: Store) -> None:
    async def body(tx: Tx) -> None:
        await add(tx, "a")
        await add(tx, "b")
        raise LookupError("no such request")

    with pytest.raises(LookupError, match="no such request"):
        await db.transact(body)
    assert await db.all("select subject from chain") == []


async def test_a_statement_that_fails_undoes_what_stood_before_it(db: Store) -> None:
    async def body(tx: Tx) -> None:
        await add(tx, "a")
        await add(tx, "a")

    with pytest.raises(ANY_DATABASE_ERROR):
        await db.transact(body)
    assert await number_of(db, "a") is None
    assert await db.transact(lambda tx: add(tx, "a")) == 1


async def test_a_refusal_that_is_returned_leaves_its_trace(db: Store) -> None:
    await db.transact(lambda tx: add(tx, "request"))

    async def wrong_try(tx: Tx) -> Refusal:
        await tx.run("update chain set number = number + 1 where subject = $1", "request")
        return Refusal("wrong_code")

    for _ in range(3):
        assert await db.transact(wrong_try) == Refusal("wrong_code")
    assert await number_of(db, "request") == 3


async def test_one_bad_body_among_many_harms_no_other(db: Store) -> None:
    async def body(tx: Tx, n: int) -> int:
        await add(tx, f"s{n:02d}", n)
        if n % 4 == 0:
            raise ValueError(n)
        return n

    outcomes = await asyncio.gather(
        *(db.transact(lambda tx, n=n: body(tx, n)) for n in range(RACERS)),  # type: ignore[misc]  # n is bound at once
        return_exceptions=True,
    )
    assert [isinstance(o, ValueError) for o in outcomes] == [n % 4 == 0 for n in range(RACERS)]
    kept = [row["number"] for row in await db.all("select number from chain order by number")]
    assert kept == [n for n in range(RACERS) if n % 4]


async def test_a_caller_who_leaves_harms_no_other(db: Store) -> None:
    tasks = [asyncio.create_task(db.transact(lambda tx, n=n: add(tx, f"s{n}"))) for n in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [outcomes[0], outcomes[2], outcomes[3]] == [1, 1, 1]
    assert await db.transact(lambda tx: add(tx, "later")) == 1


# Races: what must happen once happens once.


async def test_sixteen_wrong_answers_use_up_exactly_the_allowed_tries(db: Store) -> None:
    await db.transact(lambda tx: add(tx, "request"))

    async def attempt(tx: Tx) -> int | None:
        sql = "update chain set number = number + 1 where subject = $1 and number < $2 returning number"
        row = await tx.one(sql, "request", ALLOWED)
        return None if row is None else int(row["number"])

    outcomes = await asyncio.gather(*(db.transact(attempt) for _ in range(RACERS)))
    assert sorted(o for o in outcomes if o is not None) == list(range(1, ALLOWED + 1))
    assert await number_of(db, "request") == ALLOWED


async def test_sixteen_takers_of_a_single_use_value_get_it_once(db: Store) -> None:
    await db.transact(lambda tx: tx.run("insert into staged (record_id, body) values ($1, $2)", "code", b"secret"))

    async def take(tx: Tx) -> bytes | None:
        row = await tx.one("delete from staged where record_id = $1 returning body", "code")
        return None if row is None else bytes(row["body"])

    outcomes = await asyncio.gather(*(db.transact(take) for _ in range(RACERS)))
    assert [o for o in outcomes if o is not None] == [b"secret"]


async def test_sixteen_claims_of_one_key_are_won_once(db: Store) -> None:
    async def claim(tx: Tx, n: int) -> int:
        sql = "insert into chain (subject, number, leaf) values ($1, $2, 'none') on conflict do nothing"
        return await tx.run(sql, "idempotency", n)

    claims = (db.transact(lambda tx, n=n: claim(tx, n)) for n in range(RACERS))  # type: ignore[misc]  # n is bound at once
    assert sum(await asyncio.gather(*claims)) == 1


async def test_sixteen_settlements_of_one_state_end_in_one_winner(db: Store) -> None:
    await db.transact(lambda tx: add(tx, "request", 0, "sent"))

    async def settle(tx: Tx, outcome: str) -> str | None:
        sql = "update chain set leaf = $1 where subject = $2 and leaf = $3 returning leaf"
        row = await tx.one(sql, outcome, "request", "sent")
        return None if row is None else str(row["leaf"])

    names = [f"outcome{n}" for n in range(RACERS)]
    won = [o for o in await asyncio.gather(*(db.transact(lambda tx, n=n: settle(tx, n)) for n in names)) if o]  # type: ignore[misc]  # n is bound at once
    row = await db.one("select leaf from chain where subject = $1", "request")
    assert row is not None
    assert won == [row["leaf"]]


async def test_whoever_locks_the_head_reads_what_the_last_holder_wrote(db: Store) -> None:
    async def found(tx: Tx) -> Any:
        return await tx.lock_head()

    async def begin(tx: Tx) -> None:
        sql = (
            "insert into head (one, size, frontier, root, frontier_512, root_512, checkpoint_note)"
            " values (1, 0, $1, $1, $1, $1, $1)"
        )
        await tx.run(sql, b"")

    async def grow(tx: Tx) -> None:
        head = await tx.lock_head()
        assert head is not None
        await tx.run("update head set size = $1", head["size"] + 1)

    assert await db.transact(found) is None
    await db.transact(begin)
    await asyncio.gather(*(db.transact(grow) for _ in range(RACERS)))
    row = await db.one("select size from head")
    assert row is not None
    assert row["size"] == RACERS


# Statements: one text for both databases.


@pytest.mark.parametrize("seed", range(8))
async def test_parameters_bind_by_their_number_in_any_order_and_more_than_once(db: Store, seed: int) -> None:
    order = random.Random(seed).sample(range(3), 3)  # noqa: S311  # a shuffle, no secret
    columns = ["subject", "number", "leaf"]
    values: list[Any] = ["person", 42, "leaf"]
    places = {columns[column]: place + 1 for place, column in enumerate(order)}
    arguments = [values[column] for column in order]
    names = random.Random(seed + 100).sample(columns, 3)  # noqa: S311  # a shuffle, no secret
    listed = ", ".join(f"${places[name]}" for name in names)
    await db.transact(lambda tx: tx.run(f"insert into chain ({', '.join(names)}) values ({listed})", *arguments))
    sql = (
        f"select subject, number, leaf from chain where leaf = ${places['leaf']} and subject = ${places['subject']}"
        f" and number >= ${places['number']} and number <= ${places['number']} and leaf <> subject"
    )
    row = await db.one(sql, *arguments)
    assert row is not None
    assert [row[column] for column in columns] == values


async def test_more_than_nine_parameters_keep_their_numbers(db: Store) -> None:
    subjects = [f"s{n}" for n in range(12)]
    rows = ", ".join(f"(${n + 1}, {n}, 'none')" for n in reversed(range(12)))
    await db.transact(lambda tx: tx.run(f"insert into chain (subject, number, leaf) values {rows}", *subjects))
    found = await db.all("select subject from chain order by number")
    assert [row["subject"] for row in found] == subjects


HOSTILE = [
    "plain",
    "'; drop table chain; --",
    '{"a": [1]}',
    "a,b",
    "{a,b}",
    '"',
    "\\",
    "",
    "Әлия Қасымова",
    "👩🏽‍⚖️",
    "$1 ?1 :x",
]


async def test_an_array_holds_any_text_and_is_never_read_as_sql(db: Store) -> None:
    async def fill(tx: Tx) -> None:
        for n, text in enumerate([*HOSTILE, "another"]):
            await add(tx, text, n)

    async def search(tx: Tx, wanted: list[str]) -> list[str]:
        rows = await tx.all(f"select subject from chain where subject {tx.among(1)} order by number", wanted)
        return [row["subject"] for row in rows]

    await db.transact(fill)
    assert await db.transact(lambda tx: search(tx, HOSTILE)) == HOSTILE
    assert await db.transact(lambda tx: search(tx, [*HOSTILE[:2], *HOSTILE[:2], "absent"])) == HOSTILE[:2]
    assert await db.transact(lambda tx: search(tx, [])) == []
    outside = await db.all(f"select subject from chain where subject {db.among(2)} and number >= $1", 1, HOSTILE[:3])
    assert {row["subject"] for row in outside} == set(HOSTILE[1:3])


@pytest.mark.parametrize("number", [0, -1, 1_795_514_400_000, 2**63 - 1, -(2**63)])
async def test_integers_of_eight_bytes_come_back_as_they_went(db: Store, number: int) -> None:
    await db.transact(lambda tx: add(tx, "n", number))
    assert await number_of(db, "n") == number


@pytest.mark.parametrize(
    "blob", [b"", b"\0", bytes(range(256)), b"\xff" * 100_000], ids=["empty", "nul", "all", "long"]
)
async def test_bytes_come_back_as_they_went(db: Store, blob: bytes) -> None:
    await db.transact(lambda tx: tx.run("insert into staged (record_id, body) values ($1, $2)", "s", blob))
    row = await db.one("select body from staged where body = $1", blob)
    assert row is not None
    assert row["body"] == blob


async def test_none_comes_back_as_none(db: Store) -> None:
    row = await db.one("select cast($1 as text) as absent, cast($2 as bigint) as number", None, 5)
    assert row is not None
    assert (row["absent"], row["number"]) == (None, 5)


async def test_run_tells_how_many_rows_it_changed(db: Store) -> None:
    async def body(tx: Tx) -> list[int]:
        added = [await add(tx, subject) for subject in ("a", "b", "c")]
        changed = await tx.run("update chain set number = $1 where subject <> $2", 1, "c")
        again = await tx.run("insert into chain (subject, number, leaf) values ('a', 0, '') on conflict do nothing")
        removed = await tx.run("delete from chain where subject = $1", "absent")
        return [*added, changed, again, removed]

    assert await db.transact(body) == [1, 1, 1, 2, 0, 0]


async def test_many_writes_all_rows_or_none(db: Store) -> None:
    sql = "insert into chain (leaf, subject, number) values ($3, $1, $2)"
    await db.transact(lambda tx: tx.many(sql, [(f"s{n}", n, "none") for n in range(300)]))
    assert len(await db.all("select subject from chain")) == 300
    with pytest.raises(ANY_DATABASE_ERROR):
        await db.transact(lambda tx: tx.many(sql, [("new", 1, "none"), ("s1", 1, "none")]))
    assert await number_of(db, "new") is None


# Tables that only grow.

LOG_ROWS: dict[str, str] = {
    "entry": "insert into entry (idx, type, record_id, leaf, body, logged_at) values (0, 'genesis', 'r', $1, $1, 1)",
    "checkpoint": "insert into checkpoint (size, note, root_512) values (1, $1, $1)",
    "cosignature": "insert into cosignature (size, witness, line, received_at) values (1, 'w', 'l', 1)",
    "anchor": "insert into anchor (size, tsa, record_id, stamped, token, revocation, stamped_at, received_at)"
    " values (1, 't', 'r', $1, $1, '[]', 1, 1)",
    "anchor_material": "insert into anchor_material (sha256, kind, data) values ('s', 'crl', $1)",
    "renewal": "insert into renewal (number, tsa, record_id, size, leaves, token, revocation, algorithms, stamped_at,"
    " received_at) values (1, 't', 'r', 1, $1, $1, '[]', '', 1, 1)",
    "renewed": "insert into renewed (size, tsa, number, place) values (1, 't', 1, 0)",
    "renewed_again": "insert into renewed_again (older, number, place) values (1, 2, 0)",
    "witnessed": "insert into witnessed (size, note, met_at) values (1, $1, 1)",
}
CHANGES: dict[str, list[str]] = {
    "entry": ["update entry set logged_at = 2", "update entry set type = 'key'", "delete from entry"],
    "checkpoint": ["update checkpoint set note = root_512", "delete from checkpoint where size = 1"],
    "cosignature": ["update cosignature set received_at = 2", "delete from cosignature"],
    "anchor": ["update anchor set stamped_at = 2", "delete from anchor where size = 1"],
    "anchor_material": ["update anchor_material set kind = 'ocsp'", "delete from anchor_material"],
    "renewal": ["update renewal set stamped_at = 2", "delete from renewal"],
    "renewed": ["update renewed set place = 1", "delete from renewed"],
    "renewed_again": ["update renewed_again set place = 1", "delete from renewed_again"],
    "witnessed": ["update witnessed set met_at = 2", "delete from witnessed where size = 1"],
}
ROW_KEYS = {
    "entry": "idx",
    "checkpoint": "size",
    "cosignature": "size, witness",
    "anchor": "size, tsa",
    "anchor_material": "sha256",
    "renewal": "number",
    "renewed": "size, tsa, number",
    "renewed_again": "older, number",
    "witnessed": "size",
}


@pytest.mark.parametrize("table", LOG_ROWS)
async def test_the_logs_tables_refuse_every_change_of_a_row(db: Store, table: str) -> None:
    arguments = [bytes(32)] if "$1" in LOG_ROWS[table] else []
    await db.transact(lambda tx: tx.run(LOG_ROWS[table], *arguments))
    changes = [*CHANGES[table], f"truncate table {table}", f"truncate table {table} cascade"]
    for change in changes if not db.groups_commits else CHANGES[table]:
        with pytest.raises(ANY_DATABASE_ERROR, match="append-only"):
            await db.transact(lambda tx, change=change: tx.run(change))  # type: ignore[misc]  # change is bound at once
    assert len(await db.all(f"select * from {table}")) == 1


@pytest.mark.parametrize("table", LOG_ROWS)
async def test_replacing_a_log_row_by_an_insert_is_refused_too(db: Store, table: str) -> None:
    """`insert or replace` and `on conflict do update` are changes in an insert's clothes."""
    arguments = [bytes(32)] if "$1" in LOG_ROWS[table] else []
    await db.transact(lambda tx: tx.run(LOG_ROWS[table], *arguments))
    column = CHANGES[table][0].split(" set ")[1].split(" = ")[0]
    disguised = [f"{LOG_ROWS[table]} on conflict ({ROW_KEYS[table]}) do update set {column} = excluded.{column}"]
    if db.groups_commits:
        disguised.append(LOG_ROWS[table].replace("insert", "insert or replace", 1))
    for sql in disguised:
        with pytest.raises(ANY_DATABASE_ERROR, match="append-only"):
            await db.transact(lambda tx, sql=sql: tx.run(sql, *arguments))  # type: ignore[misc]  # sql is bound at once


@pytest.mark.parametrize("kind", ["signature", "", "Confirmation", "confirmation "])
async def test_an_entry_of_a_type_that_is_not_cast_is_refused(db: Store, kind: str) -> None:
    sql = "insert into entry (idx, type, record_id, leaf, body, logged_at) values (0, $1, 'r', $2, $2, 1)"
    with pytest.raises(ANY_DATABASE_ERROR):
        await db.transact(lambda tx: tx.run(sql, kind, bytes(32)))


# Migrations.


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
async def test_migrations_are_numbered_without_a_gap(dialect: str) -> None:
    assert [number for number, _ in migrations(dialect)] == list(range(1, len(migrations(dialect)) + 1))


async def test_each_migration_has_a_text_for_both_databases() -> None:
    names = {
        dialect: {p.name.split(".")[0] for p in SCHEMA.glob(f"*.{dialect}.sql")} for dialect in ("sqlite", "postgres")
    }
    assert names["sqlite"] == names["postgres"]


async def test_migrating_again_changes_nothing(db: Store) -> None:
    await db.transact(lambda tx: add(tx, "kept"))
    before = await db.all("select number from migration order by number")
    await db.migrate()
    after = await db.all("select number from migration order by number")
    assert [row["number"] for row in after] == [row["number"] for row in before] == [n for n, _ in migrations("sqlite")]
    assert await number_of(db, "kept") == 0


async def test_a_schema_newer_than_this_release_is_never_taken_back(db: Store) -> None:
    await db.transact(lambda tx: tx.run("insert into migration (number) values (9000)"))
    await db.migrate()
    row = await db.one("select max(number) as newest from migration")
    assert row is not None
    assert row["newest"] == 9000


async def test_two_servers_that_migrate_one_empty_postgres_at_once_both_succeed(empty_postgres_url: str) -> None:
    stores = [await open_postgres(empty_postgres_url) for _ in range(2)]
    await asyncio.gather(*(store.migrate() for store in stores))
    assert await stores[0].transact(lambda tx: add(tx, "a")) == 1
    for store in stores:
        await store.close()


async def test_two_servers_that_open_one_empty_sqlite_file_at_once_both_succeed(tmp_path: Path) -> None:
    """Two threads, each with a loop of its own, stand for the two processes."""
    together = threading.Barrier(2)

    def serve() -> int:
        async def start() -> int:
            store = open_sqlite(tmp_path / "new.sqlite")
            await store.migrate()
            row = await store.one("select count(*) as n from migration")
            await store.close()
            assert row is not None
            return int(row["n"])

        together.wait()
        return asyncio.run(start())

    counted = await asyncio.gather(*(asyncio.to_thread(serve) for _ in range(2)))
    assert counted == [len(migrations("sqlite"))] * 2


# SQLite: shared commits.


async def test_sqlite_bodies_that_wait_together_share_one_commit(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path / "shared.sqlite")
    await store.migrate()
    commits: list[bool] = []
    store.after_commit = commits.append
    await asyncio.gather(*(store.transact(lambda tx, n=n: add(tx, f"s{n}")) for n in range(100)))  # type: ignore[misc]  # n is bound at once
    assert commits == [True]
    await store.transact(lambda tx: add(tx, "lone"))
    assert commits == [True, True]
    await store.close()


async def test_sqlite_refuses_a_body_that_awaits_something_else(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path / "strict.sqlite")
    await store.migrate()

    async def careless(tx: Tx) -> None:
        await add(tx, "half")
        await asyncio.sleep(0)

    outcomes = await asyncio.gather(
        store.transact(careless), store.transact(lambda tx: add(tx, "whole")), return_exceptions=True
    )
    assert isinstance(outcomes[0], RuntimeError)
    assert "other than tx" in str(outcomes[0])
    assert outcomes[1] == 1
    assert [row["subject"] for row in await store.all("select subject from chain")] == ["whole"]
    await store.close()


async def test_sqlite_answers_nobody_when_the_shared_commit_fails(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path / "fails.sqlite")
    await store.migrate()
    told: list[bool] = []
    store.after_commit = told.append

    async def refuse(tx: Tx) -> None:
        raise OSError("the log is read-only")

    store.before_commit = refuse
    outcomes = await asyncio.gather(
        *(store.transact(lambda tx, n=n: add(tx, f"s{n}")) for n in range(5)),  # type: ignore[misc]  # n is bound at once
        return_exceptions=True,
    )
    assert all(isinstance(outcome, OSError) for outcome in outcomes)
    assert await store.all("select subject from chain") == []
    store.before_commit = None
    assert await store.transact(lambda tx: add(tx, "s0")) == 1
    assert told == [False, True]
    await store.close()


async def test_two_processes_on_one_sqlite_file_lose_nothing(tmp_path: Path) -> None:
    """Two connections that know nothing of each other stand for the two processes."""
    stores = [open_sqlite(tmp_path / "shared.sqlite") for _ in range(2)]
    await stores[0].migrate()
    await stores[0].transact(lambda tx: add(tx, "counter"))

    async def count(tx: Tx) -> int:
        return await tx.run("update chain set number = number + 1 where subject = $1", "counter")

    for _ in range(3):
        await asyncio.gather(*(store.transact(count) for store in stores for _ in range(RACERS)))
    assert await number_of(stores[1], "counter") == 3 * 2 * RACERS
    for store in stores:
        await store.close()


async def test_sqlite_finishes_what_was_begun_before_it_closes(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path / "closing.sqlite")
    await store.migrate()
    begun = asyncio.create_task(store.transact(lambda tx: add(tx, "a")))
    await asyncio.sleep(0)
    await store.close()
    assert await begun == 1


# PostgreSQL: repeated transactions.

SERIALISATION_FAILURE = "do $$ begin raise exception 'made for the test' using errcode = '40001'; end $$"
DEADLOCK = SERIALISATION_FAILURE.replace("40001", "40P01")


@pytest.mark.parametrize("failure", [SERIALISATION_FAILURE, DEADLOCK], ids=["40001", "40P01"])
async def test_postgres_runs_a_body_again_after_a_serialisation_failure(postgres_url: str, failure: str) -> None:
    store = await open_postgres(postgres_url)
    runs = 0

    async def body(tx: Tx) -> str:
        nonlocal runs
        runs += 1
        await add(tx, f"run{runs}")
        if runs < 3:
            await tx.run(failure)
        return f"run{runs}"

    assert await store.transact(body) == "run3"
    assert [row["subject"] for row in await store.all("select subject from chain")] == ["run3"]
    await store.close()


async def test_postgres_gives_up_after_so_many_serialisation_failures(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("authsvc.store.postgres.PAUSE", 0)
    store = await open_postgres(postgres_url)
    runs = 0

    async def body(tx: Tx) -> None:
        nonlocal runs
        runs += 1
        await tx.run(SERIALISATION_FAILURE)

    with pytest.raises(asyncpg.SerializationError):
        await store.transact(body)
    assert runs == POSTGRES_TRIES
    await store.close()


async def test_postgres_sets_what_the_evidence_relies_on(postgres_url: str) -> None:
    store = await open_postgres(postgres_url)
    shown = {}
    for name in ("synchronous_commit", "default_transaction_isolation"):
        row = await store.one("select current_setting($1) as value", name)
        assert row is not None
        shown[name] = row["value"]
    assert shown == {"synchronous_commit": "remote_apply", "default_transaction_isolation": "read committed"}
    await store.close()


async def test_a_text_with_a_nul_character_is_a_refusal_and_never_a_fault(db: Store) -> None:
    if db.groups_commits:
        assert await db.one("select record_id from staged where record_id = $1", "a\x00b") is None
        return
    with pytest.raises(InvalidRequest, match="NUL"):
        await db.one("select record_id from staged where record_id = $1", "a\x00b")


async def test_statements_sent_together_each_say_how_many_rows_they_changed(db: Store) -> None:
    add = "insert into chain (subject, number, leaf) values ($1, $2, $3) on conflict do nothing"
    change = "update chain set number = $2, leaf = $3 where number = $1"

    async def body(tx: Tx) -> list[int]:
        await tx.many(add, [("a", 1, "x"), ("b", 1, "x"), ("c", 2, "x")])
        drop = f"delete from chain where subject {tx.among(1)}"
        return await tx.together((change, (1, 5, "y")), (add, ("d", 7, "z")), (add, ("c", 9, "z")), (drop, (["c"],)))

    assert await db.transact(body) == [2, 1, 0, 1]
    rows = await db.all("select subject, number, leaf from chain order by subject")
    assert [tuple(row) for row in rows] == [("a", 5, "y"), ("b", 5, "y"), ("d", 7, "z")]


async def test_one_of_several_statements_that_breaks_a_rule_undoes_them_all(db: Store) -> None:
    add = "insert into chain (subject, number, leaf) values ($1, $2, $3)"

    async def body(tx: Tx) -> None:
        await tx.together((add, ("a", 1, "x")), (add, ("b", None, "x")))

    with pytest.raises(ANY_DATABASE_ERROR):
        await db.transact(body)
    assert await db.all("select subject from chain") == []
