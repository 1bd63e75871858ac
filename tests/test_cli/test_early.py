"""The first request leaves while the SDK is loaded: it is the SDK's own byte for byte, or it does not count."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from agents_sahara.cli.early import wire
from agents_sahara.cli.early.asking import first_body
from agents_sahara.cli.early.leaving import is_noted, leave, note, prepared
from agents_sahara.clients.early import OTHER_BYTES, EarlyRequest
from agents_sahara.diagnostics.finding import Place
from agents_sahara.errors import SettingsError
from agents_sahara.events import RunFinished, RunResult
from agents_sahara.graph.guards import Guardrail, Guards
from agents_sahara.graph.values import AgentGraph, Endpoint, ModelTarget, Tracing
from agents_sahara.runner.team import Team
from agents_sahara.settings import Secret, Settings
from agents_sahara.types import Attempt, Budget
from tests.faults.wire import closed_port
from tests.raw_gateway import RawGateway, raw_gateway
from tests.teams import DEEPSEEK, edge, graph, node, solo, triage
from tests.test_cli.programs import KEY, TRIAGE, command, environment, run_agent
from tests.test_wire import _TEAMS

HOLA = "Hola, \u00bfC\u00f3mo te llamas? \U0001f600 \u2028"


def _modest(team: AgentGraph) -> AgentGraph:
    """The team at a provider that takes neither strict tools nor a wish for usage."""
    told = Endpoint("openai", None, None, Place("f", 1, 1, 1, 1), strict_tools=False, include_usage=False)
    return replace(team, endpoints={"openai": told})


TEAMS = {name: team for name, team in _TEAMS.items() if name != "headers and query"} | {
    "a modest provider": _modest(triage()),
    "a pool": graph(replace(node("a"), backups=(DEEPSEEK,), is_sticky=True)),
    "a handoff that returns, with less history": graph(
        node("a", replace(edge("b"), history="last_message", returns=True)), node("b", target=DEEPSEEK)
    ),
    "traces": replace(triage(), tracing=Tracing(content=True)),
    "a choice of tools without any": graph(
        node("a", target=ModelTarget("openai", "m", settings={"tool_choice": "auto"}))
    ),
}


@pytest.fixture(scope="module")
def gateway() -> Iterator[RawGateway]:
    with raw_gateway() as made:
        yield made


def _settings(base_url: str) -> Settings:
    return Settings(Secret(KEY), base_url, usage_record=False)


def _run(
    team: AgentGraph, settings: Settings, *, is_stream: bool = False, early: EarlyRequest | None = None
) -> RunResult:
    async def ask() -> RunResult:
        async with Team(team, settings, early=early) as made:
            if not is_stream:
                return await made.run(HOLA)
            events = [event async for event in made.stream(HOLA)]
        assert isinstance(events[-1], RunFinished)
        return events[-1].result

    return asyncio.run(ask())


def _told(attempt: Attempt) -> tuple[str, str, str]:
    return attempt.agent, attempt.outcome, attempt.error or ""


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("team", TEAMS)
def test_the_early_request_is_the_sdks_own_and_its_answer_is_taken(
    team: str, is_stream: bool, gateway: RawGateway
) -> None:
    settings, made = _settings(gateway.base_url), TEAMS[team]
    gateway.requests.clear()
    ordinary = _run(made, settings, is_stream=is_stream)
    sent, gateway.requests = gateway.requests, []
    early = prepared(made, settings, made.entry, HOLA, is_stream=is_stream)
    assert early is not None
    assert early.wire.data == sent[0]
    early.start()
    _wait_until_sent(early)
    found = _run(made, settings, is_stream=is_stream, early=early)
    assert early.stage == "taken"
    assert gateway.requests == sent
    assert found.output == ordinary.output
    assert list(map(_told, found.attempts)) == list(map(_told, ordinary.attempts))


def _started(team: AgentGraph, settings: Settings, message: str = HOLA) -> EarlyRequest:
    early = prepared(team, settings, team.entry, message, is_stream=False)
    assert early is not None
    early.start()
    return early


def test_an_answer_to_another_request_is_thrown_away_and_counted(gateway: RawGateway) -> None:
    settings = _settings(gateway.base_url)
    gateway.requests.clear()
    early = _started(triage(), settings, "something else")
    _wait_until_sent(early)
    found = _run(triage(), settings, early=early)
    assert (early.stage, early.reason) == ("thrown away", OTHER_BYTES)
    assert list(map(_told, found.attempts)) == [
        ("triage", "cancelled", "not_used"),
        ("triage", "answered", ""),
        ("spanish", "answered", ""),
    ]
    assert b"something else" in gateway.requests[0]
    assert len(gateway.requests) == 3
    assert all(b"something else" not in request for request in gateway.requests[1:])


def _wait_until_sent(early: EarlyRequest) -> None:
    """It runs on a thread, and a busy machine may let that wait."""
    for _ in range(500):
        if early.stage != "connecting":
            return
        early.wait(0.01)


def test_a_request_that_has_not_left_when_the_sdk_is_there_never_leaves(gateway: RawGateway) -> None:
    settings = _settings(gateway.base_url)
    gateway.requests.clear()
    early = prepared(triage(), settings, "triage", HOLA, is_stream=False)
    assert early is not None
    found = _run(triage(), settings, early=early)
    early.start()
    early.wait(5)
    assert early.stage == "not sent"
    assert [attempt.outcome for attempt in found.attempts] == ["answered", "answered"]
    assert len(gateway.requests) == 2


def test_where_no_connection_is_made_the_ordinary_way_says_why() -> None:
    settings = _settings(f"http://127.0.0.1:{closed_port()}/api/compute")
    early = _started(solo(), settings)
    early.wait(5)
    assert early.stage == "not sent"
    with pytest.raises(Exception, match="the connection was refused") as caught:
        _run(solo(), settings, early=early)
    assert type(caught.value).__name__ == "HostError"


UNKNOWN: dict[str, AgentGraph] = {
    "a guardrail": graph(replace(node("a"), guards=Guards(input=(Guardrail("g", deny="x"),)))),
    "a shape of its answers": graph(replace(node("a"), output={"type": "object"})),
    "a provider that the catalog names": graph(node("a", target=ModelTarget("auto", "gpt-4o"))),
    "an endpoint of its own": replace(
        graph(node("a", target=ModelTarget("here", "m"))),
        endpoints={"here": Endpoint("here", "http://127.0.0.1:1", None, Place("f", 1, 1, 1, 1))},
    ),
    "next to no time": replace(graph(node("a")), budget=Budget(time_s=1)),
}


@pytest.mark.parametrize("team", UNKNOWN)
def test_what_is_not_known_to_keep_the_first_request_as_it_is_makes_it_wait(team: str) -> None:
    assert first_body(graph(node("a")), "a", HOLA, is_stream=False) is not None
    assert first_body(UNKNOWN[team], "a", HOLA, is_stream=False) is None


def test_half_a_character_is_left_to_the_ordinary_way() -> None:
    assert first_body(solo(), "solo", "\ud800", is_stream=False) is None


def test_the_operator_switches_it_off(monkeypatch: pytest.MonkeyPatch, gateway: RawGateway) -> None:
    monkeypatch.setenv("SAHARA_EARLY_REQUEST", "off")
    assert leave(triage(), _settings(gateway.base_url), None, HOLA, is_stream=False) is None
    monkeypatch.setenv("SAHARA_EARLY_REQUEST", "perhaps")
    with pytest.raises(SettingsError, match="SAHARA_EARLY_REQUEST is 'perhaps'"):
        leave(triage(), _settings(gateway.base_url), None, HOLA, is_stream=False)


def test_after_an_answer_was_thrown_away_no_other_request_leaves_early_until_versions_change(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gateway: RawGateway
) -> None:
    settings = replace(_settings(gateway.base_url), state_dir=tmp_path / "state")
    assert not is_noted(settings)
    note(settings)
    assert is_noted(settings)
    assert leave(triage(), settings, None, HOLA, is_stream=False) is None
    monkeypatch.setattr(wire, "openai_version", lambda: "99.0")
    monkeypatch.setattr("agents_sahara.cli.early.leaving.openai_version", lambda: "99.0")
    assert not is_noted(settings)


def test_the_key_stands_in_no_repr(gateway: RawGateway) -> None:
    early = prepared(triage(), _settings(gateway.base_url), "triage", HOLA, is_stream=False)
    assert early is not None
    assert KEY not in repr(early.wire) + repr(early) + repr(vars(early))


def test_what_sends_it_loads_no_sdk_no_http_client_and_no_event_loop() -> None:
    code = (
        "import sys, agents_sahara.cli.early.leaving, agents_sahara.cli.team_file, agents_sahara.cli.configured;"
        "print(sorted({'agents', 'openai', 'httpx2', 'httpcore2', 'asyncio', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"


def test_run_agent_sends_it_and_says_so(gateway: RawGateway, tmp_path: Path) -> None:
    gateway.requests.clear()
    told = environment(SAHARA_API_KEY=KEY, SAHARA_BASE_URL=gateway.base_url, SAHARA_STATE_DIR=str(tmp_path))
    argv = command("run_agent", "-v", TRIAGE, "Hola")
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, env=told, check=True)
    assert "the first request left" in done.stderr
    assert "before the SDK was loaded" in done.stderr
    assert len(gateway.requests) == 2


def test_run_agent_tells_what_it_threw_away_and_stops_doing_so(
    gateway: RawGateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path))
    monkeypatch.setattr("agents_sahara.cli.early.asking._NO_ARGUMENTS", {"type": "object"})
    monkeypatch.setattr("agents_sahara.clients.early.EarlyRequest.start", _start_and_wait)
    first = run_agent(capsys, TRIAGE, "Hola")
    assert first.code == 0
    assert f"its answer was thrown away: {OTHER_BYTES}" in first.err
    assert "1 request" not in first.err
    second = run_agent(capsys, TRIAGE, "Hola")
    assert second.code == 0
    assert "thrown away" not in second.err


def _recorded(folder: Path) -> list[tuple[str, list[dict[str, Any]]]]:
    """Outcome and calls of each line of the usage record."""
    texts = [text for path in (folder / "usage").glob("*.jsonl") for text in path.read_text().splitlines()]
    return [(line["outcome"], line["calls"]) for line in map(json.loads, texts)]


NOT_USED = [
    {"agent": "triage", "provider": "openai", "model": "gpt-4o", "requests": 0, "failed": 0, "cancelled": 1}
    | {"input_tokens": 0, "output_tokens": 0, "cost_usd": None, "unpriced": 0}
]


def test_a_request_that_left_for_a_run_that_never_asked_is_in_the_usage_record_once(
    gateway: RawGateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    monkeypatch.setattr("agents_sahara.clients.early.EarlyRequest.start", _start_and_wait)
    never_began, never_asked, read = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    monkeypatch.setenv("SAHARA_STATE_DIR", str(never_began))
    with monkeypatch.context() as broken:
        broken.setattr("agents_sahara.cli.running.Team", mock.Mock(side_effect=SettingsError("no team")))
        assert run_agent(capsys, TRIAGE, "Hola").code == 4
    monkeypatch.setenv("SAHARA_STATE_DIR", str(never_asked))
    with monkeypatch.context() as broken:
        broken.setattr(
            "agents_sahara.runner.answering._take_turn", mock.Mock(side_effect=SettingsError("no"))
        )
        assert run_agent(capsys, TRIAGE, "Hola").code == 4
    monkeypatch.setenv("SAHARA_STATE_DIR", str(read))
    assert run_agent(capsys, TRIAGE, "Hola").code == 0
    assert _recorded(never_began) == _recorded(never_asked) == [("failed", NOT_USED)]
    [(outcome, calls)] = _recorded(read)
    assert (outcome, [call["cancelled"] for call in calls]) == ("finished", [0, 0])


def test_ctrl_c_while_the_sdk_is_loaded_leaves_the_request_in_the_usage_record(
    gateway: RawGateway, tmp_path: Path
) -> None:
    told = environment(SAHARA_API_KEY=KEY, SAHARA_BASE_URL=gateway.base_url, SAHARA_STATE_DIR=str(tmp_path))
    code = (
        "import os, signal, sys, time\n"
        "from agents_sahara.clients import early\n"
        "class Place:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'agents.run':\n"
        "            while made.stage == 'connecting': time.sleep(0.001)\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "begin = early.EarlyRequest.start\n"
        "def start(request):\n"
        "    global made\n"
        "    made = request\n"
        "    begin(request)\n"
        "early.EarlyRequest.start = start\n"
        "sys.meta_path.insert(0, Place())\n"
        "from agents_sahara.cli.main import run_agent\n"
        "sys.exit(run_agent())\n"
    )
    argv = [sys.executable, "-c", code, TRIAGE, "Hola"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, env=told, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "run-agent: error[interrupted]: interrupted\n"
    assert _recorded(tmp_path) == [("cancelled", NOT_USED)]


def _start_and_wait(early: EarlyRequest) -> None:
    early._thread.start()
    _wait_until_sent(early)
