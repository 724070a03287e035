"""The request: one statement put to one person by one relying party, under one rule of the policy.

A request is immutable. It outlives each of its codes: a new code for the same statement is more time, not another
request, and a new request never cancels another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from confirmations.policy import Policy, Rule
from confirmations.state import Confirmation, Open, Outcome
from confirmations.statement import NONE, Statement


@dataclass(frozen=True, slots=True)
class Request:
    """`browser` binds it to the browser that began it ("none" for one over the API); `digest` is the statement's."""

    statement: Statement
    digest: str
    rule: Rule
    browser: str = NONE

    @classmethod
    def of(cls, statement: Statement, policy: Policy, browser: str = NONE) -> Request:
        """Make a request of a statement that the policy admits; refuse the others."""
        return cls(statement, statement.digest(), policy.admit(statement), browser)

    def open(self) -> Open:
        """Give its first state. Tries are counted per request, by the strictest method that is offered."""
        offered = {method for methods in self.statement.methods for method in methods}
        return Open(self.statement.expires, min(self.rule.bounds(method).tries for method in offered))

    def conclude(self, outcome: Outcome, method: tuple[str, ...] = (), challenge: str = "") -> Confirmation:
        """Give the confirmation that this request ended in; `method` is the list answered, `challenge` its digest."""
        return Confirmation(self.statement.id, self.digest, challenge, method or self.statement.methods[0], outcome)


SMALLEST_BROWSER_BINDING: Final = 16  # bytes of randomness in the cookie that binds a request to its browser
