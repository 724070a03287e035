"""The login pages: `/login` and `/logout` (OWASP ASVS 5.0 6.3, 7.2 and 7.4; RFC 9700 4.7; a script for passkeys alone).

A page is shown by GET, at an address that carries the sealed login; each answer goes by POST and leads by 303 to the
next page, so going back, repeating and changing the language do no harm. The end of a login is met by a GET too: there
the new session's cookie is in place, so what follows binds its forms to it.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import passkeys, staff
from authsvc.errors import InvalidRequest
from authsvc.keys import b64url
from authsvc.login.answers import Seen, SignedIn, answer_passkey, answer_password, answer_recovery, answer_totp
from authsvc.login.decide import Ask, Demand, Enough, next_step
from authsvc.login.errors import FlowGone, LoginRefused
from authsvc.login.flow import Flow, open_flow, seal_flow
from authsvc.login.sessions import Session
from authsvc.oidc.logout import end_session
from authsvc.service import Service
from authsvc.web.callers import device_of, ip_of
from authsvc.web.cookies import SESSION, set_cookie
from authsvc.web.flows import Continuation, continuation_of, luggage_of, page_of, session_of, start_login
from authsvc.web.pages import browser_of, read_form, redirect, render, service_of, session_token_of

OWN = "own"
HOME = "/"
_ID = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
RETURN_TO = re.compile(
    rf"/|/consents|/device|/ciba/{_ID}|/confirm/{_ID}|/evidence|/evidence/{_ID}|/evidence/exports|/evidence/exports/{_ID}"
    rf"|/evidence/{_ID}/dispute|/disputes|/disputes/{_ID}|/decisions|/decisions/{_ID}|/notices|/notices/{_ID}"
    rf"|/mandates|/mandates/new|/mandates/{_ID}|/contracts|/contracts/{_ID}"
    rf"|/staff/people|/staff/disputes|/staff/disputes/{_ID}|/inbox|/account/devices|/account/devices/new"
    rf"|/account/passkeys|/account/passkeys/new|/account/certificates|/eds/certificate"
    rf"|/staff/exports|/staff/exports/new|/staff/exports/{_ID}"
    rf"|/staff/orders|/staff/orders/new|/staff/orders/{_ID}"
    r"|/account(?:/password|/app|/codes|/mailbox|/sessions|/data)?|/staff/counter|/staff/support"
)
"""Where our own login may lead: pages of this origin, each by name. Everything else would be an open redirector."""


async def show(request: Request) -> Response:
    """GET /login: the page that the login in `flow` has come to; without one, a login of our own to `return_to`."""
    text = request.query_params.get("flow")
    if text is None:
        return await _start_own(request)
    flow = open_flow(service_of(request), text, browser_of(request))
    session = await session_of(request)
    step = next_step(flow.demand, session.standing if session else None, flow.answered)
    luggage = luggage_of(flow)
    if isinstance(step, Enough) and session is not None:
        return await continuation_of(request, luggage).resume(request, luggage, session)
    if not isinstance(step, Ask):  # signed in by this login, and still not as demanded: as somebody else
        return await continuation_of(request, luggage).cancel(request, luggage)
    return _page(request, flow, text, session, step.method)


async def answer(request: Request) -> Response:
    """POST /login: one page's answer. A refusal leads to the first page again and never says what was wrong."""
    svc = service_of(request)
    fields = await read_form(request)
    browser = browser_of(request)
    flow = open_flow(svc, fields.get("flow", ""), browser)
    if browser is None:
        raise FlowGone
    if fields.get("action") == "cancel":
        luggage = luggage_of(flow)
        return await continuation_of(request, luggage).cancel(request, luggage)
    try:
        taken = await _take(request, flow, fields)
    except LoginRefused:
        refused = replace(flow.again(), login=fields.get("login") or flow.login)
        return redirect(page_of(seal_flow(svc, refused, browser)))
    if isinstance(taken, Flow):
        return redirect(page_of(seal_flow(svc, taken, browser)))
    ended = replace(flow, answered=taken.session.methods)
    response = redirect(page_of(seal_flow(svc, ended, browser)))
    set_cookie(response.headers, svc.settings, SESSION, taken.token)
    return response


async def _take(request: Request, flow: Flow, fields: Mapping[str, str]) -> Flow | SignedIn:
    svc = service_of(request)
    session = await session_of(request)
    seen = Seen(ip_of(request), device_of(request))
    if "passkey" in fields:
        return await answer_passkey(svc, flow, fields["passkey"], fields.get("salt", ""), seen, session)
    if "password" in fields:
        return await answer_password(svc, flow, fields.get("login", ""), fields["password"], seen, session)
    if "recovery" in fields:
        return await answer_recovery(svc, flow, fields["recovery"], seen, session)
    return await answer_totp(svc, flow, fields.get("code", ""), seen, session)


def _page(request: Request, flow: Flow, text: str, session: Session | None, method: str) -> Response:
    svc, origin = service_of(request), luggage_of(flow).get("origin")
    salt = passkeys.new_salt(svc)
    return render(
        request,
        f"login_{method}.html",
        form_action=(origin,) if isinstance(origin, str) and origin else (),
        script=True,
        passkey_salt=salt,
        passkey_challenge=b64url(passkeys.challenge_of(flow.id, flow.nonce, salt)),
        passkey_rp_id=passkeys.rp_id_of(svc),
        flow=text,
        eds=is_eds_offered(svc),
        party=flow.party.name,
        login=flow.login,
        refused=flow.refused,
        step_up=session is not None and not flow.answered,
    )


async def _start_own(request: Request) -> Response:
    return_to = request.query_params.get("return_to", HOME)
    if not RETURN_TO.fullmatch(return_to):
        raise InvalidRequest("return_to: not a page of ours")
    asked = request.query_params.get("ui_locales", "")
    return await start_login(request, Demand(), {"kind": OWN, "return_to": return_to, "locale": asked[:35]})


async def _resume_own(_request: Request, flow: Mapping[str, object], _session: Session) -> Response:
    return redirect(str(flow["return_to"]))


async def _cancel_own(_request: Request, _flow: Mapping[str, object]) -> Response:
    return redirect(HOME)


async def home(request: Request) -> Response:
    """GET /: whether somebody is signed in here, and where to go."""
    session = await session_of(request)
    svc = service_of(request)
    roles = await staff.roles_of(svc, session.account) if session else ()
    return render(request, "home.html", signed_in=session is not None, roles=roles, eds=is_eds_offered(svc))


def is_eds_offered(svc: Service) -> bool:
    """Whether somebody's certificates are trusted here, and nobody stopped the method."""
    return bool(svc.trust.anchors.certificates) and not svc.switches.is_stopped("method", "eds")


async def ask_logout(request: Request) -> Response:
    """GET /logout: asks; a link alone ends nothing."""
    return render(request, "logout.html", done=await session_of(request) is None, action="/logout", fields={})


async def logout(request: Request) -> Response:
    """POST /logout: the session ends, with all tokens issued in it."""
    svc = service_of(request)
    await read_form(request)
    await end_session(svc, session_token_of(request))
    response = render(request, "logout.html", done=True, action="/logout", fields={})
    set_cookie(response.headers, svc.settings, SESSION, "", max_age=0)
    return response


CONTINUATIONS: Mapping[str, Continuation] = {OWN: Continuation(_resume_own, _cancel_own)}
ROUTES = (
    Route("/", home, methods=["GET"]),
    Route("/login", show, methods=["GET"]),
    Route("/login", answer, methods=["POST"]),
    Route("/logout", ask_logout, methods=["GET"]),
    Route("/logout", logout, methods=["POST"]),
)
