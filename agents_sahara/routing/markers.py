"""What the tool message of a handoff says: the SDK's `{"assistant": NAME}`, and what our handoffs add to it.

The conversation itself keeps what a later agent may see and to whom control goes back, so that it holds for stored
and resumed conversations too. A handoff that adds nothing is byte for byte the SDK's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from agents_sahara.types import Json

HistoryMode: TypeAlias = Literal["full", "no_tools", "summary", "last_message"]
"""What of the conversation an agent sees that takes over."""

_MODES: tuple[HistoryMode, ...] = ("full", "no_tools", "summary", "last_message")
_KEYS = frozenset({"assistant", "agent", "input", "history", "return_to", "returned"})


@dataclass(frozen=True, slots=True)
class Marker:
    """One handoff, as its tool message tells it."""

    assistant: str
    """Name of the agent that takes over."""
    agent: str | None = None
    """Its key, where the team has handoffs that return."""
    input: Mapping[str, Json] | None = None
    """What the model handed over with."""
    history: HistoryMode = "full"
    return_to: str | None = None
    """Key of the agent that gets control back."""
    is_return: bool = False
    """Whether control comes back by it."""

    def text(self) -> str:
        """The content of the message."""
        told: dict[str, Json] = {"assistant": self.assistant}
        if self.agent is not None:
            told["agent"] = self.agent
        if self.input is not None:
            told["input"] = self.input
        if self.history != "full":
            told["history"] = self.history
        if self.return_to is not None:
            told["return_to"] = self.return_to
        if self.is_return:
            told["returned"] = True
        return json.dumps(told, ensure_ascii=self.input is None)


def read_marker(content: object) -> Marker | None:
    """The handoff that a tool message tells of, or None where it tells of none."""
    if not isinstance(content, str) or not content.startswith('{"assistant"'):
        return None
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or not told.keys() <= _KEYS or not isinstance(told["assistant"], str):
        return None
    key, given, back = (told.get(name) for name in ("agent", "input", "return_to"))
    return Marker(
        told["assistant"],
        key if isinstance(key, str) else None,
        given if isinstance(given, dict) else None,
        next((mode for mode in _MODES if mode == told.get("history")), "full"),
        back if isinstance(back, str) else None,
        told.get("returned") is True,
    )
