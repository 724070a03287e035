"""Which issuer and log keys are good where: intervals read from genesis and `key` records (evidence format, section 9).

A key is good from the index after the record that adds it (genesis: from 0) up to the index before the record that
retires or revokes it. For a log key these are tree sizes. No date decides, except after a leak: what an anchor shows to
have stood in the log before it is good still, and what came later is never invalid, only not confirmed.
"""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypedDict

from authsvc.clock import parse_rfc3339
from authsvc.evidence.canonical import Value
from authsvc.evidence.errors import RecordError
from authsvc.evidence.note import Verifier
from authsvc.evidence.record import Entry


@dataclass(frozen=True, slots=True)
class KeyInterval:
    """A key from `start`, up to `end` (None: still in force). `leaked_at` in ms where a leak is stated, `ended_at` the
    time of the record that ended it where that record is known."""

    verifier: Verifier
    family: str
    start: int
    end: int | None = None
    leaked_at: int | None = None
    ended_at: int | None = None
    event: str = ""

    def is_good(self, index: int) -> bool:
        """Whether the key may sign at this index (a log key: at this size)."""
        return self.start <= index and (self.end is None or index <= self.end)


@dataclass(frozen=True, slots=True)
class ReceiptKey:
    """The thumbprint (RFC 7638) of a key of receipts and the indices of the records whose receipts it signs."""

    thumbprint: str
    start: int
    end: int | None = None
    leaked_at: int | None = None
    ended_at: int | None = None
    event: str = ""

    def is_good(self, index: int) -> bool:
        """Whether it signs the receipt of the record at this index."""
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
        self.origin = str(genesis.body["origin"])
        self.intervals: list[KeyInterval] = []
        self.receipts = [ReceiptKey(each, 0) for each in _texts(genesis.body["receipt_keys"])]
        for family, vkey in _issuers(genesis.body["issuers"]):
            self.intervals.append(KeyInterval(Verifier.parse(vkey), family, 0))
        for vkey in _texts(genesis.body["log_keys"]):
            self.intervals.append(KeyInterval(Verifier.parse(vkey), self.LOG, 0))

    def apply(self, entry: Entry, index: int) -> bool:
        """Take a `key` record into account; False when it does not fit the keys before it.

        It does not fit when it ends a key that is not in force, adds one that was ever there (no key comes back, none
        serves two families), or one under a name that is not this origin's.
        """
        if entry.body["key_use"] == "receipt":
            return self._apply_receipt(entry, index)
        verifier = Verifier.parse(str(entry.body["key_value"]))
        if entry.body["key_event"] == "added":
            family = self.LOG if entry.body["key_use"] == "log" else verifier.name.rpartition("/issuer/")[2]
            name = self.origin if family == self.LOG else f"{self.origin}/issuer/{family}"
            if verifier.name != name or any(each.verifier.key == verifier.key for each in self.intervals):
                return False
            self.intervals.append(KeyInterval(verifier, family, index + 1))
            return True
        in_force = [each for each in self.intervals if each.verifier == verifier and each.end is None]
        for each in in_force:
            at = self.intervals.index(each)
            self.intervals[at] = replace(each, end=index - 1, **_ending(entry))
        return bool(in_force)

    def _apply_receipt(self, entry: Entry, index: int) -> bool:
        thumbprint = str(entry.body["key_value"])
        if entry.body["key_event"] == "added":
            if any(each.thumbprint == thumbprint for each in self.receipts):
                return False
            self.receipts.append(ReceiptKey(thumbprint, index + 1))
            return True
        in_force = [each for each in self.receipts if each.thumbprint == thumbprint and each.end is None]
        for each in in_force:
            at = self.receipts.index(each)
            self.receipts[at] = replace(each, end=index - 1, **_ending(entry))
        return bool(in_force)

    def copy(self) -> "KeyRing":
        """One that changes apart from this one."""
        made = copy(self)
        made.intervals, made.receipts = list(self.intervals), list(self.receipts)
        return made

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

    def in_force(self, family: str) -> list[KeyInterval]:
        """The keys of this family that nothing has ended, the newest last."""
        return [each for each in self.intervals if each.family == family and each.end is None]

    def standing(self, entry: Entry, index: int, upper: int | None = None) -> tuple[Standing, KeyInterval | None]:
        """What the key that signed this entry is worth at its index.

        `upper`: ms before which the entry stood in the log as an anchor shows, None where no anchor does. An entry from
        before a stated leak is good.
        """
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
            return (Standing.LEAKED if is_after(good.leaked_at, upper) else Standing.GOOD), good
        return (Standing.OUTSIDE, found[0]) if found else (Standing.UNKNOWN, None)


def issuers_of(genesis: Entry) -> dict[str, list[Verifier]]:
    """Family to the issuer key that genesis binds. RecordError when the entry is no genesis."""
    if genesis.type != "genesis":
        raise RecordError("type", "not a genesis")
    return {family: [Verifier.parse(vkey)] for family, vkey in _issuers(genesis.body["issuers"])}


def is_after(leaked_at: int | None, upper: int | None) -> bool:
    """Whether something may be younger than a stated leak: not if there was none, nor if `upper`, an upper time bound
    in ms, is before it."""
    return leaked_at is not None and (upper is None or upper >= leaked_at)


class _Ending(TypedDict):
    leaked_at: int | None
    ended_at: int
    event: str


def _ending(entry: Entry) -> _Ending:
    leaked = str(entry.body["key_leaked_at"])
    return _Ending(
        leaked_at=parse_rfc3339(leaked) if leaked else None, ended_at=entry.time, event=str(entry.body["key_event"])
    )


def _issuers(value: Value) -> Iterable[tuple[str, str]]:
    for each in value if isinstance(value, list) else []:
        if isinstance(each, dict):
            yield str(each["family"]), str(each["vkey"])


def _texts(value: Value) -> Iterable[str]:
    return map(str, value if isinstance(value, list) else [])
