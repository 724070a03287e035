"""The blocks that a report is made of: plain text with its place, for every printer (evidence format, section 12)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_ALMATY_SINCE_2024: Final = datetime(2024, 2, 29, 19, tzinfo=UTC)
"""Almaty moved from UTC+6 to UTC+5 on 2024-03-01; written here so that a report needs no time-zone files."""
_TURNING: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 3."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A paragraph. `mark`: `test` and `kind` stand in a frame."""

    text: str
    mark: str = ""


Row = tuple[str, Sequence[str]]
"""A name, and its value in one or more lines."""


@dataclass(frozen=True, slots=True)
class Table:
    """Names and values."""

    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Points:
    """A list of sentences."""

    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as it was, with its label. `locale` is empty where the language is not known."""

    label: str
    text: str
    locale: str = ""


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Texts that are to be compared, in one row where there is room."""

    texts: Sequence[Shown]


Block = Heading | Sentence | Table | Points | Shown | SideBySide


@dataclass(frozen=True, slots=True)
class Sheet:
    """What begins on a page of its own: the front, or one record. `foot` stands at the foot of each of its pages."""

    blocks: Sequence[Block]
    foot: Sequence[str] = ()


def make_visible(text: str) -> str:
    """The text with what turns, hides or controls text shown by its code."""
    return _TURNING.sub(lambda match: f"[U+{ord(match[0]):04X}]", text)


def almaty(ms: int, locale: str) -> str:
    """A moment in Almaty's time, in the local form."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    hours = 5 if moment >= _ALMATY_SINCE_2024 else 6
    form = "%Y-%m-%d %H:%M:%S" if locale == "en" else "%d.%m.%Y %H:%M:%S"
    return f"{moment.astimezone(timezone(timedelta(hours=hours))).strftime(form)} (UTC+{hours})"
