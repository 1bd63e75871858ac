"""What is measured in fresh processes: the first request, making a team, commands and imports.

Everything here starts a Python of its own for each reading.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bench import teams
from bench.crew import Crew
from bench.jobs import Readings
from bench.ratios import Lane, Row
from bench.trials import Measure, Trial

_RUN_AGENT = """\
import os, sys
os.environ["SAHARA_BASE_URL"] = f"http://127.0.0.1:{sys.argv.pop(1)}/process-{os.getpid()}/api/compute"
os.environ["SAHARA_API_KEY"] = sys.argv.pop(1)
from agents_sahara.cli.main import run_agent
sys.exit(run_agent())
"""

_COMMAND = """\
import atexit, sys
def count():
    loaded = sum(name in sys.modules for name in ("agents", "openai"))
    sys.__stderr__.write(f"\\n{len(sys.modules)} {loaded}\\n")
atexit.register(count)
"""
"""Before a command: when the process ends, its last line on stderr counts its modules."""

_TOOLBOX = """\
from agents_sahara.cli.main import agents_sahara
sys.exit(agents_sahara())
"""

_MODULES = Row("modules", "modules loaded", "", is_clock_free=True)
_HEAVY = Row("heavy", "of them `agents`, `openai`", "", is_clock_free=True)


def _first_request(crew: Crew, lane: Lane) -> Readings:
    argv = ["-m", "bench.once", "first", crew.sides[lane], str(crew.gateway.port)]
    return crew.first_request(argv, lane=lane)


def _first_request_of_run_agent(crew: Crew, lane: Lane) -> Readings:
    if lane != "ours":
        return _first_request(crew, lane)
    team = _team_file(crew, "triage", 0)
    return crew.first_request(["-c", _RUN_AGENT, str(crew.gateway.port), teams.KEY, str(team), teams.MESSAGE])


def _first_requests() -> tuple[Trial, ...]:
    rows = (
        Row("first_cpu_ms", "CPU to first request", "ms"),
        Row("first_wall_ms", "time to first request", "ms"),
        Row("whole_cpu_ms", "CPU, whole process", "ms"),
    )
    modules = Row("modules", "modules loaded after a run", "", is_clock_free=True)
    return (
        Trial("start", _first_request, (*rows, modules), rounds=20, quick_rounds=1, has_peers=True),
        Trial("start-run-agent", _first_request_of_run_agent, rows, rounds=20, quick_rounds=1),
    )


def _making() -> tuple[Trial, ...]:
    rows = (
        Row("make_ms", "CPU, text to runnable", "ms"),
        Row("answer_ms", "CPU, text to first answer", "ms"),
        Row("grown_mb", "memory grown", "MB"),
    )
    return tuple(
        Trial(
            f"make-{source}-{agents}",
            _make(str(agents), source),
            rows,
            rounds=2 if agents == 10_000 else 3,
            quick_rounds=1 if (source, agents) == ("yaml", 1000) else 0,
        )
        for source in ("yaml", "code")
        for agents in (10, 100, 1000, 10_000)
    )


def _make(agents: str, source: str) -> Measure:
    return lambda crew, lane: crew.once(lane, "make", agents, source)


def _commands() -> tuple[Trial, ...]:
    codes = {
        "help": (_TOOLBOX, ["--help"], 0),
        "version": (_TOOLBOX, ["--version"], 0),
        "validate": (_TOOLBOX, ["validate"], 0),
        "validate-1000": (_TOOLBOX, ["validate"], 1000),
        "import": ("import agents_sahara", [], 0),
    }
    return tuple(
        Trial(
            name,
            _command(code, arguments, agents),
            (Row("cpu_ms", "CPU", "ms"), _MODULES, _HEAVY),
            rounds=20,
            quick_rounds=2,
            reference="bare python",
        )
        for name, (code, arguments, agents) in codes.items()
    )


def _command(code: str, arguments: list[str], agents: int) -> Measure:
    def measure(crew: Crew, lane: Lane) -> Readings:
        is_file_asked = bool(arguments) and arguments[0] == "validate"
        files = [str(_team_file(crew, "tree" if agents else "triage", agents))] if is_file_asked else []
        ours = lane == "ours"
        ended = crew.fresh(["-c", _COMMAND + (code if ours else ""), *(arguments + files if ours else [])])
        modules, heavy = ended.errors.split()[-2:]
        return {"cpu_ms": ended.cpu_s * 1000, "modules": float(modules), "heavy": float(heavy)}

    return measure


def _team_file(crew: Crew, name: str, agents: int) -> Path:
    path = crew.folder / f"{name}-{agents}.yaml"
    if not path.exists():
        text = teams.as_yaml(teams.tree(agents), "desk0") if agents else teams.triage()
        path.write_text(text, encoding="utf-8")
    return path


STARTING: Final = (*_commands(), *_first_requests(), *_making())
"""The trials in fresh processes, the cheapest first."""
