"""Authorization details in plain words (RFC 9396 13): what will be asked, and that nothing is done yet.

The relying party's own words stand apart and are marked as such, as in the statement of a confirmation.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from authsvc.oidc.details import open_details
from authsvc.oidc.relying_party import CONFIRMATION_DETAILS
from authsvc.web.words import say
from confirmations import words
from confirmations.canonical import read_base64url
from confirmations.formats import format_amount

_FALLBACK = {"kk": ("kk", "ru", "en"), "ru": ("ru", "kk", "en"), "en": ("en", "ru", "kk")}
_FURTHER = ("actions", "datatypes", "privileges", "locations", "identifier")


def describe_details(kept: str, party: str, locale: str) -> Sequence[tuple[str, Sequence[str]]]:
    """For each detail its heading and the lines below it, in kk, ru or en; `party` is the relying party's name."""
    return [_describe(detail, party, locale) for detail in open_details(kept)]


def _describe(detail: Mapping[str, Any], party: str, locale: str) -> tuple[str, Sequence[str]]:
    confirms = detail["type"] == CONFIRMATION_DETAILS
    heading = say("rar.confirmation" if confirms else "rar.signature", locale, party=party)
    lines = list(_act(detail, locale) if confirms else _documents(detail.get("documents", []), locale))
    lines += _own_words(detail, party, locale)
    lines.append(say("rar.nothing_confirmed" if confirms else "rar.nothing_signed", locale))
    return heading, lines


def _act(detail: Mapping[str, Any], locale: str) -> Iterator[str]:
    if "act" in detail:
        yield words.ACTS[detail["act"]].say(locale)
    for each in detail.get("fields", []):
        match each["kind"]:
            case "payment":
                yield _labelled("amount", format_amount(each["amount"], each["currency"], locale), locale)
                yield _labelled("payee", each["payee"], locale)
            case "document":
                yield from _documents([each], locale)
            case "consent":
                yield _labelled("consent", each["scope"], locale)
            case _:
                yield f"{each['label'][locale]}: {each['content']}"


def _documents(documents: Sequence[Mapping[str, Any]], locale: str) -> Iterator[str]:
    for each in documents:
        yield _labelled("document", each["name"], locale)
        yield _labelled("digest", read_base64url(each["digest"]).hex(), locale)


def _own_words(detail: Mapping[str, Any], party: str, locale: str) -> Iterator[str]:
    """The relying party's text in the first language that it has, and what else it names, each line marked."""
    texts = detail.get("text", {})
    text = next((texts[each] for each in _FALLBACK[locale] if each in texts), "")
    further = [value for name in _FURTHER if name in detail for value in _values(detail[name])]
    if text or further:
        yield words.IN_THE_WORDS_OF.say(locale, name=party)
    yield from (f"> {line}" for line in (*(text.split("\n") if text else ()), *further))


def _values(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


def _labelled(label: str, value: str, locale: str) -> str:
    return f"{words.LABELS[label].say(locale)}: {value}"
