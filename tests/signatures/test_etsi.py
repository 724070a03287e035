"""The XML report of ETSI TS 119 102-2 against our own reading of its schema: what may stand where, and how often."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from authsvc.web.sandbox.pki.samples import write_pki
from signatures import Evidence, TrustAnchors, verify
from signatures.etsi import NAMESPACE, write_etsi
from tests.conftest import START_MS

VR = f"{{{NAMESPACE}}}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
# Of each element its children in their order: `?` at most once, `*` any number, `+` once or more, else exactly once.
CHAIN = "SigningCertificate IntermediateCertificate* TrustAnchor?"
MODEL: Mapping[str, str] = {
    "ValidationReport": "SignatureValidationReport+ SignatureValidationObjects?",
    "SignatureValidationReport": "SignatureIdentifier? ValidationConstraintsEvaluationReport? ValidationTimeInfo? "
    "SignersDocument? SignatureAttributes? SignerInformation? SignatureQuality? SignatureValidationProcess? "
    "SignatureValidationStatus",
    "SignatureIdentifier": "DigestAlgAndValue? ds:SignatureValue? HashOnly DocHashOnly DAIdentifier?",
    "ValidationConstraintsEvaluationReport": "SignatureValidationPolicy? ValidationConstraint*",
    "ValidationConstraint": "ValidationConstraintIdentifier ValidationConstraintParameter* ConstraintStatus "
    "ValidationStatus? Indications?",
    "ConstraintStatus": "Status OverriddenBy?",
    "ValidationStatus": "MainIndication SubIndication* AssociatedValidationReportData*",
    "SignatureValidationStatus": "MainIndication SubIndication* AssociatedValidationReportData*",
    "ValidationTimeInfo": "ValidationTime BestSignatureTime",
    "BestSignatureTime": "POETime TypeOfProof POEObject?",
    "SignersDocument": "DigestAlgAndValue SignersDocumentRef?",
    "DigestAlgAndValue": "ds:DigestMethod ds:DigestValue",
    "SignatureAttributes": "SigningTime? SignatureTimeStamp* ArchiveTimeStamp*",
    "SigningTime": "AttributeObject* Time",
    "SignatureTimeStamp": "AttributeObject* TimeStampValue",
    "ArchiveTimeStamp": "AttributeObject* TimeStampValue",
    "SignerInformation": "SignerCertificate Signer?",
    "SignatureValidationProcess": "SignatureValidationProcessID?",
    "AssociatedValidationReportData": "TrustAnchor? CertificateChain? RelatedValidationObject* "
    "RevocationStatusInformation? CryptoInformation?",
    "CertificateChain": CHAIN,
    "RevocationStatusInformation": "ValidationObjectId RevocationTime RevocationReason? RevocationObject?",
    "SignatureValidationObjects": "ValidationObject+",
    "ValidationObject": "ObjectType ValidationObjectRepresentation POE? POEProvisioning? ValidationReport?",
    "ValidationObjectRepresentation": "DigestAlgAndValue",
}


def check(element: Any, model: Mapping[str, str]) -> None:
    """AssertionError where an element holds what the schema doesn't let it hold."""
    name = etree.QName(element).localname
    if name == "ValidationReport" and element.getparent() is not None:
        name = "SignatureValidationReport"  # of an object: the same type under another name
    left = [each.tag.replace(VR, "").replace(DS, "ds:") for each in element]
    for word in model.get(name, "").split():
        wanted, many = word.rstrip("?*+"), word[-1]
        count = 0
        while left and left[0] == wanted:
            left.pop(0)
            count += 1
        least, most = {"?": (0, 1), "*": (0, 99), "+": (1, 99)}.get(many, (1, 1))
        assert least <= count <= most, (name, wanted, count)
    assert left == [], (name, left)
    for each in element:
        check(each, model)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pki")
    write_pki(out, START_MS, random.Random(7).randbytes, families=("ecdsa",))  # noqa: S311  # the same each time
    return out / "ecdsa"


def report(folder: Path, name: str, later: int = 0) -> dict[str, Any]:
    found = verify(
        (folder / "documents" / f"{name}.cms").read_bytes(),
        anchors=TrustAnchors.of((folder / "root.cer").read_bytes()),
        evidence=Evidence.sort((folder / each).read_bytes() for each in ("issuing.cer", "root.crl", "issuing.crl")),
        at=datetime.fromtimestamp(START_MS / 1000 + later, UTC),
    )
    said: dict[str, Any] = json.loads(found.to_json())
    return said


def parse(text: str) -> Any:
    return etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))


@pytest.mark.parametrize(
    "name", ["good", "good-cades-stamped", "good-two-signers", "tampered", "revoked", "on-hold", "without-crl"]
)
def test_a_report_is_what_the_schema_lets_it_be_and_says_the_verdict(folder: Path, name: str) -> None:
    said = report(folder, name)
    root = parse(write_etsi(said))
    check(root, MODEL)
    told = [
        each.findtext(f"{VR}SignatureValidationStatus/{VR}MainIndication", "")
        for each in root.findall(f"{VR}SignatureValidationReport")
    ]
    assert told == [f"urn:etsi:019102:mainindication:{one['indication'].lower()}" for one in said["signatures"]]
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    assert {each.get("VOReference") for each in root.iter() if each.get("VOReference")} <= set(ids)
    constraints = root.findall(f"{VR}SignatureValidationReport/{VR}ValidationConstraintsEvaluationReport/*")
    assert len(constraints) == sum(len(one["checks"]) + len(said["checks"]) for one in said["signatures"])


def test_a_revocation_and_a_time_stamp_are_told_with_what_they_stand_on(folder: Path) -> None:
    root = parse(write_etsi(report(folder, "revoked")))
    (told,) = root.iter(f"{VR}RevocationStatusInformation")
    assert told.findtext(f"{VR}RevocationReason") == "urn:etsi:019102:revocationReason:keyCompromise"
    assert told.find(f"{VR}RevocationObject").get("VOReference").startswith("R-")
    root = parse(write_etsi(report(folder, "good-cades-stamped", later=60)))
    proof = root.find(f".//{VR}BestSignatureTime/{VR}POEObject").get("VOReference")
    (stamp,) = [each for each in root.iter(f"{VR}ValidationObject") if each.get("id") == proof]
    assert stamp.findtext(f".//{VR}MainIndication") == "urn:etsi:019102:mainindication:passed"


def test_a_document_without_signatures_has_the_one_report_that_the_schema_wants(folder: Path) -> None:
    said = {**report(folder, "good"), "signatures": [], "indication": "INDETERMINATE", "sub_indication": None}
    root = parse(write_etsi(said))
    check(root, MODEL)
    assert [each.text for each in root.iter(f"{VR}SignatureValidationStatus") for each in each] == [
        "urn:etsi:019102:mainindication:indeterminate"
    ]


def test_a_name_out_of_a_certificate_breaks_no_xml(folder: Path) -> None:
    said = report(folder, "good")
    said["signatures"][0]["signer"]["name"] = "<a>&\x00\x0b\ud800]]>\"'ОМАРОВ"
    root = parse(write_etsi(said))
    check(root, MODEL)
    assert root.findtext(f".//{VR}Signer") == "<a>&\ufffd\ufffd\ufffd]]>\"'ОМАРОВ"
