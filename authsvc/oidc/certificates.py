"""Client certificates (RFC 8705): who a client is by its TLS connection, and what tokens are bound to.

Two methods: a certificate under an authority that the operator trusts for clients, by the one name that the client
registered (2.1); or a self-signed one that stands in the client's own keys (2.2). Bytes from a proxy are hostile input.
"""

import hashlib
import ipaddress
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from authsvc.errors import InvalidRequest
from authsvc.keys import b64url
from authsvc.oidc.jose import public_key_of
from authsvc.oidc.relying_party import SELF_SIGNED, RelyingParty
from authsvc.service import Service
from signatures import Evidence, Policy, TrustAnchors, validate_path
from signatures.errors import SignaturesError

FOLDER = "clients"
"""Below `trust_dir`: the authorities of clients, and in `evidence/` further CA certificates and CRLs."""


def thumbprint(certificate: bytes) -> str:
    """`x5t#S256` (RFC 8705 3.1)."""
    return b64url(hashlib.sha256(certificate).digest())


def is_clients_own(svc: Service, party: RelyingParty, certificate: bytes) -> bool:
    """Whether this certificate (DER) authenticates the client, by the method that it is registered for."""
    if not certificate:
        return False
    if party.auth_method == SELF_SIGNED:
        return any(_registered(jwk) == certificate for jwk in party.jwks)
    return _is_named(party, certificate) and _is_trusted(svc, certificate)


def check_registered(jwk: Mapping[str, object]) -> None:
    """InvalidRequest unless the key's certificate (`x5c`) is one over this very key."""
    der = _registered(jwk)
    try:
        certificate = _parse(der)
        own = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        same = own == public_key_of(jwk).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except ValueError as error:
        raise InvalidRequest("jwks: x5c holds the client's certificate, base64 of DER") from error
    if not same:
        raise InvalidRequest("jwks: the certificate in x5c is over another key")


def _registered(jwk: Mapping[str, object]) -> bytes:
    chain = jwk.get("x5c")
    first = chain[0] if isinstance(chain, list | tuple) and chain else None
    try:
        return b64decode(first, validate=True) if isinstance(first, str) else b""
    except (Base64Error, ValueError):
        return b""


@lru_cache(maxsize=1_000)
def _parse(der: bytes) -> x509.Certificate:
    """ValueError for what is no certificate."""
    return x509.load_der_x509_certificate(der)


def _is_named(party: RelyingParty, der: bytes) -> bool:
    """Whether the certificate has the one name that the client registered (RFC 8705 2.1.2)."""
    kind, wanted = party.certificate_name
    try:
        certificate = _parse(der)
        if kind == "tls_client_auth_subject_dn":
            return certificate.subject == x509.Name.from_rfc4514_string(wanted)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    match kind:
        case "tls_client_auth_san_dns":
            return wanted.lower() in (name.lower() for name in names.get_values_for_type(x509.DNSName))
        case "tls_client_auth_san_uri":
            return wanted in names.get_values_for_type(x509.UniformResourceIdentifier)
        case "tls_client_auth_san_ip":
            return ipaddress.ip_address(wanted) in names.get_values_for_type(x509.IPAddress)
        case "tls_client_auth_san_email":
            return wanted in names.get_values_for_type(x509.RFC822Name)
    return False


def _is_trusted(svc: Service, der: bytes) -> bool:
    """Whether a path leads to an authority of clients now; what its CRLs at hand prove counts (RFC 5280 6)."""
    anchors, evidence = _authorities(*_files(svc.settings.trust_dir / FOLDER))
    at = datetime.fromtimestamp(svc.clock.now() / 1000, UTC)
    try:
        found = validate_path(der, anchors=anchors, evidence=evidence, at=at, policy=_POLICY)
        return found.valid and _serves_clients(der)
    except (SignaturesError, ValueError):
        return False


_POLICY = Policy.default().without_revocation()


def _serves_clients(der: bytes) -> bool:
    """RFC 5280 4.2.1.12: a certificate that says what it is for must say that it is for clients of TLS."""
    try:
        usages = _parse(der).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return bool({ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(usages))


Files = tuple[tuple[str, int], ...]


def _files(folder: Path) -> tuple[Files, Files]:
    """Authorities and further material, each file with the time of its last change: a new file counts at once."""
    return _listed(folder), _listed(folder / "evidence")


def _listed(folder: Path) -> Files:
    if not folder.is_dir():
        return ()
    return tuple((str(path), path.stat().st_mtime_ns) for path in sorted(folder.iterdir()) if path.is_file())


@lru_cache(maxsize=8)
def _authorities(anchors: Files, evidence: Files) -> tuple[TrustAnchors, Evidence]:
    return (
        TrustAnchors.of(*(Path(path).read_bytes() for path, _ in anchors)),
        Evidence.sort(tuple(Path(path).read_bytes() for path, _ in evidence)),
    )
