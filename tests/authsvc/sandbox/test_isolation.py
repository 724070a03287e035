"""The sandbox makes GOST signatures in Python that is not constant time: production must not import it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SANDBOX = ("authsvc.web.sandbox", "authsvc.sandbox")
INSIDE = (ROOT / "authsvc/web/sandbox", ROOT / "authsvc/sandbox")


def imported_at_the_top(path: Path) -> Iterator[str]:
    """Names that importing this file imports; functions may import when they are called."""
    pending: list[ast.AST] = [ast.parse(path.read_text())]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            pending += ast.iter_child_nodes(node)


def test_no_module_outside_the_sandbox_imports_it_at_the_top() -> None:
    sources = [
        path for package in ("authsvc", "signatures", "confirmations") for path in (ROOT / package).rglob("*.py")
    ]
    outside = [path for path in sources if not any(folder in path.parents for folder in INSIDE)]
    assert len(outside) > 5
    guilty = [path for path in outside if any(name.startswith(SANDBOX) for name in imported_at_the_top(path))]
    assert guilty == []


def test_signing_stands_nowhere_in_the_verifying_package() -> None:
    names = {
        node.name
        for path in (ROOT / "signatures/gost").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    assert not [name for name in names if "sign" in name or "private" in name]
