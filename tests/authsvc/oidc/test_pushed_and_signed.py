"""Pushed requests (RFC 9126), signed requests (RFC 9101), signed answers (JARM); each test is named like its demand."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from authsvc.oidc.pushed import PUSHED_S, URI_PREFIX
from tests.authsvc.oidc.conftest import ISSUER, REDIRECT, Browser, Site, answer_in
from tests.authsvc.oidc.test_dpop import KEY, proof

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def push(site: Site, client_id: str = "basic", **changes: str | None) -> Any:
    form = site.parameters(client_id, **changes)
    return await site.token(client_id, form, "/oauth/par")


async def go(site: Site, browser: Browser, **parameters: str) -> dict[str, str]:
    """From a link with these parameters to what comes back, login and consent where they are asked."""
    page = await browser.open("/oauth/authorize?" + "&".join(f"{name}={value}" for name, value in parameters.items()))
    if not page.left:
        page = await site.log_in(browser, page)
    if not page.left:
        page = await browser.submit(page, button="allow")
    return answer_in(page)


@pytest.mark.parametrize("client_id", ["basic", "pkjwt"])
async def test_par_flow_201_and_short_life(site: Site, client_id: str) -> None:
    answer = await push(site, client_id)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert 5 <= told["expires_in"] <= 599
    came = await go(site, site.browser(), client_id=client_id, request_uri=told["request_uri"])
    assert came["state"] == "st-1"
    assert (await site.redeem(came["code"], client_id)).status_code == 200


async def test_par_request_uri_single_use_when_the_code_comes_not_when_the_page_loads(site: Site) -> None:
    uri = (await push(site)).json()["request_uri"]
    browser = site.browser()
    for _ in range(3):
        await site.browser().open(f"/oauth/authorize?client_id=basic&request_uri={uri}")
    assert "code" in await go(site, browser, client_id="basic", request_uri=uri)
    page = await browser.open(f"/oauth/authorize?client_id=basic&request_uri={uri}")
    assert page.status == 400
    assert not page.left


async def test_par_request_uri_bound_to_client_and_over_after_its_time(site: Site) -> None:
    uri = (await push(site)).json()["request_uri"]
    page = await site.browser().open(f"/oauth/authorize?client_id=post&request_uri={uri}")
    assert (page.status, page.left) == (400, "")
    site.clock.move(PUSHED_S * 1000)
    page = await site.browser().open(f"/oauth/authorize?client_id=basic&request_uri={uri}")
    assert (page.status, page.left) == (400, "")


async def test_par_client_authentication_needed(site: Site) -> None:
    answer = await site.token("nobody", site.parameters("basic"), "/oauth/par")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": REDIRECT + "/other"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"request_uri": URI_PREFIX + "x"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"request": "x.y.z"}, "invalid_request_object"),
    ],
)
async def test_par_what_would_be_refused_later_is_refused_at_the_push(
    site: Site, changes: dict[str, str | None], error: str
) -> None:
    answer = await push(site, **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_par_front_channel_parameters_do_not_override(site: Site) -> None:
    uri = (await push(site)).json()["request_uri"]
    came = await go(
        site,
        site.browser(),
        client_id="basic",
        request_uri=uri,
        scope="openid%20phone",
        redirect_uri="https://evil.kz/cb",
        state="other",
    )
    assert came["state"] == "st-1"
    assert (await site.redeem(came["code"])).json()["scope"] == "openid"


@pytest.mark.parametrize("uri", [URI_PREFIX + "x" * 43, "https://127.0.0.1/request", "http://169.254.169.254/", "x"])
async def test_par_unknown_request_uri_and_no_url_is_ever_fetched(site: Site, uri: str) -> None:
    page = await site.browser().open(f"/oauth/authorize?client_id=basic&request_uri={uri}")
    assert (page.status, page.left) == (400, "")
    beside = await site.browser().open(site.address(request_uri=uri))
    assert answer_in(beside)["error"] == "invalid_request_uri"


async def test_par_with_a_proof_binds_the_code_to_its_key(site: Site) -> None:
    answer = await site.token("basic", site.parameters("basic"), "/oauth/par", dpop=proof(site, f"{ISSUER}/oauth/par"))
    came = await go(site, site.browser(), client_id="basic", request_uri=answer.json()["request_uri"])
    assert (await site.redeem(came["code"])).json()["error"] == "invalid_grant"
    other = site.parameters("basic", dpop_jkt="x" * 43)
    refused = await site.token("basic", other, "/oauth/par", dpop=proof(site, f"{ISSUER}/oauth/par"))
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert KEY.kid


def request_object(site: Site, *, key: Any = None, alg: str = "ES256", typ: str = "", **changes: Any) -> str:
    now = site.clock.now() // 1000
    claims: dict[str, Any] = {
        **site.parameters("pkjwt", state="signed"),
        "iss": "pkjwt",
        "aud": ISSUER,
        "exp": now + 60,
        "nbf": now,
        "max_age": 600,
        **changes,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    headers = {"typ": typ or "oauth-authz-req+jwt", "kid": site.key.kid}
    return jwt.encode(claims, key or site.key.private, alg, headers=headers)


async def test_jar_flow_and_outside_parameters_ignored(site: Site) -> None:
    came = await go(
        site, site.browser(), client_id="pkjwt", request=request_object(site), scope="openid%20phone", state="outside"
    )
    assert came["state"] == "signed"
    tokens = (await site.redeem(came["code"], "pkjwt")).json()
    assert tokens["scope"] == "openid"
    assert "auth_time" in await site.claims_of(tokens["id_token"], "pkjwt")


async def test_jar_inside_par(site: Site) -> None:
    form = {"client_id": "pkjwt", "request": request_object(site)}
    uri = (await site.token("pkjwt", form, "/oauth/par")).json()["request_uri"]
    came = await go(site, site.browser(), client_id="pkjwt", request_uri=uri)
    assert came["state"] == "signed"
    assert "code" in came


WRONG: dict[str, dict[str, Any]] = {
    "wrong-key": {"key": ec.derive_private_key(5, ec.SECP256R1())},
    "hs256": {"key": b"k" * 32, "alg": "HS256"},
    "wrong-aud": {"aud": "https://other.example"},
    "no-aud": {"aud": None},
    "wrong-iss": {"iss": "basic"},
    "expired": {"exp": 1},
    "no-exp": {"exp": None},
    "lives-too-long": {"exp": 9_999_999_999},
    "not-yet": {"nbf": 9_999_999_999},
    "too-old": {"nbf": 1},
    "client_id-mismatch": {"client_id": "basic"},
    "nested-request": {"request": "x"},
    "nested-request_uri": {"request_uri": "x"},
    "wrong-type": {"typ": "at+jwt"},
}


@pytest.mark.parametrize("name", WRONG)
async def test_jar_a_wrong_object_is_an_error_and_no_code(site: Site, name: str) -> None:
    page = await site.browser().open(site.address("pkjwt", request=request_object(site, **WRONG[name])))
    assert answer_in(page)["error"] == "invalid_request_object"


async def test_jar_alg_none_and_a_client_without_keys(site: Site) -> None:
    none = jwt.encode({"iss": "pkjwt", "client_id": "pkjwt"}, None, "none")
    page = await site.browser().open(site.address("pkjwt", request=none))
    assert answer_in(page)["error"] == "invalid_request_object"
    page = await site.browser().open(
        site.address("basic", request=request_object(site, iss="basic", client_id="basic"))
    )
    assert answer_in(page)["error"] == "invalid_request_object"


@pytest.mark.parametrize("mode", ["jwt", "query.jwt"])
async def test_jarm_flow(site: Site, mode: str) -> None:
    came = await site.arrive(site.browser(), response_mode=mode)
    assert set(came) == {"response"}
    claims = await site.claims_of(came["response"])
    assert (claims["state"], claims["iss"], claims["aud"]) == ("st-1", ISSUER, "basic")
    assert (await site.redeem(claims["code"])).status_code == 200


async def test_jarm_errors_are_signed_too(site: Site) -> None:
    page = await site.browser().open(site.address(response_mode="jwt", prompt="none"))
    response = dict(parse_qsl(urlsplit(page.left).query))["response"]
    assert (await site.claims_of(response))["error"] == "login_required"


async def test_jarm_form_post(site: Site) -> None:
    browser = site.browser()
    page = await browser.open(site.address(response_mode="form_post.jwt"))
    page = await site.log_in(browser, page)
    page = await browser.submit(page, button="allow")
    fields = page.read().forms[0].fields
    assert set(fields) == {"response"}
    assert (await site.claims_of(fields["response"]))["code"]


async def test_a_signed_answer_is_no_id_token_hint(site: Site) -> None:
    browser = site.browser()
    came = await site.arrive(browser, response_mode="jwt")
    page = await browser.open(site.address(prompt="none", id_token_hint=came["response"]))
    assert answer_in(page)["error"] == "invalid_request"


async def test_metadata_signed(site: Site) -> None:
    told = (await site.http().get("/.well-known/oauth-authorization-server")).json()
    keys = jwt.PyJWKSet.from_dict((await site.http().get("/oauth/jwks")).json())
    signed = told.pop("signed_metadata")
    key = keys[jwt.get_unverified_header(signed)["kid"]]
    claims = jwt.decode(signed, key.key, algorithms=["ES256"], options={"verify_aud": False})
    assert claims == {**told, "iss": ISSUER}
