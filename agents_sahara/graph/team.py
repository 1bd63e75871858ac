"""A `TeamSpec` becomes an `AgentGraph`, part by part; every part reports all that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath

from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.budget import budget, lowered
from agents_sahara.graph.endpoints import endpoints
from agents_sahara.graph.files import MOST_TEXT_BYTES, beside
from agents_sahara.graph.guardrails import Guardrails, judge_judges, judge_verdicts
from agents_sahara.graph.handoffs import Handoffs
from agents_sahara.graph.models import Models
from agents_sahara.graph.schemas import schema_of
from agents_sahara.graph.session import session_store
from agents_sahara.graph.settings_levels import judge_tool_choice
from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.graph.templates import Passage, Templates
from agents_sahara.graph.tools.makings import Makings
from agents_sahara.graph.tools.tools import Tools
from agents_sahara.graph.tracing import tracing
from agents_sahara.graph.uses import Uses
from agents_sahara.graph.values import AgentGraph, AgentNode, ModelTarget
from agents_sahara.graph.variables import secret_names, variables
from agents_sahara.graph.workflows import workflows
from agents_sahara.spec.names import normal
from agents_sahara.spec.values import AgentSpec, InstructionsSpec, TeamSpec
from agents_sahara.trust.consent import Consent


@dataclass(frozen=True, slots=True)
class Resolved:
    """A team and what of its file was used; `graph` only means something where nothing was refused."""

    graph: AgentGraph
    uses: Uses


def resolve(spec: TeamSpec, file: str, around: Surroundings) -> Resolved:
    """The team that the file means. What is wrong goes to the report, and the rest is resolved all the same."""
    _judge_version(spec, around)
    secrets = secret_names(spec)
    templates = Templates(variables(spec, secrets, around), around)
    configured = endpoints(spec, secrets, around)
    models = Models(spec, configured, around)
    guardrails = Guardrails(spec, templates, around)
    guardrails.read()
    told = {key: _description(agent, templates) for key, agent in (spec.agents or {}).items()}
    tools = Tools(Makings(spec, told, secrets, around), guardrails)
    agents = _agents(spec, models, tools, guardrails, around)
    judge_judges(spec, agents, around)
    judge_verdicts(spec, agents, around)
    graph = AgentGraph(
        name=spec.name or PurePath(file).stem,
        description=spec.description or "",
        entry=_entry(spec, around),
        agents=agents,
        endpoints=configured,
        folder=around.files.folder,
        budget=lowered(budget(spec, around)) if around.is_untrusted else budget(spec, around),
        session=session_store(spec, secrets, around),
        tracing=tracing(spec, around),
        workflows=workflows(spec, around),
        variables=tuple(around.variables),
        consent=around.consent or Consent(),
    )
    used = replace(models.used, vars=templates.used, guardrails=guardrails.used, tools=tools.used)
    if guardrails.is_default_used:
        used.defaults.add("guardrails")
    return Resolved(graph, used)


def _judge_version(spec: TeamSpec, around: Surroundings) -> None:
    if not spec.says("version"):
        message, mend = "the file does not say its 'version', so 1 is taken", "write `version: 1` at its top"
        around.report.add("missing-version", spec.node.place, message, mend=mend)


def _agents(
    spec: TeamSpec, models: Models, tools: Tools, guardrails: Guardrails, around: Surroundings
) -> dict[str, AgentNode]:
    templates = guardrails.templates
    handoffs = Handoffs(spec, tools.told, templates, around)
    nodes = {}
    for key, agent in (spec.agents or {}).items():
        edges = handoffs.edges(key, agent)
        own = tools.of(key, agent, edges)
        pool = models.pool(agent)
        first, *others = pool.members or (ModelTarget("", ""),)
        nodes[key] = AgentNode(
            key=key,
            name=agent.name or key,
            description=tools.told[key],
            instructions=_instructions(agent.instructions, templates, around),
            target=first,
            handoffs=edges,
            backups=tuple(others),
            fallback=pool.fallback,
            is_sticky=pool.is_sticky,
            guards=guardrails.of_agent(key, agent),
            output=None if agent.output is None else schema_of(agent.output.schema, around),
            tools=own,
            tool_use=tools.use(key, agent, own),
        )
        judge_tool_choice(spec, agent, nodes[key], around)
    return nodes


def _description(agent: AgentSpec, templates: Templates) -> str:
    if agent.description is None:
        return ""
    return templates.filled(agent.description, agent.spot_of("description")).strip()


def _instructions(spec: InstructionsSpec | None, templates: Templates, around: Surroundings) -> str:
    if spec is None:
        return ""
    if spec.text is not None:
        return templates.filled(spec.text, spec.node)
    passage = _file(spec, around)
    return "" if passage is None else templates.fill_in(passage)


def _file(spec: InstructionsSpec, around: Surroundings) -> Passage | None:
    if spec.file is None:
        return None
    place = spec.place_of("file")
    path = around.files.find(spec.file, place, around.report)
    if path is None:
        return None
    name = beside(place.file, spec.file)
    text = around.files.read(path, name, place, around.report)
    if text is None:
        return None
    if len(text.encode()) > MOST_TEXT_BYTES:
        message = f"{spec.file!r} is larger than {MOST_TEXT_BYTES // 1024} KiB"
        around.report.add("too-large", place, message, mend="shorten the instructions")
        return None
    if not text.strip():
        message = f"the instructions in {spec.file!r} are empty"
        around.report.add("empty-file", place, message, mend="write something into the file")
        return None
    return Passage(text, place._replace(file=name), is_file=True)


def _entry(spec: TeamSpec, around: Surroundings) -> str:
    keys = spec.names("agents")
    if spec.entry is not None:
        entry = normal(spec.entry)
        known = (*keys, *spec.names("workflows"))
        if entry not in known:
            mend = did_you_mean(entry, known, what="agents")
            message = f"the entry {entry!r} is not defined"
            around.report.add("unknown-entry", spec.place_of("entry"), message, mend=mend)
        return entry
    if len(keys) > 1 and not spec.says("entry"):
        message = "the file has several agents and does not say which one gets the message"
        mend = f"add `entry:` with one of: {', '.join(keys[:12])}{' ...' if len(keys) > 12 else ''}"
        around.report.add("missing-entry", spec.node.place, message, mend=mend)
    return keys[0] if keys else ""
