"""The test PKI as one thing: the authorities of the three families, kept as JSON in the sandbox's data directory."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from authsvc.web.sandbox.pki.authority import Authority
from authsvc.web.sandbox.pki.issuer import Credential, Issuer, Reason, Revocation
from authsvc.web.sandbox.pki.keys import FAMILIES, Entropy, Family
from authsvc.web.sandbox.pki.profile import Pointers

_FORMAT: Final = "authsvc-test-pki-1"


@dataclass(slots=True)
class TestPki:
    """All three families. Made from given bytes and a given moment, so the same arguments give the same PKI."""

    __test__ = False  # the name is no invitation to pytest

    authorities: dict[Family, Authority]

    @classmethod
    def create(
        cls,
        *,
        at: int,
        entropy: Entropy,
        base_url: str = "http://localhost:8000/sandbox/pki",
        families: tuple[Family, ...] = FAMILIES,
    ) -> Self:
        """Found the authorities at `at` (ms). Leave out families that you don't need: an RSA key takes 0.5 s."""
        return cls({family: Authority.found(family, at=at, entropy=entropy, base_url=base_url) for family in families})

    def authority(self, family: Family) -> Authority:
        """The authority of a family."""
        return self.authorities[family]

    def anchors(self) -> list[bytes]:
        """The roots (DER)."""
        return [authority.root.credential.certificate_der for authority in self.authorities.values()]

    def issuers(self) -> list[bytes]:
        """The issuing authorities' certificates (DER)."""
        return [authority.issuing.credential.certificate_der for authority in self.authorities.values()]

    def crls(self, at: int) -> list[bytes]:
        """All complete CRLs of this moment, roots' and issuing authorities'."""
        return [crl(at) for each in self.authorities.values() for crl in (each.root_crl, each.crl)]

    def to_json(self) -> str:
        """Everything, private keys too: keep it in a file of mode 0600."""
        content = {family: _authority_to_json(authority) for family, authority in self.authorities.items()}
        return json.dumps({"format": _FORMAT, "authorities": content}, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str, *, entropy: Entropy) -> Self:
        """The PKI that `to_json` wrote; `entropy` is for what it will issue from now on."""
        content = json.loads(text)
        if content.get("format") != _FORMAT:
            raise ValueError("not a test PKI of this format")
        found = content["authorities"]
        return cls(
            {family: _authority_from_json(family, found[family], entropy) for family in FAMILIES if family in found}
        )


def _authority_to_json(authority: Authority) -> dict[str, object]:
    return {
        "founded": authority.founded,
        "base_url": authority.base_url,
        "root": _issuer_to_json(authority.root),
        "issuing": _issuer_to_json(authority.issuing),
        "issued": [credential.to_json() for credential in authority.issued],
    }


def _authority_from_json(family: Family, value: dict[str, Any], entropy: Entropy) -> Authority:
    return Authority(
        family=family,
        founded=value["founded"],
        entropy=entropy,
        base_url=value["base_url"],
        root=_issuer_from_json(value["root"]),
        issuing=_issuer_from_json(value["issuing"]),
        issued=[Credential.from_json(each) for each in value["issued"]],
    )


def _issuer_to_json(issuer: Issuer) -> dict[str, object]:
    return {
        **issuer.credential.to_json(),
        "pointers": asdict(issuer.pointers),
        # Numbers of 160 bits don't survive every JSON reader: text.
        "revocations": [
            {"serial": f"{entry.serial:x}", "since": entry.since, "reason": entry.reason.name, "until": entry.until}
            for entry in issuer.revocations
        ],
    }


def _issuer_from_json(value: dict[str, Any]) -> Issuer:
    return Issuer(
        Credential.from_json(value),
        Pointers(**value["pointers"]),
        [
            Revocation(int(entry["serial"], 16), entry["since"], Reason[entry["reason"]], entry["until"])
            for entry in value["revocations"]
        ],
    )
