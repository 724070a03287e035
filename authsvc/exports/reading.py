"""What each asker sees of an export, the package piece by piece, and what a person is told of what others got."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from authsvc import staff
from authsvc.confirm import Answerer
from authsvc.errors import Conflict, NotFound
from authsvc.evidence.errors import BadPackage
from authsvc.evidence.package_pdf import write_pdf_form
from authsvc.exports.application import Application, unpack
from authsvc.exports.asking import ROLE, SEAL
from authsvc.service import Service
from authsvc.store import exports as rows
from authsvc.store.exports import ExportRow

PAGE = 20


@dataclass(frozen=True, slots=True)
class View:
    """An export as its asker sees it. `application` is None once what was asked is erased."""

    row: ExportRow
    application: Application | None


def open_application(svc: Service, row: ExportRow) -> tuple[Application, bytes]:
    """What was asked, with the court's file, and its exact bytes."""
    order = svc.keys.unseal(SEAL, row.court_order, f"{row.id}/order".encode())
    return unpack(svc.keys.unseal(SEAL, row.sealed, row.id.encode()), order)


async def of_party(svc: Service, client_id: str, export_id: str) -> View:
    """An export that this relying party asked for; NotFound for every other."""
    return _view(svc, await _own(svc, "relying_party", client_id, export_id))


async def of_person(svc: Service, account: str, export_id: str) -> View:
    """An export that this person asked for; NotFound for every other."""
    return _view(svc, await _own(svc, "person", account, export_id))


async def of_staff(svc: Service, answerer: Answerer, export_id: str) -> View:
    """An export that staff asked for, for members with the role; NotFound for everybody else."""
    await staff.demand(svc, answerer.account, answerer.acr, ROLE)
    row = await rows.export_of(svc.store, export_id)
    if row is None or row.asker != "staff":
        raise NotFound("there is nothing here")
    return _view(svc, row)


async def by_party(svc: Service, client_id: str, page: int = 0) -> list[View]:
    """What this relying party asked for, newest first."""
    return [_view(svc, row) for row in await rows.exports_by(svc.store, "relying_party", client_id, PAGE, page * PAGE)]


async def by_person(svc: Service, account: str) -> list[View]:
    """The newest exports that this person asked for."""
    return [_view(svc, row) for row in await rows.exports_by(svc.store, "person", account, PAGE)]


async def by_staff(svc: Service, answerer: Answerer, page: int = 0) -> list[View]:
    """What staff asked for, newest first, for members with the role. One more than a page says that there is more."""
    await staff.demand(svc, answerer.account, answerer.acr, ROLE)
    return [_view(svc, row) for row in await rows.exports_of_staff(svc.store, PAGE + 1, page * PAGE)]


async def about_person(svc: Service, subject: str, page: int = 0) -> list[View]:
    """What others got about this person and no recorded legal ground forbids to tell, newest first."""
    handle = await svc.log.vault.find(svc.store, subject)
    found = await rows.exports_about(svc.store, handle, PAGE + 1, page * PAGE) if handle else []
    return [_view(svc, row) for row in found]


async def read_package(svc: Service, row: ExportRow) -> AsyncIterator[bytes]:
    """The package, piece by piece; `row` as one of the `of_…` gave it. Conflict when it is not there (any more)."""
    if row.state != "ready" or await rows.part(svc.store, row.id, 0) is None:
        raise Conflict("the package is not there")
    return _parts(svc, row)


async def read_pdf(svc: Service, row: ExportRow) -> bytes:
    """The package's second form: its report as one PDF with the whole package inside. Conflict when the package is not
    there, or carries no PDF (made without the extra `reports`, or too large for one)."""
    package = b"".join([part async for part in await read_package(svc, row)])
    try:
        return await asyncio.to_thread(write_pdf_form, package)
    except BadPackage as error:
        raise Conflict("the package carries no PDF report: it has the HTML report alone") from error


async def _parts(svc: Service, row: ExportRow) -> AsyncIterator[bytes]:
    n = 0
    while (sealed := await rows.part(svc.store, row.id, n)) is not None:
        yield svc.keys.unseal(SEAL, sealed, f"{row.id}/{n}".encode())
        n += 1


async def _own(svc: Service, asker: str, asked_by: str, export_id: str) -> ExportRow:
    row = await rows.export_of(svc.store, export_id)
    if row is None or (row.asker, row.asked_by) != (asker, asked_by):
        raise NotFound("there is nothing here")
    return row


def _view(svc: Service, row: ExportRow) -> View:
    return View(row, open_application(svc, row)[0] if row.sealed else None)
