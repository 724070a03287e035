"""ETSI TS 119 102-2 (V1.2.1 schema, namespace http://uri.etsi.org/19102/v1.2.1#): a report as the XML of that standard.

Made of the JSON form alone, so that a report that was kept says the same as on its first day. Objects are named by
their SHA-256 and not repeated.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from signatures.report import Check, Outcome
from signatures.words import sentence
from signatures.xml_algorithms import DIGESTS, DSIG

NAMESPACE: Final = "http://uri.etsi.org/19102/v1.2.1#"
CHECK: Final = "urn:authsvc:check:"
"""What stands before the code of a check: the standard leaves the identifiers of constraints to those who have them."""
_URN: Final = "urn:etsi:019102:"
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_URIS: Final = {name: uri for uri, name in DIGESTS.items()}
_OUTCOMES: Final = {
    Outcome.PASSED: "passed",
    Outcome.INFORMATION: "passed",
    Outcome.WARNING: "passed",
    Outcome.FAILED: "failed",
    Outcome.NOT_DONE: "indeterminate",
}
_OF_OBJECTS: Final = {"TOTAL-PASSED": "passed", "TOTAL-FAILED": "failed", "INDETERMINATE": "indeterminate"}
"""Clause 4.3.4.2: an object of the validation passes or fails, and is never TOTAL."""
_STAMPS: Final = {
    "signature": "SignatureTimeStamp",
    "archive": "ArchiveTimeStamp",
    "content": "AllDataObjectsTimeStamp",
}
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Json = Mapping[str, Any]
"""A part of a report as `Report.to_json` writes it."""


def write_etsi(report: Json, locale: str = "en") -> str:
    """The XML document of a report in its JSON form, read into an object; sentences of checks in `locale`."""
    objects: dict[str, str] = {}
    flat = list(_flatten(report["signatures"]))
    parts = [_signature(number, one, report, objects, locale) for number, one in enumerate(flat, 1)]
    if not parts:  # the schema wants one report at least; this one says that there was nothing to judge
        checks = _constraints(report["checks"], locale)
        parts = [_tag("SignatureValidationReport", checks, _status(report))]
    held = _tag("SignatureValidationObjects", *objects.values()) if objects else ""
    inside = "".join((*parts, held))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<ValidationReport xmlns="{NAMESPACE}" xmlns:ds="{DSIG}">{inside}</ValidationReport>\n'
    )


def _flatten(signatures: Sequence[Json]) -> Iterator[Json]:
    """Each signature, and after it its counter-signatures."""
    for one in signatures:
        yield one
        yield from _flatten(one["counter_signatures"])


def _signature(number: int, one: Json, report: Json, objects: dict[str, str], locale: str) -> str:
    coverage = one["coverage"]
    seen = coverage is None or coverage["seen"]
    value = base64.b64encode(bytes.fromhex(one["signature"])).decode()
    stamps = [(each, _stamp_object(each, objects)) for each in one["time_stamps"]]
    return _tag(
        "SignatureValidationReport",
        _tag(
            "SignatureIdentifier",
            _tag("ds:SignatureValue", value) if value else "",
            _tag("HashOnly", "false"),
            _tag("DocHashOnly", "false" if seen else "true"),
            id=f"S-{number}",
        ),
        _constraints([*one["checks"], *report["checks"]], locale),
        _times(one, report, stamps),
        _document(coverage),
        _attributes(one, stamps),
        _signer(one["signer"], objects),
        _tag("SignatureValidationProcess", _tag("SignatureValidationProcessID", _process(one))),
        _status(one, _chain(one["path"], objects), *_revocations(one["revocation"], objects)),
    )


def _constraints(checks: Sequence[Json], locale: str) -> str:
    """Clause 4.3.5: each check with its outcome and its sentence, in the order of the report."""
    made = []
    for each in checks:
        check = Check(each["code"], Outcome(each["outcome"]), tuple(each["params"].items()))
        made.append(
            _tag(
                "ValidationConstraint",
                _tag("ValidationConstraintIdentifier", CHECK + _text(check.code)),
                _tag("ConstraintStatus", _tag("Status", f"{_URN}constraintStatus:applied")),
                _tag("ValidationStatus", _main(_OUTCOMES[check.outcome])),
                _tag("Indications", _text(f"{check.outcome.value}: {sentence(check, locale)}")),
            )
        )
    return _tag("ValidationConstraintsEvaluationReport", *made) if made else ""


def _times(one: Json, report: Json, stamps: Sequence[tuple[Json, str]]) -> str:
    """Clause 4.3.6. The proof is named when a time stamp in the document gives it."""
    best, source = one["best_signature_time"], one["best_signature_time_source"]
    proofs = [name for stamp, name in stamps if source != "validation_time" and name and _proves(stamp, source)]
    return _tag(
        "ValidationTimeInfo",
        _tag("ValidationTime", report["validation_time"]),
        _tag(
            "BestSignatureTime",
            _tag("POETime", best),
            _tag("TypeOfProof", f"{_URN}poetype:validation"),
            _tag("POEObject", VOReference=proofs[0]) if len(proofs) == 1 else "",
        ),
    )


def _proves(stamp: Json, source: str) -> bool:
    return stamp["indication"] == "TOTAL-PASSED" and source.startswith(stamp["kind"])


def _document(coverage: Json | None) -> str:
    """Clause 4.3.7; left out where no digest stands, or by an algorithm that XML has no name for."""
    if coverage is None or not coverage["digest"] or coverage["digest_algorithm"] not in _URIS:
        return ""
    return _tag("SignersDocument", _digest(_URIS[coverage["digest_algorithm"]], coverage["digest"]))


def _attributes(one: Json, stamps: Sequence[tuple[Json, str]]) -> str:
    """Clause 4.3.8: the time that the signer claims, and the time stamps."""
    claimed = _tag("SigningTime", _tag("Time", one["claimed_time"])) if one["claimed_time"] else ""
    pdf = one["format"] in ("PDF", "PAdES")
    made = [
        _tag(
            "DocTimeStamp" if pdf and stamp["kind"] == "archive" else _STAMPS[stamp["kind"]],
            _tag("AttributeObject", VOReference=name) if name else "",
            _tag("TimeStampValue", stamp["time"]),
        )
        for stamp, name in stamps
        if stamp["time"] and stamp["kind"] in _STAMPS
    ]
    return _tag("SignatureAttributes", claimed, *made) if claimed or made else ""


def _signer(signer: Json | None, objects: dict[str, str]) -> str:
    if signer is None:
        return ""
    name = _certificate(signer["certificate"], objects)
    return _tag("SignerInformation", _tag("SignerCertificate", VOReference=name), _tag("Signer", _text(signer["name"])))


def _process(one: Json) -> str:
    """Clause 4.3.11.1: how far the process of EN 319 102-1 had to go, by the time stamps that are there."""
    kinds = {stamp["kind"] for stamp in one["time_stamps"]}
    name = "LTA" if "archive" in kinds else "LTVM" if "signature" in kinds else "Basic"
    return f"{_URN}validationprocess:{name}"


def _status(one: Json, *associated: str) -> str:
    """Clause 4.3.4."""
    sub = one["sub_indication"]
    return _tag(
        "SignatureValidationStatus",
        _main(one["indication"].lower()),
        _tag("SubIndication", f"{_URN}subindication:{sub}") if sub else "",
        *(_tag("AssociatedValidationReportData", each) for each in associated if each),
    )


def _chain(path: Sequence[Json], objects: dict[str, str]) -> str:
    """The path from the signer to the anchor, which stands last."""
    if not path:
        return ""
    names = [_certificate(each, objects) for each in path]
    anchor = _tag("TrustAnchor", VOReference=names[-1])
    between = [_tag("IntermediateCertificate", VOReference=each) for each in names[1:-1]]
    signing = _tag("SigningCertificate", VOReference=names[0])
    return anchor + _tag("CertificateChain", signing, *between, anchor)


def _revocations(statuses: Sequence[Json], objects: dict[str, str]) -> Iterator[str]:
    """One for each certificate: a revocation with its time and reason, else what says that there is none."""
    for each in statuses:
        name = _certificate(each["certificate"], objects)
        material = _material(each, objects)
        if each["revoked_at"]:
            reason = (
                _tag("RevocationReason", f"{_URN}revocationReason:{_text(each['reason'])}") if each["reason"] else ""
            )
            yield _tag(
                "RevocationStatusInformation",
                _tag("ValidationObjectId", VOReference=name),
                _tag("RevocationTime", each["revoked_at"]),
                reason,
                _tag("RevocationObject", VOReference=material) if material else "",
            )
        elif material:
            yield _tag("RelatedValidationObject", VOReference=material)


def _certificate(certificate: Json, objects: dict[str, str]) -> str:
    return _object("C", "certificate", certificate["sha256"], objects)


def _material(status: Json, objects: dict[str, str]) -> str:
    if not status["material"]:
        return ""
    ocsp = status["source"] == "ocsp"
    return _object("O" if ocsp else "R", "OCSPResponse" if ocsp else "CRL", status["material"], objects)


def _stamp_object(stamp: Json, objects: dict[str, str]) -> str:
    """The time stamp among the objects, with its own verdict; empty when its bytes are not known."""
    if not stamp["token"]:
        return ""
    verdict = {**stamp, "indication": _OF_OBJECTS[stamp["indication"]]}
    chain = _chain(stamp["path"], objects)
    report = _tag("ValidationReport", _status(verdict, chain, *_revocations(stamp["revocation"], objects)))
    return _object("T", "timestamp", stamp["token"], objects, report)


def _object(prefix: str, kind: str, sha256: str, objects: dict[str, str], report: str = "") -> str:
    """An object of clause 4.4 by its digest, once; its id."""
    name = f"{prefix}-{sha256}"
    if name not in objects:
        representation = _tag("ValidationObjectRepresentation", _digest(_SHA256, sha256))
        kind = _tag("ObjectType", f"{_URN}validationObject:{kind}")
        objects[name] = _tag("ValidationObject", kind, representation, report, id=name)
    return name


def _digest(uri: str, digest: str) -> str:
    value = base64.b64encode(bytes.fromhex(digest)).decode()
    return _tag("DigestAlgAndValue", _tag("ds:DigestMethod", Algorithm=uri), _tag("ds:DigestValue", value))


def _main(name: str) -> str:
    return _tag("MainIndication", f"{_URN}mainindication:{name}")


def _text(text: str) -> str:
    """Text as XML can say it; what XML has no character for becomes U+FFFD."""
    return html.escape(_NOT_XML.sub("\ufffd", text), quote=False)


def _tag(name: str, *inside: str, **attributes: str) -> str:
    """An element; `inside` is XML already, attributes are our own names and digests."""
    told = "".join(f' {key}="{html.escape(value)}"' for key, value in attributes.items())
    content = "".join(inside)
    return f"<{name}{told}>{content}</{name}>" if content else f"<{name}{told}/>"
