"""Server-sent events (HTML Living Standard, 9.2): `id` is the moment of the event, so `Last-Event-ID` resumes."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing

import orjson
from starlette.requests import Request
from starlette.responses import StreamingResponse

from authsvc.confirm.feed import Feed
from authsvc.errors import InvalidRequest
from authsvc.store.proofs import Moved

RETRY_MS = 2_000
"""After so long a browser whose stream broke comes back."""


def since_of(request: Request) -> int | None:
    """The moment (ms) of the last event that this listener heard, or that its page is of (`since`). InvalidRequest."""
    given = request.headers.get("last-event-id", "") or request.query_params.get("since", "")
    if not given:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 15:
        raise InvalidRequest("Last-Event-ID, since: the id of an event of this stream")
    return int(given)


async def stream(
    events: AsyncGenerator[Moved | None, None],
    say: Callable[[Moved], Mapping[str, object]],
    may: Callable[[], Awaitable[bool]],
) -> StreamingResponse:
    """The events as a response; at each heartbeat `may` says whether this listener may go on.

    The first event is awaited before the answer begins, so a refusal still has its status.
    """
    first = await anext(events, None)

    async def body() -> AsyncIterator[bytes]:
        async with aclosing(events):
            yield f"retry: {RETRY_MS}\n\n".encode()
            if first is not None:
                yield _write(first, say)
            async for moved in events:
                if moved is not None:
                    yield _write(moved, say)
                elif await may():
                    yield b":\n\n"
                else:
                    return

    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(body(), 200, headers, "text/event-stream")


def feed_of(request: Request) -> Feed:
    """This process's feed."""
    feed: Feed = request.app.state.feed
    return feed


def _write(moved: Moved, say: Callable[[Moved], Mapping[str, object]]) -> bytes:
    return b"id: %d\nevent: request\ndata: %s\n\n" % (moved.at, orjson.dumps(say(moved)))
