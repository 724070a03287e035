"""The witnesses of our own log: its tlog-policy, who holds each witness, and when a checkpoint is witnessed.

A witness held by the operator may stand in the policy and is asked like the others, but it never makes a quorum: what
one hand signs twice is still one hand's word.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from authsvc.evidence.errors import BadNote, BadPolicy
from authsvc.evidence.note import Verifier, join_note, open_note
from authsvc.evidence.policy import NONE, Policy, parse_policy
from authsvc.evidence.trust import OPERATOR, Witness
from authsvc.evidence.witness import counted


@dataclass(frozen=True, slots=True)
class Quorum:
    """The policy with its text, and the holder of each witness by the witness's name in the policy."""

    text: bytes
    policy: Policy
    holders: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_asked(self) -> bool:
        """Whether the policy asks for any witness at all."""
        return self.policy.quorum != NONE

    def witnesses(self) -> tuple[Witness, ...]:
        """Every witness with its holder, as trust.json names them."""
        return tuple(Witness(key, self.holders[name]) for name, key in self.policy.witnesses.items())

    def independent(self) -> frozenset[Verifier]:
        """The witnesses that the operator does not hold."""
        return frozenset(each.verifier for each in self.witnesses() if each.holder != OPERATOR)

    def is_met(self, text: bytes, lines: Iterable[bytes], now: int) -> bool:
        """Whether these cosignature lines over the checkpoint of this text make the quorum. `now` in ms."""
        try:
            note = open_note(join_note(text, lines), self.policy.witnesses.values())
        except BadNote:
            return False
        return self.is_asked and self.policy.is_met(counted(note.verified, self.independent(), now))


def alone(log_key: Verifier) -> Quorum:
    """The policy of a log without witnesses."""
    return read_quorum(b"quorum none\n", b"", log_key)


def read_quorum(policy: bytes, holders: bytes, log_key: Verifier) -> Quorum:
    """The quorum of a policy file and a holders file (`NAME HOLDER…` a line). BadPolicy says what is wrong.

    A policy without `log` lines gets ours; one with such lines must have ours among them.
    """
    parsed = parse_policy(policy)
    if not parsed.logs:
        policy = f"log {log_key}\n".encode() + policy
    elif log_key not in parsed.logs or any(each.name != log_key.name for each in parsed.logs):
        raise BadPolicy("the policy's log lines are not those of this log")
    quorum = Quorum(policy, parse_policy(policy), _holders(holders, parsed))
    names = [each.name for each in parsed.witnesses.values()]
    if log_key.name in names:
        raise BadPolicy("a witness under the log's own name")
    if len(set(names)) != len(names):
        raise BadPolicy("one witness on two lines of the policy: it would count twice")
    if quorum.is_asked and not parsed.is_met(quorum.independent()):
        raise BadPolicy("the quorum can't be met without witnesses that the operator holds")
    return quorum


def _holders(text: bytes, policy: Policy) -> Mapping[str, str]:
    holders: dict[str, str] = {}
    try:
        lines = text.decode().splitlines()
    except UnicodeDecodeError as error:
        raise BadPolicy("the holders file is not UTF-8") from error
    for line in lines:
        name, _, holder = line.strip().partition(" ")
        if not name or name.startswith("#"):
            continue
        if name not in policy.witnesses or name in holders or not holder.strip():
            raise BadPolicy(f"holders: {name!a} is no witness of the policy, is named twice, or has no holder")
        holders[name] = holder.strip()
    if missing := sorted(policy.witnesses.keys() - holders.keys()):
        raise BadPolicy(f"holders: nobody is named for {', '.join(missing)}")
    return holders
