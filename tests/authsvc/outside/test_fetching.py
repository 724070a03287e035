"""Fetching revocation data: only from hosts on the list, never inside, bounded, shared, and with rest for who fails."""

import asyncio
from hashlib import sha256

import pytest

from authsvc.clock import HandClock
from authsvc.outside import fetching
from authsvc.outside.fetching import FAILURES, KEPT_MS, REST_MS, Fetcher, Tried
from authsvc.outside.guard import Guard
from signatures import Want, WantKind
from tests.authsvc.outside.network import Network

pytestmark = pytest.mark.anyio

CRL = "http://1.1.1.1/a.crl"
OCSP = "http://1.1.1.1/ocsp"
LIST = b"\x30" + bytes(100)
NOW = 1_795_000_000_000


def want(*urls: str, kind: WantKind = WantKind.CRL, serial: str = "1", request: str = "") -> Want:
    return Want(kind, "CN=CA", "CN=Leaf", serial, urls=urls, request=request)


def fetcher_on(network: Network, *hosts: str, clock: HandClock | None = None) -> Fetcher:
    return Fetcher(network.http(), Guard(), hosts or ("1.1.1.1:80",), clock or HandClock(NOW))


def until(data: bytes, end: int) -> dict[str, int]:
    return {sha256(data).hexdigest(): end}


async def test_a_list_is_fetched_from_a_host_on_the_list() -> None:
    network = Network()
    network.put(CRL, LIST)
    fetcher = fetcher_on(network)
    assert await fetcher.find([want(CRL)], Tried()) == [LIST]
    assert network.asked == [CRL]


async def test_the_ocsp_responder_is_asked_first_and_the_list_only_when_it_has_nothing() -> None:
    network, tried = Network(), Tried()
    network.put(OCSP, lambda request: b"\x30answer" + request)
    network.put(CRL, LIST)
    fetcher = fetcher_on(network)
    wants = [want(CRL), want(OCSP, kind=WantKind.OCSP, request="3003020101")]
    assert await fetcher.find(wants, tried) == [b"\x30answer" + bytes.fromhex("3003020101")]
    assert await fetcher.find(wants, tried) == [LIST]
    assert await fetcher.find(wants, tried) == []
    assert network.asked == [OCSP, CRL]


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8/a.crl",
        "http://1.1.1.1:8080/a.crl",
        "https://1.1.1.1/a.crl",
        "ldap://1.1.1.1/cn=a",
        "file:///etc/passwd",
        "http://1.1.1.1@8.8.8.8/a.crl",
        "http://8.8.8.8#@1.1.1.1/a.crl",
        "http://1.1.1.1.example/a.crl",
        "http://[::1",
        "http://",
        "//1.1.1.1/a.crl",
        "",
    ],
)
async def test_whoever_is_not_on_the_list_is_never_asked(url: str) -> None:
    network = Network()
    assert await fetcher_on(network).find([want(url)], Tried()) == []
    assert network.asked == []


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1:80", "http://127.0.0.1/a.crl"),
        ("localhost:80", "http://localhost/a.crl"),
        ("10.1.2.3:80", "http://10.1.2.3/a.crl"),
        ("169.254.169.254:80", "http://169.254.169.254/latest"),
        ("::1:80", "http://[::1]/a.crl"),
        ("::ffff:10.0.0.1:80", "http://[::ffff:10.0.0.1]/a.crl"),
    ],
)
async def test_an_address_inside_is_not_reached_even_when_the_list_names_it(host: str, url: str) -> None:
    network = Network()
    network.put(url, LIST)
    assert await fetcher_on(network, host).find([want(url)], Tried()) == []
    assert network.asked == []


async def test_no_certificate_is_fetched() -> None:
    network = Network()
    network.put(CRL, LIST)
    assert await fetcher_on(network).find([want(CRL, kind=WantKind.ISSUER)], Tried()) == []
    assert network.asked == []


async def test_a_redirect_is_not_followed() -> None:
    network = Network()
    network.put(CRL, LIST, 302, location="http://1.1.1.1/b.crl")
    network.put("http://1.1.1.1/b.crl", LIST)
    assert await fetcher_on(network).find([want(CRL)], Tried()) == []
    assert network.asked == [CRL]


@pytest.mark.parametrize(
    ("body", "status", "headers"),
    [(b"", 200, {}), (LIST, 404, {}), (LIST, 200, {"content_encoding": "gzip"})],
    ids=["empty", "missing", "compressed"],
)
async def test_an_answer_with_nothing_in_it_is_none(body: bytes, status: int, headers: dict[str, str]) -> None:
    network = Network()
    network.put(CRL, body, status, **headers)
    assert await fetcher_on(network).find([want(CRL)], Tried()) == []


async def test_an_answer_that_is_too_long_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "CRL_BYTES", 50)
    network = Network()
    network.put(CRL, LIST)
    assert await fetcher_on(network).find([want(CRL)], Tried()) == []


async def test_a_second_address_is_tried_when_the_first_fails() -> None:
    network = Network()
    network.put("http://1.1.1.1/b.crl", LIST)
    assert await fetcher_on(network).find([want(CRL, "http://1.1.1.1/b.crl")], Tried()) == [LIST]


async def test_who_fails_again_and_again_is_left_alone_for_a_while() -> None:
    network, clock = Network(), HandClock(NOW)
    fetcher = fetcher_on(network, clock=clock)
    for _ in range(FAILURES + 2):
        assert await fetcher.find([want(CRL)], Tried()) == []
    assert len(network.asked) == FAILURES
    network.put("http://1.1.1.1/other.crl", LIST)
    assert await fetcher.find([want("http://1.1.1.1/other.crl")], Tried()) == [LIST]
    network.put(CRL, LIST)
    assert await fetcher.find([want(CRL)], Tried()) == []
    clock.move(REST_MS)
    assert await fetcher.find([want(CRL)], Tried()) == [LIST]


async def test_what_proved_right_is_kept_to_its_end_and_what_did_not_is_not_kept() -> None:
    network, clock = Network(), HandClock(NOW)
    network.put(CRL, LIST)
    fetcher = fetcher_on(network, clock=clock)
    tried = Tried()
    await fetcher.find([want(CRL)], tried)
    fetcher.keep(tried, {})
    await fetcher.find([want(CRL)], tried := Tried())
    assert len(network.asked) == 2
    fetcher.keep(tried, until(LIST, NOW + 1000))
    assert await fetcher.find([want(CRL)], Tried()) == [LIST]
    assert len(network.asked) == 2
    clock.move(1000)
    assert await fetcher.find([want(CRL)], Tried()) == [LIST]
    assert len(network.asked) == 3


async def test_a_list_that_is_long_in_force_is_looked_at_again_within_the_hour() -> None:
    network, clock = Network(), HandClock(NOW)
    network.put(CRL, LIST)
    fetcher = fetcher_on(network, clock=clock)
    await fetcher.find([want(CRL)], tried := Tried())
    fetcher.keep(tried, until(LIST, NOW + 100 * KEPT_MS))
    clock.move(KEPT_MS)
    await fetcher.find([want(CRL)], Tried())
    assert len(network.asked) == 2


async def test_what_was_kept_and_is_still_wanted_is_asked_for_anew_in_the_same_case() -> None:
    network, newer = Network(), b"\x30" + bytes(101)
    network.put(CRL, LIST)
    fetcher = fetcher_on(network)
    await fetcher.find([want(CRL)], tried := Tried())
    fetcher.keep(tried, until(LIST, NOW + 1000))
    network.put(CRL, newer)
    tried = Tried()
    assert await fetcher.find([want(CRL)], tried) == [LIST]
    assert await fetcher.find([want(CRL)], tried) == [newer]
    assert await fetcher.find([want(CRL)], tried) == []


async def test_what_is_kept_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "KEPT_BYTES", 250)
    network = Network()
    fetcher = fetcher_on(network)
    for n in range(5):
        url, data = f"http://1.1.1.1/{n}.crl", LIST + bytes([n])
        network.put(url, data)
        await fetcher.find([want(url)], tried := Tried())
        fetcher.keep(tried, until(data, NOW + 1000))
    for n in (4, 3, 0):
        await fetcher.find([want(f"http://1.1.1.1/{n}.crl")], Tried())
    assert network.asked[5:] == ["http://1.1.1.1/0.crl"]


async def test_several_that_need_the_same_at_once_share_one_exchange() -> None:
    network = Network(open=asyncio.Event())
    assert network.open is not None
    network.put(CRL, LIST)
    fetcher = fetcher_on(network)
    asked = [asyncio.create_task(fetcher.find([want(CRL)], Tried())) for _ in range(5)]
    await network.reached.wait()
    network.open.set()
    assert await asyncio.gather(*asked) == [[LIST]] * 5
    assert network.asked == [CRL]
    await fetcher.close()
