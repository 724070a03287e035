"""Cookies: the host's own prefix with https, HttpOnly always, and a doubled one is none."""

from dataclasses import replace
from http.cookies import CookieError
from pathlib import Path

import pytest
from starlette.datastructures import MutableHeaders

from authsvc.settings import Settings
from authsvc.web.cookies import BROWSER, SESSION, read_cookie, set_cookie

PLAIN = Settings(
    issuer="http://localhost:8000",
    log_origin="test.example/1",
    database="",
    keys_dir=Path("keys"),
    fence_file=Path("fence"),
    environment="test",
)
SECURE = replace(PLAIN, issuer="https://id.example.kz", environment="production", log_origin="log.example/1")


def _set(settings: Settings, value: str = "abc", max_age: int | None = None) -> str:
    headers = MutableHeaders()
    set_cookie(headers, settings, SESSION, value, max_age=max_age)
    return headers["set-cookie"]


def test_with_https_a_cookie_has_the_host_prefix_and_is_secure() -> None:
    written = _set(SECURE)
    assert written.startswith("__Host-session=abc;")
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in written
    assert "Domain" not in written


def test_on_loopback_a_cookie_is_neither_secure_nor_named_as_if_it_were() -> None:
    written = _set(PLAIN)
    assert written.startswith("authsvc-session=abc;")
    assert "Secure" not in written
    assert "HttpOnly" in written


def test_a_session_cookie_goes_with_the_browser_and_an_ended_one_at_once() -> None:
    assert "Max-Age" not in _set(SECURE)
    assert "Max-Age=0" in _set(SECURE, "", 0)


def test_a_cookie_is_read_by_its_own_name() -> None:
    header = "__Host-browser=one; __Host-session=two; session=three; authsvc-session=four"
    assert read_cookie(header, SECURE, BROWSER) == "one"
    assert read_cookie(header, SECURE, SESSION) == "two"
    assert read_cookie(header, PLAIN, SESSION) == "four"


def test_attack_a_cookie_tossed_beside_the_right_one_makes_both_unread() -> None:
    assert read_cookie("__Host-session=right; __Host-session=tossed", SECURE, SESSION) is None


@pytest.mark.parametrize("value", ["", "a b", 'a"b', "a;b", "ж", "x" * 129])
def test_a_value_outside_the_alphabet_is_none(value: str) -> None:
    assert read_cookie(f"__Host-session={value}", SECURE, SESSION) != value


def test_attack_a_value_that_would_write_another_header_is_refused() -> None:
    with pytest.raises(CookieError):
        _set(SECURE, "a\r\nset-cookie: b")
