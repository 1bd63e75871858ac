"""Why a server cannot be used, or did not answer: for the person who runs it, and for the model that called it."""

from __future__ import annotations

from dataclasses import dataclass

from mcp import MCPError
from mcp_types import (
    CONNECTION_CLOSED,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    REQUEST_TIMEOUT,
)
from pydantic import ValidationError

from agents_sahara.errors import ToolServerError
from agents_sahara.tools.mcp.complaints import one_line
from agents_sahara.tools.mcp.process import Command
from agents_sahara.tools.mcp.server import Life, Way
from agents_sahara.tools.mcp.web import REDIRECTS

_SESSION_GONE = "Session terminated"
"""What mcp 2.3 says where the server does not know the session any more (checked 2026-11-28)."""


class CallError(Exception):
    """A call without an answer; the text is for the model."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a server cannot be used: a value, so that each caller gets an error of its own."""

    message: str
    mend: str = ""
    may_pass: bool = False

    def error(self, server: str) -> ToolServerError:
        """It as an error."""
        message = f"the server of tools {server!r} cannot be used: {self.message}"
        return ToolServerError(message, mend=self.mend, server=server, may_pass=self.may_pass)


def opening_problem(error: Exception, life: Life, way: Way, limit_s: float) -> Problem:
    """Why there is no session."""
    cause = _cause(error)
    if isinstance(cause, ToolServerError):
        return Problem(cause.message, cause.mend)
    if isinstance(cause, TimeoutError):
        said = f"; the last that it said: {life.last_words}" if life.last_words else ""
        return Problem(f"it did not answer within {limit_s:g} s{said}", _by_hand(way), may_pass=True)
    if life.is_over:
        return Problem(life.account, _by_hand(way))
    if life.unreached and life.is_private:
        mend = (
            "check where its name leads; a server in a private network needs `--allow-host` with its address"
        )
        return Problem(life.unreached, mend)
    if life.unreached:
        return Problem(f"it could not be reached: {life.unreached}", _by_hand(way), may_pass=True)
    if life.refused:
        return _refusal(life.refused)
    if isinstance(cause, MCPError) and cause.message == REDIRECTS:
        return Problem(REDIRECTS, "give the address that it redirects to")
    if isinstance(cause, MCPError):
        return Problem(f"it refuses: {one_line(cause.message)}", _by_hand(way))
    return Problem(f"it does not keep to the protocol: {_named(cause)}", _by_hand(way))


def _refusal(status: int) -> Problem:
    mend = {
        401: "check the credential in `headers`",
        403: "check the credential in `headers`",
        404: "check the path of the url: many servers answer at /mcp",
        405: "check the path of the url: many servers answer at /mcp",
    }.get(status, "try again later")
    return Problem(f"it answers with HTTP status {status}", mend, may_pass=status >= 500 or status == 429)


def _by_hand(way: Way) -> str:
    if isinstance(way, Command):
        return "run the command by hand to see what it says"
    return "check the url and that the server runs"


def _cause(error: BaseException) -> BaseException:
    """The first that is no group of others."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _named(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        parts = error.errors(include_url=False, include_context=False, include_input=False)
        return one_line("; ".join(f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in parts[:2]))
    return one_line(f"{error}") or type(error).__name__


@dataclass(frozen=True, slots=True)
class CallProblem:
    """What a call without an answer means."""

    text: str
    is_doubt: bool = False
    """Whether the server has to show that it is there before it is used again."""
    is_end: bool = False
    """Whether the session is over."""


_UNKNOWN = "Whether the call was carried out is not known."
_NOT_BEGUN = (METHOD_NOT_FOUND, INVALID_PARAMS)
"""Errors after which a call was surely not carried out; mcp 2.3 uses the other codes for broken answers too."""


def call_problem(error: Exception, life: Life, limit_s: float) -> CallProblem:
    """Why a call has no answer."""
    if isinstance(error, TimeoutError) or (isinstance(error, MCPError) and error.code == REQUEST_TIMEOUT):
        return CallProblem(f"The tool did not answer within {limit_s:g} s. {_UNKNOWN}", is_doubt=True)
    if isinstance(error, MCPError):
        return _refused_call(error, life)
    why = one_line(str(error).splitlines()[0] if str(error) else type(error).__name__)
    return CallProblem(f"The tool's answer cannot be used: {why}. {_UNKNOWN}")


def _refused_call(error: MCPError, life: Life) -> CallProblem:
    if error.code == INVALID_REQUEST and error.message == _SESSION_GONE:
        return CallProblem("The server has begun anew and did not take the call.", is_end=True)
    if life.unreached:
        return CallProblem(f"No answer came from the server: {life.unreached}. {_UNKNOWN}", is_doubt=True)
    if life.is_over or (error.code == CONNECTION_CLOSED and life.web is None):
        return CallProblem(f"The server ended while the call was under way. {_UNKNOWN}", is_doubt=True)
    if error.code == CONNECTION_CLOSED:
        return CallProblem(f"The server's answer broke off before it was whole. {_UNKNOWN}", is_doubt=True)
    failed = f"The call failed: {one_line(error.message).removesuffix('.')}."
    return CallProblem(failed if error.code in _NOT_BEGUN else f"{failed} {_UNKNOWN}")
