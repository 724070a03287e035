"""`authsvc client`: relying parties registered, listed, changed and closed; tokens that open dynamic registration.

Metadata is that of RFC 7591 as a JSON file (`-` is standard input). A secret is printed once and kept as its hash.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # for annotations alone
    from authsvc.service import Service

P = TypeVar("P", bound=argparse.ArgumentParser)
T = TypeVar("T")
MOST_DAYS = 366


def add_commands(subparsers: "argparse._SubParsersAction[P]") -> None:
    """Add `client register | list | show | change | secret | close | token`; `args.run` runs it."""
    client = subparsers.add_parser("client", help="relying parties: register, list, show, change, secret, close, token")
    verbs = client.add_subparsers(dest="client", required=True, metavar="COMMAND")
    register = _add(verbs, "register", _register, "register a relying party; prints it with its secret, as JSON")
    register.add_argument("metadata", metavar="FILE", help="client metadata (RFC 7591) as JSON; - is standard input")
    register.add_argument("--id", default="", metavar="CLIENT", help="the client_id; a random one unless named")
    listing = _add(verbs, "list", _list, "client_id, state, way of authentication and name of each")
    listing.add_argument("--json", action="store_true", help="one JSON object a line, with all metadata")
    for verb, run, text in (
        ("show", _show, "the registered metadata as JSON"),
        ("change", _change, "write a relying party's whole metadata anew"),
        ("secret", _secret, "a new secret in place of the one of now"),
        ("close", _close, "end a relying party for good, with all its tokens"),
    ):
        made = _add(verbs, verb, run, text)
        made.add_argument("client_id", metavar="CLIENT")
        if verb == "change":
            made.add_argument("metadata", metavar="FILE", help="client metadata as JSON; - is standard input")
        if verb != "show":
            _add_ground(made)
    _add_ground(register)
    token = _add(verbs, "token", _token, "an initial access token: whoever has it may register clients by the API")
    token.add_argument("--days", type=_days, default=7, help=f"how long it is good, 1 to {MOST_DAYS}; 7 unless said")


def _add(
    verbs: "argparse._SubParsersAction[P]", name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    made = verbs.add_parser(name, help=text, description=text)
    made.set_defaults(run=run)
    return made


def _add_ground(made: argparse.ArgumentParser) -> None:
    made.add_argument("--ground", required=True, metavar="TEXT", help="why; it is in the record")


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"1 to {MOST_DAYS}")
    return days


def _register(options: argparse.Namespace) -> int:
    from authsvc.oidc import administering, registration

    metadata = _read(options.metadata)
    done = _act(lambda svc: administering.register(svc, metadata, client_id=options.id, ground=options.ground))
    secret = {"client_secret": done.client_secret, "client_secret_expires_at": 0} if done.client_secret else {}
    _print({**registration.describe(done.party), **secret, "record": done.party.record})
    return 0


def _list(options: argparse.Namespace) -> int:
    from authsvc.oidc import administering, registration

    for party in _act(administering.every_party):
        state = "closed" if party.disabled else "open"
        if options.json:
            print(json.dumps({**registration.describe(party), "state": state}, ensure_ascii=False))
        else:
            print(f"{party.id}  {state}  {party.auth_method}  {party.name['en']}")
    return 0


def _show(options: argparse.Namespace) -> int:
    from authsvc.oidc import administering, registration

    party = _act(lambda svc: administering.read(svc, options.client_id))
    state = "closed" if party.disabled else "open"
    _print({**registration.describe(party), "state": state, "record": party.record})
    return 0


def _change(options: argparse.Namespace) -> int:
    from authsvc.oidc import administering, registration

    metadata = _read(options.metadata)
    party = _act(lambda svc: administering.change(svc, options.client_id, metadata, ground=options.ground))
    _print({**registration.describe(party), "record": party.record})
    return 0


def _secret(options: argparse.Namespace) -> int:
    from authsvc.oidc import administering

    done = _act(lambda svc: administering.renew_secret(svc, options.client_id, ground=options.ground))
    _print({"client_id": done.party.id, "client_secret": done.client_secret, "record": done.party.record})
    return 0


def _close(options: argparse.Namespace) -> int:
    from authsvc.oidc import administering

    record = _act(lambda svc: administering.close(svc, options.client_id, ground=options.ground))
    print(f"closed; record {record}")
    return 0


def _token(options: argparse.Namespace) -> int:
    from authsvc.oidc import registration

    token = _act(lambda svc: registration.open_registration(svc, days=options.days))
    print(f"{token}\ngood for {options.days} days; it is not shown again", file=sys.stdout)
    return 0


def _act(act: "Callable[[Service], Awaitable[T]]") -> T:
    """The act on the service that the settings name."""
    from authsvc import app
    from authsvc.settings import load

    async def run() -> T:
        async with app.opened(load(os.environ), channels={}) as svc:
            return await act(svc)

    return asyncio.run(run())


def _read(name: str) -> object:
    """The JSON of a file. Raises InvalidRequest."""
    from authsvc.errors import InvalidRequest

    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        return json.loads(text)
    except OSError as error:
        raise InvalidRequest(f"{name}: {error.strerror}") from error
    except ValueError as error:
        raise InvalidRequest(f"{name}: no JSON text in UTF-8") from error


def _print(said: object) -> None:
    print(json.dumps(said, ensure_ascii=False, indent=2))
