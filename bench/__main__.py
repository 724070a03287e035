"""`./dev bench [NAME…] [--json FILE] [--runs N]`: one JSON object per benchmark, medians of several runs.

A module of this package offers `BENCHES: dict[str, Bench]`. A bench is called once a run and gives its figure; an
example: `BENCHES = {"acts.sqlite.64": Bench("acts/s", run, {"clients": 64})}`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import statistics
import sys
from pathlib import Path
from typing import Any

import bench
from bench.measure import Bench

RUNS = 5


def main(argv: list[str] | None = None) -> int:
    benches = registered()
    parser = argparse.ArgumentParser(prog="./dev bench", description="Benchmarks; medians of several runs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a benchmark or the beginning of several; default all")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the figures to FILE")
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N", help=f"runs of each, default {RUNS}")
    parser.add_argument("--list", action="store_true", help="name the benchmarks and end")
    options = parser.parse_args(argv)
    if options.list:
        print("\n".join(benches))
        return 0
    chosen = {name: bench for name, bench in benches.items() if is_chosen(name, options.names)}
    if not chosen:
        parser.error(f"no benchmark is called {' or '.join(options.names)}; there are: {', '.join(benches) or 'none'}")
    figures = [measure(name, bench, options.runs) for name, bench in chosen.items()]
    if options.json:
        options.json.write_text("".join(json.dumps(figure) + "\n" for figure in figures))
    return 0


def registered() -> dict[str, Bench]:
    """Every benchmark by name, in the order of the modules' names."""
    found: dict[str, Bench] = {}
    for info in sorted(pkgutil.iter_modules(bench.__path__), key=lambda info: info.name):
        if info.name != "__main__":
            found |= getattr(importlib.import_module(f"bench.{info.name}"), "BENCHES", {})
    return found


def is_chosen(name: str, wanted: list[str]) -> bool:
    return not wanted or any(name == prefix or name.startswith(prefix + ".") for prefix in wanted)


def measure(name: str, bench: Bench, runs: int) -> dict[str, Any]:
    """One figure as CONTRACT section 1 wants it: `value` is the median of the `values` of so many `runs`."""
    values = []
    for number in range(1, runs + 1):
        print(f"{name}: run {number} of {runs}", file=sys.stderr, flush=True)
        values.append(bench.run())
    figure = {"name": name, "unit": bench.unit, "value": statistics.median(values), "runs": runs, "values": values}
    figure["config"] = dict(bench.config)
    print(json.dumps(figure), flush=True)
    return figure


if __name__ == "__main__":
    sys.exit(main())
