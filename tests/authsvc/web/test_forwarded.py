"""Addresses behind proxies: a trusted peer's word counts, as far as trusted proxies go and no further."""

import pytest

from authsvc.web.forwarded import MOST, TrustedProxies

TRUSTED = ("10.0.0.0/8", "2001:db8:1::/48")


def seen(peer: str, value: str | None, header: str = "x-forwarded-for", networks: tuple[str, ...] = TRUSTED) -> str:
    headers = [(b"host", b"id.example.kz")]
    headers += [(header.encode(), value.encode("latin-1"))] if value is not None else []
    return TrustedProxies(networks, header).client_of(peer, headers)


@pytest.mark.parametrize(
    ("value", "client"),
    [
        ("95.56.7.8", "95.56.7.8"),
        ("1.1.1.1, 95.56.7.8", "95.56.7.8"),
        ("95.56.7.8, 10.0.0.4,10.9.9.9", "95.56.7.8"),
        ("95.56.7.8:4711", "95.56.7.8"),
        ("2a00:1450::5", "2a00:1450::5"),
        ("[2a00:1450::5]:443", "2a00:1450::5"),
        ("::ffff:95.56.7.8", "95.56.7.8"),
        ("10.0.0.9", "10.0.0.9"),
    ],
)
def test_a_trusted_proxy_says_whom_it_saw(value: str, client: str) -> None:
    assert seen("10.0.0.1", value) == client


@pytest.mark.parametrize(
    ("value", "client"),
    [
        ("for=95.56.7.8", "95.56.7.8"),
        ('for=1.1.1.1, For="95.56.7.8:4711";proto=https;by=10.0.0.4', "95.56.7.8"),
        ('for="[2a00:1450::5]:4711"', "2a00:1450::5"),
        ("for=95.56.7.8;host=evil.example, for=10.0.0.4", "95.56.7.8"),
        ('for="95.56.7.8, 1.1.1.1"', "10.0.0.1"),
        ("for=_hidden", "10.0.0.1"),
        ("for=unknown, for=10.0.0.5", "10.0.0.5"),
        ("proto=https", "10.0.0.1"),
        ('for="95.56.7.8', "10.0.0.1"),
        ("for=95.56.7.8 for=1.1.1.1", "10.0.0.1"),
        (";;;,,,", "10.0.0.1"),
    ],
)
def test_the_same_in_the_form_of_rfc_7239(value: str, client: str) -> None:
    assert seen("10.0.0.1", value, "forwarded") == client


@pytest.mark.parametrize("value", ["95.56.7.8", "10.0.0.4", ""])
def test_attack_nobody_else_is_believed(value: str) -> None:
    assert seen("95.56.0.1", value) == "95.56.0.1"
    assert seen("95.56.0.1", value, networks=()) == "95.56.0.1"
    assert seen("", value) == ""


@pytest.mark.parametrize(
    "value", ["", "evil", "95.56.7.8, ../../etc/passwd", "95.56.7.8, <script>", "1.1.1.1\t2.2.2.2", "é", "1" * 5000]
)
def test_attack_what_is_no_address_is_not_passed_on(value: str) -> None:
    assert seen("10.0.0.1", value) == "10.0.0.1"


def test_attack_a_long_row_of_proxies_ends() -> None:
    assert seen("10.0.0.1", ", ".join(["95.56.7.8", *["10.0.0.2"] * MOST])) == "10.0.0.2"


def test_attack_the_header_that_was_not_chosen_is_never_read() -> None:
    headers = [(b"x-forwarded-for", b"95.56.7.8"), (b"forwarded", b"for=203.0.113.66")]
    assert TrustedProxies(TRUSTED, "x-forwarded-for").client_of("10.0.0.1", headers) == "95.56.7.8"
    assert TrustedProxies(TRUSTED, "forwarded").client_of("10.0.0.1", headers) == "203.0.113.66"


def test_several_header_lines_are_one_list() -> None:
    headers = [(b"x-forwarded-for", b"1.1.1.1"), (b"x-forwarded-for", b"95.56.7.8, 10.0.0.4")]
    assert TrustedProxies(TRUSTED, "x-forwarded-for").client_of("10.0.0.1", headers) == "95.56.7.8"
