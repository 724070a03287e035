"""Attestation statements (WebAuthn 3, section 8): none, packed, fido-u2f, android-key, apple; tpm stands in `tpm.py`.

What a statement proves is who made the authenticator, and no more than its path to a root that the operator chose. The
path is judged at a time that is given, by `cryptography`'s own verifier, never at the system's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from confirmations.authenticator.data import AttestedCredential
from confirmations.authenticator.errors import BadAttestation, BadSignature
from confirmations.authenticator.keys import ES256, verify_signature
from confirmations.authenticator.statement import (
    MAX_CERTIFICATES,
    AttestationObject,
    demand_aaguid,
    demand_no_ca,
    demand_same_key,
    find_extension,
    read_path,
    take_algorithm,
    take_bytes,
)
from confirmations.authenticator.tpm import judge_tpm

NONE: Final = "none"
SELF: Final = "self"
CERTIFIED: Final = "certified"

_ANDROID_KEY: Final = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.1.17")
_APPLE_NONCE: Final = x509.ObjectIdentifier("1.2.840.113635.100.8.2")


@dataclass(frozen=True, slots=True)
class Attestation:
    """What a statement amounts to: `none`, `self`, or `certified` with its path (leaf first, without the root)."""

    kind: str
    path: tuple[x509.Certificate, ...] = ()


def judge_statement(given: AttestationObject, attested: AttestedCredential, client_data: bytes) -> Attestation:
    """What the statement amounts to, its path not yet judged. BadAttestation, Malformed."""
    judge = _FORMATS.get(given.format)
    if judge is None:
        raise BadAttestation(f"a format that is not known here: {given.format[:32]!a}")
    try:
        return judge(given, attested, hashlib.sha256(client_data).digest())
    except BadSignature as error:
        raise BadAttestation("the statement's signature does not hold") from error


def demand_path(path: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], at: datetime) -> None:
    """BadAttestation unless the path leads to one of these roots at this time."""
    if not path:
        raise BadAttestation("a statement without a certificate")
    every = ExtensionPolicy.permit_all()
    of_a_ca = every.require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    builder = PolicyBuilder().store(Store(list(roots))).time(at).max_chain_depth(MAX_CERTIFICATES)
    verifier = builder.extension_policies(ca_policy=of_a_ca, ee_policy=every).build_client_verifier()
    try:
        verifier.verify(path[0], list(path[1:]))
    except (VerificationError, ValueError) as error:
        raise BadAttestation("the statement's path leads to no root that is trusted, at that time") from error


def _none(given: AttestationObject, attested: AttestedCredential, hashed: bytes) -> Attestation:
    if given.statement:
        raise BadAttestation("a statement where none was announced")
    return Attestation(NONE)


def _packed(given: AttestationObject, attested: AttestedCredential, hashed: bytes) -> Attestation:
    algorithm, signature = take_algorithm(given), take_bytes(given, "sig")
    if "x5c" not in given.statement:
        if algorithm != attested.key.algorithm:
            raise BadAttestation("another algorithm than that of the key")
        attested.key.verify(signature, given.raw + hashed)
        return Attestation(SELF)
    path = read_path(given)
    verify_signature(path[0].public_key(), algorithm, signature, given.raw + hashed)
    _demand_packed_certificate(path[0])
    demand_aaguid(path[0], attested)
    return Attestation(CERTIFIED, path)


def _demand_packed_certificate(leaf: x509.Certificate) -> None:
    """WebAuthn 3, section 8.2.1."""
    units = [name.value for name in leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)]
    named = all(
        leaf.subject.get_attributes_for_oid(oid)
        for oid in (NameOID.COUNTRY_NAME, NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
    )
    if leaf.version is not x509.Version.v3 or units != ["Authenticator Attestation"] or not named:
        raise BadAttestation("a certificate that is not one of an authenticator's attestation")
    demand_no_ca(leaf)


def _fido_u2f(given: AttestationObject, attested: AttestedCredential, hashed: bytes) -> Attestation:
    path = read_path(given)
    public, key = path[0].public_key(), attested.key.public
    if len(path) != 1 or not _is_p256(public) or not isinstance(key, ec.EllipticCurvePublicKey) or not _is_p256(key):
        raise BadAttestation("not one P-256 certificate and one P-256 key")
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    signed = b"\x00" + given.data.rp_id_hash + hashed + attested.credential_id + point
    verify_signature(public, ES256, take_bytes(given, "sig"), signed)
    return Attestation(CERTIFIED, path)


def _is_p256(public: object) -> bool:
    return isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name == "secp256r1"


def _android_key(given: AttestationObject, attested: AttestedCredential, hashed: bytes) -> Attestation:
    path = read_path(given)
    verify_signature(path[0].public_key(), take_algorithm(given), take_bytes(given, "sig"), given.raw + hashed)
    demand_same_key(path[0], attested)
    description = find_extension(path[0], _ANDROID_KEY)
    # KeyDescription: the challenge is an OCTET STRING of 32 bytes; that the description holds it exactly once, as
    # such, is what ties the certificate to this ceremony.
    if description is None or description.count(b"\x04\x20" + hashed) != 1:
        raise BadAttestation("a certificate for another challenge")
    return Attestation(CERTIFIED, path)


def _apple(given: AttestationObject, attested: AttestedCredential, hashed: bytes) -> Attestation:
    path = read_path(given)
    nonce = hashlib.sha256(given.raw + hashed).digest()
    # The extension is SEQUENCE { [1] { OCTET STRING nonce } }, 38 bytes in all.
    if find_extension(path[0], _APPLE_NONCE) != b"\x30\x24\xa1\x22\x04\x20" + nonce:
        raise BadAttestation("a certificate for another challenge")
    demand_same_key(path[0], attested)
    return Attestation(CERTIFIED, path)


def _tpm(given: AttestationObject, attested: AttestedCredential, hashed: bytes) -> Attestation:
    return Attestation(CERTIFIED, judge_tpm(given, attested, hashed))


_FORMATS: Final[Mapping[str, Callable[[AttestationObject, AttestedCredential, bytes], Attestation]]] = {
    "none": _none,
    "packed": _packed,
    "fido-u2f": _fido_u2f,
    "android-key": _android_key,
    "apple": _apple,
    "tpm": _tpm,
}
