"""Traces by the OpenTelemetry API: a span for each request, each transaction and each call of ours to another server.

Nothing is traced unless the operator names a collector (OTLP over HTTP; extra `tracing`). A span holds route templates,
methods, statuses and hosts that the operator configured: never a path, a query, an identifier or an address.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from authsvc import __version__
from authsvc.errors import ConfigurationError

_tracer: Any = None
_NONE: AbstractContextManager[None] = nullcontext()


def install(endpoint: str) -> Callable[[], None]:
    """Send this process's spans to a collector, as `…/v1/traces`; the call that sends the rest and ends it.

    ConfigurationError without the extra. Call it after a fork: sending is a thread's.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ConfigurationError("tracing_endpoint needs the extra `tracing`") from error
    provider = TracerProvider(resource=Resource({"service.name": "authsvc", "service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    use(provider)

    def end() -> None:
        use(None)
        provider.shutdown()

    return end


def use(provider: Any) -> None:
    """Spans of this process go to this provider of the OpenTelemetry API; None: nowhere."""
    global _tracer  # one a process, as the API itself has it
    _tracer = provider.get_tracer("authsvc", __version__) if provider is not None else None


def is_on() -> bool:
    """Whether anybody wants spans."""
    return _tracer is not None


def span(name: str, **attributes: str | int) -> AbstractContextManager[object]:
    """A span of our own work below the one that is open; costs nothing while nobody wants spans."""
    if _tracer is None:
        return _NONE
    return _open(name, "INTERNAL", {key.replace("_", "."): value for key, value in attributes.items()})


def call_span(method: str, host: str) -> AbstractContextManager[object]:
    """A span of a call to another server."""
    if _tracer is None:
        return _NONE
    return _open(method, "CLIENT", {"http.request.method": method, "server.address": host})


@contextmanager
def _open(name: str, kind: str, attributes: Mapping[str, str | int]) -> Generator[object]:
    """An exception marks the span by its type alone: its words may be about a person."""
    from opentelemetry.trace import SpanKind, Status, StatusCode

    with _tracer.start_as_current_span(
        name, kind=SpanKind[kind], attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as opened:
        try:
            yield opened
        except Exception as error:
            opened.set_attribute("error.type", type(error).__name__)
            opened.set_status(Status(StatusCode.ERROR))
            raise


@contextmanager
def request_span(method: str, trace: str, parent: str) -> Generator[Any]:
    """The span of a request, in this trace (32 hex digits), below the caller's (16 hex digits; "": it has none)."""
    from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags, set_span_in_context

    # A request without a parent is given one that nobody sends, so that the trace is the one that its log lines name.
    above = SpanContext(int(trace, 16), int(parent or trace[:16], 16) or 1, is_remote=True, trace_flags=TraceFlags(1))
    with _tracer.start_as_current_span(
        method,
        context=set_span_in_context(NonRecordingSpan(above)),
        kind=SpanKind.SERVER,
        attributes={"http.request.method": method},
        record_exception=False,
    ) as opened:
        yield opened


def tell(opened: Any, method: str, route: str, status: int) -> None:
    """What became of the request: its route's template and status; a fault of ours is an error."""
    from opentelemetry.trace import Status, StatusCode

    opened.update_name(f"{method} {route}")
    opened.set_attributes({"http.route": route, "http.response.status_code": status})
    if status >= 500:
        opened.set_status(Status(StatusCode.ERROR))
