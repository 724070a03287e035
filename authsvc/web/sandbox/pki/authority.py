"""The sandbox's certification authorities: a root and an issuing authority per key family, and what they issue.

TEST only: names say so, keys are made on the spot, and production never imports this package.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Self

from authsvc.web.sandbox.pki import keys, profile
from authsvc.web.sandbox.pki.issuer import (
    DAY,
    Credential,
    Issuer,
    Reason,
    key_identifier_extensions,
    write_certificate,
)
from authsvc.web.sandbox.pki.keys import Entropy, Family
from authsvc.web.sandbox.pki.profile import Pointers, Purpose, Role

YEAR: Final = 365 * DAY
_ROOT_LIFE: Final = 20 * YEAR
_ISSUING_LIFE: Final = 10 * YEAR
_LEAF_LIFE: Final = YEAR
_SYSTEM_UID: Final = "1.2.398.6.10.1.1"


@dataclass(slots=True)
class Authority:
    """A root and the issuing authority below it, of one key family.

    `issued` holds every leaf credential in order of issue. Times are ms since the epoch; `at` left out is the founding.
    """

    family: Family
    founded: int
    entropy: Entropy
    base_url: str
    root: Issuer
    issuing: Issuer
    issued: list[Credential] = field(default_factory=list)

    @classmethod
    def found(cls, family: Family, *, at: int, entropy: Entropy, base_url: str) -> Self:
        """New keys, a self-signed root and an issuing authority that may not have authorities below it."""
        label = family.upper()
        base_url = f"{base_url}/{family}"
        root = _found_root(family, f"TEST НЕГІЗГІ ОРТАЛЫҚ ({label}) AUTHSVC SANDBOX", at, entropy)
        root.pointers = Pointers(certificate=f"{base_url}/root.cer", crl=f"{base_url}/root.crl")
        issuing = _found_issuing(root, f"TEST ШЫҒАРУШЫ ОРТАЛЫҚ ({label}) AUTHSVC SANDBOX", at, entropy)
        issuing.pointers = _issuing_pointers(base_url)
        return cls(family, at, entropy, base_url, root, issuing)

    def succeed(self, *, at: int, common_name: str | None = None) -> Authority:
        """A second issuing authority under the same root with a new key; by default under the very same name.

        Two generations that look alike are real: a path has to be found by key, not by name.
        """
        name = self.issuing.credential.name if common_name is None else profile.authority_name(common_name)
        issuing = _found_issuing(self.root, name, at, self.entropy)
        issuing.pointers = _issuing_pointers(f"{self.base_url}/next")
        return Authority(self.family, at, self.entropy, self.base_url, self.root, issuing)

    def issue_person(
        self, *, name: str, iin: str, at: int | None = None, life: int = _LEAF_LIFE, purpose: Purpose = "signing"
    ) -> Credential:
        """A natural person; `name` is surname, given name and, if any, patronymic, apart by spaces."""
        subject = profile.person_name(name, iin)
        usages = profile.leaf_usages(purpose, profile.NATURAL_PERSON)
        return self._issue(subject, usages, purpose, at, life, legal=False)

    def issue_representative(
        self,
        *,
        name: str,
        iin: str,
        bin: str,
        organization: str,
        role: Role = Role.EMPLOYEE,
        at: int | None = None,
        life: int = _LEAF_LIFE,
        purpose: Purpose = "signing",
    ) -> Credential:
        """A person of a legal entity, with the role's object identifier."""
        subject = profile.person_name(name, iin, organization=organization, bin=bin)
        usages = profile.leaf_usages(purpose, profile.LEGAL_ENTITY, role.value)
        return self._issue(subject, usages, purpose, at, life, legal=True)

    def issue_system(
        self,
        *,
        name: str,
        bin: str,
        organization: str,
        uid: str = _SYSTEM_UID,
        at: int | None = None,
        life: int = 3 * _LEAF_LIFE,
    ) -> Credential:
        """An information system of a legal entity: no IIN, no emailProtection."""
        subject = profile.system_name(name, uid, organization, bin)
        usages = (profile.LEGAL_ENTITY, profile.INFORMATION_SYSTEM)
        return self._issue(subject, usages, "signing", at, life, legal=True)

    def revoke(self, credential: Credential, at: int, reason: Reason = Reason.UNSPECIFIED) -> None:
        """Revoke a leaf, or put it on hold, from `at` on."""
        self.issuing.revoke(credential, at, reason)

    def crl(self, at: int) -> bytes:
        """The issuing authority's complete CRL of this moment."""
        return self.issuing.crl(at)

    def root_crl(self, at: int) -> bytes:
        """The root's CRL of this moment."""
        return self.root.crl(at)

    def certify_key(
        self, subject: bytes, extensions: list[bytes], *, at: int | None = None, life: int = _LEAF_LIFE
    ) -> Credential:
        """A new key of this family under the issuing authority with any subject and extensions; not in `issued`."""
        begin = self.founded if at is None else at
        key = keys.generate(self.family, self.entropy)
        certificate = self.issuing.certify(
            subject, key.public_info(), at=begin, until=begin + life, extensions=extensions
        )
        return Credential(certificate, key)

    def _issue(
        self, subject: bytes, usages: tuple[str, ...], purpose: Purpose, at: int | None, life: int, *, legal: bool
    ) -> Credential:
        policy = profile.leaf_policy(self.family, purpose, legal=legal)
        extensions = profile.leaf_extensions(self.family, purpose, usages, policy, self.issuing.pointers)
        credential = self.certify_key(subject, extensions, at=at, life=life)
        self.issued.append(credential)
        return credential


def _found_root(family: Family, common_name: str, at: int, entropy: Entropy) -> Issuer:
    key = keys.generate(family, entropy)
    name, info = profile.authority_name(common_name), key.public_info()
    identifier = profile.key_identifier(info)
    extensions = [
        *profile.authority_extensions((profile.ROOT_POLICY,), None),
        *key_identifier_extensions(identifier, identifier),
    ]
    certificate = write_certificate(key, name, name, info, (at, at + _ROOT_LIFE), extensions)
    return Issuer(Credential(certificate, key), Pointers())


def _found_issuing(root: Issuer, name: str | bytes, at: int, entropy: Entropy) -> Issuer:
    family = root.credential.family
    key = keys.generate(family, entropy)
    extensions = [
        *profile.authority_extensions(profile.issuing_policies(family), 0),
        *profile.pointer_extensions(root.pointers),
    ]
    subject = profile.authority_name(name) if isinstance(name, str) else name
    certificate = root.certify(subject, key.public_info(), at=at, until=at + _ISSUING_LIFE, extensions=extensions)
    return Issuer(Credential(certificate, key), Pointers())


def _issuing_pointers(base_url: str) -> Pointers:
    return Pointers(
        certificate=f"{base_url}/issuing.cer",
        crl=f"{base_url}/issuing.crl",
        delta_crl=f"{base_url}/delta.crl",
        ocsp=f"{base_url}/ocsp",
    )
