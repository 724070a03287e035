"""The operators' pages in Chromium: an order refused and taken back, a hold, its notice; three languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from authsvc import accounts, staff
from authsvc.errors import Conflict
from tests.browser.test_evidence_pages_in_a_real_browser import approve, sign_in
from tests.browser.test_pages_in_a_real_browser import CITIZENS, chrome, press, relying_party, visiting
from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.browser]
__all__ = ["chrome", "relying_party"]


async def appoint(world: World, login: str) -> None:
    person = await accounts.person_by_login(world.svc, login)
    assert person is not None
    try:
        await staff.give(world.svc, person.id, person.subject, "operator", ground="tests")
    except Conflict:
        return  # by this test in another language


async def order(page: Page, what: str, iin: str) -> None:
    await page.goto("/staff/orders/new")
    await page.select_option("#what", what)
    await page.fill("#subject", iin)
    await page.fill("#ground", "№ 5")
    await press(page, "#ground")


@pytest.mark.parametrize("locale", CITIZENS)
async def test_an_operator_orders_is_refused_alone_and_places_a_hold(
    shared_world: World, chrome: Browser, locale: str, tmp_path: Path
) -> None:
    world, citizen = shared_world, shared_world.person(CITIZENS[locale])
    operator = next(each for each in world.people.staff if each["role"] == "auditor")
    await appoint(world, operator["login"])
    context = await chrome.new_context(java_script_enabled=False, locale=locale, base_url=world.issuer)
    page = await context.new_page()
    visit = visiting(page, locale, locale)
    await sign_in(world, page, operator, "/staff/orders/new")
    await visit.examine("order-new")
    visit.refused = 422
    await order(page, "taken_down", citizen["iin"])
    await visit.examine("order-wrong")
    visit.refused = 0
    await order(page, "deleted", citizen["iin"])
    await visit.examine("order-waiting")
    visit.refused = 403
    await press(page, "button[value=carry_out]")
    await visit.examine("order-refused")
    visit.refused = 0
    await press(page, "button[value=withdraw]")
    await visit.examine("order-withdrawn")
    assert citizen["iin"] not in await page.content()

    await order(page, "hold", citizen["iin"])
    address = page.url
    await approve(world, visit, operator)
    await page.goto(address)
    await press(page, "button[value=carry_out]")
    await visit.examine("order-done")
    async with page.expect_download() as got:
        await page.click("a[download]")
    await (await got.value).save_as(tmp_path / "notice.json")
    assert json.loads((tmp_path / "notice.json").read_text())["kind"] == "erasure_notice"
    await page.goto("/staff/orders")
    await visit.examine("orders")
    await press(page, "li a[href*='hold=']")
    await visit.examine("order-lift")
    await context.close()
