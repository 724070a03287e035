"""Client authentication and the token endpoint: RFC 6749 2.3 and 5.2, RFC 7521, RFC 7523."""

import asyncio
import hashlib
import hmac
import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote_plus

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from authsvc.errors import Conflict, InvalidRequest
from authsvc.keys import b64url
from authsvc.oidc import clients
from authsvc.oidc.relying_party import RelyingParty
from tests.authsvc.oidc.conftest import ISSUER, REDIRECT, Site

pytestmark = pytest.mark.anyio

OWN = {"grant_type": "client_credentials"}


async def test_client_secret_wrong_401(site: Site) -> None:
    response = await site.http().post("/oauth/token", data=OWN, auth=("basic", "wrong"))
    assert response.status_code == 401
    assert response.json()["error"] == "invalid_client"
    assert response.headers["www-authenticate"].startswith("Basic ")
    assert response.headers["cache-control"] == "no-store"


async def test_client_secret_unknown_client_is_told_like_a_wrong_secret(site: Site) -> None:
    unknown = await site.http().post("/oauth/token", data=OWN, auth=("nobody", "wrong"))
    wrong = await site.http().post("/oauth/token", data=OWN, auth=("basic", "wrong"))
    assert (unknown.status_code, unknown.content) == (wrong.status_code, wrong.content)


async def test_client_secret_two_methods_refused(site: Site) -> None:
    sent = {**OWN, "client_id": "basic", "client_secret": site.secrets["basic"]}
    response = await site.http().post("/oauth/token", data=sent, auth=("basic", site.secrets["basic"]))
    assert response.json()["error"] == "invalid_request"
    sent = {**OWN, **site.assertion_form(), "client_id": "pkjwt", "client_secret": "x"}
    assert (await site.http().post("/oauth/token", data=sent)).json()["error"] == "invalid_request"


async def test_client_secret_none_is_not_enough(site: Site) -> None:
    for client_id in ("basic", "post", "pkjwt"):
        response = await site.http().post("/oauth/token", data={**OWN, "client_id": client_id})
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


async def test_a_client_authenticates_by_its_registered_method_alone(site: Site) -> None:
    sent = {**OWN, "client_id": "basic", "client_secret": site.secrets["basic"]}
    assert (await site.http().post("/oauth/token", data=sent)).status_code == 401
    assert (await site.http().post("/oauth/token", data=OWN, auth=("post", site.secrets["post"]))).status_code == 401


async def test_a_client_may_repeat_its_own_id_beside_basic_but_no_other(site: Site) -> None:
    auth = ("basic", site.secrets["basic"])
    own = await site.http().post("/oauth/token", data={**OWN, "client_id": "basic"}, auth=auth)
    assert own.status_code == 200
    other = await site.http().post("/oauth/token", data={**OWN, "client_id": "post"}, auth=auth)
    assert other.json()["error"] == "invalid_request"


async def test_basic_credentials_are_form_encoded_before_base64(site: Site) -> None:
    party = RelyingParty(
        "odd:id/%", {"kk": "Дүкен", "ru": "Магазин", "en": "Shop"}, "client_secret_basic",
        grant_types=("client_credentials",), scopes=("signatures",),
    )  # fmt: skip
    secret = (await clients.register(site.svc, party, ground="tests")).client_secret
    coded = b64encode(f"{quote_plus('odd:id/%')}:{quote_plus(secret)}".encode()).decode()
    response = await site.http().post("/oauth/token", data=OWN, headers={"authorization": f"Basic {coded}"})
    assert response.status_code == 200


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic YQ==", "Bearer x", "", "Basic /w=="])
async def test_a_broken_authorization_header_is_invalid_client(site: Site, header: str) -> None:
    response = await site.http().post("/oauth/token", data=OWN, headers={"authorization": header})
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


async def test_client_credentials_grant(site: Site) -> None:
    for client_id in ("basic", "post", "pkjwt"):
        said = (await site.token(client_id, OWN)).json()
        assert "access_token" in said
        assert "refresh_token" not in said
        assert "id_token" not in said
        assert said["scope"] == "confirmations signatures evidence"


async def test_client_credentials_scope_is_never_more_than_registered(site: Site) -> None:
    said = (await site.token("basic", {**OWN, "scope": "signatures"})).json()
    assert said["scope"] == "signatures"
    for scope in ("openid", "admin", "signatures admin"):
        assert (await site.token("basic", {**OWN, "scope": scope})).json()["error"] == "invalid_scope"


async def test_client_grant_type_not_registered_refused(site: Site) -> None:
    assert (await site.token("public", OWN)).json()["error"] == "unauthorized_client"


async def test_client_unsupported_grant_type(site: Site) -> None:
    for kind in ("password", "implicit", "urn:x"):
        response = await site.token("basic", {"grant_type": kind, "username": "aigul1", "password": "x"})
        assert (response.status_code, response.json()["error"]) == (400, "unsupported_grant_type")
    assert (await site.token("basic", {})).json()["error"] == "invalid_request"


async def test_the_client_is_authenticated_before_the_grant_is_looked_at(site: Site) -> None:
    response = await site.http().post("/oauth/token", data={"grant_type": "password"}, auth=("basic", "wrong"))
    assert response.json()["error"] == "invalid_client"


async def test_token_endpoint_get_refused(site: Site) -> None:
    response = await site.http().get("/oauth/token")
    assert response.status_code == 405
    assert response.headers["allow"] == "OPTIONS, POST"


async def test_token_endpoint_json_body_refused(site: Site) -> None:
    response = await site.http().post("/oauth/token", json=OWN, auth=("basic", site.secrets["basic"]))
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_a_parameter_given_twice_at_the_token_endpoint_is_refused(site: Site) -> None:
    body = "grant_type=client_credentials&scope=signatures&scope=evidence"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = await site.http().post(
        "/oauth/token", content=body, headers=headers, auth=("basic", site.secrets["basic"])
    )
    assert response.json()["error"] == "invalid_request"


async def test_an_unknown_resource_is_invalid_target(site: Site) -> None:
    assert (await site.token("basic", {**OWN, "resource": "https://x.example"})).json()["error"] == "invalid_target"
    assert (await site.token("basic", {**OWN, "resource": ISSUER})).status_code == 200


async def assert_by(site: Site, assertion: str, **more: str) -> str:
    sent = {**OWN, **site.assertion_form(assertion), **more}
    response = await site.http().post("/oauth/token", data=sent)
    assert response.status_code in (200, 401)
    return "" if response.status_code == 200 else str(response.json()["error"])


async def test_private_key_jwt_aud_issuer_accepted(site: Site) -> None:
    assert await assert_by(site, site.assert_client()) == ""
    assert await assert_by(site, site.assert_client(), client_id="pkjwt") == ""


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("wrong-aud", {"aud": "https://other.example"}),
        ("aud of several", {"aud": [ISSUER, "https://other.example"]}),
        ("no-aud", {"aud": None}),
        ("expired", {"exp": 1_795_514_400 - 1}),
        ("good for ever", {"exp": 4_000_000_000}),
        ("exp no number", {"exp": "soon"}),
        ("not-yet-valid", {"nbf": 1_795_514_400 + 3600}),
        ("issued ahead", {"iat": 1_795_514_400 + 3600}),
        ("no-exp", {"exp": None}),
        ("no-jti", {"jti": None}),
        ("jti empty", {"jti": ""}),
        ("jti too long", {"jti": "j" * 300}),
        ("wrong-iss", {"iss": "basic"}),
        ("wrong-sub", {"sub": "basic"}),
    ],
)
async def test_private_key_jwt_each_rule(site: Site, name: str, changes: dict[str, Any]) -> None:
    try:
        assertion = site.assert_client(**changes)
    except (TypeError, jwt.PyJWTError):  # the library refuses to write what is no token; a hand does not
        claims = {"iss": "pkjwt", "sub": "pkjwt", "aud": ISSUER, "exp": 1_795_514_460, "jti": name, **changes}
        head = b64url(json.dumps({"alg": "ES256", "kid": site.key.kid}).encode())
        signed = f"{head}.{b64url(json.dumps(claims).encode())}"
        assertion = f"{signed}.{b64url(site.key.sign(signed.encode()))}"
    assert await assert_by(site, assertion) == "invalid_client", name


async def test_private_key_jwt_ten_seconds_ahead_are_forgiven(site: Site) -> None:
    now = site.clock.now() // 1000
    assert await assert_by(site, site.assert_client(iat=now + 10, nbf=now + 10)) == ""


async def test_private_key_jwt_replayed_jti(site: Site) -> None:
    assertion = site.assert_client()
    assert await assert_by(site, assertion) == ""
    assert await assert_by(site, assertion) == "invalid_client"
    site.clock.move(59_000)
    assert await assert_by(site, assertion) == "invalid_client"


async def test_private_key_jwt_concurrent_replay_one_success(site_on: Site) -> None:
    assertion = site_on.assert_client()
    outcomes = await asyncio.gather(*(assert_by(site_on, assertion) for _ in range(16)))
    assert sorted(outcomes) == ["", *["invalid_client"] * 15]


async def test_private_key_jwt_wrong_key(site: Site) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    assert await assert_by(site, site.assert_client(key=stranger)) == "invalid_client"


async def test_private_key_jwt_alg_none(site: Site) -> None:
    for alg in ("none", "None", "NONE", ""):
        payload = site.assert_client().split(".")[1]
        head = b64url(json.dumps({"alg": alg, "kid": site.key.kid}).encode())
        for signature in ("", "AA"):
            assert await assert_by(site, f"{head}.{payload}.{signature}") == "invalid_client"


async def test_private_key_jwt_hs256_with_public_key(site: Site) -> None:
    public = site.key.private.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, json.dumps(dict(site.key.jwk)).encode()):
        head = b64url(json.dumps({"alg": "HS256", "kid": site.key.kid}).encode())
        signed = f"{head}.{site.assert_client().split('.')[1]}"
        forged = f"{signed}.{b64url(hmac.digest(secret, signed.encode(), hashlib.sha256))}"
        assert await assert_by(site, forged) == "invalid_client"


async def test_private_key_jwt_embedded_jwk_ignored(site: Site) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    numbers = stranger.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "x": b64url(numbers.x.to_bytes(32)), "y": b64url(numbers.y.to_bytes(32))}
    for head in ({"jwk": jwk}, {"jku": "https://evil.example/jwks"}, {"x5u": "https://evil.example/x"}):
        assert await assert_by(site, site.assert_client(key=stranger, head=head)) == "invalid_client"


@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "confirmation-receipt+jwt", "dpop+jwt", "LOGOUT+JWT"])
async def test_a_token_of_another_kind_is_no_assertion(site: Site, typ: str) -> None:
    assert await assert_by(site, site.assert_client(head={"typ": typ})) == "invalid_client"


async def test_private_key_jwt_cannot_be_skipped(site: Site) -> None:
    for sent in (
        {"client_id": "pkjwt"},
        {"client_id": "pkjwt", "client_assertion": site.assert_client()},
        {"client_id": "pkjwt", "client_assertion_type": "x", "client_assertion": site.assert_client()},
        {"client_id": "basic", **site.assertion_form()},
        {**site.assertion_form("junk")},
        {**site.assertion_form("a.b.c")},
    ):
        response = await site.http().post("/oauth/token", data={**OWN, **sent})
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


async def test_an_assertion_of_one_client_is_no_use_to_another(site: Site) -> None:
    assert await assert_by(site, site.assert_client(), client_id="basic") == "invalid_client"


async def test_a_registration_has_its_administration_record_without_the_secret(site: Site) -> None:
    party = await clients.find(site.svc, "basic")
    assert party is not None
    settled = await site.svc.log.find(party.record)
    assert settled is not None
    assert b"\nadministration\n" in settled.entry
    blobs = await site.svc.log.vault.blobs(site.svc.store, party.record)
    assert REDIRECT.encode() in blobs["after"]
    row = await site.svc.store.one("select * from relying_party where id = 'basic'")
    assert row is not None
    assert site.secrets["basic"] not in str(dict(row)) + blobs["after"].decode()


async def test_a_client_id_is_registered_once(site: Site) -> None:
    party = RelyingParty("basic", {"kk": "Дүкен", "ru": "Магазин", "en": "Shop"}, "none", (REDIRECT,))
    with pytest.raises(Conflict):
        await clients.register(site.svc, party, ground="tests")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"redirect_uris": ("javascript:alert(1)",)}, "redirect_uri"),
        ({"redirect_uris": ("https://rp.example/cb#x",)}, "redirect_uri"),
        ({"redirect_uris": ("http://rp.example/cb",)}, "redirect_uri"),
        ({"redirect_uris": ("http://localhost.evil.example/cb",)}, "redirect_uri"),
        ({"redirect_uris": ("https://user@rp.example/cb",)}, "redirect_uri"),
        ({"redirect_uris": ("https:///cb",)}, "redirect_uri"),
        ({"redirect_uris": ("/cb",)}, "redirect_uri"),
        ({"redirect_uris": ("https://[::zz/cb",)}, "redirect_uri"),
        ({"redirect_uris": ("https://rp.example:port/cb",)}, "redirect_uri"),
        ({"redirect_uris": ("https://rp.example;script-src/cb",)}, "redirect_uri"),
        ({"id": "new\x00"}, "client_id"),
        ({"id": "n" * 200}, "client_id"),
        ({"redirect_uris": ()}, "redirect_uris"),
        ({"auth_method": "client_secret_jwt"}, "token_endpoint_auth_method"),
        ({"auth_method": "private_key_jwt"}, "jwks"),
        ({"grant_types": ("password",)}, "grant_types"),
        ({"auth_method": "none", "grant_types": ("client_credentials",)}, "client_credentials"),
        ({"id_token_alg": "HS256"}, "id_token_signed_response_alg"),
        ({"scopes": ("profile",)}, "scope"),
        ({"name": {"kk": "Дүкен", "ru": "Магазин"}}, "name"),
        ({"name": {"kk": "Дүкен", "ru": "Мaгaзин", "en": "Shop"}}, "name"),
    ],
    ids=str,
)
async def test_metadata_that_breaks_a_rule_is_refused_by_its_name(
    site: Site, changes: dict[str, Any], rule: str
) -> None:
    given = {
        "id": "new", "name": {"kk": "Дүкен", "ru": "Магазин", "en": "Shop"}, "auth_method": "client_secret_basic",
        "redirect_uris": (REDIRECT,), **changes,
    }  # fmt: skip
    with pytest.raises(InvalidRequest, match=rule):
        await clients.register(site.svc, RelyingParty(**given), ground="tests")


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "oct", "k": "AAAA"},
        {"kty": "EC", "crv": "P-256", "x": "a", "y": "b", "d": "c"},
        {"kty": "EC", "crv": "P-384", "x": "a", "y": "b"},
        {"kty": "EC", "crv": "P-256", "x": "a", "y": "b", "alg": "HS256"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "RS256"},
        {"kty": "RSA", "n": b64url(bytes([255] * 256)), "e": "AQAB"},
        {},
    ],
    ids=str,
)
async def test_a_key_that_is_weak_private_or_symmetric_is_not_registered(site: Site, jwk: dict[str, str]) -> None:
    party = RelyingParty(
        "new", {"kk": "Дүкен", "ru": "Магазин", "en": "Shop"}, "private_key_jwt", (REDIRECT,), jwks=(jwk,)
    )
    with pytest.raises(InvalidRequest, match="jwks"):
        await clients.register(site.svc, party, ground="tests")
