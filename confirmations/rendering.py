"""What a person reads: the statement in a language, and its essential words beside a code (PSD2 RTS article 5).

The typed fields come first, rendered by us from values, the same in every language. The relying party's own words
follow, set apart and marked as such. What was shown is evidence: template, language, and the digest of the text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final

from confirmations import words
from confirmations.canonical import read_base64url, write_base64url
from confirmations.fields import Consent, Document, Field, Labelled, Payment
from confirmations.formats import format_amount, format_moment
from confirmations.methods.code import group_code
from confirmations.statement import Statement

TEMPLATE_VERSION: Final = 1  # raised with every change of what is shown
FIRST_PART: Final = 67  # UTF-16 units in the first part of a UCS-2 message in parts (3GPP TS 23.040: 140 bytes less 6)
CUT: Final = "…"  # the visible mark of a payee that goes on below
_FALLBACK: Final = {"kk": ("kk", "ru", "en"), "ru": ("ru", "kk", "en"), "en": ("en", "ru", "kk")}


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `label` is empty for a line of running text."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of one origin and language. `kind`: "particulars", "notice" (ours) or "words" (the relying party's)."""

    kind: str
    locale: str
    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A statement as shown. `text` is the plain form, `digest` the base64url SHA-256 of its UTF-8 (slot `shown`)."""

    locale: str
    template: str
    title: str
    sections: tuple[Section, ...]
    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class Message:
    """The text that carries a code."""

    locale: str
    template: str
    text: str
    _statement: Statement = field(repr=False)
    _host: str = field(repr=False)
    _digits: int = field(repr=False)

    @property
    def digest(self) -> str:
        """Base64url SHA-256 of the text with its code blotted out: no record leads to a code."""
        blank = "*" * self._digits
        return _digest(_message(self._statement, self.locale, group_code(blank), blank, self._host))


def render(statement: Statement, locale: str, zone: tzinfo) -> Rendered:
    """Render a statement in kk, ru or en, with times in `zone`."""
    title = words.ACTS[statement.act].say(locale)
    sections = tuple(_sections(statement, locale, zone))
    text = "\n".join([title, *(line for section in sections for line in _plain(section))]) + "\n"
    template = f"statement.{statement.act}/{TEMPLATE_VERSION}"
    return Rendered(locale, template, title, sections, text, _digest(text))


def write_message(statement: Statement, locale: str, code: str, host: str) -> Message:
    """Write the message for a code: amount, payee, code (without a payment: act, relying party, code) stand first.

    They fit the first part of an SMS in parts; a payee that does not is cut with a mark and follows in full. The last
    line, `@host #code`, is for the phone; `host` is where the code may be typed.
    """
    text = _message(statement, locale, group_code(code), code, host)
    return Message(locale, f"message.{statement.act}/{TEMPLATE_VERSION}", text, statement, host, len(code))


def _message(statement: Statement, locale: str, grouped: str, code: str, host: str) -> str:
    payment, asked_by = statement.payment, statement.rp.name
    if payment is None:
        name, label = asked_by, "asked_by"
        head = words.MESSAGE_ACT.say(locale, act=words.ACTS[statement.act].say(locale), rp="{}", code=grouped)
    else:
        name, label = payment.payee, "payee"
        amount = format_amount(payment.amount, payment.currency, locale)
        head = words.MESSAGE_PAYMENT.say(locale, amount=amount, payee="{}", code=grouped)
    room = FIRST_PART - _units(head) + len("{}")
    lines = [head.replace("{}", _cut(name, room))]
    if _units(name) > room:
        lines.append(_labelled(label, name, locale))
    if payment is not None:
        lines.append(_labelled("asked_by", asked_by, locale))
    if statement.on_behalf_of is not None:
        lines.append(_labelled("on_behalf_of", statement.on_behalf_of.name, locale))
    lines += [_labelled("document", one.name, locale) for one in statement.fields if isinstance(one, Document)]
    lines += [_labelled("consent", one.scope, locale) for one in statement.fields if isinstance(one, Consent)]
    return "\n".join([*lines, words.TELL_NOBODY.say(locale), f"@{host} #{code}"])


def _sections(statement: Statement, locale: str, zone: tzinfo) -> Iterator[Section]:
    yield Section("particulars", locale, "", tuple(_particulars(statement, locale, zone)))
    heading = words.IN_THE_WORDS_OF.say(locale, name=statement.rp.name)
    labelled = tuple(
        Line(getattr(one.label, locale), one.content) for one in statement.fields if isinstance(one, Labelled)
    )
    if labelled:
        yield Section("words", locale, heading, labelled)
    for other in _FALLBACK[locale]:
        text = getattr(statement.text, other)
        if text:
            note = "" if other == locale else " " + words.REST_IN[other].say(locale)
            yield Section("words", other, heading + note, tuple(Line("", line) for line in text.split("\n")))
            break
    yield Section("notice", locale, "", (Line("", words.NOT_A_SIGNATURE.say(locale)),))


def _particulars(statement: Statement, locale: str, zone: tzinfo) -> Iterator[Line]:
    yield _line("asked_by", statement.rp.name, locale)
    entity, group = statement.on_behalf_of, statement.group
    if entity is not None:
        yield _line("on_behalf_of", entity.name, locale)
        yield _line("bin", entity.bin, locale)
    for one in statement.fields:
        yield from _field_lines(one, locale)
    if group is not None:
        yield _line("group", words.K_OF_N.say(locale, k=str(group.k), n=str(group.n)), locale)
    yield _line("answer_by", format_moment(statement.expires, zone, locale), locale)


def _field_lines(one: Field, locale: str) -> Iterator[Line]:
    if isinstance(one, Payment):
        yield _line("amount", format_amount(one.amount, one.currency, locale), locale)
        yield _line("payee", one.payee, locale)
    elif isinstance(one, Document):
        yield _line("document", one.name, locale)
        yield _line("digest", read_base64url(one.digest).hex(), locale)
    elif isinstance(one, Consent):
        yield _line("consent", one.scope, locale)


def _plain(section: Section) -> Iterator[str]:
    # Every line of the relying party's words is marked, so that none can be taken for one of ours.
    mark = "> " if section.kind == "words" else ""
    yield ""
    if section.heading:
        yield section.heading
    for line in section.lines:
        yield f"{mark}{line.label}: {line.value}" if line.label else f"{mark}{line.value}"


def _line(label: str, value: str, locale: str) -> Line:
    return Line(words.LABELS[label].say(locale), value)


def _labelled(label: str, value: str, locale: str) -> str:
    return f"{words.LABELS[label].say(locale)}: {value}"


def _cut(name: str, room: int) -> str:
    if _units(name) <= room:
        return name
    kept = name[: room - len(CUT)]
    while _units(kept) > room - len(CUT):
        kept = kept[:-1]
    return kept.rstrip() + CUT


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _digest(text: str) -> str:
    return write_base64url(hashlib.sha256(text.encode()).digest())
