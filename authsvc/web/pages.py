"""Server-rendered pages: one way to render, one way to read a form (OWASP ASVS 5.0 3.4 and 3.5; RFC 9700 4.16).

For other pages of `web`:

    render(request, "name.html", status=200, **context) -> Response
        Jinja2 with autoescape; `t(code, **values)`, `locale`, `organisation`, `form_token` and `day(ms)` are there.
    fields = await read_form(request)
        the fields of a POST, or FormRefused unless our page in this browser sent it. Every form carries
        `<input type="hidden" name="form_token" value="{{ form_token }}">`.
    redirect(request, url) -> Response
        303, so that no form data is ever sent on.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from authsvc.errors import InvalidRequest
from authsvc.keys import b64url
from authsvc.service import Service
from authsvc.web.cookies import BROWSER, LANGUAGE, LANGUAGE_S, SESSION, read_cookie, set_cookie
from authsvc.web.dates import write_day
from authsvc.web.errors import FormRefused
from authsvc.web.words import LOCALES, say

LANGUAGES = (("kk", "Қазақша"), ("ru", "Русский"), ("en", "English"))
MAX_FIELDS = 100
MAX_FIELD_BYTES = 64 * 1024
"""Of one field of a form with a file."""
BROWSER_BYTES = 32


@lru_cache(maxsize=1)
def templates() -> Environment:
    """The templates, parsed once; an unknown name in one is an error, not an empty place."""
    return Environment(
        loader=PackageLoader("authsvc.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def templates_content() -> bytes:
    """The templates as the record of them commits to them: name and SHA-256, a line each, sorted."""
    folder = Path(__file__).parent / "templates"
    named = sorted(folder.glob("*.html"))
    return "".join(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n" for path in named).encode()


def service_of(request: Request) -> Service:
    """The service behind this app."""
    svc: Service = request.app.state.svc
    return svc


def language_of(request: Request) -> str:
    """kk, ru or en: by ui_locales of this URL, then by the cookie, then by Accept-Language; else Kazakh."""
    asked = request.query_params.get("ui_locales", "").split()
    remembered = read_cookie(request.headers.get("cookie", ""), service_of(request).settings, LANGUAGE)
    accepted = [part.split(";", 1)[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    for tag in (*asked, remembered or "", *accepted):
        language = tag.split("-", 1)[0].lower()
        if language in LOCALES:
            return language
    return LOCALES[0]


def browser_of(request: Request) -> str | None:
    """The browser's own random value, from its cookie."""
    return read_cookie(request.headers.get("cookie", ""), service_of(request).settings, BROWSER)


def session_token_of(request: Request) -> str | None:
    """The session's token, from its cookie; whether it still opens a session is another question."""
    return read_cookie(request.headers.get("cookie", ""), service_of(request).settings, SESSION)


def new_browser(request: Request) -> str:
    """A fresh value for the browser's cookie."""
    return b64url(service_of(request).entropy(BROWSER_BYTES))


def render(
    request: Request,
    name: str,
    *,
    status: int = 200,
    form_action: Sequence[str] = (),
    script: bool = False,
    locale: str = "",
    **context: object,
) -> Response:
    """A page from the template of this name, in the request's language, or in this `locale`.

    `form_action`: origins besides ours to which the page's forms may lead (a verified redirect URI's). `script`: the
    page has one of our own script files. Sets the browser's cookie when it has none, since a form token binds to it.
    """
    svc = service_of(request)
    locale = locale or language_of(request)
    browser = browser_of(request)
    fresh = new_browser(request) if browser is None else ""
    html = (
        templates()
        .get_template(name)
        .render(
            t=partial(_say, locale),
            day=partial(_day, locale),
            locale=locale,
            languages=LANGUAGES,
            in_language=partial(_in_language, request),
            organisation=svc.settings.organisation,
            is_test=svc.settings.environment == "test",
            form_token=form_token_of(svc, session_token_of(request) or browser or fresh),
            **context,
        )
    )
    headers = {"content-security-policy": policy(form_action, script=script), "content-language": locale}
    response = HTMLResponse(html, status, headers)
    if fresh:
        set_cookie(response.headers, svc.settings, BROWSER, fresh)
    if "ui_locales" in request.query_params:
        set_cookie(response.headers, svc.settings, LANGUAGE, locale, max_age=LANGUAGE_S)
    return response


def policy(form_action: Sequence[str] = (), *, script: bool = False) -> str:
    """The Content-Security-Policy of a page: our own style sheet, our own scripts if any, nothing inline, no frame."""
    scripts = "'self'" if script else "'none'"
    calls = "connect-src 'self'; manifest-src 'self'; worker-src 'self'; " if script else ""
    targets = " ".join(("'self'", *form_action))
    return (
        f"default-src 'none'; style-src 'self'; img-src 'self'; script-src {scripts}; {calls}base-uri 'none'; "
        f"form-action {targets}; frame-ancestors 'none'"
    )


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a form of ours, each once. Raises FormRefused, InvalidRequest."""
    demand_same_site(request)
    pairs = await read_pairs(request)
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise InvalidRequest("a field is given more than once")
    _demand_token(request, fields)
    return fields


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form; both members are empty where none was chosen."""

    name: str = ""
    data: bytes = b""


async def read_upload(request: Request, file: str) -> tuple[Mapping[str, str], str, bytes]:
    """(fields, the file's name, its bytes) of a form of ours with one file, both empty where none was chosen.

    Raises FormRefused, InvalidRequest. The edge bounds the size.
    """
    fields, files = await read_uploads(request, (file,))
    return fields, files[file].name, files[file].data


async def read_uploads(request: Request, names: Sequence[str]) -> tuple[Mapping[str, str], Mapping[str, Upload]]:
    """The fields, and each of these files, of a form of ours. Raises FormRefused, InvalidRequest."""
    demand_same_site(request)
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise InvalidRequest("content-type: multipart/form-data is needed")
    async with request.form(max_files=len(names), max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_BYTES) as form:
        pairs = form.multi_items()
        fields = {name: value for name, value in pairs if isinstance(value, str)}
        uploads = {name: value for name, value in pairs if isinstance(value, UploadFile)}
        if len(fields) + len(uploads) != len(pairs) or not uploads.keys() <= set(names):
            raise InvalidRequest("a field is given more than once")
        _demand_token(request, fields)
        read = {name: Upload(upload.filename or "", await upload.read()) for name, upload in uploads.items()}
        return fields, {name: read.get(name, Upload()) for name in names}


def _demand_token(request: Request, fields: Mapping[str, str]) -> None:
    """FormRefused unless the form's token is that of this browser's session."""
    bound_to = session_token_of(request) or browser_of(request)
    given = fields.get("form_token", "")
    if bound_to is None or not hmac.compare_digest(
        given.encode(), form_token_of(service_of(request), bound_to).encode()
    ):
        raise FormRefused


async def read_pairs(request: Request) -> list[tuple[str, str]]:
    """The pairs of an urlencoded body, as sent. Raises InvalidRequest for another kind of body."""
    kind = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise InvalidRequest("content-type: application/x-www-form-urlencoded is needed")
    return parse_pairs(await request.body())


def parse_pairs(body: bytes) -> list[tuple[str, str]]:
    """The pairs of an urlencoded text. Raises InvalidRequest."""
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise InvalidRequest(f"the form is not UTF-8, or has more than {MAX_FIELDS} fields") from error


def demand_same_site(request: Request) -> None:
    """FormRefused for a POST that another site made: by Sec-Fetch-Site where sent, else by Origin."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise FormRefused
        return
    origin = request.headers.get("origin")
    if origin is not None and origin != service_of(request).settings.issuer:
        raise FormRefused


def redirect(url: str) -> Response:
    """303 See Other: the next request is a GET without this one's body (FAPI 2.0: never 307 with credentials)."""
    return Response(status_code=303, headers={"location": url})


def form_token_of(svc: Service, bound_to: str) -> str:
    """The form token of a session's token, or of a browser's value where nobody is signed in."""
    return b64url(svc.keys.mac("form", bound_to.encode()))


def _say(locale: str, code: str, **values: object) -> str:
    return say(code, locale, **values)


def _day(locale: str, ms: int) -> str:
    return write_day(ms, locale)


def _in_language(request: Request, locale: str) -> str:
    """The same page in another language."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "ui_locales"]
    return "?" + urlencode([*kept, ("ui_locales", locale)])
