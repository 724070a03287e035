"""Tells the demonstration's story in one language, plainly and in order."""

import sys
from typing import TextIO

from authsvc.sandbox.story_words import STORY


class Narrator:
    """Chapters and lines; quotations are indented and never translated."""

    def __init__(self, locale: str, out: TextIO = sys.stdout) -> None:
        self.locale = locale
        self._out = out

    def say(self, code: str, **values: object) -> str:
        """The text of a line."""
        return STORY[code].in_locale(self.locale).format(**values)

    def chapter(self, code: str) -> None:
        """A heading with its number."""
        self._write(f"\n{code}. {self.say(code)}")

    def line(self, code: str, **values: object) -> None:
        """One line of the story."""
        self._write(f"   {self.say(code, **values)}")

    def detail(self, text: str) -> None:
        """What belongs to the line before."""
        self._write(f"      {text}")

    def quote(self, text: str) -> None:
        """What a person saw, as it stood."""
        for line in text.strip().splitlines():
            self._write(f"      | {line}")

    def plain(self, text: str) -> None:
        """A line as it is."""
        self._write(text)

    def _write(self, text: str) -> None:
        print(text, file=self._out, flush=True)
