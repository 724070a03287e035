"""Authorization code flow: RFC 6749 4.1, RFC 7636, OIDC Core 3.1, RFC 9207; each test is named like its demand."""

import asyncio

import jwt
import pytest

from authsvc.login.sessions import hash_token
from authsvc.oidc.jose import half_hash
from confirmations.assurance import MULTI
from tests.authsvc.oidc.conftest import CHALLENGE, ISSUER, REDIRECT, Site, answer_in, form_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("client_id", ["basic", "pkjwt", "public"])
async def test_code_flow(site: Site, client_id: str) -> None:
    tokens = await site.tokens(client_id)
    claims = await site.claims_of(tokens["id_token"], client_id)
    assert claims["aud"] == client_id
    assert claims["sub"] == site.person.sub
    assert (await site.userinfo(tokens["access_token"])).json()["sub"] == site.person.sub


async def test_code_state_echoed_and_iss_in_response(site: Site) -> None:
    came = await site.arrive(site.browser(), state="odd & state/ü")
    assert came["state"] == "odd & state/ü"
    assert came["iss"] == ISSUER


async def test_code_id_token_claims(site: Site) -> None:
    tokens = await site.tokens()
    claims = await site.claims_of(tokens["id_token"])
    now = site.clock.now() // 1000
    assert claims["iss"] == ISSUER
    assert claims["nonce"] == "no-1"
    assert len(claims["sub"]) <= 255
    assert claims["exp"] > now
    assert abs(claims["iat"] - now) < 60
    header = jwt.get_unverified_header(tokens["id_token"])
    assert header["alg"] == "ES256"
    assert header["kid"]
    assert header["typ"] == "JWT"


async def test_code_at_hash_matches(site: Site) -> None:
    tokens = await site.tokens()
    assert (await site.claims_of(tokens["id_token"]))["at_hash"] == half_hash(tokens["access_token"])


async def test_the_id_token_says_what_really_happened_and_names_its_record(site: Site) -> None:
    claims = await site.claims_of((await site.tokens())["id_token"])
    assert claims["acr"] == MULTI
    assert claims["amr"] == ["pwd", "otp", "mfa"]
    assert claims["auth_time"] == site.clock.now() // 1000
    settled = await site.svc.log.find(claims["authentication_record"])
    assert settled is not None
    assert b"\nauthentication\n" in settled.entry
    disclosed = await site.svc.log.vault.disclosures(site.svc.store, claims["authentication_record"])
    assert {one.name: one.value for one in disclosed}["login_session"] == claims["sid"]


async def test_no_token_holds_personal_data(site: Site) -> None:
    tokens = await site.tokens(scope="openid profile phone")
    for name in ("id_token", "access_token"):
        payload = jwt.decode(tokens[name], options={"verify_signature": False})
        text = str(payload)
        assert "Айгүл" not in text
        assert site.person.subject.removeprefix("iin:") not in text
        assert "+7701" not in text


async def test_code_token_response_no_store(site: Site) -> None:
    came = await site.arrive(site.browser())
    response = await site.redeem(came["code"])
    assert response.headers["cache-control"] == "no-store"
    assert response.json()["token_type"] == "Bearer"
    assert response.json()["expires_in"] > 0


async def test_rs256_for_a_client_that_registered_it(site: Site) -> None:
    tokens = await site.tokens("post")
    assert jwt.get_unverified_header(tokens["id_token"])["alg"] == "RS256"
    assert (await site.claims_of(tokens["id_token"], "post"))["sub"] == site.person.sub


@pytest.mark.parametrize(
    ("name", "changes", "errors"),
    [
        ("code.wrong-verifier", {"code_verifier": "w" * 43}, {"invalid_grant"}),
        ("code.missing-verifier", {"code_verifier": None}, {"invalid_grant", "invalid_request"}),
        ("code.redirect-uri-mismatch-at-token", {"redirect_uri": REDIRECT + "/x"}, {"invalid_grant"}),
        ("redirect_uri missing", {"redirect_uri": None}, {"invalid_grant"}),
        ("code.unknown-code", {"code": "x" * 43}, {"invalid_grant"}),
        ("code too long", {"code": "x" * 5000}, {"invalid_grant"}),
        ("code empty", {"code": ""}, {"invalid_grant"}),
        ("verifier of another alphabet", {"code_verifier": "ü" * 43}, {"invalid_grant"}),
    ],
)
async def test_a_code_is_bound_to_all_of_its_request(
    site: Site, name: str, changes: dict[str, str | None], errors: set[str]
) -> None:
    came = await site.arrive(site.browser())
    response = await site.redeem(came["code"], **changes)
    assert response.status_code == 400, name
    assert response.json()["error"] in errors
    assert (await site.redeem(came["code"])).status_code == 200, "a wrong try does not use the code up"


async def test_code_pkce_downgrade_no_challenge_in_request(site: Site) -> None:
    for client_id in ("basic", "public"):
        page = await site.browser().open(site.address(client_id, code_challenge=None, code_challenge_method=None))
        came = answer_in(page)
        assert came["error"] == "invalid_request"
        assert "code" not in came


@pytest.mark.parametrize("method", ["plain", "s256", None])
async def test_code_pkce_plain_refused(site: Site, method: str | None) -> None:
    page = await site.browser().open(site.address(code_challenge_method=method))
    assert answer_in(page)["error"] == "invalid_request"


@pytest.mark.parametrize("challenge", ["a" * 42, "a" * 44, "a" * 42 + "=", "a" * 42 + "+", CHALLENGE + "\n", "ü" * 43])
async def test_code_pkce_short_challenge_refused(site: Site, challenge: str) -> None:
    page = await site.browser().open(site.address(code_challenge=challenge))
    assert answer_in(page)["error"] == "invalid_request"


async def test_code_replay_refused_and_revokes_issued_tokens(site: Site) -> None:
    came = await site.arrive(site.browser())
    tokens = (await site.redeem(came["code"])).json()
    assert (await site.userinfo(tokens["access_token"])).status_code == 200
    again = await site.redeem(came["code"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert (await site.userinfo(tokens["access_token"])).status_code == 401


async def test_another_client_can_not_end_tokens_by_replaying_a_code(site: Site) -> None:
    came = await site.arrive(site.browser())
    tokens = (await site.redeem(came["code"])).json()
    assert (await site.redeem(came["code"], "public")).json()["error"] == "invalid_grant"
    assert (await site.userinfo(tokens["access_token"])).status_code == 200


async def test_code_concurrent_redemption_gives_one_success(site_on: Site) -> None:
    came = await site_on.arrive(site_on.browser())
    answers = await asyncio.gather(*(site_on.redeem(came["code"]) for _ in range(16)))
    assert sum(answer.status_code == 200 for answer in answers) == 1
    assert {answer.status_code for answer in answers} == {200, 400}


async def test_code_bound_to_client(site: Site) -> None:
    came = await site.arrive(site.browser())
    for other in ("pkjwt", "public"):
        response = await site.redeem(came["code"], other)
        assert response.json()["error"] == "invalid_grant"


async def test_code_expires_and_is_opaque(site: Site) -> None:
    came = await site.arrive(site.browser())
    assert len(came["code"]) >= 22
    site.clock.move(60_000)
    assert (await site.redeem(came["code"])).json()["error"] == "invalid_grant"


async def test_a_code_is_stored_as_its_hash_alone(site: Site) -> None:
    came = await site.arrive(site.browser())
    row = await site.svc.store.one("select * from code")
    assert row is not None
    assert bytes(row["hash"]) == hash_token(came["code"])
    assert came["code"] not in str(dict(row))


async def test_code_form_post_response_mode(site: Site) -> None:
    browser = site.browser()
    await site.arrive(browser)
    page = await browser.open(site.address(response_mode="form_post"))
    form = form_of(page)
    assert form.action == REDIRECT
    assert form.method == "post"
    assert form.fields["state"] == "st-1"
    assert form.fields["iss"] == ISSUER
    assert len(form.buttons) == 1, "it works by a button without scripts"
    response = await browser.http.get(site.address(response_mode="form_post"))
    assert f"form-action 'self' {REDIRECT.removesuffix('/cb')};" in response.headers["content-security-policy"]
    assert "script-src 'self'" in response.headers["content-security-policy"]
    assert (await site.redeem(form.fields["code"])).status_code == 200


async def test_code_post_to_authorization_endpoint(site: Site) -> None:
    browser = site.browser()
    response = await browser.http.post(
        "/oauth/authorize", data=site.parameters(), headers={"origin": "https://rp.example"}
    )
    assert response.status_code == 303
    page = await browser.open(response.headers["location"])
    assert "password" in form_of(page).fields


async def test_code_user_denies(site: Site) -> None:
    for button in ("deny",):
        browser = site.browser()
        page = await site.log_in(browser, await browser.open(site.address()))
        came = answer_in(await browser.submit(page, button=button))
        assert (came["error"], came["state"], came["iss"]) == ("access_denied", "st-1", ISSUER)
        assert "code" not in came
    browser = site.browser()
    came = answer_in(await browser.submit(await browser.open(site.address()), button="cancel"))
    assert (came["error"], came["state"], came["iss"]) == ("access_denied", "st-1", ISSUER)


async def test_code_wrong_password_gives_no_code(site: Site) -> None:
    browser = site.browser()
    page = await site.log_in(browser, await browser.open(site.address(ui_locales="en")), password="wrong")
    assert "password" in form_of(page).fields
    assert "something that you typed is not right" in page.text


async def test_code_openid_client_refuses_other_issuer_so_iss_is_always_there(site: Site) -> None:
    page = await site.browser().open(site.address(prompt="none"))
    assert answer_in(page)["iss"] == ISSUER
    page = await site.browser().open(site.address(response_type="token"))
    assert answer_in(page)["iss"] == ISSUER
