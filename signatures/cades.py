"""ETSI EN 319 122-1: the unsigned attributes of a CAdES signature; what they hold, and what each time stamp is over.

Old attributes (the references of CAdES-C, the archive time stamps of TS 101 733 before version 3) are named in the
report and prove nothing here.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final, NamedTuple

from signatures import asn1
from signatures.algorithms import Hash, hash_of, known_hash
from signatures.asn1 import Element, Members
from signatures.context import Context
from signatures.errors import LimitExceeded, Malformed
from signatures.model import UNSIGNED, AlgorithmIdentifier, Attribute, SignedData, SignerInfo, read_algorithm
from signatures.policy import Limits
from signatures.timestamp import Stamp, read_stamp

COUNTER_SIGNATURE: Final = "1.2.840.113549.1.9.6"
CONTENT_STAMP: Final = "1.2.840.113549.1.9.16.2.20"
SIGNATURE_STAMP: Final = "1.2.840.113549.1.9.16.2.14"
ARCHIVE_STAMP: Final = "0.4.0.1733.2.4"
CERTIFICATE_VALUES: Final = "1.2.840.113549.1.9.16.2.23"
REVOCATION_VALUES: Final = "1.2.840.113549.1.9.16.2.24"

# Read and named, and no more: what later versions of the standard have replaced.
OLD: Final = {
    "1.2.840.113549.1.9.16.2.21": "complete-certificate-references",
    "1.2.840.113549.1.9.16.2.22": "complete-revocation-references",
    "1.2.840.113549.1.9.16.2.25": "CAdES-C-time-stamp",
    "1.2.840.113549.1.9.16.2.26": "time-stamped-certs-crls-references",
    "1.2.840.113549.1.9.16.2.27": "archive-time-stamp",
    "1.2.840.113549.1.9.16.2.48": "archive-time-stamp-v2",
    "0.4.0.1733.2.2": "long-term-validation",
}
# ats-hash-index, its version 3: whether a hash is over type and value of each attribute, or over the whole attribute.
_INDEXES: Final = {"0.4.0.19122.1.5": True, "0.4.0.1733.2.5": False}
_SHA256: Final = AlgorithmIdentifier("2.16.840.1.101.3.4.2.1", None)
_UNSIGNED: Final = {SIGNATURE_STAMP: "signature", ARCHIVE_STAMP: "archive"}
_MOST_STAMPS: Final = 32  # of one signature


class Placed(NamedTuple):
    """One time stamp attribute's value: its kind, its token or why it is none, and the attribute that it stands in."""

    kind: str
    stamp: Stamp | Malformed | LimitExceeded
    value: bytes
    attribute: Attribute


def find_stamps(info: SignerInfo, limits: Limits) -> list[Placed]:
    """Every time stamp of a signature that is judged here, as it stands."""
    named: list[tuple[Attribute, str]] = []
    for one in info.signed_attributes:
        if one.oid == CONTENT_STAMP:
            named.append((one, "content"))
    for one in info.unsigned_attributes:
        if one.oid in _UNSIGNED:
            named.append((one, _UNSIGNED[one.oid]))
    found: list[Placed] = []
    for attribute, kind in named:
        for value in attribute.values:
            if len(found) >= _MOST_STAMPS:
                raise LimitExceeded("time_stamps")
            found.append(Placed(kind, _read(value.raw, limits), value.raw, attribute))
    return found


def _read(token: bytes, limits: Limits) -> Stamp | Malformed | LimitExceeded:
    try:
        return read_stamp(token, limits)
    except (Malformed, LimitExceeded) as error:
        return error


def needed_hashes(info: SignerInfo, limits: Limits) -> list[Hash]:
    """The hashes that time stamps need of the content, which is read once."""
    try:
        placed = find_stamps(info, limits)
    except LimitExceeded:
        return []
    if not placed:
        return []
    stamps = [one.stamp for one in placed if one.kind != "signature"]
    found = [known_hash(one.imprint_algorithm) for one in stamps if isinstance(one, Stamp)]
    return [one for one in found if one is not None]


def take_values(info: SignerInfo, context: Context) -> list[bytes]:
    """Puts the certificates, CRLs and OCSP answers of the unsigned attributes into the pool; gives what was read."""
    taken: list[bytes] = []
    for attribute in info.unsigned_attributes:
        with suppress(Malformed):
            for value in attribute.values:
                if attribute.oid == CERTIFICATE_VALUES:
                    listed = value.members()
                    taken += [one.raw for one in listed if context.read_certificate(one.raw) is not None]
                elif attribute.oid == REVOCATION_VALUES:
                    taken += _take_revocations(value, context)
    return taken


def _take_revocations(value: Element, context: Context) -> list[bytes]:
    members = Members(value)
    crls, answers = members.maybe(0xA0), members.maybe(0xA1)
    taken = [one.raw for one in (crls.only().members() if crls else []) if context.read_crl(one.raw) is not None]
    listed = answers.only().members() if answers else []
    return taken + [one.raw for one in listed if context.read_answer(one.raw) is not None]


class HashIndex(NamedTuple):
    """ats-hash-index of an archive time stamp: what it covers beside the signature, and its own DER."""

    algorithm: Hash
    certificates: frozenset[bytes]
    revocations: frozenset[bytes]
    attributes: frozenset[bytes]
    split: bool
    der: bytes

    def covers(self, attribute: Attribute, value: bytes) -> bool:
        """Whether this value of an unsigned attribute is under the time stamp."""
        return self.algorithm.of(attribute.kind + value if self.split else attribute.whole) in self.attributes


def read_index(stamp: Stamp) -> HashIndex:
    """The index that stands in the token itself; Malformed if there is none. UnknownAlgorithm by its hash."""
    for attribute in stamp.signer.unsigned_attributes:
        if attribute.oid in _INDEXES and len(attribute.values) == 1:
            value = attribute.values[0]
            members = Members(value)
            children = value.children()
            named = bool(children) and bool(children[0].children()) and children[0].children()[0].tag == asn1.OID
            algorithm = read_algorithm(members.take(asn1.SEQUENCE)) if named else _SHA256
            lists = [
                frozenset(asn1.read_octets(one) for one in members.take(asn1.SEQUENCE).children()) for _ in range(3)
            ]
            members.close()
            return HashIndex(hash_of(algorithm), lists[0], lists[1], lists[2], _INDEXES[attribute.oid], value.raw)
    raise Malformed("The archive time stamp has no index of what it covers.")


def check_index(index: HashIndex, signed: SignedData, info: SignerInfo) -> None:
    """Clause 5.5.2: nothing that was there when the time stamp was made may be missing; Malformed if something is."""
    certificates, revocations = signed.held
    digest = index.algorithm.of
    present = {digest(one.raw) for one in certificates}, {digest(one.raw) for one in revocations}
    if not (index.certificates <= present[0] and index.revocations <= present[1]):
        raise Malformed("A certificate or CRL under the archive time stamp is missing.")
    attributes = {
        digest(one.kind + value.raw if index.split else one.whole)
        for one in info.unsigned_attributes
        for value in one.values
    }
    if not index.attributes <= attributes:
        raise Malformed("An attribute under the archive time stamp is missing or changed.")


def archived(signed: SignedData, info: SignerInfo, content: bytes, index: HashIndex) -> bytes:
    """Clause 5.5.3: what an archive-time-stamp-v3 is over. `content`: the content's digest by the imprint's hash."""
    parts = [item.raw for item in info.members if item.tag != UNSIGNED]
    return b"".join((signed.kind, content, *parts, index.der))
