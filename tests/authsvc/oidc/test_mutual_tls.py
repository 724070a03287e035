"""Mutual TLS (RFC 8705) behind a proxy that is trusted by configuration; each test is named like its demand."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from authsvc.errors import InvalidRequest
from authsvc.keys import Es256Key
from authsvc.oidc import clients
from authsvc.oidc.certificates import thumbprint
from authsvc.oidc.relying_party import GRANT_TYPES, MTLS, SELF_SIGNED, RelyingParty
from authsvc.web.client_certificate import CertificateProxies
from authsvc.web.site import build_site
from tests.authsvc.oidc.certificates import SUBJECT, escaped, make, rfc9440
from tests.authsvc.oidc.conftest import ISSUER, REDIRECT, VERIFIER, Site, answer_in

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
PROXY, STRANGER = "10.0.0.9", "198.51.100.1"
ROOT_KEY, KEY, OTHER_KEY = (ec.derive_private_key(number, ec.SECP256R1()) for number in (21, 22, 23))
ROOT = make("CN=Clients Root,C=KZ", key=ROOT_KEY, is_authority=True)
ISSUED = make(key=KEY, issuer=("CN=Clients Root,C=KZ", ROOT_KEY))
OWN = make("CN=self", key=KEY)
NAMES = {"kk": "Клиент", "ru": "Клиент", "en": "Client"}
Settled = Callable[..., Site]


@pytest.fixture
def mutual(site: Site, tmp_path: Path) -> Settled:
    """The same site behind a proxy that hands certificates on."""

    def settle(**changes: Any) -> Site:
        trust = tmp_path / "trust"
        (trust / "clients").mkdir(parents=True, exist_ok=True)
        (trust / "clients" / "root.der").write_bytes(ROOT)
        chosen = {"certificate_proxies": ("10.0.0.0/24",), "trust_dir": trust, **changes}
        site.svc = replace(site.svc, settings=replace(site.svc.settings, **chosen))
        site.app = build_site(site.svc)
        return site

    return settle


async def add(site: Site, name: str, method: str, **extra: object) -> None:
    jwk = {**Es256Key.of(KEY).jwk, "x5c": [b64encode(OWN).decode()]}
    party = RelyingParty(
        id=name,
        name=NAMES,
        auth_method=method,
        redirect_uris=(REDIRECT,),
        grant_types=tuple(GRANT_TYPES) if method != "none" else GRANT_TYPES[:2],
        scopes=("openid", "offline_access", "confirmations"),
        jwks=(jwk,) if method == SELF_SIGNED else (),
        extra=extra,
    )
    await clients.register(site.svc, party, ground="tests")


def behind(site: Site, certificate: bytes = b"", *, peer: str = PROXY, **headers: str) -> httpx2.AsyncClient:
    """Requests as they come from this peer, with the certificate in the proxy's header."""
    if certificate:
        headers = {"client-cert": rfc9440(certificate), **headers}
    transport = httpx2.ASGITransport(app=site.app, client=(peer, 40_000))
    client = httpx2.AsyncClient(transport=transport, base_url=ISSUER, headers=headers)
    site.opened.append(client)
    return client


async def ask(site: Site, name: str, certificate: bytes = b"", form: Mapping[str, str] = {}, **how: Any) -> Any:
    sent = {"grant_type": "client_credentials", **form, "client_id": name}
    return await behind(site, certificate, **how).post("/oauth/token", data=sent)


async def test_mtls_announced_only_where_a_proxy_is_configured(site: Site, mutual: Settled) -> None:
    told = (await site.http().get("/.well-known/openid-configuration")).json()
    assert told["tls_client_certificate_bound_access_tokens"] is False
    assert MTLS not in told["token_endpoint_auth_methods_supported"]
    told = (await mutual().http().get("/.well-known/openid-configuration")).json()
    assert told["tls_client_certificate_bound_access_tokens"] is True
    assert {MTLS, SELF_SIGNED} <= set(told["token_endpoint_auth_methods_supported"])
    assert "mtls_endpoint_aliases" not in told


async def test_mtls_an_origin_of_its_own_is_told_and_answers(mutual: Settled) -> None:
    site = mutual(mtls_origin="http://mtls.localhost:8000")
    await add(site, "named", MTLS, tls_client_auth_san_dns="client.example.kz")
    told = (await site.http().get("/.well-known/openid-configuration")).json()
    token_endpoint = told["mtls_endpoint_aliases"]["token_endpoint"]
    assert token_endpoint == "http://mtls.localhost:8000/oauth/token"
    answer = await behind(site, ISSUED).post(
        token_endpoint, data={"grant_type": "client_credentials", "client_id": "named"}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("kind", "value", "strange"),
    [
        ("subject_dn", SUBJECT, "CN=client.example.kz,O=Другой,C=KZ"),
        ("san_dns", "Client.example.kz", "example.kz"),
        ("san_uri", "https://client.example.kz/id", "https://client.example.kz/"),
        ("san_ip", "203.0.113.7", "203.0.113.8"),
        ("san_email", "client@example.kz", "other@example.kz"),
    ],
)
async def test_tls_client_auth_by_its_one_registered_name(mutual: Settled, kind: str, value: str, strange: str) -> None:
    site = mutual()
    await add(site, "named", MTLS, **{f"tls_client_auth_{kind}": value})
    await add(site, "strange", MTLS, **{f"tls_client_auth_{kind}": strange})
    assert (await ask(site, "named", ISSUED)).status_code == 200
    refused = await ask(site, "strange", ISSUED)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        (b"", "none"),
        (b"\x30\x03\x02\x01\x01", "not a certificate"),
        (make(key=KEY), "self-signed under the same name"),
        (make(key=KEY, issuer=("CN=Clients Root,C=KZ", OTHER_KEY)), "by a stranger under the authority's name"),
        (make(key=KEY, issuer=("CN=Clients Root,C=KZ", ROOT_KEY), days=-1), "expired"),
        (
            make(key=KEY, issuer=("CN=Clients Root,C=KZ", ROOT_KEY), usage=ExtendedKeyUsageOID.SERVER_AUTH),
            "for servers",
        ),
    ],
)
async def test_attack_a_certificate_that_no_authority_stands_for(mutual: Settled, certificate: bytes, why: str) -> None:
    site = mutual()
    await add(site, "named", MTLS, tls_client_auth_subject_dn=SUBJECT)
    refused = await ask(site, "named", certificate)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client"), why


async def test_self_signed_by_the_certificate_in_its_own_keys(mutual: Settled) -> None:
    site = mutual()
    await add(site, "selfmade", SELF_SIGNED)
    assert (await ask(site, "selfmade", OWN)).status_code == 200
    for other in (make("CN=self", key=KEY), make("CN=self", key=OTHER_KEY), ISSUED, b""):
        assert (await ask(site, "selfmade", other)).json()["error"] == "invalid_client"


async def test_attack_a_header_from_anybody_but_the_proxy_is_nothing(site: Site, mutual: Settled) -> None:
    mutual()
    await add(site, "selfmade", SELF_SIGNED)
    told = {"x-forwarded-for": PROXY, "forwarded": f"for={PROXY}"}
    for peer in (STRANGER, "127.0.0.1", "10.0.1.9", "::ffff:198.51.100.1"):
        refused = await ask(site, "selfmade", OWN, peer=peer, **told)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    twice = httpx2.Headers([("client-cert", rfc9440(OWN)), ("client-cert", rfc9440(ISSUED))])
    sent = {"grant_type": "client_credentials", "client_id": "selfmade"}
    assert (await behind(site).post("/oauth/token", data=sent, headers=twice)).status_code == 401


async def test_attack_a_certificate_beside_other_credentials_or_for_another_method(mutual: Settled) -> None:
    site = mutual()
    await add(site, "selfmade", SELF_SIGNED)
    assert (await ask(site, "selfmade", OWN, {"client_secret": "x"})).status_code == 401
    assert (await ask(site, "basic", OWN)).json()["error"] == "invalid_client"
    assert (await ask(site, "pkjwt", OWN)).json()["error"] == "invalid_client"


async def bound(site: Site, name: str, certificate: bytes, **form: str) -> dict[str, Any]:
    """A whole login of a client whose tokens are bound to its certificate."""
    page = await site.browser().open(site.address(name, scope="openid offline_access"))
    browser = site.browser()
    page = await site.log_in(browser, await browser.open(site.address(name, scope="openid offline_access")))
    came = answer_in(page if page.left else await browser.submit(page, button="allow"))
    code = {"grant_type": "authorization_code", "code": came["code"], "redirect_uri": REDIRECT}
    answer = await ask(site, name, certificate, {**code, "code_verifier": VERIFIER, **form})
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def test_certificate_bound_tokens_of_every_kind(mutual: Settled) -> None:
    site = mutual()
    await add(site, "selfmade", SELF_SIGNED, tls_client_certificate_bound_access_tokens=True)
    said = await bound(site, "selfmade", OWN)
    claims = jwt.decode(said["access_token"], options={"verify_signature": False})
    assert claims["cnf"] == {"x5t#S256": thumbprint(OWN)}
    assert said["token_type"] == "Bearer"
    told = await behind(site, OWN).post(
        "/oauth/introspect", data={"token": said["access_token"], "client_id": "selfmade"}
    )
    assert told.json()["cnf"] == {"x5t#S256": thumbprint(OWN)}
    own = (await ask(site, "selfmade", OWN)).json()
    assert jwt.decode(own["access_token"], options={"verify_signature": False})["cnf"] == claims["cnf"]
    again = await ask(site, "selfmade", OWN, {"grant_type": "refresh_token", "refresh_token": said["refresh_token"]})
    assert jwt.decode(again.json()["access_token"], options={"verify_signature": False})["cnf"] == claims["cnf"]


async def test_a_bound_token_is_good_only_on_a_connection_with_its_certificate(mutual: Settled) -> None:
    site = mutual()
    await add(site, "selfmade", SELF_SIGNED, tls_client_certificate_bound_access_tokens=True)
    token = (await bound(site, "selfmade", OWN))["access_token"]
    bearer = {"authorization": f"Bearer {token}"}
    assert (await behind(site, OWN, **bearer).get("/oauth/userinfo")).status_code == 200
    for client in (behind(site, ISSUED, **bearer), behind(site, **bearer), behind(site, OWN, peer=STRANGER, **bearer)):
        refused = await client.get("/oauth/userinfo")
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["www-authenticate"]


async def test_a_public_clients_refresh_token_is_bound_to_its_certificate(mutual: Settled) -> None:
    site = mutual()
    await add(site, "app", "none", tls_client_certificate_bound_access_tokens=True)
    said = await bound(site, "app", OWN)
    refresh = {"grant_type": "refresh_token", "refresh_token": said["refresh_token"]}
    assert (await ask(site, "app", ISSUED, refresh)).json()["error"] == "invalid_grant"
    assert (await ask(site, "app", OWN, refresh)).status_code == 200


async def test_a_client_registered_for_bound_tokens_gets_no_others(mutual: Settled) -> None:
    site = mutual()
    await add(site, "app", "client_secret_post", tls_client_certificate_bound_access_tokens=True)
    await add(site, "prover", SELF_SIGNED, dpop_bound_access_tokens=True)
    assert (await ask(site, "prover", OWN)).json()["error"] == "invalid_dpop_proof"
    refused = await ask(site, "app", OWN, {"client_secret": "x"})
    assert refused.status_code == 401


@pytest.mark.parametrize(
    ("method", "extra", "jwk"),
    [
        (MTLS, {}, {}),
        (MTLS, {"tls_client_auth_san_dns": "a.kz", "tls_client_auth_san_uri": "https://a.kz"}, {}),
        (MTLS, {"tls_client_auth_san_ip": "300.1.1.1"}, {}),
        (MTLS, {"tls_client_auth_subject_dn": "nobody"}, {}),
        (MTLS, {"tls_client_auth_san_dns": ""}, {}),
        ("client_secret_basic", {"tls_client_auth_san_dns": "a.kz"}, {}),
        (SELF_SIGNED, {}, dict(Es256Key.of(KEY).jwk)),
        (SELF_SIGNED, {}, {**Es256Key.of(OTHER_KEY).jwk, "x5c": [b64encode(OWN).decode()]}),
        (SELF_SIGNED, {}, {**Es256Key.of(KEY).jwk, "x5c": ["!"]}),
        (SELF_SIGNED, {}, {**Es256Key.of(KEY).jwk, "x5c": []}),
    ],
)
async def test_registration_refuses_names_and_certificates_that_prove_nothing(
    mutual: Settled, method: str, extra: dict[str, object], jwk: dict[str, object]
) -> None:
    site = mutual()
    party = RelyingParty("bad", NAMES, method, (REDIRECT,), jwks=(jwk,) if jwk else (), extra=extra)
    with pytest.raises(InvalidRequest):
        await clients.register(site.svc, party, ground="tests")


async def test_registration_over_http_offers_it_only_where_certificates_are_seen(site: Site, mutual: Settled) -> None:
    from authsvc.oidc import registration

    opens = await registration.open_registration(site.svc, days=1)
    body = {
        "redirect_uris": ["https://rp.example/cb"],
        "token_endpoint_auth_method": MTLS,
        "tls_client_auth_san_dns": "client.example.kz",
    }
    refused = await site.http(authorization=f"Bearer {opens}").post("/oauth/register", json=body)
    assert refused.json()["error"] == "invalid_client_metadata"
    made = await mutual().http(authorization=f"Bearer {opens}").post("/oauth/register", json=body)
    assert (made.status_code, made.json()["tls_client_auth_san_dns"]) == (201, "client.example.kz")
    assert "client_secret" not in made.json()


def test_the_proxys_header_is_read_in_both_forms_and_junk_is_none() -> None:
    proxies = CertificateProxies(("10.0.0.0/24", "fd00::/8"), "client-cert")

    def read(value: str, peer: str = PROXY) -> bytes:
        return proxies.certificate_of(peer, [(b"client-cert", value.encode("latin-1"))])

    assert read(rfc9440(OWN)) == read(escaped(OWN)) == read(rfc9440(OWN), "fd00::1") == OWN
    assert read(rfc9440(OWN), "::ffff:10.0.0.9") == OWN
    for junk in ("", ":", "::", ":!!:", "AAAA", "-----BEGIN CERTIFICATE-----", "%", ":" + "A" * 20_000 + ":"):
        assert read(junk) == b""
    assert read(rfc9440(OWN), "testclient") == b""
    assert CertificateProxies((), "client-cert").certificate_of(PROXY, [(b"client-cert", b":AA==:")]) == b""
