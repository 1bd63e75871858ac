"""Ids of tool calls, so that each call of a conversation has one of its own.

Knows nothing of what may be believed.
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Callable, Collection, Iterator, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import uuid4

from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall

from agents_sahara.routing.halves import can_be_sent

_SHORT = re.compile(r"[a-zA-Z0-9]{9}")


class CallIds:
    """Gives each tool call of an answer an id that no call of the conversation has.

    Some providers leave the id out, or number the calls of every answer from `call_0` on; the SDK refuses both.
    """

    def __init__(
        self, messages: object, taken: Collection[str] = (), note: Callable[[str], object] | None = None
    ) -> None:
        """`taken`: ids of calls that `messages` may not show; `note` is told each id that is given."""
        self._taken = {*call_ids(messages), *taken}
        self._note = note
        self._count = 0
        self._by_place: dict[tuple[int, str | None], _Streamed] = {}
        self._latest: dict[int, _Streamed] = {}
        """By the index that the provider gives: the call that its last piece belonged to."""

    def fresh(self, given: str | None) -> str:
        """`given`, or a new id where it is missing or taken."""
        chosen = given if given and given not in self._taken and can_be_sent(given) else f"call_{uuid4().hex}"
        self._taken.add(chosen)
        if self._note is not None:
            self._note(chosen)
        return chosen

    def of_stream(self, call: ChoiceDeltaToolCall) -> None:
        """Give a piece of a streamed call the id and the index of its own call, in the order of their beginnings.

        Some providers stream parallel calls under one index; the SDK would make one call of them. Others give each
        piece an id of its own: no call begins without a name, so that such a piece goes on with the call before it.
        """
        given, has_name = call.id or None, bool(call.function is not None and call.function.name)
        known = self._by_place.get((call.index, given)) or self._latest.get(call.index)
        if known is None or (given is not None and known.given not in (given, None) and has_name):
            known = _Streamed(self._count, given)
            self._count += 1
            call.id = self.fresh(given)
        else:
            call.id = None
        self._by_place[(call.index, given or known.given)] = self._latest[call.index] = known
        call.index = known.number


class RunIds:
    """The ids that one model call may give: those of a run's other calls are taken, its own attempts' are not."""

    def __init__(self, agent: str, callers: dict[str, str], taken: Collection[str]) -> None:
        """`callers`: the agent of each call of the run, by id; `taken`: further ids of the conversation."""
        self._agent = agent
        self._callers = callers
        self._taken = taken
        self._own: set[str] = set()

    def of(self, messages: object) -> CallIds:
        """Ids for one more attempt."""
        return CallIds(messages, {*self._taken, *(self._callers.keys() - self._own)}, self._note)

    def _note(self, call_id: str) -> None:
        self._own.add(call_id)
        self._callers[call_id] = self._agent


class _Streamed(NamedTuple):
    number: int
    """Among the calls of the answer."""
    given: str | None
    """Its id as the provider gave it."""


def with_short_ids(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """`messages` with ids of calls that every provider takes: nine letters and digits, the same for the same id."""
    made: list[dict[str, Any]] = []
    for message in messages:
        if message["role"] == "tool":
            made.append({**message, "tool_call_id": _short(message["tool_call_id"])})
        elif message.get("tool_calls"):
            calls = [{**call, "id": _short(call["id"])} for call in message["tool_calls"]]
            made.append({**message, "tool_calls": calls})
        else:
            made.append(message)
    return made


def _short(given: str) -> str:
    if _SHORT.fullmatch(given):
        return given
    return b32encode(blake2b(given.encode("utf-8", "surrogatepass"), digest_size=6).digest()).decode()[:9]


def call_ids(messages: object) -> Iterator[str]:
    """The ids of all calls in `messages`."""
    for message in messages if isinstance(messages, list) else ():
        for call in message.get("tool_calls") or ():
            yield str(call.get("id"))
