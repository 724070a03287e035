"""Sessions on both databases: one row each, found by the hash of a token, ended for good."""

from dataclasses import replace

import pytest

from authsvc.login import sessions
from authsvc.login.decide import Demand
from authsvc.login.sessions import TOUCH_MS
from authsvc.oidc.logout import end_session
from tests.authsvc.login.conftest import Door
from tests.authsvc.services import add_person

pytestmark = pytest.mark.anyio


async def test_a_session_idles_out_unless_its_person_is_seen(door: Door) -> None:
    idle_ms = door.svc.settings.session_idle_seconds * 1000
    token = (await door.sign_in()).token
    for _ in range(4):
        door.clock.move(idle_ms - 1)
        assert await sessions.find(door.svc, token) is not None
    door.clock.move(idle_ms)
    assert await sessions.find(door.svc, token) is None


async def test_a_session_ends_at_its_limit_however_often_its_person_is_seen(door: Door) -> None:
    token = (await door.sign_in()).token
    limit, step = door.svc.settings.session_absolute_seconds * 1000, 5 * TOUCH_MS
    for _ in range(limit // step - 1):
        door.clock.move(step)
        assert await sessions.find(door.svc, token) is not None
    door.clock.move(step)
    assert await sessions.find(door.svc, token) is None


async def test_an_ended_session_stays_ended(door: Door) -> None:
    token = (await door.sign_in()).token
    await end_session(door.svc, token)
    await end_session(door.svc, token)
    assert await sessions.find(door.svc, token) is None
    door.clock.move(TOUCH_MS + 1)
    assert await sessions.find(door.svc, token) is None


async def test_no_token_and_a_strange_token_open_nothing(door: Door) -> None:
    assert await sessions.find(door.svc, None) is None
    assert await sessions.find(door.svc, "x" * 43) is None


async def test_a_new_login_of_the_same_person_keeps_sid_and_changes_token(door: Door) -> None:
    first = await door.sign_in()
    door.clock.move(30_000)
    door_again = door.begin()
    second = await door.sign_in(door_again)
    assert second.session.sid != first.session.sid, "another browser is another session"
    door.clock.move(30_000)
    fresh = replace(door.begin(), demand=Demand(fresh_since=door.clock.now()))
    third = await door.sign_in(fresh, session=second.session)
    assert third.session.sid == second.session.sid
    assert third.token != second.token
    assert await sessions.find(door.svc, second.token) is None
    assert await sessions.find(door.svc, first.token) is not None


async def test_another_persons_login_in_the_same_browser_ends_the_first_ones_session(door: Door) -> None:
    first = await door.sign_in()
    other = await add_person(door.svc, 2)
    door.clock.move(30_000)
    fresh = replace(door.begin(), demand=Demand(fresh_since=door.clock.now()))
    second = await door.sign_in(fresh, session=first.session, login=other.login)
    assert second.session.sub == other.sub
    assert second.session.sid != first.session.sid
    assert await sessions.find(door.svc, first.token) is None


async def test_the_table_of_sessions_opens_none(door: Door) -> None:
    token = (await door.sign_in()).token
    row = await door.svc.store.one("select * from session")
    assert row is not None
    assert token not in str(dict(row))
    assert bytes(row["token_hash"]) == sessions.hash_token(token)
