"""DPoP: RFC 9449; each test is named like its demand."""

import hashlib
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from authsvc.keys import Es256Key, b64url
from authsvc.oidc.proof import NONCE_S, PROOF_MAX_AGE_S
from tests.authsvc.oidc.conftest import ISSUER, REDIRECT, VERIFIER, Site, answer_in

pytestmark = pytest.mark.anyio
KEY = Es256Key.of(ec.derive_private_key(11, ec.SECP256R1()))
OTHER = Es256Key.of(ec.derive_private_key(12, ec.SECP256R1()))
TOKEN = f"{ISSUER}/oauth/token"
USERINFO = f"{ISSUER}/oauth/userinfo"


def proof(
    site: Site,
    url: str = TOKEN,
    method: str = "POST",
    *,
    access_token: str = "",
    key: Any = None,
    alg: str = "ES256",
    head: dict[str, Any] | None = None,
    **changes: Any,
) -> str:
    """A plain correct proof by KEY, but for what is changed; a change to None leaves the claim out."""
    claims: dict[str, Any] = {
        "jti": site.svc.entropy(16).hex(),
        "htm": method,
        "htu": url,
        "iat": site.clock.now() // 1000,
        **({"ath": b64url(hashlib.sha256(access_token.encode()).digest())} if access_token else {}),
        **changes,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    header = {"typ": "dpop+jwt", "jwk": dict(KEY.jwk), **(head or {})}
    return jwt.encode(claims, key or KEY.private, alg, headers=header)


async def bound(site: Site, client_id: str = "basic", scope: str = "openid", **changes: str) -> dict[str, Any]:
    """A whole login whose tokens are bound to KEY."""
    came = await site.arrive(site.browser(), client_id, scope=scope, **changes)
    answer = await redeem(site, came["code"], client_id, proof(site))
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


async def redeem(site: Site, code: str, client_id: str = "basic", dpop: str = "") -> Any:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    }
    return await site.token(client_id, form, **({"dpop": dpop} if dpop else {}))


async def userinfo(site: Site, token: str, dpop: str | None, scheme: str = "DPoP") -> Any:
    headers = {"authorization": f"{scheme} {token}", **({"dpop": dpop} if dpop else {})}
    return await site.http().get("/oauth/userinfo", headers=headers)


async def test_dpop_algs_announced(site: Site) -> None:
    told = (await site.http().get("/.well-known/openid-configuration")).json()
    assert "ES256" in told["dpop_signing_alg_values_supported"]
    assert not [alg for alg in told["dpop_signing_alg_values_supported"] if alg.startswith("HS") or alg == "none"]


async def test_dpop_flow_and_introspection_shows_cnf_jkt(site: Site) -> None:
    tokens = await bound(site)
    token = tokens["access_token"]
    assert tokens["token_type"] == "DPoP"
    answer = await userinfo(site, token, proof(site, USERINFO, "GET", access_token=token))
    assert (answer.status_code, answer.json()["sub"]) == (200, site.person.sub)
    told = (await site.token("basic", {"token": token}, "/oauth/introspect")).json()
    assert (told["token_type"], told["cnf"]) == ("DPoP", {"jkt": KEY.kid})


async def test_dpop_bound_token_refused_as_bearer_and_without_a_proof(site: Site) -> None:
    token = (await bound(site))["access_token"]
    good = proof(site, USERINFO, "GET", access_token=token)
    for scheme, given in (("Bearer", None), ("Bearer", good), ("DPoP", None)):
        answer = await userinfo(site, token, given, scheme)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("DPoP ")
        assert "ES256" in answer.headers["www-authenticate"]


async def test_dpop_a_token_that_is_not_bound_is_none_under_the_scheme(site: Site) -> None:
    token = (await site.tokens())["access_token"]
    assert (await userinfo(site, token, proof(site, USERINFO, "GET", access_token=token))).status_code == 401


async def test_dpop_replayed_proof(site: Site) -> None:
    token = (await bound(site))["access_token"]
    once = proof(site, USERINFO, "GET", access_token=token)
    assert (await userinfo(site, token, once)).status_code == 200
    assert (await userinfo(site, token, once)).status_code == 401


WRONG: dict[str, dict[str, Any]] = {
    "wrong-htm": {"htm": "POST"},
    "wrong-htu": {"htu": f"{ISSUER}/oauth/other"},
    "htu-of-other-host": {"htu": "http://evil.example/oauth/userinfo"},
    "htu-that-is-none": {"htu": "http://["},
    "wrong-ath": {"ath": b64url(b"x" * 32)},
    "missing-ath": {"ath": None},
    "missing-jti": {"jti": None},
    "empty-jti": {"jti": ""},
    "missing-iat": {"iat": None},
    "iat-as-text": {"iat": "now"},
    "iat-as-true": {"iat": True},
    "other-key": {"key": OTHER.private, "head": {"jwk": dict(OTHER.jwk)}},
    "signature-by-other-key": {"key": OTHER.private},
    "wrong-typ": {"head": {"typ": "JWT"}},
    "no-typ": {"head": {"typ": None}},
    "symmetric-alg": {"key": b"k" * 32, "alg": "HS256", "head": {"jwk": {"kty": "oct", "k": b64url(b"k" * 32)}}},
    "private-key-in-header": {"head": {"jwk": {**KEY.jwk, "d": b64url(b"\x0b".rjust(32, b"\0"))}}},
    "no-key": {"head": {"jwk": None}},
    "crit": {"head": {"crit": ["exp"]}},
}


@pytest.mark.parametrize("name", WRONG)
async def test_dpop_a_wrong_proof_is_401_at_a_resource(site: Site, name: str) -> None:
    token = (await bound(site))["access_token"]
    given = proof(site, USERINFO, "GET", access_token=token, **WRONG[name])
    answer = await userinfo(site, token, given)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("DPoP ")


async def test_dpop_alg_none(site: Site) -> None:
    token = (await bound(site))["access_token"]
    head, body, _ = proof(site, USERINFO, "GET", access_token=token).split(".")
    none = b64url(b'{"alg":"none","typ":"dpop+jwt","jwk":' + jwt.utils.base64url_decode(head).split(b'"jwk":')[1])
    assert (await userinfo(site, token, f"{none}.{body}.")).status_code == 401


async def test_dpop_old_iat_is_refused_unless_a_fresh_server_nonce_stands_for_the_time(site: Site) -> None:
    token = (await bound(site))["access_token"]
    now = site.clock.now() // 1000
    for iat in (now - PROOF_MAX_AGE_S - 1, now - 3600, now + 60):
        old = proof(site, USERINFO, "GET", access_token=token, iat=iat)
        assert (await userinfo(site, token, old)).status_code == 401
    offered = (await userinfo(site, token, proof(site, USERINFO, "GET", access_token=token))).headers["dpop-nonce"]
    late = proof(site, USERINFO, "GET", access_token=token, iat=now - 3600, nonce=offered)
    assert (await userinfo(site, token, late)).status_code == 200


async def test_dpop_server_nonce_offered_and_stale_refused(site: Site) -> None:
    token = (await bound(site))["access_token"]
    for bogus in ("bogus", "", b64url(b"x" * 24), "é"):
        answer = await userinfo(site, token, proof(site, USERINFO, "GET", access_token=token, nonce=bogus))
        assert answer.status_code == 401
        assert 'error="use_dpop_nonce"' in answer.headers["www-authenticate"]
        assert answer.headers["dpop-nonce"]
    offered = answer.headers["dpop-nonce"]
    site.clock.move(NONCE_S * 1000)
    stale = proof(site, USERINFO, "GET", access_token=token, nonce=offered)
    assert 'error="use_dpop_nonce"' in (await userinfo(site, token, stale)).headers["www-authenticate"]
    form = {"grant_type": "client_credentials"}
    at_token = await site.token("basic", form, dpop=proof(site, nonce="bogus"))
    assert (at_token.status_code, at_token.json()["error"]) == (400, "use_dpop_nonce")
    assert at_token.headers["dpop-nonce"]


async def test_dpop_two_proof_headers(site: Site) -> None:
    headers = [("dpop", proof(site)), ("dpop", proof(site))]
    answer = await site.http().post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        headers=headers,
        auth=("basic", site.secrets["basic"]),
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")


async def test_dpop_token_endpoint_wrong_htu(site: Site) -> None:
    answer = await site.token("basic", {"grant_type": "client_credentials"}, dpop=proof(site, USERINFO))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")


async def test_dpop_an_address_with_a_query_or_in_other_case_is_the_same(site: Site) -> None:
    for url in (f"{TOKEN}?x=1", f"{TOKEN}#x", TOKEN.replace("localhost", "LOCALHOST")):
        answer = await site.token("basic", {"grant_type": "client_credentials"}, dpop=proof(site, url))
        assert answer.status_code == 200, url


async def test_dpop_jkt_binds_the_code(site: Site) -> None:
    for dpop in ("", proof(site, key=OTHER.private, head={"jwk": dict(OTHER.jwk)})):
        came = await site.arrive(site.browser(), dpop_jkt=KEY.kid)
        answer = await redeem(site, came["code"], dpop=dpop)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    came = await site.arrive(site.browser(), dpop_jkt=KEY.kid)
    assert (await redeem(site, came["code"], dpop=proof(site))).status_code == 200
    page = await site.browser().open(site.address(dpop_jkt="short"))
    assert answer_in(page)["error"] == "invalid_request"


async def test_dpop_binds_client_credentials(site: Site) -> None:
    answer = await site.token("basic", {"grant_type": "client_credentials"}, dpop=proof(site))
    token = answer.json()["access_token"]
    assert answer.json()["token_type"] == "DPoP"
    url = f"{ISSUER}/v1/confirmations/0198c0de-0000-7000-8000-000000000001"
    path = url.removeprefix(ISSUER)
    bare = await site.http(authorization=f"Bearer {token}").get(path)
    assert bare.status_code == 401
    good = proof(site, url, "GET", access_token=token)
    assert (await site.http(authorization=f"DPoP {token}", dpop=good).get(path)).status_code == 404


async def test_dpop_binds_refreshed_token(site: Site) -> None:
    tokens = await bound(site, scope="openid offline_access")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    again = (await site.token("basic", form, dpop=proof(site))).json()
    assert again["token_type"] == "DPoP"


async def test_dpop_public_client_refresh_token_bound(site: Site) -> None:
    tokens = await bound(site, "public", "openid offline_access")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    stolen = proof(site, key=OTHER.private, head={"jwk": dict(OTHER.jwk)})
    for dpop in ({}, {"dpop": stolen}):
        answer = await site.token("public", form, **dpop)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert (await site.token("public", form, dpop=proof(site))).status_code == 200


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_dpop_a_weak_rsa_key_is_none(site: Site) -> None:
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - that it is weak is the point
    jwk = {**jwt.algorithms.RSAAlgorithm.to_jwk(weak.public_key(), as_dict=True)}
    given = proof(site, key=weak, alg="PS256", head={"jwk": {name: jwk[name] for name in ("kty", "n", "e")}})
    answer = await site.token("basic", {"grant_type": "client_credentials"}, dpop=given)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
