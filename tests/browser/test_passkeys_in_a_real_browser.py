"""Passkeys in Debian's Chromium, virtual authenticator: enrol, sign in, wrong finger, clone, phishing origin."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright

from authsvc import accounts, passkeys
from tests.browser.test_pages_in_a_real_browser import CITIZENS, FLAGS, STEP_MS, press, visiting
from tests.peers.web import Answer, WebServer
from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

OPTIONS: dict[str, Any] = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
LURE = b"""<!doctype html><html lang="en"><title>lure</title><link rel="icon" href="data:,"><script>
navigator.credentials
  .get({ publicKey: { challenge: new Uint8Array(32), rpId: "localhost", userVerification: "required" } })
  .then(() => "got one", (error) => error.name)
  .then((what) => { document.title = "done " + what; });
</script>"""


@pytest.fixture(scope="module")
async def chrome(anyio_backend: object, chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        await browser.close()


class Device:
    """One browser page with a virtual authenticator."""

    def __init__(self, page: Page, cdp: CDPSession, name: str) -> None:
        self.page = page
        self._cdp = cdp
        self._name = name

    @classmethod
    async def on(cls, context: BrowserContext, *, offers: bool = False) -> Device:
        """`offers`: the browser may answer by itself in the field of the name, which a virtual authenticator does."""
        page = await context.new_page()
        if not offers:
            await page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false;")
        page.set_default_timeout(60_000)
        page.set_default_navigation_timeout(60_000)
        cdp = await context.new_cdp_session(page)
        await cdp.send("WebAuthn.enable", {"enableUI": False})
        added = await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})
        return cls(page, cdp, added["authenticatorId"])

    async def tell(self, call: str, **said: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self._cdp.send(f"WebAuthn.{call}", {"authenticatorId": self._name, **said})
        return answer

    async def credentials(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.tell("getCredentials"))["credentials"]
        return found


async def sign_in(world: World, page: Page, citizen: dict[str, str], start: str) -> None:
    world.clock.move(STEP_MS)
    await page.goto(world.issuer + start)
    await page.fill("#login", citizen["login"])
    await page.fill("#password", citizen["password"])
    await press(page, "#password")
    await page.fill("#code", world.code(citizen))
    await press(page, "#code")


async def enrol(world: World, device: Device, citizen: dict[str, str], name: str = "Ноутбук") -> None:
    page = device.page
    await sign_in(world, page, citizen, "/login?return_to=/account/passkeys/new")
    await page.fill("#name", name)
    await page.press("#name", "Enter")
    await page.wait_for_url("**/account/passkeys")


async def ask_for_it(device: Device) -> None:
    """The button beside the password."""
    await device.page.locator("form#passkey button").click()


async def sign_out(page: Page) -> None:
    await page.context.clear_cookies()


async def kept(world: World, citizen: dict[str, str]) -> list[passkeys.Passkey]:
    person = await accounts.person_by_login(world.svc, citizen["login"])
    assert person is not None
    return list(await passkeys.listed(world.svc, person.id))


@pytest.mark.parametrize("locale", CITIZENS)
async def test_a_citizen_adds_a_passkey_signs_in_by_it_and_removes_it(
    shared_world: World, chrome: Browser, locale: str
) -> None:
    world, citizen = shared_world, shared_world.person(CITIZENS[locale])
    context = await chrome.new_context(locale=locale)
    device = await Device.on(context)
    page = device.page
    visit = visiting(page, locale, locale)
    await sign_in(world, page, citizen, "/login?return_to=/account/passkeys")
    await visit.examine("passkeys-none")
    await page.goto(world.issuer + "/account/passkeys/new")
    await page.locator("form#passkey").wait_for()
    await visit.examine("passkey-new")
    await page.fill("#name", "Ноутбук")
    await page.press("#name", "Enter")
    await page.wait_for_url("**/account/passkeys")
    await visit.examine("passkeys")
    assert len(await device.credentials()) == 1
    await sign_out(page)
    await page.goto(world.issuer + "/login?return_to=/consents")
    await page.locator("form#passkey").wait_for()
    await visit.examine("login-passkey")
    await ask_for_it(device)
    await page.wait_for_url("**/consents")
    await page.goto(world.issuer + "/account/passkeys")
    await press(page, "button[value=revoke]")
    await page.wait_for_url("**/account/passkeys")
    assert await kept(world, citizen) == []
    assert visit.complaints == []
    await context.close()


async def test_the_browser_offers_the_passkey_by_itself_in_the_field_of_the_name(
    shared_world: World, chrome: Browser
) -> None:
    """Conditional mediation: nothing is typed and nothing pressed, and after a refusal the page asks no more."""
    world, citizen = shared_world, shared_world.person("ivan")
    context = await chrome.new_context(locale="ru")
    device = await Device.on(context, offers=True)
    await enrol(world, device, citizen)
    await sign_out(device.page)
    page = device.page
    await page.goto(world.issuer + "/login?return_to=/consents")
    await page.wait_for_url("**/consents")
    await sign_out(page)
    await device.tell("setResponseOverrideBits", isBogusSignature=True)
    await page.goto(world.issuer + "/login?return_to=/consents")
    await page.get_by_role("alert").wait_for()
    assert await page.get_attribute("#login", "autocomplete") == "username webauthn"
    assert await page.get_attribute("form#passkey", "data-refused") == "yes"
    await context.close()


async def test_a_wrong_finger_signs_nobody_in_and_the_page_says_what_else_there_is(
    shared_world: World, chrome: Browser
) -> None:
    world, citizen = shared_world, shared_world.person("dana")
    context = await chrome.new_context(locale="en")
    device = await Device.on(context)
    await enrol(world, device, citizen)
    await sign_out(device.page)
    await device.tell("setUserVerified", isUserVerified=False)
    await device.page.goto(world.issuer + "/login?return_to=/consents")
    await ask_for_it(device)
    await device.page.get_by_text("The passkey gave no answer.").wait_for()
    assert await device.page.locator("#passkey-status").get_attribute("role") == "status"
    await device.tell("setUserVerified", isUserVerified=True)
    await ask_for_it(device)
    await device.page.wait_for_url("**/consents")
    await context.close()


@pytest.mark.parametrize("bits", ["isBadUV", "isBogusSignature", "isBadUP"])
async def test_attack_cleared_flags_and_a_bogus_signature_are_refused_by_the_service(
    shared_world: World, chrome: Browser, bits: str
) -> None:
    world, citizen = shared_world, shared_world.person("aigul")
    context = await chrome.new_context(locale="ru")
    device = await Device.on(context)
    await enrol(world, device, citizen, bits)
    await sign_out(device.page)
    await device.tell("setResponseOverrideBits", **{bits: True})
    await device.page.goto(world.issuer + "/login?return_to=/consents")
    await ask_for_it(device)
    await device.page.get_by_role("alert").wait_for()
    assert "/login" in device.page.url
    await context.close()


async def test_attack_a_cloned_passkey_is_suspended_and_opens_nothing(shared_world: World, chrome: Browser) -> None:
    world, citizen = shared_world, shared_world.person("aigul")
    context = await chrome.new_context(locale="ru")
    device = await Device.on(context)
    await enrol(world, device, citizen, "Клон")
    [own] = await device.credentials()
    await sign_out(device.page)
    await device.page.goto(world.issuer + "/login?return_to=/consents")
    await ask_for_it(device)
    await device.page.wait_for_url("**/consents")
    await sign_out(device.page)
    await device.tell("removeCredential", credentialId=own["credentialId"])
    await device.tell("addCredential", credential={**own, "signCount": 0})
    await device.page.goto(world.issuer + "/login?return_to=/consents")
    await ask_for_it(device)
    await device.page.get_by_role("alert").wait_for()
    assert {each.row.state for each in await kept(world, citizen) if each.name == "Клон"} == {"suspended"}
    await context.close()


async def test_attack_a_page_of_another_origin_gets_no_answer(shared_world: World, chrome: Browser) -> None:
    world, citizen = shared_world, shared_world.person("ivan")
    context = await chrome.new_context(locale="ru")
    device = await Device.on(context)
    await enrol(world, device, citizen, "Фишинг")
    async with WebServer(always=Answer(200, LURE, (("content-type", "text/html"),))).serving() as lure:
        await device.page.goto(f"http://evil.localhost:{lure.port}/")
        await device.page.wait_for_function("document.title.startsWith('done')")
        assert await device.page.title() == "done SecurityError"
    await context.close()


async def test_without_scripts_the_page_says_what_is_needed_and_the_rest_works(
    shared_world: World, chrome: Browser
) -> None:
    world, citizen = shared_world, shared_world.person("dana")
    context = await chrome.new_context(locale="en", java_script_enabled=False)
    page = await context.new_page()
    visit = visiting(page, "en", "en")
    await page.goto(world.issuer + "/login")
    assert not await page.locator("form#passkey").is_visible()
    await sign_in(world, page, citizen, "/login?return_to=/account/passkeys/new")
    assert not await page.locator("form#passkey").is_visible()
    assert await page.get_by_text("the browser must run scripts").is_visible()
    await page.get_by_role("link", name="Back to the passkeys").click()
    await page.get_by_role("heading", name="Passkeys").wait_for()
    await visit.examine("passkeys-no-scripts")
    await context.close()
