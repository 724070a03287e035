"""Verified with what was fetched; read again by whoever asked; from digests alone, and then said so."""

import hashlib
import json
from dataclasses import replace

import pytest

from authsvc import cases, verify
from authsvc.cli_evidence import verify_eds
from authsvc.errors import NotFound
from authsvc.evidence.package_check import check
from authsvc.trust import Trust, Ways
from authsvc.verify import Signed
from authsvc.web.sandbox.pki import Reason
from signatures import Digests
from tests.authsvc.verifying import BASE, LETTER, Desk

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("db", ["sqlite"], indirect=True)]
"""The rows are held to both databases by the tests of settling."""


async def slots_of(desk: Desk, record_id: str) -> dict[str, object]:
    return {one.name: one.value for one in await desk.svc.log.vault.disclosures(desk.svc.store, record_id)}


async def test_a_status_that_is_not_at_hand_is_fetched_and_the_verdict_rests_on_it(desk: Desk) -> None:
    desk.serve_ocsp()
    found = await desk.verify(Signed(desk.sign()))
    assert found.indication.value == "TOTAL-PASSED"
    assert desk.network.asked == [f"{BASE}/ocsp"]
    assert [each["source"] for each in json.loads(found.report)["signatures"][0]["revocation"]] == ["ocsp", "crl"]
    slots = await slots_of(desk, found.records[0][0])
    assert "ocsp" in json.dumps(slots["material"])
    package = await cases.export_case(desk.svc, cases.Case(acts=(found.records[0][0],)))
    trust = await cases.trust_of(desk.svc)
    assert check(package, trust, (), at=desk.clock.now(), verify_eds=verify_eds).code == "VALID"


async def test_the_list_is_fetched_where_the_responder_is_silent_and_kept_for_the_next_document(desk: Desk) -> None:
    desk.serve_crl()
    first = await desk.verify(Signed(desk.sign()))
    second = await desk.verify(Signed(desk.sign()))
    assert [first.indication.value, second.indication.value] == ["TOTAL-PASSED"] * 2
    assert desk.network.asked == [f"{BASE}/ocsp", f"{BASE}/issuing.crl", f"{BASE}/ocsp"]


@pytest.mark.parametrize("body", [b"no list at all", b"\x30\x82\xff\xff" + bytes(50)])
async def test_rubbish_from_the_network_makes_no_verdict_and_no_fault(desk: Desk, body: bytes) -> None:
    desk.network.put(f"{BASE}/ocsp", body)
    desk.network.put(f"{BASE}/issuing.crl", body)
    found = await desk.verify(Signed(desk.sign()))
    assert found.indication.value == "INDETERMINATE"
    assert '"sub_indication":"TRY_LATER"' in found.report


async def test_a_list_that_another_authority_signed_is_no_status_and_is_not_kept(desk: Desk) -> None:
    other = desk.authority.succeed(at=desk.authority.founded)
    desk.network.put(f"{BASE}/issuing.crl", other.crl(desk.clock.now()))
    assert (await desk.verify(Signed(desk.sign()))).indication.value == "INDETERMINATE"
    desk.serve_crl()
    assert (await desk.verify(Signed(desk.sign()))).indication.value == "TOTAL-PASSED"


async def test_a_verification_is_read_again_as_it_was_by_its_relying_party_alone(desk: Desk) -> None:
    desk.serve_crl()
    found = await desk.verify(Signed(desk.sign()))
    assert found.row is not None
    assert await verify.read(desk.svc, "shop", found.row.id) == found
    for client, name in (("other", found.row.id), ("shop", "01900000-0000-7000-8000-000000000000"), ("shop", "'")):
        with pytest.raises(NotFound):
            await verify.read(desk.svc, client, name)


async def test_from_digests_the_report_and_the_record_say_that_the_content_was_not_seen(desk: Desk) -> None:
    desk.serve_crl()
    digests = Digests(sha256=hashlib.sha256(LETTER).digest())
    found = await desk.verify(Signed(desk.sign(detached=True), digests))
    assert found.indication.value == "TOTAL-PASSED"
    assert json.loads(found.report)["signatures"][0]["coverage"]["seen"] is False
    slots = await slots_of(desk, found.records[0][0])
    assert slots["content_seen"] == "digest_only"
    package = await cases.export_case(desk.svc, cases.Case(acts=(found.records[0][0],)))
    verdict = check(package, await cases.trust_of(desk.svc), (), at=desk.clock.now(), verify_eds=verify_eds)
    assert verdict.code == "VALID"
    assert "content_not_seen" in {finding.code for one in verdict.checks for finding in one.findings}


async def test_from_the_digests_of_another_document_it_fails(desk: Desk) -> None:
    desk.serve_crl()
    digests = Digests(sha256=hashlib.sha256(LETTER + b" ").digest())
    found = await desk.verify(Signed(desk.sign(detached=True), digests))
    assert '"sub_indication":"HASH_FAILURE"' in found.report


async def test_the_policy_that_was_asked_for_is_named_and_is_the_one_of_the_package_too(desk: Desk) -> None:
    document = desk.sign(ess=True)
    desk.clock.move(-3_600_000)
    early = desk.authority.crl(desk.clock.now())
    desk.clock.move(3_600_000)
    basic = await desk.verify(Signed(document, files=(early,)))
    archive = await desk.verify(Signed(document, files=(early,), policy="archive"))
    assert json.loads(basic.report)["policy"] == "authsvc/eds/basic/1"
    assert json.loads(archive.report)["policy"] == "authsvc/eds/archive/1"
    assert (basic.indication.value, archive.indication.value) == ("TOTAL-PASSED", "INDETERMINATE")
    desk.serve_crl()
    fetched = await desk.verify(Signed(document, files=(early,), policy="archive"))
    assert fetched.indication.value == "TOTAL-PASSED"
    acts = tuple(found.records[0][0] for found in (basic, archive, fetched))
    package = await cases.export_case(desk.svc, cases.Case(acts=acts))
    verdict = check(package, await cases.trust_of(desk.svc), (), at=desk.clock.now(), verify_eds=verify_eds)
    assert verdict.code == "VALID", verdict.checks


async def test_a_revocation_that_the_responder_tells_is_heard(desk: Desk) -> None:
    desk.authority.revoke(desk.person, desk.clock.now() - 3_600_000, Reason.KEY_COMPROMISE)
    desk.serve_ocsp()
    found = await desk.verify(Signed(desk.sign()))
    assert '"sub_indication":"REVOKED_NO_POE"' in found.report


async def test_two_engines_that_differ_raise_an_alarm(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.serve_crl()
    ways = Ways(engines=(("ecdsa", "tests.authsvc.trust.second:DENIES"),))
    trust = Trust(tuple(each.der for each in desk.svc.trust.anchors.certificates), desk.svc.trust.files, ways=ways)
    try:
        svc = replace(desk.svc, trust=trust)
        found = await verify.verify_document(svc, "shop", "none", Signed(desk.sign()))
    finally:
        trust.close()
    assert found.indication.value == "INDETERMINATE"
    assert [each.levelname for each in caplog.records if "two engines differ" in each.message] == ["CRITICAL"]
    assert b"authsvc_engine_differences_total 1.0" in svc.metrics.write("")[0]
