"""Where two answers of NCANode's paths differ, member by member, told without personal data.

A member is told by its place, and its value only where it is of a closed list: a flag, a status, a use of keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from signatures import Indication, SubIndication

ADDED: Final = frozenset({"indication", "subIndication", "reasons", "changedAfterSigning", "intact", "tsp.valid"})
"""Members that only our answers have."""
BY_DESIGN: Final = frozenset({"reason", "location", "contactInfo", "signAlg", "signatureAlgorithm", "digestAlgorithm"})
"""Members of a PDF's signer or a certificate that differ by a row of docs/ncanode.md, whatever was signed."""
_TEXTS: Final = frozenset({"message", "details"})
"""Free text for a reader: no two programs say the same."""
_MEMBERS: Final = frozenset({
    "status", "valid", "signers", "certificates", "certificate", "tsp", "data", "revocations", "revoked", "by",
    "revocationTime", "reason", "notBefore", "notAfter", "keyUsage", "serialNumber", "signAlg", "keyUser", "publicKey",
    "signature", "subject", "issuer", "commonName", "lastName", "surName", "email", "organization", "gender", "iin",
    "bin", "country", "locality", "state", "dn", "genTime", "policy", "tsa", "tspHashAlgorithm", "hash", "location",
    "contactInfo", "signDate", "signatureAlgorithm", "digestAlgorithm", *ADDED,
})  # fmt: skip
_TIMES: Final = frozenset({"revocationTime", "notBefore", "notAfter", "genTime", "signDate"})
_BASE64: Final = frozenset({"publicKey", "signature", "data"})
_NUMBERS: Final = frozenset({"serialNumber", "hash"})
_USES: Final = frozenset({"UNKNOWN", "AUTH", "SIGN"})
_USERS: Final = frozenset({
    "INDIVIDUAL", "ORGANIZATION", "CEO", "CAN_SIGN", "CAN_SIGN_FINANCIAL", "HR", "EMPLOYEE", "NCA_PRIVILEGES",
    "NCA_ADMIN", "NCA_MANAGER", "NCA_OPERATOR", "IDENTIFICATION", "IDENTIFICATION_CON", "IDENTIFICATION_REMOTE",
    "IDENTIFICATION_REMOTE_DIGITAL_ID",
})  # fmt: skip
_CLOSED: Final[Mapping[str, frozenset[str]]] = {"keyUsage": _USES, "keyUser": _USERS, "by": frozenset({"OCSP", "CRL"})}
_STATUSES: Final = range(100, 600)
_CODE: Final = re.compile(r"[a-z]+(?:[._][a-z0-9]+)*")
_INDEX: Final = re.compile(r"\[\d+\]")
_DEEPEST: Final = 8
"""Objects and lists inside each other; no answer of NCANode has more than seven. What lies deeper counts."""


class Kind(StrEnum):
    """How a member differs."""

    VALUE = "differs"
    ONLY_HERE = "only here"
    ONLY_THERE = "only there"


@dataclass(frozen=True, slots=True)
class Difference:
    """One member. `here` and `there` are empty where a value isn't of a closed list. `by_design`: a row of the docs."""

    member: str
    kind: Kind
    here: str = ""
    there: str = ""
    by_design: bool = False

    @property
    def group(self) -> str:
        """The member without places in lists, for counting."""
        return _INDEX.sub("[]", self.member)


def compare(here: object, there: object) -> list[Difference]:
    """What differs between our answer and NCANode's, in the order of our members; none when a caller sees the same."""
    return list(_compare("", "", here, there, 0))


def explain(here: object) -> str:
    """Our own whole verdict on the request: indication, sub-indication, codes of the reasons. Empty without one."""
    if not isinstance(here, dict):
        return ""
    known = {each.value for each in (*Indication, *SubIndication)}
    said = [each for each in (here.get("indication"), here.get("subIndication")) if each in known]
    codes = [each.get("code") for signer in _list(here.get("signers")) for each in _list(_get(signer, "reasons"))
             if isinstance(each, dict)]  # fmt: skip
    told = sorted({each for each in codes if isinstance(each, str) and _CODE.fullmatch(each)})
    return " ".join((*map(str, said), *told))


def _get(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _compare(place: str, name: str, here: object, there: object, depth: int) -> Iterator[Difference]:
    if _same(name, here, there):
        return
    if depth > _DEEPEST:
        yield Difference(place, Kind.VALUE)
    elif isinstance(here, dict) and isinstance(there, dict):
        yield from _compare_objects(place, here, there, depth)
    elif isinstance(here, list) and isinstance(there, list) and name != "keyUser":
        for index in range(max(len(here), len(there))):
            inner = f"{place}[{index}]"
            if index >= len(here):
                yield Difference(inner, Kind.ONLY_THERE)
            elif index >= len(there):
                yield Difference(inner, Kind.ONLY_HERE)
            else:
                yield from _compare(inner, name, here[index], there[index], depth + 1)
    else:
        design = name in BY_DESIGN and ".revocations" not in place
        kind = Kind.ONLY_THERE if here is None else Kind.ONLY_HERE if there is None else Kind.VALUE
        yield Difference(place, kind, _shown(name, here), _shown(name, there), design)


def _compare_objects(
    place: str, here: Mapping[str, object], there: Mapping[str, object], depth: int
) -> Iterator[Difference]:
    for name in (*here, *(each for each in there if each not in here)):
        if name in _TEXTS or (name not in there and _is_added(place, name)):
            continue
        told = name if name in _MEMBERS else "(unknown member)"
        inner = f"{place}.{told}" if place else told
        yield from _compare(inner, name, here.get(name), there.get(name), depth + 1)


def _is_added(place: str, name: str) -> bool:
    return name in ADDED or f"{place.rsplit('.', 1)[-1]}.{name}" in ADDED


def _same(name: str, here: object, there: object) -> bool:
    """Whether a caller reads the same: moments as moments, numbers without leading zeros, base64 without line ends."""
    if here is None or there is None or isinstance(here, bool) or isinstance(there, bool):
        return here is there
    if isinstance(here, str) and isinstance(there, str):
        return here == there or _plain(name, here) == _plain(name, there)
    if name == "keyUser" and isinstance(here, list) and isinstance(there, list):
        return sorted(map(str, here)) == sorted(map(str, there))
    return type(here) is type(there) and not isinstance(here, dict | list) and here == there


def _plain(name: str, text: str) -> object:
    if name in _TIMES:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        # NCANode's times without a zone are UTC; its seconds are all that a certificate has.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).replace(microsecond=0)
    if name in _BASE64:
        return "".join(text.split()).rstrip("=")
    return text.lower().replace(":", "").lstrip("0") if name in _NUMBERS else text


def _shown(name: str, value: object) -> str:
    """The value if it is of a closed list; nothing that a certificate or a document may hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if name == "status" and isinstance(value, int) and value in _STATUSES:
        return str(value)
    closed = _CLOSED.get(name, frozenset())
    listed = value if isinstance(value, list) else [value]
    return " ".join(map(str, listed)) if closed and all(each in closed for each in map(str, listed)) else ""
