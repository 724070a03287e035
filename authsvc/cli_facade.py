"""`authsvc facade compare`: recorded requests or signed files to our facade and to an NCANode; where answers differ.

Exit status: 0 a caller sees the same but for what docs/ncanode.md says, 1 something differs or an answer could not be
had, 64 usage. Nothing of a document or a certificate is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # for annotations alone
    from collections.abc import Iterator

    import httpx2

    from authsvc.facade.differences import Difference
    from authsvc.facade.recorded import Recorded

P = TypeVar("P", bound=argparse.ArgumentParser)

EXIT_SAME = 0
EXIT_DIFFERS = 1
EXIT_USAGE = 64
CHECKS = ("OCSP", "CRL")
SECONDS = 60.0
LARGEST = 64 << 20
"""Bytes of an answer: an extracted document comes back whole."""


class _Unanswered(Exception):
    """No answer that can be used; the text names whose, and why."""


def add_commands(subparsers: argparse._SubParsersAction[P]) -> None:
    """Add `facade` and its verb; `args.run` runs it."""
    facade = subparsers.add_parser("facade", help="the NCANode-compatible facade beside an NCANode")
    verbs = facade.add_subparsers(dest="facade", required=True, metavar="VERB")
    compare = verbs.add_parser(
        "compare",
        help="send requests to both, and say where the answers differ",
        epilog="exit status: 0 the same but for what docs/ncanode.md says, 1 something differs or was not answered, "
        "64 usage",
    )
    compare.add_argument(
        "recorded",
        nargs="+",
        metavar="RECORDED",
        help="recorded requests (.jsonl), signed files, folders; - reads lines",
    )
    compare.add_argument("--upstream", required=True, metavar="URL", help="the NCANode, such as http://127.0.0.1:14579")
    compare.add_argument("--facade", metavar="URL", help="ours; the issuer's /ncanode when left out")
    compare.add_argument(
        "--revocation-check",
        action="append",
        default=[],
        choices=CHECKS,
        help="asked for signed files; repeat for both",
    )
    compare.add_argument("--json", action="store_true", help="one JSON object for each request")
    compare.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Send all, print each difference and at the end how often each member differed."""
    import httpx2

    from authsvc.settings import load

    urls = (args.facade or f"{load(os.environ).issuer}/ncanode", args.upstream)
    if not all(map(_is_address, urls)):
        print("authsvc facade compare: an address begins with http:// or https://", file=sys.stderr)
        return EXIT_USAGE
    counts: Counter[str] = Counter()
    try:
        with httpx2.Client(timeout=SECONDS, follow_redirects=False) as http:
            for number, recorded in enumerate(_requests(args.recorded, args.revocation_check), 1):
                counts.update(_compare_one(http, urls, number, recorded, args.json))
    except OSError as error:
        print(f"authsvc facade compare: {error.strerror}", file=sys.stderr)
        return EXIT_USAGE
    _print_counts(counts)
    return _status(counts)


def _is_address(url: str) -> bool:
    import httpx2

    try:
        read = httpx2.URL(url)
    except httpx2.InvalidURL:
        return False
    return read.scheme in ("http", "https") and bool(read.host)


def _requests(places: list[str], checks: list[str]) -> Iterator[Recorded]:
    from authsvc.facade.recorded import read_lines, read_place

    for place in places:
        if place == "-":
            yield from read_lines(sys.stdin.buffer)
        else:
            yield from read_place(Path(place), checks)


def _compare_one(
    http: httpx2.Client, urls: tuple[str, str], number: int, recorded: Recorded, as_json: bool
) -> Iterator[str]:
    """One request to both, its line printed; the names under which it counts."""
    from authsvc.facade.differences import compare, explain

    if recorded.skipped:
        _print_one(as_json, number, recorded, f"skipped: {recorded.skipped}", [])
        yield "skipped"
        return
    try:
        here, there = (_ask(http, url, recorded, whose) for url, whose in zip(urls, ("here", "there"), strict=True))
    except _Unanswered as error:
        _print_one(as_json, number, recorded, f"not compared: {error}", [])
        yield "unanswered"
        return
    found = compare(here, there)
    open_ones = [each for each in found if not each.by_design]
    _print_one(as_json, number, recorded, ("differs" if open_ones else "same") + _bracketed(explain(here)), found)
    yield "differs" if open_ones else "same"
    yield from sorted({f"{recorded.path} {each.group} {_told(each)}" for each in found})


def _ask(http: httpx2.Client, url: str, recorded: Recorded, whose: str) -> object:
    """The answer's JSON with its HTTP status as `status`, whichever frame the server puts it in."""
    import httpx2

    try:
        with http.stream("POST", url.rstrip("/") + recorded.path, json=recorded.body) as answer:
            held = bytearray()
            for part in answer.iter_bytes():
                held += part
                if len(held) > LARGEST:
                    raise _Unanswered(f"{whose}: an answer that is too long")
        said = json.loads(held)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise _Unanswered(f"{whose}: {type(error).__name__}") from error
    except (ValueError, RecursionError) as error:
        raise _Unanswered(f"{whose}: no JSON, status {answer.status_code}") from error
    if not isinstance(said, dict):
        raise _Unanswered(f"{whose}: no JSON object, status {answer.status_code}")
    return {**said, "status": answer.status_code}


def _print_one(as_json: bool, number: int, recorded: Recorded, said: str, found: list[Difference]) -> None:
    if as_json:
        listed = [
            {
                "member": each.member,
                "how": each.kind.value,
                "here": each.here,
                "there": each.there,
                "known": each.by_design,
            }
            for each in found
        ]
        told = {"number": number, "sha256": recorded.source, "path": recorded.path, "said": said, "differences": listed}
        print(json.dumps(told), flush=True)
        return
    print(f"{number} {recorded.source[:16]} {recorded.path or '-'} {said}", flush=True)
    for each in found:
        print(f"    {each.member} {_told(each)}", flush=True)


def _told(each: Difference) -> str:
    values = f": {each.here or '…'} here, {each.there or '…'} there" if each.here or each.there else ""
    return f"{each.kind.value}{values}{' (by design)' if each.by_design else ''}"


def _bracketed(text: str) -> str:
    return f" ({text})" if text else ""


_TOTALS = ("same", "differs", "unanswered", "skipped")


def _print_counts(counts: Counter[str]) -> None:
    """On standard error, so that the lines of the requests stay a stream of their own."""
    print(", ".join(f"{counts[name]} {name}" for name in _TOTALS), file=sys.stderr)
    for name, count in counts.most_common():
        if name not in _TOTALS:
            print(f"{count:6} {name}", file=sys.stderr)


def _status(counts: Counter[str]) -> int:
    compared = counts["same"] + counts["differs"]
    return EXIT_SAME if compared and not counts["differs"] and not counts["unanswered"] else EXIT_DIFFERS
