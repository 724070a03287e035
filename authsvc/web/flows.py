"""The seam between what asks for a login and the login pages (OIDC Core 3.1.2.3).

Whoever needs a person signed in calls

    await start_login(request, demand, flow) -> Response
        goes on at once when the browser's session does, else sends the browser to the first page

`flow` is a small JSON object that comes back unchanged. Its `kind` names the continuation; the other members that are
read here are optional: `client_id`, `party` (the relying party's name as shown), `relying_party_record`, `sector` (of
its pairwise subjects), `origin` (the verified redirect URI's, to which the page's form may lead), `login_hint`,
`locale`.

A continuation has two ends, found by kind in `app.state.continuations`:

    await resume(request, flow, session) -> Response    the person is signed in as demanded
    await cancel(request, flow) -> Response             the person went back, or signed in as somebody else
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from authsvc.login import flow as flows
from authsvc.login import sessions
from authsvc.login.decide import Demand, Enough, Stop, Why, next_step
from authsvc.login.flow import Flow, Party
from authsvc.login.sessions import Session
from authsvc.oidc.errors import LoginRequired, UnmetRequirements
from authsvc.web.cookies import BROWSER, set_cookie
from authsvc.web.pages import browser_of, new_browser, redirect, service_of, session_token_of

Resume = Callable[[Request, Mapping[str, object], Session], Awaitable[Response]]
Cancel = Callable[[Request, Mapping[str, object]], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Continuation:
    """What follows a login of one kind."""

    resume: Resume
    cancel: Cancel


async def start_login(request: Request, demand: Demand, flow: Mapping[str, object]) -> Response:
    """Go on with the session, or to the first page. Raises LoginRequired and UnmetRequirements (`oidc.errors`)."""
    svc = service_of(request)
    session = await session_of(request)
    step = next_step(demand, session.standing if session else None, ())
    if isinstance(step, Stop):
        if step.why is Why.UNMET:
            raise UnmetRequirements("no way to sign in here reaches the acr that is essential")
        raise LoginRequired("nobody is signed in here as demanded, and no page may be shown")
    if isinstance(step, Enough) and session is not None:
        return await continuation_of(request, flow).resume(request, flow, session)
    browser = browser_of(request)
    fresh = "" if browser is not None else new_browser(request)
    party = Party(*(_text(flow, name) for name in ("client_id", "party"))) if _text(flow, "client_id") else Party()
    if party.client_id:
        record = _text(flow, "relying_party_record") or "none"
        party = Party(party.client_id, party.name, record, _text(flow, "sector"))
    begun = flows.begin(svc, demand, party, orjson.dumps(flow).decode(), _text(flow, "login_hint"))
    response = redirect(page_of(flows.seal_flow(svc, begun, browser or fresh), _text(flow, "locale")))
    if fresh:
        set_cookie(response.headers, svc.settings, BROWSER, fresh)
    return response


async def session_of(request: Request) -> Session | None:
    """The browser's living session."""
    return await sessions.find(service_of(request), session_token_of(request))


def continuation_of(request: Request, flow: Mapping[str, object]) -> Continuation:
    """What follows this flow."""
    known: Mapping[str, Continuation] = request.app.state.continuations
    return known[_text(flow, "kind")]


def luggage_of(flow: Flow) -> Mapping[str, object]:
    """The object that `start_login` was given."""
    kept: Mapping[str, object] = orjson.loads(flow.luggage)
    return kept


def page_of(sealed: str, locale: str = "") -> str:
    """The address of a login under way. A language that a relying party asked for stays in it."""
    return "/login?" + urlencode({"flow": sealed, **({"ui_locales": locale} if locale else {})})


def _text(flow: Mapping[str, object], name: str) -> str:
    value = flow.get(name)
    return value if isinstance(value, str) else ""
