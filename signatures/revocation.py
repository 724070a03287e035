"""RFC 5280 section 5: CRLs as they stand, full, delta and indirect; entries are found without reading all of a list."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple
from zlib import crc32

from signatures import asn1, contents
from signatures.asn1 import Members
from signatures.certificates import GeneralName, read_general_names, read_point_name, read_reasons
from signatures.cursor import Cursor
from signatures.errors import LimitExceeded, Malformed
from signatures.lazy import lazy
from signatures.model import AlgorithmIdentifier, Extension, algorithm_of, read_extensions, read_moment, read_signed
from signatures.names import Name

NUMBER: Final = "2.5.29.20"
_REASON: Final = "2.5.29.21"
_DELTA: Final = "2.5.29.27"
_ISSUING_POINT: Final = "2.5.29.28"
_CERTIFICATE_ISSUER: Final = "2.5.29.29"
_MOST_ENTRIES: Final = 2_000_000  # the largest public CRLs have about a million
_CRITICAL: Final = frozenset({_DELTA, _ISSUING_POINT})  # the critical extensions that are understood

REASONS: Final[Mapping[int, str]] = {
    0: "unspecified",
    1: "keyCompromise",
    2: "cACompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
    8: "removeFromCRL",
    9: "privilegeWithdrawn",
    10: "aACompromise",
}
_IN_ENTRIES: Final = frozenset({_REASON})
_IN_INDIRECT: Final = frozenset({_REASON, _CERTIFICATE_ISSUER})
_CERTIFICATE_ISSUER_DER: Final = bytes.fromhex("0603551d1d")
_EXPIRED_CERTS: Final = "2.5.29.60"
_DIRECTORY: Final = 4
_LOW: Final = (1 << 32) - 1


class CrlEntry(NamedTuple):
    """One revoked certificate; `plain` is false when a critical extension of the entry is not understood."""

    revoked_at: datetime
    reason: str
    plain: bool


def _read_entry(members: Members, known: frozenset[str]) -> CrlEntry:
    revoked_at = asn1.read_time(members.take())
    wrapped = members.maybe(asn1.SEQUENCE)
    members.close()
    extensions = read_extensions(Cursor.over(wrapped)) if wrapped else {}
    reason = extensions.get(_REASON)
    number = 0 if reason is None else asn1.read_integer(asn1.parse(reason.value), asn1.ENUMERATED)
    plain = not any(extension.critical and oid not in known for oid, extension in extensions.items())
    plain = plain and (_CERTIFICATE_ISSUER not in extensions or _CERTIFICATE_ISSUER in known)
    return CrlEntry(revoked_at, REASONS.get(number, "unspecified"), plain)


class Scope(NamedTuple):
    """The issuing distribution point of RFC 5280 section 5.2.5."""

    names: tuple[GeneralName, ...] = ()
    only_user: bool = False
    only_ca: bool = False
    only_attribute: bool = False
    reasons: frozenset[str] | None = None  # None: all
    indirect: bool = False


@dataclass(frozen=True)
class Crl:
    """One CRL as it stands. Its entries are indexed by serial number when first asked for."""

    der: bytes
    tbs: bytes = field(compare=False, repr=False)
    inner_algorithm: AlgorithmIdentifier = field(compare=False, repr=False)
    outer_algorithm: AlgorithmIdentifier = field(compare=False, repr=False)
    issuer: Name = field(compare=False)
    this_update: datetime = field(compare=False)
    next_update: datetime | None = field(compare=False)
    listed: tuple[int, int] = field(compare=False, repr=False)
    extensions: Mapping[str, Extension] = field(compare=False, repr=False)
    signature: bytes = field(compare=False, repr=False)

    @classmethod
    def of(cls, der: bytes) -> Crl:
        """Read DER; Malformed or LimitExceeded if it is no CRL."""
        tbs, outer_algorithm, signature = read_signed(der)
        members = Cursor.inside(der).enter(asn1.SEQUENCE)
        version = members.maybe(asn1.INTEGER)
        inner_algorithm = algorithm_of(members.whole(asn1.SEQUENCE))
        issuer = Name.of_issuer(members.whole(asn1.SEQUENCE))
        this_update = read_moment(members)
        next_update = read_moment(members) if members.tag in (asn1.UTC_TIME, asn1.GENERALIZED_TIME) else None
        listed = (members.step(asn1.SEQUENCE), members.position) if members.tag == asn1.SEQUENCE else (0, 0)
        extensions: Mapping[str, Extension] = {}
        if members.tag == 0xA0:
            end = members.descend(0xA0)
            extensions = read_extensions(members)
            members.close(end)
        members.close()
        if version is not None and contents.integer(version) != 1:
            raise Malformed("The CRL has an unknown version.")
        return cls(
            der=der,
            tbs=tbs,
            inner_algorithm=inner_algorithm,
            outer_algorithm=outer_algorithm,
            issuer=issuer,
            this_update=this_update,
            next_update=next_update,
            listed=listed,
            extensions=extensions,
            signature=signature,
        )

    def __hash__(self) -> int:
        return hash(self.der)

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        return Crl.of, (self.der,)

    @lazy
    def sha256(self) -> str:
        """The digest, in hexadecimal."""
        return hashlib.sha256(self.der).hexdigest()

    @lazy
    def _index(self) -> _Index:
        return _build_index(self.der, *self.listed, indirect=self.scope.indirect)

    def entry(self, serial: int, issuer: Name | None = None) -> CrlEntry | None:
        """The last entry of this serial number and issuer (the CRL's own unless told otherwise).

        Malformed if the list or an entry can't be read.
        """
        found = None
        for place in self._index.find(_write_serial(serial)):
            members = Members(asn1.element_at(self.der, place, self.listed[1]))
            same = int.from_bytes(members.take(asn1.INTEGER).value, "big", signed=True) == serial
            if same and self._issuer_at(place) == (issuer or self.issuer):
                found = _read_entry(members, _IN_INDIRECT if self.scope.indirect else _IN_ENTRIES)
        return found

    def _issuer_at(self, place: int) -> Name:
        """Whose certificate an entry is: of the issuer that it or the nearest entry before it names, else the CRL's."""
        named = self._index.named
        position = bisect_right(named, place) - 1
        if position < 0:
            return self.issuer
        members = Members(asn1.element_at(self.der, named[position], self.listed[1]))
        members.take()
        members.take()
        extension = read_extensions(Cursor.over(members.take(asn1.SEQUENCE))).get(_CERTIFICATE_ISSUER)
        names = read_general_names(asn1.parse(extension.value).members()) if extension else ()
        found = next((name.directory_name for name in names if name.kind == _DIRECTORY), None)
        if found is None:
            raise Malformed("An entry names no issuer that can be read.")
        return found

    @lazy
    def number(self) -> int | None:
        """The CRL number of section 5.2.3."""
        extension = self.extensions.get(NUMBER)
        return None if extension is None else asn1.read_integer(asn1.parse(extension.value))

    @lazy
    def base_number(self) -> int | None:
        """The number of the complete CRL that a delta CRL goes on from (section 5.2.4)."""
        extension = self.extensions.get(_DELTA)
        return None if extension is None else asn1.read_integer(asn1.parse(extension.value))

    @lazy
    def covers_expired_since(self) -> datetime | None:
        """expiredCertsOnCRL of ISO 9594-8: entries of certificates that expired from then on are kept."""
        extension = self.extensions.get(_EXPIRED_CERTS)
        return None if extension is None else asn1.read_time(asn1.parse(extension.value))

    @property
    def unknown_critical(self) -> bool:
        """Whether the CRL has a critical extension that is not understood."""
        return any(extension.critical and oid not in _CRITICAL for oid, extension in self.extensions.items())

    @property
    def delta(self) -> bool:
        """A delta CRL is no complete list."""
        return _DELTA in self.extensions

    @lazy
    def scope(self) -> Scope:
        """What the CRL says that it covers; everything, without the extension."""
        extension = self.extensions.get(_ISSUING_POINT)
        if extension is None:
            return Scope()
        members = Members(asn1.parse(extension.value))
        names = read_point_name(members.maybe(0xA0), self.issuer)
        flags = [_read_flag(members, 0x81), _read_flag(members, 0x82)]
        some = members.maybe(0x83)
        flags += [_read_flag(members, 0x84), _read_flag(members, 0x85)]
        members.close()
        user, ca, indirect, attribute = flags
        return Scope(names, user, ca, attribute, None if some is None else read_reasons(some), indirect)


def _read_flag(members: Members, tag: int) -> bool:
    element = members.maybe(tag)
    return element is not None and element.value != b"\x00"


class _Index(NamedTuple):
    """Where the entries of each serial number stand: hashes above offsets in one sorted array, 8 bytes an entry.

    `named`: offsets of entries that name another issuer for themselves and for those that follow (section 5.3.3).
    """

    places: array[int]
    named: array[int]

    def find(self, serial: bytes) -> Iterator[int]:
        """Offsets that the serial number's contents may stand at; the caller compares."""
        wanted = crc32(serial) << 32
        for position in range(bisect_left(self.places, wanted), len(self.places)):
            place = self.places[position]
            if place >> 32 != wanted >> 32:
                return
            yield place & _LOW


def _write_serial(serial: int) -> bytes:
    return serial.to_bytes((serial + (serial < 0)).bit_length() // 8 + 1, "big", signed=True)


def _build_index(data: bytes, start: int, end: int, *, indirect: bool) -> _Index:
    """One pass over the headers only, as a list may have a million entries."""
    places, named, position = array("Q"), array("Q"), start
    try:
        while position < end:
            length, body = data[position + 1], position + 2
            if length >= 0x80:
                octets = length & 0x7F
                body += octets
                length = int.from_bytes(data[position + 2 : body], "big")
                if not 1 <= octets <= 4:
                    raise Malformed("The list of revoked certificates can't be read.")
            size, stop = data[body + 1], body + length
            if data[position] != asn1.SEQUENCE or data[body] != asn1.INTEGER or not 0 < size < 0x80 or stop > end:
                raise Malformed("The list of revoked certificates can't be read.")
            serial = data[body + 2 : body + 2 + size]
            if size > 1 and serial[0] in (0, 0xFF):
                serial = _write_serial(int.from_bytes(serial, "big", signed=True))
            places.append(crc32(serial) << 32 | position)
            if indirect and data.find(_CERTIFICATE_ISSUER_DER, body + 2 + size, stop) >= 0:
                named.append(position)
            position = stop
    except IndexError as error:
        raise Malformed("The list of revoked certificates can't be read.") from error
    if len(places) > _MOST_ENTRIES or end > _LOW:
        raise LimitExceeded("crl_entries")
    return _Index(array("Q", sorted(places)), named)
