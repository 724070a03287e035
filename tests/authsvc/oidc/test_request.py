"""Redirects and the authorization request: RFC 6749 3.1.2, RFC 9700 2.1, OIDC Core 3.1.2.1 and 5.5."""

from urllib.parse import quote, urlencode

import pytest

from authsvc.oidc.errors import InvalidAuthorizationRequest
from authsvc.oidc.relying_party import RelyingParty
from authsvc.oidc.request import AuthorizationRequest, check_request, read_locale
from confirmations.assurance import MULTI, SINGLE
from tests.authsvc.oidc.conftest import CHALLENGE, ISSUER, REDIRECT, Site, answer_in, form_of

pytestmark = pytest.mark.anyio

PARTY = RelyingParty("basic", {}, "none", (REDIRECT,), scopes=("openid", "profile"))


def pairs(**changes: str) -> list[tuple[str, str]]:
    asked = {
        "client_id": "basic",
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    return list(asked.items())


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("redirect.other-host-not-followed", "https://evil.example/cb"),
        ("redirect.path-suffix-not-followed", REDIRECT + "/../evil"),
        ("redirect.path-extra-not-followed", REDIRECT + "/more"),
        ("redirect.query-added-not-followed", REDIRECT + "?a=1"),
        ("redirect.userinfo-not-followed", "http://127.0.0.1:48931@evil.example/cb"),
        ("redirect.host-suffix-not-followed", "http://127.0.0.1.evil.example:48931/cb"),
        ("redirect.fragment-not-followed", REDIRECT + "#x"),
        ("redirect.other-scheme-not-followed", REDIRECT.replace("http:", "https:")),
        ("redirect.upper-path-not-followed", REDIRECT.replace("/cb", "/CB")),
        ("redirect.backslash-not-followed", "http://127.0.0.1:48931\\@evil.example/cb"),
        ("redirect.javascript-not-followed", "javascript:alert(1)"),
        ("redirect.data-not-followed", "data:text/html,<script>alert(1)</script>"),
        ("redirect.encoded-slash-not-followed", REDIRECT.replace("/cb", "%2Fcb")),
        ("redirect.empty-not-followed", ""),
        ("redirect.tab-not-followed", REDIRECT + "\t"),
        ("redirect.other-port", REDIRECT.replace("48931", "48932")),
    ],
)
async def test_a_redirect_uri_that_is_not_registered_is_never_followed(site: Site, name: str, uri: str) -> None:
    response = await site.http().get(site.address(redirect_uri=uri))
    assert response.status_code == 400, name
    assert "location" not in response.headers
    assert response.headers["content-type"].startswith("text/html")


async def test_redirect_double_not_followed(site: Site) -> None:
    address = site.address() + "&" + urlencode({"redirect_uri": "https://evil.example/"})
    response = await site.http().get(address)
    assert response.status_code == 400
    assert "location" not in response.headers


@pytest.mark.parametrize("client_id", ["nobody", "", "basic'--", "basic\x00"])
async def test_redirect_unknown_client_not_followed(site: Site, client_id: str) -> None:
    response = await site.http().get(site.address(client_id))
    assert response.status_code == 400
    assert "location" not in response.headers


async def test_redirect_error_page_escapes_input(site: Site) -> None:
    markup = '"><script>alert(1)</script>'
    for changes in ({"redirect_uri": markup}, {"state": markup, "redirect_uri": "https://evil.example"}):
        response = await site.http().get(site.address(**changes))
        assert "<script>" not in response.text
    response = await site.http().get(site.address(markup))
    assert "<script>" not in response.text


async def test_request_unsupported_response_type(site: Site) -> None:
    for kind in ("id_token", "code id_token", "none", "xyz"):
        came = answer_in(await site.browser().open(site.address(response_type=kind)))
        assert (came["error"], came["state"]) == ("unsupported_response_type", "st-1")


async def test_request_implicit_token_refused(site: Site) -> None:
    browser = site.browser()
    await site.arrive(browser)
    for kind in ("token", "code token", "id_token token"):
        page = await browser.open(site.address(response_type=kind))
        assert "error" in answer_in(page)
        assert "access_token" not in page.left


async def test_request_duplicate_parameter_refused(site: Site) -> None:
    for name, value in (("scope", "openid"), ("nonce", "2"), ("state", "2"), ("unknown", "2")):
        address = site.address(unknown="1") + "&" + urlencode({name: value})
        came = answer_in(await site.browser().open(address))
        assert came["error"] == "invalid_request"


async def test_request_unknown_parameter_ignored(site: Site) -> None:
    assert "code" in await site.arrive(site.browser(), colour="blue")


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": "openid \x00"},
        {"max_age": "-1"},
        {"max_age": "soon"},
        {"max_age": "9" * 400},
        {"claims": "{"},
        {"claims": "[]"},
        {"claims": '{"id_token": []}'},
        {"claims": '{"id_token": {"acr": 7}}'},
        {"claims": '{"id_token": {"acr": {"values": 7}}}'},
        {"claims": '{"id_token": {"sub": {"value": 7}}}'},
        {"claims": "[" * 4000},
        {"ui_locales": "../../etc/passwd"},
        {"ui_locales": "\x00 kk"},
        {"prompt": "dance"},
        {"response_mode": "pigeon"},
        {"response_mode": "fragment"},
        {"display": "hologram"},
        {"nonce": "n" * 5000},
        {"state": "s" * 5000},
        {"id_token_hint": "junk"},
        {"id_token_hint": "a.b.c"},
        {"request": "junk"},
        {"request": "e30.e30."},
        {"request_uri": "http://169.254.169.254/latest"},
        {"request_uri": "urn:ietf:params:oauth:request_uri:x"},
        {"registration": "{}"},
        {"login_hint": "<script>alert(1)</script>"},
        {"login_hint": "x" * 5000},
        {"resource": "no uri"},
        {"authorization_details": "{"},
        {"acr_values": "\x00" * 50},
    ],
    ids=str,
)
async def test_request_server_never_500_on_junk(site: Site, changes: dict[str, str]) -> None:
    page = await site.browser().open(site.address(**changes))
    assert page.status < 500
    assert "<script>" not in page.html
    if page.left:
        assert "code" not in answer_in(page)


async def test_a_query_that_is_no_utf8_is_a_page_with_4xx(site: Site) -> None:
    response = await site.http().get("/oauth/authorize?client_id=%ff")
    assert response.status_code == 400
    response = await site.http().get("/oauth/authorize?" + "&".join(f"p{number}=1" for number in range(200)))
    assert response.status_code == 400


async def test_prompt_none_without_session(site: Site) -> None:
    came = answer_in(await site.browser().open(site.address(prompt="none")))
    assert (came["error"], came["state"], came["iss"]) == ("login_required", "st-1", ISSUER)


async def test_prompt_none_with_session(site: Site) -> None:
    browser = site.browser()
    await site.arrive(browser)
    page = await browser.open(site.address(prompt="none"))
    tokens = (await site.redeem(answer_in(page)["code"])).json()
    assert (await site.claims_of(tokens["id_token"]))["sub"] == site.person.sub


async def test_prompt_none_with_a_session_but_no_consent(site: Site) -> None:
    browser = site.browser()
    await site.arrive(browser)
    page = await browser.open(site.address(prompt="none", scope="openid profile"))
    assert answer_in(page)["error"] == "consent_required"


async def test_prompt_none_with_other_prompt_refused(site: Site) -> None:
    came = answer_in(await site.browser().open(site.address(prompt="none login")))
    assert came["error"] == "invalid_request"


@pytest.mark.parametrize("prompt", ["login", "select_account"])
async def test_prompt_login_reauthenticates(site: Site, prompt: str) -> None:
    browser = site.browser()
    first = await site.claims_of((await site.tokens(browser=browser))["id_token"])
    site.clock.move(60_000)
    page = await browser.open(site.address(prompt=prompt))
    assert "password" in form_of(page).fields
    second = await site.claims_of((await site.tokens(browser=browser, prompt=prompt))["id_token"])
    assert second["auth_time"] > first["auth_time"]
    assert second["sid"] == first["sid"]
    assert second["authentication_record"] != first["authentication_record"]


async def test_prompt_consent_asks_again(site: Site) -> None:
    browser = site.browser()
    await site.arrive(browser)
    page = await browser.open(site.address(prompt="consent"))
    assert [value for _, value in form_of(page).buttons] == ["allow", "deny"]


async def test_max_age_auth_time_present_and_elapsed_reauthenticates(site: Site) -> None:
    browser = site.browser()
    first = await site.claims_of((await site.tokens(browser=browser, max_age="600"))["id_token"])
    assert "auth_time" in first
    site.clock.move(599_000)
    assert (await browser.open(site.address(max_age="600"))).left
    site.clock.move(2_000)
    page = await browser.open(site.address(max_age="600"))
    assert "password" in form_of(page).fields
    second = await site.claims_of((await site.tokens(browser=browser, max_age="600"))["id_token"])
    assert second["auth_time"] > first["auth_time"]


async def test_max_age_0_and_prompt_none(site: Site) -> None:
    browser = site.browser()
    await site.arrive(browser)
    site.clock.move(1)
    page = await browser.open(site.address(max_age="0", prompt="none"))
    assert answer_in(page)["error"] == "login_required"


async def test_max_age_0_ends_after_one_login(site: Site) -> None:
    assert "code" in await site.arrive(site.browser(), max_age="0")


async def test_id_token_hint_matching_subject(site: Site) -> None:
    browser = site.browser()
    hint = (await site.tokens(browser=browser))["id_token"]
    site.clock.move(3_600_000 // 6)
    page = await browser.open(site.address(prompt="none", id_token_hint=hint))
    assert "code" in answer_in(page), "an expired ID token is still a hint"


@pytest.mark.parametrize("head", ["eyJhbGciOiJub25lIn0", "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"])
async def test_id_token_hint_forged_alg_none_refused(site: Site, head: str) -> None:
    browser = site.browser()
    hint = (await site.tokens(browser=browser))["id_token"]
    for forged in (f"{head}.{hint.split('.')[1]}.", f"{head}.{'.'.join(hint.split('.')[1:])}"):
        came = answer_in(await browser.open(site.address(prompt="none", id_token_hint=forged)))
        assert "code" not in came


async def test_id_token_hint_of_another_client_or_an_access_token_is_no_hint(site: Site) -> None:
    browser = site.browser()
    tokens = await site.tokens("public", browser=browser)
    await site.arrive(browser)
    for hint in (tokens["id_token"], tokens["access_token"]):
        came = answer_in(await browser.open(site.address(prompt="none", id_token_hint=hint)))
        assert came["error"] == "invalid_request"


async def test_id_token_hint_other_subject_needs_login(site: Site) -> None:
    from tests.authsvc.services import add_person

    other = await add_person(site.svc, 2)
    hints = site.browser()
    page = await site.log_in(hints, await hints.open(site.address()), login=other.login)
    came = answer_in(await hints.submit(page, button="allow"))
    hint = (await site.redeem(came["code"])).json()["id_token"]
    browser = site.browser()
    await site.arrive(browser)
    came = answer_in(await browser.open(site.address(prompt="none", id_token_hint=hint)))
    assert came["error"] == "login_required"
    page = await browser.open(site.address(id_token_hint=hint))
    page = await site.log_in(browser, page)
    assert "code" not in answer_in(page), "who signs in as somebody else than the hint says gets no code"


async def test_claims_userinfo_request_honoured(site: Site) -> None:
    tokens = await site.tokens(claims='{"userinfo": {"name": {"essential": true}, "iin": null}}')
    said = (await site.userinfo(tokens["access_token"])).json()
    assert said == {"sub": site.person.sub, "name": site.person.name}, "no claim of a scope that is not registered"


async def test_scope_claims_minimised(site: Site) -> None:
    tokens = await site.tokens()
    assert (await site.userinfo(tokens["access_token"])).json() == {"sub": site.person.sub}


async def test_acr_requested_value_returned(site: Site) -> None:
    for acr, amr in ((SINGLE, ["pwd"]), (MULTI, ["pwd", "otp", "mfa"])):
        claims = await site.claims_of((await site.tokens(acr_values=acr))["id_token"])
        assert (claims["acr"], claims["amr"]) == (acr, amr)


async def test_acr_essential_unknown_value_not_granted(site: Site) -> None:
    browser = site.browser()
    wish = '{"id_token": {"acr": {"essential": true, "values": ["urn:example:gold"]}}}'
    for _ in range(2):  # without a session, and in a live one
        came = answer_in(await browser.open(site.address(claims=wish)))
        assert came["error"] == "unmet_authentication_requirements"
        await site.arrive(browser)


async def test_amr_array_of_rfc8176_names(site: Site) -> None:
    claims = await site.claims_of((await site.tokens())["id_token"])
    assert claims["amr"]
    assert set(claims["amr"]) <= {"pwd", "otp", "mfa", "pop", "sms", "user", "hwk"}


async def test_step_up_higher_acr_in_live_session(site: Site) -> None:
    browser = site.browser()
    first = await site.claims_of((await site.tokens(browser=browser, acr_values=SINGLE))["id_token"])
    site.clock.move(60_000)
    wish = f'{{"id_token": {{"acr": {{"essential": true, "value": "{MULTI}"}}}}}}'
    page = await browser.open(site.address(claims=wish, ui_locales="en"))
    assert "code" in form_of(page).fields
    assert "password" not in form_of(page).fields, "only the missing factor is asked"
    assert "You are already signed in" in page.text
    from confirmations.methods import totp
    from tests.authsvc.oidc.conftest import SEED

    page = await browser.submit(page, {"code": totp.code_at(SEED, site.clock.now())})
    second = await site.claims_of((await site.redeem(answer_in(page)["code"])).json()["id_token"])
    assert (second["acr"], second["sid"]) == (MULTI, first["sid"])
    assert second["auth_time"] == first["auth_time"]


def test_a_checked_request_comes_back_from_its_json_unchanged() -> None:
    request = check_request(pairs(state="s", nonce="n", max_age="5", prompt="login", acr_values="a b"), PARTY, ISSUER)
    assert AuthorizationRequest.of_json(request.to_json()) == request


def test_scopes_that_are_unknown_or_not_registered_are_left_out() -> None:
    request = check_request(pairs(scope="openid phone profile offline_access email"), PARTY, ISSUER)
    assert request.scopes == ("openid", "profile")


def test_the_acr_of_the_claims_parameter_goes_before_acr_values() -> None:
    wish = '{"id_token": {"acr": {"essential": true, "values": ["x", "y"]}}}'
    request = check_request(pairs(claims=wish, acr_values="z"), PARTY, ISSUER)
    assert (request.acr_values, request.acr_essential) == (("x", "y"), True)


def test_a_parameter_without_a_value_counts_as_absent() -> None:
    with pytest.raises(InvalidAuthorizationRequest, match="response_type is missing"):
        check_request(pairs(response_type=""), PARTY, ISSUER)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("ru", "ru"), ("fr kk-KZ en", "kk"), ("RU-ru", "ru"), ("fr de", None), ("", None), (quote("../kk"), None)],
)
def test_the_first_language_that_we_speak_is_taken(asked: str, expected: str | None) -> None:
    assert read_locale(asked) == expected
