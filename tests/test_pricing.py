"""Whose price counts, and that a price is never a guess."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from agents_sahara import pricing
from agents_sahara.diagnostics.finding import Place
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.graph.values import AgentGraph, Endpoint, ModelTarget
from agents_sahara.pricing import price_of
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.types import Price, UsedPrice
from tests.teams import graph, node

GIVEN = Price(Decimal(7), Decimal(8))

_LIST = """
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

@dataclass
class Equals: equals: str
@dataclass
class Contains: contains: str
@dataclass
class Or: or_: list
@dataclass
class Rates:
    input_mtok: object = None
    output_mtok: object = None
    requests_kcount: object = None
@dataclass
class Tiers: base: Decimal
@dataclass
class Begins:
    start_date: date
    def active(self, now): return now.date() >= self.start_date
@dataclass
class Daily:
    start_time: int
    def active(self, now): return True
@dataclass
class Conditional:
    constraint: object
    prices: Rates
@dataclass
class Model:
    id: str
    match: object
    prices: object
@dataclass
class Provider:
    id: str
    models: list

ONE, TWO, NINE = Decimal(1), Decimal(2), Decimal(9)
providers = [
    Provider("openai", [
        Model("plain", Or([Equals("plain"), Equals("plain-2026")]), Rates(ONE, TWO)),
        Model("family", Contains("family"), Rates(ONE, TWO)),
        Model("tiered", Equals("tiered"), Rates(Tiers(ONE), TWO)),
        Model("half", Equals("half"), Rates(ONE)),
        Model("fee", Equals("fee"), Rates(ONE, TWO, NINE)),
        Model("dated", Equals("dated"), [
            Conditional(None, Rates(NINE, NINE)),
            Conditional(Begins(date(2020, 1, 1)), Rates(ONE, TWO)),
            Conditional(Begins(date(9999, 1, 1)), Rates(NINE, NINE)),
        ]),
        Model("to come", Equals("to come"), [Conditional(Begins(date(9999, 1, 1)), Rates(ONE, TWO))]),
        Model("nightly", Equals("nightly"), [
            Conditional(None, Rates(ONE, TWO)),
            Conditional(Daily(1), Rates(ONE, TWO)),
        ]),
    ]),
    Provider("together", [Model("Org/Name", Equals("Org/Name"), Rates(TWO, TWO))]),
    Provider("aws", [Model("plain", Equals("plain"), Rates(ONE, TWO))]),
]
"""


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """No list stays in memory from one test to the next."""
    yield
    pricing._entries.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "genai_prices"]:
        del sys.modules[name]


def _install(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> None:
    """A package as the extra brings it, found before a real one."""
    package = folder / "genai_prices"
    package.mkdir()
    (package / "__init__.py").write_text("", "utf-8")
    (package / "data.py").write_text(text, "utf-8")
    about = folder / "genai_prices-9.8.7.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: genai-prices\nVersion: 9.8.7\n", "utf-8")
    pricing._entries.cache_clear()
    monkeypatch.syspath_prepend(str(folder))


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The extra is installed, with a list whose figures are known here."""
    _install(monkeypatch, tmp_path, _LIST)


@pytest.mark.usefixtures("listed")
def test_the_team_file_wins_over_every_list() -> None:
    assert price_of("openai", "plain", GIVEN) is GIVEN
    assert price_of("nobody", "nothing", GIVEN) is GIVEN


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize("model", ["plain", "plain-2026", "dated"])
def test_a_model_that_the_list_spells_out_costs_what_it_says(model: str) -> None:
    assert price_of("openai", model) == Price(Decimal(1), Decimal(2), "genai-prices 9.8.7", None)


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "plain-2027"),
        ("openai", "Plain"),
        ("openai", "my-family"),
        ("openai", "tiered"),
        ("openai", "half"),
        ("openai", "fee"),
        ("openai", "to come"),
        ("openai", "nightly"),
        ("openai", "Org/Name"),
        ("together", "plain"),
        ("together", "name"),
        ("aws", "plain"),
        ("bedrock", "plain"),
        ("azure", "plain"),
        ("OpenAI", "plain"),
    ],
)
def test_what_the_list_does_not_say_for_certain_is_unknown(provider: str, model: str) -> None:
    assert price_of(provider, model) is None


@pytest.mark.usefixtures("listed")
def test_a_pattern_counts_only_for_the_id_that_it_stands_beside() -> None:
    assert price_of("openai", "family") is not None


@pytest.mark.usefixtures("listed")
def test_an_endpoint_of_the_team_file_is_on_no_list_whatever_its_name() -> None:
    assert price_of("openai", "plain", is_listed=False) is None
    assert price_of("openai", "plain", GIVEN, is_listed=False) is GIVEN


@pytest.mark.parametrize("text", ["providers = 3", "raise ImportError('broken')", "providers = [None]", ""])
def test_a_broken_list_knows_nothing(text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _install(monkeypatch, tmp_path, text)
    assert price_of("openai", "gpt-4o") is None


def _priced(made: AgentGraph) -> tuple[UsedPrice, ...]:
    """What a run of `made` was counted with."""
    with (
        LocalGateway(pairs=made.pairs()) as gateway,
        closing(Team(made, Settings.local(gateway.base_url))) as team,
    ):
        result = team.run_sync("Hello!")
    assert (result.cost_usd is None) == (not result.prices)
    return result.prices


@pytest.mark.usefixtures("listed")
def test_a_run_is_counted_with_the_list_where_the_file_names_no_price() -> None:
    one = graph(node("solo", target=ModelTarget("openai", "plain")))
    listed = Price(Decimal(1), Decimal(2), "genai-prices 9.8.7")
    assert _priced(one) == (UsedPrice("openai", "plain", listed),)
    given = graph(node("solo", target=ModelTarget("openai", "plain", price=GIVEN)))
    assert _priced(given) == (UsedPrice("openai", "plain", GIVEN),)
    own = Endpoint("openai", "http://127.0.0.1:1/v1", None, Place("team.yaml", 1, 1, 1, 2))
    assert (
        _priced(graph(node("solo", target=ModelTarget("openai", "plain")), endpoints={"openai": own})) == ()
    )


def test_no_list_is_loaded_where_no_model_is_called() -> None:
    code = (
        "import sys, agents_sahara, agents_sahara.pricing, agents_sahara.runner.team, agents_sahara.usage.history\n"
        "from agents_sahara.cli.main import agents_sahara as run\n"
        "print(run(['usage']), run(['schema']), sorted(name for name in sys.modules if 'genai' in name))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 0 []"
