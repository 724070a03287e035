"""`wait=sequenced|witnessed|anchored`: how far a record has come before an answer speaks of it.

It is a wish with a bound: when witnesses or time stamps are late the act stands, and the answer says the state that the
record has. Without the parameter an answer waits for the witnesses where the log has any.
"""

from starlette.requests import Request

from authsvc.errors import InvalidRequest
from authsvc.evidence.states import SEQUENCED, STATES, WITNESSED
from authsvc.web.pages import service_of

LONGEST_S = 60
"""Seconds: less than proxies keep a silent connection."""


def wait_of(request: Request) -> str:
    """The state that the caller wants to see. InvalidRequest for a word that is none, or two of them."""
    given = request.query_params.getlist("wait") if request.scope["query_string"] else ()
    if not given:
        return WITNESSED if service_of(request).publishing.quorum.is_asked else SEQUENCED
    if len(given) > 1 or given[0] not in STATES:
        raise InvalidRequest(f"wait: one of {', '.join(STATES)}")
    return given[0]


def patience_of(request: Request) -> int:
    """Seconds that the caller will wait for an outcome: `Prefer: wait=N` (RFC 7240, 4.3); 0 where nothing is said.

    A preference that can't be read is none (section 2); a longer one is shortened.
    """
    for given in ",".join(request.headers.getlist("prefer")).split(","):
        name, _, value = given.partition(";")[0].partition("=")
        value = value.strip().strip('"')
        if name.strip().lower() == "wait" and value.isascii() and value.isdigit() and len(value) < 7:
            return min(int(value), LONGEST_S)
    return 0
