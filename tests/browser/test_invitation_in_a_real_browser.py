"""The page of an invitation in Debian's Chromium: three languages, narrow and wide, with and without scripts."""

from __future__ import annotations

from base64 import b32decode
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from authsvc import invitations
from authsvc.replay import ReplayKey
from confirmations.methods import totp
from tests.browser.test_pages_in_a_real_browser import FLAGS, press, visiting
from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


@pytest.fixture(scope="module")
async def chrome(anyio_backend: object, chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.mark.parametrize(("at", "locale"), [(0, "kk"), (1, "ru"), (2, "en")])
async def test_an_invited_person_registers(shared_world: World, chrome: Browser, at: int, locale: str) -> None:
    world = shared_world
    inviter = invitations.Inviter("shop", {"kk": "Дүкен", "ru": "Магазин", "en": "Shop"}, "none")
    body = {"iin": f"99010130011{at}", "name": "Әлия", "locale": locale, "address": f"+7701000009{at}"}
    key = ReplayKey.of("shop", "", "", b"")
    await invitations.invite(world.svc, inviter, body, key)
    await world.svc.courier.carried()
    [message] = world.people.phones._brought[body["address"]]
    context = await chrome.new_context(locale=locale, java_script_enabled=locale != "ru")
    page = await context.new_page()
    visit = visiting(page, locale, locale)
    await page.goto(message.link)
    await visit.examine("invitation")
    assert await page.locator("svg.qr").is_visible()
    seed = (await page.locator("#key").inner_text()).rsplit(" ", 1)[1]
    visit.refused = 422
    await page.fill("#login", f"aliya{at}")
    await page.fill("#password", "ақ бота төрт түлік мал")
    await page.fill("#code", "000000")
    await press(page, "#code")
    await visit.examine("invitation-refused")
    assert await page.get_by_role("alert").is_visible()
    await page.fill("#password", "ақ бота төрт түлік мал")
    await page.fill("#code", totp.code_at(b32decode(seed), world.clock.now()))
    await press(page, "#code")
    await page.wait_for_url("**/login?**")
    await context.close()
