"""Hostile keys and signature values: what costs time, what another library would believe, what must not raise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from signatures import Evidence, Indication, Policy, TrustAnchors, validate_path, verify
from signatures.algorithms import HASHES, Scheme, UnknownAlgorithm
from signatures.asn1 import BIT_STRING, OCTET_STRING, SEQUENCE
from signatures.der import encode
from signatures.errors import SignaturesError
from signatures.keys import LoadedKey, read_key
from tests.signatures.conftest import World
from tests.signatures.making import AT, NULL, Ca, algorithm, cms, envelope, integer, make_key, name_of, oid, signer_info

CONTENT = b"content"
RSA, EC, GOST = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1", "1.2.398.3.10.1.1.2.2"
LENIENT = Policy.default().without_revocation()


def rsa_spki(modulus: int, exponent: int) -> bytes:
    key = encode(SEQUENCE, integer(modulus), integer(exponent))
    return encode(SEQUENCE, algorithm(RSA, NULL), encode(BIT_STRING, b"\0" + key))


def modulus() -> int:
    key = make_key("rsa", 9)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.public_key().public_numbers().n


@pytest.mark.parametrize("bits", [8193, 16384, 32768])
def test_an_rsa_key_beyond_the_bound_is_named_and_not_used(bits: int) -> None:
    with pytest.raises(UnknownAlgorithm):
        read_key(rsa_spki((1 << bits) - 1, 65537))


@pytest.mark.parametrize("exponent", [0, 1, 2, -3, 65536, (1 << 2047) + 1, (1 << 4095) + 1])
def test_rsa_exponents_that_are_none_or_cost_time_end_in_a_verdict(exponent: int) -> None:
    """An even, tiny, negative or huge exponent: refused when read, or a signature that does not hold."""
    scheme = Scheme("rsa-pkcs1", HASHES["2.16.840.1.101.3.4.2.1"])
    try:
        key = read_key(rsa_spki(modulus(), exponent))
    except SignaturesError:
        return
    for value in (b"", b"\0" * 256, b"\1" * 256, b"\xff" * 256, b"\1"):
        assert not scheme.verifies(key.key, value, CONTENT)


def test_no_exponent_makes_a_padded_digest_its_own_signature() -> None:
    """With the exponent 1 the padded digest itself would be the signature of anybody."""
    digest = HASHES["2.16.840.1.101.3.4.2.1"].of(CONTENT)
    info = encode(SEQUENCE, algorithm("2.16.840.1.101.3.4.2.1", NULL), encode(OCTET_STRING, digest))
    padded = b"\0\1" + b"\xff" * (256 - 3 - len(info)) + b"\0" + info
    with pytest.raises(UnknownAlgorithm):
        read_key(rsa_spki(modulus(), 1))
    scheme = Scheme("rsa-pkcs1", HASHES["2.16.840.1.101.3.4.2.1"])
    assert not scheme.verifies(RSAPublicNumbers(65537, modulus()).public_key(), padded, CONTENT)


def test_curves_with_explicit_parameters_are_refused() -> None:
    """CVE-2020-0601: the true key's point with a base point of the forger's choice makes any key a match."""
    p = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    key = make_key("ec", 9)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    parameters = encode(
        SEQUENCE,
        integer(1),
        encode(SEQUENCE, oid("1.2.840.10045.1.1"), integer(p)),
        encode(SEQUENCE, *(encode(OCTET_STRING, number.to_bytes(32, "big")) for number in (p - 3, b))),
        encode(OCTET_STRING, point),  # the forger's base point: the public key itself
        integer(order),
        integer(1),
    )
    with pytest.raises(UnknownAlgorithm):
        read_key(encode(SEQUENCE, algorithm(EC, parameters), encode(BIT_STRING, b"\0" + point)))


@pytest.mark.parametrize("point", [b"", b"\0", b"\4" + b"\0" * 64, b"\4" + b"\xff" * 64, b"\2" + b"\xff" * 32])
def test_points_off_the_curve_are_refused(point: bytes) -> None:
    parameters = oid("1.2.840.10045.3.1.7")
    with pytest.raises(UnknownAlgorithm):
        read_key(encode(SEQUENCE, algorithm(EC, parameters), encode(BIT_STRING, b"\0" + point)))


def keys() -> Iterator[LoadedKey]:
    for kind in ("rsa1024", "rsa", "ec", "ec384", "ec521", "ed25519"):
        public = make_key(kind, 9).public_key()
        yield read_key(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def schemes() -> Iterator[Scheme]:
    for one in HASHES.values():
        yield Scheme("gost-34.10-2015", one)
        if one.primitive is not None:
            yield from (Scheme("rsa-pkcs1", one), Scheme("ecdsa", one), Scheme("ed25519", one))
            yield from (Scheme("rsa-pss", one, salt, one) for salt in (0, 20, 1024))


KEYS, SCHEMES = list(keys()), list(schemes())


@given(st.sampled_from(SCHEMES), st.sampled_from(KEYS), st.binary(max_size=300) | st.binary(min_size=64, max_size=64))
def test_no_scheme_raises_or_accepts_random_bytes_under_any_key(scheme: Scheme, key: LoadedKey, value: bytes) -> None:
    assert not scheme.verifies(key.key, value, CONTENT)
    if not key.allows(scheme):
        assert not scheme.fits(key.key)


@given(st.sampled_from(KEYS), st.data())
def test_changed_keys_end_in_a_key_or_in_the_packages_own_error(key: LoadedKey, data: st.DataObject) -> None:
    spki = bytearray(key.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))  # type: ignore[union-attr]
    for _ in range(data.draw(st.integers(1, 3))):
        spki[data.draw(st.integers(0, len(spki) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = read_key(bytes(spki))
    except SignaturesError:
        return
    for scheme in SCHEMES:
        assert not scheme.verifies(read.key, b"\1" * 64, CONTENT)


def test_a_certificate_with_an_unusable_key_is_named_and_never_passes(world: World) -> None:
    """A key as huge as a certificate may carry: OpenSSL would work on it for minutes."""
    good = world.issuing.issue("Huge", key=make_key("rsa", 9))
    spki = good.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    tbs = good.certificate.tbs_certificate_bytes
    inner = tbs[tbs.index(b"\xa0\x03\x02\x01\x02") :].replace(spki, rsa_spki((1 << 16384) - 1, (1 << 16383) + 1))
    body = encode(SEQUENCE, inner)
    key = world.issuing.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    value = encode(BIT_STRING, b"\0" + key.sign(body, ec.ECDSA(hashes.SHA256())))
    certificate = encode(SEQUENCE, body, algorithm("1.2.840.10045.4.3.2"), value)
    assert validate_path(
        certificate, anchors=world.anchors, evidence=Evidence.of([world.issuing.der]), at=AT, policy=LENIENT
    ).valid
    signed = envelope(CONTENT, [signer_info(good, CONTENT)], [certificate])
    report = world.verify(signed)
    assert report.indication is Indication.INDETERMINATE
    assert report.signatures[0].check("algorithm.known") is not None
    assert "16384" in str(report.signatures[0].failures)


def test_authorities_that_certify_each_other_in_a_circle_lead_nowhere_and_end(world: World) -> None:
    """Every authority has certified every other: without a bound there are more paths than atoms."""
    stranger = [Ca.root(f"Circle {place}", key=make_key("ec", 200 + place)) for place in range(6)]
    crossed = [
        one.issue("", subject=other.certificate.subject, key=other.key, ca=True)
        for one in stranger
        for other in stranger
        if one is not other
    ]
    leaf = stranger[0].issue("Leaf", key=make_key("ec", 210))
    known = Evidence.of([one.der for one in crossed])
    result = validate_path(leaf.der, anchors=world.anchors, evidence=known, at=AT, policy=LENIENT)
    assert result.failure is not None
    assert result.failure.code in ("path.found", "limit.exceeded")
    found = validate_path(leaf.der, anchors=TrustAnchors.of(stranger[3].der), evidence=known, at=AT, policy=LENIENT)
    assert found.valid


def test_an_authority_that_certifies_its_own_name_again_and_again_ends(world: World) -> None:
    above, chain = world.root, []
    for place in range(12):
        above = above.issue("Same", subject=name_of("Same"), key=make_key("ec", 220 + place), ca=True)
        chain.append(above)
    leaf = above.issue("Leaf", key=make_key("ec", 240))
    known = Evidence.of([one.der for one in chain])
    result = validate_path(leaf.der, anchors=world.anchors, evidence=known, at=AT, policy=LENIENT)
    assert not result.valid  # longer than the bound on a path
    wide = LENIENT.with_limits(path_length=20)
    assert validate_path(leaf.der, anchors=world.anchors, evidence=known, at=AT, policy=wide).valid


def test_a_name_constraint_bomb_goes_beyond_the_limit() -> None:
    """Thousands of constraints times thousands of names."""
    subtrees = [x509.DNSName(f"d{number}.example.kz") for number in range(1_000)]
    names = [x509.DNSName(f"n{number}.example.org") for number in range(1_000)]
    root = Ca.root("Root", extensions=[(x509.NameConstraints(None, subtrees), True)])
    leaf = root.issue("Leaf", extensions=[(x509.SubjectAlternativeName(names), False)])
    result = validate_path(leaf.der, anchors=TrustAnchors.of(root.der), evidence=Evidence(), at=AT, policy=LENIENT)
    assert result.failure is not None
    assert (result.failure.code, result.failure.param("limit")) == ("limit.exceeded", "name_checks")


def test_a_bomb_in_one_document_is_a_verdict_of_that_document(world: World) -> None:
    """The same limits through `verify`: an undecided signature with the limit named, no exception."""
    signed = cms(world.signer, CONTENT)
    report = verify(
        signed,
        anchors=world.anchors,
        at=AT,
        evidence=world.evidence,
        policy=Policy.default().with_limits(key_checks=2),
    )
    (check,) = report.signatures[0].failures
    assert (check.code, check.param("limit")) == ("limit.exceeded", "key_checks")
