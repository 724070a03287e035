"""`authsvc evidence check`: exit statuses, TEST first, places and languages; a real EDS judged again."""

import argparse
import json
from pathlib import Path

import pytest

from authsvc import cli_evidence
from authsvc.evidence.check_eds import EdsCase
from authsvc.evidence.trust import print_trust
from tests.authsvc.evidence.court import DOCUMENT, SIGNED, VERIFIED, Court
from tests.authsvc.evidence.samples import T0


@pytest.fixture
def court() -> Court:
    """A case without a signed document: nothing here depends on another package."""
    made = Court()
    made.case = [kind for kind in made.case if kind.id != VERIFIED]
    return made


@pytest.fixture
def files(court: Court, tmp_path: Path) -> tuple[str, str]:
    """Package and trust.json on disk."""
    from dataclasses import replace

    from authsvc.evidence.package import build

    package, trust = tmp_path / "court-package.zip", tmp_path / "trust.json"
    package.write_bytes(build(replace(court.contents(), documents=())))
    trust.write_bytes(print_trust(court.trust()))
    return str(package), str(trust)


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    cli_evidence.add_commands(parser.add_subparsers())
    args = parser.parse_args(["evidence", "check", *words])
    return int(args.run(args))


def test_a_valid_package_exits_0_and_says_test_first(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    package, trust = files
    assert run(package, "--trust", trust) == 0
    out = capsys.readouterr().out
    assert out.startswith("TEST")
    assert "15. " in out
    assert out.rstrip().splitlines()[-1].startswith("VALID: ")


@pytest.mark.parametrize(("lang", "word"), [("kk", "ЖАРАМДЫ"), ("ru", "ДЕЙСТВИТЕЛЕН"), ("en", "VALID")])
def test_the_verdict_is_said_in_three_languages(
    files: tuple[str, str], lang: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    package, trust = files
    assert run(package, "--trust", trust, "--lang", lang) == 0
    assert word in capsys.readouterr().out


def test_without_trust_it_exits_2(files: tuple[str, str]) -> None:
    assert run(files[0]) == 2


def test_one_bit_changed_exits_1_and_names_the_record(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    package, trust = files
    data = bytearray(Path(package).read_bytes())
    data[data.index(b'"declined"') + 4] ^= 1
    Path(package).write_bytes(data)
    assert run(package, "--trust", trust, "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert said["verdict"] == "INVALID"
    assert said["environment"] in ("test", "")


def test_json_has_every_check_and_record(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    package, trust = files
    assert run(package, "--trust", trust, "--json", "--lang", "ru") == 0
    said = json.loads(capsys.readouterr().out)
    assert [check["number"] for check in said["checks"]] == list(range(1, 16))
    assert {check["outcome"] for check in said["checks"]} == {"holds", "not_made"}
    assert {record["verdict"] for record in said["records"]} == {"VALID"}
    assert "время не доказано" in said["sentence"]


def test_what_is_no_package_exits_65(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"%PDF-1.7")
    assert run(str(tmp_path / "x")) == 65


def test_files_that_can_not_be_read_exit_64(files: tuple[str, str], tmp_path: Path) -> None:
    assert run(str(tmp_path / "absent")) == 64
    (tmp_path / "trust.json").write_bytes(b"{}")
    assert run(files[0], "--trust", str(tmp_path / "trust.json")) == 64


def test_a_receipt_that_is_none_is_not_confirmed(files: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "receipt").write_bytes(b"not a receipt")
    assert run(files[0], "--trust", files[1], "--receipt", str(tmp_path / "receipt")) == 2


def test_bytes_that_are_no_signed_document_have_no_result() -> None:
    case = EdsCase(SIGNED, DOCUMENT, {}, (), (), (), (b"no certificate",), T0)
    assert list(cli_evidence.verify_eds(case)) == []
