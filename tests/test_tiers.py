"""The three tiers of `./dev test`: what is left out, what is skipped aloud, and what `--all` does not let pass."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import NO_CHROMIUM, NO_VECTORS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
SUITE = f"""
import pytest

def test_plain(): pass

@pytest.mark.deep
def test_long(): pass

@pytest.mark.browser
def test_page(): pass

def test_tool(): pytest.skip("no such tool here")

def test_vectors(): pytest.skip({NO_VECTORS!r})
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    path = tmp_path / "test_made.py"
    path.write_text(SUITE)
    return path


def run(suite: Path, *options: str, only: str = "", chromium: bool = False) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environ |= {"TEST_CHROMIUM": "/bin/true"} if chromium else {"PATH": "/nonexistent"}
    chosen = [f"{suite}::test_{name}" for name in only.split()] or [str(suite)]
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    command += ["-c", str(ROOT / "pyproject.toml"), *options, *chosen]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


def test_the_quick_tier_ends_well_without_a_browser_and_says_what_that_cost(suite: Path) -> None:
    done = run(suite)
    assert done.returncode == 0
    assert f"SKIPPED 1 test: {NO_CHROMIUM}" in done.stdout
    assert "SKIPPED 1 test: no such tool here" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 passed, 3 skipped, 1 deselected")


def test_with_all_a_skip_is_a_failure_unless_only_the_public_vectors_are_absent(suite: Path) -> None:
    done = run(suite, "--all")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("1 failed, 1 passed, 1 skipped, 1 deselected, 1 error")
    assert run(suite, "--all", only="plain page vectors", chromium=True).returncode == 0


def test_deep_brings_the_long_runs(suite: Path) -> None:
    done = run(suite, "--deep", only="plain long")
    assert done.stdout.splitlines()[-1].startswith("2 passed in")


def test_two_workers_say_the_same(suite: Path) -> None:
    done = run(suite, "--all", "-n", "2")
    assert "1 failed, 1 passed, 1 skipped, 1 error" in done.stdout.splitlines()[-1]
