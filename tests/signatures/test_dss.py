"""The samples of EU DSS in every format: integrity as its own tests state it, and nothing else raised."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from signatures import Content, Indication, SubIndication, TrustAnchors, verify

AT = datetime(2026, 11, 24, tzinfo=UTC)
NONE = TrustAnchors.of()


def cases_of(folder: Path, *formats: str) -> list[Mapping[str, object]]:
    manifest = json.loads((folder / "manifest.json").read_text())
    return [case for case in manifest["cases"] if case["format"] in formats]


def test_every_cades_sample_is_intact_or_broken_as_stated(shared_vectors: Path) -> None:
    folder = shared_vectors / "eds" / "dss"
    found: dict[str, tuple[bool | None, SubIndication | None]] = {}
    expected = {}
    for case in cases_of(folder, "cades"):
        detached = case["detached"]
        assert isinstance(detached, list)
        content: dict[str, Content] = {item["name"]: (folder / item["path"]).read_bytes() for item in detached}
        report = verify((folder / str(case["path"])).read_bytes(), content=content or None, anchors=NONE, at=AT)
        assert report.indication is not Indication.TOTAL_PASSED  # nothing is trusted
        assert len(report.signatures) == case["signatures"]
        (one,) = report.signatures
        found[str(case["id"])] = (one.intact, one.sub_indication)
        expected[str(case["id"])] = case["expected"] == "intact"
    wrong = {name: verdict for name, verdict in found.items() if (verdict[0] is True) is not expected[name]}
    assert wrong == {}
    assert len(found) == 8
    missing = found["cades:evidence-record_C-E-ERS-detached.p7s"]
    assert missing == (None, SubIndication.SIGNED_DATA_NOT_FOUND)


def test_a_wrong_reference_hash_is_said_and_the_signature_stays_intact(shared_vectors: Path) -> None:
    data = (shared_vectors / "eds" / "dss" / "cades" / "cms-wrong-sign-cert-hash-algo.pkcs7").read_bytes()
    (one,) = verify(data, anchors=NONE, at=AT).signatures
    assert one.intact is True
    assert one.level is None


def test_a_hash_other_than_the_signatures_is_never_intact(shared_vectors: Path) -> None:
    name = "dss-1419_CAdES-BpB-att-SHA256-SHA3_256withRSA.p7m"
    (one,) = verify((shared_vectors / "eds" / "dss" / "cades" / name).read_bytes(), anchors=NONE, at=AT).signatures
    assert (one.indication, one.intact) == (Indication.TOTAL_FAILED, False)
    assert one.check("algorithm.agreement") is not None


def test_every_container_is_intact_or_broken_as_stated(shared_vectors: Path) -> None:
    folder = shared_vectors / "eds" / "dss"
    found, expected = {}, {}
    for case in cases_of(folder, "asic-cades", "asic-xades"):
        report = verify((folder / str(case["path"])).read_bytes(), anchors=NONE, at=AT)
        assert report.indication is not Indication.TOTAL_PASSED
        assert len(report.signatures) == case["signatures"]
        found[str(case["id"])] = all(one.intact is True for one in report.signatures)
        expected[str(case["id"])] = case["expected"] == "intact"
    assert found == expected
    assert len(found) == 8


def test_every_xades_sample_is_intact_or_broken_as_stated(shared_vectors: Path) -> None:
    folder = shared_vectors / "eds" / "dss"
    found, expected = {}, {}
    for case in cases_of(folder, "xades"):
        report = verify((folder / str(case["path"])).read_bytes(), anchors=NONE, at=AT)
        assert report.indication is not Indication.TOTAL_PASSED
        all_of_them = [*report.signatures, *(one for each in report.signatures for one in each.counter_signatures)]
        assert len(all_of_them) == case["signatures"]
        intact = [one.intact is True for one in all_of_them]
        found[str(case["id"])] = "intact" if all(intact) else "mixed" if any(intact) else "broken"
        expected[str(case["id"])] = case["expected"]
    assert found == expected
    assert len(found) == 11


def test_every_jades_sample_is_intact_or_broken_as_stated(shared_vectors: Path) -> None:
    folder = shared_vectors / "eds" / "dss"
    found, expected = {}, {}
    for case in cases_of(folder, "jades"):
        detached = case["detached"]
        assert isinstance(detached, list)
        content: dict[str, Content] = {item["name"]: (folder / item["path"]).read_bytes() for item in detached}
        report = verify((folder / str(case["path"])).read_bytes(), content=content or None, anchors=NONE, at=AT)
        assert report.indication is not Indication.TOTAL_PASSED
        assert len(report.signatures) == case["signatures"]
        found[str(case["id"])] = report.signatures[0].intact is True
        expected[str(case["id"])] = case["expected"] == "intact"
    assert found == expected
    assert len(found) == 5


def test_every_pades_sample_is_intact_or_broken_as_stated(shared_vectors: Path) -> None:
    folder = shared_vectors / "eds" / "dss"
    found, expected = {}, {}
    for case in cases_of(folder, "pades"):
        report = verify((folder / str(case["path"])).read_bytes(), anchors=NONE, at=AT)
        assert report.indication is not Indication.TOTAL_PASSED
        assert len(report.signatures) == case["signatures"]
        found[str(case["id"])] = all(one.intact is True for one in report.signatures)
        expected[str(case["id"])] = case["expected"] == "intact"
    assert found == expected
    assert len(found) == 4
