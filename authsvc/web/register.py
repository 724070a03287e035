"""`/register/address` and `/register/details`: the second and third page of a registration by EDS (the first signs)."""

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc.eds import registering
from authsvc.eds.registering import Step, Typed
from authsvc.errors import Conflict, InvalidRequest
from authsvc.keys import unb64url
from authsvc.web.dates import write_time
from authsvc.web.pages import browser_of, language_of, read_form, redirect, render, service_of
from confirmations.errors import PasswordRefused, WrongAnswer
from confirmations.methods import totp

ADDRESS, DETAILS = "/register/address", "/register/details"
_REFUSED = {
    WrongAnswer: "register.wrong_code",
    PasswordRefused: "invitation.bad_password",
    Conflict: "invitation.taken",
    InvalidRequest: "invitation.bad_login",
}


async def ask_address(request: Request) -> Response:
    """GET /register/address: whom the certificate names, and where codes shall go."""
    text = request.query_params.get("step", "")
    return await _address_page(request, text, _open(request, text))


async def send_code(request: Request) -> Response:
    """POST /register/address: a code goes there; then the last page."""
    svc, fields = service_of(request), await read_form(request)
    text, address = fields.get("step", ""), fields.get("address", "")
    step = _open(request, text)
    await registering.holder_of(svc, step)
    try:
        sent = await registering.send_code(svc, step, address, language_of(request), browser_of(request) or "")
    except InvalidRequest:
        return await _address_page(request, text, step, "bad_address", address[:254])
    return redirect(f"{DETAILS}?step={sent}")


async def ask_details(request: Request) -> Response:
    """GET /register/details: the code, login name, password and authenticator app."""
    text = request.query_params.get("step", "")
    step = _open(request, text)
    await registering.holder_of(service_of(request), step)
    return _details_page(request, text, step)


async def finish(request: Request) -> Response:
    """POST /register/details: registered; then the sign-in."""
    svc, fields = service_of(request), await read_form(request)
    text = fields.get("step", "")
    step, login = _open(request, text), fields.get("login", "")
    await registering.holder_of(svc, step)
    typed = Typed(login, *(fields.get(name, "") for name in ("password", "code", "app_code")))
    try:
        await registering.finish(svc, step, typed, language_of(request))
    except (WrongAnswer, PasswordRefused, Conflict, InvalidRequest) as error:
        refused = next(code for kind, code in _REFUSED.items() if isinstance(error, kind))
        return _details_page(request, text, step, refused, login[:256])
    return redirect("/login")


def _open(request: Request, text: str) -> Step:
    return registering.open_step(service_of(request), text, browser_of(request) or "")


async def _address_page(request: Request, text: str, step: Step, refused: str = "", address: str = "") -> Response:
    holder = await registering.holder_of(service_of(request), step)
    return render(
        request,
        "register_address.html",
        status=422 if refused else 200,
        step=text,
        person=holder.name,
        iin=f"{holder.iin[:2]}••••••{holder.iin[-4:]}",
        refused=refused,
        address=address or step.address,
    )


def _details_page(request: Request, text: str, step: Step, refused: str = "", login: str = "") -> Response:
    organisation = service_of(request).settings.organisation
    seed = unb64url(step.seed)
    uri = totp.write_uri(seed, account=organisation, issuer=organisation)
    drawn = segno.make(uri, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff", svgclass="qr")
    return render(
        request,
        "register_details.html",
        status=422 if refused else 200,
        step=text,
        address=step.address,
        until=write_time(step.until),
        refused=refused,
        login=login,
        key=totp.write_seed(seed),
        uri=uri,
        qr=Markup(drawn),  # noqa: S704  # drawn by segno from a URI of ours; no text of anybody is in it
    )


ROUTES = (
    Route(ADDRESS, ask_address, methods=["GET"]),
    Route(ADDRESS, send_code, methods=["POST"]),
    Route(DETAILS, ask_details, methods=["GET"]),
    Route(DETAILS, finish, methods=["POST"]),
)
