"""HTTP to others (RFC 9110), bounded: one time for the whole exchange, a largest answer, no redirect, no compression.

Callers hand over addresses that the operator configured; nothing here follows an address that an answer names.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import httpx2

from authsvc import tracing

SECONDS = 5.0
"""For a whole exchange, connecting included."""
LARGEST = 1_048_576
"""Bytes of an answer."""


class Unreachable(ConnectionError):
    """No answer that can be used: no connection, too late, too long, or not HTTP. The message holds no address."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `media_type` is the content type without parameters, in lower case; `retry_after` as it was sent."""

    status: int
    media_type: str
    body: bytes
    retry_after: str = ""


@cache
def _tls() -> ssl.SSLContext:
    """Made once: it reads the whole list of authorities."""
    return httpx2.create_ssl_context()


class Http:
    """A client for few and known places. `mounts` answers addresses by their beginning without a network."""

    def __init__(self, mounts: Mapping[str, httpx2.AsyncBaseTransport] | None = None) -> None:
        self._mounts = mounts
        self._client: httpx2.AsyncClient | None = None

    async def call(
        self,
        url: str,
        body: bytes | None = None,
        *,
        media_type: str = "application/octet-stream",
        seconds: float = SECONDS,
        largest: int = LARGEST,
        pinned: str = "",
        bearer: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """GET, or POST where there is a body. Raises Unreachable, and nothing else whatever the other side does.

        `pinned` is the IP address to connect to, whatever the name server says by then; `bearer` a token to show;
        `headers` what else goes with it.
        """
        sent = {**(headers or {}), "accept-encoding": "identity"} | (
            {} if body is None else {"content-type": media_type}
        )
        if bearer:
            sent["authorization"] = f"Bearer {bearer}"
        method = "GET" if body is None else "POST"
        try:
            async with asyncio.timeout(seconds):
                with tracing.call_span(method, urlsplit(url).hostname or ""):
                    return await self._exchange(method, url, body, sent, largest, pinned)
        except TimeoutError as error:
            raise Unreachable("no answer in time") from error
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, ValueError) as error:
            raise Unreachable(type(error).__name__) from error

    async def _exchange(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], largest: int, pinned: str
    ) -> Reply:
        if self._client is None:
            # `call` bounds the whole exchange, so the client itself has no time-outs.
            self._client = httpx2.AsyncClient(
                timeout=None,
                follow_redirects=False,
                verify=_tls(),
                mounts=self._mounts,
            )
        target, named = httpx2.URL(url), dict(headers)
        extensions = {}
        if pinned:
            named["host"] = target.netloc.decode("ascii")
            extensions["sni_hostname"] = target.host
            target = target.copy_with(host=pinned)
        async with self._client.stream(method, target, content=body, headers=named, extensions=extensions) as response:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise Unreachable("a compressed answer")
            parts, length = [], 0
            async for part in response.aiter_raw():
                length += len(part)
                if length > largest:
                    raise Unreachable("an answer that is too long")
                parts.append(part)
            media_type = response.headers.get("content-type", "").split(";", 1)[0].strip().lower()
            retry_after = response.headers.get("retry-after", "")
            return Reply(response.status_code, media_type, b"".join(parts), retry_after)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None
