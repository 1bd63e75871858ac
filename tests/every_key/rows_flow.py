"""Rows of the keys that say what is told of a run, and in which order agents work."""

from __future__ import annotations

from agents_sahara.emulator.script import Rule, Say
from tests.every_key.row import Row
from tests.every_key.seen import Scene, Seen

WORD = Scene(message="platypus", rules=(Rule(Say("Fine.")),))


def traced(seen: Seen) -> object:
    """Files of traces and how each begins, seen from the team's folder."""
    return {name: lines[0]["type"] for name, lines in seen.traces.items()}


def told(seen: Seen) -> object:
    """Whether a trace has what the user said."""
    return [line.get("input") for lines in seen.traces.values() for line in lines[:1]]


OF_TRACING = {
    "team.tracing": Row(
        {"tracing": {"file": "all.jsonl"}}, traced, {}, WORD, gives={"all.jsonl": "run_started"}
    ),
    "tracing.file": Row(
        {"tracing": {"file": "all.jsonl"}}, traced, {}, WORD, gives={"all.jsonl": "run_started"}
    ),
    "tracing.otel": Row(
        {"tracing": {"otel": True}},
        lambda seen: seen.spans,
        {},
        WORD,
        gives=["invoke_workflow team", "invoke_agent solo", "chat gpt-4o"],
    ),
    "tracing.content": Row(
        {"tracing": {"content": True}}, told, {"tracing": {"file": "all.jsonl"}}, WORD, gives=["platypus"]
    ),
}
