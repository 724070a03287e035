"""The way of hot requests: a dictionary in front of the framework, pure ASGI.

It serves plain routes only: a fixed path, or a fixed beginning and one parameter at the end (`{name}` up to the next
slash, `{name:path}` to the end). Everything else goes on to the app behind it, which knows the same paths too.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from authsvc.errors import AuthsvcError
from authsvc.web.edge import ROUTE
from authsvc.web.errors import MethodRefused
from authsvc.web.problems import answer_error, status_of

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class _Entry:
    """What stands behind one path. `whole` says that the parameter may hold slashes."""

    template: str
    endpoints: Mapping[str, Endpoint]
    parameter: str = ""
    whole: bool = False


class Dispatcher:
    """Answers the routes that it was given itself, and hands everything else to the app."""

    def __init__(self, app: Starlette, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._fixed: dict[str, _Entry] = {}
        self._open: dict[str, _Entry] = {}
        for template, endpoints in by_path(routes).items():
            start, _, parameter = template.partition("{")
            name, _, kind = parameter.rstrip("}").partition(":")
            entry = _Entry(template, endpoints, name, kind == "path")
            if not name:
                self._fixed[template] = entry
            elif parameter.endswith("}") and "{" not in parameter and start.endswith("/"):
                self._open[start] = entry
            else:
                raise ValueError(f"{template}: not a plain route")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        found = self._find(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        entry, given = found
        scope["app"] = self._app
        scope[ROUTE] = entry.template
        scope["path_params"] = {entry.parameter: given} if entry.parameter else {}
        request = Request(scope, receive, send)
        try:
            response = await _choose(entry.endpoints, request)(request)
        except Exception as error:
            response = await answer_error(request, error)
            await response(scope, receive, send)
            if status_of(error) == 500 and not isinstance(error, AuthsvcError):
                raise  # a fault: the edge writes it down
            return
        await response(scope, receive, send)

    def _find(self, path: str) -> tuple[_Entry, str] | None:
        entry = self._fixed.get(path)
        if entry is not None:
            return entry, ""
        for start, entry in self._open.items():
            given = path[len(start) :]
            if given and path.startswith(start) and (entry.whole or "/" not in given):
                return entry, given
        return None


def by_path(routes: Sequence[BaseRoute]) -> dict[str, dict[str, Endpoint]]:
    """Template to method to endpoint: of each path all its methods together."""
    found: dict[str, dict[str, Endpoint]] = {}
    for route in routes:
        if not isinstance(route, Route):
            raise TypeError("only plain routes have a path of their own")
        for method in sorted(route.methods or ()):
            found.setdefault(route.path, {}).setdefault(method, route.endpoint)
    return found


def join(routes: Sequence[BaseRoute]) -> list[Route]:
    """The same routes, one for each path, so that a refusal of a method lists all that the path knows."""
    return [Route(path, _joined(path, endpoints), methods=_METHODS) for path, endpoints in by_path(routes).items()]


_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def _joined(template: str, endpoints: Mapping[str, Endpoint]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        request.scope[ROUTE] = template
        return await _choose(endpoints, request)(request)

    return endpoint


def _choose(endpoints: Mapping[str, Endpoint], request: Request) -> Endpoint:
    chosen = endpoints.get(request.method)
    if chosen is None:
        raise MethodRefused("this path does not know the method", tuple(sorted(endpoints)))
    return chosen
