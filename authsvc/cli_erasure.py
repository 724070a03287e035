"""`authsvc evidence order | orders | carry-out | withdraw`: what is done to a person's data, approved by two persons.

The person is read from standard input and never stands in an argument, where other users of the machine could read it.
Approvals are confirmations that members of staff gave on their pages, or their EDS over the order's request.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # for annotations alone
    from authsvc.service import Service

P = TypeVar("P", bound=argparse.ArgumentParser)
FAILED = 1


def add_commands(commands: argparse._SubParsersAction[P]) -> None:
    """Add the verbs beside `evidence check`; `args.run` runs them."""
    order = commands.add_parser("order", help="order an erasure, a legal hold or its end; the person on standard input")
    order.add_argument("act", choices=("erasure", "hold", "lift"))
    order.add_argument("--kind", default="", help="of an erasure: deleted, anonymised, restricted, taken_down")
    order.add_argument("--ground", required=True, help="the legal ground; no names")
    order.add_argument("--scope", default="", help="a code, kept with the record")
    order.add_argument("--record", action="append", default=[], metavar="ID", help="for taken_down; repeat for several")
    order.add_argument("--hold", default="", metavar="ID", help="for lift: the hold's id, or restriction")
    order.add_argument("--out", type=Path, required=True, metavar="FILE", help="the request, to be signed by approvers")
    order.set_defaults(run=run_order)
    orders = commands.add_parser("orders", help="orders that wait, and legal holds that stand")
    orders.set_defaults(run=run_orders)
    carry = commands.add_parser("carry-out", help="carry an approved order out")
    carry.add_argument("order", metavar="ORDER")
    carry.add_argument("--signature", type=Path, action="append", default=[], metavar="FILE", help="an approver's EDS")
    carry.add_argument("--notice", type=Path, required=True, metavar="FILE", help="what the person is told, once")
    carry.set_defaults(run=run_carry_out)
    withdraw = commands.add_parser("withdraw", help="take an order back")
    withdraw.add_argument("order", metavar="ORDER")
    withdraw.set_defaults(run=run_withdraw)


def run_order(args: argparse.Namespace) -> int:
    """Let an order wait; its id on standard output, its request in the file."""
    from authsvc import erasure

    subject = "" if args.act == "lift" and args.hold != "restriction" else sys.stdin.readline().strip()
    wish = erasure.Wish(
        act=args.act,
        ground=args.ground,
        subject=subject,
        kind=args.kind,
        scope=args.scope,
        records=tuple(args.record),
        hold=args.hold,
    )

    async def propose(svc: Service) -> int:
        order = await erasure.propose(svc, wish)
        args.out.write_bytes(order.request)
        print(order.id)
        return 0

    return _with_service(propose)


def run_orders(args: argparse.Namespace) -> int:
    """One line each: orders with kind and ground, holds with their ground."""
    from authsvc import erasure
    from authsvc.clock import rfc3339

    async def show(svc: Service) -> int:
        for order in await erasure.waiting(svc):
            what = order.wish.kind or order.wish.act
            print(f"order {order.id}  {what}  until {rfc3339(order.expires_at)}  {order.wish.ground}")
        for hold, since, ground in await erasure.standing_holds(svc):
            print(f"hold  {hold}  since {rfc3339(since)}  {ground}")
        return 0

    return _with_service(show)


def run_carry_out(args: argparse.Namespace) -> int:
    """Carry the order out; 1 with the reason when it is refused. The notice is written before anything is printed."""
    from authsvc import erasure

    signatures = [path.read_bytes() for path in args.signature]
    if args.notice.exists():
        print(f"authsvc: {args.notice} exists; a notice is given once and written over nothing", file=sys.stderr)
        return FAILED

    async def carry_out(svc: Service) -> int:
        done = await erasure.carry_out(svc, args.order, signatures)
        _write_notice(args.notice, erasure.write_notice(done))
        print(f"done: record {done.record} at index {done.settled.index}")
        if not done.scrubbed:
            print(
                "another process was in the way: deleted bytes leave the files at its next checkpoint", file=sys.stderr
            )
        return 0

    return _with_service(carry_out)


def run_withdraw(args: argparse.Namespace) -> int:
    """Take the order back."""
    from authsvc import erasure

    async def withdraw(svc: Service) -> int:
        await erasure.withdraw(svc, args.order)
        return 0

    return _with_service(withdraw)


def _write_notice(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _with_service(act: Callable[[Service], Awaitable[int]]) -> int:
    import asyncio

    from authsvc import app
    from authsvc.evidence.errors import EvidenceError
    from authsvc.settings import load

    async def run() -> int:
        async with app.opened(load(os.environ), channels={}) as svc:
            return await act(svc)

    try:
        return asyncio.run(run())
    except EvidenceError as refusal:
        print(f"authsvc: {refusal.message}", file=sys.stderr)
        return FAILED
