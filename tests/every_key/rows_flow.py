"""Rows of the keys that say what is told of a run, and in which order agents work."""

from __future__ import annotations

from agents_sahara.emulator.script import Rule, Say, When
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


def path(seen: Seen) -> object:
    return seen.results and seen.result["path"]


def two(flow: object) -> dict[str, object]:
    """A team of two agents, with a workflow in front of them or none."""
    return {"entry": "flow", "workflows": {"flow": flow}}


PAIR = {
    "entry": "solo",
    "agents": {"other": {"instructions": "The other desk.", "model": "gpt-4o", "provider": "openai"}},
}
IN_TURN = Scene(rules=(Rule(Say("no"), When(system="other desk"), times=1), Rule(Say("ok"))))
LOOP = {"agent": "other", "until": "output == 'ok'"}
LOOPING = PAIR | two({"loop": LOOP})

OF_WORKFLOWS = {
    "team.workflows": Row(two({"sequence": ["other", "solo"]}), path, PAIR, IN_TURN, gives=["other", "solo"]),
    "workflow.sequence": Row(
        two({"sequence": ["other", "solo"]}), path, PAIR, IN_TURN, gives=["other", "solo"]
    ),
    "workflow.parallel": Row(
        two({"parallel": ["other", "solo"]}),
        lambda seen: seen.results and seen.result["output"],
        PAIR,
        IN_TURN,
        gives="other:\nno\n\nsolo:\nok",
    ),
    "workflow.loop": Row(two({"loop": LOOP}), path, PAIR, IN_TURN, gives=["other", "other"]),
    "loop.agent": Row(two({"loop": {"agent": "solo"}}), path, LOOPING, IN_TURN, gives=["solo"]),
    "loop.sequence": Row(
        two({"loop": {"agent": None, "sequence": ["solo", "other"]}}),
        path,
        LOOPING,
        IN_TURN,
        gives=["solo", "other", "solo", "other"],
    ),
    "loop.parallel": Row(
        two({"loop": {"agent": None, "parallel": ["solo", "other"], "max": 1}}),
        path,
        LOOPING,
        IN_TURN,
        gives=["solo", "other"],
    ),
    "loop.until": Row(two({"loop": {"until": "output == 'no'"}}), path, LOOPING, IN_TURN, gives=["other"]),
    "loop.max": Row(two({"loop": {"max": 1}}), path, LOOPING, IN_TURN, gives=["other"]),
}
