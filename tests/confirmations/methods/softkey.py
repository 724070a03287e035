"""A software authenticator with a fixed key: honest answers, from which each test departs by exactly one fault."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ECDSA = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
RP, ORIGIN = "login.example.kz", "https://login.example.kz"
CHALLENGE = hashlib.sha256(b"a statement").digest()
ID = hashlib.sha256(b"a credential").digest()
UP, UV, BE, BS, AT, ED = 1, 4, 8, 16, 64, 128


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def cbor(value: object) -> bytes:
    """CBOR of integers, bytes, texts, lists and maps, in shortest form."""
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    assert isinstance(value, dict)
    return head(5, len(value)) + b"".join(cbor(name) + cbor(each) for name, each in value.items())


def head(kind: int, argument: int) -> bytes:
    if argument < 24:
        return bytes([kind * 32 + argument])
    width = next(width for width in (1, 2, 4, 8) if argument < 1 << 8 * width)
    return bytes([kind * 32 + {1: 24, 2: 25, 4: 26, 8: 27}[width]]) + argument.to_bytes(width, "big")


@dataclass
class SoftKey:
    """Answers like a browser with a security key. Every member may be set wrong."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.derive_private_key(7, ec.SECP256R1()))
    rp_id: str = RP
    credential_id: bytes = ID

    @property
    def cose(self) -> bytes:
        point = self.private.public_key().public_numbers()
        return cbor({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})

    def client_data(self, kind: str, **members: Any) -> bytes:
        said = {"type": kind, "challenge": b64(CHALLENGE), "origin": ORIGIN, "crossOrigin": False, **members}
        return json.dumps({name: value for name, value in said.items() if value is not None}).encode()

    def data(self, flags: int, count: int, more: bytes = b"") -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big") + more

    def attested(self, cose: bytes | None = None) -> bytes:
        return bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + (cose or self.cose)

    def register(
        self,
        *,
        client_data: bytes | None = None,
        data: bytes | None = None,
        form: str = "none",
        statement: dict[str, object] | None = None,
        more: bytes = b"",
    ) -> dict[str, Any]:
        told = client_data or self.client_data("webauthn.create")
        said = data if data is not None else self.data(UP | UV | AT, 0, self.attested())
        attestation = cbor({"fmt": form, "attStmt": statement or {}, "authData": said}) + more
        return self.answer({"clientDataJSON": b64(told), "attestationObject": b64(attestation)})

    def sign(self, *, client_data: bytes | None = None, data: bytes | None = None, count: int = 7) -> dict[str, Any]:
        told = client_data or self.client_data("webauthn.get")
        said = data if data is not None else self.data(UP | UV, count)
        signature = self.private.sign(said + hashlib.sha256(told).digest(), ECDSA)
        return self.answer({"clientDataJSON": b64(told), "authenticatorData": b64(said), "signature": b64(signature)})

    def answer(self, response: dict[str, str]) -> dict[str, Any]:
        identity = b64(self.credential_id)
        return {"id": identity, "rawId": identity, "type": "public-key", "response": response}
