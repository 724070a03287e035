"""C2SP tlog-policy: which logs and witnesses a verifier knows, and how many witnesses make a quorum."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from authsvc.evidence.errors import BadKey, BadPolicy
from authsvc.evidence.note import ED25519, ED25519_COSIGNATURE, ML_DSA_44, Verifier

MAX_BYTES = 262_144
MAX_NAMES = 256
"""At least 32 logs, 32 witnesses and 32 groups must be supported."""
NONE = "none"

_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Group:
    """Met once `k` of its members are."""

    k: int
    members: tuple[str, ...]


@dataclass(slots=True)
class Policy:
    """Logs, witnesses by name, groups by name, and the name of the quorum (`none`: no witness is asked for)."""

    logs: list[Verifier] = field(default_factory=list)
    witnesses: dict[str, Verifier] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str = ""
    urls: dict[str, str] = field(default_factory=dict)
    """Submission prefix (tlog-witness) of a witness, by its name here, where the line has one."""

    def is_met(self, cosigned: Iterable[Verifier]) -> bool:
        """Whether these witness keys, however often each is named, make the quorum."""
        if self.quorum == NONE:
            return True
        keys = frozenset(cosigned)
        met = {name: verifier in keys for name, verifier in self.witnesses.items()}
        for name, group in self.groups.items():
            met[name] = sum(met[member] for member in group.members) >= group.k
        return met[self.quorum]

    def needs(self, name: str | None = None) -> frozenset[Verifier]:
        """The witness keys that stand under this name, the quorum's unless another is given."""
        name = self.quorum if name is None else name
        if name in self.witnesses:
            return frozenset({self.witnesses[name]})
        group = self.groups.get(name)
        return frozenset().union(*(self.needs(each) for each in group.members)) if group else frozenset()


def parse_policy(text: bytes) -> Policy:
    """The policy of a text; BadPolicy where it breaks the format."""
    if len(text) > MAX_BYTES or _CONTROL.search(text) or (text and not text.endswith(b"\n")):
        raise BadPolicy("not a policy: size, control characters or last line")
    policy = Policy()
    members: set[str] = set()
    for line in text.decode(errors="surrogateescape").split("\n"):
        words = re.split("[ \t]+", line.strip(" \t"))
        if words[0] and not words[0].startswith("#"):
            _read_line(policy, words, members)
    if not policy.quorum:
        raise BadPolicy("no quorum line")
    return policy


def _read_line(policy: Policy, words: list[str], members: set[str]) -> None:
    match words:
        case ["log", vkey, *url] if len(url) <= 1:
            _add_key(policy.logs, vkey, (ED25519, ML_DSA_44), policy.logs)
        case ["witness", name, vkey, *url] if len(url) <= 1:
            _new_name(policy, name)
            keys: list[Verifier] = []
            _add_key(keys, vkey, (ED25519_COSIGNATURE, ML_DSA_44), policy.witnesses.values())
            policy.witnesses[name] = keys[0]
            if url:
                policy.urls[name] = url[0].rstrip("/")
        case ["group", name, k, first, *rest]:
            _new_name(policy, name)
            policy.groups[name] = _group(policy, k, (first, *rest), members)
        case ["quorum", name] if not policy.quorum:
            if name != NONE and name not in policy.witnesses and name not in policy.groups:
                raise BadPolicy("the quorum names nobody defined before")
            policy.quorum = name
        case _:
            raise BadPolicy(f"not a line of a policy: {words[0]!a}")


def _add_key(keys: list[Verifier], vkey: str, kinds: tuple[int, ...], others: Iterable[Verifier]) -> None:
    try:
        verifier = Verifier.parse(vkey)
    except BadKey as error:
        raise BadPolicy(f"a key that can't be read: {error.message}") from error
    if verifier.algorithm not in kinds:
        raise BadPolicy("a key of a kind that does not fit its line")
    if any(verifier.key == other.key for other in others):
        raise BadPolicy("one key on two lines")
    keys.append(verifier)


def _new_name(policy: Policy, name: str) -> None:
    taken: Mapping[str, object] = {**policy.witnesses, **policy.groups}
    if name == NONE or name in taken or len(taken) >= MAX_NAMES:
        raise BadPolicy("a name that is taken, or too many names")


def _group(policy: Policy, k: str, names: tuple[str, ...], members: set[str]) -> Group:
    for name in names:
        if name not in policy.witnesses and name not in policy.groups:
            raise BadPolicy("a group names a member not defined before")
        if name in members:
            raise BadPolicy("a member of two groups, or twice of one")
        members.add(name)
    counts = {"all": len(names), "any": 1}
    if k not in counts and not re.fullmatch(r"[1-9][0-9]{0,3}", k):
        raise BadPolicy("the threshold is not a plain decimal")
    threshold = counts.get(k) or int(k)
    if not 1 <= threshold <= len(names):
        raise BadPolicy("a threshold above the number of members")
    return Group(threshold, names)
