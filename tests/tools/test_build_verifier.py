"""`verify.html` is what its sources build, and its policy lets nothing in."""

from __future__ import annotations

import json
import re

from authsvc.evidence import words
from authsvc.evidence.verifiers import name_verifiers, read_verifiers
from tools.build_verifier import SECURITY, SOURCES, TARGET, build, hash_of, write_hashes


def test_the_page_is_what_its_sources_build_and_allows_nothing() -> None:
    """61: built again, it has the published bytes; its policy lets nothing in but its own script and style."""
    page = TARGET.read_bytes()
    assert build() == page == read_verifiers()["verify.html"]
    text = page.decode()
    script = re.search(r"<script>(.*)</script>", text, re.DOTALL)
    style = re.search(r"<style>(.*)</style>", text, re.DOTALL)
    assert script is not None
    assert style is not None
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert policy[1].split("; ") == [
        "default-src 'none'",
        f"script-src {hash_of(script[1])}",
        f"style-src {hash_of(style[1])}",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    for unsafe in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "import(",
    ):
        assert unsafe not in text
    addresses = set(re.findall(r"https?://[^\"'<>#]*", text))
    assert addresses == {
        "http://uri.etsi.org/02918/v1.2.1",
        "http://www.w3.org/2000/09/xmldsig",
        "http://www.w3.org/2001/04/xmlenc",
    }


def test_the_published_hashes_are_those_of_the_files() -> None:
    from hashlib import sha256

    assert name_verifiers("9.9") == {f"9.9/{name}": sha256(data).hexdigest() for name, data in read_verifiers().items()}
    assert set(read_verifiers()) == {"verify.html", "verify.py"}
    assert SECURITY.read_text() == write_hashes()
    assert all(sha256(data).hexdigest() in SECURITY.read_text() for data in read_verifiers().values())


def test_the_page_speaks_all_three_languages_and_names_types_as_the_service_does() -> None:
    said = json.loads((SOURCES / "words.json").read_text())
    types, kinds = said.pop("types"), said.pop("kinds")
    assert types == {name: list(each) for name, each in words.TYPES.items()}
    assert kinds == {name: list(each) for name, each in words.LEGAL_KIND.items()}
    assert all(len(each) == 3 and all(each) for each in said.values())
    html = (SOURCES / "page.html").read_text()
    assert set(re.findall(r'data-word="([a-z_]+)"', html)) - {"records"} <= said.keys()
