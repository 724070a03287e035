"""ETSI EN 319 102-1 clause 5.1.3: from many checks to one verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from signatures.report import Check, Indication, SubIndication

FAILED: Final = Indication.TOTAL_FAILED
UNSURE: Final = Indication.INDETERMINATE


@dataclass(slots=True)
class Draft:
    """The checks of one signature as they are made, and the verdicts that they call for, in order."""

    checks: list[Check] = field(default_factory=list)
    verdicts: list[tuple[Indication, SubIndication]] = field(default_factory=list)

    def add(self, *checks: Check) -> None:
        """Notes checks that call for nothing."""
        self.checks += checks

    def call(self, check: Check, indication: Indication, sub_indication: SubIndication) -> None:
        """Notes a check and the verdict that it calls for."""
        self.checks.append(check)
        self.verdicts.append((indication, sub_indication))

    @property
    def broken(self) -> bool:
        """Whether the verdict is TOTAL-FAILED already."""
        return bool(self.verdicts) and any(indication is FAILED for indication, _ in self.verdicts)

    def conclude(self) -> tuple[Indication, SubIndication | None]:
        """TOTAL-FAILED before INDETERMINATE, the first reason of each before the others; else TOTAL-PASSED."""
        if not self.verdicts:
            return Indication.TOTAL_PASSED, None
        for wanted in (FAILED, UNSURE):
            for indication, sub_indication in self.verdicts:
                if indication is wanted:
                    return indication, sub_indication
        return Indication.TOTAL_PASSED, None
