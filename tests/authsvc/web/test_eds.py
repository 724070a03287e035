"""The pages about EDS: one page that signs, certificates of an account, an account opened; and the attacks on them."""

import html
import re
from base64 import b32decode, encodebytes
from dataclasses import replace

import pytest

from authsvc import accounts, eds
from authsvc.login import sessions
from authsvc.sandbox.browser import Browser, Page
from authsvc.web.sandbox.pki import Credential
from authsvc.web.site import build_site
from confirmations.assurance import MULTI
from confirmations.methods import totp
from tests.authsvc.cards import REVOKED_IIN, Cards, sign
from tests.authsvc.web.conftest import PASSWORD, House

pytestmark = pytest.mark.anyio

IIN = "900101300001"
NEW_IIN = "910101300017"
SESSION = "authsvc-session"


@pytest.fixture
def hall(house: House, cards: Cards) -> House:
    """The house, with an authority that is trusted here."""
    house.svc = replace(house.svc, trust=cards.trust)
    house.site = build_site(house.svc)  # type: ignore[assignment]
    return house


def link_of(page: Page, beginning: str) -> str:
    found = re.search(rf'href="({re.escape(beginning)}[^"]*)"', page.html)
    assert found, beginning
    return html.unescape(found[1])


async def challenge_of(browser: Browser, page: Page, purpose: str) -> bytes:
    """As downloaded."""
    response = await browser._client.get(link_of(page, f"/eds/{purpose}/challenge"))
    assert response.headers["content-disposition"] == f'attachment; filename="authsvc-{purpose}.json"'
    return response.content


async def hand_in(browser: Browser, page: Page, signed: bytes | str, **fields: str) -> Page:
    """The page's form with the signed file, or with what NCALayer gave (text)."""
    [form] = page.read().forms
    given = {**form.fields, **fields}
    given.pop("signed", None)
    file = b"" if isinstance(signed, str) else signed
    if isinstance(signed, str):
        given["signature"] = signed
    response = await browser._client.post(form.action, data=given, files={"signed": ("a.cms", file)})
    if response.status_code == 303:
        return await browser.open(response.headers["location"])
    return Page(str(response.url), response.status_code, response.text)


async def add(hall: House, browser: Browser, key: Credential) -> Page:
    page = await browser.open("/eds/certificate")
    return await hand_in(browser, page, sign(await challenge_of(browser, page, "certificate"), key), name="Карта")


async def enrolled(hall: House, key: Credential) -> Browser:
    browser = hall.browser()
    await hall.sign_in(browser)
    page = await add(hall, browser, key)
    assert "Карта" in page.html
    return browser


async def at_the_page(browser: Browser, start: str = "/login?return_to=/account/certificates") -> Page:
    return await browser.open(link_of(await browser.open(start), "/eds/login?flow="))


async def session_in(hall: House, browser: Browser) -> sessions.Session | None:
    return await sessions.find(hall.svc, browser._client.cookies.get(SESSION))


async def test_a_file_signs_in_without_a_script(hall: House, cards: Cards) -> None:
    await enrolled(hall, cards.person(IIN))
    browser = hall.browser()
    page = await at_the_page(browser)
    challenge = await challenge_of(browser, page, "login")
    assert html.escape(challenge.decode(), quote=False) in page.html.replace("&#34;", '"').replace("&#39;", "'")
    page = await hand_in(browser, page, sign(challenge, cards.person(IIN), detached=True), password=PASSWORD)
    assert page.url.endswith("/account/certificates")
    session = await session_in(hall, browser)
    assert session is not None
    assert (session.account, session.acr) == (hall.person.id, MULTI)


async def test_what_ncalayer_gives_as_text_signs_in_too(hall: House, cards: Cards) -> None:
    await enrolled(hall, cards.person(IIN))
    browser = hall.browser()
    page = await at_the_page(browser)
    signed = sign(await challenge_of(browser, page, "login"), cards.person(IIN))
    text = f"-----BEGIN CMS-----\n{encodebytes(signed).decode()}-----END CMS-----\n"
    page = await hand_in(browser, page, text, password=PASSWORD)
    assert page.url.endswith("/account/certificates")


async def test_this_page_alone_may_connect_to_the_device(hall: House, cards: Cards) -> None:
    browser = hall.browser()
    page = await at_the_page(browser)
    paths = [page.url, "/eds/registration", "/", "/login", "/signatures", "/static/ncalayer.js"]
    for path in paths:
        response = await browser._client.get(path, follow_redirects=True)
        is_the_page = "/eds/" in str(response.url)
        policy, permissions = response.headers["content-security-policy"], response.headers["permissions-policy"]
        assert ("connect-src wss://127.0.0.1:13579" in policy) is is_the_page, path
        assert "loopback-network=(self)" in permissions if is_the_page else "loopback-network=()" in permissions
        assert policy.count("connect-src") <= 1, path  # a browser ignores the second
        assert "unsafe" not in policy


async def test_without_ncalayer_in_the_settings_the_page_connects_nowhere(hall: House) -> None:
    hall.svc = replace(hall.svc, settings=replace(hall.svc.settings, ncalayer_url=""))
    hall.site = build_site(hall.svc)  # type: ignore[assignment]
    browser = hall.browser()
    page = await at_the_page(browser)
    response = await browser._client.get(page.url)
    assert "wss:" not in response.headers["content-security-policy"]
    assert "script" not in page.html
    assert "ncalayer" not in page.html.lower()


async def test_refusals_say_what_is_wrong_and_what_to_do(hall: House, cards: Cards) -> None:
    await enrolled(hall, cards.person(IIN))
    browser = hall.browser("en")
    page = await at_the_page(browser)
    challenge = await challenge_of(browser, page, "login")
    for signed, words in (
        (b"", "This file is no signed text"),
        (sign(b"{}", cards.person(IIN)), "Something other than the text of this page was signed"),
        (sign(challenge, cards.person(REVOKED_IIN)), "Get a new key"),
        (sign(challenge, cards.other.issue_person(name="A B", iin=IIN)), "is not trusted here"),
    ):
        refused = await hand_in(browser, page, signed, password=PASSWORD)
        assert (refused.status, 'role="alert"' in refused.html) == (422, True), words
        assert words in html.unescape(refused.html)
    refused = await hand_in(browser, page, sign(challenge, cards.person(IIN)), password="not this one at all")
    assert refused.status == 200
    assert "the password is wrong, or this certificate is not added" in refused.html
    assert await session_in(hall, browser) is None
    again = await challenge_of(browser, refused, "login")  # what was signed once need not be signed anew
    assert again == challenge


async def test_attack_a_form_of_another_site_or_browser_is_refused(hall: House, cards: Cards) -> None:
    await enrolled(hall, cards.person(IIN))
    browser, other = hall.browser(), hall.browser()
    page = await at_the_page(browser)
    await at_the_page(other)
    signed = sign(await challenge_of(browser, page, "login"), cards.person(IIN))
    [form] = page.read().forms
    for client, headers in ((other, {}), (browser, {"sec-fetch-site": "cross-site"})):
        response = await client._client.post(
            form.action, data={**form.fields, "password": PASSWORD}, files={"signed": ("a", signed)}, headers=headers
        )
        assert response.status_code == 403
    assert (await other._client.get(page.url)).status_code == 400


async def test_attack_a_signed_login_is_refused_wherever_a_document_is_asked_for(hall: House, cards: Cards) -> None:
    browser = hall.browser("en")
    page = await at_the_page(browser)
    signed = sign(await challenge_of(browser, page, "login"), cards.person(IIN))
    page = await browser.open("/signatures")
    [form] = page.read().forms
    response = await browser._client.post("/signatures", data=form.fields, files={"signed": ("a.cms", signed)})
    assert response.status_code == 422
    assert "This is a signed login challenge. It is not a signed document." in response.text


async def test_attack_a_signature_for_a_login_adds_no_certificate_and_opens_no_account(
    hall: House, cards: Cards
) -> None:
    browser = hall.browser("en")
    page = await at_the_page(browser)
    signed = sign(await challenge_of(browser, page, "login"), cards.person(NEW_IIN))
    page = await browser.open("/eds/registration")
    refused = await hand_in(browser, page, signed)
    assert refused.status == 422
    assert "Something other than the text" in refused.html
    await hall.sign_in(browser)
    page = await browser.open("/eds/certificate")
    refused = await hand_in(browser, page, signed, name="x")
    assert refused.status == 422


async def test_certificates_are_listed_named_and_removed_in_a_fresh_session(hall: House, cards: Cards) -> None:
    browser = await enrolled(hall, cards.person(IIN))
    page = await browser.open("/account/certificates")
    [factor] = await eds.listed(hall.svc, hall.person.id)
    form = page.read().forms[0]
    assert form.action == f"/account/certificates/{factor.row.id}"
    page = await browser.submit(page, {"name": "Токен"}, "rename")
    assert "Токен" in page.html
    hall.clock.move(11 * 60 * 1000)
    page = await browser.submit(page, {}, "revoke")
    assert "/login?" in page.url  # two factors anew
    page = await browser.submit(page, {"login": hall.person.login, "password": PASSWORD})
    page = await browser.submit(page, {"code": hall.code})
    page = await browser.submit(page, {}, "revoke")
    assert "Токен" not in page.html
    assert list(await eds.listed(hall.svc, hall.person.id)) == []
    await hall.svc.courier.carried()
    added, removed = hall.gateway.sent[-2:]
    for notice in (added, removed):
        assert "/freeze/" in notice.link
        assert notice.text.endswith(notice.link)
    assert (await hall.browser().open("/account/certificates")).url.startswith("http://localhost:8000/login")
    response = await hall.client().post(f"/account/certificates/{factor.row.id}", data={"action": "revoke"})
    assert response.status_code == 403


async def test_another_persons_or_a_known_certificate_is_refused_in_words(hall: House, cards: Cards) -> None:
    browser = await enrolled(hall, cards.person(IIN))
    page = await add(hall, browser, cards.person(NEW_IIN))
    assert (page.status, "другому человеку" in page.html) == (422, True)
    page = await add(hall, browser, cards.person(IIN))
    assert (page.status, "уже добавлен" in page.html) == (422, True)


async def signed_up(hall: House, browser: Browser, key: Credential) -> Page:
    page = await browser.open("/eds/registration")
    return await hand_in(browser, page, sign(await challenge_of(browser, page, "registration"), key))


def seed_on(page: Page) -> bytes:
    found = re.search(r"\b([A-Z2-7]{32})\b", html.unescape(page.html))
    assert found
    return b32decode(found[1])


async def code_sent(hall: House) -> str:
    await hall.svc.courier.carried()
    return hall.gateway.sent[-1].code


async def test_a_person_registers_by_eds_and_signs_in(hall: House, cards: Cards) -> None:
    browser, key = hall.browser("en"), cards.person(NEW_IIN, name="ОСПАНОВ АСАН")
    page = await signed_up(hall, browser, key)
    assert page.url.startswith("http://localhost:8000/register/address?step=")
    assert "ОСПАНОВ АСАН" in page.html
    assert NEW_IIN not in page.html
    page = await browser.submit(page, {"address": "12"})
    assert page.status == 422
    page = await browser.submit(page, {"address": "+7 701 555 00 11"})
    assert "/register/details?step=" in page.url
    typed = {"login": "asan", "password": PASSWORD, "code": await code_sent(hall), "app_code": "000000"}
    page = await browser.submit(page, typed)
    assert (page.status, "One of the two codes is not right" in page.html) == (422, True)
    typed["app_code"] = totp.code_at(seed_on(page), hall.clock.now())
    page = await browser.submit(page, {**typed, "login": hall.person.login})
    assert (page.status, "is taken" in page.html) == (422, True)
    page = await browser.submit(page, typed)
    assert "/login" in page.url
    person = await accounts.person_by_login(hall.svc, "asan")
    assert person is not None
    assert (person.subject, person.name, person.address) == (f"iin:{NEW_IIN}", "ОСПАНОВ АСАН", "+77015550011")
    hall.clock.move(31_000)
    page = await at_the_page(browser)
    page = await hand_in(browser, page, sign(await challenge_of(browser, page, "login"), key), password=PASSWORD)
    assert page.url.endswith("/account/certificates")
    assert "ЭЦҚ · ЭЦП · EDS" in page.html


async def test_each_factor_of_a_registration_has_its_record_with_ground_and_highest_acr(
    hall: House, cards: Cards
) -> None:
    browser, key = hall.browser(), cards.person("920101300019")
    page = await signed_up(hall, browser, key)
    page = await browser.submit(page, {"address": "+77015550014"})
    app_code = totp.code_at(seed_on(page), hall.clock.now())
    typed = {"login": "m", "password": PASSWORD, "code": await code_sent(hall), "app_code": app_code}
    page = await browser.submit(page, typed)
    assert "/login" in page.url
    rows = await hall.svc.store.all("select record_id from entry where type = 'credential' order by idx desc limit 4")
    told = []
    for row in rows:
        disclosed = await hall.svc.log.vault.disclosures(hall.svc.store, row["record_id"])
        told.append({one.name: one.value for one in disclosed})
    for each in told:
        ground = str(each["credential_ground"])
        assert ground.startswith("registered by EDS: certificate ")
        assert ground.endswith(f"the highest acr is {MULTI}")
        assert "920101300019" not in ground
    assert told[0]["attestation"]
    assert sum(each["factor_key"] != "none" for each in told) == 1


async def test_attack_codes_are_few_and_one_signature_begins_one_registration(hall: House, cards: Cards) -> None:
    browser = hall.browser()
    start = await browser.open("/eds/registration")
    signed = sign(await challenge_of(browser, start, "registration"), cards.person("930101300010"))
    page = await hand_in(browser, start, signed)
    again = await hand_in(browser, start, signed)
    assert (again.status, "уже использован" in again.html) == (422, True)
    address = page
    page = await browser.submit(address, {"address": "+77015550012"})
    app_code = totp.code_at(seed_on(page), hall.clock.now())
    for number in range(11):
        page = await browser.submit(
            page, {"login": "x", "password": PASSWORD, "code": f"{number:06d}", "app_code": app_code}
        )
        if page.status == 429:
            break
    assert (page.status, number) == (429, 10)
    for _ in range(4):
        last = await browser.submit(address, {"address": "+77015550012"})
    assert last.status == 429
    assert await accounts.person_by_login(hall.svc, "x") is None


async def test_attack_another_browser_does_not_go_on_with_a_registration(hall: House, cards: Cards) -> None:
    browser = hall.browser()
    page = await signed_up(hall, browser, cards.person("940101300012"))
    assert page.status == 200
    assert (await hall.browser().open(page.url)).status == 400
    for path in ("/register/details?step=AAAA", "/register/address", "/eds/nothing"):
        assert (await browser.open(path)).status in (400, 404)


async def test_a_certificate_of_an_entity_registers_nobody(hall: House, cards: Cards) -> None:
    page = await signed_up(hall, hall.browser(), cards.employee("950101300014"))
    assert (page.status, "юридического лица" in page.html) == (422, True)
    login_key = cards.authority.issue_person(name="А Б", iin="950101300014", purpose="authentication")
    page = await signed_up(hall, hall.browser(), login_key)
    assert (page.status, "не предназначен для подписи" in page.html) == (422, True)


async def test_who_has_an_account_does_not_get_a_second_one(hall: House, cards: Cards) -> None:
    browser = hall.browser()
    page = await browser.submit(await signed_up(hall, browser, cards.person(IIN)), {"address": "+77015550013"})
    app_code = totp.code_at(seed_on(page), hall.clock.now())
    typed = {"login": "second", "password": PASSWORD, "code": await code_sent(hall), "app_code": app_code}
    page = await browser.submit(page, typed)
    assert (page.status, "у вас уже есть учётная запись" in page.html) == (422, True)
