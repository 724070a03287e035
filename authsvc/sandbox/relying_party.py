"""A relying party as it would be written elsewhere: discovery, code flow with PKCE, the API."""

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import jwt

from authsvc.sandbox.transport import tls

REDIRECT = "http://127.0.0.1:48931/cb"
LEEWAY_S = 60
"""Seconds by which two clocks may differ."""


class Disappointed(Exception):
    """An answer that this relying party can't accept."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the code brought; `claims` are those of the checked ID token."""

    access_token: str
    id_token: str
    claims: dict[str, Any]


@dataclass(slots=True)
class Visit:
    """One login under way: what must come back unchanged."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(slots=True)
class RelyingPartyClient:
    """One relying party with a client secret. `call` speaks to the API as itself."""

    issuer: str
    client_id: str
    client_secret: str
    redirect: str = REDIRECT
    _http: httpx2.AsyncClient = field(default_factory=lambda: httpx2.AsyncClient(timeout=60, verify=tls()))
    _metadata: dict[str, Any] = field(default_factory=dict)
    _token: str = ""

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def discover(self) -> dict[str, Any]:
        """The issuer's metadata; the issuer must be exactly the one that was asked."""
        if not self._metadata:
            response = await self._http.get(f"{self.issuer}/.well-known/openid-configuration")
            metadata = response.json()
            if metadata["issuer"] != self.issuer:
                raise Disappointed("another issuer answered")
            self._metadata = metadata
        return self._metadata

    async def begin_login(self, *, scope: str = "openid", locale: str = "ru", **extra: str) -> Visit:
        """The address to which the citizen's browser is sent."""
        metadata = await self.discover()
        verifier = _random()
        state, nonce = _random(), _random()
        query = {
            "client_id": self.client_id,
            "code_challenge": _b64url(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
            "nonce": nonce,
            "redirect_uri": self.redirect,
            "response_type": "code",
            "scope": scope,
            "state": state,
            "ui_locales": locale,
            **extra,
        }
        return Visit(f"{metadata['authorization_endpoint']}?{urlencode(query)}", state, nonce, verifier)

    async def finish_login(self, visit: Visit, arrived: str) -> Tokens:
        """Redeem the code with which the browser came back; every check of a careful client is made."""
        answer = {name: values[0] for name, values in parse_qs(urlsplit(arrived).query).items()}
        if answer.get("state") != visit.state or answer.get("iss") != self.issuer:
            raise Disappointed("state or issuer of the answer are not those of the request")
        if "code" not in answer:
            raise Disappointed(f"no code: {answer.get('error')}")
        metadata = await self.discover()
        response = await self._http.post(
            metadata["token_endpoint"],
            data={
                "code": answer["code"],
                "code_verifier": visit.verifier,
                "grant_type": "authorization_code",
                "redirect_uri": self.redirect,
            },
            auth=(self.client_id, self.client_secret),
        )
        tokens = response.json()
        if response.status_code != 200:
            raise Disappointed(f"the token endpoint answered {response.status_code}: {tokens}")
        claims = await self._check_id_token(tokens["id_token"], visit.nonce)
        return Tokens(tokens["access_token"], tokens["id_token"], claims)

    async def call(
        self, method: str, path: str, body: object = None, *, key: str = "", files: Any = None, data: Any = None
    ) -> httpx2.Response:
        """One request to the API, with the relying party's own access token."""
        if not self._token:
            self._token = await self._own_token()
        headers = {"authorization": f"Bearer {self._token}"}
        if key:
            headers["idempotency-key"] = key
        content = None
        if body is not None:
            headers["content-type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False).encode()
        return await self._http.request(
            method, f"{self.issuer}{path}", content=content, headers=headers, files=files, data=data
        )

    async def _own_token(self) -> str:
        metadata = await self.discover()
        response = await self._http.post(
            metadata["token_endpoint"],
            data={"grant_type": "client_credentials"},
            auth=(self.client_id, self.client_secret),
        )
        if response.status_code != 200:
            raise Disappointed(f"no token of its own: {response.text}")
        return str(response.json()["access_token"])

    async def _check_id_token(self, token: str, nonce: str) -> dict[str, Any]:
        metadata = await self.discover()
        keys = jwt.PyJWKSet.from_dict((await self._http.get(metadata["jwks_uri"])).json())
        key = keys[jwt.get_unverified_header(token)["kid"]]
        claims: dict[str, Any] = jwt.decode(
            token, key.key, algorithms=["ES256"], audience=self.client_id, issuer=self.issuer, leeway=LEEWAY_S
        )
        if claims.get("nonce") != nonce:
            raise Disappointed("the ID token answers another request")
        return claims


def read_jws(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(header, payload) of a compact JWS, unchecked: for showing."""
    header, payload, _ = token.split(".")
    return json.loads(_unb64url(header)), json.loads(_unb64url(payload))


def _random() -> str:
    return _b64url(os.urandom(32))


def _b64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
