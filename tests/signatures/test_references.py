"""RFC 5035: the signed reference to the signer's certificate, its hash, its issuer and serial number."""

from __future__ import annotations

import hashlib

import pytest

from signatures import Indication, SignatureReport, SubIndication
from signatures.asn1 import OCTET_STRING, SEQUENCE
from signatures.der import encode
from tests.signatures.conftest import World
from tests.signatures.making import HASH_OIDS, NULL, algorithm, attribute, cms, ess, essential, integer

CONTENT = b"content"
V1, V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
PASSED, UNSURE = Indication.TOTAL_PASSED, Indication.INDETERMINATE


def reference(certificate: bytes, *, named: bytes = b"", digest: str = "sha256", issuer_serial: bytes = b"") -> bytes:
    return encode(SEQUENCE, named, encode(OCTET_STRING, hashlib.new(digest, certificate).digest()), issuer_serial)


def judge(world: World, *references: bytes, kind: str = V2) -> SignatureReport:
    listed = attribute(kind, encode(SEQUENCE, encode(SEQUENCE, *references)))
    (one,) = world.verify(cms(world.signer, CONTENT, attributes=[*essential(CONTENT), listed])).signatures
    return one


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_a_hash_that_is_named_is_the_one_that_counts(world: World, digest: str) -> None:
    named = algorithm(HASH_OIDS[digest], NULL)
    one = judge(world, reference(world.signer.der, named=named, digest=digest))
    assert (one.indication, one.format, one.level) == (PASSED, "CAdES", "B-B")
    lying = judge(world, reference(world.signer.der, named=named, digest="sha1"))
    assert (lying.indication, lying.sub_indication) == (UNSURE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND)


def test_an_unknown_hash_refers_to_nobody(world: World) -> None:
    one = judge(world, reference(world.signer.der, named=algorithm("1.2.3.4")))
    assert (one.indication, one.sub_indication) == (UNSURE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
    (check,) = one.failures
    assert (check.code, check.param("algorithm")) == ("signer.reference", "1.2.3.4")
    assert one.level is None
    assert one.intact is True


def test_sha1_in_version_1_holds_with_a_warning_and_is_no_baseline(world: World) -> None:
    one = judge(world, reference(world.signer.der, digest="sha1"), kind=V1)
    assert one.indication is PASSED
    assert one.check("signer.reference_weak") is not None
    assert one.level == "B-B"  # ETSI EN 319 122-1: version 1 is for SHA-1 alone, version 2 for all others
    named = algorithm(HASH_OIDS["sha1"], NULL)
    assert judge(world, reference(world.signer.der, named=named, digest="sha1")).level is None


def test_only_the_first_reference_is_to_the_signer(world: World) -> None:
    own, above = reference(world.signer.der), reference(world.issuing.der)
    assert judge(world, own, above).indication is PASSED
    assert judge(world, above, own).sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND


def test_both_versions_must_hold_when_both_are_there(world: World) -> None:
    for second, indication in ((world.signer.der, PASSED), (world.issuing.der, UNSURE)):
        attributes = [*essential(CONTENT), ess(world.signer.der, version=1), ess(second, version=2)]
        assert world.verify(cms(world.signer, CONTENT, attributes=attributes)).indication is indication


def issuer_serial(world: World, serial: int, issuer: bytes | None = None) -> bytes:
    name = world.issuing.certificate.subject.public_bytes() if issuer is None else issuer
    return encode(SEQUENCE, encode(SEQUENCE, encode(0xA4, name)), integer(serial))


def test_issuer_and_serial_beside_the_hash_are_compared_and_a_difference_is_said(world: World) -> None:
    """The hash has decided already; the other number is a sign of a careless signer, no reason for a verdict."""
    serial = world.signer.certificate.serial_number
    right = judge(world, reference(world.signer.der, issuer_serial=issuer_serial(world, serial)))
    assert right.indication is PASSED
    assert right.check("signer.reference_issuer") is None
    root = world.root.certificate.subject.public_bytes()
    for wrong in (issuer_serial(world, serial + 1), issuer_serial(world, serial, root), encode(SEQUENCE, NULL)):
        one = judge(world, reference(world.signer.der, issuer_serial=wrong))
        assert one.indication is PASSED
        assert one.check("signer.reference_issuer") is not None
