"""`/v1/evidence`: a relying party's own records with inclusion proofs and receipts of logins, packages for a court.

An export is asked for, made by the worker, and fetched when its state says that it is ready.
"""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from authsvc import disputes, exports
from authsvc.clock import rfc3339
from authsvc.errors import InvalidRequest, NotFound
from authsvc.evidence.audience import Audience, concerns, reveal
from authsvc.evidence.record import parse
from authsvc.exports import View
from authsvc.login import receipts
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.web.callers import asker_of
from authsvc.web.evidence_pages import send_package, send_pdf
from authsvc.web.pages import service_of
from authsvc.web.signatures import JSON, plain_record
from authsvc.web.waiting import wait_of

SCOPE = "evidence"


async def read(request: Request) -> Response:
    """GET /v1/evidence/{id}: entry, proof, and the values that this relying party may see; NotFound for another's."""
    svc = service_of(request)
    asker = await asker_of(request, SCOPE)
    wait, record_id = wait_of(request), request.path_params["id"]
    audience = Audience(client_id=asker.client_id)
    settled = await svc.log.find(record_id)
    disclosed = await svc.log.vault.disclosures(svc.store, record_id) if settled else []
    if settled is None or not concerns(entry := parse(settled.entry), disclosed, audience):
        raise NotFound("no such record")
    standing = await svc.publishing.stand(settled, wait)
    said = plain_record(record_id, standing)
    said["type"] = entry.type
    said["disputes"] = [
        {"id": row.id, "kind": row.kind, "state": row.state, "resolution": row.resolution}
        for row in await disputes.about(svc.store, record_id)
    ]
    said["disclosures"] = [one.to_value() for one in reveal(entry, disclosed, audience)]
    if entry.type == "authentication":
        said["receipt"] = await receipts.receipt_of(svc, asker.client_id, entry, disclosed, standing)
    return Response(orjson.dumps(said), 200, media_type=JSON)


async def ask_export(request: Request) -> Response:
    """POST /v1/evidence/exports: 202; a replayed Idempotency-Key gives the same export again."""
    svc = service_of(request)
    asker = await asker_of(request, SCOPE)
    raw = await request.body()
    key = ReplayKey.of(asker.client_id, request.headers.get("idempotency-key", ""), "POST /v1/evidence/exports", raw)
    export_id = await exports.ask_as_party(svc, asker, _acts(raw), key)
    view = await exports.of_party(svc, asker.client_id, export_id)
    headers = {"location": f"/v1/evidence/exports/{export_id}"}
    return Response(orjson.dumps(plain_export(svc, view)), 202, headers, JSON)


async def read_export(request: Request) -> Response:
    """GET /v1/evidence/exports/{id}: how far it is."""
    svc = service_of(request)
    asker = await asker_of(request, SCOPE)
    view = await exports.of_party(svc, asker.client_id, request.path_params["id"])
    return Response(orjson.dumps(plain_export(svc, view)), 200, media_type=JSON)


async def package(request: Request) -> Response:
    """GET /v1/evidence/exports/{id}/package: the ZIP; Conflict while it is not there, or not any more."""
    svc = service_of(request)
    asker = await asker_of(request, SCOPE)
    view = await exports.of_party(svc, asker.client_id, request.path_params["id"])
    return await send_package(svc, view.row)


async def pdf(request: Request) -> Response:
    """GET /v1/evidence/exports/{id}/pdf: the report as one PDF with the package inside; Conflict where it has none."""
    svc = service_of(request)
    asker = await asker_of(request, SCOPE)
    view = await exports.of_party(svc, asker.client_id, request.path_params["id"])
    return await send_pdf(svc, view.row)


def plain_export(svc: Service, view: View) -> dict[str, object]:
    """An export as JSON; `record` and `package` once the package is there."""
    row = view.row
    said: dict[str, object] = {
        "kind": "evidence_export",
        "id": row.id,
        "state": row.state,
        "done": row.done,
        "total": row.total,
        "acts": list(view.application.acts) if view.application else [],
        "created_at": rfc3339(row.created_at),
    }
    if row.reason:
        said["reason"] = row.reason
    if row.state == "ready":
        said |= {
            "record": row.record_id,
            "size": row.size,
            "package": f"{svc.settings.issuer}/v1/evidence/exports/{row.id}/package",
            "kept_until": rfc3339(row.expires_at),
        }
    return said


def _acts(raw: bytes) -> tuple[str, ...]:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("the body is not JSON") from error
    acts = body.get("acts") if isinstance(body, dict) and body.keys() == {"acts"} else None
    if not isinstance(acts, list) or not all(isinstance(each, str) for each in acts):
        raise InvalidRequest("an object with `acts`, an array of record ids, is expected")
    if len(set(acts)) != len(acts):
        raise InvalidRequest("acts: each once")
    return tuple(acts)
