"""EDS keys of invented people under a test authority, and a trust store that knows it."""

import random
from dataclasses import dataclass, field

from authsvc.trust import Trust
from authsvc.web.sandbox.pki import Authority, Credential, Reason, sign_cms
from tests.conftest import START_MS

DAY = 24 * 3600 * 1000
BIN = "950340000015"
NAME = "СЕРІКҚЫЗЫ АЙГҮЛ"


@dataclass
class Cards:
    """Keys by what is wrong with them; `other` stands under an authority that nobody here trusts."""

    authority: Authority
    other: Authority
    trust: Trust
    _issued: dict[str, Credential] = field(default_factory=dict)

    def person(self, iin: str, name: str = NAME, **changes: object) -> Credential:
        """A natural person's signing key, made once."""
        key = f"{iin}{name}{sorted(changes.items())}"
        if key not in self._issued:
            self._issued[key] = self.authority.issue_person(name=name, iin=iin, **changes)  # type: ignore[arg-type]
        return self._issued[key]

    def employee(self, iin: str) -> Credential:
        """The same person's key of a legal entity."""
        return self.authority.issue_representative(name=NAME, iin=iin, bin=BIN, organization="ТОО «Жібек»")


REVOKED_IIN = "900101300077"


def make_cards() -> Cards:
    """A fresh authority; the key of REVOKED_IIN is revoked."""
    entropy = random.Random("cards").randbytes  # noqa: S311  # the same keys in each run
    began = START_MS - 30 * DAY
    made = Authority.found("ecdsa", at=began, entropy=entropy, base_url="http://127.0.0.1:9/pki")
    other = Authority.found("ecdsa", at=began, entropy=entropy, base_url="http://127.0.0.1:9/other")
    revoked = made.issue_person(name=NAME, iin=REVOKED_IIN)
    made.revoke(revoked, START_MS - DAY, Reason.KEY_COMPROMISE)
    files = (made.issuing.credential.certificate_der, made.root_crl(START_MS - 1), made.crl(START_MS - 1))
    cards = Cards(made, other, Trust((made.root.credential.certificate_der,), files))
    cards._issued[f"{REVOKED_IIN}{NAME}[]"] = revoked
    return cards


def sign(content: bytes, credential: Credential, **changes: object) -> bytes:
    """The content signed as NCALayer does it: CMS, content inside."""
    return sign_cms(content, [credential], signing_time=START_MS, **changes)  # type: ignore[arg-type]
