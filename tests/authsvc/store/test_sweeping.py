"""Tables are as large as what lives: expired rows go in bounded steps, and under steady load nothing grows."""

from __future__ import annotations

import asyncio

import pytest

from authsvc.clock import HandClock
from authsvc.store import Store, Tx, sweeping
from authsvc.store.budgets import Budget
from authsvc.store.short_lived import SqlBudgets, SqlEphemeral
from authsvc.store.sweeping import sweep

pytestmark = pytest.mark.anyio

MINUTE = 60_000
SHORT = Budget("short", 1, 3 * MINUTE)


async def count(db: Store, table: str) -> int:
    row = await db.one(f"select count(*) as rows from {table}")
    return int(row["rows"]) if row else 0


async def test_under_steady_load_tables_stay_as_large_as_what_lives(db: Store, clock: HandClock) -> None:
    """Twenty minutes of ten keys and budgets a minute that live for three: never more than four minutes' worth."""
    ephemeral, budgets, largest = SqlEphemeral(db, clock.now), SqlBudgets(db), 0
    for minute in range(20):
        await asyncio.gather(
            *(ephemeral.add(f"{minute} {number}", 3 * MINUTE) for number in range(10)),
            *(budgets.take(SHORT, f"{minute} {number}", clock.now()) for number in range(10)),
        )
        clock.move(MINUTE)
        await sweep(db, clock.now())
        largest = max(largest, await count(db, "ephemeral"), await count(db, "budget"))
    assert 3 * 10 <= largest <= 4 * 10


async def test_one_step_deletes_no_more_than_its_bound(
    db: Store, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "AT_ONCE", 10)
    monkeypatch.setattr(sweeping, "STEPS", 3)
    ephemeral = SqlEphemeral(db, clock.now)
    for number in range(45):
        await ephemeral.add(str(number), 1)
    clock.move(MINUTE)
    assert (await sweep(db, clock.now()))["ephemeral"] == 30
    assert (await sweep(db, clock.now()))["ephemeral"] == 15


async def test_what_was_added_again_since_it_expired_is_left_alone(db: Store, clock: HandClock) -> None:
    ephemeral = SqlEphemeral(db, clock.now)
    await ephemeral.add("a", 1)
    clock.move(MINUTE)
    assert await ephemeral.add("a", MINUTE)
    assert (await sweep(db, clock.now()))["ephemeral"] == 0
    assert not await ephemeral.add("a", MINUTE)


async def test_grants_go_with_their_codes_once_all_their_tokens_expired(db: Store, clock: HandClock) -> None:
    now = clock.now()

    async def fill(tx: Tx) -> None:
        await tx.run(
            "insert into relying_party (id, auth_method, secret_hash, metadata, record_id, created_at)"
            " values ('shop', 'none', $1, '{}', 'none', 1)",
            b"",
        )
        await tx.run(
            "insert into account (id, login, subject, sub, sealed, locale, state, created_at)"
            " values ('person', 'login', $1, 'sub', $1, 'kk', 'active', 1)",
            bytes(32),
        )
        for name, expires_at in (("over", now - 1), ("living", now + MINUTE)):
            await tx.run(
                "insert into code_grant (id, client_id, account, sid, scopes, claims, created_at, expires_at)"
                " values ($1, 'shop', 'person', 'sid', '', '', 1, $2)",
                name,
                expires_at,
            )
            await tx.run(
                "insert into code (hash, grant_id, client_id, redirect_uri, challenge, id_token_claims, expires_at)"
                " values ($1, $2, 'shop', '', '', '', 1)",
                name.encode().ljust(32),
                name,
            )
        await tx.run(
            "insert into refresh_token (hash, grant_id, client_id, scopes, id_token_claims, jkt, expires_at)"
            " values ($1, 'living', 'shop', '', '', '', $2)",
            b"used up".ljust(32),
            now - 1,
        )

    await db.transact(fill)
    gone = await sweep(db, now)
    assert (gone["code_grant"], gone["refresh_token"]) == (1, 1)
    assert [row["id"] for row in await db.all("select id from code_grant")] == ["living"]
    assert [row["grant_id"] for row in await db.all("select grant_id from code")] == ["living"]


async def test_every_table_with_an_end_is_swept_or_says_why_not(db: Store) -> None:
    """A new table whose rows expire joins `EXPIRIES`, or the list here of those that end otherwise."""
    otherwise = {
        "code",  # with its grant
        "code_grant",
        "confirmation_request",  # its record and receipt can be asked for as long as the person lives here
        "evidence_export",  # `exports.drop_old`
        "data_order",  # a decision about personal data is kept
        "initial_access_token",  # made by hand, one for each relying party
        "contract",  # a contract outlives the day until which its parties answer
        "invitation",  # `invitations.prune`, with the time that an invited person has to read why it is over
    }
    column = "expires_at"
    if db.groups_commits:
        rows = await db.all(
            "select m.name as name from sqlite_master m join pragma_table_info(m.name) c on c.name = $1"
            " where m.type = 'table'",
            column,
        )
    else:
        rows = await db.all(
            "select table_name as name from information_schema.columns"
            " where table_schema = current_schema() and column_name = $1",
            column,
        )
    swept = {each.table for each in sweeping.EXPIRIES}
    assert {row["name"] for row in rows} - swept == otherwise
