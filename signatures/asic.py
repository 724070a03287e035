"""ETSI EN 319 162-1: ASiC-S and ASiC-E with CAdES and XAdES, and the containers that came before them.

A signature in a container is over files beside it: XAdES names them by reference, CAdES by a manifest that it signs, or
it is over the one file there is. Evidence records and archive manifests are named, and not judged.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple
from urllib.parse import unquote

from signatures.archive import File, read_files
from signatures.content import ContentSource
from signatures.context import Context
from signatures.draft import FAILED, UNSURE, Draft
from signatures.envelope import attached_content, open_signed_data, prepare_contents
from signatures.errors import LimitExceeded, Malformed
from signatures.judgement import Material, judge
from signatures.longterm import judge_signature
from signatures.policy import Limits
from signatures.report import (
    Check,
    Found,
    SignatureReport,
    SubIndication,
    Want,
    failed,
    information,
    not_done,
    passed,
    warning,
)
from signatures.xades import judge_xml, open_xml
from signatures.xml_algorithms import DSIG, NotRead, digest_named
from signatures.xml_tree import Node, parse_xml
from signatures.xmldsig import decode64

_META: Final = "META-INF/"
_MIMETYPE: Final = "mimetype"
_ASIC_S: Final = "application/vnd.etsi.asic-s+zip"
_SIGNATURE_ENDS: Final = (".p7s", ".p7m")


class Container(NamedTuple):
    """A container opened: its kind, the signature files, the manifests, and the files that may be signed."""

    kind: str
    envelopes: list[File]
    documents: list[File]
    manifests: list[tuple[File, Node | None]]
    others: list[str]
    files: list[File]


def open_container(data: bytes, limits: Limits) -> Container:
    """The container; its kind is `ZIP` where nothing says that files are signed. Malformed, LimitExceeded."""
    files = read_files(data, limits)
    inside = [one for one in files if one.name.startswith(_META)]
    kind = next((one.data.strip().decode("ascii", "replace") for one in files if one.name == _MIMETYPE), "")
    envelopes = [one for one in inside if one.name.lower().endswith(_SIGNATURE_ENDS)]
    documents = [one for one in inside if _is_xml_signature(one)]
    manifests = [(one, _manifest(one, limits)) for one in inside if "asicmanifest" in one.name.lower()]
    judged = {one.name for one in (*envelopes, *documents, *(one for one, _ in manifests))}
    others = [one.name for one in inside if one.name not in judged and _proves(one.name)]
    held = [one for one in files if not one.name.startswith(_META) and one.name != _MIMETYPE]
    simple = kind == _ASIC_S or (not kind and len(held) == 1 and not manifests)
    if not (envelopes or documents or kind.startswith("application/vnd.etsi.asic")):
        return Container("ZIP", [], [], [], [], held)
    return Container("ASiC-S" if simple else "ASiC-E", envelopes, documents, manifests, others, held)


def _is_xml_signature(one: File) -> bool:
    return one.name.lower().endswith(".xml") and "signature" in one.name.lower()


def _proves(name: str) -> bool:
    return any(part in name.lower() for part in ("evidencerecord", "archivemanifest", "timestamp"))


def _manifest(one: File, limits: Limits) -> Node | None:
    """An ASiCManifest; None where it can't be read."""
    try:
        root = parse_xml(one.data, limits).root
    except (Malformed, LimitExceeded):
        return None
    return root if root.local == "ASiCManifest" else None


def describe_container(container: Container) -> list[Check]:
    """What is said of the container as a whole."""
    checks = [passed("format.recognised", format=container.kind, version="")]
    return checks + [not_done("container.other", name=name) for name in container.others]


def judge_container(
    container: Container, context: Context
) -> Generator[Want, Found | None, tuple[SignatureReport, ...]]:
    """Judges every signature of the container, in the order of its files."""
    reports: list[SignatureReport] = []
    for envelope in container.envelopes:
        reports += yield from _judge_envelope(envelope, container, context)
    for document in container.documents:
        reports += yield from _judge_document(document, container, context)
    covered = {name for one in reports if one.coverage is not None for name in one.coverage.name.split("\n")}
    left = [one.name for one in container.files if not covered.intersection((one.name, *one.others))]
    if reports and left:
        told = warning("container.uncovered", name=", ".join(left)[:500])
        reports = [replace(one, checks=(*one.checks, told)) for one in reports]
    return tuple(replace(one, container=container.kind) for one in reports)


# --- XAdES ---


def _judge_document(
    document: File, container: Container, context: Context
) -> Generator[Want, Found | None, Sequence[SignatureReport]]:
    contents = [source for one in container.files for source in _sources(one, context.policy.limits)]
    try:
        parts = open_xml(document.data, contents, context.policy.limits)
    except Malformed as error:
        return [(yield from judge(error, Material("", None, (), format="XMLDSig"), context))]
    reports = yield from judge_xml(parts, context)
    return [_name_files(one, container) for one in reports]


def _sources(one: File, limits: Limits) -> list[ContentSource]:
    """The file under each of its names; what a reference may lead to."""
    return [ContentSource(name, one.data, limits.slow_hash_bytes) for name in (one.name, *one.others)]


def _name_files(report: SignatureReport, container: Container) -> SignatureReport:
    """References as the names of files, one on a line."""
    coverage = report.coverage
    if coverage is None:
        return report
    known = {name for one in container.files for name in (one.name, *one.others)}
    named = [one if one in known else unquote(one).removeprefix("./") for one in coverage.name.split(" ")]
    if not all(one in known for one in named):  # a name with blanks in it
        named = [one for one in known if one in unquote(coverage.name)]
    return replace(report, coverage=coverage._replace(name="\n".join(named)))


# --- CAdES ---


def _judge_envelope(
    envelope: File, container: Container, context: Context
) -> Generator[Want, Found | None, Sequence[SignatureReport]]:
    limits = context.policy.limits
    manifest = _find_manifest(envelope, container)
    try:
        opened, signers = open_signed_data(envelope.data, limits)
        attached = attached_content(opened, limits)
        contents = _contents(manifest, container, limits)
        prepare_contents(attached, contents, signers, limits)
    except Malformed as error:
        return [(yield from judge(error, Material("", None, (), format="CMS"), context))]
    for der in opened.certificates:
        context.read_certificate(der)
    for der in opened.crls:
        context.read_crl(der)
    found: list[SignatureReport] = []
    for signer in signers:
        material = Material(opened.content_type, attached, contents)
        report = yield from judge_signature(signer, opened, material, context)
        found.append(_check_manifest(report, manifest, container, context))
    return found


def _find_manifest(envelope: File, container: Container) -> tuple[File, Node] | None:
    """The manifest whose SigReference leads to the signature."""
    for file, root in container.manifests:
        if root is not None:
            named = next((one for one in root.elements() if one.local == "SigReference"), None)
            if named is not None and _leads_to(named.get("URI") or "", (envelope.name,)):
                return file, root
    return None


def _leads_to(uri: str, names: Iterable[str]) -> bool:
    plain = unquote(uri).removeprefix("./").removeprefix("/")
    return any(name in (uri, plain) for name in names)


def _contents(manifest: tuple[File, Node] | None, container: Container, limits: Limits) -> list[ContentSource]:
    """What the CMS is over: its manifest, or the one file of a simple container."""
    if manifest is not None:
        return [ContentSource(manifest[0].name, manifest[0].data, limits.slow_hash_bytes)]
    if len(container.files) == 1:
        (one,) = container.files
        return [ContentSource(one.name, one.data, limits.slow_hash_bytes)]
    return []


def _check_manifest(
    report: SignatureReport, manifest: tuple[File, Node] | None, container: Container, context: Context
) -> SignatureReport:
    """Each file that the manifest names must be there, and be the one that was named: it is what was signed."""
    if manifest is None:
        return report
    draft = Draft(list(report.checks))
    if report.sub_indication is not None:
        draft.verdicts.append((report.indication, report.sub_indication))
    names: list[str] = []
    whole = True
    for reference in (one for one in manifest[1].elements() if one.local == "DataObjectReference"):
        name = _check_object(reference, container, context, draft)
        whole = whole and name is not None
        names += [name] if name is not None else []
    if not names and whole:
        draft.call(failed("content.found"), UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
        whole = False
    indication, sub_indication = draft.conclude()
    intact = report.intact
    if intact and not whole:
        intact = False if draft.broken else None
    coverage = report.coverage._replace(name="\n".join(names)) if report.coverage is not None else None
    return replace(
        report,
        indication=indication,
        sub_indication=sub_indication,
        intact=intact,
        level=report.level if intact else None,
        coverage=coverage,
        checks=tuple(draft.checks),
    )


def _check_object(reference: Node, container: Container, context: Context, draft: Draft) -> str | None:
    """The name of the file if it is the one that was signed."""
    uri = reference.get("URI") or ""
    method, value = reference.first(DSIG, "DigestMethod"), reference.first(DSIG, "DigestValue")
    file = next((one for one in container.files if _leads_to(uri, (one.name, *one.others))), None)
    if file is None or method is None or value is None:
        draft.call(failed("container.file", name=uri[:200]), UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
        return None
    try:
        algorithm = digest_named(method.get("Algorithm") or "")
        same = context.digest(algorithm, file.data) == decode64(value.text)
    except NotRead as error:
        check = failed("algorithm.known", algorithm=str(error)[:200])
        draft.call(check, UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)
        return None
    except Malformed:
        same = False
    if not same:
        draft.call(failed("container.digest", name=uri[:200]), FAILED, SubIndication.HASH_FAILURE)
        return None
    draft.add(information("container.file", name=file.name))
    return file.name
