"""`authsvc sandbox pki`: the folder that it writes."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from cryptography import x509

from authsvc.web.sandbox.pki import TestPki, write_pki
from authsvc.web.sandbox.pki.keys import load
from tests.authsvc.sandbox.made import NOW


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pki") / "new" / "folder"
    write_pki(out, NOW, random.Random(1).randbytes, families=("ecdsa", "gost"))  # noqa: S311 - repeatable on purpose
    return out


def test_private_keys_are_for_their_owner_alone(folder: Path) -> None:
    secret = [*folder.glob("*/keys/*.pem"), folder / "pki.json"]
    assert len(secret) == 2 * 10 + 1
    assert {path.stat().st_mode & 0o777 for path in secret} == {0o600}
    public = [path for path in folder.rglob("*") if path.is_file() and path not in secret]
    assert not [path for path in public if b"PRIVATE KEY" in path.read_bytes()]


def test_each_key_belongs_to_its_certificate(folder: Path) -> None:
    for path in folder.glob("*/keys/*.pem"):
        certificate = (path.parent.parent / f"{path.stem}.cer").read_bytes()
        assert load(path.read_text()).public_info() in certificate, path


def test_the_index_names_files_that_are_there(folder: Path) -> None:
    index = json.loads((folder / "documents.json").read_text())
    assert (folder / index["content"]).is_file()
    expected: dict[str, int] = {}
    for row in index["documents"]:
        for name in (row["file"], row["anchor"], *row["evidence"]):
            assert (folder / name).is_file(), name
        expected[row["expected"]] = expected.get(row["expected"], 0) + 1
    assert expected == {"TOTAL_PASSED": 10, "TOTAL_FAILED": 2, "INDETERMINATE": 2, "not TOTAL_PASSED": 4}


def test_the_tampered_document_differs_in_its_text_alone(folder: Path) -> None:
    for family in ("ecdsa", "gost"):
        good, bad = ((folder / family / f"documents/{name}.cms").read_bytes() for name in ("good", "tampered"))
        assert len(good) == len(bad)
        assert sum(a != b for a, b in zip(good, bad, strict=True)) == 1


def test_the_revoked_leaf_is_in_the_crl_and_the_good_one_is_not(folder: Path) -> None:
    crl = x509.load_der_x509_crl((folder / "ecdsa/issuing.crl").read_bytes())
    serials = {
        name: x509.load_der_x509_certificate((folder / f"ecdsa/{name}.cer").read_bytes()).serial_number
        for name in ("person", "revoked", "on-hold", "without-crl")
    }
    listed = {name for name, serial in serials.items() if crl.get_revoked_certificate_by_serial_number(serial)}
    assert listed == {"revoked", "on-hold"}


def test_the_sandbox_can_start_from_the_folder(folder: Path) -> None:
    pki = TestPki.from_json((folder / "pki.json").read_text(), entropy=bytes)
    assert pki.anchors() == [(folder / family / "root.cer").read_bytes() for family in ("ecdsa", "gost")]


def test_writing_again_replaces_files_and_their_modes(folder: Path, tmp_path: Path) -> None:
    stale = tmp_path / "pki.json"
    stale.write_text("old")
    stale.chmod(0o644)
    write_pki(tmp_path, NOW, random.Random(1).randbytes, families=("ecdsa", "gost"))  # noqa: S311 - repeatable
    assert stale.stat().st_mode & 0o777 == 0o600
    for path in folder.rglob("*"):
        if path.is_file():
            assert (tmp_path / path.relative_to(folder)).read_bytes() == path.read_bytes(), path
