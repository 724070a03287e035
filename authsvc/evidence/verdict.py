"""What a check of a court package says: numbered checks, findings with their place, a verdict (evidence format, 12).

Every finding stands under one check. The worst finding about a record, or about the log that all records lean on, gives
the record's verdict; the worst of all gives the package's. Nothing stops at the first fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from confirmations.words import Words

CHECKS = (
    "container",
    "trust",
    "log_signatures",
    "quorum",
    "genesis",
    "issuer_keys",
    "entry_bytes",
    "slots",
    "inclusion",
    "time",
    "chains",
    "export",
    "eds",
    "report",
    "seal",
)
"""The checks in their order; a check's number is its place here, from 1."""
OF_THE_LOG = frozenset({"trust", "log_signatures", "quorum", "genesis"})
"""Checks whose findings bear on every record."""


class Code(StrEnum):
    """The three verdicts."""

    VALID = "VALID"
    INVALID = "INVALID"
    NOT_CONFIRMED = "NOT_CONFIRMED"


class Weight(IntEnum):
    """How much a finding weighs. NOTE says something and changes no verdict."""

    NOTE = 0
    DOUBT = 1
    FAULT = 2


_CODES = {Weight.NOTE: Code.VALID, Weight.DOUBT: Code.NOT_CONFIRMED, Weight.FAULT: Code.INVALID}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found. `where` is a path in the package, with `#member` behind it where one is meant."""

    check: str
    code: str
    weight: Weight
    where: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One numbered check with its findings; `done` is False where it could not be made at all."""

    number: int
    name: str
    findings: tuple[Finding, ...]
    done: bool = True

    @property
    def weight(self) -> Weight:
        """The weight of the worst finding."""
        return max((each.weight for each in self.findings), default=Weight.NOTE)


@dataclass(frozen=True, slots=True)
class RecordVerdict:
    """One record's own verdict. `where` names the places that failed, empty when none did."""

    path: str
    id: str
    type: str
    code: Code
    where: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on a package. `environment` is `test`, `production` or empty when it can't be known."""

    code: Code
    sentence: Words
    checks: tuple[Check, ...]
    records: tuple[RecordVerdict, ...]
    environment: str

    def findings(self) -> list[Finding]:
        """All findings in the order of the checks."""
        return [finding for check in self.checks for finding in check.findings]


class Sheet:
    """Collects findings while the checks run. `open_check` says which check is being made."""

    __slots__ = ("_findings", "_name", "done")

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._name = CHECKS[0]
        self.done: set[str] = set()

    def open_check(self, name: str) -> None:
        """Findings stand under this check from now on."""
        self._name = name
        self.done.add(name)

    def leave_check(self, code: str) -> None:
        """The open check can't be made: the package has nothing for it. That is said, and weighs nothing."""
        self.done.discard(self._name)
        self.note(code)

    def fault(self, code: str, where: str = "", **params: object) -> None:
        """The check fails: INVALID."""
        self._add(Weight.FAULT, code, where, params)

    def doubt(self, code: str, where: str = "", **params: object) -> None:
        """Consistent, but not confirmed."""
        self._add(Weight.DOUBT, code, where, params)

    def note(self, code: str, where: str = "", **params: object) -> None:
        """Something that the reader should know."""
        self._add(Weight.NOTE, code, where, params)

    def _add(self, weight: Weight, code: str, where: str, params: Mapping[str, object]) -> None:
        values = {name: str(value) for name, value in params.items()}
        self._findings.append(Finding(self._name, code, weight, where, values))

    def checks(self) -> tuple[Check, ...]:
        """All checks with what was found."""
        return tuple(
            Check(number, name, tuple(each for each in self._findings if each.check == name), name in self.done)
            for number, name in enumerate(CHECKS, 1)
        )

    def worst(self) -> Finding | None:
        """The first of the heaviest findings, None when there is nothing but notes."""
        heavy = [each for each in self._findings if each.weight > Weight.NOTE]
        return max(heavy, key=lambda each: each.weight, default=None)

    def code(self) -> Code:
        """The package's verdict so far."""
        worst = self.worst()
        return Code.VALID if worst is None else _CODES[worst.weight]

    def record_verdict(self, number: str, path: str, record_id: str, type_: str) -> RecordVerdict:
        """The verdict on the record with this number (`0001`), from what was found about it and about the log."""
        own = [each for each in self._findings if number_of(each.where) == number]
        log = [each for each in self._findings if each.check in OF_THE_LOG]
        heavy = [each for each in own if each.weight > Weight.NOTE]
        weight = max((each.weight for each in (*own, *log)), default=Weight.NOTE)
        return RecordVerdict(path, record_id, type_, _CODES[weight], _places(heavy))


def _places(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.where for each in findings))


def number_of(where: str) -> str:
    """`0001` of `records/0001.note`, `disclosures/0001.json#slot`, `proofs/0001.tlog-proof`; else empty."""
    folder, slash, rest = where.partition("/")
    return rest[:4] if slash and folder in ("records", "disclosures", "proofs") else ""
