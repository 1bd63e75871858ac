"""Functions of the user's own that do what no answer is: end the program, cancel themselves, give odd values."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents_sahara.emulator.script import Rule, Tool, Use
from agents_sahara.errors import SpecError
from agents_sahara.events import RunFinished, TextDelta
from tests.test_tools.teams import ONE_TOOL, Played, calling, play, write

ODD = """
import asyncio, enum, sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from agents_sahara import tool

class Colour(enum.Enum):
    RED = "red"

@dataclass
class Paint:
    colour: Colour
    tins: set[int]

@tool
def leaves() -> str:
    sys.exit(3)

@tool
async def leaves_async() -> str:
    sys.exit(3)

@tool
def cancels() -> str:
    raise asyncio.CancelledError

@tool
async def cancels_async() -> str:
    raise asyncio.CancelledError

@tool
def interrupts() -> str:
    raise KeyboardInterrupt

@tool
def paints() -> dict:
    return {Colour.RED: Paint(Colour.RED, {1}), date(2026, 11, 28): b"ab", "then": date(2026, 11, 28)}

@tool
def pieces():
    yield "one"

@tool
async def pieces_async():
    yield "one"

@tool
def calls_back(then: Callable[[int], int]) -> str:
    return ""
"""


def _called(folder: Path, function: str) -> Played:
    path = write(folder, f'{ONE_TOOL}  it: {{python: "shop:{function}"}}\n', shop=ODD)
    return play(path, calling("it"))


@pytest.mark.parametrize(
    ("function", "raised"),
    [
        ("leaves", "SystemExit"),
        ("leaves_async", "SystemExit"),
        ("cancels", "CancelledError"),
        ("cancels_async", "CancelledError"),
        ("interrupts", "KeyboardInterrupt"),
    ],
)
def test_a_function_ends_neither_the_program_nor_the_run(function: str, raised: str, tmp_path: Path) -> None:
    played = _called(tmp_path, function)
    assert played.told == ["The tool it failed."]
    assert played.outcomes == [("it", "failed", raised)]
    assert played.result is not None
    assert played.result.output == "Done."


def test_what_json_has_no_word_for_is_written_as_what_it_means(tmp_path: Path) -> None:
    assert _called(tmp_path, "paints").told == [
        '{"red": {"colour": "red", "tins": [1]}, "2026-11-28": "YWI=", "then": "2026-11-28"}'
    ]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("pieces", "'pieces' is a generator, which gives no answer of its own"),
        ("pieces_async", "'pieces_async' is a generator, which gives no answer of its own"),
        (
            "calls_back",
            (
                "the parameters of 'calls_back' cannot be described to a model: "
                "Cannot generate a JsonSchema for core_schema.CallableSchema"
            ),
        ),
    ],
)
def test_a_function_that_can_be_no_tool_is_told_in_one_line(
    function: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(SpecError) as caught:
        _called(tmp_path, function)
    [finding] = caught.value.findings
    assert (finding.id, finding.message) == ("bad-function", message)


@pytest.mark.parametrize("beside", [None, "Let me see."])
@pytest.mark.parametrize("entry", ["desk", "flow"])
def test_an_answer_that_a_tool_gave_is_text_of_a_stream_like_any_other(
    entry: str, beside: str | None, tmp_path: Path
) -> None:
    team = ONE_TOOL.replace("tools: [it]", "tools: [it], tool_use: stop_on_first")
    team = team.replace("entry: desk", f"entry: {entry}") + '  it: {python: "shop:paints"}\n'
    path = write(tmp_path, f"{team}workflows: {{flow: {{sequence: [desk]}}}}\n", shop=ODD)
    rules = (Rule(Use((Tool("it"),), text=beside)),)
    events = play(path, rules, is_streamed=True).events
    finished = events[-1]
    assert isinstance(finished, RunFinished)
    assert finished.result.output.startswith('{"red": ')
    assert events[-2] == TextDelta("desk", finished.result.output)
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert said == (beside or "") + finished.result.output
