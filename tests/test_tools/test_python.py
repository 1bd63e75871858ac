"""`python` tools: which function is called, what the model reads of it, what comes of a call."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from pathlib import Path

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.errors import SpecError
from agents_sahara.loader import load_graph
from agents_sahara.runner.team import Team
from agents_sahara.settings import LOCAL_KEY, Settings
from agents_sahara.tools.context import ToolContext
from agents_sahara.tools.marking import ToolError, is_marked, tool
from agents_sahara.trust.consent import Consent
from tests.test_tools.teams import ONE_TOOL, Played, calling, play, write

SHOP = '''
import functools
from os import system
from textwrap import dedent
from pydantic import BaseModel
from agents_sahara import tool
from agents_sahara.tools.context import ToolContext
from agents_sahara.tools.marking import ToolError

class Line(BaseModel):
    article: str
    count: int = 1

@tool
def order(number: int, lines: list[Line], *, note: str = "none") -> dict:
    """Looks up an order.

    Args:
        number: The order's number.
        lines: What it holds.
    """
    return {"number": number, "first": lines[0].article, "kind": type(lines[0]).__name__, "note": note}

@tool
async def who(context: ToolContext, greeting: str, /) -> str:
    """Says who asks."""
    return f"{greeting} {context.agent} {context.tool} {bool(context.run_id)} {len(context.idempotency_key)}"

@tool
def fails() -> str:
    raise ValueError("the password is hunter2")

@tool
def refuses() -> str:
    raise ToolError("There is no such order.")

@tool
def sleeps() -> str:
    import time
    time.sleep(0.5)
    return "late"

@tool
def many(*numbers: int, **more: str) -> str:
    return f"{numbers} {more}"

@tool
def long() -> str:
    return "x" * 5000

@tool
def half() -> str:
    return "a\\ud800b"

def plain() -> str:
    return "not marked"

def wrapped(function):
    @functools.wraps(function)
    def wrapper():
        return "wrapped"
    return wrapper

@wrapped
@tool
def under() -> str:
    return "under"

@tool
def odd(value: "no such type") -> str:
    return ""

class Class:
    pass

class_as_tool = Class
value = 5
'''


def called(folder: Path, function: str, /, beside: str = "", **arguments: object) -> Played:
    path = write(folder, f'{ONE_TOOL}  it: {{python: "shop:{function}"{beside}}}\n', shop=SHOP)
    return play(path, calling("it", **arguments))  # type: ignore[arg-type]  # all of them are JSON


def problem(folder: Path, reference: str, **modules: str) -> str:
    path = write(folder, f'{ONE_TOOL}  it: {{python: "{reference}"}}\n', **(modules or {"shop": SHOP}))
    module = reference.partition(":")[0]
    with pytest.raises(SpecError) as caught:
        Team(
            load_graph(path, environ={}, consent=Consent.given(allow_python=[module])),
            Settings.local("http://127.0.0.1:1/api/compute"),
        )
    [finding] = caught.value.findings
    assert (finding.place.line, finding.place.column) == (9, 16)
    return f"{finding.id}: {finding.message}; {finding.mend}"


def test_the_model_reads_docstring_and_types_and_the_function_gets_them(tmp_path: Path) -> None:
    played = called(tmp_path, "order", number=7, lines=[{"article": "hat"}])
    [offered] = played.bodies[0]["tools"]
    function = offered["function"]
    assert (function["name"], function["description"]) == ("it", "Looks up an order.")
    properties = function["parameters"]["properties"]
    assert properties["number"]["description"] == "The order's number."
    assert function["parameters"]["required"] == ["number", "lines"]
    assert function["strict"] is False  # an optional argument would have to be given
    assert played.told == ['{"number": 7, "first": "hat", "kind": "Line", "note": "none"}']
    assert played.outcomes == [("it", "returned", None)]


def test_a_context_is_injected_and_not_shown(tmp_path: Path) -> None:
    played = called(tmp_path, "who", greeting="Hi")
    [offered] = played.bodies[0]["tools"]
    parameters = offered["function"]["parameters"]
    assert list(parameters["properties"]) == ["greeting"]
    assert offered["function"]["strict"] is True
    assert played.told == ["Hi desk it True 32"]


def test_all_kinds_of_parameters_arrive(tmp_path: Path) -> None:
    played = called(tmp_path, "many", numbers=[1, 2], more={"a": "b"})
    assert played.told == ["(1, 2) {'a': 'b'}"]


def test_an_idempotency_key_is_the_same_for_one_call_and_for_no_other() -> None:
    keys = {
        ToolContext(agent, name, call, run).idempotency_key
        for agent in "ab"
        for name in "cd"
        for call in "ef"
        for run in "gh"
    }
    assert len(keys) == 16
    assert ToolContext("a", "c", "e", "g").idempotency_key in keys


def test_an_exception_is_told_to_the_operator_and_not_to_the_model(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "agents_sahara.tools"):
        played = called(tmp_path, "fails")
    assert played.told == ["The tool it failed."]
    assert played.outcomes == [("it", "failed", "ValueError")]
    assert "hunter2" in caplog.text


LEAKY = f"""
from agents_sahara import tool
from agents_sahara.tools.marking import ToolError

@tool
def fails() -> str:
    try:
        raise KeyError("GET /?key=shop%2Fcanary-0815")
    except KeyError as error:
        raise ValueError("refused: Bearer {LOCAL_KEY}") from error

@tool
def refuses() -> str:
    raise ToolError("no such order, says shop/canary-0815")
"""


@pytest.mark.parametrize("function", ["fails", "refuses"])
def test_no_key_stands_in_what_a_failed_tool_tells_model_operator_or_result(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "shop/canary-0815")
    team = ONE_TOOL + f"  it: {{python: 'shop:{function}'}}\n"
    with caplog.at_level(logging.WARNING, "agents_sahara.tools"):
        played = play(write(tmp_path, team, shop=LEAKY), calling())
    told = caplog.text + str(played.told) + str(played.outcomes)
    assert "canary" not in told
    assert LOCAL_KEY not in told
    assert "***" in told
    assert "Traceback (most recent call last)" in caplog.text
    assert caplog.records[0].exc_info is None


def test_a_tool_may_tell_the_model_in_its_own_words(tmp_path: Path) -> None:
    played = called(tmp_path, "refuses")
    assert played.told == ["The tool it failed: There is no such order."]
    assert played.outcomes == [("it", "failed", "There is no such order.")]


def test_a_call_ends_in_time_though_its_thread_does_not(tmp_path: Path) -> None:
    began = time.monotonic()
    played = called(tmp_path, "sleeps", ", timeout: 20ms")
    assert time.monotonic() - began < 5
    assert played.told == ["The tool it gave no answer in time."]
    assert played.outcomes == [("it", "timed_out", "no answer within 0.02 seconds")]


def test_a_long_answer_is_cut_and_half_a_character_replaced(tmp_path: Path) -> None:
    [told] = called(tmp_path, "long", ", max_chars: 100").told
    assert told == "x" * 100 + "\n[cut: these are the first 100 of 5000 characters]"
    assert called(tmp_path, "half").told == ["a?b"]


def test_arguments_that_do_not_fit_are_told_without_their_values(tmp_path: Path) -> None:
    [told] = called(tmp_path, "order", number="secret words", lines=[]).told
    assert told.startswith(
        "The tool it failed: The arguments do not fit. number: Input should be a valid integer"
    )
    assert "secret" not in told
    [told] = called(tmp_path, "order", number=1, lines=[], currency="EUR").told
    assert told == "The tool it failed: There is no argument 'currency'."


@pytest.mark.parametrize("name", ["plain", "dedent", "system", "value", "class_as_tool", "Class", "under"])
def test_what_is_not_marked_is_no_tool(name: str, tmp_path: Path) -> None:
    assert problem(tmp_path, f"shop:{name}").startswith(
        f"bad-function: {name!r} of 'shop' is not marked as a tool;"
    )


def test_a_marked_function_is_named_where_it_stands(tmp_path: Path) -> None:
    other = "from agents_sahara import tool\n@tool\ndef act(): pass\n"
    told = problem(tmp_path, "front:act", front="from .back import act\n", back=other)
    assert told.startswith("bad-function: 'act' of 'front' comes from the module")


def test_a_function_that_is_missing_or_cannot_be_described_is_told_at_its_place(tmp_path: Path) -> None:
    assert problem(tmp_path, "shop:lok").startswith(
        "bad-function: the module 'shop' has no 'lok'; its marked functions: fails, half, "
    )
    assert problem(tmp_path, "shop:odd").startswith(
        "bad-function: the parameters of 'odd' cannot be described"
    )


def test_a_module_that_cannot_be_imported_is_told_at_its_place(tmp_path: Path) -> None:
    assert problem(tmp_path, "no_such_module_here:x") == (
        "bad-module: there is no module 'no_such_module_here'; "
        "put it beside the team file, or install it where this Python finds it"
    )
    assert problem(tmp_path, "broken:x", broken="1 / 0\n").startswith(
        "bad-module: the module 'broken' cannot be imported: ZeroDivisionError"
    )
    assert problem(tmp_path, "exits:x", exits="raise SystemExit(0)\n").startswith("bad-module: ")
    told = problem(tmp_path, "lonely:x", lonely="import sibling_of_it\n", sibling_of_it="")
    assert told.endswith("inside of it, write `from . import sibling_of_it`")


def test_a_module_beside_the_file_never_hides_an_installed_one(tmp_path: Path) -> None:
    before = set(sys.modules)
    told = problem(
        tmp_path, "colorsys:act", colorsys="from agents_sahara import tool\n@tool\ndef act(): pass\n"
    )
    assert told.startswith("bad-module: there are two modules 'colorsys': ")
    assert "colorsys" in before or "colorsys" not in sys.modules


def test_a_link_that_leads_out_of_the_folder_is_not_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    (tmp_path / "team").mkdir()
    outside = tmp_path / "away" / "linked_out.py"
    outside.write_text("raise AssertionError('imported')\n")
    (tmp_path / "team" / "linked_out.py").symlink_to(outside)
    assert problem(tmp_path / "team", "linked_out:x", other="").startswith("bad-module: there is no module")


def test_two_teams_may_each_have_a_module_of_the_same_name(tmp_path: Path) -> None:
    answers = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        text = f"from agents_sahara import tool\n@tool\ndef act() -> str:\n    return {name!r}\n"
        path = write(folder, f'{ONE_TOOL}  it: {{python: "shop:act"}}\n', shop=text)
        answers += play(path, calling()).told
    assert answers == ["one", "two"]
    assert "shop" not in sys.modules
    assert str(tmp_path) not in " ".join(sys.path)


def test_a_graph_that_came_by_another_way_is_refused_before_anything_is_imported(tmp_path: Path) -> None:
    path = write(
        tmp_path, f'{ONE_TOOL}  it: {{python: "shop:act"}}\n', shop="raise AssertionError('imported')\n"
    )
    with pytest.raises(SpecError, match="python-not-allowed"):
        Team(load_graph(path, environ={}), Settings.local("http://127.0.0.1:1/api/compute"))


def test_marking_gives_the_function_itself_back() -> None:
    def act() -> None:
        pass

    assert tool(act) is act
    assert is_marked(act)
    with pytest.raises(TypeError):
        tool(5)  # type: ignore[type-var]  # what is tested
    with pytest.raises(TypeError):
        tool(ToolError)


def test_events_tell_of_the_call_and_its_failure(tmp_path: Path) -> None:
    path = write(tmp_path, f'{ONE_TOOL}  it: {{python: "shop:fails"}}\n', shop=SHOP)
    told = [event.to_json() for event in play(path, calling(), is_streamed=True).events]
    kept = [event for event in told if str(event["type"]).startswith("tool_")]
    assert kept == [
        {"version": 1, "type": "tool_called", "agent": "desk", "tool": "it", "arguments": "{}"},
        {"version": 1, "type": "tool_returned", "agent": "desk", "tool": "it", "error": "ValueError"},
    ]


@pytest.mark.parametrize("use", ["stop_on_first", "{stop_at: [it]}"])
def test_an_answer_ends_the_turn_where_the_file_says_so_but_a_failure_does_not(
    use: str, tmp_path: Path
) -> None:
    team = ONE_TOOL.replace("tools: [it]", f"tools: [it], tool_use: {use}")
    good = play(write(tmp_path, f'{team}  it: {{python: "shop:half"}}\n', shop=SHOP), calling())
    assert good.result is not None
    assert (good.result.output, len(good.bodies)) == ("a?b", 1)
    bad = play(write(tmp_path, f'{team}  it: {{python: "shop:fails"}}\n', shop=SHOP), calling())
    assert bad.result is not None
    assert (bad.result.output, len(bad.bodies)) == ("Done.", 2)


def test_a_run_that_is_cancelled_cancels_its_tool(tmp_path: Path) -> None:
    text = """
        import asyncio
        from agents_sahara import tool
        seen, began = [], asyncio.Event()
        @tool
        async def act() -> str:
            seen.append("began")
            began.set()
            try:
                await asyncio.sleep(60)
            finally:
                seen.append("ended")
    """
    path = write(tmp_path, f'{ONE_TOOL}  it: {{python: "shop:act"}}\n', shop=text)

    graph = load_graph(path, environ={}, consent=Consent.given(allow_python=["shop"]))
    with LocalGateway(script=calling(), pairs=graph.pairs()) as gateway:

        async def go() -> list[str]:
            async with Team(graph, Settings.local(gateway.base_url)) as team:
                [module] = [made for name, made in sys.modules.items() if name.endswith(".shop")][-1:]
                run = asyncio.ensure_future(team.run("Hello"))
                async with asyncio.timeout(20):
                    await module.began.wait()
                    run.cancel()
                    await asyncio.wait([run])
                assert run.cancelled()
                seen: list[str] = module.seen
                return seen

        assert asyncio.run(go()) == ["began", "ended"]
