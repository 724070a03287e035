"""A person's addresses: the phone that codes go to, and more for notices; each sealed under their own key."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from authsvc.accounts import Person, address_mac
from authsvc.credentials import Ground, Whose, enrolled, new_factor
from authsvc.errors import InvalidRequest
from authsvc.evidence.log import Ticket
from authsvc.service import Service
from authsvc.store import Tx, people
from authsvc.store.people import FactorRow

METHOD = "code"
MOST = 5
"""Addresses of one person."""


PHONE = re.compile(r"\+[1-9][0-9]{7,14}")
MAILBOX = re.compile(r"[!-?A-~]{1,64}@[^\s@]{1,180}\.[^\s@.]{2,63}")


@dataclass(frozen=True, slots=True)
class Address:
    """An enrolled address. `codes`: it is the one that codes for confirmations go to."""

    row: FactorRow
    address: str
    codes: bool


def read_mailbox(typed: str) -> str:
    """A mailbox in its one form. Raises InvalidRequest."""
    mailbox = typed.strip()
    if not MAILBOX.fullmatch(mailbox):
        raise InvalidRequest("mailbox: a name, @ and a host")
    return mailbox


def read_address(typed: str) -> str:
    """A telephone number or a mailbox in its one form. Raises InvalidRequest."""
    address = typed.strip()
    if not PHONE.fullmatch(address) and not MAILBOX.fullmatch(address):
        raise InvalidRequest("address: a number as +77011234567, or a mailbox")
    return address


async def addresses_of(svc: Service, person: Person) -> Sequence[Address]:
    """All of the person's addresses, that for codes first."""
    handle = await svc.log.vault.find(svc.store, person.subject)
    found = []
    for row in await people.kept_factors(svc.store, person.id, METHOD):
        plain = await svc.log.vault.open_for(svc.store, handle, f"factor/{row.id}", row.sealed) if handle else None
        if plain is not None:
            found.append(Address(row, plain.decode(), row.id == person.address_id))
    return sorted(found, key=lambda each: not each.codes)


async def write(
    tx: Tx, svc: Service, account: str, whose: Whose, address: str, ground: Ground, factor: FactorRow | None = None
) -> Ticket:
    """Enrol an address of an account that is there, with its record. `factor`: its row, where it is made already."""
    now = svc.clock.now()
    row = factor or new_factor(svc, account, METHOD, b"", now)
    handle = await svc.log.vault.enter(tx, whose.subject)
    sealed = await svc.log.vault.seal_for(tx, handle, f"factor/{row.id}", address.encode())
    await people.insert_factor(tx, replace(row, sealed=sealed))
    await people.index_address(tx, address_mac(svc, address), account)
    return await svc.log.stage(tx, enrolled(svc, row, whose, ground, now, address))
