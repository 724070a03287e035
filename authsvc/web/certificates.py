"""The account's pages about EDS certificates: `/account/certificates` (OWASP ASVS 5.0 6.4 and 7.5).

To add or remove one the person signs in anew with two factors, unless they did so within the last ten minutes.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import eds
from authsvc.errors import InvalidRequest
from authsvc.web.dates import write_day
from authsvc.web.flows import session_of
from authsvc.web.own import by_of, demand_session, fresh_session, sign_in_anew
from authsvc.web.pages import language_of, read_form, redirect, render, service_of

LIST = "/account/certificates"


async def show(request: Request) -> Response:
    """GET /account/certificates: what there is."""
    svc, session = service_of(request), await session_of(request)
    if session is None:
        return redirect(f"/login?return_to={LIST}")
    locale = language_of(request)
    found = [
        {
            "id": each.row.id,
            "name": each.name,
            "added": write_day(each.row.enrolled_at, locale),
            "until": write_day(each.not_after, locale),
            "over": each.not_after <= svc.clock.now(),
            "issuer": each.issuer,
        }
        for each in await eds.listed(svc, session.account)
    ]
    return render(request, "certificates.html", certificates=found)


async def change(request: Request) -> Response:
    """POST /account/certificates/{id}: another name, or its end; then the list."""
    svc = service_of(request)
    fields = await read_form(request)
    by, factor = by_of(request, await demand_session(request)), request.path_params["id"]
    action = fields.get("action", "rename")
    if action == "rename":
        await eds.rename(svc, by, factor, fields.get("name", ""))
    elif action == "revoke":
        if await fresh_session(request) is None:
            return await sign_in_anew(request, LIST)
        await eds.revoke(svc, by, factor)
    else:
        raise InvalidRequest("action: rename or revoke")
    return redirect(LIST)


ROUTES = (
    Route(LIST, show, methods=["GET"]),
    Route(LIST + "/{id}", change, methods=["POST"]),
)
