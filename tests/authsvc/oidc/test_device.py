"""The device grant: RFC 8628; each test is named like its demand."""

import asyncio
import re
from typing import Any

import pytest

from authsvc.oidc.device import LIFE_S, TYPED
from authsvc.oidc.relying_party import DEVICE_GRANT
from authsvc.sandbox.browser import Page
from tests.authsvc.oidc.conftest import ISSUER, Browser, Site, form_of
from tests.authsvc.oidc.test_dpop import KEY, proof

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def start(site: Site, client_id: str = "public", scope: str = "openid") -> dict[str, Any]:
    answer = await site.token(client_id, {"scope": scope}, "/oauth/device_authorization")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def poll(site: Site, code: str, client_id: str = "public", **headers: str) -> Any:
    form = {"grant_type": DEVICE_GRANT, "device_code": code}
    return await site.token(client_id, form, **headers)


async def type_code(site: Site, browser: Browser, code: str, at: str = "/device") -> Page:
    page = await browser.open(at)
    if "password" in form_of(page).fields:
        page = await site.log_in(browser, page)
    return await browser.submit(page, {"user_code": code})


async def answer_with(site: Site, told: dict[str, Any], button: str = "allow", at: str = "/device") -> Page:
    browser = site.browser()
    page = await type_code(site, browser, told["user_code"], at)
    return await browser.submit(page, button=button)


async def test_device_response_members(site: Site) -> None:
    told = await start(site)
    assert len(told["device_code"]) >= 22
    assert re.fullmatch(r"[A-Z]{4}-[A-Z]{4}", told["user_code"])
    assert (told["expires_in"], told["interval"]) == (LIFE_S, 5)
    assert told["verification_uri"] == f"{ISSUER}/device"
    assert told["verification_uri_complete"].startswith(told["verification_uri"])


@pytest.mark.parametrize("client_id", ["public", "basic", "pkjwt"])
async def test_device_flow_by_typed_code(site: Site, client_id: str) -> None:
    told = await start(site, client_id, "openid profile")
    assert (await poll(site, told["device_code"], client_id)).json()["error"] == "authorization_pending"
    await answer_with(site, told)
    site.clock.move(5_000)
    answer = await poll(site, told["device_code"], client_id)
    assert answer.status_code == 200, answer.text
    claims = await site.claims_of(answer.json()["id_token"], client_id)
    assert claims["sub"] == site.person.sub
    assert claims["acr"]
    assert (await site.userinfo(answer.json()["access_token"])).json()["name"] == site.person.name


async def test_device_flow_by_complete_uri_asks_for_the_code_again(site: Site) -> None:
    told = await start(site)
    at = told["verification_uri_complete"].removeprefix(ISSUER)
    browser = site.browser()
    page = await browser.open(at)
    page = await site.log_in(browser, page)
    page = await browser.open(at)
    assert form_of(page).fields["user_code"] == ""
    assert told["user_code"] not in page.text
    assert (await poll(site, told["device_code"])).json()["error"] == "authorization_pending"
    await answer_with(site, told, at=at)
    site.clock.move(5_000)
    assert (await poll(site, told["device_code"])).status_code == 200


async def test_device_pending_then_slow_down(site: Site) -> None:
    code = (await start(site))["device_code"]
    pending, slow = "authorization_pending", "slow_down"
    # Five seconds at first; each poll that comes too early makes it five longer.
    for pause, error in ((0, pending), (5_000, pending), (4_999, slow), (9_999, slow), (15_000, pending)):
        site.clock.move(pause)
        assert (await poll(site, code)).json()["error"] == error


async def test_device_denied(site: Site) -> None:
    told = await start(site)
    page = await answer_with(site, told, "deny")
    assert page.status == 200
    assert (await poll(site, told["device_code"])).json()["error"] == "access_denied"


async def test_device_code_single_use_and_bound_to_client(site: Site) -> None:
    told = await start(site)
    await answer_with(site, told)
    for other in ("basic", "pkjwt"):
        assert (await poll(site, told["device_code"], other)).json()["error"] == "invalid_grant"
    answers = await asyncio.gather(*(poll(site, told["device_code"]) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
    site.clock.move(60_000)
    assert (await poll(site, told["device_code"])).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("code", ["", "BCDF-GHJK", "x" * 300, "<script>", "1234-5678"])
async def test_device_wrong_user_code_refused(site: Site, code: str) -> None:
    told = await start(site)
    page = await type_code(site, site.browser(), code)
    assert page.status == 422
    assert "<script>" not in page.text
    assert (await poll(site, told["device_code"])).json()["error"] == "authorization_pending"


async def test_device_codes_can_not_be_guessed(site: Site) -> None:
    browser = site.browser()
    for _ in range(TYPED.burst):
        page = await type_code(site, browser, "BCDF-GHJK")
        assert page.status == 422
    page = await type_code(site, browser, (await start(site))["user_code"])
    assert page.status == 429


async def test_device_a_code_is_taken_in_small_letters_and_without_its_hyphen(site: Site) -> None:
    told = await start(site)
    page = await type_code(site, site.browser(), told["user_code"].lower().replace("-", " "))
    assert "Дүкен" in page.text


async def test_device_over_after_its_time(site: Site) -> None:
    told = await start(site)
    site.clock.move(LIFE_S * 1000)
    assert (await poll(site, told["device_code"])).json()["error"] == "expired_token"
    assert (await type_code(site, site.browser(), told["user_code"])).status == 422


async def test_device_refresh_token_with_offline_access(site: Site) -> None:
    told = await start(site, scope="openid offline_access")
    await answer_with(site, told)
    tokens = (await poll(site, told["device_code"])).json()
    assert (await site.refresh(tokens["refresh_token"], "public")).status_code == 200


async def test_dpop_binds_device_token(site: Site) -> None:
    told = await start(site)
    await answer_with(site, told)
    tokens = (await poll(site, told["device_code"], dpop=proof(site))).json()
    assert tokens["token_type"] == "DPoP"
    assert KEY.kid


async def test_device_needs_the_permission_and_a_client(site: Site) -> None:
    refused = await site.token("post", {"scope": "profile"}, "/oauth/device_authorization")
    assert refused.json()["error"] == "invalid_scope"
    nobody = await site.token("nobody", {"scope": "openid"}, "/oauth/device_authorization")
    assert (nobody.status_code, nobody.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("code", ["", "x", "x" * 500, "ключ"])
async def test_device_unknown_code(site: Site, code: str) -> None:
    assert (await poll(site, code)).json()["error"] == "invalid_grant"
