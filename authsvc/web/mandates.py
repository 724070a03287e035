"""Pages of mandates: a head draws one up, signs the document that is shown, and revokes it (law duties L6a, L21).

The document travels with the form between its two pages and is judged again when it comes back with the signature.
"""

from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc import accounts, mandates
from authsvc.confirm import Answerer
from authsvc.errors import InvalidRequest
from authsvc.mandates import ACTS, Document
from authsvc.web.dates import read_day, write_day
from authsvc.web.evidence_pages import DAY_MS, attachment, signed_in
from authsvc.web.notices import reader_of
from authsvc.web.pages import language_of, read_form, read_uploads, redirect, render, service_of
from confirmations.errors import StatementRefused
from confirmations.fields import CURRENCIES
from confirmations.formats import format_amount
from confirmations.words import ACTS as ACT_WORDS

JSON_FILE = "application/json"
FIELDS = ("bin", "entity", "members", "k", "single", "total", "period", "currency", "since", "until")
FIRST = {"k": "1", "single": "", "total": "", "period": "month", "currency": "KZT"}
"""What stands in the form at first, where it is not empty."""


async def list_own(request: Request, answerer: Answerer) -> Response:
    """GET /mandates: what the person granted or holds."""
    lines = await mandates.list_own(service_of(request), reader_of(request, answerer))
    return render(request, "mandates.html", mandates=[_line(request, each) for each in lines])


async def new(request: Request, _answerer: Answerer) -> Response:
    """GET /mandates/new: the form."""
    return _form(request, FIRST)


async def draw_up(request: Request, answerer: Answerer) -> Response:
    """POST /mandates/new: the document to sign; or the form again, with what was typed."""
    fields = await read_form(request)
    try:
        return _signing(request, await _document(request, answerer, fields))
    except (InvalidRequest, StatementRefused, ValueError) as error:
        member = error.message.partition(":")[0] if isinstance(error, InvalidRequest) else ""
        member = error.member if isinstance(error, StatementRefused) else member
        return _form(request, fields, member if member in (*FIELDS, "acts") else "until")


async def download(request: Request, _answerer: Answerer) -> Response:
    """POST /mandates/document: the exact bytes to sign, before there is a mandate."""
    raw = _read_base64((await read_form(request)).get("document", ""))
    return attachment(raw, JSON_FILE, f"mandate-{mandates.read_document(raw).id}.json")


async def grant(request: Request, answerer: Answerer) -> Response:
    """POST /mandates: the head's signature over the document; then the mandate's page."""
    fields, files = await read_uploads(request, ("signed",))
    raw = _read_base64(fields.get("document", ""))
    document = mandates.read_document(raw)
    try:
        made = await mandates.accept_signed(
            service_of(request), reader_of(request, answerer), raw, files["signed"].data
        )
    except InvalidRequest as error:
        if not error.message.startswith("signature"):
            raise
        return _signing(request, document, refused=True)
    return redirect(f"/mandates/{made}")


async def show(request: Request, answerer: Answerer) -> Response:
    """GET /mandates/{id}: the document in words, its state and what was spent."""
    line = await mandates.read_own(service_of(request), reader_of(request, answerer), request.path_params["id"])
    return render(request, "mandate.html", line=_line(request, line), text=_text(request, line.document))


async def document(request: Request, answerer: Answerer) -> Response:
    """GET /mandates/{id}/document: the exact bytes that were signed."""
    line = await mandates.read_own(service_of(request), reader_of(request, answerer), request.path_params["id"])
    return attachment(line.document.write(), JSON_FILE, f"mandate-{line.row.id}.json")


async def revoke(request: Request, answerer: Answerer) -> Response:
    """POST /mandates/{id}: it ends at once."""
    await read_form(request)
    mandate_id = request.path_params["id"]
    await mandates.revoke(service_of(request), reader_of(request, answerer), mandate_id)
    return redirect(f"/mandates/{mandate_id}")


async def _document(request: Request, answerer: Answerer, fields: Mapping[str, str]) -> Document:
    svc = service_of(request)
    person = await accounts.person_by_id(svc, answerer.account)
    if person is None:
        raise InvalidRequest("grantor: nobody is signed in here")
    currency = fields.get("currency", "")
    k = fields.get("k", "")
    if not (k.isascii() and k.isdigit() and len(k) < 4):
        raise InvalidRequest("k: a number is expected")
    return mandates.draw_up(
        svc,
        bin="".join(fields.get("bin", "").split()),
        entity=" ".join(fields.get("entity", "").split()),
        grantor=person.subject[4:],
        members=tuple(fields.get("members", "").split()),
        k=int(k),
        acts=tuple(act for act in ACTS if fields.get(f"act_{act}") == "yes"),
        currency=currency,
        single=_amount(fields.get("single", ""), currency, "single"),
        period=fields.get("period", ""),
        total=_amount(fields.get("total", ""), currency, "total"),
        since=read_day(fields.get("since", "")),
        until=read_day(fields.get("until", "")) + DAY_MS,
    )


def _amount(text: str, currency: str, member: str) -> int:
    """Whole units of the currency, as people type them, in its minor units; 0 for nothing."""
    digits = "".join(text.split())
    if not digits:
        return 0
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 13):
        raise InvalidRequest(f"{member}: a whole amount is expected")
    minor: int = 10 ** CURRENCIES.get(currency, 0)
    return int(digits) * minor


def _form(request: Request, given: Mapping[str, str], wrong: str = "") -> Response:
    locale = language_of(request)
    values = {name: given.get(name, "") for name in FIELDS}
    acts = [(act, ACT_WORDS[act].say(locale), given.get(f"act_{act}") == "yes") for act in ACTS]
    return render(
        request,
        "mandate_new.html",
        status=422 if wrong else 200,
        given=values,
        acts=acts,
        currencies=tuple(CURRENCIES),
        wrong=wrong,
    )


def _signing(request: Request, found: Document, *, refused: bool = False) -> Response:
    raw = found.write()
    return render(
        request,
        "mandate_sign.html",
        status=422 if refused else 200,
        text=_text(request, found),
        document=b64encode(raw).decode(),
        refused=refused,
    )


def _text(request: Request, found: Document) -> str:
    return mandates.write_text(found, language_of(request))


def _read_base64(text: str) -> bytes:
    try:
        return a2b_base64(text.encode(), strict_mode=True)
    except ValueError as error:
        raise InvalidRequest("document: base64 is expected") from error


def _line(request: Request, line: mandates.Line) -> dict[str, object]:
    locale = language_of(request)
    return {
        "id": line.row.id,
        "entity": line.document.entity,
        "state": line.state,
        "until": write_day(line.row.ends_at - 1, locale),
        "own": line.own,
        "spent": format_amount(line.spent, line.row.currency, locale) if line.row.single_limit else "",
        "may_revoke": line.state == "granted" and (line.own or len(line.document.members) == 1),
    }


_ROUTES = (
    ("/mandates", list_own, "GET", "/mandates"),
    ("/mandates", grant, "POST", "/mandates/new"),
    ("/mandates/new", new, "GET", "/mandates/new"),
    ("/mandates/new", draw_up, "POST", "/mandates/new"),
    ("/mandates/document", download, "POST", "/mandates/new"),
    ("/mandates/{id}", show, "GET", "/mandates/{id}"),
    ("/mandates/{id}", revoke, "POST", "/mandates/{id}"),
    ("/mandates/{id}/document", document, "GET", "/mandates/{id}"),
)
ROUTES = tuple(Route(path, signed_in(endpoint, back), methods=[method]) for path, endpoint, method, back in _ROUTES)
