"""The certificate profile of the National Certification Authority: subjects, roles, policies, usages, pointers.

Object identifiers are the national ones, so that what is learnt in the sandbox holds outside; names, keys and addresses
are the sandbox's own. RFC 5280 section 4.2 gives the extensions their form.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, TypeAlias

from authsvc.web.sandbox.pki import der
from authsvc.web.sandbox.pki.keys import Family

Purpose: TypeAlias = Literal["signing", "authentication"]

COMMON_NAME: Final = "2.5.4.3"
SURNAME: Final = "2.5.4.4"
SERIAL_NUMBER: Final = "2.5.4.5"
COUNTRY: Final = "2.5.4.6"
ORGANIZATION: Final = "2.5.4.10"
UNIT: Final = "2.5.4.11"
GIVEN_NAME: Final = "2.5.4.42"
USER_ID: Final = "0.9.2342.19200300.100.1.1"

EMAIL_PROTECTION: Final = "1.3.6.1.5.5.7.3.4"
CLIENT_AUTH: Final = "1.3.6.1.5.5.7.3.2"
TIME_STAMPING: Final = "1.3.6.1.5.5.7.3.8"
OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"
NATURAL_PERSON: Final = "1.2.398.3.3.4.1.1"
LEGAL_ENTITY: Final = "1.2.398.3.3.4.1.2"
INFORMATION_SYSTEM: Final = "1.2.398.3.3.4.1.2.6"

ROOT_POLICY: Final = "1.2.398.3.1.2"
GOST_POLICY: Final = "1.2.398.3.3.2"
LEGAL_SIGNING, LEGAL_AUTHENTICATION, PERSON_SIGNING, PERSON_AUTHENTICATION = (
    f"1.2.398.3.3.2.{number}" for number in (1, 2, 3, 4)
)

# Bits of KeyUsage, RFC 5280 4.2.1.3.
DIGITAL_SIGNATURE, NON_REPUDIATION, KEY_ENCIPHERMENT, KEY_AGREEMENT, CERTIFICATE_SIGN, CRL_SIGN = 0, 1, 2, 4, 5, 6


class Role(Enum):
    """What a person of a legal entity may do for it: the role's object identifier in the extended key usage."""

    HEAD = "1.2.398.3.3.4.1.2.1"
    RIGHT_TO_SIGN = "1.2.398.3.3.4.1.2.2"
    RIGHT_TO_SIGN_FINANCE = "1.2.398.3.3.4.1.2.3"
    HUMAN_RESOURCES = "1.2.398.3.3.4.1.2.4"
    EMPLOYEE = "1.2.398.3.3.4.1.2.5"


@dataclass(frozen=True, slots=True)
class Pointers:
    """Where an issuer says that its own certificate and its status information are; None leaves the pointer out."""

    certificate: str | None = None
    crl: str | None = None
    delta_crl: str | None = None
    ocsp: str | None = None


def authority_name(common_name: str) -> bytes:
    """DER Name of a certification authority or of one of its services."""
    return _name((COMMON_NAME, der.utf8(common_name)), (COUNTRY, der.printable("KZ")))


def person_name(name: str, iin: str, *, organization: str | None = None, bin: str | None = None) -> bytes:
    """DER Name of a person, alone or as a person of a legal entity.

    `name` is surname, given name and, if any, patronymic, apart by spaces. As in the national certificates CN is
    surname and given name, and GN holds the patronymic, not the given name.
    """
    surname, *others = name.split(" ", 2)
    attributes = [
        (COMMON_NAME, der.utf8(" ".join([surname, *others[:1]]))),
        (SURNAME, der.utf8(surname)),
        (SERIAL_NUMBER, der.printable(f"IIN{iin}")),
        (COUNTRY, der.printable("KZ")),
        *_organization(organization, bin),
    ]
    if len(others) > 1:
        attributes.append((GIVEN_NAME, der.utf8(others[1])))
    return _name(*attributes)


def system_name(name: str, uid: str, organization: str, bin: str) -> bytes:
    """DER Name of an information system: an object identifier as UID, and no IIN."""
    return _name(
        (USER_ID, der.utf8(uid)),
        (COMMON_NAME, der.utf8(name)),
        (COUNTRY, der.printable("KZ")),
        *_organization(organization, bin),
    )


def key_identifier(public_info: bytes) -> bytes:
    """RFC 5280 4.2.1.2 method 1: SHA-1 of the key's bits, as an identifier and for no security."""
    return hashlib.sha1(der.inside(public_info)[1].content[1:], usedforsecurity=False).digest()


def leaf_extensions(
    family: Family, purpose: Purpose, usages: tuple[str, ...], policy: str, pointers: Pointers
) -> list[bytes]:
    """What every certificate of a person or a system carries, apart from the two key identifiers."""
    return [
        policies_extension(policy),
        *pointer_extensions(pointers),
        extension("2.5.29.37", der.sequence(*(der.oid(usage) for usage in usages))),
        key_usage_extension(*_leaf_key_usage(family, purpose)),
        # Meaning unknown; in every certificate of the national test kit, never critical.
        extension("1.2.398.3.3.5", der.sequence(der.oid("1.2.398.3.3.5.1.1"))),
    ]


def leaf_policy(family: Family, purpose: Purpose, *, legal: bool) -> str:
    """The certificate policy of a leaf."""
    if family == "gost":
        return GOST_POLICY
    if purpose == "signing":
        return LEGAL_SIGNING if legal else PERSON_SIGNING
    return LEGAL_AUTHENTICATION if legal else PERSON_AUTHENTICATION


def issuing_policies(family: Family) -> tuple[str, ...]:
    """The policies of an issuing authority: all that its leaves can have."""
    if family == "gost":
        return (GOST_POLICY,)
    return (LEGAL_SIGNING, LEGAL_AUTHENTICATION, PERSON_SIGNING, PERSON_AUTHENTICATION)


def leaf_usages(purpose: Purpose, *roles: str) -> tuple[str, ...]:
    """Extended key usages: what marks a signing or an authentication key, then the roles."""
    return (EMAIL_PROTECTION if purpose == "signing" else CLIENT_AUTH, *roles)


def extension(dotted: str, value: bytes, *, critical: bool = False) -> bytes:
    """One Extension around its DER value."""
    return der.sequence(der.oid(dotted), *([der.TRUE] if critical else []), der.octets(value))


def key_usage_extension(*usages: int) -> bytes:
    """KeyUsage, critical."""
    return extension("2.5.29.15", der.named_bits(*usages), critical=True)


def authority_extensions(policies: tuple[str, ...], path_length: int | None) -> list[bytes]:
    """BasicConstraints and KeyUsage of an authority (both critical), and its policies."""
    limit = [] if path_length is None else [der.integer(path_length)]
    return [
        extension("2.5.29.19", der.sequence(der.TRUE, *limit), critical=True),
        key_usage_extension(CERTIFICATE_SIGN, CRL_SIGN),
        policies_extension(*policies),
    ]


def policies_extension(*policies: str) -> bytes:
    """CertificatePolicies, each with the place of the (invented) practice statement."""
    statement = der.sequence(der.oid("1.3.6.1.5.5.7.2.1"), der.ia5("http://test.invalid/cps"))
    return extension(
        "2.5.29.32",
        der.sequence(*(der.sequence(der.oid(policy), der.sequence(statement)) for policy in policies)),
    )


def pointer_extensions(pointers: Pointers) -> list[bytes]:
    """AuthorityInfoAccess, CRLDistributionPoints and FreshestCRL, as far as there is something to point at."""
    found = []
    access = [
        der.sequence(der.oid(f"1.3.6.1.5.5.7.48.{method}"), _uri(url))
        for method, url in ((1, pointers.ocsp), (2, pointers.certificate))
        if url
    ]
    if access:
        found.append(extension("1.3.6.1.5.5.7.1.1", der.sequence(*access)))
    for dotted, url in (("2.5.29.31", pointers.crl), ("2.5.29.46", pointers.delta_crl)):
        if url:
            point = der.sequence(der.explicit(0, der.explicit(0, _uri(url))))
            found.append(extension(dotted, der.sequence(point)))
    return found


def _leaf_key_usage(family: Family, purpose: Purpose) -> tuple[int, ...]:
    if purpose == "authentication":
        return (DIGITAL_SIGNATURE, KEY_ENCIPHERMENT if family == "rsa" else KEY_AGREEMENT)
    return (DIGITAL_SIGNATURE, NON_REPUDIATION, *([KEY_AGREEMENT] if family == "gost" else []))


def _organization(organization: str | None, bin: str | None) -> list[tuple[str, bytes]]:
    found = []
    if organization is not None:
        found.append((ORGANIZATION, der.utf8(organization)))
    if bin is not None:
        found.append((UNIT, der.utf8(f"BIN{bin}")))
    return found


def _name(*attributes: tuple[str, bytes]) -> bytes:
    return der.sequence(*(der.set_of(der.sequence(der.oid(kind), value)) for kind, value in attributes))


def _uri(url: str) -> bytes:
    return der.implicit(6, url.encode("ascii"))
