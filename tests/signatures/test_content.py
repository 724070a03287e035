"""The signed content: bytes, streams, digests alone, several by name; digested once and never taken for another."""

from __future__ import annotations

import hashlib
import io
import pickle

import pytest

from signatures import BadArgument, Content, Digests, Indication, Outcome, SubIndication, verify
from signatures.algorithms import HASHES
from signatures.asn1 import SEQUENCE, SET
from signatures.content import HEAD_BYTES, ContentSource
from signatures.der import encode
from tests.signatures.conftest import World
from tests.signatures.making import AT, HASH_OIDS, NULL, SIGNED_DATA, algorithm, cms, integer, oid, signer_info

CONTENT = b"the content of a letter"
SHA256, SHA512 = (HASHES[HASH_OIDS[name]] for name in ("sha256", "sha512"))
STREEBOG = HASHES["1.2.398.3.10.1.3.3"]
PASSED, FAILED, UNSURE = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


def test_digests_are_a_mapping_that_can_be_hashed_and_sent() -> None:
    one, other = Digests({"sha256": b"a", "sha512": b"b"}), Digests(sha512=b"b", sha256=b"a")
    assert one == other == Digests.of(sha256=b"a", sha512=b"b")
    assert hash(one) == hash(other)
    assert (len(one), sorted(one), one["sha512"]) == (2, ["sha256", "sha512"], b"b")
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 -- our own bytes
    assert repr(one) == "Digests({'sha256': b'a', 'sha512': b'b'})"
    with pytest.raises(KeyError):
        one["sha1"]
    with pytest.raises(BadArgument):
        Digests(sha256="00")  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, 1, HEAD_BYTES, HEAD_BYTES + 1, (1 << 20) - 1, (1 << 20) + 1])
def test_a_stream_is_digested_in_one_pass_with_every_hash_and_its_head_is_kept(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    data = data[:size]
    stream = io.BytesIO(data)
    source = ContentSource("", stream, 1 << 20)
    source.prepare([SHA256, SHA512])
    assert stream.tell() == size
    assert source.digest(SHA256) == hashlib.sha256(data).digest()
    assert source.digest(SHA512) == hashlib.sha512(data).digest()
    assert source.size == size
    assert source.head[:HEAD_BYTES] == data[:HEAD_BYTES]
    assert source.whole is None
    source.prepare([STREEBOG])  # the stream is at its end: nothing is digested a second time
    assert source.digest(STREEBOG) is None


def test_a_slow_hash_is_given_up_and_the_fast_ones_go_on() -> None:
    source = ContentSource("", [b"x" * 60, b"x" * 60], 100)
    source.prepare([STREEBOG, SHA256])
    assert source.digest(STREEBOG) is None
    assert source.too_long == {STREEBOG.name}
    assert source.digest(SHA256) == hashlib.sha256(b"x" * 120).digest()


def test_a_stream_of_text_is_the_callers_mistake() -> None:
    with pytest.raises(BadArgument):
        ContentSource("", io.StringIO("text"), 100).prepare([SHA256])  # type: ignore[arg-type]


@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview])
def test_bytes_of_every_kind_are_bytes(world: World, wrap: type) -> None:
    signed, content = cms(world.signer, CONTENT, detached=True), wrap(CONTENT)
    report = verify(wrap(signed), content=content, anchors=world.anchors, at=AT, evidence=world.evidence)
    assert report.indication is PASSED


@pytest.mark.parametrize("content", [None, {}])
def test_no_content_and_an_empty_mapping_are_the_same(world: World, content: dict[str, Content] | None) -> None:
    signed = cms(world.signer, CONTENT, detached=True)
    report = verify(signed, content=content, anchors=world.anchors, at=AT, evidence=world.evidence)
    assert report.sub_indication is SubIndication.SIGNED_DATA_NOT_FOUND


def test_of_several_contents_with_none_that_fits_the_signature_is_over_none(world: World) -> None:
    signed = cms(world.signer, CONTENT, detached=True)
    named: dict[str, Content] = {"one": b"one", "two": io.BytesIO(b"two")}
    report = verify(signed, content=named, anchors=world.anchors, at=AT, evidence=world.evidence)
    assert (report.indication, report.sub_indication) == (FAILED, SubIndication.HASH_FAILURE)


def test_a_digest_given_beside_an_attached_content_is_compared_or_said_not_to_be(world: World) -> None:
    signed = cms(world.signer, CONTENT)
    for digests, indication, outcome in (
        (Digests(sha256=hashlib.sha256(CONTENT).digest()), PASSED, Outcome.PASSED),
        (Digests(sha256=hashlib.sha256(b"other").digest()), FAILED, Outcome.FAILED),
        (Digests(sha512=hashlib.sha512(CONTENT).digest()), PASSED, Outcome.NOT_DONE),
    ):
        report = world.verify(signed, digests)
        check = report.signatures[0].check("content.same")
        assert check is not None
        assert (report.indication, check.outcome) == (indication, outcome)


@pytest.mark.parametrize("content", [NULL, encode(SEQUENCE), encode(0x0C, CONTENT), integer(1)])
def test_attached_content_that_is_no_octet_string_is_refused(world: World, content: bytes) -> None:
    """PKCS #7 1.5 allowed any structure and digested it without its header: one value, two documents."""
    inner = encode(
        SEQUENCE,
        integer(1),
        encode(SET, algorithm(HASH_OIDS["sha256"], NULL)),
        encode(SEQUENCE, oid("1.2.840.113549.1.7.1"), encode(0xA0, content)),
        encode(0xA0, world.signer.der),
        encode(SET, signer_info(world.signer, CONTENT)),
    )
    report = world.verify(encode(SEQUENCE, oid(SIGNED_DATA), encode(0xA0, inner)))
    assert (report.indication, report.sub_indication) == (FAILED, SubIndication.FORMAT_FAILURE)


def test_an_empty_document_can_be_signed_attached_and_detached(world: World) -> None:
    assert world.verify(cms(world.signer, b"")).indication is PASSED
    assert world.verify(cms(world.signer, b"", detached=True), b"").indication is PASSED
    assert world.verify(cms(world.signer, b"", detached=True)).indication is UNSURE


def test_content_is_read_from_where_the_stream_stands(world: World) -> None:
    """A caller that has read a header already hands in the rest; nobody winds the stream back."""
    stream = io.BytesIO(b"header" + CONTENT)
    stream.read(6)
    assert world.verify(cms(world.signer, CONTENT, detached=True), stream).indication is PASSED
