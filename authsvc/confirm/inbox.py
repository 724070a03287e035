"""The inbox: what waits for a person and what they were asked before, whoever asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.confirm.answering import ZONE
from authsvc.confirm.ending import end_if_over
from authsvc.confirm.keeping import open_statement
from authsvc.service import Service
from authsvc.store import proofs
from authsvc.store.proofs import RequestRow
from confirmations import render

PAGE = 20


@dataclass(frozen=True, slots=True)
class Letter:
    """One request in the list: its row, what it is about, and who asks."""

    row: RequestRow
    title: str
    party: str


@dataclass(frozen=True, slots=True)
class Inbox:
    """What waits, oldest first; a page of what has ended, newest first, and whether there is another."""

    waiting: Sequence[Letter]
    ended: Sequence[Letter]
    more: bool


async def open_inbox(svc: Service, account: str, locale: str, page: int = 0) -> Inbox:
    """Read it. A request whose time is over gets its outcome here, so that none is told to wait that doesn't."""
    for row in await proofs.open_requests(svc.store, account, 0):
        await end_if_over(svc, row)
    waiting = await proofs.open_requests(svc.store, account, svc.clock.now())
    ended = await proofs.ended_requests(svc.store, account, page * PAGE, PAGE + 1)
    return Inbox(
        [await _letter(svc, row, locale) for row in waiting],
        [await _letter(svc, row, locale) for row in ended[:PAGE]],
        len(ended) > PAGE,
    )


async def _letter(svc: Service, row: RequestRow, locale: str) -> Letter:
    statement = await open_statement(svc, row)
    return Letter(row, render(statement, locale, ZONE).title, statement.rp.name)
