"""Conversations in the memory of one team: gone with it, and otherwise kept like those on disk."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from threading import Lock

from agents_sahara.errors import SessionError
from agents_sahara.sessions.queueing import NoBarrier, Turnstile
from agents_sahara.sessions.sqlite import MOST_RECEIPTS
from agents_sahara.sessions.values import Item, Key, Past, Receipt, Turn


@dataclass(slots=True)
class _Conversation:
    last: Turn
    turns: list[list[Item]] = field(default_factory=list)
    receipts: dict[str, tuple[int, Receipt]] = field(default_factory=dict)


class MemoryStore:
    """The conversations of one team object; usable from any thread and event loop."""

    where = "memory"
    outlives = False

    def __init__(self) -> None:
        self._turnstile = Turnstile(NoBarrier())
        self._guard = Lock()
        self._kept: dict[Key, _Conversation] = {}
        """In the order of the last turns."""

    @asynccontextmanager
    async def turn(self, key: Key, most_s: float) -> AsyncIterator[bool]:
        """Hold the conversation; see `Store`."""
        async with self._turnstile.hold(key.digest(), most_s) as is_held:
            yield is_held

    async def read(self, key: Key, *, keep: int | None = None, message_id: str | None = None) -> Past:
        """What is known of the conversation; see `Store`."""
        with self._guard:
            known = self._kept.get(key)
            if known is None:
                return Past()
            _, receipt = known.receipts.get(message_id or "", (0, None))
            turns = known.turns if keep is None else known.turns[-keep:]
            items = [] if receipt is not None else [copy.deepcopy(item) for turn in turns for item in turn]
            return Past(known.last.number, items, known.last.agent, known.last.settled, receipt)

    async def write(self, key: Key, turn: Turn, *, keep: int | None = None) -> None:
        """Add a turn; see `Store`."""
        with self._guard:
            known = self._kept.get(key)
            expected = 1 if known is None else known.last.number + 1
            if turn.number != expected:
                message = f"another turn of the conversation {key.id!r} came meanwhile; this one was not kept"
                raise SessionError(message, fault="conflict", mend="send the message again", where=self.where)
            self._kept.pop(key, None)
            known = self._kept[key] = known or _Conversation(turn)
            known.last = replace(turn, items=(), receipt=None)
            known.turns.append(copy.deepcopy(list(turn.items)))
            if keep is not None:
                del known.turns[:-keep]
            if turn.receipt is not None:
                known.receipts[turn.receipt.message_id] = (turn.number, turn.receipt)
            oldest = turn.number - max(MOST_RECEIPTS, keep or 0)
            for name in [name for name, (number, _) in known.receipts.items() if number <= oldest]:
                del known.receipts[name]

    async def take_back(self, key: Key) -> Item | None:
        """Remove the last item; see `Store`."""
        with self._guard:
            known = self._kept.get(key)
            turn = next((turn for turn in reversed(known.turns) if turn), None) if known is not None else None
            return None if turn is None else turn.pop()

    async def forget(self, key: Key) -> None:
        """Remove the conversation; see `Store`."""
        with self._guard:
            self._kept.pop(key, None)

    async def latest(self, of: Key) -> str | None:
        """The conversation that was written to last; see `Store`."""
        with self._guard:
            for key in reversed(self._kept):
                if replace(key, id=of.id) == of:
                    return key.id
            return None

    async def aclose(self) -> None:
        """Nothing is open; what is kept stays until the team is gone."""
