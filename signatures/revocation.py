"""RFC 5280 section 5 and 6.3: full CRLs; is this certificate on one that is genuine, in force and meant for it?

A revocation for good stands whatever the CRL's age. "Not revoked" and "on hold" need a CRL in force at the validation
time. Delta and indirect CRLs are recognised and do not count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple

from signatures import asn1
from signatures.algorithms import Scheme, UnknownAlgorithm, read_scheme
from signatures.asn1 import Members
from signatures.certificates import AUTHORITY_KEY_ID, Certificate, GeneralName, read_point_name
from signatures.errors import LimitExceeded, Malformed
from signatures.model import AlgorithmIdentifier, Extension, Name, read_algorithm, read_extensions, read_name
from signatures.policy import Policy
from signatures.report import Check, RevocationStatus, Status, information, rfc3339, warning

_NUMBER: Final = "2.5.29.20"
_REASON: Final = "2.5.29.21"
_DELTA: Final = "2.5.29.27"
_ISSUING_POINT: Final = "2.5.29.28"
_CERTIFICATE_ISSUER: Final = "2.5.29.29"
_MOST_ENTRIES: Final = 2_000_000  # the largest public CRLs have about a million
_CRITICAL: Final = frozenset({_DELTA, _ISSUING_POINT})  # the critical extensions that are understood

_REASONS: Final[Mapping[int, str]] = {
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
_HOLD: Final = "certificateHold"
_REMOVED: Final = "removeFromCRL"

Verifies = Callable[["Crl", Certificate, Scheme], bool]


class CrlEntry(NamedTuple):
    """One revoked certificate; `plain` is false when a critical extension of the entry is not understood."""

    revoked_at: datetime
    reason: str
    plain: bool


class Scope(NamedTuple):
    """The issuing distribution point of RFC 5280 section 5.2.5."""

    names: tuple[GeneralName, ...] = ()
    only_user: bool = False
    only_ca: bool = False
    only_attribute: bool = False
    some_reasons: bool = False
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
        outer = Members(asn1.parse(der))
        tbs = outer.take(asn1.SEQUENCE)
        outer_algorithm = read_algorithm(outer.take())
        signature = asn1.read_whole_bits(outer.take())
        outer.close()
        members = Members(tbs)
        version = members.maybe(asn1.INTEGER)
        inner_algorithm = read_algorithm(members.take())
        issuer = read_name(members.take())
        this_update = asn1.read_time(members.take())
        ends = members.maybe(asn1.UTC_TIME, asn1.GENERALIZED_TIME)
        listed = members.maybe(asn1.SEQUENCE)
        wrapped = members.maybe(0xA0)
        members.close()
        if version is not None and asn1.read_integer(version) != 1:
            raise Malformed("The CRL has an unknown version.")
        return cls(
            der=der,
            tbs=tbs.raw,
            inner_algorithm=inner_algorithm,
            outer_algorithm=outer_algorithm,
            issuer=issuer,
            this_update=this_update,
            next_update=asn1.read_time(ends) if ends else None,
            listed=(listed.content, listed.end) if listed else (0, 0),
            extensions=read_extensions(wrapped.only()) if wrapped else {},
            signature=signature,
        )

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        return Crl.of, (self.der,)

    @cached_property
    def sha256(self) -> str:
        """The digest, in hexadecimal."""
        return hashlib.sha256(self.der).hexdigest()

    @cached_property
    def _places(self) -> Mapping[int, int]:
        return _index(self.der, *self.listed)

    def entry(self, serial: int) -> CrlEntry | None:
        """The entry of this serial number; Malformed if the list or the entry can't be read."""
        place = self._places.get(serial)
        if place is None:
            return None
        members = Members(asn1.element_at(self.der, place, self.listed[1]))
        members.take(asn1.INTEGER)
        revoked_at = asn1.read_time(members.take())
        wrapped = members.maybe(asn1.SEQUENCE)
        members.close()
        extensions = read_extensions(wrapped) if wrapped else {}
        reason = extensions.get(_REASON)
        number = 0 if reason is None else asn1.read_integer(asn1.parse(reason.value), asn1.ENUMERATED)
        plain = not any(extension.critical and oid != _REASON for oid, extension in extensions.items())
        return CrlEntry(
            revoked_at, _REASONS.get(number, "unspecified"), plain and _CERTIFICATE_ISSUER not in extensions
        )

    @property
    def delta(self) -> bool:
        """A delta CRL is no complete list."""
        return _DELTA in self.extensions

    @cached_property
    def scope(self) -> Scope:
        """What the CRL says that it covers; everything, without the extension."""
        extension = self.extensions.get(_ISSUING_POINT)
        if extension is None:
            return Scope()
        members = Members(asn1.parse(extension.value))
        names = read_point_name(members.maybe(0xA0), self.issuer)
        flags: list[bool] = []
        for tag in (0x81, 0x82, 0x83, 0x84, 0x85):
            element = members.maybe(tag)
            flags.append(element is not None and (tag == 0x83 or element.value != b"\x00"))
        members.close()
        user, ca, reasons, indirect, attribute = flags
        return Scope(names, user, ca, attribute, reasons, indirect)


def _index(data: bytes, start: int, end: int) -> dict[int, int]:
    """Serial number to offset of the entry; one pass over the headers only, as a list may have a million entries."""
    places: dict[int, int] = {}
    position = start
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
            places[int.from_bytes(data[body + 2 : body + 2 + size], "big", signed=True)] = position
            position = stop
    except IndexError as error:
        raise Malformed("The list of revoked certificates can't be read.") from error
    if len(places) > _MOST_ENTRIES:
        raise LimitExceeded("crl_entries")
    return places


@dataclass(slots=True)
class _Ledger:
    """What the CRLs have said so far about one certificate."""

    certificate: Certificate
    revoked: RevocationStatus | None = None
    current: RevocationStatus | None = None

    def note(self, crl: Crl, entry: CrlEntry | None, at: datetime, in_force: bool) -> None:
        """Takes one CRL's word. For good: the earliest counts. In force: the newest counts."""
        if entry is not None and (entry.revoked_at > at or entry.reason == _REMOVED):
            entry = None
        if entry is not None and entry.reason != _HOLD:
            if self.revoked is None or entry.revoked_at < (self.revoked.revoked_at or at):
                self.revoked = self._status(Status.REVOKED, crl, entry)
            return
        newest = self.current is None or crl.this_update > (self.current.this_update or crl.this_update)
        if in_force and newest:
            self.current = self._status(Status.GOOD if entry is None else Status.ON_HOLD, crl, entry)

    def _status(self, status: Status, crl: Crl, entry: CrlEntry | None) -> RevocationStatus:
        return RevocationStatus(
            self.certificate,
            status,
            crl.sha256,
            crl.this_update,
            crl.next_update,
            entry.revoked_at if entry else None,
            entry.reason if entry else None,
        )


def judge(
    certificate: Certificate,
    issuers: Sequence[Certificate],
    crls: Iterable[Crl],
    at: datetime,
    policy: Policy,
    verifies: Verifies,
) -> tuple[RevocationStatus, list[Check]]:
    """The status of a certificate at a moment, from the CRLs at hand, and what there is to say about each of them.

    `issuers` are the certificates of its path that bear its issuer's name: a CA with a changed key signs CRLs with
    the new one. `verifies` checks a CRL's signature under a certificate's key (the caller counts and remembers).
    """
    ledger, findings = _Ledger(certificate), list[Check]()
    for crl in crls:
        if crl.issuer != certificate.issuer:
            continue
        params = {"crl": crl.sha256, "issuer": crl.issuer.text}
        try:
            refusal = _refuse(crl, certificate, issuers, at, policy, verifies)
            if refusal is not None:
                findings.append(warning(refusal, **params))
                continue
            entry = crl.entry(certificate.serial)
        except Malformed as error:
            findings.append(warning("crl.malformed", **params, detail=error.message))
            continue
        if entry is not None and not entry.plain:
            findings.append(warning("crl.entry", **params))
            continue
        if crl.inner_algorithm != crl.outer_algorithm:
            findings.append(warning("crl.null_parameters", **params))
        if entry is not None and entry.revoked_at > at:
            later = rfc3339(entry.revoked_at)
            findings.append(information("revocation.later", **params, revoked_at=later, reason=entry.reason))
        if (late := _out_of_force(crl, at, policy)) is not None:
            findings.append(warning(late, **params))
        ledger.note(crl, entry, at, late is None and not crl.scope.some_reasons)
    status = ledger.revoked or ledger.current or RevocationStatus(certificate, Status.UNKNOWN)
    return status, findings


def _refuse(
    crl: Crl, certificate: Certificate, issuers: Sequence[Certificate], at: datetime, policy: Policy, verifies: Verifies
) -> str | None:
    """The code of the first reason why a CRL says nothing about the certificate, its age aside."""
    if crl.delta:
        return "crl.delta"
    if any(extension.critical and oid not in _CRITICAL for oid, extension in crl.extensions.items()):
        return "crl.extension"
    if (out_of_scope := _out_of_scope(crl, certificate)) is not None:
        return out_of_scope
    if not crl.inner_algorithm.agrees(crl.outer_algorithm):
        return "crl.algorithms_differ"
    reasons = [_refuse_signer(crl, issuer, at, policy, verifies) for issuer in issuers]
    return None if None in reasons else reasons[0]


def _refuse_signer(crl: Crl, issuer: Certificate, at: datetime, policy: Policy, verifies: Verifies) -> str | None:
    if issuer.key_usage is not None and "cRLSign" not in issuer.key_usage:
        return "crl.issuer_usage"
    try:
        scheme = read_scheme(crl.outer_algorithm)
        bits = issuer.key.bits
    except UnknownAlgorithm:
        return "crl.algorithm"
    if policy.refuses(scheme.hash.name, None, at) or policy.refuses(scheme.family, bits, at):
        return "crl.algorithm"
    return None if verifies(crl, issuer, scheme) else "crl.signature"


def _out_of_scope(crl: Crl, certificate: Certificate) -> str | None:
    scope = crl.scope
    if scope.indirect:
        return "crl.indirect"
    basic = certificate.basic_constraints
    ca = basic is not None and basic.ca
    if scope.only_attribute or (scope.only_user and ca) or (scope.only_ca and not ca):
        return "crl.scope"
    if scope.names:
        pointed = {_comparable(name) for point in certificate.distribution_points for name in point.names}
        if not pointed.intersection(_comparable(name) for name in scope.names):
            return "crl.scope"
    return None


def _comparable(name: GeneralName) -> tuple[int, object]:
    return name.kind, name.directory_name or name.value


def _out_of_force(crl: Crl, at: datetime, policy: Policy) -> str | None:
    if AUTHORITY_KEY_ID in crl.extensions and _NUMBER not in crl.extensions:
        return "crl.no_number"  # section 5.2.3: who writes CRLs of this profile numbers them
    if crl.this_update > at + policy.skew:
        return "crl.not_yet_in_force"
    if crl.next_update is None or crl.next_update < at:
        return "crl.stale"
    if policy.freshness is not None and crl.this_update < at - policy.freshness:
        return "crl.stale"
    return None
