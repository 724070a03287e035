"""A contract in code between three parties: two confirm, one signs the same digest; disputed, resolved by a person."""

from __future__ import annotations

import pytest

from authsvc import cases
from authsvc.cases import Case
from authsvc.cli_evidence import verify_eds
from authsvc.evidence.package_check import check
from authsvc.sandbox.browser import Browser
from authsvc.web.sandbox.pki import sign_cms
from tests.authsvc.contracts.market import TERMS
from tests.stories.standing import Standing, signed_in
from tests.stories.test_person_contests_a_record import desk
from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def party(world: World, login: str) -> Standing:
    return await signed_in(world, login=login)


async def hand_in(world: World, here: Standing, address: str, login: str) -> None:
    """Download the contract's file, sign it with the person's own EDS key, hand it in."""
    browser: Browser = here.browser
    raw = (await browser._client.get(f"{address}/file")).content
    person = world.person(login)
    key = world.people.pki.authority("ecdsa").issue_person(name="Ким Дана", iin=person["iin"])
    signed = sign_cms(raw, [key], signing_time=world.clock.now())
    form = (await browser.open(address)).read().forms[0]
    sent = await browser._client.post(
        address,
        data=form.fields,
        files={"signed": ("contract.p7s", signed, "application/octet-stream")},
        headers={"origin": world.issuer},
    )
    assert sent.status_code == 303, sent.text


async def test_three_parties_conclude_dispute_and_a_person_resolves(world: World) -> None:
    aigul, ivan, dana = [await party(world, login) for login in ("aigul", "ivan", "dana")]
    bank = aigul.bank
    parties = [{"subject": aigul.sub}, {"subject": ivan.sub}, {"subject": dana.sub, "by": "eds"}]
    bare = await bank.call("POST", "/v1/contracts", {**TERMS, "parties": parties, "dispute": {}})
    assert (bare.status_code, bare.json()["code"]) == (422, "statement_refused")
    made = await bank.call("POST", "/v1/contracts", {**TERMS, "parties": parties}, key="deal-1")
    assert made.status_code == 201, made.text
    contract, path = made.json()["id"], made.headers["location"]
    address = f"{world.issuer}/contracts/{contract}"
    for here, told in zip((aigul, ivan), made.json()["parties"], strict=False):
        shown = await here.browser.open(f"/confirm/{told['request']}")
        assert "переводится продавцу" in shown.text
        code = await world.code_for(told["request"], here.login)
        await here.browser.submit(shown, {"code": code}, "confirm")
    assert (await bank.call("GET", path)).json()["state"] == "open"
    assert any(f"/contracts/{contract}" in each["text"] for each in await world.phone("dana"))
    await hand_in(world, dana, address, "dana")
    done = (await bank.call("GET", path)).json()
    assert done["state"] == "concluded"
    assert done["signed"].count(".") == 2
    assert [each["answer"] for each in done["parties"]] == ["yes", "yes", "yes"]
    record = done["parties"][1]["record"]["id"]
    form = await ivan.browser.open(f"/evidence/{record}/dispute")
    dispute = await ivan.browser.submit(form, {"kind": "contract", "text": "Товар не доставлен."})
    assert (await bank.call("GET", path)).json()["state"] == "disputed"
    assert "исполнение останавливается" in (await aigul.browser.open(address)).text
    reviewer, _ = await desk(world, "reviewer")
    case = await reviewer.open(dispute.url.replace("/disputes/", "/staff/disputes/"))
    await reviewer.submit(case, {"result": "rejected", "reasons": "Доставка доказана накладной."}, "decide")
    resolved = (await bank.call("GET", path)).json()
    assert resolved["state"] == "resolved"
    (about,) = resolved["disputes"]
    package = await cases.export_case(world.svc, Case(acts=(record,), recipient="суд", ground="ГПК, 73"))
    verdict = check(package, await world.trust(), (), at=world.clock.now(), verify_eds=verify_eds)
    assert verdict.code == "VALID"
    assert {record, about["id"], about["resolution"]} <= {each.id for each in verdict.records}
    assert (await world.bookkeeper().call("GET", path)).status_code == 404
