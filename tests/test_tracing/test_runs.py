"""What the trace of a run says, for whole and for streamed runs alike, over real HTTP."""

from __future__ import annotations

import asyncio
import json
import logging
import stat
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say, Tool, Use, When
from agents_sahara.errors import SaharaError, SettingsError
from agents_sahara.graph.guards import Guardrail, Guards
from agents_sahara.graph.values import AgentGraph, ModelTarget, Tracing
from agents_sahara.retry import Clock
from agents_sahara.runner.team import Team
from agents_sahara.settings import Secret, Settings, spellings
from agents_sahara.testing import no_sleep
from agents_sahara.tracing import lines as lines_room
from agents_sahara.tracing import run as run_room
from agents_sahara.types import Budget
from tests.spans import kept_spans
from tests.teams import edge, graph, node, solo, triage
from tests.test_runner.runs import team_on
from tests.test_tracing.traces import Line, kinds, lines_of, require_tree

BOTH = pytest.mark.parametrize("way", ["run", "stream"])
HOLA = "Hola, ¿Cómo te llamas?"
SECRET_WORD = "platypus-4711"
KEY = 'sk-"canary"\\7f3a9b2c5d8e1f40'
"""A key that JSON spells otherwise."""


@pytest.fixture(scope="module")
def shared() -> Iterator[LocalGateway]:
    with LocalGateway(sleep=no_sleep) as running:
        yield running


def traced(made: AgentGraph, folder: Path, file: str = "t.jsonl", **more: bool) -> AgentGraph:
    return replace(made, folder=folder, tracing=Tracing(file, **more))


async def asked(team: Team, message: str, way: str) -> SaharaError | None:
    try:
        if way == "run":
            await team.run(message)
        else:
            async for _ in team.stream(message):
                pass
    except SaharaError as error:
        return error
    return None


def ask(
    gateway: LocalGateway, made: AgentGraph, way: str, rules: Sequence[Rule] = (), message: str = HOLA
) -> SaharaError | None:
    gateway.script(rules)

    async def go() -> SaharaError | None:
        async with team_on(gateway, made) as team:
            return await asked(team, message, way)

    return asyncio.run(go())


def of_type(lines: list[Line], kind: str) -> Line:
    [line] = [line for line in lines if line["type"] == kind]
    return line


@BOTH
def test_a_handoff_is_told_as_a_tree(shared: LocalGateway, tmp_path: Path, way: str) -> None:
    assert ask(shared, traced(triage(), tmp_path), way) is None
    lines = lines_of(tmp_path / "t.jsonl")
    require_tree(lines)
    of_agent = ["agent_started", "attempt"]
    assert kinds(lines) == [
        "run_started",
        *of_agent,
        "handed_off",
        "agent_finished",
        *of_agent,
        "agent_finished",
        "run_finished",
    ]
    handed = of_type(lines, "handed_off")
    assert (handed["from_agent"], handed["to_agent"]) == ("triage", "spanish")
    result = lines[-1]
    assert (result["path"], result["simulated"]) == (["triage", "spanish"], True)
    for name in ("input_tokens", "output_tokens"):
        assert sum(line[name] for line in lines if line["type"] == "attempt") == result["usage"][name]
    assert len({line["trace_id"] for line in lines}) == 1
    assert stat.S_IMODE((tmp_path / "t.jsonl").stat().st_mode) == 0o600


def test_the_result_names_its_trace_and_a_folder_gets_a_file_for_each_run(
    shared: LocalGateway, tmp_path: Path
) -> None:
    shared.script([Rule(Say("Fine."))])

    async def go() -> list[str]:
        async with team_on(shared, traced(solo(), tmp_path, "deep/traces/")) as team:
            results = await asyncio.gather(*(team.run("go") for _ in range(8)))
        return [result.trace_id for result in results]

    ids = asyncio.run(go())
    files = list((tmp_path / "deep" / "traces").glob("*.jsonl"))
    assert stat.S_IMODE((tmp_path / "deep" / "traces").stat().st_mode) == 0o700
    assert sorted(ids) == sorted(lines_of(file)[0]["trace_id"] for file in files)
    for file in files:
        require_tree(lines_of(file))
        assert lines_of(file)[0]["trace_id"] in file.name


@BOTH
def test_tools_failures_and_switches_are_told_where_they_happen(
    shared: LocalGateway, tmp_path: Path, way: str
) -> None:
    second = ModelTarget("together", "deepseek-ai/DeepSeek-V3")
    made = traced(graph(replace(node("solo"), backups=(second,))), tmp_path)
    rules = [Rule(Fail(503), When(provider="openai")), Rule(Say("Fine."), When(provider="together"))]
    assert ask(shared, made, way, rules) is None
    lines = lines_of(tmp_path / "t.jsonl")
    require_tree(lines)
    outcomes = [(line["outcome"], line["error"]) for line in lines if line["type"] == "attempt"]
    assert outcomes == [("failed", "server_error"), ("answered", None)]
    switched = of_type(lines, "provider_switched")
    assert (switched["from"]["provider"], switched["to"]["provider"]) == ("openai", "together")
    assert switched["parent"] == of_type(lines, "agent_started")["span"]


@BOTH
def test_a_run_that_fails_says_how_without_words_of_others(
    shared: LocalGateway, tmp_path: Path, way: str
) -> None:
    rules = [Rule(Fail(400, {"error": {"message": f"what is {SECRET_WORD}"}}))]
    error = ask(shared, traced(solo(), tmp_path), way, rules, SECRET_WORD)
    assert error is not None
    assert SECRET_WORD in error.message
    lines = lines_of(tmp_path / "t.jsonl")
    require_tree(lines)
    failed = of_type(lines, "run_failed")
    assert (failed["error"]["code"], failed["error"]["status"]) == ("bad_request", 400)
    assert failed["usage"]["failed"] == 1
    assert SECRET_WORD not in (tmp_path / "t.jsonl").read_text()


@BOTH
def test_a_limit_and_a_guardrail_are_told(shared: LocalGateway, tmp_path: Path, way: str) -> None:
    loop = [Rule(Use((Tool("no_such_tool"),)))]
    limited = replace(traced(solo(), tmp_path), budget=Budget(turns=2))
    assert ask(shared, limited, way, loop) is not None
    lines = lines_of(tmp_path / "t.jsonl")
    require_tree(lines)
    assert of_type(lines, "budget_reached")["limit"] == "turns"
    assert of_type(lines, "run_failed")["error"]["code"] == "limit"
    judge = Guardrail("no_word", deny=SECRET_WORD, reply="No.")
    guarded = graph(replace(node("solo"), guards=Guards(input=(judge,))))
    assert ask(shared, traced(guarded, tmp_path, "g.jsonl"), way, (), SECRET_WORD) is None
    lines = lines_of(tmp_path / "g.jsonl")
    require_tree(lines)
    assert of_type(lines, "guardrail_tripped")["guardrail"] == "no_word"
    assert lines[-1]["guardrail"]["guardrail"] == "no_word"
    assert SECRET_WORD not in (tmp_path / "g.jsonl").read_text()


@BOTH
def test_texts_are_told_only_where_the_team_asks_for_them(
    shared: LocalGateway, tmp_path: Path, way: str
) -> None:
    rules = [Rule(Say(f"The word is {SECRET_WORD}."))]
    told = graph(node("solo", instructions=f"Say {SECRET_WORD}."))
    ask(shared, traced(told, tmp_path, "off.jsonl"), way, rules, SECRET_WORD)
    assert SECRET_WORD not in (tmp_path / "off.jsonl").read_text()
    ask(shared, traced(told, tmp_path, "on.jsonl", content=True), way, rules, SECRET_WORD)
    lines = lines_of(tmp_path / "on.jsonl")
    require_tree(lines)
    assert lines[0]["input"] == SECRET_WORD
    assert of_type(lines, "model_asked")["instructions"] == f"Say {SECRET_WORD}."
    assert of_type(lines, "model_asked")["input"][-1]["content"] == SECRET_WORD
    assert of_type(lines, "agent_finished")["output"] == lines[-1]["output"] == f"The word is {SECRET_WORD}."


ECHOES = {
    "answer": Rule(Say(f"Your key is {KEY}.")),
    "refusal": Rule(Fail(401, {"error": {"message": f"wrong key {KEY}"}})),
    "html": Rule(Fail(500, f"<p>{KEY}</p>".encode(), content_type="text/html")),
    "redirect": Rule(Fail(307, b"", headers={"Location": f"http://127.0.0.1:1/?key={KEY[:3]}"})),
    "tool": Rule(Use((Tool("look_up", {"key": KEY}),)), times=1),
}


@BOTH
@pytest.mark.parametrize("echo", ECHOES)
def test_the_key_is_in_no_trace(
    shared: LocalGateway, tmp_path: Path, way: str, echo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "canary-of-the-environment"
    monkeypatch.setenv("SOME_TOKEN", other)
    shared.script([ECHOES[echo], Rule(Say("Fine."))])
    made = traced(solo(), tmp_path, content=True)

    async def go() -> None:
        settings = replace(Settings.local(shared.base_url), api_key=Secret(KEY))
        async with Team(made, settings) as team:
            await asked(team, f"My key is {KEY} and {other}", way)

    asyncio.run(go())
    require_tree(lines_of(tmp_path / "t.jsonl"))
    text = (tmp_path / "t.jsonl").read_text()
    for secret in (KEY, other):
        assert not [spelled for spelled in spellings(secret) if spelled in text]
    assert "***" in text


@BOTH
def test_whoever_stops_a_run_finds_that_in_its_trace(shared: LocalGateway, tmp_path: Path, way: str) -> None:
    shared.script([Rule(Fail(503))])

    async def go() -> None:
        waits = asyncio.Event()

        async def sleep(_: float) -> None:
            waits.set()
            await asyncio.Event().wait()

        made = traced(solo(), tmp_path)
        async with Team(made, Settings.local(shared.base_url), clock=Clock(sleep=sleep)) as team:
            task = asyncio.create_task(asked(team, "go", way))
            await waits.wait()
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(go())
    lines = lines_of(tmp_path / "t.jsonl")
    require_tree(lines)
    assert kinds(lines)[-3:] == ["attempt", "agent_finished", "run_cancelled"]


def test_a_trace_that_cannot_be_written_is_told_once_and_breaks_nothing(
    shared: LocalGateway, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "t.jsonl").mkdir()
    (tmp_path / "t.jsonl" / "x").write_text("")
    made = traced(solo(), tmp_path, "t.jsonl/x/deep/")
    shared.script([Rule(Say("Fine."))])

    async def go() -> list[object]:
        async with team_on(shared, made) as team:
            return [(await team.run("go")).output for _ in range(3)]

    with caplog.at_level(logging.WARNING, "agents_sahara.tracing"):
        assert asyncio.run(go()) == ["Fine."] * 3
    [record] = caplog.records
    assert "the trace of this run is not whole" in record.getMessage()


def test_a_link_out_of_the_folder_is_not_followed(
    shared: LocalGateway, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, outside = tmp_path / "team", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "traces").symlink_to(outside)
    ask(shared, traced(solo(), folder, "traces/"), "run", [Rule(Say("Fine."))])
    assert not list(outside.iterdir())
    assert "leads out of" in caplog.text


def test_a_run_that_goes_on_and_on_fills_no_disk(
    shared: LocalGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_room, "MOST_RECORDS", 5)
    ask(shared, traced(triage(), tmp_path), "run")
    lines = lines_of(tmp_path / "t.jsonl")
    assert kinds(lines)[4:] == ["trace_cut", "run_finished"]


def test_a_file_that_many_runs_share_grows_no_further(
    shared: LocalGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lines_room, "MOST_FILE_BYTES", 300)
    ask(shared, traced(triage(), tmp_path), "run")
    assert len(kinds(lines_of(tmp_path / "t.jsonl"))) < 4
    assert "move it away" in caplog.text


def test_a_line_that_was_cut_off_takes_no_other_with_it(shared: LocalGateway, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"version": 1, "ty')
    ask(shared, traced(solo(), tmp_path), "run", [Rule(Say("Fine."))])
    first, *rest = path.read_text().splitlines()
    assert first == '{"version": 1, "ty'
    assert json.loads(rest[0])["type"] == "run_started"


def test_threads_share_a_file(shared: LocalGateway, tmp_path: Path) -> None:
    shared.script([Rule(Say("Fine."))])
    made = traced(solo(), tmp_path, content=True)

    def work() -> None:
        async def go() -> None:
            async with team_on(shared, made) as team:
                await asyncio.gather(*(team.run("word " * 2000) for _ in range(5)))

        asyncio.run(go())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    lines = lines_of(tmp_path / "t.jsonl")
    runs = {line["trace_id"] for line in lines}
    assert len(runs) == 20
    for run in runs:
        require_tree([line for line in lines if line["trace_id"] == run])


def test_long_and_odd_texts_stay_readable(shared: LocalGateway, tmp_path: Path) -> None:
    long = "x" * 40_000 + "\u2028\x1b[2J"
    ask(shared, traced(solo(), tmp_path, content=True), "run", [Rule(Say("Fine."))], long)
    started = lines_of(tmp_path / "t.jsonl")[0]
    assert len(started["input"]) < 33_000
    assert "more characters" in started["input"]


def test_a_team_given_as_text_keeps_its_traces_in_the_state_folder(
    shared: LocalGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path))
    made = replace(solo(), tracing=Tracing("mine/"))
    ask(shared, made, "run", [Rule(Say("Fine."))])
    [file] = (tmp_path / "traces" / "mine").iterdir()
    require_tree(lines_of(file))


def test_nothing_is_traced_unasked(shared: LocalGateway, tmp_path: Path) -> None:
    ask(shared, replace(solo(), folder=tmp_path), "run", [Rule(Say("Fine."))])
    assert not list(tmp_path.iterdir())


@BOTH
def test_opentelemetry_is_told_in_the_words_of_its_conventions(
    shared: LocalGateway, tmp_path: Path, way: str
) -> None:
    made = replace(triage(), folder=tmp_path, tracing=Tracing(otel=True))
    with kept_spans() as spans:
        ask(shared, made, way)
    assert [(span.name, span.kind, span.parent) for span in spans] == [
        ("invoke_workflow team", "INTERNAL", None),
        ("invoke_agent triage", "INTERNAL", "invoke_workflow team"),
        ("chat gpt-4o", "CLIENT", "invoke_agent triage"),
        ("invoke_agent spanish", "INTERNAL", "invoke_workflow team"),
        ("chat deepseek-ai/DeepSeek-V3", "CLIENT", "invoke_agent spanish"),
    ]
    assert all(0 < span.began <= span.ended for span in spans)
    names = {name for span in spans for name in span.attributes}
    assert {name for name in names if name.startswith("gen_ai.")} == {
        "gen_ai.agent.name",
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.request.model",
        "gen_ai.response.model",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
    }
    chat = spans[-1].attributes
    assert (chat["gen_ai.provider.name"], chat["sahara.provider"]) == ("together", "together")
    assert (chat["sahara.gateway"], chat["server.address"]) == ("127.0.0.1", "127.0.0.1")
    [(name, facts)] = spans[1].events
    assert (name, facts["sahara.to_agent"]) == ("sahara.handed_off", "spanish")
    assert not list(tmp_path.iterdir())


def test_opentelemetry_is_told_of_failures_and_texts(shared: LocalGateway) -> None:
    with kept_spans() as spans:
        ask(shared, replace(solo(), tracing=Tracing(otel=True)), "run", [Rule(Fail(404))])
    assert [span.status for span in spans] == ["ERROR", "", "ERROR"]
    assert spans[-1].attributes["error.type"] == spans[0].attributes["error.type"] == "not_found"
    rules = [Rule(Use((Tool("look_up", {"id": 7}),)), times=1), Rule(Say("Fine."))]
    with kept_spans() as spans:
        ask(shared, replace(solo(), tracing=Tracing(otel=True, content=True)), "run", rules, "go")
    call: dict[str, Any] = spans[-1].attributes
    given = json.loads(call["gen_ai.input.messages"])
    assert given[0] == {"role": "user", "parts": [{"type": "text", "content": "go"}]}
    assert [part["parts"][0]["type"] for part in given] == ["text", "tool_call", "tool_call_response"]


def test_a_broken_exporter_breaks_no_run(shared: LocalGateway, caplog: pytest.LogCaptureFixture) -> None:
    broken = mock.Mock(**{"start_span.side_effect": RuntimeError("no exporter")})
    with mock.patch("opentelemetry.trace.get_tracer", return_value=broken):
        made = replace(solo(), tracing=Tracing(otel=True))
        assert ask(shared, made, "run", [Rule(Say("Fine."))]) is None
    assert "OpenTelemetry: RuntimeError" in caplog.text


def test_opentelemetry_that_is_not_installed_is_told_when_the_team_is_made(
    shared: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents_sahara.tracing.tracer.find_spec", lambda _: None)
    with pytest.raises(SettingsError, match="OpenTelemetry is not installed"):
        team_on(shared, replace(solo(), tracing=Tracing(otel=True)))


def test_no_global_of_the_sdk_is_touched(shared: LocalGateway, tmp_path: Path) -> None:
    from agents.tracing import get_trace_provider

    provider = get_trace_provider()
    before = provider._multi_processor._processors  # type: ignore[attr-defined]
    ask(shared, traced(solo(), tmp_path, content=True), "run", [Rule(Say("Fine."))])
    assert get_trace_provider() is provider
    assert provider._multi_processor._processors is before  # type: ignore[attr-defined]


def test_edges_of_a_tree_need_no_names_that_are_unique(shared: LocalGateway, tmp_path: Path) -> None:
    twin = replace(node("b"), name="same")
    made = graph(replace(node("a", edge("b")), name="same"), twin)
    rules = [Rule(Use((Tool("transfer_to_b"),)), times=1), Rule(Say("Fine."))]
    ask(shared, traced(made, tmp_path), "run", rules)
    agents = [line["agent"] for line in lines_of(tmp_path / "t.jsonl") if line["type"] == "agent_started"]
    assert agents == ["a", "b"]
