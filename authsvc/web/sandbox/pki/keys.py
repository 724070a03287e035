"""RFC 5280 4.1.2.7, RFC 8017, RFC 5480, RFC 5958: the keys of the test PKI, one shape for the three families.

RSA and ECDSA are done by `cryptography`, GOST by `gost_signing`. Signatures are deterministic and keys come from given
bytes, so a PKI made twice from the same bytes is the same PKI.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal, Protocol, TypeAlias, get_args

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from authsvc.web.sandbox.pki import der, gost_signing, primes
from signatures.gost import Streebog

Family: TypeAlias = Literal["rsa", "ecdsa", "gost"]
Entropy: TypeAlias = Callable[[int], bytes]

FAMILIES: Final[tuple[Family, ...]] = get_args(Family)
RSA_BITS: Final = 2048

SHA256: Final = der.algorithm("2.16.840.1.101.3.4.2.1")
STREEBOG512: Final = der.algorithm("1.2.398.3.10.1.3.3")
_GOST_KEY: Final = der.algorithm(
    "1.2.398.3.10.1.1.2.2", der.sequence(der.oid(gost_signing.CURVE_OID), der.oid("1.2.398.3.10.1.3.3"))
)


class SigningKey(Protocol):
    """A private key with what the documents need to say about it."""

    @property
    def family(self) -> Family:
        """Which of the three families."""

    @property
    def signature_algorithm(self) -> bytes:
        """DER AlgorithmIdentifier of its signatures."""

    @property
    def digest_algorithm(self) -> bytes:
        """DER AlgorithmIdentifier of the hash that goes with it."""

    def digest(self, data: bytes) -> bytes:
        """The hash that goes with it."""

    def sign(self, data: bytes) -> bytes:
        """Signature over `data` (hashed inside) as it stands in a BIT STRING or in a SignerInfo."""

    def public_info(self) -> bytes:
        """DER SubjectPublicKeyInfo."""

    def to_pem(self) -> str:
        """PKCS #8, not encrypted."""


@dataclass(frozen=True, slots=True)
class RsaKey:
    """RSA PKCS #1 v1.5 with SHA-256."""

    private: rsa.RSAPrivateKey
    family: ClassVar[Family] = "rsa"
    signature_algorithm: ClassVar[bytes] = der.algorithm("1.2.840.113549.1.1.11", der.NULL)
    digest_algorithm: ClassVar[bytes] = SHA256

    def digest(self, data: bytes) -> bytes:
        """SHA-256."""
        return hashlib.sha256(data).digest()

    def sign(self, data: bytes) -> bytes:
        """PKCS #1 v1.5 over SHA-256."""
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def public_info(self) -> bytes:
        """DER SubjectPublicKeyInfo."""
        return _public_info(self.private)

    def to_pem(self) -> str:
        """PKCS #8."""
        return _to_pem(self.private)


@dataclass(frozen=True, slots=True)
class EcdsaKey:
    """ECDSA on P-256 with SHA-256, nonces by RFC 6979."""

    private: ec.EllipticCurvePrivateKey
    family: ClassVar[Family] = "ecdsa"
    signature_algorithm: ClassVar[bytes] = der.algorithm("1.2.840.10045.4.3.2")
    digest_algorithm: ClassVar[bytes] = SHA256

    def digest(self, data: bytes) -> bytes:
        """SHA-256."""
        return hashlib.sha256(data).digest()

    def sign(self, data: bytes) -> bytes:
        """DER of r and s."""
        return self.private.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))

    def public_info(self) -> bytes:
        """DER SubjectPublicKeyInfo."""
        return _public_info(self.private)

    def to_pem(self) -> str:
        """PKCS #8."""
        return _to_pem(self.private)


@dataclass(frozen=True, slots=True)
class GostKey:
    """GOST 34.10-2015 with 512 bits and Streebog-512; `private` is the number d."""

    private: int = field(repr=False)
    family: ClassVar[Family] = "gost"
    signature_algorithm: ClassVar[bytes] = der.algorithm("1.2.398.3.10.1.1.2.3.2", der.NULL)
    digest_algorithm: ClassVar[bytes] = STREEBOG512

    def digest(self, data: bytes) -> bytes:
        """Streebog-512."""
        return Streebog(64, data).digest()

    def sign(self, data: bytes) -> bytes:
        """r then s, little-endian."""
        return gost_signing.sign(self.private, self.digest(data))

    def public_info(self) -> bytes:
        """DER SubjectPublicKeyInfo: x then y, little-endian, in an OCTET STRING."""
        return der.sequence(_GOST_KEY, der.bits(der.octets(gost_signing.public_bytes(self.private))))

    def to_pem(self) -> str:
        """PKCS #8 as the national test kit writes it: d little-endian in an OCTET STRING of its own."""
        number = self.private.to_bytes(gost_signing.CURVE.size, "little")
        return _armour(der.sequence(der.integer(0), _GOST_KEY, der.octets(der.octets(number))))


def generate(family: Family, entropy: Entropy) -> SigningKey:
    """A new key from given bytes."""
    if family == "rsa":
        return _generate_rsa(entropy)
    if family == "ecdsa":
        order = int("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
        number = int.from_bytes(entropy(40)) % (order - 1) + 1
        return EcdsaKey(ec.derive_private_key(number, ec.SECP256R1()))
    return GostKey(int.from_bytes(entropy(72)) % (gost_signing.CURVE.q - 1) + 1)


def load(pem: str) -> SigningKey:
    """The key that `to_pem` wrote; a ValueError for anything else."""
    body = base64.b64decode("".join(line for line in pem.split("\n") if not line.startswith("-----")))
    _, algorithm, wrapped = der.inside(body)[:3]
    if algorithm.raw == _GOST_KEY:
        return GostKey(int.from_bytes(der.inside(wrapped.raw)[0].content, "little"))
    # The check costs 30 ms a key and guards against other people's keys; these are our own.
    private = serialization.load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    if isinstance(private, rsa.RSAPrivateKey):
        return RsaKey(private)
    if isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, ec.SECP256R1):
        return EcdsaKey(private)
    raise ValueError("not a key of the test PKI")


def _generate_rsa(entropy: Entropy) -> RsaKey:
    p, q = primes.rsa_primes(RSA_BITS, entropy)
    d = pow(primes.EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(primes.EXPONENT, p * q)
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public
    )
    return RsaKey(numbers.private_key())


def _public_info(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _to_pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _armour(body: bytes) -> str:
    text = base64.b64encode(body).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----", ""])
