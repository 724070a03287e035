"""FAPI 2.0 Security Profile and Message Signing, FAPI-CIBA: one switch per client; tests named like the demands."""

import asyncio
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from authsvc.errors import InvalidRequest
from authsvc.keys import Es256Key, b64url
from authsvc.oidc import clients
from authsvc.oidc.relying_party import CIBA_GRANT, RelyingParty
from tests.authsvc.oidc.conftest import GRANTS, ISSUER, REDIRECT, VERIFIER, Browser, Site
from tests.authsvc.oidc.test_dpop import TOKEN, proof
from tests.authsvc.oidc.test_pushed_and_signed import go

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
NAMES = {"kk": "Банк", "ru": "Банк", "en": "Bank"}


def party(key: Es256Key, profile: str, **changes: Any) -> RelyingParty:
    extra = {"fapi_profile": profile, "dpop_bound_access_tokens": True, "ciba_number_display": True}
    told: dict[str, Any] = {
        "id": profile.replace("_", "-"),
        "name": NAMES,
        "auth_method": "private_key_jwt",
        "redirect_uris": (REDIRECT,),
        "grant_types": GRANTS,
        "scopes": ("openid", "profile", "offline_access"),
        "jwks": ({**key.jwk, "kid": key.kid},),
        "id_token_alg": "ES256",
        "introspection_alg": "ES256",
        "response_alg": "ES256",
        **changes,
    }
    return RelyingParty(**{**told, "extra": {**extra, **changes.get("extra", {})}})


@dataclass
class Bank:
    """A client under a profile, as it calls."""

    site: Site
    name: str

    async def call(self, path: str, form: dict[str, Any], *, dpop: bool = True, **headers: str) -> Any:
        claims = {"iss": self.name, "sub": self.name}
        sent = {**form, **self.site.assertion_form(self.site.assert_client(**claims))}
        if dpop:
            headers["dpop"] = proof(self.site, ISSUER + path)
        return await self.site.http(**headers).post(path, data={k: v for k, v in sent.items() if v is not None})

    def sign(self, *, key: Any = None, typ: str = "oauth-authz-req+jwt", **changes: Any) -> str:
        now = self.site.clock.now() // 1000
        times = {
            "iss": self.name,
            "aud": ISSUER,
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "jti": b64url(self.site.svc.entropy(16)),
        }
        claims = {name: value for name, value in {**times, **changes}.items() if value is not None}
        return jwt.encode(claims, key or self.site.key.private, "ES256", headers={"kid": self.site.key.kid, "typ": typ})

    async def push(self, **changes: Any) -> Any:
        return await self.call("/oauth/par", self.site.parameters(self.name, **changes), dpop=False)

    async def push_signed(self, **changes: Any) -> Any:
        asked = {**self.site.parameters(self.name, response_mode="jwt"), **changes}
        return await self.call("/oauth/par", {"client_id": self.name, "request": self.sign(**asked)}, dpop=False)

    async def login(self, browser: Browser, **changes: Any) -> dict[str, Any]:
        """A whole login: the token response."""
        uri = (await self.push(**changes)).json()["request_uri"]
        came = await go(self.site, browser, client_id=self.name, request_uri=uri)
        answer = await self.redeem(came["code"])
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    async def redeem(self, code: str, *, dpop: bool = True) -> Any:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
        return await self.call("/oauth/token", form, dpop=dpop)


async def bank_on(site: Site, profile: str) -> Bank:
    await clients.register(site.svc, party(site.key, profile), ground="tests")
    return Bank(site, profile.replace("_", "-"))


@pytest.fixture
async def bank(site: Site) -> Bank:
    return await bank_on(site, "fapi2_security")


@pytest.fixture
async def signer(site: Site) -> Bank:
    return await bank_on(site, "fapi2_message_signing")


async def test_fapi_a_whole_login_with_par_pkce_private_key_jwt_and_dpop(bank: Bank) -> None:
    said = await bank.login(bank.site.browser())
    assert said["token_type"] == "DPoP"
    claims = await bank.site.claims_of(said["id_token"], bank.name)
    assert claims["iss"] == ISSUER
    assert jwt.get_unverified_header(said["id_token"])["alg"] == "ES256"


async def test_fapi_only_pushed_requests(bank: Bank) -> None:
    page = await bank.site.browser().open(bank.site.address(bank.name))
    assert "error=invalid_request" in page.left
    assert "request_uri" in page.left


async def test_fapi_only_bound_tokens(bank: Bank) -> None:
    refused = await bank.call("/oauth/token", {"grant_type": "client_credentials"}, dpop=False)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof")
    uri = (await bank.push()).json()["request_uri"]
    came = await go(bank.site, bank.site.browser(), client_id=bank.name, request_uri=uri)
    assert (await bank.redeem(came["code"], dpop=False)).json()["error"] == "invalid_dpop_proof"
    assert (await bank.redeem(came["code"])).status_code == 200  # what was refused used nothing up


async def test_fapi_refresh_tokens_do_not_rotate_and_eight_at_once_all_succeed(site_on: Site) -> None:
    bank = await bank_on(site_on, "fapi2_security")
    said = await bank.login(site_on.browser(), scope="openid offline_access")
    form = {"grant_type": "refresh_token", "refresh_token": said["refresh_token"]}
    answers = await asyncio.gather(*(bank.call("/oauth/token", form) for _ in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert all("refresh_token" not in answer.json() for answer in answers)
    assert len({answer.json()["access_token"] for answer in answers}) == 8
    site_on.clock.move(29 * 86_400_000)
    assert (await bank.call("/oauth/token", form)).status_code == 200
    assert (await site_on.refresh(said["refresh_token"])).json()["error"] == "invalid_grant"


async def test_fapi_a_refresh_asks_for_less_never_for_more_and_ends_with_its_grant(bank: Bank) -> None:
    said = await bank.login(bank.site.browser(), scope="openid offline_access")
    form = {"grant_type": "refresh_token", "refresh_token": said["refresh_token"]}
    assert (await bank.call("/oauth/token", {**form, "scope": "openid"})).json()["scope"] == "openid"
    wider = await bank.call("/oauth/token", {**form, "scope": "openid profile"})
    assert wider.json()["error"] == "invalid_scope"
    await bank.call("/oauth/revoke", {"token": said["refresh_token"]}, dpop=False)
    assert (await bank.call("/oauth/token", form)).json()["error"] == "invalid_grant"


RSA = jwt.algorithms.RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048).public_key(), as_dict=True)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"auth_method": "client_secret_basic", "jwks": ()}, id="a secret"),
        pytest.param({"auth_method": "none", "grant_types": ("authorization_code",), "jwks": ()}, id="public"),
        pytest.param({"extra": {"dpop_bound_access_tokens": False}}, id="bearer tokens"),
        pytest.param({"id_token_alg": "RS256"}, id="RS256 for ID tokens"),
        pytest.param({"response_alg": "RS256"}, id="RS256 for answers"),
        pytest.param({"introspection_alg": "RS256"}, id="RS256 for introspection"),
        pytest.param({"extra": {"userinfo_signed_response_alg": "RS256"}}, id="RS256 for userinfo"),
        pytest.param({"jwks": ({**RSA, "alg": "RS256"},)}, id="RS256 key"),
        pytest.param({"extra": {"fapi_profile": "fapi1"}}, id="another profile"),
        pytest.param({"redirect_uris": ("http://bank.kz/cb",)}, id="plain http"),
    ],
)
async def test_fapi_registration_that_would_break_the_profile_is_refused(site: Site, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        await clients.register(site.svc, party(site.key, "fapi2_security", **changes), ground="tests")


async def test_message_signing_a_whole_login_signed_both_ways(signer: Bank) -> None:
    uri = (await signer.push_signed()).json()["request_uri"]
    browser = signer.site.browser()
    page = await browser.open(f"/oauth/authorize?client_id={signer.name}&request_uri={uri}")
    page = await browser.submit(await signer.site.log_in(browser, page), button="allow")
    assert set(page.left.split("?")[1].split("=")) & {"code", "state", "iss"} == set()
    token = page.left.split("response=")[1]
    assert jwt.get_unverified_header(token)["alg"] == "ES256"
    said = await signer.site.claims_of(token, signer.name)
    assert (said["iss"], said["state"]) == (ISSUER, "st-1")
    minted = (await signer.redeem(said["code"])).json()
    told = await signer.call("/oauth/introspect", {"token": minted["access_token"]}, dpop=False)
    assert told.headers["content-type"] == "application/token-introspection+jwt"


async def test_message_signing_nothing_unsigned(signer: Bank) -> None:
    for changes in ({}, {"response_mode": "jwt"}):
        refused = await signer.push(**changes)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    refused = await signer.push_signed(response_mode="query")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"nbf": None}, id="no nbf"),
        pytest.param({"exp": None}, id="no exp"),
        pytest.param({"nbf": -3_700}, id="nbf 61 minutes old"),
        pytest.param({"nbf": 700}, id="nbf ahead"),
        pytest.param({"nbf": -60, "exp": 3_590}, id="exp more than an hour after nbf"),
        pytest.param({"aud": "https://other.example"}, id="another aud"),
        pytest.param({"iss": "basic"}, id="another iss"),
        pytest.param({"client_id": "basic"}, id="another client_id"),
        pytest.param({"key": ec.derive_private_key(5, ec.SECP256R1())}, id="a stranger's key"),
        pytest.param({"typ": "at+jwt"}, id="another type"),
    ],
)
async def test_message_signing_each_wrong_request_object_is_refused(signer: Bank, changes: dict[str, Any]) -> None:
    now = signer.site.clock.now() // 1000
    timed = {
        name: now + value if name in ("nbf", "exp") and value is not None else value for name, value in changes.items()
    }
    refused = await signer.push_signed(**timed)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request_object")


async def test_message_signing_a_request_object_is_pushed_once(signer: Bank) -> None:
    token = signer.sign(**signer.site.parameters(signer.name, response_mode="jwt"))
    first, again = [await signer.call("/oauth/par", {"request": token}, dpop=False) for _ in range(2)]
    assert (first.status_code, again.json()["error"]) == (201, "invalid_request_object")


async def test_fapi_ciba_a_request_has_a_context(bank: Bank) -> None:
    form = {"scope": "openid", "login_hint": "aigul1"}
    refused = await bank.call("/oauth/bc-authorize", form, dpop=False)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_binding_message")
    taken = await bank.call("/oauth/bc-authorize", {**form, "binding_message": "K7-31"}, dpop=False)
    assert taken.json()["auth_req_id"]


async def test_fapi_ciba_signed_requests_and_their_refusals(signer: Bank) -> None:
    asked = {"scope": "openid", "login_hint": "aigul1", "binding_message": "K7-31"}
    bare = await signer.call("/oauth/bc-authorize", asked, dpop=False)
    assert (bare.status_code, bare.json()["error"]) == (400, "invalid_request")
    token = signer.sign(**asked)
    taken = await signer.call("/oauth/bc-authorize", {"request": token}, dpop=False)
    assert taken.json()["auth_req_id"]
    again = await signer.call("/oauth/bc-authorize", {"request": token}, dpop=False)
    assert again.json()["error"] == "invalid_request_object"
    now = signer.site.clock.now() // 1000
    for changes in (
        {"iat": None}, {"jti": None}, {"nbf": None}, {"exp": None}, {"aud": None}, {"iss": None}, {"nbf": now + 600},
        {"nbf": now - 4_200}, {"exp": now + 4_200}, {"client_id": "basic"},
        {"key": ec.derive_private_key(5, ec.SECP256R1())},
    ):  # fmt: skip
        refused = await signer.call("/oauth/bc-authorize", {"request": signer.sign(**{**asked, **changes})}, dpop=False)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request_object"), changes
    form = {"grant_type": CIBA_GRANT, "auth_req_id": taken.json()["auth_req_id"]}
    assert (await signer.call("/oauth/token", form)).json()["error"] == "authorization_pending"


async def test_par_may_be_demanded_by_any_client(site: Site) -> None:
    told = party(site.key, "", id="pusher", extra={"require_pushed_authorization_requests": True})
    await clients.register(site.svc, told, ground="tests")
    page = await site.browser().open(site.address("pusher"))
    assert "error=invalid_request" in page.left
    assert TOKEN.startswith(ISSUER)
