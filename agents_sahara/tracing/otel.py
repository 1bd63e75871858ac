"""A trace told to OpenTelemetry: spans in the words of the GenAI semantic conventions, as far as they have words.

Needs opentelemetry-api alone; the program that embeds the team brings SDK and exporter, and where it set none up this
does nothing. Names are those of v0.1.0 of open-telemetry/semantic-conventions-genai (all of them "Development",
checked 2026-11-28): a workflow is told by `gen_ai.agent.name`, `gen_ai.workflow.name` is gone. What they lack begins
with `sahara.`. Only the extra `[otel]` loads this file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import cast
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.util.types import AttributeValue

from agents_sahara.graph.values import Endpoint
from agents_sahara.tracing import messages
from agents_sahara.tracing.record import Record
from agents_sahara.types import Json

_PROVIDERS = {"bedrock": "aws.bedrock"}
"""Of the compute providers, those that the conventions call otherwise."""

_NS = 1_000_000_000


class OtelSink:
    """The spans of one run."""

    def __init__(
        self, base_url: str, endpoints: Mapping[str, Endpoint], on_problem: Callable[[str], object]
    ) -> None:
        self._tracer = trace.get_tracer("agents_sahara")
        self._base_url = base_url
        self._endpoints = endpoints
        self._on_problem = on_problem
        self._everywhere: dict[str, AttributeValue] = {}
        """What every span says."""
        self._open: dict[str, OtelSpan] = {}
        self._asked: dict[str, Record] = {}
        """What models are asked, by the span of their agent; there is nothing where no texts are told."""
        self._unanswered: dict[str, tuple[OtelSpan, int]] = {}
        """Calls of models that are over, with their ends, until it is told what came of them; by the same span."""

    def write(self, record: Record) -> None:
        """Tell one record; a broken exporter breaks no run."""
        try:
            self._write(record)
        except Exception as problem:  # noqa: BLE001  whatever a foreign SDK raises
            self._on_problem(f"OpenTelemetry: {type(problem).__name__}")

    def _write(self, record: Record) -> None:
        if record.type == "attempt":
            self._call(record)
        elif record.span is None:
            self._point(record)
        elif record.began is None:
            if record.type == "run_started":
                self._everywhere = _of_session(record.facts.get("session"))
            name, attributes = _NAMED[record.type](record)
            self._open[record.span] = self._begun(record, name, SpanKind.INTERNAL, attributes)
        else:
            self._end(record)

    def _begun(
        self, record: Record, name: str, kind: SpanKind, attributes: Mapping[str, AttributeValue]
    ) -> OtelSpan:
        """A span in the one that the record lies in, or else in the one that the program is in."""
        parent = self._open.get(record.parent or "")
        context = None if parent is None else trace.set_span_in_context(parent)
        began = record.time if record.began is None else record.began
        told = {**attributes, **self._everywhere}
        return self._tracer.start_span(name, context, kind, attributes=told, start_time=int(began * _NS))

    def _call(self, record: Record) -> None:
        agent, ended = record.parent or "", int(record.time * _NS)
        self._settle(agent)
        span = self._begun(record, f"chat {record.facts['model']}", SpanKind.CLIENT, self._of_attempt(record))
        _judge(span, record)
        if agent in self._asked and span.is_recording():
            span.set_attributes(_content(self._asked[agent]))
        if agent in self._asked and record.facts["outcome"] == "answered":
            self._unanswered[agent] = (span, ended)
        else:
            span.end(ended)

    def _settle(self, agent: str, answer: Record | None = None) -> None:
        """End the call whose answer may have been waited for."""
        span, ended = self._unanswered.pop(agent, (None, 0))
        if span is not None:
            if answer is not None and span.is_recording():
                span.set_attributes(_content(answer))
            span.end(ended)

    def _end(self, record: Record) -> None:
        self._settle(record.span or "")
        self._asked.pop(record.span or "", None)
        span = self._open.pop(record.span or "", None)
        if span is None:
            return
        if span.is_recording():
            span.set_attributes(
                _of_result(record.facts) if record.type == "run_finished" else _content(record)
            )
        _judge(span, record)
        span.end(int(record.time * _NS))

    def _point(self, record: Record) -> None:
        agent = record.parent or ""
        if record.type == "model_asked":
            self._asked[agent] = record
        elif record.type == "model_answered":
            self._settle(agent, record)
        elif agent in self._open:
            facts = {
                f"sahara.{name}": _flat(value) for name, value in record.facts.items() if value is not None
            }
            self._open[agent].add_event(f"sahara.{record.type}", facts, int(record.time * _NS))

    def _of_attempt(self, record: Record) -> dict[str, AttributeValue]:
        facts = record.facts
        provider = str(facts["provider"])
        endpoint = self._endpoints.get(provider)
        own = None if endpoint is None else endpoint.base_url
        address = urlsplit(own or self._base_url)
        told = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": _PROVIDERS.get(provider, provider),
            "gen_ai.request.model": facts["model"],
            "gen_ai.response.model": facts["answered_model"],
            "gen_ai.usage.input_tokens": facts["input_tokens"],
            "gen_ai.usage.output_tokens": facts["output_tokens"],
            "gen_ai.agent.name": facts["agent"],
            "server.address": address.hostname,
            "server.port": address.port or (443 if address.scheme == "https" else 80),
            "sahara.provider": provider,
            "sahara.gateway": None if own else address.hostname,
            "sahara.cost_usd": facts["cost_usd"],
            "sahara.outcome": facts["outcome"],
        }
        return {name: _flat(value) for name, value in told.items() if value is not None}


def _of_run(record: Record) -> tuple[str, dict[str, AttributeValue]]:
    team = str(record.facts["team"])
    return f"invoke_workflow {team}", {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.agent.name": team,
        "sahara.trace_id": record.trace_id,
        "sahara.entry": str(record.facts["entry"]),
    }


def _of_session(session: Json) -> dict[str, AttributeValue]:
    """The conversation's id as a hash: it is often a person's."""
    if session is None:
        return {}
    return {"gen_ai.conversation.id": sha256(str(session).encode("utf-8", "replace")).hexdigest()[:32]}


def _of_agent(record: Record) -> tuple[str, dict[str, AttributeValue]]:
    agent = str(record.facts["agent"])
    return f"invoke_agent {agent}", {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": agent,
        "sahara.part": str(record.facts["part"]),
    }


def _of_tool(record: Record) -> tuple[str, dict[str, AttributeValue]]:
    tool = str(record.facts["tool"])
    return f"execute_tool {tool}", {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": tool,
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": str(record.facts["call_id"]),
        **_content(record),
    }


def _of_workflow(record: Record) -> tuple[str, dict[str, AttributeValue]]:
    name = str(record.facts["workflow"])
    return f"invoke_workflow {name}", {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.agent.name": name,
    }


_NAMED: Mapping[str, Callable[[Record], tuple[str, dict[str, AttributeValue]]]] = {
    "run_started": _of_run,
    "agent_started": _of_agent,
    "tool_called": _of_tool,
    "workflow_started": _of_workflow,
}


def _of_result(facts: Mapping[str, Json]) -> dict[str, AttributeValue]:
    usage = cast("Mapping[str, int]", facts["usage"])
    told = {
        "gen_ai.usage.input_tokens": usage["input_tokens"],
        "gen_ai.usage.output_tokens": usage["output_tokens"],
        "sahara.cost_usd": facts["cost_usd"],
        "sahara.path": facts["path"],
        "sahara.simulated": facts["simulated"],
    }
    return {name: _flat(value) for name, value in told.items() if value is not None}


def _judge(span: OtelSpan, record: Record) -> None:
    """Say that it ended in an error, if it did."""
    code = _error_code(record)
    if code is not None:
        span.set_attribute("error.type", code)
        span.set_status(Status(StatusCode.ERROR, code))


def _error_code(record: Record) -> str | None:
    if record.type == "run_cancelled":
        return "cancelled"
    if record.type == "tool_returned":
        return "tool_failed" if record.facts.get("outcome") == "failed" else None
    error = record.facts.get("error")
    code = error.get("code") if isinstance(error, Mapping) else error
    return None if code is None else str(code)


_CONTENT: Mapping[str, Mapping[str, tuple[str, Callable[[Json], Json]]]] = {
    "model_asked": {
        "instructions": ("gen_ai.system_instructions", messages.instructions),
        "input": ("gen_ai.input.messages", messages.asked),
    },
    "model_answered": {"output": ("gen_ai.output.messages", messages.answered)},
    "tool_called": {"arguments": ("gen_ai.tool.call.arguments", messages.arguments)},
    "tool_returned": {"result": ("gen_ai.tool.call.result", lambda result: result)},
}
"""Where texts go, and how; they are there only where the team asks for them."""


def _content(record: Record) -> dict[str, AttributeValue]:
    places = _CONTENT.get(record.type, {})
    facts = record.facts
    return {
        name: json.dumps(written(facts[fact])) for fact, (name, written) in places.items() if fact in facts
    }


def _flat(value: Json) -> AttributeValue:
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return cast("list[str]", value)
    return json.dumps(value)
