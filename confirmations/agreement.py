"""A contract in code (as summarised in law duties L20-L20b): terms that people read, code, a way to settle disputes,
parties; one digest over all of it.

It is refused without readable terms in the language of each party, and without a clause that says which persons decide
a dispute, how, and by which contact: what a program brings about is a proposal, the last word is a person's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from confirmations.canonical import Json, write_base64url, write_canonical
from confirmations.errors import StatementRefused
from confirmations.fields import LONGEST_LINE, LONGEST_NAME
from confirmations.texts import check_line, check_name, check_words

KIND: Final = "authsvc/agreement/v1"
LOCALES: Final = ("kk", "ru", "en")
LONGEST_TERMS: Final = 1_200  # with the clause they fit the words of a statement, which each party is shown whole
LONGEST_CLAUSE: Final = 200  # each of who, how, contact
MOST_PARTIES: Final = 20
CLAUSE: Final = ("who", "how", "contact")
MEANS: Final = ("confirmation", "eds")
OPEN: Final = "open"
CONCLUDED: Final = "concluded"
DECLINED: Final = "declined"
YES: Final = "yes"
NO: Final = "no"
WAITS: Final = "waits"

_DIGEST = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")


@dataclass(frozen=True, slots=True)
class Party:
    """One party: under which name the relying party knows them, their language, by what they answer, for whom."""

    subject: str
    locale: str
    by: str = "confirmation"
    bin: str = ""

    def value(self) -> dict[str, Json]:
        """Give the JSON object."""
        return {"bin": self.bin, "by": self.by, "locale": self.locale, "subject": self.subject}


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement as one file. `terms` by locale; `clause`: who, how, contact, each by locale."""

    id: str
    nonce: str
    parties: tuple[Party, ...]
    terms: Mapping[str, str]
    code_name: str
    code_digest: str
    clause: Mapping[str, Mapping[str, str]]

    def __post_init__(self) -> None:
        distinct = {each.subject for each in self.parties}
        if not 2 <= len(self.parties) <= MOST_PARTIES or len(distinct) < len(self.parties):
            raise StatementRefused("parties", "parties", f"not 2 to {MOST_PARTIES} different parties")
        for locale, text in self.terms.items():
            check_words(text, f"terms.{locale}", LONGEST_TERMS)
        check_line(self.code_name, "code.name", LONGEST_LINE)
        if _DIGEST.fullmatch(self.code_digest) is None:
            raise StatementRefused("code.digest", "digest", "not the base64url of a SHA-256 digest")
        for party in self.parties:
            self._check_readable(party)

    def _check_readable(self, party: Party) -> None:
        """Terms and clause stand in the party's own language, or nobody is asked."""
        if party.by not in MEANS:
            raise StatementRefused("parties.by", "by", f"not one of {', '.join(MEANS)}")
        if party.locale not in self.terms:
            raise StatementRefused("terms", "readable", f"no terms in {party.locale}, the language of a party")
        for part in CLAUSE:
            text = self.clause.get(part, {}).get(party.locale, "")
            if not text:
                raise StatementRefused(f"dispute.{part}", "dispute_clause", f"no dispute clause in {party.locale}")
            check_words(text, f"dispute.{part}.{party.locale}", LONGEST_CLAUSE)
            if part == "who":
                check_name(text, f"dispute.who.{party.locale}", LONGEST_NAME)

    def canonical(self) -> bytes:
        """Give the bytes of the file: terms and code are bound by them together."""
        return write_canonical(
            {
                "clause": {part: dict(self.clause[part]) for part in CLAUSE},
                "code": {"digest": self.code_digest, "name": self.code_name},
                "id": self.id,
                "kind": KIND,
                "nonce": self.nonce,
                "parties": [each.value() for each in self.parties],
                "terms": dict(self.terms),
            }
        )

    def digest(self) -> str:
        """Give the one digest that goes to all parties: SHA-256 of the file."""
        return write_base64url(hashlib.sha256(self.canonical()).digest())


def conclude(answers: Iterable[str]) -> str:
    """Give the state that these answers make: concluded when all said yes, declined as soon as one can't any more."""
    given = tuple(answers)
    if NO in given:
        return DECLINED
    return CONCLUDED if given and all(each == YES for each in given) else OPEN
