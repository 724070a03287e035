"""Members of JSON bodies, read one way everywhere: unknown ones refused, texts by language that read as they are.

Refusals name the member and never its value: InvalidRequest for shape, StatementRefused for what a text holds.
"""

import re
from collections.abc import Mapping, Sequence

import orjson

from authsvc.errors import InvalidRequest
from confirmations.texts import check_line, check_words

LOCALES = ("kk", "ru", "en")
_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


def parse(raw: bytes) -> object:
    """The JSON value of a request's body."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("the body is not JSON") from error


def read_object(body: object, needed: Sequence[str], other: Sequence[str] = (), of: str = "") -> Mapping[str, object]:
    """An object with all of `needed` and none but these; `of` names the member that holds it."""
    where = f"{of}: " if of else ""
    if not isinstance(body, dict):
        raise InvalidRequest(f"{where}a JSON object is expected")
    if unknown := sorted(body.keys() - {*needed, *other}):
        raise InvalidRequest(f"{where}unknown member: {unknown[0]}")
    if missing := [name for name in needed if name not in body]:
        raise InvalidRequest(f"{where}member missing: {missing[0]}")
    return body


def read_code(value: object, member: str) -> str:
    """A code: small letters, digits, `_`, `.`, `-`; 64 at most."""
    if not isinstance(value, str) or _CODE.fullmatch(value) is None:
        raise InvalidRequest(f"{member}: a code of small letters, digits, _ . - is expected, 64 at most")
    return value


def read_codes(value: object, member: str, most: int) -> tuple[str, ...]:
    """Codes, each once."""
    if not isinstance(value, list) or len(value) > most or len({str(each) for each in value}) != len(value):
        raise InvalidRequest(f"{member}: an array of at most {most} codes, each once, is expected")
    return tuple(read_code(each, member) for each in value)


def read_one_of(value: object, known: Sequence[str], member: str) -> str:
    """A code of a closed list."""
    if not isinstance(value, str) or value not in known:
        raise InvalidRequest(f"{member}: one of {', '.join(known)}")
    return value


def read_flag(value: object, member: str) -> bool:
    """True or false, and nothing that is taken for them."""
    if not isinstance(value, bool):
        raise InvalidRequest(f"{member}: true or false is expected")
    return value


def read_whole(value: object, member: str, least: int, most: int) -> int:
    """A whole number within bounds."""
    if type(value) is not int or not least <= value <= most:
        raise InvalidRequest(f"{member}: a whole number from {least} to {most} is expected")
    return value


def read_line(value: object, member: str, longest: int) -> str:
    """One line of visible text."""
    if not isinstance(value, str):
        raise InvalidRequest(f"{member}: a text is expected")
    check_line(value, member, longest)
    return value


def read_texts(value: object, member: str, longest: int, *, all_needed: bool = True) -> Mapping[str, str]:
    """A text by locale; in all three unless less will do, and then in one at least."""
    if not isinstance(value, dict) or not value or not value.keys() <= set(LOCALES):
        raise InvalidRequest(f"{member}: texts by locale (kk, ru, en) are expected")
    if all_needed and (missing := [locale for locale in LOCALES if locale not in value]):
        raise InvalidRequest(f"{member}: the text in {missing[0]} is missing")
    for locale, text in value.items():
        if not isinstance(text, str):
            raise InvalidRequest(f"{member}: texts are expected")
        check_words(text, f"{member}.{locale}", longest)
    return {locale: value[locale] for locale in LOCALES if locale in value}
