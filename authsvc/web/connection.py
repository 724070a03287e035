"""Connections of HTTP/1.1 (RFC 9112): what an answer writes in one turn of the loop leaves in one piece.

The server writes head and body apart. Each write is a system call, and a packet that its reader wakes up for.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HELD_BYTES = 64 * 1024
"""What waits for the end of the turn at most, so that a long body keeps to the connection's flow control."""


class Connection(HttpToolsProtocol):
    """A connection as uvicorn serves it, over a transport that joins its writes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        """See `asyncio.Protocol`."""
        super().connection_made(join_writes(transport, self.loop))


def join_writes(transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> asyncio.Transport:
    """The same transport, but for writes: those of one turn of the loop leave together."""
    return cast("asyncio.Transport", _Joining(transport, loop))


class _Joining:
    """A transport whose writes wait for the end of the turn; all else is the transport's own."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self._held.append(data)
        self._size += len(data)
        if self._size > HELD_BYTES:
            self._flush()
        elif len(self._held) == 1:
            self._loop.call_soon(self._flush)

    def writelines(self, parts: Iterable[bytes]) -> None:
        self.write(b"".join(parts))

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._held:
            whole = b"".join(self._held)
            self._held.clear()
            self._size = 0
            if whole and not self._transport.is_closing():  # else its reader went away meanwhile
                self._transport.write(whole)
