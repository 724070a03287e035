"""`authsvc evidence …`: checking a court package offline, with the exit statuses of the command line's contract.

Nothing heavy is imported before a command runs: `--help` stays quick.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # for annotations alone
    from authsvc.evidence.check_eds import EdsCase, EdsResult
    from authsvc.evidence.verdict import Check, Finding, Verdict

EXIT_VALID = 0
EXIT_INVALID = 1
EXIT_NOT_CONFIRMED = 2
EXIT_USAGE = 64
EXIT_NOT_A_PACKAGE = 65
LOCALES = ("kk", "ru", "en")
LARGEST_PACKAGE = 1 << 30


P = TypeVar("P", bound=argparse.ArgumentParser)


def add_commands(subparsers: argparse._SubParsersAction[P]) -> argparse._SubParsersAction[P]:
    """Add `evidence` and its command `check`; `args.run` runs it. Gives the place for further `evidence` commands."""
    evidence = subparsers.add_parser("evidence", help="check evidence")
    commands = evidence.add_subparsers(dest="evidence_command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="check a court package offline")
    check.add_argument("package", type=Path, metavar="PACKAGE", help="the package: the ZIP, or the PDF that carries it")
    check.add_argument("--trust", type=Path, metavar="FILE", help="trust.json, got from elsewhere than the package")
    check.add_argument("--receipt", type=Path, action="append", default=[], metavar="FILE", help="a receipt you kept")
    check.add_argument("--json", action="store_true", help="print the verdict as JSON")
    check.add_argument("--lang", choices=LOCALES, default="en", help="language of the words")
    check.set_defaults(run=run)
    return commands


def run(args: argparse.Namespace) -> int:
    """Check the package and print the verdict; the exit status says it too."""
    from authsvc.evidence import words_findings as words
    from authsvc.evidence.errors import BadTrust, NotAPackage
    from authsvc.evidence.package_check import check
    from authsvc.evidence.report_pdf import can_write, write_pdf
    from authsvc.evidence.trust import parse_trust

    try:
        package = _read(args.package)
        trust = parse_trust(_read(args.trust)) if args.trust else None
        receipts = [_read(path) for path in args.receipt]
    except (OSError, BadTrust) as error:
        print(f"authsvc evidence check: {error}", file=sys.stderr)
        return EXIT_USAGE
    now = time.time_ns() // 1_000_000
    try:
        pdf = write_pdf if can_write() else None
        verdict = check(package, trust, receipts, at=now, verify_eds=verify_eds, write_pdf=pdf)
    except NotAPackage:
        text = words.NOT_A_PACKAGE.say(args.lang)
        print(json.dumps({"verdict": "NOT_A_PACKAGE", "sentence": text}, ensure_ascii=False) if args.json else text)
        return EXIT_NOT_A_PACKAGE
    print(to_json(verdict, args.lang) if args.json else to_text(verdict, args.lang))
    return {"VALID": EXIT_VALID, "INVALID": EXIT_INVALID, "NOT_CONFIRMED": EXIT_NOT_CONFIRMED}[verdict.code]


def _read(path: Path) -> bytes:
    if path.stat().st_size > LARGEST_PACKAGE:
        raise OSError(f"{path}: larger than any package")
    return path.read_bytes()


def verify_eds(case: EdsCase) -> Sequence[EdsResult]:
    """Judge one packaged document again, from packaged material alone."""
    from authsvc.evidence import judge_eds

    return judge_eds.verify_eds(case)


def to_text(verdict: Verdict, lang: str) -> str:
    """The verdict for people: TEST first where it applies, the checks, the records, the sentence last."""
    from authsvc.evidence import words_findings as words

    lines = [words.TEST.say(lang), ""] if verdict.environment == "test" else []
    for check in verdict.checks:
        lines.append(f"{check.number:2d}. {words.CHECKS[check.name].say(lang)}: {_outcome(check, lang)}")
        lines.extend(f"      {_say(finding, lang)}" for finding in check.findings)
    lines.append("")
    for record in verdict.records:
        places = f"  <- {', '.join(record.where)}" if record.where else ""
        lines.append(f"    {record.path}  {record.type}  {record.code}{places}")
    lines += ["", verdict.sentence.say(lang)]
    return "\n".join(lines)


def _outcome(check: Check, lang: str) -> str:
    from authsvc.evidence import words_findings as words

    said = (words.DONE, words.DOUBTFUL, words.FAILED)[check.weight] if check.done else words.NOT_DONE
    return said.say(lang)


def _say(finding: Finding, lang: str) -> str:
    """The finding in words; what a program has to say of it stands in brackets behind."""
    from authsvc.evidence import words_findings as words

    detail = finding.params.get("reason")
    return words.reason(finding).say(lang) + (f" [{detail}]" if detail else "")


def to_json(verdict: Verdict, lang: str) -> str:
    """The verdict for programs."""
    from authsvc.evidence import words_findings as words

    checks = [
        {
            "number": check.number,
            "check": check.name,
            "outcome": ("holds", "not_confirmed", "fails")[check.weight] if check.done else "not_made",
            "findings": [
                {
                    "code": finding.code,
                    "weight": finding.weight.name.lower(),
                    "where": finding.where,
                    "params": dict(finding.params),
                    "text": words.reason(finding).say(lang),
                }
                for finding in check.findings
            ],
        }
        for check in verdict.checks
    ]
    records = [
        {"path": each.path, "id": each.id, "type": each.type, "verdict": each.code, "where": list(each.where)}
        for each in verdict.records
    ]
    return json.dumps(
        {
            "environment": verdict.environment,
            "verdict": verdict.code,
            "sentence": verdict.sentence.say(lang),
            "checks": checks,
            "records": records,
        },
        ensure_ascii=False,
        indent=2,
    )
