"""Token exchange with delegation: RFC 8693; each test is named like its demand."""

from typing import Any

import jwt
import pytest

from authsvc.oidc.exchange import MAX_ACTORS
from authsvc.oidc.relying_party import EXCHANGE_GRANT
from authsvc.oidc.tokens import ACCESS_TOKEN_TYPE
from tests.authsvc.oidc.conftest import RESOURCE, Site

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def exchange(site: Site, token: str, client_id: str = "basic", **changes: str) -> Any:
    form = {
        "grant_type": EXCHANGE_GRANT,
        "subject_token": token,
        "subject_token_type": ACCESS_TOKEN_TYPE,
        **changes,
    }
    return await site.token(client_id, form)


def claims_in(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


async def test_token_exchange_delegation(site: Site) -> None:
    token = (await site.tokens(scope="openid profile"))["access_token"]
    answer = await exchange(site, token, resource=RESOURCE)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["issued_token_type"], told["token_type"]) == (ACCESS_TOKEN_TYPE, "Bearer")
    assert not {"refresh_token", "id_token"} & told.keys()
    claims = claims_in(told["access_token"])
    assert (claims["sub"], claims["aud"], claims["client_id"]) == (site.person.sub, RESOURCE, "basic")
    assert claims["act"] == {"sub": "basic"}
    assert claims["exp"] <= claims_in(token)["exp"]


async def test_token_exchange_by_the_resource_that_the_token_was_for_says_who_acts_for_whom(site: Site) -> None:
    handed = (await exchange(site, (await site.tokens())["access_token"], resource=RESOURCE)).json()["access_token"]
    answer = await exchange(site, handed, "pkjwt")
    claims = claims_in(answer.json()["access_token"])
    assert claims["act"] == {"sub": "pkjwt", "act": {"sub": "basic"}}
    assert claims["sub"] == site.person.sub


async def test_token_exchange_of_a_token_for_somebody_else_refused(site: Site) -> None:
    token = (await site.tokens())["access_token"]
    answer = await exchange(site, token, "pkjwt")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_token_exchange_forged_subject_refused(site: Site) -> None:
    tokens = await site.tokens()
    own = (await site.token("basic", {"grant_type": "client_credentials"})).json()["access_token"]
    forged = jwt.encode(claims_in(tokens["access_token"]), None, "none")
    for token in ("", "x", forged, tokens["access_token"][:-4] + "AAAA", tokens["id_token"], own):
        answer = await exchange(site, token)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_token_exchange_never_widens_and_ends_with_the_grant(site: Site) -> None:
    browser = site.browser()
    token = (await site.tokens(browser=browser, scope="openid profile"))["access_token"]
    wide = await exchange(site, token, scope="openid phone")
    assert wide.json()["error"] == "invalid_scope"
    narrow = (await exchange(site, token, scope="openid")).json()
    assert narrow["scope"] == "openid"
    assert (await site.userinfo(narrow["access_token"])).status_code == 200
    await browser.submit(await browser.open("/logout"))
    assert (await site.userinfo(narrow["access_token"])).status_code == 401
    assert (await exchange(site, token)).json()["error"] == "invalid_request"


async def test_token_exchange_does_not_live_longer_than_the_subject_token(site: Site) -> None:
    token = (await site.tokens())["access_token"]
    site.clock.move(590_000)
    assert (await exchange(site, token)).json()["expires_in"] == 10
    site.clock.move(10_000)
    assert (await exchange(site, token)).json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    "changes",
    [
        {"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"},
        {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"actor_token": "x"},
    ],
)
async def test_token_exchange_other_kinds_refused(site: Site, changes: dict[str, str]) -> None:
    answer = await exchange(site, (await site.tokens())["access_token"], **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_token_exchange_is_not_handed_on_for_ever(site: Site) -> None:
    token = (await site.tokens())["access_token"]
    for _ in range(MAX_ACTORS):
        token = (await exchange(site, token)).json()["access_token"]
    assert (await exchange(site, token)).json()["error"] == "invalid_request"


async def test_token_exchange_is_not_for_public_clients(site: Site) -> None:
    answer = await exchange(site, (await site.tokens("public"))["access_token"], "public")
    assert answer.json()["error"] == "unauthorized_client"
