"""`--trace`, against the local gateway over real HTTP."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from tests.test_cli.programs import KEY, TRIAGE, run_agent
from tests.test_tracing.traces import kinds, lines_of, require_tree

QUESTION = "Hola, ¿Cómo te llamas?"


@pytest.mark.parametrize("shape", [(), ("--json",), ("--stream-json",)])
def test_the_trace_is_appended_to_the_file(
    gateway: LocalGateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    shape: tuple[str, ...],
) -> None:
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    file = tmp_path / "t.jsonl"
    for _ in range(2):
        assert run_agent(capsys, TRIAGE, QUESTION, "--trace", str(file), *shape).code == 0
    lines = lines_of(file)
    middle = kinds(lines).index("run_finished") + 1
    require_tree(lines[:middle])
    require_tree(lines[middle:])
    assert KEY not in file.read_text()
    assert QUESTION not in file.read_text()


def test_a_folder_gets_a_file_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = f"{tmp_path}/traces/"
    assert run_agent(capsys, TRIAGE, QUESTION, "--local", "--trace", folder).code == 0
    [file] = Path(folder).iterdir()
    require_tree(lines_of(file))


@pytest.mark.parametrize("place", ["missing/nothing", "fifo", "folder/", "\0"])
def test_a_file_that_cannot_be_opened_is_told_before_anything_is_sent(
    gateway: LocalGateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: str,
) -> None:
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    for name in ("missing", "folder"):
        (tmp_path / name).write_text("a file")
    os.mkfifo(tmp_path / "fifo")
    done = run_agent(capsys, TRIAGE, QUESTION, "--trace", f"{tmp_path}/{place}")
    assert (done.code, done.out) == (2, "")
    assert "the trace cannot be written to" in done.err
    assert "mend: name a file" in done.err
    assert not gateway.calls
