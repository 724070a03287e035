"""`/oauth/bc-authorize`, and the page on which a person answers such a request in their own session (CIBA Core 1.0)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc.accounts import CONSENT_MS, Assent
from authsvc.errors import AuthsvcError, InvalidRequest, NotFound
from authsvc.login.sessions import Session
from authsvc.oidc import ciba, discovery
from authsvc.oidc.ciba import Shown
from authsvc.service import Service
from authsvc.web.callers import sender_of
from authsvc.web.consents import Pending, words_of
from authsvc.web.dates import write_day
from authsvc.web.flows import session_of
from authsvc.web.pages import language_of, read_form, read_pairs, redirect, render, service_of
from authsvc.web.problems import oauth_failure
from authsvc.web.words import LOCALES, say

JSON = "application/json"
NO_STORE = {"cache-control": "no-store"}


async def start(request: Request) -> Response:
    """POST /oauth/bc-authorize (CIBA Core 7.1)."""
    try:
        pairs = await read_pairs(request)
        started = await ciba.start(service_of(request), sender_of(request), pairs)
    except AuthsvcError as error:
        return oauth_failure(error).response()
    said: dict[str, object] = {
        "auth_req_id": started.auth_req_id,
        "expires_in": started.expires_in,
        "interval": started.interval,
    }
    if started.confirmation_number:
        said["confirmation_number"] = started.confirmation_number
    return Response(discovery.write(said), media_type=JSON, headers=NO_STORE)


async def show(request: Request) -> Response:
    """GET /ciba/{id}: who asks for what, and why; for the request's own person alone."""
    svc, name = service_of(request), request.path_params["id"]
    session = await session_of(request)
    if session is None:
        return redirect(f"/login?return_to=/ciba/{name}")
    shown = await _demand(svc, session, name)
    locale = language_of(request)
    return render(
        request,
        "ciba.html",
        id=shown.row.id,
        party=shown.party.name[locale],
        scopes=ciba.consent_request(shown).to_consent,
        binding_message=shown.binding_message,
        needs_number=shown.needs_number,
        until=write_day(svc.clock.now() + CONSENT_MS, locale),
        outcome="",
    )


async def answer(request: Request) -> Response:
    """POST /ciba/{id}: yes with the number that the relying party shows, or no."""
    svc = service_of(request)
    fields = await read_form(request)
    session = await session_of(request)
    if session is None:
        return redirect(f"/login?return_to=/ciba/{request.path_params['id']}")
    shown = await _demand(svc, session, request.path_params["id"])
    action, locale = fields.get("action"), fields.get("locale", "")
    if action not in ("allow", "deny") or locale not in LOCALES:
        raise InvalidRequest("action: allow or deny, with the locale of the page")
    assent = assent_of(svc, session, shown, locale) if action == "allow" else None
    approved = await ciba.answer(svc, session, shown.row, fields.get("number", ""), assent)
    outcome = "ciba.done" if approved else "ciba.refused"
    return render(request, "ciba.html", outcome=outcome, party=shown.party.name[locale])


def assent_of(svc: Service, session: Session, shown: Shown, locale: str) -> Assent:
    """What the person agrees to by a yes, as its record keeps it."""
    asked, now = ciba.consent_request(shown), svc.clock.now()
    text = words_of(shown.party, Pending(asked, now, now + CONSENT_MS), locale)
    return Assent(
        client_id=shown.party.id,
        scopes=asked.to_consent,
        purpose=say("consent.purpose", locale, party=shown.party.name[locale]),
        text=f"{text}\n{shown.binding_message}" if shown.binding_message else text,
        locale=locale,
        until=now + CONSENT_MS,
        authentication=session.record,
        acr=session.acr,
    )


async def _demand(svc: Service, session: Session, name: str) -> Shown:
    shown = await ciba.show(svc, session, name)
    if shown is None:
        raise NotFound("no such request, or it has its answer")
    return shown


ROUTES = (
    Route(discovery.PATHS["backchannel_authentication_endpoint"], start, methods=["POST"]),
    Route("/ciba/{id}", show, methods=["GET"]),
    Route("/ciba/{id}", answer, methods=["POST"]),
)
