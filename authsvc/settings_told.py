"""Settings for people: what each means (its own docstring), where its value comes from; the value without secrets."""

import ast
import difflib
import inspect
import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from pathlib import Path

from authsvc import settings as module
from authsvc.errors import ConfigurationError
from authsvc.settings import PREFIX, Settings

HIDDEN = "********"
_PASSWORD = re.compile(r"(?<=://)([^/@:\s]*):([^/@\s]+)@")
_IN_QUERY = re.compile(r"(?<=[?&])(password|secret|key)=[^&\s\"]*", re.IGNORECASE)


SECRETS = frozenset({"keys_secret", "pkcs11_pin"})
"""Settings that are secret as a whole."""


def show(settings: Settings, environ: Mapping[str, str], *, redact: bool) -> Iterator[str]:
    """`name = value  # where from`, one line a setting, in the order of the documents."""
    for field in fields(Settings):
        value = _written(getattr(settings, field.name))
        shown = _redacted(field.name, value) if redact else value
        yield f"{field.name} = {shown}  # {source_of(field.name, environ)}"


def explain(name: str, settings: Settings | None, environ: Mapping[str, str]) -> Iterator[str]:
    """Meaning, default, variables, and the value now. ConfigurationError for an unknown name, with the nearest."""
    known = {field.name: field for field in fields(Settings)}
    name = name.removeprefix(PREFIX).lower()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        raise ConfigurationError(f"unknown setting {name}" + (f"; did you mean {near[0]}?" if near else ""))
    field = known[name]
    yield from textwrap.wrap(f"{name}: {meanings()[name]}", 100)
    yield f"default: {'none, it is needed' if field.default is MISSING else _written(field.default) or 'empty'}"
    yield f"set by:  {name} in the file of AUTHSVC_CONFIG, {PREFIX}{name.upper()}, {PREFIX}{name.upper()}_FILE"
    if settings is not None:
        yield f"now:     {_redacted(name, _written(getattr(settings, name)))} ({source_of(name, environ)})"


@cache
def meanings() -> Mapping[str, str]:
    """Setting to the docstring under it; for those without one, the words of their name."""
    (cls,) = ast.parse(textwrap.dedent(inspect.getsource(module.Settings))).body
    told: dict[str, str] = {}
    last = ""
    for node in cls.body if isinstance(cls, ast.ClassDef) else ():
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            last = node.target.id
            told[last] = last.replace("_", " ")
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and last:
            told[last] = " ".join(str(node.value.value).split())
    return told


def source_of(name: str, environ: Mapping[str, str]) -> str:
    """Where the value comes from: the variable, the variable's file, the file, or the default."""
    variable = PREFIX + name.upper()
    if variable in environ:
        return variable
    if f"{variable}_FILE" in environ:
        return f"{variable}_FILE"
    config = environ.get("AUTHSVC_CONFIG")
    if config and name in tomllib.loads(Path(config).read_text(encoding="utf-8")):
        return config
    return "default"


def _redacted(name: str, value: str) -> str:
    return f'"{HIDDEN}"' if value and name in SECRETS else hide(value)


def hide(value: str) -> str:
    """The value without the passwords of its URLs."""
    return _IN_QUERY.sub(rf"\1={HIDDEN}", _PASSWORD.sub(rf"\1:{HIDDEN}@", value))


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_written(each) for each in value) + "]"
    if is_dataclass(value) and not isinstance(value, type):
        return repr(value)
    return str(value) if isinstance(value, bool | int) else f'"{value}"' if value not in ("", None) else ""
