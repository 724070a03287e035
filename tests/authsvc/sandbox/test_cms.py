"""Signed documents of the test PKI: OpenSSL accepts RSA and ECDSA, `signatures.gost` GOST; nothing altered holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from authsvc.web.sandbox.pki import Credential, Family, TestPki, sign_cms, timestamp
from authsvc.web.sandbox.pki.der import Element, inside, oid, read
from tests.authsvc.sandbox.made import NOW, openssl, verifies, write_pem

CONTENT = "Төлем: 1000 теңге".encode()
ESS = oid("1.2.840.113549.1.9.16.2.47")
STAMP = oid("1.2.840.113549.1.9.16.2.14")


def signed_data(cms: bytes) -> list[Element]:
    """The fields of the SignedData."""
    return inside(inside(cms)[1].content)


def signers(cms: bytes) -> list[list[Element]]:
    """The fields of each SignerInfo."""
    return [inside(each.raw) for each in read(signed_data(cms)[-1].content)]


def holds(cms: bytes, credentials: Sequence[Credential], content: bytes) -> bool:
    """Every signer is one of the credentials, its digest is the content's, and its signature holds."""
    known = {each.issuer_name + each.certificate_der: each for each in credentials}
    for _, _, _, attributes, _, signature, *_ in signers(cms):
        as_set = b"\x31" + attributes.raw[1:]
        matching = [each for each in known.values() if verifies(each.certificate_der, signature.content, as_set)]
        if not any(each.key.digest(content) in as_set for each in matching):
            return False
    return True


@pytest.mark.parametrize("family", ["rsa", "ecdsa"])
@pytest.mark.parametrize("ess", [False, True], ids=["plain", "cades"])
@pytest.mark.parametrize("detached", [False, True], ids=["attached", "detached"])
def test_openssl_accepts_what_rsa_and_ecdsa_sign(
    pki: TestPki, family: Family, person: Credential, detached: bool, ess: bool, tmp_path: Path
) -> None:
    authority, cms, content = pki.authority(family), tmp_path / "signed.cms", tmp_path / "content"
    root = write_pem(tmp_path / "root.pem", "CERTIFICATE", authority.root.credential.certificate_der)
    held = [authority.issuing.credential.certificate_der]
    cms.write_bytes(sign_cms(CONTENT, [person], signing_time=NOW, detached=detached, ess=ess, certificates=held))
    content.write_bytes(CONTENT)
    asked = ["cms", "-verify", "-binary", "-inform", "DER", "-in", cms, "-CAfile", root, "-attime", str(NOW // 1000)]
    asked += ["-content", content] if detached else []
    result = openssl(*asked)
    assert result.returncode == 0, result.stderr
    assert result.stdout == CONTENT
    assert (openssl(*asked, "-cades").returncode == 0) == ess, "CAdES only with the ESS attribute"
    content.write_bytes(CONTENT + b".")
    cms.write_bytes(cms.read_bytes().replace(b"1000", b"9000"))
    assert openssl(*asked).returncode != 0


@pytest.mark.parametrize("detached", [False, True], ids=["attached", "detached"])
@pytest.mark.parametrize("ess", [False, True], ids=["plain", "cades"])
def test_every_family_signs_what_another_hand_verifies(person: Credential, detached: bool, ess: bool) -> None:
    cms = sign_cms(CONTENT, [person], signing_time=NOW, detached=detached, ess=ess)
    assert holds(cms, [person], CONTENT)
    assert not holds(cms, [person], CONTENT + b".")
    assert (CONTENT in cms) != detached
    assert person.certificate_der in cms
    assert (ESS in cms) == ess


def test_the_national_practice_signs_three_attributes(person: Credential) -> None:
    (signer,) = signers(sign_cms(CONTENT, [person], signing_time=NOW))
    kinds = [inside(each.raw)[0].raw for each in read(signer[3].content)]
    assert sorted(kinds) == sorted(oid(f"1.2.840.113549.1.9.{number}") for number in (3, 4, 5))
    assert read(signer[3].content) == sorted(read(signer[3].content), key=lambda each: each.raw), "a DER SET OF"


def test_no_signing_time_means_none(person: Credential) -> None:
    cms = sign_cms(CONTENT, [person], signing_time=None)
    assert oid("1.2.840.113549.1.9.5") not in cms
    assert holds(cms, [person], CONTENT)


def test_our_gost_document_has_the_shape_of_the_test_kits(pki: TestPki, shared_vectors: Path) -> None:
    """Same content, same attributes, same algorithm identifiers: what differs are names, numbers and values."""
    real = (shared_vectors / "kz/cms/own_head_attached.der").read_bytes()
    leaf = pki.authority("gost").issue_person(name="ТЕСТОВ ТЕСТ", iin="990517200018")
    ours = sign_cms(b"authsvc sample", [leaf], signing_time=NOW)
    for theirs, mine in zip(signed_data(real)[:3], signed_data(ours)[:3], strict=True):
        assert theirs.raw == mine.raw
    (signer_theirs,), (signer_mine,) = signers(real), signers(ours)
    assert [each.tag for each in signer_theirs] == [each.tag for each in signer_mine]
    assert signer_theirs[2].raw == signer_mine[2].raw
    assert signer_theirs[4].raw == signer_mine[4].raw
    attributes = [
        [inside(each.raw)[0].raw for each in read(signer[3].content)] for signer in (signer_theirs, signer_mine)
    ]
    assert attributes[0] == attributes[1]


def test_several_signers_of_several_families_stand_side_by_side(pki: TestPki) -> None:
    credentials = [
        pki.authority(family).issue_person(name="ТЕСТОВ ТЕСТ", iin="990517200018") for family in ("gost", "ecdsa")
    ]
    cms = sign_cms(CONTENT, credentials, signing_time=NOW, certificates=pki.issuers(), crls=pki.crls(NOW))
    assert len(signers(cms)) == 2
    assert len(read(signed_data(cms)[1].content)) == 2, "two digest algorithms"
    assert holds(cms, credentials, CONTENT)
    assert all(each in cms for each in (*pki.issuers(), *pki.crls(NOW)))


def test_signing_twice_gives_the_same_bytes(person: Credential) -> None:
    assert sign_cms(CONTENT, [person], signing_time=NOW) == sign_cms(CONTENT, [person], signing_time=NOW)


def test_a_stamp_covers_the_signature_value(pki: TestPki, person: Credential, family: Family) -> None:
    stamper = timestamp.issue_stamper(pki.authority(family))
    covered: list[bytes] = []

    def stamp(data: bytes) -> bytes:
        covered.append(data)
        return timestamp.stamp(stamper, data, at=NOW, entropy=bytes)

    cms = sign_cms(CONTENT, [person], signing_time=NOW, ess=True, stamp=stamp)
    (signer,) = signers(cms)
    assert covered == [signer[5].content]
    assert STAMP in signer[6].raw
    assert stamper.key.digest(signer[5].content) in signer[6].raw
    token = inside(inside(signer[6].content)[1].raw)[0].raw
    (info,) = read(inside(signed_data(token)[2].raw)[1].content)
    assert holds(token, [stamper], info.content)
