"""Builds `verify.html`, the verifier that runs in a browser, from `tools/verify_html` and the tables of `verify.py`.

`python -m tools.build_verifier` writes it, and both hashes into SECURITY.md; a test fails when they are old. Equal
sources give equal bytes: the page is their concatenation, and nothing of the machine or the time enters it. Both
verifiers share tables and words of findings, and no code; neither shares anything with the service.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "tools" / "verify_html"
VERIFIERS = ROOT / "authsvc" / "evidence" / "verifiers"
TARGET = VERIFIERS / "verify.html"
SECURITY = ROOT / "SECURITY.md"
MODULES = ("bytes", "ed25519", "json", "note", "entry", "time", "archive", "package", "page")
"""In an order in which each finds those that it imports before it."""
SHARED = (
    *("CODES", "TYPES", "SLOT_FORMS", "DOMAINS", "REFERENCES", "MEMBERS", "MEDIA_TYPES", "PATHS"),
    *("FINDINGS", "CHECK_NAMES", "WORDS", "NOT_CHECKED"),
)
_IMPORT = re.compile(r"^import\s[^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)


def build() -> bytes:
    """The whole page."""
    script = write_script()
    style = (SOURCES / "page.css").read_text()
    words = json.loads((SOURCES / "words.json").read_text())
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {hash_of(script)}",
            f"style-src {hash_of(style)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    parts = {
        "POLICY": policy,
        "STYLE": style,
        "SCRIPT": script,
        "NO_SCRIPT": "".join(
            f'<p lang="{lang}">{text}</p>' for lang, text in zip(("kk", "ru", "en"), words["no_script"], strict=True)
        ),
    }
    page = (SOURCES / "page.html").read_text()
    return re.sub("@@([A-Z_]+)@@", lambda match: parts[match[1]], page).encode()


def write_script() -> str:
    """The tables and all modules as one classic script: a page from file:// may load no module."""
    tables = {**read_tables(), "PAGE": json.loads((SOURCES / "words.json").read_text())}
    text = json.dumps(tables, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    parts = ['"use strict";\n(() => {\n', f"const TABLES = {text};\n"]
    for name in MODULES:
        source = (SOURCES / f"{name}.js").read_text()
        parts.append(f"\n// --- {name}.js\n{_EXPORT.sub('', _IMPORT.sub('', source))}")
    script = "".join([*parts, "})();\n"])
    if "</script" in script or "<!--" in script:
        raise ValueError("a script must not hold the end of a script")
    return script


def read_tables() -> dict[str, object]:
    """The literal tables of verify.py."""
    found: dict[str, object] = {}
    for node in ast.parse((VERIFIERS / "verify.py").read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in SHARED:
            value = node.value.args[0] if isinstance(node.value, ast.Call) else node.value
            found[node.targets[0].id] = _plain(ast.literal_eval(value))
    if found.keys() != set(SHARED):
        raise ValueError("verify.py has no longer all the tables that verify.html needs")
    return found


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode("ascii")
    return {name: _plain(each) for name, each in value.items()} if isinstance(value, dict) else value


def hash_of(text: str) -> str:
    """The text as a Content-Security-Policy source."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def write_hashes() -> str:
    """SECURITY.md with the SHA-256 of both verifiers as they are on disk."""
    files = [(name, sha256((VERIFIERS / name).read_bytes()).hexdigest()) for name in ("verify.html", "verify.py")]
    rows = "".join(f"| `{name}` | `{digest}` |\n" for name, digest in files)
    table = f"<!-- verifiers -->\n| File | SHA-256 |\n| --- | --- |\n{rows}<!-- end -->"
    return re.sub("<!-- verifiers -->.*?<!-- end -->", table, SECURITY.read_text(), flags=re.DOTALL)


def main() -> int:
    TARGET.write_bytes(build())
    SECURITY.write_text(write_hashes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
