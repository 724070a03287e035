"""What a benchmark is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Bench:
    """`run()` does the work once and gives the figure in `unit`; `config` says what was measured, by members."""

    unit: str
    run: Callable[[], float]
    config: Mapping[str, str | int | float] = field(default_factory=dict)
