"""The finished teams in `configs/`: checked without a finding, and each message reaches the desk it is meant for."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from agents_sahara.diagnostics.finding import Report
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.events import RunResult
from agents_sahara.loader import load_graph, read_team
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.source.compose import compose
from agents_sahara.source.nodes import Mapping
from agents_sahara.trust.consent import Consent
from tests.test_tools.echo import ASKED, URL

CONFIGS = Path(__file__).parent.parent / "configs"
TEAMS = sorted(CONFIGS.glob("*.yaml"))

ALLOWED = Consent.given(allow_python=["shop_tools"], allow_commands=True, allow_hosts=["127.0.0.1"])
"""What the operator says to all of them; a team that asks for nothing needs none of it."""

DESKS: dict[str, dict[str, tuple[str, ...]]] = {
    "language_triage": {
        "Hola, ¿Cómo te llamas?": ("triage", "spanish"),
        "Hello, what is your name?": ("triage", "english"),
        "¿Me puedes ayudar con mis deberes?": ("triage", "spanish"),
        "Could you tell me about the weather in Paris?": ("triage", "english"),
    },
    "clinic_front_desk": {
        "My chest hurts and I cannot breathe": ("reception", "emergency"),
        "I would like to book an appointment with Dr. Lee next week": ("reception", "appointments"),
        "Quiero cancelar mi cita de mañana": ("reception", "appointments"),
        "I have run out of my pills, can I get a new prescription?": ("reception", "prescriptions"),
        "Are my blood test results there yet?": ("reception", "results"),
        "Why is my bill so high?": ("reception", "billing"),
        "Hello!": ("reception",),
    },
    "hotel_concierge": {
        "When is breakfast?": ("lobby", "english"),
        "¿A qué hora es el desayuno?": ("lobby", "spanish"),
        "À quelle heure est le petit-déjeuner ?": ("lobby", "french"),
        "Wann gibt es Frühstück?": ("lobby", "german"),
        "The shower is broken and I want my money back!": ("lobby", "english", "duty_manager"),
        "Quero um táxi, por favor": ("lobby",),
    },
    "shop_support": {
        "Where is order 77?": ("front", "orders"),
        "I want my money back for order 77, refund 40 please": ("front", "billing"),
        "I want my money back for order 79, refund 200 please": ("front", "billing"),
        "My card is 4111 1111 1111 1111": ("front",),
        "Hello!": ("front",),
    },
    "claim_review": {
        "My bike was stolen on Monday. It cost 800 euro.": (
            *("intake", "policy", "history", "assessor", "assessor", "writer"),
        ),
        "My card is 4111 1111 1111 1111": ("intake",),
    },
    "city_library": {
        "When does the harbour branch open?": ("front",),
        "Find me a book by Melville": ("front", "catalogue", "front"),
        "Please place a hold on book 12 at the hill branch": ("front", "catalogue"),
        "What events are there this week?": ("front", "programme", "front"),
        "My card is 4111 1111 1111 1111": ("front",),
        "Hello!": ("front",),
    },
}
"""Message -> path, by team; what fits no desk stays with the entry."""

SAYS: dict[tuple[str, str], str] = {
    ("language_triage", "Hola, ¿Cómo te llamas?"): "¡Hola! Me llamo James. ¿En qué puedo ayudarte hoy?",
    ("language_triage", "Hello, what is your name?"): "Hello! My name is Jesse. How can I help you today?",
    ("shop_support", "Where is order 77?"): "Here is what I found: order: 77; status: lost; paid: 40.0",
    ("shop_support", "I want my money back for order 77, refund 40 please"): (
        "Here is what I found: 40.00 euro will be back within three days"
    ),
    ("shop_support", "My card is 4111 1111 1111 1111"): "Please never send card numbers.",
}


def _profiles(team: Path) -> list[str]:
    root = compose(team.read_text("utf-8"), team.name, Report())
    assert isinstance(root, Mapping)
    profiles = root.get("profiles")
    return list(profiles.entries) if isinstance(profiles, Mapping) else []


@pytest.mark.parametrize(
    ("team", "profile"),
    [(team, profile) for team in TEAMS for profile in (None, *_profiles(team))],
    ids=lambda part: part.stem if isinstance(part, Path) else str(part),
)
def test_a_finished_team_has_no_finding_under_any_profile(team: Path, profile: str | None) -> None:
    loaded = read_team(team, profile=profile, consent=ALLOWED)
    assert loaded.findings == ()
    assert loaded.graph is not None


def test_every_finished_team_has_messages_that_try_it() -> None:
    assert {team.stem for team in TEAMS} == set(DESKS)


@pytest.fixture
def configs(tmp_path: Path) -> Path:
    """A copy: what teams leave beside their files, such as traces, goes with it."""
    return Path(shutil.copytree(CONFIGS, tmp_path / "configs"))


@pytest.mark.parametrize("name", sorted(DESKS))
def test_messages_reach_the_desks_they_are_meant_for(name: str, gateway: LocalGateway, configs: Path) -> None:
    results = asyncio.run(_ask(configs / f"{name}.yaml", gateway))
    assert {message: result.path for message, result in results.items()} == DESKS[name]
    assert {(name, message): results[message].output for team, message in SAYS if team == name} == {
        key: text for key, text in SAYS.items() if key[0] == name
    }
    is_traced = name in ("claim_review", "city_library")
    assert len(list(configs.glob("traces/*.jsonl"))) == (len(results) if is_traced else 0)
    asked = {(call.provider, call.model) for call in gateway.calls}
    assert asked <= {("openai", "gpt-4o"), ("together", "deepseek-ai/DeepSeek-V3")}


@pytest.fixture(autouse=True)
def services(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's catalogue answers with what it was asked; its server of events runs on this Python."""
    monkeypatch.setenv("CATALOG_URL", URL)
    monkeypatch.setenv("PYTHON", sys.executable)


async def _ask(path: Path, gateway: LocalGateway) -> dict[str, RunResult]:
    graph = load_graph(path, consent=ALLOWED)
    async with Team(graph, Settings.local(gateway.base_url)) as team:
        answers = await asyncio.gather(*(team.run(message) for message in DESKS[path.stem]))
    return dict(zip(DESKS[path.stem], answers, strict=True))


def test_variables_of_the_operator_reach_the_instructions() -> None:
    graph = load_graph(CONFIGS / "hotel_concierge.yaml", vars={"hotel": "Hotel Bellevue"})
    assert all("Hotel Bellevue" in node.instructions for node in graph.agents.values())


def test_the_environment_names_the_clinic() -> None:
    environ = {"CLINIC_NAME": "St. Anna", "EMERGENCY_NUMBER": "911"}
    graph = load_graph(CONFIGS / "clinic_front_desk.yaml", environ=environ)
    assert "St. Anna" in graph.agents["reception"].instructions
    assert "call 911 now" in graph.agents["emergency"].instructions


def test_a_large_refund_waits_for_a_person_and_a_small_one_does_not(gateway: LocalGateway) -> None:
    async def go() -> None:
        graph = load_graph(CONFIGS / "shop_support.yaml", consent=ALLOWED)
        async with Team(graph, Settings.local(gateway.base_url)) as team:
            small = await team.run("I want my money back for order 77, refund 40 please")
            large = await team.run("I want my money back for order 79, refund 200 please")
            assert small.interruptions == ()
            [asked] = large.interruptions
            assert (asked.agent, asked.tool, asked.question) == (
                "billing",
                "refund",
                "Refund 200 euro for order 79?",
            )

    asyncio.run(go())


def test_the_library_asks_its_catalogue_and_its_server_of_events(
    gateway: LocalGateway, configs: Path
) -> None:
    ASKED.clear()
    results = asyncio.run(_ask(configs / "city_library.yaml", gateway))
    assert sorted(ASKED) == ["GET /v1/books?q=Melville", "GET /v1/branches/harbour/hours"]
    assert all(result.warnings == () for result in results.values())
    assert "Stories of the sea" in results["What events are there this week?"].output
    [asked] = results["Please place a hold on book 12 at the hill branch"].interruptions
    assert (asked.tool, asked.question) == ("placeHold", "Put the book 12 aside?")
