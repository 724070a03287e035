"""The calls of a relying party over HTTP: `/v1/confirmations` with a token of its own (RFC 6749 4.4; RFC 9457)."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from uuid import uuid4

import httpx2

from authsvc.client.trusting import Trust, Untrusted
from confirmations import Receipt

PATIENCE_S = 30
"""Seconds of one question; the service holds it so long when nothing happened."""
SLACK_S = 15
TRIES = 3
"""Of a call whose answer was lost, or that the service asks to repeat."""
LATER = frozenset({502, 503, 504})


class Refused(Exception):
    """The service said no: `status`, its stable `code`, and a sentence. `retry_after` as it was sent, or empty."""

    def __init__(self, status: int, code: str, detail: str, retry_after: str = "") -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status, self.code, self.detail, self.retry_after = status, code, detail, retry_after


@dataclass(frozen=True, slots=True)
class Conversation:
    """A confirmation that was opened. Send the person to `page`; show `number` where they answer on their device."""

    id: str
    page: str
    method: str
    number: str
    statement: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """How it ended. `receipt` was verified for this outcome and this statement; keep `token`, its bytes."""

    id: str
    outcome: str
    reason: str
    record: str
    token: str
    receipt: Receipt

    @property
    def confirmed(self) -> bool:
        """Whether the person said yes."""
        return self.outcome == "confirmed"


@dataclass(slots=True)
class Client:
    """One relying party with a client secret, before one service.

        async with Client(issuer, client_id, secret, trust=Path("trust.json").read_bytes()) as client:
            opened = await client.open(sub, "payment", fields=[...], text={"kk": ..., "ru": ..., "en": ...})
            answer = await client.follow(opened)

    `http` may be the caller's own client (its certificates, its proxies); then it stays open.
    """

    issuer: str
    client_id: str
    client_secret: str
    trust: bytes
    http: httpx2.AsyncClient | None = None
    _own: httpx2.AsyncClient | None = field(default=None, init=False)
    _token: tuple[str, float] = field(default=("", 0.0), init=False)
    _trusted: Trust | None = field(default=None, init=False)

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections, if they are this client's own."""
        if self._own is not None:
            await self._own.aclose()
            self._own = None

    async def open(
        self,
        subject: str,
        act: str,
        *,
        fields: Sequence[Mapping[str, Any]] = (),
        text: Mapping[str, str] | None = None,
        methods: Sequence[Sequence[str]] | None = None,
        lifetime: int | None = None,
        key: str = "",
    ) -> Conversation:
        """Ask a person to confirm. `key`: the Idempotency-Key; one is made where none is given, so that a repeated
        question is asked once. Raises Refused; Untrusted where the service changed what was asked."""
        asked: dict[str, Any] = {"subject": subject, "act": act, "fields": list(fields), "text": dict(text or {})}
        asked |= {} if methods is None else {"methods": [list(one) for one in methods]}
        asked |= {} if lifetime is None else {"lifetime": lifetime}
        said = await self._call("POST", "/v1/confirmations", asked, {"idempotency-key": key or str(uuid4())})
        statement = said["statement"]
        if any(statement[name] != asked[name] for name in ("subject", "act", "fields", "text")):
            raise Untrusted("the service put another statement to the person than the one that was asked")
        return Conversation(said["id"], said["page"], said["method"], said.get("confirmation_number", ""), statement)

    async def look(self, request_id: str) -> Mapping[str, Any]:
        """The request as the service tells it now. Raises Refused."""
        return await self._call("GET", f"/v1/confirmations/{request_id}")

    async def follow(self, opened: Conversation) -> Answer:
        """Wait for the outcome, however long it takes, and verify its receipt. Raises Refused, Untrusted, and
        `ReceiptRefused` of `confirmations` for a receipt that does not prove what the service says."""
        path, patience = f"/v1/confirmations/{opened.id}", {"prefer": f"wait={PATIENCE_S}"}
        said = await self._call("GET", path, headers=patience)
        while not said.get("outcome"):
            said = await self._call("GET", path, headers=patience)
        return await self._verify(opened, said)

    async def cancel(self, opened: Conversation) -> Answer:
        """Take the request back. Raises Refused (`conflict` where it has its outcome)."""
        said = await self._call("POST", f"/v1/confirmations/{opened.id}/cancel", {})
        return await self._verify(opened, said)

    async def _verify(self, opened: Conversation, said: Mapping[str, Any]) -> Answer:
        trusted = await self._trust()
        token = said.get("receipt")
        if not isinstance(token, str):
            raise Untrusted("the service gave no receipt")
        receipt = trusted.check(token, client_id=self.client_id, outcome=said["outcome"])
        if receipt.statement.value() != opened.statement:
            raise Untrusted("the receipt is about another statement than the one that was asked")
        return Answer(opened.id, said["outcome"], said["reason"], said["record"], token, receipt)

    async def _trust(self) -> Trust:
        if self._trusted is None:
            http = self._http()
            parts = [await http.get(f"{self.issuer}/log/{name}") for name in ("genesis", "receipt-keys")]
            self._trusted = Trust.of(self.trust, *(part.raise_for_status().content for part in parts))
        return self._trusted

    async def _call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        sent = {**(headers or {}), **({} if content is None else {"content-type": "application/json"})}
        for attempt in range(1, TRIES + 1):
            token = await self._access_token()
            try:
                response = await self._http().request(
                    method,
                    f"{self.issuer}{path}",
                    content=content,
                    headers={**sent, "authorization": f"Bearer {token}"},
                    timeout=PATIENCE_S + SLACK_S,
                )
            except httpx2.TransportError:
                if attempt == TRIES:
                    raise
                continue
            if response.status_code == 401:
                self._token = ("", 0.0)
            if response.status_code not in LATER | {401} or attempt == TRIES:
                break
            await asyncio.sleep(attempt if response.status_code in LATER else 0)
        return _read(response)

    async def _access_token(self) -> str:
        token, until = self._token
        if time.monotonic() < until:
            return token
        response = await self._http().post(
            f"{self.issuer}/oauth/token",
            data={"grant_type": "client_credentials", "scope": "confirmations"},
            auth=(self.client_id, self.client_secret),
        )
        said = _read(response)
        self._token = (str(said["access_token"]), time.monotonic() + max(int(said["expires_in"]) - 30, 0))
        return self._token[0]

    def _http(self) -> httpx2.AsyncClient:
        if self.http is not None:
            return self.http
        if self._own is None:
            self._own = httpx2.AsyncClient()
        return self._own


def _read(response: httpx2.Response) -> dict[str, Any]:
    try:
        said = response.json()
    except ValueError:
        said = {}
    if not isinstance(said, dict):
        said = {}
    if response.status_code >= 400:
        code = str(said.get("code") or said.get("error") or "unknown")
        detail = str(said.get("detail") or said.get("error_description") or "no reason was given")
        raise Refused(response.status_code, code, detail, response.headers.get("retry-after", ""))
    return said
