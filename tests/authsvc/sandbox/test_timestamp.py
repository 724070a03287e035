"""Time-stamp tokens of the test PKI: OpenSSL's `ts -verify` accepts RSA and ECDSA, a request gets its nonce back."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509

from authsvc.web.sandbox.pki import Family, TestPki, timestamp
from authsvc.web.sandbox.pki.der import inside, integer, octets, read, sequence
from authsvc.web.sandbox.pki.keys import SHA256
from tests.authsvc.sandbox.made import NOW, moment, openssl, verifies, write_pem

DATA = b"stamp me"


def info_of(token: bytes) -> list[bytes]:
    """The fields of the TSTInfo in a token."""
    encapsulated = inside(inside(inside(token)[1].content)[2].raw)[1]
    return [each.raw for each in inside(read(encapsulated.content)[0].content)]


@pytest.mark.parametrize("family", ["rsa", "ecdsa"])
def test_openssl_gets_and_accepts_a_stamp(pki: TestPki, family: Family, tmp_path: Path) -> None:
    authority = pki.authority(family)
    stamper = timestamp.issue_stamper(authority)
    data, request, response = tmp_path / "data", tmp_path / "request", tmp_path / "response"
    data.write_bytes(DATA)
    assert openssl("ts", "-query", "-data", data, "-sha256", "-cert", "-out", request).returncode == 0
    response.write_bytes(timestamp.answer(stamper, request.read_bytes(), at=NOW, entropy=bytes))
    root = write_pem(tmp_path / "root.pem", "CERTIFICATE", authority.root.credential.certificate_der)
    issuing = write_pem(tmp_path / "issuing.pem", "CERTIFICATE", authority.issuing.credential.certificate_der)
    asked = ["ts", "-verify", "-queryfile", request, "-in", response, "-CAfile", root, "-untrusted", issuing]
    result = openssl(*asked, "-attime", str(NOW // 1000))
    assert result.returncode == 0, result.stderr
    data.write_bytes(DATA + b"!")
    asked[2:4] = ["-data", data]
    assert openssl(*asked, "-attime", str(NOW // 1000)).returncode != 0


def test_a_token_says_policy_imprint_and_time(pki: TestPki, family: Family) -> None:
    stamper = timestamp.issue_stamper(pki.authority(family))
    token = timestamp.stamp(stamper, DATA, at=NOW, entropy=bytes)
    _, policy, imprint, _, when = info_of(token)
    assert policy == bytes.fromhex("06082a830e0303020604" if family == "gost" else "06082a830e0303020602")
    assert stamper.key.digest(DATA) in imprint
    assert f"{moment(NOW):%Y%m%d%H%M%SZ}".encode() in when


def test_a_token_is_signed_by_a_time_stamping_unit(pki: TestPki, family: Family) -> None:
    stamper = timestamp.issue_stamper(pki.authority(family), at=NOW)
    usage = x509.load_der_x509_certificate(stamper.certificate_der).extensions.get_extension_for_class(
        x509.ExtendedKeyUsage
    )
    assert usage.critical
    assert [each.dotted_string for each in usage.value] == ["1.3.6.1.5.5.7.3.8"]
    token = timestamp.stamp(stamper, DATA, at=NOW, entropy=bytes)
    signer = inside(read(inside(inside(token)[1].content)[-1].content)[0].raw)
    assert verifies(stamper.certificate_der, signer[5].content, b"\x31" + signer[3].raw[1:])
    assert stamper.certificate_der in token


def test_a_request_without_cert_req_gets_no_certificate(pki: TestPki) -> None:
    stamper = timestamp.issue_stamper(pki.authority("ecdsa"))
    imprint = sequence(SHA256, octets(b"\xab" * 32))
    nonce = integer(0x0123456789AB)
    request = sequence(integer(1), imprint, nonce)
    response = timestamp.answer(stamper, request, at=NOW, entropy=bytes)
    status, token = inside(response)
    assert status.raw.hex() == "3003020100"
    assert info_of(token.raw)[2] == imprint
    assert info_of(token.raw)[5] == nonce
    assert stamper.certificate_der not in response


@pytest.mark.parametrize(
    "request_", [b"", b"\x30\x00", b"\x30\x03\x02\x01\x01", b"\x30\x05\x02\x01\x02\x30\x00", b"<html>"]
)
def test_what_is_no_request_is_rejected(pki: TestPki, request_: bytes) -> None:
    stamper = pki.authority("ecdsa").root.credential
    assert timestamp.answer(stamper, request_, at=NOW, entropy=bytes) == timestamp.REJECTED
