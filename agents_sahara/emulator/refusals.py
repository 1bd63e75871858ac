"""The one way in which the gateway says no: a status and an OpenAI-style error object.

The API documentation names the codes 400, 404 and 500 and shows no body ("Error Handling", read 2026-11-22);
the body is the one that OpenAI-compatible clients parse.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from agents_sahara.types import Json

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class RefusalError(Exception):
    """A request that is answered with an error instead of a completion."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.headers = headers

    def to_json(self) -> dict[str, Json]:
        """The error body."""
        return error_body(self.status, self.message, code=self.code, param=self.param)


def error_body(
    status: int, message: str, *, code: str | None = None, param: str | None = None
) -> dict[str, Json]:
    """`{"error": {...}}` with the type that OpenAI gives to this status."""
    return {"error": {"message": message, "type": _kind(status), "param": param, "code": code}}


def _kind(status: int) -> str:
    if status == 429:
        return "rate_limit_error"
    return "server_error" if status >= 500 else "invalid_request_error"
