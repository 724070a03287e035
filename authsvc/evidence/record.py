"""Entries of the evidence log: sealing a record, strict reading, disclosures (evidence format, sections 2, 4, 6).

An entry is a signed note of exactly three text lines (version, type, canonical JSON body) and exactly one signature
line, by the issuer key of the type's family. What can be guessed or links a person stands in the body only as salted
commitments, one for each slot of the type.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

import orjson

from authsvc.clock import parse_rfc3339, rfc3339
from authsvc.evidence.canonical import MAX_BYTES, Value, loads_strict
from authsvc.evidence.claims import CLAIM_DOMAIN, SALT_BYTES, claim_hash, encode_all, encode_to_bytes
from authsvc.evidence.errors import BadNote, NewerFormat, NotCanonical, RecordError, WrongIssuer
from authsvc.evidence.forms import DIGEST, ID, TIME_NEEDED, Form, UnknownCode
from authsvc.evidence.keyforms import check_key_members
from authsvc.evidence.merkle import leaf_hash
from authsvc.evidence.note import Signature, Signer, Verifier, parse_note
from authsvc.evidence.schema import SCHEMAS, Schema, Slot

VERSION = "authsvc/evidence/v1"

_START = VERSION.encode() + b"\n"
_ANY_VERSION = re.compile(rb"authsvc/evidence/v[1-9][0-9]{0,5}")
_SIGNATURE_BYTES = 64


class Link(NamedTuple):
    """A record's place in a person's chain: running number from 1, leaf hash of the previous record or `none`."""

    number: int
    previous: str


class Disclosure(NamedTuple):
    """The opening of one slot. `salt` is base64url; `value` is a JSON value in the form of the slot."""

    slot: int
    name: str
    salt: str
    value: Value

    def to_value(self) -> dict[str, Value]:
        """As packages and receipts write it."""
        return {"name": self.name, "salt": self.salt, "slot": self.slot, "value": self.value}


class Openings(NamedTuple):
    """What opens every slot of one record: the values in the order of the slots, and their salts, 32 bytes each."""

    type: str
    values: Sequence[Value]
    salts: bytes


class Sealed(NamedTuple):
    """A sealed record: final entry bytes, their leaf hash, and what opens its slots."""

    entry: bytes
    leaf: bytes
    openings: Openings

    @property
    def disclosures(self) -> tuple[Disclosure, ...]:
        """The openings of all slots in order."""
        opened = self.openings
        return tuple(open_slots(opened.type, range(len(opened.values)), opened.values, opened.salts))


@dataclass(frozen=True, slots=True)
class Draft:
    """A record before it is sealed, in JSON values. `parties` holds only the roles that are taken: role to subject.

    `slots` holds every slot but those of the parties; `time` is in ms since the epoch.
    """

    type: str
    id: str
    time: int
    plain: Mapping[str, Value]
    parties: Mapping[str, str]
    slots: Mapping[str, Value]

    @property
    def schema(self) -> Schema:
        """The schema of the type."""
        return SCHEMAS[self.type]

    @property
    def family(self) -> str:
        """The family whose issuer signs it."""
        return self.schema.family

    @property
    def slot_count(self) -> int:
        """How many slots need a salt."""
        return len(self.schema.slots)


class Kind(Protocol):
    """A record as acts write it: one dataclass of `kinds` for each type."""

    type: ClassVar[str]
    family: ClassVar[str]

    @property
    def id(self) -> str:
        """UUIDv7 of the record."""

    @property
    def time(self) -> int:
        """When the act happened, ms since the epoch."""

    def draft(self) -> Draft:
        """The record in JSON values."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as read: every member has passed its form; the signature has not been checked."""

    type: str
    id: str
    time: int
    body: Mapping[str, Value]
    claims: tuple[str, ...]
    signature: Signature
    text: bytes
    data: bytes
    leaf: bytes

    @property
    def schema(self) -> Schema:
        """The schema of the type."""
        return SCHEMAS[self.type]

    @property
    def family(self) -> str:
        """The family whose issuer must have signed it."""
        return self.schema.family


def seal(draft: Draft, *, links: Mapping[str, Link], salts: bytes, signer: Signer) -> Sealed:
    """Commit to the values, write the body, sign.

    `links` names exactly the subjects of the draft; `salts` are 32 fresh random bytes for each slot. RecordError names
    the member that breaks its form.
    """
    schema = SCHEMAS.get(draft.type)
    if schema is None:
        raise RecordError("type", "not a record type")
    if not signer.name.endswith("/issuer/" + schema.family):
        raise WrongIssuer("signature", f"not the issuer of the family {schema.family}")
    values = _slot_values(schema, draft, links)
    claims = _commit(schema, values, salts)
    body: dict[str, Value] = {**draft.plain, "claims": claims, "id": draft.id, "time": _write_time(draft.time)}
    _check_body(schema, body, claims)
    _check_between(draft.type, body, dict(zip((slot.name for slot in schema.slots), values, strict=True)))
    text = _START + draft.type.encode() + b"\n" + _dump(body) + b"\n"
    entry = text + b"\n" + signer.sign(text)
    if len(entry) > MAX_BYTES:
        raise RecordError("entry", f"longer than {MAX_BYTES} bytes")
    return Sealed(entry, leaf_hash(entry), Openings(draft.type, values, salts))


def _write_time(ms: int) -> str:
    try:
        return rfc3339(ms)
    except (ValueError, OverflowError, OSError) as error:
        raise RecordError("time", "not a time") from error


def _slot_values(schema: Schema, draft: Draft, links: Mapping[str, Link]) -> list[Value]:
    """The values in the order of the slots, each judged by its form."""
    slots, parties = draft.slots, draft.parties
    if len(slots) + 3 * len(schema.roles) != len(schema.slots):
        raise RecordError("slots", f"not the slots of {schema.type}")
    if not parties.keys() <= set(schema.roles):
        raise RecordError("parties", f"not the parties of {schema.type}")
    if links.keys() != set(parties.values()):
        raise RecordError("links", "not the chains of the parties")
    values: list[Value] = []
    for role in schema.roles:
        subject = parties.get(role)
        values.extend(("", "", "") if subject is None else (subject, *links[subject]))
    for slot in schema.slots[len(values) :]:
        if slot.name not in slots:
            raise RecordError(slot.name, "is missing")
        values.append(slots[slot.name])
    _judge_slots(schema, values)
    return values


def _judge_slots(schema: Schema, values: Sequence[Value]) -> None:
    name = ""
    try:
        for slot, value in zip(schema.slots, values, strict=True):
            name = slot.name
            slot.form.judge(value)
    except UnknownCode as error:
        raise NewerFormat(name, str(error)) from error
    except ValueError as error:
        raise RecordError(name, str(error)) from error


def _commit(schema: Schema, values: Sequence[Value], salts: bytes) -> list[Value]:
    """All claim hashes. base64 runs once over all salts and once over all hashes."""
    count = len(schema.slots)
    if len(salts) != SALT_BYTES * count:
        raise RecordError("salts", f"not {SALT_BYTES} bytes for each slot")
    encoded = encode_to_bytes(_each_salt(salts))
    if len(set(encoded)) != count:
        raise RecordError("salts", "one salt for two slots")
    sha256, dumps, start = hashlib.sha256, orjson.dumps, CLAIM_DOMAIN + b'["'
    hashes: list[bytes] = []
    try:
        for slot, value, salt in zip(schema.slots, values, encoded, strict=True):
            opened = start + salt + slot.between + dumps(value, option=orjson.OPT_SORT_KEYS) + b"]"
            hashes.append(sha256(opened).digest())
    except TypeError as error:
        raise RecordError(schema.slots[len(hashes)].name, "a text that is not Unicode") from error
    return [*encode_all(hashes)]


def _each_salt(salts: bytes) -> list[bytes]:
    return [salts[at : at + SALT_BYTES] for at in range(0, len(salts), SALT_BYTES)]


def open_slots(type_: str, places: Iterable[int], values: Sequence[Value], salts: bytes) -> list[Disclosure]:
    """The disclosures of the slots at these places of the type; `salts` are 32 bytes for each."""
    slots = SCHEMAS[type_].slots
    encoded = encode_all(_each_salt(salts))
    return [
        Disclosure(place, slots[place].name, salt, value)
        for place, value, salt in zip(places, values, encoded, strict=True)
    ]


def _dump(body: Mapping[str, Value]) -> bytes:
    """Canonical bytes of a body whose members have passed their forms, so that no walk is needed."""
    try:
        return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise RecordError("body", "a text that is not Unicode") from error


def parse(data: bytes) -> Entry:
    """Read an entry strictly: one reading or a RecordError. NewerFormat for a version or code of a later release.

    Only the signature's key name is looked at here; `verify_entry` checks the signature.
    """
    if len(data) > MAX_BYTES:
        raise RecordError("entry", f"longer than {MAX_BYTES} bytes")
    try:
        note = parse_note(data)
    except BadNote as error:
        raise RecordError("entry", error.message) from error
    lines = note.text.split(b"\n")
    if lines[0] != _START[:-1]:
        if _ANY_VERSION.fullmatch(lines[0]):
            raise NewerFormat("entry", "a newer version of the format")
        raise RecordError("entry", "not an entry of an evidence log")
    if len(lines) != 4 or len(note.signatures) != 1:
        raise RecordError("entry", "not exactly three lines and one signature")
    schema = SCHEMAS.get(lines[1].decode())
    if schema is None:
        raise RecordError("type", "not a record type")
    signature = note.signatures[0]
    if not signature.name.endswith("/issuer/" + schema.family) or len(signature.raw) != _SIGNATURE_BYTES:
        raise WrongIssuer("signature", f"not by an issuer of the family {schema.family}")
    return _read_body(schema, lines[2], signature, note.text, data)


def _read_body(schema: Schema, line: bytes, signature: Signature, text: bytes, data: bytes) -> Entry:
    try:
        body = loads_strict(line)
    except NotCanonical as error:
        raise RecordError("body", error.message) from error
    if not isinstance(body, dict):
        raise RecordError("body", "not an object")
    claims = body.get("claims")
    if not isinstance(claims, list):
        raise RecordError("claims", "not an array")
    _check_body(schema, body, claims)
    for claim in claims:
        _judge("claims", DIGEST, claim)
    _check_between(schema.type, body, {})
    hashes = tuple(map(str, claims))
    moment = parse_rfc3339(str(body["time"]))
    return Entry(schema.type, str(body["id"]), moment, body, hashes, signature, text, data, leaf_hash(data))


def _check_body(schema: Schema, body: Mapping[str, Value], claims: Sequence[Value]) -> None:
    """Exactly the members of the type, each in its form, and one distinct claim for each slot."""
    if body.keys() != schema.members:
        odd = sorted(body.keys() ^ schema.members)
        raise RecordError(odd[0], "is missing" if odd[0] in schema.members else f"is no member of {schema.type}")
    _judge("id", ID, body["id"])
    _judge("time", TIME_NEEDED, body["time"])
    for name, form in schema.plain.items():
        _judge(name, form, body[name])
    if len(claims) != len(schema.slots) or len(set(map(str, claims))) != len(claims):
        raise RecordError("claims", f"not {len(schema.slots)} distinct hashes")


def _judge(member: str, form: Form, value: Value) -> None:
    try:
        form.judge(value)
    except UnknownCode as error:
        raise NewerFormat(member, str(error)) from error
    except ValueError as error:
        raise RecordError(member, str(error)) from error


def _check_between(type_: str, body: Mapping[str, Value], slots: Mapping[str, Value]) -> None:
    """What no single member shows. `slots` holds the values that are known: all when sealing, none when reading."""
    if type_ in ("genesis", "key"):
        fault = check_key_members(type_, body)
        if fault is not None:
            raise RecordError(*fault)
    elif type_ == "confirmation":
        _check_enrolments(body["method"], slots)
    elif type_ == "authentication":
        if body["login"] == "accepted" and not body["login_acr"]:
            raise RecordError("login_acr", "is missing from an accepted login")
        _check_enrolments(body["login_method"], slots)


def _check_enrolments(methods: Value, slots: Mapping[str, Value]) -> None:
    used = slots.get("credential")
    if isinstance(used, list) and isinstance(methods, list) and len(used) != len(methods):
        raise RecordError("credential", "not one enrolment (or none) for each method")


def verify_entry(data: bytes, issuers: Mapping[str, Sequence[Verifier]]) -> Entry:
    """Read an entry and check its signature. `issuers`: family to the keys that are good at its index.

    WrongIssuer when none of them signed; RecordError when the signature does not verify.
    """
    entry = parse(data)
    for verifier in issuers.get(entry.family, ()):
        if verifier.name == entry.signature.name and verifier.key_id == entry.signature.key_id:
            if verifier.verify(entry.text, entry.signature.raw):
                return entry
            raise RecordError("signature", "does not verify")
    raise WrongIssuer("signature", f"by no good key of the family {entry.family}")


def check_disclosure(entry: Entry, disclosure: Disclosure) -> Slot:
    """The slot that the disclosure opens; RecordError unless place, name, form and hash all agree."""
    slots = entry.schema.slots
    if type(disclosure.slot) is not int or not 0 <= disclosure.slot < len(slots):
        raise RecordError("slot", f"{entry.type} has no slot {disclosure.slot}")
    slot = slots[disclosure.slot]
    if slot.name != disclosure.name:
        raise RecordError(slot.name, f"stands in slot {slot.index}, not {disclosure.name}")
    _judge("salt", DIGEST, disclosure.salt)
    try:
        same = claim_hash(disclosure.salt, disclosure.name, disclosure.value) == entry.claims[slot.index]
    except TypeError as error:
        raise RecordError(slot.name, "not a value of the format") from error
    if not same:
        raise RecordError(slot.name, "the value is not the one that the entry commits to")
    _judge(slot.name, slot.form, disclosure.value)
    _check_between(entry.type, entry.body, {slot.name: disclosure.value})
    return slot
