"""What an export record commits to: the list, what was left out and the heads (evidence format, sections 2 and 12)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from authsvc.evidence.check_custody import references
from authsvc.evidence.record import Disclosure, Entry

EARLIER = "earlier_log"
"""Why a record is left out that a successor's record names: it stands in the log before."""


@dataclass(frozen=True, slots=True)
class ExportList:
    """Values of `export_list`, `export_left_out`, `export_count` and `export_heads`, as `kinds.Export` takes them."""

    listed: tuple[tuple[str, tuple[str, ...]], ...]
    left_out: tuple[tuple[str | int, str], ...]
    count: int
    heads: tuple[tuple[int, str], ...]


def missing_references(
    records: Sequence[tuple[Entry, Sequence[Disclosure]]], known: Sequence[str] = ()
) -> tuple[str, ...]:
    """Record ids that the disclosed values name and that are not among the records (or `known`): the open closure."""
    present = {entry.id for entry, _ in records} | set(known)
    named = (each for _, opened in records for _, each in references({one.name: one.value for one in opened}))
    return tuple(dict.fromkeys(each for each in named if each not in present))


def list_export(
    records: Sequence[tuple[Entry, Sequence[Disclosure]]],
    heads: Mapping[str, tuple[int, str]],
    reason: str,
    known: Sequence[str] = (),
    earlier: Collection[str] = (),
) -> ExportList:
    """The lists for these records, the export record itself not among them.

    `heads` gives for each person of the case their last number and leaf; `reason` is the code for every record that is
    named or numbered but not taken; `known` are ids of genesis and `key` records, which every package holds;
    `earlier` those that stand in the log from which this one goes on.
    """
    shown: dict[str, set[int]] = {}
    for entry, opened in records:
        values = {one.name: one.value for one in opened}
        for role in entry.schema.roles:
            subject, number = values.get(f"{role}_subject"), values.get(f"{role}_number")
            if isinstance(subject, str) and isinstance(number, int):
                shown.setdefault(subject, set()).add(number)
    gaps = {
        number
        for subject, (last, _) in heads.items()
        for number in range(1, last + 1)
        if number not in shown.get(subject, set())
    }
    left_out: list[tuple[str | int, str]] = [
        (each, EARLIER if each in earlier else reason) for each in missing_references(records, known)
    ]
    left_out += [(number, reason) for number in sorted(gaps)]
    return ExportList(
        tuple((entry.id, tuple(one.name for one in sorted(opened))) for entry, opened in records),
        tuple(left_out),
        len(records),
        tuple(sorted(heads.values())),
    )
