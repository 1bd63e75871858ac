"""Decide one model call: call a tool, hand the conversation on, or answer.

The first rule that fits wins, in the order of `decide`. The reason names the rule.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from agents_sahara.emulator.brain.answers import Speaker, answer
from agents_sahara.emulator.brain.arguments import forced_arguments
from agents_sahara.emulator.brain.conversation import Conversation, read_conversation
from agents_sahara.emulator.brain.functions import choose_function
from agents_sahara.emulator.brain.identify import language_of
from agents_sahara.emulator.brain.languages.all_languages import LANGUAGES
from agents_sahara.emulator.brain.offers import Offers, read_offers
from agents_sahara.emulator.brain.persona import name_in
from agents_sahara.emulator.brain.reply import Reply, ToolCall
from agents_sahara.emulator.brain.routing import Situation, choose, situation_of
from agents_sahara.emulator.brain.schema import schema_in, smallest
from agents_sahara.types import Json, JsonObject


def decide(body: JsonObject) -> Reply:
    """The simulator's reply to one chat.completions request; the same reply for the same request, always."""
    conversation = read_conversation(body)
    offers = read_offers(body)
    situation = situation_of(conversation, offers.handoffs)
    choice = body.get("tool_choice")
    if choice != "none" and (call := _call(choice, situation, offers)):
        return call
    shaped = _shaped(body.get("response_format"), schema_in(conversation.instructions))
    return shaped or _answer(situation, offers)


def _call(choice: Json, situation: Situation, offers: Offers) -> Reply | None:
    """The tool to call: the one that is asked for, else the one that fits, else any where one is required."""
    if named := _named(choice):
        return _forced(named, situation.conversation, offers, "tool-choice:named")
    if fitting := choose(situation, offers.handoffs):
        return _handed_off(fitting.tool, fitting.reason, situation.conversation, offers)
    if wanted := choose_function(situation.conversation, offers.functions):
        return Reply(None, (wanted,), f"function:{wanted.name}")
    if choice == "required":
        names = list(offers.schemas)
        fresh = [name for name in names if name not in situation.conversation.called]
        if names:
            return _forced((fresh or names)[0], situation.conversation, offers, "tool-choice:required")
    return None


def _named(choice: Json) -> str | None:
    function = choice.get("function") if isinstance(choice, Mapping) else None
    name = function.get("name") if isinstance(function, Mapping) else None
    return name if isinstance(name, str) else None


def _forced(name: str, conversation: Conversation, offers: Offers, reason: str) -> Reply | None:
    """A call of the tool `name`, whether it fits or not; nothing where it is not offered."""
    schema = offers.schemas.get(name)
    if schema is None:
        return None
    return Reply(None, (ToolCall(name, forced_arguments(schema, conversation.message)),), reason)


def _handed_off(tool: str, reason: str, conversation: Conversation, offers: Offers) -> Reply:
    schema = offers.schemas[tool]
    arguments = forced_arguments(schema, conversation.message) if schema.get("required") else {}
    return Reply(None, (ToolCall(tool, arguments),), reason)


def _shaped(response_format: Json, told: JsonObject | None) -> Reply | None:
    """The smallest value of the shape that is asked for, by the request or in the words of the instructions."""
    form = response_format if isinstance(response_format, Mapping) else {}
    described = form.get("json_schema")
    if form.get("type") == "json_schema" and isinstance(described, Mapping):
        return _smallest(described.get("schema"), "shape:json-schema")
    if told is not None:
        return _smallest(told, "shape:told")
    return Reply("{}", (), "shape:json-object") if form.get("type") == "json_object" else None


def _smallest(schema: Json, reason: str) -> Reply:
    return Reply(json.dumps(smallest(schema), ensure_ascii=False), (), reason)


def _answer(situation: Situation, offers: Offers) -> Reply:
    conversation = situation.conversation
    speaker = Speaker(name_in(conversation.instructions), conversation.agent_name, _reply_language(situation))
    text, kind = answer(speaker, conversation, offers.handoffs)
    return Reply(text, (), f"answer:{kind}")


def _reply_language(situation: Situation) -> str:
    """The language that the agent is told to speak, else that of the message, else that of its instructions."""
    told = [code for code in situation.told if code in LANGUAGES]
    if told:
        return situation.language if situation.language in told else told[0]
    if situation.language in LANGUAGES:
        return situation.language
    instructions = situation.conversation.instructions
    found = language_of(instructions, {"en"}) if instructions and situation.language is None else None
    return found if found in LANGUAGES else "en"
