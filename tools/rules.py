"""The rules of this repository that no linter knows: sizes, hosts and paths, marks, licences, locks, pure modules.

Run by `./dev check`. Prints warnings and findings, one a line; exit status 1 when there is a finding.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
CODE = ("signatures", "confirmations", "authsvc", "bench", "tools")
SCHEMA = ROOT / "authsvc" / "store" / "schema"
MOST_LINES = 350
MOST_FUNCTION_LINES = 40

REGISTRIES = re.compile(r"https?://[a-z0-9.-]*(pythonhosted|pypi\.|npmjs|deb\.debian|security\.debian)")
MACHINE = re.compile(r"(^|[^A-Za-z0-9._\-])/(work|root|home|Users)/")
MARKS = re.compile(
    "|".join(("Not" + "ImplementedError", r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", "#.*XX" + "X", "for " + "now"))
)
SOFT = re.compile(r"except Exception: *" + "pass" + r"|assert " + r"True\b")
IGNORE = re.compile(
    r"#\s*(noqa|type:\s*ignore)(?P<codes>(:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*)|\[[a-z\-, ]+\])?(?P<reason>.*)$"
)
REASON = re.compile(r"\s+(#|-|–)\s*\S")
TEXTS = (".py", ".md", ".toml", ".lock", ".sql", ".html", ".css", ".js", ".txt", ".cfg", ".yml", ".yaml", ".json", "")

ALLOWED = {
    *("MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Apache-2.0", "ISC", "PSF-2.0", "Unlicense", "MPL-2.0"),
    # As older packages write them.
    *(
        "MIT License",
        "BSD",
        "BSD License",
        "BSD 2-Clause License",
        "3-Clause BSD License",
        "Apache 2.0",
        "Apache License, Version 2.0",
    ),
    *("Apache Software License", "ISC License (ISCL)", "Python Software Foundation License"),
    "Mozilla Public License 2.0 (MPL 2.0)",
}


def main() -> int:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for warning in sizes(settings["tool"]["authsvc"]["sizes"]):
        print(f"warning: {warning}")
    findings = [*texts(), *licences(), *locks(settings), *pure_evidence(settings), *migrations(SCHEMA)]
    findings += expanding(SCHEMA, settings["tool"]["authsvc"]["contracting"])
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def tracked() -> list[Path]:
    """The repository's files; without git, those that git would not ignore."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
        files = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        hidden = (".", "__pycache__", "demo-out")
        files = [
            path for path in ROOT.rglob("*") if not any(p.startswith(hidden) for p in path.relative_to(ROOT).parts)
        ]
    return [path for path in files if path.is_file()]


def sizes(reasons: dict[str, str]) -> Iterator[str]:
    """Files and functions beyond the good sizes without a reason in pyproject.toml, and reasons no longer needed."""
    needed = set()
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix != ".py" or not name.startswith(CODE):
            continue
        for what, size, most in measured(path, name):
            if size > most:
                needed.add(what)
                if what not in reasons:
                    yield f"{what} has {size} lines, and {most} are enough; split it or give a reason in pyproject.toml"
    for what in sorted(reasons.keys() - needed):
        yield f"{what} is small enough by now: its reason in pyproject.toml can go"


def measured(path: Path, name: str) -> Iterator[tuple[str, int, int]]:
    text = path.read_text()
    yield name, text.count("\n"), MOST_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name}:{node.name}", (node.end_lineno or 0) - node.lineno + 1, MOST_FUNCTION_LINES


def texts() -> Iterator[str]:
    """Lines that name a registry or a place on one machine, are unfinished, or silence a check without a reason."""
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix not in TEXTS or "/static/" in name:
            continue
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            for objection in objections(line, code=path.suffix == ".py", tests=name.startswith("tests/")):
                yield f"{name}:{number}: {objection}"


def objections(line: str, *, code: bool, tests: bool = False) -> Iterator[str]:
    """What is wrong with one line; in tests a silenced check needs its code alone."""
    if REGISTRIES.search(line):
        yield "names a package registry's host"
    if MACHINE.search(line):
        yield "names an absolute path of one machine"
    if not code:
        return
    if MARKS.search(line):
        yield "marks unfinished work"
    if SOFT.search(line):
        yield "swallows an error or asserts nothing"
    ignore = IGNORE.search(line)
    if ignore and not (ignore["codes"] and (tests or REASON.match(ignore["reason"]))):
        yield "silences a check without its code and a reason"


def licences() -> Iterator[str]:
    """Installed packages whose licence is not on the list."""
    for package in distributions():
        terms = licence_terms(package)
        if not terms or terms - ALLOWED:
            named = ", ".join(sorted(terms)) or "none given"
            yield f"licence of {package.metadata['Name']}: {named} is not on the list"


def licence_terms(package: Distribution) -> set[str]:
    """SPDX ids of the licence expression, else the classifiers, else the licence field's first line."""
    metadata = package.metadata
    if expression := " ".join(metadata.get_all("License-Expression", [])):
        return set(re.findall(r"[A-Za-z0-9.\-]+", expression)) - {"AND", "OR", "WITH"}
    classifiers = [c for c in metadata.get_all("Classifier", []) if c.startswith("License :: OSI Approved")]
    if classifiers:
        return {classifier.rsplit(" :: ", 1)[1] for classifier in classifiers}
    field = "".join(metadata.get_all("License", [])).strip().splitlines()
    return set(field[0].split(" OR ")) if field else set()


def locks(settings: dict[str, Any]) -> Iterator[str]:
    """Both locks against pyproject.toml and each other, offline: every requirement is there, pinned and hashed."""
    groups = settings["dependency-groups"]
    runtime = [*settings["project"]["dependencies"], *groups["build"]]
    wanted = {"requirements.lock": runtime, "requirements-dev.lock": [*runtime, *groups["dev"]]}
    pins = {name: read_lock(ROOT / name) for name in wanted}
    for name, requirements in wanted.items():
        for text in requirements:
            requirement = Requirement(text)
            pinned, _ = pins[name].get(canonicalize_name(requirement.name), ("", False))
            if not pinned or not requirement.specifier.contains(pinned, prereleases=True):
                yield f"{name}: {text} is not in it ({pinned or 'none'}); compile it again, its first lines say how"
        yield from (f"{name}: {package} has no hash" for package, (_, hashed) in pins[name].items() if not hashed)
    for package, (pinned, _) in pins["requirements.lock"].items():
        other = pins["requirements-dev.lock"].get(package, ("none", False))[0]
        if other != pinned:
            yield f"requirements-dev.lock: {package} is {other} there and {pinned} in requirements.lock"


def read_lock(path: Path) -> dict[str, tuple[str, bool]]:
    """Package → (version, whether a hash follows)."""
    pins: dict[str, tuple[str, bool]] = {}
    for block in re.split(r"^(?=[A-Za-z0-9])", path.read_text(), flags=re.MULTILINE):
        if found := re.match(r"([A-Za-z0-9._\-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", block):
            pins[canonicalize_name(found[1])] = (found[2], "--hash=sha256:" in block)
    return pins


def migrations(folder: Path) -> Iterator[str]:
    """Migrations are numbered in a row, each once, with a text for both databases: a number taken twice is one lost."""
    names: dict[str, set[str]] = {}
    for path in sorted(folder.glob("*.sql")):
        name, _, database = path.name.removesuffix(".sql").rpartition(".")
        names.setdefault(name, set()).add(database)
    for place, (name, databases) in enumerate(sorted(names.items()), 1):
        if databases != {"sqlite", "postgres"}:
            yield f"{folder.name}/{name}: a text for each database is needed"
        if name.partition("_")[0] != f"{place:04d}":
            yield f"{folder.name}/{name}: number {place:04d} is expected here, each number once and none left out"


CONTRACTS = (
    (re.compile(r"drop table (?:if exists )?(?P<table>\w+)"), "drops a table"),
    (re.compile(r"alter table (?P<table>\w+) drop\b"), "drops a column or a constraint"),
    (re.compile(r"alter table (?P<table>\w+) rename\b"), "renames a table or a column"),
    (re.compile(r"alter table (?P<table>\w+) alter\b"), "changes a column"),
    (re.compile(r"alter table (?P<table>\w+) add (?:constraint|check|unique|primary|foreign)\b"), "adds a constraint"),
    (
        re.compile(r"alter table (?P<table>\w+) add (?:column )?(?!.*\bdefault\b).*\bnot null\b"),
        "adds a column that the release before does not fill",
    ),
    (re.compile(r"create unique index \w+ on (?P<table>\w+)"), "lets fewer rows stand than the release before writes"),
    (re.compile(r"create (?:or replace )?trigger .* on (?P<table>\w+)"), "adds a trigger under the release before"),
)
"""What a statement on a table that stood before would take away from the release that still runs on it."""


def expanding(folder: Path, reasons: dict[str, str]) -> Iterator[str]:
    """A migration only adds, so that the release before runs on the new schema; one that takes something away which no
    release in use needs any more is named in pyproject.toml, with the reason."""
    breaking = set()
    for path in sorted(folder.glob("*.sql")):
        name = path.name.split(".")[0]
        for table, what in taken_away(path.read_text()):
            breaking.add(name)
            if name not in reasons:
                yield f"{folder.name}/{path.name}: {what} ({table}): expand first, contract a release later"
    for name in sorted(set(reasons) - breaking):
        yield f"pyproject.toml: [tool.authsvc.contracting] names {name}, which takes nothing away"


def taken_away(text: str) -> Iterator[tuple[str, str]]:
    """Table and what happens to it, for each statement on a table that this text did not make before it."""
    made: set[str] = set()
    for statement in re.sub(r"--[^\n]*", "", text).lower().split(";"):
        line = " ".join(statement.split())
        for pattern, what in CONTRACTS:
            found = pattern.match(line)
            if found and found["table"] not in made:
                yield found["table"], what
        if new := re.match(r"(?:create table(?: if not exists)?|alter table \w+ rename to) (\w+)", line):
            made.add(new[1])


def pure_evidence(settings: dict[str, Any]) -> Iterator[str]:
    """The import contract on evidence names every module but those that do effects."""
    contract = next(c for c in settings["tool"]["importlinter"]["contracts"] if c["name"].startswith("4."))
    effects = set(settings["tool"]["authsvc"]["evidence_with_effects"])
    folder = ROOT / "authsvc/evidence"
    there = {f"authsvc.evidence.{path.parent.name}" for path in folder.glob("*/__init__.py")}
    there |= {f"authsvc.evidence.{path.stem}" for path in folder.glob("*.py") if path.stem != "__init__"}
    for module in sorted(there - effects - set(contract["source_modules"])):
        yield f"pyproject.toml: {module} is missing in import contract 4"


if __name__ == "__main__":
    sys.exit(main())
