"""The way of hot requests: fixed paths, one parameter at the end, and everything else behind it."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from authsvc.web.dispatch import Dispatcher, by_path, join

pytestmark = pytest.mark.anyio


async def _first(request: Request) -> Response:
    return PlainTextResponse(f"hot {request.method} {dict(request.path_params)}")


async def _second(_request: Request) -> Response:
    return PlainTextResponse("other")


async def _behind(request: Request) -> Response:
    return PlainTextResponse(f"behind {request.url.path}")


HOT = (
    Route("/hot", _first, methods=["GET"]),
    Route("/hot", _second, methods=["POST"]),
    Route("/thing/{id}", _first, methods=["GET"]),
    Route("/tree/{path:path}", _first, methods=["GET"]),
)


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    app = Starlette(routes=[Route("/{rest:path}", _behind, methods=["GET"])])
    transport = httpx2.ASGITransport(app=Dispatcher(app, HOT))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/hot", "hot GET {}"),
        ("/thing/7", "hot GET {'id': '7'}"),
        ("/tree/0/x001/234", "hot GET {'path': '0/x001/234'}"),
        ("/hot/", "behind /hot/"),
        ("/thing/", "behind /thing/"),
        ("/thing/7/more", "behind /thing/7/more"),
        ("/else", "behind /else"),
    ],
)
async def test_a_path_finds_its_own_route_or_goes_on_behind(client: httpx2.AsyncClient, path: str, said: str) -> None:
    assert (await client.get(path)).text == said


async def test_methods_of_one_path_stand_together(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/hot")).text == "other"
    assert (await client.head("/hot")).status_code == 200


def test_a_route_that_is_not_plain_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="plain"):
        Dispatcher(Starlette(), [Route("/a/{id}/b", _first)])
    with pytest.raises(TypeError):
        by_path([Mount("/x", routes=[])])


def test_joined_routes_keep_every_path_once() -> None:
    assert [route.path for route in join(HOT)] == ["/hot", "/thing/{id}", "/tree/{path:path}"]
