"""A message centre: SMPP 3.4 read anew from the specification, sharing no code with the service.

It joins parts by their header, decodes GSM 7-bit and UCS-2, and sends delivery receipts; faults by number and `faults`.
"""

import asyncio
import contextlib
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

BY_NUMBER = {"00": 0x0B, "11": 0x58, "14": 0x14, "66": 0x08, "10": 0x0A}
"""Last digits of the destination: invalid, throttled, queue full, system error, invalid source."""
GSM = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
GSM += "¿abcdefghijklmnopqrstuvwxyzäöñüà"
EXTENDED = {10: "\f", 20: "^", 40: "{", 41: "}", 47: "\\", 60: "[", 61: "~", 62: "]", 64: "|", 101: "€"}


@dataclass(frozen=True)
class Sms:
    """A message as a phone shows it, all its parts joined."""

    to: str
    source: str
    text: str
    parts: int
    coding: int
    validity: str


@dataclass
class MessageCentre:
    """`faults`: silent, refuse_bind, drop, half, garbage, huge, nack, wrong_answer, no_end. `receipts`: their state."""

    system_id: str = "bank"
    password: str = "s3cret"
    tls: ssl.SSLContext | None = None
    faults: set[str] = field(default_factory=set)
    receipts: str = ""
    receipt_as_option: bool = False
    port: int = 0
    messages: list[Sms] = field(default_factory=list)
    binds: int = 0
    receipts_answered: int = 0
    answered_enquiries: int = 0
    _parts: dict[tuple[str, int], dict[int, bytes]] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["MessageCentre"]:
        tasks: set[asyncio.Task[None]] = set()

        async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            self._writers.append(writer)
            gone = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError)
            with contextlib.suppress(*gone):
                await self._talk(reader, writer)
            writer.close()

        server = await asyncio.start_server(meet, "127.0.0.1", self.port, ssl=self.tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await server.wait_closed()

    async def until(self, what: str, count: int) -> None:
        """Wait until this counter has come so far."""
        while getattr(self, what) < count:
            self._news.clear()
            await self._news.wait()

    def cut(self) -> None:
        """Drop every connection."""
        for writer in self._writers:
            writer.close()

    def ask(self, command: int, body: bytes = b"") -> None:
        """Send a PDU of the centre's own on each session."""
        for writer in self._writers:
            writer.write(struct.pack(">IIII", 16 + len(body), command, 0, 77) + body)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sequence_of_ours = 1000
        while True:
            length, command, _status, sequence = struct.unpack(">IIII", await reader.readexactly(16))
            body = await reader.readexactly(length - 16)

            def say(status: int, answer: bytes = b"", *, command: int = command, sequence: int = sequence) -> None:
                writer.write(struct.pack(">IIII", 16 + len(answer), command | 0x80000000, status, sequence) + answer)

            if command == 9:
                names = body.split(b"\x00")
                right = names[:2] == [self.system_id.encode(), self.password.encode()]
                self.binds += 1
                say(0 if right and "refuse_bind" not in self.faults else 0x0E, b"centre\x00")
            elif command == 4:
                if "silent" in self.faults:
                    continue
                if not self._fault(writer, sequence):
                    status, name = self._take(body)
                    say(status, name.encode() + b"\x00" if not status else b"")
                    if name and self.receipts and body[-1:] and self._wants_receipt(body):
                        sequence_of_ours += 1
                        self._send_receipt(writer, name, sequence_of_ours)
            elif command == 0x15:
                say(0)
            elif command == 6:
                say(0)
                return
            elif command == 0x80000005:
                self.receipts_answered += 1
            elif command == 0x80000015:
                self.answered_enquiries += 1
            self._news.set()
            await writer.drain()

    def _fault(self, writer: asyncio.StreamWriter, sequence: int) -> bool:
        if "drop" in self.faults:
            raise ConnectionResetError
        said = {
            "half": struct.pack(">IIII", 30, 0x80000004, 0, sequence) + b"ab",
            "garbage": b"HTTP/1.1 400 Bad Request\r\n\r\n",
            "huge": struct.pack(">IIII", 0x7FFFFFFF, 0x80000004, 0, sequence),
            "nack": struct.pack(">IIII", 16, 0x80000000, 0x03, sequence),
            "wrong_answer": struct.pack(">IIII", 16, 0x80000015, 0, sequence),
            "no_end": struct.pack(">IIII", 18, 0x80000004, 0, sequence) + b"ab",
        }
        for fault, data in said.items():
            if fault in self.faults:
                writer.write(data)
                if fault == "half":
                    writer.close()
                return True
        return False

    def _wants_receipt(self, body: bytes) -> bool:
        return self._read(body)[6]

    def _read(self, body: bytes) -> tuple[str, str, int, int, bytes, str, bool]:
        def string(at: int) -> tuple[str, int]:
            end = body.index(b"\x00", at)
            return body[at:end].decode(), end + 1

        _, at = string(0)
        source, at = string(at + 2)
        destination, at = string(at + 2)
        esm = body[at]
        _, at = string(at + 3)
        validity, at = string(at)
        registered, _, coding, _, length = body[at : at + 5]
        return source, destination, esm, coding, body[at + 5 : at + 5 + length], validity, bool(registered & 1)

    def _take(self, body: bytes) -> tuple[int, str]:
        source, destination, esm, coding, data, validity, _ = self._read(body)
        status = BY_NUMBER.get(destination[-2:], 0)
        if status:
            return status, ""
        name = f"m{len(self.messages)}-{len(self._parts)}-{data[5:6].hex()}"
        parts = 1
        if esm & 0x40:
            assert data[:3] == b"\x05\x00\x03"
            assert len(data) <= (140 if coding == 8 else 159)
            reference, parts, number = data[3:6]
            known = self._parts.setdefault((destination, reference), {})
            known[number] = data[6:]
            if len(known) < parts:
                return 0, name
            data = b"".join(known[at] for at in range(1, parts + 1))
            del self._parts[destination, reference]
        text = data.decode("utf-16-be") if coding == 8 else _septets(data)
        self.messages.append(Sms(destination, source, text, parts, coding, validity))
        return 0, name

    def _send_receipt(self, writer: asyncio.StreamWriter, name: str, sequence: int) -> None:
        text = f"id:{name} sub:001 dlvrd:001 submit date:2611241000 done date:2611241001"
        text += f" stat:{self.receipts} err:000 text:"
        options = b""
        if self.receipt_as_option:
            text = ""
            state = {"DELIVRD": 2, "UNDELIV": 5}[self.receipts]
            options = struct.pack(">HH", 0x1E, len(name) + 1) + name.encode() + b"\x00"
            options += struct.pack(">HHB", 0x427, 1, state)
        body = b"\x00\x01\x017701\x00\x05\x00BANK\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00"
        body += bytes((len(text),)) + text.encode() + options
        writer.write(struct.pack(">IIII", 16 + len(body), 5, 0, sequence) + body)


def _septets(data: bytes) -> str:
    text, escaped = "", False
    for octet in data:
        if escaped:
            text, escaped = text + EXTENDED[octet], False
        elif octet == 0x1B:
            escaped = True
        else:
            text += GSM[octet]
    return text
