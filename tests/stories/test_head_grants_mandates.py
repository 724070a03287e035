"""A head grants mandates by EDS: an employee confirms within one, exceeds it, loses it; two of three directors act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from authsvc import cases
from authsvc.cases import Case
from authsvc.cli_evidence import verify_eds
from authsvc.evidence.package_check import check
from authsvc.sandbox.browser import Browser, Page
from authsvc.web.sandbox.pki import Credential, Role, invent_bin, sign_cms
from tests.stories.standing import Standing, signed_in
from tests.world import STEP_MS, World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

BIN = invent_bin(date(1995, 3, 1), 7)
NAME = "ТОО «Жібек жолы»"
DOCUMENT: dict[str, Any] = {
    "act": "document",
    "fields": [{"kind": "document", "name": "договор-12.pdf", "digest": "4x6nR0CmGXjy0cV0DBjJrHwvjcyYhWSKn5nfQUd-S0U"}],
    "text": {"ru": "Договор № 12"},
    "on_behalf_of": {"bin": BIN},
}


def payment(amount: int) -> dict[str, Any]:
    field = {"kind": "payment", "payee": "ТОО «Астық»", "amount": amount, "currency": "KZT"}
    return {"act": "payment", "fields": [field], "text": {"ru": "Оплата"}, "on_behalf_of": {"bin": BIN}}


@dataclass
class Head:
    """The head of the company in their own browser, with their EDS key."""

    world: World
    browser: Browser
    key: Credential

    async def draw_up(self, **changes: str) -> Page:
        form = await self.browser.open("/mandates/new")
        told = {
            "bin": BIN,
            "entity": NAME,
            "k": "1",
            "act_payment": "yes",
            "single": "10 000",
            "total": "25000",
            "period": "month",
            "currency": "KZT",
            "since": "2020-01-01",
            "until": "2022-12-01",
            **changes,
        }
        return await self.browser.submit(form, told)

    async def sign(self, page: Page, key: Credential | None = None) -> Page:
        """Download what is shown, sign it, hand it in."""
        download, upload = page.read().forms
        headers = {"origin": self.world.issuer}
        address = f"{self.world.issuer}{download.action}"
        raw = (await self.browser._client.post(address, data=download.fields, headers=headers)).content
        signed = sign_cms(raw, [key or self.key], signing_time=self.world.clock.now())
        sent = await self.browser._client.post(
            f"{self.world.issuer}{upload.action}",
            data=upload.fields,
            files={"signed": ("mandate.p7s", signed, "application/octet-stream")},
            headers=headers,
        )
        return await self.browser._follow(sent)


async def in_browser(world: World, login: str) -> Browser:
    world.clock.move(STEP_MS)
    browser = world.browser()
    await world.answer_both(browser, await browser.open("/login"), world.person(login))
    return browser


async def head_of(world: World) -> Head:
    """Ivan is the head; his certificate says so."""
    authority = world.people.pki.authority("ecdsa")
    key = authority.issue_representative(
        name="Петров Иван", iin=world.person("ivan")["iin"], bin=BIN, organization=NAME, role=Role.HEAD
    )
    return Head(world, await in_browser(world, "ivan"), key)


def days(world: World) -> dict[str, str]:
    """From yesterday for a month, as date fields send it."""
    today = datetime.fromtimestamp(world.clock.now() / 1000, UTC)
    return {
        "since": (today - timedelta(days=1)).strftime("%Y-%m-%d"),
        "until": (today + timedelta(days=30)).strftime("%Y-%m-%d"),
    }


async def asked(here: Standing, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    response = await here.bank.call("POST", "/v1/confirmations", {**body, "subject": here.sub})
    return response.status_code, response.json()


async def test_an_employee_confirms_within_the_mandate_exceeds_it_and_loses_it(world: World) -> None:
    here = await signed_in(world)
    head = await head_of(world)
    status, refused = await asked(here, payment(1_000_000))
    assert (status, refused["code"]) == (422, "policy_refused")
    wrong = await head.draw_up(members=world.citizen["iin"], k="2", **days(world))
    assert wrong.status == 422
    assert "Сколько из них" in wrong.text
    page = await head.draw_up(members=world.citizen["iin"], **days(world))
    assert "10\u00a0000" in page.html
    employee = world.people.pki.authority("ecdsa").issue_representative(
        name="Петров Иван", iin=world.person("ivan")["iin"], bin=BIN, organization=NAME, role=Role.EMPLOYEE
    )
    assert (await head.sign(page, employee)).status == 422
    mandate = await head.sign(page)
    assert "Действует" in mandate.text
    status, view = await asked(here, payment(1_000_000))
    assert status == 201, view
    shown = await here.open(view)
    assert NAME in shown.text
    done = await here.confirm(view)
    assert done["outcome"] == "confirmed"
    status, beyond = await asked(here, payment(1_000_100))
    assert (status, beyond["code"]) == (422, "policy_refused")
    status, last = await asked(here, payment(500_000))
    await head.browser.submit(await head.browser.open(mandate.url), {})
    late = await here.answer(last, await here.code(last))
    assert late.status == 409
    assert (await here.read(last))["reason"] == "mandate"
    status, _ = await asked(here, payment(100))
    assert status == 422
    package = await cases.export_case(world.svc, Case(acts=(done["record"],), recipient="суд", ground="ГПК, 73"))
    verdict = check(package, await world.trust(), (), at=world.clock.now(), verify_eds=verify_eds)
    assert verdict.code == "VALID"
    types = [(await world.record(each.id))[0] for each in verdict.records]
    assert {"mandate", "signature_verification", "confirmation"} <= set(types)


async def test_two_of_three_directors_confirm(world: World) -> None:
    here = await signed_in(world)
    head = await head_of(world)
    dana = await in_browser(world, "dana")
    members = "\n".join(world.person(each)["iin"] for each in ("aigul", "ivan", "dana"))
    page = await head.draw_up(
        members=members, k="2", act_payment="", act_document="yes", single="", total="", **days(world)
    )
    assert "2 из 3" in page.text
    await head.sign(page)
    status, view = await asked(here, DOCUMENT)
    assert status == 201, view
    first, *others = view["group"]["requests"]
    assert first == view["id"]
    assert (await here.confirm(view))["group"]["confirmed"] == 1
    for request_id in others:
        code = next((each["code"] for each in await world.phone("dana") if each["request_id"] == request_id), "")
        if code:
            await dana.submit(await dana.open(f"/confirm/{request_id}"), {"code": code}, "confirm")
    met = await here.read(view)
    assert (met["group"]["outcome"], met["group"]["confirmed"]) == ("met", 2)
    ended = [(await here.read({"id": each})) for each in others]
    assert sorted(each["outcome"] for each in ended) == ["cancelled", "confirmed"]
    assert all(world.person("dana")["iin"] not in str(each["statement"]) for each in ended)
    (last,) = [each["record"] for each in ended if each["outcome"] == "confirmed"]
    package = await cases.export_case(world.svc, Case(acts=(last,), recipient="суд", ground="ГПК, 73"))
    verdict = check(package, await world.trust(), (), at=world.clock.now(), verify_eds=verify_eds)
    assert verdict.code == "VALID"
    assert met["record"] in [each.id for each in verdict.records], "the one who met the group names the others"
