"""A mail server: RFC 5321 with AUTH PLAIN, STARTTLS and implicit TLS; faults by address and by `faults`."""

import asyncio
import contextlib
import ssl
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

BY_RECIPIENT = {"nobody": "550 5.1.1 no such user", "grey": "451 4.7.1 greylisted", "full": "452 4.2.2 full"}


@dataclass
class MailServer:
    """`faults`: strip_starttls, refuse_tls, silent, half_answer, drop_after_data, busy, bad_text, inject."""

    tls: ssl.SSLContext | None = None
    implicit: bool = False
    user: str = ""
    password: str = ""
    faults: set[str] = field(default_factory=set)
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    said: list[bytes] = field(default_factory=list)
    """What came, before TLS and within it."""
    plain: list[bytes] = field(default_factory=list)
    """What came before TLS alone."""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["MailServer"]:
        tasks: set[asyncio.Task[None]] = set()

        async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            with contextlib.suppress(
                ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError
            ):
                await self._talk(reader, writer)
            writer.close()

        server = await asyncio.start_server(meet, "127.0.0.1", 0, ssl=self.tls if self.implicit else None)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        secure = self.implicit
        if "silent" in self.faults:
            await asyncio.Event().wait()
        await self._say(writer, "421 busy" if "busy" in self.faults else "220 peer ESMTP")
        while line := await reader.readline():
            self.said.append(line)
            if not secure:
                self.plain.append(line)
            verb = line[:4].upper()
            if verb == b"EHLO":
                offered = ["STARTTLS"] if self.tls and not secure and "strip_starttls" not in self.faults else []
                offered += ["AUTH PLAIN"] if self.user and secure else []
                lines = ["peer", *offered, "8BITMIME"]
                for at, each in enumerate(lines):
                    await self._say(writer, f"250{' ' if at == len(lines) - 1 else '-'}{each}")
            elif verb == b"STAR":
                secure = await self._start_tls(writer)
            elif verb == b"AUTH":
                given = b64decode(line.split()[2]).split(b"\0")[1:]
                right = given == [self.user.encode(), self.password.encode()]
                await self._say(writer, "235 ok" if right else "535 5.7.8 bad credentials")
            elif verb == b"RCPT":
                local = line.split(b"<")[1].split(b"@")[0].decode()
                await self._say(writer, BY_RECIPIENT.get(local, "250 ok"))
            elif verb == b"DATA":
                await self._take(reader, writer)
            elif verb == b"QUIT":
                await self._say(writer, "221 bye")
                return
            else:
                await self._say(writer, "250 ok")

    async def _start_tls(self, writer: asyncio.StreamWriter) -> bool:
        if "refuse_tls" in self.faults:
            await self._say(writer, "454 4.7.0 not now")
            return False
        if "inject" in self.faults:  # an attacker's plain bytes behind the reply
            writer.write(b"220 go\r\n550 injected\r\n")
            await writer.drain()
        else:
            await self._say(writer, "220 go")
        assert self.tls is not None
        await writer.start_tls(self.tls)
        return True

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._say(writer, "354 go")
        body = await reader.readuntil(b"\r\n.\r\n")
        if "bad_text" in self.faults:
            await self._say(writer, "554 5.6.0 not this text")
            return
        if "drop_after_data" in self.faults:
            raise ConnectionResetError
        if "half_answer" in self.faults:
            writer.write(b"25")
            await writer.drain()
            raise ConnectionResetError
        self.raw.append(body)
        mail = message_from_bytes(body.removesuffix(b".\r\n"), policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        await self._say(writer, "250 2.0.0 queued as 7F")

    async def _say(self, writer: asyncio.StreamWriter, line: str) -> None:
        writer.write(line.encode() + b"\r\n")
        await writer.drain()
