"""Every way to run a team leaves one line in the usage record, and nothing that was said."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, suppress
from pathlib import Path

import pytest

from agents_sahara import load_team
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say
from agents_sahara.emulator.wire import Pace
from agents_sahara.errors import SaharaError, SettingsError, UsageError
from agents_sahara.events import TextDelta
from agents_sahara.retry import Clock
from agents_sahara.runner.team import Team
from agents_sahara.settings import Secret, Settings
from agents_sahara.types import Json
from tests.teams import solo, triage

KEY = "sk-planted-5f1c9e77a0b34d62"
PROMPT = "the planted words of a customer"
ANSWER = "the planted words of an answerer"


async def _at_once(_: float) -> None:
    return None


def _team(gateway: LocalGateway, state: Path) -> Team:
    settings = Settings(Secret(KEY), gateway.base_url, state_dir=state)
    return Team(solo(), settings, clock=Clock(sleep=_at_once, jitter=lambda: 0.0))


def _lines(state: Path) -> list[dict[str, Json]]:
    return [
        json.loads(line) for path in state.rglob("*.jsonl") for line in path.read_text("ascii").splitlines()
    ]


def _outcomes(state: Path) -> list[Json]:
    return [line["outcome"] for line in _lines(state)]


def test_run_run_sync_and_stream_leave_a_line_each(gateway: LocalGateway, tmp_path: Path) -> None:
    team = _team(gateway, tmp_path)
    trace_ids = [team.run_sync("Hello!").trace_id]

    async def go() -> None:
        trace_ids.append((await team.run("Hello!")).trace_id)
        assert [event async for event in team.stream("Hello!")]
        await team.aclose()

    asyncio.run(go())
    lines = _lines(tmp_path)
    assert [line["trace_id"] for line in lines[:2]] == trace_ids
    assert [(line["team"], line["outcome"], line["simulated"]) for line in lines] == [
        ("team", "finished", True)
    ] * 3
    calls = lines[0]["calls"]
    assert isinstance(calls, list)
    assert (calls[0]["provider"], calls[0]["model"], calls[0]["requests"]) == ("openai", "gpt-4o", 1)


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_run_that_failed_leaves_a_line_with_its_failures(
    is_streamed: bool, gateway: LocalGateway, tmp_path: Path
) -> None:
    gateway.script([Rule(Fail(500))])

    async def go() -> None:
        async with _team(gateway, tmp_path) as team:
            if not is_streamed:
                await team.run(PROMPT)
            async for _ in team.stream(PROMPT):
                pass

    with pytest.raises(SaharaError):
        asyncio.run(go())
    (line,) = _lines(tmp_path)
    assert (line["outcome"], line["error"]) == ("failed", "server_error")
    calls = line["calls"]
    assert isinstance(calls, list)
    assert (calls[0]["requests"], calls[0]["failed"], calls[0]["cost_usd"]) == (0, 3, None)


def test_a_run_that_was_cancelled_leaves_a_line(gateway: LocalGateway, tmp_path: Path) -> None:
    gateway.script([Rule(Fail(500))])
    reached = asyncio.Event()

    async def wait(_: float) -> None:
        reached.set()
        await asyncio.Event().wait()

    async def go() -> None:
        settings = Settings(Secret(KEY), gateway.base_url, state_dir=tmp_path)
        async with Team(solo(), settings, clock=Clock(sleep=wait)) as team:
            task = asyncio.create_task(team.run(PROMPT))
            await asyncio.wait_for(reached.wait(), 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(go())
    (line,) = _lines(tmp_path)
    assert (line["outcome"], line["error"]) == ("cancelled", None)


def test_a_stream_whose_reader_leaves_was_cancelled(tmp_path: Path) -> None:
    rule = Rule(Say("word " * 500), pace=Pace(chunk_delay_s=0.01))

    async def go(gateway: LocalGateway) -> None:
        async with _team(gateway, tmp_path) as team, aclosing(team.stream(PROMPT)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    break

    with LocalGateway(script=[rule]) as gateway:
        asyncio.run(go(gateway))
    assert _outcomes(tmp_path) == ["cancelled"]


def test_a_call_that_cannot_be_meant_is_no_run(gateway: LocalGateway, tmp_path: Path) -> None:
    team = _team(gateway, tmp_path)
    with pytest.raises(UsageError):
        team.run_sync("  ")
    team.close()
    assert _lines(tmp_path) == []


@pytest.mark.parametrize("action", [Say(ANSWER), Fail(400)])
def test_nothing_that_was_said_and_no_key_is_recorded(
    action: Say | Fail, gateway: LocalGateway, tmp_path: Path
) -> None:
    gateway.script([Rule(action)])
    team = _team(gateway, tmp_path)
    with suppress(SaharaError):
        team.run_sync(PROMPT)
    team.close()
    (path,) = tmp_path.rglob("*.jsonl")
    kept = path.read_text("ascii").replace('"agent":"solo"', "")
    for word in {KEY, *PROMPT.split(), *ANSWER.split(), *solo().agents["solo"].instructions.split()}:
        assert len(word) < 4 or word not in kept, word


def test_an_embedder_or_the_environment_switches_it_off(
    gateway: LocalGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path))
    given = {"SAHARA_API_KEY": KEY, "SAHARA_BASE_URL": gateway.base_url}
    silent = [
        Settings(Secret(KEY), gateway.base_url, usage_record=False),
        Settings.from_environ({**given, "SAHARA_USAGE_RECORD": "off"}),
    ]
    monkeypatch.setenv("SAHARA_USAGE_RECORD", "OFF")
    silent += [
        Settings.from_environ(given),
        Settings(Secret(KEY), gateway.base_url),
        Settings.local(gateway.base_url),
    ]
    for settings in silent:
        team = Team(solo(), settings)
        team.run_sync("Hello!")
        team.close()
    assert list(tmp_path.iterdir()) == []
    team = Team(solo(), Settings.from_environ({**given, "SAHARA_USAGE_RECORD": "on"}))
    team.run_sync("Hello!")
    team.close()
    assert _outcomes(tmp_path) == ["finished"]


def test_a_switch_that_is_neither_on_nor_off_is_refused(
    gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_USAGE_RECORD", "no")
    for make in (Settings.from_environ, lambda: Team(solo(), Settings.local(gateway.base_url))):
        with pytest.raises(SettingsError) as caught:
            make()
        assert caught.value.where == "SAHARA_USAGE_RECORD"


def test_what_the_simulator_in_this_process_answers_is_labelled_also_where_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path))
    text = "version: 1\nagents: {solo: {instructions: Answer., model: gpt-4o, provider: openai}}\n"
    team = load_team(text, local=True)
    team.run_sync("Hello!")
    team.close()
    assert [(line["outcome"], line["simulated"]) for line in _lines(tmp_path)] == [("finished", True)]


def test_fifty_runs_at_once_leave_fifty_lines(gateway: LocalGateway, tmp_path: Path) -> None:
    async def go() -> None:
        settings = Settings(Secret(KEY), gateway.base_url, state_dir=tmp_path)
        async with Team(triage(), settings) as team:
            await asyncio.gather(*(team.run("Hello!") for _ in range(50)))

    asyncio.run(go())
    lines = _lines(tmp_path)
    assert len({str(line["trace_id"]) for line in lines}) == 50
