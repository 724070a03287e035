"""A person's evidence in their own session (law duty L15): records with their proofs, what was handed out, own export.

Whoever is not signed in is sent to sign in, whatever the address names; to anybody whom a record is not about, there is
nothing there. No page has personal data in its address.
"""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from authsvc import accounts, disputes, exports
from authsvc.confirm import Answerer
from authsvc.errors import InvalidRequest, NotFound
from authsvc.evidence import words as evidence_words
from authsvc.evidence.report_blocks import Block, Points, Sentence, Shown, SideBySide, Table, make_visible
from authsvc.evidence.report_pdf import can_write
from authsvc.exports import OwnRecord, View
from authsvc.oidc import clients
from authsvc.service import Service
from authsvc.store.exports import ExportRow
from authsvc.web.callers import answerer_of
from authsvc.web.dates import read_day, write_day, write_moment
from authsvc.web.pages import language_of, read_form, redirect, render, service_of
from authsvc.web.words import say
from confirmations.assurance import MULTI, meets

DAY_MS = 24 * 3600 * 1000
LAST_PAGE = 10_000
ZIP = "application/zip"
PDF = "application/pdf"
NOTE = "text/plain; charset=utf-8"
JWT = "application/jwt"
Endpoint = Callable[[Request, Answerer], Awaitable[Response]]


def signed_in(endpoint: Endpoint, back: str) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint for whoever is signed in with two factors; everybody else signs in first and comes back.

    `back` is the page's address, `{id}` in it filled in.
    """

    async def answer(request: Request) -> Response:
        answerer = await answerer_of(request)
        if answerer is None or not meets(answerer.acr, MULTI):
            return redirect(f"/login?return_to={back.format(**request.path_params)}")
        return await endpoint(request, answerer)

    return answer


async def subject_of(svc: Service, answerer: Answerer) -> str:
    """Who is signed in, as records name them."""
    person = await accounts.person_by_id(svc, answerer.account)
    if person is None:
        raise NotFound("there is nothing here")
    return person.subject


async def list_records(request: Request, answerer: Answerer) -> Response:
    """GET /evidence: the records about the person, newest first."""
    svc, locale, page = service_of(request), language_of(request), page_of(request)
    lines, more = await exports.list_records(svc, await subject_of(svc, answerer), page)
    records = [
        {
            "id": line.id,
            "type": evidence_words.TYPES[line.type].say(locale),
            "moment": write_moment(line.time, locale),
            "party": await _party_name(svc, line.rp, locale),
        }
        for line in lines
    ]
    return render(request, "evidence.html", records=records, page=page, more=more)


async def show_record(request: Request, answerer: Answerer) -> Response:
    """GET /evidence/{id}: what happened, what is proven and what is not, with the files to keep."""
    found = await own_record(request, answerer)
    return render(
        request,
        "record.html",
        id=found.entry.id,
        type=evidence_words.TYPES[found.entry.type].say(language_of(request)),
        record=named(found.blocks),
        state=found.state,
        receipt=bool(found.receipt),
        disputes=await _disputes(request, answerer, found),
        contestable=bool(disputes.contestable(found.entry)),
    )


async def entry(request: Request, answerer: Answerer) -> Response:
    """GET /evidence/{id}/entry: the entry's exact bytes."""
    found = await own_record(request, answerer)
    return attachment(found.settled.entry, NOTE, f"{found.entry.id}.note")


async def proof(request: Request, answerer: Answerer) -> Response:
    """GET /evidence/{id}/proof: the C2SP tlog-proof."""
    found = await own_record(request, answerer)
    return attachment(found.settled.proof, NOTE, f"{found.entry.id}.tlog-proof")


async def receipt(request: Request, answerer: Answerer) -> Response:
    """GET /evidence/{id}/receipt: the receipt of a confirmation, as its relying party has it."""
    found = await own_record(request, answerer)
    if not found.receipt:
        raise NotFound("there is nothing here")
    return attachment(found.receipt.encode(), JWT, f"{found.entry.id}.jwt")


async def list_exports(request: Request, answerer: Answerer, wrong: str = "") -> Response:
    """GET /evidence/exports: what others got about the person, and what they asked for themselves."""
    svc, locale, page = service_of(request), language_of(request), page_of(request)
    about = await exports.about_person(svc, await subject_of(svc, answerer), page)
    mine = await exports.by_person(svc, answerer.account)
    return render(
        request,
        "exports.html",
        status=422 if wrong else 200,
        about=[await _told(svc, view, locale) for view in about[: exports.PAGE]],
        mine=[
            {"id": view.row.id, "state": view.row.state, "moment": write_moment(view.row.created_at, locale)}
            for view in mine
        ],
        page=page,
        more=len(about) > exports.PAGE,
        wrong=wrong,
    )


async def ask_export(request: Request, answerer: Answerer) -> Response:
    """POST /evidence/exports: the person's own evidence, all of it or of some days."""
    fields = await read_form(request)
    try:
        since, until = period_of(fields.get("since", ""), fields.get("until", ""))
        export_id = await exports.ask_as_person(service_of(request), answerer, since, until)
    except InvalidRequest:
        return await list_exports(request, answerer, say("exports.until", language_of(request)))
    return redirect(f"/evidence/exports/{export_id}")


async def show_export(request: Request, answerer: Answerer) -> Response:
    """GET /evidence/exports/{id}: how far it is, and the package."""
    locale = language_of(request)
    view = await exports.of_person(service_of(request), answerer.account, request.path_params["id"])
    moment, kept = write_moment(view.row.created_at, locale), write_day(view.row.expires_at, locale)
    return render(request, "export.html", row=view.row, moment=moment, kept=kept, pdf=can_write(view.row.total))


async def package(request: Request, answerer: Answerer) -> Response:
    """GET /evidence/exports/{id}/package."""
    svc = service_of(request)
    view = await exports.of_person(svc, answerer.account, request.path_params["id"])
    return await send_package(svc, view.row)


async def pdf(request: Request, answerer: Answerer) -> Response:
    """GET /evidence/exports/{id}/pdf."""
    svc = service_of(request)
    view = await exports.of_person(svc, answerer.account, request.path_params["id"])
    return await send_pdf(svc, view.row)


async def send_package(svc: Service, row: ExportRow) -> Response:
    """The package, piece by piece. Conflict when it is not there."""
    headers = {
        "content-length": str(row.size),
        "content-disposition": f'attachment; filename="evidence-{row.id}.zip"',
    }
    return StreamingResponse(await exports.read_package(svc, row), 200, headers, ZIP)


async def send_pdf(svc: Service, row: ExportRow) -> Response:
    """The report as one PDF with the package inside. Conflict when it is not there."""
    return attachment(await exports.read_pdf(svc, row), PDF, f"evidence-{row.id}.pdf")


def attachment(data: bytes, media_type: str, name: str) -> Response:
    """A file to keep; no browser shows it as a page of ours."""
    return Response(data, 200, {"content-disposition": f'attachment; filename="{name}"'}, media_type)


def named(blocks: Sequence[Block]) -> list[tuple[str, Block]]:
    """The blocks with the name of their kind; what turns or hides text in them is shown by its code."""
    return [(type(block).__name__, _visible(block)) for block in blocks]


def _visible(block: Block) -> Block:
    match block:
        case Sentence(text, mark):
            return Sentence(make_visible(text), mark)
        case Points(items):
            return Points([make_visible(each) for each in items])
        case Table(rows):
            return Table([(make_visible(name), [make_visible(line) for line in lines]) for name, lines in rows])
        case Shown(label, text, locale):
            return Shown(label, make_visible(text), locale)
        case SideBySide(texts):
            return SideBySide([Shown(each.label, make_visible(each.text), each.locale) for each in texts])
        case _:
            return block


def page_of(request: Request) -> int:
    """The page's number, from 0; InvalidRequest for what is none."""
    text = request.query_params.get("page", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LAST_PAGE)) and int(text) <= LAST_PAGE):
        raise InvalidRequest("page: a number is expected")
    return int(text)


def period_of(first: str, last: str) -> tuple[int, int]:
    """(since, until) in ms of a first and a last day, (0, 0) for none. InvalidRequest for one alone, or no days."""
    if not first and not last:
        return 0, 0
    try:
        since, until = read_day(first), read_day(last) + DAY_MS
    except (ValueError, OverflowError) as error:
        raise InvalidRequest("period: two days are expected") from error
    if not 0 <= since < until:
        raise InvalidRequest("period: the last day is not before the first")
    return since, until


async def own_record(request: Request, answerer: Answerer) -> OwnRecord:
    """The record of the address, for a person whom it is about; NotFound for everybody else."""
    svc = service_of(request)
    subject = await subject_of(svc, answerer)
    return await exports.own_record(svc, subject, request.path_params["id"], language_of(request))


async def _disputes(request: Request, answerer: Answerer, found: OwnRecord) -> list[dict[str, str]]:
    """The person's own disputes over this record."""
    svc, locale = service_of(request), language_of(request)
    return [
        {"id": row.id, "state": row.state, "moment": write_moment(row.opened_at, locale)}
        for row in await disputes.about(svc.store, found.entry.id)
        if row.account == answerer.account
    ]


async def _told(svc: Service, view: View, locale: str) -> dict[str, str]:
    asked = view.application
    recipient = asked.recipient if asked else ""
    if view.row.asker == "relying_party":
        recipient = await _party_name(svc, view.row.asked_by, locale)
    return {
        "recipient": recipient or view.row.id,
        "ground": f"{asked.ground}; {asked.case_number}".removesuffix("; ") if asked else "",
        "moment": write_moment(view.row.created_at, locale),
        "record": view.row.record_id,
    }


async def _party_name(svc: Service, client_id: str, locale: str) -> str:
    party = await clients.find(svc, client_id) if client_id not in ("", "none") else None
    return party.name[locale] if party else "" if client_id == "none" else client_id


_ROUTES = (
    ("/evidence", list_records, "GET", "/evidence"),
    ("/evidence/exports", list_exports, "GET", "/evidence/exports"),
    ("/evidence/exports", ask_export, "POST", "/evidence/exports"),
    ("/evidence/exports/{id}", show_export, "GET", "/evidence/exports/{id}"),
    ("/evidence/exports/{id}/package", package, "GET", "/evidence/exports/{id}"),
    ("/evidence/exports/{id}/pdf", pdf, "GET", "/evidence/exports/{id}"),
    ("/evidence/{id}", show_record, "GET", "/evidence/{id}"),
    ("/evidence/{id}/entry", entry, "GET", "/evidence/{id}"),
    ("/evidence/{id}/proof", proof, "GET", "/evidence/{id}"),
    ("/evidence/{id}/receipt", receipt, "GET", "/evidence/{id}"),
)
ROUTES = tuple(Route(path, signed_in(endpoint, back), methods=[method]) for path, endpoint, method, back in _ROUTES)
