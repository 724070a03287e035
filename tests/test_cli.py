"""The command line as its contract names it: help, statuses of wrong calls, and how little it loads to start."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from authsvc import __version__, cli
from authsvc.sandbox import seed
from tests.command import ROOT, environ_of, run_authsvc
from tests.world import Seeded

pytestmark = pytest.mark.slow

HEAVY = (
    "fastapi", "starlette", "pydantic", "uvicorn", "uvloop", "asyncpg", "sqlite3", "redis", "httpx2", "jinja2",
    "cryptography", "argon2", "jwt", "webauthn", "orjson", "signatures", "confirmations", "authsvc.app",
    "authsvc.service", "authsvc.store", "authsvc.evidence",
)  # fmt: skip
WEB = (
    "fastapi",
    "starlette",
    "pydantic",
    "uvicorn",
    "jinja2",
    "asyncpg",
    "sqlite3",
    "redis",
    "httpx2",
    "authsvc.store",
)


def commands(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every verb with its words, groups too."""
    yield path
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from commands(inner, (*path, name))


ALL = list(commands(cli.parser()))


def ended(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        cli.main(words)
    return int(str(end.value.code or 0))


def test_the_verbs_that_are_promised_are_there() -> None:
    promised = {
        ("serve",),
        ("migrate",),
        ("config", "check"),
        ("signatures", "verify"),
        ("evidence", "check"),
        ("evidence", "export"),
        ("evidence", "fsck"),
        ("sandbox", "pki"),
    }
    assert promised <= set(ALL)


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_each_verb_has_help_that_ends_well(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(*words, "--help") == 0
    told = capsys.readouterr()
    assert told.out.startswith(f"usage: {' '.join(('authsvc', *words))} ")
    assert told.err == ""


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_an_option_that_is_not_known_is_a_usage_error(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(*words, "--no-such-option") == 64
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("usage: authsvc")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "dance",
        "config",
        "evidence",
        "evidence check",
        "evidence check a b",
        "evidence check a --lang de",
        "evidence export",
        "evidence fsck extra",
        "signatures",
        "signatures verify",
        "sandbox",
        "sandbox pki",
    ],
)
def test_a_wrong_call_has_a_status_of_its_own(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(*line.split()) == 64
    assert capsys.readouterr().out == ""


def test_the_program_itself_answers_help_and_version() -> None:
    done = run_authsvc("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"authsvc {__version__}\n", "")
    done = run_authsvc("no-such-verb")
    assert (done.returncode, done.stdout) == (64, "")
    script = Path(sys.executable).with_name("authsvc")
    if script.exists():
        done = subprocess.run([script, "--help"], capture_output=True, text=True, check=False)
        assert done.returncode == 0


def loaded(code: str, wanted: tuple[str, ...]) -> str:
    """Which of these modules are there after this code has run."""
    after = f"import contextlib, sys\n{code}\nprint([name for name in {wanted!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", after], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize("words", [("--help",), ("evidence", "check", "--help"), ("serve", "--help"), ("--version",)])
def test_help_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    code = f"from authsvc.cli import main\nwith contextlib.suppress(SystemExit):\n    main({list(words)!r})"
    assert loaded(code, HEAVY) == "[]"


@pytest.mark.parametrize(
    "code",
    [
        "import signatures",
        "import confirmations",
        "from authsvc.cli import main; main(['evidence', 'check', 'pyproject.toml'])",
        "from authsvc.cli import main; main(['signatures', 'verify', 'pyproject.toml'])",
    ],
)
def test_the_law_books_and_a_courts_tools_load_no_web_and_no_database(code: str) -> None:
    assert loaded(code, WEB) == "[]"


def test_what_is_no_signed_document_or_package_has_a_status_of_its_own() -> None:
    for words in (("signatures", "verify"), ("evidence", "check")):
        done = run_authsvc(*words, ROOT / "pyproject.toml")
        assert done.returncode == 65
        assert "Traceback" not in done.stderr
        done = run_authsvc(*words, ROOT / "no-such-file")
        assert done.returncode == 64
        assert "Traceback" not in done.stderr


GOOD = {
    "AUTHSVC_ISSUER": "https://id.example.kz",
    "AUTHSVC_LOG_ORIGIN": "log.example.kz/1",
    "AUTHSVC_DATABASE": "/nowhere/authsvc.sqlite",
    "AUTHSVC_KEYS_DIR": "/nowhere/keys",
    "AUTHSVC_FENCE_FILE": "/nowhere/fence",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without settings, whatever the caller's says."""
    for name in [each for each in os.environ if each.startswith("AUTHSVC_")]:
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"AUTHSVC_ISSUER": ""}, "issuer"),
        ({"AUTHSVC_ISUER": "x"}, "unknown setting isuer; did you mean issuer?"),
        ({"AUTHSVC_PORT": "eighty"}, "port: a whole number is needed"),
        ({"AUTHSVC_LOG_ENTRIES_PUBLIC": "perhaps"}, "log_entries_public: true or false is needed"),
        ({"AUTHSVC_ENVIRONMENT": "test"}, "log_origin begins with `test.` exactly when environment is test"),
        ({"AUTHSVC_CONFIG": "/nowhere/authsvc.toml"}, "/nowhere/authsvc.toml"),
    ],
)
def test_settings_that_can_not_be_are_told_by_name(
    changes: dict[str, str], words: str, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {**GOOD, **changes}.items():
        environment.setenv(name, value)
    assert cli.main(["config", "check"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert words in told.err
    assert told.err.startswith("authsvc: ")


def test_settings_come_from_a_file_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "authsvc.toml"
    file.write_text("\n".join(f'{name[8:].lower()} = "{value}"' for name, value in GOOD.items()))
    done = run_authsvc("config", "check", settings={"AUTHSVC_CONFIG": str(file)})
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert "production, issuer https://id.example.kz, log log.example.kz/1" in done.stdout
    (tmp_path / "issuer").write_text("https://other.example.kz\n")
    done = run_authsvc(
        "config", "check", settings={"AUTHSVC_CONFIG": str(file), "AUTHSVC_ISSUER_FILE": str(tmp_path / "issuer")}
    )
    assert "issuer https://other.example.kz" in done.stdout


def test_a_new_deployment_is_made_once(
    tmp_path: Path, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in GOOD.items():
        environment.setenv(name, value.replace("/nowhere", str(tmp_path)))
    assert cli.main(["serve"]) == 1
    assert cli.main(["init", "--ground", "order 7"]) == 0
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    keys = {path: path.read_bytes() for path in (tmp_path / "keys").rglob("*") if path.is_file()}
    capsys.readouterr()
    assert cli.main(["init"]) == 1
    assert capsys.readouterr().err == "authsvc: this database holds an evidence log already\n"
    assert {path: path.read_bytes() for path in (tmp_path / "keys").rglob("*") if path.is_file()} == keys
    assert cli.main(["migrate"]) == 0
    assert cli.main(["evidence", "fsck"]) == 0
    assert re.fullmatch(r"\d+ entries computed anew: clean\n", capsys.readouterr().out)
    assert cli.main(["evidence", "fsck", "--data", str(tmp_path)]) == 0
    (tmp_path / "empty").mkdir()
    assert cli.main(["evidence", "fsck", "--data", str(tmp_path / "empty")]) == 1


def test_serve_ends_with_status_0_when_it_is_told_to_stop(seeded_sqlite: Seeded, tmp_path: Path) -> None:
    shutil.copytree(seeded_sqlite.data, tmp_path / "data")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings = replace(seed.settings_of(tmp_path / "data", port), fence_file=tmp_path / "fence")
    environ = {**os.environ, **environ_of(settings), "AUTHSVC_PORT": str(port)}
    command = [sys.executable, "-c", "import sys; from authsvc.cli import main; sys.exit(main(['serve']))"]
    served = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert served.stdout is not None
    assert served.stderr is not None
    try:
        complaints = [served.stderr.readline(), served.stderr.readline()]
        assert f"running on http://127.0.0.1:{port}" in complaints[-1]
        answered = httpx2.get(f"http://127.0.0.1:{port}/health/ready")
        assert (answered.status_code, answered.json()["status"]) == (200, "up")
        served.send_signal(signal.SIGTERM)
        said, rest = served.stdout.read(), served.stderr.read()
        served.wait(20)
    finally:
        served.kill()
        served.wait()
        served.stdout.close()
        served.stderr.close()
    assert served.returncode == 0
    assert said == ""
    assert "Traceback" not in "".join(complaints) + rest
    assert '"route":"/health/ready","status":200' in rest
