"""A user of NCANode changes a base URL: the same requests, answers of the same shape, right where NCANode is wrong."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpx2
import pytest

from authsvc import cli
from authsvc.web.ncanode import NOT_HERE
from authsvc.web.sandbox.pki import Credential, Reason, Role, sign_cms
from tests.stories.test_relying_party_verifies_documents import COMPANY, LETTER, ORGANISATION
from tests.world import World, tls

pytestmark = pytest.mark.anyio


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Ncanode:
    """A client of NCANode at our base URL."""

    def __init__(self, world: World) -> None:
        pki, citizen = world.people.pki, world.citizen
        who: dict[str, Any] = {"name": citizen["name"], "iin": citizen["iin"]}
        self.world = world
        self.person: Credential = pki.authority("rsa").issue_person(**who)
        self.head: Credential = pki.authority("gost").issue_representative(
            **who, bin=COMPANY, organization=ORGANISATION, role=Role.HEAD
        )

    def sign(self, *by: Credential, **how: Any) -> bytes:
        return sign_cms(LETTER, list(by), signing_time=self.world.clock.now(), **how)

    async def post(self, path: str, body: object, status: int = 200) -> dict[str, Any]:
        async with httpx2.AsyncClient(base_url=f"{self.world.issuer}/ncanode", verify=tls()) as http:
            response = await http.post(path, json=body)
        assert response.status_code == status, response.text
        said: dict[str, Any] = response.json()
        assert said["status"] == status
        return said


@pytest.fixture(scope="module")
async def ncanode(shared_world: World) -> Ncanode:
    return Ncanode(shared_world)


async def test_a_cms_is_verified_with_its_signer(ncanode: Ncanode) -> None:
    said = await ncanode.post("/cms/verify", {"cms": b64(ncanode.sign(ncanode.head)), "revocationCheck": ["CRL"]})
    assert (said["valid"], said["message"], said["indication"]) == (True, "OK", "TOTAL-PASSED")
    (signer,) = said["signers"]
    (info,) = signer["certificates"]
    citizen = ncanode.world.citizen
    assert (info["subject"]["iin"], info["subject"]["bin"]) == (citizen["iin"], COMPANY)
    assert info["keyUser"][:2] == ["ORGANIZATION", "CEO"]
    assert (info["keyUsage"], info["valid"], info["issuer"]["country"]) == ("SIGN", True, "KZ")
    assert info["revocations"][0] == {"revoked": False, "by": "CRL", "revocationTime": None, "reason": None}


async def test_a_detached_one_several_signers_and_its_content(ncanode: Ncanode) -> None:
    both = ncanode.sign(ncanode.person, ncanode.head, detached=True)
    said = await ncanode.post("/cms/verify", {"cms": b64(both), "data": b64(LETTER)})
    assert (said["valid"], len(said["signers"])) == (True, 2)
    other = await ncanode.post("/cms/verify", {"cms": b64(both), "data": b64(b"another")})
    assert (other["valid"], other["subIndication"]) == (False, "HASH_FAILURE")
    assert other["signers"][0]["reasons"][0]["code"] == "content.digest"
    missing = await ncanode.post("/cms/verify", {"cms": b64(both)})
    assert (missing["valid"], missing["subIndication"]) == (False, "SIGNED_DATA_NOT_FOUND")
    whole = await ncanode.post("/cms/extract", {"cms": b64(ncanode.sign(ncanode.person))})
    assert base64.b64decode(whole["data"]) == LETTER
    assert (await ncanode.post("/cms/extract", {"cms": b64(both)}, 404))["message"]


async def test_the_facade_is_compared_with_an_ncanode_before_the_switch(
    ncanode: Ncanode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letter.cms").write_bytes(ncanode.sign(ncanode.head))
    ours = f"{ncanode.world.issuer}/ncanode"
    words = ["facade", "compare", str(tmp_path), "--facade", ours, "--upstream", ours, "--revocation-check", "CRL"]
    assert await anyio.to_thread.run_sync(cli.main, words) == 0
    printed = capsys.readouterr().out
    assert "/cms/verify same (TOTAL-PASSED)" in printed
    assert ncanode.world.citizen["iin"] not in printed


async def test_a_revoked_signer_is_valid_only_for_who_does_not_ask(ncanode: Ncanode) -> None:
    world = ncanode.world
    authority = world.people.pki.authority("rsa")
    revoked = authority.issue_person(name="Ермек", iin=world.citizen["iin"])
    authority.revoke(revoked, world.clock.now() - 3_600_000, Reason.KEY_COMPROMISE)
    cms = b64(ncanode.sign(revoked, crls=[authority.crl(world.clock.now())]))
    asked = await ncanode.post("/cms/verify", {"cms": cms, "revocationCheck": ["OCSP", "CRL"]})
    plain = await ncanode.post("/cms/verify", {"cms": cms})
    assert [asked["valid"], plain["valid"]] == [False, True]
    assert plain["subIndication"] == asked["subIndication"] == "REVOKED_NO_POE"  # the whole verdict is always told
    assert plain["signers"][0]["certificates"][0]["revocations"][0]["revoked"] is True


async def test_xml_and_pdf_are_judged_by_their_own_paths(ncanode: Ncanode, shared_vectors: Any) -> None:
    folder = shared_vectors / "kz" / "xml"
    text = (folder / "ncanode_xmlservicetest_3.xml").read_text()
    for path in ("/xml/verify", "/wsse/verify"):
        said = await ncanode.post(path, {"xml": text})
        assert (said["valid"], len(said["signers"])) == (False, 2)  # nobody here trusts those roots
        assert said["signers"][0]["reasons"][0]["code"] == "path.found"
    pdf = (shared_vectors / "eds" / "dss" / "pades" / "pkcs7.pdf").read_bytes()
    said = await ncanode.post("/pdf/verify", {"pdf": b64(pdf)})
    assert (said["valid"], said["signers"][0]["changedAfterSigning"]) == (False, [])
    assert said["signers"][0]["certificate"]["subject"]["country"] == "JE"


async def test_certificates_are_looked_up_and_bare_signatures_checked(ncanode: Ncanode) -> None:
    ders = [b64(each.certificate_der) for each in (ncanode.person, ncanode.head)]
    said = await ncanode.post("/x509/info", {"certs": ders, "revocationCheck": ["CRL"]})
    assert (said["valid"], [one["keyUser"][0] for one in said["signers"]]) == (True, ["INDIVIDUAL", "ORGANIZATION"])
    value = ncanode.person.sign("Сәлем".encode())
    for signature, valid in ((value, True), (value[:-1] + bytes((value[-1] ^ 1,)), False), (b"", False)):
        body = {"certificate": ders[0], "data": "Сәлем", "signature": b64(signature or bytes(256))}
        said = await ncanode.post("/x509/verify", body)
        assert (said["valid"], said["intact"]) == (valid, valid)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/cms/verify", {}, 400),
        ("/cms/verify", [], 400),
        ("/cms/verify", {"cms": 5}, 400),
        ("/cms/verify", {"cms": "%%%"}, 400),
        ("/cms/verify", {"cms": "AAAA"}, 400),
        ("/cms/verify", {"cms": "AAAA", "revocationCheck": ["LDAP"]}, 400),
        ("/xml/verify", {"xml": "<a/>"}, 404),
        ("/xml/verify", {"xml": "<a"}, 400),
        ("/pdf/verify", {"pdf": b64(b"hello")}, 400),
        ("/x509/info", {"certs": []}, 400),
        ("/x509/info", {"certs": ["AAAA"]}, 400),
        ("/x509/info", {"certs": ["AAAA"] * 65}, 400),
        ("/x509/verify", {"certificate": "AAAA"}, 400),
    ],
)
async def test_errors_have_ncanode_s_shape(ncanode: Ncanode, path: str, body: object, status: int) -> None:
    said = await ncanode.post(path, body, status)
    assert said.keys() == {"status", "message", "details"}


@pytest.mark.parametrize("path", NOT_HERE)
async def test_no_private_key_passes_through(ncanode: Ncanode, path: str) -> None:
    said = await ncanode.post(path, {"signers": [{"key": "AAAA", "password": "x"}]}, 501)
    assert "private key" in said["message"]


async def test_who_is_in_no_named_network_finds_nothing(ncanode: Ncanode) -> None:
    svc = ncanode.world.svc
    settings = replace(svc.settings, ncanode_networks=("10.9.0.0/16",))
    object.__setattr__(svc, "settings", settings)
    try:
        for path in ("/cms/verify", "/cms/sign"):
            assert (await ncanode.post(path, {"cms": "AAAA"}, 404))["message"] == "there is nothing here"
    finally:
        object.__setattr__(svc, "settings", replace(settings, ncanode_networks=("127.0.0.0/8", "::1/128")))
