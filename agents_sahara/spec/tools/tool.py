"""An entry of `tools`, an item of an agent's `tools`, and `tool_use`: put together from all kinds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from agents_sahara.source import nodes
from agents_sahara.spec.approvals import APPROVAL
from agents_sahara.spec.containers import Apart, Either, Field, ListOf, Record
from agents_sahara.spec.durations import Duration
from agents_sahara.spec.guardrails import GUARDS
from agents_sahara.spec.names import TOOL_NAME
from agents_sahara.spec.shapes import Choice, Text, Whole, Written
from agents_sahara.spec.tools.agent import AGENT
from agents_sahara.spec.tools.all_kinds import KINDS
from agents_sahara.spec.values import ToolRefSpec, ToolSpec, ToolUseSpec

MOST_RESULT = 1_000_000
"""Characters of a result; a model's whole window rarely holds more."""

EVERY_KIND = (
    Field(
        "tool_name",
        Text(
            pattern=TOOL_NAME,
            rule="bad-tool-name",
            expects="ASCII letters, digits, '_' and '-', at most 64",
        ),
        "The name that models see, instead of the key.",
    ),
    Field("description", Text(), "What the model reads about it, instead of what the tool says itself."),
    Field("timeout", Duration(), "Most time of one call; 30s where it is missing."),
    Field(
        "max_chars",
        Whole(100, MOST_RESULT),
        "Most characters of a result that a model gets; the rest is cut off, and the model is told.",
        default=20_000,
    ),
    Field(
        "approval",
        APPROVAL,
        "Whether a person must allow a call before it is made: `always`, `never`, or what it depends on.",
        default="never",
    ),
    Field("guardrails", GUARDS, "What is checked of a call before it is made, and of its answer."),
)
"""Keys that stand beside any kind."""


def _apart() -> Iterator[Apart]:
    """Kinds exclude each other, and the keys of one kind exclude all other kinds."""
    for first, second in combinations(KINDS, 2):
        yield Apart(first.name, second.name, "keep one: a tool is of one kind")
    for owner in KINDS:
        for field in owner.beside:
            mend = f"remove it: `{field.name}` belongs to `{owner.name}`"
            yield from (Apart(kind.name, field.name, mend) for kind in KINDS if kind is not owner)
        yield from (Apart(owner.name, name, mend) for name, mend in owner.without.items())


TOOL: Record[ToolSpec] = Record(
    "tool",
    ToolSpec,
    (*(field for kind in KINDS for field in (kind.key, *kind.beside)), *EVERY_KIND),
    one_of=tuple(kind.name for kind in KINDS),
    apart=tuple(_apart()),
)
"""An entry of `tools`."""


def _reference(node: nodes.Node, owner: nodes.Scalar | None, text: str) -> ToolRefSpec:
    return ToolRefSpec(node=node, owner=owner, tool=text)


def _word(node: nodes.Node, owner: nodes.Scalar | None, text: str) -> ToolUseSpec:
    return ToolUseSpec(node=node, owner=owner, word=text)


_named = Written(Text(), _reference)

_asked: Record[ToolSpec] = Record(
    "asked_agent",
    ToolSpec,
    (Field("agent", Text(), AGENT.key.doc, required=True), *EVERY_KIND),
    item="a tool in this list",
)

AGENT_TOOL: Either[ToolRefSpec | ToolSpec] = Either(_named, _asked)
"""An item of an agent's `tools`."""

TOOL_USE: Either[ToolUseSpec] = Either(
    Written(Choice("run_again", "stop_on_first"), _word),
    Record(
        "tool_use",
        ToolUseSpec,
        (
            Field(
                "stop_at",
                ListOf(_named, least=1),
                "Tools, as the agent's `tools` name them, whose answer ends the turn.",
                required=True,
            ),
        ),
    ),
)
"""`tool_use` of an agent."""
