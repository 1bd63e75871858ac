"""`provider: auto`: the catalog names the providers of a model, once for a team, and they become its pool."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest

from agents_sahara.catalog import discovery
from agents_sahara.diagnostics.finding import Place
from agents_sahara.emulator.catalog import Catalog as Served
from agents_sahara.emulator.catalog import Pair as ServedPair
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Raw, Rule, Say, When
from agents_sahara.emulator.wire import Pace
from agents_sahara.errors import (
    AccessError,
    CatalogError,
    GatewayError,
    LimitError,
    SaharaError,
    SettingsError,
)
from agents_sahara.events import ProviderSwitched, RunFinished
from agents_sahara.graph.values import AUTO, AgentGraph, Endpoint, Fallback, ModelTarget
from agents_sahara.retry import Clock
from agents_sahara.runner.team import Team
from agents_sahara.settings import Secret, Settings
from agents_sahara.types import Budget, Json, Price
from tests.teams import graph, node
from tests.test_routing.pooling import Turns

WIDE = "wide-7b"
SERVING = ("zeta", "alpha", "midway")
OPEN = ModelTarget(AUTO, WIDE)
FIXED = ModelTarget("openai", "gpt-4o")
LOOKUP = When(path="providers")
KEY = "sk-planted-0123456789"


def _catalog() -> Served:
    pairs = [ServedPair(provider, WIDE) for provider in SERVING]
    return Served((), (), ()).with_pairs([*pairs, ServedPair("openai", "gpt-4o")])


@pytest.fixture
def gateway() -> Iterable[LocalGateway]:
    with LocalGateway(catalog=_catalog()) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "_FIRST_WAIT_S", 0.001)


def _team(*members: ModelTarget, fallback: Fallback | None = None, **endpoints: Endpoint) -> AgentGraph:
    made = replace(
        node("solo", target=members[0]), backups=members[1:], fallback=fallback or Fallback(attempts=5)
    )
    return graph(made, endpoints=endpoints)


def _settings(gateway: LocalGateway) -> Settings:
    return Settings(api_key=Secret(KEY), base_url=gateway.base_url)


def _asked(gateway: LocalGateway) -> list[str]:
    gets = [call for call in gateway.calls if call.method == "GET"]
    return [f"{call.path.rpartition('/')[2]}?model={call.query['model']}" for call in gets]


def _ask(gateway: LocalGateway, made: AgentGraph, *, times: int = 1, clock: Clock | None = None) -> list[str]:
    """The provider of each attempt of `times` runs, one after another."""

    async def go() -> list[str]:
        async with Team(made, _settings(gateway), clock=clock or Turns().clock()) as team:
            results = [await team.run("Hello!") for _ in range(times)]
        return [attempt.provider for result in results for attempt in result.attempts]

    return asyncio.run(go())


def test_the_catalogs_providers_are_tried_in_its_order(gateway: LocalGateway) -> None:
    gateway.script([
        Rule(Fail(500), When(provider="zeta")), Rule(Fail(404), When(provider="alpha")), Rule(Say("Fine.")),
    ])  # fmt: skip
    assert _ask(gateway, _team(OPEN)) == ["zeta", "alpha", "midway"]
    assert _asked(gateway) == [f"providers?model={WIDE}"]
    [lookup, *calls] = gateway.calls
    assert lookup.headers["x-api-key"] == KEY
    assert "authorization" not in lookup.headers
    assert [call.model for call in calls] == [WIDE] * 3


def test_the_catalog_is_asked_once_for_all_runs_agents_and_calls_at_once(gateway: LocalGateway) -> None:
    made = _team(OPEN)

    async def go() -> None:
        async with Team(made, _settings(gateway)) as team:
            await asyncio.gather(*(team.run("Hello!") for _ in range(20)))
            await team.run("Again!")

    asyncio.run(go())
    assert _asked(gateway) == [f"providers?model={WIDE}"]


def test_threads_and_event_loops_share_one_lookup(gateway: LocalGateway) -> None:
    team = Team(_team(OPEN), _settings(gateway))
    with ThreadPoolExecutor(4) as threads:
        ways = [team.run_sync, lambda message: asyncio.run(team.run(message))] * 4
        results = list(threads.map(lambda way: way("Hello!"), ways))
    asyncio.run(team.aclose())
    assert len(results) == 8
    assert _asked(gateway) == [f"providers?model={WIDE}"]


def test_nothing_is_asked_before_the_first_call(gateway: LocalGateway) -> None:
    team = Team(_team(OPEN), _settings(gateway))
    assert team.agents["solo"].model is not None
    asyncio.run(team.aclose())
    assert gateway.calls == []


def test_auto_is_filled_in_where_it_stands_and_no_pair_stands_twice(gateway: LocalGateway) -> None:
    gateway.script([Rule(Fail(500))])
    members = (ModelTarget("alpha", WIDE), OPEN, FIXED, ModelTarget("zeta", WIDE))
    with pytest.raises(GatewayError):
        _ask(gateway, _team(*members, fallback=Fallback(attempts=4)))
    asked = [(call.provider, call.model) for call in gateway.calls if call.method == "POST"]
    assert asked == [("alpha", WIDE), ("zeta", WIDE), ("midway", WIDE), ("openai", "gpt-4o")]


def test_settings_and_price_of_the_alias_hold_for_each_provider(gateway: LocalGateway) -> None:
    gateway.script([Rule(Fail(500), When(provider="zeta")), Rule(Say("Fine."))])
    settings: dict[str, Json] = {"temperature": 0.5, "seed": 7}
    priced = replace(OPEN, settings=settings, price=Price(Decimal(1), Decimal(2)))
    first = replace(FIXED, settings={"max_tokens": 3})

    async def go() -> Decimal | None:
        async with Team(_team(priced, first), _settings(gateway), clock=Turns().clock()) as team:
            return (await team.run("Hello!")).cost_usd

    assert asyncio.run(go())
    bodies = [dict(call.body) for call in gateway.calls if isinstance(call.body, dict)]
    assert [(body["temperature"], body["seed"], "max_tokens" in body) for body in bodies] == [
        (0.5, 7, False)
    ] * 2


def test_what_the_sdk_was_given_for_a_lost_auto_is_taken_out_for_the_others(gateway: LocalGateway) -> None:
    gateway.script([Rule(Fail(500), LOOKUP), Rule(Say("Fine."))])
    lost = replace(OPEN, settings={"temperature": 0.5, "seed": 7})
    assert _ask(gateway, _team(lost, replace(FIXED, settings={"seed": 9}))) == ["openai"]
    [body] = [dict(call.body) for call in gateway.calls if isinstance(call.body, dict)]
    assert (body["model"], body["seed"], "temperature" in body) == ("gpt-4o", 9, False)


async def _read(team: Team) -> None:
    async for _ in team.stream("Hello!"):
        pass


FAILURES: dict[str, tuple[Rule, str, int]] = {
    "500": (Rule(Fail(500), LOOKUP), "failed with 500", 3),
    "429": (Rule(Fail(429), LOOKUP), "failed with 429", 3),
    "HTML": (Rule(Raw(b"<html>Hi</html>", content_type="text/html"), LOOKUP), "not JSON", 3),
    "an object": (Rule(Raw(b'{"a": 1}'), LOOKUP), "an object", 1),
    "elsewhere": (Rule(Fail(302, headers={"location": "http://127.0.0.1:9/"}), LOOKUP), "redirected", 1),
}


@pytest.mark.parametrize("case", FAILURES)
@pytest.mark.parametrize("way", ["run", "stream"])
def test_a_catalog_that_fails_is_a_typed_error_and_is_asked_again_by_the_next_run(
    gateway: LocalGateway, case: str, way: str
) -> None:
    rule, words, attempts = FAILURES[case]
    gateway.script([rule])

    async def go() -> None:
        async with Team(_team(OPEN), _settings(gateway)) as team:
            with pytest.raises(CatalogError) as caught:
                await (team.run("Hello!") if way == "run" else _read(team))
            assert caught.value.exit_code == 4
            assert words in caught.value.message
            assert "'solo'" in caught.value.message
            assert len(_asked(gateway)) == attempts
            gateway.script([])
            assert (await team.run("Hello!")).attempts[0].provider == "zeta"

    asyncio.run(go())


def test_a_catalog_that_cannot_be_reached_is_a_typed_error() -> None:
    with LocalGateway() as gone:
        settings = Settings(api_key=Secret(KEY), base_url=gone.base_url)
    with pytest.raises(CatalogError) as caught:
        asyncio.run(Team(_team(OPEN), settings).run("Hello!"))
    assert "could not be reached: the connection was refused" in caught.value.message


def test_a_refused_key_and_a_missing_one_are_said_as_such(gateway: LocalGateway) -> None:
    gateway.script([Rule(Fail(401), LOOKUP)])
    with pytest.raises(AccessError) as refused:
        _ask(gateway, _team(OPEN))
    assert KEY not in str(refused.value)
    with pytest.raises(SettingsError):
        asyncio.run(Team(_team(OPEN), Settings(base_url=gateway.base_url)).run("Hello!"))


@pytest.mark.parametrize("model", ["wide-7", "wide-7bb"])
@pytest.mark.parametrize("empty", [None, Raw(b"[]"), Raw(b'{"data": []}')])
def test_an_id_that_nobody_serves_is_an_error_with_the_nearest_ids(
    gateway: LocalGateway, model: str, empty: Raw | None
) -> None:
    gateway.script([] if empty is None else [Rule(empty, LOOKUP)])
    with pytest.raises(CatalogError) as caught:
        _ask(gateway, _team(ModelTarget(AUTO, model)))
    assert f"no provider that serves {model!r}" in caught.value.message
    assert f"did you mean {WIDE!r}?" in caught.value.mend
    assert all(call.method == "GET" for call in gateway.calls)


@pytest.mark.parametrize("place", ["first", "last"])
def test_a_pool_with_other_members_goes_on_without_the_catalog_and_says_so(
    place: str, caplog: pytest.LogCaptureFixture
) -> None:
    may_answer, turns = threading.Event(), Turns()

    async def until_then(_: float) -> None:
        assert await asyncio.to_thread(may_answer.wait, 30)

    made = _team(OPEN, FIXED) if place == "first" else _team(FIXED, OPEN)

    async def go(running: LocalGateway) -> tuple[list[str], list[ProviderSwitched]]:
        async with Team(made, _settings(running), clock=turns.clock()) as team:
            first = [event async for event in team.stream("Hello!")]
            finished = first[-1]
            assert isinstance(finished, RunFinished)
            running.script([Rule(when=LOOKUP, pace=Pace(delay_s=1))])
            providers = [attempt.provider for attempt in finished.result.attempts]
            for _ in range(2):
                providers += [attempt.provider for attempt in (await team.run("Hello!")).attempts]
                turns.time += 60
            may_answer.set()
            await asyncio.to_thread(_join_lookups)
            providers += [attempt.provider for attempt in (await team.run("Hello!")).attempts]
            return providers, [event for event in first if isinstance(event, ProviderSwitched)]

    failing = [Rule(Fail(503), LOOKUP)]
    with (
        caplog.at_level(logging.WARNING, "agents_sahara.routing"),
        LocalGateway(catalog=_catalog(), script=failing, sleep=until_then) as running,
    ):
        providers, switches = asyncio.run(go(running))
    assert "goes on without 'wide-7b' on provider 'auto'" in caplog.text
    told = [(event.from_provider, event.to_provider, event.reason) for event in switches]
    assert told == ([("auto", "openai", "catalog")] if place == "first" else [])
    assert providers == ["openai", "openai", "openai", "zeta" if place == "first" else "openai"]
    assert len(_asked(running)) == 4


def _join_lookups() -> None:
    for thread in threading.enumerate():
        if thread.name == "agents_sahara_catalog":
            thread.join(5)


def test_a_provider_that_is_an_endpoint_of_the_file_gets_nothing_of_the_catalogs(
    gateway: LocalGateway,
) -> None:
    own = Endpoint("zeta", "http://127.0.0.1:9/v1", None, Place("t", 1, 1, 1, 1))
    assert _ask(gateway, _team(OPEN, zeta=own)) == ["alpha"]


def test_names_that_cannot_stand_in_a_header_are_no_providers(gateway: LocalGateway) -> None:
    odd = b'["a b", "\\u00e9", "x\\r\\ny", "auto", "' + b"z" * 65 + b'", null, "alpha", "alpha"]'
    gateway.script([Rule(Raw(odd), LOOKUP)])
    assert _ask(gateway, _team(OPEN)) == ["alpha"]


def test_a_cancelled_run_does_not_end_the_lookup_of_another(gateway: LocalGateway) -> None:
    async def go() -> None:
        async with Team(_team(OPEN), _settings(gateway)) as team:
            first, second = (asyncio.create_task(team.run("Hello!")) for _ in range(2))
            while not any(thread.name == "agents_sahara_catalog" for thread in threading.enumerate()):
                if second.done():
                    break
                await asyncio.sleep(0)
            first.cancel()
            with pytest.raises((asyncio.CancelledError, SaharaError)):
                await first
            assert (await second).attempts[0].provider == "zeta"

    asyncio.run(go())
    assert _asked(gateway) == [f"providers?model={WIDE}"]


def test_the_time_of_a_run_ends_the_wait_for_the_catalog(gateway: LocalGateway) -> None:
    gateway.script([Rule(when=LOOKUP, pace=Pace(delay_s=5.0))])

    async def go() -> None:
        made = replace(_team(OPEN), budget=Budget(time_s=0.2))
        async with Team(made, _settings(gateway)) as team:
            began = time.monotonic()
            with pytest.raises(LimitError, match="the catalog did not answer") as caught:
                await team.run("Hello!")
            assert time.monotonic() - began < 1.0
            assert caught.value.limit == "time"

    asyncio.run(go())
