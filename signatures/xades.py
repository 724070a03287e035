"""ETSI EN 319 132-1 over XML Signature: the signatures of a document, their qualifying properties, their time stamps.

Properties count only when this very signature's reference of the type SignedProperties leads to them, inside this very
signature. Several signatures of the national practice are sequential: each was made over the document as it was then,
so a later one is left out where an earlier one does not hold with it.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from signatures.algorithms import Hash
from signatures.content import HEAD_BYTES, ContentSource
from signatures.context import Context
from signatures.draft import FAILED, UNSURE, Draft
from signatures.errors import LimitExceeded, LoginChallengeIsNotADocument, Malformed
from signatures.longterm import Proofs, conclude, weigh
from signatures.opening import is_login_challenge
from signatures.plain import Opened, judge_opened
from signatures.policy import Limits
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
from signatures.xades_properties import Signed, find_properties, read_properties, take_material, unsigned_of
from signatures.xades_stamps import judge_stamps
from signatures.xml_algorithms import DSIG, NotRead, digest_named, scheme_named, value_for
from signatures.xml_tree import Document, Node, parse_xml
from signatures.xmldsig import (
    MANIFEST,
    Reference,
    Resolved,
    Work,
    XmlSignature,
    certificates_of,
    find_signatures,
    needed_hashes,
    read_signature,
    resolve,
    signed_bytes,
    transforms_contents,
)

_DEEPEST: Final = 3
_MOST_COUNTERS: Final = 16


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


def _judge(
    signature: XmlSignature | Malformed | NotRead,
    work: Work,
    context: Context,
    parent: Node | None = None,
    depth: int = 0,
) -> Generator[Want, Found | None, SignatureReport]:
    if not isinstance(signature, XmlSignature):
        return (yield from judge_opened(_unread(signature), context))
    properties = find_properties(signature.node)
    try:
        signed = _check_references(signature, properties, work, context, parent)
        opened = _open(signature, signed, properties, work, context)
    except Malformed as error:
        return (yield from judge_opened(_unread(error), context))
    except LimitExceeded as error:
        return (yield from judge_opened(_beyond(error), context))
    embedded = take_material(signature, properties, context)
    proofs, draft = Proofs(context.now, context.now), Draft()
    try:
        yield from judge_stamps(signature, signed, properties, work, context, proofs, draft)
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
) -> Signed:
    """Digests what each reference leads to; and which of them is the one to this signature's own properties."""
    signed = Signed()
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
        read_properties(properties, signed)
    elif properties is not None:
        signed.draft.add(warning("xml.properties"))
    return signed


def _is_own(resolved: Resolved | None, properties: Node | None) -> bool:
    if resolved is None or properties is None or resolved.target is None:
        return False
    return resolved.target.parent is properties and resolved.target.local == "SignedProperties"


def _check_countersigned(signature: XmlSignature, parent: Node, signed: Signed, work: Work) -> None:
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
    signature: XmlSignature, reference: Reference, work: Work, context: Context, signed: Signed
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


def _open(signature: XmlSignature, signed: Signed, properties: Node | None, work: Work, context: Context) -> Opened:
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


def _refuse_challenges(signed: Signed) -> None:
    for _, resolved, octets in signed.covered:
        head = octets if octets is not None else resolved.content.head if resolved.content is not None else b""
        if head and len(head) <= HEAD_BYTES and is_login_challenge(head):
            raise LoginChallengeIsNotADocument


def _cover(signed: Signed) -> Coverage | None:
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


def _judge_counters(
    signature: XmlSignature, properties: Node | None, work: Work, context: Context, depth: int, draft: Draft
) -> Generator[Want, Found | None, tuple[SignatureReport, ...]]:
    """Counter-signatures in the properties; a bad one is said and breaks only itself."""
    nodes = [
        one
        for held in unsigned_of(properties)
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
