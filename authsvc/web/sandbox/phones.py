"""Virtual phones: what SMS would have brought each invented citizen, kept in memory, shown on loopback."""

from collections import deque
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from authsvc.outside import Accepted, Message
from authsvc.web.pages import render

KEPT = 100
"""Messages that a phone remembers."""


@dataclass(slots=True)
class Phones:
    """A channel that delivers into memory. `numbers`: login to address."""

    numbers: dict[str, str]
    _brought: dict[str, deque[Message]] = field(default_factory=dict)
    _count: int = 0

    async def send(self, message: Message) -> Accepted:
        """Bring the message to its phone."""
        self._brought.setdefault(message.address, deque(maxlen=KEPT)).appendleft(message)
        self._count += 1
        return Accepted(f"phone-{self._count}")

    def messages(self, login: str) -> list[Message] | None:
        """What came to this citizen's phone, newest first; None when there is no such citizen."""
        address = self.numbers.get(login)
        return None if address is None else list(self._brought.get(address, ()))

    def routes(self) -> list[Route]:
        """`/sandbox/phones` and `/sandbox/phones/{login}`: JSON, or a page for a browser."""
        return [
            Route("/sandbox/phones", self._list, methods=["GET"]),
            Route("/sandbox/phones/{login}", self._phone, methods=["GET"]),
        ]

    async def _list(self, request: Request) -> Response:
        return render(request, "phones.html", logins=sorted(self.numbers))

    async def _phone(self, request: Request) -> Response:
        login = request.path_params["login"]
        messages = self.messages(login)
        if messages is None:
            return JSONResponse({"detail": "no such phone"}, 404)
        if "text/html" in request.headers.get("accept", ""):
            return render(request, "phone.html", login=login, messages=messages)
        return JSONResponse([_plain(message) for message in messages])


def _plain(message: Message) -> dict[str, str]:
    said = {"channel": message.channel, "request_id": message.request_id, "text": message.text}
    if message.code:
        said["code"] = message.code
    if message.link:
        said["link"] = message.link
    return said
