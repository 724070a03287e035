"""The statement of a login: "sign in to relying party x", with a digest of its own domain (evidence format v1).

digest = base64url of SHA-256("authsvc/authentication/v1" ‖ 0x00 ‖ JCS(statement)). A login says who somebody is; it is
no act of will about a content, so neither its statement nor its digest is ever accepted where a confirmation's is asked
for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from confirmations.canonical import Json, hash_domain, write_base64url, write_canonical, write_time
from confirmations.challenge import METHODS
from confirmations.errors import StatementRefused
from confirmations.fields import take_members, take_text
from confirmations.statement import (
    RelyingParty,
    check_head,
    check_methods,
    check_rp,
    read_methods,
    read_moment,
    read_rp,
)

LOGIN_DOMAIN: Final = b"authsvc/authentication/v1"
LOGIN_METHODS: Final = (*METHODS, "eds", "hotp")
"""Methods of a login. `eds` proves who holds a registration certificate; it is never a method of a confirmation."""

_ACR: Final = re.compile(r"[!-~]{1,255}")
_MEMBERS: Final = ("acr", "created", "expires", "id", "kind", "methods", "nonce", "rp", "subject")


@dataclass(frozen=True, slots=True)
class LoginStatement:
    """What a person does when signing in. Times are ms since 1970; `acr` is what was asked for.

    `subject` is the identifier under which the relying party knows the person, as in a statement.
    """

    id: str
    nonce: str
    rp: RelyingParty
    subject: str
    acr: str
    methods: tuple[tuple[str, ...], ...]
    created: int
    expires: int
    _bytes: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_head(self.id, self.nonce, self.subject, self.created, self.expires)
        check_rp(self.rp)
        check_methods(self.methods, LOGIN_METHODS)
        if _ACR.fullmatch(self.acr) is None:
            raise StatementRefused("acr", "reference", "not 1 to 255 visible ASCII characters")
        object.__setattr__(self, "_bytes", write_canonical(self.value()))

    def value(self) -> dict[str, Json]:
        """Give the JSON object, every member present."""
        return {
            "acr": self.acr,
            "created": write_time(self.created),
            "expires": write_time(self.expires),
            "id": self.id,
            "kind": "login",
            "methods": [list(methods) for methods in self.methods],
            "nonce": self.nonce,
            "rp": {"client_id": self.rp.client_id, "name": self.rp.name},
            "subject": self.subject,
        }

    def canonical(self) -> bytes:
        """Give the canonical bytes."""
        return self._bytes

    def digest(self) -> str:
        """Give the digest that stands in an `authentication` record as `login_statement`."""
        return write_base64url(hash_domain(LOGIN_DOMAIN, self._bytes))

    @classmethod
    def of(cls, value: object) -> LoginStatement:
        """Read a login statement strictly: exactly its members, each of its kind, each rule kept."""
        if not isinstance(value, Mapping):
            raise StatementRefused("statement", "kind", "an object is expected")
        take_members(value, "statement", _MEMBERS)
        if value["kind"] != "login":
            raise StatementRefused("statement.kind", "kind", "not the statement of a login")
        return cls(
            id=take_text(value, "statement", "id"),
            nonce=take_text(value, "statement", "nonce"),
            rp=read_rp(value["rp"]),
            subject=take_text(value, "statement", "subject"),
            acr=take_text(value, "statement", "acr"),
            methods=read_methods(value["methods"]),
            created=read_moment(value, "created"),
            expires=read_moment(value, "expires"),
        )
