"""The documents stay true: links lead somewhere, the functions that they name exist, the commands are commands."""

from __future__ import annotations

import argparse
import ast
import json
import re
import shlex
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from authsvc.cli import parser
from authsvc.evidence.package_read import is_known_path
from authsvc.evidence.verdict import CHECKS
from authsvc.settings import Settings
from confirmations import fields as statement_fields
from confirmations import statement as statements
from confirmations.policy import ACTS
from tools.evidence_tables import DOCUMENT, fill

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[([^\]]+)\]\(([^)#\s]+)(?:#[^)]*)?\)")
NAME = re.compile(r"`([A-Za-z_][A-Za-z0-9_]*)`")
DEV_COMMAND = re.compile(r"\./dev ([a-z]+)")
COMMAND = re.compile(r"^\| `authsvc ([a-z]+(?:[ -][a-z]+)*?)(?: [A-Z-].*)?` \|", re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
SECTION = re.compile(r"\]\((?P<target>[^)#]*\.md)\),? sections? (?P<first>\d+)(?: and (?P<second>\d+))?")
OWN_SECTION = re.compile(r"\(section (\d+)\)|of its section (\d+)")
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


def slugs(document: Path) -> set[str]:
    """The anchors of a document's headings, as those who show Markdown make them."""
    titles = [re.sub(r"[^\w\- ]", "", title.lower()) for title in HEADING.findall(document.read_text())]
    return {title.replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_anchor_and_every_section_that_is_named_exists(document: Path) -> None:
    text = document.read_text()
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", text):
        if "://" not in target:
            assert anchor in slugs(document.parent / target if target else document), f"{document.name}: #{anchor}"
    named = [
        (document.parent / found["target"], number)
        for found in SECTION.finditer(text)
        for number in (found["first"], found["second"])
        if number
    ]
    for at, number in named:
        assert re.search(rf"^## {number}\. ", at.read_text(), re.MULTILINE), f"{document.name}: {at.name} {number}"
    for found in OWN_SECTION.finditer(text):
        if found[1]:
            assert re.search(rf"^## {found[1]}\. ", text, re.MULTILINE), f"{document.name}: section {found[1]}"


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


def leaves(of: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command of the command line, as words."""
    inner = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    if not inner:
        yield " ".join(words)
    for action in inner:
        for name, command in action.choices.items():
            yield from leaves(command, (*words, name))


def test_the_readme_lists_every_command_with_its_exit_statuses() -> None:
    text = (ROOT / "README.md").read_text()
    assert sorted(COMMAND.findall(text)) == sorted(leaves(parser()))
    for line in text.splitlines():
        if COMMAND.match(line):
            assert re.search(r"\| 0\b[^|]*\|$", line), line


def shell_lines() -> list[tuple[str, str]]:
    """(document, line) of each call of the command line in a block of shell."""
    found = []
    for document in DOCUMENTS:
        for block in re.findall(r"^```\n(.*?)^```$", document.read_text(), re.DOTALL | re.MULTILINE):
            for line in block.splitlines():
                call = re.match(r"(?:\./dev run |/opt/authsvc/bin/)?authsvc (.+)$", line)
                if call:
                    found.append((document.name, call[1]))
    return found


def status_of_call(line: str) -> object:
    """What reading this call ends with; 0 for one that would run."""
    try:
        parser().parse_args(shlex.split(line, comments=True))
    except SystemExit as left:
        return left.code
    return 0


@pytest.mark.parametrize(("document", "line"), shell_lines())
def test_every_call_of_the_command_line_is_one(document: str, line: str) -> None:
    assert status_of_call(line) == 0, f"{document}: authsvc {line}"


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


def test_the_tour_draws_the_floors_that_the_import_contract_has() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    built = [
        [name for name in layer.replace("(", "").replace(")", "").split(" | ") if exists(name)] for layer in layers
    ]
    drawn = (ROOT / "docs/tour.md").read_text().split("<!-- floors -->\n```\n")[1].split("```")[0]
    assert [re.split(r"\s{2,}", line)[0].split(" | ") for line in drawn.splitlines()] == [
        floor for floor in built if floor
    ]


def exists(module: str) -> bool:
    """Whether authsvc has this module or package."""
    return (ROOT / "authsvc" / module / "__init__.py").exists() or (ROOT / "authsvc" / f"{module}.py").exists()


def test_the_readme_opens_with_what_it_does_and_gives_the_two_commands_early() -> None:
    text = (ROOT / "README.md").read_text()
    first = text.split("\n\n")[1]
    assert "confirm" in first
    assert len(first) < 700
    assert re.search(r"```\n\./dev demo .*\n\./dev test .*\n```", "\n".join(text.splitlines()[:20]))
    assert "./dev up" in "\n".join(text.splitlines()[:40])


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


# --- law words ---

ARTICLES = {"5", "7", "47", "49"}
"""Articles of the Digital Code whose content is known for certain; no other number is written, and none is claimed."""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_says_that_an_article_asks_for_something(document: Path) -> None:
    text = re.sub(r"\s+", " ", document.read_text())
    assert set(re.findall(r"\bArticles? (\d+)", text)) <= ARTICLES
    assert not re.search(r"(as|because) Article \d+|Article \d+ (requires|demands|asks|obliges)", text)
    assert not re.search(r"legally valid|court-proof|equal to a handwritten", text, re.IGNORECASE)


# --- docs/evidence.md ---


def test_the_tables_of_the_evidence_format_are_those_of_the_code() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.count("<!-- table: ") == text.count("<!-- end -->") == 3
    assert fill(text) == text, "run ./dev run python -m tools.evidence_tables"


def test_the_types_that_this_release_writes_are_named() -> None:
    named = {name.lower() for name in re.findall(r"kinds\.([A-Z]\w+)\(", sources("authsvc"))}
    text = DOCUMENT.read_text(encoding="utf-8")
    said = re.search(r"This release writes these types: (.*?)\. The others", text, re.DOTALL)
    assert said
    parts = {"signatureplace", "material", "issuer", "approval", "predecessor", "group"}
    assert {name.replace("_", "") for name in re.findall(r"`(\w+)`", said[1])} == named - parts


def sources(package: str) -> str:
    return "\n".join(path.read_text() for path in sorted((ROOT / package).rglob("*.py")))


def test_the_checks_are_listed_in_their_order() -> None:
    listed = DOCUMENT.read_text(encoding="utf-8").split("<!-- checks -->")[1]
    assert tuple(re.findall(r"^\d+\. `(\w+)`", listed, re.MULTILINE)) == CHECKS


def first_cells(text: str, heading: str) -> list[str]:
    """What stands in code marks in the first cells of the table under a heading row."""
    rows = text.split(f"\n| {heading} |")[1].split("\n\n")[0].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


def test_every_file_of_a_package_stands_in_the_layout() -> None:
    rows = first_cells(DOCUMENT.read_text(encoding="utf-8").split("## 7.")[1], "Path")
    assert rows.count("documents/NNNN/") == 1
    whole = [f"verify/HOW-TO{row}" if row.startswith(".") else row for row in rows]
    patterns = [re.escape(row).replace("NNNN", r"\d{4}") for row in whole]
    patterns = [pattern.replace(re.escape("<sha256 in hex>"), "[0-9a-f]{64}") for pattern in patterns]
    patterns = [re.sub("SIZE|INDEX|NUMBER", r"\\d+", pattern) for pattern in patterns]
    with zipfile.ZipFile(ROOT / "docs/examples/court-package.zip") as package:
        for name in package.namelist():
            assert any(re.fullmatch(pattern, name) for pattern in patterns), name
    for row in whole:
        example = row.replace("NNNN", "0001").replace("<sha256 in hex>", "0" * 64)
        example = re.sub("SIZE|INDEX|NUMBER", "7", example)
        assert is_known_path(example + "signed" if row.endswith("/") else example), row


def test_the_members_of_trust_json_are_listed() -> None:
    listed = first_cells(DOCUMENT.read_text(encoding="utf-8").split("## 8.")[1], "Member")
    assert listed == list(json.loads((ROOT / "docs/examples/trust.json").read_text()))


# --- docs/statement.md ---


def test_members_acts_and_fields_of_a_statement_are_listed() -> None:
    text = (ROOT / "docs/statement.md").read_text(encoding="utf-8")
    assert sorted(first_cells(text, "Member")) == sorted(statements._MEMBERS)
    acts = re.search(r"^Acts: (.*?)\n\n", text, re.DOTALL | re.MULTILINE)
    assert acts
    assert set(re.findall(r"`([a-z_]+)`", acts[1])) == set(ACTS)
    assert first_cells(text, "Kind of field") == list(statement_fields._KINDS)


# --- docs/operators.md ---


def test_every_setting_is_explained_with_its_default() -> None:
    text = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
    rows = [row.split(" | ") for row in text.split("\n| Setting |")[1].split("\n\n")[0].splitlines()[2:]]
    told: Mapping[str, str] = {row[0].strip("| `"): row[1].strip("`") for row in rows}
    assert list(told) == [field.name for field in fields(Settings)]
    for field in fields(Settings):
        default = "needed" if field.default is MISSING else str(field.default)
        assert told[field.name] == (default.lower() if field.type is bool else default), field.name
        assert len(next(row for row in rows if field.name in row[0])[2]) > 20


def test_the_settings_of_the_example_are_settings() -> None:
    text = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
    for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
        assert set(tomllib.loads(block)) <= {field.name for field in fields(Settings)}


def test_the_version_is_one() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert version in (ROOT / "CHANGELOG.md").read_text()


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
