"""The account's pages about EDS certificates: `/account/certificates` (OWASP ASVS 5.0 6.4 and 7.5).

To add or remove one the person signs in anew with two factors, unless they did so within the last ten minutes.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import eds
from authsvc.web.dates import write_day
from authsvc.web.flows import session_of
from authsvc.web.own import change_factor
from authsvc.web.pages import language_of, redirect, render, service_of

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
    return await change_factor(request, LIST, eds.rename, eds.revoke)


ROUTES = (
    Route(LIST, show, methods=["GET"]),
    Route(LIST + "/{id}", change, methods=["POST"]),
)
