"""One package and many bad ones through all verifiers: they agree on all that each can check (sections 14 and 16).

`verify.html` is asked the same in tests/browser, since it needs a browser.
"""

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from authsvc.evidence.errors import BadTrust, NotAPackage
from authsvc.evidence.trust import parse_trust
from authsvc.evidence.verdict import CHECKS, Verdict
from tests.authsvc.evidence import bad_packages
from tests.authsvc.evidence.bad_packages import CASES, Case
from tests.authsvc.evidence.court import AT, EXPORT, judge
from tests.authsvc.evidence.verifier_limits import LIMITS

pytestmark = pytest.mark.slow

VERIFY = Path(__file__).resolve().parents[3] / "authsvc" / "evidence" / "verifiers" / "verify.py"
OLDEST = (3, 8)
NOT_ITS = ("eds_", "report_", "how_to_", "seal_broken", "seal_fails", "seal_not_", "sealed_by")
"""Findings about what `authsvc evidence check` alone can judge."""

WHOLE = ("log/", "blob", "requ")
HARMLESS = {
    "a good package",
    "a good package packed again, deflated",
    "a new report on the document",
    "a new report of nothing",
    "a predecessor's package",
    "a successor's first record names the one in the log before",
    "35 R neutral in its own encoding",  # the rule asks for a canonical R, of whatever order
    "41 a record left out and named",
    "57 markup and turned text",
    "64 a verification by digest",
    "36 a log key that leaked after witnesses had signed",
    "a sealed package",
    "a key rotated",
}

Said = list[tuple[str, str, int, str]] | str
"""(check, code, weight, where) of each finding, sorted; or that it is no package."""


def load(name: str) -> ModuleType:
    """`verify.py` as a module of this process."""
    spec = importlib.util.spec_from_file_location(name, VERIFY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


WITH = load("verify_with_cryptography")
WITHOUT = load("verify_without_cryptography")
WITHOUT.MLDSA44PublicKey = None  # type: ignore[attr-defined]


def by_check(case: Case) -> Said:
    """What `authsvc evidence check` finds."""
    try:
        trust = parse_trust(case.trust) if case.trust is not None else None
        verdict: Verdict = judge(case.package, trust, case.receipts)
    except NotAPackage:
        return "not a package"
    except BadTrust:
        return "no trust"
    found = [(each.check, each.code, int(each.weight), each.where) for each in verdict.findings()]
    return sorted(each for each in found if not each[1].startswith(NOT_ITS))


def by_file(module: Any, case: Case) -> Said:
    """What `verify.py` finds."""
    try:
        trusted = module.read_trust(case.trust) if case.trust is not None else None
        checker = module.Checker(trusted, case.receipts, AT / 1000)
        checker.run(case.package)
    except module.NotAPackage:
        return "not a package"
    except module.Refused:
        return "no trust"
    found = [(each.check, each.code, each.weight, each.where) for each in checker.findings]
    for lang in ("kk", "ru", "en"):
        assert module.to_text(checker, lang)
        assert [each["check"] for each in json.loads(module.to_json(checker, lang))["checks"]] == list(CHECKS)
    return sorted(each for each in found if each[1] not in LIMITS)


@pytest.mark.parametrize("name", CASES)
def test_the_verifiers_agree(name: str) -> None:
    case = CASES[name]()
    expected = by_check(case)
    assert by_file(WITH, case) == expected
    assert by_file(WITHOUT, case) == expected
    weights = [each[2] for each in expected] if isinstance(expected, list) else [2]
    assert (max(weights) == 0) is (name in HARMLESS), expected


def test_without_cryptography_a_forged_ml_dsa_line_is_said_to_be_unchecked() -> None:
    """The one thing that the two ways of running it tell apart; it is in the sentence."""
    case = CASES["a good package"]()
    files = bad_packages.good()[1]
    lines = files["log/checkpoint"].split(b"\n")
    at = next(n for n, line in enumerate(lines) if len(line) > 2_000)
    lines[at] = lines[at][:-9] + (b"B" if lines[at][-9:-8] == b"A" else b"A") + lines[at][-8:]
    forged = bad_packages._with({"log/checkpoint": b"\n".join(lines)})
    assert ("log_signatures", "log_signature", 2, "log/checkpoint") in by_file(WITH, forged)
    for module, says in ((WITH, False), (WITHOUT, True)):
        checker = module.Checker(module.read_trust(case.trust), (), AT / 1000)
        checker.run(case.package)
        for lang in ("kk", "ru", "en"):
            assert ("ML-DSA-44" in module.say_verdict(checker, lang)) is says


def interpreters() -> Iterator[list[str]]:
    """This Python with nothing installed, and every other one of the promised versions that this machine has."""
    yield [sys.executable, "-I", "-S"]
    for minor in range(OLDEST[1], 15):
        found = shutil.which(f"python3.{minor}")
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            yield [found, "-I", "-S"]


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("a good package", 0, "VALID"),
        ("40 a letter of a record", 1, "INVALID"),
        ("a good package without trust.json", 2, "NOT CONFIRMED"),
        ("another ZIP", 65, "not a court package"),
    ],
)
@pytest.mark.parametrize("python", list(interpreters()), ids=lambda python: Path(python[0]).name)
def test_it_runs_on_a_bare_python(python: list[str], name: str, status: int, says: str, tmp_path: Path) -> None:
    case = CASES[name]()
    (tmp_path / "package.zip").write_bytes(case.package)
    (tmp_path / "trust.json").write_bytes(case.trust or b"")
    trust = ["--trust", "trust.json"] if case.trust else []
    command = [*python, str(VERIFY), "package.zip", *trust]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=120)
    text = done.stdout.decode()
    assert (done.returncode, done.stderr) == (status, b"")
    assert says in text
    if status < 65:
        assert text.splitlines()[2].startswith("TEST: ")
        assert text.splitlines()[0].startswith("СЫНАҚ: ")


def test_a_wrong_call_has_its_own_status(tmp_path: Path) -> None:
    (tmp_path / "trust.json").write_bytes(b'{"version":2}')
    (tmp_path / "package.zip").write_bytes(b"x")
    for arguments in ([], ["absent.zip"], ["package.zip", "--trust", "trust.json"], ["package.zip", "--what"]):
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(VERIFY), *arguments], cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == 64
        assert done.stderr
        assert b"Traceback" not in done.stderr


def test_it_is_python_3_8_and_shares_no_code_with_the_service() -> None:
    import ast

    tree = ast.parse(VERIFY.read_text(), feature_version=OLDEST)
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - {"cryptography"} <= sys.stdlib_module_names
    assert not imported & {"socket", "urllib", "http", "subprocess", "os", "ctypes", "pickle"}


def test_every_finding_has_words_in_three_languages() -> None:
    import re

    codes = set(re.findall(r'(?:fault|doubt|note|leave)\)?\(\s*"([a-z_]+)"', VERIFY.read_text()))
    assert len(codes) > 60
    assert codes - WITH.FINDINGS.keys() == set()
    for words in (
        *WITH.FINDINGS.values(),
        *WITH.WORDS.values(),
        *WITH.CHECK_NAMES.values(),
        *WITH.NOT_CHECKED.values(),
    ):
        assert len(words) == 3
        assert all(words)
        assert len({tuple(sorted(re.findall(r"\{\w+\}", text))) for text in words}) == 1


def test_a_finding_has_the_same_words_in_all_verifiers() -> None:
    from authsvc.evidence.words_findings import CHECKS as NAMES
    from authsvc.evidence.words_findings import FINDINGS

    both = FINDINGS.keys() & WITH.FINDINGS.keys()
    assert len(both) > 70
    assert {code: tuple(FINDINGS[code]) for code in both} == {code: WITH.FINDINGS[code] for code in both}
    assert {name: tuple(words) for name, words in NAMES.items()} == WITH.CHECK_NAMES


def attached(*packages: bytes, deflated: bool = False, indirect: bool = False) -> bytes:
    """A PDF that carries these packages."""
    import zlib

    parts = [b"%PDF-1.7\n"]
    for number, package in enumerate(packages, 5):
        content = zlib.compress(package) if deflated else package
        size = b"%d" % len(content)
        length = b"%d 0 R" % (90 + number) if indirect else size
        packed = b"/Filter/FlateDecode" if deflated else b""
        head = b"<</Type/EmbeddedFile/Subtype/application#2Fzip" + packed + b"/Length " + length + b">>"
        parts.append(b"%d 0 obj\n" % number + head + b"\nstream\n" + content + b"\nendstream\nendobj\n")
        parts.append(b"%d 0 obj\n" % (90 + number) + size + b"\nendobj\n" if indirect else b"")
    return b"".join(parts) + b"trailer\n%%EOF\n"


@pytest.mark.parametrize("deflated", [True, False])
@pytest.mark.parametrize("indirect", [True, False])
def test_the_pdf_form_is_the_package_that_it_carries(deflated: bool, indirect: bool) -> None:
    case = CASES["a good package"]()
    pdf = attached(case.package, deflated=deflated, indirect=indirect)
    for module in (WITH, WITHOUT):
        assert by_file(module, Case(pdf, case.trust)) == by_file(module, case)
        checker = module.Checker(module.read_trust(case.trust), (), AT / 1000)
        checker.run(pdf)
        assert "whether the pages of the PDF are those of the package" in module.say_verdict(checker, "en")


def test_the_form_as_one_pdf_that_is_handed_out_is_taken() -> None:
    """report.pdf with the package attached, as the service writes it."""
    from authsvc.evidence.package import build
    from authsvc.evidence.package_pdf import write_pdf_form
    from authsvc.evidence.report_pdf import write_pdf

    case = CASES["a good package"]()
    package = build(bad_packages.good()[0].contents(), write_pdf=write_pdf)
    form = Case(write_pdf_form(package), case.trust)
    assert by_file(WITH, form) == by_file(WITHOUT, form) == by_check(form)
    assert by_file(WITH, form) == by_file(WITH, Case(package, case.trust))
    at = form.package.rindex(b'"confirmed"') + 2
    altered = Case(form.package[:at] + b"X" + form.package[at + 1 :], case.trust)
    assert by_file(WITH, altered) == [("container", "archive", 2, "")]


def test_a_pdf_without_a_package_is_none_and_with_two_is_refused() -> None:
    case, other = CASES["a good package"](), CASES["50 a value"]()
    assert by_file(WITH, Case(attached(), case.trust)) == "not a package"
    assert by_file(WITH, Case(attached(case.package, other.package), case.trust)) == [("container", "archive", 2, "")]


@pytest.mark.deep
def test_every_changed_byte_of_a_signed_part_changes_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of one record with its values and proof, of the log's own files and the texts; of the rest each eleventh."""
    _mutate(monkeypatch, lambda path, size: range(0, size, 1 if "/0008." in path or path[:4] in WHOLE else 11))


def test_a_changed_byte_of_a_signed_part_changes_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    _mutate(monkeypatch, lambda _path, size: range(size // 3, size, 1 + size // 2))


def _mutate(monkeypatch: pytest.MonkeyPatch, places: Callable[[str, int], range]) -> None:
    """Each place in turn, without a look at the custody record: what is signed speaks for itself.

    What is pure is asked once for each input, or the deep run would take a day.
    """
    for name in ("verify_ed25519", "is_good_key", "read_vkey", "read_entry", "read_proof", "read_json", "slots_of"):
        monkeypatch.setattr(WITH, name, lru_cache(getattr(WITH, name)))
    files = bad_packages.good()[1]
    trusted = WITHOUT.read_trust(CASES["a good package"]().trust)
    folders = ("records/", "disclosures/", "blobs/", "log/", "request/", "proofs/")
    free = {"log/policy"}
    for path, content in files.items():
        if not path.startswith(folders) or path in free:
            continue
        for at in places(path, len(content)):
            changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
            checker = WITH.Checker(trusted, (), AT / 1000)
            checker.files, checker.export = {**files, path: changed}, EXPORT
            checker.read_items()
            for check in CHECKS[1:]:
                checker.open(check)
                getattr(checker, f"check_{check}")()
            assert checker.weight > 0, (path, at)
