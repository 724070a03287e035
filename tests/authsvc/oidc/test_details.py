"""Authorization details (RFC 9396): an act to confirm and documents to sign, distinct; named like the demands."""

import json
from typing import Any

import httpx2
import jwt
import pytest

from authsvc.oidc.details import MAX_BYTES
from authsvc.oidc.relying_party import DETAILS_TYPES
from authsvc.web.words import say
from tests.authsvc.oidc.conftest import ISSUER, RESOURCE, Browser, Site, answer_in
from tests.authsvc.oidc.test_pushed_and_signed import go, push

pytestmark = pytest.mark.anyio

DIGEST = "4x6nR0CmGXjy0cV0DBjJrHwvjcyYhWSKn5nfQUd-S0U"
CONFIRMATION: dict[str, Any] = {
    "type": "urn:authsvc:confirmation",
    "act": "payment",
    "fields": [{"kind": "payment", "payee": "ТОО «Жібек жолы»", "amount": 12_500_050, "currency": "KZT"}],
    "text": {"ru": "Оплата по счёту № 1147", "en": "Payment of invoice No. 1147"},
}
SIGNATURE: dict[str, Any] = {
    "type": "urn:authsvc:signature",
    "documents": [{"name": "contract.pdf", "digest": DIGEST}],
    "locations": [ISSUER],
}
BOTH = json.dumps([CONFIRMATION, SIGNATURE])


async def granted(site: Site, details: str = BOTH, client_id: str = "basic", **changes: str) -> dict[str, Any]:
    """A whole login with these details: the token response."""
    return await site.tokens(client_id, authorization_details=details, **changes)


@pytest.mark.parametrize("kind", DETAILS_TYPES)
async def test_rar_authorization_details_returned(site: Site, kind: str) -> None:
    metadata = (await site.http().get("/.well-known/openid-configuration")).json()
    assert kind in metadata["authorization_details_types_supported"]
    said = await granted(site, json.dumps([{"type": kind}]))
    assert said["authorization_details"] == [{"type": kind}]
    claims = jwt.decode(said["access_token"], options={"verify_signature": False})
    assert claims["authorization_details"] == [{"type": kind}]


async def test_rar_introspection_says_what_was_granted(site_on: Site) -> None:
    said = await granted(site_on, scope="openid offline_access")
    for token in (said["access_token"], said["refresh_token"]):
        told = (await site_on.token("basic", {"token": token}, "/oauth/introspect")).json()
        assert told["authorization_details"] == [CONFIRMATION, SIGNATURE]


async def test_rar_by_a_pushed_request(site: Site) -> None:
    uri = (await push(site, authorization_details=BOTH)).json()["request_uri"]
    came = await go(site, site.browser(), client_id="basic", request_uri=uri)
    assert (await site.redeem(came["code"])).json()["authorization_details"] == [CONFIRMATION, SIGNATURE]
    refused = await push(site, authorization_details='[{"type":"photo"}]')
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_authorization_details")


@pytest.mark.parametrize("locale", ["kk", "ru", "en"])
async def test_rar_consent_says_it_in_plain_words_and_keeps_the_two_kinds_apart(site: Site, locale: str) -> None:
    browser = site.browser()
    page = await browser.open(site.address(authorization_details=BOTH, ui_locales=locale))
    text = (await site.log_in(browser, page)).text
    confirm, sign = (say(f"rar.{kind}", locale, party="{}").split("{}")[1] for kind in ("confirmation", "signature"))
    assert text.index(confirm) < text.index("ТОО «Жібек жолы»") < text.index(say("rar.nothing_confirmed", locale))
    assert text.index(sign) < text.index("contract.pdf") < text.index(say("rar.nothing_signed", locale))
    assert text.index("Payment of invoice" if locale == "en" else "Оплата по счёту") < text.index(sign)
    assert "125" in text


async def test_rar_the_record_of_the_consent_keeps_what_was_read(site: Site) -> None:
    browser = site.browser()
    page = await site.log_in(browser, await browser.open(site.address(authorization_details=BOTH, ui_locales="ru")))
    answer_in(await browser.submit(page, button="allow"))
    row = await site.svc.store.one("select record_id from entry where type = 'consent' order by idx desc limit 1")
    assert row is not None
    text = (await site.svc.log.vault.blobs(site.svc.store, row["record_id"]))["consent_text"].decode()
    assert "Оплата по счёту № 1147" in text
    assert say("rar.nothing_signed", "ru") in text


async def test_rar_is_agreed_to_anew_each_time(site: Site) -> None:
    browser = site.browser()
    await site.arrive(browser, authorization_details=BOTH)
    page = await browser.open(site.address(authorization_details=BOTH))
    assert not page.left
    came = answer_in(await browser.open(site.address(authorization_details=BOTH, prompt="none")))
    assert came["error"] == "consent_required"
    assert "code" in answer_in(await browser.open(site.address(prompt="none")))


async def test_rar_what_was_not_agreed_to_is_not_granted(site: Site) -> None:
    browser = site.browser()
    page = await site.log_in(browser, await browser.open(site.address(authorization_details=BOTH)))
    assert answer_in(await browser.submit(page, button="deny"))["error"] == "access_denied"


async def test_rar_a_token_request_may_ask_for_less_and_never_for_more(site_on: Site) -> None:
    one, other = json.dumps([CONFIRMATION]), json.dumps([{**CONFIRMATION, "act": "other"}])
    said = await granted(site_on, scope="openid offline_access")
    less = await site_on.refresh(said["refresh_token"], authorization_details=one)
    assert less.json()["authorization_details"] == [CONFIRMATION]
    more = await site_on.refresh(less.json()["refresh_token"], authorization_details=other)
    assert (more.status_code, more.json()["error"]) == (400, "invalid_authorization_details")
    whole = await site_on.refresh(less.json()["refresh_token"])
    assert whole.json()["authorization_details"] == [CONFIRMATION, SIGNATURE]
    came = await site_on.arrive(site_on.browser(), authorization_details=BOTH)
    first = await site_on.redeem(came["code"], authorization_details=one)
    assert first.json()["authorization_details"] == [CONFIRMATION]


async def test_rar_without_a_person_nothing_is_granted(site: Site) -> None:
    for form, path in (
        ({"grant_type": "client_credentials"}, "/oauth/token"),
        ({"scope": "openid"}, "/oauth/device_authorization"),
    ):
        refused = await site.token("basic", {**form, "authorization_details": BOTH}, path)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_authorization_details")


async def test_rar_an_exchanged_token_has_it_only_when_asked(site: Site) -> None:
    said = await granted(site)
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": said["access_token"],
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
    }
    assert "authorization_details" not in (await site.token("basic", form)).json()
    asked = await site.token("basic", {**form, "authorization_details": json.dumps([SIGNATURE])})
    assert asked.json()["authorization_details"] == [SIGNATURE]
    refused = await site.token("basic", {**form, "authorization_details": '[{"type":"urn:authsvc:signature"}]'})
    assert refused.json()["error"] == "invalid_authorization_details"


async def refusal(site: Site, details: str) -> dict[str, str]:
    page = await Browser(site.http()).open(site.address(authorization_details=details))
    return answer_in(page)


@pytest.mark.parametrize(
    "details",
    [
        pytest.param('[{"type":"payment_initiation"}]', id="unknown type"),
        pytest.param('[{"act":"payment"}]', id="no type"),
        pytest.param('[{"type":["urn:authsvc:signature"]}]', id="a type that is no text"),
        pytest.param("[]", id="nothing"),
        pytest.param("{}", id="no array"),
        pytest.param("[1]", id="no object"),
        pytest.param("[", id="no JSON"),
        pytest.param("[" * 2_000, id="deep"),
        pytest.param(json.dumps([{"type": DETAILS_TYPES[0]}] * 6), id="too many"),
        pytest.param(json.dumps([{**CONFIRMATION, "text": {"ru": "я" * MAX_BYTES}}]), id="too long"),
        pytest.param(json.dumps([{**CONFIRMATION, "documents": []}]), id="a member of the other type"),
        pytest.param(json.dumps([{**SIGNATURE, "act": "payment"}]), id="an act to be signed"),
        pytest.param(json.dumps([{**CONFIRMATION, "act": "approval"}]), id="an act of staff"),
        pytest.param(json.dumps([{**CONFIRMATION, "act": "marriage"}]), id="unknown act"),
        pytest.param(json.dumps([{**CONFIRMATION, "fields": [{"kind": "signature"}]}]), id="unknown field"),
        pytest.param(json.dumps([{**CONFIRMATION, "text": {"ru": "до\u202eверие"}}]), id="text that turns round"),
        pytest.param(json.dumps([{**SIGNATURE, "documents": [{"name": "a", "digest": "b"}]}]), id="no digest"),
        pytest.param(json.dumps([{**SIGNATURE, "documents": [7]}]), id="no document"),
        pytest.param(json.dumps([{**SIGNATURE, "locations": ["https://evil.example"]}]), id="foreign location"),
        pytest.param(json.dumps([{**SIGNATURE, "actions": ["a\u0000b"]}]), id="control character"),
        pytest.param(json.dumps([{**SIGNATURE, "actions": "sign"}]), id="no list"),
    ],
)
async def test_rar_unknown_type_refused_and_each_broken_rule_named(site: Site, details: str) -> None:
    came = await refusal(site, details)
    assert came["error"] == "invalid_authorization_details"
    assert came["error_description"]
    assert (came["state"], came["iss"]) == ("st-1", ISSUER)


async def test_rar_markup_stays_text(site: Site) -> None:
    browser = site.browser()
    details = json.dumps([{**CONFIRMATION, "text": {"en": "<script>alert(1)</script>"}, "locations": [RESOURCE]}])
    page = await site.log_in(browser, await browser.open(site.address(authorization_details=details)))
    assert "<script>" not in page.html
    assert "&lt;script&gt;" in page.html


async def register(site: Site, **metadata: object) -> httpx2.Response:
    from authsvc.oidc import registration

    opens = await registration.open_registration(site.svc, days=1)
    body = {"redirect_uris": ["https://rp.example/cb"], **metadata}
    return await site.http(authorization=f"Bearer {opens}").post("/oauth/register", json=body)


async def test_rar_a_client_that_named_its_types_gets_no_others(site: Site) -> None:
    made = await register(site, authorization_details_types=[DETAILS_TYPES[1]])
    assert made.json()["authorization_details_types"] == [DETAILS_TYPES[1]]
    asked = site.parameters(made.json()["client_id"], redirect_uri="https://rp.example/cb", authorization_details=BOTH)
    answer = await site.http().get("/oauth/authorize", params=asked)
    assert "error=invalid_authorization_details" in answer.headers["location"]
    for wrong in (["photo"], "urn:authsvc:signature", [7]):
        refused = await register(site, authorization_details_types=wrong)
        assert refused.json()["error"] == "invalid_client_metadata"
