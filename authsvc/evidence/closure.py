"""What belongs to an act besides the records that it names itself (evidence format, section 12: the closure)."""

from collections.abc import Iterable, Mapping
from typing import Final

from authsvc.evidence.canonical import Value
from authsvc.evidence.record import Entry

ABOUT_ACTS: Final = frozenset(
    {"correction", "credential", "decision", "delivery", "dispute", "erasure", "mandate", "notice_read", "resolution"}
)
"""Types whose records belong to an act that they are about."""

Values = Mapping[str, Value]


class Closure:
    """The acts taken so far, and which of a person's other records they pull along."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._factors: set[tuple[Value, Value | None]] = set()
        self._parties: set[Value] = set()

    def take(self, entry: Entry, values: Values) -> None:
        """A record is in; `values` are its disclosed slots by name."""
        self._ids.add(entry.id)
        if entry.type == "credential":
            self._factors.add((entry.body["factor_method"], values.get("factor")))
        if entry.type in ("confirmation", "signature_verification") and values.get("rp"):
            self._parties.add(values["rp"])

    def pulls(self, entry: Entry, values: Values) -> bool:
        """Whether a record of the same person belongs to what is in: it is about one of them, changes an enrolment that
        was used, or is the person's consent towards the party that asked."""
        if entry.type in ABOUT_ACTS and self._ids & set(_ids(values.get("about"))):
            return True
        if entry.type == "credential":
            return (entry.body["factor_method"], values.get("factor")) in self._factors
        return entry.type == "consent" and values.get("rp") in self._parties


def _ids(value: Value | None) -> Iterable[str]:
    return (each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
