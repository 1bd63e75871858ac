"""The team file, format version 1: each key declared once, with its shape and its sentence.

`read_tree` reads a file, `TEAM` draws its schema; `later` lists what the format has and this version does not.
"""

from __future__ import annotations

from typing import Any

from agents_sahara.diagnostics.finding import Report
from agents_sahara.source import nodes
from agents_sahara.spec.budget import BUDGET
from agents_sahara.spec.containers import Either, Field, ListOf, MapOf, Record
from agents_sahara.spec.documented import MODELS, PROVIDERS
from agents_sahara.spec.guardrails import GUARDRAIL, GUARDS
from agents_sahara.spec.json_schema import JsonSchema
from agents_sahara.spec.model_settings import SETTINGS
from agents_sahara.spec.models import ALIAS, BACKUPS, MODEL, PROVIDER_NAME, STRUCTURED_OUTPUT
from agents_sahara.spec.names import TOOL_NAME, VARIABLE, ChosenKey, ProviderKey
from agents_sahara.spec.session import SESSION
from agents_sahara.spec.shapes import Choice, Drawing, Drawn, Plain, Reading, Text, Truth, Whole, Written
from agents_sahara.spec.tools.tool import AGENT_TOOL, TOOL, TOOL_USE
from agents_sahara.spec.tracing import TRACING
from agents_sahara.spec.values import (
    AgentSpec,
    DefaultsSpec,
    HandoffSpec,
    InstructionsSpec,
    OutputSpec,
    ProviderSpec,
    TeamSpec,
    VarSpec,
)
from agents_sahara.spec.workflows import WORKFLOW

MOST_PROFILES = 16
"""Each profile is checked against the whole team, so their number bounds the work."""

_text = Text()


def _handoff(node: nodes.Node, owner: nodes.Scalar | None, text: str) -> HandoffSpec:
    return HandoffSpec(node=node, owner=owner, agent=text)


def _full_handoff(**values: Any) -> HandoffSpec:  # whatever its fields give
    """`return` is no name that a field of a Python class can have."""
    return HandoffSpec(returns=values.pop("return", None), **values)


def _instructions(node: nodes.Node, owner: nodes.Scalar | None, text: str) -> InstructionsSpec:
    return InstructionsSpec(node=node, owner=owner, text=text)


def _var(node: nodes.Node, owner: nodes.Scalar | None, text: str) -> VarSpec:
    return VarSpec(node=node, owner=owner, text=text)


HANDOFF: Either[HandoffSpec] = Either(
    Written(_text, _handoff),
    Record(
        "handoff",
        _full_handoff,
        (
            Field("agent", _text, "Key of the agent that takes over.", required=True),
            Field("when", _text, "When to hand over; goes into the tool's description."),
            Field(
                "tool_name",
                Text(
                    pattern=TOOL_NAME,
                    rule="bad-tool-name",
                    expects="ASCII letters, digits, '_' and '-', at most 64",
                ),
                "Name of the tool, instead of `transfer_to_<key>`.",
            ),
            Field(
                "description", _text, "What the model reads, instead of the target's name and description."
            ),
            Field(
                "enabled", Truth(), "`false` keeps the handoff in the file and out of the run.", default=True
            ),
            Field(
                "input",
                JsonSchema(of_object=True),
                "A JSON Schema of what the model must hand over with, or `{file: path}` of one.",
            ),
            Field(
                "history",
                Choice("full", "no_tools", "summary", "last_message"),
                "What the agent that takes over sees of the conversation before.",
                default="full",
            ),
            Field(
                "return",
                Truth(),
                "`true`: its answer, and control with it, come back to the agent that hands over.",
                default=False,
            ),
        ),
    ),
)

OUTPUT: Record[OutputSpec] = Record(
    "output",
    OutputSpec,
    (
        Field(
            "schema",
            JsonSchema(),
            "A JSON Schema that every answer fits, or `{file: path}` of one.",
            required=True,
        ),
    ),
    noun="a map with schema",
)

AGENT: Record[AgentSpec] = Record(
    "agent",
    AgentSpec,
    (
        Field("name", _text, "The name that models and people see; the key where it is missing."),
        Field("description", _text, "What other agents are told about it; `{{ name }}` inserts a variable."),
        Field(
            "instructions",
            Either(
                Written(_text, _instructions),
                Record(
                    "instructions",
                    InstructionsSpec,
                    (Field("file", _text, "A text file under the team file's folder.", required=True),),
                ),
            ),
            "What the agent is told; `{{ name }}` inserts a variable.",
            required=True,
        ),
        Field("model", MODEL, "An alias of `models`, a model id, or a mapping that says which."),
        Field("provider", PROVIDER_NAME, "The provider that serves the model id."),
        Field(
            "settings",
            SETTINGS,
            "Settings of this agent's calls; they win over the alias's and the defaults'.",
        ),
        Field("fallback", BACKUPS, "Aliases to try after its own model; replaces the defaults' list."),
        Field("handoffs", ListOf(HANDOFF), "Agents that it may hand the conversation to."),
        Field("output", OUTPUT, "What its answers must be, where not plain text."),
        Field("guardrails", GUARDS, "What is checked before it reads and before it is heard."),
        Field("tools", ListOf(AGENT_TOOL), "What it may call: names of `tools`, and other agents."),
        Field("tool_use", TOOL_USE, "What follows a tool's answer; `run_again` where it is missing."),
    ),
)

_endpoint: Record[ProviderSpec] = Record(
    "provider",
    ProviderSpec,
    (
        Field("base_url", _text, "Another OpenAI-compatible endpoint; it never gets the Sahara key."),
        Field(
            "api_key_env",
            Text(
                pattern=VARIABLE,
                rule="bad-key-variable",
                expects="the name of a variable, never a key itself",
                may_be_secret=True,
            ),
            "The variable that holds the endpoint's key; without it no credential is sent.",
        ),
        Field(
            "max_concurrency",
            Whole(1, 10_000),
            "Calls that may be under way at once, in all runs and threads of the team; waiting runs take turns.",
        ),
        Field(
            "history",
            Choice("full", "no_tools"),
            "`no_tools`: an agent without tools gets a history without tool messages.",
            default="full",
        ),
        Field("strict_tools", Truth(), "`false` sends tools without `strict`.", default=True),
        Field("include_usage", Truth(), "`false` does not ask streams for their usage.", default=True),
        STRUCTURED_OUTPUT,
    ),
)

_defaults: Record[DefaultsSpec] = Record(
    "defaults",
    DefaultsSpec,
    (
        Field("model", MODEL, "The model of agents that name none."),
        Field("provider", PROVIDER_NAME, "The provider of model ids that name none."),
        Field("settings", SETTINGS, "Settings of every call."),
        Field("fallback", BACKUPS, "Aliases to try after the own model of each agent."),
        Field("guardrails", GUARDS, "What is checked for each agent; its own list replaces this one."),
    ),
)

_BODY = (
    Field("name", _text, "Name of the team; the file's name where it is missing."),
    Field("description", _text, "What the team is for."),
    Field(
        "entry",
        _text,
        "Key of the agent, or the workflow, that gets the message; may be missing where there is one agent.",
    ),
    Field(
        "vars",
        MapOf(Written(Plain(), _var), ChosenKey()),
        "Variables for `{{ name }}`; `${NAME}` reads the environment.",
    ),
    Field("providers", MapOf(_endpoint, ProviderKey()), "Endpoints beside the gateway's compute providers."),
    Field("models", MapOf(ALIAS, ChosenKey()), "Aliases: short names for a model of a provider."),
    Field("defaults", _defaults, "What holds for every agent that does not say otherwise."),
    Field("agents", MapOf(AGENT, ChosenKey(), least=1), "The agents by key.", required=True),
    Field(
        "guardrails",
        MapOf(GUARDRAIL, ChosenKey()),
        "Rules for texts, named once; `guardrails` of an agent says where each holds.",
    ),
    Field("tools", MapOf(TOOL, ChosenKey()), "Tools by key; `tools` of an agent says who may call which."),
    Field("budget", BUDGET, "What one run may spend, and what happens where it has."),
    Field("session", SESSION, "Where conversations are kept, and how much of each."),
    Field(
        "workflows",
        MapOf(WORKFLOW, ChosenKey()),
        "Fixed orders of agents, by key; each may be the `entry`, or a step of another.",
    ),
    Field("tracing", TRACING, "Where the trace of each run goes, and how much it tells."),
)

_LATER = ("tests",)

_version = Field("version", Whole(1, 1, rule="unsupported-version"), "Version of the format.", default=1)

PROFILE: Record[TeamSpec] = Record("profile", TeamSpec, _BODY, later=_LATER)
"""A layer that is merged over the file."""


class _Layer:
    """A profile: nothing in it is required, because the file completes it."""

    noun = "a map"

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> TeamSpec | None:
        """The layer."""
        return PROFILE.read(node, owner, reading.partial())

    def draw(self, drawing: Drawing) -> Drawn:
        """The layer's own schema."""
        return PROFILE.draw(drawing.partial())


TEAM: Record[TeamSpec] = Record(
    "team",
    TeamSpec,
    (
        _version,
        *_BODY[:3],
        Field(
            "include",
            ListOf(_text, least=1, most=50),
            "Files to merge, under this file's folder; this file wins.",
        ),
        *_BODY[3:],
        Field(
            "profiles",
            MapOf(_Layer(), ChosenKey(), most=MOST_PROFILES),
            "Layers by name; `--profile NAME` merges one over the file.",
        ),
    ),
    later=_LATER,
)


def read_tree(tree: nodes.Node, report: Report, *, is_partial: bool = False) -> TeamSpec | None:
    """The team as written; `is_partial` for a layer that others complete. None where it is no map at all."""
    known = {
        "provider": (*PROVIDERS, *_keys(tree, "providers")),
        "model": (*MODELS, *_keys(tree, "models")),
    }
    return TEAM.read(tree, None, Reading(report, is_partial=is_partial, known=known))


def _keys(tree: nodes.Node, name: str) -> tuple[str, ...]:
    part = tree.get(name) if isinstance(tree, nodes.Mapping) else None
    return tuple(part.values) if isinstance(part, nodes.Mapping) else ()
