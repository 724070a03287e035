"""GOST properties: how a message is cut makes no difference, and no bytes whatever make a signature or an exception."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signatures.gost import CURVES_BY_OID, Curve, GostError, PublicKey, Streebog

OIDS = st.sampled_from(sorted(CURVES_BY_OID))


@given(parts=st.lists(st.binary(max_size=200), max_size=6), wide=st.booleans())
def test_a_message_in_parts_has_the_digest_of_the_whole(parts: list[bytes], wide: bool) -> None:
    running = Streebog(64 if wide else 32)
    for part in parts:
        running.update(part)
        running.copy().update(b"a copy leaves no trace")
    assert running.digest() == Streebog(64 if wide else 32, b"".join(parts)).digest()


@given(message=st.binary(max_size=150), place=st.integers(min_value=0))
def test_another_message_has_another_digest(message: bytes, place: int) -> None:
    altered = bytearray(message + b"\0")
    altered[place % len(altered)] ^= 1
    assert len({Streebog(64, bytes(m)).digest() for m in (message, message + b"\0", altered)}) == 3


@given(oid=OIDS, private=st.integers(min_value=1), nonce=st.integers(min_value=1), digest=st.binary(min_size=64))
def test_what_the_private_key_signs_verifies_and_nothing_next_to_it(
    oid: str, private: int, nonce: int, digest: bytes
) -> None:
    curve = CURVES_BY_OID[oid]
    d, k, size = private % (curve.q - 1) + 1, nonce % (curve.q - 1) + 1, curve.size
    own = digest[:size]
    key = public_key(oid, curve, d)
    e = int.from_bytes(own, "little") % curve.q or 1
    r = affine_x(curve, k) % curve.q
    s = (r * d + k * e) % curve.q
    if r and s:
        signature = r.to_bytes(size, "little") + s.to_bytes(size, "little")
        assert key.verifies(signature, own)
        assert not key.verifies(signature, bytes([own[0] ^ 2]) + own[1:])
        if d != 1:
            assert not public_key(oid, curve, d - 1).verifies(signature, own)


@given(oid=OIDS, signature=st.binary(max_size=140), digest=st.binary(max_size=70))
def test_no_bytes_are_a_signature_by_chance_or_raise(oid: str, signature: bytes, digest: bytes) -> None:
    key = public_key(oid, CURVES_BY_OID[oid], 3)
    size = key.curve.size
    assert not key.verifies(signature, digest)
    assert not key.verifies(signature[: 2 * size].rjust(2 * size, b"\x01"), digest[:size].rjust(size, b"\x02"))


@given(oid=st.one_of(OIDS, st.text(max_size=30)), key_bytes=st.binary(max_size=130))
def test_bytes_are_a_key_on_the_curve_or_a_gost_error(oid: str, key_bytes: bytes) -> None:
    try:
        key = PublicKey.of(oid, key_bytes)
    except GostError:
        return
    assert key.curve.holds(key.x, key.y)


def affine(curve: Curve, scalar: int) -> tuple[int, int]:
    X, Y, Z = curve.combine(scalar, 0, curve.x, curve.y)
    inverse = pow(Z, -1, curve.p)
    return X * inverse**2 % curve.p, Y * inverse**3 % curve.p


def affine_x(curve: Curve, scalar: int) -> int:
    return affine(curve, scalar)[0]


def public_key(oid: str, curve: Curve, scalar: int) -> PublicKey:
    x, y = affine(curve, scalar)
    return PublicKey.of(oid, x.to_bytes(curve.size, "little") + y.to_bytes(curve.size, "little"))
