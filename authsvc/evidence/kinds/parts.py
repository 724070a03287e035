"""Values that records are made of, and how a record becomes a draft in JSON values (evidence format, section 2)."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from authsvc.clock import rfc3339
from authsvc.evidence.canonical import Value
from authsvc.evidence.errors import RecordError
from authsvc.evidence.forms import NONE, Form
from authsvc.evidence.record import Draft, Kind
from authsvc.evidence.schema import SCHEMAS, Schema


@dataclass(frozen=True, slots=True)
class Issuer:
    """A family's issuer key."""

    family: str
    vkey: str

    def to_value(self) -> Value:
        """`{family, vkey}`."""
        return {"family": self.family, "vkey": self.vkey}


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The last checkpoint of the log that this one goes on from; without loss `lost_from` = `lost_to` = `size`."""

    origin: str
    size: int
    root: str
    root_512: str
    lost_from: int
    lost_to: int

    def to_value(self) -> Value:
        """All six members."""
        return {
            "lost_from": self.lost_from,
            "lost_to": self.lost_to,
            "origin": self.origin,
            "root": self.root,
            "root_512": self.root_512,
            "size": self.size,
        }


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved: `record` is their confirmation, `signature` the digest of their EDS; each may be `none`."""

    person: str
    record: str = NONE
    signature: str = NONE

    def to_value(self) -> Value:
        """`{person, record, signature}`."""
        return {"person": self.person, "record": self.record, "signature": self.signature}


@dataclass(frozen=True, slots=True)
class FactorKey:
    """An enrolled public key; `registration` is the digest of the whole registration response."""

    credential_id: str
    public_key: str
    registration: str

    def to_value(self) -> Value:
        """`{credential_id, public_key, registration}`."""
        return {
            "credential_id": self.credential_id,
            "public_key": self.public_key,
            "registration": self.registration,
        }


@dataclass(frozen=True, slots=True)
class Group:
    """k of n persons; `outcome` is empty except in the record that ended the group."""

    group: str
    k: int
    n: int
    outcome: str = ""

    def to_value(self) -> Value:
        """`{group, k, n, outcome}`."""
        return {"group": self.group, "k": self.k, "n": self.n, "outcome": self.outcome}


@dataclass(frozen=True, slots=True)
class SignaturePlace:
    """Which of a document's signatures, from 1."""

    n: int
    of: int

    def to_value(self) -> Value:
        """`{n, of}`."""
        return {"n": self.n, "of": self.of}


@dataclass(frozen=True, slots=True)
class Material:
    """A CRL, OCSP response, time stamp or certificate that a verification used, by digest."""

    digest: str
    kind: str

    def to_value(self) -> Value:
        """`{digest, kind}`."""
        return {"digest": self.digest, "kind": self.kind}


def _value(given: Any) -> Value:
    if type(given) is str or type(given) is int:
        return given
    if given is None:
        return ""
    if isinstance(given, tuple):
        return [_value(each) for each in given]
    value: Value = given.to_value()
    return value


def _moment(given: Any) -> Value:
    try:
        return "" if given is None else rfc3339(given)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise RecordError("time", "not milliseconds since the epoch") from error


def _predecessors(given: Any) -> Value:
    return [] if given is None else [given.to_value()]


def _converter(name: str, form: Form) -> Callable[[Any], Value]:
    if name == "predecessor":
        return _predecessors
    return _moment if form.name == "time" else _value


class _Plan:
    """How to read one type's dataclass, made once."""

    __slots__ = ("plain", "read_plain", "read_slots", "roles", "slots")

    def __init__(self, schema: Schema) -> None:
        slots = schema.slots[3 * len(schema.roles) :]
        self.roles = schema.roles
        self.plain = [(name, _converter(name, form)) for name, form in schema.plain.items()]
        self.slots = [(slot.name, _converter(slot.name, slot.form)) for slot in slots]
        self.read_plain = _getter([name for name, _ in self.plain])
        self.read_slots = _getter([name for name, _ in self.slots])


def _getter(names: list[str]) -> Callable[[object], tuple[Any, ...]]:
    if not names:
        return lambda _: ()
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda record: (get(record),)


_PLANS = {schema.type: _Plan(schema) for schema in SCHEMAS.values()}


def draft_of(record: Kind) -> Draft:
    """The record in JSON values: times as RFC 3339, parts as objects, what does not apply as the empty string."""
    plan = _PLANS[record.type]
    parties = {role: subject for role in plan.roles if (subject := getattr(record, role)) is not None}
    plain = {name: convert(v) for (name, convert), v in zip(plan.plain, plan.read_plain(record), strict=True)}
    slots = {name: convert(v) for (name, convert), v in zip(plan.slots, plan.read_slots(record), strict=True)}
    return Draft(record.type, record.id, record.time, plain, parties, slots)
