"""The test PKI as it is reached over HTTP, on loopback: time stamp authorities (RFC 3161 section 3.4), CRLs, OCSP."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc.clock import SystemClock
from authsvc.settings import Tsa
from authsvc.web.sandbox.pki import Credential, Family, TestPki, ocsp, timestamp

STAMPING: tuple[Family, ...] = ("ecdsa", "rsa")
"""The families whose authorities stamp: of different keys, and below different roots."""
LONGEST_REQUEST = 4096


@dataclass(frozen=True, slots=True)
class Authorities:
    """What the test PKI answers. `stampers`: family to the credential of its time-stamping unit."""

    pki: TestPki
    stampers: Mapping[Family, Credential]

    @classmethod
    def of(cls, pki: TestPki) -> "Authorities":
        """With a new time-stamping unit in each family that stamps."""
        return cls(pki, {family: timestamp.issue_stamper(pki.authority(family)) for family in STAMPING})

    def routes(self) -> list[Route]:
        """`/sandbox/tsa/{family}`, `/sandbox/pki/{family}/{root,issuing}.crl` and `/sandbox/pki/{family}/ocsp`."""
        return [
            Route("/sandbox/tsa/{family}", self._stamp, methods=["POST"]),
            Route("/sandbox/pki/{family}/{name}.crl", self._crl, methods=["GET"]),
            Route("/sandbox/pki/{family}/ocsp", self._ocsp, methods=["POST"]),
        ]

    async def _stamp(self, request: Request) -> Response:
        stamper = self.stampers.get(request.path_params["family"])
        body = await request.body()
        if stamper is None or len(body) > LONGEST_REQUEST:
            return Response("no such authority, or no request", 404)
        told = timestamp.answer(stamper, body, at=SystemClock().now(), entropy=os.urandom)
        return Response(told, media_type="application/timestamp-reply")

    async def _crl(self, request: Request) -> Response:
        authority = self.pki.authorities.get(request.path_params["family"])
        makers = {} if authority is None else {"root": authority.root_crl, "issuing": authority.crl}
        make = makers.get(request.path_params["name"])
        if make is None:
            return Response("no such list", 404)
        return Response(make(SystemClock().now()), media_type="application/pkix-crl")

    async def _ocsp(self, request: Request) -> Response:
        authority = self.pki.authorities.get(request.path_params["family"])
        body = await request.body()
        if authority is None or len(body) > LONGEST_REQUEST:
            return Response("no such authority, or no request", 404)
        issuer = authority.issuing
        told = ocsp.answer(issuer, issuer.credential, body, at=SystemClock().now())
        return Response(told, media_type="application/ocsp-response")


def tsas_at(issuer: str) -> tuple[Tsa, ...]:
    """The two authorities as the sandbox's settings name them."""
    return tuple(
        Tsa(
            f"{issuer}/sandbox/tsa/{family}",
            timestamp.POLICIES[family],
            tuple(f"{issuer}/sandbox/pki/{family}/{name}.crl" for name in ("issuing", "root")),
        )
        for family in STAMPING
    )
