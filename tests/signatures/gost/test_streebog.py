"""GOST 34.11-2015: the published digests, a second implementation, and the manners of a running hash."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gostcrypto import gosthash

from signatures.gost import Streebog

M1 = b"012345678901234567890123456789012345678901234567890123456789012"
# RFC 6986 section 10.2: the second example's message, Cyrillic in CP1251.
M2 = bytes.fromhex(
    "d1e520e2e5f2f0e82c20d1f2f0e8e1eee6e820e2edf3f6e82c20e2e5fef2fa20"
    "f120eceef0ff20f1f2f0e5ebe0ece820ede020f5f0e0e1f0fbff20efebfaeafb"
    "20c8e3eef0e5e2fb"
)


@pytest.mark.parametrize(
    ("size", "message", "digest"),
    [
        (
            64,
            M1,
            (
                "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa"
                "00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48"
            ),
        ),
        (
            64,
            b"",
            (
                "8e945da209aa869f0455928529bcae4679e9873ab707b55315f56ceb98bef0a7"
                "362f715528356ee83cda5f2aac4c6ad2ba3a715c1bcd81cb8e9f90bf4c1c1a8a"
            ),
        ),
        (32, M1, "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500"),
        (
            64,
            M2,
            (
                "1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376"
                "035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28"
            ),
        ),
        (32, M2, "9dd2fe4e90409e5da87f53976d7405b0c0cac628fc669a741d50063c557e8f50"),
    ],
    ids=["512 of 63 bytes", "512 of nothing", "256 of 63 bytes", "512 of 72 bytes", "256 of 72 bytes"],
)
def test_a_published_message_has_its_published_digest(size: int, message: bytes, digest: str) -> None:
    assert Streebog(64 if size == 64 else 32, message).hexdigest() == digest


@pytest.mark.parametrize("length", [0, 1, 55, 63, 64, 65, 127, 128, 129, 1000])
def test_a_second_implementation_agrees_at_the_edges_of_a_block(length: int, entropy: Callable[[int], bytes]) -> None:
    message = entropy(length)
    for size, name in ((64, "streebog512"), (32, "streebog256")):
        expected = gosthash.new(name, data=bytearray(message)).digest()
        assert Streebog(64 if size == 64 else 32, message).digest() == bytes(expected)


def test_carries_of_the_block_sum_reach_the_top() -> None:
    message = b"\xff" * 192
    assert Streebog(64, message).digest() == bytes(gosthash.new("streebog512", data=bytearray(message)).digest())


def test_a_digest_does_not_end_the_hash() -> None:
    running = Streebog(64, b"some")
    assert running.digest() == running.digest()
    running.update(b" more")
    assert running.digest() == Streebog(64, b"some more").digest()


def test_a_copy_goes_its_own_way() -> None:
    first = Streebog(32, b"x" * 70)
    second = first.copy()
    second.update(b"y")
    assert first.digest() == Streebog(32, b"x" * 70).digest()
    assert second.digest() == Streebog(32, b"x" * 70 + b"y").digest()


def test_it_says_its_name_and_sizes_as_hashlib_does() -> None:
    assert (Streebog().name, Streebog().digest_size, Streebog().block_size) == ("streebog512", 64, 64)
    assert (Streebog(32).name, Streebog(32).digest_size, len(Streebog(32).digest())) == ("streebog256", 32, 32)


def test_views_and_bytearrays_are_messages_too() -> None:
    assert Streebog(64, memoryview(M1)).digest() == Streebog(64, bytearray(M1)).digest() == Streebog(64, M1).digest()


def test_another_digest_size_is_refused() -> None:
    with pytest.raises(ValueError, match="64 or 32"):
        Streebog(48)  # type: ignore[arg-type]  # the refusal is what is tested
