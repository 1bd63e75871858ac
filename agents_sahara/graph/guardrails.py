"""Guardrails: what each says, and on which agents it stands."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from agents_sahara.diagnostics.finding import Place
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.expressions.expression import Expression, parse
from agents_sahara.expressions.nodes import Name
from agents_sahara.expressions.problems import ExpressionError
from agents_sahara.graph.agent_names import no_agent
from agents_sahara.graph.conditions import condition, report_name
from agents_sahara.graph.guards import Guardrail, Guards
from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.graph.templates import Passage, Templates
from agents_sahara.graph.tools.values import ToolNode
from agents_sahara.graph.values import AgentNode
from agents_sahara.source.within import stretch
from agents_sahara.spec.names import normal
from agents_sahara.spec.values import AgentSpec, GuardrailSpec, GuardSpec, GuardsSpec, TeamSpec, ToolSpec

Side = Literal["input", "output"]

_FLAGS = re.compile(r"\(\?[imsx]*[aLux]")


@dataclass(slots=True)
class Guardrails:
    """Reads the guardrails of a team, and remembers which were used."""

    spec: TeamSpec
    templates: Templates
    around: Surroundings
    used: set[str] = field(default_factory=set)
    is_default_used: bool = False
    _made: dict[str, Guardrail] = field(default_factory=dict)
    _judges: frozenset[str] = frozenset()

    def read(self) -> None:
        """What each guardrail says; what is wrong with one is reported."""
        for name, said in (self.spec.guardrails or {}).items():
            self._made[name] = Guardrail(
                name=name,
                deny=self._pattern(said, "deny_pattern", said.deny_pattern),
                allow=self._pattern(said, "allow_pattern", said.allow_pattern),
                most=said.max_chars,
                judge=self._judge(said),
                when=self._when(said),
                function=said.python,
                reply=self._reply(said),
                spot=said.spot_of("python") if said.python is not None else None,
            )
        self._judges = frozenset(one.judge for one in self._made.values() if one.judge is not None)

    def _pattern(self, said: GuardrailSpec, key: str, pattern: str | None) -> str | None:
        if pattern is None:
            return None
        problem = _pattern_problem(pattern)
        if problem is not None:
            message, mend, at = problem
            place = said.place_of(key)
            if at is not None:
                place = stretch(self.around.files.lines(place.file), place, pattern, at, at + 1)
            self.around.report.add("bad-pattern", place, message, mend=mend)
        return pattern

    def _judge(self, said: GuardrailSpec) -> str | None:
        if said.agent is None:
            return None
        judge = normal(said.agent)
        unknown = no_agent(judge, self.spec)
        if unknown is not None:
            message = f"the judge {judge!r} {unknown.why}"
            self.around.report.add("unknown-judge", said.place_of("agent"), message, mend=unknown.mend)
        return judge

    def _when(self, said: GuardrailSpec) -> Expression | None:
        if said.when is None or said.agent is None:
            return None
        return condition(said.when, said.place_of("when"), ("output",), self.around)

    def _reply(self, said: GuardrailSpec) -> str | None:
        if said.reply is None:
            return None
        return self.templates.fill_in(Passage(said.reply, said.place_of("reply")))

    def of_tool(self, own: GuardsSpec | None) -> Guards:
        """The guardrails that stand in front of a tool."""
        return Guards() if own is None else Guards(self.named(own, "input"), self.named(own, "output"))

    def of_agent(self, key: str, agent: AgentSpec) -> Guards:
        """The guardrails that stand on an agent: each of its own lists replaces that of the defaults."""
        return Guards(self._side(key, agent.guardrails, "input"), self._side(key, agent.guardrails, "output"))

    def _side(self, key: str, own: GuardsSpec | None, side: Side) -> tuple[Guardrail, ...]:
        if own is not None and own.says(side):
            return self.named(own, side)
        usual = self.spec.defaults.guardrails if self.spec.defaults is not None else None
        if usual is None:
            return ()
        self.is_default_used = True
        found = self.named(usual, side)
        # A judge that all agents have would have to judge itself.
        return tuple(one for one in found if one.judge is None) if key in self._judges else found

    def named(self, guards: GuardsSpec, side: Side) -> tuple[Guardrail, ...]:
        """The guardrails of one list, in its order."""
        listed: tuple[GuardSpec, ...] = (guards.input if side == "input" else guards.output) or ()
        found: dict[str, Guardrail] = {}
        for one in listed:
            name = normal(one.name)
            if name in found:
                message = f"the guardrail {name!r} stands here twice"
                self.around.report.add("duplicate-guardrail", one.node.place, message, mend="remove one")
            elif name in self._made:
                found[name] = self._made[name]
            elif name not in self.spec.names("guardrails"):
                mend = did_you_mean(name, self.spec.names("guardrails"), what="guardrails")
                message = f"the guardrail {name!r} is not defined"
                self.around.report.add("unknown-guardrail", one.node.place, message, mend=mend)
        self.used |= found.keys()
        return tuple(found.values())


def _pattern_problem(pattern: str) -> tuple[str, str, int | None] | None:
    """What is wrong with a pattern, how to mend it, and where in it the mistake is, if that is known."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        what, mend = getattr(error, "msg", "too large"), "write it as for Python's `re`; mind backslashes"
        return f"the pattern is no regular expression: {what}", mend, getattr(error, "pos", None)
    flag = _FLAGS.search(pattern)
    if flag is not None:
        mend = "of flags, use (?i), (?m) and (?s) only"
        return "the pattern sets a flag that guardrails do not have", mend, flag.start()
    return None


def judge_verdicts(spec: TeamSpec, nodes: Mapping[str, AgentNode], around: Surroundings) -> None:
    """Report conditions that read what no answer of their judge can hold: its schema says which keys there are."""
    for said in (spec.guardrails or {}).values():
        judge = None if said.agent is None else nodes.get(normal(said.agent))
        known = None if judge is None or judge.output is None else judge.output.get("properties")
        if said.when is None or not isinstance(known, Mapping):
            continue
        place = said.place_of("when")
        for name in _names(said.when):
            if name.path[0] == "output" and len(name.path) > 1 and name.path[1] not in known:
                where = stretch(around.files.lines(place.file), place, said.when, name.start, name.end)
                report_name(name, 2, list(known), where, around)


def _names(text: str) -> tuple[Name, ...]:
    try:
        return parse(text).names()
    except ExpressionError:  # reported where it was read
        return ()


def judge_judges(spec: TeamSpec, nodes: Mapping[str, AgentNode], around: Surroundings) -> None:
    """Report agents that judge, or answer for one that does, and are judged themselves or may have to wait.

    A judgement is made while a model call is under way, which cannot wait for a person.
    """
    judges = [judge for node in nodes.values() for judge in node.judges()]
    for key in _reached(judges, nodes):
        node, agent = nodes[key], (spec.agents or {})[key]
        judged = next((one for one in node.guardrails() if one.judge), None)
        if judged is not None:
            message = f"agent {key!r} judges for a guardrail, and is judged by {judged.judge!r} itself"
            mend = f"take {judged.name!r} from it: a judge may have guardrails of other kinds"
            around.report.add("judged-judge", _place_of(judged.name, agent), message, mend=mend)
        waiting = next((tool for tool in node.tools if tool.approval is not None), None)
        if waiting is not None:
            message = (
                f"agent {key!r} judges for a guardrail, and can call {waiting.name!r}, which needs an approval: "
                "nobody can be asked while a text is judged"
            )
            mend = "take the tool from it, or give it one of its own that needs none"
            around.report.add("waiting-judge", _place_of_tool(waiting, agent), message, mend=mend)


def _reached(keys: list[str], nodes: Mapping[str, AgentNode]) -> set[str]:
    reached: set[str] = set()
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if key in nodes and key not in reached:
            reached.add(key)
            waiting.extend(edge.target for edge in nodes[key].handoffs if edge.enabled)
            waiting.extend(target for _, target in nodes[key].asked())
    return reached


def _place_of(name: str, agent: AgentSpec) -> Place:
    guards = agent.guardrails
    listed = () if guards is None else (*(guards.input or ()), *(guards.output or ()))
    return next((one.node.place for one in listed if normal(one.name) == name), agent.place)


def _place_of_tool(tool: ToolNode, agent: AgentSpec) -> Place:
    for item in agent.tools or ():
        if tool.key == normal((item.agent if isinstance(item, ToolSpec) else item.tool) or ""):
            return item.node.place
    return agent.place
