"""`/v1/signatures`: a signed document in, a report in the words of ETSI EN 319 102-1 out, to be read again by its id.

In place of a detached document its digests will do: then it never leaves the relying party, and the report says that
the content was not seen.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from typing import TypeVar

import orjson
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from authsvc.clock import rfc3339
from authsvc.errors import InvalidRequest
from authsvc.evidence.states import Standing
from authsvc.replay import ReplayKey
from authsvc.service import Service
from authsvc.trust import BASIC
from authsvc.verify import Signed, Verified, read, verify_document
from authsvc.verify.documents import MOST_FILES, read_digests
from authsvc.web.callers import asker_of
from authsvc.web.pages import language_of, service_of
from authsvc.web.waiting import wait_of
from signatures import Digests
from signatures.etsi import write_etsi

T = TypeVar("T")

SCOPE = "signatures"
FILES = ("signed", "content", "evidence")
FIELDS = ("digest", "name", "keep", "policy")
JSON = "application/json"
XML = "application/xml"
MEMBERS = frozenset({"signed", "content", "digests", "evidence", "name", "keep", "policy"})
MOST_FIELDS = 24
"""Of a form, files aside: one for each hash, and the rest."""
PART_BYTES = 64 * 1024
"""Of one field that is no file."""


async def verify(request: Request) -> Response:
    """POST /v1/signatures: JSON with base64 values, or parts: the files signed, content and evidence (repeated), the
    fields digest (`sha256:HEX`, repeated), name, keep and policy."""
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
    return await _respond(svc, await verify_document(svc, asker.client_id, asker.record, document, key), wait)


async def read_again(request: Request) -> Response:
    """GET /v1/signatures/{id}: for the relying party that asked; NotFound for everybody else.

    With `Accept: application/xml` the report alone, as XML of ETSI TS 119 102-2.
    """
    svc = service_of(request)
    asker = await asker_of(request, SCOPE)
    wait = wait_of(request)
    verified = await read(svc, asker.client_id, request.path_params["id"])
    if XML in request.headers.get("accept", ""):
        written = write_etsi(orjson.loads(verified.report), language_of(request))
        return Response(written, 200, media_type=XML, headers={"vary": "accept, accept-language"})
    return await _respond(svc, verified, wait)


async def _respond(svc: Service, verified: Verified, wait: str) -> Response:
    records = [(name, await svc.publishing.stand(settled, wait)) for name, settled in verified.records]
    return Response(orjson.dumps(plain(verified, records)), 200, media_type=JSON)


def plain(verified: Verified, records: Sequence[tuple[str, Standing]]) -> dict[str, object]:
    """The report as it is, for each signature its record with the inclusion proof, and whether a report is to come."""
    said: dict[str, object] = {
        "kind": "signature_verification",
        "report": orjson.Fragment(verified.report),
        "records": [plain_record(record_id, standing) for record_id, standing in records],
    }
    row = verified.row
    if row is None:
        return said
    said |= {"id": row.id, "state": row.state, "policy": row.policy}
    if row.state == "waiting":
        said |= {"next_try": rfc3339(row.next_try), "give_up": rfc3339(row.give_up)}
    return said | {name: value for name, value in (("earlier", row.earlier), ("later", row.later)) if value}


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
    files, digests = body.get("evidence", []), body.get("digests")
    name, keep, policy = body.get("name", ""), body.get("keep", False), body.get("policy", BASIC)
    texts = all(isinstance(each, str) for each in (name, policy))
    if not isinstance(files, list) or not texts or not isinstance(keep, bool):
        raise InvalidRequest("evidence is an array, name and policy are texts, keep is true or false")
    if digests is not None and not _is_texts(digests):
        raise InvalidRequest("digests: an object of hexadecimal texts by the hash's name is expected")
    content = _bytes(body, "content") if "content" in body else None
    return Signed(
        signed=_bytes(body, "signed"),
        content=_one_of(content, digests),
        files=tuple(_bytes({"evidence": each}, "evidence") for each in files),
        name=name,
        keep=keep,
        policy=policy,
    )


def _is_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _one_of(content: bytes | None, digests: Mapping[str, str] | None) -> bytes | Digests | None:
    """The detached document, or its digests in its place."""
    if digests is None:
        return content
    if content is not None:
        raise InvalidRequest("content or digests: the digests stand in place of the document")
    return read_digests(digests)


def _bytes(body: Mapping[str, object], name: str) -> bytes:
    value = body[name]
    try:
        if isinstance(value, str):
            return b64decode(value, validate=True)
    except (NotBase64, ValueError) as error:
        raise InvalidRequest(f"{name}: not base64") from error
    raise InvalidRequest(f"{name}: a base64 text is expected")


async def _from_parts(request: Request) -> Signed:
    async with request.form(max_files=MOST_FILES + 2, max_fields=MOST_FIELDS, max_part_size=PART_BYTES) as form:
        fields, files = _split(form.multi_items())
        signed, content = (_only(files, name) for name in ("signed", "content"))
        if signed is None:
            raise InvalidRequest("signed: a file is expected")
        keep, digests = _only(fields, "keep") or "false", fields.get("digest")
        if keep not in ("true", "false"):
            raise InvalidRequest("keep: true or false")
        return Signed(
            signed=await signed.read(),
            content=_one_of(await content.read() if content else None, _pairs(digests) if digests else None),
            files=tuple([await part.read() for part in files.get("evidence", ())]),
            name=_only(fields, "name") or signed.filename or "",
            keep=keep == "true",
            policy=_only(fields, "policy") or BASIC,
        )


def _split(parts: Sequence[tuple[str, UploadFile | str]]) -> tuple[dict[str, list[str]], dict[str, list[UploadFile]]]:
    """Fields and files by name; InvalidRequest for a part that this form does not have."""
    fields: dict[str, list[str]] = {}
    files: dict[str, list[UploadFile]] = {}
    for name, value in parts:
        if isinstance(value, UploadFile) and name in FILES:
            files.setdefault(name, []).append(value)
        elif isinstance(value, str) and name in FIELDS:
            fields.setdefault(name, []).append(value)
        else:
            raise InvalidRequest(f"the form has the files {', '.join(FILES)} and the fields {', '.join(FIELDS)} alone")
    return fields, files


def _only(given: Mapping[str, Sequence[T]], name: str) -> T | None:
    found = given.get(name, ())
    if len(found) > 1:
        raise InvalidRequest(f"{name}: given more than once")
    return found[0] if found else None


def _pairs(digests: Sequence[str]) -> dict[str, str]:
    pairs = dict(each.partition(":")[::2] for each in digests)
    if len(pairs) != len(digests):
        raise InvalidRequest("digest: each hash once")
    return pairs
