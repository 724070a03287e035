"""Which confirmations this service offers: the rules of `confirmations.policy`, narrowed to the methods that exist
here."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from confirmations import Policy

METHODS = frozenset({"code", "push"})
"""Methods that this release can issue and judge for a confirmation."""


STAFF_ACT = "approval"
"""The act that this service asks of its own staff, and nobody else asks: by a code, in a session that has two factors
already, so that three were needed in all."""


@cache
def offered() -> Policy:
    """The policy in force: each act with those of its combinations that can be asked here; acts without any are
    absent."""
    acts = {}
    for act, rule in Policy.default().acts.items():
        able = tuple(one for one in rule.combinations if METHODS.issuperset(one))
        if able:
            acts[act] = replace(rule, combinations=able)
    acts[STAFF_ACT] = replace(Policy.default().rule(STAFF_ACT), combinations=(("code",),))
    return Policy(acts)


def policy_content() -> Mapping[str, object]:
    """The policy as its `administration` record commits to it."""
    return {
        "acts": {
            act: {
                "combinations": [list(one) for one in rule.combinations],
                "largest": dict(rule.largest),
                "legally_significant": rule.legally_significant,
                "session": rule.session,
                "tries": {method: rule.bounds(method).tries for one in rule.combinations for method in one},
            }
            for act, rule in sorted(offered().acts.items())
        },
        "kind": "authsvc/confirmation-policy/v1",
    }
