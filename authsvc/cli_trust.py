"""`authsvc trust add | list | check`: the trust store, with fingerprints that were confirmed from elsewhere."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # for annotations alone
    from authsvc.trust.pins import Trusted

P = TypeVar("P", bound=argparse.ArgumentParser)

PURPOSES = ("signatures", "time")
FAILED = 1


def add_commands(subparsers: argparse._SubParsersAction[P]) -> None:
    """Add `trust` and its verbs; `args.run` runs them."""
    trust = subparsers.add_parser("trust", help="the trust store for verifying EDS and time stamps")
    verbs = trust.add_subparsers(dest="trust", required=True, metavar="VERB")
    add = verbs.add_parser("add", help="put a certificate into the store and pin its fingerprint")
    add.add_argument("file", type=Path, metavar="FILE", help="one certificate, DER or PEM")
    add.add_argument("--sha256", required=True, metavar="HEX", help="its fingerprint, as confirmed from elsewhere")
    add.add_argument("--for", dest="purpose", choices=PURPOSES, default=PURPOSES[0], help="what it is trusted for")
    add.set_defaults(run=_add)
    listing = verbs.add_parser("list", help="what is trusted, for what, until when, and whether it is pinned")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(run=_list)
    verbs.add_parser("check", help="say what is wrong with the store, or will be soon").set_defaults(run=_check)


def _add(options: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from authsvc.settings import load
    from authsvc.trust import pins

    settings = load(os.environ)
    try:
        data = options.file.read_bytes()
    except OSError as error:
        print(f"authsvc trust add: {options.file}: {error.strerror}", file=sys.stderr)
        return FAILED
    added = pins.add(
        settings.trust_dir,
        data,
        options.sha256,
        options.purpose,
        at=datetime.now(UTC),
        production=settings.environment == "production",
    )
    print(f"trusted for {options.purpose}: {added.sha256} {added.subject.text}")
    print("the service reads it at its next start, and records the change", file=sys.stderr)
    return 0


def _list(options: argparse.Namespace) -> int:
    from authsvc.settings import load
    from authsvc.trust import pins

    held = [_plain(each) for each in pins.trusted(load(os.environ).trust_dir)]
    if options.json:
        print(json.dumps(held, ensure_ascii=False, indent=2))
        return 0
    for each in held:
        pinned = "pinned" if each["pinned"] else "NOT PINNED"
        print(f"{each['sha256']}  {each['purpose']}  to {str(each['not_after'])[:10]}  {pinned}  {each['subject']}")
    return 0


def _plain(each: Trusted) -> dict[str, object]:
    certificate = each.certificate
    return {
        "sha256": certificate.sha256,
        "purpose": each.purpose,
        "pinned": each.pinned,
        "subject": certificate.subject.text,
        "key": certificate.key_name,
        "not_before": certificate.not_before.isoformat(),
        "not_after": certificate.not_after.isoformat(),
        "file": f"{each.file.parent.name}/{each.file.name}",
    }


def _check(options: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from authsvc.settings import load
    from authsvc.trust import HOSTS, pins
    from authsvc.trust.opening import read_hosts

    settings = load(os.environ)
    try:
        hosts = read_hosts(settings.trust_dir / HOSTS)
    except ValueError as error:
        print(f"fault: {error}")
        return FAILED
    production = settings.environment == "production"
    found = pins.check(settings.trust_dir, at=datetime.now(UTC), production=production, hosts=hosts)
    for each in found:
        print(f"{'fault' if each.fault else 'note'}: {each.text}")
    if not found:
        print("the trust store is in order")
    return FAILED if any(each.fault for each in found) else 0
