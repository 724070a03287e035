"""A court's case from the acts to the package: verified, confirmed, exported, checked offline without the service."""

import json
import os
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import httpx2
import pytest

from authsvc import cases, confirm, sealing, verify
from authsvc.cli_evidence import verify_eds
from authsvc.clock import HandClock
from authsvc.errors import ConfigurationError, Conflict, IdempotencyKeyReused, InvalidRequest, NotFound
from authsvc.evidence.audience import Audience
from authsvc.evidence.package_check import check
from authsvc.evidence.record import parse
from authsvc.evidence.verdict import Verdict
from authsvc.replay import ReplayKey
from authsvc.store import Store
from authsvc.trust import Trust
from authsvc.verify import Signed
from authsvc.web.sandbox.pki import Credential, Reason, Role, TestPki, invent_bin, invent_iin, ocsp, sign_cms, timestamp
from signatures import Certificate
from signatures.errors import SignaturesError
from tests.authsvc.services import Party, add_person, add_relying_party, let_know, service_on
from tests.authsvc.stampers import FIRST, SECOND, Stampers

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

LETTER = b"The agreement is in force.\n"
DAY = 86_400_000
FOUNDED = 1_795_000_000_000


@pytest.fixture(scope="module")
def pki() -> TestPki:
    """ECDSA and GOST authorities of a day ago."""
    return TestPki.create(at=FOUNDED, entropy=os.urandom, families=("ecdsa", "gost"))


@pytest.fixture
async def party(
    db: Store, tmp_path: Path, clock: HandClock, entropy: Callable[[int], bytes], pki: TestPki
) -> AsyncIterator[Party]:
    clock.move(FOUNDED + DAY - clock.now())
    async with service_on(db, tmp_path, clock, entropy) as (bare, gateway):
        files = (*pki.issuers(), *pki.crls(clock.now()))
        trust = Trust(tuple(pki.anchors()), files, tuple(pki.anchors()), tuple(pki.issuers()))
        svc = replace(bare, trust=trust)
        person = await add_person(svc)
        asker = await add_relying_party(svc)
        await let_know(svc, person, asker.client_id)
        yield Party(svc, gateway, clock, person, asker)
        trust.close()


async def _verified(party: Party, document: Signed) -> verify.Verified:
    return await verify.verify_document(party.svc, party.asker.client_id, "none", document)


def _signed(pki: TestPki, party: Party, family: str = "gost", **options: bool) -> bytes:
    head = pki.authority(family).issue_representative(  # type: ignore[arg-type]
        name="Серік Айгүл Болатқызы",
        iin=invent_iin(date(1890, 5, 17), 3),
        bin=invent_bin(date(1995, 3, 1), 7),
        organization="ТОО «Жібек»",
        role=Role.HEAD,
    )
    return sign_cms(LETTER, [head], signing_time=party.clock.now(), **options)


async def test_a_good_eds_is_passed_and_recorded_in_the_signer_s_chain(party: Party, pki: TestPki) -> None:
    found = await _verified(party, Signed(_signed(pki, party), name="letter.txt.cms"))
    assert found.indication.value == "TOTAL-PASSED"
    ((record_id, settled),) = found.records
    assert parse(settled.entry).type == "signature_verification"
    opened = {one.name: one.value for one in await party.svc.log.vault.disclosures(party.svc.store, record_id)}
    assert opened["signer_subject"] == f"iin:{invent_iin(date(1890, 5, 17), 3)}"
    assert opened["entity_subject"] == f"bin:{invent_bin(date(1995, 3, 1), 7)}"
    assert opened["signer_number"] == 1


async def test_a_tampered_detached_document_fails_by_its_hash(party: Party, pki: TestPki) -> None:
    signed = _signed(pki, party, "ecdsa", detached=True)
    found = await _verified(party, Signed(signed, content=LETTER + b" "))
    assert found.indication.value == "TOTAL-FAILED"
    assert '"sub_indication":"HASH_FAILURE"' in found.report


async def test_a_receipt_handed_in_as_a_signed_document_is_refused_by_its_kind_and_leaves_no_record(
    party: Party,
) -> None:
    request_id = await party.asked_and_delivered()
    await confirm.answer(party.svc, party.answerer, request_id, party.gateway.code_of(request_id), "ru")
    receipt = (await confirm.read(party.svc, party.asker.client_id, request_id)).receipt
    assert receipt is not None
    with pytest.raises(SignaturesError) as refused:
        await _verified(party, Signed(receipt.encode()))
    assert refused.value.code == "confirmation_is_not_a_signature"
    assert await party.svc.store.all("select 1 as n from entry where type = 'signature_verification'") == []


async def test_a_name_without_a_path_to_an_anchor_enters_no_person_s_chain(party: Party, pki: TestPki) -> None:
    stranger = TestPki.create(at=FOUNDED, entropy=os.urandom, families=("ecdsa",))
    found = await _verified(party, Signed(_signed(stranger, party, "ecdsa")))
    assert found.indication.value == "INDETERMINATE"
    ((record_id, _),) = found.records
    opened = {one.name: one.value for one in await party.svc.log.vault.disclosures(party.svc.store, record_id)}
    assert opened["signer_subject"] == ""


async def test_the_same_idempotency_key_verifies_once_and_gives_the_same_answer(party: Party, pki: TestPki) -> None:
    document = Signed(_signed(pki, party))
    key = ReplayKey.of(party.asker.client_id, "k-1", "POST /v1/signatures", b"body")
    first = await verify.verify_document(party.svc, party.asker.client_id, "none", document, key)
    party.clock.move(60_000)
    again = await verify.verify_document(party.svc, party.asker.client_id, "none", document, key)
    assert again == first
    (row,) = await party.svc.store.all("select count(*) as n from entry where type = 'signature_verification'")
    assert row["n"] == 1
    other = ReplayKey.of(party.asker.client_id, "k-1", "POST /v1/signatures", b"another body")
    with pytest.raises(IdempotencyKeyReused):
        await verify.verify_document(party.svc, party.asker.client_id, "none", document, other)


async def test_ocsp_responses_and_time_stamps_go_into_the_package_and_the_verdict_is_made_again_from_them(
    party: Party, pki: TestPki, entropy: Callable[[int], bytes]
) -> None:
    authority = pki.authority("ecdsa").succeed(at=FOUNDED)  # no list of it is in the trust store
    issuer, now = authority.issuing, party.clock.now()
    person = authority.issue_person(name="Серік Айгүл", iin=invent_iin(date(1890, 5, 17), 3))
    stamper = timestamp.issue_stamper(authority)
    cms = sign_cms(
        LETTER,
        [person],
        signing_time=now,
        ess=True,
        certificates=[issuer.credential.certificate_der],
        stamp=lambda data: timestamp.stamp(stamper, data, at=now, entropy=entropy),
    )
    ids = [ocsp.certificate_id(issuer, each.serial) for each in (person, stamper)]
    answer = ocsp.write_response(issuer, ocsp.issue_responder(authority), ids, at=now)
    without = await _verified(party, Signed(cms))
    found = await _verified(party, Signed(cms, files=(answer,)))
    assert [one.indication.value for one in (without, found)] == ["INDETERMINATE", "TOTAL-PASSED"]
    (record_id,) = [one for one, _ in found.records]
    opened = {one.name: one.value for one in await party.svc.log.vault.disclosures(party.svc.store, record_id)}
    kinds = [each["kind"] for each in opened["material"]]
    assert (kinds.count("ocsp"), kinds.count("time_stamp"), kinds.count("certificate")) == (1, 1, 4)

    package = await cases.export_case(party.svc, cases.Case(acts=(record_id,)))
    assert (await _judge(party, package)).code == "VALID"
    copy = BytesIO()
    with ZipFile(BytesIO(package)) as source, ZipFile(copy, "w") as target:
        for info in source.infolist():
            if "/ocsp/" not in info.filename:
                target.writestr(info, source.read(info), compress_type=info.compress_type)
    assert "eds_differs" in _codes(await _judge(party, copy.getvalue()))


def _codes(verdict: Verdict) -> set[str]:
    return {finding.code for one in verdict.checks for finding in one.findings}


async def _case(party: Party, pki: TestPki) -> tuple[bytes, Verdict]:
    request_id = await party.asked_and_delivered()
    await confirm.answer(party.svc, party.answerer, request_id, party.gateway.code_of(request_id), "ru")
    view = await confirm.read(party.svc, party.asker.client_id, request_id)
    attached = await _verified(party, Signed(_signed(pki, party)))
    detached = await _verified(party, Signed(_signed(pki, party, detached=True), content=LETTER, keep=True))
    revoked = pki.authority("ecdsa").issue_person(name="Петров Иван", iin=invent_iin(date(1885, 2, 3), 9))
    pki.authority("ecdsa").revoke(revoked, party.clock.now() - DAY // 2, Reason.KEY_COMPROMISE)
    cms = sign_cms(LETTER, [revoked], signing_time=party.clock.now())
    bad = await _verified(party, Signed(cms, files=(pki.authority("ecdsa").crl(party.clock.now()),)))
    acts = [view.record or "", *(one for each in (attached, detached, bad) for one, _ in each.records)]
    case = cases.Case(acts=tuple(acts), recipient="court", ground="2-1147", request=b"order")
    package = await cases.export_case(party.svc, case)
    return package, await _judge(party, package)


async def _judge(party: Party, package: bytes) -> Verdict:
    trust = await cases.trust_of(party.svc)
    return check(package, trust, (), at=party.clock.now(), verify_eds=verify_eds)


async def test_the_package_of_a_case_is_valid_offline(party: Party, pki: TestPki) -> None:
    package, verdict = await _case(party, pki)
    assert verdict.code == "VALID", [
        (one.name, finding) for one in verdict.checks for finding in one.findings if finding.weight > 0
    ]
    with ZipFile(BytesIO(package)) as archive:
        names = archive.namelist()
    assert sum(name.endswith("/signed") for name in names) == 3
    assert verdict.environment == "test"


async def test_one_changed_bit_in_a_record_is_invalid_and_its_place_is_named(party: Party, pki: TestPki) -> None:
    package, _ = await _case(party, pki)
    copy = BytesIO()
    with ZipFile(BytesIO(package)) as source, ZipFile(copy, "w") as target:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == "records/0002.note":
                at = data.index(b'"time":"') + 20
                data = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            target.writestr(info, data, compress_type=info.compress_type)
    verdict = await _judge(party, copy.getvalue())
    assert verdict.code == "INVALID"
    assert any("records/0002.note" in place for one in verdict.records for place in one.where)


async def test_an_export_takes_the_closure_of_an_act_along(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    await confirm.answer(party.svc, party.answerer, request_id, party.gateway.code_of(request_id), "ru")
    view = await confirm.read(party.svc, party.asker.client_id, request_id)
    package = await cases.export_case(party.svc, cases.Case(acts=(view.record or "",)))
    with ZipFile(BytesIO(package)) as archive:
        kinds = {parse(archive.read(n)).type for n in archive.namelist() if n.startswith("records/")}
    assert {"confirmation", "credential", "export"} <= kinds


async def test_an_export_of_a_person_holds_all_records_about_them_and_of_nobody_else(party: Party) -> None:
    other = await add_person(party.svc, 2)
    package = await cases.export_case(party.svc, cases.Case(subject=party.person.subject))
    assert other.subject[4:].encode() not in package
    verdict = await _judge(party, package)
    assert verdict.code == "VALID"


async def test_a_person_gets_their_own_values_and_nobody_else_s(party: Party, pki: TestPki) -> None:
    await _verified(party, Signed(_signed(pki, party)))
    mine = f"iin:{invent_iin(date(1890, 5, 17), 3)}"
    case = cases.Case(subject=mine, kind="person", audience=Audience(subject=mine))
    package = await cases.export_case(party.svc, case)
    values = _disclosed_in(package)
    assert mine in values
    assert f"bin:{invent_bin(date(1995, 3, 1), 7)}" not in values
    assert (await _judge(party, package)).code == "VALID"


async def test_a_relying_party_gets_its_act_without_the_person_s_number_name_or_phone(party: Party) -> None:
    request_id = await party.asked_and_delivered()
    await confirm.answer(party.svc, party.answerer, request_id, party.gateway.code_of(request_id), "ru")
    record = (await confirm.read(party.svc, party.asker.client_id, request_id)).record or ""
    client = party.asker.client_id
    case = cases.Case(acts=(record,), kind="person", rp=client, audience=Audience(client_id=client))
    package = await cases.export_case(party.svc, case)
    values = _disclosed_in(package)
    assert client in values
    assert not values & {party.person.subject, party.person.name, party.person.address}
    assert (await _judge(party, package)).code == "VALID"


def _disclosed_in(package: bytes) -> set[str]:
    """Every disclosed text, but those of the export record, which names no value of a person."""
    with ZipFile(BytesIO(package)) as archive:
        files = [archive.read(name) for name in archive.namelist() if name.startswith("disclosures/")]
    return {str(each["value"]) for file in files for each in json.loads(file)}


async def test_a_making_that_was_cut_off_is_taken_up_again_with_its_one_record(party: Party) -> None:
    subject = party.person.subject
    case = cases.Case(subject=subject, record_id="01900000-0000-7000-8000-00000000abcd")

    async def cut(done: int, of: int) -> None:
        if done == of:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await cases.export_case(party.svc, case, cut)
    await add_person(party.svc, 2)
    package = await cases.export_case(party.svc, case)
    (row,) = await party.svc.store.all("select count(*) as n from entry where type = 'export'")
    assert row["n"] == 1
    assert (await _judge(party, package)).code == "VALID"


async def test_an_export_of_more_records_than_a_package_holds_is_refused_before_it_is_recorded(
    party: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "MOST_RECORDS", 2)
    with pytest.raises(InvalidRequest, match="more than 2 records"):
        await cases.export_case(party.svc, cases.Case(subject=party.person.subject))
    assert await party.svc.store.all("select 1 as n from entry where type = 'export'") == []


async def test_an_export_of_nothing_or_of_an_unknown_record_is_refused(party: Party) -> None:
    with pytest.raises(InvalidRequest):
        await cases.export_case(party.svc, cases.Case())
    with pytest.raises(NotFound):
        await cases.export_case(party.svc, cases.Case(acts=("01900000-0000-7000-8000-000000000000",)))


async def test_a_package_is_sealed_with_a_time_stamp_and_built_again_byte_for_byte(
    party: Party, pki: TestPki, entropy: Callable[[int], bytes]
) -> None:
    stampers = Stampers.of(pki, party.clock, entropy)
    settings = replace(party.svc.settings, tsa=stampers.tsas)
    svc = replace(party.svc, settings=settings)
    _write_seal_key(pki, settings.keys_dir)
    verified = await _verified(party, Signed(_signed(pki, party)))
    case = cases.Case(acts=tuple(each for each, _ in verified.records), order=b"ruling")
    made = await cases.make_package(svc, case, connect=stampers.connect)
    verdict = check(made.package, await cases.trust_of(svc), at=party.clock.now(), verify_eds=verify_eds)
    seal = next(each for each in verdict.checks if each.name == "seal").findings
    assert [(each.code, each.params["signer"]) for each in seal] == [("sealed_by", "TEST SEAL")]
    with ZipFile(BytesIO(made.package)) as archive:
        assert b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e" in archive.read("META-INF/signature001.p7s")
        export = json.loads(archive.read("custody.json"))["export"]
    party.clock.move(DAY)
    await _verified(party, Signed(_signed(pki, party, "ecdsa")))
    assert await cases.rebuild_package(svc, export) == made.package


async def test_without_an_answering_authority_the_seal_has_no_time_stamp(
    party: Party, pki: TestPki, entropy: Callable[[int], bytes]
) -> None:
    stampers = Stampers.of(pki, party.clock, entropy)
    for url in (FIRST, SECOND):
        stampers.faults[url] = lambda _request: httpx2.Response(503)
    svc = replace(party.svc, settings=replace(party.svc.settings, tsa=stampers.tsas))
    _write_seal_key(pki, svc.settings.keys_dir)
    verified = await _verified(party, Signed(_signed(pki, party)))
    case = cases.Case(acts=tuple(each for each, _ in verified.records))
    made = await cases.make_package(svc, case, connect=stampers.connect)
    verdict = check(made.package, await cases.trust_of(svc), at=party.clock.now(), verify_eds=verify_eds)
    assert {"sealed_by", "seal_not_stamped"} <= {each.code for each in verdict.findings()}
    assert len(stampers.asked) == 4  # both for an anchor, and both for the seal


async def _sealed(party: Party, pki: TestPki, stampers: Stampers) -> tuple[bytes, set[str]]:
    """The seal of a package made now, and what its check says of it."""
    svc = replace(party.svc, settings=replace(party.svc.settings, tsa=stampers.tsas))
    _write_seal_key(pki, svc.settings.keys_dir)
    verified = await _verified(party, Signed(_signed(pki, party)))
    case = cases.Case(acts=tuple(each for each, _ in verified.records))
    made = await cases.make_package(svc, case, connect=stampers.connect)
    verdict = check(made.package, await cases.trust_of(svc), at=party.clock.now(), verify_eds=verify_eds)
    with ZipFile(BytesIO(made.package)) as archive:
        seal = archive.read("META-INF/signature001.p7s")
    return seal, {each.code for each in verdict.findings() if each.check == "seal"}


def _answering(stampers: Stampers, stamper: Credential) -> Callable[[httpx2.Request], httpx2.Response]:
    """An authority that signs with this key."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        told = timestamp.answer(stamper, request.content, at=stampers.clock.now(), entropy=stampers.entropy)
        return httpx2.Response(200, content=told)

    return answer


@pytest.mark.parametrize(
    ("fault", "alone"), [("a stranger", False), ("revoked", True), ("a clock that is wrong", False)]
)
async def test_a_time_stamp_that_does_not_hold_goes_under_no_seal(
    party: Party, pki: TestPki, entropy: Callable[[int], bytes], fault: str, alone: bool
) -> None:
    """It is judged when the package is sealed, not in court years later."""
    stampers = Stampers.of(pki, party.clock, entropy)
    bad = timestamp.issue_stamper(pki.authority("ecdsa"), at=party.clock.now() - 3_600_000)
    if fault == "a stranger":
        stranger = TestPki.create(at=FOUNDED, entropy=entropy, families=("ecdsa",)).authority("ecdsa")
        bad = timestamp.issue_stamper(stranger, at=party.clock.now() - 3_600_000)
    elif fault == "revoked":
        pki.authority("ecdsa").revoke(bad, party.clock.now() - 60_000, Reason.SUPERSEDED)
    for url in (FIRST, SECOND) if alone else (FIRST,):
        if fault == "a clock that is wrong":
            stampers.drift[url] = -3_600_000
        else:
            stampers.faults[url] = _answering(stampers, bad)
    seal, codes = await _sealed(party, pki, stampers)
    stamped = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e" in seal
    assert stamped is not alone
    assert Certificate.of(bad.certificate_der).der not in seal
    assert ("seal_not_stamped" in codes) is alone


async def test_a_package_that_another_release_made_is_not_built_again_as_if_it_were_the_same(
    party: Party, pki: TestPki, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = await _verified(party, Signed(_signed(pki, party)))
    package = await cases.export_case(party.svc, cases.Case(acts=(verified.records[0][0],)))
    with ZipFile(BytesIO(package)) as archive:
        export = json.loads(archive.read("custody.json"))["export"]
    monkeypatch.setattr(cases, "read_verifiers", lambda: {"verify.py": b"another"})
    with pytest.raises(Conflict):
        await cases.rebuild_package(party.svc, export)
    with pytest.raises(NotFound):
        await cases.rebuild_package(party.svc, verified.records[0][0])


def _write_seal_key(pki: TestPki, directory: Path) -> None:
    authority = pki.authority("ecdsa")
    own = authority.issue_system(name="TEST SEAL", bin=invent_bin(date(1995, 3, 1), 9), organization="Authsvc")
    path = (own, authority.issuing.credential, authority.root.credential)
    pem = own.key.to_pem() + "".join(ssl.DER_cert_to_PEM_cert(each.certificate_der) for each in path)
    directory.mkdir(exist_ok=True)
    (directory / "seal.pem").touch(0o600)
    (directory / "seal.pem").write_text(pem)


@pytest.mark.parametrize("content", ["", "no key", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"])
def test_a_seal_file_that_holds_no_key_is_refused_by_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "seal.pem").touch(0o600)
    (tmp_path / "seal.pem").write_text(content)
    with pytest.raises(ConfigurationError, match=r"seal\.pem holds no private key"):
        sealing.read_key(tmp_path)


def test_a_seal_file_of_two_keys_or_open_to_others_is_refused(tmp_path: Path, pki: TestPki) -> None:
    assert sealing.read_key(tmp_path) is None
    _write_seal_key(pki, tmp_path)
    good = (tmp_path / "seal.pem").read_text()
    assert sealing.read_key(tmp_path) is not None
    key, own, others = good.partition("-----BEGIN CERTIFICATE-----")
    (tmp_path / "seal.pem").write_text(key + own + others.partition(own)[2])
    with pytest.raises(ConfigurationError, match="not of this key"):
        sealing.read_key(tmp_path)
    (tmp_path / "seal.pem").chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        sealing.read_key(tmp_path)
