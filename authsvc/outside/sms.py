"""SMS by an HTTP gateway, described by templates in the settings: JSON or a form, judged by status and answer code.

Templates are filled in as values of JSON or of a form, so no text of a message can become a part of their structure.
"""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlencode

import orjson

from authsvc.gateways import HttpGateway
from authsvc.outside import Accepted, Message, Permanent, Temporary, Unusable, Verdict
from authsvc.outside.guard import Guard
from authsvc.outside.http import Http, Reply, Unreachable

AGAIN_MS = 10_000
LONGEST_PAUSE_S = 3600
LARGEST = 65_536
"""Bytes of a gateway's answer."""
LATER = frozenset({408, 425, 429})
MESSAGE = frozenset({400, 409, 410, 413, 422})
"""Statuses that are about the message; other 4xx are about us: a secret, an address, a contract that ran out."""


class HttpSms:
    """One HTTP gateway."""

    def __init__(self, gateway: HttpGateway, http: Http, guard: Guard) -> None:
        self._gateway = gateway
        self._http = http
        self._guard = guard
        self._turns = asyncio.Semaphore(gateway.at_once)

    async def send(self, message: Message) -> Verdict | Unusable:
        """POST the message. `id` is the gateway's own where its answer has one."""
        known = self._gateway
        values = {
            "to": message.address,
            "text": message.text,
            "id": message.id,
            "sender": known.sender,
            "secret": known.secret,
        }
        filled = _fill(known.body, values)
        body = urlencode(filled).encode() if known.form and isinstance(filled, Mapping) else orjson.dumps(filled)
        media_type = "application/x-www-form-urlencoded" if known.form else "application/json"
        headers = {name.lower(): str(_fill(text, values)) for name, text in known.headers.items()}
        async with self._turns:
            try:
                reply = await self._http.call(
                    known.url,
                    body,
                    media_type=media_type,
                    seconds=known.seconds,
                    largest=LARGEST,
                    pinned=await self._guard.resolve(known.url),
                    headers=headers,
                )
            except Unreachable:
                return Temporary(AGAIN_MS, "unreachable")
        return judge(known, reply, message.id)

    async def probe(self) -> str:
        """Whether the host may be reached at all; a gateway has no question that costs nothing."""
        try:
            await self._guard.resolve(self._gateway.url)
        except Unreachable as error:
            return str(error)
        return ""

    async def close(self) -> None:
        """The HTTP client is shared."""


def judge(known: HttpGateway, reply: Reply, message_id: str) -> Verdict | Unusable:
    """What an answer means: its status, then the code in it where the settings name one."""
    if reply.status in LATER or reply.status >= 500:
        return Temporary(_pause(reply.retry_after), f"http_{reply.status}")
    if reply.status in MESSAGE:
        return Permanent(f"http_{reply.status}")
    if not 200 <= reply.status < 300:
        return Unusable(f"http_{reply.status}")
    try:
        answer = orjson.loads(reply.body) if known.answer_code or known.answer_id else None
    except orjson.JSONDecodeError:
        return Temporary(AGAIN_MS, "no_json")
    if known.answer_code:
        code = _plain(_point(answer, known.answer_code))
        if code in known.temporary:
            return Temporary(AGAIN_MS, "gateway_code")
        if code not in known.accepted:
            return Permanent("gateway_code")
    return Accepted((_plain(_point(answer, known.answer_id)) if known.answer_id else "") or message_id)


def _fill(template: object, values: Mapping[str, str]) -> object:
    """The template with its places filled in, each text in one pass: what is filled in is not looked at again."""
    if isinstance(template, str):
        parts = template.split("{")
        return parts[0] + "".join(_place(part, values) for part in parts[1:])
    if isinstance(template, Mapping):
        return {name: _fill(value, values) for name, value in template.items()}
    return [_fill(value, values) for value in template] if isinstance(template, list) else template


def _place(part: str, values: Mapping[str, str]) -> str:
    name, closed, rest = part.partition("}")
    return values[name] + rest if closed and name in values else "{" + part


def _point(value: object, pointer: str) -> object:
    """The member that an RFC 6901 pointer leads to; None where it leads nowhere."""
    for step in pointer.removeprefix("/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def _plain(value: object) -> str:
    return str(value)[:128] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _pause(retry_after: str) -> int:
    seconds = int(retry_after) if retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 7 else 0
    return max(AGAIN_MS, min(seconds, LONGEST_PAUSE_S) * 1000)
