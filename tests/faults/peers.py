"""The part of the matrix that other stacks can be asked, played against those that are installed.

The first provider is faulty, the second is well; each stack is set up as its documentation says for that, with a
time limit of 1 s for a request. `python -m tests.faults.peers` plays these alone, where this package is not
installed. Imports stand where they are used: a stack may be missing.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib.metadata
import importlib.util
import logging
import os
import time
import warnings
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, TypeAlias

from tests.faults import rows_bodies, rows_calls, rows_status, rows_streams
from tests.faults.cases import KEY, Play, Way
from tests.faults.replies import FIRST_TEXT, SECOND_TEXT
from tests.faults.wire import FaultServer

PEER_CASES: tuple[tuple[Play, Way], ...] = tuple(
    (play, play.ways[0])
    for play in (*rows_status.ROWS, *rows_bodies.ROWS, *rows_streams.ROWS, *rows_calls.ROWS)
    if play.is_peer
)
"""Each fault once: of plain answers, or of streams."""

WORDS = ("served", "typed error", "partial", "silently wrong", "raw exception", "hung")

_HUNG_S = 15.0
_TIMEOUT_S = 1.0
_AT_ONCE = 8
_PAIRS = (("together", "model-one"), ("lepton", "model-two"))

Ask: TypeAlias = Callable[[str, Way, list[str]], Awaitable[str]]
"""Asks the gateway at a base URL one way; notes the pieces of text that come, and gives the answer."""


def _client(base_url: str, provider: str) -> Any:
    from openai import AsyncOpenAI

    return AsyncOpenAI(
        base_url=base_url, api_key=KEY, organization=provider, max_retries=0, timeout=_TIMEOUT_S
    )


def _agents_sdk() -> Ask:
    """openai-agents with retry policies of its own; it has no second provider."""
    import agents

    agents.set_tracing_disabled(disabled=True)
    policies = agents.retry_policies
    again = policies.any(
        policies.provider_suggested(),
        policies.network_error(),
        policies.http_status([408, 409, 429, 500, 502, 503, 504]),
    )
    settings = agents.ModelSettings(retry=agents.ModelRetrySettings(max_retries=2, policy=again))

    async def ask(base_url: str, way: Way, shown: list[str]) -> str:
        async with _client(base_url, "together") as client:
            model = agents.OpenAIChatCompletionsModel("model-one", client)
            agent = agents.Agent(name="solo", instructions="Answer.", model=model, model_settings=settings)
            if way == "run":
                return str((await agents.Runner.run(agent, "Hello!")).final_output)
            run = agents.Runner.run_streamed(agent, "Hello!")
            async for event in run.stream_events():
                if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                    shown.append(event.data.delta)  # noqa: PERF401  what came before an error counts
            return str(run.final_output)

    return ask


def _pydantic_ai() -> Ask:
    """pydantic-ai with its FallbackModel."""
    from pydantic_ai import Agent
    from pydantic_ai.models.fallback import FallbackModel
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    async def ask(base_url: str, way: Way, shown: list[str]) -> str:
        clients = [_client(base_url, provider) for provider, _ in _PAIRS]
        models = [
            OpenAIChatModel(model, provider=OpenAIProvider(openai_client=client))
            for client, (_, model) in zip(clients, _PAIRS, strict=True)
        ]
        agent = Agent(FallbackModel(*models), instructions="Answer.")
        try:
            if way == "run":
                return str((await agent.run("Hello!")).output)
            async with agent.run_stream("Hello!") as run:
                async for piece in run.stream_text(delta=True, debounce_by=None):
                    shown.append(piece)  # noqa: PERF401  what came before an error counts
                return str(await run.get_output())
        finally:
            for client in clients:
                await client.close()

    return ask


def _litellm() -> Ask:
    """litellm's Router with a fallback group."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks the network for prices at import
    import litellm

    litellm.telemetry = False
    litellm.suppress_debug_info = True

    async def ask(base_url: str, way: Way, shown: list[str]) -> str:
        deployments = [
            {
                "model_name": provider,
                "litellm_params": {
                    "model": f"openai/{model}",
                    "api_base": base_url,
                    "api_key": KEY,
                    "organization": provider,
                    "timeout": _TIMEOUT_S,
                    "max_retries": 0,
                },
            }
            for provider, model in _PAIRS
        ]
        router = litellm.Router(
            model_list=deployments, fallbacks=[{"together": ["lepton"]}], num_retries=0, timeout=_TIMEOUT_S
        )
        messages = [{"role": "user", "content": "Hello!"}]
        if way == "run":
            made: Any = await router.acompletion("together", messages)
            return str(made.choices[0].message.content)
        stream: Any = await router.acompletion("together", messages, stream=True)
        async for chunk in stream:
            shown.append(chunk.choices[0].delta.content or "")  # noqa: PERF401  what came before an error counts
        return "".join(shown)

    return ask


_STACKS: Mapping[str, tuple[str, Callable[[], Ask]]] = {
    "openai-agents": ("agents", _agents_sdk),
    "pydantic-ai-slim": ("pydantic_ai", _pydantic_ai),
    "litellm": ("litellm", _litellm),
}
"""By distribution: the module that must be there, and how it is set up."""

_TYPED = ("openai", "agents", "pydantic_ai", "litellm")
"""Where the classes of errors come from that these stacks raise on purpose."""


async def _outcome(ask: Ask, base_url: str, way: Way) -> str:
    shown: list[str] = []
    try:
        async with asyncio.timeout(_HUNG_S) as limit:
            answer = await ask(base_url, way, shown)
    except TimeoutError:
        return "hung" if limit.expired() else "raw exception"
    except Exception as error:  # noqa: BLE001  what comes out is what is counted
        if not _is_typed(error):
            return "raw exception"
        return "partial" if "".join(shown) else "typed error"
    is_right = answer in {FIRST_TEXT, SECOND_TEXT} and "".join(shown) in {"", answer}
    return "served" if is_right else "silently wrong"


def _is_typed(error: BaseException) -> bool:
    return any(kind.__module__.partition(".")[0] in _TYPED for kind in type(error).__mro__)


async def _play(ask: Ask, server: FaultServer, prefix: str) -> list[str]:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def go(number: int, play: Play, way: Way) -> str:
        name = f"{prefix}{number}"
        server.add(name, {"together": play.faults})
        async with gate:
            return await _outcome(ask, server.base_url(name), way)

    return list(await asyncio.gather(*(go(number, *case) for number, case in enumerate(PEER_CASES))))


def print_peers(*, is_verbose: bool = False) -> None:
    """Play every stack that is installed, and print a line for each."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    counts = Counter(way for _, way in PEER_CASES)
    print(f"peer set: {counts['run']} faults of plain answers, {counts['stream']} of streams; {_today()}")
    for name, (module, set_up) in _STACKS.items():
        if importlib.util.find_spec(module) is None:
            print(f"{name:<18} not installed")
            continue
        with FaultServer() as server:
            started = time.monotonic()
            outcomes = asyncio.run(_play(set_up(), server, name))
        words = Counter(outcomes)
        told = ", ".join(f"{words[word]} {word}" for word in WORDS)
        print(f"{name:<18} {told} ({time.monotonic() - started:.0f} s; {', '.join(_versions(name))})")
        for (play, way), outcome in zip(PEER_CASES, outcomes, strict=True):
            if is_verbose:
                print(f"    {outcome:<15} row {play.row}, {way}: {play.name}")


def _today() -> str:
    return dt.datetime.now(dt.UTC).date().isoformat()


def _versions(name: str) -> Iterator[str]:
    for distribution in dict.fromkeys((name, "openai")):
        yield f"{distribution} {importlib.metadata.version(distribution)}"


if __name__ == "__main__":
    print_peers(is_verbose=True)
