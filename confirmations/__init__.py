"""The digital confirmation (Digital Code article 47): what a person is asked, how the answer is judged, what it proves.

A confirmation is not an electronic digital signature; nothing here makes one or becomes one. Nothing here reads a
clock, a random source, a file or a network: time, entropy and keys are arguments. Methods stand in
`confirmations.methods`, texts in `confirmations.words`, refusals in `confirmations.errors`, the outcomes and events of
a request in `confirmations.state`.
"""

from confirmations.assurance import Assurance, Element, assess
from confirmations.challenge import Accepted, Challenge, digest_challenges, write_answers, write_challenges
from confirmations.errors import ConfirmationError
from confirmations.fields import Consent, Document, Labelled, Payment, Texts
from confirmations.login_statement import LoginStatement
from confirmations.policy import Bounds, Policy, Rule
from confirmations.receipt import Disclosure, Members, issue_receipt, thumbprint
from confirmations.receipt_check import AuthenticationReceipt, Receipt, read_authentication, read_receipt
from confirmations.rendering import Message, Rendered, render, write_message
from confirmations.request import Request
from confirmations.state import Confirmation, advance
from confirmations.statement import Entity, Group, RelyingParty, Statement

__all__ = [
    "Accepted",
    "Assurance",
    "AuthenticationReceipt",
    "Bounds",
    "Challenge",
    "Confirmation",
    "ConfirmationError",
    "Consent",
    "Disclosure",
    "Document",
    "Element",
    "Entity",
    "Group",
    "Labelled",
    "LoginStatement",
    "Members",
    "Message",
    "Payment",
    "Policy",
    "Receipt",
    "RelyingParty",
    "Rendered",
    "Request",
    "Rule",
    "Statement",
    "Texts",
    "advance",
    "assess",
    "digest_challenges",
    "issue_receipt",
    "read_authentication",
    "read_receipt",
    "render",
    "thumbprint",
    "write_answers",
    "write_challenges",
    "write_message",
]
