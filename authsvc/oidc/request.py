"""An authorization request, checked: OIDC Core 3.1.2.1 and 5.5, RFC 6749 4.1.1, RFC 7636 4.3, RFC 9700 2.1.

Two steps, because an error may go to the redirect URI only once that is known to be the relying party's: first
`find_target`, then `check_request`. Neither reads a clock, a key or a store.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from authsvc.oidc.details import read_details
from authsvc.oidc.errors import (
    InvalidAuthorizationRequest,
    InvalidScope,
    InvalidTarget,
    RegistrationNotSupported,
    UnauthorizedClient,
    UnknownClient,
    UnregisteredRedirect,
    UnsupportedResponseType,
)
from authsvc.oidc.relying_party import LOCALES, RelyingParty
from authsvc.oidc.scopes import CLAIMS_BY_SCOPE

Pairs = Sequence[tuple[str, str]]
"""Parameters in the order in which they came, doubles included."""

RESPONSE_MODES = ("query", "form_post", "jwt", "query.jwt", "form_post.jwt")
"""With `jwt` the answer is one signed parameter (JARM); alone it is `query.jwt`, as for every code."""
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
MAX_STATE = 2_048
"""Characters; FAPI 2.0 warns that honest ones exceed 1,000."""
MAX_NONCE = 512
"""Characters; 64 must be taken."""
MAX_HINT = 256
MAX_TOKEN_HINT = 8_192
MAX_CLAIMS = 4_096
MAX_SCOPE = 1_024
MAX_ACR_VALUES = 20
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""S256 is 32 bytes, so exactly 43 characters of base64url."""
_SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*")
"""RFC 6749 3.3."""
_MAX_AGE = re.compile(r"[0-9]{1,10}")
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]*")


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """One checked request for a code. `max_age` is in seconds."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    """What is asked, known here, and registered for the client; always with `openid`."""
    challenge: str
    state: str | None = None
    nonce: str | None = None
    response_mode: str = "query"
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    acr_values: tuple[str, ...] = ()
    """In order of preference."""
    acr_essential: bool = False
    subject: str | None = None
    """The `sub` that the claims parameter demands for the ID token."""
    userinfo_claims: tuple[str, ...] = ()
    locale: str | None = None
    """The first of ui_locales that we speak."""
    login_hint: str = ""
    id_token_hint: str = ""
    dpop_jkt: str = ""
    """Thumbprint of the key that alone may redeem the code (RFC 9449 10)."""
    pushed: str = ""
    """The mark of the pushed request that this was (RFC 9126): it is used up by the code."""
    sector: str = ""
    """The client's sector (OIDC Core 8.1), empty where it gets public subjects."""
    details: str = ""
    """JSON of the authorization details asked (RFC 9396), empty for none."""
    device: str = ""
    """The id of the device's request that this stands for (RFC 8628); then there is no redirect URI and no code."""

    @property
    def to_consent(self) -> tuple[str, ...]:
        """The scopes that the person must have agreed to: those asked, and those that the single claims belong to."""
        single = set(self.userinfo_claims)
        opened = (scope for scope, names in CLAIMS_BY_SCOPE.items() if single.intersection(names))
        return tuple(dict.fromkeys((*self.scopes, *opened)))

    def to_json(self) -> bytes:
        """For sealing into the browser's care; `of_json` gives the same request."""
        return orjson.dumps(asdict(self))

    @classmethod
    def of_json(cls, data: bytes) -> "AuthorizationRequest":
        """The request that `to_json` wrote."""
        stored: dict[str, Any] = orjson.loads(data)
        for name, value in stored.items():
            stored[name] = tuple(value) if isinstance(value, list) else value
        return cls(**stored)


@dataclass(frozen=True, slots=True)
class Target:
    """Where an answer may go, also a refusal: the redirect URI is registered, state and mode are as asked."""

    redirect_uri: str
    state: str | None
    response_mode: str


def client_of(pairs: Pairs) -> str:
    """The client_id, given exactly once. Raises UnknownClient."""
    given = [value for name, value in pairs if name == "client_id"]
    if len(given) != 1 or not given[0]:
        raise UnknownClient("client_id: exactly one is needed")
    return given[0]


def find_target(pairs: Pairs, party: RelyingParty) -> Target:
    """Where to answer, or UnregisteredRedirect: redirect URIs are compared as whole strings and nothing is guessed."""
    given = [value for name, value in pairs if name == "redirect_uri"]
    if len(given) != 1 or given[0] not in party.redirect_uris:
        raise UnregisteredRedirect("redirect_uri: exactly one that the relying party registered, letter by letter")
    states = [value for name, value in pairs if name == "state"]
    modes = [value for name, value in pairs if name == "response_mode"]
    state = states[0] if len(states) == 1 and _acceptable_state(states[0]) else None
    return Target(given[0], state, modes[0] if len(modes) == 1 and modes[0] in RESPONSE_MODES else "query")


def check_request(pairs: Pairs, party: RelyingParty, issuer: str) -> AuthorizationRequest:
    """The request, or the refusal (an OAuthError) that the redirect URI is told. `issuer` is this service."""
    asked = _once(pairs)
    _refuse_foreign_kinds(asked, party)
    claims = _read_claims(asked)
    acr_values, essential = _read_acr(asked, claims, party)
    return AuthorizationRequest(
        client_id=party.id,
        redirect_uri=asked["redirect_uri"],
        scopes=_read_scopes(asked, party),
        challenge=_read_challenge(asked),
        state=_read_state(asked),
        nonce=_read_text(asked, "nonce", MAX_NONCE) or None,
        response_mode=_read_mode(asked),
        prompt=_read_prompt(asked),
        max_age=_read_max_age(asked),
        acr_values=acr_values,
        acr_essential=essential,
        subject=_demanded_subject(claims),
        userinfo_claims=_userinfo_claims(claims, party),
        locale=read_locale(asked.get("ui_locales", "")),
        login_hint=_read_text(asked, "login_hint", MAX_HINT),
        id_token_hint=_read_text(asked, "id_token_hint", MAX_TOKEN_HINT),
        dpop_jkt=_read_jkt(asked),
        sector=party.sector,
        details=read_details(asked.get("authorization_details", ""), party, issuer),
    )


def read_locale(ui_locales: str) -> str | None:
    """The first BCP 47 tag whose language we speak; unknown and malformed ones are passed over (OIDC Core 3.1.2.1)."""
    for tag in ui_locales[:MAX_HINT].split():
        language = tag.split("-", 1)[0].lower()
        if language in LOCALES:
            return language
    return None


def _once(pairs: Pairs) -> Mapping[str, str]:
    asked = dict(pairs)
    if len(asked) != len(pairs):
        doubled = next(name for name in asked if sum(1 for other, _ in pairs if other == name) > 1)
        shown = doubled if doubled.isidentifier() else "a parameter"
        raise InvalidAuthorizationRequest(f"{shown} is given more than once")
    return {name: value for name, value in asked.items() if value}


def _refuse_foreign_kinds(asked: Mapping[str, str], party: RelyingParty) -> None:
    if "registration" in asked:
        raise RegistrationNotSupported("registration is not offered")
    if "resource" in asked:
        raise InvalidTarget("resource: no resource can be asked for here")
    kind = asked.get("response_type")
    if kind is None:
        raise InvalidAuthorizationRequest("response_type is missing")
    if kind != "code":
        raise UnsupportedResponseType("response_type: only code")
    if "authorization_code" not in party.grant_types:
        raise UnauthorizedClient("the client is not registered for authorization_code")


def _read_scopes(asked: Mapping[str, str], party: RelyingParty) -> tuple[str, ...]:
    text = asked.get("scope", "")
    if len(text) > MAX_SCOPE or not _SCOPE.fullmatch(text):
        raise InvalidScope("scope: tokens of RFC 6749 3.3, one blank between them")
    scopes = tuple(dict.fromkeys(text.split(" ")))
    if "openid" not in scopes:
        raise InvalidScope("scope: openid is needed")
    known = [scope for scope in scopes if scope in CLAIMS_BY_SCOPE and scope in party.scopes]
    # OIDC Core 11: without the grant that it is for, offline_access is passed over.
    return tuple(scope for scope in known if scope != "offline_access" or "refresh_token" in party.grant_types)


def _read_challenge(asked: Mapping[str, str]) -> str:
    if asked.get("code_challenge_method", "plain") != "S256":
        raise InvalidAuthorizationRequest("code_challenge_method: S256 is needed (RFC 7636)")
    challenge = asked.get("code_challenge", "")
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidAuthorizationRequest("code_challenge: 43 characters of base64url are needed (RFC 7636)")
    return challenge


def _read_jkt(asked: Mapping[str, str]) -> str:
    jkt = asked.get("dpop_jkt", "")
    if jkt and not _CHALLENGE.fullmatch(jkt):
        raise InvalidAuthorizationRequest("dpop_jkt: a thumbprint of RFC 7638, SHA-256 in base64url")
    return jkt


def _acceptable_state(state: str) -> bool:
    return 0 < len(state) <= MAX_STATE and _PRINTABLE.fullmatch(state) is not None


def _read_state(asked: Mapping[str, str]) -> str | None:
    state = asked.get("state")
    if state is not None and not _acceptable_state(state):
        raise InvalidAuthorizationRequest(f"state: at most {MAX_STATE} printable characters")
    return state


def _read_text(asked: Mapping[str, str], name: str, longest: int) -> str:
    text = asked.get(name, "")
    if len(text) > longest or not _PRINTABLE.fullmatch(text):
        raise InvalidAuthorizationRequest(f"{name}: at most {longest} printable characters")
    return text


def _read_mode(asked: Mapping[str, str]) -> str:
    mode = asked.get("response_mode", "query")
    if mode not in RESPONSE_MODES:
        raise InvalidAuthorizationRequest(f"response_mode: {' or '.join(RESPONSE_MODES)}")
    return mode


def _read_prompt(asked: Mapping[str, str]) -> tuple[str, ...]:
    prompts = tuple(dict.fromkeys(asked.get("prompt", "").split()))
    if not set(prompts) <= PROMPTS:
        raise InvalidAuthorizationRequest(f"prompt: of {', '.join(sorted(PROMPTS))}")
    if "none" in prompts and len(prompts) > 1:
        raise InvalidAuthorizationRequest("prompt: none stands alone")
    return prompts


def _read_max_age(asked: Mapping[str, str]) -> int | None:
    text = asked.get("max_age")
    if text is None:
        return None
    if not _MAX_AGE.fullmatch(text):
        raise InvalidAuthorizationRequest("max_age: seconds, a whole number from 0")
    return int(text)


def _read_claims(asked: Mapping[str, str]) -> Mapping[str, Mapping[str, object]]:
    """The members `id_token` and `userinfo`: claim name to its request; InvalidAuthorizationRequest when broken."""
    text = asked.get("claims", "{}")
    try:
        claims = orjson.loads(text) if len(text) <= MAX_CLAIMS else None
    except orjson.JSONDecodeError:
        claims = None
    if not isinstance(claims, dict):
        raise InvalidAuthorizationRequest(f"claims: a JSON object of at most {MAX_CLAIMS} characters")
    found: dict[str, Mapping[str, object]] = {}
    for place in ("id_token", "userinfo"):
        wanted = claims.get(place) or {}
        if not isinstance(wanted, dict) or not all(isinstance(one, dict | None) for one in wanted.values()):
            raise InvalidAuthorizationRequest(f"claims: {place} maps claim names to objects or null")
        found[place] = wanted
    return found


def _read_acr(
    asked: Mapping[str, str], claims: Mapping[str, Mapping[str, object]], party: RelyingParty
) -> tuple[tuple[str, ...], bool]:
    wanted = claims["id_token"].get("acr")
    if isinstance(wanted, dict):
        values = wanted.get("values", [wanted["value"]] if "value" in wanted else [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise InvalidAuthorizationRequest("claims: acr has a value, or values as an array of texts")
        if values:
            return tuple(values[:MAX_ACR_VALUES]), wanted.get("essential") is True
    listed = tuple(asked.get("acr_values", "").split()[:MAX_ACR_VALUES])
    return listed or party.default_acr_values, False


def _demanded_subject(claims: Mapping[str, Mapping[str, object]]) -> str | None:
    wanted = claims["id_token"].get("sub")
    value = wanted.get("value") if isinstance(wanted, dict) else None
    if value is not None and not isinstance(value, str):
        raise InvalidAuthorizationRequest("claims: the value of sub is a text")
    return value


def _userinfo_claims(claims: Mapping[str, Mapping[str, object]], party: RelyingParty) -> tuple[str, ...]:
    """Claims asked for one by one, of the scopes that the relying party is registered for."""
    open_to_it = {name for scope in party.scopes for name in CLAIMS_BY_SCOPE.get(scope, ())}
    return tuple(sorted(open_to_it.intersection(claims["userinfo"])))
