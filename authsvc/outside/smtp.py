"""E-mail by SMTP (RFC 5321) over TLS: implicit (RFC 8314) or by STARTTLS (RFC 3207), the server's certificate checked.

A server that does not offer STARTTLS where it is demanded gets no mail: that is how stripping it looks (RFC 3207
section 6). A message lost after its last byte goes out again under the same Message-ID.
"""

import asyncio
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr

import aiosmtplib
from aiosmtplib import errors

from authsvc.clock import Clock
from authsvc.gateways import SmtpGateway
from authsvc.outside import Accepted, Message, Permanent, Temporary, Unusable, Verdict

AGAIN_MS = 10_000
LONGEST_ADDRESS = 254
"""Octets of an address (RFC 5321 4.5.3.1.3, less its angle brackets)."""


class Smtp:
    """One mail server; a connection for each message, as few at once as the settings say."""

    def __init__(self, gateway: SmtpGateway, clock: Clock) -> None:
        self._gateway = gateway
        self._clock = clock
        self._turns = asyncio.Semaphore(gateway.at_once)
        self._tls: ssl.SSLContext | None = None

    async def send(self, message: Message) -> Verdict | Unusable:
        """Hand the mail over. 4xx is temporary, 5xx to address or text permanent (RFC 5321 4.2.1); `id` is its
        Message-ID."""
        try:
            address = read_mailbox(message.address)
            mail = write_mail(message, address, self._gateway.sender, self._clock.now())
        except ValueError:
            return Permanent("address_refused")
        async with self._turns:
            try:
                async with asyncio.timeout(self._gateway.seconds):
                    return await self._deliver(address, mail, message.id)
            except (OSError, errors.SMTPException, ValueError) as error:
                return _judge(error)

    async def probe(self) -> str:
        """Greeting, TLS and sign-in, no mail."""
        try:
            async with asyncio.timeout(self._gateway.seconds):
                client = self._client()
                await client.connect()
                await client.quit()
        except (OSError, errors.SMTPException, ValueError) as error:
            verdict = _judge(error)
            return verdict.reason if isinstance(verdict, Unusable | Temporary | Permanent) else ""
        return ""

    async def close(self) -> None:
        """Nothing stays open."""

    async def _deliver(self, address: str, mail: bytes, name: str) -> Verdict:
        client = self._client()
        try:
            await client.connect()
            await client.sendmail(parseaddr(self._gateway.sender)[1], [address], mail)
        finally:
            client.close()  # what was accepted is accepted, whatever a QUIT would bring
        return Accepted(name)

    def _client(self) -> aiosmtplib.SMTP:
        known = self._gateway
        if self._tls is None:
            self._tls = ssl.create_default_context(cafile=known.ca_file or None)
            self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        return aiosmtplib.SMTP(
            hostname=known.host,
            port=known.port,
            username=known.user or None,
            password=known.password or None,
            use_tls=known.security == "tls",
            start_tls=known.security == "starttls",
            tls_context=self._tls,
            timeout=known.seconds,
        )


def read_mailbox(address: str) -> str:
    """The address with its domain in ASCII (RFC 5890). ValueError for none, or one that needs SMTPUTF8."""
    local, _, domain = address.rpartition("@")
    mailbox = f"{local}@{domain.encode('idna').decode('ascii')}"
    if not local or not domain or len(mailbox) > LONGEST_ADDRESS:
        raise ValueError("no address of a mailbox")
    if not mailbox.isascii() or not mailbox.isprintable() or set(local) & set(' "<>,;:@()[]\\'):
        raise ValueError("no address of a mailbox")
    return mailbox


def write_mail(message: Message, address: str, sender: str, now: int) -> bytes:
    """The mail's bytes, ASCII alone on the wire."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = address
    mail["Subject"] = message.subject
    mail["Date"] = formatdate(now / 1000, usegmt=True)
    mail["Message-ID"] = f"<{message.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine answers it
    mail.set_content(message.text, cte="base64")
    return mail.as_bytes()


def _judge(error: Exception) -> Verdict | Unusable:
    """What an error says: by its reply code where it has one; the gateway's own faults are no fault of the message."""
    if isinstance(error, errors.SMTPRecipientsRefused):
        refused = [each.code for each in error.recipients]
        return _by_code(min(refused, default=451), Permanent("address_refused"))
    if isinstance(error, errors.SMTPDataError):
        return _by_code(error.code, Permanent("message_refused"))
    if isinstance(error, errors.SMTPResponseException):  # greeting, HELO, sign-in, sender
        return _by_code(error.code, Unusable("gateway_refused"))
    if isinstance(error, ssl.SSLCertVerificationError) or isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return Unusable("certificate")
    if isinstance(error, errors.SMTPException) and "STARTTLS" in str(error):
        return Unusable("no_starttls")
    return Temporary(AGAIN_MS, "unreachable")


def _by_code(code: int, otherwise: Permanent | Unusable) -> Verdict | Unusable:
    return Temporary(AGAIN_MS, f"smtp_{code}") if 400 <= code < 500 else otherwise
