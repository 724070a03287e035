"""`/ncanode/…`: the verifying paths of NCANode, so that its user switches by changing a base URL.

Open to the networks that the operator names, and to nobody else: NCANode knows no callers. Nothing is recorded. Paths
that would take a private key are answered with 501 (law duty L25): they stay where the key is.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address, ip_network

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc.errors import AuthsvcError, InvalidRequest, NotFound
from authsvc.service import Service
from authsvc.trust import LookUp
from authsvc.verify import Signed, judge
from authsvc.web import ncanode_shapes as shapes
from authsvc.web.callers import ip_of
from authsvc.web.pages import language_of, service_of
from signatures import Report, SignatureReport, SignaturesError

PREFIX = "/ncanode"
JSON = "application/json"
MOST_CERTIFICATES = 64
CHECKS = frozenset({"OCSP", "CRL"})
NOT_HERE = (
    "/cms/sign", "/cms/sign/add", "/xml/sign", "/wsse/sign", "/pdf/sign",
    "/pkcs12/info", "/pkcs12/aliases", "/jwt/encode", "/jwt/decode",
)  # fmt: skip
"""Paths that take a private key, or a token of another kind."""
Answer = Callable[[Request, Service, Mapping[str, object]], Awaitable[shapes.Shape]]
Shaped = Callable[[SignatureReport, bool, str], shapes.Shape]


def _endpoint(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """The body read, the answer in NCANode's frame, refusals in its form of an error."""

    async def respond(request: Request) -> Response:
        try:
            _demand_near(request)
            said = await answer(request, service_of(request), _read(await request.body()))
        except NotFound as refusal:
            return _error(404, refusal.message)
        except (InvalidRequest, SignaturesError) as refusal:
            return _error(400, refusal.message, refusal.code)
        except AuthsvcError as refusal:
            return _error(503 if refusal.code == "overloaded" else 500, refusal.message, refusal.code)
        return Response(orjson.dumps({"status": 200, "message": "OK", **said}), 200, media_type=JSON)

    return respond


def _error(status: int, message: str, details: str = "") -> Response:
    return Response(orjson.dumps({"status": status, "message": message, "details": details}), status, media_type=JSON)


def _demand_near(request: Request) -> None:
    """NotFound for whoever is in none of the networks: without any, the facade is not there."""
    networks = service_of(request).settings.ncanode_networks
    try:
        address = ip_address(ip_of(request))
    except ValueError:
        raise NotFound("there is nothing here") from None
    if not any(address in ip_network(each) for each in networks):
        raise NotFound("there is nothing here")


def _read(raw: bytes) -> Mapping[str, object]:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("the body is not JSON") from error
    if not isinstance(body, dict):
        raise InvalidRequest("an object is expected")
    return body


def _bytes(body: Mapping[str, object], name: str) -> bytes:
    """A base64 member, blanks and PEM's line ends let through."""
    text = body.get(name)
    if not isinstance(text, str) or not text:
        raise InvalidRequest(f"{name}: base64 is expected")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest(f"{name}: base64 is expected") from error


def _text(body: Mapping[str, object], name: str) -> str:
    text = body.get(name)
    if not isinstance(text, str) or not text:
        raise InvalidRequest(f"{name}: a text is expected")
    return text


def _with_status(body: Mapping[str, object]) -> bool:
    listed = body.get("revocationCheck") or []
    if not isinstance(listed, list) or not set(map(str, listed)) <= CHECKS:
        raise InvalidRequest("revocationCheck: of OCSP and CRL")
    return bool(listed)


async def _judged(svc: Service, signed: bytes, content: bytes | None = None) -> Report:
    report = (await judge(svc, Signed(signed, content), svc.clock.now())).report
    if not report.signatures and not report.checks[0].code.startswith(("format.malformed", "limit.")):
        raise NotFound("no signatures were found")
    return report


def _said(request: Request, report: Report, with_status: bool, shaped: Shaped, *, last_first: bool) -> shapes.Shape:
    """`valid` is true when there is a signature and all hold; zero signers are never valid."""
    listed = list(reversed(report.signatures)) if last_first else list(report.signatures)
    valid = bool(listed) and all(shapes.holds(one, with_status) for one in listed)
    signers = [shaped(one, with_status, language_of(request)) for one in listed]
    return {"valid": valid, "signers": signers, **shapes.report_verdict(report)}


async def _cms(request: Request, svc: Service, body: Mapping[str, object]) -> shapes.Shape:
    content = _bytes(body, "data") if body.get("data") else None
    report = await _judged(svc, _bytes(body, "cms"), content)
    return _said(request, report, _with_status(body), shapes.cms_signer, last_first=False)


async def _extract(_: Request, svc: Service, body: Mapping[str, object]) -> shapes.Shape:
    found = await svc.trust.extract(_bytes(body, "cms"))
    if found is None:
        raise NotFound("the signed data hold no content")
    return {"data": base64.b64encode(found).decode()}


async def _xml(request: Request, svc: Service, body: Mapping[str, object]) -> shapes.Shape:
    report = await _judged(svc, _text(body, "xml").encode())
    return _said(request, report, _with_status(body), shapes.xml_signer, last_first=True)


async def _pdf(request: Request, svc: Service, body: Mapping[str, object]) -> shapes.Shape:
    report = await _judged(svc, _bytes(body, "pdf"))
    return _said(request, report, _with_status(body), shapes.pdf_signer, last_first=False)


async def _certificates(_: Request, svc: Service, body: Mapping[str, object]) -> shapes.Shape:
    listed = body.get("certs")
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST_CERTIFICATES:
        raise InvalidRequest(f"certs: 1 to {MOST_CERTIFICATES} certificates in base64 are expected")
    ders = tuple(_bytes({"certs": each}, "certs") for each in listed)
    with_status = _with_status(body)
    found = await svc.trust.look_up(LookUp(ders, svc.clock.now()))
    signers = [shapes.path_info(certificate, path, with_status) for certificate, path in found]
    return {"valid": all(bool(one["valid"]) for one in signers), "signers": signers}


async def _raw(_: Request, svc: Service, body: Mapping[str, object]) -> shapes.Shape:
    """A bare signature over a text's UTF-8 bytes, by the certificate's key and the algorithm that signed it."""
    ders = (_bytes(body, "certificate"),)
    with_status = _with_status(body)
    look = LookUp(ders, svc.clock.now(), _bytes(body, "signature"), _text(body, "data").encode())
    ((certificate, path),) = await svc.trust.look_up(look)
    genuine = await svc.trust.holds(look)
    shown = shapes.path_info(certificate, path, with_status)
    return {"valid": genuine and bool(shown["valid"]), "signers": [shown], "intact": genuine}


async def _not_here(request: Request) -> Response:
    try:
        _demand_near(request)
    except NotFound as refusal:
        return _error(404, refusal.message)
    return _error(
        501, "not served here: no private key passes through this service", "keep this path with your NCANode"
    )


async def _health(request: Request) -> Response:
    try:
        _demand_near(request)
    except NotFound as refusal:
        return _error(404, refusal.message)
    return Response(b'{"status":"UP"}', 200, media_type=JSON)


_ANSWERS: Mapping[str, Answer] = {
    "/cms/verify": _cms,
    "/cms/extract": _extract,
    "/xml/verify": _xml,
    "/wsse/verify": _xml,
    "/pdf/verify": _pdf,
    "/x509/info": _certificates,
    "/x509/verify": _raw,
}
ROUTES = (
    *(Route(PREFIX + path, _endpoint(answer), methods=["POST"]) for path, answer in _ANSWERS.items()),
    *(Route(PREFIX + path, _not_here, methods=["POST"]) for path in NOT_HERE),
    Route(PREFIX + "/actuator/health", _health, methods=["GET"]),
)
