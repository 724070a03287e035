"""Refresh tokens: RFC 6749 6, RFC 9700 4.14, OIDC Core 11 and 12; each test is named like its demand."""

import asyncio
from typing import Any

import pytest

from authsvc.oidc.grants import REFRESH_MS
from tests.authsvc.oidc.conftest import Site

pytestmark = pytest.mark.anyio
OFFLINE = "openid offline_access"


async def offline(site: Site, client_id: str = "basic", **changes: Any) -> dict[str, Any]:
    return await site.tokens(client_id, **{"scope": OFFLINE, **changes})


async def test_refresh_works_and_keeps_identity(site: Site) -> None:
    first = await offline(site)
    site.clock.move(5_000)
    answer = await site.refresh(first["refresh_token"])
    assert answer.status_code == 200, answer.text
    second = answer.json()
    assert second["access_token"] != first["access_token"]
    before, after = await site.claims_of(first["id_token"]), await site.claims_of(second["id_token"])
    for name in ("iss", "sub", "auth_time", "acr", "amr", "sid", "authentication_record"):
        assert after[name] == before[name], name
    assert "nonce" not in after
    assert after["iat"] == before["iat"] + 5
    assert (await site.userinfo(second["access_token"])).status_code == 200
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("client_id", ["basic", "public", "pkjwt"])
async def test_refresh_rotates(site: Site, client_id: str) -> None:
    token = (await offline(site, client_id))["refresh_token"]
    seen = {token}
    for _ in range(3):
        token = (await site.refresh(token, client_id)).json()["refresh_token"]
        assert token not in seen
        seen.add(token)


@pytest.mark.parametrize("client_id", ["basic", "public"])
async def test_refresh_reuse_detected_kills_family(site_on: Site, client_id: str) -> None:
    first = await offline(site_on, client_id)
    second = (await site_on.refresh(first["refresh_token"], client_id)).json()
    assert (await site_on.userinfo(second["access_token"])).status_code == 200
    again = await site_on.refresh(first["refresh_token"], client_id)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    after = await site_on.refresh(second["refresh_token"], client_id)
    assert (after.status_code, after.json()["error"]) == (400, "invalid_grant")
    assert (await site_on.userinfo(second["access_token"])).status_code == 401
    assert (await site_on.userinfo(first["access_token"])).status_code == 401


async def test_refresh_same_second_rotation_still_detects_reuse(site: Site) -> None:
    tokens = [(await offline(site))["refresh_token"]]
    for _ in range(3):
        tokens.append((await site.refresh(tokens[-1])).json()["refresh_token"])
    assert (await site.refresh(tokens[1])).json()["error"] == "invalid_grant"
    assert (await site.refresh(tokens[-1])).json()["error"] == "invalid_grant"


async def test_refresh_families_are_independent(site: Site) -> None:
    browser = site.browser()
    one, other = await offline(site, browser=browser), await offline(site, browser=browser)
    await site.refresh(one["refresh_token"])
    assert (await site.refresh(one["refresh_token"])).status_code == 400
    assert (await site.refresh(other["refresh_token"])).status_code == 200


async def test_refresh_concurrent_use_gives_one_successor_and_no_false_alarm(site_on: Site) -> None:
    token = (await offline(site_on))["refresh_token"]
    answers = await asyncio.gather(*(site_on.refresh(token) for _ in range(16)))
    good = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(good) == 1
    assert {answer.status_code for answer in answers} == {200, 400}
    assert (await site_on.refresh(good[0]["refresh_token"])).status_code == 200


async def test_refresh_scope_narrows_and_never_widens(site: Site) -> None:
    token = (await offline(site, scope="openid profile offline_access"))["refresh_token"]
    wide = await site.refresh(token, scope="openid profile phone")
    assert (wide.status_code, wide.json()["error"]) == (400, "invalid_scope")
    narrow = (await site.refresh(token, scope="openid")).json()
    assert narrow["scope"] == "openid"
    assert "name" not in (await site.userinfo(narrow["access_token"])).json()
    again = (await site.refresh(narrow["refresh_token"])).json()
    assert again["scope"] == "openid profile offline_access"


async def test_refresh_bound_to_client(site: Site) -> None:
    token = (await offline(site))["refresh_token"]
    for other in ("post", "public", "pkjwt"):
        answer = await site.refresh(token, other)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert (await site.refresh(token)).status_code == 200


async def test_refresh_not_usable_as_access_token(site: Site) -> None:
    assert (await site.userinfo((await offline(site))["refresh_token"])).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 500, "ключ", "\0"])
async def test_refresh_garbage(site: Site, token: str) -> None:
    answer = await site.refresh(token)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_refresh_no_offline_access_no_refresh_token(site: Site) -> None:
    assert "refresh_token" not in await site.tokens()


async def test_an_offline_grant_outlives_its_session_and_ends_with_the_consent(site: Site) -> None:
    browser = site.browser()
    tokens = await offline(site, browser=browser)
    site.clock.move(site.svc.settings.session_absolute_seconds * 1000 + 1)
    second = await site.refresh(tokens["refresh_token"])
    assert second.status_code == 200
    page = await browser.open("/consents")
    page = await site.log_in(browser, page)
    await browser.submit(await browser.open("/consents"), button="basic")
    assert (await site.refresh(second.json()["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_refresh_token_that_nobody_uses_is_over_after_its_time(site: Site) -> None:
    token = (await offline(site))["refresh_token"]
    site.clock.move(REFRESH_MS)
    assert (await site.refresh(token)).json()["error"] == "invalid_grant"
