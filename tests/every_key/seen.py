"""What can be seen of a team file from outside: its findings, its drawing, what a run asks, tells and gives."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from agents_sahara.cli.drawing.table import DRAWINGS
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule
from agents_sahara.errors import SaharaError
from agents_sahara.loader import read_team
from agents_sahara.retry import Clock
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.trust.consent import Consent
from agents_sahara.types import Json
from tests.spans import kept_spans
from tests.warp import run_warped

Patch = Mapping[str, Any]

BASE: Patch = {
    "version": 1,
    "agents": {"solo": {"instructions": "Answer.", "model": "gpt-4o", "provider": "openai"}},
}

DESKS: Patch = {
    "entry": "front",
    "defaults": {"model": "gpt-4o", "provider": "openai"},
    "agents": {
        "solo": None,
        "front": {"instructions": "Route.", "handoffs": ["desk"]},
        "desk": {"instructions": "You only speak English.", "description": "Speaks English"},
    },
}
"""Over `BASE`: a front desk that may hand off to another."""


def merged(base: Patch, patch: Patch) -> dict[str, Any]:
    """`patch` over `base`; None takes a key away."""
    made = dict(deepcopy(base))
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(made.get(key), Mapping):
            made[key] = merged(made[key], value)
        else:
            made[key] = deepcopy(value)
    return made


@dataclass(frozen=True)
class Scene:
    """What a team is put into."""

    message: str = "Hello, who are you?"
    rules: tuple[Rule, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    profile: str | None = None
    at_once: int = 1
    """Runs at the same time."""
    in_turn: int = 1
    """Runs one after the other."""
    is_streamed: bool = False
    session: str | None = None
    """The stored conversation of its runs."""
    allow_python: tuple[str, ...] = ()
    allow_hosts: tuple[str, ...] = ()
    is_in_real_time: bool = False
    """Whether programs take part, which live in another time than ours."""


@dataclass
class Seen:
    """What was seen."""

    findings: list[str] = field(default_factory=list)
    drawing: Json = None
    bodies: list[Any] = field(default_factory=list)
    """Of every request, in the order of their answers."""
    headers: list[Mapping[str, str]] = field(default_factory=list)
    providers: list[str | None] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    databases: set[str] = field(default_factory=set)
    """Files of conversations that came to lie beside the team."""
    traces: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Lines of each trace that came to lie beside the team."""
    spans: list[str] = field(default_factory=list)
    """Names of what OpenTelemetry was told."""

    @property
    def body(self) -> Any:
        return self.bodies[-1]

    @property
    def result(self) -> dict[str, Any]:
        return self.results[-1]

    @property
    def error(self) -> dict[str, Any] | None:
        return self.errors[-1] if self.errors else None


def look(document: Patch, scene: Scene, folder: Path) -> Seen:
    """Load the team and, where it is good, draw and run it."""
    there = {path.name for path in folder.glob("*.db")}
    for trace in folder.rglob("*.jsonl"):
        trace.unlink()
    for name, text in scene.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    with LocalGateway(script=scene.rules, open_models=("gpt-4o", "cheap", "small")) as gateway:
        text = yaml.safe_dump(dict(document), sort_keys=False).replace("GATEWAY", gateway.base_url)
        path = folder / "team.yaml"
        path.write_text(text, encoding="utf-8")
        environ = {
            "SAHARA_API_KEY": "key-of-the-gateway",
            "SAHARA_BASE_URL": gateway.base_url,
            "SAHARA_STATE_DIR": str(folder / "state"),
            **scene.environ,
        }
        loaded = read_team(
            path,
            profile=scene.profile,
            environ=environ,
            consent=Consent.given(
                allow_python=scene.allow_python, allow_hosts=scene.allow_hosts, allow_commands=True
            ),
        )
        seen = Seen([f"{finding.id}: {finding.message}" for finding in loaded.findings])
        if loaded.graph is None:
            return seen
        seen.drawing = json.loads(DRAWINGS["json"](loaded.graph))

        async def go() -> None:
            loop = asyncio.get_running_loop()
            clock = Clock(now=loop.time, jitter=lambda: 0.0)
            assert loaded.graph is not None
            async with Team(loaded.graph, Settings.from_environ(environ), clock=clock) as team:
                for _ in range(scene.in_turn):
                    await asyncio.gather(*(_run(team, scene, seen) for _ in range(scene.at_once)))

        with kept_spans() as spans:
            (asyncio.run if scene.is_in_real_time else run_warped)(go())
        seen.spans = [span.name for span in spans]
        for call in gateway.calls:
            seen.bodies.append(call.body)
            seen.headers.append(call.headers)
            seen.providers.append(call.provider)
    for trace in folder.glob("*.jsonl"):
        seen.traces[trace.name] = [json.loads(line) for line in trace.read_text().splitlines()]
    seen.databases = {path.name for path in folder.glob("*.db")} - there
    return seen


async def _run(team: Team, scene: Scene, seen: Seen) -> None:
    try:
        if scene.is_streamed:
            async for event in team.stream(scene.message, session=scene.session):
                seen.events.append(_settled(event.to_json()))
        else:
            seen.results.append(_settled((await team.run(scene.message, session=scene.session)).to_json()))
    except SaharaError as error:
        seen.errors.append({"kind": type(error).__name__, "message": error.message, "code": error.code})


def _settled(told: Json) -> dict[str, Any]:
    """Without what differs from run to run."""
    text = json.dumps(told)
    text = re.sub(r'"(trace_id|seconds|id)": ("[^"]*"|[0-9.e-]+)', r'"\1": "-"', text)
    made = json.loads(text)
    assert isinstance(made, dict)
    return made


def differing(before: Seen, after: Seen) -> Sequence[str]:
    """Which parts are not the same."""
    return [name for name in before.__dict__ if getattr(before, name) != getattr(after, name)]
