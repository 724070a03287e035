"""RFC 3161 section 2.4 and 3.4: asking a time stamp authority over HTTP, and fetching what tells its status.

Addresses come from the settings alone, never from a certificate. Time and size of every answer are bounded, and nothing
is followed. What comes back is a stranger's bytes over what may be plain HTTP: a token counts by its signature, which
whoever asks checks; here it is looked at whether it answers the question.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx2

from authsvc.outside.http import Http, Unreachable
from authsvc.settings import Tsa
from signatures import SignaturesError, asn1, der
from signatures.asn1 import Members
from signatures.model import AlgorithmIdentifier
from signatures.timestamp import Stamp, read_stamp

SECONDS = 10.0
"""One authority, from the request to the last byte: a slow one must not hold up the other."""
TOKEN_BYTES = 1 << 20
CRL_BYTES = 32 << 20
"""The largest public CRLs have some MiB."""
OCSP_BYTES = 1 << 16
SHA512_OID = "2.16.840.1.101.3.4.2.3"

_GRANTED = (0, 1)
_DER_SHA512 = bytes.fromhex("0609608648016503040203")


class TsaRefused(Exception):
    """An authority gave no token that answers the question; `reason` is a code for logs and the operator."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Tsas:
    """Asks authorities; made for one round and closed after it."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def stamp(self, tsa: Tsa, digest: bytes, nonce: int) -> bytes:
        """The token over a SHA-512 digest; `nonce` is a fresh random number. TsaRefused for whatever else comes."""
        answer = await self._exchange(tsa.url, write_request(digest, nonce, tsa.policy), TOKEN_BYTES)
        token = read_answer(answer)
        check_answer(token, digest, nonce, tsa.policy)
        return token

    async def fetch_crl(self, url: str) -> bytes:
        """The bytes at a configured address. TsaRefused when they can't be had."""
        return await self._exchange(url, None, CRL_BYTES)

    async def ask_responder(self, url: str, request: bytes) -> bytes:
        """What an OCSP responder at a configured address answers (RFC 6960). TsaRefused when nothing can be had."""
        return await self._exchange(url, request, OCSP_BYTES, "application/ocsp-request")

    async def _exchange(
        self, url: str, body: bytes | None, largest: int, media_type: str = "application/timestamp-query"
    ) -> bytes:
        try:
            reply = await self._http.call(url, body, media_type=media_type, seconds=SECONDS, largest=largest)
        except Unreachable as error:
            raise TsaRefused(_REASONS.get(str(error), "unreachable")) from error
        if reply.status != httpx2.codes.OK:
            raise TsaRefused(f"status_{reply.status}")
        return reply.body


_REASONS = {"no answer in time": "slow", "an answer that is too long": "too_long"}


@asynccontextmanager
async def connect(mounts: Mapping[str, httpx2.AsyncBaseTransport] | None = None) -> AsyncIterator[Tsas]:
    """The way to the authorities. `mounts` answers addresses by their beginning without a network."""
    http = Http(mounts)
    try:
        yield Tsas(http)
    finally:
        await http.close()


def write_request(digest: bytes, nonce: int, policy: str = "") -> bytes:
    """TimeStampReq (DER) over a SHA-512 digest that asks for the certificate too."""
    imprint = der.encode(asn1.SEQUENCE, der.encode(asn1.SEQUENCE, _DER_SHA512), der.encode(asn1.OCTET_STRING, digest))
    number = nonce.to_bytes(nonce.bit_length() // 8 + 1, "big")
    return der.encode(
        asn1.SEQUENCE,
        der.encode(asn1.INTEGER, b"\x01"),
        imprint,
        _write_oid(policy) if policy else b"",
        der.encode(asn1.INTEGER, number),
        der.encode(asn1.BOOLEAN, b"\xff"),
    )


def _write_oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    body = bytearray()
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        body += bytes(reversed(groups))
    return der.encode(asn1.OID, bytes(body))


def read_answer(answer: bytes) -> bytes:
    """The token of a TimeStampResp. TsaRefused for a rejection, and for bytes that are no answer at all."""
    try:
        members = Members(asn1.parse(answer, ber=True, elements=10_000))
        status = asn1.read_integer(Members(members.take(asn1.SEQUENCE)).take())
        token = members.maybe(asn1.SEQUENCE)
        members.close()
    except SignaturesError as error:
        raise TsaRefused("garbage") from error
    if status not in _GRANTED:
        raise TsaRefused("rejected")
    if token is None:
        raise TsaRefused("garbage")
    return token.raw


def check_answer(token: bytes, digest: bytes, nonce: int, policy: str = "") -> Stamp:
    """RFC 3161 section 2.4.2: the token is over what was asked, answers this very request, by the policy asked for."""
    try:
        stamp = read_stamp(token)
    except SignaturesError as error:
        raise TsaRefused("garbage") from error
    if not stamp.imprint_algorithm.agrees(AlgorithmIdentifier(SHA512_OID, None)) or stamp.imprint != digest:
        raise TsaRefused("wrong_imprint")
    if stamp.nonce != nonce:
        raise TsaRefused("wrong_nonce")
    if policy and stamp.policy != policy:
        raise TsaRefused("wrong_policy")
    return stamp
