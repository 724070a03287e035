"""The inbox (`/inbox`): what waits and what has ended, live by server-sent events; an installable web app.

Answers are plain POSTs on each request's page. Without a script a button looks again; no page refreshes itself (WCAG
2.2.1).
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc.confirm.inbox import Letter, open_inbox
from authsvc.errors import Unauthenticated
from authsvc.store.proofs import Moved
from authsvc.web.dates import write_day, write_time
from authsvc.web.evidence_pages import page_of
from authsvc.web.flows import session_of
from authsvc.web.pages import language_of, redirect, render, service_of
from authsvc.web.streams import feed_of, since_of, stream
from authsvc.web.words import LOCALES, say
from confirmations import words

PATH = "/inbox"
WORKER = Path(__file__).parent / "static" / "inbox_worker.js"


async def show(request: Request) -> Response:
    """GET /inbox."""
    svc = service_of(request)
    session = await session_of(request)
    if session is None:
        return redirect(f"/login?return_to={PATH}")
    locale, page = language_of(request), page_of(request)
    inbox = await open_inbox(svc, session.account, locale, page)
    return render(
        request,
        "inbox.html",
        script=True,
        waiting=[_letter(each, locale) for each in inbox.waiting],
        ended=[_letter(each, locale) for each in inbox.ended],
        page=page,
        more=inbox.more,
        since=svc.clock.now(),
        worker=f"{PATH}/worker.js?"
        + urlencode({"title": say("inbox.title", locale), "text": say("inbox.push", locale)}),
    )


async def listen(request: Request) -> Response:
    """GET /inbox/events: that a request came or ended; nothing of what it says."""
    session = await session_of(request)
    if session is None:
        raise Unauthenticated("nobody is signed in here")

    async def may() -> bool:
        now = await session_of(request)
        return now is not None and now.account == session.account

    events = feed_of(request).listen(account=session.account, since=since_of(request))
    return await stream(events, _say, may)


async def manifest(request: Request) -> Response:
    """GET /inbox/manifest.webmanifest: the web app in the language of the page that names it."""
    asked = request.query_params.get("lang", "")
    locale = asked if asked in LOCALES else language_of(request)
    icon = {"src": "/static/icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    said = {
        "id": PATH,
        "name": f"{say('inbox.title', locale)} – {service_of(request).settings.organisation}",
        "short_name": say("inbox.title", locale),
        "lang": locale,
        "start_url": PATH,
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b4a8f",
        "icons": [icon],
    }
    return Response(orjson.dumps(said), 200, {"cache-control": "no-cache"}, "application/manifest+json")


async def worker(request: Request) -> Response:
    """GET /inbox/worker.js: the service worker, which may look after the request pages too."""
    headers = {"cache-control": "no-cache", "service-worker-allowed": "/"}
    return Response(WORKER.read_bytes(), 200, headers, "text/javascript")


def _say(moved: Moved) -> Mapping[str, object]:
    return {"id": moved.id, "state": moved.state}


def _letter(letter: Letter, locale: str) -> Mapping[str, str]:
    row = letter.row
    return {
        "id": row.id,
        "title": letter.title,
        "party": letter.party,
        "day": write_day(row.created_at, locale),
        "until": write_time(row.expires_at),
        "until_day": write_day(row.expires_at, locale),
        "outcome": "" if row.open else words.OUTCOMES[row.state].say(locale),
        "reason": words.REASONS[row.reason].say(locale) if not row.open and row.reason in words.REASONS else "",
    }


ROUTES = (
    Route(PATH, show, methods=["GET"]),
    Route(f"{PATH}/events", listen, methods=["GET"]),
    Route(f"{PATH}/manifest.webmanifest", manifest, methods=["GET"]),
    Route(f"{PATH}/worker.js", worker, methods=["GET"]),
)
