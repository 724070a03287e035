"""The service's keys in files outside the database: note issuers, log keys, token and receipt keys, and secrets.

Private keys lie in `keys.json` (mode 0600) in the keys directory, sealed and partly in a PKCS#11 token where the
settings say so (`authsvc.custody`); the key `issuer/root` lies in a file of its own,
which only `authsvc init` and `authsvc keys` read, so that it can be kept offline. Secrets for sealing and MACs are
derived from one master secret by HKDF (RFC 5869), one purpose each, so no key serves two purposes.
"""

import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from authsvc.clock import Entropy
from authsvc.custody import PLAIN, Custody, TokenEd25519, TokenP256
from authsvc.errors import ConfigurationError
from authsvc.token_keys import Es256Key, TokenKey, TokenRing, b64url, thumbprint, unb64url

__all__ = ["Es256Key", "b64url", "thumbprint", "unb64url"]

FAMILIES = ("root", "log", "administration", "identity", "confirmation", "verification", "case")
"""Issuer families in the order in which genesis lists them (evidence format, section 2)."""
ROOT = "root"
FILE = "keys.json"
ROOT_FILE = "root.json"
VERSION = 1
IN_TOKEN = "pkcs11:"  # noqa: S105  # a mark, no secret
"""In place of a private key in the file: the label of one that lies in the PKCS#11 token."""
NONCE_BYTES = 12


def _same(one: "Private", other: "Private") -> bool:
    if isinstance(one, Es256Key) or isinstance(other, Es256Key):
        return one is other
    return type(one) is type(other) and one.public_key().public_bytes_raw() == other.public_key().public_bytes_raw()


class SealBroken(Exception):
    """A sealed value was moved, altered, or sealed under another key."""


Private: TypeAlias = Ed25519PrivateKey | MLDSA44PrivateKey | Es256Key


@dataclass(frozen=True, slots=True)
class AddedKey:
    """A key beside the first of its use: `use` is issuer, log or receipt, `family` that of an issuer."""

    use: str
    private: Private
    family: str = ""


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys of one deployment. `entropy` gives the nonces of `seal`; the root issuer is there only where its file
    was read. Which of several keys of one use signs is the log's word, not this file's; keys of tokens are no matter of
    the log, and `token_keys` says which of them signs (empty: the first two, since ever). `ring` is what holds of them
    now in this process."""

    issuers: Mapping[str, Ed25519PrivateKey]
    log: Ed25519PrivateKey
    log_ml_dsa: MLDSA44PrivateKey
    tokens: Es256Key
    tokens_rsa: rsa.RSAPrivateKey
    receipts: Es256Key
    master: bytes
    entropy: Entropy
    added: tuple[AddedKey, ...] = ()
    token_keys: tuple[TokenKey, ...] = ()
    ring: TokenRing = field(init=False, repr=False, compare=False)
    _derived: dict[str, bytes] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ring", TokenRing(self.every_token_key()))

    def every_token_key(self) -> tuple[TokenKey, ...]:
        """Every key of tokens, those that wait and those that retired too."""
        return self.token_keys or (TokenKey(self.tokens, 0, 0), TokenKey(self.tokens_rsa, 0, 0))

    def with_token_keys(self, token_keys: tuple[TokenKey, ...]) -> "Keys":
        """With these; `tokens` and `tokens_rsa` are those of them that sign, so a release that knows no others runs."""
        found = TokenRing(token_keys).schedule
        return replace(self, token_keys=token_keys, tokens=found.es256, tokens_rsa=found.rs256)

    def issuer_keys(self, family: str) -> list[Ed25519PrivateKey]:
        """Every private key of this family."""
        first = [self.issuers[family]] if family in self.issuers else []
        added = [each.private for each in self.added if (each.use, each.family) == ("issuer", family)]
        return [*first, *(key for key in added if isinstance(key, Ed25519PrivateKey))]

    def log_keys(self) -> list[Ed25519PrivateKey | MLDSA44PrivateKey]:
        """Every private log key, of both kinds."""
        added = [each.private for each in self.added if each.use == "log"]
        return [self.log, self.log_ml_dsa, *(key for key in added if not isinstance(key, Es256Key))]

    def receipt_keys(self) -> list[Es256Key]:
        """Every receipt key."""
        return [self.receipts, *(each.private for each in self.added if isinstance(each.private, Es256Key))]

    def plus(self, key: AddedKey) -> "Keys":
        """With this key too."""
        return replace(self, added=(*self.added, key))

    def minus(self, use: str, gone: Ed25519PrivateKey | MLDSA44PrivateKey, family: str = "") -> "Keys":
        """Without this issuer or log key; where it was the first of its kind, the oldest other one takes its place.

        ConfigurationError when there is no other.
        """
        added = [each for each in self.added if not _same(each.private, gone)]
        if len(added) < len(self.added):
            return replace(self, added=tuple(added))
        heirs = [each for each in added if (each.use, each.family, type(each.private)) == (use, family, type(gone))]
        if not heirs:
            raise ConfigurationError(f"the only {use} key of its kind is not removed")
        rest, heir = tuple(each for each in added if each is not heirs[0]), heirs[0].private
        if use == "issuer" and isinstance(heir, Ed25519PrivateKey):
            return replace(self, issuers={**self.issuers, family: heir}, added=rest)
        if isinstance(heir, MLDSA44PrivateKey):
            return replace(self, log_ml_dsa=heir, added=rest)
        return replace(self, log=heir, added=rest) if isinstance(heir, Ed25519PrivateKey) else self

    def secret(self, purpose: str) -> bytes:
        """32 bytes for this purpose alone (HKDF-Expand from the master secret)."""
        known = self._derived.get(purpose)
        if known is None:
            known = HKDFExpand(hashes.SHA256(), 32, b"authsvc/" + purpose.encode()).derive(self.master)
            self._derived[purpose] = known
        return known

    def mac(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SHA-256 of the data under the purpose's secret: look-ups and stored codes."""
        return hmac.digest(self.secret("mac/" + purpose), data, "sha256")

    def seal(self, purpose: str, plain: bytes, bound_to: bytes) -> bytes:
        """AES-256-GCM, nonce in front; `bound_to` is the place where the value lies, so that it can't be moved."""
        return seal_under(self.secret("seal/" + purpose), plain, bound_to, self.entropy)

    def unseal(self, purpose: str, sealed: bytes, bound_to: bytes) -> bytes:
        """The plain value; SealBroken when it was altered, moved, or sealed under another key."""
        return unseal_under(self.secret("seal/" + purpose), sealed, bound_to)


def seal_under(key: bytes, plain: bytes, bound_to: bytes, entropy: Entropy) -> bytes:
    """AES-256-GCM under this key: 12 bytes of nonce, ciphertext, tag."""
    nonce = entropy(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def unseal_under(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """The plain value of `seal_under`; SealBroken otherwise."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise SealBroken("sealed value does not open here") from error


def generate(entropy: Entropy, custody: Custody = PLAIN) -> Keys:
    """Fresh keys for a new deployment. The root's is made for its file, which goes offline."""
    root = {ROOT: Ed25519PrivateKey.generate()}
    return Keys(
        issuers=root | {family: custody.generate_ed25519() for family in FAMILIES if family != ROOT},
        log=custody.generate_ed25519(),
        log_ml_dsa=MLDSA44PrivateKey.generate(),
        tokens=Es256Key.of(custody.generate_p256()),
        tokens_rsa=rsa.generate_private_key(65537, 2048),
        receipts=Es256Key.of(ec.generate_private_key(ec.SECP256R1())),
        master=entropy(32),
        entropy=entropy,
    )


def store_keys(keys: Keys, directory: Path, root_file: Path | None = None, custody: Custody = PLAIN) -> None:
    """Write the key file and the root key's, readable by their owner alone; never over existing ones
    (ConfigurationError)."""
    root_file = root_file or directory / ROOT_FILE
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in (directory / FILE, root_file):
        if path.exists():
            raise ConfigurationError(f"{path} exists; keys are never written over")
    _write(directory / FILE, _written(keys, custody))
    if ROOT in keys.issuers:
        root_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(root_file, {"version": VERSION, ROOT: b64url(keys.issuers[ROOT].private_bytes_raw())})


def replace_keys(keys: Keys, directory: Path, custody: Custody = PLAIN) -> None:
    """Write the key file anew, in one step: a crash leaves the old one or the new one, whole."""
    draft = directory / f"{FILE}.draft"
    draft.unlink(missing_ok=True)
    _write(draft, _written(keys, custody))
    draft.replace(directory / FILE)


def _write(path: Path, stored: Mapping[str, object]) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConfigurationError(f"{path} exists; keys are never written over") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(stored, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def _written(keys: Keys, custody: Custody) -> Mapping[str, object]:
    """The file's content, sealed where the custody says so."""
    stored = _stored(keys)
    sealed = custody.seal(json.dumps(stored).encode(), keys.entropy)
    return stored if sealed is None else {"version": VERSION, **sealed}


def _stored(keys: Keys) -> dict[str, object]:
    return {
        "version": VERSION,
        "issuers": {name: _raw(key) for name, key in keys.issuers.items() if name != ROOT},
        "log": _raw(keys.log),
        "log_ml_dsa": b64url(keys.log_ml_dsa.private_bytes_raw()),
        "tokens": _pem(keys.tokens.private),
        "tokens_rsa": _pem(keys.tokens_rsa),
        "receipts": _pem(keys.receipts.private),
        "master": b64url(keys.master),
        "added": [{"use": each.use, "family": each.family, **_private(each.private)} for each in keys.added],
        **({"token_keys": [_token_key(each) for each in keys.token_keys]} if keys.token_keys else {}),
    }


def _token_key(key: TokenKey) -> dict[str, object]:
    pem = _pem(key.private.private if isinstance(key.private, Es256Key) else key.private)
    return {"alg": key.alg, "key": pem, "made": key.made, "since": key.since, "until": key.until}


def _token_key_of(stored: Mapping[str, object], custody: Custody) -> TokenKey:
    made, since, until = stored["made"], stored["since"], stored["until"]
    if not isinstance(made, int) or not isinstance(since, int | None) or not isinstance(until, int | None):
        raise TypeError("token_keys")
    pem = str(stored["key"])
    return TokenKey(_rsa(pem) if stored["alg"] == "RS256" else _es256(pem, custody), made, since, until)


def _private(key: Private) -> dict[str, str]:
    if isinstance(key, Es256Key):
        return {"es256": _pem(key.private)}
    if isinstance(key, MLDSA44PrivateKey):
        return {"ml_dsa_44": b64url(key.private_bytes_raw())}
    return {"ed25519": _raw(key)}


def _raw(key: Ed25519PrivateKey) -> str:
    return IN_TOKEN + key.label if isinstance(key, TokenEd25519) else b64url(key.private_bytes_raw())


def load_keys(directory: Path, entropy: Entropy, custody: Custody = PLAIN) -> Keys:
    """Keys from their file; ConfigurationError when it is absent, of another version, readable by others, or sealed
    otherwise than `custody` says."""
    path = directory / FILE
    try:
        stored = _read(path)
        if "sealed" in stored:
            stored = json.loads(custody.unseal({name: str(value) for name, value in stored.items()}))
        return _keys_of(stored, entropy, custody)
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{path} is damaged") from error


def load_root(path: Path) -> Ed25519PrivateKey:
    """The key `issuer/root` from its file; ConfigurationError as `load_keys`."""
    try:
        return Ed25519PrivateKey.from_private_bytes(unb64url(str(_read(path)[ROOT])))
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{path} is damaged") from error


def _read(path: Path) -> dict[str, object]:
    try:
        text = path.read_text(encoding="utf-8")
        mode = path.stat().st_mode
    except OSError as error:
        raise ConfigurationError(f"no key file at {path}: {error.strerror}") from error
    if mode & 0o077:
        raise ConfigurationError(f"{path} can be read by others: chmod 600")
    stored = json.loads(text)
    if stored["version"] != VERSION:
        raise ConfigurationError(f"{path}: version {stored['version']} is not known")
    return dict(stored)


def _keys_of(stored: Mapping[str, object], entropy: Entropy, custody: Custody) -> Keys:
    issuers, added = stored["issuers"], stored.get("added", [])
    if not isinstance(issuers, dict) or tuple(issuers) != FAMILIES[1:] or not isinstance(added, list):
        raise ValueError("issuers")
    token_keys = stored.get("token_keys", [])
    if not isinstance(token_keys, list):
        raise TypeError("token_keys")
    return Keys(
        issuers={name: _ed25519(text, custody) for name, text in issuers.items()},
        log=_ed25519(str(stored["log"]), custody),
        log_ml_dsa=MLDSA44PrivateKey.from_seed_bytes(unb64url(str(stored["log_ml_dsa"]))),
        tokens=_es256(str(stored["tokens"]), custody),
        tokens_rsa=_rsa(str(stored["tokens_rsa"])),
        receipts=_es256(str(stored["receipts"]), custody),
        master=unb64url(str(stored["master"])),
        entropy=entropy,
        added=tuple(AddedKey(each["use"], _added(each, custody), each["family"]) for each in added),
        token_keys=tuple(_token_key_of(each, custody) for each in token_keys),
    )


def _added(stored: Mapping[str, str], custody: Custody) -> Private:
    if "es256" in stored:
        return _es256(stored["es256"], custody)
    if "ml_dsa_44" in stored:
        return MLDSA44PrivateKey.from_seed_bytes(unb64url(stored["ml_dsa_44"]))
    return _ed25519(stored["ed25519"], custody)


def _ed25519(text: str, custody: Custody) -> Ed25519PrivateKey:
    if text.startswith(IN_TOKEN):
        return custody.opened().ed25519(text.removeprefix(IN_TOKEN))
    return Ed25519PrivateKey.from_private_bytes(unb64url(text))


def _es256(pem: str, custody: Custody) -> Es256Key:
    if pem.startswith(IN_TOKEN):
        return Es256Key.of(custody.opened().p256(pem.removeprefix(IN_TOKEN)))
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise TypeError("a P-256 key is needed")
    return Es256Key.of(key)


def _rsa(pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("an RSA key is needed")
    return key


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    if isinstance(key, TokenP256):
        return IN_TOKEN + key.label
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
