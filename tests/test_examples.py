"""Every file in `examples/` is run as it stands, against the local gateway, and shows what it promises."""

from __future__ import annotations

import ast
import gc
import multiprocessing
import os
import runpy
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.recording import RecordedCall

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").iterdir())
SCRIPTS = [path for path in EXAMPLES if path.suffix == ".py"]
SHELL_SCRIPTS = [path for path in EXAMPLES if path.suffix == ".sh"]
CURLS = ["stand-in", *(["curl"] if shutil.which("curl") else [])]
WITHIN_S = 120

JAMES = "¡Hola! Me llamo James. ¿En qué puedo ayudarte hoy?\n"
JESSE = "Hello! My name is Jesse. How can I help you today?\n"
TRIAGE = [("openai", "gpt-4o"), ("together", "deepseek-ai/DeepSeek-V3")]
OPENAI = [("openai", "gpt-4o")]


@dataclass(frozen=True, slots=True)
class Expected:
    """What an example must show."""

    lines: tuple[str, ...]
    """Texts that its output holds."""
    completions: list[tuple[str, str]]
    """The (provider, model) pairs that it asked, sorted."""


SHOWS = {
    "http_tool": Expected(("base: GBP", "[('rate', 'returned')]\n"), OPENAI * 2),
    "openapi_tools": Expected(('"bike": 7', "[('desk', 'listBikes', 'returned')]\n"), OPENAI * 2),
    "tools": Expected(
        ("state: shipped", "desk called look_up_order, which returned\n"),
        OPENAI * 2,
    ),
    "approvals": Expected(
        (
            "desk asks for refund. Pay back: Please refund order 77, it came broken.\n",
            "after the yes: desk, cashier, desk\n",
        ),
        OPENAI * 3,
    ),
    "guardrails": Expected(
        (
            "no_cards refused it, 0 requests: Please never send card numbers.\n",
            "nothing refused it, 2 requests: ",
        ),
        OPENAI * 2,
    ),
    "agents_sdk_triage": Expected((JAMES,), TRIAGE),
    "bot_loop": Expected(
        (f"ana: {JAMES}", f"bob: {JESSE}", "eve: Sorry, I cannot answer that one.\n", "carla: "),
        sorted(TRIAGE * 3),
    ),
    "bot_sessions": Expected(
        (
            "telegram:99: triage -> english: Hello! My name is Jesse.",
            "(as before)\n",
            "telegram:42: spanish: ¡Hola!",
        ),
        sorted([*TRIAGE * 2, TRIAGE[1]]),
    ),
    "budget": Expected((JAMES, "a last answer, by 'spanish': 1 of 1 turns used\n"), TRIAGE),
    "discovery": Expected(("providers of deepseek-ai/DeepSeek-V3: together\n", "detail: {'id': "), []),
    "events": Expected(("[triage]\n[english]\n", JESSE), TRIAGE),
    "langchain_pairs": Expected(
        ("llama-3-8b on predibase answered: ", "no-such-model on openai refused with 404: "),
        sorted([*TRIAGE, ("openai", "no-such-model"), ("predibase", "llama-3-8b")]),
    ),
    "langchain_plain": Expected(("Hello! I am well", "'total_tokens': "), OPENAI),
    "langchain_streamed": Expected(("Hello!\nHello! I\nHello! I am\n",), OPENAI),
    "notebook": Expected((JAMES, JESSE), sorted(TRIAGE * 2)),
    "openai_async": Expected(("openai: Hello!", "together: Hello!"), TRIAGE),
    "openai_plain": Expected(("Hello! ",), OPENAI),
    "openai_streamed": Expected(("Hello! I am well", " tokens\n"), OPENAI),
    "returning_handoff": Expected(
        ("front -> orders -> front\n",), [("openai", "gpt-4o"), ("openai", "gpt-4o"), *TRIAGE[1:]]
    ),
    "reload": Expected(("as before: 1 error\n", JAMES), [TRIAGE[1]] * 2),
    "structured_output": Expected(("order 77 is shipped since 1 day\n",), OPENAI),
    "provider_pool": Expected(
        ("gpt-4o on bedrock: not_found\n", "gpt-4o on openai: answered\nHello! "),
        [("bedrock", "gpt-4o"), *OPENAI],
    ),
    "raw_http": Expected(("Hello! ", "answered by gpt-4o with "), OPENAI),
    "raw_http_streamed": Expected(("Hello! I am well",), OPENAI),
    "workflow": Expected(("drafter -> checker -> drafter -> checker\n", "checked: "), OPENAI * 4),
    "workflow_approval": Expected(
        (
            "refunds: Pay for: Please pay for order 77, it came broken.\nvouchers: Pay for: ",
            "asked: cashier, refunds, refunds, stock, vouchers, vouchers\n",
        ),
        OPENAI * 6,
    ),
    "trace_tree": Expected(
        ("run_started language-triage\n  agent_started triage\n    attempt triage\n",), TRIAGE
    ),
    "tool_server": Expected(("42\n", "[('add', 'returned')]\n"), OPENAI * 2),
    "team_from_yaml": Expected((JAMES, "triage -> spanish\n"), TRIAGE),
}

CURL_STAND_IN = '''
"""What `examples/discovery.sh` needs of curl, for machines that have none."""
import sys, urllib.request

words = sys.argv[1:]
assert words[:5] == ["--silent", "--show-error", "--fail", "--config", "-"], words
assert words[5] == "--header" and len(words) == 8, words
config = dict(line.split(" = ", 1) for line in sys.stdin.read().splitlines())
headers = dict(text.split(": ", 1) for text in (words[6], config["header"].strip('"')))
with urllib.request.urlopen(urllib.request.Request(words[7], headers=headers), timeout=30) as response:
    sys.stdout.write(response.read().decode())
'''


@dataclass(frozen=True, slots=True)
class Done:
    """What an example did."""

    code: int | None
    out: str
    err: str
    calls: tuple[RecordedCall, ...]


def _environment(gateway: LocalGateway) -> dict[str, str]:
    state = {"SAHARA_STATE_DIR": os.environ["SAHARA_STATE_DIR"]}
    return {"SAHARA_BASE_URL": gateway.base_url, "SAHARA_API_KEY": "any-text-will-do", **state}


def _act(script: Path, out: Path, err: Path, environment: Mapping[str, str]) -> None:
    """In a process of its own: be `python examples/NAME.py`."""
    for path, number in ((out, 1), (err, 2)):
        with path.open("wb") as file:
            os.dup2(file.fileno(), number)
    for name in list(os.environ):
        if name.startswith(("SAHARA_", "OPENAI_")) or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv = [str(script)]
    sys.path.insert(0, str(script.parent))
    warnings.simplefilter("always", ResourceWarning)
    runpy.run_path(str(script), run_name="__main__")
    gc.collect()  # what was left open says so on stderr


def _run(script: Path, folder: Path) -> Done:
    """The script's run against a gateway of its own; its process is forked from one with the SDK loaded."""
    out, err = folder / f"{script.stem}.out", folder / f"{script.stem}.err"
    with LocalGateway() as gateway:
        child = _processes().Process(target=_act, args=(script, out, err, _environment(gateway)))
        child.start()
        child.join(WITHIN_S)
        if child.is_alive():
            child.kill()
        calls = tuple(gateway.calls)
    return Done(child.exitcode, out.read_text("utf-8"), err.read_text("utf-8") if err.exists() else "", calls)


def _processes() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["agents", "langchain_openai"])
    return context


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Done]]:
    """All scripts, run two at a time."""
    folder = tmp_path_factory.mktemp("examples")
    with ThreadPoolExecutor(2) as pool:
        yield dict(zip((s.stem for s in SCRIPTS), pool.map(lambda s: _run(s, folder), SCRIPTS), strict=True))


def test_every_example_is_a_kind_that_is_run_here_and_has_its_expectation() -> None:
    assert sorted(SCRIPTS + SHELL_SCRIPTS) == [path for path in EXAMPLES if path.name != "__pycache__"]
    assert {script.stem for script in SCRIPTS} == set(SHOWS)


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.name)
def test_the_first_line_tells_the_idea(script: Path) -> None:
    if script.suffix == ".py":
        told = (ast.get_docstring(ast.parse(script.read_text("utf-8"))) or "").splitlines()[0]
        assert script.read_text("utf-8").startswith('"""')
    elif script.suffix == ".sh":
        told = script.read_text("utf-8").splitlines()[1].removeprefix("# ")
    else:
        return
    assert told.endswith(".")
    assert len(told) > 20


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_runs_as_it_stands_and_shows_what_it_promises(script: Path, runs: dict[str, Done]) -> None:
    done, expected = runs[script.stem], SHOWS[script.stem]
    assert (done.code, _unwarned(done.err)) == (0, ""), done.out
    for line in expected.lines:
        assert line in done.out
    asked = [(call.provider, call.model) for call in done.calls if call.path.endswith("/chat/completions")]
    assert sorted(asked) == expected.completions


def _unwarned(err: str) -> str:
    """Standard error without the price of nest_asyncio, which the notebook asks for."""
    lines = err.splitlines()
    kept = [line for line in lines if "nest_asyncio" not in line and line.strip() != "allow_nested_asyncio()"]
    return "\n".join(kept)


@pytest.mark.parametrize("curl", CURLS)
@pytest.mark.parametrize("script", SHELL_SCRIPTS, ids=lambda path: path.name)
def test_a_shell_script_runs_as_it_stands(
    script: Path, curl: str, gateway: LocalGateway, tmp_path: Path
) -> None:
    environment = {**os.environ, **_environment(gateway)}
    if curl == "stand-in":
        (tmp_path / "curl.py").write_text(CURL_STAND_IN, encoding="utf-8")
        (tmp_path / "curl").write_text(
            f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path}/curl.py" "$@"\n', "utf-8"
        )
        (tmp_path / "curl").chmod(0o755)
        environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
    done = subprocess.run(
        ["sh", script], env=environment, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert 'Models of predibase:\n["llama-3-8b"]\n' in done.stdout
    assert '"name":"deepseek-ai/DeepSeek-V3"' in done.stdout
    assert [(call.path.rpartition("/")[2], call.query, call.status) for call in gateway.calls] == [
        ("models", {}, 200),
        ("providers", {}, 200),
        ("models", {"provider": "predibase"}, 200),
        ("providers", {"model": "deepseek-ai/DeepSeek-V3"}, 200),
        ("modelDetail", {"model": "deepseek-ai/DeepSeek-V3", "provider": "together"}, 200),
    ]


def test_the_notebook_runs_cell_by_cell_in_a_real_kernel(
    gateway: LocalGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    for name, value in _environment(gateway).items():
        monkeypatch.setenv(name, value)
    cells = (ROOT / "examples" / "notebook.py").read_text("utf-8").split("\n# %%")
    manager, client = start_new_kernel(startup_timeout=WITHIN_S, kernel_name="python3", cwd=str(ROOT))
    said: list[str] = []

    def hear(message: Mapping[str, dict[str, str]]) -> None:
        said.append(message["content"].get("text", ""))

    try:
        for cell in cells:
            reply = client.execute_interactive(
                f"#{cell}", timeout=WITHIN_S, output_hook=hear, allow_stdin=False
            )
            assert reply["content"]["status"] == "ok", (cell, reply["content"])
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        client.context.destroy()
    assert JAMES in "".join(said)
    assert JESSE in "".join(said)
