"""`/eds/{purpose}`: the one page on which something is signed by EDS, to sign in, to register, to add a certificate.

A file does without a script. With one the page speaks to NCALayer on the person's own device; it alone may connect
there (`connect-src`, `loopback-network`), and does so when its button is pressed.
"""

from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import eds
from authsvc.eds import registering
from authsvc.eds.enrolling import begin_enrolment
from authsvc.errors import Conflict, NotFound
from authsvc.login import budgets
from authsvc.login.answers import Seen
from authsvc.login.decide import Ask, missing_by_eds, next_step
from authsvc.login.errors import FlowGone, LoginRefused
from authsvc.login.flow import open_flow, seal_flow
from authsvc.login.signed import answer_eds, challenge_of
from authsvc.service import Service
from authsvc.web.callers import device_of, ip_of
from authsvc.web.certificates import LIST
from authsvc.web.cookies import BROWSER, SESSION, set_cookie
from authsvc.web.dates import write_time
from authsvc.web.edge import static_headers
from authsvc.web.flows import luggage_of, page_of, session_of
from authsvc.web.own import by_of, fresh_session, sign_in_anew
from authsvc.web.pages import browser_of, new_browser, read_upload, redirect, render, service_of
from signatures.kazakhstan import EMAIL_PROTECTION

JSON = "application/json"
Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows for one purpose. `carrier` is the form's field for `ticket`; `more` goes to the template."""

    challenge: eds.Challenge
    carrier: str
    ticket: str
    back: str
    origin: str = ""
    party: str = ""
    asks_password: bool = False
    refused: str = ""
    name: str = ""


async def show(request: Request) -> Response:
    """GET /eds/{purpose}: what is signed, and the two ways to sign it."""
    ready = await _ready(request)
    return ready if isinstance(ready, Response) else _page(request, ready)


async def download(request: Request) -> Response:
    """GET /eds/{purpose}/challenge: the bytes to be signed, as a file."""
    ready = await _ready(request)
    if isinstance(ready, Response):
        return ready
    name = f"authsvc-{ready.challenge.purpose}.json"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(ready.challenge.canonical(), media_type=JSON, headers=headers)


async def answer(request: Request) -> Response:
    """POST /eds/{purpose}: the signed file, or what NCALayer gave; a refusal shows the page again."""
    svc, purpose = service_of(request), _purpose(request)
    fields, _, data = await read_upload(request, "signed")
    signed = fields.get("signature", "").encode() or data
    if purpose != eds.LOGIN:  # a login spends it by itself
        await budgets.spend_eds(svc, ip_of(request))
    take = {eds.LOGIN: _sign_in, eds.REGISTRATION: _register, eds.CERTIFICATE: _add}[purpose]
    try:
        return await take(request, fields, signed)
    except eds.EdsRefused as refused:
        return await _again(request, fields, f"eds.refused.{refused.reason}")
    except Conflict:
        return await _again(request, fields, "certificates.known")


async def _sign_in(request: Request, fields: Fields, signed: bytes) -> Response:
    svc, browser = service_of(request), browser_of(request)
    flow = open_flow(svc, fields.get("flow", ""), browser)
    if browser is None:
        raise FlowGone
    seen, session = Seen(ip_of(request), device_of(request)), await session_of(request)
    try:
        taken = await answer_eds(svc, flow, signed, fields.get("password", ""), seen, session)
    except LoginRefused:
        return redirect("/eds/login?" + urlencode({"flow": seal_flow(svc, flow.again(), browser)}))
    ended = replace(flow, answered=taken.session.methods)
    response = redirect(page_of(seal_flow(svc, ended, browser)))
    set_cookie(response.headers, svc.settings, SESSION, taken.token)
    return response


async def _register(request: Request, fields: Fields, signed: bytes) -> Response:
    browser = browser_of(request) or ""
    step = await registering.begin(service_of(request), fields.get("ticket", ""), signed, browser)
    return redirect("/register/address?" + urlencode({"step": step}))


async def _add(request: Request, fields: Fields, signed: bytes) -> Response:
    session = await fresh_session(request)
    if session is None:
        return await sign_in_anew(request, f"/eds/{eds.CERTIFICATE}")
    by = by_of(request, session)
    await eds.enrol(service_of(request), by, fields.get("ticket", ""), signed, fields.get("name", ""))
    return redirect(LIST)


async def _again(request: Request, fields: Fields, refused: str) -> Response:
    ready = await _ready(request, fields)
    if isinstance(ready, Response):
        return ready
    return _page(request, replace(ready, refused=refused, name=fields.get("name", "")[:64]), 422)


async def _ready(request: Request, fields: Fields | None = None) -> Shown | Response:
    """What the page shows, begun or gone on with; or where the person must go first."""
    given = request.query_params if fields is None else fields
    ready: Callable[[Request, Fields], Awaitable[Shown | Response]]
    ready = {eds.LOGIN: _of_login, eds.REGISTRATION: _of_browser, eds.CERTIFICATE: _of_session}[_purpose(request)]
    return await ready(request, given)


async def _of_login(request: Request, given: Fields) -> Shown | Response:
    svc, text = service_of(request), given.get("flow", "")
    if not text:
        return redirect("/login")
    flow, session = open_flow(svc, text, browser_of(request)), await session_of(request)
    standing = session.standing if session else None
    if not isinstance(next_step(flow.demand, standing, flow.answered), Ask):
        return redirect(page_of(text))
    origin = luggage_of(flow).get("origin")
    return Shown(
        challenge_of(svc, flow),
        "flow",
        text,
        page_of(text),
        origin=origin if isinstance(origin, str) else "",
        party=flow.party.name,
        asks_password="password" in missing_by_eds(flow.demand, standing),
        refused="eds.login_refused" if flow.refused else "",
    )


async def _of_browser(request: Request, given: Fields) -> Shown | Response:
    """The ticket stands in the address: the browser's cookie is there before the page, and a reload changes nothing."""
    svc, ticket, browser = service_of(request), given.get("ticket", ""), browser_of(request)
    if ticket:
        return Shown(eds.open_ticket(svc, eds.REGISTRATION, ticket, browser or ""), "ticket", ticket, "/login")
    fresh = "" if browser else new_browser(request)
    ticket, _ = eds.begin(svc, eds.REGISTRATION, browser or fresh)
    language = {name: value for name, value in request.query_params.items() if name == "ui_locales"}
    response = redirect(f"/eds/{eds.REGISTRATION}?" + urlencode({"ticket": ticket, **language}))
    if fresh:
        set_cookie(response.headers, svc.settings, BROWSER, fresh)
    return response


async def _of_session(request: Request, given: Fields) -> Shown | Response:
    svc, session = service_of(request), await fresh_session(request)
    if session is None:
        return await sign_in_anew(request, f"/eds/{eds.CERTIFICATE}")
    if ticket := given.get("ticket", ""):
        return Shown(eds.open_ticket(svc, eds.CERTIFICATE, ticket, session.sid), "ticket", ticket, LIST)
    ticket, challenge = begin_enrolment(svc, by_of(request, session))
    return Shown(challenge, "ticket", ticket, LIST)


def _page(request: Request, shown: Shown, status: int = 200) -> Response:
    svc, purpose = service_of(request), shown.challenge.purpose
    place, text = svc.settings.ncalayer_url, shown.challenge.canonical()
    carried = urlencode({shown.carrier: shown.ticket})
    response = render(
        request,
        "eds.html",
        status=status,
        form_action=(shown.origin,) if shown.origin else (),
        script=bool(place),
        purpose=purpose,
        carrier=shown.carrier,
        ticket=shown.ticket,
        back=shown.back,
        again="" if purpose == eds.LOGIN else f"/eds/{purpose}",
        download=f"/eds/{purpose}/challenge?{carried}",
        challenge=text.decode(),
        encoded=b64encode(text).decode(),
        ncalayer=place,
        usage="" if purpose == eds.LOGIN else EMAIL_PROTECTION,
        until=write_time(shown.challenge.expires),
        party=shown.party,
        asks_password=shown.asks_password,
        refused=shown.refused,
        called=shown.name,
    )
    if place:
        _let_connect(response, svc, place)
    return response


def _let_connect(response: Response, svc: Service, place: str) -> None:
    """To NCALayer, from this page alone, and nowhere else from it."""
    told = response.headers["content-security-policy"]
    response.headers["content-security-policy"] = told.replace("connect-src 'self'", f"connect-src {place}")
    allowed = static_headers(svc.settings)["permissions-policy"]
    response.headers["permissions-policy"] = allowed.replace("loopback-network=()", "loopback-network=(self)")


def _purpose(request: Request) -> str:
    purpose: str = request.path_params["purpose"]
    if purpose not in (eds.LOGIN, eds.REGISTRATION, eds.CERTIFICATE):
        raise NotFound("there is nothing here")
    return purpose


ROUTES = (
    Route("/eds/{purpose}", show, methods=["GET"]),
    Route("/eds/{purpose}", answer, methods=["POST"]),
    Route("/eds/{purpose}/challenge", download, methods=["GET"]),
)
