"""Checks 1, 12 and 14 of a package: container, export list, report (evidence format, section 12)."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from authsvc.evidence.canonical import Value, dumps, loads_strict
from authsvc.evidence.check_chains import chains, left_out
from authsvc.evidence.errors import NotCanonical
from authsvc.evidence.forms import is_absent
from authsvc.evidence.keyforms import digest_bytes
from authsvc.evidence.package import WritePdf, absences, write_custody
from authsvc.evidence.package_read import (
    CUSTODY,
    MAX_JSON,
    MAX_MEMBERS,
    MIMETYPE,
    MIMETYPE_FILE,
    REPORT,
    REPORT_PDF,
    SEAL,
    VERSION,
    Item,
    Package,
    how_to_path,
    is_known_path,
    is_verifier,
)
from authsvc.evidence.report import report_format, this_format, write_report
from authsvc.evidence.report_pdf import pdf_format, this_pdf_format
from authsvc.evidence.trust import Trust
from authsvc.evidence.verdict import Sheet
from authsvc.evidence.words_report import HOW_TO
from confirmations.words import LOCALES

REFERENCES = frozenset(
    {
        "about",
        "authentication",
        "mandate",
        "credential",
        "relying_party_record",
        "policy_record",
        "trust_store_record",
        "template_record",
    }
)
"""Slots that name other records; an export takes them along or lists them as left out."""


def check_container(sheet: Sheet, files: Mapping[str, bytes]) -> str:
    """1: the files are exactly those that custody.json lists. Gives the export record's id, empty when unreadable."""
    if next(iter(files)) != MIMETYPE_FILE or files[MIMETYPE_FILE] != MIMETYPE.encode():
        sheet.fault("mimetype", MIMETYPE_FILE)
    try:
        custody = loads_strict(files[CUSTODY], max_bytes=MAX_JSON, max_members=MAX_MEMBERS)
    except NotCanonical as error:
        sheet.fault("custody_unreadable", CUSTODY, reason=error.message)
        return ""
    if not isinstance(custody, dict) or not isinstance(custody.get("version"), str):
        sheet.fault("custody_unreadable", CUSTODY, reason="version")
        return ""
    if custody["version"] != VERSION:
        sheet.doubt("newer_package", CUSTODY, version=custody["version"])
    _check_listed(sheet, files, custody.get("files"))
    export = custody.get("export")
    if not isinstance(export, str):
        sheet.fault("custody_unreadable", CUSTODY, reason="export")
        return ""
    if custody["version"] == VERSION:
        _check_custody(sheet, files, export, custody.get("absent"))
    return export


def _check_custody(sheet: Sheet, files: Mapping[str, bytes], export: str, absent: Value | None) -> None:
    """custody.json is what these files give; what it calls absent is absent, and nothing else is."""
    sealed = isinstance(absent, list) and "seal" not in absent
    told = absences(files, sealed=sealed)
    before_pdf = [each for each in told if each != "report_pdf"]  # packages from before report.pdf don't name it
    expected = loads_strict(write_custody(files, export, sealed=sealed), max_bytes=MAX_JSON, max_members=MAX_MEMBERS)
    if isinstance(expected, dict) and absent == before_pdf:
        expected["absent"] = absent
    if dumps(expected) != files[CUSTODY]:
        sheet.fault("custody_differs", CUSTODY)
    if sealed and SEAL not in files:
        sheet.fault("seal_removed", CUSTODY)
    if not sealed and SEAL in files:
        sheet.fault("seal_added", CUSTODY)


def _check_listed(sheet: Sheet, files: Mapping[str, bytes], listed: Value | None) -> None:
    named: dict[str, str] = {}
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, dict):
            named[str(each.get("path"))] = str(each.get("sha256"))
    for path, data in files.items():
        if path == CUSTODY:
            continue
        if path not in named and not path.startswith("META-INF/"):
            sheet.fault("unlisted_file", path)
        elif path in named and hashlib.sha256(data).hexdigest() != named[path]:
            sheet.fault("file_changed", path)
        if not is_known_path(path):
            sheet.doubt("newer_file", path)
    for path in named.keys() - files.keys():
        sheet.fault("file_missing", path)


def check_export(sheet: Sheet, package: Package) -> None:
    """12: the package holds exactly what the export record says, and the records that its records name."""
    export = package.record(package.export)
    if export is None or export.entry is None or export.entry.type != "export":
        sheet.fault("no_export_record", CUSTODY)
        return
    others = [item for item in package.records if item is not export and item.entry is not None]
    listed = _listed(export.value("export_list"))
    if listed is None:
        sheet.fault("export_not_disclosed", export.disclosures_path)
        return
    for item in others:
        entry_id = item.entry.id if item.entry else ""
        if entry_id not in listed:
            sheet.fault("record_added", item.path)
        elif listed[entry_id] != sorted(each.name for each in item.disclosures or ()):
            sheet.fault("slots_differ", item.disclosures_path)
    present = {item.entry.id for item in others if item.entry}
    gone = sorted(listed.keys() - present)
    unread = sum(item.entry is None for item in package.records)
    for record_id in gone:  # a record that can't be read is there, and has its own verdict
        weigh = sheet.fault if len(gone) > unread else sheet.note
        weigh("record_removed", id=record_id)
    if export.value("export_count") != len(listed):
        sheet.fault("export_count", export.disclosures_path)
    request, digest = package.files.get("request/request"), export.value("export_request")
    is_known = request is not None and isinstance(digest, str) and digest != ""
    if is_known and hashlib.sha256(request or b"").digest() != digest_bytes(str(digest)):
        sheet.fault("request_differs", "request/request")
    _check_heads(sheet, package, export)
    _check_closure(sheet, package, others)


def _listed(value: Value | None) -> dict[str, list[str]] | None:
    if not isinstance(value, list):
        return None
    listed = {}
    for each in value:
        if isinstance(each, list) and len(each) == 2 and isinstance(each[1], list):
            listed[str(each[0])] = sorted(map(str, each[1]))
    return listed


def _check_heads(sheet: Sheet, package: Package, export: Item) -> None:
    value = export.value("export_heads")
    heads = {(each[0], str(each[1])) for each in value if isinstance(each, list)} if isinstance(value, list) else set()
    for links in chains(package).values():
        last = links[-1]
        covered = any(
            (number == last.number and digest_bytes(leaf) == last.leaf)
            or (isinstance(number, int) and number > last.number)
            for number, leaf in heads
        )
        if not covered:
            sheet.fault("head", last.where, number=last.number)


def _check_closure(sheet: Sheet, package: Package, others: Sequence[Item]) -> None:
    present = {item.entry.id for item in (*package.records, *package.keys) if item.entry is not None}
    if package.genesis is not None and package.genesis.entry is not None:
        present.add(package.genesis.entry.id)
    listed = {each for each in left_out(package) if isinstance(each, str)}
    for item in others:
        opened = {each.name: each.value for each in item.disclosures or ()}
        for name, record_id in sorted(references(opened)):
            if record_id not in present and record_id not in listed:
                sheet.fault("reference_missing", f"{item.disclosures_path}#{name}", id=record_id)


def references(opened: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """(slot, record id) of each record that these disclosed values name."""
    for name, value in opened.items():
        if name in REFERENCES:
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, str) and not is_absent(each):
                    yield name, each
        elif name == "approvals" and isinstance(value, list):
            for approval in value:
                record_id = approval.get("record", "") if isinstance(approval, dict) else ""
                if not is_absent(record_id):
                    yield name, str(record_id)


def check_report(sheet: Sheet, package: Package, trust: Trust | None, write_pdf: WritePdf | None) -> None:
    """14: the reports are what the records give; instructions and verifiers are published ones."""
    report = package.files.get(REPORT)
    if report is None:
        sheet.fault("report_missing", REPORT)
    elif report_format(report) not in ("", this_format()):
        sheet.leave_check("report_of_another_release")
    elif report != write_report(package):
        sheet.fault("report_differs", REPORT)
    _check_pdf(sheet, package, write_pdf)
    for locale in LOCALES:
        if package.files.get(how_to_path(locale)) != HOW_TO.say(locale).encode():
            sheet.note("how_to_differs", how_to_path(locale))
    _check_verifiers(sheet, package, trust.verifiers or {} if trust else {})


def _check_verifiers(sheet: Sheet, package: Package, known: Mapping[str, str]) -> None:
    """The verifiers come from the party under suspicion: each must be a release that trust.json names."""
    for path, data in package.files.items():
        if is_verifier(path):
            hashes = [each for name, each in known.items() if name.rpartition("/")[2] == path.rpartition("/")[2]]
            if not hashes:
                sheet.note("verifier_not_named", path)
            elif hashlib.sha256(data).hexdigest() not in hashes:
                sheet.doubt("verifier_unknown", path)


def _check_pdf(sheet: Sheet, package: Package, write_pdf: WritePdf | None) -> None:
    """report.pdf is made again by the same release of the writer and compared; else it is said to be no evidence."""
    report = package.files.get(REPORT_PDF)
    if report is None:
        return
    if write_pdf is None or pdf_format(report) not in ("", this_pdf_format()):
        sheet.note("report_pdf_not_rebuilt", REPORT_PDF)
    elif report != write_pdf(package):
        sheet.fault("report_differs", REPORT_PDF)
