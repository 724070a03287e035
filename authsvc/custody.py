"""Where private keys are kept: in a PKCS#11 module (OASIS PKCS #11 2.40/3.0) or in a file that is sealed at rest.

In the module lie the Ed25519 keys of issuers and log and the P-256 key of tokens: made there, never extractable, and
each signature is the module's. What it can't make (deterministic receipts, ML-DSA, RS256) and the master secret stay in
the key file, sealed under an AES-256 key of the module, or under a passphrase (scrypt, RFC 7914; AES-256-GCM).
"""

import hashlib
import os
import threading
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from authsvc.clock import Entropy
from authsvc.errors import ConfigurationError, Overloaded

SEALING = "authsvc-keys-file"
"""Label of the module's key that seals the file."""
NONCE_BYTES, TAG_BITS = 12, 128
BOUND_TO = b"authsvc/keys.json"
SCRYPT_N = 2**15
"""32 MiB and about 0.1 s for each guess; the passphrase is to be a long random one all the same."""
_ED25519 = bytes.fromhex("130c656477617264733235353139")  # PrintableString "edwards25519" (PKCS #11 3.0, 6.3.5)
_P256 = bytes.fromhex("06082a8648ce3d030107")  # the curve's object identifier


@dataclass(frozen=True, slots=True)
class Custody:
    """How the keys of these settings are kept; all empty: in a plain file of mode 0600."""

    secret: str = field(default="", repr=False)
    module: str = ""
    token: str = ""
    pin: str = field(default="", repr=False)

    def opened(self) -> "Token":
        """The token, opened once a process. ConfigurationError when there is none, or it refuses us."""
        if not self.module:
            raise ConfigurationError("keys lie in a PKCS#11 module, and pkcs11_module names none")
        known = _tokens.get(self)
        if known is None or known.pid != os.getpid():
            known = _tokens[self] = Token(self)
        return known

    def generate_ed25519(self) -> Ed25519PrivateKey:
        """A new key, in the module where there is one."""
        return self.opened().generate_ed25519() if self.module else Ed25519PrivateKey.generate()

    def generate_p256(self) -> ec.EllipticCurvePrivateKey:
        """A new key, in the module where there is one."""
        return self.opened().generate_p256() if self.module else ec.generate_private_key(ec.SECP256R1())

    def seal(self, plain: bytes, entropy: Entropy) -> Mapping[str, str] | None:
        """The content of a key file as it is written; None where it is kept plain."""
        nonce = entropy(NONCE_BYTES)
        if self.module:
            return {"by": "pkcs11", "nonce": _b64(nonce), "sealed": _b64(self.opened().seal(plain, nonce))}
        if self.secret:
            salt = entropy(16)
            sealed = AESGCM(self._key(salt)).encrypt(nonce, plain, BOUND_TO)
            return {"by": "scrypt", "salt": _b64(salt), "nonce": _b64(nonce), "sealed": _b64(sealed)}
        return None

    def unseal(self, stored: Mapping[str, str]) -> bytes:
        """The content of a sealed key file; ConfigurationError for another key or passphrase, or an altered file."""
        nonce, sealed = b64decode(stored["nonce"]), b64decode(stored["sealed"])
        if stored["by"] == "pkcs11":
            return self.opened().unseal(sealed, nonce)
        if not self.secret:
            raise ConfigurationError("the key file is sealed under a passphrase; keys_secret names it")
        try:
            return AESGCM(self._key(b64decode(stored["salt"]))).decrypt(nonce, sealed, BOUND_TO)
        except InvalidTag as error:
            raise ConfigurationError("the key file does not open with keys_secret") from error

    def _key(self, salt: bytes) -> bytes:
        return Scrypt(salt=salt, length=32, n=SCRYPT_N, r=8, p=1).derive(self.secret.encode())


PLAIN = Custody()
_tokens: dict[Custody, "Token"] = {}


class Token:
    """One session with the token of a module. Sessions are no two threads' at once, and no other process's."""

    def __init__(self, custody: Custody) -> None:
        self.pid = os.getpid()
        self._custody = custody
        self._lock = threading.Lock()
        self._found: dict[str, Any] = {}
        try:
            import pkcs11
        except ImportError as error:
            raise ConfigurationError("pkcs11_module needs the extra `hsm` (python-pkcs11)") from error
        self._pkcs11: Any = pkcs11
        try:
            self._open()
        except (pkcs11.PKCS11Error, RuntimeError) as error:
            named = f"token {custody.token!r} of {custody.module}"
            raise ConfigurationError(f"pkcs11: {named} does not open ({type(error).__name__})") from error

    def _open(self) -> None:
        lib = self._pkcs11.lib(self._custody.module)
        if _initialised.setdefault(self._custody.module, self.pid) != self.pid:
            lib.reinitialize()  # what a parent opened is not a child's
            _initialised[self._custody.module] = self.pid
        token = lib.get_token(token_label=self._custody.token)
        self._session = token.open(rw=True, user_pin=self._custody.pin)
        self._found.clear()

    def generate_ed25519(self) -> "TokenEd25519":
        """A new signing key that never leaves the token."""
        label = self._generate(self._pkcs11.KeyType.EC_EDWARDS, _ED25519, "EC_EDWARDS_KEY_PAIR_GEN")
        return self.ed25519(label)

    def generate_p256(self) -> "TokenP256":
        """A new signing key that never leaves the token."""
        return self.p256(self._generate(self._pkcs11.KeyType.EC, _P256, "EC_KEY_PAIR_GEN"))

    def _generate(self, kind: object, curve: bytes, mechanism: str) -> str:
        label = f"authsvc-{os.urandom(8).hex()}"
        with self._lock:
            parameters = self._session.create_domain_parameters(
                kind, {self._pkcs11.Attribute.EC_PARAMS: curve}, local=True
            )
            parameters.generate_keypair(
                mechanism=self._pkcs11.Mechanism[mechanism], id=label.encode(), label=label, store=True
            )
        return label

    def ed25519(self, label: str) -> "TokenEd25519":
        """The key of this label. ConfigurationError when it is not there."""
        return TokenEd25519(self, label, Ed25519PublicKey.from_public_bytes(self._point(label)[-32:]))

    def p256(self, label: str) -> "TokenP256":
        """The key of this label. ConfigurationError when it is not there."""
        point = self._point(label)[-65:]
        return TokenP256(self, label, ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))

    def _point(self, label: str) -> bytes:
        """CKA_EC_POINT: the point, which some modules wrap in an OCTET STRING."""
        with self._lock:
            public = self._object("PUBLIC_KEY", label)
            return bytes(public[self._pkcs11.Attribute.EC_POINT])

    def sign(self, label: str, mechanism: str, data: bytes) -> bytes:
        """The module's signature; a session that went away is opened once more. Overloaded when it stays away."""
        with self._lock:
            try:
                return self._sign(label, mechanism, data)
            except (self._pkcs11.PKCS11Error, ConfigurationError):  # also: ended and destroyed by another process
                try:
                    self._open()
                    return self._sign(label, mechanism, data)
                except (self._pkcs11.PKCS11Error, ConfigurationError) as error:
                    raise Overloaded("the module that keeps our keys does not answer; nothing was done") from error

    def _sign(self, label: str, mechanism: str, data: bytes) -> bytes:
        key = self._found.get(label)
        if key is None:
            key = self._found[label] = self._object("PRIVATE_KEY", label)
        return bytes(key.sign(data, mechanism=self._pkcs11.Mechanism[mechanism]))

    def forget(self, label: str) -> None:
        """Destroy a key whose end is recorded."""
        with self._lock:
            self._found.pop(label, None)
            for kind in ("PRIVATE_KEY", "PUBLIC_KEY"):
                self._object(kind, label).destroy()

    def seal(self, plain: bytes, nonce: bytes) -> bytes:
        """AES-256-GCM in the module, under its own key, which is made at the first time."""
        with self._lock:
            try:
                key = self._object("SECRET_KEY", SEALING)
            except ConfigurationError:
                self._session.generate_key(self._pkcs11.KeyType.AES, 256, id=b"file", label=SEALING, store=True)
                key = self._object("SECRET_KEY", SEALING)
            return bytes(key.encrypt(plain, **self._gcm(nonce)))

    def unseal(self, sealed: bytes, nonce: bytes) -> bytes:
        """What `seal` sealed. ConfigurationError for an altered file."""
        with self._lock:
            try:
                return bytes(self._object("SECRET_KEY", SEALING).decrypt(sealed, **self._gcm(nonce)))
            except self._pkcs11.PKCS11Error as error:
                raise ConfigurationError("the key file does not open with the key in the token") from error

    def _gcm(self, nonce: bytes) -> dict[str, object]:
        parameters = self._pkcs11.GCMParams(nonce, BOUND_TO, TAG_BITS)
        return {"mechanism": self._pkcs11.Mechanism.AES_GCM, "mechanism_param": parameters}

    def _object(self, kind: str, label: str) -> Any:
        try:
            return self._session.get_key(object_class=self._pkcs11.ObjectClass[kind], label=label)
        except self._pkcs11.NoSuchKey as error:
            raise ConfigurationError(f"pkcs11: the token holds no {kind.lower()} {label}") from error


_initialised: dict[str, int] = {}
"""Module to the process that initialised it."""


def _never_leaves(*_: object) -> NoReturn:
    raise TypeError("this key does not leave its token")


class TokenEd25519(Ed25519PrivateKey):
    """An Ed25519 key in a token."""

    def __init__(self, token: Token, label: str, public: Ed25519PublicKey) -> None:
        self.token, self.label, self._public = token, label, public

    def public_key(self) -> Ed25519PublicKey:
        """As the token told it."""
        return self._public

    def sign(self, data: Any) -> bytes:
        """Ed25519 (CKM_EDDSA), the same bytes for the same data."""
        return self.token.sign(self.label, "EDDSA", bytes(data))

    def private_bytes(
        self,
        encoding: serialization.Encoding,
        format: serialization.PrivateFormat,
        encryption_algorithm: serialization.KeySerializationEncryption,
    ) -> bytes:
        """TypeError."""
        _never_leaves()

    def private_bytes_raw(self) -> bytes:
        """TypeError."""
        _never_leaves()

    def __copy__(self) -> "TokenEd25519":
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> "TokenEd25519":
        return self


class TokenP256(ec.EllipticCurvePrivateKey):
    """A P-256 key in a token."""

    def __init__(self, token: Token, label: str, public: ec.EllipticCurvePublicKey) -> None:
        self.token, self.label, self._public = token, label, public

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """As the token told it."""
        return self._public

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """ECDSA over SHA-256 of the data (CKM_ECDSA), as DER; another signature each time."""
        raw = self.token.sign(self.label, "ECDSA", hashlib.sha256(bytes(data)).digest())
        return encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))

    @property
    def curve(self) -> ec.EllipticCurve:
        """P-256."""
        return self._public.curve

    @property
    def key_size(self) -> int:
        """256."""
        return self._public.key_size

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> bytes:
        """TypeError: it signs, and nothing else."""
        _never_leaves()

    def private_numbers(self) -> ec.EllipticCurvePrivateNumbers:
        """TypeError."""
        _never_leaves()

    def private_bytes(
        self,
        encoding: serialization.Encoding,
        format: serialization.PrivateFormat,
        encryption_algorithm: serialization.KeySerializationEncryption,
    ) -> bytes:
        """TypeError."""
        _never_leaves()

    def __copy__(self) -> "TokenP256":
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> "TokenP256":
        return self


def _b64(data: bytes) -> str:
    return b64encode(data).decode()
