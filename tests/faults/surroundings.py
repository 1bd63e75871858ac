"""Rows 49 to 54: event loops, the environment, histories that move, the catalog, dead desks, wrong names.

Each situation is a coroutine that plays one against the server and gives back what was wrong, in words.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents_sahara.catalog.sahara import Sahara
from agents_sahara.errors import CatalogError, GatewayError, NotFoundError, SaharaError
from agents_sahara.loader import read_team
from agents_sahara.settings import Settings
from tests.faults.cases import KEY, Terms, well
from tests.faults.play import open_team, team_yaml
from tests.faults.replies import (
    DONE,
    FIRST_TEXT,
    HANG,
    ROLE,
    SECOND_TEXT,
    call,
    call_chunk,
    calling,
    chunk,
    json_reply,
    reply,
    sse,
)
from tests.faults.situations import DOWN, Situation, answer, playing
from tests.faults.wire import Fault, FaultServer

_ROOT = Path(__file__).parents[2]


async def loops(server: FaultServer) -> list[str]:
    """49: one team on several event loops, from threads, and behind `run_sync` inside a running loop."""
    async with playing(server, "loops", {"together": [DOWN, well()]}, terms=Terms(cooldown=0.01)) as (
        team,
        _,
    ):
        texts = [await answer(team), await answer(team)]
        texts += [await asyncio.to_thread(lambda: asyncio.run(answer(team))) for _ in range(2)]
        texts += [
            await asyncio.to_thread(lambda: team.run_sync("Hello!").output),
            team.run_sync("Hello!").output,
        ]
        texts += await asyncio.gather(
            *(asyncio.to_thread(lambda: asyncio.run(answer(team, "stream"))) for _ in range(4))
        )
    return [] if set(texts[1:]) <= {FIRST_TEXT, SECOND_TEXT} and texts[0] == SECOND_TEXT else [f"{texts}"]


_NESTED = """
import asyncio, warnings
import nest_asyncio
nest_asyncio.apply()
from tests.faults.play import open_team, team_yaml
from tests.faults.cases import Terms
async def main():
    team = open_team(team_yaml(2, Terms()), {url!r})
    texts = [asyncio.run(team.run("Hello!")).output for _ in range(2)]
    texts.append(asyncio.get_running_loop().run_until_complete(team.run("Hello!")).output)
    await team.aclose()
    print(texts)
asyncio.run(main())
"""


async def nested(server: FaultServer) -> list[str]:
    """49: under nest_asyncio, which the API documentation's example uses; in a process of its own."""
    server.add("nested", {"together": [DOWN]})
    code = _NESTED.format(url=server.base_url("nested"))
    run = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", code],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return [] if run.stdout.strip() == str([SECOND_TEXT] * 3) else [run.stdout + run.stderr[-500:]]


_TRAPS = {
    "OPENAI_ORG_ID": "trap-org",
    "OPENAI_PROJECT_ID": "trap-project",
    "OPENAI_CUSTOM_HEADERS": "OpenAI-Organization: trap-org\nX-Trap: trap",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/trap",
    "OPENAI_API_KEY": "sk-trap",
    "OPENAI_ADMIN_KEY": "sk-trap-admin",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
}


async def environment(server: FaultServer) -> list[str]:
    """50: nothing of the environment reaches the wire."""
    with _environment(_TRAPS):
        async with playing(server, "environment", {"together": [DOWN]}) as (team, case):
            text = await answer(team)
    sent = json.dumps([dict(request.headers) for request in case.requests]).lower()
    asked = [request.provider for request in case.requests]
    problems = [] if text == SECOND_TEXT and asked == ["together", "lepton"] else [f"{text!r} from {asked}"]
    problems += [f"{word!r} was sent" for word in ("trap", "openai-project") if word in sent]
    keys = {request.headers.get("authorization") for request in case.requests}
    return problems if keys == {f"Bearer {KEY}"} else [*problems, "another key was sent"]


@contextmanager
def _environment(changed: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


async def moved_history(server: FaultServer) -> list[str]:
    """51: the second member gets the calls, answers and ids that the first one made, and not its reasoning."""
    problems = []
    handing = call("transfer_to_desk", "{}", "call_odd|1")
    made = calling(handing)
    made["choices"][0]["message"]["reasoning_content"] = "deep thoughts"
    thinking = chunk({"reasoning_content": "deep thoughts"})
    first = Fault(json_reply(made), sse(ROLE, thinking, call_chunk(handing, finish="tool_calls"), DONE))
    for way in ("run", "stream"):
        case = server.add(f"moved-{way}", {"together": [first, DOWN]})
        async with open_team(team_yaml(2, Terms(), kind="desk"), server.base_url(f"moved-{way}")) as team:
            text = await answer(team, way)
        messages = case.requests[-1].body["messages"]
        asked = [each["id"] for message in messages for each in message.get("tool_calls") or ()]
        answered = [message.get("tool_call_id") for message in messages if message["role"] == "tool"]
        if text != SECOND_TEXT or asked != ["call_odd|1"] or answered != asked:
            problems.append(f"{way}: {text!r}, calls {asked}, answers {answered}")
        if "deep thoughts" in json.dumps(messages):
            problems.append(f"{way}: the reasoning of one model was sent to another")
    return problems


_CATALOGS: dict[str, tuple[Fault, bool]] = {
    "500": (DOWN, False),
    "HTML": (Fault.both(reply("<html><title>Hi</title></html>", kind="text/html")), False),
    "[]": (Fault.both(json_reply([])), True),
    "{}": (Fault.both(json_reply({})), False),
    "data": (Fault.both(json_reply({"data": [{"id": "model-one"}]})), True),
    "nulls": (Fault.both(json_reply([None, "model-one", {"id": None}, "model-one"])), True),
    "10,000 ids": (Fault.both(json_reply([f"model-{n}" for n in range(10_000)])), True),
    "cut": (Fault.both(reply('["model-one", "mod')), False),
    "null": (Fault.both(json_reply(None)), False),
}


async def catalog(server: FaultServer) -> list[str]:
    """52: whatever the catalog says, runs go by the file alone; who asks it gets ids or an error of ours."""
    problems = []
    for number, (kind, (fault, is_good)) in enumerate(_CATALOGS.items()):
        name = f"catalog{number}"
        async with playing(server, name, {"": [fault]}) as (team, case):
            if await answer(team) != FIRST_TEXT or [
                one.path for one in case.requests if "chat" not in one.path
            ]:
                problems.append(f"{kind}: a run asked {[one.path for one in case.requests]}")
        problems += await asyncio.to_thread(_ask_catalog, server.base_url(name), kind, is_good=is_good)
    return problems


def _ask_catalog(base_url: str, kind: str, *, is_good: bool) -> list[str]:
    settings = Settings.from_environ({"SAHARA_API_KEY": KEY, "SAHARA_BASE_URL": base_url})
    with Sahara(settings) as sahara:
        try:
            ids = sahara.models()
        except CatalogError as error:
            return [f"{kind}: {error!r}"] if is_good or KEY in repr(error) else []
        except SaharaError as error:
            return [f"{kind}: {error!r}"]
    return [] if is_good and all(isinstance(one, str) and one for one in ids) else [f"{kind}: {ids[:3]}"]


_DESK = """
version: 1
entry: triage
models:
  well: {provider: lepton, model: model-two}
  dead: {provider: together, model: model-one, fallback: {attempts: 2, deadline: 3s}}
agents:
  triage: {instructions: Hand off., model: well, handoffs: [desk]}
  desk: {instructions: You are the desk., model: dead}
"""


async def dead_desk(server: FaultServer) -> list[str]:
    """53: a handoff to an agent whose models are all down ends in an error that names it."""
    handing = call("transfer_to_desk", "{}")
    first = Fault(json_reply(calling(handing)), sse(ROLE, call_chunk(handing, finish="tool_calls"), DONE))
    problems = []
    for way in ("run", "stream"):
        server.add(f"desk-{way}", {"together": [DOWN], "lepton": [first]})
        async with open_team(_DESK, server.base_url(f"desk-{way}")) as team:
            try:
                problems.append(f"{way}: {await answer(team, way)!r}")
            except GatewayError as error:
                if error.agent != "desk" or "desk" not in error.message or error.provider != "together":
                    problems.append(f"{way}: {error.to_json()}")
    return problems


async def wrong_provider(server: FaultServer) -> list[str]:
    """54: a provider's name with a slip is found offline; one that is wrong all the same ends in advice."""
    problems = []
    for slip in ("togehter", "lepto"):
        text = f"version: 1\nagents:\n  a: {{instructions: Hi., provider: {slip}, model: gpt-4o}}\n"
        found = " ".join(f"{finding.message} {finding.mend}" for finding in read_team(text).findings)
        if slip not in found or {"togehter": "together", "lepto": "lepton"}[slip] not in found:
            problems.append(f"{slip}: {found!r}")
    refused = Fault.both(json_reply({"error": {"message": "no such provider"}}, 404))
    server.add("wrong", {"nobody": [refused]})
    text = "version: 1\nagents:\n  a: {instructions: Hi., provider: nobody, model: gpt-4o}\n"
    async with open_team(text, server.base_url("wrong")) as team:
        try:
            problems.append((await team.run("Hello!")).output)
        except NotFoundError as error:
            if error.provider != "nobody" or "provider" not in error.mend:
                problems.append(f"{error.to_json()}")
    return problems


async def hanging_catalog(server: FaultServer) -> list[str]:
    """52: a catalog that never answers holds no run up."""
    async with playing(server, "catalog-hangs", {"": [Fault.both((HANG,))]}) as (team, _):
        async with asyncio.timeout(3):
            text = await answer(team)
    return [] if text == FIRST_TEXT else [text]


SURROUNDINGS: dict[int, tuple[Situation, ...]] = {
    49: (loops, nested),
    50: (environment,),
    51: (moved_history,),
    52: (catalog, hanging_catalog),
    53: (dead_desk,),
    54: (wrong_provider,),
}
