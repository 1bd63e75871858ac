"""From what `openai` raises to errors of ours, with advice.

The advice for 400, 404 and 500 is that of the Sahara API documentation, "Error Codes" (checked 2026-11-22).
Nothing of the request survives in them: the caller raises what `describe` returns outside its `except` block, so
that no traceback leads to headers or prompts.
"""

from __future__ import annotations

import email.utils
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx2
import openai

from agents_sahara.clients.places import Stand
from agents_sahara.clients.transport import explain
from agents_sahara.errors import (
    AccessError,
    BadRequestError,
    DeadlineError,
    GatewayError,
    HostError,
    NotFoundError,
    RateLimitError,
    ServerError,
    UnusableAnswerError,
)

_MOST_SAID = 300
_PERMANENT_LIMITS = ("insufficient_quota", "current quota", "credit", "billing", "quota exceeded")


@dataclass(frozen=True, slots=True)
class Callee:
    """Who was called: what every message about a call names."""

    agent: str
    provider: str
    model: str
    base_url: str
    hide: Callable[[str], str] = str
    """Takes the key out of the gateway's words, before they are cut to a length."""


def describe(error: BaseException, callee: Callee) -> GatewayError | None:
    """The error that `error` means, or None where it is none of a call's own (a bug, a time limit of ours)."""
    if isinstance(error, GatewayError):
        return error
    if isinstance(error, openai.APIStatusError):
        return _status_error(error, callee)
    if isinstance(error, TimeoutError):
        return None
    if isinstance(error, openai.APIConnectionError | httpx2.HTTPError | OSError):
        return _transport_error(error, callee)
    if isinstance(error, openai.APIError):
        return unusable(f"the stream carried an error{said(error.body, str(error), callee)}", callee)
    if isinstance(error, ValueError | RecursionError):
        return unusable("the answer could not be read", callee)
    return None


def words_of(failure: GatewayError) -> str:
    """What the gateway said: our own part of the message names an agent, which may be called `tools`."""
    return failure.message.partition(f"({failure.status})")[2]


class OverBudgetError(UnusableAnswerError):
    """A streamed answer that was ended because it goes far beyond what the run's budget has left."""

    code = "limit"


class InWordsError(UnusableAnswerError):
    """An answer that says or spells a handoff and makes none; its model is asked whether it means it."""

    code = "handoff_in_words"


def in_words(tool: str, callee: Callee) -> InWordsError:
    """An answer that announces the handoff `tool` without making it."""
    return InWordsError(
        f"agent {callee.agent!r}: {callee.model!r} on {callee.provider!r}: the answer announces the handoff {tool!r} "
        "and does not make it",
        agent=callee.agent,
        provider=callee.provider,
        model=callee.model,
        status=200,
    )


def over_budget(callee: Callee) -> OverBudgetError:
    """The answer under way was ended by us."""
    failure = OverBudgetError(
        f"agent {callee.agent!r}: {callee.model!r} on {callee.provider!r}: the answer goes beyond the run's budget",
        agent=callee.agent,
        provider=callee.provider,
        model=callee.model,
        status=200,
    )
    failure.may_pass = False
    return failure


def unusable(what: str, callee: Callee, *, status: int | None = 200, mend: str = "") -> UnusableAnswerError:
    """An answer that cannot be believed: `what` says why."""
    return UnusableAnswerError(
        f"agent {callee.agent!r}: {callee.model!r} on {callee.provider!r}: {what}",
        mend=mend or "try again; if it stays, try another model or provider",
        agent=callee.agent,
        provider=callee.provider,
        model=callee.model,
        status=status,
    )


def out_of_time(seconds: float, callee: Callee) -> DeadlineError:
    """No answer within the time that an attempt, or the whole call, had."""
    return DeadlineError(
        f"agent {callee.agent!r}: {callee.model!r} on {callee.provider!r} gave no whole answer within {seconds:g} s",
        mend="try again later, or another model or provider",
        agent=callee.agent,
        provider=callee.provider,
        model=callee.model,
    )


def no_place(place: Stand, seconds: float, callee: Callee) -> DeadlineError:
    """A call that could not begin in time, because of a limit of ours."""
    limit, mend = (
        (f"the process has {place.limit} calls under way at once", "raise SAHARA_MAX_IN_FLIGHT")
        if place.waits_for_process
        else (f"max_concurrency of {callee.provider!r} is {place.limit}", "raise max_concurrency")
    )
    return DeadlineError(
        f"agent {callee.agent!r}: no call to {callee.model!r} on {callee.provider!r} could begin within "
        f"{seconds:.3g} s, by a limit of our own: {limit}",
        mend=f"{mend}, or the deadline, or start fewer runs at once",
        agent=callee.agent,
        provider=callee.provider,
        model=callee.model,
    )


def _transport_error(error: Exception, callee: Callee) -> GatewayError:
    why = explain(error)
    if why.is_host_level:
        failure: GatewayError = HostError(
            f"the host of {callee.base_url} could not be reached: {why.reason}",
            mend=why.mend,
            agent=callee.agent,
            provider=callee.provider,
            model=callee.model,
        )
        failure.may_pass = why.is_retryable
        return failure
    return unusable(why.reason, callee, status=None)


@dataclass(frozen=True, slots=True)
class _Advice:
    kind: type[GatewayError]
    what: str
    mend: str


_ADVICE: Mapping[int, _Advice] = {
    400: _Advice(BadRequestError, "the request is refused", "check the agent's settings and the message"),
    401: _Advice(
        AccessError, "the key is refused", "check the key; keys are made at https://portal.saharalabs.ai"
    ),
    402: _Advice(RateLimitError, "there is no credit left", "add credit in the developer portal"),
    403: _Advice(
        AccessError, "the key may not do this", "check the key's permissions in the developer portal"
    ),
    404: _Advice(
        NotFoundError,
        "no such model at this provider",
        "check model, provider and base URL; `agents-sahara models --provider ...` lists what there is",
    ),
    408: _Advice(ServerError, "the gateway gave up waiting", "try again later"),
    409: _Advice(ServerError, "the gateway reports a conflict", "try again"),
    413: _Advice(BadRequestError, "the request is too large", "shorten the conversation"),
    422: _Advice(BadRequestError, "the request is refused", "check the agent's settings and the message"),
    429: _Advice(
        RateLimitError, "too many requests, or no credit left", "wait, or check the credit in the portal"
    ),
}


def _advice(status: int) -> _Advice:
    if status >= 500:
        return _Advice(ServerError, "the gateway failed", "try again later; if it stays, contact support")
    if 300 <= status < 400:
        return _Advice(
            HostError, "the gateway redirects elsewhere, which is not followed", "check the base URL"
        )
    return _ADVICE.get(status, _Advice(BadRequestError, "the request is refused", "check the request"))


def _status_error(error: openai.APIStatusError, callee: Callee) -> GatewayError:
    status = error.status_code
    advice = _advice(status)
    words = said(error.body, error.response.text if error.response.is_closed else "", callee)
    words += _about(error.body, words, callee)
    retry_after_s = _retry_after_s(error.response.headers)
    asked = "" if retry_after_s is None else f" (it asks to wait {retry_after_s:g} s)"
    failure = advice.kind(
        f"agent {callee.agent!r}: {callee.model!r} on {callee.provider!r}: {advice.what} ({status}){words}{asked}",
        mend=advice.mend,
        agent=callee.agent,
        provider=callee.provider,
        model=callee.model,
        status=status,
        retry_after_s=retry_after_s,
    )
    if status == 402 or (status == 429 and _is_permanent(words, error.body)):
        failure.may_pass = False
    return failure


def _about(body: object, words: str, callee: Callee) -> str:
    """The part of the request that is refused, where the words do not name it."""
    inner = body.get("error") if isinstance(body, dict) and isinstance(body.get("error"), dict) else body
    param = inner.get("param") if isinstance(inner, dict) else None
    if not isinstance(param, str) or not param.isprintable() or param in words:
        return ""
    return f" ({callee.hide(param)[:60]})"


def _is_permanent(words: str, body: object) -> bool:
    """Whether a 429 is of the purse, not of the pace: waiting does not help."""
    code = body.get("code") if isinstance(body, dict) else None
    text = f"{words} {code}".lower()
    return any(sign in text for sign in _PERMANENT_LIMITS)


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that the gateway asks to wait: `retry-after-ms`, or `Retry-After` as seconds or a date."""
    milliseconds = _positive(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _positive(text)
    if seconds is not None or text is None:
        return seconds
    try:
        then, now = email.utils.parsedate_to_datetime(text), headers.get("date")
        since = email.utils.parsedate_to_datetime(now) if now else email.utils.localtime()
        return max(0.0, (then - since).total_seconds()) or None
    except (ValueError, TypeError):
        return None


def _positive(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else 0.0
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None


def said(body: object, text: str, callee: Callee) -> str:
    """`: ` and the gateway's own words in one line, without the key, or nothing."""
    words = _words(body) or _words(_parsed(text)) or _title(text)
    sayable = words.encode(errors="replace").decode()  # half a character could not be printed
    line = " ".join(callee.hide(sayable).split())
    return f": {line[:_MOST_SAID]}" if line else ""


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _words(body: object) -> str:
    if isinstance(body, str):
        return _title(body)
    if not isinstance(body, dict):
        return ""
    for name in ("message", "detail", "error", "code"):
        value = body.get(name)
        if isinstance(value, dict):
            return _words(value)
        if isinstance(value, str) and value:
            return value
    return ""


def _title(text: str) -> str:
    """A page's title, or the text itself where it is no page."""
    if "<" not in text[:200]:
        return text
    found = re.search(r"<(?:title|h1)[^>]{0,80}>([^<]{1,200})", text[:5000], re.IGNORECASE)
    return found.group(1) if found else "an HTML page"
