"""An approved export for the command line on the service's own machine: no way round the two who approve."""

from collections.abc import Callable

from authsvc.errors import Conflict, NotFound
from authsvc.evidence.approvals import Approved
from authsvc.exports.deciding import settle, standing_of
from authsvc.exports.making import make_due
from authsvc.exports.reading import read_package
from authsvc.service import Service
from authsvc.store import exports as rows
from authsvc.store.exports import ExportRow


async def write_approved(svc: Service, export_id: str, write: Callable[[bytes], object]) -> tuple[Approved, ...]:
    """Give the package of an export that two auditors approved, piece by piece; it is made here when it waits for that.

    Who approved. NotFound for an unknown export, Conflict when it is not approved, or its package is not there any
    more.
    """
    row = await _row(svc, export_id)
    if await settle(svc, row):
        row = await _row(svc, export_id)
    while row.state in ("queued", "making") and await make_due(svc):
        row = await _row(svc, export_id)
    if row.state != "ready":
        raise Conflict(f"the export is in the state {row.state}: nothing is handed out")
    async for part in await read_package(svc, row):
        write(part)
    return (await standing_of(svc, row)).approved


async def _row(svc: Service, export_id: str) -> ExportRow:
    row = await rows.export_of(svc.store, export_id)
    if row is None or row.asker != "staff":
        raise NotFound("there is no such export")
    return row
