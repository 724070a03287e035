"""A session with a message centre (SMPP 3.4 section 2): bound once, many submissions under way, kept alive, receipts.

The session is made when the first message needs it, and again after it broke. Receipts are hints: what they say is
handed to `receipts`, and nothing waits for them.
"""

import asyncio
import contextlib
import hashlib
import ssl
from collections.abc import Callable

from authsvc.clock import Clock
from authsvc.gateways import SmppGateway
from authsvc.outside import Accepted, Message, Permanent, Receipt, Temporary, Unusable, Verdict
from authsvc.outside.smpp import pdu
from authsvc.outside.smpp.pdu import BadPdu, Pdu, Submission
from authsvc.outside.smpp.text import split

AGAIN_MS = 10_000
ALIVE_SECONDS = 30.0
"""An idle session asks so often whether the centre is there."""
TEMPORARY = frozenset({0x05, 0x08, 0x14, 0x45, 0x58, 0x64})
"""Bound already, system error, queue full, submit failed, throttled, temporary application error."""
MESSAGE = frozenset({0x01, 0x0B, 0x33, 0x34, 0x43, 0x50, 0x62, 0x65, 0x66})
"""Length, destination, its lists, esm_class, its numbering, validity, permanent and other application errors."""
OUTCOMES = {"DELIVRD": True, "EXPIRED": False, "DELETED": False, "UNDELIV": False, "REJECTD": False}


class _Refused(Exception):
    """An answer with another status than OK."""

    def __init__(self, status: int, *, binding: bool = False) -> None:
        super().__init__(f"smpp_{status:02x}")
        self.status = status
        self.binding = binding


class Smpp:
    """One message centre."""

    def __init__(self, gateway: SmppGateway, clock: Clock, receipts: Callable[[Receipt], None]) -> None:
        self._gateway = gateway
        self._clock = clock
        self._receipts = receipts
        self._turns = asyncio.Semaphore(gateway.at_once)
        self._binding = asyncio.Lock()
        self._link: _Link | None = None

    async def send(self, message: Message) -> Verdict | Unusable:
        """Submit every part; `id` is the centre's for the last one, whose receipt is asked for."""
        known = self._gateway
        try:
            parts = self._parts(message)
        except ValueError:
            return Permanent("message_refused")
        try:
            async with self._turns, asyncio.timeout(known.seconds):
                link = await self._bound()
                name = ""
                for body in parts:
                    answer = await link.ask(pdu.SUBMIT_SM, body)
                    name = pdu.read_message_id(answer.body)
        except _Refused as refused:
            return _judge(refused)
        except ssl.SSLCertVerificationError:
            return Unusable("certificate")
        except (OSError, TimeoutError, BadPdu, asyncio.IncompleteReadError):
            return Temporary(AGAIN_MS, "unreachable")
        return Accepted(name, known.name)

    async def probe(self) -> str:
        """Bind and unbind."""
        try:
            async with asyncio.timeout(self._gateway.seconds):
                await self._bound()
        except _Refused as refused:
            return str(refused)
        except ssl.SSLCertVerificationError:
            return "certificate"
        except (OSError, TimeoutError, BadPdu, asyncio.IncompleteReadError, ValueError):
            return "unreachable"
        return ""

    async def close(self) -> None:
        """Unbind, without waiting long for the answer."""
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    def _parts(self, message: Message) -> list[bytes]:
        known = self._gateway
        reference = hashlib.sha256(message.id.encode()).digest()[0]  # the same at each try: a phone knows a part again
        coding, texts = split(message.text, reference, gsm=known.latin == "gsm")
        left = max(1, (message.until - self._clock.now()) // 1000) if message.until else 0
        last = len(texts)
        return [
            Submission(
                source=known.sender,
                destination=message.address.removeprefix("+"),
                text=text,
                coding=coding,
                header=last > 1,
                receipt=at == last,
                validity=left,
            ).write()
            for at, text in enumerate(texts, 1)
        ]

    async def _bound(self) -> "_Link":
        async with self._binding:
            if self._link is None or self._link.broken:
                known = self._gateway
                if self._link is not None:
                    await self._link.close()
                self._link = await _Link.open(known, self._heard)
        return self._link

    def _heard(self, name: str, state: str) -> None:
        if state in OUTCOMES:
            self._receipts(Receipt(self._gateway.name, name, OUTCOMES[state]))


class _Link:
    """One TCP connection, bound."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, receipts: Callable[[str, str], None]
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._receipts = receipts
        self._sequence = 0
        self._waiting: dict[int, asyncio.Future[Pdu]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.broken = False

    @classmethod
    async def open(cls, known: SmppGateway, receipts: Callable[[str, str], None]) -> "_Link":
        context = ssl.create_default_context(cafile=known.ca_file or None) if known.security == "tls" else None
        reader, writer = await asyncio.open_connection(known.host, known.port, ssl=context)
        link = cls(reader, writer, receipts)
        link._tasks.append(asyncio.create_task(link._read()))
        try:
            await link.ask(pdu.BIND_TRANSCEIVER, pdu.write_bind(known.system_id, known.password, known.system_type))
        except BaseException as error:
            await link.close()
            if isinstance(error, _Refused):
                raise _Refused(error.status, binding=True) from error
            raise
        link._tasks.append(asyncio.create_task(link._keep_alive(known.seconds)))
        return link

    async def ask(self, command: int, body: bytes) -> Pdu:
        """The answer to a request. Raises _Refused for another status than OK, ConnectionError when the link broke."""
        if self.broken:
            raise ConnectionResetError
        self._sequence = self._sequence % 0x7FFFFFFF + 1
        sequence, answer = self._sequence, asyncio.get_running_loop().create_future()
        self._waiting[sequence] = answer
        try:
            self._writer.write(Pdu(command, 0, sequence, body).write())
            await self._writer.drain()
            heard: Pdu = await answer
        finally:
            self._waiting.pop(sequence, None)
        if heard.command != pdu.GENERIC_NACK and heard.command != command | pdu.RESPONSE:
            self._break()
            raise BadPdu("an answer to something else")
        if heard.status != pdu.OK:
            raise _Refused(heard.status)
        if heard.command == pdu.GENERIC_NACK:
            raise _Refused(pdu.INVALID_COMMAND)
        return heard

    async def close(self) -> None:
        """Say goodbye and cut."""
        if not self.broken:
            with contextlib.suppress(OSError):
                self._writer.write(Pdu(pdu.UNBIND, 0, self._sequence % 0x7FFFFFFF + 1).write())
        self._break()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _break(self) -> None:
        self.broken = True
        self._writer.close()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionResetError())

    async def _read(self) -> None:
        try:
            while True:
                head = await self._reader.readexactly(4)
                rest = await self._reader.readexactly(pdu.read_length(head) - 4)
                self._take(pdu.read_pdu(head + rest))
        except (OSError, BadPdu, asyncio.IncompleteReadError):
            self._break()

    def _take(self, heard: Pdu) -> None:
        if heard.command & pdu.RESPONSE:
            answer = self._waiting.get(heard.sequence)
            if answer is not None and not answer.done():
                answer.set_result(heard)
            return
        if heard.command == pdu.DELIVER_SM:
            receipt = pdu.read_delivered(heard.body).receipt
            if receipt is not None:
                self._receipts(*receipt)
            self._reply(heard, b"\x00")
        elif heard.command in (pdu.ENQUIRE_LINK, pdu.UNBIND):
            self._reply(heard)
            if heard.command == pdu.UNBIND:
                self._break()
        else:
            self._writer.write(Pdu(pdu.GENERIC_NACK, pdu.INVALID_COMMAND, heard.sequence).write())

    def _reply(self, heard: Pdu, body: bytes = b"") -> None:
        self._writer.write(Pdu(heard.command | pdu.RESPONSE, pdu.OK, heard.sequence, body).write())

    async def _keep_alive(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(ALIVE_SECONDS)
            try:
                async with asyncio.timeout(seconds):
                    await self.ask(pdu.ENQUIRE_LINK, b"")
            except (OSError, TimeoutError, BadPdu, _Refused):
                self._break()
                return


def _judge(refused: _Refused) -> Verdict | Unusable:
    if refused.status in TEMPORARY:
        return Temporary(AGAIN_MS, str(refused))
    if refused.status in MESSAGE and not refused.binding:
        return Permanent(str(refused))
    return Unusable("bind_refused" if refused.binding else str(refused))
