"""Who signs what in the log of one origin: an issuer per family, the log's two keys (evidence.md, 9 and 10)."""

from collections.abc import Mapping
from dataclasses import dataclass

from authsvc.evidence.note import Signer, TreeSigner
from authsvc.keys import Keys


@dataclass(frozen=True, slots=True)
class Signers:
    """Who signs what: issuers by family, the log's two keys."""

    issuers: Mapping[str, Signer]
    log: Signer
    tree: TreeSigner

    @classmethod
    def of(cls, origin: str, keys: Keys) -> "Signers":
        """The signers of one origin; an issuer's name is ORIGIN/issuer/FAMILY."""
        issuers = {family: Signer(f"{origin}/issuer/{family}", key) for family, key in keys.issuers.items()}
        return cls(issuers, Signer(origin, keys.log), TreeSigner(origin, keys.log_ml_dsa))
