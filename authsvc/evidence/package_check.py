"""Checking a court package offline, as one story of fifteen numbered checks (evidence format, section 12).

Trust comes from trust.json, never from the package. All checks run and are reported; nothing in the package makes this
module raise anything but NotAPackage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from authsvc.clock import rfc3339
from authsvc.evidence import words_findings as words
from authsvc.evidence import words_time_findings as words_time
from authsvc.evidence.check_chains import check_chains
from authsvc.evidence.check_custody import check_container, check_export, check_report
from authsvc.evidence.check_eds import VerifyEds, check_eds
from authsvc.evidence.check_log import (
    check_genesis,
    check_issuer_keys,
    check_log_leak,
    check_log_signatures,
    check_quorum,
    find_trust,
    read_ring,
)
from authsvc.evidence.check_receipts import Known, check_receipts
from authsvc.evidence.check_records import check_entry_bytes, check_inclusion, check_slots
from authsvc.evidence.check_seal import check_seal
from authsvc.evidence.check_time import Proven, check_time
from authsvc.evidence.errors import BadPackage, NotAPackage
from authsvc.evidence.keyring import KeyRing
from authsvc.evidence.note import Verifier
from authsvc.evidence.package import WritePdf
from authsvc.evidence.package_pdf import is_pdf, read_pdf_form
from authsvc.evidence.package_read import CUSTODY, MIMETYPE, MIMETYPE_FILE, Package, read_package
from authsvc.evidence.package_zip import read_zip
from authsvc.evidence.trust import Trust
from authsvc.evidence.verdict import Code, Sheet, Verdict
from confirmations.words import Words

_NO_EVIDENCE: Final = ("report_of_another_release", "report_pdf_not_rebuilt")
"""Findings that a reader of the report must not miss: they stand in the verdict's sentence."""


@dataclass(frozen=True, slots=True)
class _Tools:
    """The checker's clock in ms, and what judges and rebuilds from outside this package."""

    at: int
    verify_eds: VerifyEds | None
    write_pdf: WritePdf | None


def check(
    package: bytes,
    trust: Trust | None,
    receipts: Sequence[bytes] = (),
    *,
    at: int,
    verify_eds: VerifyEds | None = None,
    write_pdf: WritePdf | None = None,
) -> Verdict:
    """The verdict on a package, the ZIP or the PDF that carries it. `at` is the checker's clock in ms; `verify_eds`
    judges packaged documents and the seal again, `write_pdf` makes report.pdf again.

    NotAPackage when the bytes are no court package at all.
    """
    sheet = Sheet()
    sheet.open_check("container")
    try:
        files = read_zip(read_pdf_form(package) if is_pdf(package) else package)
    except NotAPackage:
        raise
    except BadPackage as error:
        sheet.fault("archive", rule=error.rule)
        return _conclude(sheet, None, trust.environment if trust else "", False, Proven(), at)
    if files.get(MIMETYPE_FILE) != MIMETYPE.encode() or CUSTODY not in files:
        raise NotAPackage("not_a_package", "an archive, but not a court package")
    return _check_files(sheet, files, trust, receipts, _Tools(at, verify_eds, write_pdf))


def _check_files(
    sheet: Sheet,
    files: Mapping[str, bytes],
    trust: Trust | None,
    receipts: Sequence[bytes],
    tools: _Tools,
) -> Verdict:
    package = read_package(files, check_container(sheet, files))
    for path in package.unread:
        sheet.fault("unreadable", path)
    sheet.open_check("trust")
    known = find_trust(sheet, package, trust)
    ring = read_ring(package, known)
    sheet.open_check("log_signatures")
    note = check_log_signatures(sheet, package, known, ring)
    sheet.open_check("quorum")
    independent = check_quorum(sheet, package, known, note, tools.at)
    sheet.open_check("genesis")
    environment = check_genesis(sheet, package, known)
    proven = _check_entries(sheet, package, known, ring, tools.at)
    sheet.open_check("log_signatures")
    check_log_leak(sheet, package, known, note, proven.whole)
    sheet.open_check("chains")
    check_chains(sheet, package)
    check_receipts(sheet, package, receipts, Known(ring, _log_keys(package, known, ring), known, tools.at))
    sheet.open_check("export")
    check_export(sheet, package)
    sheet.open_check("eds")
    check_eds(sheet, package, known, tools.verify_eds)
    sheet.open_check("report")
    check_report(sheet, package, known, tools.write_pdf)
    sheet.open_check("seal")
    check_seal(sheet, package, known, tools.verify_eds, tools.at)
    return _conclude(sheet, package, environment, independent, proven, tools.at)


def _check_entries(sheet: Sheet, package: Package, trust: Trust | None, ring: KeyRing | None, at: int) -> Proven:
    sheet.open_check("time")  # first: what a leaked key signed counts by when it stood in the log
    proven = check_time(sheet, package, trust, ring, at)
    sheet.open_check("issuer_keys")
    check_issuer_keys(sheet, package)
    sheet.open_check("entry_bytes")
    check_entry_bytes(sheet, package, ring, proven.uppers)
    sheet.open_check("slots")
    check_slots(sheet, package)
    sheet.open_check("inclusion")
    check_inclusion(sheet, package)
    return proven


def _log_keys(package: Package, trust: Trust | None, ring: KeyRing | None) -> list[Verifier]:
    """The log's keys for checking receipts: trust.json's, else the package's own."""
    if trust is not None:
        return [each.verifier for each in trust.log_keys]
    return ring.log_keys(package.checkpoint.size) if ring is not None and package.checkpoint is not None else []


def _conclude(
    sheet: Sheet, package: Package | None, environment: str, independent: bool, proven: Proven, at: int
) -> Verdict:
    code = sheet.code()
    records = tuple(
        sheet.record_verdict(
            item.number,
            item.path,
            item.entry.id if item.entry else "",
            item.entry.type if item.entry else "",
        )
        for item in (package.records if package else ())
    )
    return Verdict(code, _sentence(sheet, code, independent, proven, at), sheet.checks(), records, environment)


def _sentence(sheet: Sheet, code: Code, independent: bool, proven: Proven, at: int) -> Words:
    """One sentence: the verdict with its first reason, then what was not proven."""
    worst = sheet.worst()
    parts = [words.VERDICTS[code]]
    if worst is not None:
        parts[0] = words.join(parts[0], words.reason(worst))
    if code is not Code.INVALID:
        parts += _say_time(proven)
        said = {each.code for check in sheet.checks() for each in check.findings}
        parts += [words.FINDINGS[code] for code in _NO_EVIDENCE if code in said]
        if not independent:
            parts.append(words.fill(words.NO_INDEPENDENT_WITNESS, date=rfc3339(proven.first or at)[:10]))
    return words.sentence(parts)


def _say_time(proven: Proven) -> list[Words]:
    """The bounds of all records together, or that no time is proven; where some have none, that is said too."""
    after, before = proven.bounds
    if before is None:
        return [words.NO_TIME]
    told = words_time.PROVEN_BEFORE if after is None else words_time.PROVEN
    said = [words.fill(told, after=rfc3339(after or 0), before=rfc3339(before))]
    return said if proven.complete else [*said, words_time.PARTLY]
