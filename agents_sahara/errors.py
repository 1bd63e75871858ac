"""The one tree of errors, with what each means to the caller.

SaharaError
├── SpecError             findings in the team file: nothing was run               exit 3
├── UsageError            a call that cannot be meant: empty message, unknown agent   exit 2
├── SettingsError         no key, a malformed key or base URL                      exit 4
├── GatewayError          a model call ended without an answer                     exit 1
│   ├── BadRequestError       400, 422: the gateway refuses the request
│   ├── NotFoundError         404: this provider does not serve that model
│   ├── RateLimitError        429: too many requests, or no credit
│   ├── ServerError           5xx, after retries
│   ├── UnusableAnswerError   an answer that cannot be believed: cut, empty, not JSON
│   │   └── MisfitError           one that does not fit the agent's output schema
│   ├── DeadlineError         no answer within the time allowed
│   ├── AccessError           401, 403: the key is refused                         exit 4
│   └── HostError             DNS, refused, TLS: the host was never reached        exit 4
├── CatalogError          a discovery call failed                                  exit 4
├── ToolServerError       a server of tools that a run needs is not there          exit 4
│   └── ToolsChangedError     it says other things of its tools than before            exit 3
├── SessionError          the store of conversations failed: nothing was kept      exit 3
│   └── SessionHostError      its server cannot be reached                             exit 4
├── LimitError            a limit of the budget ended the run                      exit 5
├── GuardrailError        a guardrail refused what came in or was to go out        exit 6
├── ApprovalError         a call needs an approval that nobody can give            exit 6
└── ResumeError           a token with which no run goes on                        exit 2

Keys and prompts never appear in any of them. Exit codes: README, "Exit codes".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from agents_sahara import types
from agents_sahara.diagnostics.finding import Finding
from agents_sahara.types import Amount, Json, LimitName, SessionFault, Spent, Stage, WhyNot, amount_json


class SaharaError(Exception):
    """Root of every error this package raises on purpose."""

    code: ClassVar[str] = "error"
    """Stable, for programs."""
    exit_code: ClassVar[int] = 70
    also: ClassVar[tuple[str, ...]] = ()
    """Attributes that its JSON has too."""

    def __init__(self, message: str, *, mend: str = "", where: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend
        """What the reader can do about it; may be empty."""
        self.where = where
        """`file:line:column`, or what else names the place."""
        self.spent: Spent | None = None
        """What the run that this error ended had spent; None where there was no run."""

    @property
    def is_retryable(self) -> bool:
        """Whether the same call may succeed later without a change."""
        return False

    def reword(self, change: Callable[[str], str]) -> None:
        """Pass the message through `change`, which takes secrets out of it."""
        self.message = change(self.message)
        self.args = (self.message,)

    def to_json(self) -> dict[str, Json]:
        """The `error` object of `--json`, the same keys for every class; with what was spent where a run ended."""
        spent = {} if self.spent is None else self.spent.to_json()
        return {
            "code": self.code,
            "message": self.message,
            "mend": self.mend,
            "where": self.where,
            "agent": None,
            "provider": None,
            "model": None,
            "status": None,
            "retryable": self.is_retryable,
            **{name: getattr(self, name) for name in self.also},
            **spent,
        }


class SpecError(SaharaError):
    """The team file has error findings; `findings` holds all of them, sorted by place."""

    code = "invalid_team"
    exit_code = 3

    def __init__(self, findings: Sequence[Finding], *, rendered: str = "") -> None:
        errors = [finding for finding in findings if finding.severity == "error"]
        first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{first.message}{more}", mend=first.mend, where=first.where)
        self.findings = tuple(findings)
        self.rendered = rendered
        """Every finding as text with excerpt and caret; `str(error)` shows it."""

    def __str__(self) -> str:
        return self.rendered or f"{self.where}: {self.message}"

    def to_json(self) -> dict[str, Json]:
        """As the root's, with every finding beside it."""
        return super().to_json() | {"findings": [finding.to_json() for finding in self.findings]}


class UsageError(SaharaError):
    """A call that cannot be meant as it stands."""

    code = "usage"
    exit_code = 2


class SettingsError(SaharaError):
    """No key, or a key or base URL that cannot be used."""

    code = "settings"
    exit_code = 4


class GatewayError(SaharaError):
    """A model call that ended without an answer; the subclass says why."""

    code = "gateway_error"
    exit_code = 1
    also = ("agent", "provider", "model", "status")
    passes: ClassVar[bool] = False
    """Whether failures of this class tend to pass by themselves."""

    def __init__(
        self,
        message: str,
        *,
        mend: str = "",
        agent: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        where = f"{model} on {provider}" if provider else None
        super().__init__(message, mend=mend, where=where)
        self.agent = agent
        self.provider = provider
        self.model = model
        self.status = status
        """HTTP status, or None where no answer came."""
        self.retry_after_s = retry_after_s
        """Seconds that the gateway asked to wait, where it did."""
        self.attempts = 1
        """HTTP calls that were made before giving up."""
        self.partial_text = ""
        """Text that had already been shown when a live stream broke."""
        self.may_pass = self.passes
        """What is known of this very failure; `is_retryable` shows it."""

    @property
    def is_retryable(self) -> bool:
        """Whether the same call may succeed later without a change."""
        return self.may_pass


class BadRequestError(GatewayError):
    """400 or 422: the request itself is refused."""

    code = "bad_request"


class NotFoundError(GatewayError):
    """404: the provider does not serve that model, or the path is wrong."""

    code = "not_found"


class RateLimitError(GatewayError):
    """429: too many requests, or the credit is used up."""

    code = "rate_limited"
    passes = True


class ServerError(GatewayError):
    """5xx (also 408 and 409), after retries."""

    code = "server_error"
    passes = True


class UnusableAnswerError(GatewayError):
    """An answer that cannot be believed: cut off, empty, not JSON, an error in a 200."""

    code = "unusable_answer"
    passes = True


class MisfitError(UnusableAnswerError):
    """An answer that does not fit the agent's output schema, also once the model was told so.

    `partial_text` holds it as it came; nothing of it was shown.
    """

    code = "misfit"


class DeadlineError(GatewayError):
    """No whole answer within the time allowed."""

    code = "deadline"
    passes = True


class AccessError(GatewayError):
    """401 or 403: the key is refused."""

    code = "access_denied"
    exit_code = 4


class HostError(GatewayError):
    """The host was never reached: DNS, refused connection, TLS, redirect."""

    code = "host_unreachable"
    exit_code = 4


class CatalogError(SaharaError):
    """A discovery call failed, or answered with something that is no catalog."""

    code = "catalog"
    exit_code = 4
    also = ("status",)

    def __init__(self, message: str, *, mend: str = "", status: int | None = None) -> None:
        super().__init__(message, mend=mend)
        self.status = status


class ToolServerError(SaharaError):
    """A server of tools (MCP) that the run needs cannot be started or reached, or does not keep to the protocol."""

    code = "tool_server"
    exit_code = 4
    also = ("server",)

    def __init__(
        self, message: str, *, mend: str = "", server: str | None = None, may_pass: bool = False
    ) -> None:
        super().__init__(message, mend=mend)
        self.server = server
        """Its key in the team file."""
        self.may_pass = may_pass
        """Whether the same run may find it later."""

    @property
    def is_retryable(self) -> bool:
        """Whether the same run may succeed later without a change."""
        return self.may_pass


class ToolsChangedError(ToolServerError):
    """A server says other things of its tools than when they were accepted."""

    code = "tools_changed"
    exit_code = 3
    fingerprint: str = ""
    changes: tuple[types.ToolChange, ...] = ()
    """What is new, other or gone; empty where the file has a `pin`, which alone says what is accepted."""


class SessionError(SaharaError):
    """The store of conversations cannot be used; of the turn nothing was kept.

    `where` names the store. Locked, full and conflict may pass; the other faults are somebody's to mend.
    """

    code = "session"
    exit_code = 3
    also = ("fault",)

    def __init__(
        self, message: str, *, fault: SessionFault, mend: str = "", where: str | None = None
    ) -> None:
        super().__init__(message, mend=mend, where=where)
        self.fault = fault
        self.answer = ""
        """The text of the answer that was made and could not be kept; empty where none was."""

    @property
    def is_retryable(self) -> bool:
        """Whether the same call may succeed later without a change."""
        return self.fault in ("locked", "full", "conflict", "unreachable")


class SessionHostError(SessionError):
    """The server that keeps the conversations cannot be reached, or refuses us."""

    code = "session_host"
    exit_code = 4


class LimitError(SaharaError):
    """A limit of the run's budget ended it before an answer."""

    code = "limit"
    exit_code = 5

    def __init__(
        self,
        message: str,
        *,
        mend: str = "",
        agent: str | None = None,
        limit: LimitName | None = None,
        allowed: Amount | None = None,
        used: Amount | None = None,
    ) -> None:
        super().__init__(message, mend=mend)
        self.agent = agent
        """Key of the agent whose call was not made, or was ended."""
        self.limit = limit
        self.allowed = allowed
        self.used = used
        self.partial_text = ""
        """Text that had already been shown when the limit ended a live stream."""

    def to_json(self) -> dict[str, Json]:
        """As the root's, with the limit, what it allows and what was used."""
        body = super().to_json() | {"agent": self.agent}
        if self.limit is None or self.allowed is None or self.used is None:
            return body
        return body | {
            "limit": self.limit,
            "allowed": amount_json(self.allowed),
            "used": amount_json(self.used),
        }


class GuardrailError(SaharaError):
    """A guardrail refused a text, or could not tell, and ended the run.

    Where the guardrail has a `reply`, the run ends with a result that holds it instead.
    """

    code = "guardrail"
    exit_code = 6
    also = ("agent", "guardrail", "stage", "tool")

    def __init__(
        self,
        message: str,
        *,
        agent: str,
        guardrail: str,
        stage: Stage,
        tool: str | None = None,
        reply: str | None = None,
    ) -> None:
        super().__init__(message)
        self.agent = agent
        """Key of the agent that the text came to or from."""
        self.guardrail = guardrail
        self.stage = stage
        self.tool = tool
        """Name of the tool, where it was about one."""
        self.reply = reply
        """What is said instead; None where the run ends with this error."""
        self.partial_text = ""
        """Text that had already been shown; none of it was refused."""


class ApprovalError(SaharaError):
    """A tool call needs an approval that nobody can give: the run ends, and the call is not made."""

    code = "approval"
    exit_code = 6
    also = ("agent", "tool")

    def __init__(
        self, message: str, *, mend: str = "", agent: str | None = None, tool: str | None = None
    ) -> None:
        super().__init__(message, mend=mend)
        self.agent = agent
        """Key of the agent that asked for the tool."""
        self.tool = tool


class ResumeError(SaharaError):
    """A token with which no run goes on; nothing was done."""

    code = "resume"
    exit_code = 2
    also = ("reason",)

    def __init__(self, reason: WhyNot, message: str, *, mend: str = "") -> None:
        super().__init__(message, mend=mend)
        self.reason = reason
