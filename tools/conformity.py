"""The table of docs/conformity.md: what each specification asks, and the tests that hold the project to it.

The rows name tests by file and by the beginning of their names; a row whose tests went away fails in tests/tools.
`python -m tools.conformity` writes the table between its marks.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "conformity.md"
OIDC, CLIENTS, STORIES = "tests/authsvc/oidc/test_", "tests/clients/test_", "tests/stories/test_"
MARKS = ("<!-- conformity -->", "<!-- end -->")
TABLE = re.compile(f"{MARKS[0]}.*?{MARKS[1]}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """One demand: where it stands, in words, and the tests: (file, beginnings of names)."""

    specification: str
    section: str
    demand: str
    tests: Sequence[tuple[str, Sequence[str]]]
    partly: str = ""
    """What of it is not there, empty for nothing."""


def _oidc(name: str, *starts: str) -> tuple[str, Sequence[str]]:
    return f"{OIDC}{name}.py", starts


CERTIFIED = f"{CLIENTS}certified_clients.py"
ROWS: Sequence[Row] = (
    Row(
        "OIDC Discovery 1.0, RFC 8414", "3, 4; 2, 3", "metadata, derived from what is on", [_oidc("discovery", "disc")]
    ),
    Row("RFC 8414", "2.1", "signed metadata", [_oidc("pushed_and_signed", "metadata_signed")]),
    Row("RFC 7517", "4, 5", "public keys only, each with its own `kid`", [_oidc("discovery", "jwks")]),
    Row("RFC 6749, OIDC Core 1.0", "4.1; 3.1", "authorization code flow, GET and POST", [_oidc("code_flow", "code_")]),
    Row("RFC 7636", "4", "PKCE, S256 alone, for every client", [_oidc("code_flow", "code_pkce", "code_wrong_v")]),
    Row(
        "RFC 9207",
        "2",
        "`iss` in every answer",
        [_oidc("code_flow", "code_state"), _oidc("discovery", "discovery_iss")],
    ),
    Row(
        "RFC 6749, RFC 9700",
        "3.1.2; 2.1",
        "redirect URIs exact, none followed",
        [_oidc("request", "redirect", "a_redir")],
    ),
    Row(
        "OIDC Core 1.0",
        "3.1.2.1",
        "prompt, max_age, id_token_hint",
        [_oidc("request", "prompt", "max_age", "id_token")],
    ),
    Row(
        "OIDC Core 1.0", "5.5", "claims parameter, essential acr", [_oidc("request", "claims", "acr_", "scope_claims")]
    ),
    Row("RFC 8176", "2", "amr", [_oidc("request", "amr")]),
    Row("RFC 9470", "3, 6", "step-up", [_oidc("opaque", "step_up"), _oidc("request", "step_up")]),
    Row(
        "OIDC Core 1.0",
        "5.3",
        "userinfo, plain and signed",
        [_oidc("bearer", "userinfo"), _oidc("signed_userinfo", "")],
    ),
    Row("OIDC Core 1.0", "8.1", "pairwise subjects", [_oidc("pairwise", "")], "sectors of several hosts"),
    Row("RFC 6750", "2, 3", "bearer tokens in the header alone", [_oidc("bearer", "userinfo_no", "userinfo_token")]),
    Row("RFC 8725", "2, 3", "forged tokens", [_oidc("bearer", "forged"), _oidc("jose", ""), _oidc("opaque", "forged")]),
    Row(
        "RFC 9068",
        "2, 4",
        "JWT access tokens",
        [_oidc("introspection", "at_"), (CERTIFIED, ["oauth4webapi"])],
        "ES256 alone",
    ),
    Row("RFC 8707", "2", "resource indicators at the token endpoint", [_oidc("introspection", "at_")]),
    Row("RFC 7662, RFC 9701", "2; 4, 5", "introspection, also as JWT", [_oidc("introspection", "introspection")]),
    Row("RFC 7009", "2", "revocation", [_oidc("introspection", "revocation")]),
    Row("RFC 6749, RFC 9700", "6; 4.14", "refresh, rotation, reuse ends its family", [_oidc("refresh", "")]),
    Row("RFC 6749, RFC 7523", "2.3; 3", "client authentication", [_oidc("clients", "client", "private_key", "basic")]),
    Row("RFC 8705", "2, 3, 5", "mutual TLS, certificate-bound tokens", [_oidc("mutual_tls", "")]),
    Row("RFC 9449", "4-10", "DPoP, server nonces, replay, `dpop_jkt`", [_oidc("dpop", ""), _oidc("ciba", "dpop")]),
    Row("RFC 9126", "2-4", "pushed requests", [_oidc("pushed_and_signed", "par_"), _oidc("fapi", "par_")]),
    Row(
        "RFC 9101",
        "4-6, 10",
        "request objects by value",
        [_oidc("pushed_and_signed", "jar_")],
        "no URL is fetched, by design",
    ),
    Row("JARM", "2", "signed answers", [_oidc("pushed_and_signed", "jarm_")]),
    Row("RFC 9396", "2-9", "authorization details of two types", [_oidc("details", "rar_")]),
    Row(
        "RFC 7591, RFC 7592",
        "2, 3; 2",
        "registration and its management",
        [_oidc("registration", "dcr_"), _oidc("software", "")],
    ),
    Row("WHATWG Fetch", "3.2", "CORS by each client's origins", [_oidc("cors", "")]),
    Row("RFC 8628", "3", "device grant", [_oidc("device", "device_")]),
    Row(
        "OIDC CIBA Core 1.0", "7, 10, 11", "poll and ping", [_oidc("ciba", "ciba")], "`user_code`; push mode, by design"
    ),
    Row("RFC 8693", "2, 4", "token exchange with delegation", [_oidc("exchange", "token_exchange")]),
    Row("RP-Initiated Logout 1.0", "2, 3", "logout by the client", [_oidc("logout", "logout")]),
    Row("Back-Channel Logout 1.0", "2", "logout tokens", [_oidc("logout", "backchannel")]),
    Row("FAPI 2.0 Security Profile", "5.3.2", "one switch per client", [_oidc("fapi", "fapi_")]),
    Row(
        "FAPI 2.0 Message Signing", "5.3-5.5", "signed both ways", [_oidc("fapi", "message_signing")], "HTTP signatures"
    ),
    Row("FAPI-CIBA", "5.2", "context, signed requests", [_oidc("fapi", "fapi_ciba")]),
    Row("RFC 9700, OWASP ASVS 5.0", "4.16; 3", "pages, cookies, cross-site requests", [_oidc("pages", "")]),
    Row("Evidence format", "11", "authentication receipts", [(f"{STORIES}relying_party_keeps_a_login.py", [""])]),
    Row(
        "openid-client, oauth4webapi",
        "",
        "certified clients walk each flow",
        [(CERTIFIED, ["openid_cl", "oauth4webapi"])],
    ),
    Row("Authlib", "", "a second client walks them", [(f"{CLIENTS}authlib.py", ["authlib"])]),
)
LEFT_OUT = (
    ("Front-Channel Logout 1.0", "it needs third-party cookies, which browsers block"),
    ("CIBA push mode", "FAPI-CIBA forbids it"),
    ("OpenID Federation, Shared Signals", "not part of this release"),
    ("`request_uri` and `jwks_uri` by URL", "the service fetches nothing that a stranger names"),
)


@cache
def tests_of(file: str) -> tuple[str, ...]:
    """The names of the tests in a file, without `test_`."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return tuple(node.name.removeprefix("test_") for node in functions if node.name.startswith("test_"))


def count(row: Row) -> int:
    """How many tests hold the project to this demand."""
    return sum(name.startswith(tuple(starts)) for file, starts in row.tests for name in tests_of(file))


def fill(text: str) -> str:
    """The document with its table as it is now."""
    lines = ["| Specification | Section | Demand | State | Tests |", "| --- | --- | --- | --- | --- |"]
    for row in ROWS:
        state = f"met but for: {row.partly}" if row.partly else "met"
        files = ", ".join(f"`{Path(file).name}`" for file, _ in row.tests)
        lines.append(f"| {row.specification} | {row.section} | {row.demand} | {state} | {files} |")
    lines += [f"| {name} | | | left out: {reason} | |" for name, reason in LEFT_OUT]
    table = "\n".join((MARKS[0], *lines, MARKS[1]))
    return TABLE.sub(lambda _: table, text, count=1)


def main() -> int:
    """Write the table anew."""
    DOCUMENT.write_text(fill(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
