"""`/v1/signatures`: a signed document in, a report in the words of ETSI EN 319 102-1 out."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence

import orjson
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from authsvc.errors import InvalidRequest
from authsvc.evidence.states import Standing
from authsvc.replay import ReplayKey
from authsvc.verify import Signed, Verified, verify_document
from authsvc.web.callers import asker_of
from authsvc.web.pages import service_of
from authsvc.web.waiting import wait_of

SCOPE = "signatures"
JSON = "application/json"
MEMBERS = frozenset({"signed", "content", "evidence", "name", "keep"})


async def verify(request: Request) -> Response:
    """POST /v1/signatures: JSON with base64 values, or parts signed, content, evidence (repeated)."""
    asker = await asker_of(request, SCOPE)
    svc, wait = service_of(request), wait_of(request)
    given = request.headers.get("idempotency-key", "")
    # Read before the parts are, which would consume it; a form that is read afterwards is read from these bytes.
    key = ReplayKey.of(asker.client_id, given, "POST /v1/signatures", await request.body()) if given else None
    kind = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    if kind == "multipart/form-data":
        document = await _from_parts(request)
    elif kind == JSON:
        document = _from_json(await request.body())
    else:
        raise InvalidRequest("content-type: multipart/form-data or application/json is needed")
    verified = await verify_document(svc, asker.client_id, asker.record, document, key)
    records = [(name, await svc.publishing.stand(settled, wait)) for name, settled in verified.records]
    return Response(orjson.dumps(plain(verified, records)), 200, media_type=JSON)


def plain(verified: Verified, records: Sequence[tuple[str, Standing]]) -> dict[str, object]:
    """The report as it is, and for each signature its record with the inclusion proof."""
    return {
        "kind": "signature_verification",
        "report": orjson.Fragment(verified.report),
        "records": [plain_record(record_id, standing) for record_id, standing in records],
    }


def plain_record(record_id: str, standing: Standing) -> dict[str, object]:
    """A record at its place: its state, the entry's text and the C2SP tlog-proof that goes with the state."""
    settled = standing.settled
    return {
        "id": record_id,
        "index": settled.index,
        "state": standing.state,
        "entry": settled.entry.decode(),
        "proof": settled.proof.decode(),
    }


def _from_json(raw: bytes) -> Signed:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("the body is not JSON") from error
    if not isinstance(body, dict) or not body.keys() <= MEMBERS or "signed" not in body:
        raise InvalidRequest(f"an object with `signed`, and of {', '.join(sorted(MEMBERS))} no others, is expected")
    files = body.get("evidence", [])
    name, keep = body.get("name", ""), body.get("keep", False)
    if not isinstance(files, list) or not isinstance(name, str) or not isinstance(keep, bool):
        raise InvalidRequest("evidence is an array, name a text, keep true or false")
    return Signed(
        signed=_bytes(body, "signed"),
        content=_bytes(body, "content") if "content" in body else None,
        files=tuple(_bytes({"evidence": each}, "evidence") for each in files),
        name=name,
        keep=keep,
    )


def _bytes(body: Mapping[str, object], name: str) -> bytes:
    value = body[name]
    try:
        if isinstance(value, str):
            return b64decode(value, validate=True)
    except (NotBase64, ValueError) as error:
        raise InvalidRequest(f"{name}: not base64") from error
    raise InvalidRequest(f"{name}: a base64 text is expected")


async def _from_parts(request: Request) -> Signed:
    async with request.form(max_files=66, max_fields=8, max_part_size=64 * 1024 * 1024) as form:
        signed, content = form.get("signed"), form.get("content")
        if not isinstance(signed, UploadFile):
            raise InvalidRequest("signed: a file is expected")
        files = [part for part in form.getlist("evidence") if isinstance(part, UploadFile)]
        return Signed(
            signed=await signed.read(),
            content=await content.read() if isinstance(content, UploadFile) else None,
            files=tuple([await part.read() for part in files]),
            name=str(form.get("name") or signed.filename or ""),
            keep=form.get("keep") == "true",
        )
