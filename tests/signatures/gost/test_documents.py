"""Real certificates, CRLs and CMS of the national test kit: their signatures hold, altered ones do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signatures.gost import PublicKey, Streebog

GOST_2015 = bytes.fromhex("060a2a830e030a0101020302")  # OID 1.2.398.3.10.1.1.2.3.2
CURVE = "1.2.398.3.10.1.1.2.2.1"
ROOT, ISSUING = "ca/root_test_gost_2022.cer", "ca/nca_gost2022_test.cer"
CRLS = (
    "nca_gost2022_test_5cb041",
    "nca_gost_test_2022_f9733d",
    "nca_gost2022_test_daace8",
    "nca_gost2022_test_b9be6a",
    "nca_d_gost_test_2022_5ba9a7",
    "nca_gost2022_d_test_a434ee",
)


def elements(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(tag, whole element, content) of each DER element in `data`."""
    start = 0
    while start < len(data):
        length, head = data[start + 1], 2
        if length & 0x80:
            head += length & 0x7F
            length = int.from_bytes(data[start + 2 : start + head])
        end = start + head + length
        yield data[start], data[start:end], data[start + head : end]
        start = end


def inside(data: bytes) -> list[tuple[int, bytes, bytes]]:
    """The elements inside the one element `data`."""
    return list(elements(next(elements(data))[2]))


def signed_parts(document: bytes) -> tuple[bytes, bytes, bytes]:
    """(signed bytes, signature algorithm, signature) of a certificate or a CRL."""
    (_, tbs, _), (_, algorithm, _), (_, _, bits) = inside(document)
    return tbs, algorithm, bits[1:]


def key_of(certificate: bytes) -> PublicKey:
    """The key of a GOST-2015-512 certificate: the sixth field after version, x then y inside an OCTET STRING."""
    spki = inside(signed_parts(certificate)[0])[6][1]
    bits = inside(spki)[1][2]
    return PublicKey.of(CURVE, next(elements(bits[1:]))[2])


def holds(document: bytes, key: PublicKey) -> bool:
    tbs, algorithm, signature = signed_parts(document)
    assert GOST_2015 in algorithm
    return key.verifies(signature, Streebog(64, tbs).digest())


@pytest.fixture
def kz(shared_vectors: Path) -> Path:
    return shared_vectors / "kz"


def test_the_root_signed_itself_and_the_issuing_authority(kz: Path) -> None:
    root = (kz / ROOT).read_bytes()
    assert holds(root, key_of(root))
    assert holds((kz / ISSUING).read_bytes(), key_of(root))


def test_the_issuing_authority_signed_every_leaf_of_2015(kz: Path) -> None:
    issuer = key_of((kz / ISSUING).read_bytes())
    leaves = [path for path in sorted((kz / "certs").glob("*.cer")) if GOST_2015 in path.read_bytes()]
    assert len(leaves) >= 25
    assert [path.name for path in leaves if not holds(path.read_bytes(), issuer)] == []


def test_every_leaf_of_2015_carries_a_key_on_the_curve(kz: Path) -> None:
    for path in sorted((kz / "certs").glob("*gost2015*.cer")):
        key = key_of(path.read_bytes())
        assert key.curve.holds(key.x, key.y), path.name


@pytest.mark.parametrize("name", CRLS)
def test_the_issuing_authority_signed_its_crls(kz: Path, name: str) -> None:
    """b9be6a names its algorithm without NULL inside and with NULL outside; only the exact bytes count here."""
    assert holds((kz / "crl" / f"{name}.crl").read_bytes(), key_of((kz / ISSUING).read_bytes()))


def test_a_document_under_the_wrong_key_does_not_hold(kz: Path) -> None:
    root, issuing = ((kz / name).read_bytes() for name in (ROOT, ISSUING))
    assert not holds(root, key_of(issuing))
    assert not holds(issuing, key_of(issuing))
    assert not holds((kz / "crl/nca_gost2022_test_b9be6a.crl").read_bytes(), key_of(root))


def test_any_flipped_byte_breaks_the_signature(kz: Path) -> None:
    issuer = key_of((kz / ISSUING).read_bytes())
    leaf = (kz / "certs/kit2026-05_gost2015_person_valid_f30e6e.cer").read_bytes()
    tbs, _, signature = signed_parts(leaf)
    digest = Streebog(64, tbs).digest()
    assert issuer.verifies(signature, digest)
    for place in range(0, len(signature), 9):
        altered = bytearray(signature)
        altered[place] ^= 0x10
        assert not issuer.verifies(bytes(altered), digest), place
    for place in range(0, len(tbs), 101):
        altered = bytearray(tbs)
        altered[place] ^= 0x01
        assert not issuer.verifies(signature, Streebog(64, altered).digest()), place


def test_the_russian_order_of_the_signature_does_not_hold(kz: Path) -> None:
    root = (kz / ROOT).read_bytes()
    tbs, _, signature = signed_parts(root)
    assert not key_of(root).verifies(signature[::-1], Streebog(64, tbs).digest())


@pytest.mark.parametrize("name", ["own_head_attached", "own_head_detached"])
def test_a_cms_of_the_kit_holds(kz: Path, name: str) -> None:
    """Signed attributes are hashed as a SET; the digest inside them stands in its natural order."""
    signed_data = inside(inside((kz / f"cms/{name}.der").read_bytes())[1][1])[0][2]
    *_, (_, signer_infos, _) = elements(signed_data)
    signer = inside(inside(signer_infos)[0][1])
    attributes, signature = signer[3][1], signer[5][2]
    holder = key_of((kz / "certs/kit2026-05_gost2015_head_valid_8e7b8a.cer").read_bytes())
    assert holder.verifies(signature, Streebog(64, b"\x31" + attributes[1:]).digest())
    assert not holder.verifies(signature, Streebog(64, attributes).digest())
    assert Streebog(64, b"authsvc sample").digest() in attributes
