"""`/v1/devices`: how an app enrols as a person's device, opens a session by its key, and answers (docs/devices.md).

A session's token is bound to the device's key: each request with it carries a DPoP proof (RFC 9449) by that key.
"""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from authsvc import confirm, devices
from authsvc.clock import rfc3339
from authsvc.devices import Caller
from authsvc.devices.nonces import LIFETIME_MS
from authsvc.errors import InvalidRequest, Unauthenticated
from authsvc.oidc.errors import InvalidDpopProof, ProofRefused, UseDpopNonce
from authsvc.oidc.proof import Proved, check_proof
from authsvc.service import Service
from authsvc.store.proofs import RequestRow
from authsvc.web.callers import ip_of, presented_token, proved_by
from authsvc.web.pages import service_of
from confirmations import Rendered

JSON = "application/json"


async def offer_nonce(request: Request) -> Response:
    """POST /v1/devices/nonce: what the next enrolment or session is signed over."""
    nonce = devices.offer_nonce(service_of(request))
    return _json({"nonce": nonce, "expires_in": LIFETIME_MS // 1000})


async def enrol(request: Request) -> Response:
    """POST /v1/devices: an app becomes a device, by an activation that the person gave it."""
    device = await devices.enrol(service_of(request), *await _signed(request), ip_of(request))
    said = {"device": device.row.id, "name": device.name, "record": device.row.record_id}
    return _json({**said, "enrolled_at": rfc3339(device.row.enrolled_at)}, 201)


async def open_session(request: Request) -> Response:
    """POST /v1/devices/session: a token for twelve hours, bound to the key that made the DPoP proof."""
    svc = service_of(request)
    message, signature = await _signed(request)
    thumbprint = await _prove(svc, proved_by(request))
    opened = await devices.open_session(svc, thumbprint, message, signature, ip_of(request))
    lifetime = (opened.until - svc.clock.now()) // 1000
    return _json({"access_token": opened.token, "token_type": "DPoP", "expires_in": lifetime})


async def show_waiting(request: Request) -> Response:
    """GET /v1/devices/requests: what waits for this person and is shown by this app."""
    svc = service_of(request)
    rows = await confirm.waiting_on_device(svc, await _caller(request))
    return _json({"requests": [_head(row) for row in rows]})


async def show_one(request: Request) -> Response:
    """GET /v1/devices/requests/{id}: the statement's bytes, and the text to be shown; it counts as seen."""
    shown = await confirm.open_on_device(service_of(request), await _caller(request), request.path_params["id"])
    texts = [_text(one) for one in shown.rendered]
    said = {"statement": shown.statement.decode(), "digits": shown.digits, "texts": texts}
    return _json({**_head(shown.row), **said})


async def answer(request: Request) -> Response:
    """POST /v1/devices/requests/{id}/answer: yes with the number, no, or "not me", signed by the device's key."""
    svc, request_id = service_of(request), request.path_params["id"]
    caller = await _caller(request)
    await confirm.answer_by_device(svc, caller, request_id, *await _signed(request))
    shown = await confirm.open_on_device(svc, caller, request_id)
    return _json(_head(shown.row))


async def leave(request: Request) -> Response:
    """POST /v1/devices/leave: the device ends its own enrolment."""
    await devices.leave(service_of(request), await _caller(request))
    return Response(status_code=204)


async def _caller(request: Request) -> Caller:
    """The device behind token and proof. Raises TokenMissing, InvalidToken, ProofRefused, Unauthenticated."""
    svc = service_of(request)
    presented = presented_token(request)
    if presented.scheme != "dpop":
        raise Unauthenticated("a device's token is sent as DPoP, with a proof by its key")
    thumbprint = await _prove(svc, presented.request, presented.token)
    return await devices.read_session(svc, presented.token, thumbprint, ip_of(request))


async def _prove(svc: Service, request: Proved, token: str = "") -> str:
    """The thumbprint of the key that made the request's proof. Raises ProofRefused, with whose answer a nonce comes."""
    try:
        thumbprint = await check_proof(svc, request, token)
    except (InvalidDpopProof, UseDpopNonce) as error:
        raise ProofRefused(error.code, error.message) from error
    if not thumbprint:
        raise ProofRefused("invalid_dpop_proof", "a proof by the device's key is needed")
    return thumbprint


async def _signed(request: Request) -> tuple[bytes, str]:
    """The message and its signature of a body. Raises InvalidRequest."""
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("the body is not JSON") from error
    if not isinstance(body, dict) or body.keys() != {"message", "signature"}:
        raise InvalidRequest("exactly message and signature are expected")
    message, signature = body["message"], body["signature"]
    if not isinstance(message, str) or not isinstance(signature, str):
        raise InvalidRequest("message and signature are texts")
    return message.encode(), signature


def _head(row: RequestRow) -> dict[str, object]:
    said: dict[str, object] = {
        "id": row.id,
        "client_id": row.client_id,
        "state": row.state,
        "statement_digest": row.digest,
        "created_at": rfc3339(row.created_at),
        "expires_at": rfc3339(row.expires_at),
    }
    return said if row.open else {**said, "reason": row.reason, "record": row.record_id}


def _text(one: Rendered) -> dict[str, str]:
    return {"locale": one.locale, "text": one.text, "digest": one.digest, "template": one.template}


def _json(said: object, status: int = 200) -> Response:
    return Response(orjson.dumps(said), status, {"cache-control": "no-store"}, JSON)
