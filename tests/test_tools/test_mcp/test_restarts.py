"""A server that ends while a run is under way: everybody who follows the run learns that it was opened again."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.events import RunEvent, RunFinished, RunResult, Warned
from agents_sahara.runner.team import Team
from agents_sahara.tools.mcp import supply
from agents_sahara.tools.mcp.keepers import Keepers
from tests.test_cli.programs import run_agent
from tests.test_tools.test_mcp.serving import NO_REST
from tests.test_tools.test_mcp.test_team import COMMAND, ONE, _one, _own_state, _team

__all__ = ["_own_state"]


@pytest.fixture(autouse=True)
def _no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that has ended is started again at once."""
    monkeypatch.setattr(supply, "Keepers", partial(Keepers, rests=NO_REST))


AGAIN = (
    "the server of tools 'raw' ended during the run and was opened again: "
    "it has ended; the last that it said: the disk is on fire"
)


def _ends_and_goes_on(gateway: LocalGateway) -> None:
    gateway.script(
        (
            Rule(Use((Tool("die"),)), When(turn=1)),
            Rule(Use((Tool("pid"),)), When(turn=2)),
            Rule(Say("Done.")),
        )
    )


def _run(team: Team) -> tuple[RunResult, RunResult, list[RunEvent]]:
    async def go() -> tuple[RunResult, RunResult, list[RunEvent]]:
        async with team:
            return await team.run("a"), await team.run("b"), [event async for event in team.stream("c")]

    return asyncio.run(go())


def test_every_run_in_which_a_server_begins_anew_says_so_once(gateway: LocalGateway) -> None:
    _ends_and_goes_on(gateway)
    first, second, events = _run(_team(ONE, gateway))
    assert first.warnings == second.warnings == (AGAIN,)
    assert [event for event in events if isinstance(event, Warned)] == [Warned(AGAIN)]
    at = [type(event).__name__ for event in events].index("Warned")
    assert [type(event).__name__ for event in events[at - 1 : at + 2]] == [
        "ToolCalled",
        "Warned",
        "ToolReturned",
    ]
    *_, last = events
    assert isinstance(last, RunFinished)
    assert last.result.warnings == (AGAIN,)


def test_a_run_that_begins_after_the_restart_says_nothing(gateway: LocalGateway) -> None:
    gateway.script(
        (
            Rule(Use((Tool("die"),)), When(turn=1, message="end")),
            Rule(Use((Tool("pid"),)), When(turn=1)),
            Rule(Say("Done.")),
        )
    )

    async def go() -> list[tuple[str, ...]]:
        async with _team(ONE, gateway) as team:
            return [(await team.run(text)).warnings for text in ("end", "go on", "go on")]

    assert asyncio.run(go()) == [(), (), ()]


def test_the_terminal_the_events_and_the_trace_tell_of_it(
    gateway: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _ends_and_goes_on(gateway)
    monkeypatch.setenv("SAHARA_API_KEY", "a-key")
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    path, trace = tmp_path / "team.yaml", tmp_path / "trace.jsonl"
    path.write_text(ONE)
    done = run_agent(capsys, str(path), "Hello", "--allow-commands", "-v", "--trace", str(trace))
    assert (done.code, done.out) == (0, "Done.\n")
    assert f"{AGAIN}\n" in done.err
    assert "desk: die failed: The server ended while the call was under way." in done.err
    records = [json.loads(line) for line in trace.read_text().splitlines()]
    assert [one["message"] for one in records if one["type"] == "warned"] == [AGAIN]
    done = run_agent(capsys, str(path), "Hello", "--allow-commands", "--stream-json")
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert [one["message"] for one in lines if one["type"] == "warned"] == [AGAIN]


def test_what_a_run_goes_on_without_stands_in_events_and_trace(
    gateway: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_API_KEY", "a-key")
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    path, trace = tmp_path / "team.yaml", tmp_path / "trace.jsonl"
    path.write_text(_one(f"command: {COMMAND.replace(']', ', exits]')}", ", required: false"))
    done = run_agent(capsys, str(path), "Hello", "--allow-commands", "--stream-json", "--trace", str(trace))
    lines = [json.loads(line) for line in done.out.splitlines()]
    [told] = [one["message"] for one in lines if one["type"] == "warned"]
    assert told == (
        "the server of tools 'raw' cannot be used: it has ended; the last that it said: "
        "cannot find my configuration; the run goes on without it"
    )
    records = [json.loads(line) for line in trace.read_text().splitlines()]
    assert [one["message"] for one in records if one["type"] == "warned"] == [told]
