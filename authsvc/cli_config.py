"""`authsvc config check | show | explain` and `authsvc doctor`: what is set, where it comes from, what is wrong."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from authsvc.settings import Settings

P = TypeVar("P", bound=argparse.ArgumentParser)
FAILED = 1
RUNBOOK = "docs/runbook.md"


def add_commands(subparsers: argparse._SubParsersAction[P]) -> None:
    """Add `config` with its verbs, and `doctor`."""
    config = subparsers.add_parser("config", help="settings: check, show, explain")
    verbs = config.add_subparsers(dest="config", required=True, metavar="VERB")
    text = "read the settings and say what is wrong with them"
    verbs.add_parser("check", help=text, description=text).set_defaults(run=_check)
    text = "every setting as it stands, and where it comes from"
    show = verbs.add_parser("show", help=text, description=text)
    show.add_argument("--redact", action="store_true", help="without passwords and secrets")
    show.set_defaults(run=_show)
    text = "what a setting means, its default, and its value now"
    explain = verbs.add_parser("explain", help=text, description=text)
    explain.add_argument("name", metavar="NAME")
    explain.set_defaults(run=_explain)
    text = "what an operator should see to now, with one command for each finding"
    subparsers.add_parser("doctor", help=text, description=text).set_defaults(run=_doctor)


def _check(options: argparse.Namespace) -> int:
    from authsvc import app
    from authsvc.settings import load

    settings = load(os.environ)
    faults = asyncio.run(app.check_surroundings(settings))
    for fault in faults:
        print(f"authsvc: {fault}", file=sys.stderr)
    if faults:
        return FAILED
    if not settings.channels:
        print("channels is empty: no message leaves, so nobody gets a code (docs/channels.md)", file=sys.stderr)
    print(f"settings are complete: {settings.environment}, issuer {settings.issuer}, log {settings.log_origin}")
    return 0


def _show(options: argparse.Namespace) -> int:
    from authsvc.settings import load
    from authsvc.settings_told import show

    for line in show(load(os.environ), os.environ, redact=options.redact):
        print(line)
    return 0


def _explain(options: argparse.Namespace) -> int:
    from authsvc.errors import ConfigurationError
    from authsvc.settings import load
    from authsvc.settings_told import explain

    try:
        settings: Settings | None = load(os.environ)
    except ConfigurationError as error:
        print(f"authsvc: {error.message}", file=sys.stderr)
        settings = None
    for line in explain(options.name, settings, os.environ):
        print(line)
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from authsvc.clock import SystemClock
    from authsvc.doctor import Finding, examine
    from authsvc.errors import ConfigurationError
    from authsvc.settings import load

    try:
        found = asyncio.run(examine(load(os.environ), SystemClock()))
    except ConfigurationError as error:
        found = [Finding("settings", error.message)]
    for each in found:
        print(f"{each.code}: {each.sentence}\n  -> {each.command}\n     {RUNBOOK}#{each.code}")
    if not found:
        print("Nothing needs you now.")
        return 0
    print(f"{len(found)} {'thing needs' if len(found) == 1 else 'things need'} you: begin with {found[0].code}.")
    return FAILED
