"""Which step next: the one decision of a login, as a pure function (OIDC Core 3.1.2.3, 5.5.1.1 and 15.1; RFC 9470).

    Ask(method)  show the page of this method; earlier answers are not judged yet
    Judge        all of the combination is answered: judge it as a whole
    Enough(acr)  the browser's session satisfies the demand
    Stop(why)    no page can satisfy it

The elements of a combination are asked in their order and judged together, so that no page tells which one was wrong
(confirmations reference, 3.6).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from confirmations.assurance import ACRS, MULTI, SINGLE, Assurance, Element, assess, meets

COMBINATIONS: Mapping[str, tuple[str, ...]] = {SINGLE: ("password",), MULTI: ("password", "totp")}
"""What a login asks for each acr, in order."""
PASSKEY: tuple[str, ...] = ("passkey",)
"""Another way to every acr, offered on each page of a login: an authenticator that has verified its user."""

EDS: Mapping[str, tuple[str, ...]] = {SINGLE: ("eds",), MULTI: ("eds", "password")}
"""By a signed challenge, on one page of its own. The signature is one factor and names the person; it can be had by
phishing, so what asks for several factors asks for the password too."""


RECOVERY: tuple[str, ...] = ("password", "code")
"""A recovery code in the place of the one-time code, for whoever lost the authenticator app."""


class Why(Enum):
    """Why no login page helps."""

    LOGIN_REQUIRED = "login_required"
    """The relying party allowed no page, and the session does not do."""
    UNMET = "unmet"
    """An essential acr that nothing here offers."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What is demanded of the person's authentication; times are milliseconds."""

    acr_values: tuple[str, ...] = ()
    """In order of preference; empty: several factors."""
    essential: bool = False
    fresh_since: int = 0
    """A session that was signed in before this does not count (prompt=login, max_age)."""
    sub: str | None = None
    """Only this person will do (id_token_hint, claims)."""
    silent: bool = False
    """No page may be shown (prompt=none)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the browser's session proves: who, by which methods, since when."""

    sub: str
    methods: tuple[str, ...]
    authenticated_at: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Show the page of this method."""

    method: str


@dataclass(frozen=True, slots=True)
class Judge:
    """Everything is answered; `methods` are judged as a whole."""

    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Enough:
    """The session does; `acr` is what it satisfies of the demand."""

    acr: str


@dataclass(frozen=True, slots=True)
class Stop:
    """No page helps."""

    why: Why


Step = Ask | Judge | Enough | Stop


def next_step(demand: Demand, standing: Standing | None, answered: tuple[str, ...]) -> Step:
    """The step that follows for this demand, this session and what this login has answered so far."""
    usable = standing if standing is not None and counts(demand, standing) else None
    have = usable.methods if usable else ()
    offered = [acr for acr in demand.acr_values if acr in ACRS]
    if not offered and demand.essential and demand.acr_values:
        return Stop(Why.UNMET)
    reached = assure(have).acr if have else ""
    wanted = offered or [MULTI]
    satisfied = [acr for acr in wanted if have and meets(reached, acr)]
    if satisfied and (satisfied[0] == wanted[0] or demand.silent):
        return Enough(satisfied[0])
    if demand.silent:
        return Enough(reached) if have and offered and not demand.essential else Stop(Why.LOGIN_REQUIRED)
    missing = tuple(method for method in COMBINATIONS[wanted[0]] if method not in have)
    if answered[: len(missing)] == missing:
        return Judge(missing)
    return Ask(missing[len(answered)] if answered == missing[: len(answered)] else missing[0])


def wanted_of(demand: Demand) -> str:
    """The acr that the pages of a login lead to: the first that is known here of those asked for."""
    return next((acr for acr in demand.acr_values if acr in ACRS), MULTI)


def missing_by_eds(demand: Demand, standing: Standing | None) -> tuple[str, ...]:
    """What the page of EDS asks for, in order: the whole combination, less what the session stands on."""
    have = standing.methods if standing is not None and counts(demand, standing) else ()
    return tuple(method for method in EDS[wanted_of(demand)] if method == "eds" or method not in have)


@lru_cache(maxsize=64)
def assure(methods: tuple[str, ...]) -> Assurance:
    """What these methods of a login amount to. A passkey counts as having verified its user: a login demands it."""
    return assess(Element(method, user_verified=method == "passkey") for method in methods)


def counts(demand: Demand, standing: Standing) -> bool:
    """Whether what a session proves is of use for this demand: young enough, and of the person asked for."""
    return standing.authenticated_at >= demand.fresh_since and demand.sub in (None, standing.sub)
