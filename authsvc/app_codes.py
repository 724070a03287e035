"""The set-up of an authenticator app (RFC 6238): a seed is shown, and the first code is typed before anything stands.

Nothing is kept here meanwhile: the seed lies sealed in the form, bound to the link or session for which it was made.
"""

from dataclasses import dataclass

from authsvc.errors import InvalidRequest
from authsvc.keys import SealBroken, b64url, unb64url
from authsvc.service import Service
from confirmations.methods import totp

_SEED = "invitation-seed"


@dataclass(frozen=True, slots=True)
class Begun:
    """What the page shows: the seed for an authenticator app, and the same sealed for the form that comes back."""

    ticket: str
    seed: str
    uri: str


def begin(svc: Service, bound_to: str, ticket: str = "") -> Begun:
    """A seed for this page; that of a form that came back, where its ticket holds. Raises InvalidRequest."""
    try:
        seed = svc.keys.unseal(_SEED, unb64url(ticket), bound_to.encode()) if ticket else totp.make_seed(svc.entropy)
    except (SealBroken, ValueError) as error:
        raise InvalidRequest("this page was not made for this link") from error
    sealed = ticket or b64url(svc.keys.seal(_SEED, seed, bound_to.encode()))
    organisation = svc.settings.organisation
    return Begun(sealed, totp.write_seed(seed), totp.write_uri(seed, account=organisation, issuer=organisation))


def judge(svc: Service, bound_to: str, ticket: str, code: str, name: str) -> tuple[str, int]:
    """(seed in base32, step that the first code takes). Raises WrongAnswer, InvalidRequest."""
    begun = begin(svc, bound_to, ticket or "-")
    seed = svc.keys.unseal(_SEED, unb64url(ticket), bound_to.encode())
    challenge = totp.issue(name, svc.entropy)
    now = svc.clock.now()
    _, step = totp.judge(challenge, code, seed=seed, last_step=totp.NO_STEP, now=now, factor_id=name)
    return begun.seed, step
