"""Four `serve` processes and one worker on PostgreSQL and Valkey, killed at random: nothing acknowledged is lost, no
act happens twice, and the log that is left verifies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pyotp
import pytest

from authsvc.sandbox.browser import Browser, Page
from authsvc.sandbox.relying_party import RelyingPartyClient
from authsvc.store.postgres import open_postgres
from tests.processes import Deployment, Running, answer_of, deployed, until
from tests.stranger import check_log
from tests.world import Seeded

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

T = TypeVar("T")

PERSONS = 2
CLIENTS_OF_A_PERSON = 2
CODE_PATIENCE_S = 5.0
"""A code whose process was killed before it left comes later, by the worker; the person then declines instead."""
PAUSES_S = (1.0, 2.0)
"""Between two kills: those who take a place must be there before they can die."""


@dataclass
class Told:
    """What was acknowledged: request to what the relying party read of its end."""

    ended: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    """Idempotency-Key to the request that its first answer named."""


async def again(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until there is an answer: a killed process cuts connections, and says nothing of what it did."""
    while True:
        with contextlib.suppress(httpx2.TransportError):
            return await ask()
        await asyncio.sleep(0.02)


async def call(bank: RelyingPartyClient, method: str, path: str, body: object = None, key: str = "") -> dict[str, Any]:
    """The relying party's call, with the same key until it is answered."""
    while True:
        response = await again(lambda: bank.call(method, path, body, key=key))
        if response.status_code < 500:
            assert response.status_code in (200, 201), response.text
            return answer_of(response)
        await asyncio.sleep(0.02)


async def page_of(open_page: Callable[[], Awaitable[Page]]) -> Page:
    """The page, once no fault stands in its place."""
    while True:
        page = await again(open_page)
        if page.status < 500:
            return page
        await asyncio.sleep(0.02)


@dataclass
class Client:
    """One person before the relying party, again and again."""

    deployment: Deployment
    citizen: dict[str, str]
    name: str
    told: Told
    browser: Browser
    bank: RelyingPartyClient

    async def live(self, stop: asyncio.Event) -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            await self.confirm(f"{self.name}N{turn}")

    async def confirm(self, number: str) -> None:
        """One act from the question to the receipt, whatever dies meanwhile."""
        body = {
            "act": "payment",
            "subject": self.citizen["sub"],
            "fields": [{"kind": "payment", "payee": f"Дүкен {number}.", "amount": 1250000, "currency": "KZT"}],
            "text": {"kk": "Төлем", "ru": "Оплата", "en": "Payment"},
        }
        first = await call(self.bank, "POST", "/v1/confirmations", body, key=number)
        self.told.asked[number] = first["id"]
        code = await self.code(number)
        await self.answer(first["id"], {"code": code} if code else {}, "confirm" if code else "decline")
        ended = await call(self.bank, "GET", f"/v1/confirmations/{first['id']}")
        assert ended["outcome"] == ("confirmed" if code else "declined")
        self.told.ended[first["id"]] = ended
        replayed = await call(self.bank, "POST", "/v1/confirmations", body, key=number)
        assert replayed["id"] == first["id"]
        is_the_same(ended, replayed)

    async def code(self, number: str) -> str | None:
        deadline = asyncio.get_running_loop().time() + CODE_PATIENCE_S
        while asyncio.get_running_loop().time() < deadline:
            if code := self.deployment.code_with(f"Дүкен {number}."):
                return code
            await asyncio.sleep(0.02)
        return None

    async def answer(self, request_id: str, fields: dict[str, str], button: str) -> None:
        """Until the page says that it is over: an answer that was lost is seen there, and not given twice."""
        while True:
            page = await page_of(lambda: self.browser.open(f"/confirm/{request_id}"))
            if not any(value == button for form in page.read().forms for _, value in form.buttons):
                return
            shown = page
            with contextlib.suppress(httpx2.TransportError):
                await self.browser.submit(shown, fields, button)


async def signed_in(deployment: Deployment, citizen: dict[str, str]) -> tuple[Browser, RelyingPartyClient, str]:
    """A person signed in to the bank: browser, bank, and the `sub` by which the bank knows them."""
    known = deployment.people.clients["basic"]
    browser = Browser(deployment.issuer, "ru")
    bank = RelyingPartyClient(deployment.issuer, known["client_id"], known["client_secret"])
    visit = await bank.begin_login()
    page = await browser.submit(
        await browser.open(visit.url), {"login": citizen["login"], "password": citizen["password"]}
    )
    page = await browser.submit(page, {"code": pyotp.TOTP(citizen["totp_secret"]).now()})
    if not page.left:
        page = await browser.submit(page, {}, "allow")
    tokens = await bank.finish_login(visit, page.left)
    await bank.call("GET", "/v1/confirmations/none")  # the bank's own token, before anybody dies
    return browser, bank, str(tokens.claims["sub"])


async def kill_at_random(deployment: Deployment, server: Running, stop: asyncio.Event, kills: list[int]) -> Running:
    """A child of the server each time, and now and then the worker, which somebody starts again: the one that lives."""
    chance = random.Random(0)  # noqa: S311  # which one dies is no secret
    worker = await deployment.work()
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), chance.uniform(*PAUSES_S))
        if chance.random() < 0.1:
            await worker.stop(signal.SIGKILL)
            worker = await deployment.work()
        elif children := server.children:
            kills.append(chance.choice(children))
            with contextlib.suppress(ProcessLookupError):
                os.kill(kills[-1], signal.SIGKILL)
    return worker


async def run_story(deployment: Deployment, seconds: float, acts: int) -> tuple[Told, list[int]]:
    """At load for so long, and until so many acts were acknowledged and somebody was killed."""
    server = await deployment.serve("--workers", "4")
    told, stop, kills = Told(), asyncio.Event(), list[int]()
    people = [await signed_in(deployment, each) for each in deployment.people.subjects[:PERSONS]]
    clients = [
        Client(deployment, {**citizen, "sub": sub}, f"P{at}C{n}", told, browser, bank)
        for at, (citizen, (browser, bank, sub)) in enumerate(zip(deployment.people.subjects, people, strict=False))
        for n in range(CLIENTS_OF_A_PERSON)
    ]
    killing = asyncio.create_task(kill_at_random(deployment, server, stop, kills))
    living = asyncio.gather(*(client.live(stop) for client in clients))
    await asyncio.sleep(seconds)
    await until("acts", lambda: living.done() or killing.done() or (len(told.ended) >= acts and len(kills) > 1))
    stop.set()
    _, worker = await asyncio.gather(living, killing)
    await until("four again", lambda: len(server.children) == 4)
    await deployment.ready(server)
    await end_a_session_everywhere(deployment, people[0][0])
    await receipts_are_the_same(people[1][1], told)
    await the_log_verifies(deployment)
    for running in (server, worker):
        assert await running.stop() == 0, running.lines()
    for browser, bank, _ in people:
        await browser.close()
        await bank.close()
    return told, kills


async def end_a_session_everywhere(deployment: Deployment, browser: Browser) -> None:
    """Signed out at one process, the cookie opens nothing at any: each new connection meets one of the four."""
    cookies = dict(browser._client.cookies)
    await browser.submit(await browser.open("/oauth/logout"), {})
    for _ in range(20):
        async with httpx2.AsyncClient(base_url=deployment.issuer, cookies=cookies, timeout=60) as http:
            response = await http.get("/confirm/0198c000-0000-7000-8000-000000000000")
            assert response.is_redirect
            assert "/login" in response.headers["location"]


def is_the_same(before: dict[str, Any], after: dict[str, Any]) -> None:
    """The same end and record; in the same state (sequenced, witnessed) the same receipt to the byte."""
    assert (before["outcome"], before["record"]) == (after["outcome"], after["record"])
    if before["state"] == after["state"]:
        assert before["receipt"] == after["receipt"]


async def receipts_are_the_same(bank: RelyingPartyClient, told: Told) -> None:
    for request_id, ended in told.ended.items():
        first, second = [await call(bank, "GET", f"/v1/confirmations/{request_id}") for _ in range(2)]
        is_the_same(ended, first)
        is_the_same(first, second)


async def the_log_verifies(deployment: Deployment) -> None:
    """All of it is published, and a stranger reads it over HTTP."""
    store = await open_postgres(deployment.settings.database)
    async with httpx2.AsyncClient(base_url=deployment.issuer, timeout=60) as http:

        async def all_is_published() -> bool:
            head = await store.one("select size, (select count(*) from staged) as waiting from head")
            published = (await http.get("/log/checkpoint")).text.split("\n")[1]
            return head is not None and (head["waiting"], str(head["size"])) == (0, published)

        await until("all is published", all_is_published)
    await store.close()

    def read() -> None:
        with httpx2.Client(base_url=deployment.issuer, timeout=60) as http:
            vkey = http.get("/log/vkey").text.strip()
            check_log(lambda path: http.get(path).raise_for_status().content, vkey)

    await asyncio.to_thread(read)


async def no_act_is_lost_or_double(deployment: Deployment, told: Told) -> None:
    """As the rows say it: each acknowledged record has one place, and each request one record."""
    store = await open_postgres(deployment.settings.database)
    rows = await store.all("select id, state, record_id from confirmation_request")
    kept = {row["id"]: (row["state"], row["record_id"]) for row in rows}
    assert len(kept) == len(set(told.asked.values())), "asked again under the same key it is the same request"
    for request_id, ended in told.ended.items():
        assert kept[request_id] == (ended["outcome"], ended["record"])
    records = [row["record_id"] for row in await store.all("select record_id from entry where type = 'confirmation'")]
    assert len(records) == len(set(records))
    assert set(records) == {record for state, record in kept.values() if record}
    await store.close()


async def story(seeded: Seeded, folder: Path, redis_url: str, seconds: float, acts: int) -> None:
    more = {"AUTHSVC_REDIS_URL": redis_url} if redis_url else {}
    async with deployed(seeded, folder, **more) as deployment:
        told, kills = await run_story(deployment, seconds, acts)
        await no_act_is_lost_or_double(deployment, told)
        assert "clean" in await deployment.fsck()
        assert len(told.ended) >= acts
        assert len(kills) > 1


async def test_processes_that_are_killed_at_random_lose_nothing_acknowledged(
    seeded_postgres: Seeded, valkey_url: str, tmp_path: Path
) -> None:
    await story(seeded_postgres, tmp_path, valkey_url, 5, 6)


@pytest.mark.deep
@pytest.mark.parametrize("redis", [True, False], ids=["valkey", "postgres alone"])
async def test_a_minute_of_random_kills_loses_nothing_acknowledged(
    seeded_postgres: Seeded, valkey_url: str, tmp_path: Path, redis: bool
) -> None:
    await story(seeded_postgres, tmp_path, valkey_url if redis else "", 60, 100)
