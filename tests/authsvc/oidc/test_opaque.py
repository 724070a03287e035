"""Opaque access tokens: they say nothing, and all that a JWT does; and how strongly the person signed in (RFC 9470)."""

import base64
from typing import Any

import jwt
import pytest

from authsvc.oidc import clients
from authsvc.oidc.access import OPAQUE
from authsvc.oidc.relying_party import RelyingParty
from tests.authsvc.oidc.conftest import GRANTS, REDIRECT, RESOURCE, SCOPES, VERIFIER, Site

pytestmark = pytest.mark.anyio
SINGLE, MULTI = "urn:authsvc:acr:single", "urn:authsvc:acr:multi"


async def add(site: Site, name: str = "silent", **extra: object) -> None:
    made = await clients.register(
        site.svc,
        RelyingParty(
            id=name,
            name={"kk": "Дүкен", "ru": "Магазин", "en": "Shop"},
            auth_method="client_secret_post",
            redirect_uris=(REDIRECT,),
            grant_types=GRANTS,
            scopes=(*SCOPES, "iin"),
            resources=(RESOURCE,),
            extra=extra,
        ),
        ground="tests",
    )
    site.secrets[name] = made.client_secret


async def call(site: Site, path: str, form: dict[str, str], name: str = "silent") -> Any:
    sent = {**form, "client_id": name, "client_secret": site.secrets[name]}
    return await site.http().post(path, data=sent)


async def tokens(site: Site, name: str = "silent", **changes: str) -> dict[str, Any]:
    browser = site.browser()
    page = await site.log_in(browser, await browser.open(site.address(name, **changes)))
    page = page if page.left else await browser.submit(page, button="allow")
    code = page.left.split("code=")[1].split("&")[0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    said: dict[str, Any] = (await call(site, "/oauth/token", form, name)).json()
    return said


async def test_an_opaque_token_says_nothing_and_opens_userinfo(site_on: Site) -> None:
    await add(site_on, access_token_format="opaque")
    said = await tokens(site_on, scope="openid profile")
    token = said["access_token"]
    assert token.startswith(OPAQUE)
    assert site_on.person.sub.encode() not in base64.urlsafe_b64decode(token[len(OPAQUE) :] + "===")
    assert (await site_on.userinfo(token)).json()["sub"] == site_on.person.sub
    told = (await call(site_on, "/oauth/introspect", {"token": token})).json()
    assert (told["active"], told["client_id"], told["scope"]) == (True, "silent", "openid profile")
    assert said["access_token"] != (await tokens(site_on))["access_token"]


async def test_it_ends_by_revocation_and_with_its_time(site: Site) -> None:
    await add(site, access_token_format="opaque")
    one, other = (await tokens(site))["access_token"], (await tokens(site))["access_token"]
    await call(site, "/oauth/revoke", {"token": one})
    assert (await site.userinfo(one)).status_code == 401
    assert (await site.userinfo(other)).status_code == 200
    site.clock.move(601_000)
    assert (await call(site, "/oauth/introspect", {"token": other})).json() == {"active": False}


async def test_forged_opaque_tokens(site: Site) -> None:
    await add(site, access_token_format="opaque")
    token = (await tokens(site))["access_token"]
    swapped = token[:-1] + ("A" if token[-1] != "A" else "B")
    short, long = token[:-4], OPAQUE + "A" * 50_000
    for forged in (swapped, short, long, token + "=", token + "A", OPAQUE, OPAQUE + "ы", token[3:]):
        bearer = {"authorization": f"Bearer {forged}".encode()}
        assert (await site.http().get("/oauth/userinfo", headers=bearer)).status_code == 401
        assert (await call(site, "/oauth/introspect", {"token": forged})).json() == {"active": False}


async def test_registration_knows_two_formats(site: Site) -> None:
    from authsvc.oidc import registration

    opens = await registration.open_registration(site.svc, days=1)
    for told, status in (("opaque", 201), ("jwt", 201), ("paseto", 400)):
        body = {"redirect_uris": ["https://rp.example/cb"], "access_token_format": told}
        answer = await site.http(authorization=f"Bearer {opens}").post("/oauth/register", json=body)
        assert answer.status_code == status


async def test_step_up_the_token_and_introspection_say_how_the_person_signed_in(site: Site) -> None:
    said = await site.tokens(acr_values=MULTI)
    claims = jwt.decode(said["access_token"], options={"verify_signature": False})
    told = (await site.token("basic", {"token": said["access_token"]}, "/oauth/introspect")).json()
    id_token = await site.claims_of(said["id_token"])
    for name in ("acr", "auth_time"):
        assert claims[name] == told[name] == id_token[name]
    own = (await site.token("basic", {"grant_type": "client_credentials"})).json()
    assert "acr" not in jwt.decode(own["access_token"], options={"verify_signature": False})


async def test_step_up_a_resource_says_which_acr_it_needs_and_gets_it(site: Site) -> None:
    await add(site, "registry")
    weak = await tokens(site, "registry", scope="openid iin", acr_values=SINGLE)
    refused = await site.userinfo(weak["access_token"])
    challenge = refused.headers["www-authenticate"]
    assert refused.status_code == 401
    assert 'error="insufficient_user_authentication"' in challenge
    assert f'acr_values="{MULTI}"' in challenge
    strong = await tokens(site, "registry", scope="openid iin", acr_values=MULTI)
    assert (await site.userinfo(strong["access_token"])).json()["iin"] == site.person.subject.removeprefix("iin:")
