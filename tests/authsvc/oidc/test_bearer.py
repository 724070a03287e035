"""Userinfo and bearer tokens: OIDC Core 5.3, RFC 6750, RFC 9068; forged tokens: RFC 8725."""

import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from authsvc.keys import Es256Key, b64url, unb64url
from authsvc.oidc.bearer import Presented, authenticate_bearer
from authsvc.oidc.errors import InvalidToken
from authsvc.oidc.jose import ACCESS_TOKEN, SigningKeys, signing_keys
from authsvc.oidc.proof import Proved
from tests.authsvc.oidc.conftest import ISSUER, Browser, Site

pytestmark = pytest.mark.anyio


def as_bearer(token: str) -> Presented:
    return Presented(token, "bearer", Proved("GET", "/v1/confirmations", ()))


async def refused(site: Site, token: str) -> None:
    """401 with a challenge, at userinfo and for the API alike."""
    for method in ("GET", "POST"):
        response = await site.userinfo(token, method)
        assert response.status_code == 401, token
        assert response.headers["www-authenticate"].startswith("Bearer ")
        assert 'error="invalid_token"' in response.headers["www-authenticate"]
    with pytest.raises(InvalidToken):
        await authenticate_bearer(site.svc, as_bearer(token))


async def test_userinfo_get_and_post(site: Site) -> None:
    token = (await site.tokens(scope="openid profile phone"))["access_token"]
    got, posted = (await site.userinfo(token)).json(), (await site.userinfo(token, "POST")).json()
    assert got == posted
    assert got == {
        "sub": site.person.sub,
        "name": site.person.name,
        "locale": "kk",
        "phone_number": site.person.address,
    }


async def test_userinfo_no_token(site: Site) -> None:
    response = await site.http().get("/oauth/userinfo")
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer ")
    assert "error=" not in response.headers["www-authenticate"]


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "a" * 9_000, "..", "é", "eyJ.eyJ.sig"])
async def test_userinfo_garbage_token(site: Site, token: str) -> None:
    response = await site.http().get("/oauth/userinfo", headers={"authorization": f"Bearer {token}".encode()})
    assert response.status_code == 401


async def test_userinfo_token_in_query_refused(site: Site) -> None:
    token = (await site.tokens())["access_token"]
    response = await site.http().get(f"/oauth/userinfo?access_token={token}")
    assert response.status_code == 401
    headers = {"authorization": f"Bearer {token}"}
    assert (await site.http().get(f"/oauth/userinfo?access_token={token}", headers=headers)).status_code == 401


async def test_userinfo_id_token_is_not_an_access_token(site: Site) -> None:
    await refused(site, (await site.tokens())["id_token"])


async def test_userinfo_authorization_code_is_not_an_access_token(site: Site) -> None:
    await refused(site, (await site.arrive(site.browser()))["code"])


async def test_userinfo_client_credentials_token_refused(site: Site) -> None:
    token = (await site.token("basic", {"grant_type": "client_credentials"})).json()["access_token"]
    assert (await site.userinfo(token)).status_code == 401
    caller = await authenticate_bearer(site.svc, as_bearer(token))
    assert (caller.client_id, caller.subject) == ("basic", None)
    assert "confirmations" in caller.scopes


async def test_a_persons_token_opens_nothing_of_the_relying_partys_own(site: Site) -> None:
    token = (await site.tokens(scope="openid confirmations"))["access_token"]
    response = await site.http().get(
        "/v1/confirmations/00000000-0000-7000-8000-000000000000", headers={"authorization": f"Bearer {token}"}
    )
    assert response.status_code == 403
    assert 'error="insufficient_scope"' in response.headers["www-authenticate"]


async def test_an_access_token_is_an_at_jwt_with_the_members_of_rfc9068(site: Site) -> None:
    token = (await site.tokens())["access_token"]
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
    claims = jwt.decode(token, options={"verify_signature": False})
    assert {"iss", "aud", "client_id", "jti", "sub", "exp", "iat", "scope"} <= set(claims)
    assert (claims["iss"], claims["aud"], claims["client_id"]) == (ISSUER, ISSUER, "basic")


async def test_an_access_token_ends_in_its_time(site: Site) -> None:
    token = (await site.tokens())["access_token"]
    site.clock.move(599_000)
    assert (await site.userinfo(token)).status_code == 200
    site.clock.move(1_000)
    await refused(site, token)


async def test_an_access_token_ends_with_the_session_and_with_the_consent(site: Site) -> None:
    browser = site.browser()
    token = (await site.tokens(browser=browser))["access_token"]
    other = (await site.tokens("public", browser=browser))["access_token"]
    page = await browser.open("/consents")
    await browser.submit(page, button="basic")
    await refused(site, token)
    assert (await site.userinfo(other)).status_code == 200
    await browser.submit(await browser.open("/logout"))
    await refused(site, other)


async def test_an_access_token_ends_when_the_account_is_frozen(site: Site) -> None:
    token = (await site.tokens())["access_token"]

    async def freeze(tx: Any) -> None:
        await tx.run("update account set state = 'frozen'")

    await site.svc.store.transact(freeze)
    await refused(site, token)


async def test_an_access_token_ends_when_its_relying_party_is_closed(site: Site) -> None:
    token, other = (await site.tokens())["access_token"], (await site.tokens("public"))["access_token"]

    async def close(tx: Any) -> None:
        await tx.run("update relying_party set disabled_at = 1 where id = 'basic'")

    await site.svc.store.transact(close)
    await refused(site, token)
    assert (await site.userinfo(other)).status_code == 200


async def test_a_withdrawn_consent_is_asked_again_and_recorded(site: Site) -> None:
    browser: Browser = site.browser()
    await site.arrive(browser)
    await browser.submit(await browser.open("/consents"), button="basic")
    page = await browser.open(site.address())
    assert [value for _, value in page.read().forms[0].buttons] == ["allow", "deny"]
    rows = await site.svc.store.all("select body from entry where type = 'consent' order by idx")
    assert [b'"consent_event":"given"' in bytes(row["body"]) for row in rows] == [True, False]


def forge(site: Site, head: dict[str, Any], token: str, key: bytes | ec.EllipticCurvePrivateKey | None = None) -> str:
    """The payload of a good token under another header, signed by whatever is at hand."""
    signed = f"{b64url(json.dumps(head).encode())}.{token.split('.')[1]}"
    if isinstance(key, bytes):
        return f"{signed}.{b64url(hmac.digest(key, signed.encode(), hashlib.sha256))}"
    if key is None:
        return f"{signed}."
    return jwt.PyJWS().encode(unb64url(token.split(".")[1]), key, "ES256", headers=head)


async def test_forged_alg_none(site: Site) -> None:
    token = (await site.tokens())["access_token"]
    kid = site.svc.keys.tokens.kid
    for alg in ("none", "None", "NONE", "nOnE", ""):
        forged = forge(site, {"alg": alg, "kid": kid, "typ": "at+jwt"}, token)
        await refused(site, forged)
        await refused(site, forged + "AAAA")
        await refused(site, forged + token.split(".")[2])


async def test_forged_hs256_with_public_key(site: Site) -> None:
    token = (await site.tokens())["access_token"]
    keys: SigningKeys = signing_keys(site.svc.keys)
    publics = [keys.es256.private.public_key(), keys.rsa.public_key()]
    secrets = [
        key.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
        for key in publics
        for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER)
    ]
    secrets += [
        json.dumps(dict(keys.es256.jwk)).encode(),
        b64url(keys.rsa.public_key().public_numbers().n.to_bytes(256)).encode(),
    ]
    for secret in secrets:
        await refused(site, forge(site, {"alg": "HS256", "kid": keys.es256.kid, "typ": "at+jwt"}, token, secret))


async def test_forged_own_key(site: Site) -> None:
    token = (await site.tokens())["access_token"]
    stranger = ec.generate_private_key(ec.SECP256R1())
    numbers = stranger.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "x": b64url(numbers.x.to_bytes(32)), "y": b64url(numbers.y.to_bytes(32))}
    kid = site.svc.keys.tokens.kid
    signed = token.rpartition(".")[0]
    theirs = jwt.PyJWS().encode(b"", stranger, "ES256").rpartition(".")[2]
    own_header = Es256Key.of(stranger).sign(signed.encode())
    await refused(site, f"{signed}.{theirs}")
    await refused(site, f"{signed}.{b64url(own_header)}")
    for extra in (
        {},
        {"jwk": jwk},
        {"jku": "http://169.254.169.254/jwks"},
        {"x5u": "http://169.254.169.254/x"},
        {"kid": "../../../../dev/null"},
        {"kid": "' or 1=1 --"},
        {"crit": ["exp"]},
        {"crit": ["b64"], "b64": False},
    ):
        await refused(site, forge(site, {"typ": "at+jwt", "kid": kid, **extra}, token, stranger))


async def test_forged_zero_signature_ecdsa(site: Site) -> None:
    token = (await site.tokens())["access_token"]
    signed = token.rpartition(".")[0]
    for length in (0, 64, 96, 132):
        await refused(site, f"{signed}.{b64url(bytes(length))}")
    await refused(site, f"{signed}.{b64url(bytes.fromhex('3006020100020100'))}")


async def test_forged_tampered_access_token(site: Site) -> None:
    token = (await site.tokens())["access_token"]
    head, payload, signature = token.split(".")
    claims = json.loads(unb64url(payload)) | {"client_id": "pkjwt"}
    await refused(site, f"{head}.{b64url(json.dumps(claims).encode())}.{signature}")
    last = "BCD"["ABC".find(signature[-1]) if signature[-1] in "ABC" else 0]
    for changed in (token[:-1] + last, token + "A", token + "=", token[:-2], f"{token}.", token.upper()):
        await refused(site, changed)


async def test_a_token_of_ours_of_another_kind_opens_nothing(site: Site) -> None:
    tokens = await site.tokens()
    receipt = forge(
        site,
        {"alg": "ES256", "typ": "confirmation-receipt+jwt"},
        tokens["access_token"],
        site.svc.keys.receipts.private,
    )
    await refused(site, receipt)
    same_key = forge(
        site,
        {"alg": "ES256", "typ": "logout+jwt", "kid": site.svc.keys.tokens.kid},
        tokens["access_token"],
        site.svc.keys.tokens.private,
    )
    await refused(site, same_key)


async def test_a_token_for_another_audience_is_refused(site: Site) -> None:
    now = site.clock.now() // 1000
    claims = {"aud": "https://other.example", "exp": now + 60, "client_id": "basic", "scope": "confirmations"}
    await refused(site, signing_keys(site.svc.keys).sign(claims, ACCESS_TOKEN))
