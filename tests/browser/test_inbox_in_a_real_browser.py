"""The inbox in Debian's Chromium: this browser becomes a device, the number is typed, the list is live."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.test_pages_in_a_real_browser import CITIZENS, FLAGS, LAYOUT, WIDTHS
from tests.browser.test_passkeys_in_a_real_browser import sign_in
from tests.stories.standing import PAYMENT, Standing, signed_in
from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
async def chrome(anyio_backend: object, chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        await browser.close()


async def look(page: Page, locale: str) -> None:
    """Narrow and wide: the right language, nothing beside the screen, every field with its label."""
    for width, height in WIDTHS:
        await page.set_viewport_size({"width": width, "height": height})
        found: dict[str, Any] = await page.evaluate(LAYOUT)
        assert (found["lang"], found["wide"], found["headings"]) == (locale, 0, 1)
        assert not any(found[name] for name in ("unnamed", "small", "doubled", "dangling", "inline"))


async def push(here: Standing) -> dict[str, Any]:
    return await here.ask(PAYMENT, methods=[["push"]])


@pytest.mark.parametrize("locale", CITIZENS)
async def test_this_browser_becomes_a_device_and_answers_by_the_number(
    world: World, chrome: Browser, locale: str
) -> None:
    citizen = world.person(CITIZENS[locale])
    here = await signed_in(world, locale, citizen["login"])
    context = await chrome.new_context(locale=locale)
    page = await context.new_page()
    page.set_default_timeout(60_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await sign_in(world, page, citizen, "/login?return_to=/account/devices/new")
    await page.locator("form#device").wait_for(state="visible")
    await look(page, locale)
    await page.fill("#name", "Браузер")
    await page.press("#name", "Enter")
    await page.wait_for_url("**/account/devices")
    await look(page, locale)

    await page.goto(world.issuer + "/inbox")
    await look(page, locale)
    view = await push(here)
    await page.locator("#inbox-news:not(:empty)").wait_for()
    await page.locator("#inbox-again").click()
    await page.locator(f"a[href='/confirm/{view['id']}']").click()
    await page.locator("form#push").wait_for(state="visible")
    await look(page, locale)
    assert view["confirmation_number"] not in await page.inner_text("main")
    await page.fill("#number", view["confirmation_number"])
    await page.press("#number", "Enter")
    await page.locator(".outcome").wait_for()
    ended = await here.read(view)
    assert (ended["outcome"], ended["method"]) == ("confirmed", "push")
    _, _, slots = await world.record(ended["record"])
    assert (slots["shown_by"], slots["locale"]) == ("service", locale)

    refused = await push(here)
    await page.goto(refused["page"])
    await page.locator("form#push").wait_for(state="visible")
    wrong = f"{(int(refused['confirmation_number']) + 1) % 10_000:04d}"
    await page.fill("#number", wrong)
    await page.press("#number", "Enter")
    await page.locator(".outcome").wait_for()
    ended = await here.read(refused)
    assert (ended["outcome"], ended["reason"]) == ("failed", "wrong_number")
    assert not complaints
    await context.close()


async def test_the_key_never_leaves_the_browser(world: World, chrome: Browser) -> None:
    citizen = world.person("ivan")
    context = await chrome.new_context(locale="ru")
    page = await context.new_page()
    page.set_default_timeout(60_000)
    await sign_in(world, page, citizen, "/login?return_to=/account/devices/new")
    await page.fill("#name", "Ещё один")
    await page.press("#name", "Enter")
    await page.wait_for_url("**/account/devices")
    await page.goto(world.issuer + "/inbox")
    exported = await page.evaluate(
        """async () => {
            const { load } = await import("/static/device.js");
            const { keys } = await load();
            return crypto.subtle.exportKey("jwk", keys.privateKey).then(() => "left", (error) => error.name);
        }"""
    )
    assert exported == "InvalidAccessError"
    await context.close()


async def test_without_scripts_the_inbox_looks_again_by_its_link_and_a_request_can_be_declined(
    world: World, chrome: Browser
) -> None:
    citizen = world.person("dana")
    here = await signed_in(world, "en", citizen["login"])
    context = await chrome.new_context(locale="en", java_script_enabled=False)
    page = await context.new_page()
    page.set_default_timeout(60_000)
    await sign_in(world, page, citizen, "/login?return_to=/inbox")
    view = await here.ask(PAYMENT)
    await page.locator("#inbox-again").click()
    await page.locator(f"a[href='/confirm/{view['id']}']").click()
    await page.locator("button[value=decline]").click()
    await page.locator(".outcome").wait_for()
    assert (await here.read(view))["outcome"] == "declined"
    await context.close()


async def test_a_second_device_shows_the_same_text(world: World, chrome: Browser) -> None:
    citizen = world.person("aigul")
    here = await signed_in(world, "kk", citizen["login"])
    view = await here.ask(PAYMENT)
    texts = []
    for _ in range(2):
        context = await chrome.new_context(locale="kk")
        page = await context.new_page()
        page.set_default_timeout(60_000)
        await sign_in(world, page, citizen, f"/login?return_to=/confirm/{view['id']}")
        await page.locator("dl").first.wait_for()
        texts.append(await page.locator("main section").all_inner_texts())
        await context.close()
    assert texts[0] == texts[1]
    assert any("125 000,50" in text.replace("\u00a0", " ") for text in texts[0])
