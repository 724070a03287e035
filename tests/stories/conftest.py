"""The demonstration as a program of its own, told once in each language that a test asks for."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 120
TELL = """
import json, sys
from authsvc.sandbox.demo import main
status = main(sys.argv[2:])
with open(sys.argv[1], "w") as file:
    json.dump(sorted({name.partition(".")[0] for name in sys.modules}), file)
sys.exit(status)
"""
"""The demonstration as `./dev` starts it; then what it had imported is written down."""


@dataclass(frozen=True)
class Told:
    """What the demonstration said and left behind."""

    status: int
    said: str
    complaints: str
    out: Path
    imported: frozenset[str]

    @property
    def package(self) -> Path:
        """The court's package."""
        return self.out / "court-package.zip"

    @property
    def trust(self) -> Path:
        """What the court has beforehand."""
        return self.out / "trust.json"

    @property
    def world(self) -> dict[str, list[dict[str, str]]]:
        """People and relying parties of the telling."""
        world: dict[str, list[dict[str, str]]] = json.loads((self.out / "data" / "world.json").read_text())
        return world


@dataclass
class Demo:
    """Tells the demonstration in a language; a second time it is the first telling again."""

    folder: Path
    _begun: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    _told: dict[str, Told] = field(default_factory=dict)

    def begin(self, locale: str) -> None:
        """Begin a telling without waiting for its end, in a folder where another one seems to have been."""
        if locale in self._begun:
            return
        out = self.out(locale)
        (out / "data").mkdir(parents=True)
        (out / "data" / "authsvc.sqlite").write_bytes(b"what a broken run left")
        (out / "data.fence.json").write_text(json.dumps({"size": 99, "root": "A" * 43 + "="}))
        command = [sys.executable, "-c", TELL, str(self._modules(locale)), "--out", str(out), "--lang", locale]
        self._begun[locale] = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def tell(self, locale: str) -> Told:
        """What was told."""
        if locale not in self._told:
            self.begin(locale)
            said, complaints = self._begun[locale].communicate(timeout=LONGEST_S)
            modules = self._modules(locale)
            imported = frozenset(json.loads(modules.read_text()) if modules.exists() else ())
            status = self._begun[locale].returncode
            self._told[locale] = Told(status, said, complaints, self.out(locale), imported)
        return self._told[locale]

    def out(self, locale: str) -> Path:
        """Where a telling leaves its files."""
        return self.folder / f"out-{locale}"

    def _modules(self, locale: str) -> Path:
        return self.folder / f"modules-{locale}.json"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demonstration."""
    demo = Demo(tmp_path_factory.mktemp("demo"))
    yield demo
    for process in demo._begun.values():
        if process.poll() is None:
            process.kill()
            process.communicate()
