"""`authsvc admin staff`: roles given, taken and listed.

A role given here has no approvals: it is how a deployment's first members of staff come to their roles, and its record,
like every report over it, says that nobody approved.
"""

import argparse
import asyncio
import os
import sys
from typing import TypeVar

P = TypeVar("P", bound=argparse.ArgumentParser)
_BOOTSTRAP = "invite one of the first two members of staff (standard input: IIN, name, address); prints a link"
ROLES = ("auditor", "reviewer", "operator", "support", "enroller")


def add_commands(subparsers: "argparse._SubParsersAction[P]") -> "argparse._SubParsersAction[P]":
    """Add `admin staff give | take | list`; `args.run` runs it. Gives `admin`, for what else belongs there."""
    admin = subparsers.add_parser("admin", help="administration")
    kinds = admin.add_subparsers(dest="admin", required=True, metavar="WHAT")
    first = kinds.add_parser("bootstrap", help=_BOOTSTRAP, description=_BOOTSTRAP)
    first.add_argument("role", choices=ROLES, metavar="ROLE", help=", ".join(ROLES))
    first.add_argument("--locale", choices=("kk", "ru", "en"), default="kk", help="the person's language; kk")
    first.add_argument("--ground", required=True, metavar="TEXT", help="why; it is in the records")
    first.set_defaults(run=_bootstrap)
    staff = kinds.add_parser("staff", help="members of staff and their roles")
    verbs = staff.add_subparsers(dest="staff", required=True, metavar="VERB")
    for verb, text in (("give", "give a role to a person who has an account"), ("take", "take a role away")):
        made = verbs.add_parser(verb, help=text, description=text)
        made.add_argument("login", metavar="LOGIN")
        made.add_argument("role", choices=ROLES, metavar="ROLE", help=", ".join(ROLES))
        made.add_argument("--ground", required=True, metavar="TEXT", help="why; it is in the record")
        made.set_defaults(run=_change)
    verbs.add_parser("list", help="login and role of all staff").set_defaults(run=_list)
    return kinds


def _bootstrap(options: argparse.Namespace) -> int:
    from authsvc import app, invitations
    from authsvc.settings import load

    iin, name, address = (sys.stdin.readline().strip() for _ in range(3))
    body = {"iin": iin, "name": name, "address": address, "locale": options.locale}

    async def invite() -> str:
        async with app.opened(load(os.environ), channels={}) as svc:
            return await invitations.bootstrap(svc, body, options.role, options.ground)

    print(asyncio.run(invite()))
    print("good once, for a day: hand it to this person alone", file=sys.stderr)
    return 0


def _change(options: argparse.Namespace) -> int:
    from authsvc import accounts, app, staff
    from authsvc.errors import NotFound
    from authsvc.settings import load

    async def change() -> str:
        async with app.opened(load(os.environ), channels={}) as svc:
            person = await accounts.person_by_login(svc, options.login)
            if person is None:
                raise NotFound("no person has this login name")
            act = staff.give if options.staff == "give" else staff.take
            return await act(svc, person.id, person.subject, options.role, ground=options.ground)

    print(f"record {asyncio.run(change())}; approved by nobody, and it says so")
    return 0


def _list(options: argparse.Namespace) -> int:
    from authsvc import accounts, app, staff
    from authsvc.settings import load

    async def read() -> list[str]:
        async with app.opened(load(os.environ), channels={}) as svc:
            found = []
            for account, role in await staff.holders(svc):
                person = await accounts.person_by_id(svc, account)
                found.append(f"{role} {person.login if person else account}")
            return found

    print("\n".join(asyncio.run(read())))
    return 0
