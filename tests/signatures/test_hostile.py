"""Bombs: each ends in a verdict or in a refusal of this package, with a bounded amount of work."""

from __future__ import annotations

import pytest
from cryptography import x509

from signatures import (
    Evidence,
    Indication,
    NotASignedDocument,
    Policy,
    SignaturesError,
    SubIndication,
    TrustAnchors,
    verify,
)
from signatures.asn1 import OCTET_STRING, SEQUENCE, SET
from signatures.der import encode
from signatures.names import Name
from tests.signatures.conftest import World
from tests.signatures.making import (
    AT,
    HASH_OIDS,
    NULL,
    SIGNED_DATA,
    Ca,
    algorithm,
    attribute,
    cms,
    envelope,
    essential,
    indefinite,
    integer,
    make_key,
    oid,
    signer_info,
)

CONTENT = b"content"
NONE = TrustAnchors.of()


@pytest.mark.parametrize(
    "text",
    [
        b"M" + b" " * 300_000 + b"!",
        b"M" + b"A" * 300_000 + b"=!",
        b"-----BEGIN CMS-----" + b"\n" * 300_000 + b"!",
        b"-----BEGIN CMS-----\nAA" * 20_000,
        b"-----BEGIN " + b"A" * 300_000,
        b"-" * 300_000,
        b"e" + b"." * 300_000,
        b"[" * 300_000 + b"]" * 300_000,
        b'{"a":"' + b"e" * 300_000 + b'"}',
        b'["eyJ0eXAiOiJ4In0.e.e",' * 10_000,
    ],
    ids=range(10),
)
def test_text_that_makes_matchers_walk_back_and_forth(text: bytes) -> None:
    with pytest.raises(NotASignedDocument):
        verify(text, anchors=NONE, at=AT)


def head(*inner: bytes) -> bytes:
    return encode(SEQUENCE, oid(SIGNED_DATA), encode(0xA0, *inner))


@pytest.mark.parametrize(
    "signed",
    [
        head(b"\x30\x80" * 5_000),
        bytes.fromhex("308006092a864886f70d010702a080") + b"\x30\x80" * 100_000,
        envelope(CONTENT, [b"\x30\x00"] * 1_000),
        envelope(CONTENT, [], [b"\x30\x00"] * 1_000),
        envelope(None, []).replace(b"\x31\x00", b"\x31\x84\x7f\xff\xff\xff"),
        indefinite(SEQUENCE, oid(SIGNED_DATA), indefinite(0xA0, b"\x05\x00" * 200_000)),
    ],
    ids=range(6),
)
def test_deep_wide_and_lying_envelopes(signed: bytes) -> None:
    report = verify(signed, anchors=NONE, at=AT)
    assert report.indication in (Indication.TOTAL_FAILED, Indication.INDETERMINATE)
    assert report.signatures == ()


def test_a_content_split_into_a_million_pieces_goes_beyond_the_limit(world: World) -> None:
    pieces = indefinite(OCTET_STRING, encode(OCTET_STRING, b"x") * 200_000)
    inner = encode(
        SEQUENCE,
        integer(1),
        encode(SET),
        encode(SEQUENCE, oid("1.2.840.113549.1.7.1"), encode(0xA0, pieces)),
        encode(SET, signer_info(world.signer, CONTENT)),
    )
    report = world.verify(encode(SEQUENCE, oid(SIGNED_DATA), encode(0xA0, inner)))
    assert report.sub_indication is SubIndication.SIG_CONSTRAINTS_FAILURE


def test_more_signers_than_the_limit_are_not_begun(world: World) -> None:
    info = signer_info(world.signer, CONTENT)
    report = world.verify(envelope(CONTENT, [info] * 65, [world.signer.der]))
    assert (report.indication, report.signatures) == (Indication.INDETERMINATE, ())
    report = world.verify(envelope(CONTENT, [info] * 64, [world.signer.der]))
    assert {one.indication for one in report.signatures} == {Indication.TOTAL_PASSED}


def test_names_and_signatures_of_megabytes_are_not_taken_apart() -> None:
    huge = encode(SEQUENCE, encode(SET, encode(SEQUENCE, oid("2.5.4.3"), encode(0x0C, "ﷺ".encode() * 100_000))))
    name = Name(huge)
    assert not name.readable
    assert len(name.text) < 200
    assert name == Name(huge)
    info = encode(
        SEQUENCE,
        integer(1),
        encode(SEQUENCE, huge, integer(1)),
        algorithm(HASH_OIDS["sha256"], NULL),
        algorithm("1.2.840.10045.4.3.2"),
        encode(OCTET_STRING, b"x" * 200_000),
    )
    report = verify(envelope(CONTENT, [info]), anchors=NONE, at=AT)
    assert report.sub_indication is SubIndication.FORMAT_FAILURE
    assert len(report.to_json()) < 10_000


def test_certificates_of_megabytes_in_a_document_are_not_read(world: World) -> None:
    report = world.verify(
        envelope(CONTENT, [signer_info(world.signer, CONTENT)], [world.signer.der]),
        policy=Policy.default().with_limits(certificate_bytes=100),
    )
    assert report.sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND


def test_evidence_is_hostile_too(world: World) -> None:
    signed = cms(world.signer, CONTENT)
    for rubbish in (b"", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"-----BEGIN X509 CRL-----", b"\x30" * 1000):
        try:
            evidence = Evidence.of([rubbish], [rubbish], [rubbish])
            report = world.verify(signed, evidence=evidence)
        except SignaturesError:
            pytest.fail("evidence is a hint and raises nothing")
        assert report.indication is Indication.INDETERMINATE
        Evidence.sort([rubbish])


STREEBOG = "1.2.398.3.10.1.3.3"


def padded_namesake(world: World, place: int) -> bytes:
    """A certificate of 60 KB with the signer's issuer and serial number."""
    serial = world.signer.certificate.serial_number
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), encode(OCTET_STRING, b"x" * 60_000))
    issuing = Ca(world.issuing.key, world.issuing.certificate, serial=serial - 1)
    return issuing.issue(f"Namesake {place}", key=make_key("ec", 90), extensions=[(extension, False)]).der


def test_references_by_a_slow_hash_cost_once_for_each_certificate_and_within_the_budget(world: World) -> None:
    """64 signers name a certificate by Streebog, and each of two large namesakes may be it: 128 times 60 KB."""
    reference = encode(SEQUENCE, algorithm(STREEBOG), encode(OCTET_STRING, b"x" * 64))
    listed = encode(SEQUENCE, encode(SEQUENCE, reference))
    attributes = [*essential(CONTENT), attribute("1.2.840.113549.1.9.16.2.47", listed)]
    namesakes = [padded_namesake(world, place) for place in range(2)]
    signed = envelope(CONTENT, [signer_info(world.signer, CONTENT, attributes=attributes)] * 64, namesakes)
    report = world.verify(signed, policy=Policy.default().with_limits(slow_hash_bytes=150_000))
    assert {one.sub_indication for one in report.signatures} == {SubIndication.SIG_CRYPTO_FAILURE}
    report = world.verify(signed, policy=Policy.default().with_limits(slow_hash_bytes=100_000))
    assert {one.sub_indication for one in report.signatures} == {SubIndication.SIG_CONSTRAINTS_FAILURE}


def test_a_crl_is_checked_once_for_all_signers(world: World) -> None:
    """Nine operations and no more, however many certificates a CRL speaks about."""
    second, third = (world.issuing.issue(name, key=make_key("ec", 4)) for name in ("Second", "Third"))
    infos = [signer_info(one, CONTENT) for one in (world.signer, second, third)]
    signed = envelope(CONTENT, infos, [world.signer.der, second.der, third.der])
    operations = 3 + 3 + 1 + 2  # values, links of the signers, link of the authority, CRLs
    policy = Policy.default()
    assert world.verify(signed, policy=policy.with_limits(key_checks=operations)).indication is Indication.TOTAL_PASSED
    report = world.verify(signed, policy=policy.with_limits(key_checks=operations - 1))
    assert report.indication is Indication.INDETERMINATE
