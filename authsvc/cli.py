"""The command line. Each verb imports what it needs when it runs, so that `authsvc --help` starts quickly.

Exit statuses: 0 done, 1 refused or failed, 64 a wrong call; verifying verbs have their own, said in their `--help`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from authsvc import (
    __version__,
    cli_backup,
    cli_clients,
    cli_config,
    cli_erasure,
    cli_evidence,
    cli_facade,
    cli_keys,
    cli_monitor,
    cli_recover,
    cli_serve,
    cli_signatures,
    cli_staff,
    cli_switch,
    cli_trust,
)

if TYPE_CHECKING:  # for annotations alone
    from authsvc.cases import Case
    from authsvc.service import Service

USAGE = 64
FAILED = 1
Run = Callable[[argparse.Namespace], int]
Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


class _Parser(argparse.ArgumentParser):
    """Ends with 64 (EX_USAGE) on a wrong call, so that the status of a verdict is never that of a typing error."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def parser() -> argparse.ArgumentParser:
    """All verbs."""
    top: argparse.ArgumentParser = _Parser(
        prog="authsvc", description="Digital authentication, confirmations and EDS verification."
    )
    top.add_argument("--version", action="version", version=f"authsvc {__version__}")
    verbs: Verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    cli_serve.add_commands(verbs)
    init = _add(verbs, "init", _init, "make keys, schema and an empty evidence log for a new deployment")
    init.add_argument("--ground", default="", help="why this log is opened (kept in its first entry)")
    _add(verbs, "migrate", _migrate, "bring the database's schema to this release")
    cli_config.add_commands(verbs)
    cli_signatures.add_commands(verbs)
    cli_facade.add_commands(verbs)
    cli_keys.add_commands(verbs)
    cli_keys.add_approvals(cli_switch.add_commands(cli_staff.add_commands(verbs)))
    cli_clients.add_commands(verbs)
    cli_trust.add_commands(verbs)
    cli_backup.add_commands(verbs)
    evidence = cli_evidence.add_commands(verbs)
    cli_monitor.add_command(evidence)
    _add_evidence(evidence)
    cli_erasure.add_commands(evidence)
    _add_sandbox(verbs)
    _add_witness(verbs)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; its exit status."""
    options = parser().parse_args(arguments)
    run: Run = options.run
    try:
        return run(options)
    except KeyboardInterrupt:
        return FAILED
    except Exception as error:
        from authsvc.errors import AuthsvcError

        if not isinstance(error, AuthsvcError):
            raise
        print(f"authsvc: {error.message}", file=sys.stderr)
        return FAILED


def _add(verbs: Verbs, name: str, run: Run, text: str) -> argparse.ArgumentParser:
    made = verbs.add_parser(name, help=text, description=text)
    made.set_defaults(run=run)
    return made


def _add_evidence(verbs: Verbs) -> None:
    export = _add(verbs, "export", _export, "write a court package over acts, or over all records of a person")
    export.add_argument(
        "--act", action="append", default=[], metavar="RECORD", help="id of a record; repeat for several"
    )
    export.add_argument("--subject", metavar="iin:…|bin:…", help="all records of this person")
    export.add_argument("--recipient", default="", help="who gets it")
    export.add_argument("--ground", default="", help="on which ground")
    export.add_argument("--request", type=Path, metavar="FILE", help="the request, kept in the package")
    export.add_argument("--approved", metavar="ID", help="an export that two auditors approved; nothing else is named")
    export.add_argument("--again", metavar="RECORD", help="build the package of this export record again, as it was")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.add_argument(
        "--pdf", type=Path, metavar="FILE", help="also write the package as one PDF with all of it inside"
    )
    export.add_argument("--trust-out", type=Path, metavar="FILE", help="also write trust.json, to be published apart")
    recover = _add(verbs, "recover", cli_recover.run, "the way out of a refused fork, or of a leaked root key")
    cli_recover.add_arguments(recover)
    cli_keys.add_approvals(recover)
    check = _add(verbs, "fsck", _fsck, "compute the whole log anew from its rows and compare")
    check.add_argument("--data", type=Path, metavar="DIR", help="a data directory, in place of the settings")


def _add_sandbox(verbs: Verbs) -> None:
    sandbox = verbs.add_parser("sandbox", help="invented people and a test PKI; never production")
    inner = sandbox.add_subparsers(dest="sandbox", required=True, metavar="VERB")
    pki = _add(inner, "pki", _sandbox_pki, "write a test PKI with sample signed documents into a folder")
    pki.add_argument("--out", type=Path, required=True, metavar="DIR")


def _add_witness(verbs: Verbs) -> None:
    witness = _add(verbs, "witness", _witness, "run a small witness (C2SP tlog-witness) for logs that others keep")
    witness.add_argument("--config", type=Path, required=True, metavar="FILE", help="its name, and the logs it knows")
    witness.add_argument("--data", type=Path, required=True, metavar="DIR", help="its keys and what it cosigned last")
    witness.add_argument("--host", default="127.0.0.1")
    witness.add_argument("--port", type=int, default=8020)


def _init(options: argparse.Namespace) -> int:
    from authsvc import app
    from authsvc.settings import load

    asyncio.run(app.initialise(load(os.environ), ground=options.ground))
    return 0


def _migrate(options: argparse.Namespace) -> int:
    from authsvc import app
    from authsvc.settings import load

    asyncio.run(app.migrate(load(os.environ)))
    return 0


def _export(options: argparse.Namespace) -> int:
    from authsvc import app, cases
    from authsvc.errors import Forbidden
    from authsvc.evidence.trust import print_trust
    from authsvc.settings import load

    settings = load(os.environ)
    if settings.environment == "production" and not (options.approved or options.again):
        raise Forbidden(
            "in production two auditors approve an export on their pages (/staff/exports); then --approved ID writes it"
        )
    case = cases.Case(
        acts=tuple(options.act),
        subject=options.subject,
        recipient=options.recipient,
        ground=options.ground,
        request=options.request.read_bytes() if options.request else b"",
    )

    async def export() -> list[str]:
        async with app.opened(settings, channels={}) as svc:
            if options.trust_out:
                options.trust_out.write_bytes(print_trust(await cases.trust_of(svc)))
            package, approved = await _package(svc, case, options)
            options.out.write_bytes(package)
            if options.pdf:
                options.pdf.write_bytes(cases.as_pdf(package))
            return approved

    approved = asyncio.run(export())
    if not options.again:
        said = ", ".join(approved) or "nobody; the package says so (test environment)"
        print(f"approved by: {said}", file=sys.stderr)
    return 0


async def _package(svc: Service, case: Case, options: argparse.Namespace) -> tuple[bytes, list[str]]:
    """The package, and the confirmations by which it was approved."""
    from authsvc import cases, exports

    if options.approved:
        parts: list[bytes] = []
        approved = await exports.write_approved(svc, options.approved, parts.append)
        return b"".join(parts), [each.record for each in approved]
    if options.again:
        return await cases.rebuild_package(svc, options.again), []
    return await cases.export_case(svc, case), []


def _fsck(options: argparse.Namespace) -> int:
    from authsvc import app
    from authsvc.settings import load

    if options.data:
        data = options.data.resolve()
        database = data / "authsvc.sqlite"
        if not database.is_file():
            print(f"authsvc: {options.data} holds no authsvc.sqlite", file=sys.stderr)
            return FAILED
        found = asyncio.run(app.check_data(data, data.parent / f"{data.name}.fence.json"))
    else:
        found = asyncio.run(app.check_log(load(os.environ)))
    for fault in found.faults:
        print(fault)
    print(f"{found.size} entries computed anew: {'clean' if found.clean else f'{len(found.faults)} findings'}")
    return 0 if found.clean else FAILED


def _witness(options: argparse.Namespace) -> int:
    from authsvc.witness.command import run

    return run(options)


def _sandbox_pki(options: argparse.Namespace) -> int:
    from authsvc.clock import SystemClock
    from authsvc.web.sandbox.pki import write_pki

    write_pki(options.out, SystemClock().now(), os.urandom)
    return 0
