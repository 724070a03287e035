"""A root, an issuing authority under it, a signer, and their CRLs: made once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from signatures import Content, Evidence, Policy, Report, TrustAnchors, verify
from tests.signatures.making import AT, Ca, make_key


@dataclass
class World:
    """A small PKI and the usual call."""

    root: Ca
    issuing: Ca
    signer: Ca

    @property
    def anchors(self) -> TrustAnchors:
        return TrustAnchors.of(self.root.der)

    @property
    def evidence(self) -> Evidence:
        return Evidence.of([self.issuing.der], [self.root.crl(), self.issuing.crl()])

    def verify(
        self,
        signed: bytes,
        content: Content | None = None,
        *,
        evidence: Evidence | None = None,
        policy: Policy | None = None,
    ) -> Report:
        return verify(
            signed,
            content=content,
            anchors=self.anchors,
            at=AT,
            evidence=self.evidence if evidence is None else evidence,
            policy=policy or Policy.default(),
        )

    def signed_by(self, signer: Ca) -> World:
        return replace(self, signer=signer)


@pytest.fixture
def world() -> World:
    root = Ca.root()
    issuing = root.issue("Test Issuing", key=make_key("ec", 3), ca=True, path_length=0)
    return World(root, issuing, issuing.issue("Test Signer", key=make_key("ec", 4)))
