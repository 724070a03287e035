"""`./dev` itself: a sentence for each thing that a person can mend, and pip's settings said again to uv."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
DEV = ROOT / "dev"


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`./dev` as a module, with a folder of its own to work in."""
    monkeypatch.setenv("DEV_DIR", str(tmp_path / "dev"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader("dev_script", str(DEV))
    spec = importlib.util.spec_from_loader("dev_script", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_an_old_python_can_read_it_as_far_as_the_sentence(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    ast.parse(DEV.read_text(), feature_version=(3, 6))
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    with pytest.raises(dev.Refusal, match=r"needs Python 3\.11 or newer, and .* is 3\.9"):
        dev.main(["demo"])


def test_it_imports_nothing_but_the_standard_library() -> None:
    tree = ast.parse(DEV.read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {a.name for node in imports if isinstance(node, ast.Import) for a in node.names}
    names |= {node.module or "" for node in imports if isinstance(node, ast.ImportFrom)}
    assert names <= sys.stdlib_module_names


def test_help_names_every_command(dev: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main([]) == 0
    shown = capsys.readouterr().out
    assert [name for name in dev.COMMANDS if f"./dev {name}" not in shown] == []


def test_an_unknown_command_is_a_sentence_and_no_traceback() -> None:
    done = subprocess.run([sys.executable, str(DEV), "dance"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "./dev knows no command 'dance'; ./dev --help lists them.\n")


def test_without_pip_it_says_how_to_get_it(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "base_python", lambda: "/bin/false")
    with pytest.raises(dev.Refusal, match=r"has no pip.*apt install python3-pip"):
        dev.with_pip()


def test_a_folder_that_cannot_be_made_is_named_with_the_way_out(dev: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(dev.Refusal, match=r"can't write to .*DEV_DIR"):
        dev.claim(str(tmp_path / "file" / "dev"))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("error: Failed to fetch: `x`", "No package index could be reached"),
        ("ERROR: No matching distribution found for uv", "No package index could be reached"),
        ("error: No space left on device (os error 28)", "the disk is full"),
        ("error: Hash mismatch for x", "a file is not the one that the lock names"),
        ("error: something new", "the lines above say why"),
    ],
)
def test_a_loader_that_fails_ends_in_one_sentence(dev: ModuleType, said: str, sentence: str) -> None:
    with pytest.raises(dev.Refusal, match=sentence):
        dev.attempt(["sh", "-c", f"echo '{said}'; exit 1"], dict(os.environ), "load it")


def settings_from(dev: ModuleType, monkeypatch: pytest.MonkeyPatch, listed: str) -> tuple[dict[str, str], list[str]]:
    def run(*_: Any, **__: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 0, listed, "")

    monkeypatch.setattr(dev.subprocess, "run", run)
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "UV_INSECURE_HOST", "SSL_CERT_FILE", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    environ, options = dev.index_settings()
    return environ, options


def test_what_pip_is_told_about_indexes_is_told_to_uv(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    absent = tmp_path / "absent"
    listed = f"""\
global.index-url='https://mirror.example/simple'
global.extra-index-url='https://one.example/simple\\nhttps://two.example/simple'
global.find-links='{tmp_path} {absent}'
global.cert='/etc/ca.pem'
global.trusted-host='mirror.example'
install.no-index='false'
"""
    environ, options = settings_from(dev, monkeypatch, listed)
    assert environ["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert environ["UV_INDEX"] == "https://one.example/simple https://two.example/simple"
    assert environ["UV_FIND_LINKS"] == str(tmp_path)
    assert environ["SSL_CERT_FILE"] == "/etc/ca.pem"
    assert environ["UV_INSECURE_HOST"] == "mirror.example"
    assert options == []


def test_the_environment_wins_over_pips_files_and_uvs_own_variables_over_both(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = ":env:.index-url='https://env.example'\nglobal.index-url='https://file.example'\nglobal.no-index='1'\n"
    environ, options = settings_from(dev, monkeypatch, listed)
    assert environ["UV_DEFAULT_INDEX"] == "https://env.example"
    assert options == ["--no-index"]
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example")
    assert dev.index_settings()[0]["UV_DEFAULT_INDEX"] == "https://uv.example"


def test_another_lock_project_or_place_is_another_fingerprint(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in (*dev.LOCKS.values(), "pyproject.toml"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(dev, "ROOT", str(tmp_path))
    first = dev.fingerprint("run")
    assert dev.fingerprint("run") == first != dev.fingerprint("test")
    (tmp_path / "requirements.lock").write_text("other")
    second = dev.fingerprint("run")
    (tmp_path / "pyproject.toml").write_text("other")
    assert len({first, second, dev.fingerprint("run")}) == 3


@pytest.mark.parametrize(
    ("arguments", "parallel"),
    [([], True), (["--all"], True), (["--deep", "-x"], True), (["tests/test_dev.py"], False), (["-k", "x"], False)],
)
def test_only_the_whole_suite_is_spread_over_two_workers(dev: ModuleType, arguments: list[str], parallel: bool) -> None:
    assert bool(dev.spread(arguments)) is parallel


@pytest.mark.parametrize(
    ("arguments", "quick"), [([], True), (["-x"], True), (["--all"], False), (["--deep", "-x"], False)]
)
def test_the_quick_tier_alone_leaves_slow_tests_out(dev: ModuleType, arguments: list[str], quick: bool) -> None:
    assert (dev.spread(arguments)[-2:] == ["-m", "not slow"]) is quick


def test_the_pinned_uv_has_hashes_and_no_host() -> None:
    text = (ROOT / "requirements-uv.lock").read_text()
    assert text.count("--hash=sha256:") > 10
    assert "://" not in text
