"""The pages as a person meets them: Debian's Chromium, with and without scripts, narrow and wide, in three languages.

TEST_SCREENSHOTS names a folder for a picture of every page.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, Response, async_playwright

from authsvc import accounts
from tests.stories.standing import CHANGE, PAYMENT, WRONG
from tests.world import STEP_MS, World

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTHS = ((360, 640), (1280, 800))
CITIZENS = {"kk": "aigul", "ru": "ivan", "en": "dana"}
RETURN = re.compile(r"http://127\.0\.0\.1:48931/cb\?.*")
LONG = "Ұзақ-мерзімді-қызмет-көрсету-туралы-№-0001147-келісімшарт-бойынша-аванстық-төлем-" * 2
ACT = {**PAYMENT, "fields": [*PAYMENT["fields"], {"kind": "document", "name": LONG, "digest": "A" * 43}]}
"""A payment with a name that has no blank to break at."""

LAYOUT = """() => ({
    lang: document.documentElement.lang,
    title: document.title,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    unnamed: [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
        .filter(each => !each.labels || each.labels.length !== 1 || !each.labels[0].textContent.trim())
        .map(each => each.outerHTML),
    small: [...document.querySelectorAll('button, input:not([type=hidden])')]
        .filter(each => !each.closest('[hidden]') && each.getBoundingClientRect().height < 44)
        .map(each => each.outerHTML),
    headings: document.querySelectorAll('h1').length,
    doubled: [...document.querySelectorAll('[id]')].map(each => each.id)
        .filter((id, at, all) => all.indexOf(id) !== at),
    dangling: [...document.querySelectorAll('[aria-describedby]')]
        .flatMap(each => each.getAttribute('aria-describedby').split(' '))
        .filter(id => !document.getElementById(id)),
    inline: document.querySelectorAll('[style], style, script:not([src])').length,
})"""


@pytest.fixture(scope="module")
async def relying_party(anyio_backend: object) -> AsyncIterator[int]:
    """What stands behind the redirect address of the sandbox's clients; its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        if length := re.search(rb"content-length: (\d+)", asked, re.IGNORECASE):
            await reader.readexactly(int(length[1]))
        page = b"<!doctype html><html lang='en'><title>back</title><link rel='icon' href='data:,'><h1>back</h1></html>"
        head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {len(page)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + page)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture(scope="module")
async def chrome(anyio_backend: object, chromium: str, relying_party: int) -> AsyncIterator[Browser]:
    """One browser for the module; each visit has a profile of its own."""
    rule = f"--host-resolver-rules=MAP 127.0.0.1:48931 127.0.0.1:{relying_party}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, rule])
        yield browser
        await browser.close()


@dataclass
class Visit:
    """A person before the screen. What the browser complains of is kept; a page that says no by its status is none."""

    page: Page
    locale: str
    name: str
    complaints: list[str] = field(default_factory=list)
    refused: int = 0

    def listen(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("requestfailed", self._on_failed)
        self.page.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if self.refused and message.text.startswith("Failed to load resource") and str(self.refused) in message.text:
            return
        self.complaints.append(f"{message.type}: {message.text}")

    def _on_failed(self, request: Request) -> None:
        if request.failure == "net::ERR_ABORTED":  # the person went on before the icon was there
            return
        self.complaints.append(f"{request.method} {request.url}: {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status != self.refused:
            self.complaints.append(f"{response.status} {response.url}")

    async def examine(self, what: str, locale: str = "") -> None:
        """The page as it stands, narrow and wide."""
        for width, height in WIDTHS:
            await self.page.set_viewport_size({"width": width, "height": height})
            found = await self.page.evaluate(LAYOUT)
            where = f"{what} at {width} in {self.name}"
            assert found.pop("lang") == (locale or self.locale), where
            assert found.pop("title").endswith(" – authsvc sandbox"), where
            assert found == {
                "wide": 0,
                "unnamed": [],
                "small": [],
                "headings": 1,
                "doubled": [],
                "dangling": [],
                "inline": 0,
            }, where
            if folder := os.environ.get("TEST_SCREENSHOTS"):
                picture = Path(folder) / f"{what}-{self.locale}-{width}.png"
                await self.page.screenshot(path=picture, full_page=True, caret="initial")
        assert self.complaints == [], what


async def press(page: Page, what: str) -> None:
    """Enter on a field, a button or a link, as a person at the keyboard; until the next page is there."""
    async with page.expect_navigation():
        await page.press(what, "Enter")


def visiting(page: Page, locale: str, name: str) -> Visit:
    visit = Visit(page, locale, name)
    visit.listen()
    return visit


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("locale", CITIZENS)
async def test_login_consent_confirmation_and_refusal_work(
    shared_world: World, chrome: Browser, locale: str, scripts: bool
) -> None:
    world, citizen = shared_world, shared_world.person(CITIZENS[locale])
    world.clock.move(STEP_MS)
    context = await chrome.new_context(java_script_enabled=scripts, locale=locale)
    page = await context.new_page()
    visit = visiting(page, locale, f"{locale}{' with scripts' if scripts else ''}")
    sent = await world.bank().begin_login(scope="openid profile phone", locale=locale, prompt="consent")
    await page.goto(sent.url)
    await visit.examine("login")
    await page.fill("#login", citizen["login"])
    await page.fill("#password", "дұрыс емес")
    await press(page, "#password")
    await page.fill("#code", world.code(citizen))
    await press(page, "#code")
    await visit.examine("login-refused")
    assert await page.get_by_role("alert").is_visible()
    assert await page.input_value("#login") == citizen["login"]
    await page.fill("#password", citizen["password"])
    await press(page, "#password")
    await visit.examine("code")
    world.clock.move(STEP_MS)
    await page.fill("#code", world.code(citizen))
    await press(page, "#code")
    await visit.examine("consent")
    await press(page, "button[value=allow]")
    await page.wait_for_url(RETURN)
    assert "code=" in page.url
    await confirm_and_decline(world, visit, citizen["login"])
    await context.close()


async def confirm_and_decline(world: World, visit: Visit, login: str) -> None:
    """One payment with a wrong code and then the right one; one change that the citizen declines."""
    page = visit.page
    person = await accounts.person_by_login(world.svc, login)
    assert person is not None
    bank = world.bank()
    asked = (await bank.call("POST", "/v1/confirmations", {**ACT, "subject": person.sub})).json()
    await page.goto(asked["page"])
    await visit.examine("confirmation")
    visit.refused = 422
    await page.fill("#code", WRONG)
    await press(page, "#code")
    assert await page.get_by_role("alert").is_visible()
    await visit.examine("confirmation-wrong")
    await page.fill("#code", await world.code_for(asked["id"], login))
    await press(page, "#code")
    assert await page.get_by_role("status").is_visible()
    await visit.examine("confirmation-done")
    assert (await bank.call("GET", f"/v1/confirmations/{asked['id']}")).json()["outcome"] == "confirmed"
    asked = (await bank.call("POST", "/v1/confirmations", {**CHANGE, "subject": person.sub})).json()
    await page.goto(asked["page"])
    await visit.examine("change")
    await press(page, "button[value=decline]")
    assert await page.get_by_role("status").is_visible()
    await visit.examine("declined")
    assert (await bank.call("GET", f"/v1/confirmations/{asked['id']}")).json()["outcome"] == "declined"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_an_answer_by_form_goes_by_itself_or_by_its_button(
    shared_world: World, chrome: Browser, scripts: bool
) -> None:
    world, citizen = shared_world, shared_world.citizen
    world.clock.move(STEP_MS)
    context = await chrome.new_context(java_script_enabled=scripts, locale="ru")
    page = await context.new_page()
    visit = visiting(page, "ru", "ru")
    sent = await world.bank().begin_login(locale="ru", prompt="consent", response_mode="form_post")
    await page.goto(sent.url)
    await page.fill("#login", citizen["login"])
    await page.fill("#password", citizen["password"])
    await press(page, "#password")
    await page.fill("#code", world.code(citizen))
    await press(page, "#code")
    await press(page, "button[value=allow]")
    if not scripts:
        await visit.examine("form-post")
        await press(page, "main button")
    await page.wait_for_url("http://127.0.0.1:48931/cb")
    assert await page.title() == "back"
    assert visit.complaints == []
    await context.close()


@pytest.mark.parametrize("locale", CITIZENS)
async def test_every_other_page_is_in_order_and_changes_its_language(
    shared_world: World, chrome: Browser, locale: str
) -> None:
    world, citizen = shared_world, shared_world.person(CITIZENS[locale])
    world.clock.move(STEP_MS)
    context = await chrome.new_context(java_script_enabled=False, locale=locale, base_url=world.issuer)
    page = await context.new_page()
    visit = visiting(page, locale, locale)
    await page.goto("/login")
    await page.fill("#login", citizen["login"])
    await page.fill("#password", citizen["password"])
    await press(page, "#password")
    await page.fill("#code", world.code(citizen))
    await press(page, "#code")
    for path in ("/", "/consents", "/logout", "/docs", "/sandbox/phones", f"/sandbox/phones/{citizen['login']}"):
        await page.goto(path)
        await visit.examine(path.replace("/", "-").strip("-") or "home")
    visit.refused = 404
    await page.goto("/nowhere")
    await visit.examine("error")
    await page.goto("/")
    other = {"kk": "ru", "ru": "en", "en": "kk"}[locale]
    await press(page, f"footer a[lang={other}]")
    await visit.examine("home-other", other)
    await page.goto("/logout")
    await visit.examine("logout-other", other)
    await press(page, "main button[type=submit]")
    await visit.examine("logged-out", other)
    assert await page.locator("main form").count() == 0
    await context.close()


async def test_the_skip_link_is_the_first_stop_of_the_keyboard_and_shows_itself(
    shared_world: World, chrome: Browser
) -> None:
    context = await chrome.new_context(locale="en", base_url=shared_world.issuer)
    page = await context.new_page()
    await page.goto("/login")
    await page.keyboard.press("Tab")
    skip = page.locator("a.skip")
    assert await skip.evaluate("each => document.activeElement === each")
    box = await skip.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    await page.keyboard.press("Enter")
    await page.wait_for_url("**#content")
    await context.close()
