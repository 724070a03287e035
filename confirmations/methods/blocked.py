"""Passwords that others guess first (NIST 800-63B-4 3.1.1.2, ASVS 5.0 6.2.4 and 6.2.12): common words and key rows.

Long passwords that are refused are mostly common ones put in a row: `qwertyuiop12345`, `парольпароль123`. So a password
is taken apart: pieces that are on the list, walks along a keyboard's row, repetitions and countings are crossed out,
and what is left must be worth something. Words are listed in Kazakh, Russian and English; a Cyrillic word is also known
as its keys give it on a Latin layout (`gfhjkm`), and the reverse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

LEAST_LEFT: Final = 6  # characters that must be left when what is common is crossed out
SHORTEST_WALK: Final = 4
_ROWS: Final = (
    "`1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю",
    "йцукенғшүзхъ", "әіңғүұқөһ", "abcdefghijklmnopqrstuvwxyz",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "1qaz2wsx3edc4rfv5tgb6yhn",
    "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя", "qazwsxedcrfvtgbyhnujm", "йфяцычувскам", "12345678901234567890",
)  # fmt: skip
"""Rows of the Latin, the Russian and the Kazakh layout, columns, and the three alphabets; either way along."""
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
_YEAR_LETTERS: Final = 4
_LATIN: Final = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
_CYRILLIC: Final = "йцукенгшщзхъфывапролджэячсмитьбю"
_WORDS: Final = """
password passw0rd letmein welcome admin administrator login master dragon monkey football baseball iloveyou sunshine
princess shadow superman batman trustno1 starwars whatever freedom secret access hello qwerty kazakhstan almaty astana
nursultan shymkent karaganda aktobe egov google samsung iphone apple android computer internet summer winter spring
autumn monday friday january default guest user test changeme love killer pokemon michael jordan charlie
пароль привет любовь люблю секрет админ администратор здравствуй наташа марина андрей сергей дмитрий александр алексей
казахстан алматы астана россия москва солнышко зайчик котенок котик мама папа семья дружба спасибо зима лето весна осень
понедельник пятница январь самсунг компьютер интернет футбол динамо спартак зенит вход логин доступ банк
құпиясөз құпия сәлем махаббат жаным қазақстан қазақ алматы астана шымкент қарағанды ақтөбе отан бақыт аққу айгүл нұрлан
ерлан асхат динара гүлнар мама әке ана бала достық рахмет көктем жаз күз қыс дүйсенбі жұма наурыз кіру тіркелгі банк
"""


def is_common(password: str) -> bool:
    """Say whether little is left of a password when what others guess first is crossed out."""
    letters = "".join(letter for letter in password.casefold() if letter.isalnum() or letter in "[];',./`-=")
    return len(_cross_out(letters)) < LEAST_LEFT


def contains_name(password: str, names: Iterable[str]) -> bool:
    """Say whether little is left besides the person's own names and those of the service."""
    left = password.casefold()
    for name in sorted((each for whole in names for each in whole.casefold().split()), key=len, reverse=True):
        if len(name) >= SHORTEST_WALK:
            left = left.replace(name, "")
    return len(_cross_out("".join(letter for letter in left if letter.isalnum()))) < LEAST_LEFT


def _cross_out(text: str) -> str:
    """What is left of a text, read from the left, the longest piece first."""
    left, at = [], 0
    while at < len(text):
        step = max(_word_at(text, at), _walk_at(text, at), _repetition_at(text, at))
        if not step:
            left.append(text[at])
            step = 1
        at += step
    return "".join(left)


def _word_at(text: str, at: int) -> int:
    words, longest = _words()
    if _YEAR.match(text, at):
        return _YEAR_LETTERS
    for size in range(min(longest, len(text) - at), SHORTEST_WALK - 1, -1):
        if text[at : at + size] in words:
            return size
    return 0


def _walk_at(text: str, at: int) -> int:
    best = 0
    for row in _all_rows():
        size = SHORTEST_WALK
        while at + size <= len(text) and text[at : at + size] in row:
            best = max(best, size)
            size += 1
    return best


def _repetition_at(text: str, at: int) -> int:
    """A piece of up to four characters that comes three times or more; of five or more, twice."""
    best = 0
    for size in range(1, (len(text) - at) // 2 + 1):
        piece, times = text[at : at + size], 1
        while text.startswith(piece, at + size * times):
            times += 1
        if times >= (3 if size <= SHORTEST_WALK else 2):
            best = max(best, size * (times - 1))  # the piece itself stays: what it is worth is judged on its own
    return best


@lru_cache(maxsize=1)
def _all_rows() -> tuple[str, ...]:
    return tuple(each for row in _ROWS for each in (row, row[::-1]))


@lru_cache(maxsize=1)
def _words() -> tuple[frozenset[str], int]:
    """The words, as typed on either layout, and the length of the longest."""
    there, back = str.maketrans(_CYRILLIC, _LATIN), str.maketrans(_LATIN, _CYRILLIC)
    known = {each for word in _WORDS.split() for each in (word, word.translate(there), word.translate(back))}
    return frozenset(known), max(map(len, known))
