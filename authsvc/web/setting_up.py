"""What a page shows to set up an authenticator app: QR code, link for this device, key to type."""

from dataclasses import dataclass

import segno
from markupsafe import Markup

from authsvc import app_codes
from authsvc.service import Service


@dataclass(frozen=True, slots=True)
class Setup:
    """What `blocks.app_setup` shows; `ticket` goes with the form."""

    ticket: str
    key: str
    uri: str
    qr: Markup


def drawn(svc: Service, bound_to: str, ticket: str = "") -> Setup:
    """A new seed as a page shows it; a form that came back keeps its seed. Raises InvalidRequest."""
    begun = app_codes.begin(svc, bound_to, ticket)
    picture = segno.make(begun.uri, error="m").svg_inline(
        scale=5, border=4, light="#fff", svgclass="qr", lineclass=None
    )
    qr = Markup(picture)  # noqa: S704  # drawn by segno from a URI of ours; no text of anybody is in it
    return Setup(begun.ticket, begun.seed, begun.uri, qr)


def draw_link(link: str) -> Markup:
    """A QR code of a link of ours."""
    picture = segno.make(link, error="m").svg_inline(scale=4, border=4, light="#fff", svgclass="qr", lineclass=None)
    return Markup(picture)  # noqa: S704  # drawn by segno from a link of ours; no text of anybody is in it
