"""Keys of the test PKI: made from given bytes, sound, kept as PKCS #8, and silent about themselves."""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from authsvc.web.sandbox.pki import Family, TestPki, gost_signing, keys, primes
from signatures.gost import PublicKey, Streebog


def test_an_rsa_key_passes_the_full_check_and_is_repeatable(pki: TestPki) -> None:
    made = [keys.generate("rsa", random.Random(4).randbytes).to_pem() for _ in range(2)]  # noqa: S311 - repeatable
    assert made[0] == made[1]
    private = serialization.load_pem_private_key(made[0].encode(), password=None)
    assert isinstance(private, rsa.RSAPrivateKey)
    assert (private.key_size, private.public_key().public_numbers().e) == (2048, 65537)


def test_rsa_primes_are_primes_of_the_asked_size() -> None:
    p, q = primes.rsa_primes(256, random.Random(9).randbytes)  # noqa: S311 - repeatable on purpose
    assert (p * q).bit_length() == 256
    assert p != q
    assert all(pow(base, n - 1, n) == 1 for n in (p, q) for base in (2, 3, 5, 7, 11))


def test_a_key_survives_keeping(pki: TestPki, family: Family) -> None:
    key = pki.authority(family).issuing.credential.key
    again = keys.load(key.to_pem())
    assert again.public_info() == key.public_info()
    assert again.sign(b"same") == key.sign(b"same")
    assert again.family == family


def test_a_key_of_another_kind_is_refused() -> None:
    other = rsa.generate_private_key(65537, 2048).public_key()
    public = other.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(ValueError, match=r"."):
        keys.load(public)


def test_private_numbers_do_not_show_in_a_repr(pki: TestPki) -> None:
    credential = pki.authority("gost").root.credential
    assert isinstance(credential.key, keys.GostKey)
    assert str(credential.key.private) not in repr(pki)
    assert str(credential.key.private) not in repr(credential.key)


def test_gost_signatures_are_fresh_for_each_digest_and_the_same_for_one() -> None:
    private, digests = 12345, [Streebog(64, bytes([n])).digest() for n in range(4)]
    key = PublicKey.of(gost_signing.CURVE_OID, gost_signing.public_bytes(private))
    signatures = [gost_signing.sign(private, digest) for digest in digests]
    assert signatures == [gost_signing.sign(private, digest) for digest in digests]
    assert len({signature[:64] for signature in signatures}) == len(digests), "no nonce is used twice"
    assert all(key.verifies(signature, digest) for signature, digest in zip(signatures, digests, strict=True))
