"""`/.well-known/security.txt` (RFC 9116): where a finding about this deployment is reported, as its operator says."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc.clock import rfc3339
from authsvc.errors import NotFound
from authsvc.web.pages import service_of

DAY_MS = 24 * 3600 * 1000
DAYS = 30
"""For so long what is said here may be relied on; whoever runs the service says it anew each day."""


async def security_txt(request: Request) -> Response:
    """The file; NotFound where the operator named no contact."""
    svc = service_of(request)
    if not svc.settings.security_contact:
        raise NotFound("there is nothing here")
    today = svc.clock.now() // DAY_MS * DAY_MS
    lines = [
        *(f"Contact: {contact}" for contact in svc.settings.security_contact),
        f"Expires: {rfc3339(today + DAYS * DAY_MS)}",
        "Preferred-Languages: kk, ru, en",
        f"Canonical: {svc.settings.issuer}/.well-known/security.txt",
    ]
    if svc.settings.security_policy:
        lines.append(f"Policy: {svc.settings.security_policy}")
    return Response("".join(f"{line}\n" for line in lines), media_type="text/plain; charset=utf-8")


ROUTES = (Route("/.well-known/security.txt", security_txt, methods=["GET"]),)
