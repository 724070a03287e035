"""Contracts in code: `/v1/contracts` for relying parties and their executors, and the parties' pages."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import contracts
from authsvc.clock import rfc3339
from authsvc.confirm import Answerer
from authsvc.contracts import Standing
from authsvc.errors import InvalidRequest
from authsvc.replay import ReplayKey
from authsvc.web.callers import asker_of
from authsvc.web.dates import write_moment
from authsvc.web.evidence_pages import attachment, signed_in
from authsvc.web.notices import reader_of
from authsvc.web.pages import language_of, read_uploads, redirect, render, service_of
from authsvc.web.signatures import JSON, plain_record
from authsvc.web.waiting import wait_of

SCOPE = "contracts"


async def propose(request: Request) -> Response:
    """POST /v1/contracts: 201; every party is asked."""
    svc = service_of(request)
    asker = await asker_of(request, SCOPE)
    raw = await request.body()
    key = ReplayKey.of(asker.client_id, request.headers.get("idempotency-key", ""), "POST /v1/contracts", raw)
    made = await contracts.propose(svc, asker, raw, key)
    return await _view(request, asker.client_id, made, 201)


async def read(request: Request) -> Response:
    """GET /v1/contracts/{id}: state, records with their proofs, and all of it signed."""
    asker = await asker_of(request, SCOPE)
    return await _view(request, asker.client_id, request.path_params["id"])


async def _view(request: Request, client_id: str, contract_id: str, status: int = 200) -> Response:
    svc = service_of(request)
    standing = await contracts.read_as_party(svc, client_id, contract_id)
    said = await _told(request, standing)
    said["signed"] = await contracts.write_state(svc, standing, dict(said))
    headers = {"location": f"/v1/contracts/{contract_id}"} if status == 201 else {}
    return Response(orjson.dumps(said), status, headers, JSON)


async def _told(request: Request, standing: Standing) -> dict[str, object]:
    svc, wait, row = service_of(request), wait_of(request), standing.row
    parties = []
    for party in standing.parties:
        told: dict[str, object] = {
            "n": party.n,
            "by": party.means,
            "answer": standing.answer(party, svc.clock.now()),
            "request": party.request_id,
        }
        settled = await svc.log.find(party.record_id) if party.record_id else None
        if settled is not None and party.record_id:
            told["record"] = plain_record(party.record_id, await svc.publishing.stand(settled, wait))
        parties.append(told)
    return {
        "kind": "contract",
        "id": row.id,
        "state": standing.state,
        "digest": row.digest,
        "agreement": standing.agreement.decode(),
        "expires_at": rfc3339(row.expires_at),
        "parties": parties,
        "disputes": [
            {"id": each.id, "record": each.contested, "state": each.state, "resolution": each.resolution}
            for each in standing.disputes
        ],
    }


# --- the parties' pages ---


async def list_own(request: Request, answerer: Answerer) -> Response:
    """GET /contracts: the contracts to which the person is a party."""
    locale = language_of(request)
    found = await contracts.list_own(service_of(request), reader_of(request, answerer))
    lines = [
        {"id": each.row.id, "state": each.state, "moment": write_moment(each.row.created_at, locale)} for each in found
    ]
    return render(request, "contracts.html", contracts=lines)


async def show(request: Request, answerer: Answerer) -> Response:
    """GET /contracts/{id}: the terms, how disputes are settled, and how far it is."""
    return await _page(request, answerer)


async def file(request: Request, answerer: Answerer) -> Response:
    """GET /contracts/{id}/file: the exact bytes that all parties answer to."""
    contract_id = request.path_params["id"]
    standing = await contracts.read_own(service_of(request), reader_of(request, answerer), contract_id)
    return attachment(standing.agreement, JSON, f"contract-{standing.row.id}.json")


async def sign(request: Request, answerer: Answerer) -> Response:
    """POST /contracts/{id}: a signed file."""
    _, files = await read_uploads(request, ("signed",))
    contract_id = request.path_params["id"]
    try:
        await contracts.sign(service_of(request), reader_of(request, answerer), contract_id, files["signed"].data)
    except InvalidRequest as error:
        if not error.message.startswith("signature"):
            raise
        return await _page(request, answerer, refused=True)
    return redirect(f"/contracts/{contract_id}")


async def _page(request: Request, answerer: Answerer, *, refused: bool = False) -> Response:
    svc, locale = service_of(request), language_of(request)
    standing = await contracts.read_own(svc, reader_of(request, answerer), request.path_params["id"])
    mine = next(each for each in standing.parties if each.account == answerer.account)
    told = orjson.loads(standing.agreement)
    terms = told["terms"].get(locale) or next(iter(told["terms"].values()))
    clause = [(part, texts.get(locale) or next(iter(texts.values()))) for part, texts in told["clause"].items()]
    return render(
        request,
        "contract.html",
        status=422 if refused else 200,
        id=standing.row.id,
        state=standing.state,
        terms=terms,
        clause=clause,
        code=told["code"],
        until=write_moment(standing.row.expires_at, locale),
        confirm=mine.request_id if standing.state == "open" and mine.state in ("requested", "sent", "seen") else "",
        sign=standing.state == "open" and mine.means == "eds" and not mine.record_id,
        record=mine.record_id,
        refused=refused,
    )


_ROUTES = (
    ("/contracts", list_own, "GET", "/contracts"),
    ("/contracts/{id}", show, "GET", "/contracts/{id}"),
    ("/contracts/{id}", sign, "POST", "/contracts/{id}"),
    ("/contracts/{id}/file", file, "GET", "/contracts/{id}"),
)
ROUTES = tuple(Route(path, signed_in(endpoint, back), methods=[method]) for path, endpoint, method, back in _ROUTES)
