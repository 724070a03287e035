"""The login pages against what browsers and strangers do to them: CSRF, fixation, open redirects, borrowed flows."""

from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from authsvc.login import sessions
from authsvc.login.flow import FLOW_MS
from authsvc.store import Tx
from tests.authsvc.services import add_relying_party, let_know
from tests.authsvc.web.conftest import ORIGIN, PASSWORD, House

pytestmark = pytest.mark.anyio

ID = "01a20cff-7d00-7359-9aa6-d3a9a1eb3570"
SESSION = "authsvc-session"
BROWSER = "authsvc-browser"


def _cookie(client: httpx2.AsyncClient, name: str) -> str | None:
    return client.cookies.get(name)


async def _first_page(house: House) -> tuple[httpx2.AsyncClient, dict[str, str]]:
    """A browser at the password page, and the fields of its form."""
    browser = house.browser()
    page = await browser.open("/login")
    return browser._client, page.read().forms[0].fields


def _answered(fields: dict[str, str], house: House) -> dict[str, str]:
    return {**fields, "login": house.person.login, "password": PASSWORD}


async def test_two_factors_on_two_pages_open_a_session_and_lead_back(house: House) -> None:
    browser = house.browser()
    page = await house.sign_in(browser, "/login?return_to=/consents")
    assert (page.status, urlsplit(page.url).path) == (200, "/consents")
    session = await sessions.find(house.svc, _cookie(browser._client, SESSION))
    assert session is not None
    assert (session.account, session.methods) == (house.person.id, ("password", "totp"))


async def test_whoever_is_signed_in_already_goes_straight_on(house: House) -> None:
    browser = house.browser()
    await house.sign_in(browser)
    response = await browser._client.get("/login?return_to=/consents")
    assert (response.status_code, response.headers["location"]) == (303, "/consents")


async def test_attack_the_session_a_browser_brought_is_not_the_session_it_gets(house: House) -> None:
    browser = house.browser()
    planted = "A" * 43
    browser._client.cookies.set(SESSION, planted, domain="localhost.local", path="/")
    await house.sign_in(browser)
    given = [cookie.value for cookie in browser._client.cookies.jar if cookie.name == SESSION and cookie.value]
    assert len(given) == 1
    assert given != [planted]
    assert await sessions.find(house.svc, given[0]) is not None
    assert await sessions.find(house.svc, planted) is None


async def test_a_second_login_gives_a_new_token_and_the_old_one_opens_nothing(house: House) -> None:
    first = house.browser()
    await house.sign_in(first)
    old = _cookie(first._client, SESSION)
    first._client.cookies.delete(SESSION)
    house.clock.move(60_000)
    await house.sign_in(first)
    new = _cookie(first._client, SESSION)
    assert new not in (None, old)
    assert len(new or "") == 43
    await first._client.post("/logout", data={"form_token": await _token(first._client)})
    assert await sessions.find(house.svc, new) is None


async def _token(client: httpx2.AsyncClient) -> str:
    html = (await client.get("/logout")).text
    return html.split('name="form_token" value="')[1].split('"')[0]


async def test_wrong_password_and_wrong_code_look_alike_from_the_outside(house: House) -> None:
    texts = set()
    for login, password, code in (
        (house.person.login, "қате", house.code),
        (house.person.login, PASSWORD, "000000"),
        ("nobody", PASSWORD, house.code),
    ):
        browser = house.browser()
        page = await browser.open("/login")
        page = await browser.submit(page, {"login": login, "password": password})
        assert page.read().forms[0].fields.keys() >= {"code"}
        page = await browser.submit(page, {"code": code})
        assert page.status == 200
        assert _cookie(browser._client, SESSION) is None
        texts.add(page.text)
    assert len(texts) == 1


async def test_the_refused_page_is_the_first_one_again_and_the_right_answers_do_then(house: House) -> None:
    browser = house.browser()
    page = await browser.open("/login")
    page = await browser.submit(page, {"login": house.person.login, "password": "қате"})
    page = await browser.submit(page, {"code": house.code})
    assert page.read().forms[0].fields["login"] == house.person.login
    page = await browser.submit(page, {"login": house.person.login, "password": PASSWORD})
    page = await browser.submit(page, {"code": house.code})
    assert _cookie(browser._client, SESSION) is not None


async def test_changing_the_language_in_the_middle_keeps_the_login(house: House) -> None:
    browser = house.browser("kk")
    page = await browser.open("/login")
    page = await browser.submit(page, {"login": house.person.login, "password": PASSWORD})
    assert page.read().lang == "kk"
    page = await browser.open(page.url + "&ui_locales=en")
    assert page.read().lang == "en"
    await browser.submit(page, {"code": house.code})
    assert _cookie(browser._client, SESSION) is not None


@pytest.mark.parametrize(
    "return_to",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/confirm/../../evil",
        f"/confirm/{ID}?x=1",
        f"/confirm/{ID}\n",
        "/%2f%2fevil.example",
        "/oauth/authorize",
        "/sandbox",
        "javascript:alert(1)",
        "",
        " /",
    ],
)
async def test_attack_a_login_leads_to_no_page_but_ours_by_name(house: House, return_to: str) -> None:
    response = await house.client().get("/login", params={"return_to": return_to})
    assert response.status_code == 400
    assert "location" not in response.headers


async def test_a_confirmation_page_sends_to_login_and_gets_its_person_back(house: House) -> None:
    asker = await add_relying_party(house.svc)
    await let_know(house.svc, house.person, asker.client_id)
    browser = house.browser()
    page = await browser.open(f"/confirm/{ID}")
    assert urlsplit(page.url).path == "/login"
    page = await browser.submit(page, {"login": house.person.login, "password": PASSWORD})
    page = await browser.submit(page, {"code": house.code})
    assert (urlsplit(page.url).path, page.status) == (f"/confirm/{ID}", 404)


async def test_attack_a_form_without_this_browsers_token_is_refused(house: House) -> None:
    client, fields = await _first_page(house)
    _, others = await _first_page(house)
    for token in ("", "x", others["form_token"]):
        response = await client.post("/login", data={**_answered(fields, house), "form_token": token})
        assert response.status_code == 403
    stranger = house.client()
    assert (await stranger.post("/login", data=_answered(fields, house))).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "junk"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": f"{ORIGIN}.evil.example"},
    ],
)
async def test_attack_a_form_from_another_site_is_refused_with_the_right_token_too(
    house: House, headers: dict[str, str]
) -> None:
    client, fields = await _first_page(house)
    response = await client.post("/login", data=_answered(fields, house), headers=headers)
    assert response.status_code == 403


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "same-origin"}, {"origin": ORIGIN}, {}])
async def test_our_own_form_is_taken(house: House, headers: dict[str, str]) -> None:
    client, fields = await _first_page(house)
    response = await client.post("/login", data=_answered(fields, house), headers=headers)
    assert response.status_code == 303


async def test_attack_a_login_begun_in_one_browser_is_no_login_in_another(house: House) -> None:
    """Login CSRF: the attacker's own half-finished login does not go on in the victim's browser."""
    _, attackers = await _first_page(house)
    victim, own = await _first_page(house)
    borrowed = {**_answered(own, house), "flow": attackers["flow"]}
    assert (await victim.post("/login", data=borrowed)).status_code == 400
    assert (await victim.get("/login", params={"flow": attackers["flow"]})).status_code == 400
    assert _cookie(victim, SESSION) is None


async def test_attack_a_damaged_or_old_login_is_gone(house: House) -> None:
    client, fields = await _first_page(house)
    for flow in ("", "x", fields["flow"][:-1], fields["flow"][:40] + "A" + fields["flow"][41:], "A" * 20_000):
        assert (await client.get("/login", params={"flow": flow})).status_code == 400
    house.clock.move(FLOW_MS)
    assert (await client.post("/login", data=_answered(fields, house))).status_code == 400


async def test_attack_the_code_page_can_not_be_reached_without_the_password_page(house: House) -> None:
    client, fields = await _first_page(house)
    response = await client.post("/login", data={**fields, "code": house.code} | {"password": ""})
    assert response.status_code == 303  # an empty password is an answer like any other, judged at the end
    only_code = {name: value for name, value in fields.items() if name not in ("login", "password")}
    assert (await client.post("/login", data={**only_code, "code": house.code})).status_code == 400
    assert _cookie(client, SESSION) is None


async def test_attack_one_code_is_good_for_one_of_two_browsers(house: House) -> None:
    code = house.code
    first, second = house.browser(), house.browser()
    for browser in (first, second):
        page = await browser.open("/login")
        page = await browser.submit(page, {"login": house.person.login, "password": PASSWORD})
        await browser.submit(page, {"code": code})
    assert _cookie(first._client, SESSION) is not None
    assert _cookie(second._client, SESSION) is None


async def test_a_field_given_twice_is_refused(house: House) -> None:
    client, fields = await _first_page(house)
    body = "&".join(f"{name}={value}" for name, value in fields.items()) + "&login=other"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert (await client.post("/login", content=body, headers=headers)).status_code == 400


@pytest.mark.parametrize("body", [b"login=\xff", b"\x00", b"&".join(b"a%d=1" % n for n in range(200)), b"%", b"{}"])
async def test_attack_junk_in_a_form_is_a_refusal_never_a_fault(house: House, body: bytes) -> None:
    client, _ = await _first_page(house)
    for kind in ("application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x", ""):
        response = await client.post("/login", content=body, headers={"content-type": kind})
        assert 400 <= response.status_code < 500


async def test_markup_in_a_login_name_stays_text(house: House) -> None:
    browser = house.browser()
    page = await browser.open("/login")
    page = await browser.submit(page, {"login": '"><script>alert(1)</script>', "password": "x"})
    page = await browser.submit(page, {"code": "1"})
    assert page.html.count("<script") == 1
    assert "alert(1)</script>" not in page.html
    assert page.read().forms[0].fields["login"] == '"><script>alert(1)</script>'


async def test_going_back_from_our_own_login_leads_home(house: House) -> None:
    browser = house.browser()
    page = await browser.submit(await browser.open("/login"), {}, button="cancel")
    assert page.url == f"{ORIGIN}/"


async def test_a_link_to_logout_ends_nothing_and_the_form_ends_the_session(house: House) -> None:
    browser = house.browser()
    await house.sign_in(browser)
    token = _cookie(browser._client, SESSION)
    page = await browser.open("/logout")
    assert await sessions.find(house.svc, token) is not None
    assert (await browser._client.post("/logout", data={"form_token": "x"})).status_code == 403
    assert await sessions.find(house.svc, token) is not None
    await browser.submit(page, {})
    assert await sessions.find(house.svc, token) is None
    assert not _cookie(browser._client, SESSION)


async def test_an_idle_session_ends_and_a_used_one_goes_on(house: House) -> None:
    browser = house.browser()
    await house.sign_in(browser)
    token = _cookie(browser._client, SESSION)
    idle = house.svc.settings.session_idle_seconds * 1000
    for _ in range(3):
        house.clock.move(idle - 1)
        assert await sessions.find(house.svc, token) is not None
    house.clock.move(idle)
    assert await sessions.find(house.svc, token) is None


async def test_no_session_outlives_its_limit_however_busy(house: House) -> None:
    browser = house.browser()
    await house.sign_in(browser)
    token = _cookie(browser._client, SESSION)
    step = house.svc.settings.session_idle_seconds * 1000 - 1
    for _ in range(house.svc.settings.session_absolute_seconds * 1000 // step):
        house.clock.move(step)
        assert await sessions.find(house.svc, token) is not None
    house.clock.move(step)
    assert await sessions.find(house.svc, token) is None


async def test_the_table_of_sessions_opens_no_session_to_its_reader(house: House) -> None:
    browser = house.browser()
    await house.sign_in(browser)
    token = _cookie(browser._client, SESSION) or ""

    async def act(tx: Tx) -> list[bytes]:
        return [bytes(row["token_hash"]) for row in await tx.all("select token_hash from session")]

    stored = await house.svc.store.transact(act)
    assert stored == [sessions.hash_token(token)]
    assert token.encode() not in stored[0]


async def test_cookies_are_for_this_host_alone_and_out_of_scripts_reach(house: House) -> None:
    client = house.client()
    response = await client.get("/login")
    [written] = response.headers.get_list("set-cookie")
    assert written.startswith(f"{BROWSER}=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in written.split(";")}
    assert "flow" in parse_qs(urlsplit(response.headers["location"]).query)


async def test_a_login_page_may_send_its_form_to_us_alone(house: House) -> None:
    browser = house.browser()
    page = await browser.open("/login")
    policy = (await browser._client.get(page.url)).headers["content-security-policy"]
    assert "form-action 'self';" in policy
    assert "script-src 'self'" in policy
