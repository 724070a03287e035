"""What the management port serves: health and metrics, with the same edge around them as the pages have."""

from starlette.applications import Starlette
from starlette.types import ASGIApp

from authsvc.service import Service
from authsvc.web import health, problems
from authsvc.web.dispatch import join
from authsvc.web.edge import Edge


def build_management(svc: Service) -> ASGIApp:
    """Health and metrics as an ASGI app; it does not count its own requests."""
    app = Starlette()
    app.state.svc = svc
    app.router.routes.extend(join(health.ROUTES))
    problems.install(app)
    return Edge(app, svc, counted=False)
