"""Who approves an order: members of staff, each by their confirmation or by their EDS over the order's request."""

from collections.abc import Sequence
from typing import Final

from authsvc import accounts, approving, staff
from authsvc import approvals as desk
from authsvc.confirm import Answerer
from authsvc.erasure import words
from authsvc.erasure.orders import NEEDED, Order, read_order
from authsvc.errors import Conflict, Unauthenticated
from authsvc.evidence import kinds
from authsvc.evidence.approvals import Approved, agree
from authsvc.evidence.errors import ApprovalRefused
from authsvc.keys import unb64url
from authsvc.service import Service
from authsvc.store import erasures as rows
from confirmations.words import Words

ROLE: Final = "operator"
MOST_SIGNATURES: Final = 8


async def ask(svc: Service, answerer: Answerer, order_id: str) -> str:
    """The id of the confirmation by which this member of staff may approve. NotFound without the role or the order;
    Conflict when it has ended, when they declined before, or when it concerns them."""
    await staff.demand(svc, answerer.account, answerer.acr, ROLE)
    order = await read_order(svc, order_id)
    person = await accounts.person_by_id(svc, answerer.account)
    if person is None:
        raise Unauthenticated("nobody is signed in here")
    if person.subject == order.wish.subject:
        raise Conflict("whom the order concerns may not approve it")
    return await desk.ask(svc, _matter(order), person)


async def gather(svc: Service, order: Order, signatures: Sequence[bytes]) -> tuple[kinds.Approval, ...]:
    """The approvals of an order, each checked against what stands behind it. `signatures`: EDS over its request.

    Raises ApprovalRefused when they don't carry it, Conflict when somebody has declined.
    """
    standing = await desk.standing(svc, order.id, order.digest, ROLE)
    if standing.declined:
        raise Conflict("a person who was asked has declined this order")
    if len(signatures) > MOST_SIGNATURES:
        raise ApprovalRefused("too_many", f"more than {MOST_SIGNATURES} signatures")
    given = [await approving.confirmed(svc, each.record) for each in standing.approved]
    for file in signatures:
        for approved in await approving.signed(svc, order.request, file):
            await _demand_role(svc, approved)
            given.append(approved)
    return agree(given, order.request, needed=NEEDED[order.wish.act], barred={order.wish.subject})


async def _demand_role(svc: Service, approved: Approved) -> None:
    handle = await svc.log.vault.find(svc.store, approved.person)
    account = await rows.account_of(svc.store, unb64url(handle)) if handle else None
    if account is None or ROLE not in await staff.roles_of(svc, account):
        raise ApprovalRefused("no_role", f"whoever signs is a member of staff with the role {ROLE}")


def _matter(order: Order) -> desk.Matter:
    """What an approver is shown. It names nobody: the record of the approval outlives the person's data."""
    wish = order.wish
    lines: list[tuple[Words, str]] = [(words.GROUND, wish.ground)]
    if wish.records:
        lines.append((words.RECORDS, str(len(wish.records))))
    labelled = [(_plain(label), value) for label, value in lines]
    what = words.ACTS[wish.kind or wish.act]
    text = {locale: f"{words.WHAT.say(locale)}: {what.say(locale)}. {words.TEXT.say(locale)}" for locale in _LOCALES}
    return desk.Matter(order.id, order.digest, f"{words.NAME} {order.id}", labelled, text)


_LOCALES: Final = ("kk", "ru", "en")


def _plain(text: Words) -> dict[str, str]:
    return {"kk": text.kk, "ru": text.ru, "en": text.en}
