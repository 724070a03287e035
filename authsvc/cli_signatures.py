"""`authsvc signatures verify`: a signed file judged offline, with the exit statuses of the command line's contract.

Nothing heavy is imported before the command runs: `--help` stays quick.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # for annotations alone
    from collections.abc import Iterator
    from datetime import datetime

    from signatures import Content, Report, SignatureReport

P = TypeVar("P", bound=argparse.ArgumentParser)

EXIT_PASSED = 0
EXIT_FAILED = 1
EXIT_INDETERMINATE = 2
EXIT_USAGE = 64
EXIT_NOT_SIGNED = 65
LOCALES = ("kk", "ru", "en")


def add_commands(subparsers: argparse._SubParsersAction[P]) -> argparse._SubParsersAction[P]:
    """Add `signatures` and its command `verify`; `args.run` runs it. Gives the place for further commands."""
    signatures = subparsers.add_parser("signatures", help="verify electronic digital signatures (EDS)")
    commands = signatures.add_subparsers(dest="signatures_command", required=True, metavar="COMMAND")
    verify = commands.add_parser(
        "verify",
        help="verify a signed file, no network",
        epilog="exit status: 0 all TOTAL-PASSED, 1 some TOTAL-FAILED, 2 else INDETERMINATE, 64 usage, "
        "65 not a signed document",
    )
    verify.add_argument("signed", type=Path, metavar="SIGNED", help="the signed file (CMS: DER, BER, PEM or base64)")
    verify.add_argument("--content", type=Path, action="append", default=[], metavar="FILE", help="a detached document")
    verify.add_argument(
        "--anchor", type=Path, action="append", default=[], metavar="CERT", help="a trusted certificate"
    )
    verify.add_argument(
        "--evidence", type=Path, action="append", default=[], metavar="FILE", help="a CRL, OCSP response or certificate"
    )
    verify.add_argument("--at", metavar="RFC3339", help="the validation time; now when left out")
    verify.add_argument("--json", action="store_true", help="print the whole report as JSON")
    verify.add_argument("--report", choices=("etsi",), help="print the whole report as XML of ETSI TS 119 102-2")
    verify.add_argument("--lang", choices=LOCALES, default="en", help="language of the sentences")
    verify.set_defaults(run=run)
    return commands


def run(args: argparse.Namespace) -> int:
    """Verify and print; the exit status says the verdict too."""
    from signatures import Evidence, NotASignedDocument, SignaturesError, TrustAnchors, verify
    from signatures.words import ERRORS

    try:
        at = _moment(args.at)
        anchors = TrustAnchors.of(*(path.read_bytes() for path in args.anchor))
        evidence = Evidence.sort(path.read_bytes() for path in args.evidence)
        content, signed = _content(args.content), args.signed.read_bytes()
    except (OSError, ValueError, SignaturesError) as error:
        print(f"authsvc signatures verify: {error}", file=sys.stderr)
        return EXIT_USAGE
    try:
        report = verify(signed, content=content, anchors=anchors, evidence=evidence, at=at)
    except SignaturesError as refusal:
        if args.json:
            print(json.dumps({"error": refusal.code, "message": refusal.message}, ensure_ascii=False))
        print(ERRORS[refusal.code].say(args.lang), file=sys.stderr)
        return EXIT_NOT_SIGNED if isinstance(refusal, NotASignedDocument) else EXIT_INDETERMINATE
    print(_write(report, args))
    return _status(report)


def _write(report: Report, args: argparse.Namespace) -> str:
    if args.report == "etsi":
        from signatures.etsi import write_etsi

        return write_etsi(json.loads(report.to_json()), args.lang).rstrip("\n")
    return report.to_json() if args.json else "\n".join(describe(report, args.lang))


def _status(report: Report) -> int:
    """1 as soon as one signature failed, 0 only when there are signatures and all passed."""
    from signatures import Indication

    found = {signature.indication for signature in report.signatures}
    if Indication.TOTAL_FAILED in found:
        return EXIT_FAILED
    return EXIT_PASSED if found == {Indication.TOTAL_PASSED} else EXIT_INDETERMINATE


def _moment(text: str | None) -> datetime:
    from datetime import UTC, datetime

    if text is None:
        return datetime.now(UTC)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"--at {text}: a time zone is needed, for example 2026-11-24T12:00:00Z")
    return moment


def _content(paths: list[Path]) -> dict[str, Content] | bytes | None:
    if not paths:
        return None
    if len(paths) == 1:
        return paths[0].read_bytes()
    return {str(path): path.read_bytes() for path in paths}


def describe(report: Report, locale: str) -> Iterator[str]:
    """The report in sentences: each signature with its verdict, signer, path and checks; at the end what is missing."""
    from signatures.words import INDICATIONS, describe_want, sentence

    yield f"{report.indication.value}  {INDICATIONS[report.indication].say(locale)}"
    for number, signature in enumerate(report.signatures, 1):
        yield f"  {number}/{len(report.signatures)}"
        yield from (f"    {line}" for line in _describe_signature(signature, locale))
    for check in report.checks:
        yield f"  {check.outcome.value:12} {sentence(check, locale)}"
    for want in report.wants:
        yield f"  {describe_want(want, locale)}"


def _describe_signature(signature: SignatureReport, locale: str) -> Iterator[str]:
    from signatures.words import INDICATIONS, SUB_INDICATIONS, sentence, shorten

    sub = signature.sub_indication
    verdict = f"{signature.indication.value}/{sub.value}" if sub else signature.indication.value
    yield f"{verdict}  {INDICATIONS[signature.indication].say(locale)}"
    if sub:
        yield SUB_INDICATIONS[sub].say(locale)
    if signature.signer:
        numbers = [f"IIN {signature.signer.iin}"] if signature.signer.iin else []
        numbers += [f"BIN {signature.signer.bin}"] if signature.signer.bin else []
        yield "  ".join((signature.signer.name, *numbers))
    if signature.path:
        yield " → ".join(shorten(certificate.subject.text) for certificate in signature.path)
    yield f"{signature.best_signature_time.isoformat()} ({signature.best_signature_time_source})"
    for check in signature.checks:
        yield f"{check.outcome.value:12} {sentence(check, locale)}"
