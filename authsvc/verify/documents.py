"""A signed document as it was sent, and the limits of what may come with it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from authsvc.errors import InvalidRequest
from authsvc.trust import BASIC, POLICIES
from signatures import Digests
from signatures.digests import BY_NAME

LARGEST_NAME = 300
MOST_FILES = 64
"""CRLs, OCSP responses and certificates that one request may bring."""
LEADING = "sha256"
"""The digest by which a record names its document."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed document as a relying party sent it.

    `content`: the bytes signed, when they are not inside (detached), or their digests in their place. `files`: CRLs,
    OCSP responses and certificates that it has. `keep`: whether the detached content is kept, sealed, for a later court
    package; the signed file always is. `policy`: a name of `authsvc.trust.POLICIES`.
    """

    signed: bytes
    content: bytes | Digests | None = None
    files: tuple[bytes, ...] = ()
    name: str = ""
    keep: bool = False
    policy: str = BASIC

    def check(self) -> None:
        """Raises InvalidRequest with the rule that is broken."""
        if len(self.name) > LARGEST_NAME:
            raise InvalidRequest(f"name: at most {LARGEST_NAME} characters")
        if len(self.files) > MOST_FILES:
            raise InvalidRequest(f"evidence: at most {MOST_FILES} files")
        if self.policy not in POLICIES:
            raise InvalidRequest(f"policy: one of {', '.join(POLICIES)}")
        if self.keep and isinstance(self.content, Digests):
            raise InvalidRequest("keep: of a document that is not sent nothing can be kept")

    @property
    def digest(self) -> bytes:
        """SHA-256 of the document: of the content where it is apart, else of the signed file."""
        if isinstance(self.content, Digests):
            return self.content[LEADING]
        return hashlib.sha256(self.signed if self.content is None else self.content).digest()


def read_digests(given: Mapping[str, str]) -> Digests:
    """The digests of a document in place of it, hexadecimal by the hash's name. InvalidRequest for a hash that is not
    known, a wrong length, and without SHA-256, by which the record names the document."""
    found: dict[str, bytes] = {}
    for name, text in given.items():
        if name not in BY_NAME:
            raise InvalidRequest(f"digests: {name[:40]} is none of {', '.join(sorted(BY_NAME))}")
        try:
            found[name] = bytes.fromhex(text)
        except ValueError as error:
            raise InvalidRequest(f"digests: {name} is not hexadecimal") from error
        if len(found[name]) != BY_NAME[name].size:
            raise InvalidRequest(f"digests: {name} has {BY_NAME[name].size} bytes")
    if LEADING not in found:
        raise InvalidRequest(f"digests: {LEADING} is always needed, others beside it")
    return Digests(found)
