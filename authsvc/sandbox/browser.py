"""A browser without scripts: follows links and redirects of one origin, fills real forms, keeps cookies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx2

from authsvc.sandbox.transport import tls


@dataclass(slots=True)
class Form:
    """A form as a person would send it: its fields with what they hold, and its buttons."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    """Forms, language and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.lang = ""
        self.text: list[str] = []
        self._inside: Form | None = None
        self._term = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._term = tag == "dt" or (self._term and tag == "dd")
        if tag == "html":
            self.lang = given.get("lang", "")
        elif tag == "form":
            self._inside = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._inside)
        elif self._inside is not None and tag == "input" and given.get("name"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self._inside.fields[given["name"]] = given.get("value", "")
        elif self._inside is not None and tag == "button":
            self._inside.buttons.append((given.get("name", ""), given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if words and self._term and self.get_starttag_text() == "<dd>":
            self.text[-1] += f": {words}"
        elif words:
            self.text.append(words)


@dataclass(slots=True)
class Page:
    """What the browser shows now. `url` is where it ended; `left` is the address at which it left our origin."""

    url: str
    status: int
    html: str
    left: str = ""

    def read(self) -> _Reader:
        """The page taken apart."""
        reader = _Reader()
        reader.feed(self.html)
        return reader

    @property
    def text(self) -> str:
        """The words of the page, a line for each piece."""
        return "\n".join(self.read().text)


class Browser:
    """One person's browser. It never leaves `origin`: a redirect elsewhere is where a page ends (`Page.left`)."""

    def __init__(self, origin: str, language: str) -> None:
        self._origin = origin
        self._client = httpx2.AsyncClient(
            headers={"accept": "text/html", "accept-language": language}, timeout=30, verify=tls()
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def open(self, url: str) -> Page:
        """Go to an address, redirects of our origin included."""
        return await self._follow(await self._client.get(urljoin(self._origin + "/", url)))

    async def submit(self, page: Page, fields: Mapping[str, str], button: str = "", at: int = 0) -> Page:
        """Fill the page's form (the one that has the button; else that at this place) and press the button."""
        forms = page.read().forms
        form = next((form for form in forms if button and any(n and v == button for n, v in form.buttons)), forms[at])
        pressed = next(((n, v) for n, v in form.buttons if n and v == button), None)
        sent = {**form.fields, **fields, **({pressed[0]: pressed[1]} if pressed else {})}
        url = urljoin(page.url, form.action)
        headers = {"origin": self._origin}
        if form.method == "get":
            return await self._follow(await self._client.get(url, params=sent))
        return await self._follow(await self._client.post(url, data=sent, headers=headers))

    async def _follow(self, response: httpx2.Response) -> Page:
        while response.is_redirect:
            target = urljoin(str(response.url), response.headers["location"])
            if not _same_origin(target, self._origin):
                return Page(str(response.url), response.status_code, "", left=target)
            response = await self._client.get(target)
        return Page(str(response.url), response.status_code, response.text)


def _same_origin(url: str, origin: str) -> bool:
    first, second = urlsplit(url), urlsplit(origin)
    return (first.scheme, first.netloc) == (second.scheme, second.netloc)
