"""Decide one model call: call a tool, hand the conversation on, or answer.

The first rule that fits wins, in the order of `decide`. The reason names the rule.
"""

from __future__ import annotations

from agents_sahara.emulator.brain.answers import Speaker, answer
from agents_sahara.emulator.brain.conversation import read_conversation
from agents_sahara.emulator.brain.languages.all_languages import LANGUAGES
from agents_sahara.emulator.brain.offers import read_offers
from agents_sahara.emulator.brain.persona import name_in
from agents_sahara.emulator.brain.reply import Reply, ToolCall
from agents_sahara.emulator.brain.routing import choose, situation_of
from agents_sahara.types import JsonObject


def decide(body: JsonObject) -> Reply:
    """The simulator's reply to one chat.completions request; the same reply for the same request, always."""
    conversation = read_conversation(body)
    offers = read_offers(body)
    situation = situation_of(conversation, offers.handoffs)
    if body.get("tool_choice") != "none" and (choice := choose(situation, offers.handoffs)):
        return Reply(None, (ToolCall(choice.tool, {}),), choice.reason)
    language = situation.language or "en"
    if situation.own and language not in situation.own:
        language = situation.own[0]
    name = name_in(conversation.instructions) or conversation.agent_name
    speaker = Speaker(name, language if language in LANGUAGES else "en")
    text, kind = answer(speaker, conversation, offers.handoffs)
    return Reply(text, (), f"answer:{kind}")
