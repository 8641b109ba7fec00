"""Reads the demo company's word lists from the package's resources."""

from __future__ import annotations

from importlib.resources import files
from typing import TypeVar

import yaml

from agentdesk.decoding import convert

_T = TypeVar("_T")

_SHELF = files("agentdesk") / "resources" / "demo"
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def take(name: str, shape: type[_T]) -> _T:
    """Return `resources/demo/<name>.yaml` as `shape`; raises `msgspec.ValidationError`."""
    text = (_SHELF / f"{name}.yaml").read_text("utf-8")
    return convert(yaml.load(text, Loader=_Loader), shape)  # noqa: S506 - a safe loader


def titles(folder: str) -> tuple[str, ...]:
    """Return the names, without `.yaml`, of what lies in `resources/demo/<folder>`, sorted."""
    there = (_SHELF / folder).iterdir()
    return tuple(sorted(f.name[:-5] for f in there if f.name.endswith(".yaml")))
