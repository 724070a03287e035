"""RFC 5280 section 4: a certificate as it stands, original bytes kept; keys that `cryptography` lacks are read raw."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple

from signatures import asn1, contents
from signatures.algorithms import UnknownAlgorithm
from signatures.asn1 import Element, Members
from signatures.cursor import Cursor
from signatures.der import encode
from signatures.errors import BadCertificate, LimitExceeded, Malformed, SignaturesError
from signatures.keys import LoadedKey, complete_key, read_key
from signatures.lazy import keep_words, lazy
from signatures.model import AlgorithmIdentifier, Extension, algorithm_of, read_extensions, read_moment, read_signed
from signatures.names import Name, name_of
from signatures.pem import unwrap

SUBJECT_KEY_ID: Final = "2.5.29.14"
KEY_USAGE: Final = "2.5.29.15"
SUBJECT_ALT_NAME: Final = "2.5.29.17"
BASIC_CONSTRAINTS: Final = "2.5.29.19"
NAME_CONSTRAINTS: Final = "2.5.29.30"
CRL_DISTRIBUTION_POINTS: Final = "2.5.29.31"
CERTIFICATE_POLICIES: Final = "2.5.29.32"
POLICY_MAPPINGS: Final = "2.5.29.33"
AUTHORITY_KEY_ID: Final = "2.5.29.35"
POLICY_CONSTRAINTS: Final = "2.5.29.36"
EXTENDED_KEY_USAGE: Final = "2.5.29.37"
INHIBIT_ANY_POLICY: Final = "2.5.29.54"
AUTHORITY_INFO_ACCESS: Final = "1.3.6.1.5.5.7.1.1"

_CA_ISSUERS: Final = "1.3.6.1.5.5.7.48.2"
_OCSP: Final = "1.3.6.1.5.5.7.48.1"
_ELEMENTS: Final = 20_000  # of one certificate; real ones have 60 to 150

_USAGES: Final = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)


class BasicConstraints(NamedTuple):
    """Whether the subject is a CA, and how many intermediate certificates may follow."""

    ca: bool
    path_length: int | None


class GeneralName(NamedTuple):
    """One GeneralName: the number of its choice in RFC 5280 section 4.2.1.6, and the contents."""

    kind: int
    value: bytes

    @property
    def directory_name(self) -> Name | None:
        """The distinguished name, when it is one."""
        return Name(self.value) if self.kind == 4 else None


class DistributionPoint(NamedTuple):
    """Where a CRL can be had: full names (as found, or made from the issuer's name), and who else issues it."""

    names: tuple[GeneralName, ...]
    reasons: frozenset[str] | None  # those that it covers; None: all
    crl_issuer: tuple[GeneralName, ...]


@dataclass(frozen=True)
class Certificate:
    """One certificate. Equal certificates are equal bytes. Extensions are read when asked for and raise Malformed.

    `inherited`: the parameters of its DSA key, where it has them from its issuer; `spki` is with them then.
    """

    der: bytes
    tbs: bytes = field(compare=False, repr=False)
    version: int = field(compare=False)
    serial: int = field(compare=False)
    inner_algorithm: AlgorithmIdentifier = field(compare=False, repr=False)
    outer_algorithm: AlgorithmIdentifier = field(compare=False, repr=False)
    issuer: Name = field(compare=False)
    subject: Name = field(compare=False)
    not_before: datetime = field(compare=False)
    not_after: datetime = field(compare=False)
    spki: bytes = field(compare=False, repr=False)
    extensions: Mapping[str, Extension] = field(compare=False, repr=False)
    signature: bytes = field(compare=False, repr=False)
    inherited: bytes | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, der: bytes) -> Certificate:
        """Read DER; Malformed or LimitExceeded if it is no certificate."""
        tbs, outer_algorithm, signature = read_signed(der)
        members = Cursor.inside(tbs)
        explicit = members.maybe(0xA0)
        version = 1 if explicit is None else 1 + _read_version(explicit)
        serial = contents.integer(members.take(asn1.INTEGER))
        inner_algorithm = algorithm_of(members.whole(asn1.SEQUENCE))
        issuer = Name.of_issuer(members.whole(asn1.SEQUENCE))
        not_before, not_after = _read_validity(members)
        subject = Name.of(members.whole(asn1.SEQUENCE))
        spki = members.whole(asn1.SEQUENCE)
        members.maybe(0x81)  # issuerUniqueID and subjectUniqueID: read past
        members.maybe(0x82)
        extensions: Mapping[str, Extension] = {}
        if members.tag == 0xA3:
            end = members.descend(0xA3)
            extensions = read_extensions(members)
            members.close(end)
        members.close()
        if version not in (1, 2, 3) or (extensions and version != 3):
            raise Malformed("The certificate's version does not fit its contents.")
        made = object.__new__(cls)  # frozen, so that its own __init__ would take each member by a call
        made.__dict__.update(
            der=der,
            tbs=tbs,
            version=version,
            serial=serial,
            inner_algorithm=inner_algorithm,
            outer_algorithm=outer_algorithm,
            issuer=issuer,
            subject=subject,
            not_before=not_before,
            not_after=not_after,
            spki=spki,
            extensions=extensions,
            signature=signature,
            inherited=None,
        )
        return made

    def __hash__(self) -> int:
        return hash(self.der)

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        return Certificate.of, (self.der,)

    @lazy
    def sha256(self) -> str:
        """The fingerprint, in hexadecimal."""
        return hashlib.sha256(self.der).hexdigest()

    @lazy
    def fingerprints(self) -> dict[str, bytes]:
        """Its digests by the names of their hashes, as far as anybody has made them."""
        return {}

    @lazy
    def key(self) -> LoadedKey:
        """The public key; UnknownAlgorithm when it is of a kind that is not supported."""
        try:
            return read_key(self.spki)
        except UnknownAlgorithm:
            raise
        except SignaturesError as error:
            raise UnknownAlgorithm("a key that can't be used") from error

    @property
    def key_name(self) -> str:
        """The key's family in words, also when it can't be used."""
        try:
            return self.key.name
        except UnknownAlgorithm as error:
            return error.name

    @lazy
    def self_issued(self) -> bool:
        """Subject and issuer are the same name."""
        return self.subject == self.issuer

    def completed(self, parameters: bytes) -> Certificate:
        """The same with the parameters that its DSA key has from its issuer (RFC 3279 section 2.3.2)."""
        return replace(self, spki=complete_key(self.spki, parameters), inherited=parameters)

    def _extension(self, oid: str) -> Element | None:
        found = self.extensions.get(oid)
        return None if found is None else asn1.parse(found.value, elements=_ELEMENTS)

    @lazy
    def basic_constraints(self) -> BasicConstraints | None:
        """RFC 5280 section 4.2.1.9."""
        extension = self.extensions.get(BASIC_CONSTRAINTS)
        return None if extension is None else _read_basic(extension.value)

    @lazy
    def key_usage(self) -> frozenset[str] | None:
        """RFC 5280 section 4.2.1.3: the names of the bits that are set; None without the extension."""
        extension = self.extensions.get(KEY_USAGE)
        return None if extension is None else _read_usage(extension.value)

    @lazy
    def extended_key_usage(self) -> frozenset[str]:
        """RFC 5280 section 4.2.1.12: the OIDs; empty without the extension."""
        extension = self.extensions.get(EXTENDED_KEY_USAGE)
        return frozenset() if extension is None else _read_extended(extension.value)

    @lazy
    def policies(self) -> tuple[str, ...] | None:
        """RFC 5280 section 4.2.1.4: the policy OIDs in their order; None without the extension."""
        extension = self.extensions.get(CERTIFICATE_POLICIES)
        return None if extension is None else _read_policies(extension.value)

    @lazy
    def subject_key_id(self) -> bytes | None:
        """RFC 5280 section 4.2.1.2; a value that can't be read counts as absent: it is a hint only."""
        extension = self.extensions.get(SUBJECT_KEY_ID)
        try:
            members = None if extension is None else Cursor(extension.value)
            found = None if members is None else members.take(asn1.OCTET_STRING)
            return found if members is None or members.position == members.end else None
        except Malformed:
            return None

    @lazy
    def authority_key_id(self) -> bytes | None:
        """The key identifier of RFC 5280 section 4.2.1.1; a hint only, as above."""
        extension = self.extensions.get(AUTHORITY_KEY_ID)
        try:
            return None if extension is None else Cursor.inside(extension.value).maybe(0x80)
        except Malformed:
            return None

    @lazy
    def alternative_names(self) -> tuple[GeneralName, ...]:
        """RFC 5280 section 4.2.1.6."""
        element = self._extension(SUBJECT_ALT_NAME)
        return () if element is None else read_general_names(element.members())

    @lazy
    def distribution_points(self) -> tuple[DistributionPoint, ...]:
        """RFC 5280 section 4.2.1.13."""
        element = self._extension(CRL_DISTRIBUTION_POINTS)
        if element is None:
            return ()
        return tuple(_read_point(child, self.issuer) for child in element.members())

    @property
    def crl_urls(self) -> tuple[str, ...]:
        """Where the certificate says that CRLs are: hints from an unchecked file."""
        try:
            points = self.distribution_points
        except (Malformed, LimitExceeded):
            return ()
        return tuple(_url(name) for point in points for name in point.names if name.kind == 6)

    @lazy
    def issuer_urls(self) -> tuple[str, ...]:
        """Where the certificate says that its issuer's certificate is: a hint."""
        return self._access(_CA_ISSUERS)

    @lazy
    def ocsp_urls(self) -> tuple[str, ...]:
        """Where the certificate says that OCSP is answered: a hint."""
        return self._access(_OCSP)

    def _access(self, method: str) -> tuple[str, ...]:
        try:
            element = self._extension(AUTHORITY_INFO_ACCESS)
            pairs = [child.members() for child in element.members()] if element is not None else []
            return tuple(
                _url(GeneralName(6, pair[1].value))
                for pair in pairs
                if len(pair) == 2 and pair[1].tag == 0x86 and asn1.read_oid(pair[0]) == method
            )
        except (Malformed, LimitExceeded):
            return ()


def _read_validity(members: Cursor) -> tuple[datetime, datetime]:
    end = members.descend(asn1.SEQUENCE)
    ends = read_moment(members), read_moment(members)
    members.close(end)
    return ends


@keep_words(longest=8)
def _read_version(value: bytes) -> int:
    members = Cursor(value)
    version = contents.integer(members.take(asn1.INTEGER))
    members.close()
    return version


@keep_words(longest=16)
def _read_basic(value: bytes) -> BasicConstraints:
    members = Cursor.inside(value)
    flag, length = members.maybe(asn1.BOOLEAN), members.maybe(asn1.INTEGER)
    members.close()
    path_length = None if length is None else contents.integer(length)
    if path_length is not None and path_length < 0:
        raise Malformed("A path length is negative.")
    return BasicConstraints(flag is not None and contents.boolean(flag), path_length)


@keep_words(longest=16)
def _read_usage(value: bytes) -> frozenset[str]:
    octets, _ = asn1.read_bits(asn1.parse(value, elements=1))
    bits = int.from_bytes(octets[:2].ljust(2, b"\0"), "big")
    return frozenset(name for place, name in enumerate(_USAGES) if bits & 0x8000 >> place)


@keep_words(longest=256)
def _read_extended(value: bytes) -> frozenset[str]:
    members, found = Cursor.inside(value), set[str]()
    while members.position < members.end:
        found.add(contents.dotted(members.take(asn1.OID)))
    if not found:
        raise Malformed("The list of extended key usages is empty.")
    return frozenset(found)


@keep_words(longest=256)
def _read_policies(value: bytes) -> tuple[str, ...]:
    members, found = Cursor.inside(value), list[str]()
    while members.position < members.end:
        stop = members.descend(asn1.SEQUENCE)
        found.append(contents.dotted(members.take(asn1.OID)))
        while members.position < stop:
            members.skip()
        members.close(stop)
    if not found or len(set(found)) != len(found):
        raise Malformed("The list of policies is empty or names one twice.")
    return tuple(found)


def read_general_names(elements: list[Element]) -> tuple[GeneralName, ...]:
    """GeneralNames: a directory name keeps its whole DER, any other its contents."""
    found = []
    for element in elements:
        kind = element.tag & 0x1F
        if element.tag & 0xC0 != 0x80 or kind > 8:
            raise Malformed("A general name is of no known kind.")
        found.append(GeneralName(kind, element.only().raw if kind == 4 else element.value))
    if not found:
        raise Malformed("A list of names is empty.")
    return tuple(found)


# ReasonFlags of section 4.2.1.13, by the place of the bit; bit 0 is unused.
_REASON_FLAGS: Final = (
    "",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "privilegeWithdrawn",
    "aACompromise",
)
ALL_REASONS: Final = frozenset(_REASON_FLAGS[1:])


def read_reasons(element: Element) -> frozenset[str]:
    """ReasonFlags under an implicit tag: the names of the bits that are set."""
    octets, _ = asn1.read_bits(element, element.tag)
    bits = int.from_bytes(octets[:2].ljust(2, b"\0"), "big")
    return frozenset(name for place, name in enumerate(_REASON_FLAGS) if name and bits & 0x8000 >> place)


def _read_point(element: Element, issuer: Name) -> DistributionPoint:
    members = Members(element)
    point = members.maybe(0xA0)
    reasons = members.maybe(0x81)
    crl_issuer = members.maybe(0xA2)
    members.close()
    others = read_general_names(crl_issuer.children()) if crl_issuer else ()
    named = others[0].directory_name if others else None
    return DistributionPoint(
        read_point_name(point, named or issuer), None if reasons is None else read_reasons(reasons), others
    )


def read_point_name(element: Element | None, issuer: Name) -> tuple[GeneralName, ...]:
    """DistributionPointName as full names; a name relative to the CRL's issuer is completed by that issuer."""
    if element is None:
        return ()
    choice = element.only()
    if choice.tag == 0xA0:
        return read_general_names(choice.children())
    if choice.tag != 0xA1:
        raise Malformed("A distribution point is of no known kind.")
    relative = encode(asn1.SET, choice.value)
    rdns = asn1.parse(issuer.der, ber=True, elements=_ELEMENTS).members()
    rdns.append(asn1.parse(relative, elements=_ELEMENTS))
    return (GeneralName(4, name_of(rdns).der),)


def _url(name: GeneralName) -> str:
    return name.value.decode("ascii", "replace").strip()


def read_certificates(data: bytes) -> list[Certificate]:
    """Every certificate of a DER or PEM file that the caller vouches for; BadCertificate if one can't be read."""
    try:
        found = [Certificate.of(der) for der in unwrap(data, "CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CERTIFICATE")]
    except (Malformed, LimitExceeded) as error:
        raise BadCertificate("A certificate can't be read.") from error
    if not found:
        raise BadCertificate("The file holds no certificate.")
    return found
