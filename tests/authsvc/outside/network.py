"""A network without a network: answers by URL behind the real client; hosts are public addresses, none is looked up."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx2

from authsvc.outside.http import Http

Answer = Callable[[bytes], bytes]
"""The body of an answer to the body of a request."""


@dataclass
class Network:
    """`answers` by URL; whatever else is asked is unreachable. `asked`: the URLs, in their order. `open`: cleared to
    hold all answers back; `reached`: set when somebody asks."""

    answers: dict[str, tuple[Answer, int, Mapping[str, str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    open: asyncio.Event | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def http(self) -> Http:
        return Http({"all://": httpx2.MockTransport(self._answer)})

    def put(self, url: str, body: bytes | Answer, status: int = 200, **headers: str) -> None:
        answer = body if callable(body) else lambda _: body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[url] = (answer, status, named)

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        url = str(request.url)
        self.asked.append(url)
        self.reached.set()
        if self.open is not None:
            await self.open.wait()
        if url not in self.answers:
            raise httpx2.ConnectError("nobody there")
        answer, status, headers = self.answers[url]
        return httpx2.Response(status, headers=headers, stream=httpx2.ByteStream(answer(request.content)))
