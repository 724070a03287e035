"""CIBA: OpenID CIBA Core 1.0 in poll and ping; each test is named like its demand."""

import asyncio
from typing import Any

import pytest

from authsvc.oidc.ciba import LIFE_S, PROMPTS
from authsvc.oidc.relying_party import CIBA_GRANT
from authsvc.sandbox.browser import Page
from tests.authsvc.oidc.conftest import ISSUER, Browser, Site, form_of
from tests.authsvc.oidc.test_dpop import proof
from tests.authsvc.services import add_person

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def ask(site: Site, client_id: str = "basic", **changes: str | None) -> Any:
    form = {"scope": "openid", "login_hint": "aigul1", "binding_message": "Кіру W4SCT", **changes}
    return await site.token(client_id, form, "/oauth/bc-authorize")


async def start(site: Site, client_id: str = "basic", **changes: str | None) -> dict[str, Any]:
    answer = await ask(site, client_id, **changes)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def poll(site: Site, told: dict[str, Any], client_id: str = "basic", **headers: str) -> Any:
    form = {"grant_type": CIBA_GRANT, "auth_req_id": told["auth_req_id"]}
    return await site.token(client_id, form, **headers)


async def page_of(site: Site, browser: Browser) -> Page:
    """Where the newest message leads."""
    await site.svc.courier.carried()
    rows = await site.svc.store.all("select id from ciba_request order by id desc limit 1")
    page = await browser.open(f"/ciba/{rows[0]['id']}")
    if "password" in form_of(page).fields:
        page = await site.log_in(browser, page)
    return page


async def decide(site: Site, told: dict[str, Any], button: str = "allow", number: str | None = None) -> Page:
    browser = site.browser()
    page = await page_of(site, browser)
    typed = told.get("confirmation_number", "") if number is None else number
    fields = {"number": typed} if "number" in form_of(page).fields else {}
    return await browser.submit(page, fields, button=button)


@pytest.mark.parametrize("client_id", ["basic", "pkjwt"])
async def test_ciba_poll_flow(site: Site, client_id: str) -> None:
    told = await start(site, client_id)
    assert told.keys() >= {"auth_req_id", "expires_in", "interval"}
    assert ("confirmation_number" in told) is (client_id == "basic")
    assert (await poll(site, told, client_id)).json()["error"] == "authorization_pending"
    await decide(site, told)
    site.clock.move(5_000)
    answer = await poll(site, told, client_id)
    assert answer.status_code == 200, answer.text
    claims = await site.claims_of(answer.json()["id_token"], client_id)
    assert claims["sub"] == site.person.sub
    assert claims["urn:openid:params:jwt:claim:auth_req_id"] == told["auth_req_id"]
    assert claims["acr"]
    assert (await site.userinfo(answer.json()["access_token"])).status_code == 200


async def test_ciba_the_message_names_who_asks_and_why_and_the_page_shows_it(site: Site) -> None:
    told = await start(site, binding_message="Шот 77 <b>")
    page = await page_of(site, site.browser())
    assert "Шот 77 &lt;b&gt;" in page.html
    assert "Дүкен" in page.text
    assert f">{told['confirmation_number']}<" not in page.html


async def test_ciba_pending_before_decision_and_slow_down_when_polled_too_fast(site: Site) -> None:
    told = await start(site)
    pending, slow = "authorization_pending", "slow_down"
    for pause, error in ((0, pending), (5_000, pending), (4_999, slow), (9_999, slow), (15_000, pending)):
        site.clock.move(pause)
        assert (await poll(site, told)).json()["error"] == error


async def test_ciba_denied(site: Site) -> None:
    told = await start(site)
    await decide(site, told, "deny")
    assert (await poll(site, told)).json()["error"] == "access_denied"


@pytest.mark.parametrize("number", ["", "x", "000"])
async def test_ciba_one_wrong_number_ends_the_request_and_gives_no_consent(site: Site, number: str) -> None:
    told = await start(site)
    await decide(site, told, number=number)
    assert (await poll(site, told)).json()["error"] == "access_denied"
    assert await site.svc.store.all("select 1 as there from consent") == []


async def test_ciba_auth_req_id_single_use_and_bound_to_client(site: Site) -> None:
    told = await start(site)
    await decide(site, told)
    assert (await poll(site, told, "pkjwt")).json()["error"] == "invalid_grant"
    answers = await asyncio.gather(*(poll(site, told) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
    site.clock.move(60_000)
    assert (await poll(site, told)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("name", ["", "x", "x" * 500, "ключ"])
async def test_ciba_garbage_auth_req_id(site: Site, name: str) -> None:
    assert (await poll(site, {"auth_req_id": name})).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"login_hint": "nobody"}, "unknown_user_id"),
        ({"login_hint": "x" * 5_000}, "unknown_user_id"),
        ({"login_hint": None}, "invalid_request"),
        ({"id_token_hint": "x.y.z"}, "invalid_request"),
        ({"login_hint": None, "id_token_hint": "x.y.z"}, "invalid_request"),
        ({"login_hint": None, "login_hint_token": "x"}, "invalid_request"),
        ({"binding_message": "x" * 5_000}, "invalid_binding_message"),
        ({"binding_message": "a\u202eb"}, "invalid_binding_message"),
        ({"binding_message": "a\nb"}, "invalid_binding_message"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"requested_expiry": "soon"}, "invalid_request"),
        ({"requested_expiry": "0"}, "invalid_request"),
        ({"requested_expiry": "999999999999"}, "invalid_request"),
    ],
)
async def test_ciba_a_wrong_request_is_refused_by_its_rule(
    site: Site, changes: dict[str, str | None], error: str
) -> None:
    answer = await ask(site, **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_ciba_client_authentication_needed(site: Site) -> None:
    for client_id, error in (("nobody", "invalid_client"), ("public", "unauthorized_client")):
        assert (await ask(site, client_id)).json()["error"] == error


async def test_ciba_an_id_token_of_the_person_is_a_hint(site: Site) -> None:
    tokens = await site.tokens()
    assert (await start(site, login_hint=None, id_token_hint=tokens["id_token"]))["auth_req_id"]
    refused = await ask(site, "pkjwt", login_hint=None, id_token_hint=tokens["id_token"])
    assert refused.json()["error"] == "invalid_request"


async def test_ciba_a_phone_does_not_ring_all_night(site: Site) -> None:
    for _ in range(PROMPTS.burst):
        await start(site)
    assert (await ask(site)).status_code == 429


async def test_ciba_over_after_its_time(site: Site) -> None:
    told = await start(site)
    site.clock.move(LIFE_S * 1000)
    assert (await poll(site, told)).json()["error"] == "expired_token"


async def test_ciba_another_person_sees_nothing(site: Site) -> None:
    await add_person(site.svc, 2)
    await start(site)
    browser = site.browser()
    rows = await site.svc.store.all("select id from ciba_request")
    page = await browser.open(f"/ciba/{rows[0]['id']}")
    await site.log_in(browser, page, login="aigul2")
    page = await browser.open(f"/ciba/{rows[0]['id']}")
    assert page.status == 404


async def test_dpop_binds_ciba_token(site: Site) -> None:
    told = await start(site)
    await decide(site, told)
    tokens = (await poll(site, told, dpop=proof(site))).json()
    assert tokens["token_type"] == "DPoP"


async def test_ciba_ping(site: Site) -> None:
    heard: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(line[15:]) for line in head.lower().split("\r\n") if line.startswith("content-length:"))
        heard.extend([head, (await reader.readexactly(length)).decode()])
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 48933)
    assert (await ask(site, "post")).json()["error"] == "invalid_request"
    told = await start(site, "post", client_notification_token="notify-me")
    await decide(site, told)
    await site.svc.courier.carried()
    server.close()
    await server.wait_closed()
    assert "authorization: Bearer notify-me" in heard[0]
    assert heard[1] == f'{{"auth_req_id":"{told["auth_req_id"]}"}}'
    assert (await poll(site, told, "post")).status_code == 200
    assert ISSUER
