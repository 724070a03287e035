"""The typed fields of a statement: stored once as values, rendered by us, so they say the same in every language.

PSD2 RTS article 5 (dynamic linking: amount and payee); ISO 4217 (currencies).
Each kind writes itself as a JSON object with the member `kind` and reads itself strictly: an unknown or missing member
is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeAlias

from confirmations.canonical import Json
from confirmations.errors import StatementRefused
from confirmations.texts import check_line, check_name, check_words

LONGEST_NAME: Final = 140  # a payee in a payment message (ISO 20022 Max140Text)
LONGEST_LINE: Final = 300  # a line that a phone shows on one screen
LONGEST_LABEL: Final = 60  # a label beside its value
LONGEST_WORDS: Final = 2_000  # the relying party's text in one language: about a page
LARGEST_AMOUNT: Final = 10**15 - 1  # minor units; below 2^53, and its figures fit a first SMS part

CURRENCIES: Final[Mapping[str, int]] = {
    "AED": 2, "BYN": 2, "CHF": 2, "CNY": 2, "EUR": 2, "GBP": 2, "JPY": 0,
    "KGS": 2, "KRW": 0, "KZT": 2, "RUB": 2, "TRY": 2, "USD": 2, "UZS": 2,
}  # fmt: skip
"""ISO 4217 code to the number of digits of its minor unit. A code that is not here is refused, never guessed."""

_DIGEST = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")  # base64url of 32 bytes, last bits zero


@dataclass(frozen=True, slots=True)
class Texts:
    """One text per language; the empty string where there is none."""

    kk: str = ""
    ru: str = ""
    en: str = ""

    @classmethod
    def of(cls, value: object, member: str) -> Texts:
        """Read {"kk": …, "ru": …, "en": …}, any of them absent; refuse other members and empty texts."""
        if not isinstance(value, Mapping):
            raise StatementRefused(member, "kind", "an object with the members kk, ru, en is expected")
        for locale, text in value.items():
            if locale not in ("kk", "ru", "en"):
                raise StatementRefused(member, "unknown_member", "a language that is not kk, ru or en")
            if not isinstance(text, str) or not text:
                raise StatementRefused(f"{member}.{locale}", "kind", "a text is expected")
        return cls(**value)

    def items(self) -> tuple[tuple[str, str], ...]:
        """Give the languages that have a text, with it."""
        return tuple(pair for pair in (("kk", self.kk), ("ru", self.ru), ("en", self.en)) if pair[1])

    def value(self) -> dict[str, Json]:
        """Give the JSON object."""
        return dict(self.items())


@dataclass(frozen=True, slots=True)
class Payment:
    """Money to a payee. `amount` is in minor units of `currency` (tiyn, cent); 1250000 KZT is 12 500,00 ₸."""

    kind: ClassVar[str] = "payment"
    payee: str
    amount: int
    currency: str

    def check(self, member: str) -> None:
        """Refuse look-alike payees, unknown currencies, and amounts that are not above zero or beyond the largest."""
        check_name(self.payee, f"{member}.payee", LONGEST_NAME)
        if self.currency not in CURRENCIES:
            raise StatementRefused(f"{member}.currency", "currency", "not a currency that is known here")
        if not 0 < self.amount <= LARGEST_AMOUNT:
            raise StatementRefused(f"{member}.amount", "amount", f"not between 1 and {LARGEST_AMOUNT} minor units")

    def value(self) -> dict[str, Json]:
        """Give the JSON object."""
        return {"amount": self.amount, "currency": self.currency, "kind": "payment", "payee": self.payee}

    @classmethod
    def of(cls, value: Mapping[str, object], member: str) -> Payment:
        """Read the JSON object strictly."""
        take_members(value, member, ("amount", "currency", "kind", "payee"))
        return cls(
            take_text(value, member, "payee"),
            take_integer(value, member, "amount"),
            take_text(value, member, "currency"),
        )


@dataclass(frozen=True, slots=True)
class Document:
    """A document by its digest (SHA-256, base64url) and the name under which it is shown."""

    kind: ClassVar[str] = "document"
    name: str
    digest: str

    def check(self, member: str) -> None:
        """Refuse a name that is not one visible line, and a digest that is not one."""
        check_line(self.name, f"{member}.name", LONGEST_LINE)
        if _DIGEST.fullmatch(self.digest) is None:
            raise StatementRefused(f"{member}.digest", "digest", "not the base64url of a SHA-256 digest")

    def value(self) -> dict[str, Json]:
        """Give the JSON object."""
        return {"digest": self.digest, "kind": "document", "name": self.name}

    @classmethod
    def of(cls, value: Mapping[str, object], member: str) -> Document:
        """Read the JSON object strictly."""
        take_members(value, member, ("digest", "kind", "name"))
        return cls(take_text(value, member, "name"), take_text(value, member, "digest"))


@dataclass(frozen=True, slots=True)
class Consent:
    """What the person consents to, in one line: the scope of data or of the permission."""

    kind: ClassVar[str] = "consent"
    scope: str

    def check(self, member: str) -> None:
        """Refuse a scope that is not one visible line."""
        check_line(self.scope, f"{member}.scope", LONGEST_LINE)

    def value(self) -> dict[str, Json]:
        """Give the JSON object."""
        return {"kind": "consent", "scope": self.scope}

    @classmethod
    def of(cls, value: Mapping[str, object], member: str) -> Consent:
        """Read the JSON object strictly."""
        take_members(value, member, ("kind", "scope"))
        return cls(take_text(value, member, "scope"))


@dataclass(frozen=True, slots=True)
class Labelled:
    """Any other particular: a label in all three languages and one value, the same in each of them."""

    kind: ClassVar[str] = "labelled"
    label: Texts
    content: str

    def check(self, member: str) -> None:
        """Refuse a label that lacks a language, and texts that are not one visible line."""
        for locale in ("kk", "ru", "en"):
            check_line(getattr(self.label, locale), f"{member}.label.{locale}", LONGEST_LABEL)
        check_line(self.content, f"{member}.content", LONGEST_LINE)

    def value(self) -> dict[str, Json]:
        """Give the JSON object."""
        return {"content": self.content, "kind": "labelled", "label": self.label.value()}

    @classmethod
    def of(cls, value: Mapping[str, object], member: str) -> Labelled:
        """Read the JSON object strictly."""
        take_members(value, member, ("content", "kind", "label"))
        return cls(Texts.of(value["label"], f"{member}.label"), take_text(value, member, "content"))


Field: TypeAlias = Payment | Document | Consent | Labelled
"""The closed set of typed fields."""

_KINDS: Final[Mapping[str, Callable[[Mapping[str, object], str], Field]]] = {
    "payment": Payment.of,
    "document": Document.of,
    "consent": Consent.of,
    "labelled": Labelled.of,
}


def read_field(value: object, member: str) -> Field:
    """Read one typed field by its member `kind`; refuse kinds that are not known here."""
    if not isinstance(value, Mapping):
        raise StatementRefused(member, "kind", "an object is expected")
    kind = value.get("kind")
    read = _KINDS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise StatementRefused(f"{member}.kind", "field_kind", f"not one of {', '.join(_KINDS)}")
    return read(value, member)


def check_texts(texts: Texts, member: str) -> None:
    """Refuse free texts that are not visible words."""
    for locale, text in texts.items():
        check_words(text, f"{member}.{locale}", LONGEST_WORDS)


def take_members(value: Mapping[str, object], member: str, names: tuple[str, ...]) -> None:
    """Refuse an object whose members are not exactly `names`."""
    if value.keys() == frozenset(names):
        return
    for name in names:
        if name not in value:
            raise StatementRefused(member, "missing_member", f"the member {name} is missing")
    raise StatementRefused(member, "unknown_member", f"only the members {', '.join(names)} are known")


def take_text(value: Mapping[str, object], member: str, name: str) -> str:
    """Give a member that must be a text."""
    text: Any = value[name]
    if type(text) is not str:
        raise StatementRefused(f"{member}.{name}", "kind", "a text is expected")
    return text


def take_integer(value: Mapping[str, object], member: str, name: str) -> int:
    """Give a member that must be an integer; true and 1.0 are none."""
    number: Any = value[name]
    if type(number) is not int:
        raise StatementRefused(f"{member}.{name}", "kind", "an integer is expected")
    return number
