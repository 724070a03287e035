"""Dynamic registration: RFC 7591, RFC 7592; each test is named like its demand."""

from typing import Any

import pytest

from authsvc.oidc import registration
from tests.authsvc.oidc.conftest import REDIRECT, Site

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
METADATA: dict[str, Any] = {
    "client_name": "Shop",
    "client_name#kk": "Дүкен",
    "redirect_uris": [REDIRECT],
    "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
    "scope": "openid offline_access confirmations",
    "unknown_metadata": {"is": "ignored"},
    "contacts": ["ops@shop.example"],
}


async def register(site: Site, token: str | None = None, **changes: Any) -> Any:
    opens = token if token is not None else await registration.open_registration(site.svc, days=1)
    metadata = {name: value for name, value in {**METADATA, **changes}.items() if value is not None}
    return await site.http(authorization=f"Bearer {opens}").post("/oauth/register", json=metadata)


def managing(site: Site, told: dict[str, Any]) -> Any:
    return site.http(authorization=f"Bearer {told['registration_access_token']}")


async def test_dcr_create_read_update_delete(site: Site) -> None:
    made = await register(site)
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    told = made.json()
    assert told.keys() >= {"client_id", "client_secret", "registration_access_token", "registration_client_uri"}
    assert (told["client_secret_expires_at"], told["client_name#kk"], told["client_name#ru"]) == (0, "Дүкен", "Shop")
    assert "unknown_metadata" not in told
    place = told["registration_client_uri"]

    read = (await managing(site, told).get(place)).json()
    assert read["redirect_uris"] == [REDIRECT]
    assert read["contacts"] == ["ops@shop.example"]
    assert "client_secret" not in read

    changed = {**METADATA, "client_id": told["client_id"], "client_name": "Bigger shop"}
    put = await managing(site, told).put(place, json=changed)
    assert (put.status_code, put.json()["client_name"]) == (200, "Bigger shop")
    assert (await managing(site, told).get(place)).status_code == 401
    told = put.json()
    assert (await managing(site, told).get(place)).json()["client_name"] == "Bigger shop"

    assert (await managing(site, told).delete(place)).status_code == 204
    assert (await managing(site, told).get(place)).status_code == 401
    assert (await managing(site, told).delete(place)).status_code == 401


async def test_dcr_a_registered_client_works_and_ends_with_its_registration(site: Site) -> None:
    told = (await register(site)).json()
    auth = (told["client_id"], told["client_secret"])
    form = {"grant_type": "client_credentials"}
    token = (await site.http().post("/oauth/token", data=form, auth=auth)).json()
    assert token["scope"] == "confirmations"
    await managing(site, told).delete(told["registration_client_uri"])
    assert (await site.http().post("/oauth/token", data=form, auth=auth)).json()["error"] == "invalid_client"


async def test_dcr_every_step_is_a_record(site: Site) -> None:
    told = (await register(site)).json()
    await managing(site, told).put(told["registration_client_uri"], json=METADATA)
    found = await site.svc.store.all("select body from entry where type = 'administration' order by idx desc limit 2")
    events = [row["body"].split(b'administration_event":"')[1].split(b'"')[0] for row in found]
    assert events == [b"changed", b"added"]


@pytest.mark.parametrize("token", ["", "x", "x" * 43])
async def test_dcr_an_initial_access_token_is_needed(site: Site, token: str) -> None:
    answer = await register(site, token)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_dcr_an_initial_access_token_is_over_after_its_time(site: Site) -> None:
    token = await registration.open_registration(site.svc, days=1)
    site.clock.move(registration.DAY_MS)
    assert (await register(site, token)).status_code == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [REDIRECT + "#x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://shop.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://shop.example/cb", "data:text/html,x"]}, "invalid_redirect_uri"),
        ({"post_logout_redirect_uris": ["ftp://shop.example"]}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_client_metadata"),
        ({"redirect_uris": "https://shop.example/cb"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": 7}, "invalid_client_metadata"),
        ({"jwks": {"keys": []}, "jwks_uri": "https://shop.example/jwks"}, "invalid_client_metadata"),
        ({"jwks_uri": "http://169.254.169.254/"}, "invalid_client_metadata"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "x"}]}}, "invalid_client_metadata"),
        ({"jwks": "x"}, "invalid_client_metadata"),
        ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"scope": "openid iin"}, "invalid_client_metadata"),
        ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
        ({"software_statement": "x.y.z"}, "invalid_software_statement"),
        ({"client_name": "x" * 200}, "invalid_client_metadata"),
        ({"client_name": "Bank\u202e"}, "invalid_client_metadata"),
        ({"logo_uri": "javascript:x"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "none"}, "invalid_client_metadata"),
    ],
)
async def test_dcr_bad_metadata_refused(site: Site, changes: dict[str, Any], error: str) -> None:
    answer = await register(site, **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"7", b"[" * 10_000])
async def test_dcr_what_is_no_metadata_is_refused(site: Site, body: bytes) -> None:
    token = await registration.open_registration(site.svc, days=1)
    answer = await site.http(authorization=f"Bearer {token}").post("/oauth/register", content=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


async def test_dcr_one_client_can_not_manage_another(site: Site) -> None:
    one, other = (await register(site)).json(), (await register(site)).json()
    assert (await managing(site, one).get(other["registration_client_uri"])).status_code == 401
    for method in ("PUT", "DELETE"):
        answer = await managing(site, one).request(method, other["registration_client_uri"], json=METADATA)
        assert answer.status_code == 401


async def test_dcr_a_change_can_not_take_another_id_nor_make_a_secret(site: Site) -> None:
    told = (await register(site)).json()
    answer = await managing(site, told).put(told["registration_client_uri"], json={**METADATA, "client_id": "basic"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
    public = {"token_endpoint_auth_method": "none", "grant_types": ["authorization_code"]}
    told = (await register(site, **public)).json()
    assert "client_secret" not in told
    answer = await managing(site, told).put(told["registration_client_uri"], json=METADATA)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
