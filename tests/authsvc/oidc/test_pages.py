"""Pages on the way of a relying party's login: RFC 9700 4.16, OWASP ASVS 5.0 3; each test is named like its demand."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from authsvc.web.words import WORDS, say
from confirmations.methods import totp
from tests.authsvc.oidc.conftest import ISSUER, PASSWORD, SEED, Browser, Site, answer_in, form_of

pytestmark = pytest.mark.anyio


async def walk(site: Site, browser: Browser, locale: str) -> AsyncIterator[httpx2.Response]:
    """Every page between the relying party's link and its redirect URI, and those around it."""
    yield await browser.http.get(site.address("nobody"), headers={"accept-language": locale})
    page = await browser.open(site.address(ui_locales=locale))
    yield await browser.http.get(page.url)
    page = await browser.submit(page, {"login": "aigul1", "password": "wrong"})
    page = await browser.submit(page, {"code": "000000"})
    yield await browser.http.get(page.url)
    site.clock.move(30_000)
    page = await browser.submit(page, {"login": "aigul1", "password": PASSWORD})
    yield await browser.http.get(page.url)
    page = await browser.submit(page, {"code": totp.code_at(SEED, site.clock.now())})
    yield await browser.http.get(page.url)
    assert answer_in(await browser.submit(page, button="allow"))["code"]
    for path in (site.address(response_mode="form_post"), "/consents", "/logout", "/nothing-here", "/"):
        yield await browser.http.get(path)


@pytest.mark.parametrize("locale", ["kk", "ru", "en"])
async def test_pages_language_follows_ui_locales(site: Site, locale: str) -> None:
    titles = {words.in_locale(locale) for code, words in WORDS.items() if code.endswith("title")}
    count = 0
    async for response in walk(site, site.browser(), locale):
        assert f'<html lang="{locale}">' in response.text, response.url
        assert response.headers["content-language"] == locale
        heading = re.search(r"<h1>([^<]*)</h1>", response.text)
        assert heading is not None
        assert heading[1] in titles or response.url.path == "/"
        count += 1
    assert count == 10


async def test_pages_headers_and_accessible_basics(site: Site) -> None:
    async for response in walk(site, site.browser(), "ru"):
        policy = response.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] in ("no-referrer", "same-origin", "strict-origin")
        assert re.search(r"<title>[^<]{3,}</title>", response.text)
        assert "user-scalable" not in response.text
        assert "maximum-scale" not in response.text
        for name in re.findall(r'<input id="(\w+)"', response.text):
            assert f'<label for="{name}">' in response.text
        for cookie in response.headers.get_list("set-cookie"):
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie


async def test_form_action_names_the_verified_redirect_origin_on_login_and_consent_pages(site: Site) -> None:
    browser = site.browser()
    page = await browser.open(site.address())
    policies = [(await browser.http.get(page.url)).headers["content-security-policy"]]
    page = await site.log_in(browser, page)
    policies.append((await browser.http.get(page.url)).headers["content-security-policy"])
    for policy in policies:
        assert "form-action 'self' http://127.0.0.1:48931;" in policy


async def test_pages_login_hint_escaped(site: Site) -> None:
    page = await site.browser().open(site.address(login_hint='"><script>alert(1)</script>'))
    assert "<script>" not in page.html
    assert form_of(page).fields["login"] == '"><script>alert(1)</script>'


async def test_login_csrf_form_post_without_cookies_refused(site: Site) -> None:
    browser = site.browser()
    form = form_of(await browser.open(site.address()))
    stranger = site.browser()
    response = await stranger.http.post("/login", data={**form.fields, "login": "aigul1", "password": PASSWORD})
    assert 400 <= response.status_code < 500
    assert "location" not in response.headers


async def test_login_csrf_attackers_form_in_victims_browser_refused(site: Site) -> None:
    attackers = form_of(await site.browser().open(site.address()))
    victim = site.browser()
    await victim.open(site.address())
    response = await victim.http.post("/login", data={**attackers.fields, "login": "aigul1", "password": PASSWORD})
    assert 400 <= response.status_code < 500


async def test_consent_forms_are_bound_to_browser_session_and_text(site: Site) -> None:
    browser = site.browser()
    page = await site.log_in(browser, await browser.open(site.address()))
    form = form_of(page)
    sent = {**form.fields, "action": "allow"}
    assert (await site.browser().http.post("/consent", data=sent)).status_code == 403
    cross = await browser.http.post("/consent", data=sent, headers={"sec-fetch-site": "cross-site"})
    assert cross.status_code == 403
    foreign = await browser.http.post("/consent", data=sent, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    other_text = await browser.http.post("/consent", data={**sent, "shown": "x"}, headers={"origin": ISSUER})
    assert other_text.headers["location"].startswith("/consent?flow="), "the page is shown again, nothing is recorded"
    other_language = await browser.http.post("/consent", data={**sent, "locale": "en"}, headers={"origin": ISSUER})
    assert other_language.headers["location"].startswith("/consent?flow=")
    for broken in ({**sent, "action": ""}, {**sent, "locale": "xx"}, {**sent, "flow": sent["flow"][:-2] + "AA"}):
        assert (await browser.http.post("/consent", data=broken, headers={"origin": ISSUER})).status_code == 400
    assert await site.svc.store.one("select 1 as there from consent") is None


async def test_the_consent_that_is_recorded_is_the_text_that_was_shown(site: Site) -> None:
    browser = site.browser()
    page = await browser.open(site.address(scope="openid profile", ui_locales="ru"))
    page = await site.log_in(browser, page)
    shown = page.text
    await browser.submit(page, button="allow")
    row = await site.svc.store.one("select record_id, body from entry where type = 'consent'")
    assert row is not None
    text = (await site.svc.log.vault.blobs(site.svc.store, row["record_id"]))["consent_text"].decode()
    for line in text.splitlines():
        assert line.removeprefix("- ") in shown
    slots = {one.name: one.value for one in await site.svc.log.vault.disclosures(site.svc.store, row["record_id"])}
    assert (slots["rp"], slots["consent_scope"], slots["locale"]) == ("basic", "openid profile", "ru")
    session = await site.svc.store.one("select record_id from session")
    assert session is not None
    assert slots["authentication"] == session["record_id"]


async def test_claims_asked_one_by_one_are_consented_to_like_their_scope(site: Site) -> None:
    browser = site.browser()
    await site.arrive(browser)
    asked = '{"userinfo": {"phone_number": null}}'
    silent = answer_in(await browser.open(site.address(claims=asked, prompt="none")))
    assert silent["error"] == "consent_required", "the consent that stands is to openid alone"
    page = await browser.open(site.address(claims=asked, ui_locales="ru"))
    assert say("scope.phone", "ru") in page.text
    came = answer_in(await browser.submit(page, button="allow"))
    tokens = (await site.redeem(came["code"])).json()
    assert tokens["scope"] == "openid"
    assert set((await site.userinfo(tokens["access_token"])).json()) == {"sub", "phone_number"}
    row = await site.svc.store.one("select scopes from consent")
    assert row is not None
    assert row["scopes"] == "openid phone"
    assert "code" in answer_in(await browser.open(site.address(claims=asked, prompt="none")))


async def test_a_consent_page_of_an_earlier_hour_or_of_another_session_is_gone(site: Site) -> None:
    browser = site.browser()
    page = await site.log_in(browser, await browser.open(site.address()))
    other = site.browser()
    await site.arrive(other, "public")
    assert (await other.http.get(page.url)).status_code == 400
    for _ in range(4):
        site.clock.move(10 * 60_000)
        await browser.http.get("/")
    assert (await browser.http.get(page.url)).status_code == 400


async def test_no_address_of_a_login_holds_personal_data_in_plain(site: Site) -> None:
    browser = site.browser()
    page = await browser.open(site.address())
    for _ in range(2):
        assert "aigul1" not in page.url
        assert "password" not in page.url
        page = await browser.submit(page, {"login": "aigul1", "password": PASSWORD})
