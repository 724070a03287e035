"""The statement: what the person is asked to confirm, and its digest (evidence format v1, member `statement`).

digest = base64url of SHA-256("authsvc/confirmation/v1" ‖ 0x00 ‖ JCS(statement)); the nonce inside has at least 128
bits, so the digest tells nothing of the text. A statement is immutable: another text is a new statement with a new id.
A login has a statement of another kind (`login_statement.py`) and another domain; neither digest can stand for the
other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from confirmations.canonical import (
    Json,
    hash_domain,
    read_base64url,
    read_time,
    write_base64url,
    write_canonical,
    write_time,
)
from confirmations.challenge import METHODS
from confirmations.errors import CanonicalRefused, StatementRefused
from confirmations.fields import (
    LONGEST_NAME,
    Field,
    Payment,
    Texts,
    check_texts,
    read_field,
    take_integer,
    take_members,
    take_text,
)
from confirmations.texts import check_name

DOMAIN: Final = b"authsvc/confirmation/v1"
NONE: Final = "none"  # an absent entity, group or mandate: that there was none is itself a statement

SMALLEST_NONCE: Final = 16  # bytes: 128 bits (cast), so that the digest can't be searched for its text
LARGEST_NONCE: Final = 64
MOST_FIELDS: Final = 20  # what a person can read before answering
MOST_LISTS: Final = 10  # combinations offered in one request
LONGEST_LIST: Final = 4  # elements of one combination
MOST_MEMBERS: Final = 100  # persons of one group
LARGEST_STATEMENT: Final = 32_768  # canonical bytes; three texts of 2,000 Cyrillic letters and 20 fields stay below

_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_REFERENCE = re.compile(r"[!-~]{1,255}")
_BIN = re.compile(r"[0-9]{12}")
_ACT = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MEMBERS = (
    "act", "created", "expires", "fields", "group", "id", "methods", "nonce", "on_behalf_of", "rp", "subject", "text",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who asks: the client id, and the verified name exactly as it is shown."""

    client_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Entity:
    """The legal entity for which the person acts: BIN, name as shown, and the record id of the mandate, or "none"."""

    bin: str
    name: str
    mandate: str = NONE


@dataclass(frozen=True, slots=True)
class Group:
    """k of n: the group's id, how many must confirm, and out of how many."""

    id: str
    k: int
    n: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One act, put to one person. Times are ms since 1970; `methods` are the ordered lists of methods allowed.

    `subject` is the identifier under which the relying party knows the person: the receipt that holds this statement
    goes to the relying party, so it is no IIN unless the relying party was given the IIN. Making one checks everything:
    a `Statement` that exists may be shown.
    """

    id: str
    nonce: str
    rp: RelyingParty
    subject: str
    act: str
    fields: tuple[Field, ...]
    text: Texts
    methods: tuple[tuple[str, ...], ...]
    created: int
    expires: int
    on_behalf_of: Entity | None = None
    group: Group | None = None
    _bytes: bytes = field(init=False, repr=False, compare=False)
    _digest: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_head(self.id, self.nonce, self.subject, self.created, self.expires)
        check_rp(self.rp)
        check_methods(self.methods, METHODS)
        if _ACT.fullmatch(self.act) is None:
            raise StatementRefused("act", "code", "not a code of small letters, digits and _")
        if self.on_behalf_of is not None:
            _check_entity(self.on_behalf_of)
        if self.group is not None:
            _check_group(self.group)
        self._check_fields()
        check_texts(self.text, "text")
        canonical = write_canonical(self.value())
        if len(canonical) > LARGEST_STATEMENT:
            raise StatementRefused("statement", "length", f"more than {LARGEST_STATEMENT} bytes")
        object.__setattr__(self, "_bytes", canonical)
        object.__setattr__(self, "_digest", write_base64url(self.hash()))

    def _check_fields(self) -> None:
        if len(self.fields) > MOST_FIELDS:
            raise StatementRefused("fields", "length", f"more than {MOST_FIELDS} fields")
        payments = 0
        for place, one in enumerate(self.fields):
            one.check(f"fields[{place}]")
            payments += isinstance(one, Payment)
        if payments > 1:
            raise StatementRefused("fields", "payments", "more than one payment: a batch is one total to one payee")
        if not self.fields and not self.text.items():
            raise StatementRefused("fields", "empty", "neither a typed field nor a text says what the act is")

    @property
    def payment(self) -> Payment | None:
        """The payment among the fields, if there is one."""
        for one in self.fields:
            if isinstance(one, Payment):
                return one
        return None

    def value(self) -> dict[str, Json]:
        """Give the JSON object, every member present."""
        entity, group = self.on_behalf_of, self.group
        return {
            "act": self.act,
            "created": write_time(self.created),
            "expires": write_time(self.expires),
            "fields": [one.value() for one in self.fields],
            "group": NONE if group is None else {"id": group.id, "k": group.k, "n": group.n},
            "id": self.id,
            "methods": [list(methods) for methods in self.methods],
            "nonce": self.nonce,
            "on_behalf_of": NONE
            if entity is None
            else {"bin": entity.bin, "mandate": entity.mandate, "name": entity.name},
            "rp": {"client_id": self.rp.client_id, "name": self.rp.name},
            "subject": self.subject,
            "text": self.text.value(),
        }

    def canonical(self) -> bytes:
        """Give the canonical bytes: what is hashed, kept, and handed to a device."""
        return self._bytes

    def digest(self) -> str:
        """Give the statement digest, base64url of 32 bytes. The same 32 bytes are the challenge of a passkey."""
        return self._digest

    def hash(self) -> bytes:
        """Give the 32 bytes behind `digest`."""
        return hash_domain(DOMAIN, self._bytes)

    @classmethod
    def of(cls, value: object) -> Statement:
        """Read a whole statement strictly: exactly the members of a statement, each of its kind, each rule kept."""
        if not isinstance(value, Mapping):
            raise StatementRefused("statement", "kind", "an object is expected")
        take_members(value, "statement", _MEMBERS)
        return cls(
            id=take_text(value, "statement", "id"),
            nonce=take_text(value, "statement", "nonce"),
            rp=read_rp(value["rp"]),
            subject=take_text(value, "statement", "subject"),
            on_behalf_of=_read_entity(value["on_behalf_of"]),
            group=_read_group(value["group"]),
            methods=read_methods(value["methods"]),
            created=read_moment(value, "created"),
            expires=read_moment(value, "expires"),
            **_read_asked(value),
        )

    @classmethod
    def ask(
        cls,
        asked: object,
        *,
        id: str,
        nonce: str,
        rp: RelyingParty,
        subject: str,
        methods: Sequence[Sequence[str]],
        created: int,
        expires: int,
        on_behalf_of: Entity | None = None,
        group: Group | None = None,
    ) -> Statement:
        """Make a statement from what a relying party asked, {"act", "fields", "text"}, and what the service adds."""
        if not isinstance(asked, Mapping):
            raise StatementRefused("statement", "kind", "an object is expected")
        take_members(asked, "statement", ("act", "fields", "text"))
        lists = tuple(tuple(one) for one in methods)
        return cls(
            id=id,
            nonce=nonce,
            rp=rp,
            subject=subject,
            on_behalf_of=on_behalf_of,
            group=group,
            methods=lists,
            created=created,
            expires=expires,
            **_read_asked(asked),
        )


def check_head(id: str, nonce: str, subject: str, created: int, expires: int) -> None:
    """Refuse an id that is no UUIDv7, a nonce of the wrong size, a subject that is no reference, a bad deadline."""
    if _UUID7.fullmatch(id) is None:
        raise StatementRefused("id", "id", "not a UUID of version 7")
    try:
        size = len(read_base64url(nonce))
    except CanonicalRefused as error:
        raise StatementRefused("nonce", "nonce", "not base64url") from error
    if not SMALLEST_NONCE <= size <= LARGEST_NONCE:
        raise StatementRefused("nonce", "nonce", f"not between {SMALLEST_NONCE} and {LARGEST_NONCE} bytes")
    if _REFERENCE.fullmatch(subject) is None:
        raise StatementRefused("subject", "reference", "not 1 to 255 visible ASCII characters")
    if not 0 < created < expires:
        raise StatementRefused("expires", "deadline", "not after the time of creation")


def check_rp(rp: RelyingParty) -> None:
    """Refuse a client id that is no reference and a name that could be taken for another."""
    if _REFERENCE.fullmatch(rp.client_id) is None:
        raise StatementRefused("rp.client_id", "reference", "not 1 to 255 visible ASCII characters")
    check_name(rp.name, "rp.name", LONGEST_NAME)


def check_methods(methods: tuple[tuple[str, ...], ...], known: tuple[str, ...]) -> None:
    """Refuse no list at all, an empty or long list, a method twice in one, the same list twice, unknown methods."""
    if not 0 < len(methods) <= MOST_LISTS or len(set(methods)) != len(methods):
        raise StatementRefused("methods", "methods", f"not 1 to {MOST_LISTS} different lists")
    for one in methods:
        if not 0 < len(one) <= LONGEST_LIST or len(set(one)) != len(one):
            raise StatementRefused("methods", "methods", f"a list is 1 to {LONGEST_LIST} different methods")
        for method in one:
            if method not in known:
                raise StatementRefused("methods", "methods", "a method that is not known")


def read_rp(value: object) -> RelyingParty:
    """Read {"client_id", "name"} strictly."""
    if not isinstance(value, Mapping):
        raise StatementRefused("rp", "kind", "an object is expected")
    take_members(value, "rp", ("client_id", "name"))
    return RelyingParty(take_text(value, "rp", "client_id"), take_text(value, "rp", "name"))


def read_methods(value: object) -> tuple[tuple[str, ...], ...]:
    """Read an array of arrays of texts."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, list | tuple) for one in value):
        raise StatementRefused("methods", "kind", "an array of arrays is expected")
    if not all(type(method) is str for one in value for method in one):
        raise StatementRefused("methods", "kind", "a method is a text")
    return tuple(tuple(one) for one in value)


def read_moment(value: Mapping[str, object], name: str) -> int:
    """Read a member that is a time, as ms since 1970."""
    try:
        return read_time(take_text(value, "statement", name))
    except CanonicalRefused as error:
        raise StatementRefused(name, "time", "not a time in UTC with three fraction digits") from error


def _read_asked(value: Mapping[str, object]) -> dict[str, Any]:
    fields = value["fields"]
    if not isinstance(fields, list | tuple):
        raise StatementRefused("fields", "kind", "an array is expected")
    if len(fields) > MOST_FIELDS:
        raise StatementRefused("fields", "length", f"more than {MOST_FIELDS} fields")
    return {
        "act": take_text(value, "statement", "act"),
        "fields": tuple(read_field(one, f"fields[{place}]") for place, one in enumerate(fields)),
        "text": Texts.of(value["text"], "text"),
    }


def _read_entity(value: object) -> Entity | None:
    if value == NONE:
        return None
    if not isinstance(value, Mapping):
        raise StatementRefused("on_behalf_of", "kind", 'an object or "none" is expected')
    take_members(value, "on_behalf_of", ("bin", "mandate", "name"))
    return Entity(*(take_text(value, "on_behalf_of", name) for name in ("bin", "name", "mandate")))


def _check_entity(entity: Entity) -> None:
    if _BIN.fullmatch(entity.bin) is None:
        raise StatementRefused("on_behalf_of.bin", "bin", "not 12 digits")
    check_name(entity.name, "on_behalf_of.name", LONGEST_NAME)
    if entity.mandate != NONE and _UUID7.fullmatch(entity.mandate) is None:
        raise StatementRefused("on_behalf_of.mandate", "id", "neither a record id nor none")


def _read_group(value: object) -> Group | None:
    if value == NONE:
        return None
    if not isinstance(value, Mapping):
        raise StatementRefused("group", "kind", 'an object or "none" is expected')
    take_members(value, "group", ("id", "k", "n"))
    return Group(take_text(value, "group", "id"), take_integer(value, "group", "k"), take_integer(value, "group", "n"))


def _check_group(group: Group) -> None:
    if _UUID7.fullmatch(group.id) is None:
        raise StatementRefused("group.id", "id", "not a UUID of version 7")
    if not 1 <= group.k <= group.n or not 2 <= group.n <= MOST_MEMBERS:
        raise StatementRefused("group", "group", f"not k of n with 1 ≤ k ≤ n and 2 ≤ n ≤ {MOST_MEMBERS}")
