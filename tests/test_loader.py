"""A good file becomes the graph that it means."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from agents_sahara.errors import SpecError
from agents_sahara.graph.values import AgentGraph, HandoffEdge, ModelTarget
from agents_sahara.loader import load_graph, read_team
from agents_sahara.trust.consent import Consent
from agents_sahara.types import Json, Price
from tests.documents import GOOD, as_text

CONFIGS = sorted((Path(__file__).parent.parent / "configs").glob("*.yaml"))

ONE = (
    "version: 1\n{top}\nagents:\n  solo: {{instructions: {instructions}, model: gpt-4o, provider: openai}}\n"
)


def _one(instructions: str, top: str = "") -> AgentGraph:
    return load_graph(ONE.format(instructions=instructions, top=top), environ={"CITY": "Rome", "NONE": ""})


def _told(instructions: str, top: str = "") -> str:
    return _one(instructions, top).agents["solo"].instructions


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_finished_team_has_no_finding(path: Path) -> None:
    loaded = read_team(path, environ={})
    assert loaded.findings == ()
    assert loaded.graph is not None
    assert loaded.graph.folder == path.parent


def test_the_short_and_the_full_handoff_say_what_the_model_reads() -> None:
    text = """\
version: 1
entry: front
vars: {shop: Acme}
defaults: {model: gpt-4o, provider: openai}
agents:
  front:
    instructions: Greet.
    handoffs:
      - billing
      - {agent: orders-eu, when: "a parcel of {{ shop }}\\n is late", tool_name: to_orders}
      - {agent: José, description: Talk to José, when: asked for, enabled: false}
  billing: {name: Billing desk, description: "Refunds,\\n  invoices", instructions: Refund.}
  orders-eu: {description: Knows orders!, instructions: Track.}
  José: {instructions: Talk.}
"""
    assert load_graph(text).agents["front"].handoffs == (
        HandoffEdge(
            "billing", "transfer_to_billing", "Hand the conversation over to Billing desk. Refunds, invoices."
        ),
        HandoffEdge(
            "orders-eu",
            "to_orders",
            "Hand the conversation over to orders-eu. Knows orders! When to use it: a parcel of Acme is late.",
        ),
        HandoffEdge("José", "transfer_to_Jose", "Talk to José. When to use it: asked for.", enabled=False),
    )


def test_settings_merge_key_by_key_and_the_nearest_level_wins() -> None:
    text = """\
version: 1
entry: a
defaults: {model: fast, settings: {seed: 1, temperature: 1, max_tokens: 9}}
models:
  fast: {provider: openai, model: gpt-4o, settings: {seed: 2, temperature: 0.5}, price: {input: 2.50, output: 10}}
agents:
  a: {instructions: Hi., handoffs: [b, c]}
  b: {description: B, instructions: Hi., model: {use: fast, settings: {seed: 3}}, settings: {top_p: 1}}
  c: {description: C, instructions: Hi., model: gpt-4o, provider: together, settings: {seed: 4}}
"""
    agents = load_graph(text).agents
    price = Price(Decimal("2.50"), Decimal(10))
    assert [agents[key].target for key in "abc"] == [
        ModelTarget("openai", "gpt-4o", "fast", {"seed": 2, "temperature": 0.5, "max_tokens": 9}, price),
        ModelTarget(
            "openai", "gpt-4o", "fast", {"seed": 3, "temperature": 0.5, "max_tokens": 9, "top_p": 1}, price
        ),
        ModelTarget("together", "gpt-4o", None, {"seed": 4, "temperature": 1, "max_tokens": 9}),
    ]


def test_a_price_keeps_who_says_so_and_when() -> None:
    text = """\
version: 1
models:
  fast:
    pool:
      - {provider: openai, model: gpt-4o, price: {input: 2.5, output: 10, source: the list, date: 2026-11-01}}
      - {provider: together, model: deepseek-ai/DeepSeek-V3, price: {input: 1, output: 1}}
agents: {a: {instructions: Hi., model: fast}}
"""
    node = load_graph(text).agents["a"]
    assert [one.price for one in (node.target, *node.backups)] == [
        Price(Decimal("2.5"), Decimal(10), "the list", dt.date(2026, 11, 1)),
        Price(Decimal(1), Decimal(1), "team file", None),
    ]


def test_an_alias_is_looked_up_before_an_id_and_an_explicit_id_never_is() -> None:
    text = """\
version: 1
entry: a
models: {gpt-4o: {provider: together, model: llama-3-8b}}
agents:
  a: {instructions: Hi., model: gpt-4o, handoffs: [b]}
  b: {description: B, instructions: Hi., model: {id: gpt-4o, provider: openai}}
"""
    assert load_graph(text).pairs() == (("together", "llama-3-8b"), ("openai", "gpt-4o"))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("'{{ a }} {{a}}'", "one one"),
        ("'{{{{ a }}'", "{{ a }}"),
        ("'{{{{{{ a }}'", "{{one"),
        ("'{{ b }}'", "{{ a }} ${CITY}"),
        ("'{{ n }} {{ t }} {{ v }}'", "010 true 1.50"),
        ('\'{"k": {"x": 1}} }}\'', '{"k": {"x": 1}} }}'),
    ],
)
def test_templates_insert_values_once(written: str, told: str) -> None:
    top = "vars: {a: one, b: '{{ a }} $${CITY}', n: 010, t: true, v: 1.50}"
    findings = read_team(ONE.format(instructions=written, top=top), environ={}).findings
    assert {finding.id for finding in findings} <= {"idle-var"}
    assert _told(written, top) == told


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${CITY}", "Rome"),
        ("${CITY:-x}", "Rome"),
        ("${CITY:?say it}", "Rome"),
        ("${NONE}", ""),
        ("${NONE:-Paris}", "Paris"),
        ("${UNSET:-}", ""),
        ("${UNSET:-a$b}", "a$b"),
        ("$$CITY costs $5", "$CITY costs $5"),
        ("$${CITY}", "${CITY}"),
    ],
)
def test_variables_read_the_environment_in_four_forms(written: str, value: str) -> None:
    assert _told("'<{{ v }}>'", f'vars: {{v: "{written}"}}') == f"<{value}>"


def test_a_given_variable_wins_and_its_text_is_not_expanded() -> None:
    text = ONE.format(instructions="'{{ v }}'", top='vars: {v: "${UNSET:?set it}"}')
    graph = load_graph(text, vars={"v": "${HOME} {{ v }}"}, environ={})
    assert graph.agents["solo"].instructions == "${HOME} {{ v }}"


def test_no_variable_of_the_environment_reaches_a_text_by_itself() -> None:
    canary = "canary-7f3a"
    loaded = read_team(
        ONE.format(instructions="'${HOME} $HOME {{{{ HOME }}'", top="description: ${HOME}"),
        environ={"HOME": canary, "SAHARA_API_KEY": canary},
    )
    assert canary not in repr(loaded)


def test_keys_are_of_any_script_and_compare_after_unicode_normalisation() -> None:
    text = "version: 1\nentry: cafe\u0301\ndefaults: {model: gpt-4o, provider: openai}\nagents:\n"
    text += "  caf\u00e9: {instructions: Hi., handoffs: [{agent: हिन्दी-2, tool_name: hindi}]}\n"
    text += "  हिन्दी-2: {description: H, instructions: Hi.}\n"
    assert list(load_graph(text).agents) == ["caf\u00e9", "हिन्दी-2"]


def test_a_long_key_gives_a_tool_name_of_64_characters() -> None:
    key = "k" * 64
    text = "version: 1\nentry: a\ndefaults: {model: gpt-4o, provider: openai}\nagents:\n"
    text += f"  a: {{instructions: Hi., handoffs: [{key}]}}\n  {key}: {{description: K, instructions: Hi.}}\n"
    assert load_graph(text).agents["a"].handoffs[0].tool_name == "transfer_to_" + "k" * 52


def test_the_order_of_keys_changes_nothing() -> None:
    for document in GOOD:
        graph = load_graph(as_text(document), environ={})
        for seed in range(20):
            shuffled = load_graph(as_text(_shuffled(document, random.Random(seed))), environ={})
            assert {**shuffled.agents} == {**graph.agents}
            assert (shuffled.entry, shuffled.name) == (graph.entry, graph.name)


def _shuffled(value: Json, dice: random.Random) -> Json:
    if isinstance(value, dict):
        keys = list(value)
        dice.shuffle(keys)
        return {key: _shuffled(value[key], dice) for key in keys}
    return value


def test_block_style_and_flow_style_mean_the_same() -> None:
    for document in GOOD:
        text = yaml.safe_dump(document, allow_unicode=True)
        block, flow = load_graph(text, environ={}), load_graph(as_text(document), environ={})
        assert replace(block, endpoints={}) == replace(flow, endpoints={})


def test_loading_twice_gives_the_same() -> None:
    text = as_text(GOOD[1])
    assert read_team(text, environ={}) == read_team(text, environ={})


def test_a_bad_team_raises_with_every_finding_and_its_text() -> None:
    with pytest.raises(SpecError) as caught:
        load_graph("version: 1\nnam: x\nagents:\n  solo: {instructions: Hi.}\n")
    assert [finding.id for finding in caught.value.findings] == ["unknown-key", "missing-model"]
    assert "<text>:2:1: error[unknown-key]" in str(caught.value)
    assert caught.value.where == "<text>:2:1"


def test_a_missing_file_and_a_folder_are_findings(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.yaml", tmp_path, str(tmp_path / "no\x00pe")):
        loaded = read_team(path)
        assert loaded.graph is None
        assert [finding.id for finding in loaded.findings] == ["unreadable-file"]


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:11434/v1",
        "http://127.0.0.1",
        "http://127.9.8.7:1/",
        "http://[::1]:8000/v1",
        "https://models.example:8443/a/b",
        "https://10.0.0.7/v1",
        "https://xn--mdels-kva.example/v1",
    ],
)
def test_a_plain_address_is_taken(url: str) -> None:
    text = f'version: 1\nproviders: {{desk: {{base_url: "{url}"}}}}\nagents:\n'
    text += "  solo: {instructions: Hi., model: m, provider: desk}\n"
    host = url.split("//")[1].split("/")[0].split(":")[0]
    graph = load_graph(text, consent=Consent.given(allow_hosts=[host.upper()]))
    assert graph.endpoints["desk"].base_url == url


def test_consent_is_judged_only_where_it_is_asked_for_and_never_for_this_machine() -> None:
    text = "version: 1\nproviders: {desk: {base_url: 'URL'}}\nagents:\n"
    text += "  solo: {instructions: Hi., model: m, provider: desk}\n"
    foreign = text.replace("URL", "https://models.example/v1")
    assert read_team(foreign).graph is not None
    assert [finding.id for finding in read_team(foreign, consent=Consent()).findings] == ["host-not-allowed"]
    assert read_team(foreign, consent=Consent.given(allow_hosts=["models.example"])).graph is not None
    assert read_team(text.replace("URL", "http://127.0.0.1:1/v1"), consent=Consent()).graph is not None
