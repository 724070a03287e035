"""Passkeys on the pages: enrolled after a fresh sign-in, used without a login name, named, revoked; and the attacks."""

import asyncio
import html
import json
import re

import pytest

from authsvc import passkeys
from authsvc.login import sessions
from authsvc.sandbox.browser import Browser, Page
from authsvc.store import people
from tests.authsvc.services import add_person
from tests.authsvc.web.conftest import ORIGIN, House
from tests.peers.authenticator import BE, BS, UP, UV, Authenticator

pytestmark = pytest.mark.anyio

SESSION = "authsvc-session"
MULTI = "urn:authsvc:acr:multi"
EVIL = "http://localhost.evil.example:8000"


def data_of(page: Page, name: str) -> str:
    found = re.search(rf'data-{name}="([^"]*)"', page.html)
    assert found, name
    return html.unescape(found[1])


def field_of(page: Page, name: str) -> str:
    found = re.findall(rf'name="{name}" value="([^"]*)"', page.html)
    assert found, name
    return html.unescape(found[-1])


async def enrol(house: House, browser: Browser, key: Authenticator, name: str = "Ноутбук") -> Page:
    page = await browser.open("/account/passkeys/new")
    answer = key.create(json.loads(data_of(page, "options")))
    return await post(browser, "/account/passkeys", page, ticket=field_of(page, "ticket"), passkey=answer, name=name)


async def post(browser: Browser, path: str, page: Page, **fields: str) -> Page:
    fields = {"form_token": field_of(page, "form_token"), **fields}
    response = await browser._client.post(path, data=fields)
    if response.status_code == 303:
        return await browser.open(response.headers["location"])
    return Page(str(response.url), response.status_code, response.text)


async def show(browser: Browser, key: Authenticator, start: str = "/login", **changes: object) -> Page:
    """Sign in by the passkey from the first page."""
    page = await browser.open(start)
    return await answer(browser, page, key.get(data_of(page, "challenge"), data_of(page, "rp-id"), **changes))


async def answer(browser: Browser, page: Page, shown: str) -> Page:
    fields = {name: field_of(page, name) for name in ("flow", "salt")}
    return await post(browser, "/login", page, passkey=shown, **fields)


async def session_in(house: House, browser: Browser) -> sessions.Session | None:
    return await sessions.find(house.svc, browser._client.cookies.get(SESSION))


async def enrolled(house: House, **made: int) -> Authenticator:
    browser = house.browser()
    await house.sign_in(browser)
    key = Authenticator(ORIGIN, **made)
    page = await enrol(house, browser, key)
    assert page.status == 200
    assert "Ноутбук" in page.html
    return key


async def records(house: House, kind: str) -> list[dict[str, object]]:
    rows = await house.svc.store.all("select record_id from entry where type = $1 order by idx", kind)
    found = []
    for row in rows:
        disclosed = await house.svc.log.vault.disclosures(house.svc.store, row["record_id"])
        found.append({one.name: one.value for one in disclosed})
    return found


async def test_a_passkey_signs_in_without_a_name_and_counts_as_two_factors(house: House) -> None:
    key = await enrolled(house)
    house.clock.move(1_000)
    browser = house.browser()
    page = await show(browser, key, "/login?return_to=/consents")
    assert (page.status, page.url.endswith("/consents")) == (200, True)
    session = await session_in(house, browser)
    assert session is not None
    assert (session.account, session.methods, session.acr) == (house.person.id, ("passkey",), MULTI)
    assert session.amr == ("pop", "user", "mfa")


async def test_enrolment_use_and_revocation_are_records_and_the_phone_hears_of_it(house: House) -> None:
    key = await enrolled(house)
    browser = house.browser()
    await show(browser, key)
    page = await browser.open("/account/passkeys")
    [factor] = await people.kept_factors(house.svc.store, house.person.id, "passkey")
    page = await post(browser, f"/account/passkeys/{factor.id}", page, action="revoke", name="x")
    assert "Ноутбук" not in page.html
    enrolment, revocation = (await records(house, "credential"))[-2:]
    assert enrolment["factor_key"] == revocation["factor_key"]
    assert enrolment["factor_key"] != "none"
    assert revocation["about"] == [factor.record_id]
    login = (await records(house, "authentication"))[-1]
    assert login["credential"] == [factor.record_id]
    await house.svc.courier.carried()
    texts = [message.text for message in house.gateway.sent]
    assert len(texts) == 2
    assert all("passkey" in text for text in texts)
    assert not await session_in_after(house, key)


async def test_the_evidence_of_a_login_is_enough_to_check_it_again(house: House) -> None:
    key = await enrolled(house)
    await show(house.browser(), key)
    row = await house.svc.store.one(
        "select record_id from entry where type = 'authentication' order by idx desc limit 1"
    )
    assert row is not None
    blobs = await house.svc.log.vault.blobs(house.svc.store, row["record_id"])
    statement, [shown] = json.loads(blobs["login_statement"]), json.loads(blobs["login_answer"])
    challenge = passkeys.challenge_of(statement["id"], statement["nonce"], shown["salt"])
    client = json.loads(passkeys.judging.unb64url(shown["answer"]["clientDataJSON"]))
    assert passkeys.judging.unb64url(client["challenge"]) == challenge
    assert ["passkey"] in statement["methods"]


async def test_an_old_session_signs_in_anew_before_it_adds_or_removes(house: House) -> None:
    browser = house.browser()
    await house.sign_in(browser)
    house.clock.move(passkeys.FRESH_MS + 1)
    page = await browser.open("/account/passkeys/new")
    assert "/login?" in page.url
    page = await browser.submit(page, {"login": house.person.login, "password": "құпия сөз ұзын 42"})
    page = await browser.submit(page, {"code": house.code})
    assert page.url.endswith("/account/passkeys/new")
    assert data_of(page, "options")


async def test_a_session_of_one_factor_is_stepped_up_by_the_passkey(house: House) -> None:
    key = await enrolled(house)
    from authsvc.login import answers
    from authsvc.login.decide import Demand
    from authsvc.login.flow import Party, begin
    from confirmations.assurance import SINGLE

    seen = answers.Seen("203.0.113.7", "Browser/1")
    low = begin(house.svc, Demand(acr_values=(SINGLE,)), Party(), "")
    signed = await answers.answer_password(house.svc, low, house.person.login, "құпия сөз ұзын 42", seen, None)
    assert isinstance(signed, answers.SignedIn)
    flow = begin(house.svc, Demand(), Party(), "")
    salt = passkeys.new_salt(house.svc)
    challenge = passkeys.judging.b64url(passkeys.challenge_of(flow.id, flow.nonce, salt))
    up = await answers.answer_passkey(house.svc, flow, key.get(challenge, "localhost"), salt, seen, signed.session)
    assert up.session.methods == ("password", "passkey")
    assert (up.session.acr, up.session.sid) == (MULTI, signed.session.sid)
    assert up.session.authenticated_at == signed.session.authenticated_at


FAULTS: list[dict[str, object]] = [
    {"flags": UP},
    {"flags": UV},
    {"flags": UP | UV | BE},
    {"origin": EVIL},
    {"origin": "http://localhost:8001"},
    {"client": {"crossOrigin": True}},
    {"client": {"type": "webauthn.create"}},
    {"client": {"challenge": "AAAA"}},
    {"handle": b"somebody else"},
]


async def test_attack_an_answer_that_fails_a_check_signs_nobody_in(house: House) -> None:
    key = await enrolled(house)
    for changes in FAULTS:
        browser = house.browser()
        page = await show(browser, key, **changes)
        assert 'id="refused"' in page.html, changes
        assert await session_in(house, browser) is None, changes
    account = await people.account_by_id(house.svc.store, house.person.id)
    assert account is not None
    assert account.failures == 0


async def test_attack_an_answer_counts_once_in_its_own_login_alone(house: House) -> None:
    key = await enrolled(house)
    first, second = house.browser(), house.browser()
    page = await first.open("/login")
    shown = key.get(data_of(page, "challenge"), "localhost")
    other = await second.open("/login")
    await answer(second, other, shown)
    assert await session_in(house, second) is None
    await answer(first, page, shown)
    assert await session_in(house, first) is not None
    await first._client.get("/logout")
    first._client.cookies.delete(SESSION)
    await answer(first, page, shown)
    assert await session_in(house, first) is None


async def test_attack_a_counter_that_goes_back_suspends_a_passkey_of_one_device(house: House) -> None:
    key = await enrolled(house, counter=5)
    assert await session_in_after(house, key)
    house.clock.move(1_000)
    clone = Authenticator(ORIGIN, key.flags, 5, key.key, key.credential_id, key.handle)
    assert not await session_in_after(house, clone)
    assert not await session_in_after(house, key)
    [factor] = await people.kept_factors(house.svc.store, house.person.id, "passkey")
    assert factor.state == "suspended"
    events = await house.svc.store.all("select body from entry where type = 'credential' order by idx desc limit 1")
    assert b"suspended" in bytes(events[0]["body"])
    house.clock.move(31_000)
    browser = house.browser()
    await house.sign_in(browser)
    page = await browser.open("/account/passkeys")
    assert "Приостановлен" in page.html


async def test_a_synchronised_passkey_without_a_counter_is_not_suspected(house: House) -> None:
    key = await enrolled(house, flags=UP | UV | BE | BS)
    assert await session_in_after(house, key)
    assert await session_in_after(house, key)


async def session_in_after(house: House, key: Authenticator) -> bool:
    browser = house.browser()
    await show(browser, key)
    return await session_in(house, browser) is not None


async def test_attack_one_counter_value_opens_one_session_of_sixteen(house: House) -> None:
    key = await enrolled(house, counter=5)
    pages = []
    for _ in range(16):
        browser = house.browser()
        pages.append((browser, await browser.open("/login")))
    shown = [key.get(data_of(page, "challenge"), "localhost", counter=9) for _, page in pages]
    await asyncio.gather(*(answer(browser, page, one) for (browser, page), one in zip(pages, shown, strict=True)))
    assert sum([await session_in(house, browser) is not None for browser, _ in pages]) == 1


async def test_attack_anothers_credential_can_not_be_enrolled_again(house: House) -> None:
    key = await enrolled(house)
    other = await add_person(house.svc, 2)
    browser = house.browser()
    page = await browser.open("/login")
    page = await browser.submit(page, {"login": other.login, "password": "құпия сөз ұзын 42"})
    await browser.submit(page, {"code": house.code})
    stolen = Authenticator(ORIGIN, credential_id=key.credential_id)
    page = await enrol(house, browser, stolen)
    assert page.status == 409
    session = house.browser()
    await show(session, key)
    signed = await session_in(house, session)
    assert signed is not None
    assert signed.account == house.person.id


async def test_attack_an_enrolment_belongs_to_one_session_and_counts_once(house: House) -> None:
    browser = house.browser()
    await house.sign_in(browser)
    page = await browser.open("/account/passkeys/new")
    key = Authenticator(ORIGIN)
    made = {
        "ticket": field_of(page, "ticket"),
        "name": "A",
        "passkey": key.create(json.loads(data_of(page, "options"))),
    }
    assert (await post(browser, "/account/passkeys", page, **made)).status == 200
    second = Authenticator(ORIGIN, credential_id=b"another credential id")
    again = {**made, "passkey": second.create(json.loads(data_of(page, "options")))}
    assert (await post(browser, "/account/passkeys", page, **again)).status == 400
    for wrong in ({"ticket": "AAAA"}, {"name": ""}, {"name": "x" * 65}):
        assert (await post(browser, "/account/passkeys", page, **{**again, **wrong})).status == 400


@pytest.mark.parametrize("changes", [{"flags": UP}, {"origin": EVIL}, {"client": {"type": "webauthn.get"}}], ids=str)
async def test_attack_a_registration_that_fails_a_check_enrols_nothing(
    house: House, changes: dict[str, object]
) -> None:
    browser = house.browser()
    await house.sign_in(browser)
    page = await browser.open("/account/passkeys/new")
    made = Authenticator(ORIGIN).create(json.loads(data_of(page, "options")), **changes)
    page = await post(browser, "/account/passkeys", page, ticket=field_of(page, "ticket"), name="A", passkey=made)
    assert page.status == 422
    assert await passkeys.listed(house.svc, house.person.id) == []


async def test_nobody_changes_anothers_passkey_nor_without_the_forms_token(house: House) -> None:
    await enrolled(house)
    [factor] = await people.kept_factors(house.svc.store, house.person.id, "passkey")
    other = await add_person(house.svc, 2)
    browser = house.browser()
    page = await browser.open("/login")
    page = await browser.submit(page, {"login": other.login, "password": "құпия сөз ұзын 42"})
    await browser.submit(page, {"code": house.code})
    page = await browser.open("/account/passkeys/new")
    for action in ("rename", "revoke"):
        changed = await post(browser, f"/account/passkeys/{factor.id}", page, action=action, name="Менікі")
        assert changed.status == 404
    assert (await browser._client.post(f"/account/passkeys/{factor.id}", data={"name": "x"})).status_code == 403
    assert (await house.client().post("/account/passkeys", data={"form_token": "x"})).status_code == 403
    [kept] = await passkeys.listed(house.svc, house.person.id)
    assert (kept.name, kept.row.state) == ("Ноутбук", "active")


async def test_a_passkey_is_renamed_without_a_script(house: House) -> None:
    key = await enrolled(house)
    browser = house.browser()
    await show(browser, key)
    page = await browser.open("/account/passkeys")
    page = await browser.submit(page, {"name": "  Қалта   телефоны "}, "rename")
    [kept] = await passkeys.listed(house.svc, house.person.id)
    assert kept.name == "Қалта телефоны"


async def test_attack_bytes_that_are_no_answer_are_a_refused_login(house: House) -> None:
    await enrolled(house)
    browser = house.browser()
    for shown in ("", "{}", "[]", '"x"', "null", '{"id": 1}', '{"id": "AA"}', "x" * 20_000, '{"id": "\\ud800"}'):
        page = await answer(browser, await browser.open("/login"), shown)
        assert page.status == 200
        assert await session_in(house, browser) is None


async def test_a_blocked_account_is_not_opened_by_a_passkey_either(house: House) -> None:
    key = await enrolled(house)
    await house.svc.store.transact(
        lambda tx: tx.run("update account set state = 'frozen' where id = $1", house.person.id)
    )
    assert not await session_in_after(house, key)


async def test_the_script_stands_on_the_pages_that_need_it_alone(house: House) -> None:
    browser = house.browser()
    page = await browser._client.get("/login", follow_redirects=True)
    assert "script-src 'self'" in page.headers["content-security-policy"]
    await house.sign_in(browser)
    for path in ("/account/passkeys", "/", "/consents"):
        assert "script-src 'none'" in (await browser._client.get(path)).headers["content-security-policy"]
