"""NCALayer as a page meets it: a WebSocket (RFC 6455) on the loopback that greets, and signs what it is asked to.

`mode`: `basics` (today's module), `utils` (an older one that has commonUtils alone), `cancels`, `fails`, `closes`
(accepts and hangs up: it serves another page), `silent` (accepts and says nothing).
"""

import asyncio
import contextlib
import hashlib
import json
import ssl
import struct
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE = 1, 8


@dataclass
class NcaLayer:
    """`sign` gives the CMS over the bytes that the page sent; `asked` keeps every question, `origins` who asked."""

    sign: Callable[[bytes], bytes]
    mode: str = "basics"
    tls: ssl.SSLContext | None = None
    port: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    met: asyncio.Event = field(default_factory=asyncio.Event)
    """A page has connected."""

    @property
    def url(self) -> str:
        return f"{'wss' if self.tls else 'ws'}://localhost:{self.port}"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["NcaLayer"]:
        tasks: set[asyncio.Task[None]] = set()

        async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._talk(reader, writer)
            writer.close()

        self._meet = meet
        await self._listen()
        self.port = self._server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self._server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._server.wait_closed()

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Nothing listens meanwhile: it was ended, or never installed."""
        self._server.close()
        await self._server.wait_closed()
        yield
        await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", self.port, ssl=self.tls)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        self.origins.append(headers.get("origin", ""))
        self.met.set()
        accept = b64encode(hashlib.sha1(headers["sec-websocket-key"].encode() + _GUID).digest()).decode()  # noqa: S324  # RFC 6455 4.2.2
        lines = ("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade")
        writer.write("\r\n".join((*lines, f"Sec-WebSocket-Accept: {accept}", "", "")).encode())
        if self.mode == "closes":
            writer.write(bytes((0x80 | _CLOSE, 0)))
            await writer.drain()
            return
        if self.mode != "silent":
            self._send(writer, {"result": {"version": "1.4"}})
        while (text := await _receive(reader)) is not None:
            question = json.loads(text)
            self.asked.append(question)
            self._send(writer, self._answer(question))
            await writer.drain()

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        module, method, args = question["module"], question["method"], question.get("args")
        if module == "kz.gov.pki.knca.basics":
            if self.mode == "utils":
                return {"code": "500", "message": "no such module"}
            if self.mode == "cancels":
                return {"status": True, "body": {}}
            if self.mode == "fails":
                return {"status": False, "code": "500", "message": "wrong password", "details": ""}
            return {"status": True, "body": {"result": [self._sign(args["data"])]}}
        if method == "getActiveTokens":
            return {"code": "200", "responseObject": ["AKKaztokenStore"]}
        assert method == "createCAdESFromBase64"
        assert args[3] is True
        return {"code": "200", "responseObject": self._sign(args[2])}

    def _sign(self, data: str) -> str:
        return b64encode(self.sign(b64decode(data))).decode()

    def _send(self, writer: asyncio.StreamWriter, said: dict[str, Any]) -> None:
        text = json.dumps(said).encode()
        length = bytes((len(text),)) if len(text) < 126 else b"\x7e" + struct.pack(">H", len(text))
        writer.write(bytes((0x80 | _TEXT,)) + length + text)


async def _receive(reader: asyncio.StreamReader) -> bytes | None:
    """One text frame of the page; None when it hangs up."""
    first, second = await reader.readexactly(2)
    length = second & 0x7F
    if length == 126:
        (length,) = struct.unpack(">H", await reader.readexactly(2))
    mask = await reader.readexactly(4)
    masked = await reader.readexactly(length)
    if first & 0x0F == _CLOSE:
        return None
    return bytes(octet ^ mask[at % 4] for at, octet in enumerate(masked))
