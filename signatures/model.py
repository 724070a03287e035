"""ASN.1 structures that several texts share: RFC 5280 (names, extensions) and RFC 5652 (SignedData)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from signatures import asn1
from signatures.asn1 import Element, Members
from signatures.der import encode
from signatures.errors import LimitExceeded, Malformed

ID_DATA: Final = "1.2.840.113549.1.7.1"
ID_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"

EMAIL_ADDRESS: Final = "1.2.840.113549.1.9.1"

_OCSP_FORMATS: Final = ("1.3.6.1.5.5.7.16.2", "1.3.6.1.5.5.7.48.1.1")
_LONGEST_NAME: Final = 64 << 10  # bytes; the longest names of real CAs have a few hundred
_LONGEST_SIGNATURE: Final = 64 << 10  # bytes; the largest post-quantum signatures have 50 KiB

# Short names of RFC 4514 and of the profiles met here; any other attribute is written by its OID.
ATTRIBUTE_NAMES: Final = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.15": "businessCategory",
    "2.5.4.42": "GN",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    EMAIL_ADDRESS: "E",
}
_ESCAPED: Final = str.maketrans({character: "\\" + character for character in ',+"\\<>;='})


class AlgorithmIdentifier(NamedTuple):
    """An OID and the DER of its parameters, None when they are absent."""

    oid: str
    parameters: bytes | None

    def agrees(self, other: AlgorithmIdentifier) -> bool:
        """The same algorithm: equal, or differing only by absent against NULL parameters (RFC 4055, and the NCA)."""
        plain = (None, b"\x05\x00")
        return self.oid == other.oid and (
            self.parameters == other.parameters or (self.parameters in plain and other.parameters in plain)
        )


def read_algorithm(element: Element) -> AlgorithmIdentifier:
    """AlgorithmIdentifier of RFC 5280 section 4.1.1.2."""
    children = element.members()
    if not 1 <= len(children) <= 2:
        raise Malformed("An algorithm identifier can't be read.")
    return AlgorithmIdentifier(asn1.read_oid(children[0]), children[1].raw if len(children) == 2 else None)


class NameAttribute(NamedTuple):
    """One attribute of a name: its type's OID and its text."""

    oid: str
    text: str


@dataclass(frozen=True, eq=False)
class Name:
    """A distinguished name: the original bytes, compared as RFC 5280 section 7.1 says."""

    der: bytes

    @cached_property
    def rdns(self) -> tuple[tuple[NameAttribute, ...], ...]:
        """The relative names in their order, each a set of attributes; none when the name can't be read."""
        return self._read or ()

    @property
    def readable(self) -> bool:
        """Whether the bytes are a name at all. One that is not equals only itself, byte for byte."""
        return self._read is not None

    @cached_property
    def _read(self) -> tuple[tuple[NameAttribute, ...], ...] | None:
        if len(self.der) > _LONGEST_NAME:
            return None
        try:
            return tuple(_read_rdn(rdn) for rdn in asn1.parse(self.der, ber=True, elements=4096).members())
        except (Malformed, LimitExceeded):
            return None

    @cached_property
    def key(self) -> tuple[frozenset[tuple[str, str]], ...]:
        """What two equal names have in common: case folded, spaces pressed together."""
        if self._read is None:
            return (frozenset({("", self.der.decode("latin-1"))}),)
        return tuple(frozenset((item.oid, _fold(item.text)) for item in rdn) for rdn in self._read)

    @cached_property
    def text(self) -> str:
        """RFC 4514: the last relative name first; the first bytes in hexadecimal when the name can't be read."""
        if self._read is None:
            return "#" + self.der[:64].hex()
        return ",".join(
            "+".join(f"{ATTRIBUTE_NAMES.get(item.oid, item.oid)}={_escape(item.text)}" for item in rdn)
            for rdn in reversed(self.rdns)
        )

    @property
    def empty(self) -> bool:
        """A name that can be read and has no relative name."""
        return self._read == ()

    def all(self, oid: str) -> tuple[str, ...]:
        """The texts of every attribute of this type."""
        return tuple(item.text for rdn in self.rdns for item in rdn if item.oid == oid)

    def first(self, oid: str) -> str | None:
        """The first attribute of this type."""
        return next(iter(self.all(oid)), None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Name) and (self.der == other.der or self.key == other.key)

    def __hash__(self) -> int:
        return hash(self.key)

    def __reduce__(self) -> tuple[type[Name], tuple[bytes]]:
        return type(self), (self.der,)


def read_name(element: Element) -> Name:
    """Name of RFC 5280 section 4.1.2.4; its contents are read when asked for."""
    if element.tag != asn1.SEQUENCE:
        raise Malformed("A name is missing.")
    return Name(element.raw)


def name_of(rdns: list[Element]) -> Name:
    """The name that these relative names make: a fullName from an issuer and a nameRelativeToCRLIssuer."""
    return Name(encode(asn1.SEQUENCE, *(rdn.raw for rdn in rdns)))


def _read_rdn(element: Element) -> tuple[NameAttribute, ...]:
    found = []
    for attribute in element.members(asn1.SET):
        kind, value = _pair(attribute)
        try:
            text = asn1.read_text(value)
        except Malformed:
            text = "#" + value.raw.hex()  # RFC 4514 section 2.4: a value that is no string
        found.append(NameAttribute(asn1.read_oid(kind), text))
    if not found:
        raise Malformed("A relative name is empty.")
    return tuple(found)


def _pair(element: Element) -> tuple[Element, Element]:
    children = element.members()
    if len(children) != 2:
        raise Malformed("A pair of type and value has another number of members.")
    return children[0], children[1]


def _fold(text: str) -> str:
    folded = text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split())


def _escape(text: str) -> str:
    escaped = "".join(c if c.isprintable() else f"\\{ord(c):02X}" for c in text.translate(_ESCAPED))
    if escaped[:1] in (" ", "#"):
        escaped = "\\" + escaped
    return escaped


class Extension(NamedTuple):
    """An extension of a certificate, a CRL or a CRL entry: whether it is critical, and the DER of its value."""

    critical: bool
    value: bytes


def read_extensions(element: Element) -> dict[str, Extension]:
    """Extensions by OID; the same extension twice is refused (RFC 5280 section 4.2)."""
    found: dict[str, Extension] = {}
    for child in element.members():
        members = Members(child)
        oid = asn1.read_oid(members.take())
        flag = members.maybe(asn1.BOOLEAN)
        critical = flag is not None and asn1.read_boolean(flag)
        value = members.take(asn1.OCTET_STRING)
        members.close()
        if oid in found:
            raise Malformed("The same extension stands twice.")
        found[oid] = Extension(critical, value.value)
    if not found:
        raise Malformed("The list of extensions is empty.")
    return found


class SignerIdentifier(NamedTuple):
    """Who signed: by issuer and serial number, or by subject key identifier (RFC 5652 section 5.3)."""

    issuer: Name | None
    serial: int | None
    key_id: bytes | None


class Attribute(NamedTuple):
    """One attribute of a SignerInfo with its values; `kind` is the DER of its OID, `raw` the whole as it stands."""

    oid: str
    values: list[Element]
    kind: bytes = b""
    raw: bytes = b""


class SignerInfo(NamedTuple):
    """RFC 5652 section 5.3. `signed` is the [0] element itself: what is hashed is made from its original bytes.

    `parts`: every member but the unsigned attributes, as it stands.
    """

    version: int
    identifier: SignerIdentifier
    digest_algorithm: AlgorithmIdentifier
    signed: Element | None
    signed_attributes: list[Attribute]
    signature_algorithm: AlgorithmIdentifier
    signature: bytes
    unsigned_attributes: list[Attribute]
    parts: list[bytes]


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
    held: tuple[list[bytes], list[bytes]]


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
        ([item.raw for item in own], [item.raw for item in revocations]),
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
    unsigned = members.maybe(0xA1)
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
        [item.raw for item in members.all if item.tag != 0xA1],
    )


def _read_identifier(element: Element) -> SignerIdentifier:
    if element.tag == 0x80:
        return SignerIdentifier(None, None, element.value)
    issuer, serial = _pair(element)
    return SignerIdentifier(read_name(issuer), asn1.read_integer(serial), None)


def _read_attributes(element: Element | None) -> list[Attribute]:
    if element is None:
        return []
    found = []
    for child in element.children():
        kind, values = _pair(child)
        found.append(Attribute(asn1.read_oid(kind), values.members(asn1.SET), kind.raw, child.raw))
    return found


def single(by_oid: Mapping[str, Attribute], oid: str) -> Element:
    """The one value of an attribute that must be there; Malformed otherwise."""
    attribute = by_oid.get(oid)
    if attribute is None:
        raise Malformed(f"The signed attribute {oid} is missing.")
    if len(attribute.values) != 1:
        raise Malformed(f"The signed attribute {oid} does not have exactly one value.")
    return attribute.values[0]
