"""The teams that both sides run: the API documentation's triage, and trees of any size.

Plain text and plain values; knows neither side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

KEY = "sk-bench-0123456789abcdef"
"""A dummy: the bench gateway never looks at it."""

MESSAGE = "Hola, ¿Cómo te llamas?"

TOLD = "Handoff to the appropriate agent based on the language of the request."
"""What the triage agent is told."""

SPECIALISTS = {
    "spanish": "You only speak Spanish. Your name is James",
    "english": "You only speak English. Your name is Jesse",
}
"""What each specialist is told."""

TRIAGE = """\
version: 1
name: language-triage
entry: triage
agents:
  triage:
    name: Triage agent
    instructions: Handoff to the appropriate agent based on the language of the request.
    model: gpt-4o
    provider: openai
    handoffs: [spanish, english]
  spanish:
    name: Spanish agent
    description: Speaks Spanish
    instructions: You only speak Spanish. Your name is James
    model: deepseek-ai/DeepSeek-V3
    provider: together
  english:
    name: English agent
    description: Speaks English
    instructions: You only speak English. Your name is Jesse
    model: deepseek-ai/DeepSeek-V3
    provider: together
"""
"""The multi-agent sample of the Sahara API documentation as a team file."""

_PAIRS = (
    ("together", "deepseek-ai/DeepSeek-V3"),
    ("lepton", "llama3-3-70b"),
    ("predibase", "llama-3-8b"),
    ("sagemaker", "llama3-1-8b"),
    ("bedrock", "llama3-3-70b"),
)
_FAN_OUT = 10


@dataclass(frozen=True, slots=True)
class Desk:
    """One agent of a tree."""

    key: str
    name: str
    description: str
    instructions: str
    provider: str
    model: str
    handoffs: tuple[str, ...]


def crowd(size: int) -> Iterator[Desk]:
    """Agents that nobody calls: the English agent may hand off to each, so the graph holds them."""
    for number in range(size):
        yield Desk(
            f"extra{number}",
            f"Extra agent {number}",
            f"Knows subject {number}",
            f"You know all about subject {number}, and nothing else.",
            *_PAIRS[0],
            (),
        )


def triage(extra_agents: int = 0) -> str:
    """The documentation's triage, with this many more agents behind the English one."""
    if not extra_agents:
        return TRIAGE
    desks = tuple(crowd(extra_agents))
    handoffs = ", ".join(desk.key for desk in desks)
    return TRIAGE + f"    handoffs: [{handoffs}]\n" + "".join(map(_entry, desks))


def tree(size: int) -> Iterator[Desk]:
    """A team in which each agent may hand off to ten below it; six providers."""
    for number in range(size):
        below = range(number * _FAN_OUT + 1, min(size, number * _FAN_OUT + 1 + _FAN_OUT))
        provider, model = _PAIRS[number % len(_PAIRS)] if number else ("openai", "gpt-4o")
        yield Desk(
            key=f"desk{number}",
            name=f"Desk {number}",
            description=f"Handles cases of kind {number}",
            instructions=f"You run desk {number}. Answer questions of kind {number}; hand all others on.",
            provider=provider,
            model=model,
            handoffs=tuple(f"desk{child}" for child in below),
        )


def as_yaml(desks: Iterator[Desk], entry: str) -> str:
    """A team file of these agents."""
    return f"version: 1\nname: tree\nentry: {entry}\nagents:\n" + "".join(map(_entry, desks))


def _entry(desk: Desk) -> str:
    lines = (
        f"  {desk.key}:",
        f"    name: {desk.name}",
        f"    description: {desk.description}",
        f"    instructions: {desk.instructions}",
        f"    provider: {desk.provider}",
        f"    model: {desk.model}",
        *([f"    handoffs: [{', '.join(desk.handoffs)}]"] if desk.handoffs else []),
    )
    return "\n".join(lines) + "\n"


def history(messages: int) -> list[dict[str, str]]:
    """So many earlier messages, user and assistant in turn, as the SDK takes them."""
    texts = ("user", "¿Y qué tal el tiempo hoy?"), ("assistant", "Hace sol y no hay viento.")
    return [
        {"role": role, "content": f"{text} ({number})"}
        for number in range(messages)
        for role, text in [texts[number % 2]]
    ]
