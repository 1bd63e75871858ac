"""Two hundred references with which a team file would like to run something, and every door that could let it.

A program of its own (`python -m tests.test_trust.hostile`), because what it listens to cannot be switched off: it
prints what was imported, run, started, connected or read where nothing of that is allowed.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import agents_sahara
from agents_sahara.cli.program import agents_sahara as toolbox
from agents_sahara.cli.program import run_agent
from agents_sahara.errors import SaharaError
from agents_sahara.loader import load_graph, read_team
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings

MODULES = (
    "os", "subprocess", "builtins", "sys", "shutil", "pty", "code", "importlib", "ctypes", "socket",
    "pickle", "runpy", "antigravity", "this", "site", "webbrowser", "http.server", "agents_sahara", "yaml",
    "__main__", "evil_beside", "agents_sahara.tools.modules",
)  # fmt: skip
FUNCTIONS = ("system", "run", "eval", "exec", "popen", "__import__", "spawn")
TRICKS = (
    "os.system", "os:system:x", "os::system", ":system", "os:", "os", "", "a.b.__globals__", "pkg:os.system",
    "os:system()", "os:__builtins__", "os:__dict__", ".os:system", "..os:system", "os.:system", "os..path:join",
    "/etc/passwd:x", "../evil_beside:x", "./evil_beside:x", "evil_beside.py:x", "C:\\os:system", "~/evil:x",
    "\u043es:system", "\uff4f\uff53:system", "os:\uff53ystem", "o\u200bs:system", "os:sys\u00adtem",
    "os\u202e:metsys",
    "\ufb01le:x",
    "os:system\n", "os\t:system", " os:system", "os: system", "os;system", "os|system", "os&&:x", "$(os):system",
    "`os`:system", "${HOME}:x", "{{ os }}:system", "{0.__class__}:x", "os%3Asystem", "os\\x3asystem", "lambda:0",
    "__import__('os'):system", "eval('1'):x", "os:lambda", "1os:system", "os:1", "os-system:x", "os/system:x",
    "file:///etc/passwd:x", "http://evil.example/x.py:x", "os:system" + "x" * 300, "a" * 300 + ":x", "os\0:system",
    "importlib:import_module('os')", "builtins:open('/etc/passwd')", "os:environ['X']", "os:environ.get",
)  # fmt: skip
REFERENCES = tuple(
    dict.fromkeys((*TRICKS, *(f"{module}:{function}" for module in MODULES for function in FUNCTIONS)))
)

SEEN: list[str] = []
IS_ARMED = False
WATCHED = (
    "import", "exec", "compile", "marshal", "subprocess", "os.system", "os.exec", "os.posix_spawn", "os.fork",
    "os.spawn", "socket.", "pty.", "ctypes.", "pickle.", "shutil.", "webbrowser.", "open",
)  # fmt: skip


def listen(event: str, arguments: tuple[object, ...]) -> None:
    """Note what happens while nothing may."""
    if not IS_ARMED or not event.startswith(WATCHED):
        return
    if event == "open" and (
        isinstance(arguments[0], int) or str(arguments[0]).endswith((".yaml", "consents.json"))
    ):
        return
    SEEN.append(f"{event} {arguments!r:.200}")


def quietly(program: Callable[[list[str]], int], *words: str) -> int:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return program(list(words))


def refuses(action: Callable[[], object]) -> int:
    try:
        action()
    except SaharaError as error:
        return error.exit_code
    return 0


def doors(path: Path) -> Iterator[tuple[str, int, int]]:
    """Every way in: its name, how it ended, how it must end."""
    team = str(path)
    text = path.read_text(encoding="utf-8")
    settings = Settings.local("http://127.0.0.1:1/api/compute")
    yield "run-agent", quietly(run_agent, team, "hi"), 3
    yield "run-agent --local", quietly(run_agent, team, "hi", "--local"), 3
    yield "run-agent --json", quietly(run_agent, team, "hi", "--json"), 3
    yield "run-agent --untrusted", quietly(run_agent, team, "hi", "--untrusted", "--allow-python", "os"), 3
    yield "run", quietly(toolbox, "run", team, "hi"), 3
    yield "schema", quietly(toolbox, "schema"), 0
    yield "reload", refuses(lambda: reloaded(path, settings)), 3
    yield "load_team", refuses(lambda: agents_sahara.load_team(path, settings=settings)), 3
    yield "load_team of a text", refuses(lambda: agents_sahara.load_team(text, settings=settings)), 3
    yield "load_team, local", refuses(lambda: agents_sahara.load_team(path, local=True)), 3
    for name in ("run", "run_sync", "stream", "resume", "agents"):
        yield name, refuses(lambda name=name: unasked(path, name, settings)), 3  # type: ignore[misc]  # its default


def reloaded(path: Path, settings: Settings) -> object:
    """A team that was allowed, whose file becomes another while it serves."""
    kept = path.read_bytes()
    try:
        path.write_text(HARMLESS, encoding="utf-8")
        team = agents_sahara.load_team(path, settings=settings)
        path.write_bytes(kept)
        return team.reload_sync()
    finally:
        path.write_bytes(kept)


def unasked(path: Path, way: str, settings: Settings) -> object:
    """A run of a team that nobody was asked about."""
    team = Team(load_graph(path, environ={}), settings)
    if way == "run":
        return asyncio.run(team.run("hi"))
    if way == "resume":
        return team.resume_sync("wait_" + "x" * 43, approve=["approval_1"])
    if way == "agents":
        return team.agents["solo"]
    return team.run_sync("hi") if way == "run_sync" else team.stream("hi")


HARMLESS = json.dumps(
    {"version": 1, "agents": {"solo": {"instructions": "A.", "model": "gpt-4o", "provider": "openai"}}}
)


def file_with(references: tuple[str, ...], folder: Path, part: str = "tools") -> Path:
    """A team whose tools, or whose guardrails, are these."""
    named = {f"t{number}": {"python": reference} for number, reference in enumerate(references)}
    team = json.loads(HARMLESS)
    team["agents"]["solo"][part] = list(named) if part == "tools" else {"input": list(named)}
    path = folder / "team.yaml"
    path.write_text(json.dumps({**team, part: named}, indent=1), encoding="utf-8")
    return path


def main() -> None:
    """Try them all."""
    global IS_ARMED
    sys.addaudithook(listen)
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "evil_beside.py").write_text("raise SystemExit('imported')\n", encoding="utf-8")
        for _ in doors(file_with(("shop:act",), folder)):
            pass  # what a door loads of this package, it has loaded now
        looks = ("validate", "graph", "audit")
        for look in looks:
            quietly(toolbox, look, str(folder / "team.yaml"))
        good = tuple(
            one for one in REFERENCES if not read_team(file_with((one,), folder), environ={}).findings
        )
        IS_ARMED = True
        for part in ("guardrails", "tools"):
            for some in (REFERENCES, good):
                wrong += [door for door, ended, must in doors(file_with(some, folder, part)) if ended != must]
            codes = {look: quietly(toolbox, look, str(folder / "team.yaml")) for look in looks}
            wrong += [f"{look}: {code}" for look, code in codes.items() if code]
        for one in REFERENCES:
            path = file_with((one,), folder)
            if refuses(lambda path=path: agents_sahara.load_team(path, local=True)) != 3:  # type: ignore[misc]  # as above
                wrong.append(one)
        IS_ARMED = False
    print(json.dumps({"references": len(REFERENCES), "seen": SEEN, "wrong": wrong, "well_formed": len(good)}))


if __name__ == "__main__":
    main()
