"""ETSI EN 319 132-1 over XML Signature: the signatures of a document, their qualifying properties, their time stamps.

Properties count only when this very signature's reference of the type SignedProperties leads to them, inside this very
signature. Several signatures of the national practice are sequential: each was made over the document as it was then,
so a later one is left out where an earlier one does not hold with it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple

from signatures import asn1
from signatures.algorithms import Hash
from signatures.c14n import DEFAULT, Method, canonical_element, method_of
from signatures.cades import Placed
from signatures.content import HEAD_BYTES, ContentSource
from signatures.context import Context
from signatures.draft import FAILED, UNSURE, Draft
from signatures.errors import LimitExceeded, LoginChallengeIsNotADocument, Malformed
from signatures.longterm import Proofs, bound, conclude, judge_one, weigh
from signatures.model import AlgorithmIdentifier, Attribute
from signatures.opening import is_login_challenge
from signatures.plain import Opened, judge_opened
from signatures.policy import Limits
from signatures.references import Reference as CertificateReference
from signatures.report import (
    Check,
    Coverage,
    Found,
    Indication,
    SignatureReport,
    SubIndication,
    Want,
    failed,
    information,
    not_done,
    passed,
    warning,
)
from signatures.timestamp import Stamp, read_stamp
from signatures.xml_tree import Document, Node, parse_xml
from signatures.xmldsig import (
    DSIG,
    MANIFEST,
    NotRead,
    Reference,
    Resolved,
    Work,
    XmlSignature,
    certificates_of,
    decode64,
    digest_named,
    find_signatures,
    lists_of,
    needed_hashes,
    read_signature,
    resolve,
    scheme_named,
    signed_bytes,
    transforms_contents,
    value_for,
)

XADES: Final = tuple(f"http://uri.etsi.org/01903/v{version}#" for version in ("1.3.2", "1.2.2", "1.1.1"))
_XADES_141: Final = "http://uri.etsi.org/01903/v1.4.1#"
_OLD: Final = ("SigAndRefsTimeStamp", "RefsOnlyTimeStamp", "CompleteCertificateRefs", "CompleteRevocationRefs")
_DEEPEST: Final = 3
_MOST_COUNTERS: Final = 16
_MOST_STAMPS: Final = 32
_NOTHING: Final = asn1.parse(b"\x05\x00")
_NO_ATTRIBUTE: Final = Attribute("", [], _NOTHING, _NOTHING)  # an XML property is no attribute


class XmlParts(NamedTuple):
    """An XML document opened: its signatures as they could be read, in the order of the document."""

    document: Document
    nodes: list[Node]
    signatures: list[XmlSignature | Malformed | NotRead]
    work: Work


def open_xml(data: bytes, contents: Sequence[ContentSource], limits: Limits) -> XmlParts:
    """Read the document and digest the contents beside it. Malformed for what is no XML; LimitExceeded."""
    document = parse_xml(data, limits)
    nodes = find_signatures(document, limits)
    signatures: list[XmlSignature | Malformed | NotRead] = []
    for node in nodes:
        try:
            signatures.append(read_signature(document, node))
        except (Malformed, NotRead) as error:
            signatures.append(error)
    read = [one for one in signatures if isinstance(one, XmlSignature)]
    for content in contents:
        content.prepare(
            [*needed_hashes(read), digest_named("http://www.w3.org/2001/04/xmlenc#sha256")],
            keep=transforms_contents(read),
        )
    later = {
        id(node): [other for other in nodes[at + 1 :] if not other.within(node) and not node.within(other)]
        for at, node in enumerate(nodes)
    }
    return XmlParts(document, nodes, signatures, Work(limits.signed_bytes, contents, later))


def judge_xml(parts: XmlParts, context: Context) -> Generator[Want, Found | None, tuple[SignatureReport, ...]]:
    """Judges every signature of the document, in its order."""
    reports: list[SignatureReport] = []
    for signature in parts.signatures:
        reports.append((yield from _judge(signature, parts.work, context)))
    return tuple(reports)


@dataclass(slots=True)
class _Signed:
    """One signature while it is opened: what its references led to, and what its properties say."""

    draft: Draft = field(default_factory=Draft)
    whole: bool = True
    covered: list[tuple[Reference, Resolved, bytes | None]] = field(default_factory=list)
    references: tuple[CertificateReference, ...] = ()
    claimed: datetime | None = None
    octets: list[bytes] = field(default_factory=list)


def _judge(
    signature: XmlSignature | Malformed | NotRead,
    work: Work,
    context: Context,
    parent: Node | None = None,
    depth: int = 0,
) -> Generator[Want, Found | None, SignatureReport]:
    if not isinstance(signature, XmlSignature):
        return (yield from judge_opened(_unread(signature), context))
    properties = _properties(signature.node)
    try:
        signed = _check_references(signature, properties, work, context, parent)
        opened = _open(signature, signed, properties, work, context)
    except Malformed as error:
        return (yield from judge_opened(_unread(error), context))
    except LimitExceeded as error:
        return (yield from judge_opened(_beyond(error), context))
    embedded = _take_material(signature, properties, context)
    proofs, draft = Proofs(context.now, context.now), Draft()
    try:
        yield from _judge_stamps(signature, signed, properties, work, context, proofs, draft)
    except LimitExceeded as error:
        draft.add(warning("limit.exceeded", limit=error.limit))
    except Malformed as error:
        draft.add(not_done("time.stamp", kind="archive", detail=error.message))
    report = yield from judge_opened(opened, context.moved(proofs.best, context.policy))
    counters = yield from _judge_counters(signature, properties, work, context, depth, draft)
    weigh(report, proofs, context, draft)
    return conclude(report, proofs, draft, counters, embedded, context)


def _unread(error: Malformed | NotRead) -> Opened:
    opened = Opened("XMLDSig", "XML")
    if isinstance(error, NotRead):
        opened.draft.call(
            failed("algorithm.known", algorithm=str(error)[:200]), UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE
        )
    else:
        opened.draft.call(failed("format.signer_info", detail=error.message), FAILED, SubIndication.FORMAT_FAILURE)
    return opened


def _beyond(error: LimitExceeded) -> Opened:
    opened = Opened("XMLDSig", "XML")
    opened.draft.call(failed("limit.exceeded", limit=error.limit), UNSURE, SubIndication.SIG_CONSTRAINTS_FAILURE)
    return opened


# --- references ---


def _check_references(
    signature: XmlSignature, properties: Node | None, work: Work, context: Context, parent: Node | None
) -> _Signed:
    """Digests what each reference leads to; and which of them is the one to this signature's own properties."""
    signed = _Signed()
    own = False
    for reference in signature.references:
        resolved, octets = _check_reference(signature, reference, work, context, signed)
        if octets is not None:
            signed.octets.append(octets)
        if reference.kind.endswith("#SignedProperties"):
            own = _is_own(resolved, properties)
            if resolved is not None and not own:
                raise Malformed("The signed properties are not those of this signature.")
        elif resolved is not None and (parent is None or resolved.target is not parent):
            signed.covered.append((reference, resolved, octets))
    if parent is not None:
        _check_countersigned(signature, parent, signed, work)
    elif not signed.covered and signed.whole:
        signed.draft.call(failed("content.found"), UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
        signed.whole = False
    if properties is not None and own:
        _read_properties(properties, signed)
    elif properties is not None:
        signed.draft.add(warning("xml.properties"))
    return signed


def _is_own(resolved: Resolved | None, properties: Node | None) -> bool:
    if resolved is None or properties is None or resolved.target is None:
        return False
    return resolved.target.parent is properties and resolved.target.local == "SignedProperties"


def _check_countersigned(signature: XmlSignature, parent: Node, signed: _Signed, work: Work) -> None:
    """Clause 5.2.7: a counter-signature is over the value of the signature in which it stands."""
    for reference in signature.references:
        with suppress(Malformed, NotRead):
            if resolve(signature, reference, work).target is parent:
                return
    signed.draft.call(
        failed("format.signer_info", detail="It is not over the signature in which it stands."),
        FAILED,
        SubIndication.FORMAT_FAILURE,
    )
    signed.whole = False


def _check_reference(
    signature: XmlSignature, reference: Reference, work: Work, context: Context, signed: _Signed
) -> tuple[Resolved | None, bytes | None]:
    """What the reference leads to, and its bytes where they are in the document."""
    draft = signed.draft
    try:
        algorithm = digest_named(reference.digest_method)
        resolved = resolve(signature, reference, work)
        digest = _digest(resolved, algorithm, context)
        if digest is not None and digest != reference.digest and work.later.get(id(signature.node)):
            earlier = resolve(signature, reference, work, peel=True)
            if _digest(earlier, algorithm, context) == reference.digest:
                draft.add(information("xml.sequential"))
                resolved, digest = earlier, reference.digest
    except NotRead as error:
        draft.call(failed("xml.transform", algorithm=str(error)[:200]), UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
        signed.whole = False
        return None, None
    if digest is None:
        missing = resolved.content is None
        check = failed("content.found") if missing else failed("content.digest_missing", algorithm=algorithm.name)
        draft.call(check, UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
        signed.whole = False
    elif digest != reference.digest:
        draft.call(failed("content.digest", algorithm=algorithm.name), FAILED, SubIndication.HASH_FAILURE)
        signed.whole = False
    else:
        draft.add(passed("content.digest", algorithm=algorithm.name))
        if resolved.content is not None and not resolved.content.seen:
            draft.add(warning("content.not_seen"))
    if reference.kind == MANIFEST:
        draft.add(not_done("xml.manifest"))
    return resolved, resolved.data


def _digest(resolved: Resolved, algorithm: Hash, context: Context) -> bytes | None:
    if resolved.data is not None:
        return context.digest(algorithm, resolved.data)
    return resolved.content.digest(algorithm) if resolved.content is not None else None


def _open(signature: XmlSignature, signed: _Signed, properties: Node | None, work: Work, context: Context) -> Opened:
    """What is left for the judgement that all formats share."""
    draft = signed.draft
    _refuse_challenges(signed)
    try:
        scheme = scheme_named(signature.method)
        draft.add(passed("algorithm.known", algorithm=scheme.name))
    except NotRead:
        scheme = None
        draft.call(
            failed("algorithm.known", algorithm=signature.method[:200]),
            UNSURE,
            SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
        )
    read = [context.read_certificate(der) for der in certificates_of(signature, context)]
    return Opened(
        format="XAdES" if signed.references or signed.claimed else "XMLDSig",
        container="XML",
        signature=value_for(scheme, signature.value) if scheme else signature.value,
        message=signed_bytes(signature, work),
        scheme=scheme,
        algorithm=signature.method[:200],
        digest_algorithm=_named(signature.references[0]),
        certificates=[one for one in read if one is not None],
        references=signed.references,
        claimed_time=signed.claimed,
        coverage=_cover(signed),
        whole=signed.whole,
        baseline=True,
        draft=draft,
    )


def _named(reference: Reference) -> str:
    try:
        return digest_named(reference.digest_method).name
    except NotRead:
        return reference.digest_method[:200]


def _refuse_challenges(signed: _Signed) -> None:
    for _, resolved, octets in signed.covered:
        head = octets if octets is not None else resolved.content.head if resolved.content is not None else b""
        if head and len(head) <= HEAD_BYTES and is_login_challenge(head):
            raise LoginChallengeIsNotADocument


def _cover(signed: _Signed) -> Coverage | None:
    """What the signature is over; several references are named by their places."""
    if not signed.covered:
        return None
    reference, resolved, octets = signed.covered[0]
    places = [one.place for _, one, _ in signed.covered]
    scope = "whole_content" if "/" in places else "elements" if octets is not None else "whole_content"
    size = len(octets) if octets is not None else resolved.content.size if resolved.content is not None else None
    return Coverage(
        scope=scope,
        attached=resolved.content is None,
        content_type="text/xml" if resolved.target is not None else "application/octet-stream",
        digest_algorithm=_named(reference),
        digest=reference.digest,
        seen=resolved.content is None or resolved.content.seen,
        size=size,
        name=" ".join(places)[:2_000],
    )


# --- properties ---


def _properties(node: Node) -> Node | None:
    """QualifyingProperties of this very signature."""
    for held in node.every(DSIG, "Object"):
        for one in held.elements():
            if one.local == "QualifyingProperties" and one.space in XADES:
                return one
    return None


def _child(node: Node | None, *path: str) -> Node | None:
    for local in path:
        node = next((one for one in node.elements() if one.local == local), None) if node is not None else None
    return node


def _read_properties(properties: Node, signed: _Signed) -> None:
    listed = _child(properties, "SignedProperties", "SignedSignatureProperties")
    if listed is None:
        return
    moment = _child(listed, "SigningTime")
    if moment is not None:
        signed.claimed = _read_time(moment.text)
        if signed.claimed is None:
            signed.draft.add(warning("time.claimed_unreadable"))
        else:
            signed.draft.add(information("time.claimed", time=signed.claimed.isoformat().replace("+00:00", "Z")))
    found: list[CertificateReference] = []
    for local in ("SigningCertificate", "SigningCertificateV2"):
        digest = _child(listed, local, "Cert", "CertDigest")
        method = digest.first(DSIG, "DigestMethod") if digest is not None else None
        value = digest.first(DSIG, "DigestValue") if digest is not None else None
        if method is None or value is None:
            continue
        try:
            algorithm = digest_named(method.get("Algorithm") or "")
            named = AlgorithmIdentifier(algorithm.oid, None)
            found.append(CertificateReference(algorithm.name != "sha1", named, decode64(value.text), None))
        except NotRead as error:
            named = AlgorithmIdentifier(str(error)[:200], None)
            found.append(CertificateReference(True, named, b"", None))
    signed.references = tuple(found)


def _read_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else None


def _unsigned(properties: Node | None) -> list[Node]:
    listed = _child(properties, "UnsignedProperties", "UnsignedSignatureProperties")
    return listed.elements() if listed is not None else []


def _take_material(signature: XmlSignature, properties: Node | None, context: Context) -> list[bytes]:
    """Certificates, CRLs and OCSP answers that the signature carries, put into the pool; all of them as bytes."""
    taken: list[bytes] = []
    with suppress(Malformed):
        taken += certificates_of(signature, context)
        for der in lists_of(signature):
            taken.append(der)
            context.read_crl(der)
    reading: dict[str, Callable[[bytes], object]] = {
        "EncapsulatedX509Certificate": context.read_certificate,
        "EncapsulatedCRLValue": context.read_crl,
        "EncapsulatedOCSPValue": context.read_answer,
    }
    most = 3 * context.policy.limits.certificates
    for one in _unsigned(properties):
        for node in one.walk():
            if node.local in reading and len(taken) < most:
                with suppress(Malformed):
                    der = decode64(node.text)
                    taken.append(der)
                    reading[node.local](der)
    for _, stamp in _stamps(properties, context.policy.limits):
        if isinstance(stamp, Stamp):
            taken += [*stamp.envelope.certificates, *stamp.envelope.crls, *stamp.envelope.answers]
            for der in stamp.envelope.answers:
                context.read_answer(der)
    return taken


# --- time stamps ---


def _stamps(properties: Node | None, limits: Limits) -> Iterator[tuple[Node, Stamp | Malformed | LimitExceeded]]:
    """Every token of the unsigned properties that is judged here, with the property in which it stands."""
    count = 0
    for one in _unsigned(properties):
        judged = one.local == "SignatureTimeStamp" or (one.local == "ArchiveTimeStamp" and one.space == _XADES_141)
        for token in (node for node in one.elements() if judged and node.local == "EncapsulatedTimeStamp"):
            count += 1
            if count > _MOST_STAMPS:
                return
            try:
                yield one, read_stamp(decode64(token.text), limits)
            except (Malformed, LimitExceeded) as error:
                yield one, error


def _method(node: Node) -> Method:
    named = node.first(DSIG, "CanonicalizationMethod")
    chosen = method_of((named.get("Algorithm") or "") if named is not None else DEFAULT)
    if chosen is None:
        raise Malformed("A time stamp names a canonicalization that is not read.")
    return chosen


def _judge_stamps(
    signature: XmlSignature,
    signed: _Signed,
    properties: Node | None,
    work: Work,
    context: Context,
    proofs: Proofs,
    draft: Draft,
) -> Generator[Want, Found | None, None]:
    """Archive time stamps from the newest to the oldest, then those over the signature."""
    found = list(_stamps(properties, context.policy.limits))
    for node, stamp in found:
        if not isinstance(stamp, Stamp):
            draft.add(not_done("time.stamp", kind=node.local, detail=stamp.message))
    read = [(node, stamp) for node, stamp in found if isinstance(stamp, Stamp)]
    archive = [pair for pair in read if pair[0].local == "ArchiveTimeStamp"]
    for node, stamp in sorted(archive, key=lambda pair: pair[1].time, reverse=True):
        yield from _judge_archive(node, stamp, read, signature, signed, properties, work, context, proofs, draft)
    for node, stamp in read:
        if node.local == "SignatureTimeStamp":
            data = work.spend(canonical_element(signature.value_node, _method(node)))
            placed = Placed("signature", stamp, stamp.token, _NO_ATTRIBUTE)
            report = yield from judge_one(
                placed, stamp, ContentSource("", data, bound(context)), context, proofs, draft
            )
            if report.valid and report.latest is not None:
                proofs.prove(report.latest, "signature_time_stamp")
    for one in _unsigned(properties):
        if one.local in _OLD or (one.local == "ArchiveTimeStamp" and one.space != _XADES_141):
            draft.add(information("attributes.old", attribute=one.local))


def _judge_archive(
    node: Node,
    stamp: Stamp,
    read: list[tuple[Node, Stamp]],
    signature: XmlSignature,
    signed: _Signed,
    properties: Node | None,
    work: Work,
    context: Context,
    proofs: Proofs,
    draft: Draft,
) -> Generator[Want, Found | None, None]:
    """Clause 5.5.2: all references' bytes, the signature, the properties before the time stamp, and other objects."""
    if len(signed.octets) != len(signature.references):
        draft.add(not_done("time.stamp", kind="archive", detail="content"))
        return
    method = _method(node)
    parts = list(signed.octets)
    for one in (signature.signed_info, signature.value_node, signature.key_info):
        if one is not None:
            parts.append(work.spend(canonical_element(one, method)))
    before: list[Node] = []
    for one in _unsigned(properties):
        if one is node:
            break
        before.append(one)
        parts.append(work.spend(canonical_element(one, method)))
    for held in signature.node.every(DSIG, "Object"):
        if properties is None or not properties.within(held):
            parts.append(work.spend(canonical_element(held, method)))
    content = ContentSource("", b"".join(parts), bound(context))
    placed = Placed("archive", stamp, stamp.token, _NO_ATTRIBUTE)
    report = yield from judge_one(placed, stamp, content, context, proofs, draft)
    if not report.valid or report.latest is None:
        return
    proofs.archived = True
    proofs.prove(report.latest, "archive_time_stamp")
    for other, token in read:
        if other in before:
            proofs.tokens[token.token] = min(proofs.tokens.get(token.token, report.latest), report.latest)


def _judge_counters(
    signature: XmlSignature, properties: Node | None, work: Work, context: Context, depth: int, draft: Draft
) -> Generator[Want, Found | None, tuple[SignatureReport, ...]]:
    """Counter-signatures in the properties; a bad one is said and breaks only itself."""
    nodes = [
        one
        for held in _unsigned(properties)
        if held.local == "CounterSignature"
        for one in held.every(DSIG, "Signature")
    ]
    if nodes and depth >= _DEEPEST:
        draft.add(not_done("counter_signature", why="depth"))
        return ()
    found: list[SignatureReport] = []
    for node in nodes[:_MOST_COUNTERS]:
        read: XmlSignature | Malformed | NotRead
        try:
            read = read_signature(signature.document, node)
        except (Malformed, NotRead) as error:
            read = error
        except LimitExceeded as error:
            draft.add(warning("limit.exceeded", limit=error.limit))
            continue
        report = yield from _judge(read, work, context, signature.value_node, depth + 1)
        found.append(report)
        name = report.signer.name if report.signer else "—"
        if report.indication is Indication.TOTAL_PASSED:
            draft.add(passed("counter_signature", signer=name))
        else:
            why = (report.sub_indication or report.indication).value
            draft.add(warning("counter_signature", signer=name, why=why))
    return tuple(found)


def describe_xml(parts: XmlParts) -> list[Check]:
    """What is said of the document as a whole."""
    return [passed("format.recognised", format="XML", version=str(len(parts.nodes)))]
