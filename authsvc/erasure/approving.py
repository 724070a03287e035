"""Who approves an order: members of staff, each by their confirmation or by their EDS over the order's request."""

from collections.abc import Sequence
from typing import Final

from authsvc import accounts, staff
from authsvc import approvals as desk
from authsvc.confirm import Answerer
from authsvc.erasure import words
from authsvc.erasure.orders import NEEDED, Order, read_order
from authsvc.errors import Conflict, Unauthenticated
from authsvc.evidence import kinds
from authsvc.evidence.approvals import Approved, agree, by_confirmation, by_signature
from authsvc.evidence.errors import ApprovalRefused
from authsvc.evidence.record import parse
from authsvc.keys import unb64url
from authsvc.service import Service
from authsvc.store import erasures as rows
from authsvc.trust import Job
from confirmations.words import Words
from signatures import SignatureReport, SignaturesError

ROLE: Final = "operator"
MOST_SIGNATURES: Final = 8


async def ask(svc: Service, answerer: Answerer, order_id: str) -> str:
    """The id of the confirmation by which this member of staff may approve. NotFound without the role or the order;
    Conflict when it has ended, or when they declined before."""
    await staff.demand(svc, answerer.account, answerer.acr, ROLE)
    order = await read_order(svc, order_id)
    person = await accounts.person_by_id(svc, answerer.account)
    if person is None:
        raise Unauthenticated("nobody is signed in here")
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
    given = [await _by_record(svc, each.record) for each in standing.approved]
    given += [await _by_eds(svc, order, each) for each in signatures]
    return agree(given, order.request, needed=NEEDED[order.wish.act], barred={order.wish.subject})


async def _by_record(svc: Service, record_id: str) -> Approved:
    settled = await svc.log.find(record_id)
    statement = (await svc.log.vault.blobs(svc.store, record_id)).get("statement", b"")
    if settled is None:
        raise ApprovalRefused("unreadable", "the record of an approval has no place in the log yet")
    disclosures = await svc.log.vault.disclosures(svc.store, record_id)
    return by_confirmation(parse(settled.entry), disclosures, statement, asked_by=desk.DESK)


async def _by_eds(svc: Service, order: Order, signature: bytes) -> Approved:
    report = await _verify(svc, signature, None)
    if report is not None and report.coverage is None:
        report = await _verify(svc, signature, order.request)
    if report is None:
        raise ApprovalRefused("signature", "a file with exactly one EDS is needed")
    approved = by_signature(report, order.request)
    handle = await svc.log.vault.find(svc.store, approved.person)
    account = await rows.account_of(svc.store, unb64url(handle)) if handle else None
    if account is None or ROLE not in await staff.roles_of(svc, account):
        raise ApprovalRefused("no_role", f"whoever signs is a member of staff with the role {ROLE}")
    return approved


async def _verify(svc: Service, signature: bytes, content: bytes | None) -> SignatureReport | None:
    try:
        judged = await svc.trust.verify(Job(signature, content, (), svc.clock.now()))
    except SignaturesError:
        return None
    signatures = judged.report.signatures
    return signatures[0] if len(signatures) == 1 else None


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
