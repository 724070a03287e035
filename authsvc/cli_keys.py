"""`authsvc keys …`: the log's own keys; every change is a record that the root key signs (evidence format, section 9).
And the keys of tokens, which need no root key: `generate`, `activate`, `retire`.

Only this and `authsvc init` read the root key's file: keep it offline, and name it with `--root` when it is needed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # for annotations alone
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from authsvc.rotation import KeyView
    from authsvc.service import Service
    from authsvc.token_rotation import TokenKeyView

P = TypeVar("P", bound=argparse.ArgumentParser)
Work = Callable[["Service", "Ed25519PrivateKey"], Awaitable["KeyView"]]

FAMILIES = ("log", "administration", "identity", "confirmation", "verification", "case")
PUBLISH = "publish trust.json anew (`authsvc evidence export … --trust-out`): it names the keys and what was revoked"


def add_commands(subparsers: argparse._SubParsersAction[P]) -> None:
    """Add `keys` with its commands."""
    keys = subparsers.add_parser(
        "keys", help="the log's own keys: list, add, rotate, retire, revoke; keys of tokens: generate, activate, retire"
    )
    commands = keys.add_subparsers(dest="keys_command", required=True, metavar="COMMAND")
    listing = commands.add_parser(
        "list", help="every key that the log ever named, with its interval, and those of tokens"
    )
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=_list)
    for name, text in (
        ("add", "a further key beside those in force"),
        ("rotate", "a new key in place of those in force of its kind"),
    ):
        made = _changing(commands.add_parser(name, help=text))
        made.add_argument("use", choices=("issuer", "log", "receipt"))
        made.add_argument("--family", default="", choices=("", *FAMILIES), help="of an issuer key")
        made.add_argument("--kind", default="ed25519", choices=("ed25519", "ml-dsa-44"), help="of a log key")
        made.set_defaults(run=_add, replaces=name == "rotate")
    _add_token_commands(commands)
    retire = _changing(commands.add_parser("retire", help="end a key that did nothing wrong, or one of tokens"))
    retire.add_argument("key", metavar="KEY", help="its id, as `list` shows it")
    retire.add_argument("--at-once", action="store_true", help="a key of tokens that leaked: it verifies nothing more")
    retire.add_argument("--reason", default="superseded", choices=("rotation", "superseded"))
    retire.set_defaults(run=_retire, event="retired")
    request = commands.add_parser("request", help="after a leak: write the request that two persons approve")
    request.add_argument("key", metavar="KEY")
    request.add_argument("--leaked-at", required=True, metavar="TIME", help="2026-11-24T10:00:00.000Z")
    request.add_argument("--out", type=Path, required=True, metavar="FILE")
    request.set_defaults(run=_request)
    revoke = _changing(commands.add_parser("revoke", help="end a key that is lost, or that leaked"))
    revoke.add_argument("key", metavar="KEY", nargs="?", default="", help="a lost or superseded key")
    revoke.add_argument("--reason", default="lost", choices=("lost", "superseded"))
    revoke.add_argument("--request", type=Path, metavar="FILE", help="after a leak: what `request` wrote")
    add_approvals(revoke)
    revoke.set_defaults(run=_revoke, event="revoked")


def _add_token_commands(commands: argparse._SubParsersAction[P]) -> None:
    made = commands.add_parser("generate", help="a key of tokens: published from now on, signs once it is activated")
    made.add_argument("--alg", default="ES256", choices=("ES256", "RS256"))
    made.set_defaults(run=_generate)
    used = commands.add_parser("activate", help="this key signs tokens from now on; the one before it verifies on")
    used.add_argument("key", metavar="KEY", help="its id, as `list` shows it")
    used.add_argument("--at-once", action="store_true", help="after a leak: before every relying party knows it")
    used.set_defaults(run=_activate)
    for each in (made, used):
        each.add_argument("--ground", default="", help="why (kept in the record)")


def add_approvals(parser: argparse.ArgumentParser) -> None:
    """How persons show that they approved a request."""
    parser.add_argument(
        "--approval", type=Path, action="append", default=[], metavar="FILE", help="the request signed by an EDS"
    )
    parser.add_argument(
        "--confirmation", action="append", default=[], metavar="RECORD", help="id of a confirmation of the request"
    )


def _changing(parser: P) -> P:
    parser.add_argument("--root", type=Path, metavar="FILE", help="the root key, where it is not at `root_key_file`")
    parser.add_argument("--ground", default="", help="why (kept in the record)")
    return parser


def _add(options: argparse.Namespace) -> int:
    from authsvc import rotation

    return _change(
        options,
        lambda svc, root: rotation.add_key(
            svc,
            root,
            use=options.use,
            family=options.family,
            kind=options.kind,
            replaces=options.replaces,
            ground=options.ground,
        ),
    )


def _generate(options: argparse.Namespace) -> int:
    from authsvc import token_rotation

    return _change_tokens(lambda svc: token_rotation.generate(svc, options.alg, ground=options.ground))


def _activate(options: argparse.Namespace) -> int:
    from authsvc import token_rotation

    return _change_tokens(
        lambda svc: token_rotation.activate(svc, options.key, at_once=options.at_once, ground=options.ground)
    )


def _retire(options: argparse.Namespace) -> int:
    """The id says whether it is a key of the log or of tokens."""
    from authsvc import token_rotation
    from authsvc.keys import load_keys
    from authsvc.settings import load

    settings = load(os.environ)
    if not token_rotation.is_token_key(load_keys(settings.keys_dir, os.urandom, settings.custody), options.key):
        return _end(options)
    return _change_tokens(
        lambda svc: token_rotation.retire(svc, options.key, at_once=options.at_once, ground=options.ground)
    )


def _change_tokens(work: Callable[[Service], Awaitable[TokenKeyView]]) -> int:
    from authsvc import app
    from authsvc.settings import load

    async def change() -> TokenKeyView:
        async with app.opened(load(os.environ), channels={}) as svc:
            return await work(svc)

    print(_token_line(asyncio.run(change())))
    return 0


def _end(options: argparse.Namespace) -> int:
    from authsvc import rotation

    return _change(
        options,
        lambda svc, root: rotation.end_key(
            svc, root, options.key, event=options.event, reason=options.reason, ground=options.ground
        ),
    )


def _revoke(options: argparse.Namespace) -> int:
    from authsvc import rotation
    from authsvc.approving import Given

    if options.request is None:
        return _end(options)
    given = Given([path.read_bytes() for path in options.approval], options.confirmation)
    request = options.request.read_bytes()
    return _change(options, lambda svc, root: rotation.revoke_leaked(svc, root, request, given, ground=options.ground))


def _change(options: argparse.Namespace, work: Work) -> int:
    from authsvc import app
    from authsvc.keys import load_root
    from authsvc.settings import load

    async def change() -> KeyView:
        settings = load(os.environ)
        root = load_root(options.root or app.root_key_file(settings))
        async with app.opened(settings, channels={}) as svc:
            return await work(svc, root)

    print(_line(asyncio.run(change())))
    print(PUBLISH)
    return 0


def _list(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from authsvc import app, rotation, token_rotation
    from authsvc.keys import load_keys
    from authsvc.settings import load

    async def read() -> tuple[list[KeyView], list[TokenKeyView]]:
        settings = load(os.environ)
        async with app.opened(settings, channels={}) as svc:
            keys = load_keys(settings.keys_dir, os.urandom, settings.custody)
            return rotation.list_keys(svc, keys), token_rotation.list_token_keys(keys, svc.clock.now())

    found, of_tokens = asyncio.run(read())
    if options.json:
        print(json.dumps([*map(asdict, found), *map(asdict, of_tokens)], indent=2))
    else:
        print("\n".join([*(_line(each) for each in found), *(_token_line(each) for each in of_tokens)]))
    return 0


def _token_line(key: TokenKeyView) -> str:
    since, until = key.since or "", key.until or ""
    return f"{key.id}  {key.use:22} {key.kind:10} {since}..{until}  {key.state}"


def _line(key: KeyView) -> str:
    named = f"{key.use} {key.family}".strip()
    until = "" if key.end is None else str(key.end)
    here = "" if key.here else "  private part elsewhere"
    return f"{key.id}  {named:22} {key.kind:10} {key.start}..{until}  {key.state}{here}"


def _request(options: argparse.Namespace) -> int:
    from authsvc import app, rotation
    from authsvc.clock import parse_rfc3339
    from authsvc.settings import load

    try:
        leaked_at = parse_rfc3339(options.leaked_at)
    except ValueError:
        print(f"authsvc keys request: {options.leaked_at} is no time such as 2026-11-24T10:00:00.000Z", file=sys.stderr)
        return 64

    async def write() -> bytes:
        async with app.opened(load(os.environ), channels={}) as svc:
            return rotation.request_revocation(svc, options.key, leaked_at)

    options.out.write_bytes(asyncio.run(write()))
    print(f"two persons now sign {options.out} with their EDS, or confirm it; then `authsvc keys revoke --request`")
    return 0
