"""`agents-sahara usage`: the sums of the record as a table and as JSON, and what it says of doubts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from agents_sahara.cli.usage_report import cost_text
from agents_sahara.types import Json
from agents_sahara.usage.history import Sums
from tests.test_cli.programs import TRIAGE, Done, run_agent, toolbox
from tests.test_cli.schemas import schema


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of this test's own."""
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path))
    return tmp_path


def _row(model: str, **more: Json) -> dict[str, Json]:
    said: dict[str, Json] = {
        "agent": "desk",
        "provider": "openai",
        "model": model,
        "requests": 1,
        "failed": 0,
        "cancelled": 0,
        "input_tokens": 1000,
        "output_tokens": 50,
        "cost_usd": "0.00300",
        "unpriced": 0,
    }
    return said | more


def _write(state: Path, *rows: Json, ago: timedelta = timedelta(), simulated: bool = False) -> None:
    moment = datetime.now(UTC) - ago
    line: dict[str, Json] = {
        "version": 1,
        "time": moment.isoformat(),
        "team": "shop",
        "trace_id": "trace_1",
        "outcome": "finished",
        "error": None,
        "seconds": 1,
        "simulated": simulated,
        "calls": list(rows),
    }
    folder = state / "usage"
    folder.mkdir(exist_ok=True)
    with (folder / f"{moment:%Y-%m}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _table(done: Done) -> list[list[str]]:
    """The cells of each line; more than one space divides them."""
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in done.out.splitlines()]


def test_an_empty_record_says_so_and_where_it_was_looked_for(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = toolbox(capsys, "usage")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("no runs since ")
    assert done.out.endswith(f" UTC are recorded in {state / 'usage'}\n")
    assert not (state / "usage").exists()


def test_the_table_has_a_line_for_each_and_a_sum(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(state, _row("gpt-4o"), _row("own/model", cost_usd=None, unpriced=1, failed=2))
    _write(state, _row("gpt-4o"))
    done = toolbox(capsys, "usage")
    assert (done.code, done.err) == (0, "")
    title, *rows = _table(done)
    assert title[0].startswith("2 runs since ")
    assert title[0].endswith(" UTC, by model")
    assert rows == [
        ["model", "requests", "failed", "input", "output", "total", "cost"],
        ["gpt-4o", "2", "0", "2,000", "100", "2,100", "0.006 USD"],
        ["own/model", "1", "2", "1,000", "50", "1,050", "unknown"],
        ["total", "3", "2", "3,000", "150", "3,150", "at least 0.006 USD, 1 call unpriced"],
    ]


def test_simulated_rows_stand_apart_and_are_marked(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(state, _row("gpt-4o"))
    _write(state, _row("gpt-4o"), _row("gpt-4o"), simulated=True)
    rows = _table(toolbox(capsys, "usage", "--by", "provider"))
    assert [row[:2] for row in rows if len(row) > 2 and row[0] != "provider"] == [
        ["openai", "1"],
        ["total", "1"],
        ["openai [simulated]", "2"],
        ["total [simulated]", "2"],
    ]


@pytest.mark.parametrize(
    ("since", "runs"),
    [("30m", 1), ("90m", 2), ("24h", 2), ("7d", 3), ("999999d", 4), ("1900-01-01", 4), ("2999-01-01", 0)],
)
def test_since_counts_back_or_names_a_day(
    since: str, runs: int, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for ago in (timedelta(), timedelta(hours=1), timedelta(days=6), timedelta(days=900)):
        _write(state, _row("m"), ago=ago)
    done = toolbox(capsys, "usage", "--since", since, "--json")
    assert json.loads(done.out)["total"]["runs"] == runs


def test_without_since_thirty_days_count(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(state, _row("m"), ago=timedelta(days=29))
    _write(state, _row("m"), ago=timedelta(days=31))
    assert json.loads(toolbox(capsys, "usage", "--json").out)["total"]["runs"] == 1


@pytest.mark.parametrize(
    "text", ["", "7", "d", "-1d", "7w", "1.5d", "9999999d", "2026-13-01", "2026-1", "now"]
)
def test_what_is_no_time_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = toolbox(capsys, "usage", f"--since={text}")
    assert done.code == 2
    assert "write 7d, 24h, 90m, or a date" in done.err


@pytest.mark.parametrize("by", ["agent", "provider", "model", "team"])
def test_json_keeps_to_its_schema(by: str, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(state, _row("gpt-4o"), _row("other", cost_usd=None, unpriced=1))
    _write(state, _row("gpt-4o"), simulated=True)
    done = toolbox(capsys, "usage", "--json", "--by", by)
    said = json.loads(done.out)
    jsonschema.validate(said, schema("usage"), format_checker=jsonschema.FormatChecker())
    assert (said["version"], said["by"], said["recording"]) == (1, by, True)
    assert said["folder"] == str(state / "usage")
    total = said["total"]
    assert (total["cost_usd"], total["known_cost_usd"], total["unpriced_requests"]) == (None, "0.00300", 1)
    assert said["simulated"]["total"]["requests"] == 1
    assert set(said["groups"][0]) == {*total, "name"}


def test_lines_that_cannot_be_read_are_counted_on_stderr(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(state, _row("m"))
    (path,) = (state / "usage").iterdir()
    with path.open("ab") as file:
        file.write(b'{"version":1,"ti\nforeign\n')
    done = toolbox(capsys, "usage")
    assert done.code == 0
    assert done.err == f"2 lines in {state / 'usage'} cannot be read and are not counted\n"


def test_names_in_the_record_obey_no_terminal(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(state, _row("\x1b[31mred\n\u202eback"))
    out = toolbox(capsys, "usage").out
    assert "red\\nback" in out
    assert not {"\x1b", "\u202e"} & set(out)
    assert "\x1b" not in toolbox(capsys, "usage", "--json").out


def test_a_record_that_is_switched_off_is_still_shown(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(state, _row("m"))
    monkeypatch.setenv("SAHARA_USAGE_RECORD", "off")
    done = toolbox(capsys, "usage")
    assert done.out.startswith("1 run since ")
    assert done.err == "new runs are not recorded: SAHARA_USAGE_RECORD is off\n"
    assert json.loads(toolbox(capsys, "usage", "--json").out)["recording"] is False


def test_what_the_program_runs_it_records(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for shape in ((), ("--json",), ("--stream-json",)):
        assert run_agent(capsys, TRIAGE, "--local", "Hola", *shape).code == 0
    said = json.loads(toolbox(capsys, "usage", "--json", "--by", "agent").out)
    assert said["total"]["runs"] == 0
    assert said["simulated"]["total"]["runs"] == 3
    assert {group["name"] for group in said["simulated"]["groups"]} == {"triage", "spanish"}


@pytest.mark.parametrize(
    ("sums", "text"),
    [
        (Sums(), "-"),
        (Sums(failed=3), "-"),
        (Sums(requests=2, unpriced=2), "unknown"),
        (Sums(requests=2, known_usd=Decimal("1.500")), "1.5 USD"),
        (Sums(requests=2, known_usd=Decimal(0)), "0 USD"),
        (Sums(requests=1, known_usd=Decimal("1E+3")), "1000 USD"),
        (Sums(requests=5000, unpriced=1200, known_usd=Decimal(1)), "at least 1 USD, 1,200 calls unpriced"),
    ],
)
def test_an_unknown_cost_is_never_zero(sums: Sums, text: str) -> None:
    assert cost_text(sums) == text


def test_it_loads_neither_the_sdk_nor_the_network(state: Path) -> None:
    _write(state, _row("m"))
    code = (
        "import sys\nfrom agents_sahara.cli.main import agents_sahara\nagents_sahara(['usage', '--json'])\n"
        "heavy = {'agents', 'openai', 'httpx2', 'asyncio', 'pydantic', 'rich', 'logging', 'socket', 'genai_prices'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.splitlines()[-1] == "[]"
