"""GOST 34.10-2015 verification: what is refused, and a second implementation's signatures on random messages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gostcrypto import gostsignature

from signatures.errors import SignaturesError
from signatures.gost import CURVES_BY_OID, GostError, PublicKey, Streebog

WIDE, NARROW = "1.2.398.3.10.1.1.2.2.1", "1.2.398.3.10.1.1.1.1.1"
ORACLES = {
    WIDE: (gostsignature.MODE_512, "id-tc26-gost-3410-12-512-paramSetA"),
    NARROW: (gostsignature.MODE_256, "id-tc26-gost-3410-2012-256-paramSetB"),
}
BOTH = pytest.mark.parametrize("oid", [WIDE, NARROW], ids=["512", "256"])
Signed = tuple[PublicKey, bytes, bytes]


def turned(number: bytes) -> bytes:
    return bytes(number)[::-1]


def sign_with_oracle(oid: str, entropy: Callable[[int], bytes], message: bytes) -> Signed:
    """A key, a signature in the Kazakh order and a digest, made by gostcrypto (big-endian, r then s)."""
    mode, name = ORACLES[oid]
    oracle = gostsignature.new(mode, gostsignature.CURVES_R_1323565_1_024_2019[name])
    size = CURVES_BY_OID[oid].size
    digest = Streebog(64 if size == 64 else 32, message).digest()
    private = bytearray(entropy(size))
    private[0] &= 0x3F
    public = oracle.public_key_generate(private)
    made = oracle.sign(private, bytearray(turned(digest)), bytearray(b"\x01" + entropy(size - 1)))
    key = PublicKey.of(oid, turned(public[:size]) + turned(public[size:]))
    return key, turned(made[:size]) + turned(made[size:]), digest


@BOTH
def test_a_second_implementations_signatures_verify(oid: str, entropy: Callable[[int], bytes]) -> None:
    for number in range(3):
        key, signature, digest = sign_with_oracle(oid, entropy, entropy(7 * number))
        assert key.verifies(signature, digest)


@BOTH
def test_any_flipped_bit_of_signature_or_digest_is_refused(oid: str, entropy: Callable[[int], bytes]) -> None:
    key, signature, digest = sign_with_oracle(oid, entropy, b"flip")
    for place in range(0, 8 * len(signature), 61):
        assert not key.verifies(flip(signature, place), digest)
    for place in range(0, 8 * len(digest), 61):
        assert not key.verifies(signature, flip(digest, place))


@BOTH
def test_other_byte_orders_are_refused(oid: str, entropy: Callable[[int], bytes]) -> None:
    key, signature, digest = sign_with_oracle(oid, entropy, b"order")
    half = len(signature) // 2
    r, s = signature[:half], signature[half:]
    for other in (signature[::-1], s + r, r[::-1] + s[::-1]):
        assert not key.verifies(other, digest)
    assert not key.verifies(signature, digest[::-1])


@BOTH
def test_numbers_out_of_range_are_refused(oid: str, entropy: Callable[[int], bytes]) -> None:
    key, signature, digest = sign_with_oracle(oid, entropy, b"range")
    size, q = key.curve.size, key.curve.q
    r, s = signature[:size], signature[size:]
    for bad in (0, q, q + 1, (1 << 8 * size) - 1):
        raw = bad.to_bytes(size, "little")
        assert not key.verifies(raw + s, digest)
        assert not key.verifies(r + raw, digest)
        assert not key.verifies(raw + raw, digest)


def test_adding_the_order_to_r_or_s_makes_no_second_signature(entropy: Callable[[int], bytes]) -> None:
    key, signature, digest = sign_with_oracle(WIDE, entropy, b"malleable")
    q = key.curve.q
    for start in (0, 64):
        number = int.from_bytes(signature[start : start + 64], "little") + q
        if number < 1 << 512:
            raw = number.to_bytes(64, "little")
            assert not key.verifies(signature[:start] + raw + signature[start + 64 :], digest)


@BOTH
@pytest.mark.parametrize("change", [-1, 1], ids=["short", "long"])
def test_a_wrong_length_is_refused_and_nothing_is_raised(
    oid: str, change: int, entropy: Callable[[int], bytes]
) -> None:
    key, signature, digest = sign_with_oracle(oid, entropy, b"length")
    assert not key.verifies(signature[:change] if change < 0 else signature + b"\0", digest)
    assert not key.verifies(signature, digest[:change] if change < 0 else digest + b"\0")
    assert not key.verifies(b"", digest)
    assert not key.verifies(signature, b"")


@BOTH
def test_a_digest_of_zero_counts_as_one(oid: str) -> None:
    """RFC 7091 section 6.2 step 3: e = 0 becomes 1. A key d = 1 and a nonce k = 2 make the arithmetic plain."""
    curve = CURVES_BY_OID[oid]
    size, q = curve.size, curve.q
    key = PublicKey.of(oid, curve.x.to_bytes(size, "little") + curve.y.to_bytes(size, "little"))
    X, _, Z = curve.combine(2, 0, curve.x, curve.y)
    r = X * pow(Z, -2, curve.p) % curve.p % q
    s = (r * 1 + 2 * 1) % q
    signature = r.to_bytes(size, "little") + s.to_bytes(size, "little")
    assert key.verifies(signature, bytes(size))
    assert key.verifies(signature, q.to_bytes(size, "little"))
    assert key.verifies(signature, (1).to_bytes(size, "little"))
    assert not key.verifies(signature, (2).to_bytes(size, "little"))


@BOTH
def test_a_combination_that_ends_in_infinity_is_refused(oid: str) -> None:
    """With Q = G (d = 1) and s = r, s*v*G - r*v*Q is the point at infinity; it has no x to compare."""
    curve = CURVES_BY_OID[oid]
    size = curve.size
    key = PublicKey.of(oid, curve.x.to_bytes(size, "little") + curve.y.to_bytes(size, "little"))
    for r in (1, 2, 3, curve.q - 1):
        raw = r.to_bytes(size, "little")
        assert not key.verifies(raw + raw, b"\x05" + bytes(size - 1))


@BOTH
def test_a_key_that_is_no_point_of_the_curve_is_refused(oid: str) -> None:
    curve = CURVES_BY_OID[oid]
    size = curve.size
    good = curve.x.to_bytes(size, "little") + curve.y.to_bytes(size, "little")
    assert PublicKey.of(oid, good).x == curve.x
    unreduced = (
        (curve.x + curve.p).to_bytes(size, "little") + good[size:] if curve.x + curve.p < 1 << 8 * size else good
    )
    off = [bytes(2 * size), flip(good, 0), flip(good, 8 * size), good[size:] + good[:size], b"\xff" * 2 * size]
    big_endian = good[:size][::-1] + good[size:][::-1]
    for bad in [*off, big_endian, good[:-1], good + b"\0", b"", b"\x04" + good, *([unreduced] * (unreduced != good))]:
        with pytest.raises(GostError):
            PublicKey.of(oid, bad)


def test_an_unknown_parameter_set_is_an_error_of_this_package() -> None:
    with pytest.raises(SignaturesError) as refused:
        PublicKey.of("1.2.643.7.1.2.1.2.2", bytes(128))
    assert refused.value.code == "gost_key_invalid"


def flip(data: bytes, bit: int) -> bytes:
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]
