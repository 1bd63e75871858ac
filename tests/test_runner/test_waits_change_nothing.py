"""Whatever a workflow looks like, and wherever it waits: it asks the same and gives the same as one that never waits.

`WAITS_SEEDS=200 python -m pytest tests/test_runner/test_waits_change_nothing.py` takes as many workflows.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from agents import FunctionTool

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, When
from agents_sahara.events import RunFinished, RunResult
from agents_sahara.expressions.expression import parse
from agents_sahara.graph.flows import Again, Flow, InOrder, SideBySide, Step, flow_json
from agents_sahara.loader import load_graph
from agents_sahara.runner.team import Team
from tests.test_runner.runs import team_on
from tests.test_runner.shops import calls

KEYS = "abcde"
RULES = (
    Rule(calls(("ask_b", {"input": "x"}), ("refund", {})), When(system="the e desk", turn=1)),
    Rule(calls(("refund", {})), When(turn=1)),
    Rule(Say("fine")),
)
SEEDS = range(int(os.environ.get("WAITS_SEEDS", "4")))


@pytest.fixture(scope="module")
def gateway() -> Iterator[LocalGateway]:
    with LocalGateway(script=RULES) as running:
        yield running


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path / "state"))


def _flow(chance: random.Random, depth: int) -> Flow:
    kind = chance.random()
    if depth == 0 or kind < 0.3:
        return Step(chance.choice(KEYS))
    if kind < 0.55:
        return InOrder(tuple(_flow(chance, depth - 1) for _ in range(chance.randint(1, 3))))
    if kind < 0.85:
        return SideBySide(tuple(_flow(chance, depth - 1) for _ in range(chance.randint(1, 3))))
    step = _flow(chance, depth - 1)
    body = InOrder((step,)) if isinstance(step, Again) else step  # the format has no loop right in a loop
    return Again(body, parse("output == 'never'"), chance.randint(1, 2))


def _size(flow: Flow) -> int:
    match flow:
        case Step():
            return 1
        case Again(step, _, most):
            return most * _size(step)
        case InOrder(steps) | SideBySide(steps):
            return sum(map(_size, steps))


def _text(flow: Flow) -> str:
    """A team with the workflow; e asks b beside what it does itself."""
    tools = {"e": [{"agent": "b"}]}
    team = {
        "version": 1,
        "name": "shop",
        "entry": "flow",
        "defaults": {"model": "gpt-4o", "provider": "openai"},
        "agents": {
            key: {"instructions": f"You are the {key} desk", "tools": tools.get(key, [])} for key in KEYS
        },
        "workflows": {"flow": flow_json(InOrder((flow, Step("e"))))},
        "budget": {"turns": 200, "model_calls": 400, "tool_calls": 400},
    }
    return json.dumps(team, indent=1)


@dataclass
class Processes:
    """The team in one process after the other, each of which ends where the run waits."""

    gateway: LocalGateway
    text: str
    way: str
    waits: frozenset[str]
    """Agents whose calls need a yes."""
    made: Counter[str] = field(default_factory=Counter)

    def _open(self) -> Team:
        team = team_on(self.gateway, load_graph(self.text, environ={}))
        for key in KEYS:
            own = FunctionTool(
                "refund", "Pays.", {"type": "object"}, self._refund(key), strict_json_schema=False
            )
            own.needs_approval = key in self.waits
            team.agents[key].tools.append(own)
        return team

    def _refund(self, key: str) -> Any:
        async def refund(_context: object, _arguments: str) -> str:
            self.made[key] += 1
            return "refunded"

        return refund

    async def _part(self, before: RunResult | None, approve: list[str]) -> RunResult:
        token = "" if before is None else before.token or ""
        async with self._open() as team:
            if self.way == "run":
                return await (team.run("go") if before is None else team.resume(token, approve=approve))
            events = team.stream("go") if before is None else team.resume_stream(token, approve=approve)
            *_, last = [event async for event in events]
            assert isinstance(last, RunFinished)
            return last.result

    async def _through(self, chance: random.Random) -> RunResult:
        result = await self._part(None, [])
        while result.interruptions:
            ids = [one.id for one in result.interruptions]
            result = await self._part(result, chance.sample(ids, chance.randint(1, len(ids))))
        return result

    def through(self, chance: random.Random) -> tuple[RunResult, list[str]]:
        """The result in the end, and all that models were asked, in some order."""
        self.gateway.calls.clear()
        result = asyncio.run(self._through(chance))
        bodies: list[Any] = [call.body for call in self.gateway.calls]
        return result, sorted(_asked(body["messages"]) for body in bodies)


def _asked(messages: list[dict[str, Any]]) -> str:
    """What a model was asked, whatever ids its calls have; answers of tools come as they are known."""
    told = re.sub(r"call_\w+", "call_", json.dumps(messages, sort_keys=True))
    first = next((at for at, one in enumerate(messages) if one["role"] == "tool"), len(messages))
    plain = json.loads(told)
    return json.dumps([*plain[:first], *sorted(plain[first:], key=json.dumps)])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("way", ["run", "stream"])
def test_a_workflow_that_waits_anywhere_is_the_one_that_does_not(
    gateway: LocalGateway, seed: int, way: str
) -> None:
    chance = random.Random(seed)
    flow = _flow(chance, 3)
    while not 3 <= _size(flow) <= 8:
        flow = _flow(chance, 3)
    plain = Processes(gateway, _text(flow), way, frozenset())
    waiting = Processes(gateway, _text(flow), way, frozenset({"b", *chance.sample(KEYS, 2)}))
    first, asked_first = plain.through(chance)
    second, asked_second = waiting.through(chance)
    assert (second.output, second.path, waiting.made) == (first.output, first.path, plain.made)
    assert asked_second == asked_first
    assert len(second.attempts) == len(first.attempts)
    assert sorted(call.tool for call in second.tool_calls) == sorted(call.tool for call in first.tool_calls)
