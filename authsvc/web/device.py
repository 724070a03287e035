"""`/device`: where a person types the code that a device shows (RFC 8628 3.3); and where devices start."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc.errors import AuthsvcError
from authsvc.oidc import device, discovery
from authsvc.web.callers import sender_of
from authsvc.web.consents import Taken, page_of
from authsvc.web.flows import session_of
from authsvc.web.pages import language_of, read_form, read_pairs, redirect, render, service_of
from authsvc.web.problems import oauth_failure

JSON = "application/json"
PAGE = "/device"
NO_STORE = {"cache-control": "no-store"}


async def start(request: Request) -> Response:
    """POST /oauth/device_authorization (RFC 8628 3.1)."""
    svc = service_of(request)
    try:
        pairs = await read_pairs(request)
        told = await device.start(svc, sender_of(request), pairs, svc.settings.issuer + PAGE)
    except AuthsvcError as error:
        return oauth_failure(error).response()
    return Response(discovery.write(told), media_type=JSON, headers=NO_STORE)


async def ask(request: Request) -> Response:
    """GET /device: the field for the code. A code in the address is not taken over: the person types it."""
    if await session_of(request) is None:
        return redirect(f"/login?return_to={PAGE}")
    return render(request, "device.html", wrong=False, outcome="")


async def find(request: Request) -> Response:
    """POST /device: the typed code; then who asks for what."""
    svc = service_of(request)
    fields = await read_form(request)
    session = await session_of(request)
    if session is None:
        return redirect(f"/login?return_to={PAGE}")
    asked = await device.find(svc, session, fields.get("user_code", ""))
    if asked is None:
        return render(request, "device.html", status=422, wrong=True, outcome="")
    return redirect(page_of(svc, asked, svc.clock.now(), session, language_of(request)))


async def conclude(request: Request, taken: Taken) -> Response:
    """After the consent page: the device goes on by itself."""
    done = await device.answer(service_of(request), taken.request, taken.session, given=taken.given)
    outcome = "device.over" if not done else "device.done" if taken.given else "device.refused"
    return render(request, "device.html", wrong=False, outcome=outcome)


ROUTES = (
    Route(discovery.PATHS["device_authorization_endpoint"], start, methods=["POST"]),
    Route(PAGE, ask, methods=["GET"]),
    Route(PAGE, find, methods=["POST"]),
)
