"""Where a run waits for a person: a tree that mirrors what was under way, and its form in the kept file.

A leaf is one run of the SDK, with its state and the calls that wait; below it hang the runs of agents that those
calls ask. The branches are those of workflows: how far each has come, and what was given by then. Nothing here
decides anything; `taking_up` reads the form back and judges it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from agents import RunState

from agents_sahara.runner.agents import RunAgents, Walk, walk
from agents_sahara.types import Json


def as_text(output: Json) -> str:
    """An answer as text: JSON where it is no text."""
    return output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Said:
    """What one agent gave as a step."""

    agent: str
    """Key of the agent whose step it was; another may have answered, after a handoff."""
    output: Json

    @property
    def text(self) -> str:
        """The output as another agent reads it."""
        return as_text(self.output)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a part of a workflow."""

    said: tuple[Said, ...] = ()
    """What it gave: one answer, or those of all branches in the order of the file."""
    path: tuple[str, ...] = ()
    """Keys of the agents that had control."""
    is_last: bool = False
    """Whether a limit was reached, and this is the best answer from what was known by then."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool that waits for a person, or for an agent that does."""

    agent: str
    """Key of the agent that made it."""
    tool: str
    arguments: str
    question: str
    id: str | None = None
    """By which the SDK knows it; None in files of earlier versions."""


@dataclass(frozen=True, slots=True)
class AgentWaits:
    """One run of the SDK that waits: of a whole team, of a step, or of an agent that was asked."""

    agent: str
    """Key of the agent that it began with."""
    path: tuple[str, ...]
    """Keys of the agents that had control; the last one has it."""
    calls: tuple[Call, ...]
    """As the SDK lists them; those of agents that were asked are among them."""
    state: RunState[Any, Any]
    asked: Mapping[str, AgentWaits] = field(default_factory=dict)
    """The runs of agents that were asked, by the ids of the calls that asked them."""
    is_decided: bool = False
    """Whether anything that waits here has been decided: only then it goes on."""
    refused: tuple[Call, ...] = ()
    """What a person said no to, of its own calls."""


@dataclass(frozen=True, slots=True)
class OrderWaits:
    """Steps one after the other, or rounds of a loop, one of which waits."""

    number: int
    """Of the step or the round that waits, from 0."""
    said: tuple[Said, ...]
    """What those before it gave."""
    path: tuple[str, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class ForkWaits:
    """Steps side by side, some of which wait, and the others are done."""

    branches: tuple[Done | Place, ...]


Place: TypeAlias = "AgentWaits | OrderWaits | ForkWaits"
"""Where a run waits."""


def calls_of(place: Done | Place) -> Iterator[Call]:
    """All that a person has to decide, in the order in which it is told."""
    match place:
        case AgentWaits():
            for call in place.calls:
                if call.id is not None and call.id in place.asked:
                    yield from calls_of(place.asked[call.id])
                else:
                    yield call
        case OrderWaits():
            yield from calls_of(place.at)
        case ForkWaits():
            for branch in place.branches:
                yield from calls_of(branch)


def path_to(place: Done | Place) -> tuple[str, ...]:
    """Keys of the agents that had control on the way there."""
    match place:
        case AgentWaits() | Done():
            return place.path
        case OrderWaits():
            return (*place.path, *path_to(place.at))
        case ForkWaits():
            return tuple(key for branch in place.branches for key in path_to(branch))


def place_json(place: Done | Place, agents: RunAgents) -> dict[str, Json]:
    """The place as it is kept."""
    match place:
        case Done():
            return {"kind": "done", "said": _said_json(place.said), "path": list(place.path)}
        case AgentWaits():
            with walk(Walk(agents, frozenset(place.path))):
                state = cast("Json", place.state.to_json())
            asked = {id_: place_json(one, agents) for id_, one in place.asked.items()}
            calls = [_call_json(call) for call in place.calls]
            run: dict[str, Json] = {
                "agent": place.agent,
                "path": list(place.path),
                "calls": cast("Json", calls),
            }
            return {"kind": "agent", **run, "asked": cast("Json", asked), "state": state}
        case OrderWaits():
            before: dict[str, Json] = {"said": _said_json(place.said), "path": list(place.path)}
            return {"kind": "order", "number": place.number, **before, "at": place_json(place.at, agents)}
        case ForkWaits():
            return {"kind": "fork", "branches": [place_json(one, agents) for one in place.branches]}


def _said_json(said: Sequence[Said]) -> list[Json]:
    return [{"agent": one.agent, "output": one.output} for one in said]


def _call_json(call: Call) -> dict[str, Json]:
    told = {"agent": call.agent, "tool": call.tool, "arguments": call.arguments, "question": call.question}
    return {"id": call.id, **told}
