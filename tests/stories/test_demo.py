"""`./dev demo` as a lawyer reads it: one story in each language that ends by itself with the court's verdict."""

from __future__ import annotations

import json
import re
import signal
import socket
import stat
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import httpx2
import pytest

from authsvc.sandbox.demo import main
from tests.stories.conftest import ROOT, Demo
from tests.stranger import check_log

pytestmark = pytest.mark.slow

LOCALES = ("kk", "ru", "en")
VERDICT = {"kk": "ЖАРАМДЫ", "ru": "ДЕЙСТВИТЕЛЕН", "en": "VALID"}


@pytest.fixture(autouse=True, scope="module")
def begun(demo: Demo) -> None:
    """All three at once: they wait for each other's processors only."""
    for locale in LOCALES:
        demo.begin(locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_it_ends_well_and_the_last_lines_hold_the_verdict(demo: Demo, locale: str) -> None:
    told = demo.tell(locale)
    assert (told.status, told.complaints) == (0, "")
    chapters = re.findall(r"^(\d)\. ", told.said, re.MULTILINE)
    assert chapters == ["1", "2", "3", "4", "5", "6", "7"]
    last = told.said.split("\n6. ")[1]
    assert VERDICT[locale] in last
    assert "records/0003.note" in last
    assert told.said.split("\n7. ")[1].count("\n   ") == 3


@pytest.mark.parametrize("locale", LOCALES)
def test_it_leaves_what_it_promises_whatever_lay_there_before(demo: Demo, locale: str) -> None:
    told = demo.tell(locale)
    assert sorted(path.name for path in told.out.iterdir()) == [
        "court-package.zip",
        "data",
        "data.fence.json",
        "trust.json",
    ]
    for name in ("world.json", "pki.json"):
        assert stat.S_IMODE((told.out / "data" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((told.out / "data" / "keys").stat().st_mode) == 0o700
    assert json.loads(told.trust.read_text())["environment"] == "test"


@pytest.mark.parametrize("locale", LOCALES)
def test_it_tells_a_story_and_dumps_no_log(demo: Demo, locale: str) -> None:
    said = demo.tell(locale).said
    for machine in (
        "Traceback",
        "INFO",
        "WARNING",
        "DEBUG",
        '{"',
        "eyJ",
        "HTTP/1.1",
        "-----BEGIN",
        "None",
        "password=",
    ):
        assert machine not in said
    assert not [line for line in said.splitlines() if len(line) > 400]
    letters = {"kk": "әғқңөұүһі", "ru": "ыэъё", "en": ""}[locale]
    assert not letters or any(letter in said.lower() for letter in letters)
    for citizen in demo.tell(locale).world["subjects"]:
        assert citizen["password"] not in said
        assert citizen["totp_secret"] not in said


@pytest.mark.parametrize("locale", LOCALES)
def test_each_step_of_the_story_is_told(demo: Demo, locale: str) -> None:
    said = demo.tell(locale).said
    for outcome in (
        "test.sandbox.authsvc/1",
        "pwd, otp, mfa",
        "confirmation-receipt+jwt",
        "TOTAL-PASSED",
        "TOTAL-FAILED/HASH_FAILURE",
        "INDETERMINATE/REVOKED_NO_POE",
        "INDETERMINATE/TRY_LATER",
        "confirmation_is_not_a_signature",
        "login_challenge_is_not_a_document",
        "authentication 1",
        "confirmation 2",
        "signature_verification 6",
        "INVALID",
    ):
        assert outcome in said, outcome
    assert said.count("TOTAL-PASSED") == 3


def test_it_needs_nothing_but_what_requirements_lock_lists(demo: Demo) -> None:
    pinned = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert "cryptography" in pinned
    known = packages_distributions()
    loaded = demo.tell("en").imported - sys.stdlib_module_names - {"__main__", "authsvc", "signatures", "confirmations"}
    assert {"fastapi", "cryptography", "httpx2"} <= loaded
    needed = {re.sub(r"[-_.]+", "-", dist).lower() for name in loaded for dist in known.get(name, ())}
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["reports"]
    may_be_there = {re.split(r"[^a-z0-9-]", each)[0] for each in extra}
    # Its API and what exports share one namespace, which names no distribution; the API is pinned.
    assert "opentelemetry-api" in pinned
    needed = {each for each in needed if not each.startswith("opentelemetry-")}
    assert needed - set(pinned) - may_be_there == set()
    # Made by compiled modules, or loaded by the interpreter itself at its start (Debian's has one): in no distribution.
    of_nobody = {"cython_runtime", "sitecustomize", "usercustomize"}
    assert sorted(name for name in loaded - known.keys() - of_nobody if not name.startswith("_")) == []


def test_what_it_leaves_can_be_served_and_its_log_is_the_one_of_the_story(demo: Demo, tmp_path: Path) -> None:
    told = demo.tell("ru")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    file = tmp_path / "sandbox.json"
    command = [sys.executable, "-m", "authsvc.sandbox.up", "--port", str(port), "--data", str(told.out / "data")]
    served = subprocess.Popen(
        [*command, "--sandbox-file", str(file)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert served.stdout is not None
    try:
        assert served.stdout.readline() == f"TEST sandbox: http://localhost:{port}\n"
        assert any(str(file) in line for line in iter(served.stdout.readline, ""))
        kept = json.loads(file.read_text())
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        with httpx2.Client(base_url=kept["issuer"]) as http:
            log = check_log(
                lambda path: http.get(path).raise_for_status().content,
                kept["log"]["vkey"],
                json.loads(told.trust.read_text())["genesis"],
            )
            assert (len(log.of_type("confirmation")), len(log.of_type("export"))) == (2, 1)
            assert "aigul" in http.get("/sandbox/phones", headers={"accept": "text/html"}).text
        with pytest.raises(OSError, match=r"."), socket.create_connection(("127.0.0.2", port), timeout=5):
            pass
    finally:
        served.send_signal(signal.SIGTERM)
        _, complaints = served.communicate(timeout=120)
    assert (served.returncode, complaints) == (0, "")


def test_a_language_that_is_not_spoken_is_a_usage_error_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--out", str(tmp_path / "out"), "--lang", "de"])
    assert ended.value.code == 2
    assert "kk, ru, en" in capsys.readouterr().err.replace("'", "")
    assert not (tmp_path / "out").exists()
