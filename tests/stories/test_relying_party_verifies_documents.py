"""Digital Code article 49: an EDS is its own kind; reports in the words of ETSI EN 319 102-1, each with its record.

One service and its signed documents stand for the whole module: the verifier's processes start once.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from authsvc.sandbox.relying_party import RelyingPartyClient
from authsvc.trust import opening
from authsvc.web.sandbox.pki import Credential, Reason, Role, TestPki, invent_bin, sign_cms
from signatures import LOGIN_CHALLENGE_KIND
from tests.stories.standing import signed_in
from tests.stranger import check_proof
from tests.world import World

pytestmark = pytest.mark.anyio

HOUR = 3_600_000
LETTER = "Құрметті әріптестер! Келісім күшіне енді.\n".encode()
COMPANY = invent_bin(date(1995, 3, 1), 7)
ORGANISATION = "ТОО «Жібек жолы»"


@dataclass
class Office:
    """Citizens with certificates of the test PKI, before a relying party that verifies what they signed."""

    world: World
    bank: RelyingPartyClient
    head: Credential
    person: Credential
    employee: Credential
    receipt: bytes
    id_token: bytes

    @property
    def now(self) -> int:
        return self.world.clock.now()

    def sign(self, content: bytes, *credentials: Credential, **how: Any) -> bytes:
        return sign_cms(content, list(credentials), signing_time=self.now, **how)

    async def send(self, signed: bytes, **members: Any) -> tuple[int, dict[str, Any]]:
        """As JSON; bytes among the members become base64."""
        body = {"signed": b64(signed)} | {name: plain(value) for name, value in members.items()}
        response = await self.bank.call("POST", "/v1/signatures", body)
        return response.status_code, response.json()

    async def report(self, signed: bytes, **members: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """(the report, the records), for a document that has one."""
        status, said = await self.send(signed, **members)
        assert status == 200, said
        assert said["kind"] == "signature_verification"
        return said["report"], said["records"]


def plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64(value)
    return [plain(each) for each in value] if isinstance(value, list) else value


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture(scope="module")
async def office(shared_world: World) -> Office:
    """People and companies are invented; GOST, RSA and ECDSA issuers of the sandbox's PKI."""
    pki, citizen = shared_world.people.pki, shared_world.citizen
    who: dict[str, Any] = {"name": citizen["name"], "iin": citizen["iin"]}
    entity = {**who, "bin": COMPANY, "organization": ORGANISATION}
    here = await signed_in(shared_world)
    receipt = (await here.confirm(await here.ask()))["receipt"]
    return Office(
        shared_world,
        shared_world.bank(),
        pki.authority("gost").issue_representative(**entity, role=Role.HEAD),
        pki.authority("rsa").issue_person(**who),
        pki.authority("ecdsa").issue_representative(**entity, role=Role.EMPLOYEE),
        receipt.encode(),
        here.tokens.id_token.encode(),
    )


@pytest.mark.parametrize("family", ["gost", "rsa", "ecdsa"])
async def test_a_good_signature_passes_with_its_signer_and_path(office: Office, family: str) -> None:
    credential = {"gost": office.head, "rsa": office.person, "ecdsa": office.employee}[family]
    detached = family == "ecdsa"
    signed = office.sign(LETTER, credential, detached=detached)
    report, records = await office.report(signed, **({"content": LETTER} if detached else {}), name="Келісім.txt")
    assert report["indication"] == "TOTAL-PASSED"
    one = report["signatures"][0]
    assert (one["indication"], one["intact"], one["format"]) == ("TOTAL-PASSED", True, "CMS")
    citizen = office.world.citizen
    assert (one["signer"]["iin"], one["signer"]["bin"]) == (citizen["iin"], None if family == "rsa" else COMPANY)
    subjects = [each["subject"] for each in one["path"]]
    assert len(subjects) == 3
    assert citizen["iin"] in subjects[0]
    assert f"({family.upper()})" in subjects[1]
    assert f"({family.upper()})" in subjects[2]
    assert report["wants"] == []
    assert one["best_signature_time"]

    kind, body, slots = await office.world.record(records[0]["id"])
    assert (kind, body["indication"], body["sub_indication"]) == ("signature_verification", "TOTAL-PASSED", "")
    assert slots["document_name"] == "Келісім.txt"
    assert slots["rp"] == office.bank.client_id
    assert (slots["signer_subject"], slots["content_seen"]) == (f"iin:{citizen['iin']}", "seen")


async def test_each_record_comes_with_its_proof_and_can_be_read_again_by_its_relying_party_alone(
    office: Office,
) -> None:
    _, records = await office.report(office.sign(LETTER, office.person))
    record = records[0]
    index, _ = check_proof(record["proof"].encode(), record["entry"].encode(), office.world.vkey)
    assert index == record["index"]
    again = (await office.bank.call("GET", f"/v1/evidence/{record['id']}")).json()
    assert {name: again[name] for name in record} == record
    assert again["type"] == "signature_verification"
    assert not {each["name"] for each in again["disclosures"]} & {"signer_subject", "person_name"}
    strange = await office.world.bookkeeper().call("GET", f"/v1/evidence/{record['id']}")
    assert (strange.status_code, strange.json()["code"]) == (404, "not_found")


async def test_a_form_with_files_says_the_same_as_json(office: Office) -> None:
    signed = office.sign(LETTER, office.employee, detached=True)
    files = {"signed": ("letter.p7s", signed), "content": ("letter.txt", LETTER)}
    response = await office.bank.call("POST", "/v1/signatures", files=files, data={"keep": "true"})
    assert response.status_code == 200
    said = response.json()
    assert said["report"]["indication"] == "TOTAL-PASSED"
    _, _, slots = await office.world.record(said["records"][0]["id"])
    assert slots["document_name"] == "letter.p7s"
    blobs = await office.world.svc.log.vault.blobs(office.world.svc.store, said["records"][0]["id"])
    assert (blobs["content"], blobs["signed"]) == (LETTER, signed)
    response = await office.bank.call("POST", "/v1/signatures", data={"signed": "text"}, files={"content": LETTER})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")


async def test_a_report_is_read_again_by_its_relying_party_alone(office: Office) -> None:
    _, said = await office.send(office.sign(LETTER, office.employee), name="letter.cms")
    assert (said["state"], said["policy"], said["id"]) == ("final", "basic", said["records"][0]["id"])
    again = await office.bank.call("GET", f"/v1/signatures/{said['id']}")
    assert (again.status_code, again.json()) == (200, said)
    asking = {"authorization": f"Bearer {office.bank._token}", "accept": "application/xml"}
    etsi = await office.world.http().get(f"/v1/signatures/{said['id']}", headers=asking)
    assert (etsi.status_code, etsi.headers["content-type"]) == (200, "application/xml")
    assert "urn:etsi:019102:mainindication:total-passed" in etsi.text
    for party, name in ((office.world.bookkeeper(), said["id"]), (office.bank, "01900000-0000-7000-8000-000000000000")):
        refused = await party.call("GET", f"/v1/signatures/{name}")
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert (await office.world.http().get(f"/v1/signatures/{said['id']}")).status_code == 401


async def test_a_verdict_that_waits_for_a_status_says_when_it_is_asked_for_again(office: Office) -> None:
    unknown = office.world.people.pki.authority("ecdsa").succeed(at=office.now - HOUR)
    stray = unknown.issue_person(name=office.world.citizen["name"], iin=office.world.citizen["iin"])
    signed = office.sign(LETTER, stray, certificates=[unknown.issuing.credential.certificate_der])
    _, said = await office.send(signed, policy="online")
    assert (said["state"], said["policy"], said["report"]["policy"]) == ("waiting", "online", "authsvc/eds/online/1")
    assert said["next_try"] < said["give_up"]


async def test_from_digests_in_place_of_the_document_it_never_leaves_the_relying_party(office: Office) -> None:
    signed = office.sign(LETTER, office.employee, detached=True)
    digest = hashlib.sha256(LETTER).hexdigest()
    _, by_json = await office.send(signed, digests={"sha256": digest})
    files = {"signed": ("letter.p7s", signed)}
    by_form = (
        await office.bank.call("POST", "/v1/signatures", files=files, data={"digest": f"sha256:{digest}"})
    ).json()
    for said in (by_json, by_form):
        one = said["report"]["signatures"][0]
        assert (one["indication"], one["coverage"]["seen"]) == ("TOTAL-PASSED", False)
        _, _, slots = await office.world.record(said["id"])
        assert slots["content_seen"] == "digest_only"


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        ({"digest": "sha256:00"}, "sha256 has 32 bytes"),
        ({"digest": ["sha256:" + "00" * 32] * 2}, "each hash once"),
        ({"keep": "yes"}, "keep: true or false"),
        ({"policy": "lenient"}, "one of basic, online, archive"),
        ({"policy": ["basic", "online"]}, "policy: given more than once"),
        ({"anchor": "x"}, "the form has the files signed, content, evidence"),
    ],
)
async def test_a_form_that_breaks_a_rule_is_refused_and_the_rule_is_named(
    office: Office, data: dict[str, Any], rule: str
) -> None:
    response = await office.bank.call("POST", "/v1/signatures", files={"signed": ("a", b"x")}, data=data)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert rule in response.json()["detail"]


async def test_an_idempotency_key_covers_the_bytes_of_a_form_its_boundary_too(office: Office) -> None:
    files = {"signed": ("letter.p7s", office.sign(LETTER, office.head))}
    first, second = [await office.bank.call("POST", "/v1/signatures", files=files, key="twice") for _ in range(2)]
    assert first.status_code == 200
    assert (second.status_code, second.json()["code"]) == (422, "idempotency_key_reused")


async def test_one_letter_changed_is_a_hash_failure(office: Office) -> None:
    signed = office.sign(LETTER, office.employee, detached=True)
    report, records = await office.report(signed, content=LETTER.replace(b"!", b"."))
    one = report["signatures"][0]
    assert (one["indication"], one["sub_indication"], one["intact"]) == ("TOTAL-FAILED", "HASH_FAILURE", False)
    _, body, _ = await office.world.record(records[0]["id"])
    assert (body["indication"], body["sub_indication"]) == ("TOTAL-FAILED", "HASH_FAILURE")


async def test_a_changed_signature_value_is_a_crypto_failure(office: Office) -> None:
    signed = bytearray(office.sign(LETTER, office.person))
    signed[-1] ^= 1
    report, _ = await office.report(bytes(signed))
    one = report["signatures"][0]
    assert (one["indication"], one["sub_indication"]) == ("TOTAL-FAILED", "SIG_CRYPTO_FAILURE")


async def test_a_revoked_certificate_is_never_passed_once_a_list_says_so(office: Office) -> None:
    authority, citizen = office.world.people.pki.authority("rsa"), office.world.citizen
    revoked = authority.issue_person(name=citizen["name"], iin=citizen["iin"])
    authority.revoke(revoked, office.now - HOUR, Reason.KEY_COMPROMISE)
    report, _ = await office.report(office.sign(LETTER, revoked), evidence=[authority.crl(office.now)])
    one = report["signatures"][0]
    assert (one["indication"], one["sub_indication"]) == ("INDETERMINATE", "REVOKED_NO_POE")
    assert one["intact"]
    assert "TOTAL-PASSED" not in json.dumps(report)


async def test_without_a_revocation_list_the_missing_one_is_named(office: Office) -> None:
    authority, citizen = office.world.people.pki.authority("ecdsa"), office.world.citizen
    unknown = authority.succeed(at=office.now - HOUR)
    stray = unknown.issue_person(name=citizen["name"], iin=citizen["iin"], at=office.now - HOUR)
    signed = office.sign(LETTER, stray, certificates=[unknown.issuing.credential.certificate_der])
    report, _ = await office.report(signed)
    one = report["signatures"][0]
    assert (one["indication"], one["sub_indication"]) == ("INDETERMINATE", "TRY_LATER")
    # Either would do: an OCSP response about the certificate, or the issuer's list.
    wants = [(want["kind"], "(ECDSA)" in want["issuer"]) for want in report["wants"]]
    assert wants == [("ocsp", True), ("crl", True)]
    report, _ = await office.report(signed, evidence=[unknown.crl(office.now)])
    assert (report["indication"], report["wants"]) == ("TOTAL-PASSED", [])


async def test_a_certificate_of_an_issuer_that_nobody_trusts_names_no_person_in_the_record(office: Office) -> None:
    foreign = TestPki.create(at=office.now - 24 * HOUR, entropy=office.world.svc.entropy, base_url="http://x.example")
    citizen = office.world.citizen
    impostor = foreign.authority("ecdsa").issue_person(name=citizen["name"], iin=citizen["iin"])
    report, records = await office.report(office.sign(LETTER, impostor))
    assert report["indication"] == "INDETERMINATE"
    assert report["signatures"][0]["sub_indication"] == "NO_CERTIFICATE_CHAIN_FOUND"
    _, _, slots = await office.world.record(records[0]["id"])
    assert citizen["iin"] not in json.dumps(slots)


async def test_two_signers_are_two_reports_and_two_records(office: Office) -> None:
    report, records = await office.report(office.sign(LETTER, office.person, office.employee))
    assert [each["indication"] for each in report["signatures"]] == ["TOTAL-PASSED"] * 2
    places = [(await office.world.record(each["id"]))[2]["signature_place"] for each in records]
    assert sorted(places, key=str) == [{"n": 1, "of": 2}, {"n": 2, "of": 2}]


async def test_a_container_without_a_signature_is_never_called_valid_and_leaves_no_record(office: Office) -> None:
    before = (await office.world.check_log()).size
    report, records = await office.report(office.sign(LETTER))
    assert (report["indication"], report["signatures"], records) == ("INDETERMINATE", [], [])
    assert (await office.world.check_log()).size == before


def challenge_of(office: Office) -> bytes:
    asked = {"kind": LOGIN_CHALLENGE_KIND, "nonce": "k" * 43, "origin": office.world.issuer, "purpose": "login"}
    return office.sign(json.dumps(asked).encode(), office.person)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda office: office.receipt, "confirmation_is_not_a_signature"),
        (challenge_of, "login_challenge_is_not_a_document"),
        (lambda office: office.id_token, "format_not_read"),
        (lambda office: LETTER, "not_a_signed_document"),
    ],
    ids=["receipt", "challenge", "id_token", "plain"],
)
async def test_another_kind_of_thing_is_refused_by_its_kind_and_leaves_no_record(
    office: Office, make: Callable[[Office], bytes], code: str
) -> None:
    thing = make(office)
    before = (await office.world.check_log()).size
    status, problem = await office.send(thing, name="contract.p7s")
    assert (status, problem["code"], problem["status"]) == (422, code, 422)
    assert "report" not in problem
    assert (await office.world.check_log()).size == before


async def test_a_receipt_with_another_name_or_a_line_end_is_still_a_receipt(office: Office) -> None:
    status, problem = await office.send(office.receipt + b"\n", name="contract.p7s")
    assert (status, problem["code"]) == (422, "confirmation_is_not_a_signature")
    response = await office.bank.call("POST", "/v1/signatures", files={"signed": ("contract.p7s", office.receipt)})
    assert (response.status_code, response.json()["code"]) == (422, "confirmation_is_not_a_signature")


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x00",
        b"%PDF-1.7\n%%EOF",
        b"PK\x03\x04",
        b"<?xml version='1.0'?><a/>",
        b"-----BEGIN PKCS7-----\n!!!!\n-----END PKCS7-----\n",
        b"\x30\x80\x06\x09",
        b"\xff" * 5_000,
        b"\x30" * 60_000,
        b"{}",
        b"a.b.c",
    ],
    ids=["empty", "zero", "pdf", "zip", "xml", "pem", "cut", "ff", "deep", "json", "dots"],
)
async def test_garbage_is_a_refusal_with_a_code_and_never_a_fault(office: Office, garbage: bytes) -> None:
    status, said = await office.send(garbage)
    if status == 200:
        assert said["report"]["indication"] in ("TOTAL-FAILED", "INDETERMINATE")
        return
    assert status in (413, 422)
    assert said["code"] != "fault"
    assert said["type"] == f"urn:authsvc:problem:{said['code']}"


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"signed": 5},
        {"signed": "не base64"},
        {"signed": "AAA"},
        {"signed": "AA-_"},
        {"signed": "AAAA", "content": None},
        {"signed": "AAAA", "evidence": "AAAA"},
        {"signed": "AAAA", "evidence": ["*"]},
        {"signed": "AAAA", "name": 1},
        {"signed": "AAAA", "name": "x" * 301},
        {"signed": "AAAA", "keep": "yes"},
        {"signed": "AAAA", "evidence": ["AAAA"] * 65},
        {"signed": "AAAA", "anchors": ["AAAA"]},
        {"signed": "AAAA", "policy": "lenient"},
        {"signed": "AAAA", "policy": 1},
        {"signed": "AAAA", "digests": {}},
        {"signed": "AAAA", "digests": [["sha256", "00"]]},
        {"signed": "AAAA", "digests": {"sha256": 5}},
        {"signed": "AAAA", "content": "AAAA", "digests": {"sha256": "00" * 32}},
        {"signed": "AAAA", "keep": True, "digests": {"sha256": "00" * 32}},
    ],
)
async def test_a_body_that_is_no_request_is_refused_before_anything_is_verified(office: Office, body: Any) -> None:
    response = await office.bank.call("POST", "/v1/signatures", body)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")


async def test_a_body_of_another_kind_is_refused(office: Office) -> None:
    response = await office.bank.call("POST", "/v1/signatures", data={"signed": "AAAA"})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")


async def test_who_has_no_token_for_it_verifies_nothing(office: Office) -> None:
    http = office.world.http()
    assert (await http.post("/v1/signatures", json={"signed": "AAAA"})).status_code == 401
    answered = await http.post("/v1/signatures", json={}, headers={"authorization": "Bearer x.y.z"})
    assert answered.status_code == 401


@pytest.mark.parametrize(("path", "limit"), [("/v1/signatures", 64 * 2**20), ("/v1/confirmations", 2**20)])
async def test_a_body_that_says_it_is_too_long_is_refused_unread(office: Office, path: str, limit: int) -> None:
    host = office.world.issuer.removeprefix("http://")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(host.rpartition(":")[2]))
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {limit + 1}\r\n\r\n"
    )
    writer.write(head.encode())
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    body = await asyncio.wait_for(reader.read(300), 10)
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"request_too_large"' in body


async def test_when_the_pool_is_full_the_caller_is_told_when_to_come_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "UNDER_WAY", 0)
    response = await office.bank.call("POST", "/v1/signatures", {"signed": b64(office.sign(LETTER, office.person))})
    assert (response.status_code, response.json()["code"]) == (503, "overloaded")
    assert int(response.headers["retry-after"]) > 0
