"""ETSI EN 319 142-1 and ISO 32000-1 section 12.8: the signatures of a PDF, each a detached CMS over its byte range.

Document time stamps are taken from the newest to the oldest: each that holds proves everything before it. What a later
revision changed is told beside the verdict, which is about the bytes that were signed.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from signatures import asn1
from signatures.algorithms import HASHES
from signatures.asn1 import Element
from signatures.cades import Placed
from signatures.content import ContentSource
from signatures.context import Context
from signatures.draft import UNSURE, Draft
from signatures.envelope import attached_content, open_signed_data, prepare_contents
from signatures.errors import LimitExceeded, Malformed
from signatures.judgement import Material, judge
from signatures.longterm import Proofs, judge_one, judge_signature
from signatures.model import Attribute, SignedData
from signatures.pdf import File
from signatures.pdf_changes import EXPECTED, changes_since
from signatures.pdf_fields import (
    CADES,
    DETACHED,
    DOCUMENT_STAMP,
    OVER_SHA1,
    Field,
    Range,
    Store,
    find_fields,
    read_store,
)
from signatures.policy import Limits
from signatures.report import (
    Check,
    Found,
    SignatureReport,
    SubIndication,
    TimeStampReport,
    Want,
    failed,
    information,
    not_done,
    passed,
    rfc3339,
    warning,
)
from signatures.timestamp import read_stamp

_CHUNK: Final = 1 << 20
_MOST_PASSES: Final = 16  # of the largest file: each signature digests the file anew
_SHA1: Final = HASHES["1.3.14.3.2.26"]
_NO_ATTRIBUTE: Final = Attribute("", [], b"", b"")  # a document time stamp stands in no attribute


class Parts(NamedTuple):
    """A PDF opened: its signed fields, those that are document time stamps apart, and its material."""

    file: File
    signatures: list[Field]
    stamps: list[Field]
    store: Store


def open_pdf(data: bytes, limits: Limits) -> Parts:
    """Read the file. Malformed where its structure can't be followed; LimitExceeded."""
    file = File.of(data, limits)
    fields = find_fields(file, limits)
    if sum(one.span.end for one in fields if isinstance(one.span, Range)) > _MOST_PASSES * limits.signed_bytes:
        raise LimitExceeded("signed_bytes")
    stamps = [one for one in fields if one.kind == DOCUMENT_STAMP]
    return Parts(file, [one for one in fields if one.kind != DOCUMENT_STAMP], stamps, read_store(file, limits))


def judge_pdf(parts: Parts, context: Context) -> Generator[Want, Found | None, tuple[SignatureReport, ...]]:
    """Judges every signature of a PDF, in the order of signing."""
    _take_store(parts.store, context)
    stamps = yield from _judge_stamps(parts, context)
    reports: list[SignatureReport] = []
    for field in parts.signatures:
        reports += yield from _judge_field(field, parts, stamps, context)
    return tuple(reports)


def describe(parts: Parts) -> list[Check]:
    """What is said of the file as a whole."""
    checks = [passed("format.recognised", format="PDF", version=parts.file.version)]
    if parts.file.encrypted:
        checks.append(not_done("pdf.encrypted"))
    if parts.stamps:
        checks.append(information("pdf.stamps", count=str(len(parts.stamps))))
    return checks


def _take_store(store: Store, context: Context) -> None:
    for der in store.certificates:
        context.read_certificate(der)
    for der in store.crls:
        context.read_crl(der)
    for der in store.answers:
        context.read_answer(der)


# --- document time stamps ---


class _Judged(NamedTuple):
    """A document time stamp with what it covers: everything up to `end`."""

    end: int
    report: TimeStampReport


def _judge_stamps(parts: Parts, context: Context) -> Generator[Want, Found | None, list[_Judged]]:
    """From the newest to the oldest; a newer one that holds proves the older."""
    judged: list[_Judged] = []
    proofs = Proofs(context.now, context.now)
    for field in reversed(parts.stamps):
        span = field.span
        try:
            if isinstance(span, Malformed):
                raise span
            token = _trimmed(field.signature)
            stamp = read_stamp(token, context.policy.limits)
        except (Malformed, LimitExceeded):
            continue  # it proves nothing, and `pdf.stamps` counts it
        for der in stamp.envelope.answers:
            context.read_answer(der)
        placed = Placed("document", stamp, token, _NO_ATTRIBUTE)
        report = yield from judge_one(placed, stamp, _content(parts.file, span, "", context), context, proofs, Draft())
        judged.append(_Judged(span.end, report))
        if report.valid and report.latest is not None:
            proofs.known_by = min(report.latest, proofs.known_by or report.latest)
    return judged


def _proofs_for(span: Range, stamps: list[_Judged], context: Context) -> tuple[Proofs, Draft]:
    """What the document time stamps over a whole signature have proven of it."""
    proofs, draft = Proofs(context.now, context.now), Draft()
    for one in stamps:
        if one.end <= span.end:
            continue
        proofs.reports.append(one.report)
        params = {"kind": "document", "time": rfc3339(one.report.time) if one.report.time else "—"}
        if one.report.valid and one.report.latest is not None:
            proofs.prove(one.report.latest, "document_time_stamp")
            proofs.known_by = min(one.report.latest, proofs.known_by or one.report.latest)
            proofs.archived = True
            draft.add(passed("time.stamp", **params))
        else:
            why = (one.report.sub_indication or one.report.indication).value
            draft.add(warning("time.stamp", **params, detail=why))
    return proofs, draft


# --- one field ---


def _judge_field(
    field: Field, parts: Parts, stamps: list[_Judged], context: Context
) -> Generator[Want, Found | None, list[SignatureReport]]:
    """The reports on one field: one for each SignerInfo, which by the standard is one."""
    name = "PAdES" if field.kind == CADES else "PDF"
    shape = Material("", None, (), format=name)
    span = field.span
    if isinstance(span, Malformed):
        return [(yield from _unread(span, shape, context))]
    if field.kind not in (CADES, DETACHED, OVER_SHA1):
        return [_unknown(field, context)]
    try:
        opened, signers = open_signed_data(_trimmed(field.signature), context.policy.limits)
        if not signers:
            raise Malformed("The signature's value holds no signature.")
        attached, contents = _contents(field, span, opened, parts.file, context)
        prepare_contents(attached, contents, signers, context.policy.limits)
    except Malformed as error:
        return [(yield from _unread(error, shape, context))]
    opened = _with_store(opened, parts.store)
    _take_store(Store(opened.certificates, opened.crls, []), context)
    checks = _describe_cover(field, span, parts.file, context.policy.limits)
    found: list[SignatureReport] = []
    for signer in signers:
        proofs, draft = _proofs_for(span, stamps, context)
        material = Material(opened.content_type, attached, contents, f"revision_{field.revision}", name)
        report = yield from judge_signature(signer, opened, material, context, proofs=proofs)
        found.append(_finish(report, field, parts.file, [*draft.checks, *checks]))
    return found


def _contents(
    field: Field, span: Range, opened: SignedData, file: File, context: Context
) -> tuple[ContentSource | None, list[ContentSource]]:
    """What the CMS is over: the byte range; under the oldest kind its SHA-1, which is attached and must be it."""
    content = _content(file, span, field.name, context)
    if field.kind != OVER_SHA1:
        if opened.content is not None:
            raise Malformed("The signature carries a content of its own beside the PDF.")
        return None, [content]
    content.prepare([_SHA1])
    attached = attached_content(opened, context.policy.limits)
    held = b"".join(asn1.split_octets(opened.content)) if isinstance(opened.content, Element) else b""
    if attached is None or held != content.digest(_SHA1):
        raise Malformed("The digest in the signature is not that of the PDF.")
    return attached, []


def _finish(report: SignatureReport, field: Field, file: File, checks: list[Check]) -> SignatureReport:
    coverage = report.coverage
    if coverage is not None:
        coverage = coverage._replace(attached=True, name=field.name)
    if field.claimed is not None and report.claimed_time is None:
        checks = [*checks, information("time.claimed", time=rfc3339(field.claimed))]
    return replace(
        report,
        coverage=coverage,
        claimed_time=report.claimed_time or field.claimed,
        checks=(*report.checks, *checks),
        container="PDF",
    )


def _describe_cover(field: Field, span: Range, file: File, limits: Limits) -> list[Check]:
    """Revision n of m, and what the later ones changed."""
    count = len(file.revisions)
    places = {"revision": str(field.revision), "revisions": str(count)}
    rest = file.data[span.end :].strip(b"\x00\t\n\x0c\r ")
    if field.revision == count and not rest:
        return [passed("pdf.whole", **places)]
    try:
        kinds = changes_since(file, field.revision) if field.revision < count else frozenset(("content",))
    except (Malformed, LimitExceeded):
        kinds = frozenset(("content",))
    unexpected = kinds - EXPECTED
    if not unexpected:
        return [information("pdf.extended", **places)]
    return [warning("pdf.changed", **places, why=why) for why in sorted(unexpected)]


def _unread(error: Malformed, shape: Material, context: Context) -> Generator[Want, Found | None, SignatureReport]:
    report = yield from judge(error, shape, context)
    return replace(report, container="PDF", intact=False)


def _unknown(field: Field, context: Context) -> SignatureReport:
    """A kind of signature that is not read here: nothing can be said of it."""
    draft = Draft()
    draft.call(failed("pdf.kind", kind=field.kind or "—"), UNSURE, SubIndication.SIG_CONSTRAINTS_FAILURE)
    indication, sub_indication = draft.conclude()
    return SignatureReport(
        indication=indication,
        sub_indication=sub_indication,
        intact=None,
        format="PDF",
        level=None,
        signer=None,
        path=(),
        revocation=(),
        best_signature_time=context.now,
        best_signature_time_source="validation_time",
        claimed_time=field.claimed,
        coverage=None,
        checks=tuple(draft.checks),
        container="PDF",
    )


def _with_store(opened: SignedData, store: Store) -> SignedData:
    """The SignedData with the material that the file holds beside it: all of it is the document's own."""
    return opened._replace(
        certificates=[*opened.certificates, *store.certificates],
        crls=[*opened.crls, *store.crls],
        answers=[*opened.answers, *store.answers],
    )


def _trimmed(value: bytes) -> bytes:
    """The CMS without the zeros that fill the string up; Malformed when something else stands behind it."""
    end = asn1.first_of(value, ber=True).stop
    if value[end:].strip(b"\0"):
        raise Malformed("Something other than zeros stands behind the signature's value.")
    return value[:end]


class _Ranges:
    """The signed bytes in pieces, without a copy of the file."""

    def __init__(self, data: bytes, span: Range) -> None:
        self._data = data
        self._span = span

    def __iter__(self) -> Iterator[bytes]:
        span = self._span
        for start, end in ((0, span.gap_start), (span.gap_end, span.end)):
            for at in range(start, end, _CHUNK):
                yield self._data[at : min(at + _CHUNK, end)]


def _content(file: File, span: Range, name: str, context: Context) -> ContentSource:
    return ContentSource(name, _Ranges(file.data, span), context.policy.limits.slow_hash_bytes)
