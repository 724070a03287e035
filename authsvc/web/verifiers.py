"""`/verify` and `/verify/verify.py`: the verifiers of court packages, served apart from every package.

They come from the operator here too: whoever doubts the operator compares their SHA-256 with `trust.json`, or gets them
from a published release.
"""

import re
from functools import cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc.evidence.verifiers import read_verifiers

_POLICY = re.compile(rb'http-equiv="Content-Security-Policy" content="([^"]*)"')


@cache
def policy() -> str:
    """The page's own policy, which names its script and style by their hashes; and no frame."""
    found = _POLICY.search(read_verifiers()["verify.html"])
    if found is None:
        raise LookupError("verify.html names no policy")
    return f"{found[1].decode()}; frame-ancestors 'none'"


async def page(_request: Request) -> Response:
    """GET /verify: verify.html as it is published."""
    headers = {"content-security-policy": policy(), "cache-control": "no-cache"}
    return Response(read_verifiers()["verify.html"], media_type="text/html", headers=headers)


async def script(_request: Request) -> Response:
    """GET /verify/verify.py: verify.py as it is published, to be kept as a file."""
    headers = {"content-disposition": 'attachment; filename="verify.py"', "cache-control": "no-cache"}
    return Response(read_verifiers()["verify.py"], media_type="text/x-python", headers=headers)


ROUTES = (
    Route("/verify", page, methods=["GET"]),
    Route("/verify/verify.py", script, methods=["GET"]),
)
