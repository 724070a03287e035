"""A citizen contests a confirmation on their own page; two reviewers overturn it; the original stays, all are told."""

from __future__ import annotations

import pytest

from authsvc import cases
from authsvc.cases import Case
from authsvc.cli_evidence import verify_eds
from authsvc.evidence.package_check import check
from authsvc.sandbox.browser import Browser, Page
from tests.stories.standing import Standing, signed_in
from tests.world import STEP_MS, World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

WHY = "Это подтверждение сделал(а) не я: телефон был у другого человека."
REASONS = "Оператор связи подтвердил подмену SIM-карты в этот день."


async def desk(world: World, login: str) -> tuple[Browser, dict[str, str]]:
    """A member of staff, signed in with two factors."""
    member = next(each for each in world.people.staff if each["login"] == login)
    world.clock.move(STEP_MS)
    browser = world.browser()
    await world.answer_both(browser, await browser.open("/login"), member)
    return browser, member


async def contest(here: Standing, record: str) -> Page:
    """The way of the citizen from the record to the dispute."""
    page = await here.browser.open(f"/evidence/{record}")
    assert "Оспорить эту запись" in page.text
    form = await here.browser.open(f"/evidence/{record}/dispute")
    return await here.browser.submit(form, {"kind": "not_me", "text": WHY})


async def test_a_person_contests_and_two_reviewers_overturn(world: World) -> None:
    here = await signed_in(world)
    record = (await here.confirm(await here.ask()))["record"]
    page = await contest(here, record)
    assert "Рассматривается" in page.text
    dispute = page.url.rsplit("/", 1)[1]
    first, one = await desk(world, "reviewer")
    second, two = await desk(world, "reviewer2")
    assert f"/staff/disputes/{dispute}" in (await first.open("/staff/disputes")).html
    case = await first.open(f"/staff/disputes/{dispute}")
    assert WHY in case.text
    await first.submit(case, {"result": "granted", "reasons": REASONS}, "decide")
    for browser, member in ((first, one), (second, two)):
        approval = await browser.submit(await browser.open(case.url), {}, "approve")
        code = await world.code_for(approval.url.rsplit("/", 1)[1], member["login"])
        await browser.submit(approval, {"code": code}, "confirm")
    assert "Удовлетворён" in (await second.open(case.url)).text
    seen = await here.browser.open(page.url)
    assert REASONS in seen.text
    assert "Абаева Сәуле Болатқызы" in seen.text
    assert any(f"/disputes/{dispute}" in each["text"] for each in await world.phone())
    told = (await here.bank.call("GET", f"/v1/evidence/{record}")).json()
    (about,) = told["disputes"]
    assert (about["id"], about["state"]) == (dispute, "granted")
    resolution = (await here.bank.call("GET", f"/v1/evidence/{about['resolution']}")).json()
    assert resolution["type"] == "resolution"
    package = await cases.export_case(world.svc, Case(acts=(record,), recipient="суд", ground="ГПК, 73"))
    verdict = check(package, await world.trust(), (), at=world.clock.now(), verify_eds=verify_eds)
    assert verdict.code == "VALID"
    assert {record, dispute, about["resolution"]} <= {each.id for each in verdict.records}


async def test_strangers_find_no_dispute_and_the_form_keeps_what_was_typed(world: World) -> None:
    here = await signed_in(world)
    record = (await here.confirm(await here.ask()))["record"]
    form = await here.browser.open(f"/evidence/{record}/dispute")
    again = await here.browser.submit(form, {"kind": "other", "text": "так\u202eнельзя"})
    assert again.status == 422
    assert "нельзя" in again.html
    dispute = (await contest(here, record)).url
    stranger, _ = await desk(world, "support")
    for address in (dispute, "/staff/disputes", f"/staff{dispute.removeprefix(world.issuer)}", form.url):
        assert (await stranger.open(address)).status == 404, address
    taken_back = await here.browser.submit(await here.browser.open(dispute), {})
    assert "Отозван" in taken_back.text
