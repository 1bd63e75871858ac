"""Servers of tools from the team file alone: what agents get of them, and what runs do without them."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agents_sahara.cli.drawing.table import DRAWINGS
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.errors import SpecError, ToolServerError
from agents_sahara.events import RunEvent, RunFinished, ToolCalled, ToolReturned, Warned
from agents_sahara.loader import load_graph, read_team
from agents_sahara.runner.team import Team
from agents_sahara.settings import Secret, Settings
from agents_sahara.spec.schema import team_schema
from agents_sahara.trust.consent import Consent
from tests.leftovers import nothing_left
from tests.test_cli.programs import run_agent
from tests.test_tools.test_http import HOSTILE
from tests.test_tools.test_mcp.serving import RAW, demo, over_http

COMMAND = f'["{sys.executable}", -I, -S, "{RAW}"]'
NOBODY = '"http://127.0.0.1:1/mcp"'
HEAD = "version: 1\nentry: desk\ndefaults: {model: gpt-4o, provider: openai}\n"
ONE = (
    HEAD
    + "agents:\n  desk: {instructions: Help., tools: [raw]}\ntools:\n  raw: {mcp: {command: "
    + COMMAND
    + "}}\n"
)


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test accepts of a server, no other knows."""
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path / "state"))


def _one(keys: str, beside: str = "") -> str:
    return (
        HEAD
        + f"agents:\n  desk: {{instructions: Help., tools: [raw]}}\ntools:\n  raw: {{mcp: {{{keys}}}{beside}}}\n"
    )


def _calls(name: str, **arguments: Any) -> tuple[Rule, ...]:
    return (Rule(Use((Tool(name, arguments=arguments),)), When(turn=1)), Rule(Say("Done.")))


def _team(team: str, gateway: LocalGateway, **consent: Any) -> Team:
    graph = load_graph(team, environ={}, consent=Consent.given(allow_commands=True, **consent))
    return Team(graph, Settings.local(gateway.base_url))


async def _streamed(team: Team) -> list[RunEvent]:
    async with team:
        events = [event async for event in team.stream("Hello")]
    await nothing_left()
    return events


def _body(gateway: LocalGateway, number: int) -> Any:
    return gateway.calls[number].body


def _answers(gateway: LocalGateway) -> list[str]:
    messages = _body(gateway, -1)["messages"]
    return [message["content"] for message in messages if message["role"] == "tool"]


def test_an_agent_calls_a_tool_of_a_server_and_events_tell_it(gateway: LocalGateway) -> None:
    gateway.script(_calls("echo", text="hello"))
    events = asyncio.run(_streamed(_team(ONE, gateway)))
    told = [event for event in events if isinstance(event, ToolCalled | ToolReturned)]
    assert told == [ToolCalled("desk", "echo", '{"text":"hello"}'), ToolReturned("desk", "echo", None)]
    assert _answers(gateway) == ["hello"]
    *_, last = events
    assert isinstance(last, RunFinished)
    assert [(call.tool, call.outcome) for call in last.result.tool_calls] == [("echo", "returned")]


def test_the_model_reads_what_the_server_says_and_strict_only_where_nothing_changes(
    gateway: LocalGateway,
) -> None:
    asyncio.run(_streamed(_team(_one(f"command: {COMMAND}, allow: [echo]"), gateway)))
    body = _body(gateway, 0)
    assert body["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "echo",
                "description": "Say it again.",
                "strict": True,
                "parameters": {
                    "type": "object",
                    "properties": {"text": {"type": "string"}},
                    "required": ["text"],
                    "additionalProperties": False,
                },
            },
        }
    ]


@pytest.mark.parametrize(
    ("tool", "limit", "told", "outcome", "error"),
    [
        ("fail", "30s", "The tool fail failed: no such order", "failed", "no such order"),
        (
            "hang",
            "100ms",
            "The tool hang gave no answer in time.",
            "timed_out",
            "no answer within 0.1 seconds",
        ),
    ],
)
def test_a_call_that_fails_is_told_to_the_model_and_to_the_operator(
    gateway: LocalGateway, tool: str, limit: str, told: str, outcome: str, error: str
) -> None:
    gateway.script(_calls(tool))

    async def run() -> list[tuple[str, str, str | None]]:
        async with _team(_one(f"command: {COMMAND}", f", timeout: {limit}"), gateway) as team:
            result = await team.run("Hello")
        return [(call.tool, call.outcome, call.error) for call in result.tool_calls]

    assert asyncio.run(run()) == [(tool, outcome, error)]
    assert _answers(gateway) == [told]


def test_a_server_that_is_required_and_not_there_ends_the_run_before_a_model_is_asked(
    gateway: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "team.yaml"
    path.write_text(_one(f"url: {NOBODY}"))
    monkeypatch.setenv("SAHARA_API_KEY", "a-key")
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    done = run_agent(capsys, str(path), "Hello")
    assert (done.code, done.out) == (4, "")
    assert "the server of tools 'raw' cannot be used: it could not be reached" in done.err
    assert gateway.calls == []


def test_a_run_goes_on_without_a_server_that_is_not_required_and_everybody_learns_of_it(
    gateway: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = _one(f"url: {NOBODY}", ", required: false")
    warning = (
        "the server of tools 'raw' cannot be used: it could not be reached: the connection was refused; "
        "the run goes on without it"
    )
    events = asyncio.run(_streamed(_team(text, gateway)))
    assert Warned(warning) in events
    *_, last = events
    assert isinstance(last, RunFinished)
    assert last.result.warnings == (warning,)
    path = tmp_path / "team.yaml"
    path.write_text(text)
    monkeypatch.setenv("SAHARA_API_KEY", "a-key")
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    done = run_agent(capsys, str(path), "Hello")
    assert done.code == 0
    assert warning in done.err
    assert "tools" not in _body(gateway, -1)


SPAWNED: list[str] = []
_watching = False


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if _watching and event in ("subprocess.Popen", "os.posix_spawn", "os.exec", "os.fork", "os.system"):
        SPAWNED.append(str(args[0]))


sys.addaudithook(_watch)


@contextmanager
def spawns() -> Iterator[list[str]]:
    """Everything that is started in the block."""
    global _watching
    SPAWNED.clear()
    _watching = True
    try:
        yield SPAWNED
    finally:
        _watching = False


def test_nothing_is_started_before_the_operator_has_said_yes(gateway: LocalGateway) -> None:
    with spawns() as started:
        loaded = read_team(ONE, environ={})
        assert loaded.graph is not None
        DRAWINGS["json"](loaded.graph)
        team_schema()
        with pytest.raises(SpecError) as refused:
            load_graph(ONE, environ={}, consent=Consent.given(allow_hosts=["raw"]))
        with pytest.raises(SpecError):
            Team(loaded.graph, Settings.local(gateway.base_url))
        with pytest.raises(SpecError):
            load_graph(ONE, environ={}, consent=Consent.given(allow_commands=True, trust="untrusted"))
        assert started == []
        team = _team(ONE, gateway)
        assert started == []
        asyncio.run(_streamed(team))
        assert len(started) == 1
    assert [finding.id for finding in refused.value.findings] == ["command-not-allowed"]


def test_a_hostile_address_is_refused_and_no_socket_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of `http` tools, but for paths that lead upwards and for this machine, which a server may have."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    consent = Consent.given(allow_hosts=["rates.example"])
    fine = [
        url
        for url in HOSTILE
        if not read_team(_one(f"url: {json.dumps(url)}"), environ={}, consent=consent).findings
    ]
    assert len(fine) == 6
    assert all(
        url == "https://localhost/x" or re.search(r"/(\.|%2e){2}(/|$)", url, re.IGNORECASE) for url in fine
    )


TWO = (
    HEAD
    + "agents:\n  desk: {instructions: Help., tools: [raw, other]}\ntools:\n"
    + f"  raw: {{mcp: {{command: {COMMAND}}}}}\n  other: {{mcp: {{command: {COMMAND}PREFIX}}}}\n"
)


def test_tools_of_one_name_are_an_error_and_a_prefix_mends_it(gateway: LocalGateway) -> None:
    async def run(prefix: str) -> None:
        async with _team(TWO.replace("PREFIX", prefix), gateway) as team:
            await team.run("Hello")

    with pytest.raises(ToolServerError) as refused:
        asyncio.run(run(""))
    assert refused.value.message == "agent 'desk' has two tools 'echo': one of 'other', and one of 'raw'"
    assert gateway.calls == []
    asyncio.run(run(", prefix: other_"))
    body = _body(gateway, 0)
    names = [tool["function"]["name"] for tool in body["tools"]]
    assert {"echo", "other_echo"} <= set(names)
    assert len(names) == len(set(names)) == 30


def test_an_answer_of_any_tool_of_a_server_can_end_the_turn(gateway: LocalGateway) -> None:
    gateway.script(_calls("echo", text="the end"))

    async def run() -> object:
        text = ONE.replace("tools: [raw]", "tools: [raw], tool_use: {stop_at: [raw]}")
        async with _team(text, gateway) as team:
            return (await team.run("Hello")).output

    assert asyncio.run(run()) == "the end"


def test_an_agent_that_takes_over_has_its_tools(gateway: LocalGateway) -> None:
    text = (
        HEAD + "agents:\n  desk: {instructions: Route., handoffs: [clerk]}\n"
        "  clerk: {instructions: Work., description: Works, tools: [raw]}\n"
        f"tools:\n  raw: {{mcp: {{command: {COMMAND}, allow: [echo]}}}}\n"
    )
    gateway.script((Rule(Use((Tool("transfer_to_clerk"),)), When(system="Route")), Rule(Say("Done."))))
    asyncio.run(_streamed(_team(text, gateway)))
    assert [tool["function"]["name"] for tool in _body(gateway, -1)["tools"]] == ["echo"]


def test_runs_of_all_loops_and_threads_share_one_server(gateway: LocalGateway) -> None:
    gateway.script(_calls("pid"))
    team = _team(_one(f"command: {COMMAND}, allow: [pid]"), gateway)

    async def many() -> None:
        await asyncio.gather(*(team.run("Hello") for _ in range(100)))

    with ThreadPoolExecutor(3) as pool:
        working = [pool.submit(team.run_sync, "Hello") for _ in range(3)]
        asyncio.run(many())
        for one in working:
            one.result()
    team.close()
    bodies: list[Any] = [call.body for call in gateway.calls]
    answers = (message for body in bodies for message in body["messages"] if message["role"] == "tool")
    pids = {message["content"] for message in answers}
    assert len(pids) == 1


def test_calls_wait_for_a_yes_but_for_the_tools_that_need_none(gateway: LocalGateway) -> None:
    async def run(name: str) -> list[tuple[str, str]]:
        gateway.script(_calls(name))
        text = _one(f"command: {COMMAND}, prefix: my_", ", approval: {except: [pid]}")
        async with _team(text, gateway) as team:
            result = await team.run("Hello")
            waiting = [(one.tool, one.agent) for one in result.interruptions]
            if result.token is not None:
                result = await team.resume(result.token, approve=[result.interruptions[0].id])
                assert [call.tool for call in result.tool_calls] == [name]
        return waiting

    assert asyncio.run(run("my_pid")) == []
    assert asyncio.run(run("my_fail")) == [("my_fail", "desk")]


@pytest.mark.parametrize(
    ("allow", "message", "mend"),
    [
        (
            "echo",
            "the tool 'raw' has no argument 'txt', which 'args.txt' reads",
            "did you mean 'text'? Defined arguments: text",
        ),
        (
            "late, echo, pid",
            "the tools 'late', 'echo', 'pid' of 'raw' have no argument 'txt', which 'args.txt' reads",
            "did you mean 'text'? Defined arguments: seconds, text",
        ),
    ],
)
def test_an_approval_that_reads_no_argument_is_refused_when_the_server_has_said_what_it_offers(
    gateway: LocalGateway, allow: str, message: str, mend: str
) -> None:
    text = _one(f"command: {COMMAND}, allow: [{allow}]", ", approval: {when: \"args.txt == 'x'\"}")
    with pytest.raises(SpecError) as refused:
        asyncio.run(_streamed(_team(text, gateway)))
    [finding] = refused.value.findings
    assert (finding.id, finding.message, finding.mend) == ("unknown-name", message, mend)
    assert (finding.place.line, refused.value.exit_code) == (7, 3)
    assert gateway.calls == []


def test_an_argument_that_only_some_tools_of_a_server_have_needs_an_entry_of_its_own(
    gateway: LocalGateway,
) -> None:
    approval = ", approval: {when: \"args.text == 'x'\"}"
    with pytest.raises(SpecError) as refused:
        asyncio.run(_streamed(_team(_one(f"command: {COMMAND}, allow: [echo, pid]", approval), gateway)))
    [finding] = refused.value.findings
    assert finding.message == "the tool 'pid' of 'raw' has no argument 'text', which 'args.text' reads"
    assert finding.mend.startswith("it needs an entry with another approval")
    gateway.script(_calls("echo", text="y"))
    asyncio.run(_streamed(_team(_one(f"command: {COMMAND}, allow: [echo]", approval), gateway)))


def test_the_drawing_names_the_tools_that_the_file_allows() -> None:
    loaded = read_team(_one(f"command: {COMMAND}, allow: [echo, pid], prefix: my_"), environ={})
    assert loaded.graph is not None
    assert loaded.graph.agents["desk"].tool_names == ("my_echo", "my_pid")
    drawn = DRAWINGS["json"](loaded.graph)
    assert "my_echo" in drawn
    assert str(RAW) not in drawn


def test_what_a_server_is_sent_as_a_header_is_never_told_to_a_model(gateway: LocalGateway) -> None:
    gateway.script(_calls("search", query="canary-of-the-docs", most=1))
    with over_http(demo().streamable_http_app()) as address:
        header = 'headers: {Authorization: "Bearer ${DOCS_TOKEN}"}'
        text = _one(f'url: "{address}/mcp", {header}, allow: [search]')
        graph = load_graph(text, environ={"DOCS_TOKEN": "canary-of-the-docs"}, consent=Consent())
        settings = Settings(
            base_url=gateway.base_url, api_key=Secret("key"), environ={"DOCS_TOKEN": "canary-of-the-docs"}
        )

        async def run() -> None:
            async with Team(graph, settings) as team:
                await team.run("Hello")

        asyncio.run(run())
    bodies: list[Any] = [call.body for call in gateway.calls]
    assert bodies[-1]["messages"][-1]["content"] == "*** 0"
