"""The pages of one's own account: each change asks for a fresh sign-in, is recorded, and all channels hear of it."""

from __future__ import annotations

import html
import json
import re

import pytest

from authsvc import accounts
from authsvc.login import sessions
from authsvc.sandbox.browser import Browser, Page
from authsvc.store import recovering
from confirmations.methods import totp
from tests.authsvc.web.conftest import PASSWORD, House
from tests.authsvc.web.desk import STEP_MS
from tests.authsvc.web.test_counter import DAY_MS, NEW_PASSWORD, codes_of, link_of, seed_of, sign_in
from tests.authsvc.web.test_passkeys import SESSION, records

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PAGES = ("", "/password", "/app", "/codes", "/mailbox", "/sessions", "/freeze")


async def signed_in(house: House) -> Browser:
    house.clock.move(STEP_MS)
    browser = house.browser()
    await house.sign_in(browser)
    return browser


async def text_of(house: House) -> str:
    await house.svc.courier.carried()
    return house.gateway.sent[-1].text


async def test_the_account_shows_what_there_is_with_the_number_masked(house: House) -> None:
    browser = await signed_in(house)
    page = await browser.open("/account")
    assert page.status == 200
    assert house.person.subject[4:] not in page.html
    assert house.person.subject[-4:] in page.html
    assert house.person.address in page.html
    for path in PAGES:
        assert (await browser.open(f"/account{path}")).status == 200


async def test_nobody_signed_in_sees_no_page_of_an_account(house: House) -> None:
    client = house.client()
    for path in (*PAGES[:-1], "/data"):
        answer = await client.get(f"/account{path}")
        assert (answer.status_code, answer.headers["location"].startswith("/login?")) == (303, True)
    answer = await client.get("/.well-known/change-password")
    assert (answer.status_code, answer.headers["location"]) == (302, "/account/password")


@pytest.mark.parametrize("path", ["/password", "/app", "/codes", "/mailbox", "/data"])
async def test_what_changes_a_factor_asks_for_a_fresh_sign_in(house: House, path: str) -> None:
    browser = await signed_in(house)
    house.clock.move(11 * 60 * 1000)
    assert "/login?" in (await browser.open(f"/account{path}")).url


async def test_a_new_password_wants_the_old_one_and_ends_the_other_sessions(house: House) -> None:
    other = await signed_in(house)
    browser = await signed_in(house)
    page = await browser.open("/account/password")
    page = await browser.submit(page, {"old": "wrong", "new": NEW_PASSWORD})
    assert "Нынешний пароль неверен" in page.text
    page = await browser.submit(page, {"old": PASSWORD, "new": "qwertyuiop12345"})
    assert page.status == 422
    page = await browser.submit(page, {"old": PASSWORD, "new": NEW_PASSWORD})
    assert page.url.endswith("/account")
    assert await sessions.find(house.svc, other._client.cookies.get(SESSION)) is None
    assert "/freeze/" in await text_of(house)
    changed = (await records(house, "credential"))[-1]
    assert changed["about"]
    assert changed["authentication"] != "none"
    house.clock.move(STEP_MS)
    assert 'role="alert"' in (await sign_in(house.browser(), "aigul1", PASSWORD, house.code)).html
    house.clock.move(STEP_MS)
    assert "/login" not in (await sign_in(house.browser(), "aigul1", NEW_PASSWORD, house.code)).url


async def test_another_app_counts_from_its_first_code_on(house: House) -> None:
    browser = await signed_in(house)
    page = await browser.open("/account/app")
    seed = seed_of(page)
    page = await browser.submit(page, {"code": "000000"})
    assert page.status == 422
    assert seed_of(page) == seed
    await browser.submit(page, {"code": totp.code_at(seed, house.clock.now())})
    house.clock.move(STEP_MS)
    assert 'role="alert"' in (await sign_in(house.browser(), "aigul1", PASSWORD, house.code)).html
    new = totp.code_at(seed, house.clock.now())
    assert "/login" not in (await sign_in(house.browser(), "aigul1", PASSWORD, new)).url


async def test_a_mailbox_for_notices_is_added_by_the_code_that_came_to_it(house: House) -> None:
    house.svc.courier._channels["email"] = house.gateway  # type: ignore[index]  # the test's gateway carries both
    browser = await signed_in(house)
    page = await browser.open("/account/mailbox")
    assert (await browser.submit(page, {"mailbox": "no mailbox"})).status == 422
    page = await browser.submit(page, {"mailbox": "aigul@example.kz"})
    await house.svc.courier.carried()
    sent = house.gateway.sent[-1]
    assert (sent.channel, sent.address) == ("email", "aigul@example.kz")
    page = await browser.submit(page, {"code": "000 000"})
    assert page.status == 422
    page = await browser.submit(page, {"code": sent.code})
    assert "aigul@example.kz" in page.html
    page = await browser.submit(await browser.open("/account/codes"), {})
    await house.svc.courier.carried()
    told = house.gateway.sent[-2:]
    assert [each.address for each in told] == [house.person.address, "aigul@example.kz"]
    assert told[0].link != told[1].link


async def test_codes_are_shown_once_and_how_many_are_left_afterwards(house: House) -> None:
    browser = await signed_in(house)
    page = await browser.submit(await browser.open("/account/codes"), {})
    assert len(codes_of(page)) == 10
    assert "no-store" in (await browser._client.get("/account/codes")).headers["cache-control"]
    page = await browser.open("/account/codes")
    assert codes_of(page) == []
    assert "10" in page.text


async def test_one_session_ends_or_all_others_and_nobody_ends_those_of_somebody_else(house: House) -> None:
    browsers = [await signed_in(house) for _ in range(3)]
    page = await browsers[0].open("/account/sessions")
    assert len(page.read().forms) == 3
    found = await sessions.find(house.svc, browsers[1]._client.cookies.get(SESSION))
    assert found is not None
    form = page.read().forms[0]
    await browsers[0]._client.post("/account/sessions", data={**form.fields, "sid": "somebody-elses"})
    assert await sessions.find(house.svc, browsers[1]._client.cookies.get(SESSION)) is not None
    await browsers[0]._client.post("/account/sessions", data={**form.fields, "sid": found.sid})
    assert await sessions.find(house.svc, browsers[1]._client.cookies.get(SESSION)) is None
    page = await browsers[0].submit(await browsers[0].open("/account/sessions"), {"others": "yes"}, at=1)
    assert await sessions.find(house.svc, browsers[2]._client.cookies.get(SESSION)) is None
    assert await sessions.find(house.svc, browsers[0]._client.cookies.get(SESSION)) is not None


async def test_the_language_of_messages_is_the_persons_choice(house: House) -> None:
    browser = await signed_in(house)
    page = await browser.open("/account")
    await browser.submit(page, {"locale": "en"})
    person = await accounts.person_by_id(house.svc, house.person.id)
    assert person is not None
    assert person.locale == "en"
    assert (await browser.submit(page, {"locale": "de"})).status == 400


async def test_ones_data_are_one_document_without_secrets(house: House) -> None:
    browser = await signed_in(house)
    answer = await browser._client.get("/account/data")
    assert "attachment" in answer.headers["content-disposition"]
    told = json.loads(answer.content)
    assert told["person"]["iin"] == house.person.subject[4:]
    assert told["addresses"][0]["address"] == house.person.address
    assert {each["method"] for each in told["factors"]} == {"password", "totp"}
    assert len(told["sessions"]) == 1
    assert "argon2" not in answer.text
    assert totp.write_seed(b"Hello!\xde\xad\xbe\xef" * 2) not in answer.text


async def test_a_lost_phone_is_recovered_by_the_person_alone_after_a_day(house: House) -> None:
    browser = await signed_in(house)
    made = codes_of(await browser.submit(await browser.open("/account/codes"), {}))
    house.clock.move(STEP_MS)
    browser = house.browser()
    page = await browser.submit(await browser.open("/login"), {"login": "aigul1", "password": PASSWORD})
    await browser.submit(page, {"recovery": made[0]}, at=1)
    assert "Осталось кодов: 9" in await text_of(house) or "Қалған код саны: 9" in await text_of(house)
    page = await browser.submit(await browser.open("/account"), {}, "begin")
    link = link_of(page, "recover")
    assert "/freeze/" in await text_of(house)
    assert not (await browser.open(link)).read().forms
    page = await browser.open("/account")
    await browser.submit(page, {}, "cancel")
    assert (await browser.open(link)).status == 404
    page = await browser.submit(await browser.open("/account"), {}, "begin")
    link = link_of(page, "recover")
    house.clock.move(DAY_MS)
    page = await browser.open(link)
    seed = seed_of(page)
    answer = {"password": NEW_PASSWORD, "code": totp.code_at(seed, house.clock.now())}
    assert len(codes_of(await browser.submit(page, answer))) == 10
    house.clock.move(STEP_MS)
    page = await sign_in(house.browser(), "aigul1", NEW_PASSWORD, totp.code_at(seed, house.clock.now()))
    assert "/login" not in page.url


async def test_the_freeze_from_a_session_ends_it_and_leads_to_a_page_that_says_what_next(house: House) -> None:
    browser = await signed_in(house)
    page = await browser.submit(await browser.open("/account/freeze"), {})
    assert page.url.endswith("/frozen")
    assert await recovering.frozen_at(house.svc.store, house.person.id) is not None
    assert (await browser.open("/account")).url.endswith("/login") or "/login?" in (await browser.open("/account")).url
    assert 'href="/login"' in (await browser.open("/")).html


async def test_the_page_behind_a_link_names_nobody_and_a_scanner_changes_nothing(house: House) -> None:
    browser = await signed_in(house)
    await browser.submit(await browser.open("/account/codes"), {})
    await house.svc.courier.carried()
    link = house.gateway.sent[-1].link
    scanner = house.client()
    for _ in range(2):
        answer = await scanner.get(link)
        assert answer.status_code == 200
        assert (await scanner.head(link)).status_code in (200, 405)
        assert answer.headers["referrer-policy"] == "same-origin"
        for told in (house.person.name, house.person.login, house.person.subject[-4:], house.person.address):
            assert told not in html.unescape(answer.text)
    assert (await scanner.post(link)).status_code in (400, 403)
    assert await recovering.frozen_at(house.svc.store, house.person.id) is None
    stranger = house.browser()
    page: Page = await stranger.open(link)
    page = await stranger.submit(page, {})
    assert re.search(r"/frozen$", page.url)
    assert (await stranger.open(link)).status == 404


async def test_a_wrong_code_freezes_nobody_and_says_one_thing(house: House) -> None:
    browser = house.browser()
    said = set()
    for login in ("aigul1", "nobody"):
        page = await browser.submit(await browser.open("/freeze"), {"login": login, "recovery": "00000-00000"})
        assert page.status == 422
        said.add(re.sub(r'value="[^"]*"', "", page.html))
    assert len(said) == 1
