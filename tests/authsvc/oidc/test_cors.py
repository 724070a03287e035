"""Cross-origin requests: each client's own origins read its answers, nobody's cookies come along."""

import pytest

from authsvc.errors import InvalidRequest
from authsvc.oidc import clients
from authsvc.oidc.relying_party import RelyingParty
from tests.authsvc.oidc.conftest import REDIRECT, VERIFIER, Site

pytestmark = pytest.mark.anyio
APP = "https://app.example.kz"
EVIL = "https://evil.example"


def app(*origins: str) -> RelyingParty:
    names = {"kk": "Қолданба", "ru": "Приложение", "en": "App"}
    return RelyingParty("spa", names, "none", (REDIRECT,), extra={"allowed_cors_origins": list(origins)})


@pytest.fixture
async def spa(site: Site) -> Site:
    await clients.register(site.svc, app(APP), ground="tests")
    return site


async def test_an_origin_of_the_client_reads_its_answers_and_its_refusals(spa: Site) -> None:
    came = await spa.arrive(spa.browser(), "spa")
    form = {"grant_type": "authorization_code", "code": came["code"], "redirect_uri": REDIRECT, "client_id": "spa"}
    http = spa.http(origin=APP)
    minted = await http.post("/oauth/token", data={**form, "code_verifier": VERIFIER})
    again = await http.post("/oauth/token", data={**form, "code_verifier": VERIFIER})
    bearer = {"authorization": f"Bearer {minted.json()['access_token']}"}
    told = await http.get("/oauth/userinfo", headers=bearer)
    assert [each.status_code for each in (minted, again, told)] == [200, 400, 401]  # a replay ends what was issued
    for answer in (minted, again, told):
        assert answer.headers["access-control-allow-origin"] == APP
        assert answer.headers["vary"] == "origin"
        assert "access-control-allow-credentials" not in answer.headers


async def test_attack_a_foreign_origin_reads_nothing(spa: Site) -> None:
    for origin in (EVIL, "null", APP + ".evil.example", APP + "/", "http://app.example.kz"):
        for form in ({"client_id": "spa"}, {"client_id": "basic"}, {"client_id": "nobody"}, {}):
            answer = await spa.http(origin=origin).post("/oauth/token", data=form)
            assert "access-control-allow-origin" not in answer.headers
    answer = await spa.http(origin=APP).post("/oauth/token", data={"client_id": "basic"})
    assert "access-control-allow-origin" not in answer.headers


async def test_a_preflight_allows_no_credentials(site: Site) -> None:
    for path in ("/oauth/token", "/oauth/userinfo", "/oauth/par", "/oauth/revoke"):
        answer = await site.http(origin=EVIL).options(path, headers={"access-control-request-method": "POST"})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "*")
        assert "dpop" in answer.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in answer.headers


async def test_discovery_and_keys_are_everybodys_and_pages_are_not(site: Site) -> None:
    http = site.http(origin=EVIL)
    for path in ("/.well-known/openid-configuration", "/oauth/jwks"):
        assert (await http.get(path)).headers["access-control-allow-origin"] == "*"
    for path in ("/", "/login", "/consents", site.address()):
        assert "access-control-allow-origin" not in (await http.get(path)).headers


@pytest.mark.parametrize("origin", ["*", "null", "https://app.example.kz/", "http://app.example.kz", "app.example.kz"])
async def test_registration_takes_origins_alone(site: Site, origin: str) -> None:
    with pytest.raises(InvalidRequest):
        await clients.register(site.svc, app(origin), ground="tests")
