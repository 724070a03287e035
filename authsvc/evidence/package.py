"""The court package (evidence format, section 12): its layout, and building it as a pure function of its material.

Equal material gives equal bytes outside `META-INF/`. What is made by somebody else's software or key is handed in: the
PDF of the report, the organisation's seal. What a package does not carry, `custody.json` names.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from authsvc.evidence.canonical import Value, dumps
from authsvc.evidence.check_eds import EdsCase, case_of
from authsvc.evidence.errors import BadPackage
from authsvc.evidence.package_read import (
    CHECKPOINT,
    CUSTODY,
    GENESIS,
    GENESIS_PROOF,
    MIMETYPE,
    MIMETYPE_FILE,
    POLICY,
    REPORT,
    REPORT_PDF,
    VERSION,
    Package,
    blob_path,
    has_quorum,
    how_to_path,
    is_verifier,
    read_package,
    verifier_path,
)
from authsvc.evidence.package_time import FAILURE
from authsvc.evidence.package_zip import write_zip
from authsvc.evidence.proof import print_proof
from authsvc.evidence.record import Disclosure, Entry, parse
from authsvc.evidence.report import write_report
from authsvc.evidence.words_report import HOW_TO
from confirmations.words import LOCALES

MAX_RECORDS = 9_999


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry at its place; `path` is its inclusion path in the tree of the package's checkpoint."""

    index: int
    entry: bytes
    path: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class PackagedRecord(Logged):
    """A record with what the case needs of it. `blobs`: name of a member or slot to the bytes behind its digest."""

    disclosures: Sequence[Disclosure] = ()
    blobs: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A document with EDS and all that judging it again needs. `records` are the ids of its verification records.

    `signed` is the file as it was handed in, `content` the document where it is another file (`detached`) or was taken
    out of `signed`; None when only its digest was seen. Certificates, CRLs, OCSP responses and anchors are DER. `at` is
    the validation time of the verification, ms.
    """

    records: Sequence[str]
    signed: bytes
    at: int
    content: bytes | None = None
    detached: bool = False
    certificates: Sequence[bytes] = ()
    crls: Sequence[bytes] = ()
    ocsp: Sequence[bytes] = ()
    anchors: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a package is made of. `export` is the id of the export record, which is one of `records`.

    `checkpoint` is the note with all log keys' lines and the witnesses' cosignatures; `keys` are all `key` records of
    the log up to it. `request` and `order` are the files that asked for the export; `verifiers` is file name to bytes.
    """

    checkpoint: bytes
    policy: bytes
    genesis: Logged
    keys: Sequence[Logged]
    records: Sequence[PackagedRecord]
    export: str
    documents: Sequence[SignedDocument] = ()
    request: bytes = b""
    order: bytes = b""
    verifiers: Mapping[str, bytes] = field(default_factory=dict)
    time: Mapping[str, bytes] = field(default_factory=dict)


WritePdf = Callable[[Package], bytes]
"""Writes report.pdf from the package's other files, the same bytes each time."""
ReportAgain = Callable[[EdsCase], bytes]
"""The report on a signed document, judged again when the package is made; empty when it can't be judged at all."""
MakeSeal = Callable[[Mapping[str, bytes]], Mapping[str, bytes]]
"""Gives the files of `META-INF/` over all others: made once, and the kept ones whenever the package is built again."""


def build(contents: Contents, *, write_pdf: WritePdf | None = None, make_seal: MakeSeal | None = None) -> bytes:
    """The package. BadPackage for material that can't make one (no such export record, one record twice)."""
    files = write_files(contents, write_pdf=write_pdf, sealed=make_seal is not None)
    return write_zip({**files, **make_seal(files)} if make_seal is not None else files)


def write_files(
    contents: Contents,
    *,
    write_pdf: WritePdf | None = None,
    report_again: ReportAgain | None = None,
    sealed: bool = False,
) -> dict[str, bytes]:
    """Path to bytes of everything outside `META-INF/`, in the package's order. BadPackage as `build`.

    `sealed` says whether a seal will be put over them; `report_again` judges each document once more.
    """
    files = lay_out(contents)
    package = read_package(files, contents.export)
    if report_again is not None and (again := _judge_again(package, report_again)):
        files.update(again)
        package = read_package(files, contents.export)
    files[REPORT] = write_report(package)
    if write_pdf is not None:
        files[REPORT_PDF] = write_pdf(package)
    files[CUSTODY] = write_custody(files, contents.export, sealed=sealed)
    return files


def _judge_again(package: Package, report_again: ReportAgain) -> dict[str, bytes]:
    """Each document's report from packaged material alone, at the recorded moment and under the packaged anchors."""
    files = {}
    for document in package.documents:
        items = [item for each in document.records if (item := package.record(each)) is not None]
        if items and (report := report_again(case_of(package, document, items[0], document.anchors))):
            files[f"{document.folder}/again.json"] = report
    return files


def lay_out(contents: Contents) -> dict[str, bytes]:
    """Path to bytes of everything but the report and custody.json, in the package's order."""
    records = sorted(contents.records, key=lambda record: record.index)
    entries = [parse(record.entry) for record in records]
    ids = [entry.id for entry in entries]
    if contents.export not in ids or len(set(ids)) != len(ids) or len(ids) > MAX_RECORDS:
        raise BadPackage("material", "no such export record, a record twice, or too many records")
    files = {MIMETYPE_FILE: MIMETYPE.encode()}
    for number, record in enumerate(records, 1):
        files[f"records/{number:04d}.note"] = record.entry
    for number, record in enumerate(records, 1):
        files[f"disclosures/{number:04d}.json"] = dumps([each.to_value() for each in sorted(record.disclosures)])
    for number, record in enumerate(records, 1):
        files[f"proofs/{number:04d}.tlog-proof"] = print_proof(record.index, record.path, contents.checkpoint)
    files.update(_log_files(contents))
    files.update(sorted(_blobs(records, entries).items()))
    for number, document in enumerate(contents.documents, 1):
        files.update(_document(f"documents/{number:04d}", document))
    files.update(contents.time)
    files.update({f"request/{name}": data for name, data in _asked(contents).items() if data})
    for locale in LOCALES:
        files[how_to_path(locale)] = HOW_TO.say(locale).encode()
    files.update({verifier_path(name): data for name, data in sorted(contents.verifiers.items())})
    return files


def _asked(contents: Contents) -> Mapping[str, bytes]:
    return {"request": contents.request, "order": contents.order}


def _log_files(contents: Contents) -> dict[str, bytes]:
    genesis = contents.genesis
    files = {
        CHECKPOINT: contents.checkpoint,
        POLICY: contents.policy,
        GENESIS: genesis.entry,
        GENESIS_PROOF: print_proof(genesis.index, genesis.path, contents.checkpoint),
    }
    for number, key in enumerate(sorted(contents.keys, key=lambda each: each.index), 1):
        files[f"log/keys/{number:04d}.note"] = key.entry
        files[f"log/keys/{number:04d}.tlog-proof"] = print_proof(key.index, key.path, contents.checkpoint)
    return files


def _blobs(records: Sequence[PackagedRecord], entries: Sequence[Entry]) -> dict[str, bytes]:
    """Blobs under the digest that the record names, in hex."""
    files = {}
    for record, entry in zip(records, entries, strict=True):
        opened = {each.name: each.value for each in record.disclosures}
        for name, data in record.blobs.items():
            digest = entry.body.get(name, opened.get(name))
            if isinstance(digest, str) and digest:
                files[blob_path(digest)] = data
    return files


def _document(folder: str, document: SignedDocument) -> dict[str, bytes]:
    index: Value = {"at": document.at, "detached": document.detached, "records": list(document.records)}
    files = {f"{folder}/document.json": dumps(index), f"{folder}/signed": document.signed}
    if document.content is not None:
        files[f"{folder}/content"] = document.content
    for kind in ("certificates", "crls", "ocsp", "anchors"):
        named = {hashlib.sha256(each).hexdigest(): each for each in getattr(document, kind)}
        for name, data in sorted(named.items()):
            files[f"{folder}/{kind}/{name}"] = data
    return files


def write_custody(files: Mapping[str, bytes], export: str, *, sealed: bool = False) -> bytes:
    """custody.json over these files: version, export record, what is absent, SHA-256 of each file outside META-INF/."""
    listed: list[Value] = [
        {"path": path, "sha256": hashlib.sha256(data).hexdigest()}
        for path, data in files.items()
        if path != CUSTODY and not path.startswith("META-INF/")
    ]
    absent: list[Value] = [*absences(files, sealed=sealed)]
    return dumps({"absent": absent, "export": export, "files": listed, "version": VERSION})


def absences(files: Mapping[str, bytes], *, sealed: bool) -> list[str]:
    """What custody.json has to call absent."""
    there = {
        "quorum": has_quorum(files),
        "report_pdf": REPORT_PDF in files,
        "seal": sealed,
        "time": FAILURE not in files and any(path.startswith("time/") for path in files),
        "verifiers": any(map(is_verifier, files)),
    }
    return [name for name, is_there in there.items() if not is_there]
