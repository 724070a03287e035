"""The operators' page about switches: one stops, two start again, and a stranger finds nothing."""

from __future__ import annotations

import pytest

from authsvc.evidence.record import parse
from tests.authsvc.web.conftest import House
from tests.authsvc.web.test_order_pages import Office
from tests.authsvc.web.test_order_pages import office as office

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def read_from_the_store(house: House) -> None:
    """The house of these tests stops nothing of itself; here its switches are those of its database."""
    house.svc.switches._store = house.svc.store


async def test_one_operator_stops_a_method_and_two_start_it_again(office: Office) -> None:
    svc = office.house.svc
    first, second = [await office.browser(person) for person in office.operators]
    page = await first.open("/staff/switches")
    assert "Ничего не остановлено" in page.text
    page = await first.submit(page, {"kind": "method", "object": "passkey", "ground": "инцидент 7"}, "stop")
    assert (page.status, "passkey" in page.text) == (200, True)
    assert svc.switches.is_stopped("method", "passkey")
    for number, browser in enumerate((first, second), 1):
        page = await browser.open("/staff/switches")
        assert f"одобрили: {number - 1}" in page.text
        page = await browser.submit(page, {}, "start")
        await svc.courier.carried()
        request_id = page.url.rsplit("/", 1)[1]
        await browser.submit(page, {"code": office.house.gateway.code_of(request_id)}, "confirm")
    assert svc.switches.is_stopped("method", "passkey"), "approval alone moves nothing"
    assert "Ничего не остановлено" in (await first.open("/staff/switches")).text
    assert not svc.switches.is_stopped("method", "passkey")
    rows = await svc.store.all("select record_id, body from entry where type = 'administration' order by idx")
    switches = [row for row in rows if parse(row["body"]).body["administration_kind"] == "switch"]
    assert len(switches) == 2
    told = await svc.log.vault.disclosures(svc.store, switches[1]["record_id"])
    (approvals,) = [each.value for each in told if each.name == "approvals"]
    assert {each["person"] for each in approvals} == {each.subject for each in office.operators}  # type: ignore[union-attr,index]
    told = await svc.log.vault.disclosures(svc.store, switches[0]["record_id"])
    assert office.operators[0].subject in [each.value for each in told], "who stopped it"


async def test_a_channel_starts_again_by_one_operator(office: Office) -> None:
    browser = await office.browser(office.operators[0])
    page = await browser.open("/staff/switches")
    page = await browser.submit(page, {"kind": "channel", "object": "email", "ground": "сбой"}, "stop")
    assert office.house.svc.switches.is_stopped("channel", "email")
    page = await browser.submit(page, {}, "start")
    assert (page.status, "Ничего не остановлено" in page.text) == (200, True)
    assert not office.house.svc.switches.is_stopped("channel", "email")


async def test_a_typing_error_stops_nothing_and_says_so(office: Office) -> None:
    browser = await office.browser(office.operators[0])
    page = await browser.open("/staff/switches")
    page = await browser.submit(page, {"kind": "method", "object": "passkee", "ground": "инцидент"}, "stop")
    assert (page.status, "Ничего не остановлено" in page.text) == (422, True)


async def test_whoever_lacks_the_role_finds_nothing(house: House) -> None:
    browser = house.browser()
    await house.sign_in(browser)
    assert (await browser.open("/staff/switches")).status == 404
    form = {"kind": "drain", "object": "all", "ground": "x", "action": "stop"}
    sent = await browser._client.post("/staff/switches", data=form)
    assert sent.status_code in (403, 404)
    assert not house.svc.switches.is_stopped("drain")
