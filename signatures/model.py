"""ASN.1 structures that several texts share: RFC 5280 (names, extensions) and RFC 5652 (SignedData)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from signatures import asn1, contents
from signatures.asn1 import Element
from signatures.cursor import Cursor
from signatures.errors import Malformed
from signatures.lazy import keep_words
from signatures.names import Name, read_name

ID_DATA: Final = "1.2.840.113549.1.7.1"
ID_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
UNSIGNED: Final = 0xA1  # the tag of a SignerInfo's unsigned attributes

_OCSP_FORMATS: Final = ("1.3.6.1.5.5.7.16.2", "1.3.6.1.5.5.7.48.1.1")
_LONGEST_KNOWN: Final = 128  # bytes of an algorithm identifier; one of RSASSA-PSS has about 70
_LONGEST_TYPE: Final = 64  # bytes of a content's type without a content
_LONGEST_EXTENSION: Final = 256  # bytes; pointers and policies of a CA have fewer
_ODD: Final = "A signed structure does not have the members that it should have."
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
    data = cursor.data
    while (start := cursor.position) < stop:
        size = data[start + 1] if start + 1 < stop else asn1.LONG_FORM
        if data[start] == asn1.SEQUENCE and size < asn1.LONG_FORM and start + 2 + size <= stop:
            cursor.position = end = start + 2 + size  # nearly every one
            oid, extension = _read_extension(data[start:end])
        else:
            oid, extension = _read_extension(cursor.whole(asn1.SEQUENCE))
        if oid in found:
            raise Malformed("The same extension stands twice.")
        found[oid] = extension
    cursor.close(stop)
    if not found:
        raise Malformed("The list of extensions is empty.")
    return found


@keep_words(longest=_LONGEST_EXTENSION)
def _read_extension(data: bytes) -> tuple[str, Extension]:
    """One Extension; those of all certificates of one CA are alike but for a few."""
    cursor = Cursor.inside(data)
    oid = contents.dotted(cursor.take(asn1.OID))
    flag = cursor.maybe(asn1.BOOLEAN)
    value = cursor.take(asn1.OCTET_STRING)
    cursor.close()
    return oid, Extension(flag is not None and contents.boolean(flag), value)


class SignerIdentifier(NamedTuple):
    """Who signed: by issuer and serial number, or by subject key identifier (RFC 5652 section 5.3)."""

    issuer: Name | None
    serial: int | None
    key_id: bytes | None


class Attribute(NamedTuple):
    """One attribute of a SignerInfo with its values; `kind` is its OID and `whole` the attribute as they stand."""

    oid: str
    values: list[Element]
    kind: bytes
    whole: bytes

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
    envelope = root.members()
    if not envelope or asn1.read_oid(envelope[0]) != ID_SIGNED_DATA:
        raise Malformed("The envelope holds something other than signed data.")
    if len(envelope) != 2 or envelope[1].tag != 0xA0:
        raise Malformed(_ODD)
    members = envelope[1].only().members()
    place, most = 3, len(members)  # behind version, digestAlgorithms (each SignerInfo names its own again), content
    if most < 4 or members[1].tag != asn1.SET:
        raise Malformed(_ODD)
    version = asn1.read_integer(members[0])
    content_type, content, kind = _read_content(members[2])
    own: list[Element] = []
    revocations: list[Element] = []
    if members[place].tag == 0xA0:
        own = members[place].children()
        place += 1
    if place < most and members[place].tag == 0xA1:
        revocations = members[place].children()
        place += 1
    if place + 1 != most or members[place].tag != asn1.SET:
        raise Malformed(_ODD)
    return SignedData(
        version,
        content_type,
        content,
        [item.raw for item in own if item.tag == asn1.SEQUENCE],
        [item.raw for item in revocations if item.tag == asn1.SEQUENCE],
        members[place].children(),
        _read_answers(revocations) if revocations else [],
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
    """Type and content; that of a detached signature is the same few bytes in nearly all of them."""
    if element.tag != asn1.SEQUENCE:
        raise Malformed(_ODD)
    if element.stop - element.start <= _LONGEST_TYPE:
        kind = _read_bare_type(element.raw)
        if kind is not None:
            return contents.dotted(kind[2:]), None, kind
    members = element.children()
    if not members:
        raise Malformed(_ODD)
    content_type = asn1.read_oid(members[0])
    if len(members) == 1:
        return content_type, None, members[0].raw
    if len(members) != 2 or members[1].tag != 0xA0:
        raise Malformed(_ODD)
    return content_type, members[1].only(), members[0].raw


def _read_bare_type(raw: bytes) -> bytes | None:
    """The DER of an OID that is the only member of a short SEQUENCE; None for anything else."""
    plain = raw[1] == len(raw) - 2 and len(raw) > 4 and raw[2] == asn1.OID and raw[3] == len(raw) - 4
    return raw[2:] if plain else None


def read_signer_info(element: Element) -> SignerInfo:
    """One SignerInfo; Malformed if it breaks the structure."""
    members = element.members()
    most = len(members)
    if most < 5:
        raise Malformed(_ODD)
    place = 3
    signed = unsigned = None
    if members[place].tag == 0xA0:
        signed = members[place]
        place += 1
    if most > place + 2 and members[place + 2].tag == UNSIGNED:
        unsigned = members[place + 2]
    if most != place + (2 if unsigned is None else 3):
        raise Malformed(_ODD)
    signature = asn1.read_octets(members[place + 1])
    if members[place + 1].tag & ~asn1.CONSTRUCTED != asn1.OCTET_STRING:
        raise Malformed(_ODD)
    if len(signature) > _LONGEST_SIGNATURE:
        raise Malformed("A signature value is longer than any algorithm makes it.")
    return SignerInfo(
        asn1.read_integer(members[0]),
        _read_identifier(members[1]),
        read_algorithm(members[2]),
        signed,
        _read_attributes(signed),
        read_algorithm(members[place]),
        signature,
        _read_attributes(unsigned),
        members,
    )


def _read_identifier(element: Element) -> SignerIdentifier:
    if element.tag == 0x80:
        return SignerIdentifier(None, None, element.value)
    issuer, serial = element.pair()
    return SignerIdentifier(read_name(issuer), asn1.read_integer(serial), None)


def _read_attributes(element: Element | None) -> list[Attribute]:
    if element is None:
        return []
    source, end, depth, found = element.source, element.end, element.depth + 2, list[Attribute]()
    data, start = source.data, element.content
    while start < end:
        middle = _find_set(data, start, end)
        if not middle:
            return _walk_attributes(element)
        stop = start + 2 + data[start + 1]
        source.left -= 3
        values = Element(source, asn1.SET, middle, middle + 2, stop, stop, depth).children()
        kind = data[start + 4 : middle]
        found.append(Attribute(contents.dotted(kind), values, data[start + 2 : middle], data[start:stop]))
        start = stop
    return found


def _find_set(data: bytes, start: int, end: int) -> int:
    """Where the values of an attribute of less than 128 bytes stand, as those of nearly all are; 0 for any other."""
    if start + 6 > end or data[start] != asn1.SEQUENCE or data[start + 2] != asn1.OID:
        return 0
    size, middle = data[start + 1], start + 4 + data[start + 3]
    stop = start + 2 + size
    if size > 127 or middle + 2 > stop or stop > end:
        return 0
    return middle if data[middle] == asn1.SET and middle + 2 + data[middle + 1] == stop else 0


def _walk_attributes(element: Element) -> list[Attribute]:
    """The same for attributes of any form."""
    found = []
    for child in element.children():
        kind, values = child.pair()
        found.append(Attribute(asn1.read_oid(kind), values.members(asn1.SET), kind.raw, child.raw))
    return found


def single(by_oid: Mapping[str, Attribute], oid: str) -> Element:
    """The one value of an attribute that must be there; Malformed otherwise."""
    attribute = by_oid.get(oid)
    if attribute is None:
        raise Malformed(f"The signed attribute {oid} is missing.")
    return attribute.single()
