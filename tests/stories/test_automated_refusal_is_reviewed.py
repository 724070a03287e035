"""A rule refuses a citizen: told as automated, explained, reviewed by a named person, overturned, in the package."""

from __future__ import annotations

import pytest

from authsvc import cases
from authsvc.cases import Case
from authsvc.cli_evidence import verify_eds
from authsvc.evidence.package_check import check
from tests.authsvc.decisions.credit import MADE, RULE
from tests.stories.standing import signed_in
from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_an_automated_refusal_is_explained_reviewed_and_overturned(world: World) -> None:
    here = await signed_in(world)
    bank, browser = here.bank, here.browser
    early = await bank.call("POST", "/v1/decisions", {**MADE, "subject": here.sub})
    assert (early.status_code, early.json()["code"]) == (400, "invalid_request")
    rule = await bank.call("POST", "/v1/decisions/rules", RULE)
    assert rule.status_code == 201, rule.text
    forbidden = await bank.call("POST", "/v1/decisions/rules", {**RULE, "version": "4", "inputs": ["nationality"]})
    assert (forbidden.status_code, "nationality" in forbidden.json()["detail"]) == (400, True)
    made = await bank.call("POST", "/v1/decisions", {**MADE, "subject": here.sub}, key="limit-1")
    assert made.status_code == 201, made.text
    decision = made.json()["id"]
    assert made.json()["record"]["proof"].startswith("c2sp.org/tlog-proof@v1")
    assert any(f"/decisions/{decision}" in each["text"] for each in await world.phone())
    page = await browser.open(f"/decisions/{decision}")
    for said in ("полностью автоматическое", "Ваш доход не покрывает платёж", "Кредит не выдаётся."):
        assert said in page.text
    again = await browser.submit(page, {"text": "\u202eнет"})
    assert again.status == 422
    dispute = await browser.submit(page, {"text": "Справка о доходах не учтена."})
    assert "/disputes/" in dispute.url
    path = f"/v1/decisions/{decision}"
    (asked,) = (await bank.call("GET", path)).json()["reviews"]
    assert asked["state"] == "open"
    nobody = {"result": "granted", "reasons": "Учли справку.", "reviewer": {}}
    assert (await bank.call("POST", f"{path}/review", nobody)).status_code == 400
    named = {**nobody, "reviewer": {"name": "Серікова Ләззат"}}
    reviewed = await bank.call("POST", f"{path}/review", named)
    assert (reviewed.status_code, reviewed.json()["reviews"][0]["state"]) == (200, "granted")
    told = await browser.open(dispute.url)
    assert "Серікова Ләззат" in told.text
    assert "Учли справку." in told.text
    package = await cases.export_case(world.svc, Case(acts=(decision,), recipient="суд", ground="ГПК, 73"))
    verdict = check(package, await world.trust(), (), at=world.clock.now(), verify_eds=verify_eds)
    assert verdict.code == "VALID"
    types = [(await world.record(each.id))[0] for each in verdict.records]
    assert {"decision", "notice_read", "dispute", "resolution"} <= set(types)
    register = (await world.browser("en").open("/rules")).text
    for said in ("Credit limit", "Your income does not cover the payment", "Sign-in closed", "No system is used"):
        assert said in register
    assert (await world.bookkeeper().call("GET", path)).status_code == 404
