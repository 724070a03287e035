"""ETSI EN 319 132-1 clauses 5.3 and 5.5: the time stamps over an XML signature, and what each is over."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from signatures.c14n import DEFAULT, Method, canonical_element, method_of
from signatures.cades import Placed
from signatures.content import ContentSource
from signatures.context import Context
from signatures.draft import Draft
from signatures.errors import Malformed
from signatures.longterm import Proofs, bound, judge_one
from signatures.model import Attribute
from signatures.report import Found, Want, information, not_done
from signatures.timestamp import Stamp
from signatures.xades_properties import XADES_141, Signed, find_stamps, unsigned_of
from signatures.xml_algorithms import DSIG
from signatures.xml_tree import Node
from signatures.xmldsig import Work, XmlSignature

_OLD: Final = ("SigAndRefsTimeStamp", "RefsOnlyTimeStamp", "CompleteCertificateRefs", "CompleteRevocationRefs")
_NO_ATTRIBUTE: Final = Attribute("", [], b"", b"")  # an XML property is no attribute


def _method(node: Node) -> Method:
    named = node.first(DSIG, "CanonicalizationMethod")
    chosen = method_of((named.get("Algorithm") or "") if named is not None else DEFAULT)
    if chosen is None:
        raise Malformed("A time stamp names a canonicalization that is not read.")
    return chosen


def judge_stamps(
    signature: XmlSignature,
    signed: Signed,
    properties: Node | None,
    work: Work,
    context: Context,
    proofs: Proofs,
    draft: Draft,
) -> Generator[Want, Found | None, None]:
    """Archive time stamps from the newest to the oldest, then those over the signature."""
    found = list(find_stamps(properties, context.policy.limits))
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
    for one in unsigned_of(properties):
        if one.local in _OLD or (one.local == "ArchiveTimeStamp" and one.space != XADES_141):
            draft.add(information("attributes.old", attribute=one.local))


def _judge_archive(
    node: Node,
    stamp: Stamp,
    read: list[tuple[Node, Stamp]],
    signature: XmlSignature,
    signed: Signed,
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
    for one in unsigned_of(properties):
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
