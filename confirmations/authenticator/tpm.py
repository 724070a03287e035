"""TPM attestation (WebAuthn 3, section 8.3): TPMT_PUBLIC and TPMS_ATTEST of the TPM 2.0 Library, Part 2.

The structures are read by the `webauthn` package; what they must say is judged here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ObjectIdentifier
from webauthn.helpers.tpm import parse_cert_info, parse_pub_area
from webauthn.helpers.tpm.structs import TPM_ALG, TPM_ECC_CURVE, TPM_ST, TPMPubArea, TPMPubAreaParametersRSA

from confirmations.authenticator.data import AttestedCredential
from confirmations.authenticator.errors import BadAttestation
from confirmations.authenticator.keys import verify_signature
from confirmations.authenticator.statement import (
    AttestationObject,
    demand_aaguid,
    demand_no_ca,
    read_path,
    take_algorithm,
    take_bytes,
)

RS1: Final = -65_535
"""RSA with SHA-1: what TPMs in the field still attest with. What they attest is fresh, chosen by us and the browser, so
a collision found beforehand is of no use; no credential may use it."""
_GENERATED: Final = b"\xff\x54\x43\x47"
_AIK: Final = ObjectIdentifier("2.23.133.8.3")
_TPM_NAMES: Final = {"2.23.133.2.1", "2.23.133.2.2", "2.23.133.2.3"}  # manufacturer, model, version
_HASHES: Final[dict[int, Callable[..., Any]]] = {
    -7: hashlib.sha256, -37: hashlib.sha256, -257: hashlib.sha256,
    -35: hashlib.sha384, -38: hashlib.sha384, -258: hashlib.sha384,
    -36: hashlib.sha512, -39: hashlib.sha512, -259: hashlib.sha512,
    RS1: hashlib.sha1,
}  # fmt: skip
_NAME_HASHES: Final = {TPM_ALG.SHA256: hashlib.sha256, TPM_ALG.SHA384: hashlib.sha384, TPM_ALG.SHA512: hashlib.sha512}
_CURVES: Final = {
    TPM_ECC_CURVE.NIST_P256: "secp256r1",
    TPM_ECC_CURVE.NIST_P384: "secp384r1",
    TPM_ECC_CURVE.NIST_P521: "secp521r1",
}


def judge_tpm(given: AttestationObject, attested: AttestedCredential, hashed: bytes) -> tuple[x509.Certificate, ...]:
    """The path of the attestation key's certificate, once everything but the path holds. BadAttestation."""
    algorithm, path = take_algorithm(given), read_path(given)
    hash_name = _HASHES.get(algorithm)
    if given.statement.get("ver") != "2.0" or hash_name is None:
        raise BadAttestation("a statement of another TPM version or algorithm")
    public, certified = take_bytes(given, "pubArea"), take_bytes(given, "certInfo")
    try:
        area, info = parse_pub_area(public), parse_cert_info(certified)
    except Exception as error:  # the reader is not ours, and raises whatever a wrong byte leads it to
        raise BadAttestation("TPM structures that can't be read") from error
    _demand_key(area, attested)
    if info.magic != _GENERATED or info.type != TPM_ST.ATTEST_CERTIFY:
        raise BadAttestation("not made by a TPM for a key of its own")
    if info.extra_data != hash_name(given.raw + hashed).digest():
        raise BadAttestation("a statement for another challenge")
    name_hash = _NAME_HASHES.get(area.name_alg)
    if name_hash is None or info.attested.name != info.attested.name_alg_bytes + name_hash(public).digest():
        raise BadAttestation("a statement about another key")
    _verify(path[0], algorithm, take_bytes(given, "sig"), certified)
    _demand_certificate(path[0])
    demand_aaguid(path[0], attested)
    return path


def _verify(leaf: x509.Certificate, algorithm: int, signature: bytes, certified: bytes) -> None:
    public = leaf.public_key()
    if algorithm != RS1 or not isinstance(public, rsa.RSAPublicKey):
        verify_signature(public, algorithm, signature, certified)
        return
    try:
        public.verify(signature, certified, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - see RS1
    except InvalidSignature as error:
        raise BadAttestation("the statement's signature does not hold") from error


def _demand_key(area: TPMPubArea, attested: AttestedCredential) -> None:
    key, unique = attested.key.public, area.unique.value
    if isinstance(area.parameters, TPMPubAreaParametersRSA):
        numbers = key.public_numbers() if isinstance(key, rsa.RSAPublicKey) else None
        exponent = int.from_bytes(area.parameters.exponent, "big") or 65_537
        same = numbers is not None and (numbers.n, numbers.e) == (int.from_bytes(unique, "big"), exponent)
    elif isinstance(key, ec.EllipticCurvePublicKey) and _CURVES.get(area.parameters.curve_id) == key.curve.name:
        point = key.public_numbers()
        width = (key.curve.key_size + 7) // 8
        same = unique == point.x.to_bytes(width, "big") + point.y.to_bytes(width, "big")
    else:
        same = False
    if not same:
        raise BadAttestation("a TPM key other than the credential's")


def _demand_certificate(leaf: x509.Certificate) -> None:
    """WebAuthn 3, section 8.3.1: an AIK certificate, empty subject, the TPM named in the alternative name.

    Who made the TPM is for the roots to say: a list of makers here would be out of date.
    """
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        named = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        attributes = {part.oid.dotted_string for name in named.get_values_for_type(x509.DirectoryName) for part in name}
    except (x509.ExtensionNotFound, ValueError) as error:
        raise BadAttestation("a certificate without the extensions of an attestation key") from error
    if (
        leaf.version is not x509.Version.v3
        or len(list(leaf.subject))
        or _AIK not in usage
        or not attributes >= _TPM_NAMES
    ):
        raise BadAttestation("a certificate that is not one of a TPM's attestation key")
    demand_no_ca(leaf)
