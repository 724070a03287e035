"""Invitations: `/v1/invitations` for relying parties, `/invitations/{token}` for the person (GET is inert).

The page names neither the person nor who invited them: whoever found the link learns nothing from it.
"""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import invitations
from authsvc.clock import rfc3339
from authsvc.errors import Conflict, InvalidRequest
from authsvc.invitations import Inviter
from authsvc.replay import ReplayKey
from authsvc.web.callers import asker_of
from authsvc.web.pages import read_form, redirect, render, service_of
from authsvc.web.setting_up import drawn
from confirmations.errors import PasswordRefused, WrongAnswer

SCOPE = "invitations"
JSON = "application/json"
_REFUSED = {WrongAnswer: "wrong_code", PasswordRefused: "bad_password", Conflict: "taken", InvalidRequest: "bad_login"}


async def invite(request: Request) -> Response:
    """POST /v1/invitations {iin, name, locale, address}: 201; the link goes to the person's address, not to you."""
    svc = service_of(request)
    asker = await asker_of(request, SCOPE)
    raw = await request.body()
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("the body is not JSON") from error
    key = ReplayKey.of(asker.client_id, request.headers.get("idempotency-key", ""), "POST /v1/invitations", raw)
    inviter = Inviter(asker.client_id, asker.name, asker.record)
    made = await invitations.invite(svc, inviter, body, key)
    return await _state(request, asker.client_id, made, 201)


async def read(request: Request) -> Response:
    """GET /v1/invitations/{id}: whether it is open, used or over."""
    asker = await asker_of(request, SCOPE)
    return await _state(request, asker.client_id, request.path_params["id"])


async def show(request: Request) -> Response:
    """GET /invitations/{token}: the form; nothing is used by looking."""
    token = request.path_params["token"]
    await invitations.find(service_of(request), token)
    return _page(request, token)


async def accept(request: Request) -> Response:
    """POST /invitations/{token}: enrolled; then the sign-in. What is refused leaves the link as it was."""
    svc, token = service_of(request), request.path_params["token"]
    fields = await read_form(request)
    await invitations.find(svc, token)
    ticket, login = fields.get("ticket", ""), fields.get("login", "")
    invitations.begin(svc, token, ticket or "-")
    try:
        await invitations.accept(svc, token, ticket, login, fields.get("password", ""), fields.get("code", ""))
    except (WrongAnswer, PasswordRefused, Conflict, InvalidRequest) as error:
        refused = next(code for kind, code in _REFUSED.items() if isinstance(error, kind))
        return _page(request, token, refused, ticket, login)
    return redirect("/login")


async def _state(request: Request, client_id: str, invitation: str, status: int = 200) -> Response:
    state, until = await invitations.state_of(service_of(request), client_id, invitation)
    said = {"id": invitation, "state": state, "expires_at": rfc3339(until)}
    return Response(orjson.dumps(said), status, {"location": f"/v1/invitations/{invitation}"}, JSON)


def _page(request: Request, token: str, refused: str = "", ticket: str = "", login: str = "") -> Response:
    return render(
        request,
        "invitation.html",
        status=422 if refused else 200,
        action=f"/invitations/{token}",
        refused=refused,
        login=login[:256],
        setup=drawn(service_of(request), token, ticket),
    )


ROUTES = (
    Route("/invitations/{token}", show, methods=["GET"]),
    Route("/invitations/{token}", accept, methods=["POST"]),
)
