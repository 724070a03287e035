"""The support desk's page: a person is looked up for a purpose, and their masked timeline shown.

Everything goes by POST: no address of ours ever holds a person's number.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import lookups, staff
from authsvc.confirm import Answerer
from authsvc.errors import InvalidRequest
from authsvc.lookups import PURPOSES, ROLE, Found
from authsvc.oidc import clients
from authsvc.web.dates import write_moment
from authsvc.web.evidence_pages import signed_in
from authsvc.web.pages import language_of, read_form, render, service_of
from confirmations import words
from confirmations.errors import StatementRefused


async def ask(request: Request, answerer: Answerer) -> Response:
    """GET /staff/people: the form."""
    await staff.demand(service_of(request), answerer.account, answerer.acr, ROLE)
    return _page(request)


async def look_up(request: Request, answerer: Answerer) -> Response:
    """POST /staff/people: the person, or that there is none; without a purpose, nothing at all."""
    svc = service_of(request)
    await staff.demand(svc, answerer.account, answerer.acr, ROLE)
    fields = await read_form(request)
    wanted, purpose, ground = (fields.get(name, "") for name in ("wanted", "purpose", "ground"))
    try:
        found = await lookups.look_up(svc, answerer, wanted, purpose, ground)
    except (InvalidRequest, StatementRefused):
        return _page(request, wrong=True, given={"wanted": wanted, "purpose": purpose, "ground": ground})
    return _page(request, found=found, lines=await _lines(request, found), done=True)


async def _lines(request: Request, found: Found | None) -> list[dict[str, object]]:
    """The timeline: which act, who asked, how far it came and when; nothing of what it said."""
    svc, locale = service_of(request), language_of(request)
    lines: list[dict[str, object]] = []
    for row in found.requests if found else ():
        party = await clients.find(svc, row.client_id)
        ended = row.state in words.OUTCOMES
        lines.append(
            {
                "act": words.ACTS[row.act].say(locale) if row.act in words.ACTS else row.act,
                "party": party.name[locale] if party else row.client_id,
                "method": words.METHODS[row.method].say(locale),
                "sends": row.sends,
                "state": words.OUTCOMES[row.state].say(locale) if ended else "",
                "code": row.state,
                "begun": write_moment(row.created_at, locale),
                "ended": write_moment(row.ended_at, locale) if row.ended_at else "",
            }
        )
    return lines


def _page(
    request: Request,
    *,
    found: Found | None = None,
    lines: list[dict[str, object]] | None = None,
    done: bool = False,
    wrong: bool = False,
    given: Mapping[str, str] | None = None,
) -> Response:
    locale = language_of(request)
    methods = [words.METHODS[each].say(locale) for each in found.methods if each in words.METHODS] if found else []
    return render(
        request,
        "desk_people.html",
        status=422 if wrong else 200,
        purposes=PURPOSES,
        found=found,
        methods=methods,
        lines=lines or [],
        done=done,
        wrong=wrong,
        given={"wanted": "", "purpose": "", "ground": "", **(given or {})},
    )


_ROUTES = (
    ("/staff/people", ask, "GET", "/staff/people"),
    ("/staff/people", look_up, "POST", "/staff/people"),
)
ROUTES = tuple(Route(path, signed_in(endpoint, back), methods=[method]) for path, endpoint, method, back in _ROUTES)
