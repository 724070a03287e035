"""`authsvc backup create | verify | restore`: the data, without keys, key store and fence (docs/operators.md, 4)."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # for annotations alone
    from authsvc.backup import Manifest
    from authsvc.evidence.fence import Mark
    from authsvc.evidence.note import Verifier

P = TypeVar("P", bound=argparse.ArgumentParser)
FAILED = 1
WELL = ("1. `authsvc migrate`", "2. `authsvc evidence fsck`, then `authsvc serve`")


def add_commands(subparsers: argparse._SubParsersAction[P]) -> None:
    """Add `backup` with its verbs."""
    backup = subparsers.add_parser("backup", help="backups of the data: create, verify, restore")
    verbs = backup.add_subparsers(dest="backup", required=True, metavar="VERB")
    for name, run, text in (
        ("create", _create, "write a backup into a new folder, beside a service that runs"),
        ("verify", _verify, "digest every file, and compute the whole log anew from the copy"),
        ("restore", _restore, "put the data back where no database is, and say what comes next"),
    ):
        made = verbs.add_parser(name, help=text, description=text)
        made.add_argument("folder", type=Path, metavar="DIR")
        made.set_defaults(run=run)


def _create(options: argparse.Namespace) -> int:
    from authsvc import backup
    from authsvc.clock import SystemClock
    from authsvc.settings import load

    made = asyncio.run(backup.create(load(os.environ), options.folder, SystemClock()))
    print(f"{made.size} entries of {made.origin}, {sum(each.bytes for each in made.files)} bytes")
    print(f"SHA-256 of the manifest: {_digest_of(options.folder)}; keep it elsewhere")
    print(f"now run `authsvc backup verify {options.folder}`; keys, key store and fence are not in it")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from authsvc import backup

    key = _own_key()
    manifest, found = asyncio.run(backup.verify(options.folder, key))
    for fault in found.faults:
        print(fault)
    print(f"made at {manifest.made_at} by release {manifest.release}, {manifest.database}, {manifest.origin}")
    print(f"SHA-256 of the manifest: {_digest_of(options.folder)}; of the first entry: {manifest.genesis}")
    if key is None:
        print("not compared with a key of this deployment: no settings, or no keys; compare the first entry yourself")
    print(f"{found.size} entries computed anew: {'clean' if found.clean else f'{len(found.faults)} findings'}")
    return 0 if found.clean else FAILED


def _restore(options: argparse.Namespace) -> int:
    from authsvc import backup
    from authsvc.settings import load

    manifest, mark = asyncio.run(backup.restore(load(os.environ), options.folder))
    print(f"restored: {manifest.size} entries, as of {manifest.made_at}")
    for line in _next_steps(manifest, mark):
        print(line)
    return 0


def _next_steps(manifest: Manifest, mark: Mark | None) -> list[str]:
    """What the fence says about the restored log, and the commands in their order."""
    if mark is None:
        return [
            "There is no fence, so nobody here knows whether entries are missing.",
            "Ask a witness, a mirror or the last receipts for the newest checkpoint before anything is signed.",
            *WELL,
        ]
    lost = mark.size - manifest.size
    if lost <= 0:
        return ["The fence agrees.", *WELL]
    return [
        f"The fence remembers {mark.size} entries: the last {lost} are not in this backup. Don't delete the fence:",
        "`serve` opens read-only until they are back.",
        "1. `authsvc migrate`",
        "2. `authsvc evidence recover --from SOURCE`: a standby, the old disk or a mirror of tiles",
        "3. `authsvc evidence fsck`, then `authsvc serve`",
        "If the missing entries are lost for good: `authsvc evidence recover --successor FILE`.",
    ]


def _own_key() -> Verifier | None:
    """The log's key of this deployment, where its settings and keys are at hand."""
    from authsvc.errors import ConfigurationError
    from authsvc.evidence.signers import Signers
    from authsvc.keys import load_keys
    from authsvc.settings import load

    try:
        settings = load(os.environ)
        return Signers.of(settings.log_origin, load_keys(settings.keys_dir, os.urandom, settings.custody)).log.verifier
    except ConfigurationError as error:
        print(f"authsvc backup verify: {error.message}", file=sys.stderr)
        return None


def _digest_of(folder: Path) -> str:
    from authsvc.backup import MANIFEST

    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
