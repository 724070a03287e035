"""`/.well-known/security.txt` (RFC 9116): there when the operator named a contact, and never about to expire."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from authsvc.errors import ConfigurationError
from authsvc.settings import build
from authsvc.web.site import build_site
from tests.authsvc.web.conftest import ORIGIN, House

pytestmark = pytest.mark.anyio

CONTACTS = ("mailto:security@id.example.kz", "https://id.example.kz/report")


async def test_it_names_contact_languages_and_policy_and_holds_for_30_days(house: House) -> None:
    settings = replace(house.svc.settings, security_contact=CONTACTS, security_policy="https://id.example.kz/policy")
    site = build_site(replace(house.svc, settings=settings))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=site), base_url=ORIGIN) as client:
        response = await client.get("/.well-known/security.txt")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    lines = response.text.splitlines()
    assert lines[:2] == [f"Contact: {contact}" for contact in CONTACTS]
    assert "Preferred-Languages: kk, ru, en" in lines
    assert f"Canonical: {ORIGIN}/.well-known/security.txt" in lines
    assert "Policy: https://id.example.kz/policy" in lines
    (expires,) = [line.removeprefix("Expires: ") for line in lines if line.startswith("Expires: ")]
    now = datetime.fromtimestamp(house.clock.now() / 1000, UTC)
    assert timedelta(days=29) <= datetime.fromisoformat(expires) - now <= timedelta(days=30)


async def test_without_a_contact_there_is_none(house: House) -> None:
    assert (await house.client().get("/.well-known/security.txt")).status_code == 404


@pytest.mark.parametrize("contact", ["security@example.kz", "http://id.example.kz", "mailto:a\nExpires: never", ""])
def test_attack_a_contact_that_is_no_address_is_refused(contact: str) -> None:
    needed = {"issuer": "https://id.example.kz", "log_origin": "log.example/1", "database": "x", "keys_dir": "k"}
    with pytest.raises(ConfigurationError, match="security_contact"):
        build({**needed, "fence_file": "f", "security_contact": [contact]}, {})
