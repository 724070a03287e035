"""The outermost layer, pure ASGI: request id, Host check, headers of OWASP ASVS 5.0 3.4, size limit, access log.

Nothing personal is logged: a line has the route's template, never the path or the query; the address as a pseudonym.
"""

import logging
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from authsvc import tracing
from authsvc.clock import uuid7
from authsvc.errors import AuthsvcError
from authsvc.logs import PLACE, Fields, Place, Pseudonyms, describe_fault, note_refusal, parent_of, trace_of
from authsvc.metrics import Metrics
from authsvc.service import Service
from authsvc.settings import Settings
from authsvc.web.client_certificate import CERTIFICATE, CertificateProxies
from authsvc.web.errors import HostRefused, RequestTooLarge
from authsvc.web.forwarded import TrustedProxies
from authsvc.web.problems import Failure, problem

access = logging.getLogger("authsvc.access")
faults = logging.getLogger("authsvc.faults")

FORM_BYTES = 64 * 1024
"""Largest body where nothing else is said: forms and small JSON."""
BODY_LIMITS: Mapping[str, int] = {
    "/v1/signatures": 64 * 1024 * 1024,
    "/v1/": 1024 * 1024,
    "/ncanode": 64 * 1024 * 1024,
    "/eds/": 256 * 1024,
    "/signatures": 20 * 1024 * 1024,
    "/staff/exports": 6 * 1024 * 1024,
    "/staff/orders": 1024 * 1024,
}
"""Largest body in bytes by the beginning of the path; the first that fits counts."""
ANY_HOST = ("/health/", "/metrics")
"""Probes come by address; these paths say nothing that depends on the Host."""
ROUTE = "authsvc.route"
"""Where the dispatcher of hot paths leaves the template of its route in the scope."""
REQUEST_ID = "authsvc.request_id"

_DEFAULT_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def static_headers(settings: Settings) -> Mapping[str, str]:
    """Headers of every answer; those that an answer sets itself stay as they are."""
    headers = {
        "x-content-type-options": "nosniff",
        # not no-referrer: that makes browsers send `Origin: null` with our own forms
        "referrer-policy": "same-origin",
        "x-frame-options": "DENY",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), loopback-network=(), microphone=(), payment=(), usb=()",
        "content-security-policy": _DEFAULT_POLICY,
        "cache-control": "no-store",
    }
    if settings.issuer.startswith("https://"):
        headers["strict-transport-security"] = "max-age=63072000; includeSubDomains"
    return headers


class Edge:
    """Stands in front of everything else, the dispatcher of hot paths included."""

    def __init__(self, app: ASGIApp, svc: Service, *, counted: bool = True) -> None:
        settings = svc.settings
        self._app = app
        self._clock = svc.clock
        self._entropy = svc.entropy
        self._pseudonyms = Pseudonyms(svc.keys.mac)
        self._metrics = svc.metrics if counted else None
        self._proxies = TrustedProxies(settings.trusted_proxies, settings.proxy_header)
        self._certificates = CertificateProxies(settings.certificate_proxies, settings.certificate_header)
        origins = (settings.issuer, settings.mtls_origin or settings.issuer)
        self._hosts = frozenset(urlsplit(each).netloc.lower() for each in origins)
        self._headers = tuple((name.encode(), value.encode()) for name, value in static_headers(settings).items())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; what is no HTTP passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid7(self._clock.now(), self._entropy)
        passage = _Passage(scope, send, self._headers, request_id)
        before = PLACE.set(passage.place)
        self._see_client(scope)
        try:
            self._demand_host(scope)
            await self._pass(scope, _bounded(scope, receive), passage)
        except Exception as error:  # the last resort: no fault reaches the server or the sender
            await passage.fail(error)
        finally:
            passage.log(self._pseudonyms)
            if self._metrics is not None:
                passage.count(self._metrics)
            PLACE.reset(before)

    async def _pass(self, scope: Scope, receive: Receive, passage: "_Passage") -> None:
        """Through the app, inside a span where somebody wants spans."""
        if not tracing.is_on():
            await self._app(scope, receive, passage.send)
            return
        with tracing.request_span(passage.method, passage.place.trace, passage.parent) as span:
            try:
                await self._app(scope, receive, passage.send)
            except Exception as error:
                await passage.fail(error)
            tracing.tell(span, passage.method, passage.route, passage.status)

    def _see_client(self, scope: Scope) -> None:
        """Put the address of who asks in the scope, in place of a trusted proxy's, and their certificate."""
        peer = scope.get("client")
        if peer is not None:
            scope[CERTIFICATE] = self._certificates.certificate_of(peer[0], scope["headers"])
            scope["client"] = (self._proxies.client_of(peer[0], scope["headers"]), peer[1])

    def _demand_host(self, scope: Scope) -> None:
        if scope["path"].startswith(ANY_HOST):
            return
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or hosts[0].decode("latin-1").lower() not in self._hosts:
            raise HostRefused("this service does not answer for that host")


class _Passage:
    """One request on its way through: what is sent, and what is logged of it."""

    def __init__(self, scope: Scope, send: Send, headers: tuple[tuple[bytes, bytes], ...], request_id: str) -> None:
        self._scope = scope
        self._send = send
        self._headers = headers
        self._id = request_id
        parents = [value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"]
        self.place = Place(request_id, trace_of(parents, request_id))
        self.parent = parent_of(parents)[1]
        self.status = 0
        self._fault = False
        self._began = time.perf_counter()
        scope[REQUEST_ID] = request_id

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message.setdefault("headers", [])
            given = {name.lower() for name, _ in headers}
            headers += [pair for pair in self._headers if pair[0] not in given]
            headers.append((b"x-request-id", self._id.encode()))
        await self._send(message)

    async def fail(self, error: Exception) -> None:
        """Answer with a problem document if nothing was sent yet; write what is no refusal down, without its words."""
        if not isinstance(error, AuthsvcError):
            self._fault = True
            faults.error("%s", Fields(request=self._id, fault=describe_fault(error)))
        if self.status:
            return
        failure: Failure = problem(error, self._id)
        note_refusal(error)
        headers = [(name.encode(), value.encode()) for name, value in failure.headers.items()]
        await self.send({"type": "http.response.start", "status": failure.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": failure.body})

    @property
    def route(self) -> str:
        """The route's template; `-` where none was found, so that no path becomes a label or a line."""
        return str(self._scope.get(ROUTE) or getattr(self._scope.get("route"), "path", "-"))

    @property
    def method(self) -> str:
        method: str = self._scope["method"]
        return method if method in _METHODS else "-"

    def count(self, metrics: Metrics) -> None:
        """One more request of this route."""
        metrics.count_request(self.method, self.route, self.status, time.perf_counter() - self._began)
        if self._fault:
            metrics.faults.inc()

    def log(self, pseudonyms: Pseudonyms) -> None:
        if not access.isEnabledFor(logging.INFO):
            return
        line = {
            "request": self._id,
            "method": self.method,
            "route": self.route,
            "status": self.status,
            "ms": round((time.perf_counter() - self._began) * 1000, 1),
        }
        if self.place.refusal:
            line["refusal"] = self.place.refusal
        if (peer := self._scope.get("client")) is not None:
            line["peer"] = pseudonyms.name("ip", peer[0])
        access.info("%s", Fields(line))


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def limit_of(path: str) -> int:
    """The largest body that this path takes, in bytes."""
    for start, limit in BODY_LIMITS.items():
        if path.startswith(start):
            return limit
    return FORM_BYTES


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """The same body, or RequestTooLarge as soon as it is known to be too long."""
    limit = limit_of(scope["path"])
    seen = 0
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value[:20]) > limit:
            raise RequestTooLarge(f"the body may have {limit} bytes here")

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                raise RequestTooLarge(f"the body may have {limit} bytes here")
        return message

    return bounded
