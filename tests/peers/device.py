"""A device in software, written from docs/devices.md: its key, the messages that it signs, its DPoP proofs."""

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ENROLMENT, SESSION, ANSWER = (f"authsvc/device-{kind}/v1" for kind in ("enrolment", "session", "answer"))
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def jcs(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass
class Device:
    """`id` is told by the service at the enrolment; the counter goes up with each answer."""

    publisher: str = "service"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: str = ""
    counter: int = 0
    token: str = ""
    proofs: int = 0

    @property
    def jwk(self) -> dict[str, str]:
        numbers = self.key.public_key().public_numbers()
        return {"crv": "P-256", "kty": "EC", "x": b64(numbers.x.to_bytes(32)), "y": b64(numbers.y.to_bytes(32))}

    @property
    def thumbprint(self) -> str:
        return b64(hashlib.sha256(jcs(self.jwk).encode()).digest())

    def sign(self, domain: str, message: str, *, twin: bool = False) -> str:
        """r ‖ s; the twin's s is the other one that verifies."""
        der = self.key.sign(f"{domain}\0{message}".encode(), ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(der)
        return b64(r.to_bytes(32) + (N - s if twin else s).to_bytes(32))

    def signed(self, domain: str, value: object, *, twin: bool = False) -> tuple[bytes, str]:
        message = jcs(value)
        return message.encode(), self.sign(domain, message, twin=twin)

    def enrolment(self, activation: str, nonce: str, **changes: Any) -> tuple[bytes, str]:
        app = {"name": "Bank for phones", "publisher": self.publisher, "version": "1.4.0"}
        value = {"activation": activation, "app": app, "key": self.jwk, "name": "Телефон", "nonce": nonce}
        return self.signed(ENROLMENT, {**value, **changes})

    def opening(self, nonce: str, service: str, **changes: Any) -> tuple[bytes, str]:
        return self.signed(SESSION, {"device": self.id, "nonce": nonce, "service": service, **changes})

    def answer(self, told: dict[str, Any], said: str = "yes", number: str = "", /, **changes: Any) -> tuple[bytes, str]:
        """An answer to a request as the service showed it; what it signs is computed from the bytes that it got."""
        self.counter += 1
        digest = hashlib.sha256(b"authsvc/confirmation/v1\0" + told["statement"].encode()).digest()
        text = next(each for each in told["texts"] if each["locale"] == "ru")
        value = {
            "answer": said,
            "counter": self.counter,
            "device": self.id,
            "locale": "ru",
            "number": number,
            "request": told["id"],
            "shown": b64(hashlib.sha256(text["text"].encode()).digest()),
            "statement": b64(digest),
            "time": "2026-11-24T10:00:30.000Z",
        }
        return self.signed(ANSWER, {**value, **changes})

    def headers(self, method: str, url: str, now: int, token: str = "") -> dict[str, str]:
        """The DPoP proof of one request, and the session's token where there is one; `now` in seconds."""
        self.proofs += 1
        claims: dict[str, object] = {"htm": method, "htu": url, "iat": now, "jti": f"{self.thumbprint}-{self.proofs}"}
        if token:
            claims["ath"] = b64(hashlib.sha256(token.encode()).digest())
        proof = jwt.encode(claims, self.key, algorithm="ES256", headers={"typ": "dpop+jwt", "jwk": self.jwk})
        return {"dpop": proof, **({"authorization": f"DPoP {token}"} if token else {})}
