"""An erasure reaches every table: one that hangs on an account and is not known here fails these tests."""

from pathlib import Path

import pytest

from authsvc.store import Store
from authsvc.store.sqlite import SqliteStore, open_sqlite
from tests.authsvc.erasure.office import Office

pytestmark = pytest.mark.anyio

REACHED = {
    "account": {
        "factor", "session", "login_refusal", "consent", "code_grant", "confirmation_request", "staff", "approval",
        "ciba_request",
    },
    "code_grant": {"code", "refresh_token"},
    "confirmation_request": {"confirmation_statement", "approval"},
}  # fmt: skip
"""Table to those whose rows hang on it, as `erase_account` empties or unties them."""


async def hanging(store: Store) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {table: set() for table in REACHED}
    for row in await store.all("select name from sqlite_master where type = 'table'"):
        for key in await store.all(f"select \"table\" as target from pragma_foreign_key_list('{row['name']}')"):
            if key["target"] in found:
                found[key["target"]].add(row["name"])
    return found


async def test_every_table_that_hangs_on_a_person_is_reached(tmp_path: Path) -> None:
    """SQLite tells it; tests of the store hold both schemas to each other."""
    store = open_sqlite(tmp_path / "schema.sqlite")
    await store.migrate()
    assert await hanging(store) == REACHED
    await store.close()


async def test_nothing_names_the_account_afterwards(office: Office) -> None:
    await office.confirmed()
    await office.party.asked_and_delivered()
    await office.carry_out(office.wish())
    store = office.svc.store
    names = (
        "select name from sqlite_master where type = 'table'"
        if isinstance(store, SqliteStore)
        else "select tablename as name from pg_tables where schemaname = 'public'"
    )
    for table in await store.all(names):
        for row in await store.all(f"select * from {table['name']}"):
            assert office.citizen.id not in [each for each in row if isinstance(each, str)], table["name"]
