"""Client certificates made for tests: an authority, certificates under it, self-signed ones; and headers of proxies."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.conftest import START_MS

NOW = datetime.fromtimestamp(START_MS / 1000, UTC)
NAMES = [
    x509.DNSName("client.example.kz"),
    x509.UniformResourceIdentifier("https://client.example.kz/id"),
    x509.IPAddress(ip_address("203.0.113.7")),
    x509.RFC822Name("client@example.kz"),
]
SUBJECT = "CN=client.example.kz,O=ТОО Клиент,C=KZ"


def make(
    subject: str = SUBJECT,
    *,
    key: ec.EllipticCurvePrivateKey,
    issuer: tuple[str, ec.EllipticCurvePrivateKey] | None = None,
    is_authority: bool = False,
    usage: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.CLIENT_AUTH,
    days: int = 30,
) -> bytes:
    """One certificate, DER; self-signed without an issuer (its subject and key)."""
    name, signer = issuer or (subject, key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(subject))
        .issuer_name(x509.Name.from_rfc4514_string(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=60))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(_usage(is_authority), critical=True)
    )
    if not is_authority:
        builder = builder.add_extension(x509.SubjectAlternativeName(NAMES), critical=False)
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)


def _usage(is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


def rfc9440(der: bytes) -> str:
    """As `Client-Cert` has it."""
    return f":{b64encode(der).decode()}:"


def escaped(der: bytes) -> str:
    """As nginx writes `$ssl_client_escaped_cert`."""
    return quote(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode())
