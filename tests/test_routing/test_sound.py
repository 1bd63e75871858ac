"""Histories of every odd shape reach lenient and strict providers in a form that they take, and nothing is lost.

What goes out is judged by the local gateway and by `tests.wellformed`, which share no code with what mends it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents_sahara.emulator.chat_messages import check_messages
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.refusals import RefusalError
from agents_sahara.emulator.script import Fail, Rule, Say, When
from agents_sahara.emulator.strictness import check_strictly
from agents_sahara.errors import BadRequestError
from agents_sahara.events import RunFinished, RunResult
from agents_sahara.graph.values import AgentGraph, ModelTarget
from agents_sahara.routing.call_ids import with_short_ids
from agents_sahara.routing.history import Message
from agents_sahara.routing.sound import sound
from agents_sahara.routing.traits import without_thoughts
from agents_sahara.routing.turn_taking import taking_turns
from tests.teams import edge, graph, node
from tests.test_runner.runs import team_on
from tests.wellformed import problems

LENIENT, STRICT = ModelTarget("openai", "gpt-4o"), ModelTarget("bedrock", "claude")


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def said(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def spoke(*parts: dict[str, Any]) -> dict[str, Any]:
    """A message as a model gave it."""
    content = [{"annotations": [], **part} for part in parts]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": content,
    }


def text(words: str) -> dict[str, Any]:
    return {"type": "output_text", "text": words}


def call(id_: str, name: str = "lookup", arguments: str = '{"order": 7}') -> dict[str, Any]:
    return {"type": "function_call", "call_id": id_, "name": name, "arguments": arguments}


def out(id_: str, output: Any = "forty-two") -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": id_, "output": output}


def thought(words: str, model: str = "deepseek-ai/DeepSeek-R1") -> dict[str, Any]:
    return {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": words}],
        "provider_data": {"model": model},
    }


LONG = "call_" + "x" * 60
PICTURE = {"type": "input_image", "image_url": "data:image/png;base64,AA=="}
SHAPES: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "as it should be": (
        [user("Hi"), call("c1"), out("c1"), said("It is 42."), user("Thanks")],
        ["forty-two"],
    ),
    "text between a call and its answer": (
        [
            user("Hi"),
            spoke(text("First.")),
            call("c1"),
            spoke(text("Wait.")),
            out("c1"),
            user("So?"),
        ],
        ["First.", "Wait.", "forty-two", "So?"],
    ),
    "the user between a call and its answer": (
        [user("Hi"), call("c1"), user("Hurry"), out("c1"), user("So?")],
        ["Hurry", "forty-two", "So?"],
    ),
    "an answer before its call": ([user("Hi"), out("c1"), call("c1"), user("So?")], ["forty-two", "So?"]),
    "an answer to nothing": ([user("Hi"), out("c9", "stray words"), user("So?")], ["stray words", "So?"]),
    "an answer to nothing among others": (
        [user("Hi"), call("c1"), out("c9", "stray words"), out("c1"), user("So?")],
        ["stray words", "forty-two"],
    ),
    "no answer": ([user("Hi"), call("c1"), user("So?")], ["lookup", "So?"]),
    "one of two answers": (
        [user("Hi"), call("c1"), call("c2", "weigh"), out("c2", "three kilos"), user("So?")],
        ["lookup", "weigh", "three kilos"],
    ),
    "a call at the end": ([user("Hi"), call("c1")], ["lookup"]),
    "two answers to one call": (
        [user("Hi"), call("c1"), out("c1"), out("c1", "forty-three"), user("So?")],
        ["forty-two", "forty-three"],
    ),
    "the same answer twice": ([user("Hi"), call("c1"), out("c1"), out("c1"), user("So?")], ["forty-two"]),
    "one id for two calls of an answer": (
        [
            user("Hi"),
            call("c1"),
            call("c1", "weigh"),
            out("c1"),
            out("c1", "three kilos"),
            user("So?"),
        ],
        ["forty-two", "three kilos"],
    ),
    "one id for calls of two answers": (
        [
            user("Hi"),
            call("call_0"),
            out("call_0"),
            said("Well."),
            call("call_0"),
            out("call_0", "forty-three"),
            user("So?"),
        ],
        ["forty-two", "forty-three"],
    ),
    "an empty id": ([user("Hi"), call(""), out(""), user("So?")], ["forty-two"]),
    "a long id": ([user("Hi"), call(LONG), out(LONG), user("So?")], ["forty-two"]),
    "an id of odd characters": (
        [user("Hi"), call("fn:ä/1 💥"), out("fn:ä/1 💥"), user("So?")],
        ["forty-two"],
    ),
    "a handoff among calls": (
        [
            user("Hi"),
            call("c1"),
            call("h1", "transfer_to_b", "{}"),
            out("h1", '{"assistant": "B"}'),
            out("c1"),
            user("So?"),
        ],
        ["forty-two", "So?"],
    ),
    "two handoffs in one answer": (
        [
            user("Hi"),
            call("h1", "transfer_to_b", "{}"),
            call("h2", "transfer_to_b", "{}"),
            out("h2", "Multiple handoffs detected, ignoring this one."),
            out("h1", '{"assistant": "B"}'),
            user("So?"),
        ],
        ["So?"],
    ),
    "a name that no tool has": (
        [user("Hi"), call("c1", "búsqueda.de/<x>"), out("c1", "no such tool"), user("So?")],
        ["no such tool"],
    ),
    "a name that is too long": ([user("Hi"), call("c1", "n" * 300), out("c1"), user("So?")], ["forty-two"]),
    "arguments that are no object": (
        [
            user("Hi"),
            call("c1", arguments="null"),
            out("c1"),
            call("c2", arguments="order seven"),
            out("c2", "forty-three"),
            user("So?"),
        ],
        ["forty-two", "order seven", "forty-three"],
    ),
    "the assistant twice": ([user("Hi"), said("One."), said("Two."), user("So?")], ["One.", "Two."]),
    "the user twice": ([user("Hi"), user("Still there?"), user("So?")], ["Hi", "Still there?", "So?"]),
    "empty texts": ([user("Hi"), said(""), user("   "), said("Fine."), user("So?")], ["Hi", "Fine.", "So?"]),
    "an empty text beside a call": (
        [user("Hi"), spoke(text("")), call("c1"), out("c1"), user("So?")],
        ["forty-two"],
    ),
    "an empty answer of a tool": ([user("Hi"), call("c1"), out("c1", ""), user("So?")], ["lookup", "So?"]),
    "the system in the middle": (
        [user("Hi"), {"role": "system", "content": "Speak French."}, user("So?")],
        ["Speak French.", "Hi", "So?"],
    ),
    "a developer": (
        [{"role": "developer", "content": "Speak French."}, user("So?")],
        ["Speak French.", "So?"],
    ),
    "the assistant last": ([user("Hi"), said("Once upon a time")], ["Once upon a time"]),
    "the assistant first": ([said("Welcome!"), user("So?")], ["Welcome!", "So?"]),
    "a refusal": (
        [user("Hi"), spoke({"type": "refusal", "refusal": "I will not."}), user("So?")],
        ["I will not.", "So?"],
    ),
    "a thought alone": ([user("Hi"), thought("Let me think."), user("So?")], ["Hi", "So?"]),
    "a thought before a call": (
        [user("Hi"), thought("Let me think."), call("c1"), out("c1"), user("So?")],
        ["forty-two"],
    ),
    "parts of text": (
        [user([{"type": "input_text", "text": "One."}, {"type": "input_text", "text": "Two."}]), user("So?")],
        ["One.", "Two.", "So?"],
    ),
    "parts of a tool's answer": (
        [
            user("Hi"),
            call("c1"),
            out("c1", [{"type": "input_text", "text": "forty-two"}]),
            user("So?"),
        ],
        ["forty-two"],
    ),
    "pictures as the answer of a tool": (
        [
            user("Hi"),
            call("c1"),
            call("c2"),
            out("c1", [{"type": "input_text", "text": "forty-two"}, PICTURE]),
            out("c2", [PICTURE, {"type": "input_file", "file_data": "AA==", "filename": "a.pdf"}]),
            user("So?"),
        ],
        ["forty-two", "[a picture, which cannot be shown here]", "[a file, which cannot be shown here]"],
    ),
    "an answer in parts to nothing": (
        [user("Hi"), out("c9", [{"type": "input_text", "text": "stray words"}]), user("So?")],
        ["stray words"],
    ),
}
"""What a caller, a store or another runner may hand us; and what of it the model must still be told.

A call between models that think and models that do not, a thought without what followed it, and answers without their
calls are the shapes of github.com/openai/openai-agents-python/issues/569, 2503 and 722 (checked 2026-11-28).
"""


@pytest.fixture(scope="module")
def server() -> Iterator[LocalGateway]:
    pairs = [("bedrock", "claude"), ("together", "deepseek-r1"), ("lepton", "deepseek-r1")]
    with LocalGateway(pairs=pairs, strict=["bedrock", "lepton"]) as running:
        yield running


@pytest.fixture
def gateway(server: LocalGateway) -> LocalGateway:
    server.calls.clear()
    server.script([Rule(Say("Heard."))])
    return server


def _asked(
    gateway: LocalGateway, made: AgentGraph, items: list[dict[str, Any]], way: str = "run"
) -> tuple[RunResult, Any]:
    """What came of it, and the request that was answered."""

    async def go() -> RunResult:
        async with team_on(gateway, made) as team:
            if way == "run":
                return await team.run(items)
            last = [event async for event in team.stream(items)][-1]
            assert isinstance(last, RunFinished)
            return last.result

    result = asyncio.run(go())
    return result, gateway.calls[-1].body


def _desk(target: ModelTarget, *, has_tools: bool) -> AgentGraph:
    return graph(node("a", *([edge("b")] if has_tools else []), target=target), node("b"))


@pytest.mark.parametrize("has_tools", [True, False], ids=["with tools", "without tools"])
def test_any_history_is_taken_by_a_lenient_provider_at_once(gateway: LocalGateway, has_tools: bool) -> None:
    """Such a one takes a system message anywhere, an empty answer of a tool, and a text of its own to go on with."""
    accepted = ("instructions in the middle", "the assistant speaks last", "an empty message")

    async def go() -> None:
        async with team_on(gateway, _desk(LENIENT, has_tools=has_tools)) as team:
            for shape, (items, kept) in SHAPES.items():
                gateway.calls.clear()
                assert (await team.run(items)).output == "Heard.", shape
                [only] = gateway.calls
                body: Any = only.body
                found = [one for one in problems(body) if not one.endswith(accepted)]
                assert (shape, found) == (shape, [])
                _require_all(kept, body)

    asyncio.run(go())


@pytest.mark.parametrize(
    ("has_tools", "way"), [(True, "run"), (False, "stream")], ids=["with tools", "without tools"]
)
@pytest.mark.parametrize("shape", SHAPES)
def test_any_history_is_taken_by_the_strictest_provider_once_it_has_said_why_not(
    gateway: LocalGateway, shape: str, has_tools: bool, way: str
) -> None:
    items, kept = SHAPES[shape]
    result, body = _asked(gateway, _desk(STRICT, has_tools=has_tools), items, way)
    assert result.output == "Heard."
    assert result.attempts[-1].outcome == "answered"
    assert problems(body) == []
    _require_all(kept, body)


def _require_all(kept: list[str], body: Any) -> None:
    told = str(body["messages"])
    assert [words for words in kept if words not in told] == []


def test_what_a_provider_refuses_is_learned_once(gateway: LocalGateway) -> None:
    made = _desk(STRICT, has_tools=True)
    items = [*SHAPES["a long id"][0], user("again")]

    async def go() -> list[int]:
        async with team_on(gateway, made) as team:
            return [len((await team.run(items)).attempts) for _ in range(3)]

    assert asyncio.run(go()) == [3, 1, 1]


def test_a_refusal_that_nothing_mends_is_told(gateway: LocalGateway) -> None:
    gateway.script([Rule(Fail(400, {"error": {"message": "conversation roles must alternate"}}))])
    with pytest.raises(BadRequestError, match="must alternate"):
        _asked(gateway, graph(node("a", target=LENIENT)), [user("Hi"), user("So?")])
    assert len(gateway.calls) == 2


def test_what_one_model_thought_goes_to_no_other(gateway: LocalGateway) -> None:
    """openai-agents-python issue 569: what a reasoning model adds is refused by a general one."""
    thinker = ModelTarget("together", "deepseek-r1")
    made = graph(replace(node("a", edge("b"), target=thinker), backups=(LENIENT,)), node("b"))
    gateway.script([Rule(Fail(500), When(provider="together")), Rule(Say("Heard."))])
    items = [user("Hi"), thought("Let me think.", "deepseek-r1"), call("c1"), out("c1"), user("So?")]
    result, body = _asked(gateway, made, items)
    first: Any = gateway.calls[0].body
    assert "Let me think." in str(first["messages"])
    assert result.attempts[-1].provider == "openai"
    assert "Let me think." not in str(body)
    assert "forty-two" in str(body)


def test_a_thought_goes_back_to_its_model_unless_the_provider_refuses_it(gateway: LocalGateway) -> None:
    items = [
        user("Hi"),
        thought("Let me think.", "deepseek-r1"),
        call("abcdefghi"),
        out("abcdefghi"),
        said("So?"),
    ]
    sent = {}
    for provider in ("together", "lepton"):
        target = ModelTarget(provider, "deepseek-r1")
        result, sent[provider] = _asked(gateway, _desk(target, has_tools=True), [*items, user("Well?")])
        assert result.attempts[-1].outcome == "answered"
    assert "Let me think." in str(sent["together"])
    assert "Let me think." not in str(sent["lepton"])
    assert sent["together"]["messages"][-1] == sent["lepton"]["messages"][-1]


def test_the_answer_of_a_handoff_without_its_call_says_nothing() -> None:
    handed = _answer("h1", '{"assistant": "Desk"}')
    assert sound([user("Hi"), handed, _answer("c9", "42")]) == [user("Hi"), user("[a tool returned: 42]")]


def test_a_sound_history_is_sent_as_it_is() -> None:
    messages: list[Message] = [
        {"role": "system", "content": "You are the desk."},
        user("Hi"),
        _calls("a", "b"),
        _answer("b"),
        _answer("a"),
        said("Well."),
        user([{"type": "text", "text": "See?"}, {"type": "image_url", "image_url": {"url": "data:,"}}]),
    ]
    assert sound(messages) is messages


def test_messages_without_anything_are_no_request() -> None:
    assert sound([user("")]) == [user("")]
    assert taking_turns([]) == []


def test_images_of_the_user_stay_where_words_are_joined() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:,"}}
    joined = taking_turns([user("Look:"), user([image]), user("Well?")])
    words = [{"type": "text", "text": "Look:"}, image, {"type": "text", "text": "Well?"}]
    assert joined == [user(words)]


def _calls(*ids: str, name: str = "lookup") -> Message:
    made = [{"id": id_, "type": "function", "function": {"name": name, "arguments": "{}"}} for id_ in ids]
    return {"role": "assistant", "content": None, "tool_calls": made}


def _answer(id_: str, content: str = "x") -> Message:
    return {"role": "tool", "tool_call_id": id_, "content": content}


IDS = st.sampled_from(["a", "b", "c", "", "call_0", LONG, "ö/ö"])
WORDS = st.sampled_from(["", " ", "one", "two", "three"])
MESSAGES: st.SearchStrategy[list[Message]] = st.lists(
    st.one_of(
        st.builds(user, WORDS),
        st.builds(said, WORDS),
        st.builds(lambda words: {"role": "system", "content": words}, WORDS),
        st.builds(lambda words: {"role": "developer", "content": words}, WORDS),
        st.builds(lambda words: {"role": "assistant", "refusal": words}, WORDS),
        st.builds(lambda words: {**said(words), "reasoning_content": "hm"}, WORDS),
        st.builds(
            lambda ids, name, words: {**_calls(*ids, name=name), "content": words},
            st.lists(IDS, min_size=1, max_size=3), st.sampled_from(["lookup", "to.desk", "ß" * 99]), WORDS,
        ),
        st.builds(_answer, IDS, WORDS),
    ),
    max_size=12,
)  # fmt: skip


@given(MESSAGES)
@settings(max_examples=300, deadline=None)
def test_whatever_comes_in_is_accepted_by_everybody_in_the_end(messages: list[Message]) -> None:
    given_ = [{"role": "system", "content": "You are the desk."}, user("Hi"), *messages]
    made = sound(given_)
    _require_accepted(made)
    assert sound(made) is made
    strictest = taking_turns(with_short_ids(without_thoughts(made)))
    _require_accepted(strictest)
    check_strictly(strictest, has_tools=True)
    assert problems({"messages": strictest}) == []
    told = str(strictest)
    for message in messages:
        content = message.get("content") or message.get("refusal") or ""
        assert content.strip() in told


def _require_accepted(messages: Any) -> None:
    try:
        check_messages(messages)
    except RefusalError as refusal:
        pytest.fail(f"{refusal.message} in {messages}")
