"""`/v1/evidence/{id}`: a record of the relying party's own acts, at its place in the log, with its inclusion proof."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from authsvc.errors import NotFound
from authsvc.evidence.record import parse
from authsvc.web.callers import asker_of
from authsvc.web.pages import service_of
from authsvc.web.signatures import JSON, plain_record

SCOPE = "evidence"


async def read(request: Request) -> Response:
    """GET /v1/evidence/{id}: entry, proof, and the values that this relying party may see; NotFound for another's."""
    svc = service_of(request)
    asker = await asker_of(request, SCOPE)
    record_id = request.path_params["id"]
    settled = await svc.log.find(record_id)
    disclosed = await svc.log.vault.disclosures(svc.store, record_id) if settled else []
    if settled is None or not any(one.name == "rp" and one.value == asker.client_id for one in disclosed):
        raise NotFound("no such record")
    said = plain_record(record_id, settled)
    said["type"] = parse(settled.entry).type
    said["state"] = "sequenced"
    said["disclosures"] = [one.to_value() for one in disclosed if one.name in VISIBLE]
    return Response(orjson.dumps(said), 200, media_type=JSON)


VISIBLE = frozenset(
    {
        "rp", "acr", "authentication", "tries", "first_try", "last_try", "expires", "reason", "shown", "shown_by",
        "locale", "relying_party_record", "policy_record", "trust_store_record", "template_record", "document",
        "document_name", "content_seen", "signature_place", "validation_time", "best_signature_time", "report",
        "person_number", "person_previous", "signer_number", "signer_previous",
    }
)  # fmt: skip
"""Slots that tell a relying party nothing of the person that it does not know already."""
