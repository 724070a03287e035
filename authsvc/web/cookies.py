"""Cookies: RFC 6265bis 4.1.3.2 (`__Host-`), OWASP ASVS 5.0 3.3. Every cookie is HttpOnly, SameSite=Lax and Path=/.

`__Host-` and Secure stand exactly when the issuer is https; plain http is for loopback in the sandbox. Lax, not Strict:
a relying party sends people here by a link, and their session must be seen then.
"""

import re
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import MutableHeaders

from authsvc.settings import Settings

SESSION = "session"
BROWSER = "browser"
"""Random for each browser, for as long as it is open: forms and running logins are bound to it."""
LANGUAGE = "language"
LANGUAGE_S = 365 * 24 * 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")


def name_of(settings: Settings, name: str) -> str:
    """The cookie's name on the wire."""
    return f"__Host-{name}" if settings.issuer.startswith("https://") else f"authsvc-{name}"


def read_cookie(header: str, settings: Settings, name: str) -> str | None:
    """The value, when the header holds the cookie once and in our alphabet."""
    wanted = name_of(settings, name)
    found = [value for part in header.split(";") for key, _, value in [part.strip().partition("=")] if key == wanted]
    return found[0] if len(found) == 1 and _TOKEN.fullmatch(found[0]) else None


def set_cookie(
    headers: MutableHeaders, settings: Settings, name: str, value: str, *, max_age: int | None = None
) -> None:
    """Add Set-Cookie; without `max_age` (seconds) the cookie goes when the browser closes, with 0 at once."""
    if value and not _TOKEN.fullmatch(value):
        raise CookieError("a cookie's value is of our alphabet")
    cookie: SimpleCookie = SimpleCookie()
    wire = name_of(settings, name)
    cookie[wire] = value
    morsel = cookie[wire]
    morsel["path"] = "/"
    morsel["httponly"] = True
    morsel["samesite"] = "Lax"
    if settings.issuer.startswith("https://"):
        morsel["secure"] = True
    if max_age is not None:
        morsel["max-age"] = str(max_age)
    headers.append("set-cookie", morsel.OutputString())
