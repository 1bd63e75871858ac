"""The members that may answer one agent's calls, and what changes in a request when it goes to another.

Values only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from agents_sahara.routing.handing import Handing
from agents_sahara.routing.health import Pair
from agents_sahara.routing.ladder import OutputShape, Way
from agents_sahara.routing.traits import Traits, without_thoughts
from agents_sahara.types import Json, Price


@dataclass(frozen=True, slots=True)
class Member:
    """One model of one provider."""

    pair: Pair
    price: Price | None = None
    context: int | None = None
    """Tokens that its window holds, where that is known."""
    fields: Mapping[str, Json] = field(default_factory=dict)
    """What its settings put into a chat request."""
    traits: Traits = field(default_factory=Traits)
    """How its provider wants requests."""
    way: Way = "auto"
    """How it is asked for answers that fit a schema."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Members in order of preference."""

    agent: str
    members: tuple[Member, ...]
    is_sticky: bool = False
    """Whether a conversation stays with the member that answered until that one fails."""
    ways: Mapping[str, str] = field(default_factory=dict)
    """Names of the agent's handoff tools, each with the key of the agent that it leads to."""
    callings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What the targets of those tools that a model may call are called, by tool."""
    open: Mapping[Pair, Callable[[str], Member]] = field(default_factory=dict)
    """Members that leave their provider to the catalog: what each is once the provider is known."""
    output: OutputShape | None = None
    """What the agent's answers must be; None for plain text."""
    handing: Handing | None = None
    """What the team's handoffs have beyond the SDK's; None where that is nothing."""
    is_last_tool: Callable[[str], bool] | None = None
    """Whether the answer of a tool is its agent's, where the SDK cannot end the turn: control may have to go back."""
    given: Member | None = None
    """The member whose settings the SDK was given, where it may be none of `members` any more."""

    def member(self, pair: Pair) -> Member:
        """The member that is `pair`."""
        return next(member for member in self.members if member.pair == pair)

    def pairs(self, settled: tuple[str, str] | None) -> tuple[Pair, ...]:
        """All members, the one that the conversation stays with before the others."""
        pairs = tuple(member.pair for member in self.members)
        if settled is None or settled not in pairs:
            return pairs
        return (Pair(*settled), *(pair for pair in pairs if pair != settled))


def request_for(member: Member, pool: Pool, request: Mapping[str, Json]) -> dict[str, Json]:
    """`request`, made for the first member, as `member` is to get it.

    A field that the SDK has changed since (it drops `tool_choice` once a tool was used) stays as it is.
    """
    first = pool.given or pool.members[0]
    changed = dict(request)
    if member is first:
        return changed
    for name in {*first.fields, *member.fields}:
        is_as_given = _same(request.get(name), first.fields.get(name))
        if not is_as_given:
            continue
        if name in member.fields:
            changed[name] = member.fields[name]
        else:
            changed.pop(name, None)
    if member.pair.model != request.get("model"):
        changed["messages"] = without_thoughts(cast("list[dict[str, Json]]", request["messages"]))
    return changed | {"model": member.pair.model}


def _same(sent: object, given: object) -> bool:
    """Whether the SDK sends what it was given; what was not given it leaves out by a marker of its own."""
    if given is None:
        return not isinstance(sent, str | int | float | list | tuple | Mapping)
    if isinstance(sent, Sequence) and isinstance(given, Sequence) and not isinstance(sent, str):
        return list(sent) == list(given)
    return sent == given
