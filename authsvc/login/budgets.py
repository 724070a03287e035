"""How often one may try to sign in: OWASP ASVS 5.0 6.3.1, NIST 800-63B-4 3.2.2, PSD2 RTS article 4(3)(b).

Known and unknown login names are counted alike. The tight budget is kept per login name *and* address, so that a
stranger elsewhere spends none of the citizen's own tries.
"""

from authsvc.keys import b64url
from authsvc.limits import Budget
from authsvc.service import Service
from confirmations.policy import FAILURES_OF_SUBJECT, LOGIN_BOUNDS

QUARTER_MS = 15 * 60 * 1000
PAIR = Budget("login_pair", LOGIN_BOUNDS["password"].tries, QUARTER_MS)
"""Whole combinations judged for one login name from one address; a right one begins a new budget."""
ADDRESS = Budget("login_address", 3_000, QUARTER_MS)
"""Password pages from one address: behind one address of a mobile operator there are many people."""
SIGNED = Budget("login_eds", 300, QUARTER_MS)
"""Signed challenges from one address, for a login, a registration or a new certificate."""
FAILURES = FAILURES_OF_SUBJECT
"""Wrong logins in a row, over all addresses; then nothing but proofing anew helps."""


async def spend_address(svc: Service, ip: str) -> None:
    """Take one password page from the address's budget. Raises TooManyAttempts."""
    await svc.limits.spend(ADDRESS, _key(svc, ip))


async def spend_eds(svc: Service, ip: str) -> None:
    """Take one signed challenge from the address's budget: each costs the verifier's time. Raises TooManyAttempts."""
    await svc.limits.spend(SIGNED, _key(svc, ip))


async def spend_pair(svc: Service, login: str, ip: str) -> None:
    """Take one try of this login name from this address. Raises TooManyAttempts."""
    pair = _key(svc, f"{login}\n{ip}")
    generation = await svc.ephemeral.get(f"login_generation:{pair}") or b""
    await svc.limits.spend(PAIR, pair + generation.decode())


async def forgive_pair(svc: Service, login: str, ip: str) -> None:
    """After a right login the next one has its tries anew."""
    pair = _key(svc, f"{login}\n{ip}")
    await svc.ephemeral.put(f"login_generation:{pair}", b64url(svc.entropy(9)).encode(), QUARTER_MS)


def _key(svc: Service, text: str) -> str:
    """Keys are pseudonyms: neither a login name nor an address lies in the short-lived store."""
    return b64url(svc.keys.mac("limits", text.encode()))
