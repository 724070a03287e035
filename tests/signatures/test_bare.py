"""Signatures without signed attributes (RFC 5652 section 5.4): what the value is over, and the trick with them."""

from __future__ import annotations

import hashlib
import io

import pytest

from signatures import Content, Digests, Indication, Outcome, Report, SubIndication, asn1, verify
from signatures.asn1 import OCTET_STRING, SEQUENCE, SET
from signatures.content import HEAD_BYTES
from signatures.der import encode
from tests.signatures.conftest import World
from tests.signatures.making import AT, NULL, attribute, cms, envelope, essential, make_key, oid

CONTENT = b"1. The content begins like a SET"
PASSED, FAILED, UNSURE = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


def bare(world: World, content: bytes = CONTENT) -> bytes:
    return cms(world.signer, content, attributes=[], detached=True)


def verdict(report: Report) -> tuple[Indication, SubIndication | None]:
    return report.indication, report.sub_indication


def without_attributes(signed: bytes) -> bytes:
    """The SignerInfo of a CMS with its signed attributes left out; the value stays."""
    signer = asn1.parse(signed).children()[1].only().children()[-1].children()[0]
    return encode(SEQUENCE, *(part.raw for part in signer.children() if part.tag != 0xA0))


@pytest.mark.parametrize("given", ["attached", "bytes", "stream"])
def test_the_attributes_of_a_good_signature_are_no_document(world: World, given: str) -> None:
    """The signer signed a letter; the forger hands in the attributes of that signature as what was signed."""
    attributes = sorted(essential(CONTENT))
    info = without_attributes(cms(world.signer, CONTENT, attributes=attributes))
    forged = encode(SET, *attributes)
    signed = envelope(forged if given == "attached" else None, [info], [world.signer.der])
    contents: dict[str, Content | None] = {"attached": None, "bytes": forged, "stream": io.BytesIO(forged)}
    report = world.verify(signed, contents[given])
    assert verdict(report) == (FAILED, SubIndication.FORMAT_FAILURE)
    (one,) = report.signatures
    assert one.check("attributes.as_content") is not None
    assert one.check("signature.value") is None
    assert one.intact is False


def test_attributes_longer_than_what_is_kept_of_a_stream_are_no_document_either(world: World) -> None:
    long = attribute("1.2.3.4", encode(OCTET_STRING, b"x" * (HEAD_BYTES + 10)))
    attributes = sorted([*essential(CONTENT), long])
    info = without_attributes(cms(world.signer, CONTENT, attributes=attributes))
    signed = envelope(None, [info], [world.signer.der])
    report = world.verify(signed, io.BytesIO(encode(SET, *attributes)))
    assert verdict(report) == (FAILED, SubIndication.FORMAT_FAILURE)


@pytest.mark.parametrize(
    "content",
    [
        CONTENT,
        b"",
        b"1",
        b"1\x80",
        b"1\x84\xff\xff\xff\xff",
        encode(SET, encode(SEQUENCE, oid("2.5.4.3"), encode(SET, NULL))),
        encode(SET, NULL),
        b"1" * (HEAD_BYTES + 1),
        b"1\x88" + b"1" * (HEAD_BYTES + 1),
    ],
    ids=range(9),
)
def test_any_other_content_passes_whatever_its_first_byte(world: World, content: bytes) -> None:
    assert verdict(world.verify(bare(world, content), content)) == (PASSED, None)


def test_another_content_is_a_crypto_failure_as_nothing_else_tells(world: World) -> None:
    assert verdict(world.verify(bare(world), b"another")) == (FAILED, SubIndication.SIG_CRYPTO_FAILURE)


def test_no_content_is_signed_data_not_found(world: World) -> None:
    assert verdict(world.verify(bare(world))) == (UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)


def test_the_digest_alone_is_enough_and_the_report_says_that_the_content_was_not_seen(world: World) -> None:
    report = world.verify(bare(world), Digests(sha256=hashlib.sha256(CONTENT).digest()))
    assert verdict(report) == (PASSED, None)
    for code in ("content.not_seen", "attributes.unseen"):
        check = report.signatures[0].check(code)
        assert check is not None
        assert check.outcome is Outcome.WARNING


def test_a_digest_by_another_hash_proves_nothing_for_or_against(world: World) -> None:
    report = world.verify(bare(world), Digests(sha512=hashlib.sha512(CONTENT).digest()))
    assert verdict(report) == (UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
    assert report.signatures[0].intact is None


def test_ed25519_needs_the_content_itself_and_a_digest_proves_nothing_for_or_against(world: World) -> None:
    signer = world.issuing.issue(key=make_key("ed25519", 9))
    signed = cms(signer, CONTENT, digest="sha512", attributes=[], detached=True)
    assert verdict(world.verify(signed, CONTENT)) == (PASSED, None)
    report = world.verify(signed, Digests(sha512=hashlib.sha512(CONTENT).digest()))
    assert verdict(report) == (UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)


def test_of_several_contents_the_signed_one_is_found_by_the_value_alone(world: World) -> None:
    named: dict[str, Content] = {
        "other.txt": b"other",
        "digest.txt": Digests(sha512=b"x" * 64),
        "letter.txt": io.BytesIO(CONTENT),
        "last.txt": b"last",
    }
    report = verify(bare(world), content=named, anchors=world.anchors, at=AT, evidence=world.evidence)
    assert verdict(report) == (PASSED, None)
    coverage = report.signatures[0].coverage
    assert coverage is not None
    assert coverage.name == "letter.txt"
    wrong: dict[str, Content] = {"other.txt": b"other", "last.txt": b"last"}
    report = verify(bare(world), content=wrong, anchors=world.anchors, at=AT, evidence=world.evidence)
    assert verdict(report) == (FAILED, SubIndication.SIG_CRYPTO_FAILURE)
