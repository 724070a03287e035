"""RFC 5280 section 6.1 with RFC 9618: certificate policies along a path, without the tree that grows exponentially.

A policy at one level is held by the policies of the level above that expect it. All that is asked at the end is which
domains of the anchor a policy goes back to, so each node keeps the set of its origins instead of its ancestors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from signatures import asn1
from signatures.asn1 import Members
from signatures.certificates import INHIBIT_ANY_POLICY, POLICY_CONSTRAINTS, POLICY_MAPPINGS, Certificate
from signatures.errors import LimitExceeded, Malformed

ANY_POLICY: Final = "2.5.29.32.0"
ANY: Final[frozenset[str]] = frozenset({ANY_POLICY})


class _Node(NamedTuple):
    """A policy at one level: what the next level may call it, and the anchor's domains that it goes back to."""

    expected: frozenset[str]
    origins: frozenset[str]


@dataclass(slots=True)
class PolicyState:
    """The policy variables of RFC 5280 section 6.1.2, carried down a path of `length` certificates below the anchor."""

    length: int
    most: int
    explicit: int
    mapping: int
    any_policy: int
    level: dict[str, _Node] | None

    @classmethod
    def start(
        cls, length: int, most: int, *, explicit_policy: bool, inhibit_mapping: bool, inhibit_any: bool
    ) -> PolicyState:
        """Before the first certificate."""
        return cls(
            length,
            most,
            0 if explicit_policy else length + 1,
            0 if inhibit_mapping else length + 1,
            0 if inhibit_any else length + 1,
            {ANY_POLICY: _Node(ANY, ANY)},
        )

    def enter(self, certificate: Certificate, *, last: bool) -> bool:
        """Takes a certificate's policies (6.1.3 d to f); False if the path has lost the policy that it must have."""
        policies = certificate.policies
        if policies is None:
            self.level = None
        elif self.level is not None:
            self.level = self._descend(self.level, policies, certificate.self_issued and not last) or None
        return self.explicit > 0 or self.level is not None

    def _descend(self, above: dict[str, _Node], policies: tuple[str, ...], self_issued: bool) -> dict[str, _Node]:
        parents: dict[str, set[str]] = {}
        for node in above.values():
            for policy in node.expected:
                parents.setdefault(policy, set()).update(node.origins)
        if len(policies) + len(parents) > self.most:
            raise LimitExceeded("policies")
        below: dict[str, _Node] = {}
        for policy in policies:
            if policy == ANY_POLICY:
                continue
            if policy in parents:
                below[policy] = _Node(frozenset({policy}), frozenset(parents[policy] - ANY) or frozenset({policy}))
            elif ANY_POLICY in above:
                below[policy] = _Node(frozenset({policy}), frozenset({policy}))
        if ANY_POLICY in policies and (self.any_policy > 0 or self_issued):
            for policy, origins in parents.items():
                below.setdefault(policy, _Node(frozenset({policy}), frozenset(origins)))
        return below

    def prepare(self, certificate: Certificate) -> None:
        """Makes ready for the next certificate (6.1.4 a, b, h to j). Malformed if the extensions can't be read."""
        mappings = _read_mappings(certificate)
        if mappings and self.level is not None:
            self._map(self.level, mappings)
            self.level = self.level or None
        if not certificate.self_issued:
            self.explicit = max(self.explicit - 1, 0)
            self.mapping = max(self.mapping - 1, 0)
            self.any_policy = max(self.any_policy - 1, 0)
        require, inhibit = read_policy_constraints(certificate)
        if require is not None:
            self.explicit = min(self.explicit, require)
        if inhibit is not None:
            self.mapping = min(self.mapping, inhibit)
        skip = _read_inhibit_any(certificate)
        if skip is not None:
            self.any_policy = min(self.any_policy, skip)

    def _map(self, level: dict[str, _Node], mappings: dict[str, set[str]]) -> None:
        if len(level) + sum(map(len, mappings.values())) > self.most:
            raise LimitExceeded("policies")
        for issuer_policy, subject_policies in mappings.items():
            if self.mapping == 0:
                level.pop(issuer_policy, None)
            elif issuer_policy in level:
                level[issuer_policy] = level[issuer_policy]._replace(expected=frozenset(subject_policies))
            elif ANY_POLICY in level:
                level[issuer_policy] = _Node(frozenset(subject_policies), frozenset({issuer_policy}))

    def conclude(self, certificate: Certificate, initial: frozenset[str]) -> bool:
        """After the last certificate (6.1.5 a, b, g): whether the path stands under the caller's initial policies."""
        self.explicit = max(self.explicit - 1, 0)
        require, _ = read_policy_constraints(certificate)
        if require == 0:
            self.explicit = 0
        if self.explicit > 0:
            return True
        if self.level is None:
            return False
        if ANY_POLICY in initial or ANY_POLICY in self.level:
            return True
        return any(node.origins & initial for node in self.level.values())


def _read_mappings(certificate: Certificate) -> dict[str, set[str]]:
    extension = certificate.extensions.get(POLICY_MAPPINGS)
    found: dict[str, set[str]] = {}
    if extension is None:
        return found
    for child in asn1.parse(extension.value).members():
        members = Members(child)
        issuer_policy, subject_policy = asn1.read_oid(members.take()), asn1.read_oid(members.take())
        members.close()
        if ANY_POLICY in (issuer_policy, subject_policy):
            raise Malformed("anyPolicy is mapped.")
        found.setdefault(issuer_policy, set()).add(subject_policy)
    return found


def read_policy_constraints(certificate: Certificate) -> tuple[int | None, int | None]:
    """requireExplicitPolicy and inhibitPolicyMapping of RFC 5280 section 4.2.1.11."""
    extension = certificate.extensions.get(POLICY_CONSTRAINTS)
    if extension is None:
        return None, None
    members = Members(asn1.parse(extension.value))
    require, inhibit = members.maybe(0x80), members.maybe(0x81)
    members.close()
    if require is None and inhibit is None:
        raise Malformed("The policy constraints are empty.")
    return (
        None if require is None else _read_skip(asn1.read_integer(require, 0x80)),
        None if inhibit is None else _read_skip(asn1.read_integer(inhibit, 0x81)),
    )


def _read_inhibit_any(certificate: Certificate) -> int | None:
    extension = certificate.extensions.get(INHIBIT_ANY_POLICY)
    return None if extension is None else _read_skip(asn1.read_integer(asn1.parse(extension.value)))


def _read_skip(number: int) -> int:
    if number < 0:
        raise Malformed("A number of certificates to skip is negative.")
    return number
