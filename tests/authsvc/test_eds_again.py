"""An EDS is judged again when evidence is handed out: the export carries the new report and says where it differs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from authsvc import cases
from authsvc.cli_evidence import verify_eds
from authsvc.evidence import words_report
from authsvc.evidence.package import SignedDocument, write_custody
from authsvc.evidence.package_check import check
from authsvc.evidence.package_read import read_package
from authsvc.evidence.package_zip import read_zip, write_zip
from authsvc.evidence.record import parse
from authsvc.evidence.report import write_report
from authsvc.evidence.verdict import Code, Verdict
from authsvc.verify import Signed
from authsvc.web.sandbox.pki import TestPki
from tests.authsvc.evidence.test_check_time import section
from tests.authsvc.services import Party
from tests.authsvc.test_cases import _signed, _verified, party, pki  # noqa: F401 - fixtures and their documents

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

AGAIN = "documents/0001/again.json"
LOCALES = ("kk", "ru", "en")


async def _export(party: Party, pki: TestPki) -> tuple[dict[str, bytes], Verdict]:  # noqa: F811 - the fixtures
    """A package over one verification, and the verdict on it."""
    verified = await _verified(party, Signed(_signed(pki, party, "ecdsa")))
    case = cases.Case(acts=tuple(each for each, _ in verified.records))
    package = (await cases.make_package(party.svc, case)).package
    return dict(read_zip(package)), await _judge(party, package)


async def _judge(party: Party, package: bytes) -> Verdict:  # noqa: F811 - the fixture
    return check(package, await cases.trust_of(party.svc), at=party.clock.now(), verify_eds=verify_eds)


def _codes(verdict: Verdict) -> list[str]:
    return [each.code for each in verdict.findings() if each.check == "eds"]


async def test_the_export_carries_the_new_report_beside_the_recorded_one_and_says_that_they_agree(
    party: Party,  # noqa: F811 - the fixtures
    pki: TestPki,  # noqa: F811
) -> None:
    files, verdict = await _export(party, pki)
    carried = json.loads(files[AGAIN])
    again = json.loads(carried["report"])
    assert carried["signatures"] == [{"indication": "TOTAL-PASSED", "sub_indication": ""}]
    assert [each["indication"] for each in again["signatures"]] == ["TOTAL-PASSED"]
    recorded = next(data for path, data in files.items() if path.startswith("blobs/") and b"signature-report" in data)
    assert json.loads(recorded)["validation_time"] == again["validation_time"]
    assert (verdict.code, _codes(verdict)) == (Code.VALID, [])
    for locale in LOCALES:
        text = section(files, locale)
        assert words_report.EDS_AGAIN_SAME.say(locale, found="TOTAL-PASSED") in text
        assert words_report.EDS_DIFFERS.say(locale, n="1") not in text
    export = parse(next(data for path, data in reversed(files.items()) if path.startswith("records/"))).id
    assert read_zip(await cases.rebuild_package(party.svc, export)) == files


async def test_where_the_new_result_differs_the_report_says_so_on_its_first_page_and_at_the_record(
    party: Party,  # noqa: F811 - the fixtures
    pki: TestPki,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The material of a verdict was lost: neither the export nor the checker comes to it again."""
    documents: Callable[..., Iterable[SignedDocument]] = cases._documents

    def without_crls(records: Any) -> Iterable[SignedDocument]:
        return (replace(each, crls=()) for each in documents(records))

    monkeypatch.setattr(cases, "_documents", without_crls)
    files, verdict = await _export(party, pki)
    found = "INDETERMINATE/TRY_LATER"
    place = 1 + [path for path in files if path.startswith("records/")].index(_record_of(files))
    for locale in LOCALES:
        text = section(files, locale)
        assert words_report.EDS_AGAIN_DIFFERS.say(locale, recorded="TOTAL-PASSED", found=found) in text
        assert words_report.EDS_DIFFERS.say(locale, n=str(place)) in text
    assert (verdict.code, _codes(verdict)) == (Code.NOT_CONFIRMED, ["eds_differs"])


def _record_of(files: dict[str, bytes]) -> str:
    """Where the record of the verification stands."""
    entries = {path: parse(data) for path, data in files.items() if path.startswith("records/")}
    return next(path for path, entry in entries.items() if entry.type == "signature_verification")


def _rewritten(files: dict[str, bytes], again: bytes) -> bytes:
    """The package with another new report; report.html and custody.json fit it."""
    export = parse(next(data for path, data in reversed(files.items()) if path.startswith("records/"))).id
    rest = {path: data for path, data in files.items() if path not in ("report.html", "report.pdf", "custody.json")}
    changed = {**rest, AGAIN: again}
    changed["report.html"] = write_report(read_package(changed, export))
    changed["custody.json"] = write_custody(changed, export)
    return write_zip(changed)


async def test_an_export_that_tells_another_result_than_its_own_material_gives_is_not_confirmed(
    party: Party,  # noqa: F811 - the fixtures
    pki: TestPki,  # noqa: F811
) -> None:
    files, _ = await _export(party, pki)
    lie = files[AGAIN].replace(b'{"indication":"TOTAL-PASSED"', b'{"indication":"TOTAL-FAILED"')
    assert lie != files[AGAIN]
    verdict = await _judge(party, _rewritten(files, lie))
    assert (verdict.code, _codes(verdict)) == (Code.NOT_CONFIRMED, ["eds_again_differs"])


async def test_a_new_report_that_can_t_be_read_is_a_fault_and_no_crash(
    party: Party,  # noqa: F811 - the fixtures
    pki: TestPki,  # noqa: F811
) -> None:
    files, _ = await _export(party, pki)
    broken = (
        *(b"", b"[]", b"{}", b"[" * 100_000, b'{"report":"","signatures":7}', b'{"report":"","signatures":[1]}'),
        *(b'{"report":7,"signatures":[]}', files[AGAIN] + b" "),
    )
    for again in broken:
        verdict = await _judge(party, _rewritten(files, again))
        assert verdict.code is Code.INVALID
        assert AGAIN in {each.where for each in verdict.findings() if each.code == "unreadable"}
