"""The public names, when they are loaded, and `load_team`."""

from __future__ import annotations

import ast
import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import agents_sahara
from agents_sahara import load_team
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.errors import SettingsError, SpecError, UsageError

TEAM = """\
version: 1
agents:
  helper:
    instructions: You speak Spanish. Your name is {{ who }}.
    model: gpt-4o
    provider: openai
vars: {who: Ana}
"""


def test_the_front_door_has_these_names_and_no_more() -> None:
    assert sorted(agents_sahara.__all__) == [
        "AccessError",
        "CatalogError",
        "GatewayError",
        "HostError",
        "LimitError",
        "RetryPolicy",
        "RunEvent",
        "RunResult",
        "Sahara",
        "SaharaError",
        "Secret",
        "SessionError",
        "Settings",
        "SettingsError",
        "SpecError",
        "Team",
        "UsageError",
        "guardrail",
        "load_team",
        "tool",
    ]
    for name in agents_sahara.__all__:
        assert getattr(agents_sahara, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        agents_sahara.no_such_name  # noqa: B018


def test_a_type_checker_reads_a_program_that_uses_every_one_of_them() -> None:
    program = ast.parse(Path(__file__).with_name("typing").joinpath("whole_door.py").read_text("utf-8"))
    froms = [part for part in program.body if isinstance(part, ast.ImportFrom)]
    [imported] = [part.names for part in froms if part.module == "agents_sahara"]
    used = {part.id for part in ast.walk(program) if isinstance(part, ast.Name)}
    assert {name.name for name in imported} == set(agents_sahara.__all__)
    assert set(agents_sahara.__all__) <= used


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys; before = set(sys.modules); import agents_sahara\n"
        "heavy = {'agents', 'openai', 'httpx2', 'yaml', 'asyncio', 'pydantic', 'nest_asyncio', 'uvicorn'}\n"
        "print(sorted(heavy & (set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_team_from_text_answers_without_a_key() -> None:
    async def go() -> None:
        async with load_team(TEAM, local=True) as team:
            result = await team.run("¿Cómo te llamas?")
        assert "Ana" in result.output
        assert result.simulated

    asyncio.run(go())
    assert not [thread for thread in threading.enumerate() if "gateway" in thread.name.lower()]


def test_variables_and_paths(tmp_path: Path) -> None:
    path = tmp_path / "team.yaml"
    path.write_text(TEAM, encoding="utf-8")
    for given in (path, str(path)):
        team = load_team(given, vars={"who": "Inés"}, local=True)
        assert "Inés" in team.run_sync("¿Cómo te llamas?").output
        team.close()


def test_mistakes_are_told_all_at_once_with_their_places() -> None:
    with pytest.raises(SpecError) as caught:
        load_team(TEAM.replace("instructions:", "instructoins:").replace("version: 1", "version: 2"))
    assert len([finding for finding in caught.value.findings if finding.severity == "error"]) >= 2
    assert caught.value.exit_code == 3
    assert "<text>:4:5" in str(caught.value)
    assert "'instructions'" in str(caught.value)


def test_without_a_key_the_team_loads_and_the_run_says_what_is_missing() -> None:
    team = load_team(TEAM)
    with pytest.raises(SettingsError, match="SAHARA_API_KEY"):
        team.run_sync("hi")
    team.close()


def test_a_foreign_host_needs_the_operators_consent() -> None:
    text = (
        TEAM.replace("provider: openai", "provider: away")
        + "providers: {away: {base_url: 'https://away.example/v1'}}\n"
    )
    with pytest.raises(SpecError) as caught:
        load_team(text)
    assert [finding.id for finding in caught.value.findings] == ["host-not-allowed"]
    load_team(text, allow_hosts=["away.example"])
    load_team(text, local=True).close()


def test_a_closed_local_team_says_that_it_is_closed() -> None:
    team = load_team(TEAM, local=True)
    team.close()
    team.close()
    with pytest.raises(UsageError, match="the team is closed"):
        team.run_sync("hi")


def test_a_team_shows_its_name_and_agents() -> None:
    assert repr(load_team(TEAM)) == "Team('<text>', agents: helper)"


def test_a_local_team_keeps_no_requests_however_long_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[LocalGateway] = []
    start = LocalGateway.start

    def noted(gateway: LocalGateway) -> None:
        started.append(gateway)
        start(gateway)

    monkeypatch.setattr(LocalGateway, "start", noted)
    team = load_team(TEAM, local=True)
    team.run_sync("Hola")
    team.close()
    assert [gateway.calls for gateway in started] == [[]]
