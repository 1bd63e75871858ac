"""`provider: auto` in a file: where it may stand, what is shown of it, and what the catalog says about it."""

from __future__ import annotations

import json

import pytest

from agents_sahara import load_team
from agents_sahara.catalog.discovery import Catalog
from agents_sahara.cli.drawing.as_json import draw_json
from agents_sahara.cli.online import with_catalog
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Raw, Rule, When
from agents_sahara.loader import load_graph, read_team
from agents_sahara.settings import Secret, Settings
from agents_sahara.spec.documented import PROVIDERS

TEAM = """\
version: 1
entry: a
models:
  one: {provider: auto, model: gpt-4o, settings: {seed: 1}}
  many:
    pool:
      - {provider: lepton, model: llama3-3-70b}
      - {provider: auto, model: llama3-3-70b, context: 1000}
    sticky: conversation
  bare: {model: llama3-1-8b, sticky: conversation}
defaults: {provider: auto, fallback: [one]}
agents:
  a: {instructions: Hi., model: gpt-4o, provider: auto, handoffs: [b, c, d]}
  b: {description: B, instructions: Hi., model: {id: llama-3-8b, provider: auto}}
  c: {description: C, instructions: Hi., model: many}
  d: {description: D, instructions: Hi., model: bare}
"""


def test_auto_may_stand_wherever_a_provider_may() -> None:
    loaded = read_team(TEAM, environ={})
    assert loaded.findings == ()
    assert loaded.graph is not None
    members = {
        key: [(one.provider, one.model) for one in (node.target, *node.backups)]
        for key, node in loaded.graph.agents.items()
    }
    assert members == {
        "a": [("auto", "gpt-4o")],
        "b": [("auto", "llama-3-8b"), ("auto", "gpt-4o")],
        "c": [("lepton", "llama3-3-70b"), ("auto", "llama3-3-70b"), ("auto", "gpt-4o")],
        "d": [("auto", "llama3-1-8b"), ("auto", "gpt-4o")],
    }
    assert loaded.graph.pairs() == (("lepton", "llama3-3-70b"),)
    assert set(loaded.graph.open_models()) == {"gpt-4o", "llama-3-8b", "llama3-3-70b", "llama3-1-8b"}


def test_the_graph_shows_auto() -> None:
    shown = json.loads(draw_json(load_graph(TEAM, environ={})))
    assert [agent["provider"] for agent in shown["agents"]] == ["auto", "auto", "lepton", "auto"]


SMALL = "version: 1\nagents:\n  solo: {instructions: Hi., model: %s, provider: auto}\n"


@pytest.mark.parametrize(
    ("model", "answers", "ids"),
    [
        ("gpt-4o", [], []),
        ("gpt-4p", [], ["unknown-model"]),
        ("gpt-4o", [Rule(Raw(b"[]"), When(path="providers", model="gpt-4o"))], ["unserved-model"]),
    ],
)
def test_online_the_catalog_is_asked_who_serves_the_id(
    model: str, answers: list[Rule], ids: list[str]
) -> None:
    loaded = read_team(SMALL % model, environ={})
    with (
        LocalGateway(script=answers) as gateway,
        Catalog(Settings(Secret("any"), gateway.base_url)) as catalog,
    ):
        findings = with_catalog(loaded, catalog)
    assert [(found.id, found.place.line) for found in findings] == [(one, 3) for one in ids]


def test_locally_the_simulators_catalog_answers_and_any_provider_serves_an_unknown_id() -> None:
    for model, provider in (("llama3-1-8b", "lepton"), ("my-own-9b", PROVIDERS[0])):
        team = load_team(SMALL % model, local=True)
        result = team.run_sync("Hello!")
        team.close()
        assert result.simulated
        assert [attempt.provider for attempt in result.attempts] == [provider]
