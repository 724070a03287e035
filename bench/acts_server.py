"""The server under `bench.acts`: a whole service with invented people who are signed in already; codes go to stdout.

Arguments: database, folder, number of persons. The first line of output is what the clients need, as JSON; then a line
`REQUEST-ID CODE` for each message that leaves.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from urllib.parse import quote

import httpx2
import uvloop

from authsvc import accounts, app
from authsvc.accounts import Assent, Enrolment, Person
from authsvc.login import sessions
from authsvc.oidc import clients
from authsvc.oidc.relying_party import RelyingParty
from authsvc.outside import Accepted, Message
from authsvc.passwords import Passwords
from authsvc.sandbox.seed import settings_of
from authsvc.service import Service
from authsvc.serving import serve
from authsvc.store import Tx
from authsvc.store import sessions as session_rows
from authsvc.web.cookies import SESSION, name_of
from authsvc.web.pages import form_token_of
from authsvc.web.sandbox.pki import invent_iin

CLIENT = "bench"
WITHOUT_LIMIT = 10**9


@dataclass
class Gateway:
    """Hands each code to whoever runs the bench."""

    count: int = 0

    async def send(self, message: Message) -> Accepted:
        self.count += 1
        sys.stdout.write(f"{message.request_id} {message.code}\n")
        sys.stdout.flush()
        return Accepted(str(self.count))


class _Cheap(Passwords):
    """Nobody signs in during the bench, so enrolling thousands need not cost what a password costs."""

    async def hash(self, password: str) -> str:
        return self.nobody


async def main(database: str, folder: Path, persons: int) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    settings = replace(
        settings_of(folder / "data", listener.getsockname()[1]),
        database=database,
        sends_an_hour=WITHOUT_LIMIT,
        sends_a_day=WITHOUT_LIMIT,
        witness_policy_file=None,
        witness_holders_file=None,
        publish_ms=1_000,
    )
    await app.initialise(settings, ground="bench")
    async with app.opened(settings, channels={"sms": Gateway()}) as svc:
        listening = asyncio.Event()
        serving = asyncio.create_task(serve(svc, listener=listener, ready=listening.set))
        await listening.wait()
        party = RelyingParty(
            id=CLIENT,
            name={"kk": "Bench", "ru": "Bench", "en": "Bench"},
            auth_method="client_secret_basic",
            grant_types=("client_credentials",),
            scopes=("confirmations",),
        )
        secret = (await clients.register(svc, party, ground="bench")).client_secret
        cheap = replace(svc, passwords=_Cheap(svc.keys, os.urandom))
        known = await asyncio.gather(*(_person(cheap, number) for number in range(persons)))
        token = await _token(settings.issuer, secret)
        said = {"port": settings.port, "host": f"localhost:{settings.port}", "token": token, "persons": known}
        print(json.dumps(said), flush=True)
        await serving


async def _person(svc: Service, number: int) -> dict[str, str]:
    day = date(1800 + number // 300, 1 + number % 12, 1 + number % 28)
    account = await accounts.enrol(
        svc,
        Enrolment(
            login=f"person{number}",
            password="a password that nobody types",  # noqa: S106 - of a person who lives for seconds
            totp_secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",  # noqa: S106 - of a person who lives for seconds
            iin=invent_iin(day, number % 5000),
            name="Ахметова Айгүл Серікқызы",
            locale="kk",
            address=f"+7701{number:07d}",
            ground="bench",
        ),
    )
    person = await accounts.person_by_id(svc, account)
    if person is None:
        raise RuntimeError("a person that was just enrolled is not there")
    await accounts.give_consent(svc, person, _assent(svc, person))
    opening = sessions.prepare(svc, account, person.sub, ("password", "totp"), person.address_record, None)

    async def open_session(tx: Tx) -> None:
        await session_rows.insert_session(tx, opening.row)

    await svc.store.transact(open_session)
    cookie = f"{name_of(svc.settings, SESSION)}={opening.token}"
    return {"sub": person.sub, "cookie": cookie, "form_token": form_token_of(svc, opening.token)}


def _assent(svc: Service, person: Person) -> Assent:
    until = svc.clock.now() + accounts.CONSENT_MS
    return Assent(CLIENT, ("openid",), "bench", "", person.locale, until, "none", "none")


async def _token(issuer: str, secret: str) -> str:
    basic = b64encode(f"{quote(CLIENT)}:{quote(secret)}".encode()).decode()
    async with httpx2.AsyncClient() as client:
        metadata = (await client.get(f"{issuer}/.well-known/openid-configuration")).json()
        answer = await client.post(
            metadata["token_endpoint"],
            data={"grant_type": "client_credentials", "scope": "confirmations"},
            headers={"authorization": f"Basic {basic}"},
        )
    return str(answer.json()["access_token"])


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
