"""The documents stay true: links lead somewhere, the functions that they name exist, the commands are commands."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[([^\]]+)\]\(([^)#\s]+)(?:#[^)]*)?\)")
NAME = re.compile(r"`([A-Za-z_][A-Za-z0-9_]*)`")
DEV_COMMAND = re.compile(r"\./dev ([a-z]+)")
COMMAND = re.compile(r"^\| `authsvc ([a-z ]+?)(?: [A-Z-].*)?` \|", re.MULTILINE)
NAMED_FILE = re.compile(r"`((?:authsvc|signatures|confirmations|tests|docs|tools|bench|deploy)/[\w./-]+\.\w+)`")


def links(document: Path) -> list[tuple[str, Path]]:
    """(text, target) of each link into this repository."""
    found = LINK.findall(document.read_text())
    return [(text, document.parent / target) for text, target in found if "://" not in target]


def names_in(path: Path) -> set[str]:
    """Functions, classes, methods and module-level names of a Python file."""
    named: set[str] = set()
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            named.add(node.name)
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        named |= {target.id for target in targets if isinstance(target, ast.Name)}
    return named


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_that_has_what_it_names(document: Path) -> None:
    for text, target in links(document):
        assert target.exists(), f"{document.name}: {target} does not exist"
        named = NAME.fullmatch(text)
        if named and target.suffix == ".py" and named[1] != target.stem:
            assert named[1] in names_in(target), f"{document.name}: {target.name} has no {named[1]}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(document: Path) -> None:
    named = [name for name in NAMED_FILE.findall(document.read_text()) if not re.search(r"N{4}|NAME", name)]
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_dev_command_is_one(document: Path) -> None:
    known = set(
        re.findall(r'"([a-z]+)": [a-z]+[,}]', (ROOT / "dev").read_text().split("COMMANDS = {")[1].split("\n")[0] + ",")
    )
    assert set(DEV_COMMAND.findall(document.read_text())) <= known


@pytest.mark.parametrize("command", COMMAND.findall((ROOT / "README.md").read_text()))
def test_every_command_of_the_readme_explains_itself(command: str) -> None:
    call = "import sys; from authsvc.cli import main; sys.exit(main())"
    words = [*command.split(), "--help"]
    done = subprocess.run([sys.executable, "-c", call, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout.lower()


def test_the_tour_goes_through_at_least_five_functions_downward() -> None:
    floors = ["authsvc/confirm", "authsvc/store", "confirmations", "authsvc/evidence"]
    headings = [line for line in (ROOT / "docs/tour.md").read_text().splitlines() if re.match(r"## \d", line)]
    linked = [LINK.search(heading) for heading in headings]
    assert len(headings) >= 5
    assert all(linked)
    assert [floor for floor in floors if not any(link and floor in link[2] for link in linked)] == []


def test_the_readme_opens_with_what_it_does_and_gives_the_two_commands_early() -> None:
    text = (ROOT / "README.md").read_text()
    first = text.split("\n\n")[1]
    assert "confirm" in first
    assert len(first) < 700
    head = "\n".join(text.splitlines()[:40])
    assert "./dev demo" in head
    assert "./dev up" in head


def test_the_readmes_example_of_signatures_alone_is_five_lines_that_parse() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    example = next(block for block in blocks if "from signatures import" in block)
    tree = ast.parse(example)
    assert len([line for line in example.splitlines() if line.strip()]) <= 5
    imported = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "signatures"]
    public = names_in_all(ROOT / "signatures/__init__.py")
    assert {alias.name for node in imported for alias in node.names} <= public


def names_in_all(path: Path) -> set[str]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def test_the_version_is_one() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert version in (ROOT / "CHANGELOG.md").read_text()


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
