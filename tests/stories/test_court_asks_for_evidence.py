"""A court asks for a case; two of staff approve; the citizen sees it, exports their own; a stranger finds nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from authsvc.cli_evidence import verify_eds
from authsvc.evidence.package_check import check
from authsvc.evidence.package_pdf import read_pdf_form
from authsvc.sandbox.browser import Browser, Page
from tests.stories.standing import Standing, signed_in
from tests.world import STEP_MS, World, both_databases

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ORDER = "Определение суда по делу № 2-1147".encode()


@dataclass
class Case:
    """A citizen with a confirmed act; the auditor who asks for it and the one who reads after them."""

    world: World
    here: Standing
    record: str
    first: Browser
    second: Browser

    @property
    def auditors(self) -> list[dict[str, str]]:
        return [each for each in self.world.people.staff if each["role"] == "auditor"]

    async def ask(self, **changes: str) -> Page:
        """The first auditor enters the court's request."""
        form = (await self.first.open("/staff/exports/new")).read().forms[0]
        asked = {
            "kind": "court",
            "recipient": "Алмалы аудандық соты",
            "case_number": "2-1147",
            "ground": "ГПК, статья 73",
            "acts": self.record,
        }
        sent = await self.first._client.post(
            f"{self.world.issuer}/staff/exports",
            data={**form.fields, **asked, **changes},
            files={"order": ("order.txt", ORDER, "text/plain")},
            headers={"origin": self.world.issuer},
        )
        return await self.first._follow(sent)

    async def approve(self, browser: Browser, address: str, auditor: dict[str, str]) -> Page:
        page = await browser.submit(await browser.open(address), {}, "approve")
        code = await self.world.code_for(page.url.rsplit("/", 1)[1], auditor["login"])
        return await browser.submit(page, {"code": code}, "confirm")

    async def made(self, browser: Browser, address: str) -> bytes:
        """The package, once the worker has made it."""
        for _ in range(2400):
            answer = await browser._client.get(f"{address}/package")
            if answer.status_code == 200:
                return answer.content
            assert answer.status_code == 409, answer.text
            await asyncio.sleep(0.05)
        raise AssertionError("nothing was made")


async def staff_browser(world: World, person: dict[str, str]) -> Browser:
    world.clock.move(STEP_MS)
    browser = world.browser()
    await world.answer_both(browser, await browser.open("/login"), person)
    return browser


async def begin(world: World) -> Case:
    here = await signed_in(world)
    record = (await here.confirm(await here.ask()))["record"]
    auditors = [each for each in world.people.staff if each["role"] == "auditor"]
    return Case(world, here, record, *[await staff_browser(world, each) for each in auditors])


@both_databases
async def test_a_court_gets_its_case_after_two_of_staff_approved_and_checks_it_offline(world: World) -> None:
    case = await begin(world)
    page = await case.ask()
    await case.approve(case.first, page.url, case.auditors[0])
    await case.approve(case.second, page.url, case.auditors[1])
    package = await case.made(case.second, page.url)
    verdict = check(package, await world.trust(), (), at=world.clock.now(), verify_eds=verify_eds)
    assert verdict.code == "VALID"
    assert case.record in [each.id for each in verdict.records]
    seen = await case.here.browser.open("/evidence/exports")
    assert "Алмалы аудандық соты" in seen.text
    assert "2-1147" in seen.text


async def test_one_auditor_alone_gets_nothing_and_the_same_person_twice_is_one(world: World) -> None:
    case = await begin(world)
    page = await case.ask()
    await case.approve(case.first, page.url, case.auditors[0])
    again = await case.first.submit(await case.first.open(page.url), {}, "approve")
    assert "Одобрение" in again.text or "подтверждение" in again.text.lower()
    assert "Ожидает одобрения" in (await case.first.open(page.url)).text
    answer = await case.first._client.get(f"{page.url}/package")
    assert answer.status_code == 409
    seen = await case.here.browser.open("/evidence/exports")
    assert "2-1147" not in seen.text


async def test_an_auditor_who_declines_ends_the_request(world: World) -> None:
    case = await begin(world)
    page = await case.ask()
    confirm_page = await case.second.submit(await case.second.open(page.url), {}, "approve")
    await case.second.submit(confirm_page, {}, "decline")
    assert "Не одобрено" in (await case.first.open(page.url)).text


async def test_a_recorded_legal_ground_keeps_it_from_the_citizen(world: World) -> None:
    case = await begin(world)
    page = await case.ask(silent_ground="УПК, статья 201")
    await case.approve(case.first, page.url, case.auditors[0])
    await case.approve(case.second, page.url, case.auditors[1])
    await case.made(case.second, page.url)
    assert "2-1147" not in (await case.here.browser.open("/evidence/exports")).text


async def test_a_citizen_exports_their_own_evidence(world: World) -> None:
    case = await begin(world)
    browser = case.here.browser
    page = await browser.submit(await browser.open("/evidence/exports"), {"since": "", "until": ""})
    package = await case.made(browser, page.url)
    verdict = check(package, await world.trust(), (), at=world.clock.now(), verify_eds=verify_eds)
    assert verdict.code == "VALID"
    assert case.record in [each.id for each in verdict.records]


async def test_a_stranger_and_the_wrong_role_find_nothing(world: World) -> None:
    case = await begin(world)
    page = await case.ask()
    reviewer = next(each for each in world.people.staff if each["role"] == "reviewer")
    for person in (world.person("ivan"), reviewer):
        browser = await staff_browser(world, person)
        for address in (page.url, f"{page.url}/package", "/staff/exports", f"/evidence/{case.record}"):
            assert (await browser.open(address)).status == 404, address


async def test_a_relying_party_exports_its_own_acts_and_another_finds_nothing(world: World, tmp_path: Path) -> None:
    case = await begin(world)
    bank, other = case.here.bank, world.bookkeeper()
    asked = await bank.call("POST", "/v1/evidence/exports", {"acts": [case.record]}, key="case-1")
    assert asked.status_code == 202
    again = await bank.call("POST", "/v1/evidence/exports", {"acts": [case.record]}, key="case-1")
    assert again.json()["id"] == asked.json()["id"]
    path = asked.headers["location"]
    for _ in range(2400):
        state = (await bank.call("GET", path)).json()
        if state["state"] == "ready":
            break
        await asyncio.sleep(0.05)
    answer = await bank.call("GET", f"{path}/package")
    assert len(answer.content) == state["size"]
    verdict = check(answer.content, await world.trust(), (), at=world.clock.now(), verify_eds=verify_eds)
    assert verdict.code == "VALID"
    assert world.citizen["iin"].encode() not in answer.content
    whole = await bank.call("GET", f"{path}/pdf")
    assert (whole.headers["content-type"], read_pdf_form(whole.content)) == ("application/pdf", answer.content)
    for where in (path, f"{path}/package", f"{path}/pdf"):
        assert (await other.call("GET", where)).status_code == 404
    foreign = await other.call("POST", "/v1/evidence/exports", {"acts": [case.record]})
    assert foreign.status_code == 404
    wrong = await bank.call("POST", "/v1/evidence/exports", {"acts": [case.record], "subject": "iin:1"})
    assert wrong.status_code == 400
    assert "Kerege" in (await case.here.browser.open("/evidence/exports?ui_locales=en")).text
