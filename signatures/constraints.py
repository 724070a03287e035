"""RFC 5280 section 4.2.1.10: name constraints, for every certificate below the one that sets them.

A constraint on a kind of name that is not understood here refuses every certificate that has a name of that kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from signatures import asn1
from signatures.asn1 import Element, Members
from signatures.certificates import NAME_CONSTRAINTS, Certificate, GeneralName
from signatures.errors import LimitExceeded, Malformed
from signatures.names import EMAIL_ADDRESS, Name

EMAIL: Final = 1
DNS: Final = 2
DIRECTORY: Final = 4
URI: Final = 6
IP: Final = 7

_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_URI_HOST: Final = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)", re.IGNORECASE)
_LOCAL_PART: Final = re.compile(r"[^\s@\"(),:;<>\[\\\]]+|\"(?:[^\"\\]|\\.)*\"")  # RFC 5321 section 4.1.2


class Subtrees(NamedTuple):
    """What one certificate permits (every name of a kind must lie in one of its subtrees) and excludes."""

    permitted: tuple[GeneralName, ...]
    excluded: tuple[GeneralName, ...]


@dataclass(slots=True)
class NameConstraints:
    """The constraints gathered on the way down a path. `left` bounds the comparisons."""

    left: int
    layers: list[Subtrees] = field(default_factory=list)

    def add(self, certificate: Certificate) -> None:
        """Takes what this CA certificate demands of all below it."""
        extension = certificate.extensions.get(NAME_CONSTRAINTS)
        if extension is not None:
            self.layers.append(_read_subtrees(asn1.parse(extension.value)))

    def refuses(self, certificate: Certificate) -> str | None:
        """The first name of the certificate that is not allowed, in words; None if all are."""
        if not self.layers:
            return None
        names = _names_of(certificate)
        for permitted, excluded in self.layers:
            self.left -= len(names) * (len(permitted) + len(excluded))
            if self.left < 0:
                raise LimitExceeded("name_checks")
            for name in names:
                alike = [base for base in permitted if base.kind == name.kind]
                if alike and not any(_within(name, base) for base in alike):
                    return _say(name)
                if any(base.kind == name.kind and _within(name, base, excluding=True) for base in excluded):
                    return _say(name)
        return None


def _read_subtrees(element: Element) -> Subtrees:
    members = Members(element)
    permitted, excluded = members.maybe(0xA0), members.maybe(0xA1)
    members.close()
    if permitted is None and excluded is None:
        raise Malformed("The name constraints are empty.")
    return Subtrees(_read_bases(permitted), _read_bases(excluded))


def _read_bases(element: Element | None) -> tuple[GeneralName, ...]:
    if element is None:
        return ()
    found = []
    for child in element.children():
        members = Members(child)
        base = members.take()
        members.close()  # minimum and maximum have no use in RFC 5280 and must be absent
        kind = base.tag & 0x1F
        found.append(GeneralName(kind, base.only().raw if kind == DIRECTORY else base.value))
        _check_base(found[-1])
    if not found:
        raise Malformed("A list of subtrees is empty.")
    return tuple(found)


def _check_base(base: GeneralName) -> None:
    """Refuses a base that can't mean what its kind says."""
    if base.kind == IP and len(base.value) not in (8, 32):
        raise Malformed("An IP constraint is neither of version 4 nor of version 6.")
    if base.kind == IP:
        half = len(base.value) // 2
        mask = int.from_bytes(base.value[half:], "big")
        if ((1 << 8 * half) - 1 ^ mask) & ((1 << 8 * half) - 1 ^ mask) + 1:
            raise Malformed("An IP constraint has a mask with holes.")
    if base.kind == DNS and base.value and not _is_dns(_ascii(base)):
        raise Malformed("A DNS constraint is no domain name.")
    if base.kind == DIRECTORY and not Name(base.value).readable:
        raise Malformed("A directory constraint is no name.")


def _names_of(certificate: Certificate) -> list[GeneralName]:
    """All names of the subject; an address in the subject counts when no alternative name holds one."""
    names = list(certificate.alternative_names)
    if not certificate.subject.empty:
        names.append(GeneralName(DIRECTORY, certificate.subject.der))
    if not any(name.kind == EMAIL for name in names):
        names.extend(
            GeneralName(EMAIL, text.encode("utf-8", "replace")) for text in certificate.subject.all(EMAIL_ADDRESS)
        )
    return names


def _within(name: GeneralName, base: GeneralName, *, excluding: bool = False) -> bool:
    """Whether a name lies in a subtree. What can't be told counts against the name: permitted no, excluded yes."""
    if name.kind == DIRECTORY:
        bounds, inner = Name(base.value).key, Name(name.value).key
        return inner[: len(bounds)] == bounds
    if name.kind == DNS:
        return _in_domain(_dns(name), _ascii(base).lower(), excluding)
    if name.kind == EMAIL:
        return _in_mailboxes(_ascii(name), _ascii(base))
    if name.kind == URI:
        return _in_hosts(_host(name), _ascii(base).lower())
    if name.kind == IP:
        return _in_network(name.value, base.value)
    return excluding


def _in_domain(name: str, base: str, excluding: bool) -> bool:
    """A DNS constraint covers the domain and all below it. A wildcard may be any child of its parent."""
    if name.startswith("*."):
        name = name[2:]
        if excluding and base.endswith("." + name):
            return True
    return not base or name == base or name.endswith("." + base)


def _in_mailboxes(name: str, base: str) -> bool:
    local, at, host = name.rpartition("@")
    if not at or not _LOCAL_PART.fullmatch(local) or not _is_dns(host):
        raise Malformed("A mail address can't be read.")
    if "@" in base:
        base_local, _, base_host = base.rpartition("@")
        return local == base_local and host.lower() == base_host.lower()
    base, host = base.lower(), host.lower()
    return host.endswith(base) if base.startswith(".") else host == base


def _in_hosts(host: str, base: str) -> bool:
    return host.endswith(base) if base.startswith(".") else host == base


def _in_network(address: bytes, base: bytes) -> bool:
    if len(address) not in (4, 16):
        raise Malformed("An IP address is neither of version 4 nor of version 6.")
    half = len(base) // 2
    if len(address) != half:
        return False
    mask = int.from_bytes(base[half:], "big")
    return int.from_bytes(address, "big") & mask == int.from_bytes(base[:half], "big") & mask


def _dns(name: GeneralName) -> str:
    text = _ascii(name).lower()
    if not _is_dns(text.removeprefix("*.")):
        raise Malformed("A DNS name can't be read.")
    return text


def _host(name: GeneralName) -> str:
    match = _URI_HOST.match(_ascii(name))
    if match is None or not _is_dns(match[1]):
        raise Malformed("A URI names no host, so no constraint on hosts can hold.")
    return match[1].lower()


def _is_dns(text: str) -> bool:
    return len(text) <= 253 and all(_LABEL.fullmatch(label) for label in text.lower().split("."))


def _ascii(name: GeneralName) -> str:
    try:
        return name.value.decode("ascii")
    except UnicodeDecodeError as error:
        raise Malformed("A name has letters that its kind can't have.") from error


def _say(name: GeneralName) -> str:
    return Name(name.value).text if name.kind == DIRECTORY else name.value.decode("ascii", "replace")
