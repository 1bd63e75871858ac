"""What a store keeps of a conversation, and what every store can do.

A conversation is a row of turns. A turn is everything that one run added: the user's message, every item of the run
in the form in which the SDK takes it back, and who spoke last. It is stored whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from typing import Protocol, TypeAlias, cast

from agents_sahara.types import Json, JsonObject

Item: TypeAlias = "dict[str, Json]"
"""One item of a history: a message, a call of a tool, its output, a thought."""

MOST_CHARACTERS = 1024
"""Of an id, an owner or a message id."""


@dataclass(frozen=True, slots=True)
class Key:
    """Which conversation. All of it stands in every question to a store; no part is ever a path or SQL."""

    team: str
    id: str
    owner: str = ""
    """Whose it is, where one team serves several tenants; empty where there is only one."""
    is_simulated: bool = False
    """Whether a simulator answers: such conversations never mix with real ones."""

    def digest(self) -> bytes:
        """A short name, the same in every process, in which nobody can read the parts."""
        parts = [self.team, self.is_simulated, self.owner, self.id]
        return blake2b(json.dumps(parts).encode("ascii"), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a message that had an id, for when the message is delivered again."""

    message_id: str
    digest: str
    """Of the message, by which another message with the same id is found out."""
    result: JsonObject
    """What a result says of the answer."""


@dataclass(frozen=True, slots=True)
class Past:
    """What a store knows of a conversation; that of an unknown one is empty."""

    number: int = 0
    """Of its last turn; 0 where there was none."""
    items: Sequence[Item] = ()
    agent: str | None = None
    """Key of the agent that spoke last."""
    settled: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By agent key, the (provider, model) that the conversation stays with."""
    receipt: Receipt | None = None
    """That of the message that was asked for."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one run adds to a conversation."""

    number: int
    """One more than that of the turn before; where it is not, somebody else was faster."""
    items: Sequence[Item]
    agent: str | None
    settled: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    receipt: Receipt | None = None


class Store(Protocol):
    """Keeps conversations. Every method may raise a `SessionError` that names the store and the mend."""

    @property
    def where(self) -> str:
        """The store as people know it, without a password."""
        ...

    @property
    def outlives(self) -> bool:
        """Whether what is kept is still there when the process has ended."""
        ...

    def turn(self, key: Key, most_s: float) -> AbstractAsyncContextManager[bool]:
        """Hold the conversation for one turn, after those who asked before; False where `most_s` went by first."""
        ...

    async def read(self, key: Key, *, keep: int | None = None, message_id: str | None = None) -> Past:
        """The last `keep` turns, and what was answered to `message_id`."""
        ...

    async def write(self, key: Key, turn: Turn, *, keep: int | None = None) -> None:
        """Add a turn, and let go of those before the last `keep`; when this returns, it is on disk."""
        ...

    async def take_back(self, key: Key) -> Item | None:
        """Remove the last item of a conversation, and give it back."""
        ...

    async def forget(self, key: Key) -> None:
        """Remove a conversation with all that is known of it."""
        ...

    async def latest(self, of: Key) -> str | None:
        """The id of the conversation of this team and owner that was written to last."""
        ...

    async def aclose(self) -> None:
        """Let go of files and connections; once is enough, and more does no harm."""
        ...


def encoded(value: object) -> str:
    """A value as compact JSON that reads back equal, half characters included."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


def digest_of(items: Sequence[Item]) -> str:
    """By what a message is known again."""
    return sha256(json.dumps(list(items), sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()


def decoded_items(text: str) -> list[Item]:
    """The items of one turn.

    Raises:
        ValueError: the text is not what `encoded` makes of items.
    """
    items = json.loads(text)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError("a turn is no list of items")
    return cast("list[Item]", items)


def decoded_settled(text: str) -> dict[str, tuple[str, str]]:
    """Who answers for each agent.

    Raises:
        ValueError: the text is not what `encoded` makes of it.
    """
    said = json.loads(text)
    try:
        return {str(agent): (str(provider), str(model)) for agent, (provider, model) in said.items()}
    except (AttributeError, TypeError) as problem:
        raise ValueError("it is no map of pairs") from problem
