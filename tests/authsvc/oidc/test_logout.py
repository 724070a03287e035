"""Logout: RP-Initiated 1.0, Back-Channel 1.0; each test is named like its demand."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlencode

import jwt
import pytest

from authsvc.outside.guard import Guard
from authsvc.outside.http import Unreachable
from tests.authsvc.oidc.conftest import BACK_CHANNEL_PORT, BYE, ISSUER, Browser, Site, form_of

pytestmark = pytest.mark.anyio


def address(**asked: str) -> str:
    return f"/oauth/logout?{urlencode(asked)}"


async def is_signed_in(site: Site, browser: Browser) -> bool:
    page = await browser.open(site.address(prompt="none"))
    return "code=" in page.left


@pytest.fixture
async def heard() -> AsyncIterator[list[str]]:
    """The bodies that reach the relying party's back channel."""
    bodies: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(line[15:]) for line in head.lower().split("\r\n") if line.startswith("content-length:"))
        bodies.append((await reader.readexactly(length)).decode())
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, *BACK_CHANNEL_PORT.getsockname())
    yield bodies
    server.close()
    await server.wait_closed()


async def test_logout_rp_initiated(site: Site) -> None:
    browser = site.browser()
    tokens = await site.tokens(browser=browser)
    asked = address(id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE, state="s&1")
    page = await browser.open(asked)
    assert page.left == f"{BYE}?state=s%261"
    assert not await is_signed_in(site, browser)


async def test_logout_by_post_goes_the_same_way(site: Site) -> None:
    browser = site.browser()
    tokens = await site.tokens(browser=browser)
    asked = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BYE}
    answer = await browser.http.post("/oauth/logout", data=asked)
    assert answer.status_code == 303
    page = await browser.open(answer.headers["location"])
    assert page.left == BYE
    assert not await is_signed_in(site, browser)


@pytest.mark.parametrize("uri", ["https://evil.kz/", BYE + "/x", BYE + "?x=1", "javascript:alert(1)", "//evil.kz"])
async def test_logout_unregistered_uri_not_followed(site: Site, uri: str) -> None:
    browser = site.browser()
    tokens = await site.tokens(browser=browser)
    page = await browser.open(address(id_token_hint=tokens["id_token"], post_logout_redirect_uri=uri))
    assert (page.left, page.status) == ("", 200)


async def test_logout_uri_without_hint_or_client_not_followed(site: Site) -> None:
    page = await site.browser().open(address(post_logout_redirect_uri=BYE))
    assert (page.left, page.status) == ("", 200)


async def test_logout_forged_hint_refused(site: Site) -> None:
    browser = site.browser()
    tokens = await site.tokens(browser=browser)
    claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    for hint in (jwt.encode(claims, None, "none"), tokens["access_token"], "x.y.z", "x" * 20_000):
        page = await browser.open(address(id_token_hint=hint, post_logout_redirect_uri=BYE))
        assert (page.left, page.status) == ("", 400)
    assert await is_signed_in(site, browser)


async def test_logout_csrf_get_without_hint_asks_first(site: Site) -> None:
    browser = site.browser()
    await site.tokens(browser=browser)
    page = await browser.open(address(client_id="basic", post_logout_redirect_uri=BYE, state="x"))
    assert (page.left, page.status) == ("", 200)
    assert await is_signed_in(site, browser)
    assert form_of(page).fields["client_id"] == "basic"
    page = await browser.submit(page)
    assert page.left == f"{BYE}?state=x"
    assert not await is_signed_in(site, browser)


async def test_logout_a_hint_of_another_session_asks_too(site: Site) -> None:
    other = await site.tokens()
    browser = site.browser()
    await site.tokens(browser=browser)
    page = await browser.open(address(id_token_hint=other["id_token"], post_logout_redirect_uri=BYE))
    assert page.left == ""
    assert await is_signed_in(site, browser)


async def test_logout_csrf_post_without_cookie_fails(site: Site) -> None:
    browser = site.browser()
    await site.tokens(browser=browser)
    page = await browser.open(address())
    stolen = form_of(page).fields
    answer = await site.http(origin=ISSUER).post("/oauth/logout/confirmed", data=stolen)
    assert answer.status_code >= 400
    assert await is_signed_in(site, browser)


async def test_logout_ends_session_bound_tokens_and_leaves_offline_ones(site: Site) -> None:
    browser = site.browser()
    tokens = await site.tokens(browser=browser)
    offline = await site.tokens(browser=browser, scope="openid offline_access")
    await browser.open(address(id_token_hint=tokens["id_token"]))
    assert (await site.userinfo(tokens["access_token"])).status_code == 401
    assert (await site.refresh(offline["refresh_token"])).status_code == 200


async def test_backchannel_logout_token_delivered_and_valid(site: Site, heard: list[str]) -> None:
    browser = site.browser()
    tokens = await site.tokens(browser=browser)
    about = await site.claims_of(tokens["id_token"])
    await browser.open(address(id_token_hint=tokens["id_token"]))
    await site.svc.courier.carried()
    assert len(heard) == 1
    token = parse_qs(heard[0])["logout_token"][0]
    assert jwt.get_unverified_header(token)["typ"] == "logout+jwt"
    claims = await site.claims_of(token)
    assert (claims["sub"], claims["sid"]) == (about["sub"], about["sid"])
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert claims["exp"] - claims["iat"] <= 120
    assert claims["jti"]
    assert "nonce" not in claims
    refused = await browser.open(address(id_token_hint=token, post_logout_redirect_uri=BYE))
    assert (refused.left, refused.status) == ("", 400)


async def test_backchannel_the_account_s_own_logout_tells_every_party_of_the_session(
    site: Site, heard: list[str]
) -> None:
    browser = site.browser()
    for client_id in ("basic", "post"):
        await site.tokens(client_id, browser=browser)
    await browser.submit(await browser.open("/logout"))
    await site.svc.courier.carried()
    told = [jwt.decode(parse_qs(body)["logout_token"][0], options={"verify_signature": False}) for body in heard]
    assert sorted(claims["aud"] for claims in told) == ["basic", "post"]


async def test_backchannel_that_is_down_is_told_later(site: Site) -> None:
    browser = site.browser()
    tokens = await site.tokens(browser=browser)
    await browser.open(address(id_token_hint=tokens["id_token"]))
    await site.svc.courier.carried()
    assert len(await site.svc.store.all("select id from outbox")) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://user@example.com/",
        "https://0.0.0.0/",
        "ftp://example.com/",
        "https://",
        "https://[",
    ],
)
async def test_no_private_network_is_reached(url: str) -> None:
    with pytest.raises(Unreachable):
        await Guard().resolve(url)


async def test_an_address_that_is_public_is_pinned() -> None:
    assert await Guard().resolve("https://1.1.1.1/x") == "1.1.1.1"
    assert await Guard(sandbox=True).resolve("http://localhost:48931/x") == "127.0.0.1"
