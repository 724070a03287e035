"""The document of a mandate: canonical bytes with what a program reads and the same in words, which the head signs.

`write` and `read_document` are inverse, byte for byte: a document that says in words something else than in its members
is none.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from authsvc import bodies
from authsvc.clock import parse_rfc3339, rfc3339, uuid7
from authsvc.errors import InvalidRequest
from authsvc.keys import b64url
from authsvc.mandates import words
from authsvc.service import Service
from confirmations import words as confirmation_words
from confirmations.fields import CURRENCIES, LARGEST_AMOUNT, LONGEST_NAME
from confirmations.formats import format_amount
from confirmations.policy import ACTS as KNOWN
from confirmations.texts import check_name

KIND = "authsvc/mandate/v1"
ACTS = tuple(act for act in KNOWN if act != "approval")
"""Acts that a mandate may cover; approvals are the service's own staff's."""
PERIODS = ("day", "month", "term")
DAY_MS = 24 * 3600 * 1000
LONGEST_MS = 3 * 366 * DAY_MS
"""A mandate ends within three years: what nobody looks at again must not stand for ever."""
MOST_MEMBERS = 20
NONCE_BYTES = 16
_NUMBER = re.compile(r"[0-9]{12}")
_MEMBERS = (
    *("kind", "id", "nonce", "created", "bin", "entity", "grantor", "members", "k", "acts", "currency", "single"),
    *("period", "total", "since", "until", "text"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """A mandate as it is signed. Numbers without `iin:`; amounts in minor units, 0 and 0 where no money may be paid;
    times in ms."""

    id: str
    nonce: str
    created: int
    bin: str
    entity: str
    grantor: str
    members: tuple[str, ...]
    k: int
    acts: tuple[str, ...]
    currency: str
    single: int
    period: str
    total: int
    since: int
    until: int

    def write(self) -> bytes:
        """The bytes that are signed."""
        told = {
            "kind": KIND,
            "id": self.id,
            "nonce": self.nonce,
            "created": rfc3339(self.created),
            "bin": self.bin,
            "entity": self.entity,
            "grantor": self.grantor,
            "members": list(self.members),
            "k": self.k,
            "acts": list(self.acts),
            "currency": self.currency,
            "single": self.single,
            "period": self.period,
            "total": self.total,
            "since": rfc3339(self.since),
            "until": rfc3339(self.until),
            "text": {locale: write_text(self, locale) for locale in bodies.LOCALES},
        }
        return orjson.dumps(told, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)

    @property
    def digest(self) -> str:
        """How its records name it."""
        return b64url(hashlib.sha256(self.write()).digest())


def draw_up(svc: Service, **members: object) -> Document:
    """A new document of these members (as of `Document`, without id, nonce, created), checked."""
    now = svc.clock.now()
    nonce = b64url(svc.entropy(NONCE_BYTES))
    return check(Document(id=uuid7(now, svc.entropy), nonce=nonce, created=now, **members))  # type: ignore[arg-type]  # `check` judges them


def read_document(raw: bytes) -> Document:
    """The document of these bytes, which are exactly those that it writes. Raises InvalidRequest, StatementRefused."""
    told = bodies.read_object(bodies.parse(raw), _MEMBERS, of="document")
    try:
        found = Document(
            id=str(told["id"]),
            nonce=str(told["nonce"]),
            created=parse_rfc3339(str(told["created"])),
            bin=str(told["bin"]),
            entity=str(told["entity"]),
            grantor=str(told["grantor"]),
            members=tuple(_texts(told["members"])),
            k=bodies.read_whole(told["k"], "k", 1, MOST_MEMBERS),
            acts=tuple(_texts(told["acts"])),
            currency=str(told["currency"]),
            single=bodies.read_whole(told["single"], "single", 0, LARGEST_AMOUNT),
            period=str(told["period"]),
            total=bodies.read_whole(told["total"], "total", 0, LARGEST_AMOUNT),
            since=parse_rfc3339(str(told["since"])),
            until=parse_rfc3339(str(told["until"])),
        )
    except (ValueError, TypeError) as error:
        raise InvalidRequest("document: a member is not of its kind") from error
    if told["kind"] != KIND or check(found).write() != raw:
        raise InvalidRequest("document: these are not the bytes of a mandate")
    return found


def check(one: Document) -> Document:
    """Raises InvalidRequest, StatementRefused with the rule that is broken."""
    if _NUMBER.fullmatch(one.bin) is None or _NUMBER.fullmatch(one.grantor) is None:
        raise InvalidRequest("bin: 12 digits")
    check_name(one.entity, "entity", LONGEST_NAME)
    if not one.members or not all(_NUMBER.fullmatch(each) for each in one.members):
        raise InvalidRequest("members: numbers of 12 digits")
    if len(one.members) > MOST_MEMBERS or len(set(one.members)) != len(one.members):
        raise InvalidRequest(f"members: at most {MOST_MEMBERS}, each once")
    if not 1 <= one.k <= len(one.members):
        raise InvalidRequest("k: from 1 to the number of members")
    if not one.acts or len(set(one.acts)) != len(one.acts) or not set(one.acts) <= set(ACTS):
        raise InvalidRequest(f"acts: some of {', '.join(ACTS)}, each once")
    bodies.read_one_of(one.currency, tuple(CURRENCIES), "currency")
    bodies.read_one_of(one.period, PERIODS, "period")
    if not 0 <= one.single <= one.total <= LARGEST_AMOUNT:
        raise InvalidRequest("total: not less than the limit of one act")
    if ("payment" in one.acts) != (one.single > 0):
        raise InvalidRequest("single: an amount for payments, and for nothing else")
    if not 0 < one.since < one.until <= one.since + LONGEST_MS:
        raise InvalidRequest("until: after the beginning, and within three years of it")
    return one


def write_text(one: Document, locale: str) -> str:
    """The mandate in words of one language."""
    acts = ", ".join(confirmation_words.ACTS[act].say(locale) for act in one.acts)
    lines = [
        words.TITLE.say(locale),
        words.ENTITY.say(locale, name=one.entity, bin=one.bin),
        words.GRANTOR.say(locale, iin=one.grantor),
        words.MEMBERS.say(locale, iins=", ".join(one.members)),
        words.SCOPE.say(locale, acts=acts),
    ]
    if len(one.members) > 1:
        lines.append(words.GROUP.say(locale, k=str(one.k), n=str(len(one.members))))
    if one.single:
        lines.append(words.SINGLE.say(locale, amount=format_amount(one.single, one.currency, locale)))
        lines.append(words.TOTAL[one.period].say(locale, amount=format_amount(one.total, one.currency, locale)))
    else:
        lines.append(words.NO_MONEY.say(locale))
    lines += [
        words.SINCE_UNTIL.say(locale, since=rfc3339(one.since), until=rfc3339(one.until)),
        words.REVOCABLE.say(locale),
    ]
    return "\n".join(lines)


def _texts(value: object) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TypeError("an array of texts")
    return value
