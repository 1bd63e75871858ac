"""Spans as the real OpenTelemetry SDK keeps and sends them, where it is installed."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from unittest import mock

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say, Tool, Use
from agents_sahara.errors import SaharaError
from agents_sahara.graph.values import AgentGraph, Tracing
from agents_sahara.retry import Clock
from agents_sahara.runner.team import Team
from agents_sahara.settings import Secret, Settings
from agents_sahara.testing import no_sleep
from tests.teams import solo, triage

pytest.importorskip("opentelemetry.sdk.trace", reason="opentelemetry-sdk is not installed")

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter

BOTH = pytest.mark.parametrize("way", ["run", "stream"])
KEY = "sk-canary-7f3a9b2c5d8e1f40"
RULES = (Rule(Use((Tool("look_up", {"id": 7}),)), times=1), Rule(Say("Fine.")))


@pytest.fixture(scope="module")
def shared() -> Iterator[LocalGateway]:
    with LocalGateway(sleep=no_sleep) as running:
        yield running


@contextmanager
def told_to(exporter: SpanExporter) -> Iterator[TracerProvider]:
    """A program whose spans go to `exporter`, without the provider that a process can set only once."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with mock.patch("opentelemetry.trace.get_tracer", provider.get_tracer):
        yield provider
    provider.shutdown()


def team_of(gateway: LocalGateway, made: AgentGraph, *, content: bool = False) -> Team:
    settings = replace(Settings.local(gateway.base_url), api_key=Secret(KEY))
    return Team(
        replace(made, tracing=Tracing(otel=True, content=content)),
        settings,
        clock=Clock(sleep=no_sleep, jitter=lambda: 0.0),
    )


async def ask(team: Team, way: str, message: str, **more: Any) -> None:
    if way == "run":
        await team.run(message, **more)
    else:
        async for _ in team.stream(message, **more):
            pass


def by_name(spans: Sequence[ReadableSpan]) -> dict[str, ReadableSpan]:
    return {span.name: span for span in spans}


def chain(span: ReadableSpan, spans: Sequence[ReadableSpan]) -> list[str]:
    """Names from the span up to the root of its trace."""
    known = {one.context.span_id: one for one in spans if one.context.trace_id == span.context.trace_id}
    names = [span.name]
    while span.parent is not None:
        span = known[span.parent.span_id]
        names.append(span.name)
    return names


@BOTH
def test_runs_lie_below_the_span_that_the_program_is_in(shared: LocalGateway, way: str) -> None:
    kept = InMemorySpanExporter()
    shared.script(())
    with told_to(kept) as provider:

        async def go() -> None:
            async with team_of(shared, triage()) as team:
                with provider.get_tracer("app").start_as_current_span("request"):
                    await ask(team, way, "Hola, ¿Cómo te llamas?", session=f"telegram:{way}")

        asyncio.run(go())
    spans = kept.get_finished_spans()
    assert len(spans) == 6
    assert len({span.context.trace_id for span in spans}) == 1
    speaks = by_name(spans)["chat deepseek-ai/DeepSeek-V3"]
    assert chain(speaks, spans) == [speaks.name, "invoke_agent spanish", "invoke_workflow team", "request"]
    ids = {(span.attributes or {}).get("gen_ai.conversation.id") for span in spans}
    assert len(ids) == 2, "one for the conversation, and none for the program's own span"
    told = "".join(span.to_json() for span in spans)
    assert not any(word in told for word in (KEY, "Hola", "telegram:", "James"))


@BOTH
def test_texts_stand_on_the_call_that_they_belong_to(shared: LocalGateway, way: str) -> None:
    """Shapes: docs/gen-ai/gen-ai-*.json of open-telemetry/semantic-conventions-genai (checked 2026-11-28)."""
    kept = InMemorySpanExporter()
    shared.script(RULES)
    with told_to(kept):
        asyncio.run(ask_once(shared, way, f"look at {KEY}"))
    calls = [span.attributes or {} for span in kept.get_finished_spans() if span.name.startswith("chat")]
    texts = [
        {name: json.loads(str(value)) for name, value in call.items() if name in CONTENT} for call in calls
    ]
    user = {"role": "user", "parts": [{"type": "text", "content": "look at ***"}]}
    call = {"type": "tool_call", "id": mock.ANY, "name": "look_up", "arguments": {"id": 7}}
    given = {"type": "tool_call_response", "id": mock.ANY, "response": mock.ANY}
    fine = {"type": "text", "content": "Fine."}
    be = [{"type": "text", "content": "You are the solo desk."}]
    said = {"role": "assistant", "parts": [call]}
    assert texts == [
        {
            "gen_ai.system_instructions": be,
            "gen_ai.input.messages": [user],
            "gen_ai.output.messages": [said | {"finish_reason": "tool_call"}],
        },
        {
            "gen_ai.system_instructions": be,
            "gen_ai.input.messages": [user, said, {"role": "tool", "parts": [given]}],
            "gen_ai.output.messages": [{"role": "assistant", "parts": [fine], "finish_reason": "stop"}],
        },
    ]


CONTENT = ("gen_ai.system_instructions", "gen_ai.input.messages", "gen_ai.output.messages")


async def ask_once(gateway: LocalGateway, way: str, message: str) -> None:
    async with team_of(gateway, solo(), content=True) as team:
        await ask(team, way, message)


@BOTH
def test_errors_are_the_status_of_the_call_and_of_the_run(shared: LocalGateway, way: str) -> None:
    kept = InMemorySpanExporter()
    shared.script([Rule(Fail(404))])
    with told_to(kept), pytest.raises(SaharaError):
        asyncio.run(ask_once(shared, way, "go"))
    spans = by_name(kept.get_finished_spans())
    told = {
        name: (span.status.status_code.name, (span.attributes or {}).get("error.type"))
        for name, span in spans.items()
    }
    assert told == {
        "chat gpt-4o": ("ERROR", "not_found"),
        "invoke_agent solo": ("UNSET", None),
        "invoke_workflow team": ("ERROR", "not_found"),
    }


def test_runs_of_several_loops_and_threads_never_cross(shared: LocalGateway) -> None:
    """Three loops on threads of their own with eight runs each, and eight callers without a loop."""
    kept = InMemorySpanExporter()
    shared.script(())
    with told_to(kept) as provider, ThreadPoolExecutor(11) as threads:
        asker = provider.get_tracer("app")
        team = team_of(shared, triage(), content=True)

        async def one(name: str) -> None:
            with asker.start_as_current_span(name):
                await ask(team, "run" if name[-1] in "02468" else "stream", f"Hola {name}!")

        async def loop(number: int) -> None:
            await asyncio.gather(*(one(f"word-{number}-{index}") for index in range(8)))

        def without(index: int) -> None:
            with asker.start_as_current_span(f"word-9-{index}"):
                team.run_sync(f"Hola word-9-{index}!")

        loops = [threads.submit(asyncio.run, loop(number)) for number in range(3)]
        for done in [*loops, *(threads.submit(without, index) for index in range(8))]:
            done.result(timeout=60)
        team.close()
    spans = kept.get_finished_spans()
    names = {f"word-{number}-{index}" for number in (0, 1, 2, 9) for index in range(8)}
    assert {span.name for span in spans if span.parent is None} == names
    for span in spans:
        root = chain(span, spans)[-1]
        others = [word for word in names if word != root and word in span.to_json()]
        assert not others
    for root in names:
        [above] = [span for span in spans if span.name == root]
        whole = [span.name for span in spans if span.context.trace_id == above.context.trace_id]
        assert len(whole) == 6


class Receiver(BaseHTTPRequestHandler):
    """Takes what an exporter posts."""

    bodies: ClassVar[list[tuple[str, bytes]]]

    def do_POST(self) -> None:
        self.bodies.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def receiver() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    class Taking(Receiver):
        bodies: ClassVar[list[tuple[str, bytes]]] = []

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", Taking.bodies
        server.shutdown()
        thread.join(timeout=10)


def test_spans_reach_a_collector_over_http(shared: LocalGateway) -> None:
    exporters = pytest.importorskip("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    shared.script(RULES)
    with receiver() as (url, bodies), told_to(exporters.OTLPSpanExporter(url)):
        asyncio.run(ask_once(shared, "run", "go"))
    requests = [service.ExportTraceServiceRequest.FromString(body) for _, body in bodies]
    scopes = [scope for one in requests for kept in one.resource_spans for scope in kept.scope_spans]
    assert {scope.scope.name for scope in scopes} == {"agents_sahara"}
    spans = [span for scope in scopes for span in scope.spans]
    ids = {span.span_id: span.name for span in spans}
    assert [(span.name, ids.get(span.parent_span_id)) for span in spans] == [
        ("chat gpt-4o", "invoke_agent solo"),
        ("chat gpt-4o", "invoke_agent solo"),
        ("invoke_agent solo", "invoke_workflow team"),
        ("invoke_workflow team", None),
    ]
    asked = {pair.key: pair.value for pair in spans[0].attributes}
    assert asked["gen_ai.operation.name"].string_value == "chat"
    assert asked["gen_ai.usage.input_tokens"].int_value > 0
    assert not any(KEY.encode() in body for _, body in bodies)
