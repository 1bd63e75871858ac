"""A kept run read back: each run of the SDK in it as it was, with what a person decided.

All of it is judged before any of it goes on: what is approved is what was asked about, and a place in a workflow is
one that the workflow has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from agents import RunState, ToolApprovalItem, UserError

from agents_sahara.errors import ResumeError
from agents_sahara.graph.flows import Again, Flow, InOrder, SideBySide, Step
from agents_sahara.graph.tools.agent import AskedAgent
from agents_sahara.runner.agents import RunAgents, Walk, walk
from agents_sahara.runner.halting import arguments_of
from agents_sahara.runner.places import AgentWaits, Call, Done, ForkWaits, OrderWaits, Place, Said
from agents_sahara.runner.plan import Decision
from agents_sahara.tools.holding import let_go_on

CHANGED = "ask the user for the message again: the run that waits belongs to the team as it was"
_REFUSED = "A person refused this call. It was not made. Do not ask for it again; tell the user."


class _UnfitError(ValueError):
    """The form is none that this team's runs have."""


@dataclass(slots=True)
class TakingUp:
    """Reads one kept run."""

    agents: RunAgents
    decisions: Mapping[str, Decision]
    """By the ids of `interruptions`."""
    refused: list[str] = field(default_factory=list)
    """The SDK's ids of the calls that a person said no to."""
    _told: Iterator[Mapping[str, Any]] = field(default_factory=lambda: iter(()))

    async def place(self, kept: Mapping[str, Any], entry: str) -> Place:
        """Where the run waits that began with `entry`, ready to go on.

        Raises:
            ResumeError: it was kept by another version, or holds other calls than it told of.
        """
        self._told = iter(kept["interruptions"])
        try:
            place = await self._place(kept["at"], Step(entry))
        except (UserError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as problem:
            message = "the run that waits was kept by another version, or was changed"
            raise ResumeError("changed", message, mend=CHANGED) from problem
        if next(self._told, None) is not None:
            raise _other_calls()
        return place

    async def _place(self, kept: Mapping[str, Any], flow: Flow) -> Place:
        workflows = self.agents.team.graph.workflows
        kind = kept["kind"]
        match flow:
            case Step(key) if key in workflows:
                return await self._place(kept, workflows[key])
            case Step(key) if kind == "agent" and kept["agent"] == key:
                return await self._run(kept)
            case InOrder(steps) if kind == "order":
                return await self._order(kept, steps)
            case Again(step=step, most=most) if kind == "order":
                return await self._order(kept, [step] * most)
            case SideBySide(steps) if kind == "fork":
                branches = [
                    await self._branch(one, step) for one, step in zip(kept["branches"], steps, strict=True)
                ]
                return ForkWaits(tuple(branches))
        raise _UnfitError

    async def _order(self, kept: Mapping[str, Any], steps: Sequence[Flow]) -> OrderWaits:
        number = kept["number"]
        if type(number) is not int or not 0 <= number < len(steps):
            raise _UnfitError
        at = await self._place(kept["at"], steps[number])
        return OrderWaits(number, self._said(kept["said"]), self._keys(kept["path"]), at)

    async def _branch(self, kept: Mapping[str, Any], flow: Flow) -> Done | Place:
        if kept["kind"] == "done":
            return Done(self._said(kept["said"]), self._keys(kept["path"]))
        return await self._place(kept, flow)

    async def _run(self, kept: Mapping[str, Any]) -> AgentWaits:
        path, calls = self._keys(kept["path"]), tuple(map(_call, kept["calls"]))
        if path[0] != kept["agent"]:
            raise _UnfitError
        with walk(Walk(self.agents, frozenset(path))):
            state = await RunState.from_json(
                self.agents[kept["agent"]], cast("dict[str, Any]", kept["state"])
            )
        if isinstance(state._original_input, list):  # noqa: SLF001  openai-agents 0.24 has no public name for it
            state._original_input = [*map(_as_given, state._original_input)]  # noqa: SLF001  as above
        items = state.get_interruptions()
        self._check_calls(items, calls)
        asked, decisions = dict[str, AgentWaits](), list[Decision | None]()
        for item, call in zip(items, calls, strict=True):
            inner = kept["asked"].get(item.call_id)
            if inner is not None:
                asked[item.call_id or ""] = one = await self._run(inner)
                if not (self._asks(call, one.agent) and let_go_on(state, item)):
                    raise _UnfitError
            decisions.append(None if inner is not None else self._decided(state, item, call))
        is_decided = any(decisions) or any(one.is_decided for one in asked.values())
        refused = (call for call, said in zip(calls, decisions, strict=True) if said and not said.is_approved)
        return AgentWaits(path[0], path, calls, state, asked, is_decided, tuple(refused))

    def _decided(self, state: RunState[Any, Any], item: ToolApprovalItem, call: Call) -> Decision | None:
        """What a person said of a call, which `state` knows from here on; None where that is nothing yet."""
        told = next(self._told, None)
        if told is None or (told["agent"], told["tool"], told["arguments"]) != _facts(call):
            raise _other_calls()
        decision = self.decisions.get(told["id"])
        if decision is not None and decision.is_approved:
            state.approve(item)
        elif decision is not None:
            state.reject(item, rejection_message=decision.message or _REFUSED)
            self.refused.append(item.call_id or "")
        return decision

    def _said(self, kept: Sequence[Mapping[str, Any]]) -> tuple[Said, ...]:
        said = tuple(Said(one["agent"], one["output"]) for one in kept)
        self._keys([one.agent for one in said])
        return said

    def _keys(self, kept: Sequence[str]) -> tuple[str, ...]:
        """Keys of agents that the team has."""
        if not all(key in self.agents.team for key in kept):
            raise _UnfitError
        return tuple(kept)

    def _asks(self, call: Call, agent: str) -> bool:
        """Whether the call is one that asks `agent`, and needs no yes of its own any more."""
        tools = self.agents.team.graph.agents[call.agent].tools
        return any(tool.name == call.tool and tool.does == AskedAgent(agent) for tool in tools)

    def _check_calls(self, items: Sequence[ToolApprovalItem], calls: Iterable[Call]) -> None:
        """What is approved is what was asked about."""
        found = [(self.agents.key_of(item.agent), item.tool_name or "", arguments_of(item)) for item in items]
        if found != [_facts(call) for call in calls]:
            raise _other_calls()


def _as_given(item: Any) -> Any:
    """A message of the conversation as it was before it was kept.

    The SDK keeps an agent's text in a form that its own converter for chat completions does not know (openai-agents
    0.24, `RunState._serialize_input`, checked 2026-11-28).
    """
    if not isinstance(item, dict) or item.get("role") != "assistant" or "type" in item:
        return item
    match item:
        case {"content": [{"type": "output_text", "text": str(text), **more}], **others} if not more:
            if others == {"role": "assistant", "status": "completed"}:
                return {"role": "assistant", "content": text}
    return {**item, "type": "message"}


def _facts(call: Call) -> tuple[str, str, str]:
    return call.agent, call.tool, call.arguments


def _other_calls() -> ResumeError:
    return ResumeError("changed", "the run that waits does not hold the calls it told of", mend=CHANGED)


def _call(kept: Mapping[str, Any]) -> Call:
    return Call(kept["agent"], kept["tool"], kept["arguments"], kept["question"], kept.get("id"))


def upgraded(kept: Mapping[str, Any]) -> Mapping[str, Any]:
    """A kept run in the form of this version: version 1 had one run of the SDK, and no more."""
    if kept["version"] != 1:
        return kept
    calls = [{**one, "id": None} for one in kept["interruptions"]]  # those were ids of ours
    at = {"kind": "agent", "agent": kept["entry"], "path": kept["path"], "calls": calls}
    return {**kept, "at": {**at, "asked": {}, "state": kept["state"]}}
