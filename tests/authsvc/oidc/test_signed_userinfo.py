"""Userinfo as a JWT (OIDC Core 5.3.2) for clients that registered for it: whose it is, and what it never passes for."""

from typing import Any

import jwt
import pytest

from authsvc.oidc import clients
from authsvc.oidc.jose import ID_TOKEN, NotVerified, signing_keys
from tests.authsvc.oidc.conftest import ISSUER, Site, answer_in
from tests.authsvc.oidc.test_opaque import add, tokens
from tests.authsvc.oidc.test_registration import managing, register

pytestmark = pytest.mark.anyio


async def signed(site: Site, token: str, alg: str, method: str = "GET") -> dict[str, Any]:
    """The claims of an answer that is a JWT of this algorithm, checked by the published keys."""
    answer = await site.userinfo(token, method)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/jwt")
    assert answer.headers["cache-control"] == "no-store"
    assert jwt.get_unverified_header(answer.text)["alg"] == alg
    return await site.claims_of(answer.text, "silent")


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
async def test_a_client_that_registered_for_it_gets_userinfo_signed_for_itself(site_on: Site, alg: str) -> None:
    await add(site_on, userinfo_signed_response_alg=alg)
    said = await tokens(site_on, scope="openid profile")
    told = await signed(site_on, said["access_token"], alg)
    person = site_on.person
    expected = {"iss": ISSUER, "aud": "silent", "sub": person.sub, "name": person.name, "locale": "kk"}
    assert told == expected
    assert await signed(site_on, said["access_token"], alg, "POST") == expected
    assert told["sub"] == (await site_on.claims_of(said["id_token"], "silent"))["sub"]


async def test_without_registration_it_is_plain_json_and_opaque_tokens_open_it_signed_too(site: Site) -> None:
    plain = await site.userinfo((await site.tokens())["access_token"])
    assert plain.headers["content-type"] == "application/json"
    assert plain.json() == {"sub": site.person.sub}
    await add(site, userinfo_signed_response_alg="ES256", access_token_format="opaque")
    token = (await tokens(site))["access_token"]
    assert (await signed(site, token, "ES256"))["sub"] == site.person.sub


async def test_its_sub_is_the_sectors_own_where_subjects_are_pairwise(site: Site) -> None:
    await add(site, userinfo_signed_response_alg="ES256", subject_type="pairwise")
    said = await tokens(site)
    told = await signed(site, said["access_token"], "ES256")
    assert told["sub"] == (await site.claims_of(said["id_token"], "silent"))["sub"] != site.person.sub


async def test_signed_userinfo_passes_for_no_other_token(site: Site) -> None:
    await add(site, userinfo_signed_response_alg="ES256")
    said = await tokens(site)
    answer = (await site.userinfo(said["access_token"])).text
    assert (await site.userinfo(answer)).status_code == 401
    with pytest.raises(NotVerified):
        signing_keys(site.svc.keys).verify(answer, ID_TOKEN)
    assert "exp" not in await site.claims_of(answer, "silent")
    hinted = await site.browser().open(site.address("silent", id_token_hint=answer))
    assert answer_in(hinted)["error"] == "invalid_request"
    form = {"token": answer, "client_id": "silent", "client_secret": site.secrets["silent"]}
    assert (await site.http().post("/oauth/introspect", data=form)).json() == {"active": False}


async def test_a_refusal_stays_a_challenge(site: Site) -> None:
    await add(site, userinfo_signed_response_alg="ES256")
    token = (await tokens(site))["access_token"]
    site.clock.move(600_000)
    answer = await site.userinfo(token)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_a_change_of_the_registration_counts_for_tokens_that_are_out(site: Site) -> None:
    await add(site, userinfo_signed_response_alg="ES256")
    token = (await tokens(site))["access_token"]
    assert (await site.userinfo(token)).headers["content-type"] == "application/jwt"
    party = await clients.find(site.svc, "silent")
    assert party is not None
    without = clients.write_metadata(party).replace('"userinfo_signed_response_alg":"ES256"', "")
    await site.svc.store.transact(
        lambda tx: tx.run("update relying_party set metadata = $2 where id = $1", "silent", without)
    )
    assert (await site.userinfo(token)).json() == {"sub": site.person.sub}


async def test_registration_keeps_it_tells_it_and_refuses_other_algorithms(site: Site) -> None:
    told = (await register(site, userinfo_signed_response_alg="RS256")).json()
    read = (await managing(site, told).get(told["registration_client_uri"])).json()
    assert told["userinfo_signed_response_alg"] == read["userinfo_signed_response_alg"] == "RS256"
    assert "userinfo_signed_response_alg" not in (await register(site)).json()
    for odd in ("none", "HS256", "es256", "", 7, ["ES256"], {}):
        answer = await register(site, userinfo_signed_response_alg=odd)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
        assert "userinfo_signed_response_alg" in answer.json()["error_description"]


async def test_the_metadata_announce_it(site: Site) -> None:
    told = (await site.http().get("/.well-known/openid-configuration")).json()
    assert told["userinfo_signing_alg_values_supported"] == ["ES256", "RS256"]
