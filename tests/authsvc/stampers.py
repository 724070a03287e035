"""Time stamp authorities of the test PKI behind a transport without a network, with every fault that they can have."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Self

import httpx2

from authsvc.clock import HandClock
from authsvc.outside.tsa import Tsas, connect
from authsvc.settings import Tsa
from authsvc.trust import Trust
from authsvc.web.sandbox.pki import Credential, TestPki, ocsp, timestamp

FIRST = "http://tsa-one.example/tsp"
SECOND = "http://tsa-two.example/tsp"
RESPONDER = "http://ocsp.example/"


@dataclass
class Stampers:
    """Two authorities. `faults`: address to what it does instead; `drift`: address to ms by which its clock is off."""

    pki: TestPki
    clock: HandClock
    entropy: Callable[[int], bytes]
    stamper: Credential
    asked: list[str] = field(default_factory=list)
    faults: dict[str, Callable[[httpx2.Request], httpx2.Response]] = field(default_factory=dict)
    drift: dict[str, int] = field(default_factory=dict)
    turn: Callable[[], None] = lambda: None

    @classmethod
    def of(cls, pki: TestPki, clock: HandClock, entropy: Callable[[int], bytes]) -> Self:
        return cls(pki, clock, entropy, timestamp.issue_stamper(pki.authority("ecdsa"), at=clock.now() - 3_600_000))

    @property
    def tsas(self) -> tuple[Tsa, ...]:
        crls = ("http://crl.example/issuing.crl", "http://crl.example/root.crl")
        return (Tsa(FIRST, timestamp.POLICIES["ecdsa"], crls), Tsa(SECOND, "", crls))

    @property
    def by_responder(self) -> tuple[Tsa, ...]:
        """The same without the CRL of their own certificates: an OCSP responder tells their status."""
        return tuple(Tsa(each.url, each.policy, each.crls[1:], RESPONDER) for each in self.tsas)

    @property
    def trust(self) -> Trust:
        return Trust((), (), tuple(self.pki.anchors()), tuple(self.pki.issuers()))

    def connect(self) -> AbstractAsyncContextManager[Tsas]:
        return connect({"all://": httpx2.MockTransport(self._stream)})

    async def _stream(self, request: httpx2.Request) -> httpx2.Response:
        """The answer as it comes from a network: unread."""
        told = await self._answer(request)
        return httpx2.Response(told.status_code, stream=httpx2.ByteStream(told.content))

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        url = str(request.url)
        self.asked.append(url)
        self.turn()
        if url in self.faults:
            return self.faults[url](request)
        authority = self.pki.authority("ecdsa")
        if request.method == "GET":
            crl = authority.root_crl if url.endswith("root.crl") else authority.crl
            return httpx2.Response(200, content=crl(self.clock.now()))
        if url == RESPONDER:
            issuer, now = authority.issuing, self.clock.now()
            return httpx2.Response(200, content=ocsp.answer(issuer, issuer.credential, request.content, at=now))
        at = self.clock.now() + self.drift.get(url, 0)
        return httpx2.Response(
            200, content=timestamp.answer(self.stamper, request.content, at=at, entropy=self.entropy)
        )
