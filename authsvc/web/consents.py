"""Consent (law duties L7, L32; OWASP ASVS 5.0 10.7): the page that asks, and the page where a consent is withdrawn.

What the person reads is one text, made from what is asked; its digest is in the record, so the answer counts only for
the text that this page has just shown.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import accounts
from authsvc.accounts import CONSENT_MS, Assent
from authsvc.errors import InvalidRequest, Unauthenticated
from authsvc.keys import SealBroken, b64url
from authsvc.login.errors import FlowGone
from authsvc.login.flow import FLOW_MS, MAX_FLOW
from authsvc.login.sessions import Session
from authsvc.oidc import clients
from authsvc.oidc.relying_party import RelyingParty, origin_of
from authsvc.oidc.request import AuthorizationRequest
from authsvc.service import Service
from authsvc.web.dates import write_day
from authsvc.web.details import describe_details
from authsvc.web.flows import session_of
from authsvc.web.pages import language_of, read_form, redirect, render, service_of
from authsvc.web.words import LOCALES, say

_PURPOSE = "consent"


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that waits for consent. `began` is when it came, `until` how long the consent would stand (ms)."""

    request: AuthorizationRequest
    began: int
    until: int


@dataclass(frozen=True, slots=True)
class Taken:
    """The person's answer to it."""

    request: AuthorizationRequest
    began: int
    session: Session
    given: bool


def page_of(svc: Service, request: AuthorizationRequest, began: int, session: Session, locale: str) -> str:
    """The address of the page that asks, good in this session alone."""
    until = svc.clock.now() + CONSENT_MS
    plain = orjson.dumps([request.to_json().decode(), began, until])
    sealed = b64url(svc.keys.seal(_PURPOSE, plain, session.sid.encode()))
    return "/consent?" + urlencode({"flow": sealed, **({"ui_locales": locale} if locale else {})})


async def ask(request: Request) -> Response:
    """The page: who asks for what, for which purpose, until when."""
    text = request.query_params.get("flow", "")
    pending, _ = await _open(request, text)
    party = await _party(request, pending.request.client_id)
    locale = language_of(request)
    return render(
        request,
        "consent.html",
        form_action=(origin_of(pending.request.redirect_uri),) if pending.request.redirect_uri else (),
        flow=text,
        shown=_digest(words_of(party, pending, locale)),
        party=party.name[locale],
        scopes=pending.request.to_consent,
        details=describe_details(pending.request.details, party.name[locale], locale),
        until=write_day(pending.until, locale),
    )


async def take(request: Request) -> Taken | Response:
    """The answer; or the page again, when what it showed is not what would be recorded."""
    svc = service_of(request)
    fields = await read_form(request)
    pending, session = await _open(request, fields.get("flow", ""))
    action, locale = fields.get("action"), fields.get("locale", "")
    if action not in ("allow", "deny") or locale not in LOCALES:
        raise InvalidRequest("action: allow or deny, with the locale of the page")
    if action == "deny":
        return Taken(pending.request, pending.began, session, given=False)
    party = await _party(request, pending.request.client_id)
    text = words_of(party, pending, locale)
    if not hmac.compare_digest(_digest(text).encode(), fields.get("shown", "").encode()):
        return redirect("/consent?" + urlencode({"flow": fields["flow"]}))
    person = await accounts.person_by_id(svc, session.account)
    if person is None:
        raise FlowGone
    assent = Assent(
        client_id=party.id,
        scopes=pending.request.to_consent,
        purpose=say("consent.purpose", locale, party=party.name[locale]),
        text=text,
        locale=locale,
        until=pending.until,
        authentication=session.record,
        acr=session.acr,
    )
    await accounts.give_consent(svc, person, assent)
    return Taken(pending.request, pending.began, session, given=True)


def words_of(party: RelyingParty, pending: Pending, locale: str) -> str:
    """What the page says to the person, line by line, as its record keeps it."""
    name = party.name[locale]
    return "\n".join(
        (
            say("consent.asks", locale, party=name),
            *(f"- {say('scope.' + scope, locale)}" for scope in pending.request.to_consent),
            *(
                line
                for heading, lines in describe_details(pending.request.details, name, locale)
                for line in (heading, *lines)
            ),
            say("consent.purpose", locale, party=name),
            say("consent.until", locale, until=write_day(pending.until, locale)),
        )
    )


async def show_all(request: Request) -> Response:
    """GET /consents: the consents that stand."""
    svc = service_of(request)
    session = await session_of(request)
    if session is None:
        return redirect("/login?return_to=/consents")
    locale = language_of(request)
    given = await accounts.consents_of(svc, session.account)
    shown: list[dict[str, object]] = []
    for client_id, row in given.items():
        party = await clients.find(svc, client_id)
        shown.append(
            {
                "client_id": client_id,
                "party": party.name[locale] if party else client_id,
                "scopes": row.scopes.split(),
                "given": write_day(row.given_at, locale),
                "until": write_day(row.until, locale),
            }
        )
    return render(request, "consents.html", consents=shown)


async def withdraw(request: Request) -> Response:
    """POST /consents: one consent ends, and with it every token that stands on it."""
    svc = service_of(request)
    fields = await read_form(request)
    session = await session_of(request)
    person = await accounts.person_by_id(svc, session.account) if session else None
    if session is None or person is None:
        raise Unauthenticated("nobody is signed in here")
    await accounts.withdraw_consent(svc, person, fields.get("client_id", ""), session.record, session.acr)
    return redirect("/consents")


async def _open(request: Request, text: str) -> tuple[Pending, Session]:
    svc = service_of(request)
    session = await session_of(request)
    if session is None or not 0 < len(text) <= MAX_FLOW:
        raise FlowGone
    try:
        sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        stored: Sequence[object] = orjson.loads(svc.keys.unseal(_PURPOSE, sealed, session.sid.encode()))
    except (SealBroken, Base64Error, ValueError) as error:
        raise FlowGone from error
    pending = Pending(AuthorizationRequest.of_json(str(stored[0]).encode()), int(str(stored[1])), int(str(stored[2])))
    if svc.clock.now() >= pending.until - CONSENT_MS + FLOW_MS:
        raise FlowGone
    return pending, session


async def _party(request: Request, client_id: str) -> RelyingParty:
    party = await clients.find(service_of(request), client_id)
    if party is None:
        raise FlowGone
    return party


def _digest(text: str) -> str:
    return b64url(hashlib.sha256(text.encode()).digest())


ROUTES = (
    Route("/consents", show_all, methods=["GET"]),
    Route("/consents", withdraw, methods=["POST"]),
)
