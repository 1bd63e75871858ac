"""The body of a chat request as bytes, with parts that were encoded before.

The bytes are those that openai 3.54 (checked 2026-11-28) makes of the same values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class Encoded(list[Any]):
    """A list that is encoded when it is first sent, and must not be changed from then on; a copy of it is plain."""

    __slots__ = ("_json",)

    def json(self) -> str:
        """As JSON.

        Raises:
            TypeError, ValueError, RecursionError: it cannot be said in JSON.
        """
        try:
            return self._json
        except AttributeError:
            self._json: str = _ENCODER.encode(self)
            return self._json


def encoded(body: Mapping[str, Any]) -> bytes:
    """`body` as JSON.

    Raises:
        TypeError, ValueError, RecursionError: it cannot be said in JSON.
    """
    if not any(type(value) is Encoded for value in body.values()):
        return _ENCODER.encode(body).encode()
    return b"{" + ",".join(_fields(body.items())).encode() + b"}"


def _fields(items: Iterable[tuple[str, Any]]) -> Iterable[str]:
    for name, value in items:
        said = value.json() if type(value) is Encoded else _ENCODER.encode(value)
        yield f"{_ENCODER.encode(name)}:{said}"
