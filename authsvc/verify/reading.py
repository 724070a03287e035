"""Reading a verification again: the report behind its records, as it was made."""

from dataclasses import dataclass

import orjson

from authsvc.errors import NotFound
from authsvc.evidence.log import Settled
from authsvc.service import Service
from authsvc.store import verifications
from authsvc.store.verifications import VerificationRow
from signatures import Indication


@dataclass(frozen=True, slots=True)
class Verified:
    """The report, and the record of each signature in the order of the report, at its place in the log.

    `row` says whose it is and whether a later report is to come; None where there is no signature, hence no record.
    """

    report: str
    """Stable JSON: `signatures.Report.to_json`."""
    indication: Indication
    records: tuple[tuple[str, Settled], ...]
    row: VerificationRow | None


async def read(svc: Service, client_id: str, verification_id: str) -> Verified:
    """The verification that this relying party asked for. NotFound for another's, and for one that was erased."""
    row = await verifications.find(svc.store, verification_id)
    if row is None or row.client_id != client_id:
        raise NotFound("no such verification")
    return await render(svc, row)


async def render(svc: Service, row: VerificationRow) -> Verified:
    """The same answer from what was kept. NotFound when it was erased with the signer's data."""
    found = [(record, await svc.log.find(record)) for record in row.records]
    blobs = await svc.log.vault.blobs(svc.store, row.id)
    if "report" not in blobs:
        raise NotFound("this verification was erased with the signer's data")
    report = blobs["report"].decode()
    indication = Indication(orjson.loads(report)["indication"])
    return Verified(report, indication, tuple((record, one) for record, one in found if one is not None), row)
