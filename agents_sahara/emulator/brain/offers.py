"""The tools of a request: which of them are handoffs to other agents, and what they say of those agents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from agents_sahara.emulator.brain.conversation import items
from agents_sahara.emulator.brain.expression import Expression
from agents_sahara.emulator.brain.text import capped, fold
from agents_sahara.types import Json, JsonObject

_STANDARD = Expression(
    r"^\s*hand(?:s|ing)?(?:[\s-]?off| (?:the|this) \w+ (?:over|off)| (?:over|off) (?:the|this) \w+)"
    r" to (?:the )?(?P<name>.+?)(?:"
    r" agent to handle the request\.|\.(?=\s|$)|(?=: )|(?=\n)|$)(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_HANDOFF_NAME = Expression(
    r"^(transfer|hand_?off|handover|hand_over|delegate|escalate|forward|route|redirect|switch|connect"
    r"|pass)_?(me_)?(to|_)_?",
    re.IGNORECASE,
)
_HANDOFF_WORDS = Expression(
    r"\b(hand(s|ing)?[ -]?(off|over)|transfers? (the |this |control|conversation|user|customer|call|to)"
    r"|delegates? (the |this |to)|pass(es)? (the |control|to|on to)|escalates? (the |this |to)"
    r"|forwards? (the |this |to)|routes? (the |this |to)|connects? (the )?(user|customer|caller|client)"
    r"|redirects? (the |this |to)|switch(es)? to (the )?\w+ agent|send(s)? (the )?(user|customer"
    r"|conversation) to"
    r"|takes over|let .{1,40} (handle|take over)|agent to handle"
    r"|transfier|transferir|deriva|pasa (la|el|al)|transfer[ei]|passe la main|redirige|oriente vers|confie"
    r"|ubergib|ubergabe|ubergeben|weiterleit|leitet .{0,30}weiter|verbindet|trasferisc|passa (la|il|a)|smista"
    r"|encaminha|repassa|passa (o|a)\b)",
)


_NO_INPUT: JsonObject = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
"""What the Agents SDK says of a handoff that takes nothing; the schemas of its functions have a title as well
(openai-agents 0.24, checked 2026-11-22)."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """An offered handoff, and what is known of the agent behind it."""

    tool: str
    key: str
    """The tool's name without `transfer_to_`."""
    agent: str
    """The agent's name; the key in words where the description does not say it."""
    about: str
    """The description without the name."""
    schema: JsonObject


@dataclass(frozen=True, slots=True)
class Function:
    """An offered tool that is no handoff."""

    tool: str
    about: str
    schema: JsonObject


@dataclass(frozen=True, slots=True)
class Offers:
    """Everything that a request offers, in its order."""

    handoffs: tuple[Handoff, ...]
    functions: tuple[Function, ...]

    @property
    def schemas(self) -> dict[str, JsonObject]:
        """The parameters of every offered tool by its name, functions first."""
        return {offer.tool: offer.schema for offer in self.functions} | {
            offer.tool: offer.schema for offer in self.handoffs
        }


def read_offers(body: JsonObject) -> Offers:
    """The offers of a request body; tools that are malformed are not offered."""
    handoffs: list[Handoff] = []
    functions: list[Function] = []
    for tool in items(body.get("tools")):
        function = tool.get("function")
        if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
            continue
        offer = _read_offer(str(function["name"]), _string(function.get("description")), function)
        if isinstance(offer, Handoff):
            handoffs.append(offer)
        else:
            functions.append(offer)
    return Offers(tuple(handoffs), tuple(functions))


def _read_offer(name: str, description: str, function: JsonObject) -> Handoff | Function:
    parameters = function.get("parameters")
    schema: JsonObject = parameters if isinstance(parameters, Mapping) else {}
    standard = _STANDARD.match(description)
    key = _HANDOFF_NAME.sub("", name) or name
    needs_nothing = not schema.get("required")
    if standard:
        return Handoff(name, key, _clean_name(standard["name"]), standard["rest"].strip(), schema)
    looks_so = (
        _HANDOFF_NAME.match(name) or _HANDOFF_WORDS.search(fold(description)) or dict(schema) == _NO_INPUT
    )
    if needs_nothing and looks_so:
        return Handoff(name, key, _spaced(key), description, schema)
    return Function(name, description, schema)


def _clean_name(name: str) -> str:
    stripped = name.strip().strip("\"'`*")
    return stripped[:200]


def _spaced(key: str) -> str:
    return re.sub(r"[_\-\s]+", " ", key).strip()


def _string(value: Json) -> str:
    return capped(value) if isinstance(value, str) else ""
