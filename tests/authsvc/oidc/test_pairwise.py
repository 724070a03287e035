"""Pairwise subjects (OIDC Core 8.1): one person, another name for each sector; nothing tells two clients that."""

from typing import Any

import orjson
import pytest

from authsvc.oidc import clients, registration
from authsvc.oidc.relying_party import EXCHANGE_GRANT, RelyingParty
from authsvc.oidc.tokens import ACCESS_TOKEN_TYPE
from authsvc.outside import Message
from tests.authsvc.oidc.conftest import (
    BACK_CHANNEL,
    BYE,
    GRANTS,
    REDIRECT,
    RESOURCE,
    SCOPES,
    VERIFIER,
    Browser,
    Site,
)

pytestmark = pytest.mark.anyio


async def add(site: Site, client_id: str) -> None:
    """A client with pairwise subjects that authenticates as `client_id` with its secret."""
    made = await clients.register(
        site.svc,
        RelyingParty(
            id=client_id,
            name={"kk": "Дәрігер", "ru": "Врач", "en": "Doctor"},
            auth_method="client_secret_post",
            redirect_uris=(REDIRECT,),
            grant_types=GRANTS,
            scopes=SCOPES,
            resources=(RESOURCE,),
            extra={
                "subject_type": "pairwise",
                "post_logout_redirect_uris": [BYE],
                "backchannel_logout_uri": BACK_CHANNEL,
                "ciba_number_display": True,
            },
        ),
        ground="tests",
    )
    site.secrets[client_id] = made.client_secret


async def tokens(site: Site, client_id: str, browser: Browser, resource: str = "", **changes: str) -> dict[str, Any]:
    came = await site.arrive(browser, client_id, **changes)
    form = {"grant_type": "authorization_code", "code": came["code"], "redirect_uri": REDIRECT}
    return await call(site, client_id, {**form, "code_verifier": VERIFIER, "resource": resource})


async def call(site: Site, client_id: str, form: dict[str, str], path: str = "/oauth/token") -> dict[str, Any]:
    sent = {**form, "client_id": client_id, "client_secret": site.secrets[client_id]}
    answer = await site.http().post(path, data=sent)
    assert answer.status_code < 300, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def test_subject_pairwise_offered(site: Site) -> None:
    metadata = (await site.http().get("/.well-known/openid-configuration")).json()
    assert metadata["subject_types_supported"] == ["public", "pairwise"]


async def test_two_sectors_share_nothing_about_one_person_in_one_session(site_on: Site) -> None:
    site = site_on
    for name in ("heart", "teeth"):
        await add(site, name)
    browser = site.browser()
    heart, teeth = [await tokens(site, name, browser, scope="openid profile") for name in ("heart", "teeth")]
    one, other = await site.claims_of(heart["id_token"], "heart"), await site.claims_of(teeth["id_token"], "teeth")
    assert site.person.sub not in (one["sub"], other["sub"])
    assert one["sub"] != other["sub"]
    assert one["sid"] != other["sid"]
    assert "authentication_record" in one
    assert "authentication_record" not in other
    for said, claims in ((heart, one), (teeth, other)):
        assert (await site.userinfo(said["access_token"])).json()["sub"] == claims["sub"]
    again = await tokens(site, "heart", site.browser())
    assert (await site.claims_of(again["id_token"], "heart"))["sub"] == one["sub"]


async def test_introspection_and_refresh_keep_the_name(site: Site) -> None:
    await add(site, "heart")
    said = await tokens(site, "heart", site.browser(), scope="openid offline_access")
    sub = (await site.claims_of(said["id_token"], "heart"))["sub"]
    told = await call(site, "heart", {"token": said["access_token"]}, "/oauth/introspect")
    assert told["sub"] == sub
    again = await call(site, "heart", {"grant_type": "refresh_token", "refresh_token": said["refresh_token"]})
    assert (await site.claims_of(again["id_token"], "heart"))["sub"] == sub


async def test_hints_by_the_name_that_the_client_knows(site: Site) -> None:
    await add(site, "heart")
    browser = site.browser()
    said = await tokens(site, "heart", browser)
    sub = (await site.claims_of(said["id_token"], "heart"))["sub"]
    came = await site.arrive(browser, "heart", prompt="none", id_token_hint=said["id_token"])
    assert "code" in came
    wish = f'{{"id_token":{{"sub":{{"value":"{sub}"}}}}}}'
    assert "code" in await site.arrive(browser, "heart", prompt="none", claims=wish)
    for strange in (site.person.sub, "A" * 22, "x"):
        wish = f'{{"id_token":{{"sub":{{"value":"{strange}"}}}}}}'
        assert (await site.arrive(browser, "heart", prompt="none", claims=wish))["error"] == "login_required"


async def test_logout_by_its_own_token_and_the_logout_token_in_its_own_words(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(site, "heart")
    told: list[Message] = []
    prepare = site.svc.courier.prepare
    monkeypatch.setattr(site.svc.courier, "prepare", lambda message: told.append(message) or prepare(message))
    browser = site.browser()
    said = await tokens(site, "heart", browser)
    claims = await site.claims_of(said["id_token"], "heart")
    page = await browser.open(f"/oauth/logout?id_token_hint={said['id_token']}&post_logout_redirect_uri={BYE}")
    assert page.left == BYE
    about = orjson.loads(told[-1].text)
    assert about == {"aud": "heart", "sub": claims["sub"], "sid": claims["sid"]}


async def test_a_confirmation_and_a_sign_in_are_asked_by_the_name_that_the_client_knows(site: Site) -> None:
    await add(site, "heart")
    said = await tokens(site, "heart", site.browser())
    sub = (await site.claims_of(said["id_token"], "heart"))["sub"]
    own = await call(site, "heart", {"grant_type": "client_credentials"})
    http = site.http(authorization=f"Bearer {own['access_token']}")
    asked = {"act": "change", "fields": [], "text": {"ru": "Изменение адреса"}}
    answer = await http.post("/v1/confirmations", json={**asked, "subject": sub})
    assert answer.json()["statement"]["subject"] == sub
    assert (await http.post("/v1/confirmations", json={**asked, "subject": site.person.sub})).status_code == 404
    begun = await call(site, "heart", {"scope": "openid", "login_hint": sub}, "/oauth/bc-authorize")
    assert begun["auth_req_id"]
    record = (await site.claims_of(said["id_token"], "heart"))["authentication_record"]
    kept = await http.get(f"/v1/evidence/{record}")
    blobs = await site.svc.log.vault.blobs(site.svc.store, record)
    assert f'"subject":"{sub}"'.encode() in blobs["login_statement"]
    assert kept.json()["receipt"]


async def test_an_exchanged_token_calls_the_person_as_its_own_client_knows_them(site: Site) -> None:
    await add(site, "heart")
    said = await tokens(site, "heart", site.browser(), resource=RESOURCE)
    form = {"grant_type": EXCHANGE_GRANT, "subject_token": said["access_token"]}
    made = await site.token("post", {**form, "subject_token_type": ACCESS_TOKEN_TYPE})
    told = (await site.token("post", {"token": made.json()["access_token"]}, "/oauth/introspect")).json()
    assert told["sub"] == site.person.sub


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"subject_type": "secret"}, "invalid_client_metadata"),
        (
            {"subject_type": "pairwise", "redirect_uris": ["https://a.kz/cb", "https://b.kz/cb"]},
            "invalid_client_metadata",
        ),
        ({"subject_type": "pairwise", "sector_identifier_uri": "https://evil.kz/x"}, "invalid_client_metadata"),
        ({"subject_type": "pairwise", "sector_identifier_uri": 7}, "invalid_client_metadata"),
        ({"subject_type": "pairwise", "sector_identifier_uri": "https://[::zz/"}, "invalid_client_metadata"),
        ({"subject_type": "pairwise", "sector_identifier_uri": "https://a.kz/sector"}, ""),
        ({"subject_type": "pairwise"}, ""),
    ],
)
async def test_registration_takes_sectors_that_need_no_fetching(
    site: Site, metadata: dict[str, object], error: str
) -> None:
    opens = await registration.open_registration(site.svc, days=1)
    body = {"redirect_uris": ["https://a.kz/cb"], **metadata}
    answer = await site.http(authorization=f"Bearer {opens}").post("/oauth/register", json=body)
    assert answer.json().get("error", "") == error
    assert error or answer.json()["subject_type"] == "pairwise"
