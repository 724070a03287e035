"""`authsvc evidence monitor URL`: watch a log from outside, with nothing of it but its address and its key.

Exit status: 0 the log extends what was seen, 1 a fork (both notes are kept beside the state file), 2 the log could not
be read, 64 usage.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from base64 import b64decode, b64encode
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for annotations alone
    from authsvc.evidence.monitor import Fork, Seen
    from authsvc.evidence.note import Verifier
    from authsvc.evidence.tiles import Tile

EXIT_EXTENDS = 0
EXIT_FORK = 1
EXIT_UNREAD = 2
EXIT_USAGE = 64
SECONDS = 15.0
LARGEST = 1 << 20
"""Bytes of a checkpoint or tile: the largest honest tile has 8 KiB."""


class _Unread(Exception):
    """The log gave no answer that can be used."""


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `monitor` to the `evidence` commands."""
    monitor = commands.add_parser("monitor", help="watch a log from outside, and prove a fork")
    monitor.add_argument("url", metavar="URL", help="the log, for example https://auth.example.kz/log")
    monitor.add_argument("--vkey", required=True, action="append", help="a key of the log, got from elsewhere")
    monitor.add_argument("--state", required=True, type=Path, metavar="FILE", help="what was seen; made if absent")
    monitor.add_argument("--every", type=float, default=0, metavar="SECONDS", help="look again and again")
    monitor.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Look once, or for ever; a fork ends it."""
    from authsvc.evidence.errors import BadKey
    from authsvc.evidence.note import Verifier

    try:
        keys = [Verifier.parse(text) for text in args.vkey]
        seen = _read_state(args.state)
    except (BadKey, OSError, ValueError, KeyError) as error:
        print(f"authsvc evidence monitor: {error}", file=sys.stderr)
        return EXIT_USAGE
    while True:
        status, seen = _look(args.url.rstrip("/"), keys, args.state, seen)
        if status == EXIT_FORK or args.every <= 0:
            return status
        time.sleep(args.every)


def _look(url: str, keys: list[Verifier], state: Path, seen: Seen | None) -> tuple[int, Seen | None]:
    from authsvc.evidence.errors import EvidenceError
    from authsvc.evidence.monitor import Fork, look

    def fetch(tile: Tile) -> bytes:
        return _get(f"{url}/{tile.path}")

    try:
        now = look(_get(f"{url}/checkpoint"), keys, keys[0].name, seen, fetch)
    except Fork as fork:
        print(f"FORK: {fork}; both notes: {_keep(state, fork)}")
        return EXIT_FORK, seen
    except (_Unread, EvidenceError) as error:
        print(f"not read: {error}", file=sys.stderr)
        return EXIT_UNREAD, seen
    if now != seen:
        _write_state(state, now)
    print(f"extends: {keys[0].name}, {now.size} entries")
    return EXIT_EXTENDS, now


def _get(url: str) -> bytes:
    import httpx2

    try:
        with httpx2.stream("GET", url, timeout=SECONDS, follow_redirects=False) as answer:
            if answer.status_code != httpx2.codes.OK:
                raise _Unread(f"the log answers {answer.status_code}")
            held = bytearray()
            for part in answer.iter_bytes():
                held += part
                if len(held) > LARGEST:
                    raise _Unread("an answer that is too long")
            return bytes(held)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise _Unread(type(error).__name__) from error


def _read_state(path: Path) -> Seen | None:
    from authsvc.evidence.monitor import Seen

    if not path.exists():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Seen(int(kept["size"]), b64decode(kept["root"], validate=True), b64decode(kept["note"], validate=True))


def _write_state(path: Path, seen: Seen) -> None:
    """Whole or not at all: a state cut off would forget what was seen."""
    kept = {"size": seen.size, "root": b64encode(seen.root).decode(), "note": b64encode(seen.note).decode()}
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps(kept), encoding="utf-8")
    draft.replace(path)


def _keep(state: Path, fork: Fork) -> str:
    places = [state.with_name(f"{state.name}.{name}.note") for name in ("before", "now")]
    for place, note in zip(places, (fork.before, fork.now), strict=True):
        place.write_bytes(note)
    return ", ".join(str(place) for place in places)
