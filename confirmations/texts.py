"""Unicode: UAX #15 (NFC) and UTS #39 in spirit: what a text may hold so that it reads as it is.

Three strictnesses: a *name* (payee, relying party, entity) is Latin or Cyrillic from a list of what is allowed, no word
mixing both; a *line* is one line of any visible text; *words* are lines. All are NFC, without control, direction and
invisible characters, so that what is hashed is what is seen.
"""

from __future__ import annotations

import re
import unicodedata

from confirmations.errors import StatementRefused

_LATIN = "A-Za-zÀ-ÖØ-öø-žƏəȘ-ț"  # to the end of Latin Extended-A without the long s; Azeri schwa; Romanian s and t
_CYRILLIC = "Ѐ-ҁҊ-ӿ"
_MARKS = "«»“”„‘’–—…№·•₸€\u00a0"

_PLAIN = re.compile(f"[ -~А-яЁёҐґҒғҚқҢңӨөҰұҮүҺһӘәІі{_MARKS}]+")  # composes with nothing: NFC, visible, assigned
_NAME = re.compile(f"[ -~{_LATIN}{_CYRILLIC}{_MARKS}]+")
_MIXED = re.compile(f"[{_LATIN}][0-9_'’]*[{_CYRILLIC}]|[{_CYRILLIC}][0-9_'’]*[{_LATIN}]")
_HAS_LATIN = re.compile(f"[{_LATIN}]")
_LOOK_ALIKE = re.compile(f"(?<![{_CYRILLIC}])[АВЕЅЗІЈКМНОРСТУХҮаеѕіјорсухҮүһӏ]{{2,}}(?![{_CYRILLIC}])")
_SPACING = re.compile(r"^\s|\s$|\s\s")
_SPACING_OF_WORDS = re.compile(r"^\s|\s$|\s{4}")

# Cyrillic words that look Latin through and through and are common beside Latin names: legal forms and the state.
_KNOWN_LOOK_ALIKES = frozenset(
    {"ТОО", "АО", "ООО", "ОАО", "НАО", "ЗАО", "ОО", "РОО", "КСК", "СНТ", "КХ", "КТ", "НКО", "РК", "СК", "НК", "ТМ"}
)

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Blank on the screen, yet a letter, mark or symbol to Unicode; the ranges are the variation selectors.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | {
    chr(point) for bounds in ((0xFE00, 0xFE10), (0xE0100, 0xE01F0)) for point in range(*bounds)
}
_SPACES = frozenset(" \u00a0\u202f")
_MARKS_IN_A_ROW = 2  # a stress mark and one more; longer stacks write over their neighbours


def check_name(text: str, member: str, longest: int) -> None:
    """Refuse a name that could be taken for another: foreign script, word of two scripts, Cyrillic dressed as Latin."""
    check_line(text, member, longest)
    if _NAME.fullmatch(text) is None:
        raise StatementRefused(member, "script", "a name is written in Latin or Cyrillic letters")
    if _MIXED.search(text):
        raise StatementRefused(member, "look_alike", "a word mixes Latin and Cyrillic letters")
    if _HAS_LATIN.search(text):
        for word in _LOOK_ALIKE.findall(text):
            if word not in _KNOWN_LOOK_ALIKES:
                raise StatementRefused(member, "look_alike", "a Cyrillic word that looks Latin")


def check_line(text: str, member: str, longest: int) -> None:
    """Refuse anything but one line of visible text in NFC, of 1 to `longest` characters, singly spaced."""
    _check_length(text, member, longest)
    if _PLAIN.fullmatch(text) is None:
        _check_characters(text, member)
    if _SPACING.search(text):
        raise StatementRefused(member, "white_space", "white space at an end, or twice in a row")


def check_words(text: str, member: str, longest: int) -> None:
    """Refuse anything but lines of visible text in NFC, of 1 to `longest` characters in all, without wide gaps."""
    _check_length(text, member, longest)
    flat = text.replace("\n", " ")
    if _PLAIN.fullmatch(flat) is None:
        _check_characters(flat, member)
    if _SPACING_OF_WORDS.search(text):
        raise StatementRefused(member, "white_space", "white space at an end, or four in a row")


def _check_length(text: str, member: str, longest: int) -> None:
    if not text:
        raise StatementRefused(member, "empty", "an empty text")
    if len(text) > longest:
        raise StatementRefused(member, "length", f"longer than {longest} characters")


def _check_characters(text: str, member: str) -> None:
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if character in _BIDI:
            raise StatementRefused(member, "direction", "a character that changes the writing direction")
        if category == "Cf" or character in _INVISIBLE:
            raise StatementRefused(member, "invisible", "a character that is not visible")
        if category == "Cc" or category in ("Zl", "Zp"):
            raise StatementRefused(member, "control", "a control character or a line separator")
        if category in ("Cs", "Co", "Cn"):
            raise StatementRefused(member, "unassigned", "a character without a meaning of its own")
        if category == "Zs" and character not in _SPACES:
            raise StatementRefused(member, "white_space", "an unusual space")
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category == "Me" or marks > _MARKS_IN_A_ROW:
            raise StatementRefused(member, "marks", "combining marks that write over their neighbours")
    if not unicodedata.is_normalized("NFC", text):
        raise StatementRefused(member, "nfc", "not in Unicode normalisation form C")
