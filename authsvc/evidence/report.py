"""report.html of a court package: a pure function of the package's other files (evidence format, section 12).

Readable on paper, in kk, ru and en. Everything that comes from a record is text, never markup; characters that turn or
hide text are shown by their code. A report of the same format is rebuilt and compared by the check.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from html import escape
from typing import Final

from authsvc.clock import parse_rfc3339
from authsvc.evidence import words, words_codes, words_findings, words_members, words_report
from authsvc.evidence.canonical import Value, dumps, loads_strict
from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.forms import DIGEST, DIGEST_NEEDED, is_absent
from authsvc.evidence.keyring import KeyRing
from authsvc.evidence.note import ED25519
from authsvc.evidence.package_read import Item, Package
from authsvc.evidence.record import Entry
from authsvc.evidence.words_codes import say_code
from authsvc.evidence.words_members import name_of
from confirmations import words as confirmation_words
from confirmations.errors import ConfirmationError
from confirmations.rendering import TEMPLATE_VERSION, render
from confirmations.statement import Statement
from confirmations.words import LOCALES, SHOWN_BY_APP, SHOWN_BY_RELYING_PARTY, VOUCHED, Words

LAYOUT: Final = 1
"""Counts up with every change of the layout; a change of words shows in `this_format` by itself."""
MAX_SHOWN = 65_536

_GENERATOR: Final = b'<meta name="generator" content="authsvc-report/'
_ALMATY_SINCE_2024: Final = datetime(2024, 2, 29, 19, tzinfo=UTC)
"""Almaty moved from UTC+6 to UTC+5 on 2024-03-01; written here so that a report needs no time-zone files."""
_STYLE: Final = (
    "body{font:11pt/1.45 serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#000;background:#fff}"
    "h1{font-size:17pt}h2{font-size:14pt;border-top:2px solid #000;padding-top:.6rem}h3{font-size:11.5pt}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #777;padding:.25rem .5rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}th{width:34%;font-weight:normal;background:#eee}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #777;padding:.5rem;font:10pt/1.4 monospace}"
    ".test,.kind{border:2px solid #000;padding:.5rem;font-weight:bold}nav a{margin-right:1rem}"
    "@media print{body{max-width:none;margin:0}nav{display:none}article,section{break-before:page}pre,tr{"
    "break-inside:avoid}}"
)
_TURNING: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@cache
def this_format() -> str:
    """The format of reports written here: layout, and a digest over all words that can stand in one.

    A report of another release is thereby known as such, and never called altered because a word has changed since.
    """
    hashed = hashlib.sha256(str(TEMPLATE_VERSION).encode())
    for module in (words, words_codes, words_findings, words_members, words_report, confirmation_words):
        hashed.update(repr(sorted((name, value) for name, value in vars(module).items() if _is_text(value))).encode())
    return f"{LAYOUT}.{hashed.hexdigest()[:16]}"


def _is_text(value: object) -> bool:
    return isinstance(value, Words) or (isinstance(value, dict) and any(isinstance(v, Words) for v in value.values()))


def report_format(report: bytes) -> str:
    """The format number that a report names, empty when it names none."""
    _, found, rest = report[:4096].partition(_GENERATOR)
    return rest.partition(b'"')[0].decode(errors="replace") if found else ""


def write_report(package: Package) -> bytes:
    """The report of these files. It looks at neither `report.html` nor `custody.json`."""
    links = "".join(f'<a href="#{locale}">{words_report.LANGUAGE.say(locale)}</a>' for locale in LOCALES)
    head = (
        '<!doctype html>\n<html lang="kk">\n<head>\n<meta charset="utf-8">\n'
        f'{_GENERATOR.decode()}{this_format()}">\n<meta name="viewport" content="width=device-width">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{words_report.TITLE.kk} / {words_report.TITLE.ru} / {words_report.TITLE.en}</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<nav>{links}</nav>\n"
    )
    parts = [head]
    for locale in LOCALES:
        parts.append(f'<section lang="{locale}" id="{locale}">\n')
        parts.extend(_Part(package, locale).lines())
        parts.append("</section>\n")
    parts.append("</body>\n</html>\n")
    return "".join(parts).encode()


def show(text: str) -> str:
    """Text as HTML text; what turns, hides or controls text is shown by its code."""
    return escape(_TURNING.sub(lambda match: f"[U+{ord(match[0]):04X}]", text))


def almaty(ms: int, locale: str) -> str:
    """A moment in Almaty's time, in the local form."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    hours = 5 if moment >= _ALMATY_SINCE_2024 else 6
    form = "%Y-%m-%d %H:%M:%S" if locale == "en" else "%d.%m.%Y %H:%M:%S"
    return f"{moment.astimezone(timezone(timedelta(hours=hours))).strftime(form)} (UTC+{hours})"


class _Part:
    """The report in one language."""

    def __init__(self, package: Package, locale: str) -> None:
        self._package = package
        self._locale = locale
        self._keys = self._log_keys()

    def _say(self, text: Words, **values: str) -> str:
        return show(text.say(self._locale, **values))

    def lines(self) -> Iterator[str]:
        """All of it, as HTML."""
        yield f"<h1>{self._say(words_report.TITLE)}</h1>\n"
        if self._is_test():
            yield f'<p class="test">{self._say(words_findings.TEST)}</p>\n'
        yield f"<p>{self._say(words_report.ABOUT)}</p>\n"
        yield from self._summary()
        count = len(self._package.records)
        for place, item in enumerate(self._package.records, 1):
            yield "<article>\n"
            yield from self._record(item, place, count)
            yield "</article>\n"

    def _is_test(self) -> bool:
        genesis = self._package.genesis
        return genesis is not None and genesis.value("environment") == "test"

    def _summary(self) -> Iterator[str]:
        package = self._package
        rows = []
        if package.checkpoint is not None:
            rows += [
                (words_report.LOG, show(package.checkpoint.origin)),
                (words_report.SIZE, str(package.checkpoint.size)),
                (words_report.ROOT, package.checkpoint.root.hex()),
            ]
        genesis = package.genesis.entry if package.genesis else None
        if genesis is not None and genesis.type == "genesis":
            environment = str(genesis.body["environment"])
            rows.append((words_report.ENVIRONMENT, self._say(say_code("environment", environment))))
            rows.append((words_report.KEYS, "<br>".join(self._keys)))
        rows.append((words_report.RECORDS, str(len(package.records))))
        rows.append((words_report.DOCUMENTS, str(len(package.documents))))
        yield f"<h2>{self._say(words_report.SUMMARY)}</h2>\n{self._table(rows)}"
        yield f"<h3>{self._say(words_report.LIMITS)}</h3>\n<ul>\n"
        for text in (words_report.NO_TIME, words_report.WITNESSES, words_report.NO_SEAL):
            yield f"<li>{self._say(text)}</li>\n"
        for subject, number in self._heads():
            said = words_report.CHAIN.say(self._locale, subject="{}", number=str(number))
            yield f"<li>{show(said).format(self._value('', 'person', subject))}</li>\n"
        yield "</ul>\n"

    def _log_keys(self) -> list[str]:
        """The log's keys in force, each with its fingerprint."""
        genesis = self._package.genesis.entry if self._package.genesis else None
        if genesis is None or genesis.type != "genesis":
            return []
        size = self._package.checkpoint.size if self._package.checkpoint else 0
        return [
            f"{'Ed25519' if key.algorithm == ED25519 else 'ML-DSA-44'} {key.key_id.hex()}, SHA-256 "
            + hashlib.sha256(key.key).hexdigest()
            for key in KeyRing(genesis).log_keys(size)
        ]

    def _heads(self) -> list[tuple[str, int]]:
        """The highest number shown of each person."""
        heads: dict[str, int] = {}
        for item in self._package.records:
            for role in item.entry.schema.roles if item.entry else ():
                subject, number = item.value(f"{role}_subject"), item.value(f"{role}_number")
                if isinstance(subject, str) and subject and isinstance(number, int):
                    heads[subject] = max(number, heads.get(subject, 0))
        return sorted(heads.items())

    def _table(self, rows: Sequence[tuple[Words, str]]) -> str:
        cells = "".join(f"<tr><th>{self._say(name)}</th><td>{value}</td></tr>\n" for name, value in rows)
        return f"<table>\n{cells}</table>\n"

    # --- one record ---

    def _record(self, item: Item, place: int, count: int) -> Iterator[str]:
        entry = item.entry
        name = self._say(words.TYPES[entry.type]) if entry else show(item.path)
        heading = words_report.RECORD_N.say(self._locale, n=str(place), m=str(count), type="{}")
        yield f"<h2>{show(heading).format(name)}</h2>\n"
        if entry is None:
            yield f"<p>{self._say(words_report.UNREADABLE)}</p>\n"
            return
        yield f'<p class="kind">{self._say(words.LEGAL_KIND[entry.type])}</p>\n'
        yield f"<h3>{self._say(words_report.WHAT)}</h3>\n{self._table(list(self._facts(item, entry)))}"
        hidden = self._hidden(item, entry)
        if hidden:
            yield f"<p>{self._say(words_report.HIDDEN)}: {', '.join(hidden)}.</p>\n"
        yield from self._texts(item, entry)
        yield from self._questions(item, entry)
        yield f"<h3>{self._say(words_report.IDENTIFIERS)}</h3>\n{self._table(list(self._identifiers(item, entry)))}"

    def _facts(self, item: Item, entry: Entry) -> Iterator[tuple[Words, str]]:
        for name, form in entry.schema.plain.items():
            value = entry.body[name]
            if form is not DIGEST_NEEDED and value not in ("", []):
                yield name_of(name), self._value(name, form.name, value)
        yield words_report.TIME_UTC, show(str(entry.body["time"]))
        yield words_report.TIME_ALMATY, almaty(entry.time, self._locale)
        forms = {slot.name: slot.form.name for slot in entry.schema.slots}
        for each in item.disclosures or ():
            if forms.get(each.name) == "approvals":
                yield name_of(each.name), self._approvals(each.value)
            elif each.name in forms and each.value not in ("", []):
                yield name_of(each.name), self._value(each.name, forms[each.name], each.value)

    def _approvals(self, value: Value) -> str:
        """Who approved and by what; that nobody did is said, too."""
        if not isinstance(value, list) or not value:
            return self._say(words_report.NO_APPROVALS)
        lines = []
        for each in value:
            if isinstance(each, dict):
                by = [str(each.get(name)) for name in ("record", "signature") if each.get(name) != "none"]
                lines.append(f"{self._value('', 'person', each.get('person', ''))} {show(' '.join(by))}")
        return "<br>".join(lines)

    def _value(self, name: str, form: str, value: Value) -> str:
        if form == "person" and isinstance(value, str):
            kind, _, number = value.partition(":")
            labels = {"iin": Words("ЖСН", "ИИН", "IIN"), "bin": Words("БСН", "БИН", "BIN")}
            return f"{self._say(labels[kind])} {show(number)}" if kind in labels else show(value)
        if form == "time" and isinstance(value, str):
            try:
                return f"{show(value)}<br>{almaty(parse_rfc3339(value), self._locale)}"
            except ValueError:
                return show(value)
        if form in ("code", "methods"):
            listed = value if isinstance(value, list) else [value]
            return "<br>".join(self._code(name, str(each)) for each in listed)
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return "<br>".join(self._value(name, form, each) for each in value)
        if isinstance(value, str):
            return self._say(say_code(name, value)) if value == "none" else show(value)
        return show(dumps(value).decode())

    def _code(self, name: str, code: str) -> str:
        said = say_code(name, code).say(self._locale)
        return show(said if said == code else f"{said} ({code})")

    def _hidden(self, item: Item, entry: Entry) -> list[str]:
        opened = {each.name for each in item.disclosures or ()}
        return [self._say(name_of(slot.name)) for slot in entry.schema.slots if slot.name not in opened]

    def _texts(self, item: Item, entry: Entry) -> Iterator[str]:
        shown = list(self._blobs(item, entry))
        if shown:
            yield f"<h3>{self._say(words_report.TEXTS)}</h3>\n"
            yield from shown

    def _blobs(self, item: Item, entry: Entry) -> Iterator[str]:
        digests = [(name, entry.body[name]) for name, form in entry.schema.plain.items() if form is DIGEST_NEEDED]
        forms = {slot.name: slot.form for slot in entry.schema.slots}
        digests += [(each.name, each.value) for each in item.disclosures or () if forms.get(each.name) is DIGEST]
        for name, digest in digests:
            blob = self._package.blob(digest) if isinstance(digest, str) and len(digest) == 43 else None
            if blob is None:
                continue
            if name == "statement" and (texts := _renderings(blob)):
                for locale, text in texts:
                    label = f"{self._say(name_of(name))}, {show(words_report.LANGUAGE.say(locale))}"
                    if item.value("locale") == locale:
                        label += f" ({self._say(words_report.SHOWN_HERE)})"
                    yield f'<h4>{label}</h4>\n<pre lang="{locale}">{show(text)}</pre>\n'
            elif (plain := _as_text(blob)) is not None:
                yield f"<h4>{self._say(name_of(name))}</h4>\n<pre>{show(plain)}</pre>\n"

    def _questions(self, item: Item, entry: Entry) -> Iterator[str]:
        methods = item.value("method") or item.value("login_method")
        listed = [str(each) for each in methods] if isinstance(methods, list) else []
        yield f"<h3>{self._say(words_report.WHO_ELSE)}</h3>\n"
        for text in words.say_authorship(entry.type, listed):
            yield f"<p>{self._say(text)}</p>\n"
        yield from self._go_betweens(item)
        size = str(self._package.checkpoint.size) if self._package.checkpoint else "?"
        index = str(item.proof.index) if item.proof else "?"
        yield f"<h3>{self._say(words_report.PROVEN)}</h3>\n<p>{self._say(words.PROVEN, index=index, size=size)}</p>\n"
        for record in self._key_enrolments(item, listed):
            yield f"<p>{self._say(words.PROVEN_BY_KEY, record=record)}</p>\n"
        yield f"<h3>{self._say(words_report.STATED)}</h3>\n<p>{self._say(words.STATED[entry.type])}</p>\n"
        yield f"<h3>{self._say(words_report.NOT_PROVEN)}</h3>\n<p>{self._say(words.NOT_PROVEN[entry.type])}</p>\n"

    def _go_betweens(self, item: Item) -> Iterator[str]:
        """Who showed the text in our place, and who vouched for the person."""
        shown_by, client = item.value("shown_by"), item.value("vouched_by")
        if shown_by == "relying_party":
            yield f"<p>{self._say(SHOWN_BY_RELYING_PARTY)}</p>\n"
        if shown_by == "device_app":
            yield f"<p>{self._say(SHOWN_BY_APP)}</p>\n"
        if isinstance(client, str) and not is_absent(client):
            yield f"<p>{self._say(VOUCHED, client=client)}</p>\n"

    def _key_enrolments(self, item: Item, methods: Sequence[str]) -> list[str]:
        """Enrolment records of the methods that answer with a key, where the answer itself is in the package."""
        used, answer = item.value("credential"), item.value("answer")
        if not isinstance(used, list) or not isinstance(answer, str) or not answer:
            return []
        if self._package.blob(answer) is None:
            return []
        pairs = zip(methods, used, strict=False)
        return [str(each) for method, each in pairs if method in ("push", "passkey", "payment") and each != "none"]

    def _identifiers(self, item: Item, entry: Entry) -> Iterator[tuple[Words, str]]:
        yield words_report.RECORD_ID, show(entry.id)
        yield words_report.LEAF, entry.leaf.hex()
        if item.proof is not None:
            yield words_report.PLACE, str(item.proof.index)
        if self._package.checkpoint is not None:
            yield words_report.SIZE, str(self._package.checkpoint.size)
        yield words_report.ISSUER, f"{show(entry.signature.name)} {entry.signature.key_id.hex()}"
        yield words_report.KEYS, "<br>".join(self._keys)
        yield words_report.FILE, show(item.path)


def _renderings(blob: bytes) -> list[tuple[str, str]]:
    """The statement as each language shows it; empty when it can't be read as a statement."""
    try:
        statement = Statement.of(loads_strict(blob))
        zone = timezone(timedelta(hours=5))
        return [(locale, render(statement, locale, zone).text) for locale in LOCALES]
    except (EvidenceError, ConfirmationError, KeyError, ValueError):
        return []  # of another release: the bytes are shown as they are


def _as_text(blob: bytes) -> str | None:
    if len(blob) > MAX_SHOWN:
        return None
    try:
        text = blob.decode()
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text
