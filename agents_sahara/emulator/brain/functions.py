"""Which function tool the message is for, if its arguments can be read from the message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents_sahara.emulator.brain.answers import without_small_talk
from agents_sahara.emulator.brain.arguments import arguments_for
from agents_sahara.emulator.brain.conversation import Conversation
from agents_sahara.emulator.brain.offers import Function
from agents_sahara.emulator.brain.reply import ToolCall
from agents_sahara.emulator.brain.topics import THRESHOLD, profile_of, rarities, score, terms_of


def choose_function(conversation: Conversation, functions: Sequence[Function]) -> ToolCall | None:
    """A call of the tool that fits the message best and was not called for it yet; None where none fits."""
    profiles = [profile_of(_title(function), function.about) for function in functions]
    terms = terms_of(without_small_talk(conversation.message))
    rarity = rarities(profiles)
    ranked = sorted(
        ((score(terms, profile, rarity), -index) for index, profile in enumerate(profiles)), reverse=True
    )
    for fit, index in ranked:
        function = functions[-index]
        if fit < THRESHOLD:
            break
        if function.tool in conversation.called:
            return None
        arguments = arguments_for(function.schema, conversation.message)
        if arguments is not None:
            return ToolCall(function.tool, arguments)
    return None


def _title(function: Function) -> str:
    """The tool's name and those of its arguments, in words."""
    properties = function.schema.get("properties")
    names = list(properties)[:20] if isinstance(properties, Mapping) else []
    return " ".join([function.tool, *names]).replace("_", " ").replace("-", " ")
