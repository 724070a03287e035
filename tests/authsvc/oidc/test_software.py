"""Software statements (RFC 7591 2.3): signed metadata stand above what the client says, if the issuer is trusted."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from authsvc.keys import Es256Key
from authsvc.oidc import registration
from authsvc.web.site import build_site
from tests.authsvc.oidc.conftest import Site

pytestmark = pytest.mark.anyio
ISSUER = "https://registry.example.kz"
KEY, OTHER = (Es256Key.of(ec.derive_private_key(number, ec.SECP256R1())) for number in (41, 42))
Register = Callable[..., Any]


@pytest.fixture
async def register(site: Site, tmp_path: Path) -> Register:
    """Registration at a service that trusts one issuer of statements."""
    folder = tmp_path / "trust" / "software"
    folder.mkdir(parents=True)
    trusted = {"iss": ISSUER, "jwks": {"keys": [{**KEY.jwk, "kid": KEY.kid}]}}
    (folder / "registry.json").write_text(json.dumps(trusted), encoding="utf-8")
    site.svc = replace(site.svc, settings=replace(site.svc.settings, trust_dir=tmp_path / "trust"))
    site.app = build_site(site.svc)
    opens = await registration.open_registration(site.svc, days=1)

    async def call(statement: object, **metadata: object) -> Any:
        body = {"redirect_uris": ["https://rp.example/cb"], **metadata, "software_statement": statement}
        return await site.http(authorization=f"Bearer {opens}").post("/oauth/register", json=body)

    return call


def sign(key: Es256Key = KEY, *, head: dict[str, Any] | None = None, **claims: Any) -> str:
    told = {"iss": ISSUER, "client_name": "Signed name", "software_id": "4NRB1", **claims}
    return jwt.encode(told, key.private, "ES256", headers={"kid": key.kid, **(head or {})})


async def test_what_is_signed_stands_above_what_is_said(register: Register) -> None:
    statement = sign(redirect_uris=["https://signed.example/cb"])
    made = await register(statement, client_name="Bank of Everything", client_uri="https://rp.example")
    told = made.json()
    assert made.status_code == 201
    assert (told["client_name"], told["software_id"]) == ("Signed name", "4NRB1")
    assert told["redirect_uris"] == ["https://signed.example/cb"]
    assert (told["client_uri"], told["software_statement"]) == ("https://rp.example", statement)


async def test_a_statement_of_a_stranger_is_not_approved(register: Register) -> None:
    refused = await register(sign(OTHER, iss="https://stranger.example"))
    assert (refused.status_code, refused.json()["error"]) == (400, "unapproved_software_statement")


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(sign(OTHER), id="another's key"),
        pytest.param(sign(exp=1_795_514_000), id="over"),
        pytest.param(sign(nbf=1_795_518_000), id="not yet"),
        pytest.param(sign(exp="soon"), id="a time in words"),
        pytest.param(sign(head={"typ": "at+jwt"}), id="another kind of token"),
        pytest.param(jwt.encode({"iss": ISSUER}, "", "none"), id="unsigned"),
        pytest.param(sign()[:-2] + "AA", id="altered"),
        pytest.param("x.y.z", id="no JWT"),
        pytest.param("ы", id="no ASCII"),
        pytest.param(7, id="no text"),
    ],
)
async def test_attack_a_statement_that_its_issuer_did_not_make(register: Register, statement: object) -> None:
    refused = await register(statement)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_software_statement")


async def test_a_statement_gives_nothing_that_registration_does_not(register: Register) -> None:
    for claims in ({"scope": "openid iin"}, {"redirect_uris": ["http://evil.example/cb"]}):
        refused = await register(sign(**claims))
        assert refused.json()["error"] in ("invalid_client_metadata", "invalid_redirect_uri")
