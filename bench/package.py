"""`package`: a court package of 100 records, made and checked in memory, without a service and a disk.

The material (sealed records with all slots and their texts, proofs, a checkpoint under both log keys) stands ready
before the time runs. `package.make`: lay-out, report.html, custody.json, ZIP. `package.check`: all fifteen checks.
`package.pdf`: report.pdf, which the extra `reports` adds to making and to checking.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from authsvc.evidence.package import Contents, build
from authsvc.evidence.package_check import check
from authsvc.evidence.package_read import CUSTODY, read_package
from authsvc.evidence.package_zip import read_zip
from authsvc.evidence.report_pdf import can_write, write_pdf
from authsvc.evidence.verdict import Code
from bench.measure import Bench
from tests.authsvc.evidence.court import AT, FIRST, Court, judge_well
from tests.authsvc.evidence.samples import record_id

RECORDS = 100
CONFIG: Mapping[str, str | int | float] = {"records": RECORDS}


@cache
def court() -> tuple[Court, Contents]:
    """A log and its case: 100 records with the export record, most of them confirmations."""
    made = Court()
    act = next(each for each in made.case if each.id == FIRST)
    more = RECORDS - 1 - len(made.case)
    made.case += [replace(act, id=record_id(1_000 + number)) for number in range(more)]  # type: ignore[type-var]  # every kind is a dataclass
    return made, made.contents()


@cache
def package() -> bytes:
    """The package that is checked."""
    return build(court()[1])


def make() -> float:
    """Seconds to make it."""
    contents = court()[1]
    return _timed(lambda: build(contents))


def check_it() -> float:
    """Seconds to check it; it has to be VALID."""
    data, trust = package(), court()[0].trust()

    def run() -> None:
        verdict = check(data, trust, at=AT, verify_eds=judge_well)
        if verdict.code is not Code.VALID or len(verdict.records) != RECORDS:
            raise RuntimeError(verdict.sentence.en)

    return _timed(run)


def pdf() -> float:
    """Seconds to write report.pdf."""
    files = read_zip(package())
    taken_apart = read_package(files, json.loads(files[CUSTODY])["export"])
    return _timed(lambda: write_pdf(taken_apart))


def _timed(run: Callable[[], object]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


BENCHES = {"package.make": Bench("s", make, CONFIG), "package.check": Bench("s", check_it, CONFIG)} | (
    {"package.pdf": Bench("s", pdf, CONFIG)} if can_write() else {}
)
