"""SMS by an HTTP gateway against a real server on loopback, with its faults."""

import json
import logging
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import pytest

from authsvc.gateways import HttpGateway
from authsvc.outside import Accepted, Message, Permanent, Temporary, Unusable
from authsvc.outside.guard import Guard
from authsvc.outside.http import Http
from authsvc.outside.sms import HttpSms
from tests.peers.web import Answer, WebServer

pytestmark = pytest.mark.anyio

MESSAGE = Message("sms", "+77010000001", 'Код {id} "1234"\nқұпия & {secret}', "r1", "1234", id="0198-1")
BODY = {"messages": [{"to": "{to}", "text": "{text}", "from": "{sender}", "ref": "bank-{id}"}], "flash": False}


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with WebServer().serving() as peer:
        yield peer


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    client = Http()
    yield client
    await client.close()


def gateway(server: WebServer, **changes: object) -> HttpGateway:
    said = {
        "name": "kcell",
        "carries": "sms",
        "url": server.url,
        "body": BODY,
        "headers": {"Authorization": "Bearer {secret}"},
        "sender": "Kerege",
        "secret": "t0ken",
        "seconds": 60.0,
    }
    return HttpGateway(**{**said, **changes})  # type: ignore[arg-type]


async def send(server: WebServer, http: Http, **changes: object) -> object:
    return await HttpSms(gateway(server, **changes), http, Guard(sandbox=True)).send(MESSAGE)


async def test_a_template_is_filled_in_as_json_and_no_text_becomes_structure(server: WebServer, http: Http) -> None:
    assert await send(server, http) == Accepted("0198-1")
    [heard] = server.heard
    assert json.loads(heard.body) == {
        "messages": [{"to": "+77010000001", "text": MESSAGE.text, "from": "Kerege", "ref": "bank-0198-1"}],
        "flash": False,
    }
    assert heard.headers["authorization"] == "Bearer t0ken"
    assert heard.headers["content-type"] == "application/json"


async def test_a_form_is_encoded(server: WebServer, http: Http) -> None:
    assert await send(server, http, form=True, body={"phone": "{to}", "mes": "{text}", "psw": "{secret}"})
    assert parse_qs(server.heard[0].body.decode()) == {
        "phone": ["+77010000001"],
        "mes": [MESSAGE.text],
        "psw": ["t0ken"],
    }


async def test_no_personal_data_stands_in_the_address_or_in_logs(
    server: WebServer, http: Http, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for status in (200, 400, 401, 503):
        server.always = Answer(status, b'{"error": "+77010000001"}')
        await send(server, http)
    assert {heard.line for heard in server.heard} == {"POST /in HTTP/1.1"}
    for secret in ("7701", "1234", "t0ken"):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer(200), Accepted("0198-1")),
        (Answer(202), Accepted("0198-1")),
        (Answer(429, headers=(("retry-after", "120"),)), Temporary(120_000, "http_429")),
        (Answer(429, headers=(("retry-after", "9" * 30),)), Temporary(10_000, "http_429")),
        (Answer(408), Temporary(10_000, "http_408")),
        (Answer(500), Temporary(10_000, "http_500")),
        (Answer(503), Temporary(10_000, "http_503")),
        (Answer(400), Permanent("http_400")),
        (Answer(422), Permanent("http_422")),
        (Answer(401), Unusable("http_401")),
        (Answer(403), Unusable("http_403")),
        (Answer(404), Unusable("http_404")),
        (Answer(302, headers=(("location", "http://127.0.0.1/else"),)), Unusable("http_302")),
        (Answer(200, b"x" * 100, cut=50), Temporary(10_000, "unreachable")),
        (Answer(200, b"x" * 100_000), Temporary(10_000, "unreachable")),
        (Answer(200, b"", headers=(("content-encoding", "gzip"),)), Temporary(10_000, "unreachable")),
    ],
)
async def test_what_an_answer_is_taken_for(server: WebServer, http: Http, answer: Answer, verdict: object) -> None:
    server.always = answer
    assert await send(server, http) == verdict


async def test_a_server_that_says_nothing_or_is_not_there_is_tried_again_later(http: Http) -> None:
    async with WebServer(always=Answer(silent=True)).serving() as server:
        assert await send(server, http, seconds=0.3) == Temporary(10_000, "unreachable")
    assert await send(server, http) == Temporary(10_000, "unreachable")


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (b'{"code": 0, "data": [{"id": "a-17"}]}', Accepted("a-17")),
        (b'{"code": "0", "data": []}', Accepted("0198-1")),
        (b'{"code": 9}', Temporary(10_000, "gateway_code")),
        (b'{"code": 3}', Permanent("gateway_code")),
        (b"{}", Permanent("gateway_code")),
        (b"[]", Permanent("gateway_code")),
        (b"<html>", Temporary(10_000, "no_json")),
    ],
)
async def test_a_code_in_the_answer_decides_where_the_settings_name_one(
    server: WebServer, http: Http, body: bytes, verdict: object
) -> None:
    server.always = Answer(200, body)
    said = {"answer_code": "/code", "accepted": ("0",), "temporary": ("9",), "answer_id": "/data/0/id"}
    assert await send(server, http, **said) == verdict


async def test_a_private_host_is_reached_only_where_the_settings_say_that_it_is_ours(
    server: WebServer, http: Http
) -> None:
    known = gateway(server, url=f"https://127.0.0.1:{server.port}/in")
    closed = HttpSms(known, http, Guard())
    assert await closed.send(MESSAGE) == Temporary(10_000, "unreachable")
    assert await closed.probe() == "a host inside a private network"
    assert server.heard == []
    assert await HttpSms(known, http, Guard(inside=frozenset({"127.0.0.1"}))).probe() == ""
