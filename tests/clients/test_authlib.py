"""A second, independent client: Authlib walks code flow, userinfo, refresh, introspection, revocation; both kinds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from tests.clients.conftest import REDIRECT, beside
from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
SCOPE = "openid profile offline_access"


class Walk:
    """Authlib's session for one of the sandbox's clients, and what discovery told it."""

    def __init__(self, world: World, kind: str) -> None:
        known = world.people.clients[kind]
        secret = known.get("client_secret")
        method = "client_secret_basic" if secret else "private_key_jwt"
        self.world, self.client_id = world, known["client_id"]
        self.session = OAuth2Session(
            self.client_id,
            secret or ECKey.import_key({**known["jwk"]}),
            scope=SCOPE,
            redirect_uri=REDIRECT,
            code_challenge_method="S256",
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,  # else Authlib falls back to Basic
        )
        self.metadata: dict[str, Any] = self.session.request(
            "GET", f"{world.issuer}/.well-known/openid-configuration", withhold_token=True
        ).json()
        if not secret:
            # The audience of an assertion is the issuer (RFC 7523bis, FAPI 2.0), which Authlib does not know by itself.
            header = {"kid": known["jwk"]["kid"]}
            self.session.register_client_auth_method(PrivateKeyJWT(world.issuer, headers=header, alg="ES256"))

    async def run(self, call: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """A call of the synchronous client, while the service goes on answering."""
        return await asyncio.to_thread(call, *given, **named)


async def begin(world: World, kind: str) -> Walk:
    return await asyncio.to_thread(Walk, world, kind)


async def log_in(walk: Walk) -> dict[str, Any]:
    """A whole login with PKCE, state and nonce; the token response."""
    person = await beside(walk.world)
    verifier, nonce = "v" * 48, "n-0S6_WzA2Mj"
    url, state = walk.session.create_authorization_url(
        walk.metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    left = await person.visit(url)
    token: dict[str, Any] = await walk.run(
        walk.session.fetch_token,
        walk.metadata["token_endpoint"],
        authorization_response=left,
        state=state,
        code_verifier=verifier,
    )
    keys = KeySet.import_key_set((await walk.run(walk.session.get, walk.metadata["jwks_uri"])).json())
    decoded = jwt.decode(token["id_token"], keys, algorithms=["ES256"])
    options = {
        "iss": {"essential": True, "value": walk.world.issuer},
        "aud": {"essential": True, "value": walk.client_id},
    }
    claims = CodeIDToken(decoded.claims, decoded.header, options, {"nonce": nonce, "client_id": walk.client_id})
    claims.validate(now=walk.world.clock.now() // 1000)
    return {**token, "sub": decoded.claims["sub"]}


@pytest.mark.parametrize("kind", ["basic", "pkjwt"])
async def test_authlib_code_flow_and_userinfo_agrees(open_world: World, kind: str) -> None:
    walk = await begin(open_world, kind)
    token = await log_in(walk)
    told = await walk.run(walk.session.get, walk.metadata["userinfo_endpoint"])
    assert told.json()["sub"] == token["sub"]


@pytest.mark.parametrize("kind", ["basic", "pkjwt"])
async def test_authlib_refresh_rotates_and_revoke_and_introspect(open_world: World, kind: str) -> None:
    walk = await begin(open_world, kind)
    token = await log_in(walk)
    endpoint = walk.metadata["token_endpoint"]
    again = await walk.run(walk.session.refresh_token, endpoint, refresh_token=token["refresh_token"])
    assert again["refresh_token"] != token["refresh_token"]
    introspect = walk.metadata["introspection_endpoint"]
    before = await walk.run(walk.session.introspect_token, introspect, token=again["access_token"])
    assert before.json()["active"] is True
    ended = await walk.run(walk.session.revoke_token, walk.metadata["revocation_endpoint"], token=again["access_token"])
    assert ended.status_code == 200
    after = await walk.run(walk.session.introspect_token, introspect, token=again["access_token"])
    assert after.json() == {"active": False}


@pytest.mark.parametrize("kind", ["basic", "pkjwt"])
async def test_authlib_client_credentials(open_world: World, kind: str) -> None:
    walk = await begin(open_world, kind)
    walk.session.scope = "evidence"
    endpoint = walk.metadata["token_endpoint"]
    token = await walk.run(walk.session.fetch_token, endpoint, grant_type="client_credentials")
    assert token["token_type"] == "Bearer"
