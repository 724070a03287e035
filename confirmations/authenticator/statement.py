"""Attestation objects (WebAuthn 3, section 6.5.4) and what the formats of statements have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from confirmations.authenticator.cbor import Cbor, decode_all
from confirmations.authenticator.data import AttestedCredential, AuthenticatorData, read_authenticator_data
from confirmations.authenticator.errors import BadAttestation, Malformed

MAX_BYTES: Final = 65_536
MAX_CERTIFICATES: Final = 8
MAX_CERTIFICATE: Final = 16_384

_AAGUID: Final = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")


@dataclass(frozen=True, slots=True)
class AttestationObject:
    """An attestation object in its parts; `raw` is the authenticator data as it was signed."""

    format: str
    statement: Mapping[int | str, Cbor]
    raw: bytes
    data: AuthenticatorData


def read_attestation(data: bytes) -> AttestationObject:
    """The one reading of an attestation object. Malformed, BadKey."""
    if len(data) > MAX_BYTES:
        raise Malformed("an attestation object that is too large")
    members = decode_all(data)
    if not isinstance(members, dict) or members.keys() != {"fmt", "attStmt", "authData"}:
        raise Malformed("not the members of an attestation object")
    form, statement, raw = members["fmt"], members["attStmt"], members["authData"]
    if not isinstance(form, str) or not isinstance(statement, dict) or not isinstance(raw, bytes):
        raise Malformed("members of an attestation object of other types")
    return AttestationObject(form, statement, raw, read_authenticator_data(raw))


def demand_no_ca(leaf: x509.Certificate) -> None:
    """BadAttestation for a certificate that does not say that it is no CA."""
    try:
        constraints = leaf.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (x509.ExtensionNotFound, ValueError) as error:
        raise BadAttestation("a certificate without basic constraints") from error
    if constraints.ca:
        raise BadAttestation("an attestation by a CA's own certificate")


def demand_aaguid(leaf: x509.Certificate, attested: AttestedCredential) -> None:
    """BadAttestation for a certificate of another model than the credential's."""
    value = find_extension(leaf, _AAGUID)
    if value is not None and value != b"\x04\x10" + attested.aaguid:
        raise BadAttestation("a certificate for another model of authenticator")


def demand_same_key(leaf: x509.Certificate, attested: AttestedCredential) -> None:
    """BadAttestation for a certificate over another key than the credential's."""
    if leaf.public_key() != attested.key.public:
        raise BadAttestation("a certificate over another key")


def find_extension(leaf: x509.Certificate, oid: x509.ObjectIdentifier) -> bytes | None:
    """The DER of an extension's value, None when it is not there."""
    try:
        value = leaf.extensions.get_extension_for_oid(oid).value
    except x509.ExtensionNotFound:
        return None
    except ValueError as error:
        raise BadAttestation("a certificate whose extensions can't be read") from error
    return value.value if isinstance(value, x509.UnrecognizedExtension) else value.public_bytes()


def read_path(given: AttestationObject) -> tuple[x509.Certificate, ...]:
    """The certificates of a statement, leaf first. BadAttestation."""
    listed = given.statement.get("x5c")
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_CERTIFICATES:
        raise BadAttestation("not a path of certificates")
    try:
        path = tuple(x509.load_der_x509_certificate(_certificate(each)) for each in listed)
        path[0].public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadAttestation("a certificate that can't be read") from error
    return path


def _certificate(value: Cbor) -> bytes:
    if not isinstance(value, bytes) or len(value) > MAX_CERTIFICATE:
        raise BadAttestation("a certificate that is none, or too large")
    return value


def take_algorithm(given: AttestationObject) -> int:
    algorithm = given.statement.get("alg")
    if type(algorithm) is not int:
        raise BadAttestation("a statement without its algorithm")
    return algorithm


def take_bytes(given: AttestationObject, name: str) -> bytes:
    """A byte string of the statement. BadAttestation."""
    value = given.statement.get(name)
    if not isinstance(value, bytes):
        raise BadAttestation(f"a statement without {name}")
    return value
