"""EDS in Debian's Chromium: by a file without scripts, through NCALayer, and what the page says when that fails.

The service's address is made a public one (`--ip-address-space-overrides`), so that the browser's own rule about the
local network holds as on the internet: from a loopback address no permission is ever asked.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from authsvc import accounts, eds
from authsvc.eds.enrolling import begin_enrolment
from authsvc.passkeys import By
from authsvc.web.sandbox.pki import Credential, sign_cms
from tests.browser.test_pages_in_a_real_browser import CITIZENS, FLAGS, Visit, press, visiting
from tests.peers.ncalayer import NcaLayer
from tests.peers.tls import Authority
from tests.world import STEP_MS, Seeded, World

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.slow]

PATIENCE = 30_000
MULTI = "urn:authsvc:acr:multi"
PASSWORD = "ақ бота төрт түлік мал"


@dataclass
class Desk:
    """A world, the NCALayer of its people, and a browser to which the service's address is public."""

    world: World
    layer: NcaLayer
    chrome: Browser
    key: Credential | None = None

    def sign(self, content: bytes) -> bytes:
        assert self.key is not None
        return sign_cms(content, [self.key], signing_time=self.world.clock.now())

    def take_key(self, citizen: dict[str, str]) -> None:
        self.key = self.world.people.pki.authority("gost").issue_person(name=citizen["name"], iin=citizen["iin"])

    async def enrol(self, citizen: dict[str, str]) -> None:
        """A new key of this citizen, added in a session of theirs."""
        self.take_key(citizen)
        person = await accounts.person_by_login(self.world.svc, citizen["login"])
        assert person is not None
        by = By(person.id, "sid", "none", MULTI, self.world.clock.now())
        ticket, challenge = begin_enrolment(self.world.svc, by)
        await eds.enrol(self.world.svc, by, ticket, self.sign(challenge.canonical()), "Кілт")

    async def person(self, locale: str, permission: str = "", **options: bool) -> tuple[BrowserContext, Page]:
        """A browser of their own; `permission`: what they said about the local network, if anything."""
        context = await self.chrome.new_context(locale=locale, ignore_https_errors=True, **options)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        page.set_default_navigation_timeout(PATIENCE)
        if permission:
            cdp = await context.new_cdp_session(page)
            target = (await cdp.send("Target.getTargetInfo"))["targetInfo"]
            said = {"setting": permission, "origin": self.world.issuer, "browserContextId": target["browserContextId"]}
            await cdp.send("Browser.setPermission", {"permission": {"name": "loopback-network"}, **said})
        return context, page

    async def at_the_page(self, page: Page, citizen: dict[str, str]) -> None:
        await page.goto(self.world.issuer + "/login?return_to=/account/certificates")
        await press(page, "a[href^='/eds/login']")
        await page.fill("#password", citizen["password"])


@pytest.fixture(scope="module")
async def desk(
    anyio_backend: object, chromium: str, seeded_sqlite: Seeded, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    folder = tmp_path_factory.mktemp("eds")
    layer = NcaLayer(lambda content: made[0].sign(content), tls=Authority(folder / "tls").server())
    made: list[Desk] = []
    async with layer.serving(), seeded_sqlite.served(folder, ncalayer_url=layer.url) as world:
        port = urlsplit(world.issuer).port
        public = f"--ip-address-space-overrides=127.0.0.1:{port}=public,[::1]:{port}=public"
        async with async_playwright() as playwright:
            chrome = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, public])
            made.append(Desk(world, layer, chrome))
            yield made[0]
            await chrome.close()


@pytest.fixture(autouse=True)
def fresh(desk: Desk) -> None:
    """Each test meets an NCALayer that works, and later codes."""
    desk.layer.mode = "basics"
    desk.layer.asked.clear()
    desk.world.clock.move(STEP_MS)


async def says(page: Page, words: str) -> None:
    """The page's status announces this."""
    await page.locator("#ncalayer-status").get_by_text(words).wait_for()
    assert await page.get_attribute("#ncalayer-status", "role") == "status"


@pytest.mark.parametrize("locale", CITIZENS)
async def test_a_citizen_signs_in_through_ncalayer(desk: Desk, locale: str) -> None:
    citizen = desk.world.person(CITIZENS[locale])
    await desk.enrol(citizen)
    context, page = await desk.person(locale, "granted")
    visit = visiting(page, locale, locale)
    await desk.at_the_page(page, citizen)
    await page.locator("#ncalayer").wait_for()
    await visit.examine("eds-login")
    assert not desk.layer.asked  # nothing before the click
    await page.locator("#ncalayer button").click()
    await page.wait_for_url("**/account/certificates")
    await visit.examine("certificates")
    [question] = desk.layer.asked
    assert (question["module"], question["args"]["locale"]) == (
        "kz.gov.pki.knca.basics",
        {"kk": "kz"}.get(locale, locale),
    )
    assert visit.complaints == []
    await context.close()


async def test_an_older_ncalayer_is_asked_in_its_own_way(desk: Desk) -> None:
    citizen = desk.world.person("ivan")
    await desk.enrol(citizen)
    desk.layer.mode = "utils"
    context, page = await desk.person("ru", "granted")
    await desk.at_the_page(page, citizen)
    await page.locator("#ncalayer button").click()
    await page.wait_for_url("**/account/certificates")
    assert [each["method"] for each in desk.layer.asked] == ["sign", "getActiveTokens", "createCAdESFromBase64"]
    await context.close()


async def test_the_local_network_denied_is_told_with_the_next_step_and_nothing_connects(desk: Desk) -> None:
    citizen = desk.world.person("dana")
    context, page = await desk.person("en", "denied")
    await desk.at_the_page(page, citizen)
    assert await page.get_by_text("the browser may ask whether this site may reach programs").is_visible()
    before = len(desk.layer.origins)
    await page.locator("#ncalayer button").click()
    await says(page, "Allow the local network in the site settings")
    assert len(desk.layer.origins) == before
    assert await page.locator("#signed").is_visible()  # the other way stays
    await context.close()


async def test_a_question_that_the_person_waves_away_is_told_like_a_no(desk: Desk) -> None:
    """Nobody is there to answer a headless browser's question, so it ends unanswered."""
    context, page = await desk.person("ru")
    await desk.at_the_page(page, desk.world.person("ivan"))
    before = len(desk.layer.origins)
    await page.locator("#ncalayer button").click()
    await says(page, "Разрешите доступ к локальной сети")
    assert len(desk.layer.origins) == before
    await context.close()


async def test_attack_another_page_of_ours_may_not_connect_even_with_the_permission(desk: Desk) -> None:
    context, page = await desk.person("en", "granted")
    await page.goto(desk.world.issuer + "/login")
    before = len(desk.layer.origins)
    ended = await page.evaluate(
        "url => new Promise(end => { try { const one = new WebSocket(url); one.onopen = () => end('open');"
        " one.onerror = () => end('refused'); } catch { end('refused'); } })",
        desk.layer.url,
    )
    assert (ended, len(desk.layer.origins)) == ("refused", before)
    await context.close()


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("closes", "NCALayer is busy"),
        ("cancels", "Signing was cancelled in NCALayer"),
        ("fails", "NCALayer could not sign"),
    ],
)
async def test_what_ncalayer_answers_is_told_apart(desk: Desk, mode: str, words: str) -> None:
    desk.layer.mode = mode
    context, page = await desk.person("en", "granted")
    await desk.at_the_page(page, desk.world.person("dana"))
    await page.locator("#ncalayer button").click()
    await says(page, words)
    await context.close()


async def test_an_ncalayer_that_says_nothing_is_busy(desk: Desk) -> None:
    desk.layer.mode = "silent"
    context, page = await desk.person("en", "granted")
    await page.clock.install()
    await desk.at_the_page(page, desk.world.person("dana"))
    desk.layer.met.clear()
    async with page.expect_websocket():
        await page.locator("#ncalayer button").click()
    await asyncio.wait_for(desk.layer.met.wait(), PATIENCE / 1000)
    status = page.locator("#ncalayer-status")
    for _ in range(60):
        await page.clock.fast_forward(1_000)
        if "busy" in await status.inner_text():
            break
    await says(page, "NCALayer is busy")
    await context.close()


async def test_without_ncalayer_the_page_says_how_to_get_it_and_the_file_does(desk: Desk) -> None:
    context, page = await desk.person("en", "granted")
    await desk.at_the_page(page, desk.world.person("dana"))
    async with desk.layer.away():
        await page.locator("#ncalayer button").click()
        await says(page, "NCALayer was not found")
    assert await page.locator("#signed").is_visible()  # the other way stays
    await context.close()


async def test_the_password_is_asked_before_anything_connects(desk: Desk) -> None:
    context, page = await desk.person("en", "granted")
    await desk.at_the_page(page, desk.world.person("dana"))
    await page.fill("#password", "")
    before = len(desk.layer.origins)
    await page.locator("#ncalayer button").click()
    assert await page.evaluate("document.activeElement.id") == "password"
    assert len(desk.layer.origins) == before
    await context.close()


async def hand_in(desk: Desk, page: Page) -> None:
    """Download the text, sign it elsewhere, upload it: no script."""
    where = await page.get_attribute("a[download]", "href")
    assert where
    text = await (await page.request.get(desk.world.issuer + where)).body()
    signed = {"name": "login.cms", "mimeType": "application/octet-stream", "buffer": desk.sign(text)}
    await page.set_input_files("#signed", files=[signed])  # type: ignore[list-item]
    async with page.expect_navigation():
        await page.locator("button[type=submit]").click()


async def register(desk: Desk, page: Page, visit: Visit, phone: str) -> None:
    """From the home page to the sign-in, each page looked at."""
    world = desk.world
    await page.goto(world.issuer + "/")
    await press(page, "a[href='/eds/registration']")
    await visit.examine("eds-registration")
    await hand_in(desk, page)
    await visit.examine("register-address")
    visit.refused = 422
    await page.fill("#address", "12")
    await press(page, "#address")
    await visit.examine("register-address-refused")
    await page.fill("#address", phone)
    await press(page, "#address")
    await visit.examine("register-details")
    await world.svc.courier.carried()
    await page.fill("#code", world.people.phones._brought[phone][0].code)
    await page.fill("#login", f"new{phone}")
    await page.fill("#password", PASSWORD)
    await page.fill("#app-code", "000000")
    await press(page, "#app-code")
    await page.get_by_role("alert").wait_for()
    await visit.examine("register-details-refused")


@pytest.mark.parametrize(("at", "locale"), [(0, "kk"), (1, "ru"), (2, "en")])
async def test_the_pages_of_registration_and_of_certificates_are_in_order(desk: Desk, at: int, locale: str) -> None:
    world, citizen = desk.world, desk.world.person(CITIZENS[locale])
    desk.key = world.people.pki.authority("ecdsa").issue_person(name="ОСПАНОВ АСАН", iin=f"90010130001{at}")
    context, page = await desk.person(locale, java_script_enabled=False)
    visit = visiting(page, locale, locale)
    await register(desk, page, visit, f"+7701000008{at}")
    desk.take_key(citizen)
    await page.goto(world.issuer + "/login?return_to=/eds/certificate")
    await page.fill("#login", citizen["login"])
    await page.fill("#password", citizen["password"])
    await press(page, "#password")
    await page.fill("#code", world.code(citizen))
    await press(page, "#code")
    await page.wait_for_url("**/eds/certificate")
    assert not await page.locator("#ncalayer").is_visible()
    await visit.examine("eds-certificate")
    await page.fill("#name", "Кілт")
    await hand_in(desk, page)
    await page.wait_for_url(re.compile(".*/account/certificates$"))
    await visit.examine("certificates-listed")
    await page.goto(world.issuer + "/eds/certificate")
    await page.fill("#name", "Кілт")
    await hand_in(desk, page)
    await page.get_by_role("alert").wait_for()
    await visit.examine("eds-refused")
    assert visit.complaints == []
    await context.close()
