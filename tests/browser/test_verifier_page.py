"""`verify.html` as a court meets it: opened from file:// in Debian's Chromium, with no network, in three languages.

TEST_SCREENSHOTS names a folder for pictures.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from authsvc.evidence.trust import print_trust
from tests.authsvc.evidence.bad_packages import CASES, Case, good, rezip
from tests.authsvc.evidence.court import AT
from tests.authsvc.evidence.test_check_time import Story, pki, story  # noqa: F401 - fixtures
from tests.authsvc.evidence.test_receipt_time import Told, receipts_of, told  # noqa: F401 - the fixture
from tests.authsvc.evidence.test_renewals import RENEWALS, Renewed, renewed  # noqa: F401 - the fixture
from tests.authsvc.evidence.test_verifiers_agree import WITHOUT, attached, by_check
from tests.authsvc.evidence.test_verifiers_agree_on_time import CHANGES, made
from tests.authsvc.evidence.verifier_limits import LIMITS

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.slow]

PAGE = Path(__file__).resolve().parents[2] / "authsvc" / "evidence" / "verifiers" / "verify.html"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
CLOCK = f"const at = {AT}; Date.now = () => at;"
"""The page sees the time at which the other verifiers were asked."""
FOUND = """() => ({
    verdict: document.querySelector('#result').hidden ? '' : document.querySelector('#verdict').dataset.verdict,
    status: document.querySelector('#status').textContent,
    findings: [...document.querySelectorAll('#checks li')].map(each => [
        each.closest('tr').dataset.check, each.dataset.code, Number(each.dataset.weight), each.dataset.where]),
    records: [...document.querySelectorAll('#records details')].map(
        each => [each.dataset.record, each.dataset.verdict]),
})"""
LAYOUT = """() => ({
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    unnamed: [...document.querySelectorAll('input')].filter(each => !each.labels || each.labels.length !== 1 ||
        !each.labels[0].textContent.trim()).map(each => each.outerHTML),
    wordless: [...document.querySelectorAll('[data-word]')].filter(each => !each.textContent.trim()).map(
        each => each.dataset.word),
    headings: document.querySelectorAll('h1').length,
    doubled: [...document.querySelectorAll('[id]')].map(each => each.id)
        .filter((id, at, all) => all.indexOf(id) !== at),
    dangling: [...document.querySelectorAll('[aria-labelledby], [aria-describedby]')].flatMap(each =>
        ((each.getAttribute('aria-labelledby') || '') + ' ' + (each.getAttribute('aria-describedby') || '')).trim()
        .split(' ')).filter(id => !document.getElementById(id)),
})"""


@pytest.fixture(scope="module")
async def chrome(anyio_backend: object, chromium: str) -> AsyncIterator[Browser]:
    """One browser for the module, which finds no host."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        await browser.close()


@dataclass
class Visit:
    """The page before a person. Every request and every complaint of the browser is kept."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def give(self, case: Case, name: str = "package.zip") -> dict[str, Any]:
        """Choose the files of the case, as by the file dialog; what the page then says."""
        wanted = {
            "receipts": [file(f"{n}.jwt", each) for n, each in enumerate(case.receipts)],
            "trust": [file("trust.json", case.trust)] if case.trust is not None else [],
            "package": [file(name, case.package)],
        }
        for kind in ("package", "receipts", "trust"):
            await self._choose(kind, [])
        for kind, files in wanted.items():
            await self._choose(kind, files)
        return await self.answer()

    async def _choose(self, kind: str, files: list[Any]) -> None:
        """Until the page names the files, or none."""
        await self.page.set_input_files(f"#{kind}", files)
        named = "(id, named) => document.getElementById(id + '-chosen').textContent.includes(':') === named"
        await self.page.wait_for_function(f"([id, named]) => ({named})(id, named)", arg=[kind, bool(files)])

    async def answer(self) -> dict[str, Any]:
        """What the page says once it has checked."""
        await self.page.wait_for_function("() => /[^…]$/.test(document.querySelector('#status').textContent)")
        found: dict[str, Any] = await self.page.evaluate(FOUND)
        return found


def file(name: str, data: bytes) -> Any:
    """A file of the dialog."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


@pytest.fixture(params=["en"])
async def visit(request: pytest.FixtureRequest, chrome: Browser) -> AsyncIterator[Visit]:
    context = await chrome.new_context(locale=request.param, viewport={"width": 1280, "height": 800})
    await context.add_init_script(CLOCK)
    page = await context.new_page()
    seen = Visit(page)
    page.on("request", lambda each: seen.requests.append(each.url))
    page.on("console", lambda each: seen.complaints.append(each.text))
    page.on("pageerror", lambda each: seen.complaints.append(str(each)))
    await page.goto(PAGE.as_uri())
    yield seen
    assert seen.complaints == []
    # 60: nothing but the page itself is asked for, whatever it was given
    assert seen.requests == [PAGE.as_uri()]
    await context.close()


def sample() -> list[str]:
    """One case of each number of the attack list, and all bad signatures."""
    first = {name.partition(" ")[0]: name for name in reversed(CASES)}
    return [name for name in CASES if name in first.values() or name.startswith(("35", "59"))]


async def test_packages_are_judged_as_the_other_verifiers_judge_them(visit: Visit) -> None:
    await _compare(visit, sample())


@pytest.mark.deep
async def test_every_package_is_judged_as_the_other_verifiers_judge_it(visit: Visit) -> None:
    await _compare(visit, list(CASES))


async def _compare(visit: Visit, names: list[str]) -> None:
    for name in names:
        case = CASES[name]()
        expected = by_check(case)
        found = await visit.give(case)
        if isinstance(expected, str):
            assert found["verdict"] == "", name
            wanted = {"not a package": "This file is not a court package.", "no trust": "This file is no trust.json"}
            assert found["status"].startswith(wanted[expected]), name
            continue
        said = sorted(tuple(each) for each in found["findings"] if each[1] not in LIMITS)
        assert said == expected, name
        weight = max((each[2] for each in expected), default=0)
        assert found["verdict"] == ("VALID", "NOT_CONFIRMED", "INVALID")[weight], name


async def test_time_stamps_are_read_as_verify_py_reads_them(visit: Visit, story: Story) -> None:  # noqa: F811 - fixture
    await _compare_changes(visit, story, CHANGES)


async def test_renewals_are_read_as_verify_py_reads_them(visit: Visit, renewed: Renewed) -> None:  # noqa: F811 - fixture
    await _compare_changes(visit, renewed, RENEWALS)


async def test_receipts_are_read_as_verify_py_reads_them(visit: Visit, told: Told) -> None:  # noqa: F811 - the fixture
    await visit.page.evaluate("at => { Date.now = () => at; }", told.end)
    trust = print_trust(told.trust)
    for name, receipt in receipts_of(told).items():
        checker = WITHOUT.Checker(WITHOUT.read_trust(trust), [receipt.encode()], told.end / 1000)
        checker.run(told.package)
        found = await visit.give(Case(told.package, trust, (receipt.encode(),)))
        expected = sorted((each.check, each.code, each.weight, each.where) for each in checker.findings)
        assert sorted(tuple(each) for each in found["findings"]) == expected, name
        assert name == "sequenced" or any("receipt" in each[1] for each in expected)


async def _compare_changes(
    visit: Visit, of: Story, changes: Iterable[Callable[[dict[str, bytes], Story], None]]
) -> None:
    at = of.end + 60_000
    await visit.page.evaluate("at => { Date.now = () => at; }", at)
    for change in changes:
        case, _ = made(of, change)
        checker = WITHOUT.Checker(WITHOUT.read_trust(case.trust), (), at / 1000)
        checker.run(case.package)
        found = await visit.give(case)
        expected = sorted((each.check, each.code, each.weight, each.where) for each in checker.findings)
        assert sorted(tuple(each) for each in found["findings"]) == expected, change.__name__
        assert found["verdict"] == WITHOUT.VERDICTS[checker.weight]


async def test_a_tampered_package_is_invalid_and_the_place_is_named(visit: Visit) -> None:
    found = await visit.give(CASES["40 a letter of a record"]())
    assert found["verdict"] == "INVALID"
    assert ["records/0008.note", "INVALID"] in found["records"]
    assert ["records/0007.note", "VALID"] in found["records"]
    assert "records/0008.note#signature" in found["status"]
    row = visit.page.get_by_role("row", name=re.compile("entry bytes"))
    assert "FAILS" in await row.inner_text()


async def test_the_demo_package_of_the_documents_is_valid(visit: Visit) -> None:
    folder = PAGE.parents[3] / "docs" / "examples"
    found = await visit.give(
        Case((folder / "court-package.zip").read_bytes(), (folder / "trust.json").read_bytes()), "court-package.zip"
    )
    assert found["verdict"] == "VALID"
    assert found["status"].startswith("VALID: every check that this verifier makes holds")
    assert "ML-DSA-44" in found["status"]


async def test_files_may_be_dropped_on_the_page_and_the_pdf_form_is_taken(visit: Visit) -> None:
    case = CASES["65 a receipt that holds, and rubbish"]()
    for pdf in (attached(case.package, deflated=True), attached(case.package, indirect=True)):
        files = {"case.pdf": pdf, "trust.json": case.trust, "kept.jwt": case.receipts[0]}
        await visit.page.reload()
        visit.requests.clear()
        visit.requests.append(PAGE.as_uri())
        await visit.page.evaluate(
            """files => {
                const data = new DataTransfer();
                for (const [name, bytes] of files) data.items.add(new File([Uint8Array.from(bytes)], name));
                const how = {dataTransfer: data, bubbles: true, cancelable: true};
                document.body.dispatchEvent(new DragEvent('drop', how));
            }""",
            [[name, list(data or b"")] for name, data in files.items()],
        )
        await visit.page.wait_for_selector("#result:not([hidden])")
        found = await visit.answer()
        assert found["verdict"] == "VALID"
        assert "receipt_holds" in [each[1] for each in found["findings"]]


async def test_markup_in_values_stays_text(visit: Visit) -> None:
    """57: no element comes from a file, and turning characters are shown by their code."""
    await visit.give(CASES["57 markup and turned text"](), "<img src=x onerror=alert(1)>.zip")
    for summary in await visit.page.locator("summary").all():
        await summary.click()
    text = await visit.page.inner_text("#records")
    assert "<script>alert(1)</script><img src=x onerror=alert(2)>[U+202E]gpj.exe" in text
    assert await visit.page.locator("img, #records script").count() == 0
    assert "Төлем: 150 000 теңге" in text


async def test_other_files_get_an_answer_and_no_crash(visit: Visit) -> None:
    case = CASES["a good package"]()
    found = await visit.give(Case(case.package, b'{"version":1}'))
    assert (found["verdict"], found["status"][:26]) == ("", "This file is no trust.json")
    found = await visit.give(Case(b"", case.trust))
    assert found["status"] == "This file is not a court package."
    for at in range(20, len(case.package), len(case.package) // 25):
        bent = case.package[:at] + bytes([case.package[at] ^ 255]) + case.package[at + 1 :]
        found = await visit.give(Case(bent, case.trust))
        assert "[" not in found["status"] or found["verdict"], found["status"]


async def test_it_is_used_by_keyboard_and_heard_by_a_screen_reader(visit: Visit) -> None:
    page = visit.page
    case = CASES["a good package"]()
    for label in ("Package (ZIP or PDF)", "trust.json (from where", "Receipts that you kept"):
        assert await page.get_by_label(label).count() == 1
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.id") == "package"
    await visit.give(case)
    assert await page.evaluate("document.activeElement.id") == "result-heading"
    assert (await page.get_by_role("status").inner_text()).startswith("VALID")
    assert await page.get_by_role("heading", name="Verdict").count() == 1
    assert await page.get_by_role("table", name="Checks").get_by_role("row").count() == 16
    assert await page.get_by_role("group", name="Language").get_by_role("radio").count() == 3
    assert (await page.inner_text("#test")).startswith("TEST: ")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    opened = page.locator("#records details").first
    assert await opened.evaluate("each => each.open") is True
    await opened.get_by_role(
        "table", name="Disclosed values"
    ).wait_for()  # made when it is opened, a moment after the key


@pytest.mark.parametrize("visit", ["kk-KZ", "ru-RU", "en-US"], indirect=True, ids=["kk", "ru", "en"])
@pytest.mark.parametrize("name", ["a good package", "40 a letter of a record"])
async def test_it_fits_narrow_and_wide_light_and_dark_and_at_twice_the_text(visit: Visit, name: str) -> None:
    page = visit.page
    found = await visit.give(CASES[name]())
    locale = await page.evaluate("document.documentElement.lang")
    assert f"{locale}-" in await page.evaluate("navigator.language")
    words = WITHOUT.WORDS[found["verdict"]]
    assert found["status"].startswith(words[WITHOUT.LOCALES.index(locale)])
    await page.locator("summary").nth(7).click()
    for width, height, size in ((360, 640, 100), (360, 640, 200), (1280, 800, 100)):
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            await page.set_viewport_size({"width": width, "height": height})
            await page.evaluate("size => { document.documentElement.style.fontSize = size + '%'; }", size)
            where = f"{name} {locale} {width} {size} {scheme}"
            assert await page.evaluate(LAYOUT) == {
                "wide": 0,
                "unnamed": [],
                "wordless": [],
                "headings": 1,
                "doubled": [],
                "dangling": [],
            }, where
            if folder := os.environ.get("TEST_SCREENSHOTS"):
                picture = Path(folder) / f"verify-{found['verdict']}-{locale}-{width}-{size}-{scheme}.png"
                await page.screenshot(path=picture, full_page=True)


async def test_the_language_changes_what_stands_there_already(visit: Visit) -> None:
    await visit.give(CASES["a good package"]())
    await visit.page.get_by_label("Русский").check()
    assert await visit.page.evaluate("document.documentElement.lang") == "ru"
    assert (await visit.page.inner_text("#verdict")).startswith("ДЕЙСТВИТЕЛЕН")
    assert (await visit.page.inner_text("#test")).startswith("ТЕСТ")
    assert await visit.page.title() == "Проверка судебного пакета"
    await visit.page.get_by_label("Қазақша").check()
    assert (await visit.page.get_by_role("status").inner_text()).startswith("ЖАРАМДЫ")


async def test_digests_are_right_with_and_without_the_browsers_own(visit: Visit) -> None:
    """`crypto.subtle` hashes large files where it is there; where it is not, the page's own code does."""
    files, trust = good()[1], CASES["a good package"]().trust
    big = rezip({**files, "request/order": os.urandom(1) * 300_000})
    first = await visit.give(Case(big, trust))
    await visit.page.evaluate("Object.defineProperty(crypto, 'subtle', {value: undefined, configurable: true})")
    assert await visit.give(Case(big, trust)) == first
    assert first["verdict"] == "VALID"
