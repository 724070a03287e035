"""Scopes and the claims that each opens: OIDC Core 5.4, and the scopes of the service's own API.

The IIN is personal data of restricted access: a scope of its own, asked for by name, shown on the consent page, and
answered by userinfo alone (never in a token).
"""

from collections.abc import Mapping

CLAIMS_BY_SCOPE: Mapping[str, tuple[str, ...]] = {
    "openid": ("sub",),
    "profile": ("name", "locale"),
    "phone": ("phone_number",),
    "iin": ("iin",),
    "offline_access": (),
}
"""What a person can be asked to let out."""

RESTRICTED_SCOPES = frozenset({"iin"})
"""Scopes that no client registers for by itself, and that only who signed in by several factors can open."""

API_SCOPES = ("confirmations", "signatures", "evidence", "invitations", "decisions", "notices", "contracts")
"""What a relying party itself may do under /v1, by client_credentials; no person stands behind such a token."""

OPERATOR_SCOPES = frozenset({"invitations"})
"""Of these, what the operator alone gives a relying party: it vouches for who a person is."""
