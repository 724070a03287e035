"""The rest of the NCA's published test data: authorities, lists of old algorithms, and what is no signed document."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from signatures import (
    Cache,
    Evidence,
    Indication,
    NotASignedDocument,
    SignaturesError,
    Status,
    SubIndication,
    TrustAnchors,
    validate_path,
    verify,
)
from signatures.certificates import read_certificates
from signatures.revocation import Crl
from tests.signatures.making import LENIENT, harmless

UNSURE = Indication.INDETERMINATE

# Authority, the issuer that the index names, a moment, and the code of what is in the way, if anything is.
AUTHORITIES = [
    ("nca_gost2022_test.cer", "root_test_gost_2022.cer", datetime(2026, 11, 22, tzinfo=UTC), ""),
    ("root_test_gost_2022.cer", "root_test_gost_2022.cer", datetime(2026, 11, 22, tzinfo=UTC), ""),
    ("nca_rsa_test.cer", "kuc_rsa_test.cer", datetime(2026, 11, 22, tzinfo=UTC), ""),
    ("kuc_rsa_test.cer", "kuc_rsa_test.cer", datetime(2026, 11, 22, tzinfo=UTC), ""),
    ("nca_rsa_test_old.crt", "root_rsa_test_old.crt", datetime(2022, 6, 1, tzinfo=UTC), ""),
    ("prod_nca_rsa_2015.cer", "prod_root_rsa_2015.cer", datetime(2017, 6, 1, tzinfo=UTC), ""),
    ("prod_nca_rsa_2015.cer", "prod_root_rsa_2015.cer", datetime(2021, 1, 1, tzinfo=UTC), "path.validity"),
    ("prod_nca_rsa_2015.cer", "prod_root_rsa_2015.cer", datetime(2026, 1, 1, tzinfo=UTC), "path.ca_validity"),
    ("nca_gost_test_2004.cer", "kuc_gost_test_2004.cer", datetime(2024, 1, 15, tzinfo=UTC), ""),
    ("nca_gost_test_old.crt", "root_gost_test_old.crt", datetime(2022, 6, 1, tzinfo=UTC), ""),
]


@pytest.fixture
def folder(shared_vectors: Path) -> Path:
    return shared_vectors / "kz"


@pytest.mark.parametrize(("name", "issuer", "at", "code"), AUTHORITIES)
def test_each_authority_is_signed_by_the_one_that_the_index_names(
    folder: Path, name: str, issuer: str, at: datetime, code: str
) -> None:
    anchors = TrustAnchors.of((folder / "ca" / issuer).read_bytes())
    certificate = (folder / "ca" / name).read_bytes()
    result = validate_path(certificate, anchors=anchors, evidence=Evidence(), at=at, policy=LENIENT)
    assert (result.failure.code if result.failure else "") == code


def test_each_authority_is_signed_by_nobody_else(folder: Path) -> None:
    files = {path.name: path.read_bytes() for path in (folder / "ca").iterdir()}
    at = datetime(2023, 9, 1, tzinfo=UTC)
    found = {
        (name, issuer)
        for name, der in files.items()
        for issuer, anchor in files.items()
        if name != issuer
        and validate_path(der, anchors=TrustAnchors.of(anchor), evidence=Evidence(), at=at, policy=LENIENT).valid
    }
    assert found == {
        ("nca_gost2022_test.cer", "root_test_gost_2022.cer"),
        ("nca_gost_test_2004.cer", "kuc_gost_test_2004.cer"),
        ("nca_gost_test_old.crt", "root_gost_test_old.crt"),
        ("nca_rsa_test.cer", "kuc_rsa_test.cer"),
        ("nca_rsa_test_old.crt", "root_rsa_test_old.crt"),
    }


@pytest.mark.parametrize("name", ["nca_gost_test_49dfe9", "nca_gost_test_db0ca1", "nca_d_gost_test_8f617d"])
def test_a_list_signed_by_gost_2004_is_read(folder: Path, name: str) -> None:
    crl = Crl.of((folder / "crl" / f"{name}.crl").read_bytes())
    assert crl.outer_algorithm.oid == "1.2.398.3.10.1.1.1.2"
    assert crl.delta is name.startswith("nca_d_")
    assert crl.next_update is not None
    assert crl.next_update > crl.this_update


@pytest.mark.parametrize("name", ["nca_d_gost_test_2022_5ba9a7", "nca_d_rsa_test_91e373", "nca_gost2022_d_test_a434ee"])
def test_a_delta_list_alone_clears_nobody(folder: Path, name: str) -> None:
    rsa = "rsa" in name
    leaf = "kit2023-11_rsa-auth_person_valid_a56cdb" if rsa else "kit2023-11_gost2015_head_valid_b93f31"
    issuer = "nca_rsa_test.cer" if rsa else "nca_gost2022_test.cer"
    result = validate_path(
        (folder / "certs" / f"{leaf}.cer").read_bytes(),
        anchors=TrustAnchors.of((folder / "ca" / issuer).read_bytes()),
        evidence=Evidence.of(crls=[(folder / "crl" / f"{name}.crl").read_bytes()]),
        at=datetime(2024, 1, 15, tzinfo=UTC),
    )
    assert result.statuses[0].status is Status.UNKNOWN
    assert "crl.delta" in {check.code for check in result.checks}


@pytest.mark.parametrize("tampered", [False, True])
def test_a_real_time_stamp_token_is_never_a_passed_document(folder: Path, tampered: bool) -> None:
    """RFC 3161 tokens are SignedData; this one is signed by GOST 34.310-2004."""
    token = (folder / "tst" / "tst_ac4bc962df.der").read_bytes()
    token = token.replace(b"20250224192314Z", b"20200224192314Z") if tampered else token
    anchors = TrustAnchors.of(*((folder / "ca" / name).read_bytes() for name in ("nca_gost_test_2004.cer",)))
    report = verify(token, anchors=anchors, at=datetime(2025, 6, 1, tzinfo=UTC), policy=LENIENT)
    if tampered:
        assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE)
    else:
        assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.CHAIN_CONSTRAINTS_FAILURE)
    assert report.signatures[0].intact is not tampered
    assert report.signatures[0].check("algorithm.weak") is not None


def test_files_that_are_no_signed_documents_are_refused_by_their_kind(folder: Path) -> None:
    others = [path for kind in ("ca", "certs", "crl", "p12-test-keys") for path in sorted((folder / kind).iterdir())]
    assert len(others) > 80
    for path in others:
        with pytest.raises(NotASignedDocument):
            verify(path.read_bytes(), anchors=TrustAnchors.of(), at=datetime(2026, 11, 24, tzinfo=UTC))


def test_every_certificate_and_list_of_the_folder_is_read(folder: Path) -> None:
    read = [
        one for path in folder.glob("c*/*.c??") if path.suffix != ".crl" for one in read_certificates(path.read_bytes())
    ]
    assert len(read) == 12 + 55
    assert all(one.subject.readable and one.issuer.readable for one in read)
    assert len([Crl.of(path.read_bytes()) for path in folder.glob("crl/*.crl")]) == 12


@pytest.mark.deep
def test_no_changed_byte_of_a_real_signature_passes(folder: Path) -> None:
    """Three bits of each byte; what passes is what no signature covers (`harmless`)."""
    signed = (folder / "cms" / "own_head_attached.der").read_bytes()
    anchors = TrustAnchors.of((folder / "ca" / "nca_gost2022_test.cer").read_bytes())
    evidence = Evidence.of(crls=[(folder / "crl" / "nca_gost2022_test_b9be6a.crl").read_bytes()])
    cache, at = Cache(), datetime(2026, 11, 22, 12, tzinfo=UTC)
    for place in range(len(signed)):
        for bit in (0x01, 0x20, 0x80):
            changed = bytearray(signed)
            changed[place] ^= bit
            try:
                report = verify(bytes(changed), anchors=anchors, at=at, evidence=evidence, cache=cache)
            except SignaturesError:
                continue
            assert report.indication is not Indication.TOTAL_PASSED or harmless(signed, place)
