"""The pages about evidence in Chromium: a citizen's own, and the auditor's desk; three languages, narrow and wide."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from authsvc import exports
from tests.browser.test_pages_in_a_real_browser import (
    CITIZENS,
    Visit,
    chrome,
    press,
    relying_party,
    visiting,
)
from tests.world import STEP_MS, World

pytestmark = [pytest.mark.anyio, pytest.mark.browser]
__all__ = ["chrome", "relying_party"]


async def sign_in(world: World, page: Page, person: dict[str, str], start: str) -> None:
    world.clock.move(STEP_MS)
    await page.goto(start)
    await page.fill("#login", person["login"])
    await page.fill("#password", person["password"])
    await press(page, "#password")
    await page.fill("#code", world.code(person))
    await press(page, "#code")


async def work(world: World) -> None:
    """Until nothing is under way: the world's own worker may be at it."""
    await exports.settle_waiting(world.svc)
    busy = "select 1 as n from evidence_export where state in ('queued','making')"
    while await world.svc.store.all(busy):
        await exports.make_due(world.svc)
        await asyncio.sleep(0)


async def approve(world: World, visit: Visit, person: dict[str, str]) -> None:
    page = visit.page
    await press(page, "button[value=approve]")
    await visit.examine("desk-approval")
    request_id = page.url.rsplit("/", 1)[1].partition("?")[0]
    await page.fill("#code", await world.code_for(request_id, person["login"]))
    await press(page, "#code")
    await visit.examine("desk-approved")


@pytest.mark.parametrize("locale", CITIZENS)
async def test_a_court_s_request_goes_over_the_desk_and_the_citizen_sees_it(
    shared_world: World, chrome: Browser, locale: str, tmp_path: Path
) -> None:
    world, citizen = shared_world, shared_world.person(CITIZENS[locale])
    auditors = [each for each in world.people.staff if each["role"] == "auditor"]
    visits = []
    for _ in auditors:
        context = await chrome.new_context(java_script_enabled=False, locale=locale, base_url=world.issuer)
        visits.append(visiting(await context.new_page(), locale, locale))
    first, second = visits
    await sign_in(world, first.page, auditors[0], "/staff/exports/new")
    await first.examine("desk-new")
    order = tmp_path / "order.pdf"
    order.write_bytes(b"%PDF-1.4 order")
    await first.page.set_input_files("#order", order)
    for name, value in (("recipient", "Алмалы аудандық соты"), ("case_number", "2-1147"), ("ground", "ГПК 73")):
        await first.page.fill(f"#{name}", value)
    first.refused = 422
    await press(first.page, "#ground")
    await first.examine("desk-refused")
    await first.page.set_input_files("#order", order)
    await first.page.fill("#subject", citizen["iin"])
    await press(first.page, "#subject")
    first.refused = 0
    await first.examine("desk-waiting")
    address = first.page.url
    await approve(world, first, auditors[0])
    await sign_in(world, second.page, auditors[1], address)
    await second.examine("desk-one-approved")
    await approve(world, second, auditors[1])
    await second.page.goto(address)
    await work(world)
    await second.page.goto(address)
    await second.examine("desk-ready")
    assert await second.page.locator("a[href$='/package']").count() == 1
    await second.page.goto("/staff/exports")
    await second.examine("desk")
    async with second.page.expect_download() as got:
        await second.page.goto(address)
        await second.page.click("a[href$='/package']")
    assert (await got.value).suggested_filename.endswith(".zip")
    await see_as_citizen(world, chrome, locale, citizen)
    for visit in visits:
        await visit.page.context.close()


async def see_as_citizen(world: World, chrome: Browser, locale: str, citizen: dict[str, str]) -> None:
    context = await chrome.new_context(java_script_enabled=False, locale=locale, base_url=world.issuer)
    page = await context.new_page()
    visit = visiting(page, locale, locale)
    await sign_in(world, page, citizen, "/evidence")
    await visit.examine("evidence")
    await press(page, "main ul.asked a")
    await visit.examine("record")
    await page.goto("/evidence/exports")
    assert await page.get_by_text("2-1147").first.is_visible()
    await visit.examine("exports")
    await press(page, "main button[type=submit]")
    await visit.examine("export-under-way")
    await work(world)
    await press(page, "main p a")
    await visit.examine("export-ready")
    await page.goto("/")
    await visit.examine("home-signed-in")
    await context.close()
