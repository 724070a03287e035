"""`authsvc client`: an operator registers a relying party, changes it, and ends it; a secret is printed once."""

import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from authsvc.cli import main
from authsvc.sandbox import seed
from tests.command import environ_of
from tests.test_docs_examples import DOCS, after
from tests.world import Seeded

pytestmark = pytest.mark.slow

METADATA = {
    "client_name": "Ministry",
    "redirect_uris": ["https://ministry.example/cb"],
    "scope": "openid iin",
    "grant_types": ["authorization_code"],
}


@pytest.fixture
def file(seeded_sqlite: Seeded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sandbox, which the environment names; the file of a relying party's metadata."""
    data = tmp_path / "data"
    shutil.copytree(seeded_sqlite.data, data)
    shutil.copy(seeded_sqlite.data.parent / f"{seeded_sqlite.data.name}.fence.json", tmp_path / "data.fence.json")
    for name in [each for each in os.environ if each.startswith("AUTHSVC_")]:
        monkeypatch.delenv(name)
    for name, value in environ_of(seed.settings_of(data, 8000)).items():
        monkeypatch.setenv(name, value)
    made = tmp_path / "ministry.json"
    made.write_text(json.dumps(METADATA))
    return made


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["client", *arguments])
    return (status, *capsys.readouterr())


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    status, out, _ = run(capsys, *arguments)
    assert status == 0
    answer: dict[str, Any] = json.loads(out)
    return answer


def test_a_relying_party_lives_from_register_to_close(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = told(capsys, "register", str(file), "--id", "ministry", "--ground", "Agreement 7")
    assert (made["client_id"], made["scope"]) == ("ministry", "openid iin")
    assert len(made["client_secret"]) == 43
    assert "client_secret" not in told(capsys, "show", "ministry")
    renewed = told(capsys, "secret", "ministry", "--ground", "The secret was in a mail")
    assert renewed["client_secret"] != made["client_secret"]
    file.write_text(json.dumps({**METADATA, "client_name": "The Ministry"}))
    changed = told(capsys, "change", "ministry", str(file), "--ground", "Letter 9")
    assert (changed["client_name"], len({made["record"], renewed["record"], changed["record"]})) == ("The Ministry", 3)
    assert "ministry  open  client_secret_basic  The Ministry" in run(capsys, "list")[1].splitlines()
    assert run(capsys, "close", "ministry", "--ground", "Agreement ended")[0] == 0
    lines = [json.loads(line) for line in run(capsys, "list", "--json")[1].splitlines()]
    assert {line["client_id"]: line["state"] for line in lines}["ministry"] == "closed"
    status, out, problem = run(capsys, "close", "ministry", "--ground", "again")
    assert (status, out, problem) == (1, "", "authsvc: this relying party is closed; register another\n")


def test_the_guides_example_registers(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(after(DOCS / "operators.md", "relying party"))
    made = told(capsys, "register", str(file), "--ground", "Agreement 7")
    assert made["client_name#kk"] == "Мысал банкі"


def test_metadata_comes_from_standard_input_too(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(file.read_text()))
    made = told(capsys, "register", "-", "--ground", "Agreement 7")
    assert told(capsys, "show", made["client_id"])["state"] == "open"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (None, "No such file"),
        ("{", "no JSON text"),
        ("[]", "a JSON object is expected"),
        ('{"redirect_uris": ["http://ministry.example/cb"]}', "redirect_uri"),
    ],
)
def test_what_is_wrong_with_the_metadata_is_said(
    file: Path, capsys: pytest.CaptureFixture[str], text: str | None, rule: str
) -> None:
    file.unlink()
    if text is not None:
        file.write_text(text)
    status, out, problem = run(capsys, "register", str(file), "--ground", "Agreement 7")
    assert (status, out) == (1, "")
    assert rule in problem


def test_a_token_opens_registration_for_its_days(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "token", "--days", "2")
    token, said = out.splitlines()
    assert (status, len(token), said) == (0, 43, "good for 2 days; it is not shown again")
    for days in ("0", "367", "x"):
        with pytest.raises(SystemExit):
            run(capsys, "token", "--days", days)
