"""NIST's Public Key Interoperability Test Suite 1.0.1 (PKITS): its 224 tests with all their settings, 247 in all.

The certificates and CRLs of a test come from its S/MIME message in the package `cryptography-vectors`. What is expected
comes from the suite's document: a test's name says it (`Valid…`, `Invalid…`), and where it does not, or where a test
has several settings, `SETTINGS` does.
"""

from __future__ import annotations

import email
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from signatures import BadCertificate, Evidence, Policy, TrustAnchors, asn1, validate_path
from signatures.certificates import Certificate
from signatures.errors import Malformed
from signatures.model import read_signed_data, read_signer_info

AT: Final = datetime(2012, 5, 1, tzinfo=UTC)  # within the life of its certificates, and while DSA with SHA-1 was in use

Inputs = Mapping[str, Any]
_ANY: Final[Inputs] = {}
_EXPLICIT: Final[Inputs] = {"explicit_policy": True}


def _policies(*numbers: int, **others: bool) -> Inputs:
    """NIST-test-policy-n as the user-initial-policy-set."""
    return {"initial_policies": frozenset(f"2.16.840.1.101.3.2.1.48.{number}" for number in numbers), **others}


# Sections 4.4.1, 4.8, 4.10 and 4.12.3: the initial settings of each run, and whether the path is valid under them.
SETTINGS: Final[Mapping[str, tuple[tuple[Inputs, bool], ...]]] = {
    "MissingCRLTest1": ((_ANY, False),),
    "AllCertificatesSamePolicyTest1": (
        (_EXPLICIT, True),
        (_policies(1, explicit_policy=True), True),
        (_policies(2, explicit_policy=True), False),
        (_policies(1, 2, explicit_policy=True), True),
    ),
    "AllCertificatesNoPoliciesTest2": ((_ANY, True), (_EXPLICIT, False)),
    "DifferentPoliciesTest3": ((_ANY, True), (_EXPLICIT, False), (_policies(1, 2, explicit_policy=True), False)),
    "DifferentPoliciesTest4": ((_ANY, False),),
    "DifferentPoliciesTest5": ((_ANY, False),),
    "OverlappingPoliciesTest6": ((_ANY, True), (_policies(1), True), (_policies(2), False)),
    "DifferentPoliciesTest7": ((_ANY, False),),
    "DifferentPoliciesTest8": ((_ANY, False),),
    "DifferentPoliciesTest9": ((_ANY, False),),
    "AllCertificatesSamePoliciesTest10": ((_ANY, True), (_policies(1), True), (_policies(2), True)),
    "AllCertificatesAnyPolicyTest11": ((_ANY, True), (_policies(1), True)),
    "DifferentPoliciesTest12": ((_ANY, False),),
    "AllCertificatesSamePoliciesTest13": ((_policies(1), True), (_policies(2), True), (_policies(3), True)),
    "AnyPolicyTest14": ((_policies(1), True), (_policies(2), False)),
    "UserNoticeQualifierTest15": ((_ANY, True),),
    "UserNoticeQualifierTest16": ((_ANY, True),),
    "UserNoticeQualifierTest17": ((_ANY, True),),
    "UserNoticeQualifierTest18": ((_policies(1), True), (_policies(2), True)),
    "UserNoticeQualifierTest19": ((_ANY, True),),
    "CPSPointerQualifierTest20": ((_ANY, True),),
    "ValidPolicyMappingTest1": (
        (_policies(1), True),
        (_policies(2), False),
        (_policies(1, inhibit_mapping=True), False),
    ),
    "InvalidPolicyMappingTest2": ((_ANY, False), ({"inhibit_mapping": True}, False)),
    "ValidPolicyMappingTest3": ((_policies(1), False), (_policies(2), True)),
    "ValidPolicyMappingTest5": ((_policies(1), True), (_policies(6), False)),
    "ValidPolicyMappingTest6": ((_policies(1), True), (_policies(6), False)),
    "ValidPolicyMappingTest12": ((_policies(1), True), (_policies(2), True)),
    "inhibitAnyPolicyTest3": ((_ANY, True), ({"inhibit_any": True}, False)),
}


@dataclass(frozen=True)
class Case:
    """One run of one test."""

    name: str
    leaf: bytes
    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    inputs: Inputs = field(repr=False)
    valid: bool


def read_cases(folder: Path) -> Iterator[Case]:
    """Every run, from the suite's folder."""
    for file in sorted((folder / "smime").glob("Signed*.eml")):
        name = file.stem.removeprefix("Signed")
        signature = email.message_from_bytes(file.read_bytes()).get_payload()[-1].get_payload(decode=True)  # type: ignore[index, union-attr]
        assert isinstance(signature, bytes)
        opened = read_signed_data(asn1.parse(signature, ber=True))
        settings = SETTINGS.get(name) or ((_ANY, _said_by(name)),)
        for inputs, valid in settings:
            leaf = _find_signer(opened.certificates, opened.signers[0])
            yield Case(name, leaf, tuple(opened.certificates), tuple(opened.crls), inputs, valid)


def _said_by(name: str) -> bool:
    assert name.startswith(("Valid", "Invalid")), name
    return name.startswith("Valid")


def _find_signer(certificates: list[bytes], signer: asn1.Element) -> bytes:
    """The certificate that the message names; the one that can't be read if none of the others is meant."""
    identifier = read_signer_info(signer).identifier
    unread = b""
    for der in certificates:
        try:
            certificate = Certificate.of(der)
        except Malformed:
            unread = der
            continue
        if (certificate.issuer, certificate.serial) == (identifier.issuer, identifier.serial):
            return der
    return unread


def holds(case: Case, anchor: bytes) -> bool:
    """What we say: revocation is looked at in all of them, under the policy that everybody gets."""
    try:
        return validate_path(
            case.leaf,
            anchors=TrustAnchors.of(anchor),
            evidence=Evidence.of(case.certificates, case.crls),
            at=AT,
            policy=Policy.default(),
            **case.inputs,
        ).valid
    except BadCertificate:
        return False
