"""Signed XML for the tests, written part by part; digests and canonical bytes are lxml's, not the package's own."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

from tests.signatures.making import Ca, sign

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = DS + "enveloped-signature"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
DOCUMENT = (
    b'<?xml version="1.0" encoding="UTF-8"?>'
    b'<pay xmlns="urn:bank"><!-- note --><sum Id="s1">1000</sum><to>Zhibek</to></pay>'
)
UNSIGNED = (
    "<xades:UnsignedProperties><xades:UnsignedSignatureProperties>{}</xades:UnsignedSignatureProperties>"
    "</xades:UnsignedProperties>"
)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def canonical(node: etree._Element, algorithm: str = C14N) -> bytes:
    """By lxml; a subtree is taken out of a copy of its document, so that what it inherits is written."""
    exclusive = algorithm.startswith(EXC)
    return etree.tostring(node, method="c14n", exclusive=exclusive, with_comments=algorithm.endswith("WithComments"))


def reference(
    data: bytes, *, uri: str = "", transforms: Sequence[str] = (ENVELOPED, C14N), kind: str = "", digest: str = SHA256
) -> str:
    """A ds:Reference to bytes that the caller has canonicalised."""
    listed = "".join(f'<ds:Transform Algorithm="{one}"/>' for one in transforms)
    wrapped = f"<ds:Transforms>{listed}</ds:Transforms>" if listed else ""
    named = f' Type="{kind}"' if kind else ""
    return (
        f'<ds:Reference URI="{uri}"{named}>{wrapped}<ds:DigestMethod Algorithm="{digest}"/>'
        f"<ds:DigestValue>{b64(hashlib.sha256(data).digest())}</ds:DigestValue></ds:Reference>"
    )


def properties(signer: Ca, *, of: str = "sig", name: str = "props", digest: bytes | None = None) -> str:
    """xades:QualifyingProperties with SigningTime and SigningCertificateV2."""
    value = b64(digest or hashlib.sha256(signer.der).digest())
    return (
        f'<xades:QualifyingProperties xmlns:xades="{XADES}" Target="#{of}"><xades:SignedProperties Id="{name}">'
        "<xades:SignedSignatureProperties><xades:SigningTime>2026-11-24T09:00:00Z</xades:SigningTime>"
        f'<xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="{SHA256}"/>'
        f"<ds:DigestValue>{value}</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificateV2>"
        "</xades:SignedSignatureProperties></xades:SignedProperties>{unsigned}</xades:QualifyingProperties>"
    )


def signature(
    signer: Ca,
    references: str,
    *,
    certificates: Sequence[bytes] = (),
    method: str = EXC,
    objects: str = "",
    name: str = "sig",
    value_of: Callable[[bytes], bytes] | None = None,
) -> str:
    """A ds:Signature over references whose digests are there already."""
    scheme = ECDSA if isinstance(signer.key, ec.EllipticCurvePrivateKey) else RSA
    info = (
        f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{method}"/>'
        f'<ds:SignatureMethod Algorithm="{scheme}"/>{references}</ds:SignedInfo>'
    )
    message = canonical(etree.fromstring(info.encode()), method)
    value = value_of(message) if value_of is not None else raw_value(signer, message)
    held = "".join(f"<ds:X509Certificate>{b64(one)}</ds:X509Certificate>" for one in certificates or [signer.der])
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id="{name}">{info.replace(f" xmlns:ds={chr(34)}{DS}{chr(34)}", "")}'
        f'<ds:SignatureValue Id="{name}-value">{b64(value)}</ds:SignatureValue>'
        f"<ds:KeyInfo><ds:X509Data>{held}</ds:X509Data></ds:KeyInfo>{objects}</ds:Signature>"
    )


def raw_value(signer: Ca, message: bytes) -> bytes:
    """ECDSA as XML has it, r and s side by side; RSA as it is."""
    _, value = sign(signer.key, message)
    if isinstance(signer.key, ec.EllipticCurvePrivateKey):
        size = (signer.key.curve.key_size + 7) // 8
        return b"".join(one.to_bytes(size, "big") for one in decode_dss_signature(value))
    return value


def enveloped(signer: Ca, document: bytes = DOCUMENT, **options: object) -> bytes:
    """The document with a signature over all of it as its last child."""
    root = etree.fromstring(document)
    made = signature(signer, reference(canonical(root)), **options)  # type: ignore[arg-type]
    return put(document, made)


def put(document: bytes, made: str) -> bytes:
    """With more before the end of the root."""
    at = document.rindex(b"</")
    return document[:at] + made.encode() + document[at:]


def xades(
    signer: Ca, document: bytes = DOCUMENT, unsigned: Callable[[str], str] | None = None, **changes: object
) -> bytes:
    """An enveloped XAdES B-B; `unsigned` makes the unsigned properties from the signature without them."""
    held = properties(signer, **changes)  # type: ignore[arg-type]
    frame = f'<ds:Object xmlns:ds="{DS}">{held.replace("{unsigned}", "")}</ds:Object>'
    # the properties as they stand in the document: with its default namespace in scope
    whole = etree.fromstring(put(document, f'<ds:Signature xmlns:ds="{DS}">{frame}</ds:Signature>'))
    signed = whole.find(f".//{{{XADES}}}SignedProperties")
    assert signed is not None
    listed = reference(canonical(etree.fromstring(document)))
    listed += reference(
        canonical(signed, EXC), uri="#props", transforms=(EXC,), kind="http://uri.etsi.org/01903#SignedProperties"
    )
    plain = signature(signer, listed, objects=f"<ds:Object>{held.replace('{unsigned}', '')}</ds:Object>")
    if unsigned is None:
        return put(document, plain)
    added = UNSIGNED.format(unsigned(plain))
    return put(document, plain.replace("</xades:SignedProperties>", "</xades:SignedProperties>" + added))
