"""ASN.1 structures that several texts share: RFC 5280 (names, extensions) and RFC 5652 (SignedData)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from signatures import asn1, contents
from signatures.asn1 import Element, Members
from signatures.cursor import Cursor
from signatures.errors import Malformed
from signatures.lazy import keep_words
from signatures.names import Name, read_name

ID_DATA: Final = "1.2.840.113549.1.7.1"
ID_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
UNSIGNED: Final = 0xA1  # the tag of a SignerInfo's unsigned attributes

_OCSP_FORMATS: Final = ("1.3.6.1.5.5.7.16.2", "1.3.6.1.5.5.7.48.1.1")
_LONGEST_KNOWN: Final = 128  # bytes of an algorithm identifier; one of RSASSA-PSS has about 70
_LONGEST_SIGNATURE: Final = 64 << 10  # bytes; the largest post-quantum signatures have 50 KiB


_PLAIN: Final = (None, b"\x05\x00")


class AlgorithmIdentifier(NamedTuple):
    """An OID and the DER of its parameters, None when they are absent."""

    oid: str
    parameters: bytes | None

    def agrees(self, other: AlgorithmIdentifier) -> bool:
        """The same algorithm: equal, or differing only by absent against NULL parameters (RFC 4055, and the NCA)."""
        return self == other or (self.oid == other.oid and self.parameters in _PLAIN and other.parameters in _PLAIN)


@keep_words(longest=_LONGEST_KNOWN)
def algorithm_of(data: bytes) -> AlgorithmIdentifier:
    """AlgorithmIdentifier of RFC 5280 section 4.1.1.2."""
    return _read_algorithm(asn1.parse(data))


@keep_words(longest=_LONGEST_KNOWN)
def _algorithm_in_ber(data: bytes) -> AlgorithmIdentifier:
    return _read_algorithm(asn1.parse(data, ber=True))


def read_algorithm(element: Element) -> AlgorithmIdentifier:
    """The same out of an envelope, which may be BER."""
    data = element.raw
    if len(data) > _LONGEST_KNOWN:
        return _read_algorithm(element)  # at the cost of its own source
    return _algorithm_in_ber(data) if element.source.ber else algorithm_of(data)


def _read_algorithm(element: Element) -> AlgorithmIdentifier:
    children = element.members()
    if not 1 <= len(children) <= 2:
        raise Malformed("An algorithm identifier can't be read.")
    return AlgorithmIdentifier(asn1.read_oid(children[0]), children[1].raw if len(children) == 2 else None)


def read_signed(der: bytes) -> tuple[bytes, AlgorithmIdentifier, bytes]:
    """SIGNED of RFC 5280 (a certificate, a CRL): what is signed, as it stands, the algorithm, and the signature."""
    outer = Cursor.inside(der)
    signed, algorithm = outer.whole(asn1.SEQUENCE), algorithm_of(outer.whole(asn1.SEQUENCE))
    bits = outer.take(asn1.BIT_STRING)
    outer.close()
    if bits[:1] != b"\0":
        raise Malformed("A signature is no string of whole bytes.")
    return signed, algorithm, bits[1:]


def read_moment(cursor: Cursor) -> datetime:
    """Time of RFC 5280 section 4.1.2.5."""
    tag = cursor.tag
    return contents.moment(tag, cursor.take(tag))


class Extension(NamedTuple):
    """An extension of a certificate, a CRL or a CRL entry: whether it is critical, and the DER of its value."""

    critical: bool
    value: bytes


def read_extensions(cursor: Cursor) -> dict[str, Extension]:
    """Extensions by OID; the same extension twice is refused (RFC 5280 section 4.2)."""
    found: dict[str, Extension] = {}
    stop = cursor.descend(asn1.SEQUENCE)
    while cursor.position < stop:
        end = cursor.descend(asn1.SEQUENCE)
        oid = contents.dotted(cursor.take(asn1.OID))
        flag = cursor.maybe(asn1.BOOLEAN)
        value = cursor.take(asn1.OCTET_STRING)
        cursor.close(end)
        if oid in found:
            raise Malformed("The same extension stands twice.")
        found[oid] = Extension(flag is not None and contents.boolean(flag), value)
    cursor.close(stop)
    if not found:
        raise Malformed("The list of extensions is empty.")
    return found


class SignerIdentifier(NamedTuple):
    """Who signed: by issuer and serial number, or by subject key identifier (RFC 5652 section 5.3)."""

    issuer: Name | None
    serial: int | None
    key_id: bytes | None


class Attribute(NamedTuple):
    """One attribute of a SignerInfo with its values; `kind` is its OID and `whole` the attribute as they stand."""

    oid: str
    values: list[Element]
    kind: Element
    whole: Element

    def single(self) -> Element:
        """The one value; Malformed if there is another number of them."""
        if len(self.values) != 1:
            raise Malformed(f"The signed attribute {self.oid} does not have exactly one value.")
        return self.values[0]


class SignerInfo(NamedTuple):
    """RFC 5652 section 5.3. `signed` is the [0] element itself: what is hashed is made from its original bytes.

    `members`: all of it, as it stands.
    """

    version: int
    identifier: SignerIdentifier
    digest_algorithm: AlgorithmIdentifier
    signed: Element | None
    signed_attributes: list[Attribute]
    signature_algorithm: AlgorithmIdentifier
    signature: bytes
    unsigned_attributes: list[Attribute]
    members: list[Element]


class SignedData(NamedTuple):
    """RFC 5652 section 5.1. Certificates, CRLs and OCSP answers are the original bytes, unread: hints to be checked.

    `kind`: the DER of the content's type; `held`: every member of certificates and of crls, of whatever choice.
    """

    version: int
    content_type: str
    content: Element | None
    certificates: list[bytes]
    crls: list[bytes]
    signers: list[Element]
    answers: list[bytes]
    kind: bytes
    held: tuple[list[Element], list[Element]]


def read_signed_data(root: Element) -> SignedData:
    """ContentInfo with SignedData inside. SignerInfos are read later, one by one: a bad one spoils only itself."""
    envelope = Members(root)
    if asn1.read_oid(envelope.take()) != ID_SIGNED_DATA:
        raise Malformed("The envelope holds something other than signed data.")
    members = Members(envelope.take(0xA0).only())
    envelope.close()
    version = asn1.read_integer(members.take())
    members.take(asn1.SET)  # digestAlgorithms: each SignerInfo names its own again
    content_type, content, kind = _read_content(members.take(asn1.SEQUENCE))
    certificates = members.maybe(0xA0)
    crls = members.maybe(0xA1)
    signers = members.take(asn1.SET)
    members.close()
    own = certificates.children() if certificates is not None else []
    revocations = crls.children() if crls is not None else []
    return SignedData(
        version,
        content_type,
        content,
        [item.raw for item in own if item.tag == asn1.SEQUENCE],
        [item.raw for item in revocations if item.tag == asn1.SEQUENCE],
        signers.children(),
        _read_answers(revocations),
        kind,
        (own, revocations),
    )


def _read_answers(revocations: list[Element]) -> list[bytes]:
    """OCSP answers beside the CRLs (RFC 5940): OtherRevocationInfoFormat under [1]."""
    found = []
    for item in revocations:
        pair = item.children() if item.tag == 0xA1 else []
        if len(pair) == 2 and pair[0].tag == asn1.OID and asn1.read_oid(pair[0]) in _OCSP_FORMATS:
            found.append(pair[1].raw)
    return found


def _read_content(element: Element) -> tuple[str, Element | None, bytes]:
    members = Members(element)
    kind = members.take()
    content_type = asn1.read_oid(kind)
    wrapped = members.maybe(0xA0)
    members.close()
    return content_type, wrapped.only() if wrapped else None, kind.raw


def read_signer_info(element: Element) -> SignerInfo:
    """One SignerInfo; Malformed if it breaks the structure."""
    members = Members(element)
    version = asn1.read_integer(members.take())
    identifier = _read_identifier(members.take(asn1.SEQUENCE, 0x80))
    digest_algorithm = read_algorithm(members.take(asn1.SEQUENCE))
    signed = members.maybe(0xA0)
    signature_algorithm = read_algorithm(members.take(asn1.SEQUENCE))
    signature = asn1.read_octets(members.take(asn1.OCTET_STRING, asn1.OCTET_STRING | asn1.CONSTRUCTED))
    unsigned = members.maybe(UNSIGNED)
    members.close()
    if len(signature) > _LONGEST_SIGNATURE:
        raise Malformed("A signature value is longer than any algorithm makes it.")
    return SignerInfo(
        version,
        identifier,
        digest_algorithm,
        signed,
        _read_attributes(signed),
        signature_algorithm,
        signature,
        _read_attributes(unsigned),
        members.all,
    )


def _read_identifier(element: Element) -> SignerIdentifier:
    if element.tag == 0x80:
        return SignerIdentifier(None, None, element.value)
    issuer, serial = element.pair()
    return SignerIdentifier(read_name(issuer), asn1.read_integer(serial), None)


def _read_attributes(element: Element | None) -> list[Attribute]:
    if element is None:
        return []
    found = []
    for child in element.children():
        kind, values = child.pair()
        found.append(Attribute(asn1.read_oid(kind), values.members(asn1.SET), kind, child))
    return found


def single(by_oid: Mapping[str, Attribute], oid: str) -> Element:
    """The one value of an attribute that must be there; Malformed otherwise."""
    attribute = by_oid.get(oid)
    if attribute is None:
        raise Malformed(f"The signed attribute {oid} is missing.")
    return attribute.single()
