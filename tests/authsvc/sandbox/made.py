"""What the sandbox's tests have in common: the moment, invented numbers, and second opinions on signatures."""

from __future__ import annotations

import base64
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from authsvc.web.sandbox.pki import invent_bin, invent_iin
from authsvc.web.sandbox.pki.der import inside, read
from signatures.gost import PublicKey, Streebog

NOW = 1_795_514_400_000  # 2026-11-24T10:00:00Z
HOUR = 3_600_000
ORGANIZATION = 'ЖШС "СЫНАҚ TEST"'
BIN = invent_bin(date(1999, 1, 1), 1)
OPENSSL = shutil.which("openssl")


def iin(serial: int) -> str:
    """An IIN that nobody alive has."""
    return invent_iin(date(1899, 5, 17), serial)


def moment(ms: int) -> datetime:
    """The same as a datetime."""
    return datetime.fromtimestamp(ms // 1000, UTC)


def verifies(certificate: bytes, signature: bytes, data: bytes) -> bool:
    """Whether the signature over `data` holds under the certificate's key, by code that did not make it."""
    tbs = inside(certificate)[0].raw
    if b"\x2a\x83\x0e\x03\x0a\x01\x01\x02\x02\x01" in inside(tbs)[6].raw:
        (octets,) = read(inside(inside(tbs)[6].raw)[1].content[1:])
        return PublicKey.of("1.2.398.3.10.1.1.2.2.1", octets.content).verifies(signature, Streebog(64, data).digest())
    key = x509.load_der_x509_certificate(certificate).public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        else:
            assert isinstance(key, ec.EllipticCurvePublicKey)
            key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def signed_by(document: bytes, certificate: bytes) -> bool:
    """Whether a certificate, CRL or BasicOCSPResponse was signed by this certificate's key."""
    tbs, _, bits = inside(document)[:3]
    return verifies(certificate, bits.content[1:], tbs.raw)


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run OpenSSL's command line; the test is skipped where there is none."""
    if OPENSSL is None:
        pytest.skip("no openssl on PATH")
    return subprocess.run([OPENSSL, *map(str, arguments)], capture_output=True, check=False, timeout=60)


def write_pem(path: Path, kind: str, *ders: bytes) -> Path:
    """Several DER things of one kind as one PEM file."""
    blocks = (f"-----BEGIN {kind}-----\n{base64.encodebytes(der).decode()}-----END {kind}-----\n" for der in ders)
    path.write_text("".join(blocks))
    return path
