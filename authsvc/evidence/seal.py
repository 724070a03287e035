"""The organisation's seal over a package: ASiC-E with CAdES (ETSI EN 319 162-1; CAdES B-B and B-T, EN 319 122-1).

The manifest names every file of the package by its SHA-256; the CMS (RFC 5652) signs the manifest and names its own
certificate (ESS signing-certificate-v2, RFC 5035). A seal says who handed the package out, and no more.
"""

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from xml.sax.saxutils import quoteattr

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from authsvc.evidence.package_read import MANIFEST, MIMETYPE_FILE, SEAL
from signatures import Certificate

_TYPES: Final = {
    "html": "text/html",
    "json": "application/json",
    "note": "text/plain",
    "pdf": "application/pdf",
    "py": "text/x-python",
    "txt": "text/plain",
    "xml": "application/xml",
}
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_NAMESPACE: Final = "http://uri.etsi.org/02918/v1.2.1#"
_DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"


@dataclass(frozen=True, slots=True)
class SealKey:
    """The organisation's key with its certificates (DER), the key's own first, and CRLs for them."""

    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificates: Sequence[bytes]
    crls: Sequence[bytes] = ()


def seal_files(files: Mapping[str, bytes], key: SealKey, *, at: int, token: bytes = b"") -> dict[str, bytes]:
    """The files of `META-INF/` over these. `at` is the time of sealing in ms.

    `token` is a time stamp (RFC 3161, DER) over `sign_value` of the same arguments: with it the seal is a B-T.
    """
    manifest = write_manifest(files)
    return {MANIFEST: manifest, SEAL: sign_detached(manifest, key, at=at, token=token)}


def write_manifest(files: Mapping[str, bytes]) -> bytes:
    """ASiCManifest (EN 319 162-1 annex A.4) over all files but `mimetype` and `META-INF/`, in their order."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<asic:ASiCManifest xmlns:asic="{_NAMESPACE}" xmlns:ds="{_DSIG}">',
        f'<asic:SigReference URI="{SEAL}" MimeType="application/pkcs7-signature"/>',
    ]
    for path, data in files.items():
        if path != MIMETYPE_FILE and not path.startswith("META-INF/"):
            digest = b64encode(hashlib.sha256(data).digest()).decode()
            lines.append(
                f"<asic:DataObjectReference URI={quoteattr(path)} MimeType={quoteattr(mime_type(path))}>"
                f'<ds:DigestMethod Algorithm="{_SHA256}"/><ds:DigestValue>{digest}</ds:DigestValue>'
                "</asic:DataObjectReference>"
            )
    return "\n".join([*lines, "</asic:ASiCManifest>", ""]).encode()


def mime_type(path: str) -> str:
    """The media type of a file of a package, by its name."""
    return _TYPES.get(path.rpartition(".")[2], "application/octet-stream")


# --- CMS, written in DER (X.690) ---

_DATA, _SIGNED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_SIGNING_TIME, _SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.5", "1.2.840.113549.1.9.16.2.47"
_SIGNATURE_TIME_STAMP = "1.2.840.113549.1.9.16.2.14"
_RSA_SHA256, _ECDSA_SHA256 = "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"
_NULL = b"\x05\x00"


def sign_value(content: bytes, key: SealKey, *, at: int) -> bytes:
    """The bare signature that `sign_detached` puts into the CMS: the same bytes for the same arguments.

    RSA by PKCS #1 v1.5; ECDSA with its secret number from key and content (RFC 6979).
    """
    if isinstance(key.private, rsa.RSAPrivateKey):
        return key.private.sign(_signed_attributes(content, key, at), padding.PKCS1v15(), hashes.SHA256())
    chosen = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    return key.private.sign(_signed_attributes(content, key, at), chosen)


def sign_detached(content: bytes, key: SealKey, *, at: int, token: bytes = b"") -> bytes:
    """A detached CAdES signature (DER ContentInfo) over the content, certificates and CRLs inside."""
    certificate = Certificate.of(key.certificates[0])
    is_rsa = isinstance(key.private, rsa.RSAPrivateKey)
    unsigned = [_tlv(0xA1, _attribute(_SIGNATURE_TIME_STAMP, token))] if token else []
    signer = _tlv(
        0x30,
        _integer(1),
        _tlv(0x30, certificate.issuer.der, _integer(certificate.serial)),
        _digest_algorithm(),
        b"\xa0" + _signed_attributes(content, key, at)[1:],
        _tlv(0x30, _oid(_RSA_SHA256), _NULL) if is_rsa else _tlv(0x30, _oid(_ECDSA_SHA256)),
        _tlv(0x04, sign_value(content, key, at=at)),
        *unsigned,
    )
    crls = [_tlv(0xA1, *sorted(key.crls))] if key.crls else []
    signed = _tlv(
        0x30,
        _integer(1),
        _set(_digest_algorithm()),
        _tlv(0x30, _oid(_DATA)),
        _tlv(0xA0, *sorted(dict.fromkeys(key.certificates))),
        *crls,
        _set(signer),
    )
    return _tlv(0x30, _oid(_SIGNED_DATA), _tlv(0xA0, signed))


def _signed_attributes(content: bytes, key: SealKey, at: int) -> bytes:
    """The SET OF that is hashed; in the SignerInfo its contents stand under [0] (RFC 5652, 5.4)."""
    return _set(
        _attribute(_CONTENT_TYPE, _oid(_DATA)),
        _attribute(_MESSAGE_DIGEST, _tlv(0x04, hashlib.sha256(content).digest())),
        _attribute(_SIGNING_TIME, _time(at)),
        _attribute(_SIGNING_CERTIFICATE_V2, _name_certificate(Certificate.of(key.certificates[0]))),
    )


def _name_certificate(certificate: Certificate) -> bytes:
    """SigningCertificateV2; SHA-256 is the default and so, by DER, not written."""
    issuer = _tlv(0x30, _tlv(0xA4, certificate.issuer.der))
    named = _tlv(
        0x30,
        _tlv(0x04, hashlib.sha256(certificate.der).digest()),
        _tlv(0x30, issuer, _integer(certificate.serial)),
    )
    return _tlv(0x30, _tlv(0x30, named))


def _digest_algorithm() -> bytes:
    return _tlv(0x30, _oid("2.16.840.1.101.3.4.2.1"))


def _attribute(kind: str, value: bytes) -> bytes:
    return _tlv(0x30, _oid(kind), _tlv(0x31, value))


def _set(*parts: bytes) -> bytes:
    """SET OF in the order that DER demands (X.690 11.6)."""
    return _tlv(0x31, *sorted(parts))


def _integer(value: int) -> bytes:
    return _tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


def _oid(dotted: str) -> bytes:
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    content = bytearray()
    for arc in (first * 40 + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return _tlv(0x06, bytes(content))


def _time(ms: int) -> bytes:
    """Time of whole seconds: UTCTime through 2049, GeneralizedTime after (RFC 5652, 11.3)."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=ms // 1000)
    if moment.year < 2050:
        return _tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return _tlv(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())


def _tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content
