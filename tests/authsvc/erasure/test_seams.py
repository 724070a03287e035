"""An erasure reaches every table: one that hangs on an account and is not known here fails these tests. And what it
leaves is whole."""

from pathlib import Path

import pytest

from authsvc import erasure, scrubbing
from authsvc.evidence.fsck import check_log
from authsvc.store import Store, scrub, subjects
from authsvc.store.sqlite import SqliteStore, open_sqlite
from tests.authsvc.erasure.office import Office
from tests.authsvc.services import ORIGIN

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

REACHED = {
    "account": {
        "factor", "session", "login_refusal", "consent", "code_grant", "confirmation_request", "staff", "approval",
        "ciba_request", "address_index", "recovery_list", "recovery_case", "freeze_link",
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


# --- the scrubber ---


async def faults(office: Office) -> list[str]:
    """What fsck says of the log, its values and its chains."""
    svc = office.svc
    return (await check_log(svc.store, ORIGIN, svc.log.signers.log.verifier, None, vault=svc.log.vault)).faults


async def scrubbed(office: Office) -> str:
    await scrubbing.demand(office.svc)
    while await scrubbing.step(office.svc):
        pass
    return (await scrub.read_scrub(office.svc.store)).fault


async def test_what_was_taken_down_or_erased_is_no_damage_to_the_scrubber(office: Office) -> None:
    await office.confirmed()
    await office.confirmed()
    records = await subjects.records_of(office.svc.store, await office.handle())
    await office.carry_out(office.wish("taken_down", records=tuple(records[-1:])))
    assert await scrubbed(office) == ""
    assert await faults(office) == [], "the last of their records"
    await office.confirmed()
    assert await faults(office) == [], "one in between"
    await office.carry_out(office.wish("anonymised"))
    assert await scrubbed(office) == ""
    assert await faults(office) == []


async def test_an_erasure_between_two_looks_is_no_damage_either(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The values were read before it, the keys after."""
    await office.confirmed()
    order = await erasure.propose(office.svc, office.wish())
    for person in (office.first, office.second):
        await office.approve(order.id, person)
    keys_of = subjects.keys_of

    async def late(reads: object, handles: object) -> object:
        monkeypatch.setattr(subjects, "keys_of", keys_of)
        await erasure.carry_out(office.svc, order.id)
        return await keys_of(reads, handles)  # type: ignore[arg-type]

    monkeypatch.setattr(subjects, "keys_of", late)
    assert await scrubbed(office) == ""
    assert subjects.keys_of is keys_of
