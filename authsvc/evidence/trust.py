"""trust.json: all that a checker trusts, published apart from every package (evidence format, section 10).

Members as the format lists them. `to` is left out while a key is in force; a witness held by the operator has the
holder `operator` and never makes a quorum.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from authsvc.clock import parse_rfc3339, rfc3339
from authsvc.evidence.codes import ENVIRONMENTS
from authsvc.evidence.errors import BadKey, BadPolicy, BadTrust
from authsvc.evidence.note import Verifier
from authsvc.evidence.policy import Policy, parse_policy

VERSION = 1
MAX_BYTES = 1_048_576
ALL_OF = "all of"
OPERATOR = "operator"

_HEX = re.compile(r"[0-9a-f]{64}").fullmatch
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LogKey:
    """A log key and the tree sizes at which it signs: from `start`, up to `end` (None: still in force)."""

    verifier: Verifier
    start: int = 0
    end: int | None = None

    def is_good(self, size: int) -> bool:
        """Whether it must have signed a checkpoint of this size."""
        return self.start <= size and (self.end is None or size <= self.end)


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness key and who holds it."""

    verifier: Verifier
    holder: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """A revoked key: `leaked_at` in ms (None: no leak is stated), `size` of the log at the revocation."""

    verifier: Verifier
    leaked_at: int | None
    size: int


@dataclass(frozen=True, slots=True)
class Trust:
    """What one origin is trusted for. `genesis` and `verifiers` are SHA-256 in hex; anchors are DER or fingerprints."""

    origin: str
    environment: str
    genesis: str
    log_keys: tuple[LogKey, ...]
    policy: str
    witnesses: tuple[Witness, ...] = ()
    tsa_anchors: tuple[bytes, ...] = ()
    eds_anchors: tuple[str, ...] = ()
    revoked: tuple[Revoked, ...] = ()
    verifiers: Mapping[str, str] | None = None
    predecessors: tuple["Trust", ...] = ()

    def of_origin(self, origin: str) -> "Trust | None":
        """The trust for this origin: this one or a predecessor's."""
        return next((each for each in (self, *self.predecessors) if each.origin == origin), None)

    def parsed_policy(self) -> Policy:
        """The tlog-policy; it was checked when the trust was read."""
        return parse_policy(self.policy.encode())

    def independent(self) -> frozenset[Verifier]:
        """The witnesses that the operator does not hold."""
        return frozenset(each.verifier for each in self.witnesses if each.holder != OPERATOR)


def print_trust(trust: Trust) -> bytes:
    """trust.json, indented for people."""
    value = {"version": VERSION, **_members(trust)}
    value["predecessors"] = [_members(each) for each in trust.predecessors]
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _members(trust: Trust) -> dict[str, object]:
    return {
        "origin": trust.origin,
        "environment": trust.environment,
        "genesis": trust.genesis,
        "log_keys": {"rule": ALL_OF, "keys": [_log_key(each) for each in trust.log_keys]},
        "policy": trust.policy,
        "witnesses": [{"vkey": str(each.verifier), "holder": each.holder} for each in trust.witnesses],
        "tsa_anchors": [b64encode(each).decode() for each in trust.tsa_anchors],
        "eds_anchors": list(trust.eds_anchors),
        "revoked": [
            {
                "vkey": str(each.verifier),
                "leaked_at": "" if each.leaked_at is None else rfc3339(each.leaked_at),
                "size": each.size,
            }
            for each in trust.revoked
        ],
        "verifiers": dict(trust.verifiers or {}),
    }


def _log_key(key: LogKey) -> dict[str, object]:
    end = {} if key.end is None else {"to": key.end}
    return {"vkey": str(key.verifier), "from": key.start, **end}


def parse_trust(data: bytes) -> Trust:
    """The trust of a trust.json; BadTrust where it can't be read, an unknown member or version included."""
    if len(data) > MAX_BYTES:
        raise BadTrust("longer than any trust.json")
    try:
        value = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise BadTrust("not JSON, or a member twice") from error
    members = _object(value)
    if members.pop("version", None) != VERSION:
        raise BadTrust("a version that is not known here")
    predecessors = tuple(_trust(_object(each)) for each in _list(members.pop("predecessors", [])))
    return replace(_trust(members), predecessors=predecessors)


def _trust(members: dict[str, object]) -> Trust:
    try:
        trust = Trust(
            origin=_text(members.pop("origin")),
            environment=_one_of(members.pop("environment"), ENVIRONMENTS),
            genesis=_hex(members.pop("genesis")),
            log_keys=_log_keys(_object(members.pop("log_keys"))),
            policy=_text(members.pop("policy")),
            witnesses=_each(members.pop("witnesses"), _witness),
            tsa_anchors=_each(members.pop("tsa_anchors"), _der),
            eds_anchors=_each(members.pop("eds_anchors"), _hex),
            revoked=_each(members.pop("revoked"), _revoked),
            verifiers={name: _hex(each) for name, each in _object(members.pop("verifiers")).items()},
        )
        trust.parsed_policy()
    except KeyError as error:
        raise BadTrust(f"{error.args[0]} is missing") from error
    except (ValueError, BadKey, BadPolicy) as error:
        raise BadTrust(str(error)) from error
    if members:
        raise BadTrust(f"{sorted(members)[0]} is not known here")
    return trust


def _log_keys(value: dict[str, object]) -> tuple[LogKey, ...]:
    if value.get("rule") != ALL_OF or value.keys() != {"rule", "keys"}:
        raise BadTrust("a rule for log keys that is not known here")
    keys = _each(value["keys"], _read_log_key)
    if not keys:
        raise BadTrust("no log key")
    return keys


def _read_log_key(value: object) -> LogKey:
    members = _object(value)
    end = _size(members.pop("to")) if "to" in members else None
    return LogKey(Verifier.parse(_text(members["vkey"])), _size(members["from"]), end)


def _witness(value: object) -> Witness:
    members = _object(value)
    return Witness(Verifier.parse(_text(members["vkey"])), _text(members["holder"]))


def _revoked(value: object) -> Revoked:
    members = _object(value)
    leaked = members["leaked_at"]
    moment = None if leaked == "" else parse_rfc3339(_text(leaked))
    return Revoked(Verifier.parse(_text(members["vkey"])), moment, _size(members["size"]))


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member twice")
    return members


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise BadTrust("not an object where one is needed")
    return dict(value)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise BadTrust("not an array where one is needed")
    return value


def _each(value: object, read: Callable[[object], T]) -> tuple[T, ...]:
    return tuple(read(each) for each in _list(value))


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise BadTrust("not a text where one is needed")
    return value


def _size(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise BadTrust("not a tree size where one is needed")
    return value


def _hex(value: object) -> str:
    if not isinstance(value, str) or not _HEX(value):
        raise BadTrust("not a SHA-256 in hex where one is needed")
    return value


def _der(value: object) -> bytes:
    return b64decode(_text(value), validate=True)


def _one_of(value: object, known: Sequence[str]) -> str:
    if value not in known:
        raise BadTrust(f"{value!a} is not known here")
    return _text(value)
