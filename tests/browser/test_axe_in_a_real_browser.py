"""Every page in Debian's Chromium under axe-core's rules, narrow and light, wide and dark; the languages take turns.

TEST_SCREENSHOTS names a folder for a picture of every page.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from authsvc import accounts, staff
from tests.authsvc.decisions.credit import MADE, RULE
from tests.authsvc.notices.test_notices import NOTICE
from tests.browser.test_evidence_pages_in_a_real_browser import sign_in
from tests.browser.test_order_pages_in_a_real_browser import order
from tests.browser.test_pages_in_a_real_browser import chrome, press, relying_party
from tests.browser.test_passkeys_in_a_real_browser import Device, ask_for_it, enrol
from tests.clients.conftest import node, scripts
from tests.stories.standing import PAYMENT, WRONG, Standing, signed_in
from tests.stories.test_person_contests_a_record import contest
from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.slow]
__all__ = ["chrome", "node", "relying_party", "scripts"]

LOOKS: tuple[tuple[int, int, Literal["light", "dark"]], ...] = ((360, 640, "light"), (1280, 800, "dark"))
ROLES = ("operator", "enroller", "support", "reviewer")
DAY_MS = 24 * 3600 * 1000
PASSWORD = "ақ бота төрт түлік мал"
RUN = """async () => (await axe.run({ resultTypes: ["violations"], iframes: false, preload: false })).violations
    .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target}: ${node.failureSummary}`))"""


@pytest.fixture(scope="session")
def axe(scripts: Path) -> str:
    """The text of axe-core, from the locked packages."""
    return (scripts / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@dataclass
class Inspection:
    """One browser whose pages go through axe."""

    world: World
    page: Page
    axe: str

    def __post_init__(self) -> None:
        self._locales = cycle(("kk", "ru", "en"))
        self.page.set_default_timeout(60_000)
        self.page.set_default_navigation_timeout(60_000)

    async def walk(self, *paths: str) -> None:
        """Each page in the next language."""
        for path in paths:
            await self.open(path)
            await self.look()

    async def open(self, path: str) -> None:
        """A page in the next language; it must be there."""
        locale = next(self._locales)
        mark = "&" if "?" in path else "?"
        await self.page.goto(f"{path}{mark}ui_locales={locale}")
        assert await self.page.get_attribute("html", "lang") == locale, path

    async def look(self, what: str = "") -> None:
        """The page as it stands."""
        for width, height, scheme in LOOKS:
            await self.page.emulate_media(color_scheme=scheme)
            await self.page.set_viewport_size({"width": width, "height": height})
            if not await self.page.evaluate("typeof axe === 'object'"):
                await self.page.evaluate(self.axe)
            where = f"{what} {self.page.url} at {width}"
            assert await self.page.evaluate(RUN) == [], where
            if folder := os.environ.get("TEST_SCREENSHOTS"):
                name = what or self.page.url.partition("?")[0].removeprefix(self.world.issuer).strip("/")
                picture = Path(folder) / f"axe-{name.replace('/', '-')[:60]}-{width}.png"
                await self.page.screenshot(path=picture, full_page=True)


@pytest.fixture
async def context(shared_world: World, chrome: Browser) -> AsyncIterator[BrowserContext]:
    context = await chrome.new_context(locale="ru", base_url=shared_world.issuer)
    yield context
    await context.close()


async def made(here: Standing) -> list[str]:
    """A contested record, a decision and a notice of this citizen: the addresses of their pages."""
    record = (await here.confirm(await here.ask()))["record"]
    dispute = (await contest(here, record)).url
    other = (await here.confirm(await here.ask()))["record"]
    rule = await here.bank.call("POST", "/v1/decisions/rules", RULE)
    assert rule.status_code == 201, rule.text
    decision = await here.bank.call("POST", "/v1/decisions", {**MADE, "subject": here.sub})
    assert decision.status_code == 201, decision.text
    notice = await here.bank.call("POST", "/v1/notices", {**NOTICE, "subject": here.sub})
    assert notice.status_code == 201, notice.text
    return [
        f"/evidence/{record}",
        f"/evidence/{other}/dispute",
        dispute,
        f"/decisions/{decision.json()['id']}",
        f"/notices/{notice.json()['id']}",
    ]


async def test_axe_finds_nothing_on_the_pages_before_and_after_a_sign_in(
    shared_world: World, context: BrowserContext, axe: str
) -> None:
    world, page = shared_world, await context.new_page()
    here, citizen = Inspection(world, page, axe), world.person("ivan")
    await here.walk("/", "/rules", "/signatures", "/freeze", "/frozen", "/eds/registration", "/logout")
    await here.walk("/freeze/nobody", "/recover/nobody", "/nowhere")
    await here.open("/login")
    await press(page, "a[href^='/eds/login']")
    await here.look("eds-login")
    sent = await world.bank().begin_login(scope="openid profile phone", locale="kk", prompt="consent")
    await page.goto(sent.url)
    await here.look("login")
    await page.fill("#login", citizen["login"])
    await page.fill("#password", citizen["password"])
    await press(page, "#password")
    await page.locator("summary").click()
    await here.look("code")
    await page.fill("#code", world.code(citizen))
    await press(page, "#code")
    await here.look("consent")


async def test_axe_finds_nothing_on_a_person_s_own_pages(
    shared_world: World, context: BrowserContext, axe: str
) -> None:
    world, page, citizen = shared_world, await context.new_page(), shared_world.person("aigul")
    standing = await signed_in(world)
    here = Inspection(world, page, axe)
    await sign_in(world, page, citizen, "/login?return_to=/account/devices/new")
    await page.locator("form#device").wait_for(state="visible")
    await here.look("device-new")
    await page.fill("#name", "Браузер")
    await page.press("#name", "Enter")
    await page.wait_for_url("**/account/devices")
    await here.walk("/account/devices", "/account/passkeys", "/account/passkeys/new", "/account/certificates")
    await here.walk("/account", "/account/password", "/account/app", "/account/codes", "/account/mailbox")
    await here.walk("/account/sessions", "/account/freeze", "/eds/certificate", "/consents", "/logout")
    await here.walk(*await made(standing))
    await here.walk("/evidence", "/evidence/exports", "/disputes", "/decisions", "/notices", "/contracts")
    await here.walk("/mandates", "/mandates/new")
    asked = await standing.ask()
    await here.walk("/inbox", asked["page"])
    await page.fill("#code", WRONG)
    await press(page, "#code")
    await here.look("confirmation-wrong")
    await press(page, "button[value=decline]")
    await here.look("declined")
    pushed = await standing.ask(PAYMENT, methods=[["push"]])
    await here.open(pushed["page"])
    await page.locator("form#push").wait_for(state="visible")
    places = "[...document.querySelectorAll('#number, button[value=decline]')].map(each => each.id || each.value)"
    assert await page.evaluate(places) == ["number", "decline"]
    await here.look("push")


async def test_axe_finds_nothing_on_the_way_back_into_an_account(world: World, chrome: Browser, axe: str) -> None:
    context = await chrome.new_context(locale="ru", base_url=world.issuer)
    page, citizen = await context.new_page(), world.person("ivan")
    here = Inspection(world, page, axe)
    await sign_in(world, page, citizen, "/login?return_to=/account/codes")
    await press(page, "main button[type=submit]")
    await here.look("account-codes-shown")
    code = await page.locator(".codes code").first.inner_text()
    await context.clear_cookies()
    await page.goto("/login?return_to=/account")
    await page.fill("#login", citizen["login"])
    await page.fill("#password", citizen["password"])
    await press(page, "#password")
    await page.locator("summary").click()
    await page.fill("#recovery", code)
    await press(page, "#recovery")
    await here.look("account-lost")
    await press(page, "button[value=begin]")
    await here.look("recovery-held")
    link = await page.locator("code").inner_text()
    await here.walk(link)
    world.clock.move(4 * DAY_MS)
    await here.walk(link)
    await page.fill("#password", PASSWORD)
    await page.fill("#code", "000000")
    await press(page, "#code")
    await here.look("recovery-refused")
    await context.close()


async def appoint(world: World, login: str) -> dict[str, str]:
    """The member of staff of this login, with every role that has a desk."""
    person = await accounts.person_by_login(world.svc, login)
    assert person is not None
    for role in ROLES:
        await staff.give(world.svc, person.id, person.subject, role, ground="tests")
    return next(each for each in world.people.staff if each["login"] == login)


async def test_axe_finds_nothing_on_the_pages_of_staff(shared_world: World, context: BrowserContext, axe: str) -> None:
    world, device = shared_world, await Device.on(context)
    page, citizen = device.page, shared_world.person("dana")
    here = Inspection(world, page, axe)
    standing = await signed_in(world, "ru", "dana")  # before the clock moves on: a token from the future is none
    dispute = await contest(standing, (await standing.confirm(await standing.ask()))["record"])
    await enrol(world, device, await appoint(world, "auditor"))
    await here.walk("/account/passkeys", "/staff/counter")
    await context.clear_cookies()
    await page.goto("/login?return_to=/staff/counter")
    await ask_for_it(device)
    await page.wait_for_url("**/staff/counter")
    await at_the_counter(here, citizen)
    await here.walk("/staff/support", "/staff/people")
    await page.fill("#wanted", citizen["iin"])
    await page.select_option("#purpose", index=1)
    await page.fill("#ground", "№ 5")
    await press(page, "#ground")
    await here.look("people-refused")
    assert await page.input_value("#wanted") == citizen["iin"]
    await page.fill("#ground", "обращение № 5")
    await press(page, "#ground")
    await here.look("people-found")
    await here.walk("/staff/exports", "/staff/exports/new", "/staff/orders/new")
    await order(page, "deleted", citizen["iin"])
    await here.look("order")
    await here.walk("/staff/orders", "/staff/switches")
    await page.select_option("#kind", "channel")
    await page.fill("#object", "email")
    await page.fill("#ground", "№ 5")
    await press(page, "#ground")
    await here.look("switch-stopped")
    await here.walk("/staff/disputes", f"/staff{dispute.url.removeprefix(world.issuer)}")


async def at_the_counter(here: Inspection, citizen: dict[str, str]) -> None:
    """A registration with a typing error and then its paper, a recovery's paper and its page, what the person sees."""
    page = here.page
    await here.walk("/staff/counter")
    for name, value in (("name", "Әлия Нұрланқызы"), ("shown", "жеке куәлік"), ("address", "+77010000099")):
        await page.fill(f"#{name}", value)
    await page.fill("#iin", "1")
    await press(page, "#address")
    await here.look("counter-wrong")
    await page.fill("#iin", "990101300123")
    await press(page, "#address")
    await here.look("counter-paper")
    await here.walk("/staff/counter")
    await page.fill("#lost-iin", citizen["iin"])
    await page.fill("#lost-shown", "жеке куәлік")
    await press(page, "#lost-shown")
    await here.look("counter-recovery")
    link = await page.locator("code").inner_text()
    await press(page, "a[href^='/staff/counter/recoveries/']")
    await here.look("counter-case")
    await here.walk("/staff/counter", link)
