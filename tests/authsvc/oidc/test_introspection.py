"""Introspection and revocation: RFC 7662, RFC 9701, RFC 7009; each test is named like its demand."""

from typing import Any

import jwt
import pytest

from tests.authsvc.oidc.conftest import ISSUER, RESOURCE, Site

pytestmark = pytest.mark.anyio
OFFLINE = "openid offline_access"


async def introspect(site: Site, token: str, client_id: str = "basic", **headers: str) -> Any:
    return await site.token(client_id, {"token": token}, "/oauth/introspect", **headers)


async def revoke(site: Site, token: str, client_id: str = "basic", **more: str) -> Any:
    return await site.token(client_id, {"token": token, **more}, "/oauth/revoke")


async def is_active(site: Site, token: str) -> bool:
    return bool((await introspect(site, token)).json()["active"])


@pytest.mark.parametrize("client_id", ["basic", "pkjwt", "post"])
async def test_introspection_active_and_members(site: Site, client_id: str) -> None:
    tokens = await site.tokens()
    answer = await introspect(site, tokens["access_token"], client_id)
    told = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert (told["active"], told["client_id"], told["sub"]) == (True, "basic", site.person.sub)
    assert (told["scope"], told["iss"], told["aud"], told["token_type"]) == ("openid", ISSUER, ISSUER, "Bearer")
    assert told["exp"] - told["iat"] == tokens["expires_in"]
    assert "grant" not in told


async def test_introspection_of_a_refresh_token_tells_whose_it_is_and_how_long(site: Site) -> None:
    told = (await introspect(site, (await site.tokens(scope=OFFLINE))["refresh_token"])).json()
    assert (told["active"], told["client_id"], told["scope"]) == (True, "basic", OFFLINE)
    assert "sub" not in told


async def test_introspection_unauthenticated_refused(site: Site) -> None:
    token = (await site.tokens())["access_token"]
    for client_id in ("nobody", "public"):
        answer = await introspect(site, token, client_id)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("token", ["x", "x.y.z", "é", "x" * 9_000, "\0"])
async def test_introspection_garbage_inactive_only(site: Site, token: str) -> None:
    answer = await introspect(site, token)
    assert (answer.status_code, answer.json()) == (200, {"active": False})


async def test_introspection_of_what_is_no_access_or_refresh_token_says_no_more_than_inactive(site: Site) -> None:
    came = await site.arrive(site.browser())
    assert (await introspect(site, came["code"])).json() == {"active": False}
    tokens = (await site.redeem(came["code"])).json()
    assert (await introspect(site, tokens["id_token"])).json() == {"active": False}
    site.clock.move(tokens["expires_in"] * 1000)
    assert (await introspect(site, tokens["access_token"])).json() == {"active": False}


@pytest.mark.parametrize("client_id", ["basic", "post"])
async def test_introspection_jwt_response(site: Site, client_id: str) -> None:
    token = (await site.tokens())["access_token"]
    wanted = "application/token-introspection+jwt"
    for subject, active in ((token, True), ("garbage", False)):
        answer = await introspect(site, subject, client_id, accept=wanted)
        assert answer.headers["content-type"].split(";")[0] == wanted
        assert jwt.get_unverified_header(answer.text)["typ"] == "token-introspection+jwt"
        claims = await site.claims_of(answer.text, client_id)
        assert claims["token_introspection"]["active"] is active
        assert not {"sub", "exp"} & claims.keys()


async def test_at_resource_indicator_sets_audience(site: Site) -> None:
    answer = await site.token("basic", {"grant_type": "client_credentials", "resource": RESOURCE})
    token = answer.json()["access_token"]
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims.keys() >= {"iss", "aud", "client_id", "jti", "sub", "exp", "iat"}
    assert claims["aud"] == RESOURCE
    assert (await introspect(site, token)).json()["aud"] == RESOURCE
    refused = await site.http(authorization=f"Bearer {token}").get("/v1/confirmations/x")
    assert refused.status_code == 401
    assert (await site.userinfo(token)).status_code == 401


async def test_at_unknown_resource_refused(site: Site) -> None:
    for resource in ("https://other.example.kz", "not a URI", RESOURCE + "/"):
        answer = await site.token("basic", {"grant_type": "client_credentials", "resource": resource})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")


async def test_revocation_access_token(site: Site) -> None:
    tokens = await site.tokens(scope=OFFLINE)
    assert (await site.userinfo(tokens["access_token"])).status_code == 200
    assert (await revoke(site, tokens["access_token"])).status_code == 200
    assert not await is_active(site, tokens["access_token"])
    assert (await site.userinfo(tokens["access_token"])).status_code == 401
    assert (await site.refresh(tokens["refresh_token"])).status_code == 200


async def test_revocation_of_a_client_s_own_token_counts_at_once_and_in_another_process_within_a_second(
    site: Site,
) -> None:
    token = (await site.token("basic", {"grant_type": "client_credentials"})).json()["access_token"]
    assert await is_active(site, token)
    await revoke(site, token)
    assert not await is_active(site, token)
    site.clock.move(1_000)
    assert not await is_active(site, token)


async def test_revocation_refresh_token_ends_the_grant(site: Site) -> None:
    tokens = await site.tokens(scope=OFFLINE)
    assert (await revoke(site, tokens["refresh_token"], token_type_hint="access_token")).status_code == 200
    assert (await site.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await site.userinfo(tokens["access_token"])).status_code == 401


@pytest.mark.parametrize("token", ["x", "x.y.z", "é" * 50])
async def test_revocation_unknown_token_200(site: Site, token: str) -> None:
    assert (await revoke(site, token)).status_code == 200


async def test_revocation_unauthenticated_refused(site: Site) -> None:
    answer = await revoke(site, "x", "nobody")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert (await revoke(site, "")).json()["error"] == "invalid_request"


async def test_revocation_other_client_cannot_revoke(site: Site) -> None:
    tokens = await site.tokens(scope=OFFLINE)
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert (await revoke(site, token, "post")).status_code == 200
    assert (await site.userinfo(tokens["access_token"])).status_code == 200
    assert (await site.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_public_client_may_revoke_its_own(site: Site) -> None:
    tokens = await site.tokens("public", scope=OFFLINE)
    assert (await revoke(site, tokens["refresh_token"], "public")).status_code == 200
    assert (await site.refresh(tokens["refresh_token"], "public")).status_code == 400


async def test_code_replay_revokes_the_refresh_token_too(site: Site) -> None:
    came = await site.arrive(site.browser(), scope=OFFLINE)
    tokens = (await site.redeem(came["code"])).json()
    assert (await site.redeem(came["code"])).status_code == 400
    assert (await site.refresh(tokens["refresh_token"])).status_code == 400
