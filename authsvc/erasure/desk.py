"""Orders as staff have them on their pages (L13, L31): asked, read, taken back and carried out by holders of the role.

Whoever lacks the role finds nothing. An order that has ended names nobody: its request commits to the person by a salt
that is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc import approvals, staff
from authsvc.approvals import Standing
from authsvc.confirm import Answerer
from authsvc.erasure.approving import ROLE
from authsvc.erasure.carrying import Done, carry_out, standing_holds
from authsvc.erasure.orders import Wish, open_order, propose, withdraw
from authsvc.errors import NotFound
from authsvc.evidence.approvals import read_request, request_digest
from authsvc.service import Service
from authsvc.store import erasures as rows
from authsvc.store.erasures import OrderRow

PAGE = 20
OPEN = "open"


@dataclass(frozen=True, slots=True)
class View:
    """An order as staff see it. `state`: open, done, withdrawn or expired; `subject` is empty unless it is open."""

    id: str
    act: str
    kind: str
    ground: str
    scope: str
    records: tuple[str, ...]
    hold: str
    state: str
    subject: str
    digest: str
    request: bytes
    made_at: int
    expires_at: int


async def demand_operator(svc: Service, answerer: Answerer) -> None:
    """NotFound unless this is a member of staff with the role, in a session of two factors."""
    await staff.demand(svc, answerer.account, answerer.acr, ROLE)


async def ask_as_staff(svc: Service, answerer: Answerer, wish: Wish) -> str:
    """Let an order wait; its id. Raises NotFound without the role or the person, InvalidRequest, ReadOnly."""
    await demand_operator(svc, answerer)
    svc.log.demand_writable()
    return (await propose(svc, wish)).id


async def by_staff(svc: Service, answerer: Answerer, page: int = 0) -> list[View]:
    """Orders, newest first. One more than a page says that there is more."""
    await demand_operator(svc, answerer)
    return [_view(svc, row) for row in await rows.orders(svc.store, PAGE + 1, page * PAGE)]


async def holds_for_staff(svc: Service, answerer: Answerer) -> list[tuple[str, int, str]]:
    """(id, since, ground) of the legal holds that stand."""
    await demand_operator(svc, answerer)
    return await standing_holds(svc)


async def of_staff(svc: Service, answerer: Answerer, order_id: str) -> View:
    """One order. NotFound without the role, or when there is none."""
    await demand_operator(svc, answerer)
    row = await rows.order_of(svc.store, order_id)
    if row is None:
        raise NotFound("there is nothing here")
    return _view(svc, row)


async def standing_of(svc: Service, view: View) -> Standing:
    """Who has approved by a confirmation so far."""
    return await approvals.standing(svc, view.id, view.digest, ROLE)


async def withdraw_as_staff(svc: Service, answerer: Answerer, order_id: str) -> None:
    """Take an order back. NotFound without the role, Conflict when it has ended."""
    await demand_operator(svc, answerer)
    await withdraw(svc, order_id)


async def carry_out_as_staff(svc: Service, answerer: Answerer, order_id: str, signatures: Sequence[bytes] = ()) -> Done:
    """Carry an approved order out; see `carry_out`. NotFound without the role."""
    await demand_operator(svc, answerer)
    return await carry_out(svc, order_id, signatures)


def _view(svc: Service, row: OrderRow) -> View:
    order = open_order(svc, row) if row.sealed is not None else None
    members = read_request(row.request, row.act)
    records = members["records"]
    over = row.state == OPEN and row.expires_at <= svc.clock.now()
    return View(
        id=row.id,
        act=row.act,
        kind=str(members["kind"]),
        ground=str(members["ground"]),
        scope=str(members["scope"]),
        records=tuple(map(str, records)) if isinstance(records, list) else (),
        hold=str(members["hold"]),
        state="expired" if over else row.state,
        subject=order.wish.subject if order else "",
        digest=request_digest(row.request),
        request=row.request,
        made_at=row.made_at,
        expires_at=row.expires_at,
    )
