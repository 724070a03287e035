"""Who signs what in the log of one origin: an issuer per family, every log key in force (evidence.md, 9 and 10).

Which keys are in force is read from the log; the key file only holds the private parts. The newest key of a family
signs its entries, and every log key that is good at a tree size signs it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from authsvc.errors import ConfigurationError
from authsvc.evidence.keyforms import issuer_name
from authsvc.evidence.keyring import KeyRing
from authsvc.evidence.note import Signer, TreeSigner, Verifier
from authsvc.keys import FAMILIES, ROOT, Keys


@dataclass(frozen=True, slots=True)
class Signers:
    """Who signs what: issuers by family (root only where its file was read), the log's newest two keys, and all."""

    issuers: Mapping[str, Signer]
    log: Signer
    tree: TreeSigner
    log_keys: tuple[Signer, ...]
    tree_keys: tuple[TreeSigner, ...]

    @classmethod
    def of(cls, origin: str, keys: Keys) -> "Signers":
        """The signers of a new origin, whose genesis will name these keys; an issuer's name is ORIGIN/issuer/FAMILY."""
        issuers = {family: Signer(issuer_name(origin, family), key) for family, key in keys.issuers.items()}
        log, tree = Signer(origin, keys.log), TreeSigner(origin, keys.log_ml_dsa)
        return cls(issuers, log, tree, (log,), (tree,))

    @classmethod
    def at(cls, ring: KeyRing, keys: Keys, size: int) -> "Signers":
        """The signers of a log whose tree has this size: entries from this index on, checkpoints of this size.

        ConfigurationError when the private part of a key that must sign is not here.
        """
        origin = ring.origin
        every: list[Signer | TreeSigner] = [_signer(origin, key) for key in keys.log_keys()]
        pool: dict[Verifier, Signer | TreeSigner] = {signer.verifier: signer for signer in every}
        needed = ring.log_keys(size)
        if missing := [verifier for verifier in needed if verifier not in pool]:
            raise ConfigurationError(f"the private part of log key {missing[0].key_id.hex()} is not in the key file")
        signing = [pool[verifier] for verifier in needed]
        log_keys = tuple(each for each in signing if isinstance(each, Signer))
        tree_keys = tuple(each for each in signing if isinstance(each, TreeSigner))
        if not log_keys or not tree_keys:
            raise ConfigurationError("no log key of each kind is in force")
        return cls(_issuers(ring, keys, size), log_keys[-1], tree_keys[-1], log_keys, tree_keys)

    def published(self) -> tuple[Verifier, ...]:
        """All log keys that sign a published checkpoint."""
        return (*(each.verifier for each in self.log_keys), *(each.verifier for each in self.tree_keys))


def _signer(origin: str, key: Ed25519PrivateKey | MLDSA44PrivateKey) -> Signer | TreeSigner:
    return Signer(origin, key) if isinstance(key, Ed25519PrivateKey) else TreeSigner(origin, key)


def _issuers(ring: KeyRing, keys: Keys, index: int) -> Mapping[str, Signer]:
    found = {}
    for family in FAMILIES:
        pool = [Signer(issuer_name(ring.origin, family), key) for key in keys.issuer_keys(family)]
        good = [each.verifier for each in ring.intervals if each.family == family and each.is_good(index)]
        signing = _by_age(pool, good)
        if signing:
            found[family] = signing[-1]
        elif family != ROOT:
            raise ConfigurationError(f"no key in force of the issuer {family} has its private part in the key file")
    return found


def _by_age(pool: Iterable[Signer], good: list[Verifier]) -> list[Signer]:
    return sorted((each for each in pool if each.verifier in good), key=lambda each: good.index(each.verifier))
