"""A small HTTP/1.1 server that keeps each request and answers as a test says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Heard:
    """One request: the line, headers in small letters, body."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What the server says; `cut`: only so many bytes of it; `silent`: nothing, until the server is `released`."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    cut: int | None = None
    silent: bool = False


@dataclass
class WebServer:
    """`answers` are used up first to last; then `always`."""

    always: Answer = Answer()
    answers: list[Answer] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    judge: Callable[[Heard], Answer] | None = None
    port: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def asked(self, times: int) -> None:
        """Wait until so many requests have come."""
        while len(self.heard) < times:
            self._news.clear()
            await self._news.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["WebServer"]:
        tasks: set[asyncio.Task[None]] = set()

        async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._talk(reader, writer)
            writer.close()

        server = await asyncio.start_server(meet, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            heard = Heard(head[0], headers, body)
            self.heard.append(heard)
            self._news.set()
            said = self.judge(heard) if self.judge else self.answers.pop(0) if self.answers else self.always
            if said.silent:
                await self.released.wait()
                return
            lines = [f"HTTP/1.1 {said.status} X", f"content-length: {len(said.body)}"]
            lines += [f"{name}: {value}" for name, value in said.headers]
            written = ("\r\n".join(lines) + "\r\n\r\n").encode() + said.body
            writer.write(written if said.cut is None else written[: said.cut])
            await writer.drain()
            if said.cut is not None:
                return
