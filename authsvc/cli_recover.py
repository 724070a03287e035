"""`authsvc evidence recover`: bring missing entries back and prove them, or seal the log and open its successor.

With `--request-out` it writes what two persons approve; with `--request` and their approvals it seals.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for annotations alone
    from authsvc.settings import Settings

EXIT_USAGE = 64


def add_arguments(recover: argparse.ArgumentParser) -> None:
    """Its two ways out; how persons approved is added where all verbs are."""
    recover.add_argument(
        "--from",
        dest="sources",
        action="append",
        default=[],
        metavar="SOURCE",
        help="a database (file or URL), or a mirror of tiles (folder or https address); repeat for several",
    )
    recover.add_argument(
        "--receipt", type=Path, action="append", default=[], metavar="FILE", help="one kept outside; repeat for several"
    )
    recover.add_argument("--successor", type=Path, metavar="FILE", help="the settings file of the origin that goes on")
    recover.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a checkpoint or proof kept outside",
    )
    recover.add_argument("--request-out", type=Path, metavar="FILE", help="write what two persons approve")
    recover.add_argument("--request", type=Path, metavar="FILE", help="what --request-out wrote, now approved")
    recover.add_argument("--ground", default="", help="why (kept in the successor's first entry)")


def run(options: argparse.Namespace) -> int:
    """Exit status 0, or 64 for options that don't go together; refusals are the caller's to print."""
    from authsvc.settings import load

    bringing = bool(options.sources or options.receipt)
    if bringing == (options.successor is not None):
        print("authsvc evidence recover: --from and --receipt, or --successor", file=sys.stderr)
        return EXIT_USAGE
    settings = load(os.environ)
    if bringing:
        return _bring_back(settings, options.sources, [path.read_bytes() for path in options.receipt])
    if (options.request is None) == (options.request_out is None):
        print("authsvc evidence recover: --successor wants --request-out, or --request with approvals", file=sys.stderr)
        return EXIT_USAGE
    heir = load({"AUTHSVC_CONFIG": str(options.successor)})
    return _request(settings, heir, options) if options.request is None else _succeed(settings, heir, options)


def _bring_back(settings: Settings, sources: list[str], receipts: list[bytes]) -> int:
    from authsvc import app

    found = asyncio.run(app.recover(settings, sources, receipts))
    print(f"entries {found.start} to {found.end - 1} are back; size and root are those that were signed")
    if found.without_values:
        print(
            f"{found.without_values} of them came without their values: what they commit to can't be opened here,"
            " and their persons' chains can't be followed; a database as source would bring them too"
        )
    print("now run `authsvc evidence fsck`")
    return 0


def _request(settings: Settings, heir: Settings, options: argparse.Namespace) -> int:
    from authsvc import succeed

    kept = [path.read_bytes() for path in options.checkpoint]
    options.request_out.write_bytes(asyncio.run(succeed.request_seal(settings, heir, kept)))
    print(f"two persons now read and sign {options.request_out} with their EDS, or confirm it; then --request")
    return 0


def _succeed(settings: Settings, heir: Settings, options: argparse.Namespace) -> int:
    from authsvc import succeed
    from authsvc.approving import Given

    given = Given([path.read_bytes() for path in options.approval], options.confirmation)
    kept = [path.read_bytes() for path in options.checkpoint]
    request = options.request.read_bytes()
    found = asyncio.run(succeed.open_successor(settings, heir, request, given, kept, ground=options.ground))
    seal = found.seal
    print(f"{settings.log_origin} is sealed at size {seal.size}; it goes on as {found.origin}")
    if seal.lost_to > seal.lost_from:
        print(f"lost: entries {seal.lost_from} to {seal.lost_to - 1}; a receipt for one of them proves that record")
    if found.waiting:
        print(f"{found.waiting} acts had no place in the log yet; their entries lie in the sealed database")
    print("serve with the successor's settings, and publish its trust.json: it names the log before")
    return 0
