"""Making what was asked for: one export at a time and process, claimed, told step by step, kept sealed for a few days.

Crash reasoning. The export record's id is fixed when the export begins. A making that dies before its record is in the
log begins again; one that dies after it finds its record there and packages exactly what that record lists. The package
is there when its state says so: pieces of a making that died are written over by the next.
"""

import logging

from authsvc import cases
from authsvc.cases import Case, Made
from authsvc.clock import rfc3339, uuid7
from authsvc.errors import AuthsvcError, InvalidRequest, NotFound, ReadOnly
from authsvc.evidence import kinds
from authsvc.evidence.approvals import agree
from authsvc.evidence.audience import CASE, Audience
from authsvc.exports.application import Application
from authsvc.exports.asking import KEEP_MS, SEAL
from authsvc.exports.deciding import standing_of
from authsvc.exports.reading import open_application
from authsvc.keys import b64url
from authsvc.service import Service
from authsvc.store import Tx, subjects
from authsvc.store import exports as rows
from authsvc.store.exports import ExportRow

logger = logging.getLogger("authsvc.exports")

LEASE_MS = 60_000
"""A claimant that says nothing for so long is taken for dead."""
STEP = 16
"""Records between two words on how far the making is: each is a commit."""
ATTEMPTS = 5
LARGEST = 64 * 1024 * 1024
PART = 1024 * 1024
"""Bytes of a sealed piece: a row that no transaction waits long for."""
CLAIM_BYTES = 12


class _Lost(Exception):
    """The export is no longer this claimant's: it was erased, or another took it."""


async def make_due(svc: Service) -> bool:
    """Make the oldest export that is due; False when none was."""
    now = svc.clock.now()
    if not await rows.is_due(svc.store, now):
        return False
    name = b64url(svc.entropy(CLAIM_BYTES))

    async def act(tx: Tx) -> ExportRow | None:
        return await rows.claim(tx, now, now + LEASE_MS, name)

    row = await svc.store.transact(act)
    if row is None:
        return False
    try:
        await _make(svc, row)
    except _Lost:
        logger.info("export %s: its making ends, it is another's or erased", row.id)
    except ReadOnly:
        await _release(svc, row)
    except (InvalidRequest, NotFound) as error:
        await _end(svc, row, "failed", _reason_of(error))
    except Exception:
        if row.attempts >= ATTEMPTS:
            await _end(svc, row, "failed", "fault")
        else:
            await _release(svc, row)
        raise
    return True


async def _make(svc: Service, row: ExportRow) -> None:
    application, request = open_application(svc, row)
    standing = await standing_of(svc, row) if row.asker == "staff" else None
    if standing is not None and not standing.enough:
        raise NotFound("the approvals do not stand any more")
    approvals = agree(standing.approved, request) if standing is not None else ()
    case = _case(row, application, request, approvals)
    if row.asker == "staff" and not application.acts:
        await _record_look_up(svc, row, application, case)

    async def progress(done: int, of: int) -> None:
        if done % STEP == 0 or done == of:
            await _keep(svc, row, done, of)

    made = await cases.make_package(svc, case, progress)
    if len(made.package) > LARGEST:
        raise InvalidRequest("the package is too large")
    await _store(svc, row, made.package)
    await _finish(svc, row, made)


def _case(row: ExportRow, asked: Application, request: bytes, approvals: tuple[kinds.Approval, ...]) -> Case:
    audience = CASE
    if row.asker == "person":
        audience = Audience(subject=asked.subject)
    elif row.asker == "relying_party":
        audience = Audience(client_id=row.asked_by)
    return Case(
        acts=asked.acts,
        subject=asked.subject or None,
        period=(asked.since, asked.until) if asked.until else None,
        recipient=asked.recipient,
        ground=asked.legal_ground,
        request=request,
        kind=asked.kind,
        rp=row.asked_by if row.asker == "relying_party" else "",
        approvals=approvals,
        order=asked.order,
        audience=audience,
        record_id=row.record_id,
    )


async def _record_look_up(svc: Service, row: ExportRow, asked: Application, case: Case) -> None:
    """That staff looked for records by person or time is a record of its own, once for each export: its id follows from
    the export's."""
    record_id = uuid7(row.created_at, lambda size: svc.keys.mac("look-up", row.id.encode())[:size])
    if await svc.log.find(record_id) is not None:
        return
    now = svc.clock.now()
    period = f" {rfc3339(asked.since)}/{rfc3339(asked.until)}" if asked.until else ""
    record = kinds.Administration(
        id=record_id,
        time=now,
        administration_kind="look_up",
        administration_event="done",
        person=asked.subject if asked.subject.startswith("iin:") and not row.silent else None,
        entity=asked.subject if asked.subject.startswith("bin:") and not row.silent else None,
        object=f"export {row.id}{period}",
        administration_ground=case.ground,
        approvals=case.approvals,
    )

    async def act(tx: Tx) -> object:
        return await svc.log.stage(tx, record)

    await svc.store.transact(act)
    await svc.log.sweep()


async def _keep(svc: Service, row: ExportRow, done: int, of: int) -> None:
    until = svc.clock.now() + LEASE_MS

    async def act(tx: Tx) -> bool:
        return await rows.keep_claim(tx, row, until, done, of)

    if not await svc.store.transact(act):
        raise _Lost


async def _store(svc: Service, row: ExportRow, package: bytes) -> None:
    for n, at in enumerate(range(0, len(package), PART)):
        sealed = svc.keys.seal(SEAL, package[at : at + PART], f"{row.id}/{n}".encode())
        until = svc.clock.now() + LEASE_MS

        async def act(tx: Tx, n: int = n, sealed: bytes = sealed, until: int = until) -> bool:
            if not await rows.hold_claim(tx, row, until):
                return False
            await rows.put_part(tx, row.id, n, sealed)
            return True

        if not await svc.store.transact(act):
            raise _Lost


async def _finish(svc: Service, row: ExportRow, made: Made) -> None:
    """The package counts from here. A person erased meanwhile is found by their key, which is gone."""
    now = svc.clock.now()
    found = [await svc.log.vault.find(svc.store, each) for each in made.persons]
    about = [handle for handle in found if handle is not None]

    async def act(tx: Tx) -> bool:
        if len(await subjects.hold(tx, about)) < len(found):
            await rows.drop_parts(tx, row.id)
            return await rows.end_claim(tx, row, "erased", "", 0, now, now)
        await rows.add_subjects(tx, row.id, about)
        return await rows.end_claim(tx, row, "ready", "", len(made.package), now, now + KEEP_MS)

    if not await svc.store.transact(act):
        raise _Lost


async def _end(svc: Service, row: ExportRow, state: str, reason: str) -> None:
    now = svc.clock.now()

    async def act(tx: Tx) -> bool:
        await rows.drop_parts(tx, row.id)
        return await rows.end_claim(tx, row, state, reason, 0, now, now)

    await svc.store.transact(act)


async def _release(svc: Service, row: ExportRow) -> None:
    due_at = svc.clock.now() + LEASE_MS

    async def act(tx: Tx) -> None:
        await rows.release(tx, row, due_at)

    await svc.store.transact(act)


def _reason_of(error: AuthsvcError) -> str:
    if isinstance(error, InvalidRequest):
        return "too_many" if "more than" in error.message or "too large" in error.message else "nothing"
    return "not_found"


async def drop_old(svc: Service) -> int:
    """Let go of packages whose time is over, and end requests that nobody approved; how many."""
    now = svc.clock.now()
    found = await rows.over(svc.store, now, 100)
    for row in found:
        after = "gone" if row.state == "ready" else "expired"

        async def act(tx: Tx, row: ExportRow = row, after: str = after) -> None:
            if await rows.move(tx, row.id, row.state, after, "", now):
                await rows.drop_parts(tx, row.id)

        await svc.store.transact(act)
    return len(found)
