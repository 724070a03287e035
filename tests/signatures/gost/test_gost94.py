"""GOST 34.311-95 (GOST R 34.11-94): published digests, and pieces of any size."""

from __future__ import annotations

import pytest

from signatures.digests import HASHES, UnknownAlgorithm, hash_of
from signatures.gost import Gost94
from signatures.model import AlgorithmIdentifier
from tests.signatures.making import NULL, oid

DIGESTS = {
    b"": "ce85b99cc46752fffee35cab9a7b0278abb4c2d2055cff685af4912c49490f8d",
    b"a": "d42c539e367c66e9c88a801f6649349c21871b4344c6a573f849fdce62f314dd",
    b"abc": "f3134348c44fb1b2a277729e2285ebb5cb5e0f29c975bc753b70497c06a4d51d",
    b"message digest": "ad4434ecb18f2c99b60cbe59ec3d2469582b65273f48de72db2fde16a4889a4d",
    b"This is message, length=32 bytes": "b1c466d37519b82e8319819ff32595e047a28cb6f83eff1c6916a815a637fffa",
    b"Suppose the original message has length = 50 bytes": (
        "471aba57a60a770d3a76130635c1fbea4ef14de51f78b4ae57dd893b62f55208"
    ),
}


@pytest.mark.parametrize("message", DIGESTS)
def test_published_digests_in_one_piece_and_in_many(message: bytes) -> None:
    assert Gost94("test", message).hexdigest() == DIGESTS[message]
    running = Gost94("test")
    for place in range(len(message)):
        running.update(message[place : place + 1])
        assert running.copy().digest() == running.digest()
    assert running.hexdigest() == DIGESTS[message]


def test_the_other_boxes_give_another_digest() -> None:
    assert Gost94("cryptopro", b"abc").digest() != Gost94("test", b"abc").digest()


@pytest.mark.parametrize(
    ("dotted", "parameters", "name"),
    [
        ("1.2.398.3.10.1.3.1", None, "gost-34.311-95"),
        ("1.2.398.3.10.1.3.1", NULL, "gost-34.311-95"),
        ("1.2.398.3.10.1.3.1", oid("1.2.398.3.10.1.3.1.1.0"), "gost-34.311-95"),
        ("1.2.398.3.10.1.3.1", oid("1.2.643.2.2.30.1"), "gost-34.11-94"),
        ("1.2.398.3.10.1.3.1.1.0", None, "gost-34.311-95"),
        ("1.2.643.2.2.9", oid("1.2.643.2.2.30.1"), "gost-34.11-94"),
    ],
)
def test_the_boxes_are_read_from_the_parameters(dotted: str, parameters: bytes | None, name: str) -> None:
    assert hash_of(AlgorithmIdentifier(dotted, parameters)).name == name
    assert HASHES["1.2.398.3.10.1.3.1"].of(b"a").hex() == DIGESTS[b"a"]


@pytest.mark.parametrize("parameters", [oid("1.2.3"), b"\x30\x00", b"\x06"])
def test_unknown_boxes_are_refused(parameters: bytes) -> None:
    with pytest.raises(UnknownAlgorithm):
        hash_of(AlgorithmIdentifier("1.2.398.3.10.1.3.1", parameters))
