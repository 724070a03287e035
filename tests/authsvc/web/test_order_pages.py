"""The operators' pages: a person's data at their end, approved by two of staff; a stranger finds nothing."""

import json
import re
from base64 import b64decode
from dataclasses import dataclass

import pytest

from authsvc import accounts, staff
from authsvc.accounts import Person
from authsvc.evidence.record import Disclosure, check_disclosure, parse
from authsvc.sandbox.browser import Browser, Page
from authsvc.web.edge import limit_of
from tests.authsvc.services import add_person
from tests.authsvc.web.conftest import ORIGIN, PASSWORD, House

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

GROUND = "Өтініш № 5"
NOBODY = "01900000-0000-7000-8000-000000000000"


@dataclass
class Office:
    """A house with a citizen and two operators."""

    house: House
    operators: tuple[Person, Person]

    @property
    def iin(self) -> str:
        return self.house.person.subject[4:]

    async def browser(self, person: Person, language: str = "ru") -> Browser:
        """Signed in as this person."""
        self.house.clock.move(31_000)
        browser = self.house.browser(language)
        page = await browser.open("/login")
        page = await browser.submit(page, {"login": person.login, "password": PASSWORD})
        await browser.submit(page, {"code": self.house.code})
        return browser

    async def order(self, browser: Browser, **changes: str) -> Page:
        page = await browser.open("/staff/orders/new")
        return await browser.submit(page, {"ground": GROUND, "subject": self.iin, **changes})

    async def press(self, browser: Browser, address: str, action: str, signature: bytes = b"") -> Page:
        """Press a button of the order's page, as a browser sends a form with a file."""
        form = (await browser.open("/staff/orders/new")).read().forms[0]
        files = {"signature": ("order.p7s", signature, "application/octet-stream")}
        data = {"form_token": form.fields["form_token"], "action": action}
        sent = await browser._client.post(address, data=data, files=files, headers={"origin": ORIGIN})
        return await browser._follow(sent)

    async def approve(self, browser: Browser, address: str, answer: str = "confirm") -> Page:
        page = await self.press(browser, address, "approve")
        request_id = page.url.rsplit("/", 1)[1]
        await self.house.svc.courier.carried()
        return await browser.submit(page, {"code": self.house.gateway.code_of(request_id)}, answer)


@pytest.fixture
async def office(house: House) -> Office:
    first, second = await add_person(house.svc, 11), await add_person(house.svc, 12)
    for person in (first, second):
        await staff.give(house.svc, person.id, person.subject, "operator", ground="tests")
    return Office(house, (first, second))


async def test_two_operators_approve_and_the_person_is_gone_with_a_notice_given_once(office: Office) -> None:
    svc = office.house.svc
    first, second = [await office.browser(person) for person in office.operators]
    address = (await office.order(first)).url
    assert office.iin not in address
    page = await first.open(address)
    assert "Ожидает одобрения" in page.text
    assert (GROUND in page.text, office.iin in page.text) == (True, True)
    done = await office.approve(first, address)
    assert "/staff/orders" in done.html
    early = await office.press(second, address, "carry_out")
    assert (early.status, "Одобрений недостаточно" in early.text) == (403, True)
    await office.approve(second, address)
    page = await office.press(second, address, "carry_out")
    assert (page.status, "Исполнено" in page.text) == (200, True)
    assert await accounts.person_by_id(svc, office.house.person.id) is None

    found = re.search(r'href="data:application/json;base64,([^"]+)"', page.html)
    assert found is not None
    notice = json.loads(b64decode(found[1]))
    entry = parse(notice["entry"].encode())
    told = {check_disclosure(entry, Disclosure(**one)).name: one["value"] for one in notice["disclosures"]}
    assert (entry.type, entry.body["erasure_kind"]) == ("erasure", "deleted")
    assert told["person_subject"] == office.house.person.subject

    again = await first.open(address)
    assert ("Исполнено" in again.text, GROUND in again.text) == (True, True)
    assert office.iin not in again.html
    assert 'value="carry_out"' not in again.html
    assert office.iin not in (await first.open("/staff/orders")).html


async def test_a_legal_hold_is_placed_by_one_and_stands_in_the_way(office: Office) -> None:
    first, second = [await office.browser(person) for person in office.operators]
    hold = (await office.order(first, what="hold")).url
    await office.approve(first, hold)
    assert "Исполнено" in (await office.press(first, hold, "carry_out")).text
    erase = (await office.order(first)).url
    for browser in (first, second):
        await office.approve(browser, erase)
    page = await office.press(first, erase, "carry_out")
    assert (page.status, "введён запрет на удаление" in page.text) == (409, True)
    assert "Ожидает одобрения" in page.text

    listed = await first.open("/staff/orders")
    found = re.search(r'href="(/staff/orders/new\?hold=[0-9a-f-]{36})"', listed.html)
    assert found is not None
    lift = (await first.submit(await first.open(found[1]), {"ground": "Дело закрыто"})).url
    for browser in (first, second):
        await office.approve(browser, lift)
    assert "Исполнено" in (await office.press(first, lift, "carry_out")).text
    assert "Исполнено" in (await office.press(first, erase, "carry_out")).text


async def test_an_order_that_somebody_declined_or_took_back_is_carried_out_by_nobody(office: Office) -> None:
    first, second = [await office.browser(person) for person in office.operators]
    declined = (await office.order(first)).url
    await office.approve(first, declined)
    await office.approve(second, declined, "decline")
    page = await office.press(first, declined, "carry_out")
    assert (page.status, "кто-то отказал" in page.text) == (409, True)
    assert "Отозвано" in (await office.press(first, declined, "withdraw")).text
    assert (await office.press(second, declined, "carry_out")).status == 409
    assert await accounts.person_by_id(office.house.svc, office.house.person.id) is not None


async def test_whom_an_order_concerns_may_not_approve_it(office: Office) -> None:
    first, second = office.operators
    browser = await office.browser(first)
    address = (await office.order(browser, what="restricted", subject=first.subject[4:])).url
    assert (await office.press(browser, address, "approve")).status == 409
    assert "/confirm/" in (await office.press(await office.browser(second), address, "approve")).url


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ground": " "}, "Правовое основание"),
        ({"subject": "123"}, "ИИН или БИН"),
        ({"subject": "990101300017"}, "Такого лица или запрета здесь нет"),
        ({"what": "taken_down"}, "Номера записей"),
        ({"what": "taken_down", "records": "1"}, "Номера записей"),
        ({"records": NOBODY}, "Номера записей"),
        ({"what": "hold", "records": NOBODY}, "Номера записей"),
        ({"what": "everything"}, "Что будет сделано"),
        ({"hold": NOBODY}, "Такого лица или запрета здесь нет"),
    ],
)
async def test_what_is_wrong_is_named_and_what_was_typed_stays(
    office: Office, changes: dict[str, str], said: str
) -> None:
    page = await office.order(await office.browser(office.operators[0]), **changes)
    assert (page.status, said in page.text) == (422, True)
    assert changes.get("ground", GROUND) in page.html


@pytest.mark.parametrize(
    "path",
    [
        "/staff/orders",
        "/staff/orders/new",
        "/staff/orders/{order}",
        "/staff/orders/{order}/request",
    ],
)
async def test_a_stranger_finds_nothing_and_signs_in_first(office: Office, path: str) -> None:
    address = (await office.order(await office.browser(office.operators[0]))).url
    here = path.format(order=address.rsplit("/", 1)[1])
    stranger = await office.browser(office.house.person)
    assert (await stranger.open(here)).status == 404
    assert (await stranger.open(path.format(order=NOBODY))).status == 404
    assert "/staff/orders" not in (await stranger.open("/")).html
    assert "/login" in (await office.house.browser().open(here)).url


async def test_a_stranger_s_forms_do_nothing_and_ours_want_their_token(office: Office) -> None:
    address = (await office.order(await office.browser(office.operators[0]))).url
    stranger = await office.browser(office.house.person)
    form = (await stranger.open("/evidence/exports")).read().forms[0]
    for path, data in (("/staff/orders", {"ground": GROUND, "subject": office.iin}), (address, {"action": "withdraw"})):
        fields = {**form.fields, **data}
        sent = await stranger._client.post(path, data=fields, headers={"origin": ORIGIN})
        assert sent.status_code == 404
        operator = await office.browser(office.operators[1])
        files = {"signature": ("s", b"", "application/octet-stream")} if path == address else None
        bare = await operator._client.post(path, data=data, files=files, headers={"origin": ORIGIN})
        assert bare.status_code == 403
    assert "Ожидает одобрения" in (await (await office.browser(office.operators[0])).open(address)).text


async def test_a_file_that_is_no_signature_of_the_order_is_refused_and_its_size_is_bounded(office: Office) -> None:
    browser = await office.browser(office.operators[0])
    address = (await office.order(browser)).url
    request = await browser._client.get(f"{address}/request")
    assert json.loads(request.content)["ground"] == GROUND
    assert office.iin.encode() not in request.content
    assert (await office.press(browser, address, "carry_out", b"no signature")).status == 403
    large = await office.press(browser, address, "carry_out", b"x" * limit_of("/staff/orders/x"))
    assert large.status == 413


async def test_a_session_whose_role_was_taken_finds_nothing_any_more(office: Office) -> None:
    first = office.operators[0]
    browser = await office.browser(first)
    address = (await office.order(browser)).url
    assert "/staff/orders" in (await browser.open("/")).html
    await staff.take(office.house.svc, first.id, first.subject, "operator", ground="tests")
    assert (await browser.open(address)).status == 404
