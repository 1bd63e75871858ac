"""Pools, fallback lists and their policies become the members that an agent's calls try."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

import pytest

from agents_sahara.graph.values import AgentNode, Fallback, ModelTarget
from agents_sahara.loader import load_graph, read_team
from agents_sahara.types import Price

TEAM = """\
version: 1
entry: a
models:
  fast: {provider: openai, model: gpt-4o, settings: {temperature: 1, seed: 1}}
  deep:
    pool:
      - {provider: together, model: deepseek-ai/DeepSeek-V3, price: {input: 1.25, output: 2}, context: 131072}
      - {provider: lepton, model: llama3-3-70b, settings: {seed: 3, top_p: 0.5}}
    settings: {seed: 2, top_p: 0.1}
    fallback: {attempts: 5, deadline: 2m, attempt_timeout: 45, first_token: 1500ms, idle: 0.5s}
    sticky: conversation
  wide: {pool: [{provider: lepton, model: llama3-3-70b}, {provider: bedrock, model: llama-3-8b}]}
defaults: {settings: {max_tokens: 9, seed: 0}, fallback: [deep, fast]}
agents:
  a: {instructions: Hi., model: deep, handoffs: [b, c, d]}
  b: {description: B, instructions: Hi., model: {use: fast, settings: {top_p: 1}}, settings: {seed: 7}}
  c: {description: C, instructions: Hi., model: {id: llama3-3-70b, provider: lepton}, fallback: [wide, deep]}
  d: {description: D, instructions: Hi., model: fast, fallback: []}
"""


def _agents(text: str = TEAM) -> dict[str, AgentNode]:
    loaded = read_team(text, environ={})
    assert loaded.findings == ()
    assert loaded.graph is not None
    return dict(loaded.graph.agents)


def _members(node: AgentNode) -> list[str]:
    return [f"{member.alias}:{member.provider}" for member in (node.target, *node.backups)]


def test_a_pool_comes_first_and_then_the_aliases_of_the_list_each_pair_once() -> None:
    agents = _agents()
    assert {key: _members(node) for key, node in agents.items()} == {
        "a": ["deep:together", "deep:lepton", "fast:openai"],
        "b": ["fast:openai", "deep:together", "deep:lepton"],
        "c": ["None:lepton", "wide:bedrock", "deep:together"],
        "d": ["fast:openai"],
    }


def test_a_member_has_its_own_price_window_and_settings() -> None:
    target, *backups = (_agents()["a"].target, *_agents()["a"].backups)
    price = Price(Decimal("1.25"), Decimal(2))
    settings = {"max_tokens": 9, "seed": 2, "top_p": 0.1}
    assert target == ModelTarget("together", "deepseek-ai/DeepSeek-V3", "deep", settings, price, 131072)
    assert backups == [
        ModelTarget("lepton", "llama3-3-70b", "deep", {"max_tokens": 9, "seed": 3, "top_p": 0.5}),
        ModelTarget("openai", "gpt-4o", "fast", {"max_tokens": 9, "seed": 1, "temperature": 1}),
    ]


def test_settings_of_the_agent_win_over_those_of_every_member() -> None:
    node = _agents()["b"]
    assert [dict(member.settings) for member in (node.target, *node.backups)] == [
        {"max_tokens": 9, "seed": 7, "temperature": 1, "top_p": 1},
        {"max_tokens": 9, "seed": 7, "top_p": 1},
        {"max_tokens": 9, "seed": 7, "top_p": 1},
    ]


def test_the_policy_is_that_of_the_agents_own_alias() -> None:
    agents = _agents()
    said = Fallback(attempts=5, deadline_s=120, attempt_timeout_s=45, first_token_s=1.5, idle_s=0.5)
    assert [node.fallback for node in agents.values()] == [said, Fallback(), Fallback(), Fallback()]
    assert [node.is_sticky for node in agents.values()] == [True, False, False, False]


def test_a_policy_holds_for_an_alias_with_one_model() -> None:
    text = "version: 1\nmodels: {one: {provider: openai, model: gpt-4o, fallback: {attempts: 1}}}\n"
    node = _agents(text + "agents:\n  solo: {instructions: Hi., model: one}\n")["solo"]
    assert (node.backups, node.fallback) == ((), Fallback(attempts=1))


def test_pairs_of_a_team_name_every_member() -> None:
    assert load_graph(TEAM, environ={}).pairs() == (
        ("together", "deepseek-ai/DeepSeek-V3"),
        ("lepton", "llama3-3-70b"),
        ("openai", "gpt-4o"),
        ("bedrock", "llama-3-8b"),
    )


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("500ms", 0.5),
        ("1ms", 0.001),
        ("700ms", 0.7),
        ("8s", 8.0),
        ("08s", 8.0),
        ("1.25s", 1.25),
        ("0.5m", 30.0),
        ("2m", 120.0),
        ("60m", 3600.0),
        ("'3600s'", 3600.0),
        ("8", 8.0),
        ("0.25", 0.25),
    ],
)
def test_a_duration_has_a_unit_or_counts_seconds(written: str, seconds: float) -> None:
    text = f"version: 1\nmodels: {{one: {{provider: openai, model: gpt-4o, fallback: {{cooldown: {written}}}}}}}\n"
    node = _agents(text + "agents:\n  solo: {instructions: Hi., model: one}\n")["solo"]
    assert node.fallback.cooldown_s == seconds


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("8 s", "8s"),
        ("8S", "8s"),
        ("90sec", "90s"),
        ("2 minutes", "2m"),
        ("2min", "2m"),
        ("20 millis", "20ms"),
        ("'30'", "30s"),
        ("1h", None),
        ("-8s", None),
        ("8s8s", None),
        ("s", None),
        ("٣s", None),
        ("1e3s", None),
    ],
)
def test_what_is_no_duration_is_refused_with_the_one_that_was_meant(written: str, meant: str | None) -> None:
    text = (
        f"version: 1\nmodels: {{one: {{provider: openai, model: gpt-4o, fallback: {{idle: {written}}}}}}}\n"
    )
    findings = read_team(text + "agents:\n  solo: {instructions: Hi., model: one}\n", environ={}).findings
    assert [finding.id for finding in findings] == ["bad-duration"]
    assert findings[0].mend.startswith(f"did you mean '{meant}'? " if meant else "write 500ms, ")


def test_a_profile_that_gives_a_pool_to_an_alias_with_one_model_is_refused_where_the_model_stands() -> None:
    text = "version: 1\nmodels:\n  deep: {provider: openai, model: gpt-4o}\n"
    text += "agents:\n  solo: {instructions: Hi., model: deep}\n"
    text += "profiles: {prod: {models: {deep: {pool: [{provider: openai, model: gpt-4o}]}}}}\n"
    for profile in (None, "prod"):
        findings = read_team(text, profile=profile, environ={}).findings
        assert [(finding.id, finding.place.line) for finding in findings] == [
            ("keys-exclude-each-other", 3),
            ("keys-exclude-each-other", 3),
        ]


def test_what_only_a_profile_uses_is_not_idle() -> None:
    text = """\
version: 1
models:
  fast: {provider: openai, model: gpt-4o, sticky: conversation}
  deep: {provider: together, model: llama-3-8b, fallback: {attempts: 2}}
agents:
  solo: {instructions: Hi., model: fast}
profiles:
  safe: {agents: {solo: {fallback: [deep]}}}
  prod: {defaults: {fallback: [fast]}, agents: {solo: {model: deep}}}
"""
    for profile in (None, "safe", "prod"):
        assert read_team(text, profile=profile, environ={}).findings == ()


def test_aliases_of_an_included_file_may_say_more_than_a_team_uses(tmp_path: Path) -> None:
    shared = "models:\n  deep: {provider: together, model: llama-3-8b, fallback: {attempts: 2},"
    shared += " sticky: conversation}\n"
    (tmp_path / "shared.yaml").write_text(shared, encoding="utf-8")
    team = tmp_path / "team.yaml"
    team.write_text(
        "version: 1\ninclude: [shared.yaml]\n"
        "agents:\n  solo: {instructions: Hi., model: gpt-4o, provider: openai, fallback: [deep]}\n",
        encoding="utf-8",
    )
    assert read_team(team, environ={}).findings == ()


def _many(pools: int, agents: int) -> str:
    """A team whose default list brings every agent ten members a pool."""
    names = [f"p{at}" for at in range(pools)]
    lines = [
        f"  {name}: {{pool: [{', '.join(f'{{provider: {name}, model: m{n}}}' for n in range(10))}]}}"
        for name in names
    ]
    rest = [f"  a{at}: {{instructions: Hi., settings: {{seed: {at}}}}}" for at in range(agents)]
    head = f"version: 1\nentry: a0\ndefaults: {{model: p0, fallback: [{', '.join(names)}]}}\nmodels:\n"
    return head + "\n".join([*lines, "agents:", *rest]) + "\n"


def test_more_than_twenty_members_behind_an_agent_are_refused_once() -> None:
    assert len(load_graph(_many(2, 2), environ={}).agents["a1"].backups) == 19
    errors = [
        finding for finding in read_team(_many(3, 2), environ={}).findings if finding.severity == "error"
    ]
    assert [(finding.id, finding.place.line) for finding in errors] == [("too-many-members", 3)]


def test_pools_behind_many_agents_load_in_a_few_seconds_of_cpu() -> None:
    for pools in (2, 20):
        started = time.process_time()
        read_team(_many(pools, 2_000), environ={})
        assert time.process_time() - started < 4


def test_a_providers_ways_reach_the_graph() -> None:
    text = """\
version: 1
providers:
  together: {max_concurrency: 32, history: no_tools, strict_tools: false, include_usage: false}
  openai: {max_concurrency: 1}
agents:
  a: {instructions: Answer., model: gpt-4o, provider: openai, handoffs: [b]}
  b: {description: B, instructions: Answer., model: deepseek-ai/DeepSeek-V3, provider: together}
entry: a
"""
    loaded = read_team(text)
    assert loaded.findings == ()
    assert loaded.graph is not None
    ways = {
        name: (one.base_url, one.max_concurrency, one.history, one.strict_tools, one.include_usage)
        for name, one in loaded.graph.endpoints.items()
    }
    assert ways == {"together": (None, 32, "no_tools", False, False), "openai": (None, 1, "full", True, True)}
