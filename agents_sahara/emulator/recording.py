"""What the gateway was asked, request by request, for tests to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents_sahara.types import Json


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One request. Headers and body are left out of its text form: they hold the key and the prompt."""

    method: str
    path: str
    """As asked, without the query."""
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    """All of them, names in lower case, values as sent."""
    provider: str | None
    """Of the `OpenAI-Organization` header, or of the query of a discovery call."""
    model: str | None
    stream: bool
    body: Json = field(repr=False)
    """The JSON that was sent; None where there was none or it could not be read."""
    status: int | None
    """As answered; None where the connection was cut before a status line."""
    reason: str = ""
    """What decided the answer: a rule of the simulator, `script`, `upstream`, or the refusal."""
