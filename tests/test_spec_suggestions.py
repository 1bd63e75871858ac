"""Where exactly one legal name is one edit away, it is suggested: at every level, for every kind of name."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents_sahara.diagnostics.suggest import edits
from agents_sahara.loader import read_team
from agents_sahara.spec.documented import MODELS, PROVIDERS
from agents_sahara.spec.format import AGENT, HANDOFF, TEAM
from agents_sahara.spec.model_settings import SETTINGS
from agents_sahara.spec.models import ALIAS

LETTERS = "abcdefghijklmnopqrstuvwxyz_"

NAMES: dict[str, tuple[str, ...]] = {
    "team key": tuple(TEAM.fields),
    "agent key": tuple(AGENT.fields),
    "handoff key": ("agent", "when", "tool_name", "description", "enabled"),
    "setting": tuple(SETTINGS.fields),
    "provider key": ("base_url", "api_key_env"),
    "alias key": tuple(ALIAS.fields),
    "member key": ("provider", "model", "settings", "price", "context"),
    "fallback key": ("attempts", "deadline", "attempt_timeout", "first_token", "idle", "cooldown"),
    "sticky": ("conversation",),
    "backup": ("fast", "deep", "cheap"),
    "default backup": ("fast", "deep", "cheap"),
    "model key": ("use", "id", "provider", "settings"),
    "verbosity": ("low", "medium", "high"),
    "effort": ("none", "minimal", "low", "medium", "high", "xhigh", "max"),
    "truth": ("true", "false"),
    "agent": ("front", "billing", "refunds", "orders"),
    "entry": ("front", "billing", "refunds", "orders"),
    "alias": ("fast", "deep", "cheap"),
    "used alias": ("fast", "deep", "cheap"),
    "provider": PROVIDERS,
    "model id": MODELS,
    "variable": ("shop", "city", "opening"),
    "given variable": ("shop", "city", "opening"),
    "profile": ("prod", "staging"),
    "tool": ("auto", "required", "none", "transfer_to_billing", "transfer_to_refunds", "transfer_to_orders"),
}

TEAM_TEXT = """\
version: 1
{team}
entry: {entry}
vars: {{shop: Acme, city: Rome, opening: nine}}
providers:
  own: {{base_url: "https://models.example/v1"{provider_key}}}
models:
  fast: {{provider: openai, model: gpt-4o, settings: {{{setting}}}{alias_key}}}
  deep:
    pool: [{{provider: openai, model: gpt-4o{member_key}}}, {{provider: together, model: llama-3-8b}}]
    fallback: {{idle: 8s{fallback_key}}}
    sticky: {sticky}
  cheap: {{provider: own, model: m}}
agents:
  front:
    instructions: "{instructions}"
    model: {model}
    {agent_key}
    fallback: [cheap, {backup}]
    handoffs: [refunds, orders, {{agent: {agent}{handoff_key}}}]
    settings: {{tool_choice: {tool}}}
  billing: {{description: B, instructions: Answer., model: {{use: {alias}{model_key}}}}}
  refunds: {{description: R, instructions: Answer., model: deep}}
  orders: {{description: O, instructions: Answer., model: {{id: "{id}", provider: "{provider}"}}}}
defaults: {{fallback: [{default_backup}]}}
profiles: {{prod: {{entry: billing}}, staging: {{entry: orders}}}}
"""

BLANK = {
    **dict.fromkeys(
        (
            "team",
            "provider_key",
            "setting",
            "alias_key",
            "agent_key",
            "handoff_key",
            "model_key",
            "member_key",
            "fallback_key",
        ),
        "",
    ),
    "entry": "front",
    "instructions": "Greet.",
    "model": "fast",
    "agent": "billing",
    "tool": "auto",
    "sticky": "conversation",
    "backup": "deep",
    "default_backup": "deep",
    "alias": "fast",
    "id": "gpt-4o",
    "provider": "openai",
}

SLOTS: dict[str, Callable[[str], dict[str, str]]] = {
    "team key": lambda word: {"team": f"{word}: x"},
    "agent key": lambda word: {"agent_key": f"{word}: x"},
    "handoff key": lambda word: {"handoff_key": f", {word}: x"},
    "setting": lambda word: {"setting": f"{word}: x"},
    "provider key": lambda word: {"provider_key": f", {word}: x"},
    "alias key": lambda word: {"alias_key": f", {word}: x"},
    "member key": lambda word: {"member_key": f", {word}: x"},
    "fallback key": lambda word: {"fallback_key": f", {word}: x"},
    "sticky": lambda word: {"sticky": word},
    "backup": lambda word: {"backup": word},
    "default backup": lambda word: {"default_backup": word},
    "model key": lambda word: {"model_key": f", {word}: x"},
    "verbosity": lambda word: {"setting": f"verbosity: {word}"},
    "effort": lambda word: {"setting": f"reasoning: {{effort: {word}}}"},
    "truth": lambda word: {"handoff_key": f", enabled: {word}"},
    "agent": lambda word: {"agent": word},
    "entry": lambda word: {"entry": word},
    "alias": lambda word: {"model": word},
    "used alias": lambda word: {"alias": word},
    "provider": lambda word: {"provider": word},
    "model id": lambda word: {"id": word},
    "variable": lambda word: {"instructions": f"Greet {{{{ {word} }}}}."},
    "tool": lambda word: {"tool": word},
}


def _mends(kind: str, word: str) -> list[str]:
    text = TEAM_TEXT.format_map(BLANK | (SLOTS[kind](word) if kind in SLOTS else {}))
    given_vars = {word: "x"} if kind == "given variable" else None
    profile = word if kind == "profile" else None
    loaded = read_team(text, vars=given_vars, profile=profile, environ={})
    return [
        match[1]
        for finding in loaded.findings
        if (match := re.match(r"did you mean '(.*?)'\?", finding.mend))
    ]


def _slip(word: str, how: int, at: int, letter: str) -> str:
    at %= len(word)
    changes = (
        word[:at] + letter + word[at:],
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    )
    return changes[how]


def _neighbours(kind: str, slip: str) -> list[str]:
    return [name for name in NAMES[kind] if edits(slip, name, most=1) <= 1]


@pytest.mark.parametrize("kind", NAMES)
def test_the_only_legal_name_one_edit_away_is_suggested(kind: str) -> None:
    @settings(max_examples=25, deadline=None)
    @given(st.sampled_from(NAMES[kind]), st.integers(0, 3), st.integers(0, 60), st.sampled_from(LETTERS))
    def check(word: str, how: int, at: int, letter: str) -> None:
        slip = _slip(word, how, at, letter)
        is_word = re.fullmatch(r"[A-Za-z][\w./-]*", slip) and slip not in ("null", "true", "false", "y", "n")
        if is_word and _neighbours(kind, slip) == [word] and slip != word:
            assert word in _mends(kind, slip), (kind, slip)

    check()


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("temperature", "`settings: {temperature: ...}`"),
        ("temprature", "`settings: {temperature: ...}`"),
        ("attempts", "`fallback: {attempts: ...}`"),
        ("input", "`price: {input: ...}`"),
    ],
)
def test_a_key_that_belongs_one_level_deeper_is_sent_there(key: str, place: str) -> None:
    text = TEAM_TEXT.format_map(BLANK | SLOTS["alias key"](key))
    [finding] = read_team(text, environ={}).findings
    assert finding.mend.startswith(f"did you mean {place}?")


def test_the_team_of_these_tests_is_good() -> None:
    loaded = partial(read_team, TEAM_TEXT.format_map(BLANK), environ={})()
    assert loaded.graph is not None
    assert HANDOFF.noun == "text or a map"
