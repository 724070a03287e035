"""ETSI EN 319 132-1: the qualifying properties of an XML signature, signed and unsigned, as they stand.

Properties count only when this very signature's reference of the type SignedProperties leads to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from signatures.context import Context
from signatures.draft import Draft
from signatures.errors import LimitExceeded, Malformed
from signatures.model import AlgorithmIdentifier
from signatures.policy import Limits
from signatures.references import Reference as CertificateReference
from signatures.report import information, warning
from signatures.timestamp import Stamp, read_stamp
from signatures.xml_algorithms import DSIG, NotRead, digest_named
from signatures.xml_tree import Node
from signatures.xmldsig import Reference, Resolved, XmlSignature, certificates_of, decode64, lists_of

XADES: Final = tuple(f"http://uri.etsi.org/01903/v{version}#" for version in ("1.3.2", "1.2.2", "1.1.1"))
XADES_141: Final = "http://uri.etsi.org/01903/v1.4.1#"
_MOST_STAMPS: Final = 32


@dataclass(slots=True)
class Signed:
    """One signature while it is opened: what its references led to, and what its properties say."""

    draft: Draft = field(default_factory=Draft)
    whole: bool = True
    covered: list[tuple[Reference, Resolved, bytes | None]] = field(default_factory=list)
    references: tuple[CertificateReference, ...] = ()
    claimed: datetime | None = None
    octets: list[bytes] = field(default_factory=list)


def find_properties(node: Node) -> Node | None:
    """QualifyingProperties of this very signature."""
    for held in node.every(DSIG, "Object"):
        for one in held.elements():
            if one.local == "QualifyingProperties" and one.space in XADES:
                return one
    return None


def child_of(node: Node | None, *path: str) -> Node | None:
    """The first descendant along a path of local names; None where it ends."""
    for local in path:
        node = next((one for one in node.elements() if one.local == local), None) if node is not None else None
    return node


def read_properties(properties: Node, signed: Signed) -> None:
    """Time and certificate references out of the signed properties, into `signed`."""
    listed = child_of(properties, "SignedProperties", "SignedSignatureProperties")
    if listed is None:
        return
    moment = child_of(listed, "SigningTime")
    if moment is not None:
        signed.claimed = _read_time(moment.text)
        if signed.claimed is None:
            signed.draft.add(warning("time.claimed_unreadable"))
        else:
            signed.draft.add(information("time.claimed", time=signed.claimed.isoformat().replace("+00:00", "Z")))
    found: list[CertificateReference] = []
    for local in ("SigningCertificate", "SigningCertificateV2"):
        digest = child_of(listed, local, "Cert", "CertDigest")
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


def unsigned_of(properties: Node | None) -> list[Node]:
    """The unsigned properties of the signature, in their order."""
    listed = child_of(properties, "UnsignedProperties", "UnsignedSignatureProperties")
    return listed.elements() if listed is not None else []


def take_material(signature: XmlSignature, properties: Node | None, context: Context) -> list[bytes]:
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
    for one in unsigned_of(properties):
        for node in one.walk():
            if node.local in reading and len(taken) < most:
                with suppress(Malformed):
                    der = decode64(node.text)
                    taken.append(der)
                    reading[node.local](der)
    for _, stamp in find_stamps(properties, context.policy.limits):
        if isinstance(stamp, Stamp):
            taken += [*stamp.envelope.certificates, *stamp.envelope.crls, *stamp.envelope.answers]
            for der in stamp.envelope.answers:
                context.read_answer(der)
    return taken


def find_stamps(properties: Node | None, limits: Limits) -> Iterator[tuple[Node, Stamp | Malformed | LimitExceeded]]:
    """Every token of the unsigned properties that is judged here, with the property in which it stands."""
    count = 0
    for one in unsigned_of(properties):
        judged = one.local == "SignatureTimeStamp" or (one.local == "ArchiveTimeStamp" and one.space == XADES_141)
        for token in (node for node in one.elements() if judged and node.local == "EncapsulatedTimeStamp"):
            count += 1
            if count > _MOST_STAMPS:
                return
            try:
                yield one, read_stamp(decode64(token.text), limits)
            except (Malformed, LimitExceeded) as error:
                yield one, error
