"""Discovery and keys: OIDC Discovery, RFC 8414, RFC 7517, RFC 9207."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from authsvc.keys import unb64url
from authsvc.oidc.relying_party import GRANT_TYPES
from tests.authsvc.oidc.conftest import ISSUER, Site

pytestmark = pytest.mark.anyio

DOCUMENT = "/.well-known/openid-configuration"


async def metadata(site: Site, path: str = DOCUMENT) -> dict[str, Any]:
    response = await site.http().get(path)
    assert response.status_code == 200
    said: dict[str, Any] = response.json()
    return said


async def test_discovery_issuer_is_exact(site: Site) -> None:
    assert (await metadata(site))["issuer"] == ISSUER


async def test_discovery_json_media_type(site: Site) -> None:
    for path in (DOCUMENT, "/oauth/jwks"):
        response = await site.http().get(path)
        assert response.headers["content-type"] == "application/json"
        assert "max-age" in response.headers["cache-control"]


async def test_discovery_required_members(site: Site) -> None:
    said = await metadata(site)
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "subject_types_supported"):
        assert said[name]
    assert "code" in said["response_types_supported"]
    assert "openid" in said["scopes_supported"]


async def test_discovery_id_token_rs256_listed(site: Site) -> None:
    assert "RS256" in (await metadata(site))["id_token_signing_alg_values_supported"]


async def test_discovery_no_alg_none_and_nothing_symmetric(site: Site) -> None:
    for name, values in (await metadata(site)).items():
        if name.endswith(("_alg_values_supported", "_algs_supported")):
            assert not any(value.lower() == "none" or value.startswith("HS") for value in values)


async def test_discovery_pkce_s256_and_no_plain(site: Site) -> None:
    assert (await metadata(site))["code_challenge_methods_supported"] == ["S256"]


async def test_discovery_no_password_or_implicit_grant(site: Site) -> None:
    said = await metadata(site)
    assert said["grant_types_supported"] == list(GRANT_TYPES)
    assert not any("token" in kind for kind in said["response_types_supported"])


async def test_discovery_endpoints_https_or_loopback(site: Site) -> None:
    for name, value in (await metadata(site)).items():
        if name.endswith(("_endpoint", "_uri")):
            assert value.startswith(ISSUER)


async def test_discovery_rfc8414_document_agrees(site: Site) -> None:
    assert await metadata(site) == await metadata(site, "/.well-known/oauth-authorization-server")


async def test_discovery_iss_parameter_announced(site: Site) -> None:
    assert (await metadata(site))["authorization_response_iss_parameter_supported"] is True


async def test_discovery_acr_values_announced(site: Site) -> None:
    assert (await metadata(site))["acr_values_supported"] == ["urn:authsvc:acr:single", "urn:authsvc:acr:multi"]


async def test_discovery_no_cors_credentials(site: Site) -> None:
    for path in (DOCUMENT, "/oauth/jwks", "/oauth/token", "/oauth/userinfo"):
        response = await site.http().get(path, headers={"origin": "https://evil.example"})
        assert response.headers.get("access-control-allow-origin") != "https://evil.example"
        assert "access-control-allow-credentials" not in response.headers


async def test_every_endpoint_that_is_announced_exists(site: Site) -> None:
    for name, value in (await metadata(site)).items():
        if name.endswith(("_endpoint", "_uri")):
            response = await site.http().get(urlsplit(value).path)
            assert response.status_code != 404, name


async def test_ciba_ping_announced_and_push_not(site: Site) -> None:
    assert (await metadata(site))["backchannel_token_delivery_modes_supported"] == ["poll", "ping"]


async def test_no_url_is_fetched_for_a_request(site: Site) -> None:
    assert (await metadata(site))["request_uri_parameter_supported"] is False


async def test_jwks_public_keys_only_unique_kid_strong(site: Site) -> None:
    keys = (await site.http().get("/oauth/jwks")).json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) == 2
    for key in keys:
        assert key["use"] == "sig"
        assert not {"d", "p", "q", "dp", "dq", "qi", "k", "x5u"} & set(key)
        assert key["kty"] in ("EC", "RSA")
        if key["kty"] == "RSA":
            assert len(unb64url(key["n"])) >= 256
