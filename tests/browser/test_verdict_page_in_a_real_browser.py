"""The page on which a person has a file verified, in Chromium: three languages, narrow and wide, without a script."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser

from authsvc.web.sandbox.pki import sign_cms
from tests.browser.test_pages_in_a_real_browser import CITIZENS, chrome, press, relying_party, visiting
from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.browser]
__all__ = ["chrome", "relying_party"]

LETTER = "Құрметті әріптестер! Келісім күшіне енді.\n".encode()


@pytest.mark.parametrize("locale", CITIZENS)
async def test_a_person_drops_a_file_and_reads_the_verdict(
    shared_world: World, chrome: Browser, locale: str, tmp_path: Path
) -> None:
    world, authority = shared_world, shared_world.people.pki.authority("ecdsa")
    people = [authority.issue_person(name=name, iin=world.citizen["iin"]) for name in (world.citizen["name"], "Екі А")]
    signed = sign_cms(LETTER, people, signing_time=world.clock.now(), detached=True)
    files = {"good.p7s": signed, "letter.txt": LETTER, "plain.txt": b"just a letter"}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    context = await chrome.new_context(java_script_enabled=False, locale=locale, base_url=world.issuer)
    page = await context.new_page()
    visit = visiting(page, locale, locale)
    await page.goto("/")
    await page.click("a[href='/signatures']")
    await page.wait_for_url("**/signatures")
    await visit.examine("verdict-form")
    await page.set_input_files("#signed", tmp_path / "good.p7s")
    await page.set_input_files("#detached", tmp_path / "letter.txt")
    await press(page, "main button[type=submit]")
    assert await page.locator(".outcome.good").count() == 2
    await visit.examine("verdict-good")
    await page.locator("summary").first.click()
    assert await page.locator("details[open] li").first.is_visible()
    await visit.examine("verdict-checks")
    await page.click("main p a[href='/signatures']")
    await page.set_input_files("#signed", tmp_path / "good.p7s")
    await page.set_input_files("#detached", tmp_path / "plain.txt")
    await press(page, "main button[type=submit]")
    assert await page.locator(".outcome.bad").count() == 2
    await visit.examine("verdict-bad")
    await page.click("main p a[href='/signatures']")
    await page.set_input_files("#signed", tmp_path / "plain.txt")
    visit.refused = 422
    await press(page, "main button[type=submit]")
    await visit.examine("verdict-refused")
    await context.close()
