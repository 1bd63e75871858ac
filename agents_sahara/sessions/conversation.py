"""A stored conversation as a `Session` of the OpenAI Agents SDK, and as a thing that can be read and let go.

The SDK's runner adds items as it goes, so what it runs is not kept as one turn; `Team.run(session=...)` is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from agents_sahara.errors import LimitError
from agents_sahara.sessions.values import Item, Key, Store, Turn

if TYPE_CHECKING:
    from agents import TResponseInputItem
    from agents.memory import SessionSettings

_MOST_WAIT_S = 60.0


class Conversation:
    """One conversation of one owner."""

    session_settings: SessionSettings | None = None

    def __init__(self, store: Store, key: Key, keep: int | None = None) -> None:
        self._store = store
        self._key = key
        self._keep = keep
        self.session_id = key.id

    def __repr__(self) -> str:
        return f"Conversation({self.session_id!r} in {self._store.where})"

    async def get_items(self, limit: int | None = None) -> list[TResponseInputItem]:
        """The history as the SDK takes it, or its last `limit` items.

        Raises:
            SessionError: the store cannot be used.
        """
        items = list((await self._store.read(self._key, keep=self._keep)).items)
        kept = (
            items if limit is None else items[len(items) - max(0, limit) :] if limit < len(items) else items
        )
        return cast("list[TResponseInputItem]", kept)

    async def add_items(self, items: Sequence[TResponseInputItem]) -> None:
        """Add items, all of them or none.

        Raises:
            SessionError: the store cannot be used.
            LimitError: a turn of this conversation holds it for longer than a minute.
        """
        if not items:
            return
        async with self._store.turn(self._key, _MOST_WAIT_S) as is_held:
            self._judge(is_held)
            past = await self._store.read(self._key, keep=1)
            turn = Turn(past.number + 1, cast("Sequence[Item]", items), past.agent, past.settled)
            await self._store.write(self._key, turn, keep=self._keep)

    async def pop_item(self) -> TResponseInputItem | None:
        """Remove the last item and give it back; None where there is none.

        Raises:
            SessionError: the store cannot be used.
            LimitError: a turn of this conversation holds it for longer than a minute.
        """
        async with self._store.turn(self._key, _MOST_WAIT_S) as is_held:
            self._judge(is_held)
            return cast("TResponseInputItem | None", await self._store.take_back(self._key))

    async def clear_session(self) -> None:
        """Let the conversation go with all that is known of it; the next message begins anew.

        Raises:
            SessionError: the store cannot be used.
            LimitError: a turn of this conversation holds it for longer than a minute.
        """
        async with self._store.turn(self._key, _MOST_WAIT_S) as is_held:
            self._judge(is_held)
            await self._store.forget(self._key)

    def _judge(self, is_held: bool) -> None:
        if not is_held:
            raise LimitError(
                f"the conversation {self.session_id!r} was busy with a turn for {_MOST_WAIT_S:g} s",
                mend="try again when the turn is over",
            )
