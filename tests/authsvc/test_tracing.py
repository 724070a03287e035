"""Traces: what a collector hears of requests, transactions and calls, and what it must never hear."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from authsvc import tracing
from authsvc.outside.http import Http
from authsvc.store.postgres import open_postgres
from tests.authsvc.web.conftest import PASSWORD, House
from tests.authsvc.web.conftest import house as house
from tests.peers.web import Answer, WebServer

pytestmark = pytest.mark.anyio
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def seen() -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use(provider)
    yield exporter
    tracing.use(None)


async def test_a_request_is_a_span_below_its_callers_and_says_nothing_of_a_person(
    house: House, seen: InMemorySpanExporter
) -> None:
    parent = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
    await house.client().post(
        "/login?login=aigul1", data={"login": house.person.login, "password": PASSWORD}, headers=parent
    )
    await house.client().get("/" + house.person.login)
    first, second = seen.get_finished_spans()
    assert f"{first.context.trace_id:032x}" == TRACE
    assert first.parent is not None
    assert f"{first.parent.span_id:016x}" == SPAN
    assert (first.kind, first.name) == (SpanKind.SERVER, "POST /login")
    assert dict(first.attributes or {})["http.route"] == "/login"
    assert dict(second.attributes or {})["http.response.status_code"] == 404
    told = " ".join(each.to_json() for each in (first, second))
    assert "aigul" not in told
    assert PASSWORD not in told


async def test_a_fault_is_an_error_without_its_words(house: House, seen: InMemorySpanExporter) -> None:
    with pytest.raises(RuntimeError), tracing.span("work"):
        raise RuntimeError("900101300017")
    (span,) = seen.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert dict(span.attributes or {}) == {"error.type": "RuntimeError"}
    assert "900101300017" not in span.to_json()


async def test_transactions_and_calls_are_spans(postgres_url: str, seen: InMemorySpanExporter) -> None:
    store, http = await open_postgres(postgres_url), Http()
    await store.transact(lambda tx: tx.one("select 1 as one"))
    async with WebServer(Answer(200)).serving() as server:
        await http.call(server.url, seconds=60, largest=100)
    await http.close()
    await store.close()
    transaction, call = seen.get_finished_spans()
    assert (transaction.name, call.name, call.kind) == ("transaction", "GET", SpanKind.CLIENT)
    assert dict(call.attributes or {}) == {"http.request.method": "GET", "server.address": "127.0.0.1"}


async def test_a_collector_gets_the_spans_by_otlp(house: House) -> None:
    async with WebServer(Answer(200)).serving() as server:
        end = await asyncio.to_thread(tracing.install, server.url)
        await house.client().get("/health/live")
        await asyncio.to_thread(end)
        assert not tracing.is_on()
    (heard,) = server.heard
    assert heard.headers["content-type"] == "application/x-protobuf"
    assert b"authsvc" in heard.body
    assert b"GET /health/live" in heard.body
