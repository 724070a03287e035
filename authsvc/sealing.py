"""The organisation's seal over a court package: its key, its time stamp (CAdES B-T), and what was chosen for an export.

The key is `seal.pem` in the keys directory: the private key and the certificates, the key's own first. Without that
file a package carries no seal, and says so.
"""

import asyncio
import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from authsvc.errors import ConfigurationError
from authsvc.evidence.package_read import MANIFEST
from authsvc.evidence.seal import SealKey, seal_files, sign_value, write_manifest
from authsvc.service import Service
from authsvc.stamping import Connect, Token, ask
from authsvc.store import Tx
from authsvc.store import exports as rows

FILE = "seal.pem"
PURPOSE = "package-choice"

_BYTES = ("checkpoint", "policy", "order")

logger = logging.getLogger("authsvc.sealing")


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen once for an export, so that it is built again to the same bytes.

    `meta` are the files of `META-INF/`; `custody` is the SHA-256 of custody.json, which names all other files. `order`
    is the court's own file; `subject` the handle of the person of a person's own export, `client_id` a relying party's;
    `anchors` the records of the time stamps inside, `failure` why there is none above every record.
    """

    size: int
    checkpoint: bytes
    policy: bytes
    custody: str
    meta: Mapping[str, bytes]
    subject: str = ""
    client_id: str = ""
    order: bytes = b""
    anchors: tuple[str, ...] = ()
    failure: str = ""

    def to_json(self) -> bytes:
        """As it is kept."""
        coded = {name: b64encode(data).decode() for name, data in self.meta.items()}
        texts = {
            name: getattr(self, name) for name in ("size", "custody", "subject", "client_id", "anchors", "failure")
        }
        notes = {name: b64encode(getattr(self, name)).decode() for name in _BYTES}
        return json.dumps({**texts, **notes, "meta": coded}).encode()

    @classmethod
    def of(cls, kept: bytes) -> "Choice":
        """From `to_json`."""
        value = json.loads(kept)
        value["anchors"] = tuple(value.get("anchors", ()))
        value["meta"] = {name: b64decode(data) for name, data in value["meta"].items()}
        return cls(**{**value, **{name: b64decode(value[name]) for name in _BYTES}})


def read_key(directory: Path) -> SealKey | None:
    """The seal's key; None when there is no such file. ConfigurationError when it can't be used."""
    path = directory / FILE
    try:
        pem = path.read_bytes()
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    if mode & 0o077:
        raise ConfigurationError(f"{path} can be read by others: chmod 600")
    try:
        private = load_pem_private_key(pem, None)
        certificates = x509.load_pem_x509_certificates(pem)
        own = certificates[0].public_key()
    except (ValueError, TypeError, IndexError) as error:
        raise ConfigurationError(f"{path} holds no private key with its certificates") from error
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) or private.public_key() != own:
        raise ConfigurationError(f"{path}: the first certificate is not of this key, or the key is neither RSA nor EC")
    return SealKey(private, tuple(each.public_bytes(Encoding.DER) for each in certificates))


async def seal(svc: Service, key: SealKey, files: Mapping[str, bytes], connect: Connect) -> dict[str, bytes]:
    """The files of `META-INF/` over these, sealed now; B-B when no time stamp authority gives a token that holds."""
    at = svc.clock.now()
    key = SealKey(key.private, key.certificates, _crls_for(key, svc.trust.files))
    value = await asyncio.to_thread(sign_value, write_manifest(files), key, at=at)
    token = await _stamp(svc, value, connect)
    sealed = await asyncio.to_thread(seal_files, files, key, at=at, token=token)
    return {MANIFEST: sealed.pop(MANIFEST), **sealed}


def _crls_for(key: SealKey, files: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The CRLs at hand of those who issued the seal's certificates."""
    issuers = {x509.load_der_x509_certificate(each).issuer for each in key.certificates}
    return tuple(each for each in files if _issuer_of_crl(each) in issuers)


def _issuer_of_crl(file: bytes) -> x509.Name | None:
    try:
        return x509.load_der_x509_crl(file).issuer
    except ValueError:
        return None


async def _stamp(svc: Service, value: bytes, connect: Connect) -> bytes:
    """A token over the signature value that holds, from the first authority that gives one; empty when none does.

    A token is judged before it goes under the seal, as an anchor's is: what a court would refuse is no time stamp.
    """
    if not svc.settings.tsa:
        return b""
    async with connect() as tsas:
        for tsa in svc.settings.tsa:
            token = await ask(svc, tsas, tsa, value)
            if isinstance(token, Token) and not token.off:
                return token.der
            logger.warning("no time stamp for a seal: %s", token if isinstance(token, str) else "clock")
    logger.error("a package is sealed without a time stamp: no authority gave one that holds")
    return b""


async def read_choice(svc: Service, record_id: str) -> Choice | None:
    """What was chosen for the export of this record."""
    sealed = await rows.choice_of(svc.store, record_id)
    return Choice.of(svc.keys.unseal(PURPOSE, sealed, record_id.encode())) if sealed is not None else None


async def keep_choice(svc: Service, record_id: str, choice: Choice) -> Choice:
    """Keep it, unless another maker of the same export was first: then theirs counts, and is given back."""
    sealed = svc.keys.seal(PURPOSE, choice.to_json(), record_id.encode())

    async def keep(tx: Tx) -> bool:
        return await rows.keep_choice(tx, record_id, sealed)

    if await svc.store.transact(keep):
        return choice
    return await read_choice(svc, record_id) or choice
