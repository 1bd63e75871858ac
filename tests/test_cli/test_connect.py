"""`run-agent` connects while the SDK is loaded, where its first request cannot leave yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents_sahara.clients.ahead import ahead
from tests.raw_gateway import raw_gateway
from tests.test_cli.programs import KEY, TRIAGE, run_agent

_GUARDED = """
version: 1
guardrails:
  no_z: {deny_pattern: zzz, reply: No.}
agents:
  solo:
    instructions: Answer.
    model: {provider: openai, id: gpt-4o}
    guardrails: {input: [no_z]}
"""


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """With whom a connection was begun."""
    found: list[tuple[str, int]] = []
    monkeypatch.setattr(ahead, "begin", lambda *where: found.append(where))
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    return found


@pytest.fixture
def guarded(tmp_path: Path) -> str:
    """A team whose first request waits for the SDK."""
    path = tmp_path / "team.yaml"
    path.write_text(_GUARDED)
    return str(path)


def test_a_team_whose_request_cannot_leave_yet_is_connected_with_its_gateway(
    guarded: str,
    begun: list[tuple[str, int]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with raw_gateway() as gateway:
        monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
        port = int(gateway.base_url.split(":")[2].split("/")[0])
        assert run_agent(capsys, guarded, "Hello!").code == 0
        assert begun == [("127.0.0.1", port)]
        assert run_agent(capsys, TRIAGE, "Hello!").code == 0
        assert len(begun) == 1, "its first request left itself"
        monkeypatch.setenv("SAHARA_EARLY_REQUEST", "off")
        assert run_agent(capsys, guarded, "Hello!").code == 0
        assert len(begun) == 1


def test_nobody_is_connected_for_a_simulated_run(
    guarded: str, begun: list[tuple[str, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_agent(capsys, guarded, "--local", "Hello!").code == 0
    assert begun == []
