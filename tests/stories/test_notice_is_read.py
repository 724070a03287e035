"""A relying party sends a notice; its receipts tell sent, received and read apart; the package has each record."""

from __future__ import annotations

import pytest

from authsvc import cases
from authsvc.cases import Case
from authsvc.cli_evidence import verify_eds
from authsvc.evidence.package_check import check
from tests.authsvc.notices.test_notices import NOTICE
from tests.stories.standing import signed_in
from tests.world import STEP_MS, World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_a_notice_is_sent_received_and_read(world: World) -> None:
    here = await signed_in(world)
    sent = await here.bank.call("POST", "/v1/notices", {**NOTICE, "subject": here.sub}, key="notice-1")
    assert sent.status_code == 201, sent.text
    path = sent.headers["location"]
    notice = sent.json()["id"]

    async def facts() -> list[str]:
        receipts = (await here.bank.call("GET", path)).json()["receipts"]
        assert all(each["sender"] == here.bank.client_id and each["time"] for each in receipts)
        assert all(each["record"]["proof"].startswith("c2sp.org/tlog-proof@v1") for each in receipts)
        return [each["fact"] for each in receipts]

    assert any(f"/notices/{notice}" in each["text"] for each in await world.phone())
    assert await facts() == ["sent"]
    assert "Решение готово" in (await here.browser.open("/notices")).text
    assert await facts() == ["sent", "received"]
    page = await here.browser.open(f"/notices/{notice}")
    assert "Можно получить." in page.text
    assert await facts() == ["sent", "received", "opened"]
    done = await here.browser.submit(page, {})
    assert "Ваше ознакомление записано." in done.text
    assert await facts() == ["sent", "received", "opened", "acknowledged"]
    package = await cases.export_case(world.svc, Case(acts=(notice,), recipient="суд", ground="ГПК, 73"))
    verdict = check(package, await world.trust(), (), at=world.clock.now(), verify_eds=verify_eds)
    assert verdict.code == "VALID"
    types = [(await world.record(each.id))[0] for each in verdict.records]
    assert (types.count("delivery"), types.count("notice_read")) == (2, 2)
    world.clock.move(STEP_MS)
    stranger = world.browser()
    await world.answer_both(stranger, await stranger.open("/login"), world.person("ivan"))
    assert (await stranger.open(f"/notices/{notice}")).status == 404
    assert (await world.bookkeeper().call("GET", path)).status_code == 404
