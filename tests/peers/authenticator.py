"""An authenticator in software (Web Authentication Level 3, section 6), with the faults asked for."""

import hashlib
import json
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """`counter` is told with each answer (0: none is kept). `flags` are those of every answer."""

    origin: str
    flags: int = UP | UV
    counter: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = b""
    handle: bytes = b""

    def create(self, options: dict[str, Any], **changes: Any) -> str:
        """A registration for creation options as JSON."""
        self.credential_id = self.credential_id or hashlib.sha256(unb64(options["challenge"])).digest()
        self.handle = unb64(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + cbor2.dumps(cose)
        data = self._data(options["rp"]["id"], AT, **changes) + attested
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"], **changes)
        return self._plain({"clientDataJSON": b64(client), "attestationObject": b64(made)})

    def get(self, challenge: str, rp_id: str, **changes: Any) -> str:
        """An assertion; `changes`: origin, flags, counter, handle."""
        if self.counter:
            self.counter += 1
        data = self._data(rp_id, 0, **changes)
        client = self._client("webauthn.get", challenge, **changes)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._plain(
            {
                "clientDataJSON": b64(client),
                "authenticatorData": b64(data),
                "signature": b64(signature),
                "userHandle": b64(changes.get("handle", self.handle)),
            }
        )

    def _data(self, rp_id: str, more: int, **changes: Any) -> bytes:
        flags = changes.get("flags", self.flags) | more
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, changes.get("counter", self.counter))

    def _client(self, kind: str, challenge: str, **changes: Any) -> bytes:
        said = {
            "type": kind,
            "challenge": challenge,
            "origin": changes.get("origin", self.origin),
            "crossOrigin": False,
        }
        return json.dumps({**said, **changes.get("client", {})}).encode()

    def _plain(self, response: dict[str, str]) -> str:
        name = b64(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
