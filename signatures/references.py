"""RFC 5035: the signed reference to the signer's certificate (ESS signing-certificate and signing-certificate-v2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from signatures import asn1
from signatures.algorithms import UnknownAlgorithm, hash_of
from signatures.asn1 import Element, Members
from signatures.certificates import Certificate
from signatures.context import Context
from signatures.draft import UNSURE, Draft
from signatures.errors import Malformed
from signatures.model import AlgorithmIdentifier, Attribute, read_algorithm, single
from signatures.names import read_name
from signatures.policy import Purpose
from signatures.report import SubIndication, failed, passed_by, warning

SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
_SHA1: Final = "1.3.14.3.2.26"
_SHA256: Final = "2.16.840.1.101.3.4.2.1"


# The hash of the one attribute, and that of the other where it names none.
_DEFAULTS: Final = {
    SIGNING_CERTIFICATE: AlgorithmIdentifier(_SHA1, None),
    SIGNING_CERTIFICATE_V2: AlgorithmIdentifier(_SHA256, None),
}


class Reference(NamedTuple):
    """ESSCertID: the hash of the signer's certificate, and its issuer and serial number if they stand there.

    `second` is true for the attribute of version 2, which a CAdES baseline allows for every hash but SHA-1.
    """

    second: bool
    algorithm: AlgorithmIdentifier
    digest: bytes
    issuer_serial: Element | None


def read_references(by_oid: Mapping[str, Attribute]) -> Iterator[Reference]:
    """ESSCertID and ESSCertIDv2 of RFC 5035: the first reference of each attribute is to the signer's certificate."""
    for oid, default in _DEFAULTS.items():
        if oid not in by_oid:
            continue
        listed = Members(single(by_oid, oid)).take(asn1.SEQUENCE).members()
        if not listed:
            raise Malformed("The signing-certificate attribute names no certificate.")
        members = Members(listed[0])
        algorithm = default
        if oid == SIGNING_CERTIFICATE_V2 and (named := members.maybe(asn1.SEQUENCE)) is not None:
            algorithm = read_algorithm(named)
        digest = asn1.read_octets(members.take(asn1.OCTET_STRING))
        yield Reference(oid == SIGNING_CERTIFICATE_V2, algorithm, digest, members.maybe(asn1.SEQUENCE))


def check_references(references: Sequence[Reference], certificate: Certificate, context: Context, draft: Draft) -> bool:
    """The signer's certificate must be the one that the signature names, by its hash.

    True if all references do that in a form of the CAdES baseline (ETSI EN 319 122-1 clause 5.2.2), and there are any.
    """
    baseline = bool(references)
    for reference in references:
        try:
            algorithm = hash_of(reference.algorithm)
        except UnknownAlgorithm as error:
            draft.call(
                failed("signer.reference", algorithm=error.name), UNSURE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND
            )
            baseline = False
            continue
        baseline = baseline and reference.second is (algorithm.name != "sha1")
        if context.fingerprint(certificate, algorithm) != reference.digest:
            draft.call(
                failed("signer.reference", algorithm=algorithm.name), UNSURE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND
            )
            baseline = False
            continue
        draft.add(passed_by("signer.reference", algorithm.name))
        if algorithm.name == "sha1":
            draft.add(warning("signer.reference_weak", algorithm=algorithm.name))
        if reference.issuer_serial is not None and not _names(reference.issuer_serial, certificate):
            draft.add(warning("signer.reference_issuer"))
    if not references and context.policy.purpose is Purpose.TIME_STAMP:  # RFC 3161 section 2.4.2 demands it
        draft.call(failed("stamp.reference"), UNSURE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
    elif not references:
        draft.add(warning("signer.no_reference"))
    return baseline


def matches(reference: Reference, certificate: Certificate, context: Context) -> bool:
    """Whether the reference is to this certificate; False if its hash is not known."""
    try:
        algorithm = hash_of(reference.algorithm)
    except UnknownAlgorithm:
        return False
    return context.fingerprint(certificate, algorithm) == reference.digest


def _names(issuer_serial: Element, certificate: Certificate) -> bool:
    """IssuerSerial of RFC 5035: GeneralNames with one directory name, and the serial number."""
    try:
        members = Members(issuer_serial)
        names = members.take(asn1.SEQUENCE).children()
        serial = asn1.read_integer(members.take())
        return serial == certificate.serial and any(
            name.tag == 0xA4 and read_name(name.only()) == certificate.issuer for name in names
        )
    except Malformed:
        return False
