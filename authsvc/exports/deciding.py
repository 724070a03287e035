"""Four eyes over what staff ask for: each of two approves by a confirmation of the request's own bytes."""

from authsvc import accounts, approvals, staff
from authsvc.approvals import Matter, Standing
from authsvc.clock import rfc3339
from authsvc.confirm import Answerer
from authsvc.errors import Conflict, NotFound, Unauthenticated
from authsvc.exports import words
from authsvc.exports.application import Application
from authsvc.exports.asking import ROLE
from authsvc.exports.reading import open_application
from authsvc.service import Service
from authsvc.store import Tx
from authsvc.store import exports as rows
from authsvc.store.exports import ExportRow

ROUND = 100
"""Waiting exports that one round of the worker looks at."""


async def approve(svc: Service, answerer: Answerer, export_id: str) -> str:
    """The id of the confirmation by which this member of staff may approve. NotFound without the role, Conflict when
    the export does not wait, they declined, or it is about them."""
    await staff.demand(svc, answerer.account, answerer.acr, ROLE)
    row = await _waiting(svc, export_id)
    person = await accounts.person_by_id(svc, answerer.account)
    if person is None:
        raise Unauthenticated("nobody is signed in here")
    application, _ = open_application(svc, row)
    if application.subject == person.subject:
        raise Conflict("whom the request concerns may not approve it")
    return await approvals.ask(svc, _matter(row, application), person)


async def withdraw(svc: Service, answerer: Answerer, export_id: str) -> None:
    """Whoever asked takes it back. NotFound for others, Conflict when it does not wait any more."""
    await staff.demand(svc, answerer.account, answerer.acr, ROLE)
    row = await _waiting(svc, export_id)
    if row.asked_by != answerer.account:
        raise NotFound("there is nothing here")
    now = svc.clock.now()

    async def act(tx: Tx) -> bool:
        return await rows.move(tx, row.id, "waiting", "withdrawn", "", now)

    if not await svc.store.transact(act):
        raise Conflict("the export does not wait any more")


async def standing_of(svc: Service, row: ExportRow) -> Standing:
    """Who has approved so far."""
    return await approvals.standing(svc, row.id, row.digest, ROLE)


async def settle(svc: Service, row: ExportRow) -> bool:
    """Let the making begin when two have approved, or end it when one has declined; True when the state changed."""
    if row.state != "waiting":
        return False
    found = await standing_of(svc, row)
    after = "refused" if found.declined else "queued" if found.enough else ""
    if not after:
        return False
    now = svc.clock.now()

    async def act(tx: Tx) -> bool:
        return await rows.move(tx, row.id, "waiting", after, "", now)

    return await svc.store.transact(act)


async def settle_waiting(svc: Service) -> int:
    """The worker's round over all that waits; how many moved on."""
    return sum([await settle(svc, row) for row in await rows.waiting(svc.store, ROUND)])


async def _waiting(svc: Service, export_id: str) -> ExportRow:
    row = await rows.export_of(svc.store, export_id)
    if row is None or row.asker != "staff":
        raise NotFound("there is nothing here")
    if row.state != "waiting":
        raise Conflict("the export does not wait any more")
    return row


def _matter(row: ExportRow, asked: Application) -> Matter:
    """What an approver is shown besides the digest. The subject's number is masked: the record of the approval is the
    approver's, and outlives an erasure of the subject's data."""
    lines = [(words.LABELS["recipient"], asked.recipient), (words.LABELS["case"], asked.case_number)]
    lines.append((words.LABELS["ground"], asked.ground))
    if asked.subject:
        lines.append((words.LABELS["subject"], f"{words.NUMBERS[asked.subject[:3]]} …{asked.subject[-4:]}"))
    if asked.until:
        lines.append((words.LABELS["period"], f"{rfc3339(asked.since)} – {rfc3339(asked.until)}"))
    if asked.acts:
        lines.append((words.LABELS["acts"], str(len(asked.acts))))
    if asked.silent_ground:
        lines.append((words.LABELS["silent"], asked.silent_ground))
    labelled = [(words.plain(label), value) for label, value in lines]
    return Matter(row.id, row.digest, f"{words.NAME} {row.id}", labelled, words.plain(words.TEXT))
