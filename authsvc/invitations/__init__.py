"""A person's first day: an invitation by a link of one use, from a relying party that has identified them.

The first people of a deployment are invited by its operator (`authsvc admin bootstrap`). Whoever is invited chooses
login name and password, sets up one-time codes, and is enrolled by one transaction that uses the link up. A telephone
alone is a complete path; nobody is asked for a biometric.
"""

from authsvc.app_codes import begin
from authsvc.invitations.accepting import accept, find
from authsvc.invitations.inviting import Invited, Inviter, bootstrap, invite, open_link, prune, read_invited, state_of

__all__ = [
    "Invited",
    "Inviter",
    "accept",
    "begin",
    "bootstrap",
    "find",
    "invite",
    "open_link",
    "prune",
    "read_invited",
    "state_of",
]
