"""Schemes and keys: Wycheproof's vectors for what is in scope, and what is not in the registry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signatures.algorithms import HASHES, Scheme, UnknownAlgorithm, hash_of, name_of, read_scheme
from signatures.der import encode
from signatures.errors import SignaturesError
from signatures.keys import read_key
from signatures.model import AlgorithmIdentifier
from tests.signatures.making import NULL, algorithm, make_key, oid

BY_NAME = {entry.name: entry for entry in HASHES.values()}
SCOPE = {
    "rsa_signature_2048_sha256.json": Scheme("rsa-pkcs1", BY_NAME["sha256"]),
    "rsa_signature_2048_sha512.json": Scheme("rsa-pkcs1", BY_NAME["sha512"]),
    "rsa_signature_3072_sha512.json": Scheme("rsa-pkcs1", BY_NAME["sha512"]),
    "rsa_pss_2048_sha256_mgf1_32.json": Scheme("rsa-pss", BY_NAME["sha256"], 32, BY_NAME["sha256"]),
    "rsa_pss_4096_sha512_mgf1_64.json": Scheme("rsa-pss", BY_NAME["sha512"], 64, BY_NAME["sha512"]),
    "ecdsa_secp256r1_sha256.json": Scheme("ecdsa", BY_NAME["sha256"]),
    "ecdsa_secp384r1_sha384.json": Scheme("ecdsa", BY_NAME["sha384"]),
    "ecdsa_secp521r1_sha512.json": Scheme("ecdsa", BY_NAME["sha512"]),
    "ecdsa_brainpoolP256r1_sha256.json": Scheme("ecdsa", BY_NAME["sha256"]),
    "ed25519.json": Scheme("ed25519", BY_NAME["sha512"]),
    "ed448.json": Scheme("ed448", BY_NAME["shake256"]),
}


@pytest.mark.parametrize("name", SCOPE)
def test_wycheproof(shared_vectors: Path, name: str) -> None:
    scheme = SCOPE[name]
    data = json.loads((shared_vectors / "eds" / "wycheproof" / name).read_text())
    keys = [bytes.fromhex(text) for text in data["public_keys_spki_hex"]]
    assert data["tests"]
    for case in data["tests"]:
        try:
            key = read_key(keys[case["key"]])
            holds = key.allows(scheme) and scheme.verifies(
                key.key, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])
            )
        except SignaturesError:
            holds = False
        if case["result"] != "acceptable":
            assert holds is (case["result"] == "valid"), case


def spki(key: object) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]


def test_keys_of_other_kinds_are_refused_with_their_name() -> None:
    for key, name in (
        (ec.generate_private_key(ec.SECP256K1()), "EC on secp256k1"),
        (x25519.X25519PrivateKey.generate(), "1.3.101.110"),
    ):
        with pytest.raises(UnknownAlgorithm) as refusal:
            read_key(spki(key))
        assert refusal.value.name == name


def test_an_rsa_key_bound_to_pss_signs_nothing_else() -> None:
    plain = read_key(spki(make_key("rsa", 9)))
    pss = algorithm("1.2.840.113549.1.1.10")
    inner = spki(make_key("rsa", 9))
    body = inner[inner.index(b"\x03\x82\x01\x0f") :]
    bound = read_key(encode(0x30, pss, body))
    assert isinstance(bound.key, rsa.RSAPublicKey)
    pkcs1, with_pss = SCOPE["rsa_signature_2048_sha256.json"], SCOPE["rsa_pss_2048_sha256_mgf1_32.json"]
    assert [plain.allows(pkcs1), plain.allows(with_pss)] == [True, True]
    assert [bound.allows(pkcs1), bound.allows(with_pss)] == [False, True]


@pytest.mark.parametrize(
    "data", [b"", b"\x30\x00", b"\x04\x00", encode(0x30, algorithm("1.2.840.113549.1.1.1", NULL), b"\x03\x02\x00\x00")]
)
def test_keys_that_can_not_be_read_are_the_packages_own_error(data: bytes) -> None:
    with pytest.raises(SignaturesError):
        read_key(data)


def test_gost_keys_need_a_known_parameter_set_and_a_point_on_the_curve() -> None:
    point = encode(0x03, b"\0" + encode(0x04, b"\1" * 128))
    known = encode(0x30, oid("1.2.398.3.10.1.1.2.2.1"), oid("1.2.398.3.10.1.3.3"))
    for parameters in (known, b"", encode(0x30, oid("1.2.3"), oid("1.2.3"))):
        with pytest.raises(SignaturesError):
            read_key(encode(0x30, algorithm("1.2.398.3.10.1.1.2.2", parameters), point))


def test_schemes_with_parameters_that_they_do_not_have_are_unknown() -> None:
    for dotted in ("1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2", "1.3.101.112"):
        with pytest.raises(UnknownAlgorithm):
            read_scheme(AlgorithmIdentifier(dotted, b"\x30\x00"))
    with pytest.raises(UnknownAlgorithm):
        hash_of(AlgorithmIdentifier("2.16.840.1.101.3.4.2.1", b"\x30\x00"))
    with pytest.raises(UnknownAlgorithm):  # only a SignerInfo may leave the hash to its digestAlgorithm
        read_scheme(AlgorithmIdentifier("1.2.840.113549.1.1.1", NULL))


MGF1 = "1.2.840.113549.1.1.8"


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        (None, "RSASSA-PSS without parameters"),
        (encode(0x30, encode(0xA3, encode(0x02, b"\x02"))), "RSASSA-PSS with another trailer"),
        (encode(0x30, encode(0xA1, algorithm("1.2.3", NULL))), "RSASSA-PSS with 1.2.3"),
        (encode(0x30, encode(0xA1, algorithm(MGF1))), f"RSASSA-PSS with {MGF1}"),
        (encode(0x30, encode(0xA0, algorithm("1.2.840.113549.2.5"))), "MD5"),
        (encode(0x30, encode(0xA2, encode(0x02, b"\x04\x01"))), "RSASSA-PSS with unusable parameters"),
        (encode(0x30, encode(0xA0, algorithm("1.2.398.3.10.1.3.3"))), "RSASSA-PSS with unusable parameters"),
        (b"\x30", "RSASSA-PSS with unreadable parameters"),
        (encode(0x30, NULL), "RSASSA-PSS with unreadable parameters"),
    ],
)
def test_pss_parameters_that_are_not_known_are_named(parameters: bytes | None, name: str) -> None:
    with pytest.raises(UnknownAlgorithm) as refusal:
        read_scheme(AlgorithmIdentifier("1.2.840.113549.1.1.10", parameters))
    assert refusal.value.name == name


def test_pss_defaults_are_sha1_and_twenty_bytes() -> None:
    scheme = read_scheme(AlgorithmIdentifier("1.2.840.113549.1.1.10", encode(0x30)))
    assert (scheme.hash.name, scheme.mask and scheme.mask.name, scheme.salt) == ("sha1", "sha1", 20)


def test_a_gost_key_is_an_octet_string_inside_the_bits() -> None:
    parameters = encode(0x30, oid("1.2.398.3.10.1.1.2.2.1"), oid("1.2.398.3.10.1.3.3"))
    for inner in (b"\1" * 128, NULL, encode(0x03, b"\0" * 128), encode(0x04, b"\1" * 64), b""):
        with pytest.raises(SignaturesError):
            read_key(encode(0x30, algorithm("1.2.398.3.10.1.1.2.2", parameters), encode(0x03, b"\0" + inner)))


def test_algorithms_have_names_for_people() -> None:
    assert name_of("1.2.398.3.10.1.1.2.3.2") == "gost-34.10-2015 with gost-34.11-2015-512"
    assert name_of("1.2.398.3.10.1.1.1.2") == "gost-34.310-2004 with gost-34.311-95"
    assert name_of("2.16.840.1.101.3.4.2.1") == "sha256"
    assert name_of("1.2.3.4") == "1.2.3.4"


def test_absent_and_null_parameters_agree_and_nothing_else_does() -> None:
    absent, null = AlgorithmIdentifier("1.2.3", None), AlgorithmIdentifier("1.2.3", NULL)
    assert absent.agrees(null)
    assert null.agrees(absent)
    assert not null.agrees(AlgorithmIdentifier("1.2.3", b"\x30\x00"))
    assert not null.agrees(AlgorithmIdentifier("1.2.4", NULL))


def test_dsa_is_read_with_its_hash_and_a_changed_signature_refused() -> None:
    private = dsa.generate_private_key(2048)
    for named, digest in (("1.2.840.10040.4.3", hashes.SHA1()), ("2.16.840.1.101.3.4.3.2", hashes.SHA256())):  # noqa: S303
        scheme = read_scheme(AlgorithmIdentifier(named, None))
        signature = private.sign(b"message", digest)
        key = read_key(private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        assert key.allows(scheme)
        assert scheme.verifies(key.key, signature, b"message")
        assert not scheme.verifies(key.key, signature, b"massage")
        assert not scheme.verifies(key.key, signature[:-1], b"message")
