"""`budget` from the file to the graph: what is said, what is not, and what layers do to it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from agents_sahara.loader import load_graph, read_team
from agents_sahara.types import Budget

TEAM = """\
version: 1
entry: front
models:
  fast: {provider: openai, model: gpt-4o, price: {input: 2.5, output: 10}}
defaults: {model: fast}
agents:
  front: {instructions: Greet., handoffs: [orders]}
  orders: {description: Knows orders, instructions: Answer.}
  closer: {description: Ends it, instructions: End it.}
"""


def _budget(text: str, profile: str | None = None) -> Budget:
    return load_graph(TEAM + text, profile=profile).budget


def test_a_file_without_a_budget_has_the_defaults() -> None:
    assert load_graph(
        TEAM.replace("  closer: {description: Ends it, instructions: End it.}\n", "")
    ).budget == Budget(
        turns=20,
        model_calls=None,
        tool_calls=100,
        tokens=1_000_000,
        cost_usd=Decimal(10),
        time_s=600.0,
        handoffs_per_edge=10,
        on_exceed="stop",
    )


def test_every_key_reaches_the_graph() -> None:
    said = (
        "budget: {turns: 21, model_calls: 30, tool_calls: 0, tokens: 60000, cost_usd: 0.25, time: 90s,"
        " handoffs_per_edge: 4, on_exceed: {handoff: closer}}\n"
    )
    assert _budget(said) == Budget(
        21, 30, 0, 60_000, Decimal("0.25"), 90.0, 4, on_exceed="handoff", handoff_to="closer"
    )


def test_what_is_not_said_keeps_its_default() -> None:
    for word in ("stop", "wrap_up", "ask"):
        assert _budget(f"budget: {{tokens: 5, on_exceed: {word}}}\n").on_exceed == word
    made = _budget("budget: {time: 500ms}\n")
    assert (made.time_s, made.turns, made.most_model_calls) == (0.5, 20, 60)
    assert _budget("budget: {turns: 400}\n").most_model_calls == 1200


def test_a_profile_changes_single_limits() -> None:
    text = "budget: {turns: 5, on_exceed: {handoff: closer}}\n"
    text += "profiles: {dear: {budget: {turns: 50, on_exceed: ask}}}\n"
    assert _budget(text) == Budget(turns=5, on_exceed="handoff", handoff_to="closer")
    assert _budget(text, "dear") == Budget(turns=50, on_exceed="ask")


def test_an_included_file_may_bring_the_budget(tmp_path: Path) -> None:
    (tmp_path / "limits.yaml").write_text("budget: {turns: 5, tokens: 7000}\n", "utf-8")
    team = tmp_path / "team.yaml"
    team.write_text(TEAM + "include: [limits.yaml]\nbudget: {turns: 6}\n", "utf-8")
    assert load_graph(team).budget == Budget(turns=6, tokens=7000)


def test_the_agent_that_answers_last_counts_as_reached() -> None:
    found = [finding.id for finding in read_team(TEAM + "budget: {on_exceed: {handoff: closer}}\n").findings]
    assert found == []
    assert [finding.id for finding in read_team(TEAM).findings] == ["unreachable-agent"]
