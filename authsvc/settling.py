"""Verdicts that wait for a status (ETSI EN 319 102-1, TRY_LATER): asked for again, until one is had or given up.

A later report is appended: it has records of its own, which name the earlier one, and the earlier report stays as it
was. A try that changes nothing leaves no record. A detached document that was not kept is judged by the digests that
were taken of it when it was here, and the later report says that it was not seen. Each end is told to the relying
party as the event `signature.settled`.
"""

import orjson

from authsvc import webhooks
from authsvc.errors import Overloaded
from authsvc.evidence.log import Ticket
from authsvc.service import Service
from authsvc.store import Tx, verifications
from authsvc.store.verifications import VerificationRow
from authsvc.verify import Signed, judge
from authsvc.verify.documents import LEADING
from authsvc.verify.recording import FIRST_TRY_MS, Draft, count, is_open, prepare, write
from signatures import Digests

LONGEST_MS = 3_600_000
"""Between two tries: doubled from the first up to this."""
CLAIM_MS = 300_000
"""Whoever has not finished a try by then is taken for dead."""
MATERIAL = ("certificate/", "crl/", "ocsp/")
"""What the earlier verdict rested on, by the names of its blobs."""


async def settle_due(svc: Service) -> int:
    """Ask again for each verdict that is due; how many there were. The worker calls it."""
    count = 0
    if not await verifications.is_due(svc.store, svc.clock.now()):
        return count
    svc.log.demand_writable()
    while (row := await _claim(svc)) is not None:
        await _settle(svc, row)
        count += 1
    return count


async def _claim(svc: Service) -> VerificationRow | None:
    now = svc.clock.now()

    async def body(tx: Tx) -> VerificationRow | None:
        return await verifications.claim(tx, now, now + CLAIM_MS)

    return await svc.store.transact(body)


async def _settle(svc: Service, row: VerificationRow) -> None:
    document, now = await _reopen(svc, row), svc.clock.now()
    if document is None:
        await _end(svc, row)
        return
    try:
        judged = await judge(svc, document, now)
    except Overloaded:
        await _defer(svc, row, now + FIRST_TRY_MS)
        return
    if not is_open(judged):
        new = VerificationRow("", row.client_id, row.client_record, (), row.policy, earlier=row.id)
        await _append(svc, row, prepare(svc, judged, document, new, now))
    elif now >= row.give_up:
        await _end(svc, row)
    else:
        pause = min(FIRST_TRY_MS * 2 ** min(row.tries, 10), LONGEST_MS)
        await _defer(svc, row, min(now + pause, row.give_up))


async def _reopen(svc: Service, row: VerificationRow) -> Signed | None:
    """The document as it was sent, with what was found for it; None when it was erased with the signer's data."""
    blobs = await svc.log.vault.blobs(svc.store, row.id)
    if "signed" not in blobs or "report" not in blobs:
        return None
    opened = await svc.log.vault.disclosures(svc.store, row.id)
    return Signed(
        blobs["signed"],
        blobs.get("content") or _digests(blobs["report"]),
        tuple(data for name, data in blobs.items() if name.startswith(MATERIAL)),
        next((str(each.value) for each in opened if each.name == "document_name"), ""),
        "content" in blobs,
        row.policy,
    )


def _digests(report: bytes) -> Digests | None:
    """The digests of the detached content that the report names; None where the content is in the signed file."""
    inputs = orjson.loads(report)["inputs"]
    found = {each["algorithm"]: bytes.fromhex(each["digest"]) for each in inputs if each["kind"] == "content"}
    return Digests(found) if LEADING in found else None


async def _append(svc: Service, row: VerificationRow, draft: Draft) -> None:
    announcement, now = await webhooks.prepare(svc, row.client_id), svc.clock.now()
    told = {"id": row.id, "state": "settled", "later": draft.row.id}
    changes = announcement.changes(webhooks.SIGNATURE_SETTLED, told, now)

    async def act(tx: Tx) -> list[Ticket]:
        if not await verifications.end(tx, row, "settled", draft.row.id):
            return []
        if changes:
            await tx.together(*changes)
        return await write(tx, svc, draft)

    tickets = await svc.store.transact(act)
    for ticket in tickets:
        await svc.log.settled(ticket)
    if tickets:
        count(svc, draft)


async def _end(svc: Service, row: VerificationRow) -> None:
    announcement, now = await webhooks.prepare(svc, row.client_id), svc.clock.now()
    changes = announcement.changes(webhooks.SIGNATURE_SETTLED, {"id": row.id, "state": "given_up"}, now)

    async def act(tx: Tx) -> None:
        if await verifications.end(tx, row, "given_up") and changes:
            await tx.together(*changes)

    await svc.store.transact(act)


async def _defer(svc: Service, row: VerificationRow, next_try: int) -> None:
    async def act(tx: Tx) -> None:
        await verifications.defer(tx, row, next_try)

    await svc.store.transact(act)
