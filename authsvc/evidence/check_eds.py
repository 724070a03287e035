"""Check 13 of a package: each EDS judged again from packaged material alone (evidence format, section 12; L19)."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from authsvc.evidence.keyforms import digest_bytes
from authsvc.evidence.package_read import Document, Item, Package
from authsvc.evidence.record import Entry
from authsvc.evidence.trust import Trust
from authsvc.evidence.verdict import Sheet


@dataclass(frozen=True, slots=True)
class EdsCase:
    """One signed document to be judged again. All bytes are as packaged; `anchors` are those that trust.json knows.

    `digests` are those of a detached document that is not packaged, by the hash's name; `policy` is the one that the
    packaged report names.
    """

    signed: bytes
    content: bytes | None
    digests: Mapping[str, bytes]
    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    ocsp: tuple[bytes, ...]
    anchors: tuple[bytes, ...]
    at: int
    policy: str = ""


@dataclass(frozen=True, slots=True)
class EdsResult:
    """What one signature of the document is worth; `signature` is the SHA-256 of its value, `signer` a name, `stamps`
    how many time stamps are over it, good or not."""

    indication: str
    sub_indication: str
    signature: bytes
    signer: str = ""
    stamps: int = 0


VerifyEds = Callable[[EdsCase], Sequence[EdsResult]]
"""The result of each signature in the document, in its order; none when it is no signed document."""


def check_eds(sheet: Sheet, package: Package, trust: Trust | None, verify_eds: VerifyEds | None) -> None:
    """13: each packaged document is judged again from packaged material and compared with what was recorded."""
    judged: set[str] = set()
    for document in package.documents:
        judged.update(document.records)
        _check_document(sheet, package, document, trust, verify_eds)
    for item in package.records:
        if item.entry is not None and item.entry.type == "signature_verification":
            if item.value("content_seen") == "digest_only":
                sheet.note("content_not_seen", item.path)
            if item.entry.id not in judged:
                sheet.note("document_not_packaged", item.path)


def _check_document(
    sheet: Sheet, package: Package, document: Document, trust: Trust | None, verify_eds: VerifyEds | None
) -> None:
    items = []
    for record_id in document.records:
        item = package.record(record_id)
        if item is None or item.entry is None or item.entry.type != "signature_verification":
            sheet.fault("document_of_nothing", document.folder)
        elif _is_document(sheet, item, document):
            items.append((item, item.entry))
    if not items:
        return
    results: Sequence[EdsResult] | None = None
    if verify_eds is not None and trust is not None:
        known = tuple(each for each in document.anchors if hashlib.sha256(each).hexdigest() in trust.eds_anchors)
        results = verify_eds(case_of(package, document, items[0][0], known))
        _check_again(sheet, document, results)
    for item, entry in items:
        _compare(sheet, item, entry, results)


def _check_again(sheet: Sheet, document: Document, results: Sequence[EdsResult]) -> None:
    """What the export says of judging it again is what comes out here."""
    if document.again is None:
        return
    stated = ", ".join(_say(*each) for each in document.again)
    found = ", ".join(_say(each.indication, each.sub_indication) for each in results)
    if stated != found:
        sheet.doubt("eds_again_differs", f"{document.folder}/again.json", stated=stated or "-", found=found or "-")


def judged_again(document: Document, item: Item) -> tuple[str, str] | None:
    """The recorded verdict and that of the export, of the signature that this record is about; None where the export
    says nothing of it."""
    if document.again is None or item.entry is None:
        return None
    place = item.value("signature_place")
    n = place["n"] if isinstance(place, dict) else 1
    again = document.again[n - 1] if isinstance(n, int) and 1 <= n <= len(document.again) else None
    recorded = _say(str(item.entry.body.get("indication")), str(item.entry.body.get("sub_indication")))
    return recorded, _say(*again) if again is not None else "-"


def case_of(package: Package, document: Document, item: Item, anchors: tuple[bytes, ...]) -> EdsCase:
    """The case of a packaged document, of which this is one record."""
    content = document.content if document.detached else None
    value = item.value("document")
    unseen = document.detached and content is None and isinstance(value, str) and bool(value)
    policy, digests = _read_report(package, item)
    return EdsCase(
        document.signed,
        content,
        {**digests, "sha256": digest_bytes(str(value))} if unseen else {},
        document.certificates,
        document.crls,
        document.ocsp,
        anchors,
        document.at,
        policy,
    )


def _read_report(package: Package, item: Item) -> tuple[str, Mapping[str, bytes]]:
    """The policy and the digests of the content that the packaged report names; nothing where it can't be read.

    The bytes are those whose digest stands in the record, if it is disclosed; a report that lies changes the verdict,
    and the comparison with the record shows it.
    """
    value = item.value("report")
    blob = package.blob(value) if isinstance(value, str) and value else None
    if blob is None or digest_bytes(str(value)) != hashlib.sha256(blob).digest():
        return "", {}
    try:
        report = json.loads(blob)
        named = [each for each in report["inputs"] if each["kind"] == "content"]
        return str(report["policy"]), {str(each["algorithm"]): bytes.fromhex(each["digest"]) for each in named}
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", {}


def _is_document(sheet: Sheet, item: Item, document: Document) -> bool:
    """Whether the packaged bytes are the ones that the record speaks of; a fault when they are not."""
    value = item.value("document")
    if document.content is None and document.detached:
        sheet.note("content_not_packaged", document.folder)
        return True
    hashed = {hashlib.sha256(each).digest() for each in (document.signed, document.content) if each is not None}
    if isinstance(value, str) and value and digest_bytes(value) not in hashed:
        sheet.fault("document_digest", f"{item.disclosures_path}#document")
        return False
    return True


def _compare(sheet: Sheet, item: Item, entry: Entry, results: Sequence[EdsResult] | None) -> None:
    recorded = _say(str(entry.body["indication"]), str(entry.body["sub_indication"]))
    if results is None:
        sheet.doubt("eds_not_judged", item.path)
        return
    place = item.value("signature_place")
    n = place["n"] if isinstance(place, dict) else 1
    found = results[n - 1] if isinstance(n, int) and 1 <= n <= len(results) else None
    if found is None:
        sheet.doubt("eds_differs", item.path, recorded=recorded, found="-")
        return
    value = item.value("signature")
    if isinstance(value, str) and value and digest_bytes(value) != found.signature:
        sheet.fault("document_digest", f"{item.disclosures_path}#signature")
    if _say(found.indication, found.sub_indication) != recorded:
        sheet.doubt("eds_differs", item.path, recorded=recorded, found=_say(found.indication, found.sub_indication))


def _say(indication: str, sub_indication: str) -> str:
    return f"{indication}/{sub_indication}" if sub_indication else indication
