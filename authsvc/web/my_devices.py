"""The account's pages about devices: `/account/devices` (OWASP ASVS 5.0 6.4 and 7.5).

To add or remove one the person signs in anew, unless they did so within the last ten minutes. All of it works without a
script, but for making this browser itself a device.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import __version__, devices
from authsvc.web.dates import write_day, write_time
from authsvc.web.flows import session_of
from authsvc.web.own import by_of, change_factor, fresh_session, sign_in_anew
from authsvc.web.pages import language_of, redirect, render, service_of

LIST = "/account/devices"
NEW = "/account/devices/new"


async def show(request: Request) -> Response:
    """GET /account/devices: what there is."""
    session = await session_of(request)
    if session is None:
        return redirect(f"/login?return_to={LIST}")
    locale = language_of(request)
    found = await devices.listed(service_of(request), session.account)
    shown = [
        {
            "id": each.row.id,
            "name": each.name,
            "app": f"{each.app.name} {each.app.version}",
            "added": write_day(each.row.enrolled_at, locale),
        }
        for each in found
    ]
    return render(request, "devices.html", devices=shown)


async def new(request: Request) -> Response:
    """GET /account/devices/new: activations for an app and for this browser, in a session that is fresh."""
    svc = service_of(request)
    session = await fresh_session(request)
    if session is None:
        return await sign_in_anew(request, NEW)
    by = by_of(request, session)
    activation, own = await devices.begin(svc, by, own=False), await devices.begin(svc, by, own=True)
    return render(
        request,
        "device_new.html",
        script=True,
        activation=activation.code,
        until=write_time(activation.until),
        own=own.code,
        service=svc.settings.issuer,
        version=__version__,
    )


async def change(request: Request) -> Response:
    """POST /account/devices/{id}: another name, or its end; then the list."""
    return await change_factor(request, LIST, devices.rename, devices.revoke)


ROUTES = (
    Route(LIST, show, methods=["GET"]),
    Route(NEW, new, methods=["GET"]),
    Route(LIST + "/{id}", change, methods=["POST"]),
)
