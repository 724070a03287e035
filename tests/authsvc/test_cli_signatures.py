"""`authsvc signatures verify`: exit statuses of the contract, sentences in three languages, JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from authsvc import cli
from authsvc.web.sandbox.pki.samples import DOCUMENT, write_pki
from tests.conftest import START_MS

AT = datetime.fromtimestamp(START_MS / 1000, UTC).isoformat()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A test PKI of the ECDSA family with its documents, as `authsvc sandbox pki` writes them."""
    import random

    out = tmp_path_factory.mktemp("pki")
    write_pki(out, START_MS, random.Random(7).randbytes, families=("ecdsa",))  # noqa: S311
    return out / "ecdsa"


def run(folder: Path, name: str, *more: str) -> int:
    evidence = [
        word for file in ("issuing.cer", "root.crl", "issuing.crl") for word in ("--evidence", str(folder / file))
    ]
    anchor = ["--anchor", str(folder / "root.cer"), "--at", AT]
    return cli.main(["signatures", "verify", str(folder / "documents" / f"{name}.cms"), *anchor, *evidence, *more])


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("good", 0),
        ("good-cades", 0),
        ("good-cades-stamped", 0),
        ("good-two-signers", 0),
        ("tampered", 1),
        ("revoked", 2),
        ("on-hold", 2),
        ("without-crl", 2),
    ],
)
def test_the_exit_status_is_the_verdict(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, status: int
) -> None:
    assert run(folder, name) == status
    printed = capsys.readouterr().out
    assert printed.splitlines()[0].split()[0] == {0: "TOTAL-PASSED", 1: "TOTAL-FAILED", 2: "INDETERMINATE"}[status]


def test_detached_needs_its_document(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document, other = folder.parent / "document.txt", tmp_path / "document.txt"
    assert document.read_bytes() == DOCUMENT
    other.write_bytes(b"another")
    assert run(folder, "good-detached", "--content", str(document)) == 0
    assert run(folder, "good-detached", "--content", str(other), "--content", str(document)) == 0
    assert run(folder, "good-detached", "--content", str(other)) == 1
    capsys.readouterr()
    assert run(folder, "good-detached") == 2
    assert "SIGNED_DATA_NOT_FOUND" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("kk", "кері қайтарып алынған (кілт жария болған)"),
        ("ru", "(компрометация ключа)"),
        ("en", "(key compromise)"),
    ],
)
def test_a_revocation_is_told_with_its_reason_in_each_language(
    folder: Path, capsys: pytest.CaptureFixture[str], locale: str, sentence: str
) -> None:
    run(folder, "revoked", "--lang", locale)
    printed = capsys.readouterr().out
    assert sentence in printed
    assert "REVOKED_NO_POE" in printed


def test_json_is_the_whole_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "good", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["indication"] == "TOTAL-PASSED"
    assert report["signatures"][0]["signer"]["iin"]
    assert report["validation_time"] == AT.replace("+00:00", "Z")


@pytest.mark.parametrize(("name", "indication"), [("good", "total-passed"), ("tampered", "total-failed")])
def test_etsi_s_report_is_printed_with_the_status_of_the_verdict(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, indication: str
) -> None:
    assert run(folder, name, "--report", "etsi") == (0 if name == "good" else 1)
    printed = capsys.readouterr().out
    assert printed.startswith("<?xml")
    assert f"<SignatureValidationStatus><MainIndication>urn:etsi:019102:mainindication:{indication}<" in printed


def test_what_is_no_signed_document_ends_with_65_and_says_its_kind(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.signatures.test_opening import RECEIPT

    for text, code, words in (
        (RECEIPT, "confirmation_is_not_a_signature", "A confirmation is not a signature."),
        ("hello", "not_a_signed_document", "not a signed document"),
        ("eyJhbGciOiJFUzI1NiJ9.e30.AAAA", "format_not_read", "not read here"),
    ):
        file = tmp_path / "file"
        file.write_text(text)
        assert cli.main(["signatures", "verify", str(file), "--anchor", str(folder / "root.cer"), "--json"]) == 65
        printed = capsys.readouterr()
        assert json.loads(printed.out)["error"] == code
        assert words in printed.err


def test_wrong_calls_end_with_64(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = str(folder / "documents" / "good.cms")
    for call in (
        [str(tmp_path / "absent")],
        [good, "--at", "yesterday"],
        [good, "--at", "2026-11-24T10:00:00"],
        [good, "--anchor", good],
        [good, "--anchor", str(tmp_path / "absent")],
        [good, "--content", str(tmp_path)],
    ):
        assert cli.main(["signatures", "verify", *call]) == 64
    with pytest.raises(SystemExit) as end:
        cli.main(["signatures", "verify"])
    assert end.value.code == 64
    capsys.readouterr()


def test_help_loads_no_cryptography() -> None:
    program = (
        "import sys\nfrom authsvc import cli\n"
        "try: cli.main(['signatures', 'verify', '--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'signatures', 'cryptography', 'fastapi'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
