"""What people read: three languages, no text outside them, terms as docs/glossary.md fixes them."""

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import nodes

from authsvc.web.pages import templates
from authsvc.web.words import LOCALES, WORDS
from tools.build_verifier import SOURCES, read_tables

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("authsvc", "confirmations", "signatures")
TEMPLATES = sorted((ROOT / "authsvc" / "web" / "templates").glob("*.html"))
SHARED = frozenset(
    {"логин", "сеанс", "аутентификация", "журнал", "алгоритм", "код", "бит", "хеш", "пакет", "сертификат", "аудитор"}
    | {"сервис", "модель", "файл", "формат"}
)
"""Words that Kazakh and Russian share: a text of these alone may be the same in both."""
KAZAKH_LETTERS = re.compile(r"[әғқңөұүһі]", re.IGNORECASE)


@dataclass(frozen=True)
class Text:
    """One text with its place."""

    place: str
    kk: str
    ru: str
    en: str


def word_modules() -> list[str]:
    """Every `words` module of the three packages, and the sandbox's story."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*words*.py")]
    return sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files if "passwords" not in path.name
    )


def texts_of(module: str) -> Iterator[Text]:
    for name, value in vars(importlib.import_module(module)).items():
        yield from _walk(value, f"{module}.{name}")


def _walk(value: Any, place: str) -> Iterator[Text]:
    if type(value).__name__ == "Words" and isinstance(value, tuple):
        yield Text(place, *value)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _walk(each, f"{place}.{key}")
    elif isinstance(value, tuple | list):
        for at, each in enumerate(value):
            yield from _walk(each, f"{place}[{at}]")


def verifier_texts() -> Iterator[Text]:
    """The words of the verifiers that anybody runs, which are no module of the service."""
    tables = {**read_tables(), "PAGE": json.loads((SOURCES / "words.json").read_text())}
    for table in ("FINDINGS", "CHECK_NAMES", "WORDS", "NOT_CHECKED", "PAGE"):
        yield from _triples(tables[table], f"verifiers.{table}")


def _triples(value: Any, place: str) -> Iterator[Text]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _triples(each, f"{place}.{key}")
    else:
        yield Text(place, *value)


ALL = {
    text.place: text for text in (*(text for module in word_modules() for text in texts_of(module)), *verifier_texts())
}


def test_the_words_of_every_package_are_found() -> None:
    assert {"authsvc.web.words", "confirmations.words", "signatures.words", "authsvc.evidence.words"} <= set(
        word_modules()
    )
    assert len(ALL) > 400


@pytest.mark.parametrize("module", word_modules())
def test_every_text_stands_in_three_languages(module: str) -> None:
    for text in texts_of(module):
        for said in (text.kk, text.ru, text.en):
            assert said.strip() == said.strip("\n"), text.place
            assert said.strip(), text.place
        if re.search(r"[a-z]{3}", re.sub(r"\{\w*\}", "", text.en)):
            assert text.en not in (text.kk, text.ru), f"{text.place}: not translated"
        if text.kk == text.ru:
            words = set(re.findall(r"[а-яёәғқңөұүһі]+", re.sub(r"\{\w*\}", "", text.kk).casefold()))
            assert words <= SHARED, f"{text.place}: the same twice"
        assert not KAZAKH_LETTERS.search(re.sub(r"\{\w*\}|«[^»]*»", "", text.ru)), f"{text.place}: Kazakh in Russian"


@pytest.mark.parametrize("module", word_modules())
def test_places_to_be_filled_are_the_same_in_the_three_languages(module: str) -> None:
    for text in texts_of(module):
        places = [sorted(re.findall(r"\{\w*\}", said)) for said in (text.kk, text.ru, text.en)]
        assert places[0] == places[1] == places[2], text.place


# --- the glossary ---


@dataclass(frozen=True)
class Term:
    """A row of docs/glossary.md."""

    en: str
    kk: tuple[str, ...]
    ru: tuple[str, ...]
    state: str


def glossary() -> list[Term]:
    rows = []
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 6 and cells[0] not in ("English", "---"):
            stems = [tuple(stem.strip().casefold() for stem in cell.split(",")) for cell in cells[3:5]]
            rows.append(Term(cells[0], stems[0], stems[1], cells[5]))
    return rows


def test_each_term_is_fixed_once_with_its_state() -> None:
    terms = glossary()
    assert len({term.en for term in terms}) == len(terms) > 25
    for term in terms:
        assert term.state == "not reviewed by a speaker" or re.fullmatch(
            r"reviewed by .+, \d{4}-\d{2}-\d{2}", term.state
        )


OTHER_THINGS = re.compile(
    r"custody record|sending or receipt|a further factor|text of the dispute|the device was revoked"
    r"|report\.(?:html|pdf)"
)
"""English phrases that use a term's word for something else, or that the other languages say in a way of their own."""


@pytest.mark.parametrize("term", glossary(), ids=lambda term: term.en)
def test_terms_are_used_as_the_glossary_fixes_them(term: Term) -> None:
    pattern = re.compile(rf"\b{re.escape(term.en)}s?\b", re.IGNORECASE if term.en != term.en.upper() else 0)
    for text in ALL.values():
        if pattern.search(OTHER_THINGS.sub("", re.sub(r"\{\w*\}", "", text.en.replace("Sending", "sending")))):
            assert any(stem in text.kk.casefold() for stem in term.kk), f"{text.place}: {text.kk}"
            assert any(stem in text.ru.casefold() for stem in term.ru), f"{text.place}: {text.ru}"


NOT_A_SIGNATURE = re.compile(r"болып табылмайды|не является|is no|is not|не электронн", re.IGNORECASE)


def test_a_confirmation_is_never_called_a_signature() -> None:
    for text in ALL.values():
        if re.search(r"\bconfirmation", text.en, re.IGNORECASE) and "confirmations." in text.place:
            for said, words in ((text.kk, "қолтаңба"), (text.ru, "подпис"), (text.en, "signature")):
                if words in said.casefold():
                    assert NOT_A_SIGNATURE.search(said), f"{text.place}: {said}"


# --- templates ---


class _Said(HTMLParser):
    """What a template itself says to people: text between tags, and attributes that are read aloud or shown."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said += [value or "" for name, value in attrs if name in ("title", "alt", "placeholder", "aria-label")]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_string_of_a_template_goes_through_t(path: Path) -> None:
    said = _Said()
    said.feed(re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL))
    for text in said.said:
        assert not re.search(r"[^\W\d_]", text) or text.startswith("/"), f"{path.name}: {text!r} is not said by t()"


def test_every_code_that_a_template_says_exists() -> None:
    for path in TEMPLATES:
        for call in templates().parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t" and isinstance(call.args[0], nodes.Const):
                assert call.args[0].value in WORDS, f"{path.name}: {call.args[0].value}"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_an_inline_script_or_style(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    for script in re.findall(r"<script[^>]*>", source):
        assert re.fullmatch(r'<script src="/static/[a-z_]+\.js" (defer|type="module")>', script)
    assert not re.search(r"<style|\bstyle=|\bon[a-z]+=|javascript:|https?://", source)
    assert "user-scalable" not in source
    assert "http-equiv" not in source, "a page never refreshes itself"


class _Forms(HTMLParser):
    """Inputs that need a label, and the labels there are."""

    def __init__(self) -> None:
        super().__init__()
        self.inputs: list[str | None] = []
        self.labels: set[str | None] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("select", "textarea") or (tag == "input" and given.get("type") not in ("hidden", "submit")):
            self.inputs.append(given.get("id"))
        elif tag == "label":
            self.labels.add(given.get("for"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_input_has_its_label(path: Path) -> None:
    forms = _Forms()
    forms.feed(re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(encoding="utf-8")))
    for each in forms.inputs:
        assert each in forms.labels, f"{path.name}: {each}"


def test_pages_are_in_the_language_that_they_say() -> None:
    base = (ROOT / "authsvc" / "web" / "templates" / "base.html").read_text(encoding="utf-8")
    assert '<html lang="{{ locale }}">' in base
    assert LOCALES == ("kk", "ru", "en")
    for path in TEMPLATES:
        if path.name not in ("base.html", "blocks.html"):  # the frame, and pieces of pages
            assert '{% extends "base.html" %}' in path.read_text(encoding="utf-8"), path.name
