"""The certificate profile of the National Certification Authority of Kazakhstan, as read in its published test data.

Attributes are found by their type, never by their place. GN holds the patronymic, not the given name. OIDs whose
meaning was only read in other software are marked; none of them decides a verdict.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from operator import mul
from typing import Final

from signatures.certificates import Certificate

NATURAL_PERSON: Final = "1.2.398.3.3.4.1.1"
LEGAL_ENTITY: Final = "1.2.398.3.3.4.1.2"
INFORMATION_SYSTEM: Final = "1.2.398.3.3.4.1.2.6"  # in the kit of May 2026; the name is inferred
TREASURY_CLIENT: Final = "1.2.398.5.19.1.2.2.1"
EMAIL_PROTECTION: Final = "1.3.6.1.5.5.7.3.4"  # marks a signing key
CLIENT_AUTH: Final = "1.3.6.1.5.5.7.3.2"  # marks an authentication key

_ARCS: Final = ("1.2.398.3.3.", "1.2.398.5.19.")

_ROLES: Final = {
    "1.2.398.3.3.4.1.2.1": "head",
    "1.2.398.3.3.4.1.2.2": "right_to_sign",
    "1.2.398.3.3.4.1.2.3": "right_to_sign_financial",
    "1.2.398.3.3.4.1.2.4": "hr",
    "1.2.398.3.3.4.1.2.5": "employee",
    TREASURY_CLIENT: "treasury_client",
}

# An assurance level of the holder's identification; read in NCANode's source, not seen in a certificate.
# The closest one counts: it comes first.
_IDENTIFIED: Final = {
    "1.2.398.3.3.4.3.2.1": "remote_digital_id",
    "1.2.398.3.3.4.3.2": "remote",
    "1.2.398.3.3.4.3.1": "in_person",
}

_CN: Final = "2.5.4.3"
_SN: Final = "2.5.4.4"
_SERIAL_NUMBER: Final = "2.5.4.5"
_O: Final = "2.5.4.10"
_OU: Final = "2.5.4.11"
_GN: Final = "2.5.4.42"
_UID: Final = "0.9.2342.19200300.100.1.1"

_IIN: Final = re.compile(r"IIN([0-9]{12})")
_BIN: Final = re.compile(r"BIN([0-9]{12})")


class KeyPurpose(StrEnum):
    """What the profile lets a key be used for."""

    SIGNING = "signing"
    AUTHENTICATION = "authentication"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Person:
    """A natural person, acting for themselves."""

    iin: str
    name: str
    surname: str | None
    patronymic: str | None
    identified: str | None
    kind: str = "person"


@dataclass(frozen=True, slots=True)
class Representative:
    """A natural person acting for a legal entity. The roles are what the certificate says; a mandate is looked up."""

    iin: str
    name: str
    surname: str | None
    patronymic: str | None
    bin: str
    organization: str | None
    roles: tuple[str, ...]
    identified: str | None
    kind: str = "representative"


@dataclass(frozen=True, slots=True)
class InformationSystem:
    """An information system of a legal entity: no person, no IIN."""

    name: str
    bin: str | None
    organization: str | None
    uid: str | None
    kind: str = "information_system"


Identity = Person | Representative | InformationSystem


def is_national(certificate: Certificate) -> bool:
    """Whether the certificate follows this profile: a usage or a policy out of the NCA's or the Treasury's arc."""
    return any(oid.startswith(_ARCS) for oid in (*certificate.extended_key_usage, *(certificate.policies or ())))


def identify(certificate: Certificate) -> Identity | None:
    """Who the subject is; None when the certificate does not follow the profile or names nobody in it."""
    if not is_national(certificate):
        return None
    subject, usage = certificate.subject, certificate.extended_key_usage
    name = subject.first(_CN) or subject.text
    iins, bins = _numbers(_IIN, subject.all(_SERIAL_NUMBER)), _numbers(_BIN, subject.all(_OU))
    if len(iins) > 1 or len(bins) > 1:
        return None
    iin, bin_ = next(iter(iins), None), next(iter(bins), None)
    identified = next((word for oid, word in _IDENTIFIED.items() if oid in usage), None)
    if iin is None:
        uid = subject.first(_UID)
        if bin_ is None and uid is None and INFORMATION_SYSTEM not in usage:
            return None
        return InformationSystem(name, bin_, subject.first(_O), uid)
    if bin_ is None:
        return Person(iin, name, subject.first(_SN), subject.first(_GN), identified)
    roles = tuple(word for oid, word in _ROLES.items() if oid in usage)
    return Representative(iin, name, subject.first(_SN), subject.first(_GN), bin_, subject.first(_O), roles, identified)


def purpose_of(certificate: Certificate) -> KeyPurpose:
    """Signing needs nonRepudiation, and emailProtection unless the subject is an information system."""
    usage, extended = certificate.key_usage or frozenset(), certificate.extended_key_usage
    if "nonRepudiation" in usage:
        if EMAIL_PROTECTION in extended or isinstance(identify(certificate), InformationSystem):
            return KeyPurpose.SIGNING
        return KeyPurpose.OTHER
    if CLIENT_AUTH in extended and "digitalSignature" in usage:
        return KeyPurpose.AUTHENTICATION
    return KeyPurpose.OTHER


def has_check_digit(number: str) -> bool:
    """Whether the last digit of an IIN or BIN is the check digit (two rounds, modulo 11). A hint, never a verdict."""
    digits = list(map(int, number))
    for weights in (range(1, 12), (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)):
        remainder: int = sum(map(mul, digits, weights)) % 11
        if remainder < 10:
            return remainder == digits[11]
    return False


def _numbers(pattern: re.Pattern[str], texts: tuple[str, ...]) -> set[str]:
    """The numbers in these attributes. Two different ones name nobody: which of them would it be?"""
    return {match[1] for text in texts if (match := pattern.fullmatch(text.strip()))}
