"""The inbox and its streams: what waits, what has ended, live and resumed; a relying party's view of the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from tests.stories.standing import CHANGE, Standing, signed_in
from tests.world import World, both_databases

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

LONGEST_S = 60


@asynccontextmanager
async def listening(
    http: httpx2.AsyncClient, path: str, **headers: str
) -> AsyncIterator[AsyncIterator[tuple[str, dict[str, str]]]]:
    """The events of a stream, as (id, data)."""
    async with http.stream("GET", path, headers=headers) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield _events(response)


async def _events(response: httpx2.Response) -> AsyncIterator[tuple[str, dict[str, str]]]:
    name = ""
    async for line in response.aiter_lines():
        if line.startswith("id: "):
            name = line[4:]
        elif line.startswith("data: "):
            yield name, json.loads(line[6:])


async def heard(events: AsyncIterator[tuple[str, dict[str, str]]], request_id: str, state: str) -> str:
    """Wait until this is told; the id of the event."""
    async with asyncio.timeout(LONGEST_S):
        async for name, said in events:
            if (said["id"], said["state"]) == (request_id, state):
                return name
    raise AssertionError("the stream ended")


def person_of(here: Standing) -> httpx2.AsyncClient:
    http = here.world.http()
    http.cookies.update(here.browser._client.cookies)
    return http


@both_databases
async def test_the_inbox_tells_what_waits_and_what_has_ended_and_hears_of_changes(world: World) -> None:
    here = await signed_in(world)
    page = await here.browser.open("/inbox")
    assert "Запросов, ждущих ответа, нет." in page.text
    async with listening(person_of(here), "/inbox/events") as events:
        view = await here.ask(CHANGE)
        await heard(events, view["id"], "open")
        page = await here.browser.open("/inbox")
        assert f"/confirm/{view['id']}" in page.html
        assert "Запросов, ждущих ответа, нет." not in page.text
        await here.decline(view)
        last = await heard(events, view["id"], "declined")
    page = await here.browser.open("/inbox")
    assert "Отклонено" in page.text
    missed = await here.ask(CHANGE)
    async with listening(person_of(here), "/inbox/events", **{"last-event-id": last}) as events:
        await heard(events, missed["id"], "open")


async def test_a_stranger_hears_nothing_and_sees_nothing_of_it(world: World) -> None:
    here = await signed_in(world)
    other = await signed_in(world, login="ivan")
    assert (await world.http().get("/inbox/events")).status_code == 401
    assert (await world.http().get("/inbox")).status_code == 303
    theirs = await other.ask(CHANGE)
    async with listening(person_of(other), "/inbox/events?since=0") as events:
        await here.ask(CHANGE)
        mine = await here.ask(CHANGE)
        again = await other.ask(CHANGE)
        seen = {theirs["id"]}
        async with asyncio.timeout(LONGEST_S):
            async for _, said in events:
                assert said["id"] != mine["id"]
                seen.add(said["id"])
                if again["id"] in seen:
                    break
    page = await other.browser.open("/inbox")
    assert mine["id"] not in page.html


async def test_an_id_that_is_none_is_refused(world: World) -> None:
    here = await signed_in(world)
    for bad in ("yesterday", "-1", "9" * 20):
        response = await person_of(here).get("/inbox/events", headers={"last-event-id": bad})
        assert response.status_code == 400


async def test_nine_streams_of_one_person_are_one_too_many(world: World) -> None:
    here = await signed_in(world)
    http = person_of(here)
    open_ = [http.stream("GET", "/inbox/events") for _ in range(8)]
    assert [(await each.__aenter__()).status_code for each in open_] == [200] * 8
    assert (await http.get("/inbox/events")).status_code == 429
    for each in open_:
        await each.__aexit__(None, None, None)


@both_databases
async def test_a_relying_party_follows_its_requests_by_events_by_waiting_and_by_the_list(world: World) -> None:
    here = await signed_in(world)
    await here.bank.call("GET", "/v1/confirmations")
    http = world.http(authorization=f"Bearer {here.bank._token}")
    async with listening(http, "/v1/confirmations/events") as events:
        view = await here.ask(CHANGE)
        await heard(events, view["id"], "open")
        waiting = asyncio.create_task(http.get(f"/v1/confirmations/{view['id']}", headers={"prefer": "wait=60"}))
        await here.decline(view)
        await heard(events, view["id"], "declined")
        response = await asyncio.wait_for(waiting, LONGEST_S)
    assert (response.json()["outcome"], response.headers["preference-applied"]) == ("declined", "wait=60")
    at_once = await http.get(f"/v1/confirmations/{view['id']}", headers={"prefer": 'respond-async, wait="30"; x=y'})
    assert at_once.json()["receipt"]
    world.clock.move(1)  # ids of one moment have no order
    still = await here.ask(CHANGE)
    short = await http.get(f"/v1/confirmations/{still['id']}", headers={"prefer": "wait=1"})
    assert "outcome" not in short.json()
    listed = (await http.get("/v1/confirmations")).json()
    assert [each["id"] for each in listed["confirmations"]] == [still["id"], view["id"]]
    assert listed["more"] is False
    for state, known in (("open", still), ("ended", view)):
        (only,) = (await http.get("/v1/confirmations", params={"state": state})).json()["confirmations"]
        assert only["id"] == known["id"]
    after = (await http.get("/v1/confirmations", params={"after": still["id"]})).json()
    assert [each["id"] for each in after["confirmations"]] == [view["id"]]
    assert (await http.get("/v1/confirmations", params={"state": "lost"})).status_code == 400
    other = world.bookkeeper()
    assert (await other.call("GET", "/v1/confirmations")).json() == {"confirmations": [], "more": False}
    assert (await other.call("GET", f"/v1/confirmations/{view['id']}")).status_code == 404


async def test_the_inbox_can_be_installed(world: World) -> None:
    http = world.http()
    for locale, name in (("kk", "Сұраулар"), ("ru", "Запросы"), ("en", "Requests")):
        response = await http.get(f"/inbox/manifest.webmanifest?lang={locale}")
        assert response.headers["content-type"] == "application/manifest+json"
        assert (response.json()["short_name"], response.json()["lang"]) == (name, locale)
        assert response.json()["start_url"] == "/inbox"
    worker = await http.get("/inbox/worker.js?title=x")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["service-worker-allowed"] == "/"
