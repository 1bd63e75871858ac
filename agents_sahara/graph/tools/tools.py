"""Which tools each agent has, and what every one of them is called."""

from __future__ import annotations

from collections.abc import Sequence

from agents_sahara.diagnostics.finding import Place
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.approvals import Approval, approval
from agents_sahara.graph.guardrails import Guardrails
from agents_sahara.graph.tools.agent import AskedAgent
from agents_sahara.graph.tools.all_kinds import KINDS
from agents_sahara.graph.tools.arguments import Taker, judge_arguments
from agents_sahara.graph.tools.makings import Makings, Meant
from agents_sahara.graph.tools.names import tool_name
from agents_sahara.graph.tools.values import MOST_CHARS, ToolNode, ToolUse
from agents_sahara.graph.values import HandoffEdge
from agents_sahara.spec.names import normal
from agents_sahara.spec.values import AgentSpec, ToolRefSpec, ToolSpec

_SEVERAL = ("mcp", "openapi")
"""Kinds of which one entry may stand for several tools."""


class Tools:
    """The tools of one team; every entry of `tools` is judged once, used or not."""

    def __init__(self, makings: Makings, guardrails: Guardrails) -> None:
        self._makings = makings
        self.told = makings.told
        self._templates = guardrails.templates
        self._guardrails = guardrails
        self._report = makings.around.report
        self._names = dict.fromkeys(makings.spec.names("tools"))
        entries = (makings.spec.tools or {}).items()
        self._named = {key: self._nodes(key, spec) for key, spec in entries}
        self.used: set[str] = set()
        """Entries that some agent has."""

    def of(self, key: str, agent: AgentSpec, handoffs: Sequence[HandoffEdge]) -> tuple[ToolNode, ...]:
        """The tools of one agent in the order of its list, without those that were refused."""
        listed: dict[tuple[str, str], tuple[ToolNode, ...]] = {}
        owners = {edge.tool_name: f"the handoff to {edge.target!r}" for edge in handoffs}
        for item in agent.tools or ():
            found = self._listed(key, item)
            if found is None:
                continue
            entry, nodes = found
            if entry in listed:
                message = f"agent {key!r} has {entry[1]!r} twice among its tools"
                self._report.add("duplicate-tool", item.node.place, message, mend="keep one")
                continue
            listed[entry] = nodes
            self._judge_names(nodes, owners, item.node.place)
        return tuple(node for nodes in listed.values() for node in nodes)

    def use(self, key: str, agent: AgentSpec, tools: Sequence[ToolNode]) -> ToolUse:
        """What follows the answers of the agent's tools."""
        spec = agent.tool_use
        if spec is None or spec.stop_at is None:
            is_stop = spec is not None and spec.word == "stop_on_first"
            return ToolUse("stop_on_first" if is_stop else "run_again")
        known = dict.fromkeys(tool.key for tool in tools)
        stops = {normal(item.tool): item for item in spec.stop_at}
        for name, item in stops.items():
            if name not in known:
                message = f"agent {key!r} has no tool {name!r} to stop at"
                mend = did_you_mean(name, known, what="tools")
                self._report.add("unknown-tool", item.node.place, message, mend=mend)
        return ToolUse("stop_at", tuple(tool.name for tool in tools if tool.key in stops))

    def _listed(
        self, agent: str, item: ToolRefSpec | ToolSpec
    ) -> tuple[tuple[str, str], tuple[ToolNode, ...]] | None:
        """What an item of an agent's list stands for, and the tools that it means."""
        if isinstance(item, ToolSpec):
            key = normal(item.agent or "")
            nodes = self._nodes(key, item, prefix="ask_")
        else:
            key = normal(item.tool)
            if key not in self._names:
                self._report_unknown(key, item.node.place)
                return None
            self.used.add(key)
            nodes = self._named.get(key, ())
        if any(isinstance(node.does, AskedAgent) and node.does.agent == agent for node in nodes):
            message = f"agent {agent!r} asks itself"
            self._report.add("self-tool", item.node.place, message, mend="remove this tool")
            return None
        return ("agent" if isinstance(item, ToolSpec) else "tool", key), nodes

    def _report_unknown(self, key: str, place: Place) -> None:
        mend = did_you_mean(key, self._names, what="tools")
        if key in self._makings.spec.names("agents"):
            mend = f"an agent as a tool is written {{agent: {key}}}"
        elif key in self._makings.spec.names("workflows"):
            mend = f"{key!r} is a workflow, which no agent can call: ask one of its agents, {{agent: ...}}"
        self._report.add("unknown-tool", place, f"there is no tool {key!r} in 'tools'", mend=mend)

    def _nodes(self, key: str, spec: ToolSpec, *, prefix: str = "") -> tuple[ToolNode, ...]:
        kinds = (meant for kind, meant in KINDS.items() if spec.says(kind))
        found = (made for meant in kinds for made in meant(spec, self._makings))
        nodes = tuple(self._node(key, spec, made, prefix) for made in found)
        takers = [Taker(node.name, node.approval, node.does.arguments()) for node in nodes]
        judge_arguments(key, takers, self._report)
        return nodes

    def _node(self, key: str, spec: ToolSpec, made: Meant, prefix: str) -> ToolNode:
        name = spec.tool_name or made.name or tool_name(key, prefix=prefix)
        if name is None:
            message = f"no tool name can be made from {key!r}: nothing of it is ASCII"
            mend = "add `tool_name:` with ASCII letters, digits, '_' and '-'"
            self._report.add("no-tool-name", spec.place, message, mend=mend)
        about = made.description
        if spec.description is not None:
            about = self._templates.filled(spec.description, spec.spot_of("description"))
        return ToolNode(
            key=key,
            name=name or "",
            does=made.does,
            description=about.strip(),
            limit_s=spec.timeout,
            max_chars=MOST_CHARS if spec.max_chars is None else spec.max_chars,
            approval=self._approval(spec, made, name or ""),
            guards=self._guardrails.of_tool(spec.guardrails),
            spot=spec.spot_of(made.does.kind),
        )

    def _approval(self, spec: ToolSpec, made: Meant, name: str) -> Approval | None:
        found = approval(spec.approval, self._makings.around)
        if spec.approval is not None and spec.approval.says("except") and made.does.kind not in _SEVERAL:
            message = f"`except` stands under {spec.owner.text if spec.owner else name!r}, which is one tool"
            place = spec.approval.key_place("except")
            self._report.add("lone-except", place, message, mend="remove it, or write `approval: never`")
        return None if found is None else found.of(name, made.name or name)

    def _judge_names(self, nodes: Sequence[ToolNode], owners: dict[str, str], place: Place) -> None:
        """No two tools of an agent may look alike to its model."""
        for node in nodes:
            owner = f"the tool {node.key!r}"
            if owners.get(node.name) == owner and node.does.kind not in _SEVERAL:
                continue  # one tool of two kinds, which is told elsewhere
            if node.name in owners:
                message = f"{owners[node.name]} and {owner} have the same name {node.name!r} for the model"
                mend = "give one of them a `tool_name` of its own"
                self._report.add("same-tool-name", place, message, mend=mend)
            owners[node.name] = owner
