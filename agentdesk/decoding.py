"""Reading JSON, YAML and plain values into declared types, from any thread.

msgspec works out what it has to know of a struct when the struct is first read, and lets other
threads see that half done: two that begin at once can crash the process (seen with 0.22.0). So
the first reading of each type happens here, by one thread at a time.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar, overload

import msgspec

_T = TypeVar("_T")

_guard = threading.Lock()
_known: set[Any] = set()


@overload
def decode_json(data: bytes | str) -> Any: ...
@overload
def decode_json(data: bytes | str, kind: type[_T]) -> _T: ...
def decode_json(data: bytes | str, kind: Any = Any) -> Any:
    """Return `data` as a `kind`; raises `msgspec.DecodeError`, or `ValidationError` beneath it."""
    return msgspec.json.decode(data, type=_worked_out(kind))


def json_decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    """Return a decoder of `kind`, which may be a union, for lines by the thousand."""
    return msgspec.json.Decoder(_worked_out(kind))


def decode_yaml(data: bytes | str, kind: type[_T]) -> _T:
    """Return YAML as a `kind`; raises `msgspec.DecodeError`, or `ValidationError` beneath it."""
    return msgspec.yaml.decode(data, type=_worked_out(kind))


def convert(value: Any, kind: type[_T], *, strict: bool = True) -> _T:
    """Return plain values as a `kind`; raises `msgspec.ValidationError`."""
    return msgspec.convert(value, _worked_out(kind), strict=strict)


def _worked_out(kind: type[_T]) -> type[_T]:
    if kind not in _known:
        with _guard:
            msgspec.json.Decoder(kind)
            _known.add(kind)
    return kind
