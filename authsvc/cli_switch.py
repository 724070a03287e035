"""`authsvc admin switch stop | start | list`: what acts within a second on all processes, and is recorded.

One person may always stop. A method, a relying party or an authority starts again when two persons approved it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from authsvc.service import Service

P = TypeVar("P", bound=argparse.ArgumentParser)
KINDS = ("method", "channel", "relying_party", "ca", "read_only", "drain")


def add_commands(admin: argparse._SubParsersAction[P]) -> P:
    """Add `switch` with its verbs below `admin`; the parser of `start`, which takes approvals besides."""
    switch = admin.add_parser("switch", help="stop something now; start it again")
    verbs = switch.add_subparsers(dest="switch", required=True, metavar="VERB")
    for name, run, text in (("stop", _stop, "stop it now"), ("start", _start, "start it again")):
        made = verbs.add_parser(name, help=text, description=text)
        made.add_argument("kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
        made.add_argument("object", nargs="?", default="all", metavar="OBJECT", help="its name, client_id or SHA-256")
        made.add_argument("--ground", default="", help="why; it is in the record")
        made.set_defaults(run=run)
    made.add_argument("--request-out", type=Path, metavar="FILE", help="write what two persons approve")
    verbs.add_parser("list", help="what is stopped, since when").set_defaults(run=_list)
    return made


def _stop(options: argparse.Namespace) -> int:
    from authsvc import switching

    record = _with_service(lambda svc: switching.stop(svc, options.kind, options.object, ground=options.ground))
    print(f"record {record}; started again by `authsvc admin switch start {options.kind} {options.object}`")
    return 0


def _start(options: argparse.Namespace) -> int:
    from authsvc import switching
    from authsvc.approving import Given

    if options.request_out is not None:
        request = _with_service(lambda svc: switching.request_start(svc, options.kind, options.object))
        options.request_out.write_bytes(request)
        print(
            f"persons now sign {options.request_out} with their EDS, or confirm it; then --approval or --confirmation"
        )
        return 0
    given = Given([path.read_bytes() for path in options.approval], options.confirmation)
    record = _with_service(
        lambda svc: switching.start(svc, options.kind, options.object, ground=options.ground, given=given)
    )
    print(f"record {record}")
    return 0


def _list(options: argparse.Namespace) -> int:
    from authsvc.clock import rfc3339
    from authsvc.store import switches

    for row in _with_service(lambda svc: switches.stopped(svc.store)):
        print(f"{row.kind} {row.object} stopped since {rfc3339(row.since)}, record {row.record_id}")
    return 0


T = TypeVar("T")


def _with_service(work: Callable[[Service], Awaitable[T]]) -> T:
    from authsvc import app
    from authsvc.settings import load

    async def act() -> T:
        async with app.opened(load(os.environ), channels={}) as svc:
            return await work(svc)

    return asyncio.run(act())
