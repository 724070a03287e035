"""The operators' page about switches: what is stopped, stopping, and starting again by approval.

Whoever lacks the role finds nothing here. Stopping takes one form and one person; it acts on all processes at once.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import restarts
from authsvc.confirm import Answerer
from authsvc.errors import InvalidRequest
from authsvc.switches import ALL, KINDS
from authsvc.web.dates import write_moment
from authsvc.web.evidence_pages import signed_in
from authsvc.web.pages import language_of, read_form, redirect, render, service_of

PAGE = "/staff/switches"


async def show(request: Request, answerer: Answerer) -> Response:
    """GET /staff/switches: what is stopped; what enough persons have approved starts again here."""
    await restarts.settle(service_of(request), answerer)
    return await _page(request, answerer)


async def act(request: Request, answerer: Answerer) -> Response:
    """POST /staff/switches: stop; or start again, by a confirmation where persons must approve it."""
    svc = service_of(request)
    fields = await read_form(request)
    kind, object_ = fields.get("kind", ""), fields.get("object", "").strip() or ALL
    if fields.get("action") == "start":
        asked = await restarts.start(svc, answerer, kind, object_)
        return redirect(f"/confirm/{asked}" if asked else PAGE)
    try:
        await restarts.stop(svc, answerer, kind, object_, fields.get("ground", "").strip())
    except InvalidRequest:
        return await _page(request, answerer, wrong=True)
    return redirect(PAGE)


async def _page(request: Request, answerer: Answerer, *, wrong: bool = False) -> Response:
    locale = language_of(request)
    told = [
        {
            "kind": row.kind,
            "object": row.object,
            "since": write_moment(row.since, locale),
            "needed": standing is not None,
            "approved": len({each.person for each in standing.approved}) if standing else 0,
            "declined": standing is not None and standing.declined,
        }
        for row, standing in await restarts.stopped(service_of(request), answerer)
    ]
    return render(request, "desk_switches.html", status=422 if wrong else 200, stopped=told, kinds=KINDS, wrong=wrong)


ROUTES = (
    Route(PAGE, signed_in(show, PAGE), methods=["GET"]),
    Route(PAGE, signed_in(act, PAGE), methods=["POST"]),
)
