"""A clerk without a purpose is refused; one with a purpose is seen by the citizen, and never sees a code."""

from __future__ import annotations

import pytest

from authsvc import cases
from authsvc.cases import Case
from authsvc.cli_evidence import verify_eds
from authsvc.evidence.package_check import check
from tests.stories.standing import signed_in
from tests.stories.test_person_contests_a_record import desk
from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

WHY = "Обращение № 1147: не пришло сообщение"


async def test_a_clerk_looks_a_citizen_up(world: World) -> None:
    here = await signed_in(world)
    view = await here.ask()
    code = await here.code(view)
    clerk, _ = await desk(world, "support")
    form = await clerk.open("/staff/people")
    refused = await clerk.submit(form, {"wanted": world.citizen["iin"], "purpose": "", "ground": ""})
    assert refused.status == 422
    assert "Без цели и основания никого не ищут." in refused.text
    found = await clerk.submit(form, {"wanted": world.citizen["iin"], "purpose": "delivery", "ground": WHY})
    assert "Ахметова А. С." in found.text
    assert "Кереге Банк" in found.text
    for secret in (world.citizen["iin"], code, "".join(code.split()), "Жібек жолы"):
        assert secret not in found.html, "staff see no number, code or text"
    assert world.citizen["iin"] not in found.url
    mine = await here.browser.open("/evidence")
    address = next(each for each in mine.html.split('"') if each.startswith("/evidence/0"))
    record = await here.browser.open(address)
    assert WHY in record.text
    package = await cases.export_case(
        world.svc, Case(acts=(address.rsplit("/", 1)[1],), recipient="суд", ground="ГПК, 73")
    )
    verdict = check(package, await world.trust(), (), at=world.clock.now(), verify_eds=verify_eds)
    assert verdict.code == "VALID"
    types = [(await world.record(each.id))[0] for each in verdict.records]
    assert "authentication" in types, "the clerk's own sign-in stands beside it"
    reviewer, _ = await desk(world, "reviewer")
    assert (await reviewer.open("/staff/people")).status == 404
