"""What a relying party trusts of a log, and the check of a receipt under it (docs/statement.md, section 6).

All trust comes from `trust.json`, which the operator publishes apart. The first entry of the log and the receipt keys
may come from anywhere, since the SHA-256 of the one stands in `trust.json`, and that entry names the thumbprints of the
others. A receipt key that was added later is named by a `key` record, which `authsvc evidence check` follows and this
does not: such a receipt is refused here, never taken.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from confirmations import Receipt, read_receipt, thumbprint
from confirmations.canonical import Json

LARGEST_TREE = 2**53


class Untrusted(ValueError):
    """`trust.json`, or what was shown beside it, is not what it should be."""


@dataclass(frozen=True, slots=True)
class Trust:
    """One log: its origin, the key of its checkpoints, the issuer of confirmations, the receipt keys by thumbprint."""

    origin: str
    log_key: str
    issuer: str
    receipt_keys: Mapping[str, EllipticCurvePublicKey]

    @classmethod
    def of(cls, trust: bytes, genesis: bytes, jwks: bytes) -> "Trust":
        """From `trust.json`, the log's first entry and its receipt keys (`/log/genesis`, `/log/receipt-keys`)."""
        try:
            told: Any = json.loads(trust)
            if hashlib.sha256(genesis).hexdigest() != told["genesis"]:
                raise Untrusted("the first entry is of another log than the one that is trusted")
            first: Any = json.loads(genesis.split(b"\n")[2])
            named = set(first["receipt_keys"])
            issuers = {each["family"]: each["vkey"] for each in first["issuers"]}
            keys = {thumbprint(key): key for key in map(_key_of, json.loads(jwks)["keys"])}
            known = {name: key for name, key in keys.items() if name in named}
            return cls(told["origin"], told["log_keys"]["keys"][0]["vkey"], issuers["confirmation"], known)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            if isinstance(error, Untrusted):
                raise
            raise Untrusted(f"not in the form that the formats say: {type(error).__name__}") from error

    def check(
        self, receipt: str, *, client_id: str, outcome: str = "confirmed", statement_digest: str | None = None
    ) -> Receipt:
        """The receipt, if it proves this outcome to this relying party. Raises `ReceiptRefused` of `confirmations`."""
        return read_receipt(
            receipt,
            keys=self.receipt_keys,
            audience=client_id,
            check_log=self._check_log,
            expected=outcome,
            statement_digest=statement_digest,
        )

    def _check_log(self, entry: bytes, proof: bytes, _timing: Mapping[str, Json] | None) -> str:
        """Issuer, inclusion and checkpoint; empty when they hold. Time stamps are not judged here."""
        try:
            open_note(entry.decode(), self.issuer)
            head, _, checkpoint = proof.decode().partition("\n\n")
            _, index, *path = head.split("\n")
            origin, size, root, *_ = open_note(checkpoint, self.log_key)
            hashes = [base64.b64decode(each, validate=True) for each in path]
            found = root_of(entry, int(index.removeprefix("index ")), int(size), hashes)
            if origin != self.origin or base64.b64encode(found).decode() != root:
                return "the proof leads to another root, or another log"
        except (ValueError, IndexError) as error:
            return str(error) or "not a proof"
        return ""


def open_note(note: str, vkey: str) -> list[str]:
    """The lines of a signed note that the Ed25519 key of this vkey signed (C2SP signed-note). Raises ValueError."""
    name, key_id, key = vkey.split("+", 2)
    text, _, signatures = note.rpartition("\n\n")
    for line in signatures.splitlines():
        _, signer, raw = line.split(" ", 2)
        if signer != name:
            continue
        signature = base64.b64decode(raw, validate=True)
        if signature[:4].hex() != key_id:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:]).verify(signature[4:], f"{text}\n".encode())
        except InvalidSignature as error:
            raise ValueError(f"the signature of {name} does not hold") from error
        return text.split("\n")
    raise ValueError(f"not signed by {name}")


def root_of(entry: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root to which an inclusion proof leads (RFC 9162, 2.1.3.2). Raises ValueError."""
    if not 0 <= index < size <= LARGEST_TREE:
        raise ValueError("the proof does not fit the tree")
    found, node, last = hashlib.sha256(b"\0" + entry).digest(), index, size - 1
    for hashed in path:
        if last == 0:
            raise ValueError("the proof does not fit the tree")
        if node % 2 or node == last:
            found = hashlib.sha256(b"\1" + hashed + found).digest()
            while not node % 2 and node:
                node, last = node // 2, last // 2
        else:
            found = hashlib.sha256(b"\1" + found + hashed).digest()
        node, last = node // 2, last // 2
    if last != 0:
        raise ValueError("the proof does not fit the tree")
    return found


def _key_of(jwk: Mapping[str, str]) -> EllipticCurvePublicKey:
    x, y = (base64.urlsafe_b64decode(jwk[name] + "=" * (-len(jwk[name]) % 4)) for name in ("x", "y"))
    return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), b"\x04" + x + y)
