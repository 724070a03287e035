"""The counter: who may stand there, a registration's paper, a recovery by two persons and a hold, and the attacks."""

from __future__ import annotations

import html
import re
from base64 import b32decode

import pytest

from authsvc import accounts, counter
from authsvc.sandbox.browser import Browser, Page
from authsvc.store import recovering
from authsvc.store.people import account_by_id
from confirmations.methods import totp
from tests.authsvc.web.conftest import PASSWORD, House
from tests.authsvc.web.desk import STEP_MS, Member, add_member
from tests.authsvc.web.test_passkeys import records

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

NEW_PASSWORD = "ақ бота төрт түлік мал"
PERSON = {"iin": "990101300123", "name": "Әлия Нұрланқызы", "locale": "kk", "address": "+77010000099"}
SHOWN = "жеке куәлік, ІІМ"
DAY_MS = 24 * 3600 * 1000


def link_of(page: Page, kind: str) -> str:
    found = re.search(rf"<code>(http[^<]*/{kind}/[^<]*)</code>", page.html)
    assert found, page.html
    return html.unescape(found[1])


def codes_of(page: Page) -> list[str]:
    return re.findall(r"<li><code>([0-9A-Z]{5}-[0-9A-Z]{5})</code></li>", page.html)


def seed_of(page: Page) -> bytes:
    found = re.search(r"\b([A-Z2-7]{32})\b", html.unescape(page.html))
    assert found
    return b32decode(found[1])


async def register(member: Member, **changes: str) -> Page:
    page = await member.sign_in()
    return await member.browser.submit(page, {**PERSON, "shown": SHOWN, "mailbox": "", **changes})


async def begin_recovery(member: Member, iin: str, address: str = "") -> Page:
    page = await member.sign_in()
    form = page.read().forms[1]
    fields = {**form.fields, "iin": iin, "shown": SHOWN, "address": address}
    response = await member.browser._client.post(form.action, data=fields)
    return Page(str(response.url), response.status_code, response.text)


async def approve(member: Member, case: str, *, action: str = "confirm") -> None:
    await member.sign_in()
    page = await member.browser.open(f"/staff/counter/recoveries/{case}")
    page = await member.browser.submit(page, {})
    await member.confirm(page, action=action)


async def sign_in(browser: Browser, login: str, password: str, code: str) -> Page:
    page = await browser.submit(await browser.open("/login"), {"login": login, "password": password})
    return await browser.submit(page, {"code": code})


async def test_a_clerk_registers_a_person_who_enrols_with_the_paper_and_has_recovery_codes(house: House) -> None:
    clerk = await add_member(house, 1, "enroller")
    page = await register(clerk, mailbox="aliya@example.kz")
    assert page.status == 200
    assert page.read().lang == "kk"
    codes = codes_of(page)
    assert len(set(codes)) == 10
    phone = house.browser("kk")
    form = await phone.open(link_of(page, "invitations"))
    seed = seed_of(form)
    answer = {"login": "aliya", "password": NEW_PASSWORD, "code": totp.code_at(seed, house.clock.now())}
    await phone.submit(form, answer)
    person = await accounts.person_by_login(house.svc, "aliya")
    assert person is not None
    enrolled = (await records(house, "credential"))[-5:]
    assert [each["factor_key"] for each in enrolled] == ["none"] * 5
    for each in enrolled:
        assert str(each["credential_ground"]).startswith(
            f"registered at the counter; shown: {SHOWN}; sign-in of the clerk "
        )
    assert [each["person_address"] for each in enrolled[2:4]] == [PERSON["address"], "aliya@example.kz"]
    page = await phone.submit(await phone.open("/login"), {"login": "aliya", "password": NEW_PASSWORD})
    page = await phone.submit(page, {"recovery": codes[3].lower().replace("-", " ")}, at=1)
    assert page.url.endswith("/")
    assert "Тіркелгім" in page.html


async def test_the_desk_is_there_for_the_role_with_a_passkey_alone(house: House) -> None:
    browser = house.browser()
    await house.sign_in(browser)
    assert (await browser.open("/staff/counter")).status == 404
    clerk = await add_member(house, 1, "enroller", passkey=False)
    page = await clerk.browser.open("/staff/counter")
    assert "ключ доступа" in page.text
    assert not page.read().forms
    auditor = await add_member(house, 2, "auditor")
    assert (await auditor.sign_in("/login?return_to=/staff/counter")).status == 404


async def test_what_a_clerk_types_wrong_is_named_and_kept(house: House) -> None:
    clerk = await add_member(house, 1, "enroller")
    for changes, said in (
        ({"iin": "1"}, "12 цифр"),
        ({"address": "8701"}, "+77011234567"),
        ({"shown": " "}, "одной строкой"),
        ({"mailbox": "x"}, "электронной почты"),
    ):
        page = await register(clerk, **changes)
        assert page.status == 422
        assert said in page.text
        assert "Әлия Нұрланқызы" in page.html
    page = await register(clerk, iin=house.person.subject[4:])
    assert "есть учётная запись" in page.text


async def test_a_recovery_wants_two_persons_and_a_day_and_then_the_old_factors_end(house: House) -> None:
    first, second = await add_member(house, 1, "enroller"), await add_member(house, 2, "enroller")
    paper = await begin_recovery(first, house.person.subject[4:], "+77019998877")
    assert paper.status == 200
    link = link_of(paper, "recover")
    [row] = await recovering.open_cases(house.svc.store, house.clock.now(), 9)
    person = house.browser()
    assert "двух сотрудников" in (await person.open(link)).text
    await approve(first, row.id)
    await counter.settle_waiting(house.svc)
    assert "двух сотрудников" in (await person.open(link)).text
    await approve(second, row.id)
    await counter.settle_waiting(house.svc)
    page = await person.open(link)
    assert "Ссылка действует с" in page.text
    assert not page.read().forms
    await house.svc.courier.carried()
    told = house.gateway.sent[-1]
    assert told.address == house.person.address
    assert "/freeze/" in told.text
    house.clock.move(DAY_MS)
    page = await person.open(link)
    assert house.person.login in page.html
    seed = seed_of(page)
    page = await person.submit(page, {"password": NEW_PASSWORD, "code": "000000"})
    assert page.status == 422
    page = await person.submit(page, {"password": NEW_PASSWORD, "code": totp.code_at(seed, house.clock.now())})
    assert len(codes_of(page)) == 10
    assert (await person.open(link)).status == 404
    house.clock.move(STEP_MS)
    refused = await sign_in(house.browser(), house.person.login, PASSWORD, house.code)
    assert 'role="alert"' in refused.html
    page = await sign_in(house.browser(), house.person.login, NEW_PASSWORD, totp.code_at(seed, house.clock.now()))
    assert "/login" not in page.url
    now = await accounts.person_by_id(house.svc, house.person.id)
    assert now is not None
    assert now.address == "+77019998877"
    events = [
        each
        for each in await records(house, "credential")
        if "recovered at the counter" in str(each["credential_ground"])
    ]
    assert len(events) == 3 + 3 + 1
    assert all(len(each["about"]) >= 2 for each in events if isinstance(each["about"], list))


async def test_one_clerk_alone_and_twice_recovers_nobody(house: House) -> None:
    clerk = await add_member(house, 1, "enroller")
    link = link_of(await begin_recovery(clerk, house.person.subject[4:]), "recover")
    [row] = await recovering.open_cases(house.svc.store, house.clock.now(), 9)
    await approve(clerk, row.id)
    await counter.settle_waiting(house.svc)
    house.clock.move(2 * DAY_MS)
    assert "двух сотрудников" in (await house.browser().open(link)).text
    token = link.rsplit("/", 1)[1]
    with pytest.raises(Exception, match="held still"):
        await counter.finish(house.svc, token, "", NEW_PASSWORD, "000000")


async def test_whoever_declines_or_is_concerned_stops_it(house: House) -> None:
    first, second = await add_member(house, 1, "enroller"), await add_member(house, 2, "enroller")
    assert (await begin_recovery(first, first.person.subject[4:])).status == 409
    link = link_of(await begin_recovery(first, second.person.subject[4:]), "recover")
    [row] = await recovering.open_cases(house.svc.store, house.clock.now(), 9)
    await second.sign_in()
    page = await second.browser.open(f"/staff/counter/recoveries/{row.id}")
    assert (await second.browser.submit(page, {})).status == 409
    await approve(first, row.id, action="decline")
    await counter.settle_waiting(house.svc)
    assert (await house.browser().open(link)).status == 404


async def test_the_link_of_a_notice_stops_a_recovery_that_somebody_else_began(house: House) -> None:
    first, second = await add_member(house, 1, "enroller"), await add_member(house, 2, "enroller")
    link = link_of(await begin_recovery(first, house.person.subject[4:]), "recover")
    [row] = await recovering.open_cases(house.svc.store, house.clock.now(), 9)
    for member in (first, second):
        await approve(member, row.id)
    await counter.settle_waiting(house.svc)
    await house.svc.courier.carried()
    browser = house.browser()
    page = await browser.open(house.gateway.sent[-1].link)
    await browser.submit(page, {})
    house.clock.move(DAY_MS)
    assert (await browser.open(link)).status == 404
    account = await account_by_id(house.svc.store, house.person.id)
    assert account is not None
    assert account.state == "frozen"


async def test_support_freezes_on_a_call_that_was_checked_and_is_named(house: House) -> None:
    member = await add_member(house, 1, "support")
    page = await member.sign_in("/login?return_to=/staff/support")
    page = await member.browser.submit(page, {"iin": house.person.subject[4:], "checked": " "})
    assert page.status == 422
    page = await member.browser.submit(page, {"iin": "000000000000", "checked": "қоңырау"})
    assert page.status == 422
    page = await member.browser.submit(page, {"iin": house.person.subject[4:], "checked": "обратный звонок"})
    assert 'role="status"' in page.html
    frozen = (await records(house, "credential"))[-1]
    assert "checked by: обратный звонок; sign-in of staff " in str(frozen["credential_ground"])
