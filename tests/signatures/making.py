"""Own small material for the tests of `signatures`: authorities, leaves, CRLs and CMS with every knob to turn wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from signatures import Evidence, PathResult, Policy, TrustAnchors, asn1, validate_path
from signatures.asn1 import INTEGER, OCTET_STRING, OID, SEQUENCE, SET, UTC_TIME
from signatures.der import encode

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
NULL = b"\x05\x00"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

HASH_OIDS = {
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
RSA_OIDS = {"sha1": "1.2.840.113549.1.1.5", "sha256": "1.2.840.113549.1.1.11", "sha512": "1.2.840.113549.1.1.13"}
ECDSA_OIDS = {"sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3", "sha512": "1.2.840.10045.4.3.4"}


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    body = bytearray()
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        body += bytes(reversed(groups))
    return encode(OID, bytes(body))


def integer(number: int) -> bytes:
    size = (number + (number < 0)).bit_length() // 8 + 1
    return encode(INTEGER, number.to_bytes(size, "big", signed=True))


def algorithm(dotted: str, parameters: bytes = b"") -> bytes:
    return encode(SEQUENCE, oid(dotted), parameters)


def attribute(dotted: str, *values: bytes) -> bytes:
    return encode(SEQUENCE, oid(dotted), encode(SET, *values))


def indefinite(tag: int, *contents: bytes) -> bytes:
    """A constructed element of indefinite length, as BER allows it."""
    return bytes((tag | 0x20, 0x80)) + b"".join(contents) + b"\0\0"


@lru_cache(maxsize=32)
def make_key(kind: str = "ec", place: int = 0) -> Key:
    """One key for each kind and place; made once, as RSA takes its time."""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:] or 2048))
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    curves: dict[str, ec.EllipticCurve] = {"ec": ec.SECP256R1(), "ec384": ec.SECP384R1(), "ec521": ec.SECP521R1()}
    return ec.generate_private_key(curves[kind])


def name_of(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "KZ"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _hash_for(key: Key) -> hashes.SHA256 | None:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


@dataclass
class Holder:
    """A certificate with its private key."""

    key: Key
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


def usage(*names: str) -> x509.KeyUsage:
    known = [
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ]
    return x509.KeyUsage(**{name: name in names for name in known})


@dataclass
class Ca(Holder):
    """An authority that issues authorities, leaves and CRLs."""

    serial: int = 1000
    revoked: list[tuple[int, datetime, x509.ReasonFlags | None]] = field(default_factory=list)

    @classmethod
    def root(cls, common: str = "Test Root", key: Key | None = None, **options: object) -> Ca:
        key = key or make_key("ec", 1)
        certificate = _certify(key, name_of(common), name_of(common), key, 1, ca=True, **options)  # type: ignore[arg-type]
        return cls(key, certificate)

    def issue(
        self,
        common: str = "Signer",
        *,
        key: Key | None = None,
        subject: x509.Name | None = None,
        ca: bool = False,
        **options: object,
    ) -> Ca:
        key = key or make_key("ec", 2)
        self.serial += 1
        certificate = _certify(
            self.key,
            self.certificate.subject,
            name_of(common) if subject is None else subject,
            key,
            self.serial,
            ca=ca,
            **options,  # type: ignore[arg-type]
        )
        return Ca(key, certificate, serial=self.serial * 100)

    def revoke(self, holder: Holder, at: datetime, reason: x509.ReasonFlags | None = None) -> None:
        self.revoked.append((holder.certificate.serial_number, at, reason))

    def crl(
        self,
        this_update: datetime = AT - timedelta(hours=1),
        life: timedelta = timedelta(days=7),
        *,
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
        issuer: x509.Name | None = None,
        key: Key | None = None,
    ) -> bytes:
        builder = x509.CertificateRevocationListBuilder(
            issuer_name=issuer or self.certificate.subject, last_update=this_update, next_update=this_update + life
        )
        for serial, at, reason in self.revoked:
            entry = x509.RevokedCertificateBuilder(serial, at)
            if reason is not None:
                entry = entry.add_extension(x509.CRLReason(reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        key = key or self.key
        return builder.sign(key, _hash_for(key)).public_bytes(Encoding.DER)


def _certify(
    signer: Key,
    issuer: x509.Name,
    subject: x509.Name,
    key: Key,
    serial: int,
    *,
    ca: bool,
    begin: datetime = AT - timedelta(days=365),
    end: datetime = AT + timedelta(days=365),
    path_length: int | None = None,
    key_usage: x509.KeyUsage | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    basic: bool = True,
    digest: hashes.HashAlgorithm | None = None,
    pss: bool = False,
    key_id: bool = True,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(begin)
        .not_valid_after(end)
    )
    if ca and basic:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    default = usage("key_cert_sign", "crl_sign") if ca else usage("digital_signature", "content_commitment")
    builder = builder.add_extension(key_usage or default, critical=True)
    if key_id:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    if pss:
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        return builder.sign(signer, hashes.SHA256(), rsa_padding=scheme)  # type: ignore[arg-type]
    return builder.sign(signer, digest or _hash_for(signer))  # type: ignore[arg-type]


def sign(key: Key, message: bytes, digest: str = "sha256") -> tuple[bytes, bytes]:
    """The AlgorithmIdentifier and the signature value."""
    kinds: dict[str, hashes.HashAlgorithm] = {
        "sha1": hashes.SHA1(),  # noqa: S303
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }
    if isinstance(key, rsa.RSAPrivateKey):
        return algorithm(RSA_OIDS[digest], NULL), key.sign(message, padding.PKCS1v15(), kinds[digest])
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return algorithm("1.3.101.112"), key.sign(message)
    return algorithm(ECDSA_OIDS[digest]), key.sign(message, ec.ECDSA(kinds[digest]))


def essential(content: bytes, digest: str = "sha256", content_type: str = DATA) -> list[bytes]:
    """content-type, message-digest and signing-time."""
    return [
        attribute("1.2.840.113549.1.9.3", oid(content_type)),
        attribute("1.2.840.113549.1.9.4", encode(OCTET_STRING, hashlib.new(digest, content).digest())),
        attribute("1.2.840.113549.1.9.5", encode(UTC_TIME, AT.strftime("%y%m%d%H%M%SZ").encode())),
    ]


def ess(certificate: bytes, *, version: int = 2, digest: bytes | None = None) -> bytes:
    """signing-certificate-v2 (SHA-256) or signing-certificate (SHA-1)."""
    made = hashlib.sha256(certificate).digest() if version == 2 else hashlib.sha1(certificate).digest()  # noqa: S324
    reference = encode(SEQUENCE, encode(SEQUENCE, encode(SEQUENCE, encode(OCTET_STRING, digest or made))))
    return attribute("1.2.840.113549.1.9.16.2.47" if version == 2 else "1.2.840.113549.1.9.16.2.12", reference)


def signer_info(
    holder: Holder,
    content: bytes,
    *,
    digest: str = "sha256",
    attributes: list[bytes] | None = None,
    ordered: bool = True,
    unsigned: Sequence[bytes] = (),
    sign_with: Callable[[Key, bytes, str], tuple[bytes, bytes]] = sign,
    digest_algorithm: bytes | None = None,
    by_key_id: bytes | None = None,
    content_type: str = DATA,
) -> bytes:
    """One SignerInfo. `attributes=[]` signs the content itself; `ordered=False` signs and writes them as given."""
    parts = essential(content, digest, content_type) if attributes is None else attributes
    parts = sorted(parts) if ordered else parts
    message = encode(SET, *parts) if parts else content
    named, value = sign_with(holder.key, message, digest)
    certificate = holder.certificate
    issuer = certificate.issuer.public_bytes()
    identifier = encode(SEQUENCE, issuer, integer(certificate.serial_number))
    return encode(
        SEQUENCE,
        integer(1),
        encode(0x80, by_key_id) if by_key_id is not None else identifier,
        digest_algorithm or algorithm(HASH_OIDS[digest], NULL),
        *([encode(0xA0, *parts)] if parts else []),
        named,
        encode(OCTET_STRING, value),
        *([encode(0xA1, *unsigned)] if unsigned else []),
    )


def envelope(
    content: bytes | None,
    signers: Sequence[bytes],
    certificates: Sequence[bytes] = (),
    *,
    crls: Sequence[bytes] = (),
    content_type: str = DATA,
    ber: bool = False,
) -> bytes:
    """ContentInfo with SignedData; `ber`: indefinite lengths, and the content split in pieces."""
    wrap = indefinite if ber else encode
    held: list[bytes] = []
    if content is not None and ber:
        pieces = [encode(OCTET_STRING, content[at : at + 3]) for at in range(0, len(content), 3)]
        held = [indefinite(0xA0, indefinite(OCTET_STRING, *pieces))]
    elif content is not None:
        held = [encode(0xA0, encode(OCTET_STRING, content))]
    inner = wrap(
        SEQUENCE,
        integer(1),
        encode(SET, algorithm(HASH_OIDS["sha256"], NULL)),
        wrap(SEQUENCE, oid(content_type), *held),
        *([wrap(0xA0, *certificates)] if certificates else []),
        *([wrap(0xA1, *crls)] if crls else []),
        wrap(SET, *signers),
    )
    return wrap(SEQUENCE, oid(SIGNED_DATA), wrap(0xA0, inner))


def cms(holder: Holder, content: bytes, *, detached: bool = False, ber: bool = False, **options: object) -> bytes:
    """A CMS with one signer and its certificate inside."""
    info = signer_info(holder, content, **options)  # type: ignore[arg-type]
    return envelope(None if detached else content, [info], [holder.der], ber=ber)


def certificates_in(signed: bytes) -> list[bytes]:
    """The certificates of an envelope, for tests that take it apart."""
    from signatures.model import read_signed_data

    return read_signed_data(asn1.parse(signed, ber=True)).certificates


LENIENT = Policy.default().without_revocation()


def validate(leaf: Ca, *above: Ca, anchor: Ca, at: datetime = AT, **options: object) -> PathResult:
    """The path of a leaf over these authorities, without revocation."""
    evidence = Evidence.of([one.der for one in above])
    anchors = TrustAnchors.of(anchor.der)
    return validate_path(leaf.der, anchors=anchors, evidence=evidence, at=at, policy=LENIENT, **options)  # type: ignore[arg-type]


def code(result: PathResult) -> str:
    """The code of the check that decided against a path; empty if none did."""
    return "" if result.failure is None else result.failure.code


def harmless(signed: bytes, place: int) -> bool:
    """Bytes that no signature covers and that can be changed without a change of meaning.

    The versions, the list of digest algorithms, and letters of the issuer's name beside the serial number: names are
    compared without case (RFC 5280 section 7.1).
    """
    root = asn1.parse(signed, ber=True)
    inner = root.children()[1].only()
    version, digests = inner.children()[:2]
    signers = inner.children()[-1].children()
    loose = [version, digests, *(item for signer in signers for item in signer.children()[:2])]
    return any(element.content <= place < element.stop for element in loose)
