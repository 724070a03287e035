"""Which issuer and log keys are good where: intervals read from genesis and `key` records (evidence format, section 9).

A key is good from the index after the record that adds it (genesis: from 0) up to the index before the record that
retires or revokes it. For a log key these are tree sizes. No date decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from authsvc.clock import parse_rfc3339
from authsvc.evidence.canonical import Value
from authsvc.evidence.note import Verifier
from authsvc.evidence.record import Entry


@dataclass(frozen=True, slots=True)
class KeyInterval:
    """A key from `start`, up to `end` (None: still in force). `leaked_at` in ms where a leak is stated."""

    verifier: Verifier
    family: str
    start: int
    end: int | None = None
    leaked_at: int | None = None

    def is_good(self, index: int) -> bool:
        """Whether the key may sign at this index (a log key: at this size)."""
        return self.start <= index and (self.end is None or index <= self.end)


class Standing(Enum):
    """What a key is worth at an index."""

    GOOD = "good"
    UNKNOWN = "unknown"
    OUTSIDE = "outside"
    LEAKED = "leaked"


class KeyRing:
    """Keys of one origin with their intervals; `log` is the family of log keys here, beside the issuers' families."""

    LOG = "checkpoint"

    def __init__(self, genesis: Entry) -> None:
        self.intervals: list[KeyInterval] = []
        for family, vkey in _issuers(genesis.body["issuers"]):
            self.intervals.append(KeyInterval(Verifier.parse(vkey), family, 0))
        for vkey in _texts(genesis.body["log_keys"]):
            self.intervals.append(KeyInterval(Verifier.parse(vkey), self.LOG, 0))

    def apply(self, entry: Entry, index: int) -> bool:
        """Take a `key` record into account; False when it ends a key that is not in force, or adds one that is."""
        if entry.body["key_use"] == "receipt":
            return True
        verifier = Verifier.parse(str(entry.body["key_value"]))
        in_force = [each for each in self.intervals if each.verifier == verifier and each.end is None]
        if entry.body["key_event"] == "added":
            if in_force:
                return False
            family = self.LOG if entry.body["key_use"] == "log" else verifier.name.rpartition("/issuer/")[2]
            self.intervals.append(KeyInterval(verifier, family, index + 1))
            return True
        leaked = str(entry.body["key_leaked_at"])
        moment = parse_rfc3339(leaked) if leaked else None
        for each in in_force:
            at = self.intervals.index(each)
            self.intervals[at] = replace(each, end=index - 1, leaked_at=moment)
        return bool(in_force)

    def note_leak(self, verifier: Verifier, leaked_at: int | None, size: int) -> None:
        """A revocation that trust.json states: the key ends below this size, whatever the package says."""
        for at, each in enumerate(self.intervals):
            if each.verifier == verifier:
                end = size - 1 if each.end is None else min(each.end, size - 1)
                self.intervals[at] = replace(each, end=end, leaked_at=leaked_at if leaked_at else each.leaked_at)

    def issuers(self, family: str) -> list[Verifier]:
        """All keys that the family ever had."""
        return [each.verifier for each in self.intervals if each.family == family]

    def log_keys(self, size: int) -> list[Verifier]:
        """The log keys that must have signed a checkpoint of this size."""
        return [each.verifier for each in self.intervals if each.family == self.LOG and each.is_good(size)]

    def standing(self, entry: Entry, index: int) -> tuple[Standing, KeyInterval | None]:
        """What the key that signed this entry is worth at its index."""
        signature = entry.signature
        found = [
            each
            for each in self.intervals
            if each.family == entry.family
            and each.verifier.name == signature.name
            and each.verifier.key_id == signature.key_id
        ]
        good = next((each for each in found if each.is_good(index)), None)
        if good is not None:
            return (Standing.LEAKED if good.leaked_at is not None else Standing.GOOD), good
        return (Standing.OUTSIDE, found[0]) if found else (Standing.UNKNOWN, None)


def _issuers(value: Value) -> Iterable[tuple[str, str]]:
    for each in value if isinstance(value, list) else []:
        if isinstance(each, dict):
            yield str(each["family"]), str(each["vkey"])


def _texts(value: Value) -> Iterable[str]:
    return map(str, value if isinstance(value, list) else [])
