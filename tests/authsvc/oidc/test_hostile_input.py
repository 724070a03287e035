"""Hostile bytes at the endpoints, on both databases: what one store takes, the other may choke on."""

import json
from typing import Any

import pytest

from authsvc.keys import b64url
from tests.authsvc.oidc.conftest import REDIRECT, VERIFIER, Site

pytestmark = pytest.mark.anyio

OWN = {"grant_type": "client_credentials"}
NUL = "basic\x00"


async def test_a_nul_in_a_client_id_is_an_unknown_client_on_both_databases(site_on: Site) -> None:
    page = await site_on.browser().open(site_on.address(client_id=NUL))
    assert (page.status, page.left) == (400, "")
    response = await site_on.http().post("/oauth/token", data={**OWN, "client_id": NUL})
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    response = await site_on.http().post("/oauth/token", data=OWN, auth=(NUL, "x"))
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assertion = site_on.assert_client(iss=NUL, sub=NUL)
    response = await site_on.http().post("/oauth/token", data={**OWN, **site_on.assertion_form(assertion)})
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


async def test_a_nul_in_what_a_code_is_redeemed_by_is_invalid_grant_on_both_databases(site_on: Site) -> None:
    for changes in ({"redirect_uri": f"{REDIRECT}\x00"}, {"code": "a\x00b"}, {"code_verifier": f"{VERIFIER}\x00"}):
        response = await site_on.redeem("x" * 43, **changes)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_grant"), changes
    response = await site_on.redeem("x" * 43, redirect_uri="http://127.0.0.1/\ud7ff\U0010ffff")
    assert response.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "head", ["[" * 8_000, '{"alg":' + "[" * 8_000, '{"alg": ["ES256"]}', '{"alg": "ES256", "b64": false}']
)
async def test_a_header_made_to_break_its_reader_is_invalid_client(site: Site, head: str) -> None:
    payload, signature = site.assert_client().split(".")[1:]
    response = await site.http().post(
        "/oauth/token", data={**OWN, **site.assertion_form(f"{b64url(head.encode())}.{payload}.{signature}")}
    )
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


def signed_by_hand(site: Site, claims: str) -> str:
    head = b64url(json.dumps({"alg": "ES256", "kid": site.key.kid}).encode())
    signed = f"{head}.{b64url(claims.encode())}"
    return f"{signed}.{b64url(site.key.sign(signed.encode()))}"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("jti", r'"\ud800"'),
        ("jti", '["a"]'),
        ("exp", "NaN"),
        ("exp", "1e999"),
        ("exp", "1" + "0" * 5000),
        ("exp", "1" + "0" * 400),
        ("nbf", "NaN"),
        ("iat", "true"),
        ("sub", r'"\ud800"'),
        ("x", "[" * 6000),
    ],
    ids=lambda text: str(text)[:20],
)
async def test_claims_made_to_break_their_reader_are_invalid_client(site: Site, name: str, written: str) -> None:
    now = site.clock.now() // 1000
    claims: dict[str, Any] = {
        "iss": "pkjwt",
        "sub": "pkjwt",
        "aud": "http://localhost:8000",
        "exp": now + 60,
        "jti": "j",
    }
    text = ",".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in claims.items() if key != name)
    assertion = signed_by_hand(site, f'{{{text},"{name}":{written}}}')
    response = await site.http().post(
        "/oauth/token", data={**OWN, "client_id": "pkjwt", **site.assertion_form(assertion)}
    )
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
