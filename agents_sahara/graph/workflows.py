"""`workflows` as meant: every step is an agent or a workflow of the team, and none leads back to itself."""

from __future__ import annotations

from collections.abc import Mapping

from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.conditions import condition
from agents_sahara.graph.flows import Again, Flow, InOrder, SideBySide, Step, steps_of
from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.spec.names import normal
from agents_sahara.spec.values import FlowSpec, LoopSpec, StepSpec, TeamSpec
from agents_sahara.spec.workflows import USUAL_ROUNDS

MOST_AGENTS = 1000
"""Steps of one workflow, with those of its workflows: steps side by side all begin at once."""


def workflows(spec: TeamSpec, around: Surroundings) -> dict[str, Flow]:
    """The workflows of the team by key; what is wrong with one is reported."""
    reading = _Reading(spec, around)
    found: dict[str, Flow] = {}
    for key, said in (spec.workflows or {}).items():
        if key in spec.names("agents"):
            message = f"{key!r} is an agent and a workflow"
            around.report.add("same-key", said.place, message, mend="give one of them another name")
        flow = reading.flow(said)
        if flow is not None:
            found[key] = flow
    if not _judge_circles(found, spec, around):
        _judge_sizes(found, spec, around)
    return found


class _Reading:
    def __init__(self, spec: TeamSpec, around: Surroundings) -> None:
        self._known = (*spec.names("agents"), *spec.names("workflows"))
        self._around = around

    def flow(self, said: StepSpec | FlowSpec | LoopSpec) -> Flow | None:
        """What a step means; None where nothing is left of it."""
        if isinstance(said, StepSpec):
            return self._step(said.key, said)
        if isinstance(said, FlowSpec) and said.loop is not None:
            return self._loop(said.loop)
        if said.sequence is not None:
            return InOrder(self._flows(said.sequence))
        if said.parallel is not None:
            return SideBySide(self._flows(said.parallel))
        return None

    def _flows(self, said: tuple[StepSpec | FlowSpec, ...]) -> tuple[Flow, ...]:
        flows = (self.flow(one) for one in said)
        return tuple(flow for flow in flows if flow is not None)

    def _step(self, name: str, said: StepSpec | LoopSpec) -> Step:
        key = normal(name)
        if key not in self._known:
            place = said.place_of("agent") if isinstance(said, LoopSpec) else said.node.place
            message = f"the step {key!r} is neither an agent nor a workflow of this team"
            mend = did_you_mean(key, self._known, what="agents and workflows")
            self._around.report.add("unknown-step", place, message, mend=mend)
        return Step(key)

    def _loop(self, said: LoopSpec) -> Flow | None:
        body = self._step(said.agent, said) if said.agent is not None else self.flow(said)
        if said.until is None:
            return None
        until = condition(said.until, said.place_of("until"), ("output",), self._around)
        if body is None or until is None:
            return None
        return Again(body, until, USUAL_ROUNDS if said.max is None else said.max)


def _judge_circles(found: Mapping[str, Flow], spec: TeamSpec, around: Surroundings) -> bool:
    """Report each workflow that comes to itself again; whether there is any."""
    is_any = False
    for key in found:
        trail = _way_back(key, found)
        if trail is not None:
            shown = " -> ".join((*trail, key))
            message = f"the workflow {key!r} is a step of itself: {shown}"
            place = (spec.workflows or {})[key].place
            around.report.add("workflow-cycle", place, message, mend="a `loop` repeats steps, and has an end")
            is_any = True
    return is_any


def _judge_sizes(found: Mapping[str, Flow], spec: TeamSpec, around: Surroundings) -> None:
    """Report workflows of workflows that would ask more agents than any run may."""
    sizes: dict[str, int] = {}

    def size(key: str) -> int:
        if key in found and key not in sizes:
            sizes[key] = sum(map(size, steps_of(found[key])))
        return sizes.get(key, 1)

    for key in found:
        if size(key) > MOST_AGENTS:
            message = f"the workflow {key!r} has {size(key):,} steps, with those of its workflows"
            mend = f"at most {MOST_AGENTS:,} are allowed: remove some"
            around.report.add("workflow-size", (spec.workflows or {})[key].place, message, mend=mend)


def _way_back(start: str, found: Mapping[str, Flow]) -> tuple[str, ...] | None:
    """Workflows from `start` until one that leads to it again."""
    waiting: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while waiting:
        trail = waiting.pop()
        for key in dict.fromkeys(steps_of(found[trail[-1]])):
            if key == start:
                return trail
            if key in found and key not in seen:
                seen.add(key)
                waiting.append((*trail, key))
    return None
